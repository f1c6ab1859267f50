"""Reports are what EIP-712 makes of them: equal to eth_account's, and to the contract's."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from terahash import __version__
from terahash.feeds.reports import KEY, REPORT, Compact, Domain, Report, SignedReport

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
HALF_ORDER = ORDER // 2
words = st.binary(min_size=32, max_size=32)
keys = st.integers(1, ORDER - 1).map(lambda key: Account.from_key(key.to_bytes(32, "big")))
addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
domains = st.builds(Domain, st.integers(0, 2**256 - 1), addresses, st.text(max_size=8))
reports = st.builds(
    Report, words, words, st.integers(-(2**255), 2**255 - 1), st.integers(0, 2**64 - 1)
)


def digest(domain: Domain, name: str, fields: dict[str, str], message: dict[str, Any]) -> bytes:
    """Hash typed data as eth_account does."""
    kinds = {name: [{"name": field, "type": kind} for field, kind in fields.items()]}
    signable = encode_typed_data(domain.as_dict(), kinds, message)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def compact(key: LocalAccount, hashed: bytes) -> Compact:
    """Sign a hash."""
    signed = key.unsafe_sign_hash(hashed)
    return Compact(signed.r, (signed.v - 27) << 255 | signed.s)


@given(domains, reports, keys)
def test_sign__any_report__as_eth_account_hashes_it(
    domain: Domain, report: Report, key: LocalAccount
) -> None:
    signature = compact(key, digest(domain, "Report", REPORT, report._asdict()))
    assert domain.sign(key, report) == SignedReport(report, signature)
    assert domain.signer(SignedReport(report, signature)) == key.address


@given(domains, keys, addresses)
def test_sign_key__any_operator__as_eth_account_hashes_it(
    domain: Domain, key: LocalAccount, operator: str
) -> None:
    signature = compact(key, digest(domain, "Key", KEY, {"operator": operator}))
    assert domain.sign_key(key, operator) == signature
    assert domain.key(operator, signature) == key.address


@given(domains, reports, keys, st.sampled_from(Report._fields), st.integers(0, 255))
def test_signer__report_changed_by_a_bit__another_key_or_none(
    domain: Domain, report: Report, key: LocalAccount, field: str, bit: int
) -> None:
    signed = domain.sign(key, report)
    value = getattr(report, field)
    if isinstance(value, bytes):
        changed: Any = (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(32, "big")
    else:
        changed = value ^ 1 << bit % 63
    other = signed._replace(report=report._replace(**{field: changed}))
    assert domain.signer(other) != key.address


REPORTED = Report(bytes(32), bytes(32), 5, 600)


@pytest.mark.parametrize(
    ("report", "signature"),
    [
        (REPORTED, (0, 1)),
        (REPORTED, (1, 0)),
        (REPORTED, (ORDER, 1)),
        (REPORTED, (2**256, 1)),
        (REPORTED, (5, 1)),  # no point has this x
        (REPORTED, (1, HALF_ORDER + 1)),  # high s
        (REPORTED, (1, 2**255 | HALF_ORDER + 1)),
        (REPORTED._replace(value=2**255), (1, 1)),
        (REPORTED._replace(observed_at=2**64), (1, 1)),
        (REPORTED._replace(observed_at=-1), (1, 1)),
        (REPORTED._replace(config=bytes(33)), (1, 1)),
    ],
)
def test_signer__nobody_can_have_signed_it__none(
    report: Report, signature: tuple[int, int]
) -> None:
    domain = Domain(1, "0x" + "11" * 20)
    assert domain.signer(SignedReport(report, Compact(*signature))) is None


def test_signer__largest_s_that_is_not_high__somebody() -> None:
    signed = SignedReport(REPORTED, Compact(1, HALF_ORDER))
    assert Domain(1, "0x" + "11" * 20).signer(signed) is not None


def test_domain__of_another_version__another_signature() -> None:
    key: LocalAccount = Account.from_key("0x" + "42" * 32)
    domain = Domain(1, "0x" + "11" * 20)
    assert domain.version == __version__
    assert domain._replace(version="9.9.9").signer(domain.sign(key, REPORTED)) != key.address
