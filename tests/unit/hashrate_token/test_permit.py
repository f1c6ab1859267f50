"""HashrateToken's permits, and those for the bitcoin token with which it mints and delivers."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from tests.support.issuing import BUYER, FOREVER, HOLDER, ISSUER, NOBODY, ONE, RICH, Issuance
from tests.support.relay import refused

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of the curve: what a second valid s is counted from."""
SIGNER: LocalAccount = Account.from_key(b"\1" * 32)
OTHER: LocalAccount = Account.from_key(b"\2" * 32)
BITCOIN = "Wrapped bitcoin double"
PERMIT = ("owner", "address"), ("spender", "address"), ("value", "uint256")
REST = ("nonce", "uint256"), ("deadline", "uint256")
TYPES = {"Permit": [{"name": name, "type": kind} for name, kind in PERMIT + REST]}
Signature = tuple[int, bytes, bytes]


def _signed(
    issuance: Issuance,
    spender: str,
    value: int,
    deadline: int,
    nonce: int = 0,
    signer: LocalAccount = SIGNER,
    name: str = "Hashrate",
    contract: str | None = None,
    **domain: Any,
) -> Signature:
    """Sign a permit of SIGNER's; by another account or for another domain where it says so."""
    fields = {
        "name": name,
        "version": "1",
        "chainId": 1,
        "verifyingContract": contract or issuance.address,
        **domain,
    }
    message = {
        "owner": SIGNER.address,
        "spender": spender,
        "value": value,
        "nonce": nonce,
        "deadline": deadline,
    }
    signed = signer.sign_typed_data(fields, TYPES, message)
    return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


def _permit(issuance: Issuance, value: int, deadline: int, signature: Signature) -> Any:
    return issuance.send(BUYER, "permit", SIGNER.address, HOLDER, value, deadline, *signature)


@pytest.fixture
def paying(issuance: Issuance) -> Issuance:
    """SIGNER has bitcoin and has allowed nobody to take it."""
    issuance.chain.send("BitcoinDouble", issuance.btc, "mint", SIGNER.address, RICH)
    return issuance


def _for_bitcoin(issuance: Issuance, value: int, **changes: Any) -> tuple[Any, ...]:
    """Sign what allows the issuance to take satoshi: deadline and signature."""
    deadline = issuance.chain.now
    where = {"name": BITCOIN, "contract": issuance.btc}
    return deadline, *_signed(issuance, issuance.address, value, deadline, **where, **changes)


def _allowance(issuance: Issuance) -> int:
    args = (SIGNER.address, issuance.address)
    return int(issuance.chain.call("BitcoinDouble", issuance.btc, "allowance", *args))


def test_permit__signed_by_its_owner__allows_and_counts(issuance: Issuance) -> None:
    deadline = issuance.chain.now
    receipt = _permit(issuance, 7, deadline, _signed(issuance, HOLDER, 7, deadline))
    assert receipt.logs == (("Approval", {"owner": SIGNER.address, "spender": HOLDER, "value": 7}),)
    assert issuance.read("allowance", SIGNER.address, HOLDER) == 7
    assert issuance.read("nonces", SIGNER.address) == 1
    _permit(issuance, 9, deadline, _signed(issuance, HOLDER, 9, deadline, nonce=1))
    assert issuance.read("allowance", SIGNER.address, HOLDER) == 9
    assert issuance.read("nonces", SIGNER.address) == 2
    assert issuance.read("nonces", HOLDER) == 0


def test_permit__a_second_after_its_deadline__refused(issuance: Issuance) -> None:
    deadline = issuance.chain.now
    signature = _signed(issuance, HOLDER, 7, deadline)
    issuance.chain.now += 1
    with refused("token: permit expired"):
        _permit(issuance, 7, deadline, signature)


@pytest.mark.parametrize(
    "changes",
    [
        {"signer": OTHER},
        {"nonce": 1},
        {"value": 8},
        {"spender": BUYER},
        {"deadline": FOREVER},
        {"name": "HASH"},
        {"version": "2"},
        {"chainId": 2},
        {"contract": HOLDER},
    ],
)
def test_permit__signed_by_or_for_another__refused(
    issuance: Issuance, changes: dict[str, Any]
) -> None:
    deadline = issuance.chain.now
    signed = {"spender": HOLDER, "value": 7, "deadline": deadline} | changes
    with refused("token: not the owner's permit"):
        _permit(issuance, 7, deadline, _signed(issuance, **signed))
    assert issuance.read("nonces", SIGNER.address) == 0


def test_permit__used_before__refused(issuance: Issuance) -> None:
    signature = _signed(issuance, HOLDER, 7, FOREVER)
    _permit(issuance, 7, FOREVER, signature)
    with refused("token: not the owner's permit"):
        _permit(issuance, 7, FOREVER, signature)


def test_permit__signature_of_nobodys__refused(issuance: Issuance) -> None:
    for owner in (NOBODY, SIGNER.address):
        with refused("ecdsa: invalid signature"):
            issuance.send(BUYER, "permit", owner, HOLDER, 7, FOREVER, 26, b"\1" * 32, b"\1" * 32)
    assert issuance.read("allowance", NOBODY, HOLDER) == 0


