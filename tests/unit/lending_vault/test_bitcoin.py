"""Bitcoin that does not move as it should: the call that needs it reverts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.issuing import START, Issuance
from tests.support.lending import BORROWER, FIXED, LENDER, LIQUIDATOR, ONE, Lending
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain
from tests.unit.lending_vault.conftest import FREE

TRUE, FALSE, NOTHING = 1, 0, 2
INWARD: dict[str, tuple[str, tuple[Any, ...]]] = {
    "deposit": (LENDER, (1_000, LENDER)),
    "mint": (LENDER, (10**9, LENDER)),
    "repay": (LENDER, (1_000, BORROWER)),
    "repay_all": (LENDER, (BORROWER,)),
    "close": (BORROWER, (BORROWER, BORROWER)),
    "liquidate": (LIQUIDATOR, (BORROWER, 1_000, 0, 0, LIQUIDATOR)),
}
OUTWARD: dict[str, tuple[str, tuple[Any, ...]]] = {
    "withdraw": (LENDER, (1_000, LENDER, LENDER)),
    "redeem": (LENDER, (10**9, LENDER, LENDER)),
    "borrow": (BORROWER, (1_000, BORROWER, BORROWER)),
}


@pytest.fixture
def odd() -> Lending:
    """The usual loan, in a bitcoin that does as it is told."""
    chain = RevmChain(START)
    lending = Lending("double", Issuance(chain, btc=chain.deploy("OddToken", 8)), **FREE)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(100)
    lending.borrow(80_000)
    return lending


def _set_odd(lending: Lending, fee: int, answer: int) -> None:
    lending.chain.send("OddToken", lending.btc, "set_odd", fee, answer)


def _ready(lending: Lending, function: str) -> None:
    if function == "liquidate":
        lending.set_worth(800 * ONE)


@pytest.mark.parametrize("fee", [1, 1_000])
@pytest.mark.parametrize("function", INWARD)
def test_bitcoin__less_arrives_than_was_sent__refused(
    odd: Lending, function: str, fee: int
) -> None:
    _ready(odd, function)
    _set_odd(odd, fee, TRUE)
    before = odd.pool(), odd.loan(), odd.sats(odd.address)
    actor, arguments = INWARD[function]
    with refused("vault: bitcoin did not arrive"):
        odd.send(actor, function, *arguments)
    assert (odd.pool(), odd.loan(), odd.sats(odd.address)) == before


@pytest.mark.parametrize("function", INWARD | OUTWARD | {"withdraw_credit": ()})
def test_bitcoin__says_that_it_failed__refused(odd: Lending, function: str) -> None:
    """The double moves it all the same: nothing of that stays."""
    _ready(odd, function)
    actor, arguments = (INWARD | OUTWARD).get(function, (BORROWER, (BORROWER, BORROWER)))
    if function == "withdraw_credit":
        odd.send(BORROWER, "repay_all", BORROWER)
        pass_rewarded_day(odd)
    before = odd.pool(), odd.loan(), odd.sats(odd.address)
    _set_odd(odd, 0, FALSE)
    with refused("vault: bitcoin transfer failed"):
        odd.send(actor, function, *arguments)
    assert (odd.pool(), odd.loan(), odd.sats(odd.address)) == before
    _set_odd(odd, 0, TRUE)
    odd.send(actor, function, *arguments)


@pytest.mark.parametrize("function", INWARD | OUTWARD)
def test_bitcoin__says_nothing__moves_as_any_other(odd: Lending, function: str) -> None:
    _ready(odd, function)
    states = []
    actor, arguments = (INWARD | OUTWARD)[function]
    for answer in (TRUE, NOTHING):
        with odd.undone():
            _set_odd(odd, 0, answer)
            odd.send(actor, function, *arguments)
            states.append((odd.pool(), odd.loan(), odd.sats(odd.address), odd.sats(actor)))
    assert states[0] == states[1]
    assert odd.pool().cash == 920_000 * FIXED != states[0][0].cash
