"""HashrateToken as an ERC-20: balances and allowances, and what was earned stays where it was."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, FOREVER, HOLDER, ISSUER, NOBODY, ONE, STRANGER, Issuance
from tests.support.relay import refused

SUPPLY = 1_000 * ONE


@pytest.fixture
def earning(sold: Issuance) -> Issuance:
    """44,000 satoshi stream to the holder's 1,000 tokens; a quarter has vested."""
    sold.pass_day()
    sold.deliver()
    sold.chain.now += DAY // 4
    return sold


def _is(issuance: Issuance, function: str, *args: object) -> bool:
    """Call as the holder, and return what is answered."""
    with issuance.chain.acting_as(HOLDER):
        answer = issuance.read(function, *args)
    assert isinstance(answer, bool)
    return answer


def test_transfer__tokens__move_and_an_event_says_so(sold: Issuance) -> None:
    assert sold.send(HOLDER, "transfer", STRANGER, 400 * ONE + 1).logs == (
        ("Transfer", {"sender": HOLDER, "receiver": STRANGER, "value": 400 * ONE + 1}),
    )
    assert sold.read("balanceOf", HOLDER) == 600 * ONE - 1
    assert sold.read("balanceOf", STRANGER) == 400 * ONE + 1
    assert sold.read("totalSupply") == SUPPLY


def test_transfer__and_the_others__answer_true(sold: Issuance) -> None:
    assert _is(sold, "transfer", STRANGER, 1) is True
    assert _is(sold, "approve", HOLDER, 1) is True
    assert _is(sold, "transferFrom", HOLDER, STRANGER, 1) is True


def test_transfer__everything_or_nothing__both_move(sold: Issuance) -> None:
    for amount in (0, SUPPLY):
        event = sold.logged(HOLDER, "transfer", STRANGER, amount)["Transfer"]
        assert event["value"] == sold.read("balanceOf", STRANGER) == amount
    assert sold.read("balanceOf", HOLDER) == 0


def test_transfer__more_than_the_balance__refused(sold: Issuance) -> None:
    sold.send(BUYER, "mint", ONE, FOREVER, STRANGER)
    for amount in (SUPPLY + 1, 2**96, 2**256 - 1):
        with refused("token: insufficient balance"):
            sold.send(HOLDER, "transfer", STRANGER, amount)
    with refused("token: insufficient balance"):
        sold.send(BUYER, "transfer", STRANGER, 1)


def test_transfer__to_nobody_or_to_the_token__refused(sold: Issuance) -> None:
    for receiver in (NOBODY, sold.address):
        with refused("token: receiver cannot receive"):
            sold.send(HOLDER, "transfer", receiver, ONE)
        sold.send(HOLDER, "approve", STRANGER, ONE)
        with refused("token: receiver cannot receive"):
            sold.send(STRANGER, "transferFrom", HOLDER, receiver, ONE)


def test_transfer__running_stream__each_earns_for_its_time(earning: Issuance) -> None:
    earned = earning.read("earned", HOLDER)
    assert 0 <= (11_000 << 32) - earned <= 1 << 17
    before = earning.read("stream")
    earning.send(HOLDER, "transfer", STRANGER, 250 * ONE)
    assert earning.read("earned", HOLDER) == earned
    assert earning.read("earned", STRANGER) == 0
    assert earning.read("stream") == before
    earning.chain.now += DAY
    assert 0 <= (11_000 + 24_750 << 32) - earning.read("earned", HOLDER) <= 1 << 17
    assert 0 <= (8_250 << 32) - earning.read("earned", STRANGER) <= 1 << 17


def test_transfer__to_oneself__changes_nothing(earning: Issuance) -> None:
    earned = earning.read("earned", HOLDER)
    earning.send(HOLDER, "transfer", HOLDER, 700 * ONE)
    assert earning.read("balanceOf", HOLDER) == SUPPLY
    assert earning.read("earned", HOLDER) == earned
    with refused("token: insufficient balance"):
        earning.send(HOLDER, "transfer", HOLDER, SUPPLY + 1)


