"""An issuer that is late by an hour, or by a satoshi, and whose reserve is empty: its tokens would
be sold for what they are owed just now, and their buyer be paid the rest; or a vault would keep all
of them for a debt that is a part of what they bring.

So a late issuer's promise secures nothing, and is sold no cheaper for that.
"""

from __future__ import annotations

import pytest

from terahash.units import DAY, HOUR
from tests.support.issuing import HASHPRICE, Issuance
from tests.support.lending import (
    ATTACKER,
    BORROWER,
    FIXED,
    FOREVER,
    ISSUER,
    LENDER,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    STRANGER,
    Lending,
)
from tests.support.relay import refused

EXACT = 10**36
DEFAULT = 5


def _late(percent: int, days: int, grace: int, lent: int | None = None) -> Lending:
    """Half of an issuance with a small reserve is posted; nothing was delivered for some days."""
    lending = Lending(
        "delivery", Issuance(ratio=percent * ONE // 100, grace=grace), rate=0, speed=0
    )
    lending.lend(2 * 10**6)
    lending.issuance.mint(SECOND_BORROWER, 1_000)
    lending.post(1_000)
    if lent is None:
        lending.borrow_most()
    else:
        lending.borrow(lent)
    for _ in range(days):
        lending.issuance.pass_day()
        lending.issuance.send(STRANGER, "accrue")
    lending.chain.now += HOUR + 1
    lending.issuance.send(STRANGER, "cover")
    assert lending.issuance.read("status") == DEFAULT
    assert lending.issuance.read("reserve") == 0
    return lending


def _pay_but(lending: Lending, residue: int) -> None:
    """Have the issuer pay what it owes but for some satoshi: that debt is as old as it was."""
    lending.issuance.send(ISSUER, "deliver", lending.issuance.read("owed") // EXACT - residue)
    assert lending.issuance.read("status") == DEFAULT


@pytest.mark.parametrize("percent", [1, 2])
@pytest.mark.parametrize(("days", "grace"), [(1, HOUR), (2, DAY)])
@pytest.mark.parametrize("wait", [0, 22 * HOUR])
@pytest.mark.parametrize("residue", [None, 1])
def test_vault_late_issuer__tokens_are_sold__lenders_lose_nothing_and_borrowers_the_discount(
    percent: int, days: int, grace: int, wait: int, residue: int | None
) -> None:
    lending = _late(percent, days, grace)
    lending.chain.now += wait
    if residue is not None:
        _pay_but(lending, residue)
    lending.send(STRANGER, "harvest", BORROWER)
    assets, debt, had = lending.pool().assets, lending.debt(), lending.sats(ATTACKER)
    call = ("liquidate", BORROWER, 0, 1_000 * ONE, FOREVER, ATTACKER)
    logged = lending.logged(ATTACKER, *call)["Liquidated"]
    paid = had - lending.sats(ATTACKER)
    assert logged["bad_debt"] == 0
    assert 0 <= paid * FIXED - debt < FIXED
    assert lending.pool().assets >= assets
    # What it bought for a debt, and what that brings if the promise is kept after all: at a
    # hashprice that was stressed, for which it carries the risk, and with a discount of a tenth.
    lending.issuance.keep_promise()
    lending.issuance.send(STRANGER, "claim", ATTACKER)
    assert lending.issuance.read("claimed", ATTACKER) < 2 * paid
    lending.send(STRANGER, "harvest", BORROWER)
    assert lending.loan().collateral == 1_000 * ONE - logged["seized"]
    assert lending.loan().credit > 0


@pytest.mark.parametrize("residue", [None, 1, 1_000])
def test_vault_late_issuer__tokens_are_kept__lenders_get_no_more_than_four_debts(
    residue: int | None,
) -> None:
    lending = _late(1, 4, 3 * DAY, 45_000 if residue is None else 178_000)
    if residue is not None:
        _pay_but(lending, residue)
    lending.chain.now += DAY - 60  # a minute later the stream is over, and the issuer no later
    lending.send(STRANGER, "harvest", BORROWER)
    lending.chain.now += 60
    debt, assets = lending.debt() // FIXED, lending.read("totalAssets")
    assert debt > 1_000
    call = ("liquidate_to_reserve", BORROWER, LENDER)
    kept = lending.logged(LENDER, *call)["Redeemed"]["seized"]
    assert 0 < kept < 1_000 * ONE
    lending.issuance.keep_promise()
    lending.send(STRANGER, "harvest", BORROWER)
    gained = lending.read("totalAssets") - (assets - debt)
    # At the stressed hashprice four times the debt; Bitcoin's was a quarter above it.
    assert 4 * debt <= gained <= 7 * debt
    assert lending.loan().collateral == 1_000 * ONE - kept


def test_vault_late_issuer__index_is_stale_too__sold_no_cheaper() -> None:
    """A price that is only a bound needs no hashprice of today."""
    lending = _late(1, 1, HOUR)
    lending.chain.now += 5 * DAY
    debt = lending.debt()
    logged = lending.logged(LIQUIDATOR, "liquidate", BORROWER, 0, 1_000 * ONE, FOREVER, LIQUIDATOR)[
        "Liquidated"
    ]
    assert logged["bad_debt"] == 0
    assert 0 <= logged["paid"] * FIXED - debt < FIXED


def test_vault_late_issuer__index_is_stale_too__keeps_nothing_by_it_until_it_is_dead() -> None:
    """A hashprice of long ago may be too high, and fewer tokens be kept than bring the debt."""
    lending = _late(1, 1, HOUR)
    lending.chain.now += 4 * DAY
    call = ("liquidate_to_reserve", BORROWER, LIQUIDATOR)
    for days in range(2, 26):
        with refused("vault: issuer has its grace"), lending.undone():
            lending.send(LIQUIDATOR, *call)
        if days == 10:  # which anybody may end
            with lending.undone():
                for _ in range(days + 1):
                    lending.issuance.close(HASHPRICE)
                lending.send(LIQUIDATOR, *call)
                assert lending.debt() == 0
        lending.chain.now += DAY
    lending.chain.now += 2 * DAY
    assert not lending.assess().is_pending
    lending.send(LIQUIDATOR, *call)
    assert lending.debt() == 0
