"""Signatures whose nonce a test chooses, of reports that it hashes itself.

`eth_account` takes the one nonce that a message and a key give. Whoever chooses it can sign the
same words a second time, sign thousands a second, or find the key to a signature that it wants.
"""

from __future__ import annotations

from functools import cache

from eth_abi.abi import encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from terahash.feeds.reports import Compact, Domain, Report, SignedReport
from tests.support.quorum import FEED_ID, QuorumFeed

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of the curve: what a second valid s is counted from."""
_DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_REPORT = "Report(bytes32 config,bytes32 feed,int256 value,uint64 observed_at)"


def digest(domain: Domain, report: Report) -> bytes:
    """Hash a report by the rules of EIP-712."""
    separator = keccak(
        keccak(text=_DOMAIN)
        + keccak(text="Terahash quorum feed")
        + keccak(text=domain.version)
        + encode(["uint256", "address"], [domain.chain_id, domain.address])
    )
    words = b"".join((report.config, report.feed, _word(report.value), _word(report.observed_at)))
    return keccak(b"\x19\x01" + separator + keccak(keccak(text=_REPORT) + words))


def sign(digest: bytes, key: LocalAccount, nonce: int) -> Compact:
    """Sign a hash; the signature of the two whose s is low."""
    r, parity, inverse = _point(nonce)
    s = inverse * (int.from_bytes(digest) + r * int.from_bytes(key.key)) % ORDER
    if 2 * s > ORDER:
        s, parity = ORDER - s, 1 - parity
    return Compact(r, parity << 255 | s)


def signed_with(digest: bytes, s: int, nonce: int) -> tuple[LocalAccount, Compact]:
    """Find the key of which a hash has a signature with this s; return both."""
    r, parity, _ = _point(nonce)
    secret = (nonce * s - int.from_bytes(digest)) * pow(r, -1, ORDER) % ORDER
    key: LocalAccount = Account.from_key(secret.to_bytes(32))
    return key, Compact(r, parity << 255 | s)


class QuickFeed(QuorumFeed):
    """A quorum feed whose operators sign hundreds of reports in a second."""

    nonce = 2

    def report(
        self,
        key: LocalAccount,
        value: int,
        at: int,
        feed: bytes = FEED_ID,
        config: bytes | None = None,
    ) -> SignedReport:
        report = Report(self.read("config") if config is None else config, feed, value, at)
        return SignedReport(report, sign(digest(self.domain, report), key, self.nonce))


@cache
def _point(nonce: int) -> tuple[int, int, int]:
    """Multiply the curve's generator: x, whether y is odd, and the inverse of the nonce."""
    point = PrivateKey(nonce.to_bytes(32)).public_key.to_bytes()
    return int.from_bytes(point[:32]), point[63] & 1, pow(nonce, -1, ORDER)


def _word(number: int) -> bytes:
    return (number % 2**256).to_bytes(32)
