"""LendingVault.liquidate_to_reserve: where nobody buys, the reserve pays, or the vault keeps them.

The reserve holds 462 satoshi a token, of which 1 % is the exit fee: 457.38.
"""

from __future__ import annotations

from typing import Any

import pytest

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, ISSUER, STRANGER
from tests.support.lending import (
    BORROWER,
    EXACT,
    FIXED,
    GUARDIAN,
    LENDER,
    LIQUIDATOR,
    NOBODY,
    ONE,
    SECOND_BORROWER,
    THIRD_BORROWER,
    Lending,
    Loan,
)
from tests.support.lending_days import empty_the_reserve, pass_rewarded_day
from tests.support.relay import refused

PAYOUT = 45_738 * ONE // 100


@pytest.fixture
def shared(borrowed: Lending) -> Lending:
    """A holder has 100 tokens besides the borrower's."""
    borrowed.issuance.mint(BUYER, 100, HOLDER)
    return borrowed


def _liquidate(lending: Lending) -> dict[str, Any]:
    logs = lending.logged(LIQUIDATOR, "liquidate_to_reserve", BORROWER, THIRD_BORROWER)
    redeemed: dict[str, Any] = logs["Redeemed"]
    return redeemed


def _default(lending: Lending) -> None:
    """Let the issuer deliver nothing, until the reserve is empty and tokens are worth nothing."""
    empty_the_reserve(lending.issuance)
    lending.chain.now += DAY
    lending.set_worth(0)


def test_liquidate_to_reserve__reserve_below_the_debt__pays_and_the_rest_is_bad(
    shared: Lending,
) -> None:
    shared.set_worth(PAYOUT)
    before = shared.sats(THIRD_BORROWER)
    bad = 80_000 - (45_738 - 457)
    assert shared.asked(LIQUIDATOR, "liquidate_to_reserve", BORROWER, THIRD_BORROWER) == (
        100 * ONE,
        45_738,
    )
    receipt = shared.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, THIRD_BORROWER)
    vault = shared.address
    assert [log for log in receipt.logs if log[0] != "Accrued"] == [
        ("Transfer", {"sender": vault, "receiver": NOBODY, "value": 100 * ONE}),
        (
            "Redeemed",
            {"holder": vault, "receiver": vault, "amount": 100 * ONE, "paid": 45_738},
        ),
        ("Transfer", {"sender": shared.token, "receiver": vault, "value": 45_738}),
        (
            "Redeemed",
            {
                "borrower": BORROWER,
                "liquidator": LIQUIDATOR,
                "paid": 45_738,
                "reward": 457,
                "seized": 100 * ONE,
                "bad_debt": bad * FIXED,
            },
        ),
        ("Transfer", {"sender": vault, "receiver": THIRD_BORROWER, "value": 457}),
    ]
    assert shared.sats(THIRD_BORROWER) == before + 457
    assert shared.loan() == Loan(0, 0, 0, shared.issuance.read("index"))
    pool = shared.pool()
    assert pool.cash == pool.assets == (10**6 - bad) * FIXED
    assert shared.sats(vault) == 10**6 - bad
    assert pool.keeps_tokens is False


def test_liquidate_to_reserve__reserve_above_the_debt__redeems_what_it_takes(
    shared: Lending,
) -> None:
    """With the caller's hundredth; what is above the debt, the borrower has as a credit."""
    shared.issuance.send(STRANGER, "fund_reserve", 10**6)
    payout = shared.issuance.read("preview_redeem", ONE) * ONE
    assert payout == 1_829 * ONE
    shared.set_worth(850 * ONE, payout)
    event = _liquidate(shared)
    seized = -(-80_000 * EXACT // (payout * 99 // 100))
    assert event["seized"] == seized < 45 * ONE
    assert event["reward"] == event["paid"] // 100
    assert event["bad_debt"] == 0
    loan = shared.loan()
    assert (loan.collateral, loan.scaled) == (100 * ONE - seized, 0)
    assert loan.credit == (event["paid"] - event["reward"] - 80_000) * FIXED
    assert 0 < loan.credit <= 30 * FIXED  # payout was rounded down to satoshi here
    assert shared.pool().cash == shared.pool().assets == 10**6 * FIXED


def test_liquidate_to_reserve__all_tokens_that_there_are__what_streams_to_them_repays_too(
    borrowed: Lending,
) -> None:
    """The token pays it to who redeems the last of them."""
    borrowed.issuance.pass_day()
    borrowed.issuance.deliver()
    borrowed.set_worth(PAYOUT)
    receipt = borrowed.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, THIRD_BORROWER)
    paid, reward = receipt.logs[-2][1]["paid"], receipt.logs[-2][1]["reward"]
    earned = borrowed.issuance.read("earned", borrowed.address)
    assert 4_399 * FIXED < earned <= 4_400 * FIXED
    pool = borrowed.pool()
    assert pool.credited == earned
    assert pool.cash == (920_000 + paid - reward) * FIXED + earned
    assert borrowed.loan().credit == 0


