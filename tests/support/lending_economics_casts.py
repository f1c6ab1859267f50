"""Worlds that have something in common, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from terahash.units import HOUR
from tests.support.lending_economics import World
from tests.support.lending_economics_issuance import Chart
from tests.support.lending_economics_loan import Loan
from tests.support.lending_economics_paths import WARM_UP, Market
from tests.support.lending_economics_plans import (
    Borrower,
    Keepers,
    Pays,
    Plan,
    Policy,
    Wish,
    random_plan,
)
from tests.support.lending_economics_value import PERCENT, Rules
from tests.support.token_model import DAY, ONE, Agreed

CAST = 200
"""Worlds that are enough to see what one rule is for."""


@dataclass
class Told:
    """What became of worlds."""

    worlds: list[World] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    @property
    def loans(self) -> list[tuple[World, Loan]]:
        return [(world, loan) for world in self.worlds for loan in world.loans if loan.lent]

    @property
    def losing(self) -> list[tuple[World, Loan]]:
        return [(world, loan) for world, loan in self.loans if loan.loss]

    @property
    def liquidated(self) -> list[tuple[World, Loan]]:
        return [(world, loan) for world, loan in self.loans if loan.is_liquidated]

    @property
    def lost(self) -> float:
        """Say which share of all that was lent was lost."""
        lent = sum(loan.lent for _, loan in self.loans)
        return sum(world.lost for world in self.worlds) / lent

    @property
    def above_cap(self) -> list[World]:
        """List the worlds that lost more than the vault's cap, and than what may come on top."""
        return [world for world in self.worlds if world.lost > world.plan.cap + on_top(world)]


def live(plans: Iterable[Plan], rules: Rules) -> Told:
    """Live through worlds, in each with a vault that goes by the same rules."""
    told = Told()
    for plan in plans:
        world = World(plan, rules).run()
        told.worlds.append(world)
        told.done += world.done
    return told


def worlds(
    change: Callable[[Plan], Plan] = lambda plan: plan,
    count: int = CAST,
    market: Market | None = None,
) -> Iterator[Plan]:
    """Draw worlds, and change them into what a test is about."""
    return (change(random_plan(seed, market)) for seed in range(count))


def allowed(loan: Loan, terms: Agreed) -> int:
    """Say how much a loan may lose beyond what was uncovered when it was last valued.

    Interest since; a hundredth of the debt, for the stream that a redemption forgoes; and what is
    certain less and less on each day that the index stands still and nothing can be liquidated.
    """
    a_day = loan.borrower.tokens * terms.ratio * terms.reference // ONE**2
    return loan.interest + loan.last_debt // 100 + loan.stood_still * a_day


def on_top(world: World) -> int:
    """Say the same of all loans that lost."""
    return sum(allowed(loan, world.plan.terms) for loan in world.loans if loan.loss)


def reserve_only(plan: Plan, delay: int) -> Plan:
    """Let nobody buy tokens, and keepers come late."""
    return replace(plan, keepers=Keepers(delay, False, plan.keepers.cover))


def falls_asleep(plan: Plan, days: int) -> Plan:
    """Let the index stand still, and nothing be earned from then on, with a surplus to withdraw."""
    first = plan.term // 2
    chart, kept = plan.chart, WARM_UP + first
    ends, totals = pairwise(chart.ends), pairwise(chart.totals)
    lived = [
        (end - start, after - before if day < kept else 0)
        for day, ((start, end), (before, after)) in enumerate(zip(ends, totals, strict=True))
    ]
    return replace(
        plan,
        chart=Chart(chart.ends[0], lived),
        still=(first, first + days),
        policy=Policy(withdraws=True, funds=True),
    )


def honest(plan: Plan, pays: Pays = Pays.AT_ONCE) -> Plan:
    """Let the issuer keep its promise, and no more in the reserve than it must."""
    return replace(
        plan,
        still=(0, 0),
        terms=plan.terms._replace(grace=max(plan.terms.grace, 3 * DAY)),
        policy=Policy(pays=pays, withdraws=True),
        borrowers=tuple(one for one in plan.borrowers if not one.is_issuer),
    )


def late(plan: Plan) -> Plan:
    """Let it deliver in the last day of its grace."""
    return replace(honest(plan, Pays.LATE), keepers=Keepers(plan.keepers.delay))


def hours_late(plan: Plan) -> Plan:
    """Let it keep its promise by hours too late, with next to no reserve; strangers trust it."""
    return replace(
        honest(plan),
        terms=plan.terms._replace(grace=0, ratio=PERCENT),
        keepers=Keepers(0, buy=True, trust=True),
        hours=(20 * HOUR, 2 * HOUR, 10 * HOUR),
    )


def drains(plan: Plan) -> Plan:
    """Let it stop, and have the reserve pay whenever that may be; borrowers want what there is."""
    until = plan.term // 3
    borrowers = [one._replace(day=one.day % until, wish=Wish.MORE) for one in plan.borrowers]
    return replace(
        plan,
        still=(0, 0),
        rate=30 * PERCENT,
        policy=Policy(until=until, drains=True, withdraws=True),
        borrowers=tuple(one for one in borrowers if not one.is_issuer),
        keepers=Keepers(plan.keepers.delay),
    )


def walks_away(plan: Plan) -> Plan:
    """Let the issuer sell to itself, fund the reserve, borrow, take out what it may, and go."""
    return replace(
        plan,
        still=(0, 0),
        policy=Policy(walks=True, funds=True, withdraws=True),
        borrowers=(Borrower(plan.term // 4, 2 * plan.supply, is_issuer=True),),
    )
