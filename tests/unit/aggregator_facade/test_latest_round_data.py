"""AggregatorFacade.latestRoundData: the newest round, exact, in time, and otherwise none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from terahash.bitcoin.state import State
from terahash.deployment import BTC_USD, Number
from terahash.units import DAY, HOUR
from tests.support.facades import (
    KINDS,
    POWER,
    POWER_PRICE,
    PRICE_AGE,
    Bitcoin,
    Facade,
    Kind,
    Round,
    Truth,
    says_why,
)
from tests.support.indexing import (
    FIRST_DAY,
    LIGHT,
    UNIT,
    Index,
    Indexed,
    dispute,
    indexed,
)
from tests.support.miner import mine
from tests.support.relay import refused

FOREVER = 2**256 - 1
SPOT_BTC, SPOT_USD = KINDS["BTC/TH/day, spot"], KINDS["USD/PH/day, spot"]
USD = KINDS["USD/TH/day"]
each_kind = pytest.mark.parametrize(
    "kind", [*KINDS.values(), POWER_PRICE], ids=lambda kind: kind.description
)


@each_kind
def test_latest_round_data__each_number__exact(real: Bitcoin, kind: Kind) -> None:
    assert real.fresh(kind).read("latestRoundData") == real.truth.newest(kind).data


def test_latest_round_data__february_2024__in_the_units_of_the_names(real: Bitcoin) -> None:
    def shown(description: str) -> float:
        kind = KINDS[description]
        answer: int = real.fresh(kind).read("latestRoundData")[1]
        return answer / 10**kind.decimals

    assert shown("Bitcoin difficulty") == pytest.approx(75_502_165_623_893.72)
    assert shown("Bitcoin hashrate, TH/s") == pytest.approx(584e6, rel=1e-3)
    assert shown("BTC/PH/day") == pytest.approx(0.001665, rel=1e-3)
    assert shown("BTC/PH/day, spot") == pytest.approx(0.001538, rel=1e-3)  # a harder epoch began
    price = real.truth.price(max(real.truth.days))
    assert price is not None
    assert shown("USD/PH/day") == pytest.approx(shown("BTC/PH/day") * price / 10**8)
    assert shown("USD/PH/day, spot") == pytest.approx(shown("BTC/PH/day, spot") * shown("BTC/USD"))
    for unit in ("BTC", "USD"):
        for suffix in ("", ", spot"):
            petahash, terahash = (shown(f"{unit}/{prefix}/day{suffix}") for prefix in ("PH", "TH"))
            assert petahash == pytest.approx(1_000 * terahash, rel=1e-6)


@each_kind
def test_latest_round_data__at_its_greatest_age__answers_and_a_second_later_not(
    real: Bitcoin, kind: Kind
) -> None:
    facade, newest = real.fresh(kind), real.truth.newest(kind)
    real.chain.now = newest.at + kind.max_age
    assert facade.read("latestRoundData") == newest.data
    real.chain.now += 1
    with refused("facade: stale"):
        facade.read("latestRoundData")


@each_kind
def test_latest_round_data__any_age_allowed__never_too_old(real: Bitcoin, kind: Kind) -> None:
    facade, newest = real.fresh(kind._replace(max_age=FOREVER)), real.truth.newest(kind)
    real.chain.now = 2**40
    if kind.needs_a_fresh_price:
        with refused("facade: price stale"):
            facade.read("latestRoundData")
        return
    assert facade.read("latestRoundData") == newest.data


def test_latest_round_data__newer_round__is_the_newest(real: Bitcoin) -> None:
    facade, seen = real.fresh(KINDS["BTC/USD"]), real.truth.newest(KINDS["BTC/USD"])
    real.chain.now = at = seen.at + 600
    real.quorum.observe(5, at, bytes(BTC_USD))
    assert facade.read("latestRoundData") == Round(seen.number + 1, 5, at).data


@pytest.mark.parametrize("value", [-(2**111) + 1, -1, 0, 2**111 - 1])
def test_latest_round_data__any_value_of_a_feed__is_told(real: Bitcoin, value: int) -> None:
    """Power is free at times, or worse: zero is an answer where a quorum signed it."""
    facade, seen = real.fresh(POWER_PRICE), real.truth.newest(POWER_PRICE)
    real.chain.now = at = seen.at + DAY
    real.quorum.observe(value, at, bytes(POWER))
    assert facade.read("latestRoundData") == Round(seen.number + 1, value, at).data


@pytest.mark.parametrize("ahead", [1, 60])
def test_latest_round_data__observed_ahead_of_the_chains_clock__is_of_now(
    real: Bitcoin, ahead: int
) -> None:
    """Readers subtract its time from the chain's, and most compilers check that."""
    facade, seen = real.fresh(KINDS["BTC/USD"]), real.truth.newest(KINDS["BTC/USD"])
    at = seen.at + 600
    real.chain.now = at - ahead
    real.quorum.observe(5, at, bytes(BTC_USD))
    for now in (at - ahead, at - 1, at, at + 1):
        real.chain.now = now
        told = Round(seen.number + 1, 5, min(at, now))
        assert facade.read("latestRoundData") == told.data
        assert facade.read("getRoundData", told.number) == told.data
        assert facade.read("latestTimestamp") == facade.read("getTimestamp", told.number) == told.at


