"""Reports: what an operator observed, signed as EIP-712 typed data for one quorum feed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from eth_abi.exceptions import EncodingError
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature

from terahash import __version__
from terahash.typed_data import HALF_ORDER, digest

if TYPE_CHECKING:  # it takes half a second to import
    from eth_account.signers.local import LocalAccount

DOMAIN_NAME = "Terahash quorum feed"
REPORT = {"config": "bytes32", "feed": "bytes32", "value": "int256", "observed_at": "uint64"}
KEY = {"operator": "address"}


class Compact(NamedTuple):
    """A signature in two words (EIP-2098): r, and s with the parity in its highest bit."""

    r: int
    vs: int


class Report(NamedTuple):
    """What an operator says it observed.

    Attributes:
        config: the configuration of the quorum, 32 bytes.
        feed: the feed's id, 32 bytes.
        value: in the feed's decimals.
        observed_at: unix seconds, a multiple of the feed's period.
    """

    config: bytes
    feed: bytes
    value: int
    observed_at: int


class SignedReport(NamedTuple):
    """A report and a signature of it, not yet verified."""

    report: Report
    signature: Compact


class Domain(NamedTuple):
    """The contract that signatures are for.

    Attributes:
        chain_id: EIP-155.
        address: of the contract.
        version: as the contract says it; its own, which this package may have outgrown.
    """

    chain_id: int
    address: str
    version: str = __version__

    def sign(self, account: LocalAccount, report: Report) -> SignedReport:
        """Sign a report with a hot key."""
        return SignedReport(report, self._signed(account, "Report", REPORT, report._asdict()))

    def sign_key(self, account: LocalAccount, operator: str) -> Compact:
        """Sign with a new hot key that it is an operator's."""
        return self._signed(account, "Key", KEY, {"operator": operator})

    def signer(self, signed: SignedReport) -> str | None:
        """Recover the key that signed a report; None where the contract would refuse to."""
        return self._signer("Report", REPORT, signed.report, signed.signature)

    def key(self, operator: str, signature: Compact) -> str | None:
        """Recover the hot key that signed that it is an operator's; None where there is none."""
        return self._signer("Key", KEY, (operator,), signature)

    def as_dict(self) -> dict[str, Any]:
        """Return what `eth_signTypedData` calls the domain."""
        return {
            "name": DOMAIN_NAME,
            "version": self.version,
            "chainId": self.chain_id,
            "verifyingContract": self.address,
        }

    def _signed(
        self, account: LocalAccount, name: str, fields: Mapping[str, str], message: dict[str, Any]
    ) -> Compact:
        kinds = {name: [{"name": field, "type": kind} for field, kind in fields.items()]}
        signed = account.sign_typed_data(self.as_dict(), kinds, message)
        return Compact(signed.r, (signed.v - 27) << 255 | signed.s)

    def _signer(
        self, name: str, fields: Mapping[str, str], values: tuple[Any, ...], signature: Compact
    ) -> str | None:
        s = signature.vs & (2**255 - 1)
        if s > HALF_ORDER:
            return None
        try:
            whole = Signature(vrs=(signature.vs >> 255, signature.r, s))
            key = whole.recover_public_key_from_msg_hash(
                digest(self.as_dict(), name, fields, values)
            )
        except (BadSignature, EncodingError, ValueError):
            return None
        return key.to_checksum_address()