def test_transfer__fraction_of_a_satoshi__is_cut_to_its_32nd_bit(earning: Issuance) -> None:
    earning.send(HOLDER, "transfer", STRANGER, 250 * ONE + 12_345)
    for _ in range(5):
        earning.chain.now += 1
        exact = earning.read("index") * earning.read("balanceOf", STRANGER)
        earning.send(BUYER, "transferFrom", STRANGER, HOLDER, 0)
        assert earning.read("earned", STRANGER) <= (exact << 32) // 10**27
    start = 10_999_999_999 * (250 * ONE + 12_345)
    exact = earning.read("index") * (250 * ONE + 12_345) - start
    assert 0 <= (exact << 32) // 10**27 - earning.read("earned", STRANGER) <= 5


def test_approve__allowance__is_set_and_replaced(sold: Issuance) -> None:
    for amount in (5, 7, 0, FOREVER):
        assert sold.send(HOLDER, "approve", STRANGER, amount).logs == (
            ("Approval", {"owner": HOLDER, "spender": STRANGER, "value": amount}),
        )
        assert sold.read("allowance", HOLDER, STRANGER) == amount
    assert sold.read("allowance", STRANGER, HOLDER) == 0


def test_transfer_from__allowance__is_used_up(sold: Issuance) -> None:
    sold.send(HOLDER, "approve", STRANGER, 10 * ONE)
    assert sold.send(STRANGER, "transferFrom", HOLDER, BUYER, 4 * ONE).logs == (
        ("Approval", {"owner": HOLDER, "spender": STRANGER, "value": 6 * ONE}),
        ("Transfer", {"sender": HOLDER, "receiver": BUYER, "value": 4 * ONE}),
    )
    assert sold.read("allowance", HOLDER, STRANGER) == 6 * ONE
    assert sold.read("balanceOf", BUYER) == 4 * ONE
    with refused("token: insufficient allowance"):
        sold.send(STRANGER, "transferFrom", HOLDER, BUYER, 6 * ONE + 1)
    sold.send(STRANGER, "transferFrom", HOLDER, BUYER, 6 * ONE)
    assert sold.read("allowance", HOLDER, STRANGER) == 0


def test_transfer_from__endless_allowance__is_not_used_up(sold: Issuance) -> None:
    sold.send(HOLDER, "approve", STRANGER, FOREVER)
    assert sold.send(STRANGER, "transferFrom", HOLDER, BUYER, ONE).logs == (
        ("Transfer", {"sender": HOLDER, "receiver": BUYER, "value": ONE}),
    )
    assert sold.read("allowance", HOLDER, STRANGER) == FOREVER
    sold.send(HOLDER, "approve", STRANGER, FOREVER - 1)
    sold.send(STRANGER, "transferFrom", HOLDER, BUYER, ONE)
    assert sold.read("allowance", HOLDER, STRANGER) == FOREVER - 1 - ONE


def test_transfer_from__no_allowance__not_even_by_the_owner(sold: Issuance) -> None:
    for actor in (STRANGER, HOLDER):
        with refused("token: insufficient allowance"):
            sold.send(actor, "transferFrom", HOLDER, BUYER, 1)


def test_transfer_from__allowance_above_the_balance__refused(sold: Issuance) -> None:
    sold.send(HOLDER, "approve", STRANGER, FOREVER)
    with refused("token: insufficient balance"):
        sold.send(STRANGER, "transferFrom", HOLDER, BUYER, SUPPLY + 1)


@pytest.mark.parametrize(
    ("interface", "supported"),
    [
        ("01ffc9a7", True),  # ERC-165
        ("36372b07", True),  # ERC-20
        ("a219a025", True),  # its name, symbol and decimals
        ("9d8ff7da", True),  # ERC-2612
        ("84b0196e", True),  # ERC-5267
        ("ffffffff", False),
        ("80ac58cd", False),  # ERC-721
    ],
)
def test_supports_interface__ids__of_what_is_there(
    issuance: Issuance, interface: str, supported: bool
) -> None:
    assert issuance.read("supportsInterface", bytes.fromhex(interface)) is supported


def test_total_supply__mint_and_redeem__is_what_is_there(sold: Issuance) -> None:
    sold.mint(BUYER, 5, STRANGER)
    sold.send(HOLDER, "redeem", 2 * ONE, 0, HOLDER)
    assert sold.read("totalSupply") == 1_003 * ONE
    assert sold.read("balanceOf", ISSUER) == 0