def test_liquidate_to_reserve__last_tokens_and_no_debt_left__what_streamed_is_the_borrowers(
    borrowed: Lending,
) -> None:
    borrowed.send(STRANGER, "repay", 40_000, BORROWER)
    borrowed.issuance.pass_day()
    borrowed.issuance.deliver()
    borrowed.set_worth(400 * ONE, 404 * ONE)  # 40,000 take all tokens, of what redeems for more
    event = _liquidate(borrowed)
    assert event["bad_debt"] == 0
    recovered = event["paid"] - event["reward"]
    earned = borrowed.issuance.read("earned", borrowed.address)
    loan = borrowed.loan()
    assert loan.credit == (recovered - 40_000) * FIXED + earned
    left = borrowed.asked(BORROWER, "withdraw_credit", BORROWER, BORROWER)
    assert left == loan.credit // FIXED > 4_399


def test_liquidate_to_reserve__in_default__tokens_stay_and_later_rewards_are_the_lenders(
    shared: Lending,
) -> None:
    _default(shared)
    shared.send(STRANGER, "harvest", BORROWER)
    debt = shared.debt()
    assert 0 < debt < 40_000 * FIXED
    receipt = shared.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, THIRD_BORROWER)
    assert receipt.logs == (
        (
            "Redeemed",
            {
                "borrower": BORROWER,
                "liquidator": LIQUIDATOR,
                "paid": 0,
                "reward": 0,
                "seized": 100 * ONE,
                "bad_debt": debt,
            },
        ),
    )
    index = shared.issuance.read("index")
    assert shared.loan() == Loan(0, 0, 0, index)
    assert shared.loan(shared.address) == Loan(100 * ONE, 0, 0, index)
    assert shared.tokens(shared.address) == 100 * ONE
    pool = shared.pool()
    assert pool.keeps_tokens is True
    assert pool.assets == 10**6 * FIXED - debt
    # The issuer wakes up, and pays.
    shared.issuance.deliver()
    shared.chain.now += DAY
    with shared.undone():
        shared.issuance.send(STRANGER, "claim", HOLDER)
    rewarded = shared.issuance.read("earned", shared.address) - pool.credited
    assert rewarded > 1_000 * FIXED
    late = shared.pool()
    assert late.cash == pool.cash + rewarded
    assert late.credited == pool.credited + rewarded
    assert shared.read("totalAssets") == late.assets // FIXED
    # Whoever calls next, they are booked once.
    shared.send(STRANGER, "collect_fees")
    assert shared.pool() == late
    shared.send(STRANGER, "harvest", BORROWER)
    assert shared.pool() == late
    before = shared.sats(LENDER)
    shared.send(LENDER, "withdraw", shared.read("maxWithdraw", LENDER), LENDER, LENDER)
    assert shared.sats(LENDER) == before + late.assets // FIXED


@pytest.mark.parametrize(
    ("actor", "function", "arguments"),
    [
        (LENDER, "withdraw", (1_000, LENDER, LENDER)),
        (LENDER, "redeem", (10**9, LENDER, LENDER)),
        (STRANGER, "collect_fees", ()),
        (GUARDIAN, "stop", (False, False)),
        (STRANGER, "harvest", (SECOND_BORROWER,)),
        (HOLDER, "post", (ONE, SECOND_BORROWER)),
        (STRANGER, "repay", (1, SECOND_BORROWER)),
        (SECOND_BORROWER, "withdraw_collateral", (1, LENDER, SECOND_BORROWER)),
        (SECOND_BORROWER, "close", (LENDER, SECOND_BORROWER)),
        (STRANGER, "liquidate", (SECOND_BORROWER, 1, 0, 0, LENDER)),
    ],
)
def test_kept_tokens__any_call__credits_the_lenders_what_they_earned_and_once(
    shared: Lending, actor: str, function: str, arguments: tuple[Any, ...]
) -> None:
    shared.post(100, SECOND_BORROWER)
    shared.borrow(50_000, SECOND_BORROWER)
    shared.set_worth(0, 0)
    shared.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    shared.set_worth(400 * ONE if function == "liquidate" else 1_000 * ONE)
    shared.allow(HOLDER)
    pass_rewarded_day(shared)
    before = shared.pool()
    with shared.undone():
        shared.send(actor, function, *arguments)
        once = shared.pool()
    # Half of it, and then the rest: to the last parts it is the same.
    assert shared.loan(shared.address).collateral == 100 * ONE
    shared.send(STRANGER, "collect_fees")
    assert shared.pool() == before
    shared.send(actor, function, *arguments)
    assert shared.pool() == once
    assert once.credited <= shared.issuance.read("earned", shared.address)


