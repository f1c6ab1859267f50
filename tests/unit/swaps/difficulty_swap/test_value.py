"""DifficultySwap.value: X of real epochs to the last unit, and when it is ready."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from terahash.bitcoin.header import Header
from terahash.bitcoin.state import DAY_BLOCKS, Day, State, extend
from terahash.bitcoin.target import EPOCH_BLOCKS, to_target
from terahash.bitcoin.tree import split
from terahash.chain import ChainError
from terahash.deployment import Terms, deploy
from terahash.relay import Relay
from terahash.units import WAD
from tests.support.facades import EPOCH_DAYS, Bitcoin
from tests.support.indexing import (
    CHALLENGE,
    EPOCH,
    FEE_WINDOW,
    FIRST_DAY,
    LIGHT,
    START,
    UNIT,
    ZERO_ADDRESS,
    Indexed,
    dispute,
)
from tests.support.instruments import Instrument
from tests.support.miner import next_header, seal
from tests.support.revm_chain import RevmChain
from tests.support.trading import Series

MEAN, HASHRATE = 0, 1
NOT_READY = (False, 0)
_DIFFICULTY_ONE = 0xFFFF << 208


def _firsts(real: Bitcoin) -> dict[int, Header]:
    """Find the first header of each real epoch."""
    headers = b"".join(headers for _, headers in real.batches)
    first = real.first * DAY_BLOCKS
    found = {first + i: Header.parse(header) for i, header in enumerate(split(headers))}
    return {
        height // EPOCH_BLOCKS: header
        for height, header in found.items()
        if height % EPOCH_BLOCKS == 0
    }


def _mean(bits: list[int]) -> int:
    """Say the mean difficulty x 10^18 of epochs with these targets."""
    return sum(_DIFFICULTY_ONE * WAD // to_target(one) for one in bits) // len(bits)


def _hashrate(bits: list[int], seconds: int) -> int:
    """Say the hashrate, TH/s x 10^18, of epochs with these targets."""
    difficulty = sum(Fraction(_DIFFICULTY_ONE, to_target(one)) for one in bits)
    return int(difficulty * 2**32 * EPOCH_BLOCKS * WAD / (10**12 * seconds))


@pytest.mark.parametrize("start, end", [(409, 412), (408, 412), (408, 409), (411, 412), (409, 411)])
def test_value__mean_of_real_epochs__to_the_last_unit(
    real: Bitcoin, swap: Instrument, start: int, end: int
) -> None:
    firsts = _firsts(real)
    bits = [firsts[epoch].bits for epoch in range(start, end)]
    assert swap.value(Series(kind=MEAN, start=start, end=end)) == (True, _mean(bits))
    # Epochs 408 to 411 lay between 70 and 82 trillion.
    assert 70 * 10**30 < _mean(bits) < 82 * 10**30


@pytest.mark.parametrize("start, end", [(408, 411), (409, 411), (408, 409), (410, 411)])
def test_value__hashrate_of_real_epochs__hashes_over_time(
    real: Bitcoin, swap: Instrument, start: int, end: int
) -> None:
    firsts = _firsts(real)
    bits = [firsts[epoch].bits for epoch in range(start, end)]
    expected = _hashrate(bits, firsts[end].time - firsts[start].time)
    assert swap.value(Series(kind=HASHRATE, start=start, end=end)) == (True, expected)
    # Half a zettahash a second, more or less.
    assert 450 * 10**24 < expected < 650 * 10**24


def test_value__an_epoch_that_is_not_final__not_ready(real: Bitcoin, swap: Instrument) -> None:
    """The relay has the first block of 412, so that all is known and not yet final."""
    for series in (
        Series(kind=MEAN, start=409, end=413),
        Series(kind=MEAN, start=412, end=413),
        Series(kind=HASHRATE, start=409, end=412),
        Series(kind=HASHRATE, start=411, end=412),
    ):
        assert swap.known(series)
        assert swap.value(series) == NOT_READY


@pytest.mark.parametrize("day, is_ready", [(28, False), (29, True)])
def test_value__an_epoch_that_is_disputed__not_ready(
    base: Indexed, day: int, is_ready: bool
) -> None:
    """Epoch 1,356 begins with the chain's day 28."""
    swap = Instrument.of(base.chain, "DifficultySwap", base.index().address)
    reading = [
        Series(kind=MEAN, start=EPOCH, end=EPOCH + 3),
        Series(kind=MEAN, start=EPOCH + 2, end=EPOCH + 3),
        Series(kind=HASHRATE, start=EPOCH, end=EPOCH + 2),
    ]
    earlier = [
        Series(kind=MEAN, start=EPOCH, end=EPOCH + 2),
        Series(kind=HASHRATE, start=EPOCH, end=EPOCH + 1),
    ]
    before = {series: swap.value(series) for series in reading + earlier}
    assert all(ready for ready, _ in before.values())
    dispute(base, FIRST_DAY + day - 1)
    assert base.relay.disputed_from() == FIRST_DAY + day
    for series in reading:
        assert swap.value(series) == (before[series] if is_ready else NOT_READY)
    for series in earlier:
        assert swap.value(series) == before[series]


