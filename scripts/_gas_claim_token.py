"""The ERC-20 token of a claim, and what its calls take."""

from __future__ import annotations

from typing import Any

from scripts._chain import ApeChain
from terahash.deployment import Deployment
from terahash.swaps.series import LOT, Series

HOLDER, OTHER, NEW, STRANGER = 4, 3, 1, 5
COUNT = 10 * LOT


class Wrapping:
    """The calls of the token of one series' long, up to its redemption.

    Its holders have bitcoin, and have allowed the market to take it.

    Attributes:
        gas: of each call, by the name of its line in the table.
    """

    def __init__(self, chain: ApeChain, deployment: Deployment, one: Series) -> None:
        """Open the token of an open series' long; wrap, unwrap and send."""
        self.gas: dict[str, int] = {}
        self._chain = chain
        factory = "ClaimTokenFactory", deployment.address("ClaimTokenFactory")
        self._send("open", STRANGER, factory, "open", one.long)
        self._token = "ClaimToken", str(chain.call(*factory, "token_of", one.long))
        market = "PairMarket", deployment.address("PairMarket")
        holder, other, new = map(self._who, (HOLDER, OTHER, NEW))
        self._send("", HOLDER, market, "mint_pair", one.id, 10 * COUNT, holder, holder)
        self._send("", HOLDER, market, "setOperator", self._token[1], True)
        for name, receiver in (
            ("", holder),  # the first of all fills what every later one finds filled
            ("wrap", holder),
            ("wrap, to a new holder", other),
        ):
            self._send(name, HOLDER, self._token, "wrap", 2 * COUNT, receiver)
        self._send("unwrap", HOLDER, self._token, "unwrap", COUNT, holder)
        for name, receiver in (("transfer", other), ("transfer, to a new holder", new)):
            self._send(name, HOLDER, self._token, "transfer", receiver, LOT)

    def redeem(self) -> None:
        """Have tokens paid, once the series is settled."""
        holder, other = map(self._who, (HOLDER, OTHER))
        for name in ("redeem, the first", "redeem"):  # at the first the market pays them all
            self._send(name, HOLDER, self._token, "redeem", COUNT, holder)
        self._send("redeem for another", STRANGER, self._token, "redeem_for", other)

    def _who(self, account: int) -> str:
        with self._chain.acting_as(account) as address:
            return address

    def _send(
        self, name: str, account: int, to: tuple[str, str], function: str, *args: Any
    ) -> None:
        with self._chain.acting_as(account):
            receipt = self._chain.send(*to, function, *args)
        if name:
            self.gas[name] = receipt.gas_used
