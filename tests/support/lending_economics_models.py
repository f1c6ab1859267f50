"""The simulation's issuance and values beside the models that the contracts are tested with."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from tests.support import value_model
from tests.support.lending_economics import World
from tests.support.lending_economics_issuance import DAY_BLOCKS, NEVER, Issuance
from tests.support.lending_economics_paths import WARM_UP
from tests.support.lending_economics_plans import Plan
from tests.support.lending_economics_value import Assessment, assess
from tests.support.token_model import DAY, ONE, Index, Refused, TokenModel

ISSUER, HOLDER = "issuer", "holder"
RICH = 10**18
CALLS = ("deliver", "deliver", "cover", "withdraw", "fund", "mint", "redeem")
A_LAST_DIGIT = ONE // 10**6
"""What a day counts for is cut to 10^-18 here."""


class Twins:
    """An issuance and a token's model, to which the same is done.

    Attributes:
        done: how often each call moved something.
    """

    def __init__(self, plan: Plan) -> None:
        self.random, self.plan, chart = random.Random(plan.seed), plan, plan.chart
        self.done: Counter[str] = Counter()
        self.days = [
            (end - start, after - before)
            for (start, end), (before, after) in zip(
                pairwise(chart.ends), pairwise(chart.totals), strict=True
            )
        ]
        self.index = Index(0, [(chart.ends[0], 0)])
        for day in self.days[:WARM_UP]:
            self.index.close(*day)
        self.issuance = Issuance(plan.terms, chart, WARM_UP, 0)
        self.model = TokenModel(plan.terms, self.index, "token", ISSUER, 10**26, 10**26)
        self.model.btc.update({ISSUER: RICH, HOLDER: RICH})
        self.now = chart.ends[WARM_UP] + plan.lags[WARM_UP]
        self.model.checkpoint(self.now)
        self.issuance.accrue(self.now)
        self.do("mint", plan.supply)

    @property
    def is_over(self) -> bool:
        return not self.issuance.left or self.issuance.supply < 2 * ONE

    def step(self) -> None:
        """Let time pass, most days that may be closed be closed, and do something."""
        issuance, plan = self.issuance, self.plan
        self.now += self.random.randrange(DAY)
        while self.now > plan.chart.ends[issuance.closed + 1] and self.random.random() < 0.8:
            self.index.close(*self.days[issuance.closed])
            issuance.close()
        self.model.checkpoint(self.now)
        issuance.accrue(self.now)
        self.do(self.random.choice(CALLS), self.random.randrange(1, issuance.supply // 3))
        self.compare()

    def do(self, call: str, amount: int) -> None:
        """Do a call to both: it moves as much, or neither allows it."""
        here, there, now, sats = self.issuance, self.model, self.now, 1 + amount % 10**6
        withdrawn = here.withdrawable()
        both: dict[str, tuple[Callable[[], int | None], Callable[[], int]]] = {
            "deliver": (lambda: there.deliver(now, ISSUER, sats), lambda: here.deliver(sats)),
            "cover": (lambda: there.cover(now), here.cover),
            "withdraw": (
                lambda: there.withdraw_reserve(now, ISSUER, withdrawn),
                lambda: here.withdraw(withdrawn),
            ),
            "fund": (lambda: there.fund_reserve(now, ISSUER, sats), lambda: here.fund(sats)),
            "mint": (
                lambda: there.mint(now, HOLDER, amount, RICH, HOLDER),
                lambda: here.mint(amount) if here.can_mint() else 0,
            ),
            "redeem": (
                lambda: there.redeem(now, HOLDER, amount, 0, HOLDER),
                lambda: here.redeem(amount),
            ),
        }
        call_there, call_here = both[call]
        try:
            moved = call_there()
        except Refused:
            moved = 0
        found = call_here()
        # A mint's cost is more than what it brings to the reserve, and two calls say nothing.
        assert (
            bool(found) if call in ("mint", "fund", "withdraw") and moved != 0 else found == moved
        )
        self.done[call] += bool(found)

    def compare(self) -> None:
        """Insist that both are where they were led."""
        here, there = self.issuance, self.model
        assert there.backing(self.now)[:11] == (
            here.index,
            here.ahead,
            here.reserve,
            here.supply,
            here.owed,
            here.day,
            here.left,
            here.unit,
            here.is_overdue,
            here.is_short,
            here.is_dead,
        )
        assert (there.stream.queued, there.book.since) == (here.queued, here.since)
        assert there.book.covered == here.covered


class Compared(World):
    """A world in which values are compared with what the model of the valuations says.

    Attributes:
        compared: how many were.
    """

    compared = 0

    def _keep(self, day: int) -> None:
        if day % 5 == 0 and self.issuance.supply:
            worth = assess(self.issuance, self.rules)
            there = self._modelled()
            assert worth.is_refused == (there is None)
            if there is not None:
                self._compare(worth, there)
                self.compared += 1
        super()._keep(day)

    def _modelled(self) -> value_model.Worth | None:
        """Return what the model says; nothing where it refuses."""
        standing = self._standing()
        if not self.rules.is_delivery:
            return value_model.covered(self.plan.terms, standing)
        try:
            return value_model.delivery(self.plan.terms, standing, value_model.Rules())
        except Refused:
            return None

    def _compare(self, worth: Assessment, there: value_model.Worth) -> None:
        assert worth[2:7] == (
            there.payout,
            there.covered,
            there.streaming,
            there.is_stopped,
            there.is_pending,
        )
        assert abs(worth.value - there.value) < A_LAST_DIGIT
        assert abs(worth.price - there.price) < A_LAST_DIGIT
        if self.rules.is_delivery:
            assert abs(worth.most - there.most) < A_LAST_DIGIT

    def _standing(self) -> value_model.Standing:
        """Say how the issuance stands, its days numbered so that a halving is Bitcoin's first."""
        here, halving = self.issuance, self.plan.chart.halving
        number = value_model.HALVING_BLOCKS // DAY_BLOCKS - halving if halving < NEVER else 0
        return value_model.Standing(
            now=here.now,
            index=here.index,
            ahead=here.ahead,
            reserve=here.reserve,
            supply=here.supply,
            owed=here.owed,
            day=here.day + number,
            left=here.left,
            unit=here.unit,
            is_overdue=here.is_overdue,
            is_short=here.is_short,
            is_dead=here.is_dead,
            closed=here.closed + number,
            end=here.index_end,
            last=here.last,
            mean3=here.mean3,
            mean14=here.mean14,
        )