@each_kind
def test_latest_round_data__chains_clock_is_behind__is_of_now(real: Bitcoin, kind: Kind) -> None:
    """Bitcoin's clock may be two hours ahead of it."""
    facade, newest = real.fresh(kind), real.truth.newest(kind)
    real.chain.now -= 7_200
    told = newest._replace(at=real.chain.now)
    assert facade.read("latestRoundData") == told.data
    assert facade.read("getRoundData", newest.number) == told.data


# Before the first value: of every function


def test_before_the_first_value__feed_or_spot__refused(real: Bitcoin) -> None:
    """The tip is known, and the index knows of no day; of the feed nobody ever signed a value."""
    tip, index = real.truth.tip, real.deploy_index()
    first = {real.first: real.truth.days[real.first]}
    known = Truth(first, tip, real.truth.observations, {})
    spots = [kind for kind in KINDS.values() if kind.number == Number.SPOT]
    facades = [real.young(KINDS["BTC/USD"]), *(real.facade(kind, index) for kind in spots)]
    for facade in facades:
        assert facade.latest_reasons() == {"facade: no answer yet"}
        assert says_why(facade.round_reasons(0, 1, tip.height, 2**64))
    real.close(index, real.first, real.first)  # no fees are known, and none are told
    for kind, facade in zip(spots, facades[1:], strict=True):
        real.chain.now = known.newest(kind).at
        assert facade.read("latestRoundData") == known.newest(kind).data


def test_before_the_first_value__difficulty__refused(real: Bitcoin) -> None:
    relay, epoch = real.deploy_relay(), real.first // 14
    facade = real.facade(KINDS["Bitcoin difficulty"], relay)

    def is_refused() -> bool:
        """Not even the checkpoint's epoch is told, for its beginning is not proven."""
        return says_why(facade.latest_reasons() | facade.round_reasons(0, epoch - 1, epoch))

    assert is_refused()
    for anchor, headers in real.batches[:2]:
        real.chain.send("BitcoinRelay", relay, "submit", tuple(anchor), headers)
    assert is_refused()  # seen, and not final
    real.chain.now += DAY
    day = [tuple(real.truth.days[real.first])]
    real.chain.send("BitcoinRelay", relay, "finalize", day, [], [])
    first = real.truth.rounds(KINDS["Bitcoin difficulty"])[epoch]
    real.chain.now = first.at
    assert facade.read("latestRoundData") == first.data  # its first block-day is enough


