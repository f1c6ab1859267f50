"""HashrateToken.fund_reserve and withdraw_reserve: anyone fills it, the issuer takes the rest."""

from __future__ import annotations

from typing import Any

import pytest

from terahash.units import DAY
from tests.support.issuing import (
    BUYER,
    FIRST_DAY,
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

DAYS_A_CALL = 64
WORTH = 1_554_000
"""What the fixture's sale paid the issuer."""


def _withdraw(issuance: Issuance, amount: int) -> dict[str, Any]:
    """Withdraw as the issuer; return the event."""
    return issuance.logged(ISSUER, "withdraw_reserve", amount)["ReserveWithdrawn"]


def _take_all_but(issuance: Issuance, needed: int) -> None:
    """See that the issuer can leave this much in the reserve, and no less."""
    free = issuance.read("reserve") - needed
    with refused("token: reserve needed"):
        _withdraw(issuance, free + 1)
    assert _withdraw(issuance, free) == {"amount": free, "reserve": needed}


def test_fund_reserve__anyone__fills_it(sold: Issuance) -> None:
    assert sold.send(STRANGER, "fund_reserve", 1_000).logs == (
        ("ReserveFunded", {"payer": STRANGER, "amount": 1_000, "reserve": 463_000}),
        ("Transfer", {"sender": STRANGER, "receiver": sold.address, "value": 1_000}),
    )
    assert sold.read("reserve") == sold.sats(sold.address) == 463_000
    assert sold.sats(STRANGER) == RICH - 1_000


def test_fund_reserve__what_is_owed_due_and_streaming__stays_as_it_was(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.send(ISSUER, "deliver", 4_000)
    sold.chain.now += 3 * DAY + 1
    sold.send(STRANGER, "cover")
    sold.close()
    sold.send(STRANGER, "accrue")
    views = ("owed", "due", "delivered", "unpaid_since", "stream", "totalSupply", "index")
    before = [sold.read(view) for view in views]
    sold.send(STRANGER, "fund_reserve", 2**20 - 1)
    assert [sold.read(view) for view in views] == before
    assert sold.read("reserve") == 422_000 + 2**20 - 1
    assert sold.read("delivered") == 4_000 * ONE


def test_fund_reserve__nothing__refused(sold: Issuance) -> None:
    with refused("token: nothing to fund"):
        sold.send(STRANGER, "fund_reserve", 0)


def test_fund_reserve__more_than_64_bits__refused(sold: Issuance) -> None:
    sold.fund(STRANGER, 2**65)
    for amount in (2**64 - 462_000, 2**256 - 1):
        with refused("token: reserve too large"):
            sold.send(STRANGER, "fund_reserve", amount)
    sold.send(STRANGER, "fund_reserve", 2**64 - 1 - 462_000)
    assert sold.read("reserve") == 2**64 - 1
    assert sold.read("due") == 0
    with refused("token: reserve too large"):
        sold.send(STRANGER, "fund_reserve", 1)
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    assert sold.read("reserve") == 2**64 - 1


def test_fund_reserve__bitcoin_keeps_a_fee__refused(sold: Issuance) -> None:
    odd = sold.chain.deploy("OddToken", 8)
    issuance = Issuance(chain=sold.chain, btc=odd)
    sold.chain.send("OddToken", odd, "set_odd", 1, 1)
    with refused("token: bitcoin did not arrive"):
        issuance.send(ISSUER, "fund_reserve", 100)
    assert issuance.read("reserve") == 0


def test_withdraw_reserve__what_is_free__is_the_issuers(sold: Issuance) -> None:
    sold.send(STRANGER, "fund_reserve", 1_000)
    assert sold.send(ISSUER, "withdraw_reserve", 400).logs == (
        ("ReserveWithdrawn", {"amount": 400, "reserve": 462_600}),
        ("Transfer", {"sender": sold.address, "receiver": ISSUER, "value": 400}),
    )
    assert sold.read("reserve") == sold.sats(sold.address) == 462_600
    assert sold.sats(ISSUER) == RICH + WORTH + 400
    _take_all_but(sold, 462_000)


def test_withdraw_reserve__a_day_was_paid__its_part_is_free(sold: Issuance) -> None:
    sold.pass_day()
    sold.deliver()
    _take_all_but(sold, 451_000)


def test_withdraw_reserve__debt__stays_with_the_ratio(sold: Issuance) -> None:
    sold.send(STRANGER, "fund_reserve", 100_000)
    sold.pass_day()
    _take_all_but(sold, 44_000 + 451_000)
    assert sold.read("owed") == 44_000 * SAT


def test_withdraw_reserve__fractions__debt_and_ratio_are_each_rounded_up() -> None:
    issuance = Issuance(ratio=ONE // 3)
    issuance.send(BUYER, "mint", ONE + 1, FOREVER, HOLDER)
    issuance.send(STRANGER, "fund_reserve", 10_000)
    issuance.pass_day()
    _take_all_but(issuance, 45 + 602)  # of 44 and a little, and 601.33


def test_withdraw_reserve__hashprice_fell__value_is_that_of_the_last_14_days(
    sold: Issuance,
) -> None:
    sold.pass_day(gained=0)
    sold.send(STRANGER, "fund_reserve", 10_000)
    # 25 a day on average: net 19.5, more than the reference.
    _take_all_but(sold, 1_000 * 41 * 39 // 8)


def test_withdraw_reserve__hashprice_fell_for_long__value_is_the_reference(sold: Issuance) -> None:
    sold.pass_days(12, gained=0)
    _take_all_but(sold, 1_000 * 30 * 10 // 4)


def test_withdraw_reserve__debt_as_old_as_the_grace__given_and_a_second_later_refused(
    sold: Issuance,
) -> None:
    sold.send(STRANGER, "fund_reserve", 100_000)
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.chain.now += 3 * DAY
    with sold.undone():
        assert _withdraw(sold, 1)["reserve"] == 561_999
    sold.chain.now += 1
    with refused("token: overdue"):
        _withdraw(sold, 1)


def test_withdraw_reserve__index_four_days_behind__given_and_a_second_later_refused(
    sold: Issuance,
) -> None:
    sold.send(STRANGER, "fund_reserve", 100_000)
    sold.chain.now += 4 * DAY
    with sold.undone():
        assert _withdraw(sold, 1)["reserve"] == 561_999
    sold.chain.now += 1
    with refused("token: index stale"):
        _withdraw(sold, 1)


def test_withdraw_reserve__index_disputed__refused(sold: Issuance) -> None:
    sold.send(STRANGER, "fund_reserve", 100_000)
    sold.chain.send("IndexDouble", sold.index, "dispute", FIRST_DAY)
    with refused("token: index disputed"):
        _withdraw(sold, 1)


def test_withdraw_reserve__term_over__what_is_owed_stays_and_the_index_does_not_matter(
    sold: Issuance,
) -> None:
    sold.pass_days(42)
    sold.send(STRANGER, "accrue")
    sold.send(ISSUER, "deliver", 42 * 44_000 - 100)
    sold.send(STRANGER, "fund_reserve", 1)
    sold.chain.send("IndexDouble", sold.index, "dispute", FIRST_DAY)
    sold.chain.now += 3 * DAY
    with sold.undone():
        _take_all_but(sold, 100)
    sold.send(ISSUER, "deliver", 100)
    sold.chain.now += 100 * DAY
    _take_all_but(sold, 0)


def test_withdraw_reserve__no_tokens_left__everything_whatever_the_index(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    sold.chain.now += 20 * DAY
    sold.chain.send("IndexDouble", sold.index, "dispute", FIRST_DAY)
    _take_all_but(sold, 0)
    assert sold.sats(sold.address) == 0


def test_withdraw_reserve__queued_and_nobody_there_to_get_it__is_the_issuers(
    issuance: Issuance,
) -> None:
    issuance.send(STRANGER, "deliver", 1_000)
    issuance.send(STRANGER, "fund_reserve", 5)
    with issuance.undone():
        with refused("token: reserve needed"):
            _withdraw(issuance, 1_006)
        assert _withdraw(issuance, 1_005) == {"amount": 1_005, "reserve": 0}
        assert issuance.read("stream") == (0, 0, 0)
        assert issuance.sats(ISSUER) == RICH + 1_005
    assert _withdraw(issuance, 1) == {"amount": 1, "reserve": 1_004}
    assert issuance.read("reserve") == 1_004
    assert issuance.read("stream")[2] == 0


def test_withdraw_reserve__queued_for_somebody__stays(issuance: Issuance) -> None:
    issuance.send(BUYER, "mint", ONE // 2, FOREVER, HOLDER)
    issuance.send(STRANGER, "deliver", 1_000)
    with refused("token: reserve needed"):
        _withdraw(issuance, 1)
    ahead, _, queued = issuance.read("stream")
    assert ahead * ONE // 2 + queued == 1_000 * 10**27


def test_withdraw_reserve__nothing__refused(sold: Issuance) -> None:
    with refused("token: nothing to withdraw"):
        _withdraw(sold, 0)


def test_withdraw_reserve__anyone_but_the_issuer__refused(sold: Issuance) -> None:
    sold.send(HOLDER, "fund_reserve", 100)
    for actor in (HOLDER, STRANGER):
        with refused("ownable: caller is not the owner"):
            sold.send(actor, "withdraw_reserve", 1)


def test_withdraw_reserve__more_days_behind_than_a_call_accrues__refused() -> None:
    issuance = Issuance(last=FIRST_DAY + 202)
    issuance.send(STRANGER, "fund_reserve", 100)
    issuance.pass_days(DAYS_A_CALL + 1)
    with refused("token: accrue first"):
        _withdraw(issuance, 1)
    issuance.send(STRANGER, "accrue")
    assert _withdraw(issuance, 1)["reserve"] == 99


@pytest.mark.parametrize("amount", [2**64, 2**256 - 1])
def test_withdraw_reserve__absurd_amount__refused(sold: Issuance, amount: int) -> None:
    with refused("token: reserve needed"):
        _withdraw(sold, amount)


def test_withdraw_reserve__one_whole_token_on_a_dead_index__keeps_the_reserve() -> None:
    issuance = Issuance()
    issuance.mint(BUYER, 1)
    issuance.send(ISSUER, "fund_reserve", 1_000)
    issuance.chain.now += 31 * DAY
    with refused("token: index stale"):
        issuance.send(ISSUER, "withdraw_reserve", 1)
