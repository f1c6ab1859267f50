"""A vault that closes for a loss that is nothing to it, or throws away what brings a loss back.

Whoever liquidates its own loan but for a unit of its tokens has a vault keep that unit; and where
the least loan is large, tokens that were kept for less than it earned for nobody.

So what closes a vault, and has kept tokens count, is what its lenders feel: a thousandth of what
they have, and 1,000 satoshi at least. Many small debts are felt, too: all that is kept counts.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
from eth_utils.address import to_checksum_address

from terahash.chain import ChainError
from terahash.units import DAY, HOUR
from tests.support.issuing import Issuance
from tests.support.lending import (
    ATTACKER,
    BORROWER,
    FIXED,
    FOREVER,
    ISSUER,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    SECOND_LENDER,
    STRANGER,
    Lending,
)

EXACT = 10**36


def test_vault_closed_for_dust__a_unit_is_left_and_kept__nothing_is_closed() -> None:
    lending = Lending("delivery", Issuance(ratio=ONE // 2), rate=0, speed=0)
    issuance = lending.issuance
    lending.lend(10**9)
    issuance.mint(SECOND_BORROWER, 1_000)
    lending.post(20, ATTACKER)
    lending.borrow_most(ATTACKER)
    for _ in range(5):  # hashprice falls by three quarters
        issuance.pass_day(gained=12 * ONE)
        issuance.deliver()
    lending.chain.now += DAY - 10
    needed = -(-issuance.read("totalSupply") * issuance.read("value") // (2 * EXACT))
    issuance.send(ISSUER, "withdraw_reserve", issuance.read("reserve") - needed)
    all_but_one = lending.loan(ATTACKER).collateral - 1
    lending.send(ATTACKER, "liquidate", ATTACKER, 0, all_but_one, FOREVER, ATTACKER)
    call = ("liquidate_to_reserve", ATTACKER, ATTACKER)
    redeemed = lending.logged(ATTACKER, *call)["Redeemed"]
    assert redeemed["seized"] == 1
    assert redeemed["paid"] == 0
    assert 1_000 * FIXED < redeemed["bad_debt"] < lending.pool().assets // 1_000
    assert not lending.pool().keeps_tokens
    lending.lend(10**6, SECOND_LENDER)


@pytest.mark.parametrize("least", [1_000, 200_000])
def test_vault_closed_for_dust__least_loan_is_large__what_is_kept_counts(least: int) -> None:
    lending = Lending("delivery", values={"phi": ONE}, rate=0, speed=0, min_borrow=least)
    issuance = lending.issuance
    lending.lend(2 * 10**6)
    issuance.mint(SECOND_BORROWER, 1_000)
    lending.post(1_000)
    lending.borrow(652_000)
    for _ in range(16):
        issuance.pass_day()
        with suppress(ChainError):  # where nothing is overdue yet
            issuance.send(STRANGER, "cover")
        issuance.send(STRANGER, "accrue")
    debt, assets = lending.debt() // FIXED, lending.read("totalAssets")
    assert 150_000 < debt < 200_000
    kept = lending.logged(LIQUIDATOR, "liquidate_to_reserve", BORROWER, LIQUIDATOR)["Redeemed"]
    assert lending.pool().keeps_tokens
    issuance.keep_promise()
    lending.send(STRANGER, "harvest", BORROWER)
    earned = issuance.read("earned", lending.address) // FIXED
    assert kept["seized"] < 1_000 * ONE
    gained = lending.read("totalAssets") - (assets - debt)
    assert 2 * debt < gained
    assert lending.loan().credit > 0
    # What all tokens earned is the lenders' and the borrower's, and nobody else's.
    assert 0 <= earned - lending.pool().credited // FIXED <= 2


def test_vault_closed_for_dust__many_small_debts__what_is_kept_for_them_counts() -> None:
    """Each is below a thousandth, and a griefer calls for them one by one."""
    loans, debt = 12, 90_000
    issuance = Issuance(ratio=ONE // 100, grace=HOUR, capacity=10**6 * ONE)
    lending = Lending("delivery", issuance, rate=0, speed=0)
    lending.lend(10**8)
    issuance.mint(SECOND_BORROWER, 1_000)
    borrowers = [str(to_checksum_address(f"0x{0xFEED0000 + i:040x}")) for i in range(loans)]
    for borrower in borrowers:
        lending.fund(borrower)
        lending.post(1_000, borrower)
        lending.borrow(debt, borrower)
    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    lending.chain.now += HOUR + 1
    issuance.send(STRANGER, "cover")
    lending.chain.now += DAY - HOUR - 1
    assets, lost = lending.read("totalAssets"), 0
    flags = []
    for borrower in borrowers:
        call = ("liquidate_to_reserve", borrower, STRANGER)
        bad = lending.logged(STRANGER, *call)["Redeemed"]["bad_debt"]
        lost += bad
        assert bad // FIXED * 1_000 < assets
        flags.append(lending.pool().keeps_tokens)
    assert flags.index(True) == 1  # twice 90,000 is more than a thousandth of 10^8
    issuance.keep_promise()
    lending.send(STRANGER, "harvest", STRANGER)
    assert lending.read("totalAssets") - (assets - lost // FIXED) > 3 * lost // FIXED
