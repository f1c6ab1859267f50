"""HashrateToken.redeem: tokens for their part of the reserve, and nothing from those who stay."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import (
    BUYER,
    FIRST_DAY,
    FOREVER,
    HOLDER,
    ISSUER,
    NOBODY,
    ONE,
    RICH,
    SAT,
    STRANGER,
    Issuance,
)
from tests.support.relay import refused

DAYS_A_CALL = 64


def _redeem(issuance: Issuance, amount: int, least: int = 0) -> int:
    """Redeem tokens of the holder's; return what the event says was paid."""
    event = issuance.logged(HOLDER, "redeem", amount, least, HOLDER)["Redeemed"]
    paid: int = event["paid"]
    return paid


def test_redeem__part_of_the_tokens__pays_their_part_of_the_reserve_less_the_fee(
    sold: Issuance,
) -> None:
    receipt = sold.send(HOLDER, "redeem", 100 * ONE, 0, STRANGER)
    assert receipt.logs == (
        ("Transfer", {"sender": HOLDER, "receiver": NOBODY, "value": 100 * ONE}),
        (
            "Redeemed",
            {"holder": HOLDER, "receiver": STRANGER, "amount": 100 * ONE, "paid": 45_738},
        ),
        ("Transfer", {"sender": sold.address, "receiver": STRANGER, "value": 45_738}),
    )
    assert sold.read("reserve") == sold.sats(sold.address) == 462_000 - 45_738
    assert sold.read("balanceOf", HOLDER) == sold.read("totalSupply") == 900 * ONE
    assert sold.sats(STRANGER) == RICH + 45_738
    assert sold.sats(HOLDER) == RICH


def test_redeem__return__is_what_was_paid(sold: Issuance) -> None:
    with sold.chain.acting_as(HOLDER):
        assert sold.read("redeem", 100 * ONE, 0, HOLDER) == 45_738


