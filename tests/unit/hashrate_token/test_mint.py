"""HashrateToken.mint: the price of the days that are left, the reserve's share, what is paid in."""

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


def _minted(issuance: Issuance, amount: int, actor: str = BUYER) -> tuple[int, int, int]:
    """Mint, and return what the event says: cost, to the reserve, to the stream."""
    event = issuance.logged(actor, "mint", amount, FOREVER, actor)["Minted"]
    return event["cost"], event["to_reserve"], event["to_stream"]


def test_mint__first_tokens__cost_the_price_and_fill_the_reserve(issuance: Issuance) -> None:
    receipt = issuance.mint(BUYER, 1_000, HOLDER)
    paid = {"sender": BUYER, "receiver": issuance.address, "value": 462_000}
    assert receipt.logs == (
        ("Transfer", {"sender": NOBODY, "receiver": HOLDER, "value": 1_000 * ONE}),
        (
            "Minted",
            {
                "buyer": BUYER,
                "receiver": HOLDER,
                "amount": 1_000 * ONE,
                "cost": 2_016_000,
                "to_reserve": 462_000,
                "to_stream": 0,
            },
        ),
        ("Transfer", paid),
        ("Transfer", {"sender": BUYER, "receiver": ISSUER, "value": 1_554_000}),
    )
    assert issuance.read("balanceOf", HOLDER) == issuance.read("totalSupply") == 1_000 * ONE
    assert issuance.read("balanceOf", BUYER) == 0
    assert issuance.read("reserve") == issuance.sats(issuance.address) == 462_000
    assert issuance.sats(BUYER) == RICH - 2_016_000
    assert issuance.sats(ISSUER) == RICH + 1_554_000


def test_mint__return__is_the_cost(issuance: Issuance) -> None:
    with issuance.chain.acting_as(BUYER):
        assert issuance.read("mint", 1_000 * ONE, FOREVER, BUYER) == 2_016_000


