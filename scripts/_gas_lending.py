"""Two lending vaults on one issuance, a cash-covered one and one of delivery, and what calls take.

Everybody has bitcoin and tokens, and has allowed the vaults to take them, before anything is
measured; a stream runs, so that each call on a loan has rewards to credit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scripts._chain import ApeChain
from terahash.chain import Receipt
from terahash.deployment import NOBODY, Deployment
from terahash.units import DAY, HOUR, SATS_PER_BTC, WAD

ISSUER, LENDER, NEW_LENDER, BORROWER, OTHER_BORROWER, LIQUIDATOR = range(6)
TERM = 42
TOKENS = 100 * WAD
STREAM = SATS_PER_BTC // 10_000
"""Satoshi that the issuer gives a vault's borrowers now and then."""
FOREVER = 2**256 - 1
UNCOVERED = SATS_PER_BTC
LLTV = {"cash-covered": 9 * WAD // 10, "delivery": 7 * WAD // 10}
DELIVERY = (8 * WAD // 10, 999 * WAD // 1_000, WAD // 4)
CURVE = (9 * WAD // 10, WAD // 25, 4 * WAD, 50 * WAD, WAD // 1_000, 2 * WAD)


class Lending:
    """The calls of both vaults.

    Attributes:
        gas: of each call, by the name of its line in the table.
    """

    def __init__(
        self,
        chain: ApeChain,
        deployment: Deployment,
        btc: str,
        day: int,
        close: Callable[[int], None],
        wait: Callable[[int], None],
    ) -> None:
        """Open an issuance and two vaults, and use them.

        Args:
            chain: where.
            deployment: with a factory and a registry.
            btc: the double that they take for bitcoin.
            day: the newest closed block-day.
            close: lets so many block-days pass and close.
            wait: lets so many seconds pass.
        """
        self.gas: dict[str, int] = {}
        self._chain, self._deployment, self._btc = chain, deployment, btc
        self._close, self._wait = close, wait
        self._open_issuance(day + 1)
        for kind in LLTV:
            self._vault = self._opened(kind)
            self._kind = kind
            self._close(2)
            self._lend()
            self._borrow()
            self._leave()
            self._liquidate()

    def _open_issuance(self, first: int) -> None:
        chain, btc = self._chain, self._btc
        agreed = (btc, self._deployment.address("HashpriceIndex"), first, first + TERM)
        agreed += (200 * WAD, 0, WAD // 4, 200 * WAD, WAD // 100, 30 * DAY, NOBODY, bytes(32))
        factory = self._deployment.address("HashrateFactory")
        # What secures a token falls by 50 satoshi a block-day, of which it earns about half.
        sale = (400 * WAD, 100_000 * WAD)
        opened = chain.send("HashrateFactory", factory, "open", "Lent", "LENT", agreed, sale)
        (self._token,) = [log["issuance"] for name, log in opened.logs if name == "Opened"]
        self._close(1)
        for account in range(LIQUIDATOR + 1):
            with chain.acting_as(account) as actor:
                chain.send("BitcoinDouble", btc, "mint", actor, 10 * SATS_PER_BTC)
                chain.send("BitcoinDouble", btc, "approve", self._token, FOREVER)
                chain.send("HashrateToken", self._token, "mint", 10 * TOKENS, FOREVER, actor)

        # More than it must, so that no dearer day stops lending.
        self._token_send("fund_reserve", SATS_PER_BTC // 10)

    def _opened(self, kind: str) -> str:
        is_covered = kind == "cash-covered"
        registry = self._deployment.address("VaultRegistry")
        caps = (SATS_PER_BTC, SATS_PER_BTC, FOREVER if is_covered else UNCOVERED, 1_000)
        with self._chain.acting_as(ISSUER) as receiver:
            terms = (self._token, NOBODY, LLTV[kind], *caps, WAD // 10, receiver, receiver, *CURVE)
            arguments = (
                ("open_covered", terms) if is_covered else ("open_delivery", DELIVERY, terms)
            )
            receipt = self._chain.send("VaultRegistry", registry, *arguments)
        self.gas[f"open, {kind}"] = receipt.gas_used
        (vault,) = [log["vault"] for name, log in receipt.logs if name == "Opened"]
        for account in range(LIQUIDATOR + 1):
            with self._chain.acting_as(account):
                self._chain.send("BitcoinDouble", self._btc, "approve", vault, FOREVER)
                self._chain.send("HashrateToken", self._token, "approve", vault, FOREVER)
        return str(vault)

    def _lend(self) -> None:
        for name in ("", "deposit"):
            self._send(name, LENDER, "deposit", 300_000, self._who(LENDER))
        self._send("deposit, a new lender", NEW_LENDER, "deposit", 10_000, self._who(NEW_LENDER))
        self._send("withdraw", LENDER, "withdraw", 100, *[self._who(LENDER)] * 2)

    def _borrow(self) -> None:
        borrower = self._who(BORROWER)
        for name in ("", "post"):
            self._send(name, BORROWER, "post", TOKENS, borrower)
            self._stream()
        for name in ("", "borrow"):
            self._send(name, BORROWER, "borrow", 5_000, borrower, borrower)
            self._stream()
        self._close(1)
        name = "borrow, the token one day behind"
        self._send(name, BORROWER, "borrow", 5_000, borrower, borrower)
        self._stream()
        name = "withdraw collateral, with a debt"
        self._send(name, BORROWER, "withdraw_collateral", WAD, borrower, borrower)
        self._stream()
        self._send("repay", LENDER, "repay", 1_000, borrower)
        self._stream()
        self._send("harvest", LIQUIDATOR, "harvest", borrower)

    def _leave(self) -> None:
        other = self._who(OTHER_BORROWER)
        self._send("", OTHER_BORROWER, "post", 2 * TOKENS, other)
        self._send("", OTHER_BORROWER, "borrow", 5_000, other, other)
        self._stream()
        self._send("close", OTHER_BORROWER, "close", other, other)
        self._send("", OTHER_BORROWER, "post", TOKENS, other)
        self._stream()
        name = "withdraw collateral, without a debt"
        self._send(name, OTHER_BORROWER, "withdraw_collateral", WAD, other, other)
        self._send("", OTHER_BORROWER, "close", other, other)

    def _liquidate(self) -> None:
        borrower, lender = self._who(BORROWER), self._who(LENDER)
        self._send("", BORROWER, "borrow", self._room(), borrower, borrower)
        # All but a little is taken out, and rewards are credited that wait in the token.
        self._token_send("claim", self._vault)
        out = self._read("maxWithdraw", lender) - 1_000
        self._send("", LENDER, "withdraw", out, lender, lender)
        self._stream()
        self._send("", LIQUIDATOR, "harvest", borrower)
        out = self._read("maxWithdraw", lender)
        self._send("withdraw, with a claim of the token", LENDER, "withdraw", out, lender, lender)
        self._close(4)
        self._token_send("accrue")
        to = self._who(LIQUIDATOR)
        self._send("", LENDER, "deposit", 1_000, lender)
        self._send("liquidate", LIQUIDATOR, "liquidate", borrower, 1_000, 0, 0, to)
        self._stream()
        name = "liquidate to the reserve"
        self._send(name, LIQUIDATOR, "liquidate_to_reserve", borrower, to)

    def _room(self) -> int:
        """Say how much more the borrower may borrow."""
        name = "CoveredValue" if self._kind == "cash-covered" else "DeliveryValue"
        valuation = self._read("terms")[1]
        _, value, most, *_ = self._chain.call(name, valuation, "assess")
        collateral, scaled, *_ = self._read("loan", self._who(BORROWER))
        limit = collateral * min(value * (LLTV[self._kind] * 98 // 100) // WAD, most) // WAD**2
        return int(limit - scaled * self._read("pool")[0] // 10**27 // 2**32) - 2

    def _stream(self) -> None:
        """Give all holders something, and let them earn a part of it."""
        self._token_send("deliver", STREAM)
        self._wait(HOUR)

    def _token_send(self, function: str, *args: Any) -> None:
        with self._chain.acting_as(ISSUER):
            self._chain.send("HashrateToken", self._token, function, *args)

    def _who(self, account: int) -> str:
        with self._chain.acting_as(account) as address:
            return address

    def _read(self, function: str, *args: Any) -> Any:
        return self._chain.call("LendingVault", self._vault, function, *args)

    def _send(self, name: str, account: int, function: str, *args: Any) -> Receipt:
        with self._chain.acting_as(account):
            receipt = self._chain.send("LendingVault", self._vault, function, *args)
        if name:
            self.gas[f"{name}, {self._kind}"] = receipt.gas_used
        return receipt