@pytest.mark.parametrize(
    ("amount", "paid"),
    [
        (ONE // 3, 152),  # of 152.459...
        (ONE // 7, 65),  # of 65.34
        (ONE // 457, 1),  # of 1.0008
        (100 * ONE + 1, 45_738),
        (100 * ONE - 1, 45_737),
    ],
)
def test_redeem__amounts_that_do_not_divide__round_down(
    sold: Issuance, amount: int, paid: int
) -> None:
    assert _redeem(sold, amount) == paid
    assert sold.read("reserve") == 462_000 - paid


def test_redeem__reserve_above_the_value__pays_the_value_less_the_fee(sold: Issuance) -> None:
    sold.send(STRANGER, "fund_reserve", 2_000_000)
    assert _redeem(sold, 100 * ONE) == 182_952  # 99 % of 1,848
    assert sold.read("reserve") == 2_462_000 - 182_952


def test_redeem__debt__is_paid_with_the_value_and_falls_by_the_tokens_part(sold: Issuance) -> None:
    sold.send(STRANGER, "fund_reserve", 2_000_000)
    sold.pass_day()
    receipt = sold.send(HOLDER, "redeem", 100 * ONE, 0, HOLDER)
    assert receipt.logs[0] == (
        "Accrued",
        {"day": FIRST_DAY + 2, "days": 1, "per_token": 44 * ONE, "owed": 44_000 * SAT},
    )
    assert dict(receipt.logs)["Redeemed"]["paid"] == 182_952  # 99 % of 44 + 1,804
    assert sold.read("owed") == 39_600 * SAT
    assert sold.read("due") == 39_600 * ONE
    assert sold.read("delivered") == 0


def test_redeem__debt_and_reserve_below_value__pays_a_part_of_the_reserve(sold: Issuance) -> None:
    sold.pass_day()
    assert _redeem(sold, 100 * ONE) == 45_738
    assert sold.read("owed") == 39_600 * SAT


def test_redeem__debt_that_does_not_divide__what_is_forgiven_rounds_down(
    issuance: Issuance,
) -> None:
    issuance.mint(BUYER, 3, HOLDER)
    issuance.pass_day()
    issuance.send(STRANGER, "accrue")
    issuance.send(ISSUER, "deliver", 32)
    _redeem(issuance, ONE)
    assert issuance.read("owed") == 100 * SAT - 100 * SAT // 3
    assert issuance.read("due") == 132 * ONE - 100 * ONE // 3
    assert issuance.read("delivered") == issuance.read("due") - 66 * ONE - 2 * ONE // 3


def test_redeem__everything__takes_the_whole_debt_away(sold: Issuance) -> None:
    sold.pass_day()
    assert _redeem(sold, 1_000 * ONE) == 457_380
    for view in ("totalSupply", "owed", "due", "delivered", "unpaid_since"):
        assert sold.read(view) == 0
    assert sold.read("reserve") == 4_620


def test_redeem__one_satoshi_more_than_is_paid__refused(sold: Issuance) -> None:
    with refused("token: under min paid"):
        _redeem(sold, 100 * ONE, least=45_739)
    assert _redeem(sold, 100 * ONE, least=45_738) == 45_738


def test_redeem__more_than_exists_or_than_the_caller_has__refused(sold: Issuance) -> None:
    sold.send(HOLDER, "transfer", STRANGER, ONE)
    with refused("token: above supply"):
        _redeem(sold, 1_000 * ONE + 1)
    with refused("token: insufficient balance"):
        _redeem(sold, 999 * ONE + 1)
    assert _redeem(sold, 999 * ONE) == 456_922


def test_redeem__nothing_or_too_little_for_a_satoshi__refused(sold: Issuance) -> None:
    for amount in (0, 1, ONE // 458):
        with refused("token: nothing to redeem"):
            _redeem(sold, amount)


def test_redeem__nothing_sold__refused(issuance: Issuance) -> None:
    with refused("token: nothing to redeem"):
        _redeem(issuance, 0)
    with refused("token: above supply"):
        _redeem(issuance, 1)


def test_redeem__empty_reserve__refused(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.pass_days(11)
    sold.send(STRANGER, "cover")
    with refused("token: nothing to redeem"):
        _redeem(sold, 1_000 * ONE)


def test_redeem__to_nobody_or_to_the_token__refused(sold: Issuance) -> None:
    for receiver in (NOBODY, sold.address):
        with refused("token: receiver cannot receive"):
            sold.send(HOLDER, "redeem", ONE, 0, receiver)


def test_redeem__index_dead__pays_a_part_of_the_reserve_without_cap_and_fee(
    sold: Issuance,
) -> None:
    sold.send(STRANGER, "fund_reserve", 2_000_000)
    sold.chain.now += 30 * DAY
    with sold.undone():
        assert _redeem(sold, 100 * ONE) == 182_952
    sold.chain.now += 1
    assert _redeem(sold, 100 * ONE) == 246_200
    assert _redeem(sold, 900 * ONE) == 9 * 246_200
    assert sold.read("reserve") == 0


def test_redeem__term_over_and_index_dead__pays_what_is_owed_and_no_more(sold: Issuance) -> None:
    sold.pass_days(42)
    sold.send(STRANGER, "accrue")
    sold.send(STRANGER, "deliver", 44_000 * 41)
    sold.chain.now += 60 * DAY
    assert _redeem(sold, 100 * ONE) == 4_356  # 99 % of 44
    sold.deliver()
    with refused("token: nothing to redeem"):
        _redeem(sold, 100 * ONE)


def test_redeem__index_stale_or_disputed_or_debt_overdue__pays(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.chain.now += 20 * DAY
    sold.chain.send("IndexDouble", sold.index, "dispute", FIRST_DAY)
    assert _redeem(sold, 100 * ONE) == 45_738


def test_redeem__what_was_earned__stays_the_holders(sold: Issuance) -> None:
    sold.pass_day()
    sold.deliver()
    sold.chain.now += DAY
    _redeem(sold, 1_000 * ONE)
    assert sold.read("claimable", HOLDER) == 43_999
    assert sold.logged(HOLDER, "claim", HOLDER)["Claimed"]["amount"] == 43_999


def test_redeem__what_has_not_vested__stays_with_the_others(sold: Issuance) -> None:
    sold.send(HOLDER, "transfer", STRANGER, 500 * ONE)
    sold.pass_day()
    sold.deliver()
    sold.chain.now += DAY // 2
    _redeem(sold, 500 * ONE)
    assert sold.read("claimable", HOLDER) == 10_999
    sold.chain.now += DAY // 2
    assert sold.read("claimable", HOLDER) == 10_999
    assert sold.read("claimable", STRANGER) == 32_999


def test_redeem__last_holder__gets_what_has_not_vested_too(sold: Issuance) -> None:
    sold.pass_day()
    sold.deliver()
    _redeem(sold, 1_000 * ONE)
    # Less the part of a satoshi that did not divide, which waits.
    assert sold.read("claimable", HOLDER) == 43_999
    left, end, queued = sold.read("stream")
    assert (left, end) == (0, 0)
    assert queued < 10**27


def test_redeem__more_days_behind_than_a_call_accrues__refused() -> None:
    issuance = Issuance(last=FIRST_DAY + 202)
    issuance.mint(BUYER, 1_000, HOLDER)
    issuance.pass_days(DAYS_A_CALL + 1)
    with refused("token: accrue first"):
        _redeem(issuance, ONE)
    issuance.send(STRANGER, "accrue")
    assert _redeem(issuance, 1_000 * ONE) == issuance.sats(HOLDER) - RICH


def test_redeem__bitcoin_does_not_move__refused(sold: Issuance) -> None:
    odd = sold.chain.deploy("OddToken", 8)
    issuance = Issuance(chain=sold.chain, btc=odd)
    issuance.send(BUYER, "mint", ONE, FOREVER, HOLDER)
    sold.chain.send("OddToken", odd, "set_odd", 0, 0)
    with refused("token: bitcoin transfer failed"):
        _redeem(issuance, ONE)
    sold.chain.send("OddToken", odd, "set_odd", 0, 2)
    assert _redeem(issuance, ONE) == 457