def _expected(base: Indexed, series: Series) -> tuple[bool, int]:
    """Say what X is while so many days of the easy chain are final."""
    days = base.mined[: base.final : EPOCH_DAYS]
    bits = [mined.day.bits for mined in days][series.start - EPOCH : series.end - EPOCH]
    last = series.end - EPOCH - (series.kind == MEAN)
    if last >= len(days):
        return NOT_READY
    if series.kind == MEAN:
        return True, _mean(bits)
    began, ended = (days[one - EPOCH].day.epoch_start for one in (series.start, series.end))
    return True, _hashrate(bits, ended - began)


def test_value__any_terms_that_were_accepted__never_reverts() -> None:
    """From the first day on, as days become final: X is ready when it should be, and stays."""
    rng = random.Random(4)
    base = Indexed(2)
    index = base.index()
    index.record(FIRST_DAY, FIRST_DAY + 1)
    swap = Instrument.of(base.chain, "DifficultySwap", index.address)
    accepted: set[Series] = {Series(kind=MEAN, start=EPOCH, end=EPOCH + 208)}
    assert all(swap.check(series) for series in accepted)
    refusals: set[str | None] = set()
    ready = 0
    for more in (2, *[3] * 9):
        for _ in range(12):
            end = EPOCH + rng.choice((1, 2, 3, rng.randrange(220)))
            series = Series(
                kind=rng.choice((MEAN, HASHRATE)), start=end - rng.randrange(1, 4), end=end
            )
            try:
                accepted |= {series} if swap.check(series) else set()
            except ChainError as error:
                refusals.add(error.reason)
        for series in accepted:
            found = swap.value(series)
            assert found == _expected(base, series)
            assert not found[0] or swap.known(series)
            ready += found[0]
        base.bring(more)
    assert ready > 10 and len(accepted) > 20 and "" not in refusals


def test_value__times_that_ran_backwards__does_not_revert() -> None:
    """A majority that writes the first block's time early and all others' late locks no money."""
    chain = RevmChain(START.time)
    terms = Terms(START, LIGHT.limit, 1, CHALLENGE)
    relay = Relay(chain, deploy(chain, terms).address("BitcoinRelay"))
    index = chain.deploy(
        "HashpriceIndex", relay.address, UNIT, FIRST_DAY, FEE_WINDOW, ZERO_ADDRESS, bytes(32)
    )
    swap = Instrument.of(chain, "DifficultySwap", index)
    series = Series(kind=HASHRATE, start=EPOCH, end=EPOCH + 1)
    state, days = START, list[Day]()
    for number in range(15):
        state = _submit(relay, state, DAY_BLOCKS, days)
        if number == 1:
            state = _submit(relay, state, 1, days)
            chain.now += CHALLENGE
            relay.finalize(days)
            chain.send("HashpriceIndex", index, "record", [tuple(day) for day in days])
            assert swap.check(series)
    _submit(relay, state, DAY_BLOCKS, days)
    chain.now += CHALLENGE
    relay.finalize(days[2:15])
    assert relay.epoch(EPOCH + 1).start < relay.epoch(EPOCH).start
    # The highest X there can be: all hashes in one second.
    hashes = (_mean([days[0].bits]) << 32) * EPOCH_BLOCKS
    assert swap.value(series) == (True, hashes // 10**12)


def _submit(relay: Relay, state: State, count: int, days: list[Day]) -> State:
    """Mine blocks up to a day's end, the first of all as late as may be and the others as early."""
    count = min(count, DAY_BLOCKS - (state.height + 1) % DAY_BLOCKS)
    headers, after = [], state
    for _ in range(count):
        time = START.time + 6_000 if after == START else after.median_time + 1
        header = seal(next_header(after, time, network=LIGHT))
        after = extend(after, header, LIGHT, days=days)
        headers.append(header)
    relay.submit(state, b"".join(headers))
    return after
