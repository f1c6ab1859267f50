"""Who signed the transaction is nobody's business: all flows through contracts that forward calls
end to the satoshi as they do from plain accounts, while the account that signs has nothing and
gets nothing.
"""

from __future__ import annotations

from typing import Any

from terahash.chain import Receipt
from terahash.units import DAY
from tests.support.issuing import (
    BUYER,
    FOREVER,
    HOLDER,
    ISSUER,
    ONE,
    RICH,
    STRANGER,
    TERM,
    Issuance,
)
from tests.support.relay import refused
from tests.support.revm_chain import SENDER

NO_SIGNATURE = (FOREVER, 27, b"\1" * 32, b"\1" * 32)
ROLES = (ISSUER, BUYER, HOLDER, STRANGER)


class Forwarded(Issuance):
    """The same issuance, of which everybody is a contract; all transactions are one account's.

    Attributes:
        contracts: that stand for the actors.
    """

    def __init__(self) -> None:
        self.contracts: dict[str, str] = {}
        super().__init__()
        for role in ROLES:
            self.contracts[role] = self.chain.deploy("Forwarder")
            self.chain.send("BitcoinDouble", self.btc, "mint", self.contracts[role], RICH)
            self._forward(role, "BitcoinDouble", self.btc, "approve", self.address, FOREVER)
        with self.chain.acting_as(ISSUER):
            super().send(ISSUER, "transfer_ownership", self.contracts[ISSUER])
        self.send(ISSUER, "accept_ownership")

    def send(self, actor: str, function: str, *args: Any) -> Receipt:
        if actor not in self.contracts:
            return super().send(actor, function, *args)
        return self._forward(actor, "HashrateToken", self.address, function, *args)

    def _forward(self, role: str, contract: str, to: str, function: str, *args: Any) -> Receipt:
        _, calldata = self.chain._codec.calldata(contract, function, args)
        return self.chain.send("Forwarder", self.contracts[role], "forward", to, calldata)


def _live(issuance: Issuance) -> list[int]:
    """Live through every call of the token, and say what each role has in the end."""
    contracts = issuance.contracts if isinstance(issuance, Forwarded) else {}
    issuer, buyer, holder, stranger = (contracts.get(role, role) for role in ROLES)
    issuance.send(BUYER, "mint", 500 * ONE, FOREVER, holder)
    issuance.send(BUYER, "mint_with_permit", 500 * ONE, FOREVER, buyer, *NO_SIGNATURE)
    issuance.send(ISSUER, "set_sale", 50 * ONE, 2_000 * ONE)
    issuance.send(STRANGER, "mint", 100 * ONE, 210_000, stranger)
    issuance.send(STRANGER, "fund_reserve", 300_000)
    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    issuance.send(ISSUER, "deliver", FOREVER)
    issuance.chain.now += DAY // 2
    issuance.send(HOLDER, "transfer", stranger, 100 * ONE)
    issuance.send(HOLDER, "approve", stranger, 100 * ONE)
    issuance.send(STRANGER, "transferFrom", holder, buyer, 100 * ONE)
    issuance.send(HOLDER, "set_beneficiary", stranger)
    issuance.chain.now += DAY // 2
    issuance.send(BUYER, "claim", holder)
    issuance.send(BUYER, "claim_many", [buyer, stranger, holder])
    issuance.close()
    issuance.send(STRANGER, "checkpoint")
    issuance.send(ISSUER, "deliver_with_permit", 48_400, FOREVER, *NO_SIGNATURE)
    issuance.send(ISSUER, "withdraw_reserve", 100_000)
    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    issuance.chain.now += 3 * DAY + 1
    issuance.send(HOLDER, "cover")
    issuance.send(BUYER, "redeem", 200 * ONE, 1, holder)
    issuance.chain.now += DAY
    issuance.send(HOLDER, "claim_many", [buyer, stranger, holder])
    accounts = (issuer, buyer, holder, stranger, issuance.address)
    return [
        *(issuance.sats(account) for account in accounts),
        *(issuance.read("balanceOf", account) for account in accounts),
        *(issuance.read("claimed", account) for account in accounts),
        issuance.read("reserve"),
        issuance.read("owed"),
    ]


def test_tx_origin__all_flows_through_contracts__the_same_to_the_satoshi() -> None:
    forwarded = Forwarded()
    direct = _live(Issuance())
    assert _live(forwarded) == direct
    assert sum(direct[:5]) == 4 * RICH
    assert direct[1] != RICH and direct[3] != RICH
    for view in ("earned", "balanceOf", "claimed"):
        assert forwarded.read(view, SENDER) == 0
    assert forwarded.sats(SENDER) == 0


def test_tx_origin__an_issuer_that_signs_a_strangers_call__is_not_the_issuer() -> None:
    """Whoever lures the issuer into a transaction does not act for it."""
    issuance = Forwarded()
    plain = Issuance(issuance.chain)
    lure = issuance.contracts[STRANGER]
    for function, arguments in (
        ("withdraw_reserve", (1,)),
        ("set_sale", (0, 0)),
        ("transfer_ownership", (STRANGER,)),
    ):
        _, calldata = plain.chain._codec.calldata("HashrateToken", function, arguments)
        with plain.chain.acting_as(ISSUER), refused("ownable: caller is not the owner"):
            plain.chain.send("Forwarder", lure, "forward", plain.address, calldata)
    assert plain.read("sale") == (48 * ONE, 10_000 * ONE)
    assert plain.read("backing")[6] == TERM
