"""Rounding harvested by thousands of small operations in one transaction: no actor ever gains.

4,000 operations, of every kind whose amounts are rounded, on vaults whose prices divide badly: what
the attacker has afterwards, to the last part of a satoshi, is not more, nor a share worth less.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from terahash.units import DAY
from tests.support.issuing import STRANGER
from tests.support.lending import (
    BORROWER,
    FIXED,
    FOREVER,
    LENDER,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    SECOND_LENDER,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.micro_operations import MicroOperations, share_price

OPERATIONS = 4_000


def _interest(lending: Lending) -> None:
    lending.chain.now += 123 * DAY + 4_567


def _loss(lending: Lending) -> None:
    """A third of everything is lost."""
    lending.chain.now += 12_345
    lending.set_worth(2 * 333_333 * ONE // 1_000)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, FOREVER, 0, 0, LIQUIDATOR)


def _wipe_out(lending: Lending) -> None:
    """All but a satoshi is lost, and somebody lends a little."""
    lending.send(LENDER, "withdraw", lending.read("maxWithdraw", LENDER), LENDER, LENDER)
    lending.set_worth(2)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, FOREVER, 0, 0, LIQUIDATOR)
    lending.lend(777, SECOND_LENDER)


def _leave(lending: Lending) -> None:
    """All but a few shares are gone, and the roundings of those who left stay."""
    lending.chain.now += 100 * DAY
    lending.send(STRANGER, "repay_all", BORROWER)
    most = lending.read("maxRedeem", LENDER)
    lending.send(LENDER, "redeem", most - 3, LENDER, LENDER)


PRICES: dict[str, Callable[[Lending], None]] = {
    "interest": _interest,
    "a loss": _loss,
    "a wipe-out": _wipe_out,
    "all left": _leave,
}


def _attacked(price: str) -> tuple[Lending, MicroOperations]:
    """A vault of a price that divides badly, and an attacker that has lent and borrowed there."""
    lending = Lending("double", min_borrow=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(1_200)
    lending.borrow(987_654)
    PRICES[price](lending)
    lending.set_worth(1_000 * ONE)
    attacker = MicroOperations(lending, tokens=0)
    # A cushion, so that no call fails for what the roundings take.
    attacker.repeat(1, ("deposit", 10**6, attacker.address))
    return lending, attacker


def _trips(lending: Lending, me: str, amount: int) -> dict[str, list[tuple[Any, ...]]]:
    """Calls that end where they began, but for the roundings."""
    minted = max(1, lending.read("previewDeposit", amount))
    return {
        "deposit, redeem": [("deposit", amount, me), ("redeem", minted, me, me)],
        "deposit, withdraw": [("deposit", amount, me), ("withdraw", amount, me, me)],
        "mint, redeem": [("mint", minted, me), ("redeem", minted, me, me)],
        "mint, withdraw": [("mint", minted, me), ("withdraw", amount, me, me)],
        "mint one more": [("mint", minted + 1, me), ("withdraw", amount, me, me)],
        "redeem one less": [("deposit", amount, me), ("redeem", max(1, minted - 1), me, me)],
    }


@pytest.mark.parametrize("amount", [1, 7, 999])
@pytest.mark.parametrize("price", PRICES)
def test_vault_micro_operations__lending_and_leaving__never_gains(price: str, amount: int) -> None:
    lending, attacker = _attacked(price)
    for calls in _trips(lending, attacker.address, amount).values():
        with lending.undone():
            wealth, worth = attacker.wealth(), share_price(lending)
            attacker.repeat(OPERATIONS // len(calls), *calls)
            assert attacker.wealth() <= wealth
            assert share_price(lending) >= worth


@pytest.mark.parametrize("price", PRICES)
def test_vault_micro_operations__shares_one_by_one__never_gain(price: str) -> None:
    """Minted alone and redeemed together, or the other way round."""
    lending, attacker = _attacked(price)
    me = attacker.address
    for calls in (
        [(OPERATIONS, ("mint", 1, me)), (1, ("redeem", OPERATIONS, me, me))],
        [(OPERATIONS, ("redeem", 1, me, me)), (1, ("mint", OPERATIONS, me))],
        [(OPERATIONS, ("deposit", 1, me)), (1, ("withdraw", OPERATIONS, me, me))],
        [(1, ("deposit", OPERATIONS, me)), (OPERATIONS, ("withdraw", 1, me, me))],
    ):
        with lending.undone():
            wealth, worth = attacker.wealth(), share_price(lending)
            for times, call in calls:
                attacker.repeat(times, call)
                assert attacker.wealth() <= wealth
                assert share_price(lending) >= worth


@pytest.fixture
def borrowing() -> tuple[Lending, MicroOperations]:
    """At an index that divides badly, an attacker with 1,000 posted tokens."""
    lending = Lending("double", min_borrow=0)
    lending.set_worth(10_000 * ONE)
    lending.lend(10**6)
    lending.post(1_200)
    lending.borrow(700_000)
    attacker = MicroOperations(lending)
    attacker.repeat(1, ("post", 1_000 * ONE, attacker.address))
    lending.chain.now += 321 * DAY + 7
    return lending, attacker


def test_vault_micro_operations__borrowing_and_repaying__never_gains(
    borrowing: tuple[Lending, MicroOperations],
) -> None:
    lending, attacker = borrowing
    me, count = attacker.address, OPERATIONS
    take, give = ("borrow", 1, me, me), ("repay", 1, me)
    for calls in (
        [(count // 2, (take, give))],
        [(count // 2, (("borrow", 3, me, me), ("repay_all", me)))],
        [(count, (take,)), (1, (("repay", count, me),))],
        [(1, (("borrow", 2 * count, me, me),)), (count, (give,))],
        [(1, (("borrow", count, me, me),)), (count // 4, (take, take, ("repay", 3, me), give))],
    ):
        with lending.undone():
            wealth, worth = attacker.wealth(), share_price(lending)
            others = lending.debt()
            for times, repeated in calls:
                attacker.repeat(times, *repeated)
                assert attacker.wealth() <= wealth
                assert share_price(lending) >= worth
            assert lending.debt() == others
            if lending.debt(me) != 0:
                attacker.repeat(1, ("repay_all", me))
            assert attacker.wealth() <= wealth


def test_vault_micro_operations__tokens_in_and_out__bring_no_more_rewards(
    borrowing: tuple[Lending, MicroOperations],
) -> None:
    """Each touch credits what was earned until then, rounded down: no more than the token says."""
    lending, attacker = borrowing
    me = attacker.address
    lending.issuance.pass_day()
    lending.issuance.deliver()
    lending.chain.now += DAY // 3
    with lending.undone():
        lending.send(STRANGER, "harvest", me)
        once = lending.loan(me)
    attacker.repeat(
        OPERATIONS // 4,
        ("withdraw_collateral", 1, me, me),
        ("post", 1, me),
        ("harvest", me),
        ("harvest", BORROWER),
    )
    assert lending.loan(me) == once
    assert lending.pool().credited <= lending.issuance.read("earned", lending.address)
    for _ in range(2):
        lending.chain.now += DAY // 3
        attacker.repeat(OPERATIONS // 2, ("withdraw_collateral", 1, me, me), ("post", 1, me))
    assert lending.pool().credited <= lending.issuance.read("earned", lending.address)


@pytest.mark.parametrize("mode", ["by debt", "by collateral"])
@pytest.mark.parametrize("value", [880 * ONE, 877_777_777 * ONE // 10**6])
def test_vault_micro_operations__liquidating__takes_no_more_than_at_once(
    value: int, mode: str
) -> None:
    lending = Lending("double", min_borrow=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow(882_000)
    lending.set_worth(value)
    attacker = MicroOperations(lending, tokens=0)
    amounts = (1, 0, 0) if mode == "by debt" else (0, 10**15 + 1, FOREVER)
    with lending.undone():
        before = lending.sats(attacker.address)
        attacker.repeat(OPERATIONS, ("liquidate", BORROWER, *amounts, attacker.address))
        paid = before - lending.sats(attacker.address)
        seized = lending.tokens(attacker.address)
    assert paid >= OPERATIONS
    attacker.repeat(1, ("liquidate", BORROWER, paid, 0, 0, attacker.address))
    assert seized <= lending.tokens(attacker.address)


def test_vault_micro_operations__a_token_at_a_time_by_dust__is_never_free() -> None:
    """10^-18 of a token costs a satoshi, as a whole one that costs 0.97 would."""
    lending = Lending("double", min_borrow=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow(882_000)
    lending.set_worth(880 * ONE)
    attacker = MicroOperations(lending, tokens=0)
    before = lending.sats(attacker.address)
    attacker.repeat(OPERATIONS, ("liquidate", BORROWER, 0, 1, FOREVER, attacker.address))
    assert lending.tokens(attacker.address) == OPERATIONS
    assert lending.sats(attacker.address) == before - OPERATIONS
    assert lending.debt() == (882_000 - OPERATIONS) * FIXED


def test_vault_micro_operations__fees_collected_again_and_again__are_no_more() -> None:
    lending = Lending("double")
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow(882_000)
    lending.chain.now += 300 * DAY
    attacker = MicroOperations(lending, tokens=0)
    expected, worth = lending.pool().till, share_price(lending)
    attacker.repeat(OPERATIONS, ("collect_fees",))
    assert lending.shares(lending.terms["fee_receiver"]) == expected
    assert share_price(lending) == worth


def test_vault_micro_operations__credits_withdrawn_as_they_come__are_no_more() -> None:
    """Below a satoshi nothing is paid, and nothing is lost."""
    lending = Lending("double")
    lending.set_worth(1_000 * ONE)
    lending.post(10, SECOND_BORROWER)
    attacker = MicroOperations(lending, tokens=10)
    me = attacker.address
    attacker.repeat(1, ("post", 10 * ONE, me))
    before = lending.sats(me)
    for _ in range(3):
        pass_rewarded_day(lending)
        attacker.repeat(1, ("withdraw_credit", me, me))
        attacker.repeat(OPERATIONS, ("harvest", me))
    got, left = lending.sats(me) - before, lending.loan(me).credit
    other = lending.loan(SECOND_BORROWER).credit
    assert other - 16 <= got * FIXED + left <= other
