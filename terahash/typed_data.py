"""Hashes of typed data (EIP-712), for whoever recomputes what a contract hashes.

Keys sign by `eth_account`, which takes half a second to import; a hash alone does not need it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Of secp256k1: a signature whose s is above it has a twin below, and counts for none."""
_DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def domain_separator(domain: Mapping[str, Any]) -> bytes:
    """Hash a domain of four fields: name, version, chainId and verifyingContract; 32 bytes."""
    texts = (_DOMAIN, domain["name"], domain["version"])
    return keccak(
        encode(
            ["bytes32", "bytes32", "bytes32", "uint256", "address"],
            [
                *(keccak(text=text) for text in texts),
                domain["chainId"],
                domain["verifyingContract"],
            ],
        )
    )


def digest(
    domain: Mapping[str, Any], name: str, fields: Mapping[str, str], values: Sequence[Any]
) -> bytes:
    """Hash a message of plain fields as a key signs it; 32 bytes.

    Args:
        domain: as in `domain_separator`.
        name: of the message's type.
        fields: their types by name, in order; none of text, of bytes without end or of structs.
        values: in the same order.

    Raises:
        EncodingError: when a value is none of its type.
    """
    kind = ",".join(f"{kind} {field}" for field, kind in fields.items())
    struct = keccak(keccak(text=f"{name}({kind})") + encode(list(fields.values()), values))
    return keccak(b"\x19\x01" + domain_separator(domain) + struct)
