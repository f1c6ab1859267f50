"""One issuance for simulations of thousands: the numbers that lenders depend on, exact to the last
digit, without its holders and without words for what it refuses.

`token_model.py` says all of it, and slowly; `property/test_lending_economics.py` compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.token_model import (
    DAY,
    DEAD_AFTER,
    LAST_DAYS,
    MAX_SPEED,
    MEAN_DAYS,
    ONE,
    SAT,
    SCALE,
    STALE_AFTER,
    STREAM_SECONDS,
    Agreed,
)

DAY_BLOCKS = 144
SPEED_BITS, EARNED_BITS = 16, 32
NEVER = 10**6
"""A block-day that no chart reaches."""


class Chart:
    """What block-days bring, before anybody knows: their ends and the running total of 1 TH/s.

    Attributes:
        ends: unix seconds; the first sets the clock.
        totals: satoshi x 10^18 that 1 TH/s has earned by then.
        halving: the first block-day of which a block pays half.
        before: blocks of it that do not.
    """

    def __init__(
        self,
        start: int,
        days: Iterable[tuple[int, int]],
        halving: int = NEVER,
        before: int = 0,
    ) -> None:
        """Take each block-day's seconds, and what 1 TH/s earned in it."""
        self.halving, self.before = halving, before
        self.ends, self.totals = [start], [0]
        for seconds, gained in days:
            self.ends.append(self.ends[-1] + seconds)
            self.totals.append(self.totals[-1] + gained)

    def hashprice(self, day: int) -> int:
        """Say the hashprice of a block-day."""
        return self.mean(day, 1)

    def mean(self, day: int, count: int) -> int:
        """Say the mean hashprice of the last days up to one, rounded down."""
        first = max(day - count, 0)
        seconds = self.ends[day] - self.ends[first]
        return (self.totals[day] - self.totals[first]) * DAY // seconds if seconds else 0

    def owed_for(self, day: int, terms: Agreed) -> int:
        """Say what a block-day owes a token, satoshi x 10^18, rounded down once."""
        gross = (self.totals[day] - self.totals[day - 1]) * (ONE - terms.fee) * DAY
        cost = terms.cost * (self.ends[day] - self.ends[day - 1]) * ONE
        return max(0, (gross - cost) // (ONE * DAY))


class Issuance:
    """A token without its accounts. Units are the token's; `now` is the time of the last call.

    Attributes:
        closed: the newest closed block-day.
        last, mean3, mean14: hashprices by it.
        goal: what a unit of balance will have earned when the stream ends.
        kept_back: what leavers took of the stream because they left less than a token behind,
            satoshi x 10^27; theirs.
    """

    def __init__(self, terms: Agreed, chart: Chart, closed: int, supply: int) -> None:
        self.terms, self.chart, self.supply, self.now = terms, chart, supply, chart.ends[closed]
        self.reserve = self.owed = self.since = self.covered = 0
        self.day = terms.first
        self.goal = self.speed = self.end = self.queued = self.kept_back = 0
        self.closed = closed
        self._read()

    def _read(self) -> None:
        chart, terms = self.chart, self.terms
        self.last, self.mean3, self.mean14 = (
            chart.mean(self.closed, count) for count in (1, 3, MEAN_DAYS)
        )
        self.index_end = chart.ends[self.closed]
        self.unit = max(terms.reference, self.net(self.last), self.net(self.mean14))

    def net(self, hashprice: int) -> int:
        """Say what a day at a hashprice is worth to a token."""
        return max(0, hashprice * (ONE - self.terms.fee) // ONE - self.terms.cost)

    def close(self, count: int = 1) -> None:
        """Close block-days in the index."""
        self.closed += count
        self._read()

    def accrue(self, now: int) -> None:
        """Let time pass, and add what closed block-days owe."""
        self.now = now
        end = min(self.closed + 1, self.terms.last)
        while self.day < end:
            self.owed += self.supply * self.chart.owed_for(self.day, self.terms)
            self.day += 1
        self._date()

    def _date(self) -> None:
        self.since = (self.since or self.now) if self.owed >= SAT else 0

    # What stands.

    @property
    def left(self) -> int:
        return self.terms.last - self.day

    @property
    def value(self) -> int:
        return self.left * self.unit

    @property
    def required(self) -> int:
        """What stands behind each token at the ratio, rounded up."""
        return -(-self.terms.ratio * self.value // ONE)

    @property
    def free(self) -> int:
        return max(0, self.reserve * SAT - self.owed)

    @property
    def is_overdue(self) -> bool:
        return self.owed >= SAT and self.now > self.since + self.terms.grace

    @property
    def is_short(self) -> bool:
        return self.free < self.supply * self.required

    @property
    def is_dead(self) -> bool:
        return self.left > 0 and self.now > self.index_end + DEAD_AFTER

    @property
    def is_fresh(self) -> bool:
        return self.now <= self.index_end + STALE_AFTER

    @property
    def ahead(self) -> int:
        """What the stream has yet to add to the index."""
        return self.speed * (self.end - self.now) >> SPEED_BITS if self.now < self.end else 0

    @property
    def index(self) -> int:
        return self.goal - self.ahead

    @property
    def debt(self) -> int:
        """Whole satoshi that pay what is owed."""
        return -(-self.owed // SAT)

    # Calls, after `accrue`; they return what they moved, and nothing where they are refused.

    def deliver(self, amount: int) -> int:
        """Pay holders, over a day."""
        if amount:
            self.owed -= min(amount * SAT, self.owed)
            self._pour_in(amount)
        return amount

    def cover(self) -> int:
        """Have the reserve pay what is overdue."""
        amount = min(self.debt, self.reserve) if self.is_overdue else 0
        if amount:
            self.reserve -= amount
            self.covered += amount
            self.owed -= min(amount * SAT, self.owed)
            self._pour_in(amount)
        return amount

    def withdrawable(self) -> int:
        """Say what the issuer may take out of the reserve."""
        if self.is_overdue or (self.left and not self.is_fresh):
            return 0
        needed = self.debt + -(-self.supply * self.required // SAT)
        return max(0, self.reserve - needed)

    def withdraw(self, amount: int) -> int:
        """Take out of the reserve what it need not hold."""
        assert amount <= self.withdrawable()
        self.reserve -= amount
        return amount

    def fund(self, amount: int) -> int:
        """Add to the reserve."""
        self.reserve += amount
        return amount

    def can_mint(self) -> bool:
        """Say whether tokens are for sale."""
        is_late = self.left <= LAST_DAYS or not self.is_fresh
        return not (is_late or self.is_overdue or self.is_short or not self.unit)

    def mint(self, amount: int) -> int:
        """Create tokens at a price that is no lower than their reserve.

        Returns:
            satoshi that they bring to the reserve.
        """
        assert self.can_mint()
        free = -(-self.free // max(self.supply, ONE))
        share = -(-amount * max(self.required, min(self.value, free)) // SAT)
        owed = -(-amount * self.owed // self.supply) if self.supply else 0
        entry = -(-self.ahead * amount // SCALE)
        self.queued += entry * SCALE - self.ahead * amount
        paid = share + -(-owed // SAT)
        self.owed += owed
        self.supply += amount
        self.reserve += paid
        return paid

    def payout(self, amount: int) -> int:
        """Say what redeeming tokens pays, satoshi."""
        if not self.supply:
            return 0
        total, kept = self.reserve * SAT, self.terms.exit_fee
        if self.is_dead:
            kept = 0
        if not self.is_dead or self.supply < ONE:
            total = min(total, self.owed + self.supply * self.value)
        return amount * total // self.supply * (ONE - kept) // (SAT * ONE)

    def redeem(self, amount: int) -> int:
        """Burn tokens for their part of the reserve."""
        paid = self.payout(amount)
        if not paid:
            return 0
        ahead, stays = self.ahead, self.supply - amount
        self.owed -= amount * self.owed // self.supply
        self.reserve -= paid
        if stays < ONE:
            total = ahead * amount << EARNED_BITS
            gained = total // SCALE
            self.kept_back += gained * SCALE >> EARNED_BITS
            self.queued += (total - gained * SCALE) >> EARNED_BITS
            if not stays:
                self.goal, self.speed, self.end = self.index, 0, 0
        elif ahead:
            self._pour(ahead * self.supply, stays, self.end)
        self.supply = stays
        self._date()
        return paid

    def _pour_in(self, amount: int) -> None:
        """Let satoshi come into the stream, which ends at the mean of old and new ends."""
        self._date()
        fresh = self.queued + amount * SCALE
        if not self.supply:
            self.queued = fresh
            return
        streaming, seconds = self.ahead * self.supply, STREAM_SECONDS
        if streaming:
            ends = streaming * (self.end - self.now) + fresh * STREAM_SECONDS
            seconds = ends // (streaming + fresh)
        self.queued = 0
        self._pour(streaming + fresh, self.supply, self.now + seconds)

    def _pour(self, total: int, supply: int, end: int) -> None:
        """Spread satoshi x 10^27 evenly until a time; what that leaves over is queued."""
        duration = end - self.now
        speed = min((total << SPEED_BITS) // (max(supply, ONE) * duration), MAX_SPEED << SPEED_BITS)
        growth = speed * duration >> SPEED_BITS
        self.goal, self.speed, self.end = self.index + growth, speed, end
        self.queued += total - growth * supply
