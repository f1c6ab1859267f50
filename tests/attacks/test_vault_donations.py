"""Bitcoin and tokens sent to a vault by themselves, to move the share price, a debt, or a credit.

The vault counts what it was told of and never looks at what it holds: they change nothing, are
nobody's, and stay there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from terahash.chain import ChainError
from tests.support.issuing import BUYER, STRANGER
from tests.support.lending import (
    ATTACKER,
    BORROWER,
    BORROWERS,
    FEE_RECEIVER,
    FIXED,
    LENDER,
    LENDERS,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    SECOND_LENDER,
    THIRD_BORROWER,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day

MANY = 10**9


def _give_bitcoin(lending: Lending) -> None:
    with lending.chain.acting_as(ATTACKER):
        lending.chain.send("BitcoinDouble", lending.btc, "transfer", lending.address, MANY)


def _give_tokens(lending: Lending) -> None:
    """Of which the vault earns rewards then, that are nobody's."""
    lending.issuance.send(ATTACKER, "transfer", lending.address, 1_000 * ONE)


def _give_dust(lending: Lending) -> None:
    """Each makes the token round what the vault has earned."""
    for _ in range(50):
        lending.issuance.send(ATTACKER, "transfer", lending.address, 1)


def _claim(lending: Lending) -> None:
    """Have the vault paid what it has earned, before it asks for it."""
    lending.issuance.send(ATTACKER, "claim", lending.address)


def _give_shares(lending: Lending) -> None:
    """To a borrower, and to the fee receiver: the vault itself cannot have any."""
    lending.send(ATTACKER, "transfer", BORROWER, 10)
    lending.send(ATTACKER, "transfer", FEE_RECEIVER, 10)


GIFTS: dict[str, Callable[[Lending], None]] = {
    "bitcoin": _give_bitcoin,
    "tokens": _give_tokens,
    "dust of tokens": _give_dust,
    "a claim": _claim,
    "shares": _give_shares,
}


@pytest.fixture(params=[False, True], ids=["without kept tokens", "with kept tokens"])
def lending(request: pytest.FixtureRequest) -> Lending:
    """Lenders, borrowers, one of whom has a credit, and an attacker with tokens and shares."""
    lending = Lending("double")
    lending.set_worth(1_000 * ONE)
    for lender in (*LENDERS, ATTACKER):
        lending.lend(333_333, lender)
    for borrower, tokens, owed in (
        (BORROWER, 500, 200_000),
        (SECOND_BORROWER, 500, 400_000),
        (THIRD_BORROWER, 100, 0),
    ):
        lending.post(tokens, borrower)
        if owed != 0:
            lending.borrow(owed, borrower)
    lending.issuance.mint(BUYER, 3_000, ATTACKER)
    if request.param:
        lending.set_worth(0)
        lending.send(LIQUIDATOR, "liquidate_to_reserve", SECOND_BORROWER, LIQUIDATOR)
        lending.set_worth(1_000 * ONE)
    pass_rewarded_day(lending)
    return lending


def _seen(lending: Lending) -> list[Any]:
    """Everything that a lender or a borrower is told."""
    views = ("totalAssets", "totalSupply")
    seen = [lending.pool(), *(lending.loan(each) for each in BORROWERS)]
    seen += [lending.read(view) for view in views]
    for lender in LENDERS:
        seen += [lending.read(view, lender) for view in ("maxWithdraw", "maxRedeem", "maxDeposit")]
    return [*seen, lending.read("convertToAssets", 10**15), lending.read("previewMint", 10**15)]


@pytest.mark.parametrize("gift", [*GIFTS])
def test_vault_donations__of_any_kind__change_nothing_that_anybody_has(
    lending: Lending, gift: str
) -> None:
    before = _seen(lending)
    GIFTS[gift](lending)
    assert _seen(lending) == before


def _held(lending: Lending) -> int:
    """Say how many satoshi the vault has, or could claim."""
    return lending.sats(lending.address) + int(lending.issuance.read("claimable", lending.address))


