"""What lenders lose, over random issuers, markets, borrowers and keepers; and what they would lose
without each of the rules.

400 worlds for each kind of vault in `make test`, 10,000 in `make test-deep`; each follows from its
seed alone.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings

from tests.support.lending_economics import World
from tests.support.lending_economics_casts import (
    CAST,
    Told,
    allowed,
    drains,
    falls_asleep,
    honest,
    hours_late,
    late,
    live,
    reserve_only,
    walks_away,
    worlds,
)
from tests.support.lending_economics_issuance import DAY_BLOCKS
from tests.support.lending_economics_models import Compared, Twins
from tests.support.lending_economics_paths import Market, fell
from tests.support.lending_economics_plans import (
    Borrower,
    Keepers,
    Plan,
    Policy,
    plain_plan,
    random_plan,
)
from tests.support.lending_economics_value import (
    CASH_COVERED,
    DELIVERY,
    PERCENT,
    Cash,
    Rules,
    Short,
)
from tests.support.shared_data import shared
from tests.support.token_model import ONE
from tests.support.value_model import HALVING_BLOCKS

LLTVS = (50 * PERCENT, 60 * PERCENT, 70 * PERCENT, 80 * PERCENT)
TOKENS = 1_000 * ONE
A_FALL = 5
"""Percent, that a hashprice fell by since a loan was valued."""
MILLION = 10**6 * ONE
"""Of satoshi."""


def is_deep() -> bool:
    return settings().max_examples >= 1_000


# What the simulation stands on


@pytest.mark.parametrize("seed", range(12))
def test_issuance__random_calls__equals_the_model_of_the_token(seed: int) -> None:
    twins = Twins(random_plan(seed))
    while not twins.is_over:
        twins.step()
    assert twins.done.total() > 10


@pytest.mark.parametrize("rules", [CASH_COVERED, DELIVERY])
def test_assess__random_worlds__as_the_model_of_the_valuations(rules: Rules) -> None:
    compared = 0
    for seed in range(60):
        plan = random_plan(seed)
        # Of block-day 1458, 48 blocks are before the halving.
        plan.chart.before = HALVING_BLOCKS % DAY_BLOCKS
        world = Compared(plan, rules)
        world.run()
        compared += world.compared
    assert compared > 300


# What lenders lose


def test_cash_covered__random_worlds__no_loan_loses() -> None:
    told = live(worlds(count=10_000 if is_deep() else 400), CASH_COVERED)
    assert not told.losing
    assert not told.done["open"], "a loan could not be liquidated"
    assert len(told.loans) > len(told.worlds)
    for happened in ("redeemed", "sold", "repaid", "released", "drained", "default", "dead"):
        assert told.done[happened] > len(told.worlds) // 50, told.done


@pytest.mark.parametrize("days", [2, 4])
def test_cash_covered__through_the_reserve_alone_and_late__no_loan_loses(days: int) -> None:
    told = live(worlds(lambda plan: reserve_only(plan, days)), CASH_COVERED)
    assert not told.losing
    assert told.done["redeemed"] > 50


def test_cash_covered__six_days_late__some_loans_lose() -> None:
    assert live(worlds(lambda plan: reserve_only(plan, 6)), CASH_COVERED).losing


@pytest.mark.parametrize("days", [10, 35, 60, 90])
def test_cash_covered__index_stands_still_and_wakes_to_worthless_days__no_loan_loses(
    days: int,
) -> None:
    told = live(worlds(lambda plan: falls_asleep(plan, days)), CASH_COVERED)
    assert not told.losing
    assert told.done["redeemed"] + told.done["sold"] > 50
    assert (told.done["dead"] > 0) == (days > 30)


def test_delivery__random_worlds__lose_what_was_uncovered_and_no_more_than_the_cap() -> None:
    count = 10_000 if is_deep() else 400
    told = Told()
    for number, lltv in enumerate(LLTVS):
        plans = (random_plan(seed) for seed in range(number, count, len(LLTVS)))
        part = live(plans, replace(DELIVERY, lltv=lltv))
        told.worlds += part.worlds
        told.done += part.done
    _check_bound(told)
    assert len(told.losing) >= count // 100
    assert len(told.loans) > count


def test_delivery__random_worlds__lose_by_default_mostly_and_else_by_what_no_value_foresees() -> (
    None
):
    """Else by a hashprice that falls faster than keepers come, or an index that stands still."""
    told = live(worlds(count=4_000 if is_deep() else 400), DELIVERY)
    others = [(world, loan) for world, loan in told.losing if not loan.is_default]
    for world, loan in others:
        has_fallen = fell(world.plan.chart, loan.valued, loan.ended, A_FALL)
        assert loan.is_dead or loan.stood_still or has_fallen, world.plan.seed
    assert len(others) < max(3, len(told.loans) // 200)


@pytest.mark.parametrize("market", list(Market)[:-1])
def test_delivery__honest_issuers__lose_lenders_nothing_but_in_a_fall(market: Market) -> None:
    told = live(worlds(honest, 1_000 if is_deep() else CAST // 2, market), DELIVERY)
    for world, loan in told.losing:
        assert fell(world.plan.chart, loan.valued, loan.ended, A_FALL), world.plan.seed
    if market in (Market.CALM, Market.RISES, Market.HALVES, Market.REAL):
        assert not told.losing
    assert len(told.losing) <= len(told.loans) // 50
    assert len(told.loans) > CAST // 2


@pytest.mark.parametrize("rules", [CASH_COVERED, DELIVERY])
def test_vault__bitcoin_s_own_history__as_in_any_other(rules: Rules) -> None:
    path = shared("retarget_vectors.csv")
    count = 3_000 if is_deep() else 300
    told = live((random_plan(seed, Market.HISTORY, path) for seed in range(count)), rules)
    if rules.is_delivery:
        _check_bound(told)
    else:
        assert not told.losing
    assert len(told.loans) > count


def _check_bound(told: Told) -> None:
    """No loan loses more than was uncovered, no vault more than its cap, plus what is allowed."""
    for world in told.worlds:
        for loan in world.loans:
            assert loan.loss <= loan.uncovered + allowed(loan, world.plan.terms), world.plan.seed
    assert not told.above_cap
    assert not told.done["open"], "a loan could not be liquidated"


# What each rule is for


def test_cash__that_redeeming_pays_now__is_withdrawn_and_loans_lose() -> None:
    old = replace(CASH_COVERED, value_by=Cash.PAID, most_by=Cash.PAID)
    told = live(worlds(), old)
    assert len(told.losing) > 0.1 * len(told.loans)
    assert told.lost > 0.05


def test_cash__that_a_dead_index_lets_redeem__is_withdrawn_when_it_wakes() -> None:
    old = replace(CASH_COVERED, dead_by=Cash.PAID)
    assert live(worlds(lambda plan: falls_asleep(plan, 60)), old).losing


def test_uncovered_debt__by_what_redeeming_pays_now__is_not_what_is_lost() -> None:
    for old in (
        replace(DELIVERY, uncovered_by=Cash.PAID),
        replace(DELIVERY, uncovered_by=Cash.PAID, most_by=Cash.PAID, value_by=Cash.PAID),
    ):
        assert len(live(worlds(walks_away), old).above_cap) > 10
    assert not live(worlds(walks_away), DELIVERY).above_cap


def test_value__at_least_what_redeeming_pays_now__loses_more_than_was_uncovered() -> None:
    old = live(worlds(count=2 * CAST), replace(DELIVERY, value_by=Cash.PAID))
    assert any(
        loan.loss > loan.uncovered + allowed(loan, world.plan.terms) for world, loan in old.losing
    )


def test_phi_and_cap__without_either__a_self_minting_issuer_takes_more() -> None:
    plan = replace(_walks_away(), cap=5 * MILLION)
    both, no_phi = _taken(plan, DELIVERY), _taken(plan, replace(DELIVERY, phi=ONE))
    endless = replace(plan, cap=10**12 * ONE)
    no_cap, neither = _taken(endless, DELIVERY), _taken(endless, replace(DELIVERY, phi=ONE))
    # It locks 24,750 satoshi for each of 1,000 tokens.
    assert both <= plan.cap >= no_phi
    assert no_cap > 2 * plan.cap
    assert neither > 2 * no_cap


def _walks_away() -> Plan:
    policy = Policy(walks=True, funds=True, withdraws=True)
    return plain_plan(policy, Borrower(1, TOKENS, is_issuer=True))


def _taken(plan: Plan, rules: Rules) -> int:
    """Say what an issuer gets beyond what it locks."""
    world = World(plan, rules).run()
    return world.taken - world.locked


def test_losses__not_counted__the_cap_is_taken_again_and_again() -> None:
    borrowers = (Borrower(day, TOKENS, is_issuer=True) for day in range(1, 50, 10))
    plan = plain_plan(Policy(walks=True, withdraws=True, returns=True), *borrowers)
    plan = replace(
        plan,
        supply=ONE,
        terms=plan.terms._replace(grace=0),
        keepers=Keepers(0, True, False),
        cap=20 * MILLION,
    )
    rules = replace(
        DELIVERY, spares_lenders=False, counts_bonus=True, covers_first=False, sells_promises=False
    )
    assert World(plan, rules).run().lost <= plan.cap
    assert World(plan, replace(rules, counts_losses=False)).run().lost > 2 * plan.cap


def test_bonus__out_of_the_lenders_pocket__is_lost_on_top_of_the_cap() -> None:
    plan = plain_plan(Policy(until=2, withdraws=True), Borrower(1, TOKENS))
    plan = replace(plan, keepers=Keepers(0, True, False), cap=5 * MILLION)
    rules = replace(DELIVERY, lltv=50 * PERCENT, covers_first=False, sells_promises=False)
    old = replace(rules, spares_lenders=False)
    for fine in (rules, replace(old, counts_bonus=True)):
        assert World(plan, fine).run().lost <= plan.cap
    assert World(plan, old).run().lost > 1.2 * plan.cap


def test_sale__before_the_reserve_has_paid_what_is_overdue__takes_healthy_loans() -> None:
    """Before that nothing to come counts, and a stranger is first at what a late issuer sold."""
    told = live(worlds(walks_away, market=Market.CALM), DELIVERY)
    rules = replace(DELIVERY, covers_first=False)
    old = live(worlds(walks_away, market=Market.CALM), rules)
    assert old.done["sold"] > 5 * told.done["sold"]
    assert old.done["repaid"] < told.done["repaid"]


def test_sale__of_what_is_owed_alone__gives_strangers_what_a_late_issuer_still_delivers() -> None:
    for market in (Market.CALM, None):
        told = live(worlds(hours_late, market=market), DELIVERY)
        assert told.done["sold"] > CAST // 20
        assert not told.losing
        old = live(worlds(hours_late, market=market), replace(DELIVERY, sells_promises=False))
        assert old.lost > 0.2


def test_shortfall__drained_by_cover__costs_lenders_by_new_loans() -> None:
    """What the reserve pays repays the loans: with the full mark alone a drain costs interest."""
    full = replace(DELIVERY, short=Short.FULL)
    told, stopped = live(worlds(drains), DELIVERY), live(worlds(drains), full)
    lending = live(worlds(drains), replace(full, lends_when_short=True))
    assert told.done["drained"] > CAST
    assert told.lost <= stopped.lost < 1.1 * told.lost
    assert lending.lost > 3 * told.lost


def test_shortfall__by_coverage__late_but_honest_issuers_cost_lenders_and_borrowers() -> None:
    """What is owed, and not late, lowers the coverage: loans are liquidated, to a low reserve."""
    redeems = {"loses_at_value": False, "waits_when_short": False}
    rules = replace(DELIVERY, lltv=50 * PERCENT, **redeems)
    told = live(worlds(late, market=Market.CALM), rules)
    assert not told.losing
    for short in (Short.BY_COVERAGE, Short.NOTHING):
        old = live(worlds(late, market=Market.CALM), replace(rules, short=short))
        assert old.losing
        assert len(old.liquidated) > 2 * len(told.liquidated)


def test_redemption__of_what_is_worth_more__loses_what_honest_issuers_would_have_paid() -> None:
    def unsold(plan: Plan) -> Plan:
        return reserve_only(honest(plan), plan.keepers.delay)

    rules = replace(DELIVERY, waits_when_short=False)
    told = live(worlds(unsold, 2 * CAST, Market.WILD), rules)
    old = live(worlds(unsold, 2 * CAST, Market.WILD), replace(rules, loses_at_value=False))
    assert told.lost < old.lost


def test_halving__not_scheduled__loans_of_honest_issuers_lose() -> None:
    told = live(worlds(honest, market=Market.HALVES), replace(DELIVERY, knows_halvings=False))
    assert told.losing


def test_halving__just_behind__is_not_in_the_means_yet() -> None:
    whole = replace(DELIVERY, phi=ONE)
    assert not live(worlds(honest, 2 * CAST, Market.HALVES), whole).losing
    old = replace(whole, reads_latest=False)
    assert live(worlds(honest, 2 * CAST, Market.HALVES), old).losing


def test_stress__after_the_cost__loans_of_honest_issuers_lose() -> None:
    told = live(worlds(honest, market=Market.FALLS), replace(DELIVERY, stresses_first=False))
    assert told.losing
