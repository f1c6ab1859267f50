"""HashrateToken's issuer: handed over in two steps, so that it never goes to nobody."""

from __future__ import annotations

from tests.support.issuing import BUYER, ISSUER, NOBODY, ONE, STRANGER, Issuance
from tests.support.relay import refused


def test_transfer_ownership__accepted__everything_is_the_new_issuers(sold: Issuance) -> None:
    sold.send(BUYER, "fund_reserve", 100)
    assert sold.send(ISSUER, "transfer_ownership", STRANGER).logs == (
        ("OwnershipTransferStarted", {"previous_owner": ISSUER, "new_owner": STRANGER}),
    )
    assert (sold.read("owner"), sold.read("pending_owner")) == (ISSUER, STRANGER)
    assert sold.send(STRANGER, "accept_ownership").logs == (
        ("OwnershipTransferred", {"previous_owner": ISSUER, "new_owner": STRANGER}),
    )
    assert (sold.read("owner"), sold.read("pending_owner")) == (STRANGER, NOBODY)
    sold.send(STRANGER, "set_sale", ONE, ONE)
    sold.send(STRANGER, "withdraw_reserve", 100)
    for function, args in (("set_sale", (0, 0)), ("withdraw_reserve", (1,))):
        with refused("ownable: caller is not the owner"):
            sold.send(ISSUER, function, *args)


def test_transfer_ownership__not_accepted__changes_nothing(issuance: Issuance) -> None:
    issuance.send(ISSUER, "transfer_ownership", STRANGER)
    with refused("ownable: caller is not the owner"):
        issuance.send(STRANGER, "set_sale", 0, 0)
    issuance.send(ISSUER, "set_sale", ONE, ONE)
    issuance.send(ISSUER, "transfer_ownership", NOBODY)
    with refused("ownable_2step: caller is not the new owner"):
        issuance.send(STRANGER, "accept_ownership")
    assert issuance.read("owner") == ISSUER


def test_transfer_ownership__anyone_but_the_issuer__refused(issuance: Issuance) -> None:
    with refused("ownable: caller is not the owner"):
        issuance.send(STRANGER, "transfer_ownership", STRANGER)


def test_accept_ownership__anyone_but_whom_it_was_offered__refused(issuance: Issuance) -> None:
    issuance.send(ISSUER, "transfer_ownership", STRANGER)
    with refused("ownable_2step: caller is not the new owner"):
        issuance.send(BUYER, "accept_ownership")


def test_renounce_ownership__is_not_offered(issuance: Issuance) -> None:
    abi = issuance.chain._codec.contract("HashrateToken").members("function")
    assert "renounce_ownership" not in {function["name"] for function in abi}
