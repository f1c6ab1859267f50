"""HashrateToken.deliver: what is owed is credited, the rest is a gift, and all of it streams."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import (
    BUYER,
    FOREVER,
    HOLDER,
    ISSUER,
    ONE,
    RICH,
    SAT,
    STRANGER,
    Issuance,
)
from tests.support.relay import refused

A_DAY_AT_TOP_SPEED = 371_085
"""Satoshi that a token can earn in a day."""


@pytest.fixture
def owing(sold: Issuance) -> Issuance:
    """The term's first day is accrued: 44,000 satoshi are owed to 1,000 tokens."""
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    return sold


def test_deliver__part_of_the_debt__is_credited_and_streams_over_a_day(owing: Issuance) -> None:
    receipt = owing.send(ISSUER, "deliver", 8_640)
    assert receipt.logs == (
        ("Delivered", {"payer": ISSUER, "amount": 8_640, "owed": 35_360 * SAT}),
        ("Transfer", {"sender": ISSUER, "receiver": owing.address, "value": 8_640}),
    )
    assert owing.read("owed") == 35_360 * SAT
    assert owing.read("due") == 44_000 * ONE
    assert owing.read("delivered") == 8_640 * ONE
    assert owing.read("reserve") == 462_000
    assert owing.sats(ISSUER) == RICH + 1_554_000 - 8_640
    assert owing.sats(owing.address) == 462_000 + 8_640
    assert owing.read("stream")[1] == owing.chain.now + DAY
    paid_at = owing.chain.now
    for seconds, earned in (
        (0, 0),
        (10, 1),
        (50, 5),
        (DAY // 2, 4_320),
        (DAY, 8_640),
        (DAY + 9, 8_640),
    ):
        owing.chain.now = paid_at + seconds
        assert 0 <= (earned << 32) - owing.read("earned", HOLDER) <= 1 << 17


def test_deliver__everything__pays_what_is_owed_and_clears_it(owing: Issuance) -> None:
    with owing.chain.acting_as(ISSUER):
        assert owing.read("deliver", FOREVER) == 44_000
    assert owing.read("owed") == owing.read("unpaid_since") == 0
    assert owing.read("due") == owing.read("delivered") == 44_000 * ONE
    assert owing.sats(owing.address) == 462_000 + 44_000


def test_deliver__everything_of_a_fraction__pays_it_rounded_up(issuance: Issuance) -> None:
    issuance.send(BUYER, "mint", ONE + 1, FOREVER, HOLDER)
    issuance.pass_day()
    event = issuance.deliver().logs[0][1]
    assert event == {"payer": ISSUER, "amount": 45, "owed": 0}
    assert issuance.read("due") == issuance.read("delivered") == 44 * ONE + 44


def test_deliver__everything__is_what_was_accrued(sold: Issuance) -> None:
    sold.pass_day()
    with refused("token: nothing to deliver"):
        sold.send(ISSUER, "deliver", FOREVER)
    sold.send(STRANGER, "accrue")
    sold.pass_day()
    assert sold.logged(ISSUER, "deliver", FOREVER)["Delivered"]["amount"] == 44_000


def test_deliver__anyone__pays_and_is_named(owing: Issuance) -> None:
    event = owing.logged(STRANGER, "deliver", 44_000)["Delivered"]
    assert event == {"payer": STRANGER, "amount": 44_000, "owed": 0}
    assert owing.sats(STRANGER) == RICH - 44_000


def test_deliver__nothing__refused(owing: Issuance) -> None:
    with refused("token: nothing to deliver"):
        owing.send(ISSUER, "deliver", 0)


def test_deliver__a_satoshi_short__leaves_the_debt_as_old_as_it_was(owing: Issuance) -> None:
    since = owing.chain.now
    owing.chain.now += 1_000
    owing.send(ISSUER, "deliver", 43_999)
    assert owing.read("owed") == SAT
    assert owing.read("unpaid_since") == since
    owing.send(ISSUER, "deliver", 1)
    assert owing.read("unpaid_since") == 0


def test_deliver__debt_after_one_was_paid__is_new(owing: Issuance) -> None:
    owing.deliver()
    owing.pass_day()
    owing.chain.now += 77
    owing.send(STRANGER, "accrue")
    assert owing.read("unpaid_since") == owing.chain.now


def test_deliver__more_than_is_owed__reduces_no_later_debt(owing: Issuance) -> None:
    event = owing.logged(ISSUER, "deliver", 88_000)["Delivered"]
    assert event == {"payer": ISSUER, "amount": 88_000, "owed": 0}
    assert owing.read("delivered") == 44_000 * ONE
    owing.pass_day()
    owing.send(STRANGER, "accrue")
    assert owing.read("owed") == 44_000 * SAT
    assert owing.read("due") == 88_000 * ONE
    assert owing.read("claimable", HOLDER) == 87_999


@pytest.mark.parametrize("owed", [0, 44_000])
def test_deliver__gift_of_more_than_a_day_can_pay__the_rest_is_queued(
    sold: Issuance, owed: int
) -> None:
    if owed:
        sold.pass_day()
        sold.send(STRANGER, "accrue")
    sold.send(ISSUER, "deliver", owed + 10**9)
    assert sold.read("owed") == 0
    assert sold.sats(sold.address) == 462_000 + owed + 10**9
    sold.chain.now += DAY
    assert sold.read("claimable", HOLDER) // 1_000 == A_DAY_AT_TOP_SPEED
    held = sold.sats(sold.address) - sold.read("reserve")
    assert held - 1 <= sold.read("claimable", HOLDER) + sold.read("stream")[2] // 10**27 <= held


def test_deliver__more_than_64_bits__refused(owing: Issuance) -> None:
    with refused("token: amount too large"):
        owing.send(ISSUER, "deliver", 2**64)
    with refused("erc20: transfer amount exceeds balance"):
        owing.send(ISSUER, "deliver", 2**64 - 1)


def test_deliver__a_debt_beyond_all_that_is_mined__is_credited_and_paid_in_turn(
    issuance: Issuance,
) -> None:
    issuance.mint(BUYER, 1, HOLDER)
    issuance.pass_day(gained=20 * 10**9 * ONE)  # 184 BTC would fill a token's index
    issuance.send(STRANGER, "accrue")
    issuance.send(ISSUER, "deliver", FOREVER)
    assert issuance.read("owed") == 0
    issuance.chain.now += DAY
    assert issuance.read("claimable", HOLDER) == A_DAY_AT_TOP_SPEED
    issuance.send(HOLDER, "transfer", BUYER, ONE)
    assert issuance.read("balanceOf", BUYER) == ONE


def test_deliver__days_not_accrued_or_index_stale__no_matter(owing: Issuance) -> None:
    owing.pass_days(70)
    owing.chain.now += 40 * DAY
    owing.chain.send("IndexDouble", owing.index, "dispute", 1)
    assert owing.logged(ISSUER, "deliver", 44_000)["Delivered"]["owed"] == 0


def test_deliver__bitcoin_keeps_a_fee__refused(sold: Issuance) -> None:
    odd = sold.chain.deploy("OddToken", 8)
    issuance = Issuance(chain=sold.chain, btc=odd)
    issuance.send(ISSUER, "deliver", 100)
    sold.chain.send("OddToken", odd, "set_odd", 1, 1)
    with refused("token: bitcoin did not arrive"):
        issuance.send(ISSUER, "deliver", 100)
    assert issuance.sats(issuance.address) == 100


def test_deliver__bitcoin_does_not_move__refused(sold: Issuance) -> None:
    odd = sold.chain.deploy("OddToken", 8)
    issuance = Issuance(chain=sold.chain, btc=odd)
    sold.chain.send("OddToken", odd, "set_odd", 0, 0)
    with refused("token: bitcoin transfer failed"):
        issuance.send(ISSUER, "deliver", 100)
    sold.chain.send("OddToken", odd, "set_odd", 0, 2)  # says nothing, as an old token does
    issuance.send(ISSUER, "deliver", 100)
    assert issuance.sats(issuance.address) == 100
