"""Permits for the bitcoin token (EIP-2612): an allowance that is signed instead of sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from terahash.chain import Chain, ChainError
from terahash.hashrate.models import Signature
from terahash.hashrate.token import ERC20
from terahash.typed_data import domain_separator

if TYPE_CHECKING:  # it takes half a second to import
    from eth_account.signers.local import LocalAccount

_PERMIT = {
    "owner": "address",
    "spender": "address",
    "value": "uint256",
    "nonce": "uint256",
    "deadline": "uint256",
}
_VERSIONS = ("1", "2")
"""What tokens call their domain that do not say it (EIP-5267)."""
_ALL_FIELDS = b"\x0f"


class Permits:
    """The permits of one token, where it has them."""

    def __init__(self, chain: Chain, token: str) -> None:
        self.chain = chain
        self.token = token

    def domain(self) -> dict[str, Any] | None:
        """Find the domain that the token's permits are signed for; None where it has none.

        A guess counts only when it hashes to the token's own separator: the signature of another
        domain would be refused when money is at stake.
        """
        with suppress(ChainError):
            separator = bytes(self._call("DOMAIN_SEPARATOR"))
            for name, version in self._names():
                domain = {
                    "name": name,
                    "version": version,
                    "chainId": self.chain.chain_id,
                    "verifyingContract": self.token,
                }
                if domain_separator(domain) == separator:
                    return domain
        return None

    def sign(
        self,
        domain: dict[str, Any],
        account: LocalAccount,
        spender: str,
        value: int,
        deadline: int,
    ) -> Signature:
        """Sign that a spender may take so many satoshi until a time, unix seconds."""
        signed = account.sign_typed_data(
            domain,
            {"Permit": [{"name": name, "type": kind} for name, kind in _PERMIT.items()]},
            {
                "owner": account.address,
                "spender": spender,
                "value": value,
                "nonce": int(self._call("nonces", account.address)),
                "deadline": deadline,
            },
        )
        return Signature(
            deadline, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")
        )

    def _names(self) -> Iterator[tuple[str, str]]:
        with suppress(ChainError):
            fields, name, version, *_ = self._call("eip712Domain")
            if fields == _ALL_FIELDS:
                yield name, version
        name = str(self._call("name"))
        yield from ((name, version) for version in _VERSIONS)

    def _call(self, function: str, *args: Any) -> Any:
        return self.chain.call(ERC20, self.token, function, *args)
