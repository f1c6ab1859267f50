"""What borrowing costs, by the contract's arithmetic, against logarithms of 60 digits.

Paths of a year and more, over random spans from a second to ten years at random utilisations, for
curves in every corner of their parameters; and each bound of an error that `interest.vy` states.
"""

from __future__ import annotations

import random
from decimal import Decimal, localcontext
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.units import DAY
from tests.support.interest_model import DIGITS, YEAR, Curve
from tests.support.interest_paths import InterestPaths

ONE, RAY = 10**18, 10**27
MAX_INDEX = 2**128 - 1
LARGEST = 8 * RAY
"""The largest exponent."""
USUAL = Curve(9 * ONE // 10, 4 * ONE, 50 * ONE, ONE // 1_000, 2 * ONE)
CURVES = (
    USUAL,
    USUAL._replace(speed=0),
    USUAL._replace(speed=100 * ONE, steepness=10 * ONE),
    USUAL._replace(steepness=ONE, speed=ONE),
    USUAL._replace(target=ONE // 100, speed=100 * ONE),
    USUAL._replace(target=99 * ONE // 100, steepness=10 * ONE),
    USUAL._replace(min_rate=ONE // 25, max_rate=ONE // 25),
    USUAL._replace(min_rate=ONE // 1_000, max_rate=ONE // 1_000, speed=100 * ONE),
    Curve(777_777_777_777_777_777, 3 * ONE + 7, 1, ONE // 50, ONE + 1),
    Curve(ONE // 2, 2 * ONE, 10**9, ONE // 10, 2 * ONE),
    Curve(ONE // 3, ONE + 1, 33 * ONE, 2 * ONE - 1, 2 * ONE),
)
SPANS = (1, 2, 12, 13, 600, 3_600, DAY, DAY + 1, 7 * DAY, 30 * DAY, 90 * DAY)
SILENCE = 10 * YEAR
ADVANCES = st.tuples(
    st.sampled_from(CURVES),
    st.sampled_from((0, 1, ONE // 2, ONE - 1, ONE)) | st.integers(0, ONE),
    st.sampled_from((0, 1, -1, -ONE)) | st.integers(0, ONE),
    st.sampled_from((*SPANS, YEAR, SILENCE, 2**40)) | st.integers(1, 2**40),
)
"""Of a curve: the rate between its bounds; the utilisation, or less than zero about the target."""


@cache
def paths(curve: Curve) -> InterestPaths:
    return InterestPaths(curve)


def _rate(curve: Curve, part: int) -> int:
    return curve.min_rate + (curve.max_rate - curve.min_rate) * part // ONE


def _utilisation(curve: Curve, drawn: int) -> int:
    """Take a utilisation as it was drawn, or -1 and -ONE for the target and a unit above it."""
    return drawn if drawn >= 0 else curve.target + (drawn == -1)


def _random_path(source: random.Random, curve: Curve) -> list[tuple[int, int]]:
    """Draw a path of a year: often one utilisation for long, now and then silence for years."""
    path: list[tuple[int, int]] = []
    passed, used = 0, ONE // 2
    while passed < YEAR or len(path) < 300:
        if source.random() < 0.3:
            edges = (0, 1, curve.target, curve.target + 1, ONE - 1, ONE)
            used = source.choice((*edges, *(source.randint(0, ONE) for _ in edges)))
        span = source.choice(SPANS)
        seconds = SILENCE if source.random() < 0.005 else source.randint(1, span)
        path.append((used, seconds))
        passed += seconds
    return path


@given(curve=st.sampled_from(CURVES), part=st.integers(0, ONE), seed=st.integers(0, 2**32))
def test_interest__over_a_year__equals_the_definition(curve: Curve, part: int, seed: int) -> None:
    path = _random_path(random.Random(seed), curve)
    first = rate = _rate(curve, part)
    found = paths(curve).walk(RAY, rate, path)
    exact, exact_rate, before = Decimal(1), Decimal(first), (RAY, first)
    with localcontext() as context:
        context.prec = DIGITS
        for (used, seconds), (index, rate) in zip(path, found, strict=True):
            growth, exact_rate = curve.advance(exact_rate, used, seconds)
            exact *= 1 + growth
            assert before[0] < index or index == MAX_INDEX, "the index stood still, or fell"
            assert curve.min_rate <= rate <= curve.max_rate
            assert abs(rate / exact_rate - 1) < Decimal("1e-11")
            if index < MAX_INDEX:
                interest = Decimal(index - RAY) / RAY
                assert abs(interest / (exact - 1) - 1) < Decimal("1e-11")
            before = index, rate


@given(advance=ADVANCES)
def test_interest__one_call__within_the_stated_error(advance: tuple[Curve, int, int, int]) -> None:
    curve, part, drawn, seconds = advance
    rate, used = _rate(curve, part), _utilisation(curve, drawn)
    ((index, end),) = paths(curve).walk(RAY, rate, [(used, seconds)])
    growth, exact_end = curve.advance(rate, used, seconds)
    with localcontext() as context:
        context.prec = DIGITS
        # Of the rate below 10^-14; utilisation and distance have 18 digits, which in some
        # thousand years of silence is a part of the drift, too.
        slack = Decimal("1e-14") + Decimal(curve.speed) / ONE * seconds / YEAR * 3 / 10**18
        assert abs(end / exact_end - 1) <= slack
        assert abs(Decimal(index - RAY) / RAY / growth - 1) <= 2 * slack
    assert curve.min_rate <= end <= curve.max_rate


@given(advance=ADVANCES, index=st.sampled_from((RAY, MAX_INDEX - 1, MAX_INDEX)))
def test_interest__any_input__never_falls_or_reverts(
    advance: tuple[Curve, int, int, int], index: int
) -> None:
    curve, part, drawn, seconds = advance
    used = _utilisation(curve, drawn)
    spans = [(used, seconds), (used, 0), (used, SILENCE)]
    indexes = [index]
    for now, rate in paths(curve).walk(index, _rate(curve, part), spans):
        assert indexes[-1] <= now <= MAX_INDEX
        assert curve.min_rate <= rate <= curve.max_rate
        indexes.append(now)
    assert indexes[1] == indexes[2], "no time brought interest"


@pytest.mark.parametrize("is_above", [True, False])
def test_interest__about_the_second_that_reaches_a_bound__neither_jumps_nor_reverts(
    is_above: bool,
) -> None:
    """There the logarithm of the way to the bound is all of the drift."""
    for curve in CURVES:
        for part in range(1, ONE, ONE // 7):
            rate, used = _rate(curve, part), ONE if is_above else 0
            bound = curve.max_rate if is_above else curve.min_rate
            if not curve.speed or rate == bound:
                continue
            years = abs((Decimal(bound) / rate).ln()) * ONE / curve.speed
            second = int(years * YEAR)
            if second > 2**40:
                continue
            spans = range(max(1, second - 3), second + 4)
            found = [paths(curve).walk(RAY, rate, [(used, span)])[0] for span in spans]
            assert found[-1][1] == bound
            growths = [after[0] - before[0] for before, after in pairwise(found)]
            assert max(growths) - min(growths) <= max(growths) // 10**4


@given(advance=ADVANCES, cuts=st.lists(st.integers(1, ONE - 1), max_size=50))
def test_interest__cut_into_many_calls__the_same(
    advance: tuple[Curve, int, int, int], cuts: list[int]
) -> None:
    curve, part, drawn, seconds = advance
    seconds = min(seconds, SILENCE)
    rate, used = _rate(curve, part), _utilisation(curve, drawn)
    if curve.advance(rate, used, seconds).growth > 2_900:
        return  # one call has its bound, many have none
    times = sorted({0, seconds, *(seconds * cut // ONE for cut in cuts)})
    spans = [(used, end - start) for start, end in pairwise(times)]
    walk = paths(curve).walk
    ((whole, whole_rate),), (parts, parts_rate) = (
        walk(RAY, rate, [(used, seconds)]),
        walk(RAY, rate, spans)[-1],
    )
    # Each call cuts its rate to 18 digits: of the lowest, 0.001, to 10^-15.
    slack = len(spans) * Decimal("2e-14")
    assert abs(Decimal(parts - RAY) / (whole - RAY) - 1) <= slack
    assert abs(Decimal(parts_rate) / whole_rate - 1) <= slack


@given(
    exponents=st.lists(
        st.integers(0, LARGEST)
        | st.builds(lambda size, x: x % 2**size, st.integers(1, 92), st.integers(0, LARGEST)),
        min_size=1,
        max_size=50,
    )
)
def test_expm1__within_the_largest_exponent__below_by_no_more_than_stated(
    exponents: list[int],
) -> None:
    """Less than exp(x) and one unit a term, each 10^-27."""
    exponents = [*exponents, 0, 1, RAY, LARGEST]
    assert max(exponents) <= LARGEST
    for x, found in zip(exponents, paths(USUAL).expm1(exponents), strict=True):
        with localcontext() as context:
            context.prec = DIGITS
            power = (Decimal(x) / RAY).exp()
            terms, term = 0, RAY
            while term := term * x // ((terms + 1) * RAY):
                terms += 1
            assert 0 <= (power - 1) * RAY - found < power + terms + (x == 0)


def test_model__definition_in_small_steps__approaches_it() -> None:
    """The model's closed form against what it solves, a bound met on the way."""
    steps = 2_000
    for curve in CURVES:
        for used in (0, curve.target, (ONE + curve.target) // 2, ONE):
            growth, end = curve.advance(_rate(curve, ONE // 3), used, YEAR // 20)
            step = Decimal(1) / 20 / steps
            rate, exponent = Decimal(_rate(curve, ONE // 3)) / ONE, Decimal(0)
            low, high = (Decimal(x) / ONE for x in (curve.min_rate, curve.max_rate))
            above = Decimal(used - curve.target)
            distance = above / (ONE - curve.target if above > 0 else curve.target)
            steepness = Decimal(curve.steepness) / ONE
            slope = steepness - 1 if above > 0 else 1 - 1 / steepness
            for _ in range(steps):
                drift = distance * curve.speed / ONE * step
                middle = min(max(rate * (1 + drift / 2), low), high)
                rate = min(max(rate + middle * drift, low), high)
                exponent += middle * (1 + slope * distance) * step
            assert abs(exponent / (1 + growth).ln() - 1) < Decimal("1e-4")
            assert abs(rate * ONE / end - 1) < Decimal("1e-4")
