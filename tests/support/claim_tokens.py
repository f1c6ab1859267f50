"""The register of claims' tokens of a market on the tests' chain, and calls of its tokens."""

from __future__ import annotations

from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from terahash.chain import Receipt
from tests.support.revm_chain import RevmChain
from tests.support.trading import FOREVER, SERIES, STRANGER, Market, Series

LONG, SHORT = SERIES.long, SERIES.short
COUNT = 1_000
"""Claims of either side that a test's holder usually has."""


class ClaimTokens:
    """A market, and the tokens of its claims.

    Attributes:
        factory: address of the register.
        chain: of both.
    """

    def __init__(self, market: Market | None = None) -> None:
        self.market = market = market or Market()
        self.chain: RevmChain = market.chain
        blueprint = self.chain.deploy_blueprint("ClaimToken")
        self.factory = self.chain.deploy("ClaimTokenFactory", market.address, blueprint)

    @property
    def implementation(self) -> str:
        """The code of all tokens."""
        return str(self.of_factory("IMPLEMENTATION"))

    def of_factory(self, function: str, *args: Any) -> Any:
        """Read a view of the register."""
        return self.chain.call("ClaimTokenFactory", self.factory, function, *args)

    def open(self, claim: int = LONG, actor: str = STRANGER.address) -> str:
        """Open the token of a claim."""
        with self.chain.acting_as(actor):
            self.chain.send("ClaimTokenFactory", self.factory, "open", claim)
        return str(self.of_factory("token_of", claim))

    def send(self, actor: str, token: str, function: str, *args: Any) -> Receipt:
        """Call a token as somebody."""
        with self.chain.acting_as(actor):
            return self.chain.send("ClaimToken", token, function, *args)

    def read(self, token: str, function: str, *args: Any) -> Any:
        """Read a view of a token."""
        return self.chain.call("ClaimToken", token, function, *args)

    def balance(self, token: str, account: str) -> int:
        """Say how many tokens somebody has."""
        return int(self.read(token, "balanceOf", account))

    def held(self, token: str) -> int:
        """Say how many claims of its own a token holds."""
        return int(self.market.read("balanceOf", token, self.read(token, "claim")))

    def mint(self, owner: str, amount: int = COUNT, series: Series = SERIES) -> None:
        """Make pairs; the owner has both sides, and lets every token of both take them."""
        self.market.send(owner, "mint_pair", series.id, amount, owner, owner)
        for claim in (series.long, series.short):
            token = self.of_factory("token_of", claim)
            self.market.send(owner, "approve", token, claim, FOREVER)

    def wrap(self, token: str, owner: str, amount: int = COUNT) -> None:
        """Make pairs, and wrap the side that the token is of."""
        self.mint(owner, amount)
        self.send(owner, token, "wrap", amount, owner)

    def settle(self, x: int = 150, series: Series = SERIES) -> None:
        """Settle the series; the double has floor 100 and cap 200."""
        self.market.instrument("set_value", True, x, number=series.instrument)
        self.market.send(STRANGER.address, "settle", series.terms)

    def from_contract(self, pool: str, target: str, calldata: tuple[str, Any]) -> Receipt:
        """Have a contract, a SignerDouble, call a token or the market."""
        name, (function, *args) = calldata
        _, data = self.chain._codec.calldata(name, function, args)
        return self.chain.send("SignerDouble", pool, "forward", target, data)


def clone_address(factory: str, implementation: str, claim: int) -> str:
    """Say where the token of a claim stands: CREATE2 of a minimal proxy (EIP-1167)."""
    return _create2(factory, claim, clone_creation(implementation))


def clone_creation(implementation: str) -> bytes:
    """Return the creation code of a minimal proxy."""
    return bytes.fromhex("602d3d8160093d39f3") + clone_code(implementation)


def clone_code(implementation: str) -> bytes:
    """Return the code of a minimal proxy, as EIP-1167 has it."""
    return bytes.fromhex(
        f"363d3d373d3d3d363d73{implementation.removeprefix('0x')}5af43d82803e903d91602b57fd5bf3"
    )


def _create2(deployer: str, salt: int, creation: bytes) -> str:
    where = bytes.fromhex(deployer.removeprefix("0x"))
    digest = keccak(b"\xff" + where + salt.to_bytes(32, "big") + keccak(creation))
    return str(to_checksum_address(digest[12:]))
