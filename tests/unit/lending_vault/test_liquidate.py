"""LendingVault.liquidate: tokens for a debt that they no longer secure, at a discount.

A token costs a liquidator 97 % of its value, 1 / 1.0309 at a liquidation LTV of 90 %, where the
tokens bring the debt with that discount; else less of it, as much as the borrower has to give.
"""

from __future__ import annotations

from typing import Any

import pytest

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.issuing import STRANGER
from tests.support.lending import (
    BORROWER,
    EXACT,
    FIXED,
    FOREVER,
    GUARDIAN,
    LENDER,
    LIQUIDATOR,
    ONE,
    SECOND_BORROWER,
    THIRD_BORROWER,
    Lending,
    Loan,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused
from tests.unit.lending_vault.conftest import FREE

INCENTIVE = ONE * ONE // (ONE - 3 * (ONE // 10) // 10)


def _price(value: int) -> int:
    """Say what a liquidator pays for a token at the full discount, satoshi x 10^18."""
    return value * ONE // INCENTIVE


def _liquidate(
    lending: Lending, paid: int = 0, seized: int = 0, limit: int | None = None
) -> tuple[int, int]:
    """Liquidate without a limit, unless there is one; return what was paid and seized."""
    unlimited = 0 if paid else FOREVER
    arguments = (BORROWER, paid, seized, unlimited if limit is None else limit, THIRD_BORROWER)
    event = lending.logged(LIQUIDATOR, "liquidate", *arguments)["Liquidated"]
    return event["paid"], event["seized"]


def _everything(lending: Lending) -> tuple[Any, ...]:
    accounts = (LENDER, BORROWER, LIQUIDATOR, THIRD_BORROWER, lending.address)
    return (
        lending.pool(),
        lending.loan(),
        lending.read("uncovered", BORROWER),
        *((lending.sats(each), lending.tokens(each)) for each in accounts),
    )


def test_liquidate__part_of_the_debt__takes_tokens_at_a_discount(borrowed: Lending) -> None:
    borrowed.set_worth(850 * ONE)
    seized = 10_000 * EXACT // _price(850 * ONE)
    assert 12_128 <= seized // 10**15 <= 12_129  # of 824.5 satoshi each
    before = borrowed.sats(LIQUIDATOR)
    assert borrowed.asked(LIQUIDATOR, "liquidate", BORROWER, 10_000, 0, 0, LIQUIDATOR) == (
        10_000,
        seized,
    )
    receipt = borrowed.send(LIQUIDATOR, "liquidate", BORROWER, 10_000, 0, 0, THIRD_BORROWER)
    assert receipt.logs == (
        (
            "Liquidated",
            {
                "borrower": BORROWER,
                "liquidator": LIQUIDATOR,
                "paid": 10_000,
                "seized": seized,
                "bad_debt": 0,
            },
        ),
        ("Transfer", {"sender": LIQUIDATOR, "receiver": borrowed.address, "value": 10_000}),
        ("Transfer", {"sender": borrowed.address, "receiver": THIRD_BORROWER, "value": seized}),
    )
    assert borrowed.sats(LIQUIDATOR) == before - 10_000
    assert borrowed.tokens(THIRD_BORROWER) == seized
    assert borrowed.debt() == 70_000 * FIXED
    assert borrowed.loan().collateral == 100 * ONE - seized
    assert borrowed.pool().cash == 930_000 * FIXED
    assert borrowed.read("totalAssets") == 10**6


@pytest.mark.parametrize(
    ("lltv", "incentive"),
    [
        (9 * ONE // 10, 1_030_927_835_051_546_391),
        (8 * ONE // 10, 1_063_829_787_234_042_553),
        (7 * ONE // 10, 1_098_901_098_901_098_901),
        (6 * ONE // 10, 1_136_363_636_363_636_363),
        (ONE // 2, 115 * ONE // 100),
        (ONE // 10, 115 * ONE // 100),
    ],
)
def test_liquidate__incentive__grows_with_the_margin_up_to_fifteen_percent(
    lltv: int, incentive: int
) -> None:
    lending = Lending("double", lltv=lltv, **FREE)
    lending.set_worth(1_000_000 * ONE)
    lending.lend(10**6)
    lending.post(1)
    lending.borrow(50_000)
    value = 50_000 * incentive + ONE  # it just brings the debt
    lending.set_worth(value)
    _, seized = _liquidate(lending, paid=1_000)
    assert seized == 1_000 * EXACT // (value * ONE // incentive)


@pytest.mark.parametrize(
    ("value", "price"),
    [
        (825 * ONE, _price(825 * ONE)),  # 800.25
        (824 * ONE, 800 * ONE),
        (810 * ONE, 800 * ONE),
        (800 * ONE, 792 * ONE),
        (500 * ONE, 495 * ONE),
        (99 * ONE, 9_801 * ONE // 100),
    ],
)
def test_liquidate__discount__is_the_borrowers_to_give(
    borrowed: Lending, value: int, price: int
) -> None:
    """Of 100 tokens and a debt of 80,000: 800 a token bring it, and the rest is the discount."""
    borrowed.set_worth(value)
    for paid in (1, 7_777):
        with borrowed.undone():
            assert _liquidate(borrowed, paid=paid) == (paid, paid * EXACT // price)
    paid, seized = _liquidate(borrowed, paid=FOREVER)
    assert (paid, seized) == (
        min(80_000, -(-100 * price // ONE)),
        min(100 * ONE, 80_000 * EXACT // price),
    )


def test_liquidate__at_the_threshold__is_healthy_and_a_unit_below_not(borrowed: Lending) -> None:
    """80,000 are 90 % of 100 tokens of 888.88..., rounded up."""
    threshold = -(-80_000 * ONE // 90)
    calls: list[tuple[str, tuple[Any, ...]]] = [
        ("liquidate", (BORROWER, *amounts, LIQUIDATOR))
        for amounts in ((1, 0, 0), (FOREVER, 0, 0), (0, 1, FOREVER), (0, 100 * ONE, FOREVER))
    ]
    calls += [("liquidate_to_reserve", (BORROWER, LIQUIDATOR))]
    # Who owes nothing, whatever its tokens are worth.
    calls += [("liquidate", (SECOND_BORROWER, 1, 0, 0, LIQUIDATOR))]
    calls += [("liquidate_to_reserve", (SECOND_BORROWER, LIQUIDATOR))]
    for value in (threshold, threshold + 1, 1_000 * ONE):
        borrowed.set_worth(value)
        for function, arguments in calls:
            with refused("vault: loan is healthy"):
                borrowed.send(LIQUIDATOR, function, *arguments)
    borrowed.set_worth(threshold - 2)
    assert _liquidate(borrowed, paid=1)[0] == 1


def test_liquidate__at_the_threshold__exactly_by_a_unit_of_debt(lent: Lending) -> None:
    """100 tokens of 1,000 secure 90,000 satoshi, and 2^-32 of one more is too much."""
    lent.post(100)
    lent.borrow(88_200)
    lent.set_worth(980 * ONE)
    with lent.undone(), pytest.raises(ChainError, match="loan is healthy"):
        _liquidate(lent, paid=1)
    lent.set_worth(980 * ONE - 1)
    assert _liquidate(lent, paid=1)[0] == 1


@pytest.mark.parametrize("value", [880 * ONE, 850 * ONE, 123_456_789 * ONE // 10**6])
@pytest.mark.parametrize("paid", [1, 777, 10_000, 33_333])
def test_liquidate__by_debt_and_by_collateral__are_the_same(
    borrowed: Lending, value: int, paid: int
) -> None:
    borrowed.set_worth(value, 0)
    ends = []
    with borrowed.undone():
        one = _liquidate(borrowed, paid=paid)
        ends.append(_everything(borrowed))
    with borrowed.undone():
        other = _liquidate(borrowed, seized=one[1])
        ends.append(_everything(borrowed))
    assert one == other
    assert ends[0] == ends[1] != _everything(borrowed)


def test_liquidate__everything__in_both_modes_the_same(borrowed: Lending) -> None:
    borrowed.set_worth(880 * ONE)
    ends = []
    for paid, seized in ((80_000, 0), (80_001, 0), (FOREVER, 0), (0, 100 * ONE), (0, FOREVER)):
        with borrowed.undone():
            result = _liquidate(borrowed, paid, seized)
            ends.append((result, _everything(borrowed)))
    assert {end == ends[0] for end in ends} == {True}
    assert ends[0][0] == (80_000, 80_000 * EXACT // _price(880 * ONE))


def test_liquidate__more_than_the_tokens_pay__takes_all_and_the_rest_is_bad(
    borrowed: Lending,
) -> None:
    borrowed.set_worth(500 * ONE)
    paid = 49_500
    ends = []
    for amounts in ((FOREVER, 0), (paid, 0), (0, 100 * ONE), (0, FOREVER)):
        with borrowed.undone():
            result = _liquidate(borrowed, *amounts)
            ends.append((result, _everything(borrowed)))
    assert {end == ends[0] for end in ends} == {True}
    arguments = (BORROWER, FOREVER, 0, 0, THIRD_BORROWER)
    event = borrowed.logged(LIQUIDATOR, "liquidate", *arguments)["Liquidated"]
    assert (event["paid"], event["seized"]) == (paid, 100 * ONE)
    assert event["bad_debt"] == (80_000 - paid) * FIXED
    assert borrowed.loan() == Loan(0, 0, 0, borrowed.issuance.read("index"))
    assert borrowed.pool().scaled == 0
    assert borrowed.read("totalAssets") == 920_000 + paid


def test_liquidate__down_to_bad_debt__step_by_step_costs_lenders_no_more(
    borrowed: Lending,
) -> None:
    """Each step rounds what is paid up, so that lenders lose no more than at once."""
    borrowed.set_worth(500 * ONE)
    with borrowed.undone():
        _liquidate(borrowed, paid=FOREVER)
        once = borrowed.pool().assets
    while borrowed.loan().collateral != 0:
        _liquidate(borrowed, seized=7 * ONE + 7)
    assert once <= borrowed.pool().assets <= once + 15 * FIXED
    assert borrowed.loan().scaled == 0


def test_liquidate__bad_debt__is_borne_by_all_lenders_alike(borrowed: Lending) -> None:
    borrowed.lend(10**6, STRANGER)
    borrowed.set_worth(500 * ONE)
    paid, _ = _liquidate(borrowed, paid=FOREVER)
    lost = 80_000 - paid
    assert lost == 30_500
    for lender in (LENDER, STRANGER):
        worth = borrowed.read("convertToAssets", borrowed.shares(lender))
        assert worth == 10**6 - lost // 2


@pytest.mark.parametrize("front_run", ["repay", "by debt", "by collateral", "post"])
def test_liquidate__dust_before_it__does_not_stop_it(borrowed: Lending, front_run: str) -> None:
    """Amounts are the most that is taken: an attempt for the whole is done for the rest."""
    borrowed.set_worth(880 * ONE)
    whole = 80_000 * EXACT // _price(880 * ONE)
    if front_run == "repay":
        borrowed.send(BORROWER, "repay", 1, BORROWER)
    elif front_run == "post":
        borrowed.issuance.mint(BORROWER, 1)
        borrowed.send(BORROWER, "post", 1, BORROWER)
    else:
        amounts = (1, 0) if front_run == "by debt" else (0, 1)
        borrowed.send(BORROWER, "liquidate", BORROWER, *amounts, amounts[1] * 9, BORROWER)
    for paid, seized in ((80_000, 0), (0, whole)):
        with borrowed.undone():
            assert _liquidate(borrowed, paid, seized)[0] in (79_999, 80_000)
            assert borrowed.loan().scaled == 0


def test_liquidate__borrower__receives_nothing_that_it_could_block(borrowed: Lending) -> None:
    """What it still has is there for it to fetch."""
    borrowed.set_worth(880 * ONE)
    receipt = borrowed.send(LIQUIDATOR, "liquidate", BORROWER, FOREVER, 0, 0, LIQUIDATOR)
    moves = [move for name, move in receipt.logs if name == "Transfer"]
    assert len(moves) == 2
    assert BORROWER not in {end for move in moves for end in (move["sender"], move["receiver"])}
    borrowed.send(BORROWER, "close", BORROWER, BORROWER)
    assert borrowed.tokens(BORROWER) == 100 * ONE - 80_000 * EXACT // _price(880 * ONE)


def test_liquidate__rewards_not_credited_yet__count_first(borrowed: Lending) -> None:
    """A loan that rewards have made healthy is so, before anyone has told the vault."""
    borrowed.set_worth(880 * ONE)
    pass_rewarded_day(borrowed)
    with borrowed.undone(), pytest.raises(ChainError, match="loan is healthy"):
        _liquidate(borrowed, paid=1)
    borrowed.set_worth(800 * ONE)
    arguments = (BORROWER, FOREVER, 0, 0, LIQUIDATOR)
    logs = borrowed.logged(LIQUIDATOR, "liquidate", *arguments)
    assert 4_399 * FIXED < logs["Credited"]["amount"] <= 4_400 * FIXED
    assert logs["Liquidated"]["paid"] == 75_601
    assert borrowed.loan().scaled == 0


def test_liquidate__rewards_not_credited_yet__reduce_the_bad_debt(borrowed: Lending) -> None:
    borrowed.set_worth(500 * ONE)
    with borrowed.undone():
        paid, _ = _liquidate(borrowed, paid=FOREVER)
        worse = borrowed.pool().assets
    pass_rewarded_day(borrowed)
    assert _liquidate(borrowed, paid=FOREVER) == (paid, 100 * ONE)
    gained = borrowed.pool().assets - worse
    assert 4_399 * FIXED < gained <= 4_400 * FIXED


def test_liquidate__interest__counts(costly: Lending) -> None:
    costly.set_worth(982 * ONE)  # 882,000 of 883,800
    with costly.undone(), pytest.raises(ChainError, match="loan is healthy"):
        _liquidate(costly, paid=1)
    costly.chain.now += 60 * DAY
    debt = costly.debt()
    assert debt > 883_800 * FIXED
    paid, seized = _liquidate(costly, paid=FOREVER)
    assert paid == -(-debt // FIXED)
    assert seized == paid * EXACT // _price(982 * ONE)


def test_liquidate__tokens_that_are_sold_for_more_than_their_value__cost_that(
    borrowed: Lending,
) -> None:
    """What redemption pays, or what is owed to them: else a liquidator would be given it."""
    borrowed.set_worth(400 * ONE, 850 * ONE)
    assert _liquidate(borrowed, paid=10_000) == (10_000, 10_000 * EXACT // _price(850 * ONE))
    borrowed.chain.send("ValueDouble", borrowed.valuation, "set_price", 2_000 * ONE)
    assert _liquidate(borrowed, paid=10_000) == (10_000, 10_000 * EXACT // _price(2_000 * ONE))


def test_liquidate__limit__is_of_what_is_got_or_of_what_is_paid(borrowed: Lending) -> None:
    borrowed.set_worth(880 * ONE)
    seized = 1_000 * EXACT // _price(880 * ONE)
    for amounts in ((1_000, 0, seized + 1), (0, seized, 999), (1_000, 0, FOREVER), (0, 1, 0)):
        with refused("vault: outside limit"):
            _liquidate(borrowed, *amounts)
    for amounts in ((1_000, 0, seized), (0, seized, 1_000)):
        with borrowed.undone():
            assert _liquidate(borrowed, *amounts) == (1_000, seized)


def test_liquidate__both_or_neither_amount__refused(borrowed: Lending) -> None:
    borrowed.set_worth(500 * ONE)
    for paid, seized in ((0, 0), (1, 1), (FOREVER, FOREVER)):
        with refused("vault: debt or collateral"):
            _liquidate(borrowed, paid, seized)


def test_liquidate__tokens_worth_nothing__refused(borrowed: Lending) -> None:
    """Nobody gives anything for them: the vault keeps them, `liquidate_to_reserve`."""
    for value in (0, 1):  # of which 97 % are none
        borrowed.set_worth(value)
        for paid, seized in ((1, 0), (0, 1), (FOREVER, 0)):
            with refused("vault: collateral worthless"):
                _liquidate(borrowed, paid, seized)


def test_liquidate__valuation_does_not_answer__refused_in_its_words(borrowed: Lending) -> None:
    borrowed.set_worth(500 * ONE)
    borrowed.set_standing(is_refused=True)
    with refused("value: index stale"):
        _liquidate(borrowed, paid=1)
    borrowed.set_standing(is_stopped=True, is_pending=True)
    borrowed.send(GUARDIAN, "stop", True, True)
    assert _liquidate(borrowed, paid=1)[0] == 1


def test_liquidate__by_the_borrower_itself__is_as_by_any_other(borrowed: Lending) -> None:
    borrowed.set_worth(880 * ONE)
    ends = []
    for actor in (BORROWER, STRANGER, LENDER):
        with borrowed.undone():
            borrowed.send(actor, "liquidate", BORROWER, 7_000, 0, 0, THIRD_BORROWER)
            ends.append((borrowed.loan(), borrowed.pool(), borrowed.tokens(THIRD_BORROWER)))
    assert ends[0] == ends[1] == ends[2]


def test_liquidate__last_part_of_a_satoshi__is_the_lenders(costly: Lending) -> None:
    costly.chain.now += DAY
    costly.set_worth(975 * ONE)
    debt, assets = costly.debt(), costly.pool().assets
    paid, _ = _liquidate(costly, paid=FOREVER)
    assert paid == debt // FIXED + 1
    assert costly.loan().scaled == costly.loan().credit == 0
    assert assets < costly.pool().assets < assets + FIXED
