"""'Covered' counted on what the issuer may withdraw: it fills the reserve, borrows against its own
tokens, empties the reserve again, and leaves them to the lenders. What is covered is cash that it
cannot take, nor a fall of the market free for it.

Each figure is of one token; a loan is as large as a valuation lets it be.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.issuing import HOLDER, ISSUER, ONE, STRANGER
from tests.support.value_model import Rules
from tests.support.valuing import COVERED, DELIVERY, Valued

PHI = ONE // 4
LLTV = 9 * ONE // 10
CRASH = (ONE, 5 * ONE, 0)
"""Hashprices of which a day brings less than it costs."""


@pytest.fixture
def valued() -> Iterator[Valued]:
    """The issuer sold 1,000 tokens, perhaps to itself; the reserve holds a quarter of them."""
    valued = Valued(rules=Rules(phi=PHI))
    valued.mint(ISSUER, 1_000, HOLDER)
    yield valued


def _fill(valued: Valued) -> None:
    """Fill the reserve up to all that redemption could pay."""
    valued.send(ISSUER, "fund_reserve", 1_848_000 - 462_000)


def _empty(valued: Valued) -> None:
    valued.send(ISSUER, "withdraw_reserve", valued.withdrawable())


def test_surplus_counted__reserve_filled_and_emptied__redemption_still_pays_a_covered_loan(
    valued: Valued,
) -> None:
    _fill(valued)
    loan = valued.worth(COVERED).value * LLTV // ONE
    assert 0 < loan < valued.worth(COVERED).payout
    _empty(valued)
    for gained in CRASH * 4:
        valued.pass_day(gained=gained)
        _empty(valued)
        worth = valued.worth(COVERED)
        if worth.value * LLTV // ONE < loan:  # anyone may redeem for it now
            break
    assert worth.payout >= loan


def test_surplus_counted__market_falls__what_is_covered_does_not(valued: Valued) -> None:
    """It is a quarter of a value that the market makes, but of the least that there is."""
    before = valued.worth(COVERED)
    for _ in range(14):  # and no time passes
        valued.close(0, seconds=1)
        _empty(valued)
    assert valued.standing().unit == 10 * ONE
    days = before.covered - valued.worth(COVERED).covered
    assert days == 14 * 25 * ONE // 10 * 99 // 100


def test_surplus_counted__issuer_borrows_on_its_own_tokens__leaves_no_more_than_phi_uncovered(
    valued: Valued,
) -> None:
    fair = valued.worth(DELIVERY)
    _fill(valued)
    worth = valued.worth(DELIVERY)
    assert (worth.value, worth.most, worth.covered) == (fair.value, fair.most, fair.covered)
    loan = worth.most
    _empty(valued)
    left = valued.worth(DELIVERY)
    assert loan - left.payout < PHI * (worth.value - worth.covered) // ONE
    assert loan < 462 * ONE  # what it locked for the token


def test_surplus_counted__hashprice_falls__a_loan_does_not_stand_on_the_surplus(
    valued: Valued,
) -> None:
    """Nobody could liquidate while the reserve pays for everything, nor redeem once it is empty."""
    _fill(valued)
    loan = valued.worth(DELIVERY).most * 9 // 10
    for _ in range(3):
        valued.pass_day(gained=5 * ONE)
    worth = valued.worth(DELIVERY)
    assert worth.value < loan < worth.payout
    _empty(valued)
    assert valued.worth(DELIVERY).payout < loan


def test_surplus_counted__whoever_fills_it__covers_nothing(valued: Valued) -> None:
    before = [valued.worth(kind) for kind in (COVERED, DELIVERY)]
    valued.send(STRANGER, "fund_reserve", 10**9)
    for worth, kind in zip(before, (COVERED, DELIVERY), strict=True):
        assert valued.worth(kind).but_redemption() == worth.but_redemption()