def _end(lending: Lending) -> list[int]:
    """Let two days pass, and everybody leave; say what all of them have in the end."""
    for _ in range(2):
        pass_rewarded_day(lending)
        lending.send(STRANGER, "harvest", BORROWER)
    for borrower in BORROWERS:
        lending.send(borrower, "close", borrower, borrower)
    lending.send(STRANGER, "collect_fees")
    for lender in (*LENDERS, ATTACKER, FEE_RECEIVER):
        lending.send(lender, "redeem", lending.read("maxRedeem", lender), lender, lender)
    assert lending.pool().cash < 6 * FIXED
    return [lending.sats(each) for each in (*LENDERS, *BORROWERS, FEE_RECEIVER)]


@pytest.mark.parametrize("gift", ["bitcoin", "a claim", "dust of tokens"])
def test_vault_donations__days_later__everybody_has_left_with_the_same(
    lending: Lending, gift: str
) -> None:
    """But for what 50 roundings of the token's take, each of less than 2^-32 of a satoshi."""
    with lending.undone():
        expected, left = _end(lending), _held(lending)
    GIFTS[gift](lending)
    found = _end(lending)
    differences = [abs(a - b) for a, b in zip(found, expected, strict=True)]
    assert max(differences) <= (1 if gift == "dust of tokens" else 0)
    assert abs(_held(lending) - left - (MANY if gift == "bitcoin" else 0)) <= sum(differences)


def test_vault_donations__tokens__earn_for_nobody(lending: Lending) -> None:
    """Rewards are credited for posted and kept tokens, though the vault earns more."""
    _give_tokens(lending)
    before = lending.pool().credited
    earned = lending.issuance.read("earned", lending.address)
    pass_rewarded_day(lending)
    for borrower in BORROWERS:
        lending.send(STRANGER, "harvest", borrower)
    lending.send(STRANGER, "collect_fees")
    counted = sum(lending.loan(each).collateral for each in (*BORROWERS, lending.address))
    held = lending.tokens(lending.address)
    assert held == counted + 1_000 * ONE
    gained = lending.issuance.read("earned", lending.address) - earned
    credited = lending.pool().credited - before
    # What was not credited yet when they came is credited too: a day more of what is counted.
    assert credited < gained * 2 * counted // held + 8
    counted = lending.pool().cash + sum(lending.loan(each).credit for each in BORROWERS)
    assert _held(lending) > counted // FIXED + 20_000


def test_vault_donations__bitcoin__can_be_lent_to_nobody(lending: Lending) -> None:
    lending.post(3_000, SECOND_BORROWER)
    most = (lending.pool().cash + lending.loan(SECOND_BORROWER).credit) // FIXED
    held = _held(lending)
    _give_bitcoin(lending)
    with pytest.raises(ChainError, match="not enough cash"):
        lending.borrow(most + 1, SECOND_BORROWER)
    lending.borrow(most, SECOND_BORROWER)
    assert lending.read("maxWithdraw", LENDER) == 0
    assert _held(lending) == held + MANY - most


def test_vault_donations__tokens__secure_no_loan(lending: Lending) -> None:
    lending.issuance.send(ATTACKER, "transfer", lending.address, 1_000 * ONE)
    with pytest.raises(ChainError, match="above max ltv"):
        lending.borrow(400_000)
    with pytest.raises(ChainError, match="above collateral"):
        lending.send(
            THIRD_BORROWER, "withdraw_collateral", 100 * ONE + 1, THIRD_BORROWER, THIRD_BORROWER
        )


def test_vault_donations__while_somebody_waits_to_lend__move_no_price(lending: Lending) -> None:
    shares = lending.read("previewDeposit", 10**6)
    for give in (_give_bitcoin, _give_tokens, _give_dust, _claim):
        give(lending)
    assert lending.read("previewDeposit", 10**6) == shares
    if not lending.pool().keeps_tokens:  # else nobody may lend
        assert lending.asked(SECOND_LENDER, "deposit", 10**6, SECOND_LENDER) == shares