def test_permit__other_signature_of_the_same__refused(issuance: Issuance) -> None:
    v, r, s = _signed(issuance, HOLDER, 7, FOREVER)
    high = (ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    with refused("ecdsa: invalid signature `s` value"):
        _permit(issuance, 7, FOREVER, (55 - v, r, high))


def test_domain__separator_and_fields__are_those_that_wallets_sign(issuance: Issuance) -> None:
    assert issuance.read("eip712Domain") == (
        b"\x0f",
        "Hashrate",
        "1",
        1,
        issuance.address,
        bytes(32),
        [],
    )
    domain = {
        "name": "Hashrate",
        "version": "1",
        "chainId": 1,
        "verifyingContract": issuance.address,
    }
    message = dict.fromkeys(("value", "nonce", "deadline"), 0) | dict.fromkeys(
        ("owner", "spender"), NOBODY
    )
    separator = encode_typed_data(domain, TYPES, message).header
    assert issuance.read("DOMAIN_SEPARATOR") == separator


def test_mint_with_permit__no_allowance_before__buys_in_one_call(paying: Issuance) -> None:
    args = (1_000 * ONE, 2_016_000, HOLDER, *_for_bitcoin(paying, 2_016_000))
    event = paying.logged(SIGNER.address, "mint_with_permit", *args)["Minted"]
    assert event == {
        "buyer": SIGNER.address,
        "receiver": HOLDER,
        "amount": 1_000 * ONE,
        "cost": 2_016_000,
        "to_reserve": 462_000,
        "to_stream": 0,
    }
    assert paying.sats(SIGNER.address) == RICH - 2_016_000
    assert _allowance(paying) == 0


def test_mint_with_permit__return__is_the_cost(paying: Issuance) -> None:
    args = (ONE, 2_016, HOLDER, *_for_bitcoin(paying, 2_016))
    with paying.chain.acting_as(SIGNER.address):
        assert paying.read("mint_with_permit", *args) == 2_016


def test_mint_with_permit__somebody_used_the_permit_before__buys_as_well(
    paying: Issuance,
) -> None:
    signed = _for_bitcoin(paying, 2_016)
    paying.chain.send(
        "BitcoinDouble", paying.btc, "permit", SIGNER.address, paying.address, 2_016, *signed
    )
    paying.send(SIGNER.address, "mint_with_permit", ONE, 2_016, HOLDER, *signed)
    assert paying.read("balanceOf", HOLDER) == ONE


def test_mint_with_permit__permit_is_not_the_callers__refused(paying: Issuance) -> None:
    for signed in (_for_bitcoin(paying, 2_016, signer=OTHER), _for_bitcoin(paying, 2_015)):
        with refused("erc20: insufficient allowance"):
            paying.send(SIGNER.address, "mint_with_permit", ONE, 2_016, HOLDER, *signed)
    paying.chain.send("BitcoinDouble", paying.btc, "mint", OTHER.address, RICH)
    with refused("erc20: insufficient allowance"):
        signed = _for_bitcoin(paying, 2_016)
        paying.send(OTHER.address, "mint_with_permit", ONE, 2_016, OTHER.address, *signed)
    assert paying.sats(SIGNER.address) == RICH


def test_mint_with_permit__over_max_cost__refused(paying: Issuance) -> None:
    with refused("token: over max cost"):
        signed = _for_bitcoin(paying, 2_015)
        paying.send(SIGNER.address, "mint_with_permit", ONE, 2_015, HOLDER, *signed)


def test_deliver_with_permit__no_allowance_before__delivers_in_one_call(paying: Issuance) -> None:
    args = (1_000, 1_500, *_for_bitcoin(paying, 1_500))
    event = paying.logged(SIGNER.address, "deliver_with_permit", *args)["Delivered"]
    assert event == {"payer": SIGNER.address, "amount": 1_000, "owed": 0}
    assert paying.sats(SIGNER.address) == RICH - 1_000
    assert _allowance(paying) == 500


def test_deliver_with_permit__everything_that_is_owed__is_paid_and_returned(
    paying: Issuance,
) -> None:
    paying.mint(BUYER, 1_000)
    paying.pass_day()
    paying.send(ISSUER, "accrue")
    args = (FOREVER, FOREVER, *_for_bitcoin(paying, FOREVER))
    with paying.chain.acting_as(SIGNER.address):
        assert paying.read("deliver_with_permit", *args) == 44_000
    assert paying.read("owed") == 0


def test_deliver_with_permit__permit_of_less__refused(paying: Issuance) -> None:
    with refused("erc20: insufficient allowance"):
        signed = _for_bitcoin(paying, 999)
        paying.send(SIGNER.address, "deliver_with_permit", 1_000, 999, *signed)


def test_mint_with_permit__bitcoin_without_permits__pays_from_an_allowance(
    issuance: Issuance,
) -> None:
    odd = issuance.chain.deploy("OddToken", 8)
    other = Issuance(chain=issuance.chain, btc=odd)
    other.send(BUYER, "mint_with_permit", ONE, FOREVER, HOLDER, 0, 0, bytes(32), bytes(32))
    assert other.read("balanceOf", HOLDER) == ONE


def test_mint__issuer_is_not_paid__refused(issuance: Issuance) -> None:
    """The first payment of a mint moves, and from then on the bitcoin token says false."""
    chain = issuance.chain
    odd = chain.deploy("OddToken", 8)
    other = Issuance(chain=chain, btc=odd)
    _, refuse = chain._codec.calldata("OddToken", "set_odd", (0, 0))
    _, hook = chain._codec.calldata("OddToken", "set_hook", (odd, refuse))
    chain.send("OddToken", odd, "set_hook", odd, hook)
    with refused("token: bitcoin transfer failed"):
        other.mint(BUYER, 1)
    chain.send("OddToken", odd, "set_hook", odd, hook)
    other.send(BUYER, "mint", 1, FOREVER, BUYER)  # for which the issuer gets nothing
    assert other.read("reserve") == 1