def test_kept_tokens__a_second_loans__add_to_the_first(shared: Lending) -> None:
    shared.post(100, SECOND_BORROWER)
    shared.borrow(50_000, SECOND_BORROWER)
    shared.set_worth(0, 0)
    shared.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    pass_rewarded_day(shared)
    before = shared.pool()
    debt = shared.debt(SECOND_BORROWER)
    logs = shared.logged(LIQUIDATOR, "liquidate_to_reserve", SECOND_BORROWER, LIQUIDATOR)
    assert logs["Redeemed"]["bad_debt"] == debt
    assert shared.loan(shared.address).collateral == 200 * ONE
    # What both had earned until then is counted, the first's to lenders, the second's to its loan.
    earned = shared.issuance.read("earned", shared.address)
    assert shared.pool().credited <= earned < shared.pool().credited + 4
    pass_rewarded_day(shared)
    gained = shared.pool().cash - before.cash
    assert gained > 3 * 4_399 * FIXED


def _owe(lending: Lending) -> None:
    """Let a day's debt become overdue."""
    lending.issuance.pass_day()
    lending.issuance.send(STRANGER, "accrue")
    lending.chain.now += lending.issuance.terms["grace"] + 1


def _set_overdue(lending: Lending) -> None:
    lending.chain.send("ValueDouble", lending.valuation, "set_overdue", True)


