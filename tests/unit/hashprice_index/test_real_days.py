"""Real block-days and one real coinbase: every number equal to integers computed from headers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import log1p
from typing import Any

import pytest

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import Header
from terahash.bitcoin.network import subsidy
from terahash.bitcoin.state import DAY_BLOCKS, GROUP_BLOCKS, Day, keccak256
from terahash.bitcoin.target import hashes_per_block, to_target
from terahash.bitcoin.tree import split
from terahash.deployment import Terms, deploy
from terahash.headers import SHIPPED_ARCHIVE
from terahash.relay import Relay
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain
from tests.support.shared_data import shared, shipped_headers

UNIT, WAD = 10**12, 10**18
FEE_WINDOW = 86_400
FEED_ID = b"BTC/USD".ljust(32, b"\0")
HEIGHT_830000_DAY, HEIGHT_830000_INDEX = divmod(830_000, DAY_BLOCKS)


@dataclass
class Index:
    """An index, with a feed, over a relay that has made the 56 shipped block-days final."""

    chain: RevmChain
    address: str
    feed: str
    days: dict[int, Day]

    def send(self, function: str, *args: object) -> dict[str, dict[str, object]]:
        return dict(self.chain.send("HashpriceIndex", self.address, function, *args).logs)

    def read(self, function: str, *args: object) -> Any:
        return self.chain.call("HashpriceIndex", self.address, function, *args)

    def observe(self, value: int, at: int) -> None:
        self.chain.send("FeedDouble", self.feed, "observe", FEED_ID, value, at)

    def break_feed(self) -> None:
        self.chain.send("FeedDouble", self.feed, "set_broken", True)

    def record(self, *numbers: int) -> None:
        self.send("record", [tuple(self.days[number]) for number in numbers])


def log(ratio: Fraction) -> float:
    """Take the logarithm of an exact ratio near one without losing digits."""
    return log1p(float(ratio - 1))


@cache
def _built() -> Index:
    archive = Archive.open(SHIPPED_ARCHIVE)
    chain = RevmChain(archive.checkpoint.time)
    relay = Relay(
        chain,
        deploy(chain, Terms(archive.checkpoint, confirmations=1)).address("BitcoinRelay"),
    )
    found: list[Day] = []
    anchor = archive.checkpoint
    for headers, state in archive.batches(found):
        times = [Header.parse(header).time for header in split(headers)]
        chain.now = max(chain.now, *times)
        relay.submit(anchor, headers)
        anchor = state
    first = archive.checkpoint.height // DAY_BLOCKS + 1
    chain.now += 86_400
    pending = found
    while (ripe := relay.ripe(pending, chain.now)).days:
        relay.finalize(ripe.days, ripe.rest)
        pending = pending[len(ripe.days) :]
    feed = chain.deploy("FeedDouble")
    terms = (relay.address, UNIT, first, FEE_WINDOW, feed, FEED_ID)
    address = chain.deploy("HashpriceIndex", *terms)
    return Index(chain, address, feed, dict(enumerate(found, first)))


@pytest.fixture
def index() -> Iterator[Index]:
    built = _built()
    with built.chain.undone():
        yield built


def _close_up_to(index: Index, last: int) -> None:
    first = min(index.days)
    index.record(first)
    for day in range(first + 1, last + 1):
        index.record(day)
        index.chain.now += FEE_WINDOW
        index.send("close")


def test_close__56_real_days__every_number_equal_to_the_last_digit(index: Index) -> None:
    first, last = min(index.days), max(index.days)
    _close_up_to(index, last)
    earned = 0
    for number in range(first + 1, last + 1):
        day, before = index.days[number], index.days[number - 1]
        reward = sum(subsidy(number * DAY_BLOCKS + i) for i in range(DAY_BLOCKS))
        hashes = hashes_per_block(to_target(day.bits))
        earned += UNIT * WAD * (day.end - before.end) * reward // (DAY_BLOCKS * hashes)
        price = UNIT * WAD * 86_400 * reward // (DAY_BLOCKS * hashes)
        assert index.read("readings", number, 1) == [(day.end, earned, earned)]
        assert index.read("hashprice", number) == price
        middle = (before.end + day.end) // 2
        step = UNIT * WAD * (day.end - before.end) * reward // (DAY_BLOCKS * hashes)
        expected = earned - step + step * (middle - before.end) // (day.end - before.end)
        assert index.read("earned_at", middle) == expected
        assert index.read("earned_at", day.end) == earned
    assert last - first == 55
    assert index.read("latest") == (last, index.days[last].end, price, earned, earned)


def test_earned_at__outside_of_what_is_closed__refused(index: Index) -> None:
    first = min(index.days)
    _close_up_to(index, first + 1)
    with refused("index: not closed"):
        index.read("earned_at", index.days[first + 1].end + 1)
    with refused("index: before the first day"):
        index.read("earned_at", index.days[first].end - 1)


def test_close__window_open__refused(index: Index) -> None:
    first = min(index.days)
    index.record(first, first + 1)
    index.chain.now += FEE_WINDOW - 1
    with refused("index: fee window open"):
        index.send("close")


def test_close__nothing_recorded__refused(index: Index) -> None:
    with refused("index: nothing to close"):
        index.send("close")


def test_record__content_that_is_not_the_relays__refused(index: Index) -> None:
    first = min(index.days)
    with refused("index: not the relay's days"):
        index.send("record", [tuple(index.days[first]._replace(end=1))])
    with refused("index: no days"):
        index.send("record", [])


def test_record__nine_open_days__refused(index: Index) -> None:
    first = min(index.days)
    index.record(*range(first, first + 8))
    index.record(first + 8)
    with refused("index: too many open"):
        index.record(first + 9)


def _proof_830000() -> tuple[list[bytes], bytes]:
    """Return the hashes that `prove_fees` takes, and block 830,000's proof."""
    facts = json.loads(shared("coinbase_proofs.json").read_text())
    fact = next(fact for fact in facts if fact["height"] == 830_000)
    start = HEIGHT_830000_DAY * DAY_BLOCKS - 822_528
    roots = [Header.parse(h).merkle_root for h in shipped_headers()[start : start + DAY_BLOCKS]]
    given = HEIGHT_830000_INDEX // GROUP_BLOCKS
    hashes: list[bytes] = []
    for group in range(DAY_BLOCKS // GROUP_BLOCKS):
        own = roots[group * GROUP_BLOCKS : (group + 1) * GROUP_BLOCKS]
        folded = bytes(32)
        for root in own:
            folded = keccak256(folded + root)
        hashes += own if group == given else [folded]
    coinbase = bytes.fromhex(fact["coinbase_stripped_hex"])
    branch = [bytes.fromhex(sibling) for sibling in fact["merkle_branch"]]
    head = bytes([HEIGHT_830000_INDEX, len(branch)]) + len(coinbase).to_bytes(2, "big")
    return hashes, head + coinbase + b"".join(branch)


def _until_830000(index: Index) -> None:
    _close_up_to(index, HEIGHT_830000_DAY - 1)
    index.record(HEIGHT_830000_DAY)


def _prove(index: Index, hashes: list[bytes], proof: bytes) -> dict[str, dict[str, object]]:
    day = tuple(index.days[HEIGHT_830000_DAY])
    given = 1 << HEIGHT_830000_INDEX // GROUP_BLOCKS
    return index.send("prove_fees", HEIGHT_830000_DAY, day, given, hashes, proof)


def test_prove_fees__real_block_830000__raises_its_day_by_its_fees_once(index: Index) -> None:
    hashes, proof = _proof_830000()
    _until_830000(index)
    logged = _prove(index, hashes, proof)["FeesProven"]
    assert (logged["blocks"], logged["fees"]) == (1, 23_268_040)
    assert "FeesProven" not in _prove(index, hashes, proof)
    index.chain.now += FEE_WINDOW
    assert index.send("close")["DayClosed"]["reward"] == 144 * 625_000_000 + 23_268_040


def test_prove_fees__any_byte_of_hashes_or_proof_changed__refused(index: Index) -> None:
    hashes, proof = _proof_830000()
    _until_830000(index)
    for at in range(len(proof)):
        changed = proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1 :]
        with pytest.raises(Exception, match="failed"):
            _prove(index, hashes, changed)
    for at, word in enumerate(hashes):
        with refused("index: wrong roots"):
            _prove(index, [*hashes[:at], bytes([word[0] ^ 1]) + word[1:], *hashes[at + 1 :]], proof)
    assert index.read("block_day", HEIGHT_830000_DAY)[3:5] == (0, 0)


