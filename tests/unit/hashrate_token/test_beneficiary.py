"""HashrateToken.set_beneficiary: whom an account has named is paid in its place."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, NOBODY, ONE, RICH, STRANGER, Issuance
from tests.support.relay import refused

LARGEST = "0x" + "ff" * 20


@pytest.fixture
def delivered(sold: Issuance) -> Issuance:
    """44,000 satoshi were delivered, and half of them have vested."""
    sold.pass_day()
    sold.deliver()
    sold.chain.now += DAY // 2
    return sold


def test_set_beneficiary__an_address__is_paid_and_named(delivered: Issuance) -> None:
    assert delivered.send(HOLDER, "set_beneficiary", STRANGER).logs == (
        ("BeneficiarySet", {"account": HOLDER, "beneficiary": STRANGER}),
    )
    assert delivered.read("beneficiary", HOLDER) == STRANGER
    assert delivered.read("beneficiary", BUYER) == NOBODY
    assert delivered.logged(BUYER, "claim", HOLDER)["Claimed"] == {
        "account": HOLDER,
        "receiver": STRANGER,
        "amount": 21_999,
    }
    assert (delivered.sats(STRANGER), delivered.sats(HOLDER)) == (RICH + 21_999, RICH)
    assert delivered.read("claimed", HOLDER) == 21_999
    assert delivered.read("claimed", STRANGER) == 0
    assert delivered.read("beneficiary", HOLDER) == STRANGER


def test_set_beneficiary__after_a_claim__what_was_paid_stays_paid(delivered: Issuance) -> None:
    delivered.send(HOLDER, "claim", HOLDER)
    delivered.send(HOLDER, "set_beneficiary", LARGEST)
    assert delivered.read("claimed", HOLDER) == 21_999
    assert delivered.read("claimable", HOLDER) == 0
    delivered.chain.now += DAY
    event = delivered.logged(HOLDER, "claim", HOLDER)["Claimed"]
    assert (event["receiver"].lower(), event["amount"]) == (LARGEST, 22_000)


def test_set_beneficiary__zero__is_the_account_itself_again(delivered: Issuance) -> None:
    delivered.send(HOLDER, "set_beneficiary", LARGEST)
    delivered.send(HOLDER, "set_beneficiary", STRANGER)
    assert delivered.read("beneficiary", HOLDER) == STRANGER
    logs = delivered.logged(HOLDER, "set_beneficiary", NOBODY)
    assert logs["BeneficiarySet"] == {"account": HOLDER, "beneficiary": NOBODY}
    assert delivered.read("beneficiary", HOLDER) == NOBODY
    assert delivered.logged(HOLDER, "claim", HOLDER)["Claimed"]["receiver"] == HOLDER


def test_set_beneficiary__tokens__keep_earning_for_their_holder(delivered: Issuance) -> None:
    delivered.send(HOLDER, "set_beneficiary", STRANGER)
    delivered.chain.now += DAY
    assert delivered.read("claimable", STRANGER) == 0
    assert delivered.read("claimable", HOLDER) == 43_999
    assert delivered.read("balanceOf", HOLDER) == 1_000 * ONE


def test_set_beneficiary__the_token_itself__refused(sold: Issuance) -> None:
    with refused("token: receiver cannot receive"):
        sold.send(HOLDER, "set_beneficiary", sold.address)
