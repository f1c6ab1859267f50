"""Whoever proves fees chooses which days have them. On odd days only, they made a volatility of
45 % to 150 % out of 21 %, so a variance must not know them."""

from __future__ import annotations

from collections.abc import Sequence

from tests.support.indexing import FIRST_DAY, indexed

DAYS = range(FIRST_DAY + 1, FIRST_DAY + 16)
PRICE = 60_000 * 10**8


def _closed(proven: Sequence[int]) -> tuple[list[tuple[int, int, int, int]], list[int], int]:
    """Close fifteen days with all fees of some of them.

    Returns:
        dollars and totals at each day's end, and the variance of difficulty.
    """
    with indexed().undone() as base:
        index = base.index()
        for number in DAYS:
            index.observe(PRICE + number % 3 * 10**9, index.mined[number].day.end)
        index.record(FIRST_DAY)
        for number in DAYS:
            index.record(number)
            if number in proven:
                index.prove_all(number)
            index.chain.now += 86_400
            index.send("close")
        dollars = [index.read("dollars", number) for number in DAYS]
        totals = [index.read("earned", number) for number in DAYS]
        return dollars, totals, index.read("difficulty_variance", FIRST_DAY // 14 + 1)


def test_variance_without_fees__proven_on_odd_days__the_same_as_on_none() -> None:
    plain, floor, difficulty = _closed([])
    odd, earned, same = _closed(DAYS[::2])
    assert [variance for _, _, variance, _ in odd] == [variance for _, _, variance, _ in plain]
    assert plain[-1][2] > plain[1][2] > 0
    assert same == difficulty > 0
    assert all(more > less for more, less in zip(earned, floor, strict=True))
    assert odd[-1][0] > plain[-1][0]
