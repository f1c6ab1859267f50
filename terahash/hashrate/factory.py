"""A typed client of `HashrateFactory`: the register of issuances."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from terahash.chain import Chain, Receipt, Transaction
from terahash.hashrate.models import Sale, Terms
from terahash.hashrate.token import HashrateToken

FACTORY = "HashrateFactory"


class HashrateFactory:
    """One deployed factory. Methods raise `ChainError` with the factory's own reason."""

    def __init__(self, chain: Chain, address: str) -> None:
        self.chain = chain
        self.address = address

    @cached_property
    def index(self) -> str:
        """The hashprice index that all issuances opened here settle on."""
        return str(self._call("INDEX"))

    def count(self) -> int:
        """Read how many issuances were opened here."""
        return int(self._call("count"))

    def number(self, issuance: str) -> int:
        """Read an issuance's number, from one; zero for what was not opened here."""
        return int(self._call("number", issuance))

    def issuance(self, number: int) -> HashrateToken:
        """Return an issuance by its number, from one."""
        return HashrateToken(self.chain, str(self._call("issuances", number - 1)))

    def issuances(self) -> list[HashrateToken]:
        """List the issuances, oldest first."""
        return [self.issuance(number) for number in range(1, self.count() + 1)]

    def open(self, name: str, symbol: str, terms: Terms, sale: Sale) -> Transaction:
        """Open an issuance, whose issuer is who sends the transaction.

        Args:
            name: of its token, at most 50 bytes.
            symbol: of its token, at most 32 bytes.
            terms: fixed for ever.
            sale: to begin with.
        """
        arguments = (name, symbol, tuple(terms), tuple(sale))
        return Transaction(FACTORY, self.address, "open", arguments)

    def opened(self, receipt: Receipt) -> HashrateToken:
        """Return the issuance that a transaction has opened, or raise LookupError."""
        for name, log in receipt.logs:
            if name == "Opened" and "issuance" in log:
                return HashrateToken(self.chain, str(log["issuance"]))
        raise LookupError("the receipt says of no issuance that it was opened")

    def _call(self, function: str, *args: Any) -> Any:
        return self.chain.call(FACTORY, self.address, function, *args)
