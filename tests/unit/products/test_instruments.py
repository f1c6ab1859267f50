"""What is built here, as the instruments see it: accepted, refused, and known at the same block."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from terahash.bitcoin.target import EPOCH_BLOCKS
from terahash.chain import ChainError
from terahash.products.bands import Band
from terahash.products.errors import KnownWindowError, PastWindowError, WindowError
from terahash.products.exposure import Exposure
from terahash.products.grid import grid
from terahash.products.hashprice import strip
from terahash.products.product import Deal
from terahash.products.quotes import Quote
from terahash.products.windows import Epochs, Month
from terahash.swaps.series import DifficultyKind, Series, series
from tests.support.facades import Bitcoin, bitcoin
from tests.support.instruments import Instrument

TIP_EPOCH = 412
"""Of which the relay has one block."""


@pytest.fixture
def real() -> Iterator[Bitcoin]:
    """The real epochs 408 to 411, and a block of 412."""
    with bitcoin().undone() as built:
        yield built


def is_accepted(instrument: Instrument, terms: Series) -> bool:
    try:
        return bool(instrument.read("check", tuple(terms)))
    except ChainError:
        return False


def test_strip__next_months__every_series_accepted(real: Bitcoin) -> None:
    swap = Instrument.of(real.chain, "HashpriceSwap", real.index)
    band = Band.between(Quote.parse("68000sats"), Quote.parse("102000sats"))
    of = Exposure(Month.of(real.chain.now).plus(1), Deal.SELL, 10, real.chain.now)
    for leg in strip(of, 36, band, 5_000).legs:
        assert is_accepted(swap, leg.series)
        assert not swap.read("known", tuple(leg.series))


@pytest.mark.parametrize("value", ["80T", "600EH/s"])
def test_grid__epochs_ahead__every_series_accepted(real: Bitcoin, value: str) -> None:
    swap = Instrument.of(real.chain, "DifficultySwap", real.index)
    for standard in grid(Quote.parse(value), TIP_EPOCH + 2):
        assert is_accepted(swap, standard.series)


@pytest.mark.parametrize("kind", list(DifficultyKind))
@pytest.mark.parametrize("start", [TIP_EPOCH - 2, TIP_EPOCH - 1, TIP_EPOCH, TIP_EPOCH + 1])
@pytest.mark.parametrize("count", [0, 1, 2, 207, 208, 209])
def test_epochs__about_the_tip__refused_exactly_where_the_market_refuses(
    real: Bitcoin, kind: DifficultyKind, start: int, count: int
) -> None:
    swap = Instrument.of(real.chain, "DifficultySwap", real.index)
    terms = series(0, kind, start, start + count, 1, 2, 5_000)
    try:
        Epochs(start, start + count).check(kind, TIP_EPOCH * EPOCH_BLOCKS)
    except WindowError as error:
        assert not is_accepted(swap, terms)
        is_known = isinstance(error, KnownWindowError | PastWindowError)
        assert count == 0 or bool(swap.read("known", tuple(terms))) is is_known
    else:
        assert is_accepted(swap, terms)
        assert not swap.read("known", tuple(terms))
