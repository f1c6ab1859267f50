"""LendingVault.withdraw and redeem: shares back, satoshi out, as far as there is cash."""

from __future__ import annotations

from tests.support.lending import (
    ATTACKER,
    BORROWER,
    FIXED,
    FOREVER,
    GUARDIAN,
    LENDER,
    LIQUIDATOR,
    NOBODY,
    ONE,
    SECOND_LENDER,
    STRANGER,
    VIRTUAL_SHARES,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day

ALL = 10**12
"""The lender's shares."""


def test_withdraw__satoshi__burns_shares_and_pays(lent: Lending) -> None:
    before = lent.sats(SECOND_LENDER)
    receipt = lent.send(LENDER, "withdraw", 700, SECOND_LENDER, LENDER)
    assert receipt.logs == (
        ("Transfer", {"sender": LENDER, "receiver": NOBODY, "value": 700_000_000}),
        (
            "Withdraw",
            {
                "sender": LENDER,
                "receiver": SECOND_LENDER,
                "owner": LENDER,
                "assets": 700,
                "shares": 700_000_000,
            },
        ),
        ("Transfer", {"sender": lent.address, "receiver": SECOND_LENDER, "value": 700}),
    )
    assert lent.shares(LENDER) == lent.read("totalSupply") == ALL - 700_000_000
    assert lent.sats(SECOND_LENDER) == before + 700
    assert lent.sats(lent.address) == lent.read("totalAssets") == 10**6 - 700
    assert lent.pool().cash == (10**6 - 700) * FIXED


def test_redeem__shares__are_burnt_and_paid(lent: Lending) -> None:
    before = lent.sats(LENDER)
    event = lent.logged(LENDER, "redeem", 700_999_999, LENDER, LENDER)["Withdraw"]
    assert (event["assets"], event["shares"]) == (700, 700_999_999)
    assert lent.sats(LENDER) == before + 700
    assert lent.shares(LENDER) == ALL - 700_999_999


def test_withdraw__return__is_the_shares_and_of_a_redemption_the_satoshi(lent: Lending) -> None:
    assert lent.asked(LENDER, "withdraw", 7, LENDER, LENDER) == 7_000_000
    assert lent.asked(LENDER, "redeem", 7_999_999, LENDER, LENDER) == 7


def test_withdraw__price_that_does_not_divide__takes_a_share_more(borrowed: Lending) -> None:
    borrowed.set_worth(2)
    borrowed.send(LIQUIDATOR, "liquidate", BORROWER, 80_000, 0, 0, LIQUIDATOR)
    shares, sats = ALL + VIRTUAL_SHARES, 920_002
    burnt = borrowed.asked(LENDER, "withdraw", 1_000, LENDER, LENDER)
    assert burnt == 1_000 * shares // sats + 1
    assert borrowed.asked(LENDER, "redeem", burnt, LENDER, LENDER) == 1_000
    assert borrowed.asked(LENDER, "redeem", burnt - 1, LENDER, LENDER) == 999


def test_withdraw__by_whom_the_owner_allowed__uses_the_allowance_up(lent: Lending) -> None:
    before = lent.sats(SECOND_LENDER)
    lent.send(LENDER, "approve", SECOND_LENDER, 1_000_000_000)
    event = lent.logged(SECOND_LENDER, "withdraw", 400, SECOND_LENDER, LENDER)["Withdraw"]
    assert (event["sender"], event["owner"]) == (SECOND_LENDER, LENDER)
    assert lent.read("allowance", LENDER, SECOND_LENDER) == 600_000_000
    lent.send(SECOND_LENDER, "redeem", 600_000_000, SECOND_LENDER, LENDER)
    assert lent.read("allowance", LENDER, SECOND_LENDER) == 0
    assert lent.sats(SECOND_LENDER) == before + 1_000
    assert lent.shares(LENDER) == ALL - 1_000_000_000


def test_withdraw__allowance_without_limit__stays(lent: Lending) -> None:
    lent.send(LENDER, "approve", SECOND_LENDER, FOREVER)
    lent.send(SECOND_LENDER, "withdraw", 400, SECOND_LENDER, LENDER)
    lent.send(SECOND_LENDER, "redeem", 600, SECOND_LENDER, LENDER)
    assert lent.read("allowance", LENDER, SECOND_LENDER) == FOREVER


def test_redeem__shares_worth_less_than_a_satoshi__are_burnt_for_nothing(lent: Lending) -> None:
    before = lent.sats(LENDER)
    event = lent.logged(LENDER, "redeem", 999_999, LENDER, LENDER)["Withdraw"]
    assert (event["assets"], event["shares"]) == (0, 999_999)
    assert lent.sats(LENDER) == before
    assert lent.shares(LENDER) == ALL - 999_999


def test_withdraw__everything__leaves_an_empty_vault(lent: Lending) -> None:
    before = lent.sats(LENDER)
    lent.send(LENDER, "redeem", ALL, LENDER, LENDER)
    assert lent.sats(LENDER) == before + 10**6
    pool = lent.pool()
    assert (pool.cash, pool.scaled, pool.shares, pool.till) == (0, 0, 0, 0)
    assert lent.sats(lent.address) == 0


def test_withdraw__interest__is_paid_out(costly: Lending) -> None:
    costly.chain.now += 365 * 86_400
    costly.send(BORROWER, "repay_all", BORROWER)
    before, worth = costly.sats(LENDER), costly.read("maxWithdraw", LENDER)
    assert worth > 1_015_000
    costly.send(LENDER, "withdraw", worth, LENDER, LENDER)
    assert costly.sats(LENDER) == before + worth


def test_withdraw__cash_that_waits_in_the_token__is_claimed_first(borrowed: Lending) -> None:
    pass_rewarded_day(borrowed)
    borrowed.send(STRANGER, "harvest", BORROWER)
    claimable = borrowed.issuance.read("claimable", borrowed.address)
    held = borrowed.sats(borrowed.address)
    assert (claimable, held) == (4_399, 920_000)
    # As much as it holds needs no claim,
    logs = borrowed.logged(LENDER, "withdraw", held, LENDER, LENDER)
    assert "Claimed" not in logs
    # and a satoshi more does.
    receipt = borrowed.send(LENDER, "withdraw", 1, LENDER, LENDER)
    claimed = {"account": borrowed.address, "receiver": borrowed.address, "amount": claimable}
    assert ("Claimed", claimed) in receipt.logs
    assert borrowed.sats(borrowed.address) == claimable - 1


def test_withdraw__rewards_that_a_stranger_claimed__are_there(borrowed: Lending) -> None:
    pass_rewarded_day(borrowed)
    borrowed.issuance.send(STRANGER, "claim", borrowed.address)
    borrowed.send(STRANGER, "harvest", BORROWER)
    logs = borrowed.logged(LENDER, "withdraw", 924_399, LENDER, LENDER)
    assert "Claimed" not in logs
    assert borrowed.sats(borrowed.address) == 0


def test_withdraw__stopped_and_valuation_refuses__pays_all_the_same(borrowed: Lending) -> None:
    borrowed.send(GUARDIAN, "stop", True, True)
    borrowed.set_standing(is_stopped=True, is_pending=True, is_refused=True)
    borrowed.send(LENDER, "withdraw", 1_000, LENDER, LENDER)
    borrowed.send(LENDER, "redeem", ALL // 2, LENDER, LENDER)
    assert borrowed.pool().cash == (920_000 - 1_000 - 500_000) * FIXED


def test_max_withdraw__less_cash_than_shares__is_the_cash(borrowed: Lending) -> None:
    assert borrowed.read("maxWithdraw", LENDER) == 920_000
    # One share more would be worth a satoshi more.
    assert borrowed.read("maxRedeem", LENDER) == 920_001 * VIRTUAL_SHARES - 1
    borrowed.send(LENDER, "redeem", 920_000 * VIRTUAL_SHARES, LENDER, LENDER)
    assert borrowed.read("maxWithdraw", LENDER) == borrowed.pool().cash == 0
    assert borrowed.read("maxRedeem", LENDER) == VIRTUAL_SHARES - 1


def test_max_withdraw__who_has_no_shares__is_nothing(borrowed: Lending) -> None:
    for account in (ATTACKER, NOBODY, borrowed.address):
        assert borrowed.read("maxWithdraw", account) == borrowed.read("maxRedeem", account) == 0


def test_preview__in_any_state__is_what_the_call_returns(costly: Lending) -> None:
    costly.chain.now += 86_400 * 3 + 1
    assert costly.pool().till > 0
    for preview, function, amount in (
        ("previewWithdraw", "withdraw", 777),
        ("previewRedeem", "redeem", 777_777_777),
    ):
        expected = costly.read(preview, amount)
        assert costly.asked(LENDER, function, amount, LENDER, LENDER) == expected
    for preview, function, amount in (
        ("previewDeposit", "deposit", 777),
        ("previewMint", "mint", 777_777_777),
    ):
        assert costly.asked(LENDER, function, amount, LENDER) == costly.read(preview, amount)


def test_till__shares__count_as_the_others_but_nobody_has_them(costly: Lending) -> None:
    costly.chain.now += 86_400 * 30
    pool = costly.pool()
    assert costly.read("totalSupply") == pool.shares == costly.shares(LENDER) + pool.till
    assert pool.till > ONE // 10**10