@pytest.mark.parametrize(
    ("amount", "cost", "to_reserve"),
    [
        (1, 1, 1),  # ... of 2,016 x 10^-18 and of 462 x 10^-18
        (ONE // 3, 672, 154),  # of 671.999... and 153.999...
        (ONE + 1, 2_017, 463),
        (ONE // 7 + 5, 289, 67),  # of 288 and 66, and a little
    ],
)
def test_mint__amounts_that_do_not_divide__round_up(
    issuance: Issuance, amount: int, cost: int, to_reserve: int
) -> None:
    assert _minted(issuance, amount) == (cost, to_reserve, 0)
    assert issuance.read("reserve") == issuance.sats(issuance.address) == to_reserve
    assert issuance.sats(ISSUER) == RICH + cost - to_reserve


def test_mint__a_fraction_of_a_satoshi_a_day__rounds_up(issuance: Issuance) -> None:
    issuance.send(ISSUER, "set_sale", 48 * ONE + 1, 10_000 * ONE)
    assert _minted(issuance, 1_000 * ONE) == (2_016_001, 462_000, 0)


def test_mint__ratio_and_unit_that_do_not_divide__reserve_rounds_up() -> None:
    issuance = Issuance(ratio=ONE // 3)  # 615.999... a token
    assert _minted(issuance, 10_000 * ONE) == (20_160_000, 6_160_000, 0)


def test_mint__days_have_passed__cost_of_those_left(issuance: Issuance) -> None:
    issuance.pass_days(12)
    assert _minted(issuance, 10 * ONE) == (48 * 30 * 10, 44 * 30 * 10 // 4, 0)


def test_mint__reserve_above_the_ratio__buyer_pays_the_same_share(sold: Issuance) -> None:
    sold.send(STRANGER, "fund_reserve", 500_000)  # 962 a token
    assert _minted(sold, 10 * ONE) == (20_160, 9_620, 0)
    assert sold.read("reserve") == 962 * 1_010


def test_mint__reserve_above_the_value__buyer_pays_the_value(sold: Issuance) -> None:
    sold.send(STRANGER, "fund_reserve", 5_000_000)
    assert _minted(sold, 10 * ONE) == (20_160, 18_480, 0)


def test_mint__reserve_that_does_not_divide_by_the_supply__rounds_up(issuance: Issuance) -> None:
    issuance.mint(BUYER, 3)
    issuance.send(STRANGER, "fund_reserve", 1_000)  # 795 1/3 a token, to 10^-18
    assert _minted(issuance, 3 * ONE) == (6_048, 2_387, 0)


def test_mint__debt__buyer_pays_it_in_and_is_owed_it(sold: Issuance) -> None:
    sold.send(STRANGER, "fund_reserve", 1_000_000)
    sold.pass_day()
    # 44,000 are owed: 1,418 of the reserve's 1,462 a token are free. 41 days are left.
    assert _minted(sold, 10 * ONE) == (19_680 + 440, 14_180 + 440, 0)
    assert sold.read("owed") == 44_440 * SAT
    assert sold.read("due") == 44_440 * ONE
    assert sold.read("reserve") == 1_476_620
    assert sold.read("delivered") == 0


def test_mint__debt_that_does_not_divide__debt_and_payment_round_up(issuance: Issuance) -> None:
    issuance.mint(BUYER, 3)
    issuance.send(STRANGER, "fund_reserve", 10_000)
    issuance.pass_day()
    issuance.send(ISSUER, "accrue")  # 132 are owed
    issuance.send(ISSUER, "deliver", 32)
    issuance.chain.now += DAY
    assert _minted(issuance, ONE) == (1_968 + 34, 1_804 + 34, 0)
    assert issuance.read("owed") == 100 * SAT + (100 * SAT + 2) // 3
    assert issuance.read("due") == 132 * ONE + 100 * ONE // 3


def test_mint__stream__buyer_pays_what_it_is_going_to_pay_the_tokens(sold: Issuance) -> None:
    sold.pass_day()
    sold.deliver()
    sold.chain.now += DAY // 2
    ahead, end, queued = sold.read("stream")
    assert ahead == 21_999_999_999  # of 22 x 10^9, half of what a token was delivered
    cost, to_reserve, to_stream = _minted(sold, 10 * ONE)
    assert (cost, to_reserve, to_stream) == (19_680 + 220, 4_620, 220)
    assert sold.read("reserve") == 466_620
    left_over = 220 * 10**27 - ahead * 10 * ONE
    assert sold.read("stream") == (ahead, end, queued + left_over)
    sold.chain.now += DAY // 2
    assert sold.read("claimable", HOLDER) == 43_999
    assert sold.read("claimable", BUYER) == 219


def test_mint__buyer__has_earned_nothing_of_earlier_days(sold: Issuance) -> None:
    sold.pass_day()
    sold.deliver()
    sold.chain.now += DAY
    sold.mint(BUYER, 1_000)
    assert sold.read("claimable", BUYER) == 0
    assert sold.read("stream")[0] == 0


def test_mint__closed_days__accrue_before_the_buyer_is_there(sold: Issuance) -> None:
    sold.send(STRANGER, "fund_reserve", 1_000_000)
    sold.pass_day()
    logs = sold.logged(BUYER, "mint", ONE, FOREVER, BUYER)
    assert logs["Accrued"] == {
        "day": FIRST_DAY + 2,
        "days": 1,
        "per_token": 44 * ONE,
        "owed": 44_000 * SAT,
    }


def test_mint__issuer_changed_hands__the_owner_is_paid(issuance: Issuance) -> None:
    issuance.send(ISSUER, "transfer_ownership", STRANGER)
    issuance.send(STRANGER, "accept_ownership")
    issuance.mint(BUYER, 1_000)
    assert issuance.sats(STRANGER) == RICH + 1_554_000
    assert issuance.sats(ISSUER) == RICH


def test_mint__price_of_the_reserve_s_share__pays_the_issuer_nothing(issuance: Issuance) -> None:
    issuance.send(ISSUER, "set_sale", 11 * ONE, 10_000 * ONE)
    receipt = issuance.mint(BUYER, 1_000)
    assert [name for name, _ in receipt.logs] == ["Transfer", "Minted", "Transfer"]
    assert issuance.read("reserve") == 462_000
    assert issuance.sats(BUYER) == RICH - 462_000


def test_mint__price_below_the_reserve_s_share__refused(issuance: Issuance) -> None:
    issuance.send(ISSUER, "set_sale", 11 * ONE - ONE // 42_000, 10_000 * ONE)  # 461,999.0001
    issuance.mint(BUYER, 1_000)
    issuance = Issuance(price=11 * ONE - ONE // 42_000 - ONE // 10**6)
    with refused("token: price below reserve"):
        issuance.mint(BUYER, 1_000)


def test_mint__nothing__refused(issuance: Issuance) -> None:
    with refused("token: nothing to mint"):
        issuance.send(BUYER, "mint", 0, FOREVER, BUYER)


def test_mint__one_satoshi_over_what_the_buyer_allows__refused(issuance: Issuance) -> None:
    with refused("token: over max cost"):
        issuance.send(BUYER, "mint", 1_000 * ONE, 2_015_999, BUYER)
    issuance.send(BUYER, "mint", 1_000 * ONE, 2_016_000, BUYER)
    assert issuance.read("totalSupply") == 1_000 * ONE


def test_mint__one_unit_above_capacity__refused(issuance: Issuance) -> None:
    issuance.mint(BUYER, 9_999)
    with refused("token: above capacity"):
        issuance.send(BUYER, "mint", ONE + 1, FOREVER, BUYER)
    issuance.mint(BUYER, 1)
    with refused("token: above capacity"):
        issuance.send(BUYER, "mint", 1, FOREVER, BUYER)


def test_mint__five_days_left__sold(issuance: Issuance) -> None:
    issuance.pass_days(37)
    assert _minted(issuance, 10 * ONE) == (48 * 5 * 10, 55 * 10, 0)


@pytest.mark.parametrize("days", [38, 42, 45])
def test_mint__four_days_left_or_fewer__refused(issuance: Issuance, days: int) -> None:
    issuance.pass_days(days)
    with refused("token: term nearly over"):
        issuance.mint(BUYER, 1)


def test_mint__known_days_are_not_sold__even_when_not_accrued(issuance: Issuance) -> None:
    issuance.pass_days(37)
    with issuance.undone():
        issuance.mint(BUYER, 1)
    issuance.close()
    with refused("token: term nearly over"):
        issuance.mint(BUYER, 1)


def test_mint__debt_as_old_as_the_grace__sold_and_a_second_later_refused(sold: Issuance) -> None:
    sold.send(STRANGER, "fund_reserve", 1_000_000)
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.chain.now += 3 * DAY
    with sold.undone():
        sold.mint(BUYER, 1)
        assert sold.read("balanceOf", BUYER) == ONE
    sold.chain.now += 1
    with refused("token: overdue"):
        sold.mint(BUYER, 1)


def test_mint__overdue_and_the_reserve_is_empty__refused_as_in_default(sold: Issuance) -> None:
    sold.send(STRANGER, "accrue")
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.pass_days(10)  # 484,000 are owed: more than the reserve
    sold.send(STRANGER, "cover")
    with refused("token: in default"):
        sold.mint(BUYER, 1)


def test_mint__index_four_days_behind__sold_and_a_second_later_refused(issuance: Issuance) -> None:
    issuance.chain.now += 4 * DAY
    with issuance.undone():
        issuance.mint(BUYER, 1)
        assert issuance.read("balanceOf", BUYER) == ONE
    issuance.chain.now += 1
    with refused("token: index stale"):
        issuance.mint(BUYER, 1)


def test_mint__index_disputed__refused(issuance: Issuance) -> None:
    issuance.chain.send("IndexDouble", issuance.index, "dispute", FIRST_DAY)
    with refused("token: index disputed"):
        issuance.mint(BUYER, 1)


def test_mint__tokens_are_worth_nothing__refused() -> None:
    issuance = Issuance(reference=0)
    issuance.pass_days(9, gained=0)  # with the first one 5 a day on average: 4.9 after the fee
    with refused("token: unit is zero"):
        issuance.mint(BUYER, 1)


def test_mint__coverage_below_the_ratio_by_a_satoshi__refused(sold: Issuance) -> None:
    sold.pass_day()  # 44,000 owed and 451,000 needed: 33,000 are missing
    sold.send(STRANGER, "fund_reserve", 32_999)
    with refused("token: coverage below ratio"):
        sold.mint(BUYER, 1)
    sold.send(STRANGER, "fund_reserve", 1)
    assert _minted(sold, ONE) == (1_968 + 44, 451 + 44, 0)


def test_mint__more_days_behind_than_a_call_accrues__refused() -> None:
    issuance = Issuance(last=FIRST_DAY + 202)
    issuance.pass_days(DAYS_A_CALL)
    with issuance.undone():
        issuance.mint(BUYER, 1)
        assert issuance.read("balanceOf", BUYER) == ONE
    issuance.pass_day()
    with refused("token: accrue first"):
        issuance.mint(BUYER, 1)
    issuance.send(STRANGER, "accrue")
    issuance.mint(BUYER, 1)
    assert issuance.read("balanceOf", BUYER) == ONE


def test_mint__to_nobody_or_to_the_token__refused(issuance: Issuance) -> None:
    for receiver in (NOBODY, issuance.address):
        with refused("token: receiver cannot receive"):
            issuance.mint(BUYER, 1, receiver)


def test_mint__more_than_the_reserve_can_count__refused() -> None:
    largest = 10**9 * ONE
    terms = {"ratio": ONE, "reference": largest, "last": FIRST_DAY + 1_502}
    issuance = Issuance(price=largest, capacity=10**8 * ONE, **terms)
    issuance.fund(BUYER, 2**66)
    tokens = 2**64 // (1_500 * 10**9)
    with refused("token: reserve too large"):
        issuance.mint(BUYER, tokens + 1)
    issuance.mint(BUYER, tokens)
    assert issuance.read("reserve") == tokens * 1_500 * 10**9