def test_prove_fees__day_that_is_closed__refused(index: Index) -> None:
    hashes, proof = _proof_830000()
    _until_830000(index)
    index.chain.now += FEE_WINDOW
    index.send("close")
    with refused("index: not open"):
        _prove(index, hashes, proof)


def test_close__prices_in_time__dollars_and_variance_as_an_exact_model(index: Index) -> None:
    first = min(index.days)
    prices = {first + i: 4_000_000_000_000 + 37_000_000_000 * (i * i % 11) for i in range(1, 20)}
    del prices[first + 5]  # no observation within six hours: the next return spans the gap
    for day, price in prices.items():
        index.observe(price, index.days[day].end + 3_600 * (day % 7))
    _close_up_to(index, first + 19)
    total = seconds = variance = 0
    last: tuple[int, int] | None = None
    for day in range(first + 1, first + 20):
        if day in prices:
            price, hashes = prices[day], hashes_per_block(to_target(index.days[day].bits))
            gained = index.read("earned", day) - index.read("earned", day - 1)
            total += gained * price // 10**16
            seconds += index.days[day].end - index.days[day - 1].end
            if last:
                exact = log(Fraction(price * last[1], last[0] * hashes)) ** 2 * 10**36
                variance += round(exact)
            last = (price, hashes)
        found = index.read("dollars", day)
        assert (found[0], found[1], found[3]) == (total, seconds, last[0] if last else 0)
        assert abs(found[2] - variance) <= variance * 1e-12
    assert index.read("dollars_at", index.days[first + 19].end) == (total, seconds)