@pytest.mark.parametrize(
    "kind",
    [kind for kind in KINDS.values() if kind.number in (Number.HASHRATE, Number.HASHPRICE)],
    ids=lambda kind: kind.description,
)
def test_before_the_first_value__closed_days__refused(real: Bitcoin, kind: Kind) -> None:
    index = real.deploy_index()
    facade, days = real.facade(kind, index), range(real.first - 1, real.first + 16)

    def is_refused() -> bool:
        return says_why(facade.latest_reasons() | facade.round_reasons(0, *days))

    assert is_refused()
    real.close(index, real.first, real.first)  # the clock is set, and nothing earned
    assert is_refused()
    first = min(real.truth.rounds(kind))
    assert first == real.first + (14 if kind.number == Number.HASHRATE else 1)
    if first > real.first + 1:
        real.close(index, real.first + 1, first - 1)
        assert is_refused()
    real.close(index, first, first)
    real.chain.now = real.truth.rounds(kind)[first].at
    assert facade.read("latestRoundData") == real.truth.rounds(kind)[first].data


# In dollars


def test_latest_round_data__newest_day_without_a_price__refused(real: Bitcoin) -> None:
    """There is none of that day, and the one before is not the newest."""
    unpriced = min(real.truth.rounds(USD)) + 19
    assert real.truth.price(unpriced) is None
    index = real.deploy_index()
    real.close(index, real.first, unpriced - 1)
    facade, before = real.facade(USD, index), real.truth.rounds(USD)[unpriced - 1]
    real.chain.now = before.at
    assert facade.read("latestRoundData") == before.data
    real.close(index, unpriced, unpriced)
    real.chain.now = before.at
    assert facade.reason("latestRoundData") == facade.reason("getRoundData", unpriced)
    assert says_why(facade.latest_reasons())
    assert facade.read("getRoundData", before.number) == before.data
    real.close(index, unpriced + 1, unpriced + 1)
    real.chain.now = before.at
    after = real.truth.rounds(USD)[unpriced + 1]
    real.chain.now = after.at
    assert facade.read("latestRoundData") == after.data


def _spot_with_double(real: Bitcoin) -> tuple[str, str]:
    """An index whose two newest days are closed, and whose feed anyone writes."""
    feed = real.chain.deploy("FeedDouble")
    last = max(real.truth.days)
    index = real.deploy_index(feed, first_day=last - 1)
    real.close(index, last - 1, last)
    return index, feed


def test_latest_round_data__spot_in_dollars__is_as_old_as_day_or_price_and_needs_a_new_one(
    real: Bitcoin,
) -> None:
    index, feed = _spot_with_double(real)
    facade = real.facade(SPOT_USD, index)
    truth, end = real.truth, real.truth.newest(SPOT_BTC).at
    for value, seen in ((4 * 10**12, end - 3 * HOUR), (5 * 10**12, end), (6 * 10**12, end + 1)):
        real.chain.send("FeedDouble", feed, "observe", bytes(BTC_USD), value, seen)
        known = Truth(truth.days, truth.tip, {BTC_USD: [(value, seen)]}, {})
        told = known.newest(SPOT_USD)
        assert told.at == min(seen, end)
        real.chain.now = seen + PRICE_AGE
        assert facade.read("latestRoundData") == told.data
        real.chain.now += 1
        assert set(facade.latest_reasons()) == {"facade: price stale"}


def test_latest_round_data__spot_without_a_price_to_multiply__refused(real: Bitcoin) -> None:
    index, feed = _spot_with_double(real)
    facade = real.facade(SPOT_USD, index)
    end = real.truth.newest(SPOT_BTC).at
    real.chain.now = end
    for value, seen in ((None, 0), (0, end + 1), (-1, end + 2), (-(2**111), end + 3)):
        if value is not None:
            real.chain.send("FeedDouble", feed, "observe", bytes(BTC_USD), value, seen)
        with refused("facade: no price yet"):
            facade.read("latestRoundData")
    real.chain.send("FeedDouble", feed, "observe", bytes(BTC_USD), 1, end + 4)
    assert facade.read("latestRoundData")[0] == real.truth.tip.height


