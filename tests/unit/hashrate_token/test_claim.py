"""HashrateToken.claim: an account is paid what it has earned, whoever asks."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, FOREVER, HOLDER, ISSUER, ONE, RICH, STRANGER, Issuance
from tests.support.relay import refused


@pytest.fixture
def delivered(sold: Issuance) -> Issuance:
    """44,000 satoshi were delivered to 1,000 tokens and have vested, but for 2 x 10^-6."""
    sold.pass_day()
    sold.deliver()
    sold.chain.now += DAY
    return sold


def test_claim__what_has_vested__is_paid_in_whole_satoshi(delivered: Issuance) -> None:
    assert delivered.read("claimable", HOLDER) == 43_999
    assert delivered.send(HOLDER, "claim", HOLDER).logs == (
        ("Claimed", {"account": HOLDER, "receiver": HOLDER, "amount": 43_999}),
        ("Transfer", {"sender": delivered.address, "receiver": HOLDER, "value": 43_999}),
    )
    assert delivered.sats(HOLDER) == RICH + 43_999
    assert delivered.sats(delivered.address) == 462_001
    assert delivered.read("claimed", HOLDER) == 43_999
    assert delivered.read("claimable", HOLDER) == 0
    assert delivered.read("reserve") == 462_000


def test_claim__return__is_what_was_paid(delivered: Issuance) -> None:
    with delivered.chain.acting_as(STRANGER):
        assert delivered.read("claim", HOLDER) == 43_999
        assert delivered.read("claim", HOLDER) == 0


def test_claim__anyone_asks__the_account_is_paid(delivered: Issuance) -> None:
    event = delivered.logged(STRANGER, "claim", HOLDER)["Claimed"]
    assert event == {"account": HOLDER, "receiver": HOLDER, "amount": 43_999}
    assert (delivered.sats(HOLDER), delivered.sats(STRANGER)) == (RICH + 43_999, RICH)


def test_claim__nothing_to_pay__changes_nothing(delivered: Issuance) -> None:
    delivered.send(HOLDER, "claim", HOLDER)
    for account in (HOLDER, STRANGER):
        assert delivered.send(HOLDER, "claim", account).logs == ()
    assert delivered.sats(HOLDER) == RICH + 43_999


def test_claim__half_a_day_later__pays_half(sold: Issuance) -> None:
    sold.pass_day()
    sold.deliver()
    sold.chain.now += DAY // 2
    assert sold.logged(HOLDER, "claim", HOLDER)["Claimed"]["amount"] == 21_999
    sold.chain.now += DAY // 2
    assert sold.logged(HOLDER, "claim", HOLDER)["Claimed"]["amount"] == 22_000
    assert sold.read("claimed", HOLDER) == 43_999


def test_claim__what_a_division_left_over__comes_with_the_next_delivery(
    delivered: Issuance,
) -> None:
    for day in (2, 3, 4):
        delivered.pass_day()
        delivered.deliver()
        delivered.chain.now += DAY
        assert delivered.read("claimable", HOLDER) == day * 44_000 - 1


def test_claim__earned__is_for_life_and_claimed_what_of_it_was_paid(delivered: Issuance) -> None:
    earned = delivered.read("earned", HOLDER)
    assert earned == (43_999_999_998 * 1_000 * ONE << 32) // 10**27
    delivered.send(HOLDER, "claim", HOLDER)
    assert delivered.read("earned", HOLDER) == earned
    delivered.send(HOLDER, "transfer", STRANGER, 1_000 * ONE)
    assert delivered.read("earned", HOLDER) == earned
    assert delivered.read("claimed", HOLDER) == 43_999
    assert delivered.read("claimable", HOLDER) == 0


def test_claim__tokens_were_sent_on__each_side_gets_its_time(sold: Issuance) -> None:
    sold.pass_day()
    sold.deliver()
    sold.chain.now += DAY // 4
    sold.send(HOLDER, "transfer", STRANGER, 600 * ONE)
    sold.chain.now += DAY
    assert sold.logged(HOLDER, "claim", HOLDER)["Claimed"]["amount"] == 11_000 + 13_200 - 1
    assert sold.logged(HOLDER, "claim", STRANGER)["Claimed"]["amount"] == 19_800 - 1


def test_claim__bitcoin_does_not_move__refused_and_nothing_is_lost(sold: Issuance) -> None:
    odd = sold.chain.deploy("OddToken", 8)
    issuance = Issuance(chain=sold.chain, btc=odd)
    issuance.send(BUYER, "mint", ONE, FOREVER, HOLDER)
    issuance.send(ISSUER, "deliver", 100_000)
    issuance.chain.now += DAY
    sold.chain.send("OddToken", odd, "set_odd", 0, 0)
    with refused("token: bitcoin transfer failed"):
        issuance.send(HOLDER, "claim", HOLDER)
    sold.chain.send("OddToken", odd, "set_odd", 0, 1)
    assert issuance.logged(HOLDER, "claim", HOLDER)["Claimed"]["amount"] == 99_999
