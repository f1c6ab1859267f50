"""Lenders of a vault through the term of an issuance, day by day, in integers.

What borrowers owe, what their tokens bring, what keepers do with loans that are not healthy, and
what of a debt is left in the end. Debts are satoshi x 10^18; what divides, divides against lenders.
"""

from __future__ import annotations

import random
from collections import Counter

from tests.support.lending_economics_issuance import Issuance
from tests.support.lending_economics_loan import Loan
from tests.support.lending_economics_paths import WARM_UP
from tests.support.lending_economics_plans import Borrower, Pays, Plan, Wish
from tests.support.lending_economics_value import Assessment, Rules, assess, is_stopped
from tests.support.token_model import DAY, ONE, SAT

YEAR = 365 * DAY
AFTER = 10
"""Days after the term, and after the grace, for which the world goes on."""
MOST_CLOSED = 8
"""Block-days that are closed at once: more are never open."""
LOOKS_AGAIN = 0.1
"""How likely a borrower who wants more looks whether there is more, a day."""
PARTS = (50, 70, 90)
"""Percent of its collateral that a borrower tries to keep."""
_INDEX = 10**9
"""Index units of a token's satoshi x 10^18."""


class World:
    """A vault, the issuance behind it, and its people, as planned.

    Attributes:
        done: how often what happened.
        lost: by all loans, satoshi x 10^18.
        overdue: when the issuance was so last.
        locked, taken: by the issuer for tokens of its own: put into the reserve, and borrowed.
    """

    def __init__(self, plan: Plan, rules: Rules) -> None:
        self.plan, self.rules = plan, rules
        self.random = random.Random(plan.seed)
        self.issuance = Issuance(plan.terms, plan.chart, WARM_UP, 0)
        self.loans: list[Loan] = []
        self.done: Counter[str] = Counter()
        self.lost = self.locked = self.taken = 0
        self.waiting = list(plan.borrowers)
        self.until = plan.policy.until
        self.overdue = -1

    def run(self) -> World:
        """Live through the term, and as long after it as a loan is open."""
        issuance, plan = self.issuance, self.plan
        start = plan.chart.ends[WARM_UP] + plan.lags[WARM_UP]
        issuance.accrue(start)
        if not issuance.can_mint():
            return self
        issuance.mint(plan.supply)
        acts = sorted(zip(plan.hours, (self._issue, self._borrow, self._keep), strict=True))
        day, after = 0, plan.terms.grace // DAY + AFTER
        while after and (self.waiting or any(loan.is_open for loan in self.loans)):
            for hour, act in acts:
                self._pass_time(day, start + day * DAY + hour)
                act(day)
            day += 1
            after -= not issuance.left
        for loan in self.loans:
            if loan.is_open:
                self._sync(loan)
                self._lose(loan, "open" if loan.debt else "repaid")
        return self

    def _pass_time(self, day: int, now: int) -> None:
        issuance, plan = self.issuance, self.plan
        first, until = plan.still
        self.done["dead"] += issuance.is_dead
        if not first <= day < until:
            for _ in range(MOST_CLOSED):
                following = issuance.closed + 1
                if following > plan.terms.last or now < (
                    plan.chart.ends[following] + plan.lags[following]
                ):
                    break
                issuance.close()
        issuance.accrue(now)
        if issuance.is_overdue:
            self.overdue = now
            if plan.policy.drains and issuance.cover():
                self.done["drained"] += 1
            if not issuance.reserve:
                self.done["default"] += 1

    # The issuer

    def _issue(self, day: int) -> None:
        issuance, policy = self.issuance, self.plan.policy
        if policy.returns and issuance.supply == self.plan.supply:
            self.until = policy.until
        if issuance.owed >= SAT and day < self.until:
            owed = issuance.debt
            is_late = issuance.now + DAY > issuance.since + issuance.terms.grace
            if policy.pays is Pays.AT_ONCE or (policy.pays is Pays.LATE and is_late):
                issuance.deliver(owed)
            elif policy.pays is Pays.PARTLY:
                issuance.deliver(owed * self.random.randrange(100) // 100)
        if policy.tops_up:
            issuance.fund(1)
        if policy.withdraws:
            self._withdraw()

    def _withdraw(self) -> None:
        amount = self.issuance.withdrawable()
        self.done["withdrawn"] += bool(self.issuance.withdraw(amount))

    # Borrowers

    def _borrow(self, day: int) -> None:
        for borrower in [one for one in self.waiting if one.day <= day]:
            if self._open(borrower):
                self.waiting.remove(borrower)
            else:
                self.done["stopped"] += 1
        for loan in self.loans:
            if loan.is_open and loan.debt and self.random.random() < LOOKS_AGAIN:
                if loan.borrower.wish is Wish.MORE:
                    self._lend(loan)
                elif loan.borrower.wish is Wish.RELEASE:
                    self._release(loan)

    def _open(self, borrower: Borrower) -> bool:
        """Borrow for the first time, unless lending is stopped: then it is tried again."""
        issuance, policy = self.issuance, self.plan.policy
        if not issuance.left:
            return True
        if is_stopped(issuance, self.rules):
            return False
        if borrower.is_issuer:
            if not issuance.can_mint():
                return False
            self.locked += issuance.mint(borrower.tokens) * ONE
        if policy.funds:
            value = issuance.supply * issuance.value // SAT
            issuance.fund(max(0, issuance.debt + value - issuance.reserve))
        loan = Loan(borrower, borrower.tokens, issuance.index, issuance.now)
        self.loans.append(loan)
        self._lend(loan)
        is_gone = borrower.is_issuer and policy.walks
        if is_gone:
            self.until = 0
        if is_gone or policy.funds:
            self._withdraw()
        return True

    def _lend(self, loan: Loan) -> None:
        """Lend the most that is allowed, in whole satoshi."""
        worth = assess(self.issuance, self.rules)
        if worth.is_stopped:
            return
        self._sync(loan)
        most = self._most(loan, worth)
        if self.rules.is_delivery:
            most = min(most, self._cover(loan, worth) + self._room(loan))
        amount = max(0, most - loan.debt) // ONE * ONE
        if amount:
            loan.debt += amount
            loan.lent += amount
            self.taken += amount * loan.borrower.is_issuer
            self._value(loan, worth)
            self.done["lent"] += 1

    def _release(self, loan: Loan) -> None:
        """Let the borrower have as much of its collateral as the debt allows."""
        worth = assess(self.issuance, self.rules)
        if worth.is_refused:
            return
        self._sync(loan)
        before = loan.collateral
        for part in PARTS:
            loan.collateral = before * part // 100
            fits = loan.debt <= self._most(loan, worth)
            uncovered = loan.debt - self._cover(loan, worth)
            if self.rules.is_delivery and uncovered > loan.uncovered:
                fits = fits and uncovered <= self._room(loan)
            if fits and loan.debt:
                self._value(loan, worth)
                self.done["released"] += 1
                return
        loan.collateral = before

    def _most(self, loan: Loan, worth: Assessment) -> int:
        return min(worth.value * self.rules.max_ltv // ONE, worth.most) * loan.collateral // ONE

    def _room(self, loan: Loan) -> int:
        """Say what a loan may have uncovered."""
        others = sum(other.uncovered for other in self.loans if other is not loan and other.is_open)
        return max(0, self.plan.cap - others - self.lost * self.rules.counts_losses)

    def _cover(self, loan: Loan, worth: Assessment) -> int:
        """Say what of a debt is covered."""
        cover = worth.cover * loan.collateral // ONE
        return cover * ONE // self.rules.incentive if self.rules.counts_bonus else cover

    def _value(self, loan: Loan, worth: Assessment) -> None:
        loan.uncovered = max(0, loan.debt - self._cover(loan, worth))
        loan.interest = loan.stood_still = 0
        loan.valued, loan.at_value = self.issuance.day, self.issuance.now

    def _sync(self, loan: Loan) -> None:
        """Add interest, and let rewards repay."""
        now, index = self.issuance.now, self.issuance.index
        interest = -(-loan.debt * self.plan.rate * (now - loan.at) // (YEAR * ONE))
        rewards = loan.collateral * (index - loan.index) // _INDEX
        loan.interest += interest
        loan.debt = max(0, loan.debt + interest - rewards)
        loan.at, loan.index = now, index

    # Keepers

    def _keep(self, day: int) -> None:
        """Liquidate what has not been healthy for as long as keepers take."""
        issuance, keepers = self.issuance, self.plan.keepers
        if keepers.cover or not issuance.left:
            self.done["covered"] += bool(issuance.cover())
        loans = [loan for loan in self.loans if loan.is_open]
        if not loans:
            return
        worth = assess(issuance, self.rules)
        for loan in loans:
            self._sync(loan)
            loan.stood_still += not issuance.is_fresh
            if not loan.debt:
                if loan.borrower.wish is Wish.NOTHING:
                    self._lose(loan, "repaid")
            elif worth.is_refused:
                self.done["refused"] += 1
            elif self._is_healthy(loan, worth):
                loan.unhealthy = None
            else:
                loan.unhealthy = day if loan.unhealthy is None else loan.unhealthy
                if day - loan.unhealthy >= keepers.delay:
                    self._liquidate(loan, keepers.buy)
                    worth = assess(issuance, self.rules)

    def _is_healthy(self, loan: Loan, worth: Assessment) -> bool:
        limit = worth.value * self.rules.lltv // ONE
        return loan.debt <= limit * loan.collateral // ONE

    def _liquidate(self, loan: Loan, for_money: bool) -> None:
        """Sell tokens, or have the reserve redeem them, after it has paid what is overdue."""
        for end in (self._sell, self._redeem) if for_money else (self._redeem,):
            if self.rules.covers_first or end == self._redeem:
                self.issuance.cover()
            self._sync(loan)
            worth = assess(self.issuance, self.rules)
            if worth.is_refused or self._is_healthy(loan, worth) or end(loan, worth):
                return

    def _sell(self, loan: Loan, worth: Assessment) -> bool:
        """Sell collateral to a liquidator, if it pays."""
        issuance = self.issuance
        whole = worth.price
        price = whole * ONE // self.rules.incentive
        if self.rules.spares_lenders:
            price = max(price, min(whole, -(-loan.debt * ONE // loan.collateral)))
        bought = max(worth.payout, self._fair(worth))
        if not price or bought <= price:
            return False
        paid, seized = price * loan.collateral // ONE, loan.collateral
        if loan.debt < paid:
            paid, seized = loan.debt, loan.debt * ONE // price
        if bought == worth.payout:
            issuance.redeem(seized)
        loan.last_debt = loan.debt
        loan.debt -= paid
        self._lose(loan, "sold")
        return True

    def _fair(self, worth: Assessment) -> int:
        """Say what somebody pays who trusts a sound issuer: today's net less a tenth, every day."""
        issuance = self.issuance
        is_unsound = issuance.is_short or issuance.is_overdue or not issuance.is_fresh
        if is_unsound and not self.plan.keepers.trust:
            return 0
        left = issuance.left
        if issuance.closed <= issuance.chart.halving < issuance.terms.last:
            left = max(0, issuance.chart.halving - issuance.day)
        today = issuance.net(min(issuance.last, issuance.mean3)) * left * 9 // 10
        return today + issuance.owed // issuance.supply + worth.streaming

    def _redeem(self, loan: Loan, worth: Assessment) -> bool:
        """Liquidate to the reserve, unless bad debt may not be realised yet."""
        issuance = self.issuance
        net = worth.payout * 99 // 100
        seized = loan.collateral
        if net:
            seized = min(seized, -(-loan.debt * ONE // net) + ONE)
        paid = issuance.payout(seized)
        left = loan.debt - (paid - paid // 100) * ONE
        if left > 0 and not self._may_lose(loan, worth, worth.streaming * seized // ONE):
            self.done["waited"] += 1
            return False
        assert left <= 0 or seized == loan.collateral
        issuance.redeem(seized)
        loan.last_debt = loan.debt
        loan.debt = max(0, left)
        self._lose(loan, "redeemed" if paid else "kept")
        return True

    def _may_lose(self, loan: Loan, worth: Assessment, forgoes: int) -> bool:
        """Say whether a redemption may leave a debt that nothing secures any more."""
        if self.rules.loses_at_value and worth.value > worth.payout + worth.streaming:
            return False
        return forgoes * 100 <= loan.debt and not worth.is_pending

    def _lose(self, loan: Loan, end: str) -> None:
        """End a loan; what is left of its debt is lost."""
        loan.end, loan.ended = end, self.issuance.day
        loan.is_default, loan.is_dead = loan.at_value <= self.overdue, self.issuance.is_dead
        loan.loss, loan.debt = loan.debt, 0
        loan.last_debt = loan.last_debt or loan.loss
        self.lost += loan.loss
        self.done[end] += 1
        self.done["lost"] += loan.loss > 0
