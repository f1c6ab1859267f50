"""What DifficultySwap tells besides: the index's clock, names, and what it reads."""

from __future__ import annotations

import random

from tests.support.facades import Bitcoin
from tests.support.instruments import Instrument
from tests.support.trading import DAY, Series

MEAN, HASHRATE = 0, 1


def test_label__any_series__kind_epochs_and_digits_of_its_id(swap: Instrument) -> None:
    rng = random.Random(1)
    cases = [(rng.randrange(2), rng.randrange(60_000), rng.randbytes(32)) for _ in range(60)]
    cases += [(MEAN, 0, bytes(32)), (HASHRATE, 65_534, b"\xff" * 32), (MEAN, 9, b"\x0a" * 32)]
    for kind, start, series_id in cases:
        series = Series(kind=kind, start=start, end=start + rng.randrange(1, 209) % 65_535)
        if series.end < 2**16:
            name = f"{('DIFF', 'HASH')[kind]}-{start}-{series.end}-{series_id.hex()[:6]}"
            assert swap.label(series, series_id) == name


def test_label__own_id__as_documented(swap: Instrument) -> None:
    series = Series(kind=MEAN, start=500, end=502)
    assert swap.label(series) == f"DIFF-500-502-{series.id.hex()[:6]}"


def test_last_advance__days_close__the_newest_ones_end(real: Bitcoin) -> None:
    """Bitcoin's own time counts where a day was recorded before it: clocks differ by hours."""
    index = real.deploy_index()
    swap = Instrument.of(real.chain, "DifficultySwap", index)
    series = Series(start=408, end=500)
    assert swap.last_advance(series) == 0
    real.chain.now = real.truth.days[real.first].end - 10 * DAY
    for first, last in ((real.first, real.first), (real.first + 1, real.first + 3)):
        real.close(index, first, last)
        assert swap.last_advance(series) == real.truth.days[last].end
    real.chain.now += 10**9
    assert swap.last_advance(series) == real.truth.days[real.first + 3].end


def test_last_advance__days_long_over__when_the_newest_was_recorded(real: Bitcoin) -> None:
    index = real.deploy_index()
    swap = Instrument.of(real.chain, "DifficultySwap", index)
    series = Series(start=408, end=500)
    real.chain.now = real.truth.days[real.first].end + 200 * DAY
    real.close(index, real.first, real.first)
    assert swap.last_advance(series) == real.truth.days[real.first].end
    for number in (real.first + 1, real.first + 2):
        real.chain.now += DAY
        recorded_at = real.chain.now
        real.close(index, number, number)
        assert swap.last_advance(series) == recorded_at
    real.chain.now += 10**9
    assert swap.last_advance(series) == recorded_at


def test_constructor__index__and_its_relay(real: Bitcoin, swap: Instrument) -> None:
    assert swap.read("INDEX") == real.index
    assert swap.read("RELAY") == real.relay.address
    assert swap.read("VERSION") == "0.1.0"
