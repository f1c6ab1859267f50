"""What claims pay, against fractions: every small series, X and amount by the contract's
arithmetic, and 10,000 of them from the opening of a series to the last redemption.

No pair ever pays more than it locks, and less by at most a satoshi for each redemption.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import floor
from pathlib import Path
from typing import Any, NamedTuple

import boa
import pytest
from hypothesis import settings
from vyper.compiler.output import build_abi_output

from terahash.codec import Codec, Contract, returned
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain
from tests.support.trading import FUND, MINER, NOBODY, OTHER, SHARES, START, Market, Series

SOURCE = Path(__file__).resolve().parents[1] / "support" / "PayoffGrid.vy"
SMALL = range(41)
"""Floors, caps, X and amounts; likewise from -20 to 20."""
SHIFTS = (0, -20)
OUTSIDE = 5
"""How far X lies below the floors and above the caps, too."""


class Grid:
    """The market's arithmetic, asked for many numbers at once."""

    def __init__(self) -> None:
        compiled = boa.load_partial(str(SOURCE)).compiler_data
        contract = Contract(build_abi_output(compiled), compiled.bytecode)
        self._codec, self._chain = Codec({"PayoffGrid": contract}), RevmChain(START)
        self._address = self._chain._deploy("the grid", compiled.bytecode)

    def read(self, function: str, *args: int) -> Any:
        method, calldata = self._codec.calldata("PayoffGrid", function, args)
        answer = self._chain._execute("PayoffGrid", self._address, function, calldata)
        return returned(method, answer)

    @cache  # noqa: B019
    def worths(self, share: int) -> tuple[list[int], list[int]]:
        longs, shorts = self.read("worths", share, len(SMALL))
        return longs, shorts


@cache
def grid() -> Grid:
    return Grid()


def _part(x: int, low: int, high: int) -> Fraction:
    """What of the collateral the long has: nothing at the floor, all at the cap, a line between."""
    if x <= low:
        return Fraction(0)
    return Fraction(1) if x >= high else Fraction(x - low, high - low)


def _share(part: Fraction) -> int:
    return floor(part * SHARES)


@cache
def _paid(share: int, longs: int, shorts: int) -> int:
    """What somebody is paid for both sides together, rounded down once."""
    return floor(longs * Fraction(share, SHARES) + shorts * (1 - Fraction(share, SHARES)))


def _xs(shift: int) -> range:
    return range(SMALL[0] + shift - OUTSIDE, SMALL[-1] + shift + OUTSIDE + 1)


@pytest.mark.parametrize("shift", SHIFTS)
def test_share__every_small_series__is_the_line_cut_to_10_12_parts(shift: int) -> None:
    """820 series at each of 51 X: at the knots, outside and between, below zero too."""
    xs = _xs(shift)
    for low, high in combinations((n + shift for n in SMALL), 2):
        found = grid().read("shares", low, high, xs[0], len(xs))
        assert found == [_share(_part(x, low, high)) for x in xs], (low, high)


def test_worth__every_share_of_these_and_every_amount__is_the_part_rounded_down() -> None:
    """Longs and shorts together, redeemed by two: the collateral, short of a satoshi at most."""
    parts = {_part(x, 0, high) for high in SMALL[1:] for x in range(high + 1)}
    assert len(parts) > 400
    for part in parts:
        share = _share(part)
        longs, shorts = grid().worths(share)
        for amount, long, short in zip(SMALL, longs, shorts, strict=True):
            assert (long, short) == (_paid(share, amount, 0), _paid(share, 0, amount))
            assert amount - 1 <= long + short <= amount
            # A share that is cut may cost the long its last satoshi: 39 claims at 29/39 pay 28.
            assert -1 <= long - amount * part <= 0
            assert -1 < short - amount * (1 - part) <= 0
            assert grid().read("worth", amount, amount, share) == amount


@pytest.mark.parametrize("exponent", [40, 90, 200])
def test_share__series_of_any_size__is_the_line(exponent: int) -> None:
    """Difficulty x 10^18 has 110 bits; bounds may have 200, and X all."""
    dice = random.Random(exponent)
    for _ in range(300):
        low, high = sorted(dice.randint(-(2**exponent), 2**exponent) for _ in range(2))
        for x in (low, high, low + 1, high - 1, (low + high) // 2, -(2**255), 2**255 - 1):
            (found,) = grid().read("shares", low, high, x, 1)
            assert found == _share(_part(x, low, high)), (low, high, x)


class Case(NamedTuple):
    """A series, its X, an amount of pairs, and how many of the longs are redeemed on their own."""

    series: Series
    x: int
    amount: int
    apart: int

    @property
    def share(self) -> int:
        return _share(_part(self.x, self.series.floor, self.series.cap))


def _cases(dice: random.Random, count: int) -> Iterator[Case]:
    for number in range(count):
        shift = dice.choice(SHIFTS)
        low, high = sorted(dice.sample([n + shift for n in SMALL], 2))
        amount = dice.choice(SMALL)
        apart = dice.randrange(amount + 1)
        series = Series(start=number, floor=low, cap=high)
        yield Case(series, dice.choice(_xs(shift)), amount, apart)


def test_settle_and_redeem__sample_of_small_series__pays_what_the_fractions_say() -> None:
    deep = settings().max_examples >= 1_000
    dice = random.Random(secrets.randbits(64) if deep else 6)
    market = Market(doubles=1)
    cases = list(_cases(dice, 100_000 if deep else 10_000))
    dust = 0
    for first in range(0, len(cases), 36):
        some = cases[first : first + 36]
        market.send(NOBODY, "open", [case.series.terms for case in some])
        dust += sum(_live(market, case) for case in some)
    assert market.sats(market.address) == dust > 0


def _live(market: Market, case: Case) -> int:
    """Make pairs for two, send some of the longs to a third, settle, and pay all three.

    Returns what is left, satoshi.
    """
    series, amount = case.series, case.amount
    if amount:
        call = ("mint_pair", series.id, amount, FUND.address, MINER.address)
        market.send(OTHER.address, *call)
    if case.apart:
        market.send(FUND.address, "transfer", OTHER.address, series.long, case.apart)
    market.instrument("set_value", True, case.x)
    market.send(NOBODY, "settle", series.terms)
    assert market.read("series", series.id) == (True, True, case.share, amount)
    longs = {FUND.address: amount - case.apart, OTHER.address: case.apart}
    left, redemptions = amount, 0
    for owner, long, short in (
        *((owner, count, 0) for owner, count in longs.items()),
        (MINER.address, 0, amount),
    ):
        if long + short == 0:
            with refused("market: nothing to redeem"):
                market.send(NOBODY, "redeem", series.id, owner, owner)
            continue
        receipt = market.send(NOBODY, "redeem", series.id, owner, owner)
        paid = dict(receipt.logs)["Redeemed"]["paid"]
        assert paid == _paid(case.share, long, short), case
        left, redemptions = left - paid, redemptions + 1
    # Each rounds off less than a satoshi, and together they are whole.
    assert 0 <= left <= max(redemptions - 1, 0), case
    return left