def test_close__price_after_six_hours_or_out_of_range__day_adds_nothing(index: Index) -> None:
    first = min(index.days)
    index.observe(0, index.days[first + 1].end)
    index.observe(2**64, index.days[first + 2].end)
    index.observe(-5, index.days[first + 3].end)
    index.observe(4 * 10**12, index.days[first + 4].end + 21_601)
    _close_up_to(index, first + 4)
    assert index.read("dollars", first + 4) == (0, 0, 0, 0)


def test_close__feed_that_fails__stops_dollars_alone(index: Index) -> None:
    first = min(index.days)
    index.observe(4 * 10**12, index.days[first + 1].end)
    index.break_feed()
    _close_up_to(index, first + 1)
    assert index.read("dollars", first + 1) == (0, 0, 0, 0)
    assert index.read("earned", first + 1) > 0


def test_difficulty_variance__real_retargets__as_an_exact_model(index: Index) -> None:
    first, last = min(index.days), max(index.days)
    _close_up_to(index, last)
    variance = 0.0
    for epoch in range(first // 14 + 1, last // 14 + 1):
        new, old = (to_target(index.days[day].bits) for day in (epoch * 14, epoch * 14 - 1))
        variance += log(Fraction(old, new)) ** 2
        found = index.read("difficulty_variance", epoch)
        assert abs(found - variance * 1e36) <= 1e-12 * variance * 1e36
    with refused("index: not closed"):
        index.read("difficulty_variance", last // 14 + 1)
