"""HashrateToken's views: they count closed days that nobody has accrued, as the next call would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.issuing import (
    BUYER,
    FIRST_DAY,
    FOREVER,
    HOLDER,
    ISSUER,
    ONE,
    SAT,
    STRANGER,
    Issuance,
)
from tests.support.relay import refused

SELLING, RUNNING, SHORTFALL, MATURED, OVERDUE, IN_DEFAULT = range(6)
DAYS_A_CALL = 64


def _backing(issuance: Issuance) -> dict[str, Any]:
    names = ("index", "ahead", "reserve", "supply", "owed", "day", "left", "unit")
    flags = ("overdue", "short", "dead")
    return dict(zip((*names, *flags, "window"), issuance.read("backing"), strict=True))


def test_status__tokens_to_sell__selling(issuance: Issuance) -> None:
    assert issuance.read("status") == SELLING
    issuance.mint(BUYER, 9_999)
    assert issuance.read("status") == SELLING


def test_status__sold_out_or_nearly_over__running(issuance: Issuance) -> None:
    with issuance.undone():
        issuance.mint(BUYER, 10_000)
        assert issuance.read("status") == RUNNING
    issuance.pass_days(37)
    assert issuance.read("status") == SELLING
    issuance.pass_day()
    assert issuance.read("status") == RUNNING


def test_status__coverage_below_the_ratio_by_a_satoshi__shortfall(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "fund_reserve", 32_999)
    assert sold.read("status") == SHORTFALL
    sold.send(STRANGER, "fund_reserve", 1)
    assert sold.read("status") == SELLING


def test_status__term_over__matured_when_everything_is_paid(sold: Issuance) -> None:
    sold.pass_days(42)
    assert sold.read("status") == RUNNING
    sold.send(STRANGER, "accrue")
    sold.send(ISSUER, "deliver", 42 * 44_000 - 1)
    assert sold.read("status") == RUNNING
    sold.send(ISSUER, "deliver", 1)
    assert sold.read("status") == MATURED


def test_status__nothing_was_ever_sold__matured_after_the_term(issuance: Issuance) -> None:
    issuance.pass_days(42)
    assert issuance.read("status") == MATURED


def test_status__everything_paid_before_the_end__not_matured(sold: Issuance) -> None:
    sold.pass_days(41)
    sold.deliver()
    assert sold.read("status") == RUNNING


def test_status__debt_older_than_the_grace__overdue(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.chain.now += 3 * DAY
    assert sold.read("status") == SHORTFALL
    sold.chain.now += 1
    assert sold.read("status") == OVERDUE


def test_status__overdue_after_the_term__overdue(sold: Issuance) -> None:
    sold.pass_days(42)
    sold.send(STRANGER, "accrue")
    sold.chain.now += 3 * DAY + 1
    assert sold.read("status") == OVERDUE


def test_status__overdue_and_the_reserve_is_empty__default(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.pass_days(10)
    sold.send(STRANGER, "cover")
    assert sold.read("status") == IN_DEFAULT
    sold.send(STRANGER, "fund_reserve", 1)
    assert sold.read("status") == OVERDUE


def test_status__debt_nobody_accrued__is_not_overdue_however_old(sold: Issuance) -> None:
    sold.pass_day()
    sold.chain.now += 100 * DAY
    assert sold.read("status") == SHORTFALL
    assert _backing(sold)["overdue"] is False


def test_value__days_left__at_the_highest_of_three_prices(issuance: Issuance) -> None:
    assert issuance.read("value") == 42 * 44 * ONE
    issuance.pass_day(gained=60 * ONE)  # 58.8 - 5, and 55 on average
    assert issuance.read("value") == 41 * 53_800 * ONE // 1_000
    issuance.pass_day(gained=10 * ONE)  # 40 on average
    assert issuance.read("value") == 40 * 34_200 * ONE // 1_000
    issuance.pass_days(9, gained=0)  # 10.9 on average, 5.7 of it net: less than the reference
    assert issuance.read("value") == 31 * 10 * ONE
    issuance.pass_days(31)
    assert issuance.read("value") == 0


def test_value__mean__is_of_the_last_14_days(issuance: Issuance) -> None:
    issuance.pass_day(gained=120 * ONE)
    issuance.pass_days(13, gained=20 * ONE)
    mean = (120 + 13 * 20) * ONE // 14
    assert issuance.read("value") == 28 * (mean * 98 // 100 - 5 * ONE)
    issuance.pass_day(gained=20 * ONE)
    assert issuance.read("value") == 27 * (20 * ONE * 98 // 100 - 5 * ONE)


def test_value__hashprice_that_does_not_divide__rounds_down(issuance: Issuance) -> None:
    issuance.pass_day(gained=60 * ONE + 49)  # 48.02 x 10^-18 after the fee
    assert _backing(issuance)["unit"] == 53_800 * ONE // 1_000 + 48
    assert issuance.read("value") == 41 * (53_800 * ONE // 1_000 + 48)


def test_coverage__reserve_beyond_the_debt__by_the_tokens_value(sold: Issuance) -> None:
    assert sold.read("coverage") == ONE // 4
    sold.send(STRANGER, "fund_reserve", 3_000_000)
    assert sold.read("coverage") == 3_462_000 * ONE // 1_848_000
    sold.pass_day()
    assert sold.read("coverage") == 3_418_000 * ONE // 1_804_000


def test_coverage__debt_above_the_reserve__zero(sold: Issuance) -> None:
    sold.pass_days(11)
    assert sold.read("owed") == 484_000 * SAT
    assert sold.read("coverage") == 0
    sold.send(STRANGER, "fund_reserve", 22_000)
    assert sold.read("coverage") == 0
    sold.send(STRANGER, "fund_reserve", 1)
    assert sold.read("coverage") == ONE // (1_000 * 31 * 44)


def test_coverage__nothing_sold_or_term_over__no_bound(sold: Issuance) -> None:
    assert Issuance().read("coverage") == FOREVER
    sold.pass_days(42)
    assert sold.read("coverage") == FOREVER


def test_owed_and_due__closed_days_nobody_accrued__are_counted(sold: Issuance) -> None:
    sold.pass_days(2)
    assert sold.read("owed") == 88_000 * SAT
    assert sold.read("due") == 88_000 * ONE
    assert sold.read("delivered") == 0
    assert sold.read("unpaid_since") == sold.chain.now  # as the next call would find it
    sold.chain.now += 10
    sold.send(STRANGER, "accrue")
    assert sold.read("owed") == 88_000 * SAT
    sold.chain.now += 10
    assert sold.read("unpaid_since") == sold.chain.now - 10


COUNTING = (
    "status",
    "backing",
    "value",
    "coverage",
    "owed",
    "due",
    "delivered",
    "unpaid_since",
)


def test_views__more_days_behind_than_a_call_accrues__say_so() -> None:
    issuance = Issuance(last=FIRST_DAY + 202)
    issuance.mint(BUYER, 1_000)
    issuance.pass_days(DAYS_A_CALL)
    for view in COUNTING:
        issuance.read(view)
    issuance.pass_days(3)
    for view in COUNTING:
        with refused("token: accrue first"):
            issuance.read(view)
    assert issuance.read("next_day") == FIRST_DAY + 2
    issuance.send(STRANGER, "accrue")
    assert issuance.read("next_day") == FIRST_DAY + 2 + DAYS_A_CALL
    assert issuance.read("owed") == (DAYS_A_CALL + 3) * 44_000 * SAT
    assert _backing(issuance)["left"] == 200 - DAYS_A_CALL - 3


def test_delivered__gifts_and_cover__do_not_count(sold: Issuance) -> None:
    sold.send(ISSUER, "deliver", 5_000)
    assert sold.read("delivered") == sold.read("due") == 0
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.send(ISSUER, "deliver", 40_000)
    assert sold.read("delivered") == 40_000 * ONE
    sold.chain.now += 3 * DAY + 1
    sold.send(STRANGER, "cover")
    assert sold.read("delivered") == 40_000 * ONE
    sold.close()
    assert sold.deliver().logs[0][1]["amount"] == 44_000
    assert sold.read("delivered") == 84_000 * ONE
    assert sold.read("due") == 88_000 * ONE


def test_delivered__covered_and_redeemed__is_never_below_zero(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.chain.now += 3 * DAY + 1
    sold.send(STRANGER, "cover")
    sold.close()
    sold.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    assert sold.read("due") == 44_000 * ONE
    assert sold.read("delivered") == 0


def test_backing__running_issuance__says_everything_a_lender_asks(sold: Issuance) -> None:
    sold.pass_day()
    sold.deliver()
    sold.chain.now += DAY // 2
    sold.close()
    index, ahead = sold.read("index"), sold.read("stream")[0]
    assert (index, ahead) == (21_999_999_999, 21_999_999_999)
    assert _backing(sold) == {
        "index": index,
        "ahead": ahead,
        "reserve": 462_000,
        "supply": 1_000 * ONE,
        "owed": 44_000 * SAT,
        "day": FIRST_DAY + 4,
        "left": 40,
        "unit": 44 * ONE,
        "overdue": False,
        "short": True,
        "dead": False,
        "window": sold.chain.call("IndexDouble", sold.index, "window"),
    }


def test_backing__short__is_coverage_below_the_ratio(sold: Issuance) -> None:
    assert _backing(sold)["short"] is False
    sold.pass_day()
    assert _backing(sold)["short"] is True
    sold.deliver()
    assert _backing(sold)["short"] is False


def test_backing__ratio_that_does_not_divide__short_by_a_part_of_a_satoshi() -> None:
    issuance = Issuance(ratio=ONE // 3)  # 615.999999999999999384 a token: rounded up
    issuance.mint(BUYER, 1_000)
    assert issuance.read("reserve") == 616_000
    assert _backing(issuance)["short"] is False


def test_backing__overdue__from_a_second_after_the_grace(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.chain.now += 3 * DAY
    assert _backing(sold)["overdue"] is False
    sold.chain.now += 1
    assert _backing(sold)["overdue"] is True


def test_backing__dead__when_the_index_stood_still_for_30_days_of_the_term(
    sold: Issuance,
) -> None:
    sold.chain.now += 30 * DAY
    assert _backing(sold)["dead"] is False
    sold.chain.now += 1
    assert _backing(sold)["dead"] is True
    for _ in range(42):
        sold.close(seconds=1)
    assert sold.read("value") == 0
    assert _backing(sold)["dead"] is False


def test_claimable_and_earned__of_an_account_that_never_had_any__zero(sold: Issuance) -> None:
    sold.send(ISSUER, "deliver", 8_640)
    sold.chain.now += DAY
    for view in ("claimable", "earned", "claimed", "balanceOf"):
        assert sold.read(view, STRANGER) == 0
    assert sold.read("claimable", HOLDER) == 8_640


def _as_it_is(sold: Issuance) -> None:
    """The fixture."""


def _funded(sold: Issuance) -> None:
    sold.send(STRANGER, "fund_reserve", 1_000_001)


def _owing(sold: Issuance) -> None:
    sold.send(STRANGER, "fund_reserve", 3_000_000)
    sold.pass_days(3, gained=31 * ONE + 7)


def _streaming(sold: Issuance) -> None:
    sold.pass_day()
    sold.deliver()
    sold.chain.now += 12_345


def _short(sold: Issuance) -> None:
    sold.pass_day()


def _overdue(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.chain.now += 3 * DAY + 1


def _in_default(sold: Issuance) -> None:
    sold.pass_day()
    sold.send(STRANGER, "accrue")
    sold.pass_days(11)
    sold.send(STRANGER, "cover")


def _stale(sold: Issuance) -> None:
    sold.chain.now += 4 * DAY + 1


def _dead(sold: Issuance) -> None:
    sold.chain.now += 31 * DAY


def _over(sold: Issuance) -> None:
    sold.pass_days(42)


@pytest.mark.parametrize(
    "happened",
    [
        _as_it_is,
        _funded,
        _owing,
        _streaming,
        _short,
        _overdue,
        _in_default,
        _stale,
        _dead,
        _over,
    ],
)
@pytest.mark.parametrize("amount", [0, 1, ONE // 3, 77 * ONE + 13, 1_000 * ONE, 10_000 * ONE])
def test_previews__whatever_happened__equal_execution(
    sold: Issuance, happened: Callable[[Issuance], None], amount: int
) -> None:
    happened(sold)
    quoted = _outcome(lambda: sold.read("preview_mint", amount))
    with sold.undone():
        before, issuer = sold.sats(BUYER), sold.sats(ISSUER)
        minted = _outcome(lambda: sold.logged(BUYER, "mint", amount, FOREVER, BUYER)["Minted"])
        if isinstance(minted, str):
            assert quoted == minted
        else:
            paid, received = before - sold.sats(BUYER), sold.sats(ISSUER) - issuer
            assert quoted == (paid, minted["to_reserve"], minted["to_stream"], received)
            assert quoted[0] == minted["cost"]
    quoted = _outcome(lambda: sold.read("preview_redeem", amount))
    args = (HOLDER, "redeem", amount, 0, HOLDER)
    redeemed = _outcome(lambda: sold.logged(*args)["Redeemed"]["paid"])
    assert quoted == redeemed


def _outcome(call: Callable[[], Any]) -> Any:
    """What a call returns, or the reason of its revert."""
    try:
        return call()
    except ChainError as error:
        assert error.reason
        return error.reason


def test_previews__more_days_behind_than_a_call_accrues__refused() -> None:
    issuance = Issuance(last=FIRST_DAY + 202)
    issuance.mint(BUYER, 1_000, HOLDER)
    issuance.pass_days(DAYS_A_CALL + 1)
    for preview in ("preview_mint", "preview_redeem"):
        with refused("token: accrue first"):
            issuance.read(preview, ONE)