# On a chain that is easy to mine


@pytest.fixture
def base() -> Iterator[Indexed]:
    """A relay with 31 final days, and one block on top of them."""
    with indexed().undone() as base:
        yield base


def _known(index: Index, closed: int, tip: State, fees: dict[int, int] | None = None) -> Truth:
    """What is known of that chain with its first days closed, up to one."""
    days = {n: mined.day for n, mined in index.mined.items() if n <= closed}
    return Truth(days, tip, {}, fees or {}, UNIT)


def test_latest_round_data__proven_fees__count_in_the_day_and_at_the_tip(base: Indexed) -> None:
    index, last = base.index(), FIRST_DAY + 2
    index.close_up_to(last - 1)
    index.record(last)
    index.prove_all(last)
    index.send("close")
    fees = {last: sum(index.mined[last].fees(i) for i in range(144))}
    known = _known(index, last, base.tip, fees)
    for kind in (KINDS["BTC/PH/day"], SPOT_BTC):
        told, unproven = known.newest(kind), _known(index, last, base.tip).newest(kind)
        base.chain.now = told.at
        assert Facade.of(base.chain, kind, index.address).read("latestRoundData") == told.data
        assert told.answer > unproven.answer


def test_latest_round_data__tip_is_reorganised__the_new_one_is_told_alone(base: Indexed) -> None:
    index = base.index()
    index.close_up_to(FIRST_DAY + 1)
    facade = Facade.of(base.chain, SPOT_BTC, index.address)
    before = _known(index, FIRST_DAY + 1, base.tip).newest(SPOT_BTC)
    base.chain.now = before.at
    assert facade.read("latestRoundData") == before.data

    def follow(anchor: State, count: int, spacing: int) -> State:
        """Mine another chain from a State, until it is the heaviest."""
        work = base.relay.tip().work
        while anchor.chainwork <= work:
            headers, after = mine(anchor, count, 1, spacing, LIGHT)
            base.chain.now = max(base.chain.now, after.time)
            base.relay.submit(anchor, headers)
            anchor = after
        return anchor

    # One block longer, and then shorter: from before a retarget, to blocks of more work each.
    longer = follow(index.mined[FIRST_DAY + 31].anchor, 2, 600)
    assert longer.height == before.number + 1
    shorter = follow(index.mined[FIRST_DAY + 27].anchor, 12, 1)
    assert shorter.height < before.number
    assert shorter.bits != longer.bits
    after = _known(index, FIRST_DAY + 1, shorter).newest(SPOT_BTC)
    base.chain.now = after.at
    assert facade.read("latestRoundData") == after.data
    assert after.answer < before.answer
    assert facade.read("getRoundData", after.number) == after.data
    assert facade.reason("getRoundData", before.number) is not None


def test_latest_round_data__relay_is_disputed__refused(base: Indexed) -> None:
    """A day from before the dispute is not the newest; what is newer is false."""
    index, agreed = base.index(), FIRST_DAY + 17
    index.observe(4 * 10**12, index.mined[agreed + 1].day.end)
    index.close_up_to(agreed + 1)
    facades = [
        Facade.of(
            base.chain,
            kind._replace(max_age=FOREVER),
            base.relay.address if kind.number == Number.DIFFICULTY else index.address,
        )
        for kind in KINDS.values()
        if kind.number != Number.FEED
    ]
    now, base.chain.now = base.chain.now, index.mined[agreed + 1].day.end  # of the price
    assert [facade.reason("latestRoundData") for facade in facades] == 10 * [None]
    base.chain.now = now
    dispute(base, agreed)
    for facade in facades:
        assert says_why(facade.latest_reasons())
