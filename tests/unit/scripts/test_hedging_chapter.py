"""The demo's fifth chapter: its exact calculation, and what it refuses to report."""

from __future__ import annotations

from fractions import Fraction
from types import ModuleType

import pytest

from scripts._exact_swaps import EPOCH_DAYS, Headers, Payouts, long_worth, payouts
from terahash.bitcoin.state import Day
from terahash.bitcoin.target import hashes_per_block, to_target
from terahash.errors import TerahashError
from terahash.hashprice import block_days, floor_mean
from terahash.swaps.series import HashpriceKind, Instrument, Series, series
from terahash.units import DAY, HOUR, WAD

EASY, HARD = 0x1703E8B3, 0x1703BA5D
START = 1_703_311_464
EPOCH = 409
CLAIMS = 10_000_000
SUBSIDY = 144 * 625_000_000
"""Of a block-day, satoshi."""


@pytest.fixture(scope="module")
def chapter() -> ModuleType:
    """The chapter's code; imported late, as it imports ape."""
    from scripts import _hedging_chapter

    return _hedging_chapter


def _day(number: int, bits: int) -> Day:
    return Day(bytes(32), START + number * 23 * HOUR, bits, START, bytes(32))


def _headers(count: int) -> Headers:
    """Block-days of 23 hours from an epoch's first on; each epoch has its target."""
    bits = [(EASY, HARD, EASY)[number // EPOCH_DAYS] for number in range(count)]
    return Headers(EPOCH * EPOCH_DAYS, [_day(number, each) for number, each in enumerate(bits)])


def _earned_in(bits: int, seconds: int) -> Fraction:
    """Say what 1 TH/s earns in a time, satoshi: 10^12 hashes a second, of those a block takes."""
    blocks = Fraction(10**12 * seconds, hashes_per_block(to_target(bits)))
    return blocks * 625_000_000


def _forward() -> Series:
    terms = (Instrument.HASHPRICE, HashpriceKind.SUBSIDY, START, START + 2 * DAY)
    return series(*terms, 100 * WAD, 200 * WAD, 5_000)


def test_earned__two_block_days_and_parts_of_two__counts_parts_by_time() -> None:
    headers = _headers(EPOCH_DAYS + 2)
    ends = [day.end for day in headers.days]
    # The last hour of the first epoch's 13th block-day, its 14th, and half an hour of the next.
    start, end = ends[EPOCH_DAYS - 2] - HOUR, ends[EPOCH_DAYS - 1] + HOUR // 2
    # A block-day ends with its epoch; those of the next have its target, from the end before on.
    easy = _earned_in(EASY, HOUR + (ends[EPOCH_DAYS - 1] - ends[EPOCH_DAYS - 2]))
    assert ends[EPOCH_DAYS - 1] - ends[EPOCH_DAYS - 2] == 23 * HOUR
    assert headers.earned(start, ends[EPOCH_DAYS - 1]) == easy
    assert headers.earned(start, end) == easy + _earned_in(HARD, HOUR // 2)


def test_earned__of_a_halving__pays_half_from_then_on() -> None:
    halving = 840_000 // 144  # its 48th block is the first to create half
    days = [_day(number, EASY) for number in range(3)]
    headers = Headers(halving - 1, days)
    before = halving * 144
    created = (840_000 - before) * 625_000_000 + (before + 144 - 840_000) * 312_500_000
    whole = _earned_in(EASY, 23 * HOUR)
    assert headers.earned(days[0].end, days[1].end) == whole * created / SUBSIDY
    assert headers.earned(days[1].end, days[2].end) == whole / 2


def test_hashprice__of_headers__is_what_the_index_rounds_down() -> None:
    headers = _headers(2 * EPOCH_DAYS)
    days = list(block_days(headers.days, headers.first))
    start, end = days[2].end - 7_001, days[-1].end - 12_345
    exact = headers.hashprice(start, end) * WAD
    assert 0 <= exact - floor_mean(days, start, end) < 3
    assert exact.denominator > 1


def test_difficulty__of_epochs__weighs_them_equally_and_leaves_out_the_end() -> None:
    headers = _headers(3 * EPOCH_DAYS)
    easy, hard = (Fraction(0xFFFF << 208, to_target(bits)) for bits in (EASY, HARD))
    assert headers.difficulty(EPOCH, EPOCH + 1) == easy
    assert headers.difficulty(EPOCH, EPOCH + 2) == (easy + hard) / 2
    assert headers.difficulty(EPOCH, EPOCH + 3) == (2 * easy + hard) / 3


@pytest.mark.parametrize(
    ("x", "long"),
    [(99, 0), (100, 0), (125, CLAIMS // 4), (200, CLAIMS), (201, CLAIMS)],
)
def test_payouts__outside_at_and_between_bounds__give_the_long_its_part(x: int, long: int) -> None:
    assert payouts(_forward(), CLAIMS, x * WAD) == Payouts(long, CLAIMS - long)
    assert long_worth(_forward(), CLAIMS, Fraction(x)) == long


def test_payouts__a_part_of_a_satoshi__is_lost_to_both() -> None:
    x = 100 * WAD + WAD // 200_000  # half a satoshi above the floor
    assert payouts(_forward(), CLAIMS, x) == Payouts(0, CLAIMS - 1)


def test_check_x__what_headers_say__passes(chapter: ModuleType) -> None:
    chapter.check_x(150 * WAD, 150 * WAD, Fraction(150))


def test_check_x__one_unit_off_the_library__refuses(chapter: ModuleType) -> None:
    with pytest.raises(TerahashError, match="settled on 150000000000000000001, and X is 15"):
        chapter.check_x(150 * WAD + 1, 150 * WAD, Fraction(150))


def test_check_x__library_and_market_wrong_together__refuses(chapter: ModuleType) -> None:
    with pytest.raises(TerahashError, match=r"headers say 150\.0"):
        chapter.check_x(150 * WAD + 3, 150 * WAD + 3, Fraction(150))


def test_check_paid__what_is_due__passes(chapter: ModuleType) -> None:
    exact = Fraction(400, 3)
    x = int(exact * WAD)
    chapter.check_paid(_forward(), CLAIMS, exact, x, Payouts(3_333_333, 6_666_666))


@pytest.mark.parametrize("paid", [Payouts(3_333_334, 6_666_666), Payouts(3_333_333, 6_666_667)])
def test_check_paid__a_satoshi_too_much__refuses(chapter: ModuleType, paid: Payouts) -> None:
    exact = Fraction(400, 3)
    with pytest.raises(TerahashError, match="is due"):
        chapter.check_paid(_forward(), CLAIMS, exact, int(exact * WAD), paid)


def test_check_paid__due_by_a_wrong_x__refuses(chapter: ModuleType) -> None:
    exact, x = Fraction(400, 3), 134 * WAD
    paid = payouts(_forward(), CLAIMS, x)
    with pytest.raises(TerahashError, match="were paid for what is worth"):
        chapter.check_paid(_forward(), CLAIMS, exact, x, paid)


def test_check_revenue__of_the_index__is_what_headers_say(chapter: ModuleType) -> None:
    chapter.check_revenue(5 * WAD + 10**11, Fraction(5))
    with pytest.raises(TerahashError, match="the index says"):
        chapter.check_revenue(5 * WAD + 10**12, Fraction(5))
