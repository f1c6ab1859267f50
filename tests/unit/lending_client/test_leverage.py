"""Ladders of leverage: exact on their own, and what the chain lets a borrower do."""

from __future__ import annotations

from fractions import Fraction

import pytest

from terahash.lending.forecast import Borrowed, Course, course
from terahash.lending.ladder import ladder_rows
from terahash.lending.leverage import Ladder, LeverageError, Limits, Risk, climb, risk
from terahash.lending.models import FIXED, Delivery
from terahash.lending.rates import borrow_rate
from terahash.lending.vault import Vault
from terahash.lending.worth import read_collateral
from tests.support.issuing import HASHPRICE, ONE, RICH, TERM
from tests.support.lending import BORROWER, DELIVERY, SECOND_BORROWER
from tests.support.lending_desk import LendingDesk
from tests.support.market import USER

PRICE = 2_000 * ONE
LIMITS = Limits(1_000 * ONE, 600 * ONE, None, 10**12, 1_000)
"""Half of a token's price may be owed."""


def price_of(desk: LendingDesk) -> int:
    return desk.token.sale().price * desk.token.backing().left


def climbed(desk: LendingDesk, vault: Vault, ladder: Ladder) -> tuple[int, int]:
    """Climb a ladder on the chain, as the user; return its tokens and its debt in satoshi."""
    for one in ladder.rounds:
        if one.borrowed:
            desk.do(USER, vault.borrow(one.borrowed, USER, USER))
        desk.act(USER, desk.token.mint(one.minted, one.spent, USER))
        desk.do(USER, vault.post(one.minted, USER))
    position = vault.position(USER)
    return position.loan.collateral, position.owes


def test_climb__one_round__cash_alone() -> None:
    ladder = climb(10_000, PRICE, LIMITS, 1)
    assert ladder.rounds == [(0, 10_000, 5 * ONE, 5 * ONE, 0)]
    assert (ladder.tokens, ladder.debt, ladder.left, ladder.leverage) == (5 * ONE, 0, 0, ONE)