def test_liquidate_to_reserve__overdue__the_reserve_pays_all_holders_first(
    shared: Lending,
) -> None:
    """Else what it owes to all would be paid to who redeems."""
    _owe(shared)
    shared.set_worth(PAYOUT)
    with shared.undone():
        logs = shared.logged(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
        assert "Covered" not in logs
    _set_overdue(shared)
    logs = shared.logged(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    assert logs["Covered"]["amount"] == 8_800  # 44 a token
    assert logs["Covered"]["reserve"] == 200 * 462 - 8_800
    assert logs["Redeemed"]["paid"] == 99 * (200 * 462 - 8_800) // 200


def test_liquidate_to_reserve__overdue_and_nothing_to_cover__goes_on(shared: Lending) -> None:
    shared.set_worth(PAYOUT)
    expected = shared.asked(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    _set_overdue(shared)
    found = shared.asked(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    assert found == expected == (100 * ONE, 45_738)


@pytest.mark.parametrize("payout", [1, ONE // 100, 8 * ONE - 1, 8 * ONE])
def test_liquidate_to_reserve__redemption_of_less_than_a_hundredth__keeps_the_tokens(
    shared: Lending, payout: int
) -> None:
    """For dust, which anyone can put into an empty reserve, no promise is given up."""
    shared.set_worth(payout)
    event = _liquidate(shared)
    assert shared.pool().keeps_tokens is (payout < 8 * ONE) is (event["paid"] == 0)


def test_kept_tokens__of_a_larger_promise__are_as_many_as_are_owed_four_times_the_debt(
    shared: Lending,
) -> None:
    """A quarter of what they are owed brings it; the rest, without a debt, is the borrower's."""
    shared.set_worth(0)
    shared.chain.send("ValueDouble", shared.valuation, "set_price", 4_000 * ONE + 3)
    event = _liquidate(shared)
    seized = -(-80_000 * ONE // 1_000)
    assert (event["paid"], event["seized"]) == (0, seized)
    assert event["bad_debt"] == 80_000 * FIXED
    assert shared.loan()[:3] == (100 * ONE - seized, 0, 0)
    assert shared.loan(shared.address).collateral == seized
    assert shared.pool().keeps_tokens is True
    shared.send(BORROWER, "close", BORROWER, BORROWER)
    assert shared.tokens(BORROWER) == 100 * ONE - seized


@pytest.mark.parametrize("debt", [999, 1_000])
def test_kept_tokens__for_dust__close_nothing_and_earn_for_nobody(
    shared: Lending, debt: int
) -> None:
    """Below the least that is lent: else anyone could close a vault for a few satoshi."""
    shared.send(STRANGER, "repay", 80_000 - debt, BORROWER)
    shared.set_worth(0)
    assert _liquidate(shared)["bad_debt"] == debt * FIXED
    is_closed = debt == 1_000
    assert shared.pool().keeps_tokens is is_closed
    assert (shared.read("maxDeposit", LENDER) == 0) is is_closed
    before = shared.pool()
    pass_rewarded_day(shared)
    gained = shared.pool().assets - before.assets
    assert gained > 4_399 * FIXED if is_closed else gained == 0


def test_liquidate_to_reserve__debt_of_a_satoshi__is_redeemed_for_and_not_kept(
    shared: Lending,
) -> None:
    shared.send(STRANGER, "repay", 79_999, BORROWER)
    shared.set_worth(ONE // 1_000, PAYOUT)
    event = _liquidate(shared)
    assert event["paid"] == 1
    assert event["seized"] == -(-EXACT // (PAYOUT * 99 // 100))
    assert shared.loan().scaled == 0
    assert shared.pool().keeps_tokens is False


def test_liquidate_to_reserve__worth_more_than_it_pays__no_bad_debt_is_realised(
    shared: Lending,
) -> None:
    """Somebody buys them for more, then, or the issuer pays for more."""
    for value, streaming in ((PAYOUT + 1, 0), (PAYOUT + ONE, ONE - 1), (500 * ONE, 8 * ONE)):
        shared.set_worth(value, PAYOUT, streaming=streaming)
        with refused("vault: worth more than redeemed"):
            _liquidate(shared)
    shared.set_worth(PAYOUT + ONE, PAYOUT, streaming=ONE)
    assert _liquidate(shared)["bad_debt"] > 0


@pytest.mark.parametrize("streaming", [8 * ONE, 8 * ONE + ONE // 10**9])
def test_liquidate_to_reserve__rewards_on_the_way__must_be_waited_for(
    shared: Lending, streaming: int
) -> None:
    """Above a hundredth of the debt; below, dust would stop it for ever."""
    shared.set_worth(PAYOUT, streaming=streaming)
    if streaming > 8 * ONE:
        with refused("vault: rewards still to come"):
            _liquidate(shared)
    else:
        assert _liquidate(shared)["bad_debt"] > 0


def test_liquidate_to_reserve__rewards_on_the_way_and_no_bad_debt__goes(shared: Lending) -> None:
    shared.issuance.send(STRANGER, "fund_reserve", 10**6)
    shared.set_worth(850 * ONE, 1_829 * ONE, streaming=100 * ONE)
    shared.set_standing(is_pending=True)
    assert _liquidate(shared)["bad_debt"] == 0


def test_liquidate_to_reserve__within_the_issuers_grace__no_bad_debt_is_realised(
    shared: Lending,
) -> None:
    """Who put a satoshi into the reserve would have what is owed to the tokens forgiven."""
    shared.set_worth(PAYOUT)
    shared.set_standing(is_pending=True)
    with refused("vault: issuer has its grace"):
        _liquidate(shared)
    shared.set_standing()
    assert _liquidate(shared)["bad_debt"] > 0


def test_liquidate_to_reserve__within_the_grace__others_may_buy(shared: Lending) -> None:
    shared.set_worth(PAYOUT)
    shared.set_standing(is_pending=True)
    shared.send(LIQUIDATOR, "liquidate", BORROWER, 2**255, 0, 0, LIQUIDATOR)
    assert shared.loan().collateral == 0


def test_liquidate_to_reserve__dust_reward__is_not_sent(shared: Lending) -> None:
    shared.send(STRANGER, "repay", 79_950, BORROWER)
    shared.set_worth(ONE // 10, PAYOUT)
    event = _liquidate(shared)
    assert (event["paid"], event["reward"]) == (50, 0)
    assert shared.loan().scaled == 0


def test_liquidate_to_reserve__valuation_does_not_answer__refused_in_its_words(
    shared: Lending,
) -> None:
    shared.set_worth(PAYOUT)
    shared.set_standing(is_refused=True)
    with refused("value: index stale"):
        _liquidate(shared)


def test_liquidate_to_reserve__by_anyone__ends_the_same(shared: Lending) -> None:
    shared.set_worth(PAYOUT)
    ends = []
    for actor in (BORROWER, LENDER, ISSUER, STRANGER):
        with shared.undone():
            shared.send(actor, "liquidate_to_reserve", BORROWER, THIRD_BORROWER)
            ends.append((shared.pool(), shared.loan(), shared.sats(THIRD_BORROWER)))
    assert {end == ends[0] for end in ends} == {True}


def test_liquidate_to_reserve__borrower__receives_nothing_that_it_could_block(
    shared: Lending,
) -> None:
    shared.issuance.send(STRANGER, "fund_reserve", 10**6)
    shared.set_worth(850 * ONE, 1_829 * ONE)
    receipt = shared.send(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)
    receivers = [move["receiver"] for name, move in receipt.logs if name == "Transfer"]
    assert receivers == [NOBODY, shared.address, LIQUIDATOR]
    shared.send(BORROWER, "close", BORROWER, BORROWER)
    assert shared.tokens(BORROWER) > 55 * ONE
    with pytest.raises(ChainError):
        _liquidate(shared)
