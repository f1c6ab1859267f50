"""Who signed the transaction is nobody's business: all flows of a vault through contracts that
forward calls end to the satoshi as they do from plain accounts, while the account that signs has
nothing and gets nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import boa
import pytest
from pyrevm import AccountInfo

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, ISSUER, START, STRANGER, Issuance
from tests.support.lending import (
    BORROWER,
    FEE_RECEIVER,
    GUARDIAN,
    LENDER,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    SECOND_LENDER,
    THIRD_BORROWER,
    Lending,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused
from tests.support.revm_chain import CONTRACTS, SENDER, RevmChain

PEOPLE = (LENDER, SECOND_LENDER, BORROWER, SECOND_BORROWER, THIRD_BORROWER, LIQUIDATOR, GUARDIAN)
PEOPLE += (FEE_RECEIVER, ISSUER, BUYER, HOLDER, STRANGER)


class ForwardingChain(RevmChain):
    """A chain on which some accounts are contracts that forward calls, signed by one account."""

    def __init__(self, now: int, contracts: Iterable[str]) -> None:
        super().__init__(now)
        self._contracts = frozenset(contracts)
        for account in self._contracts:
            self._evm.insert_account_info(account, AccountInfo(code=_forwarder()))

    def _execute(self, contract: str, address: str, function: str, calldata: bytes) -> bytes:
        if self.sender not in self._contracts:
            return super()._execute(contract, address, function, calldata)
        account = self.sender
        _, forwarded = self._codec.calldata("Forwarder", "forward", (address, calldata))
        with self.acting_as(SENDER):
            output = super()._execute("Forwarder", account, "forward", forwarded)
        size = int.from_bytes(output[32:64], "big")
        return output[64 : 64 + size]


@cache
def _forwarder() -> bytes:
    source = CONTRACTS / "mocks" / "Forwarder.vy"
    return bytes(boa.load_partial(str(source)).compiler_data.bytecode_runtime)


def _live(lending: Lending) -> list[Any]:
    """Live through every call of the vault, and say what everybody has in the end."""
    issuance, value = lending.issuance, 1_000 * ONE
    lending.set_worth(value)
    lending.send(LENDER, "deposit", 10**6, LENDER)
    lending.send(LENDER, "mint", 10**11, SECOND_LENDER)
    for borrower, tokens in ((BORROWER, 100), (SECOND_BORROWER, 100), (THIRD_BORROWER, 100)):
        lending.post(tokens, borrower)
    issuance.mint(BUYER, 100, HOLDER)
    lending.send(BORROWER, "borrow", 80_000, BORROWER, BORROWER)
    lending.send(SECOND_BORROWER, "authorize", STRANGER, True)
    lending.send(STRANGER, "borrow", 88_000, SECOND_BORROWER, SECOND_BORROWER)
    pass_rewarded_day(lending)
    lending.send(STRANGER, "harvest", BORROWER)
    lending.send(THIRD_BORROWER, "withdraw_credit", THIRD_BORROWER, THIRD_BORROWER)
    lending.send(BORROWER, "repay", 10_000, BORROWER)
    lending.send(BORROWER, "withdraw_collateral", 3 * ONE, HOLDER, BORROWER)
    lending.send(LENDER, "transfer", SECOND_LENDER, 10**10)
    lending.send(LENDER, "approve", STRANGER, 10**11)
    lending.send(STRANGER, "transferFrom", LENDER, SECOND_LENDER, 10**10)
    lending.send(STRANGER, "withdraw", 5_000, STRANGER, LENDER)
    lending.send(STRANGER, "redeem", 10**9, STRANGER, LENDER)
    lending.set_worth(850 * ONE, int(issuance.read("preview_redeem", ONE)) * ONE)
    lending.send(LIQUIDATOR, "liquidate", SECOND_BORROWER, 20_000, 0, 0, LIQUIDATOR)
    lending.set_worth(int(issuance.read("preview_redeem", ONE)) * ONE)
    lending.send(LIQUIDATOR, "liquidate_to_reserve", SECOND_BORROWER, STRANGER)
    lending.chain.now += DAY
    lending.set_worth(value)
    lending.send(GUARDIAN, "stop", True, True)
    lending.send(STRANGER, "repay_all", BORROWER)
    lending.send(BORROWER, "close", BORROWER, BORROWER)
    lending.send(STRANGER, "collect_fees")
    for lender in (LENDER, SECOND_LENDER, FEE_RECEIVER):
        lending.send(lender, "redeem", lending.read("maxRedeem", lender), lender, lender)
    return [
        lending.pool(),
        *(lending.loan(each) for each in PEOPLE),
        *((lending.sats(each), lending.tokens(each), lending.shares(each)) for each in PEOPLE),
        lending.sats(lending.address),
        lending.tokens(lending.address),
    ]


def test_vault_tx_origin__all_flows_through_contracts__the_same_to_the_satoshi() -> None:
    forwarded = Lending("double", Issuance(ForwardingChain(START, PEOPLE)))
    assert all(forwarded.chain.has_code(each) for each in PEOPLE)
    direct = _live(Lending("double", Issuance(RevmChain(START))))
    assert _live(forwarded) == direct
    assert forwarded.loan(SENDER)[:3] == (0, 0, 0)
    for has in (forwarded.sats, forwarded.tokens, forwarded.shares):
        assert has(SENDER) == 0
    assert forwarded.read("allowance", SENDER, STRANGER) == 0
    assert forwarded.read("authorized", SENDER, STRANGER) is False


@pytest.mark.parametrize(
    ("victim", "function", "arguments", "reason"),
    [
        (LENDER, "withdraw", (1, STRANGER, LENDER), "vault: above allowance"),
        (LENDER, "redeem", (1, STRANGER, LENDER), "vault: above allowance"),
        (LENDER, "transferFrom", (LENDER, STRANGER, 1), "vault: above allowance"),
        (LENDER, "transfer", (STRANGER, 1), "vault: above balance"),
        (BORROWER, "borrow", (1, STRANGER, BORROWER), "vault: not authorized"),
        (BORROWER, "withdraw_collateral", (1, STRANGER, BORROWER), "vault: not authorized"),
        (BORROWER, "withdraw_credit", (STRANGER, BORROWER), "vault: not authorized"),
        (BORROWER, "close", (STRANGER, BORROWER), "vault: not authorized"),
        (GUARDIAN, "stop", (True, True), "vault: not the guardian"),
    ],
)
def test_vault_tx_origin__who_signs_a_strangers_call__is_not_who_acts(
    victim: str, function: str, arguments: tuple[Any, ...], reason: str
) -> None:
    """Whoever lures somebody into a transaction does not act for it, nor pay with what is its."""
    lending = Lending("double")
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(100)
    pass_rewarded_day(lending)
    lure = lending.chain.deploy("Forwarder")
    before = lending.pool(), lending.loan(), lending.shares(LENDER)
    _, calldata = lending.chain._codec.calldata("LendingVault", function, arguments)
    with lending.chain.acting_as(victim), refused(reason):
        lending.chain.send("Forwarder", lure, "forward", lending.address, calldata)
    assert (lending.pool(), lending.loan(), lending.shares(LENDER)) == before


def test_vault_tx_origin__payments_that_a_victim_signs__are_not_its() -> None:
    """The vault takes from who calls: the lure has allowed nothing, though the victim has."""
    lending = Lending("double")
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(100)
    lending.borrow(80_000)
    lending.issuance.mint(LENDER, 1)
    lure = lending.chain.deploy("Forwarder")
    before = lending.sats(LENDER), lending.tokens(LENDER)
    for function, arguments in (
        ("deposit", (1_000, STRANGER)),
        ("mint", (10**9, STRANGER)),
        ("repay", (1_000, BORROWER)),
        ("repay_all", (BORROWER,)),
        ("post", (ONE, STRANGER)),
    ):
        _, calldata = lending.chain._codec.calldata("LendingVault", function, arguments)
        with lending.chain.acting_as(LENDER), pytest.raises(ChainError, match="insufficient"):
            lending.chain.send("Forwarder", lure, "forward", lending.address, calldata)
    assert (lending.sats(LENDER), lending.tokens(LENDER)) == before