def test_climb__three_rounds__each_borrows_against_the_tokens_before() -> None:
    ladder = climb(10_000, PRICE, LIMITS, 3)
    assert [one.borrowed for one in ladder.rounds] == [0, 5_000, 2_500]
    assert [one.debt for one in ladder.rounds] == [0, 5_000, 7_500]
    assert [one.tokens for one in ladder.rounds] == [5 * ONE, 15 * ONE // 2, 35 * ONE // 4]
    assert ladder.leverage == 7 * ONE // 4


def test_climb__to_the_limit__twice_the_cash_but_for_what_is_too_little() -> None:
    ladder = climb(10**9, PRICE, LIMITS)
    assert 2 * 10**9 - 10 < sum(one.spent for one in ladder.rounds) <= 2 * 10**9
    assert ladder.debt <= LIMITS.debt(ladder.tokens)
    assert ladder.debt * FIXED <= ladder.tokens * LIMITS.each * FIXED // 10**36
    assert Fraction(ladder.leverage, ONE) < 2
    assert len(ladder.rounds) < 64


def test_climb__price_that_does_not_divide__nothing_is_lost_or_made() -> None:
    limits = LIMITS._replace(each=777 * ONE + 1)
    ladder = climb(987_654_321, 1_234 * ONE + 567, limits)
    spent = sum(one.spent for one in ladder.rounds)
    assert spent + ladder.left == 987_654_321 + ladder.debt
    for one in ladder.rounds:
        assert one.spent == -(-one.minted * (1_234 * ONE + 567) // 10**36)
    assert ladder.left >= 0


@pytest.mark.parametrize(
    ("changes", "debt"),
    [
        ({"room": 4_000}, 4_000),
        ({"least": 5_001}, 0),
        ({"each": 0}, 0),
        ({"room": 0}, 0),
    ],
)
def test_climb__other_bounds__stop_it(changes: dict[str, int], debt: int) -> None:
    limits = LIMITS._replace(**changes)
    ladder = climb(10_000, PRICE, limits)
    assert ladder.debt == debt
    assert ladder.tokens >= 5 * ONE


def test_climb__cap_on_what_is_not_covered__stops_it() -> None:
    ladder = climb(10_000, PRICE, LIMITS._replace(uncovered=500))
    # Of five tokens 3,000 are covered, and 500 more may be owed; a satoshi buys what covers 3/10.
    assert abs(ladder.debt - 3_500 * 10 // 7) < 5
    assert ladder.debt <= ladder.tokens * 600 * ONE // 10**36 + 500


def test_climb__more_is_lent_than_a_token_costs__refused() -> None:
    for each in (PRICE, 2 * PRICE):
        with pytest.raises(LeverageError, match="one of the two is wrong"):
            climb(10_000, PRICE, LIMITS._replace(each=each))


@pytest.mark.parametrize("cash", [-1_000, 1000.5])
def test_climb__cash_that_is_none__refused(cash: int) -> None:
    with pytest.raises(LeverageError, match="whole satoshi, and not negative"):
        climb(cash, PRICE, LIMITS)


@pytest.mark.parametrize(("cash", "rounds"), [(0, 1), (10_000, 0)])
def test_climb__nothing_to_buy__refused(cash: int, rounds: int) -> None:
    with pytest.raises(LeverageError, match="buys no token"):
        climb(cash, PRICE, LIMITS, rounds)


@pytest.mark.parametrize("kind", ["covered", "delivery"])
@pytest.mark.parametrize("rounds", [1, 2, 4, None])
def test_climb__on_the_chain__every_step_goes_through_and_comes_to_the_same(
    desk: LendingDesk, kind: str, rounds: int | None
) -> None:
    vault = getattr(desk, kind)
    desk.lend(vault)
    desk.buy(BORROWER, 10)
    ladder = climb(1_000_000, price_of(desk), Limits.of(vault.state()), rounds)
    tokens, debt = climbed(desk, vault, ladder)
    assert (tokens, debt) == (ladder.tokens, ladder.debt)
    if rounds is None:
        # Nearly nothing is left to borrow: what the last tokens allow.
        assert vault.position(USER).max_borrow <= 5


def test_limits__vault_with_loans__what_is_left_of_cash_and_caps(desk: LendingDesk) -> None:
    vault = desk.open_vault(
        Delivery(**DELIVERY), lltv=7 * ONE // 10, uncovered_cap=100_000, borrow_cap=400_000
    )
    desk.delivery = vault  # whom actors allow their money
    desk.chain.send("BitcoinDouble", desk.btc, "mint", SECOND_BORROWER, RICH)
    desk.lend(vault, 10**6)
    desk.post(vault, 1_000, BORROWER)
    desk.do(BORROWER, vault.borrow(120_000, BORROWER, BORROWER))
    desk.post(vault, 2_000, SECOND_BORROWER)
    state, position = vault.state(), vault.position(SECOND_BORROWER)
    covered = 1_000 * state.worth.covered // ONE
    limits = Limits.of(state, position)
    assert limits.uncovered == 100_000 - (120_000 - covered)
    assert limits.room == 400_000 - 120_000
    assert limits.least == 1_000
    most = limits.debt(position.loan.collateral)
    assert position.max_borrow - 1 <= most <= position.max_borrow
    # Its own debt does not count against it.
    desk.do(SECOND_BORROWER, vault.borrow(50_000, SECOND_BORROWER, SECOND_BORROWER))
    again, position = vault.state(), vault.position(SECOND_BORROWER)
    left = Limits.of(again, position).debt(position.loan.collateral) - position.owes
    assert position.max_borrow - 1 <= left <= position.max_borrow


def test_limits__more_is_uncovered_than_the_cap__what_a_loan_had_and_no_more(
    desk: LendingDesk,
) -> None:
    desk.owe(desk.delivery, 1_000, 150_000)
    state, position = desk.delivery.state(), desk.delivery.position(BORROWER)
    over = state._replace(uncovered=state.uncovered + state.terms.uncovered_cap * FIXED)
    assert Limits.of(over).uncovered == 0
    assert Limits.of(over, position).uncovered == 150_000 - 94_050


def test_risk__of_a_ladder__health_break_even_and_courses(desk: LendingDesk) -> None:
    desk.lend(desk.delivery)
    desk.buy(BORROWER, 10)
    state, collateral = desk.delivery.state(), read_collateral(desk.delivery)
    ladder = climb(1_000_000, price_of(desk), Limits.of(state), 3)
    rate = borrow_rate(state, ladder.debt * FIXED)
    found = risk(ladder, collateral, state.terms.lltv, rate, HASHPRICE)
    climbed(desk, desk.delivery, ladder)
    position = desk.delivery.position(USER)
    assert found.health == pytest.approx(position.health, rel=1e-6)
    assert desk.delivery.state().borrow_rate == rate
    # At today's hashprice the tokens bring less than they cost: break-even is above it.
    assert found.break_even > HASHPRICE > found.lasting >= (found.liquidation or 0)
    assert found.today.repaid_in == 11
    assert found.today.outcome < (ladder.cash - ladder.left) * FIXED
    assert found.unpaid.liquidatable_in == desk.terms.grace // 86_400 + 1


def test_risk__no_debt__nothing_to_be_liquidated(desk: LendingDesk) -> None:
    desk.buy(BORROWER, 10)
    collateral = read_collateral(desk.covered)
    ladder = climb(1_000_000, price_of(desk), LIMITS._replace(each=0), 3)
    found = risk(ladder, collateral, 9 * ONE // 10, 0, HASHPRICE)
    assert (found.health, found.liquidation) == (None, None)
    assert (found.today.repaid_in, found.unpaid.liquidatable_in) == (0, None)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ((11, None), "in 11 days, at today's hashprice"),
        ((None, 5), "no: liquidatable in 5 days, although the issuer pays"),
        ((None, 0), "no: liquidatable within a day, although the issuer pays"),
        ((None, None), "not in the term, at today's hashprice"),
    ],
)
def test_ladder_rows__each_course__said_in_words(
    days: tuple[int | None, int | None], said: str
) -> None:
    ladder, today = climb(10_000, PRICE, LIMITS, 3), Course(*days, 0)
    found = Risk(ONE, HASHPRICE, HASHPRICE, HASHPRICE, today, today)
    assert ladder_rows(ladder, found, HASHPRICE, 0)["repaid by itself"] == said


def test_risk__hashprice_at_which_the_loan_is_liquidated__does_not_break_even(
    desk: LendingDesk,
) -> None:
    """At 42 sats its cash would come back, if nobody took the tokens before."""
    vault = desk.open_vault(
        Delivery(**{**DELIVERY, "phi": ONE}), lltv=95 * ONE // 100, uncovered_cap=10**9
    )
    desk.lend(desk.delivery)
    desk.delivery = vault
    desk.lend(vault)
    desk.buy(BORROWER, 10)
    collateral, state = read_collateral(vault), vault.state()
    ladder = climb(1_000_000, 36 * ONE * TERM, Limits.of(state), 6)
    found = risk(ladder, collateral, state.terms.lltv, 0, HASHPRICE)
    owes = Borrowed(ladder.tokens, ladder.debt * FIXED, state.terms.lltv, 0)
    paid = (ladder.cash - ladder.left) * FIXED
    before = course(owes, collateral.at(42 * ONE + ONE // 2))
    assert before.outcome >= paid and before.liquidatable_in is not None
    assert found.break_even == found.lasting > 42 * ONE + ONE // 2
    at = course(owes, collateral.at(found.break_even))
    assert at.outcome >= paid and at.liquidatable_in is None
