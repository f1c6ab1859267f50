"""What loans owe, and everybody gets, in exact fractions: from headers, terms, and the same acts.

Nothing is read from a vault, its valuation, or the index, nor from the token: the acts say who did
what when, and how much of it was their own choice. Satoshi are fractions where they are not paid.
What is paid is rounded once, as the contracts do: up what comes in, and down what goes out. A debt
is an amount that grows: the vaults' index, scaled debts and packed amounts have no part in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from scripts._exact import ExactIssuance, net
from terahash.hashprice import BlockDay
from terahash.hashprice_index import Reading
from terahash.hashrate.models import Terms
from terahash.lending.models import Delivery
from terahash.lending.models import Terms as VaultTerms
from terahash.report import issuance, lending
from terahash.units import DAY, WAD

YEAR = 365 * DAY
PRECISION = 10**40
"""Parts of a satoshi, and of what one grows by, below which nothing is counted."""
VIRTUAL_SHARES, VIRTUAL_SATS = 10**6, 1
"""Nobody's: they keep a first lender's share price from being pushed up."""
LAST_DAYS = 4
"""Block-days at the end of a term that secure nothing."""
STALE_AFTER = 4 * DAY
"""Age of hashprices from which they value nothing."""
CUT = Fraction(1, 10**6)
"""Satoshi: more than the token cuts from an account, below 2^-32 each time. What is whole in exact
fractions has just not become so."""
MAX_LTV = Fraction(98, 100)
"""Of the value at which a loan may be liquidated, that one may reach."""
MOST_INCENTIVE, LEAST_DISCOUNT = Fraction(115, 100), Fraction(99, 100)
"""What a liquidator gets for what it pays, at most; and what it pays of the price, at most."""
ISSUANCE = "Issuance"
"""Its contract and its issuer, as one side."""

Flows = Counter[tuple[str, str]]
"""Satoshi that came in, less those that went out, by side and column of the statement."""


class RateError(ValueError):
    """A debt's rate that comes to a bound: it moves otherwise then, and nothing here knows how."""


def grown(exponent: Fraction) -> Fraction:
    """Say what one grows by, exp(x) - 1, by its series; x is not negative."""
    x = _cut(exponent)
    total, term, n = Fraction(0), x, 1
    while term:
        total, n = total + term, n + 1
        term = _cut(term * x / n)
    return total


def _cut(amount: Fraction) -> Fraction:
    """Forget what is too little to count, so that fractions stay short."""
    return Fraction(floor(amount * PRECISION), PRECISION)


class Window(NamedTuple):
    """Mean hashprices up to a block-day's end: of it alone, of 3, and of 14."""

    last: Fraction
    mean3: Fraction
    mean14: Fraction


class Bitcoin:
    """Block-days as headers and coinbases tell of them, and when the index closed each."""

    def __init__(self, days: Sequence[BlockDay], closed: Sequence[int]) -> None:
        """Begin.

        Args:
            days: from the index's first on.
            closed: when each of them was, unix seconds, in order.
        """
        self.days, self.closed = days, closed

    def newest(self, time: int) -> BlockDay:
        """Find the newest block-day that was closed at a time."""
        return self.days[bisect_right(self.closed, time) - 1]

    def easier(self, day: BlockDay) -> BlockDay:
        """Find the newest block-day before another's difficulty began."""
        earlier = self.days[: self._place(day)]
        return next(each for each in reversed(earlier) if each.bits != day.bits)

    def window(self, day: BlockDay) -> Window:
        """Say what the index says when a block-day is the newest."""
        return Window(*(self._mean(day, count) for count in (1, 3, 14)))

    def nets(self, terms: Terms) -> dict[int, Fraction]:
        """Say what each block-day of a term owes a token, satoshi."""
        found, before = {}, Reading(self.days[0].start, 0, 0)
        for day in self.days:
            after = Reading(day.end, day.earned, 0)
            if terms.first <= day.number < terms.last:
                found[day.number] = net(before, after, terms.cost, terms.fee)
            before = after
        return found

    def _mean(self, day: BlockDay, count: int) -> Fraction:
        first = max(0, self._place(day) + 1 - count)
        before = self.days[first - 1].earned if first else 0
        return Fraction(day.earned - before, WAD) * DAY / (day.end - self.days[first].start)

    def _place(self, day: BlockDay) -> int:
        return day.number - self.days[0].number


class Worth(NamedTuple):
    """What a token is worth to a vault, what redeeming it pays, and its price; satoshi.

    The price is what it goes at in a liquidation, less the discount.
    """

    value: Fraction
    payout: Fraction
    price: Fraction


class ExactBook(ExactIssuance):
    """An issuance with its reserve: what buyers pay, and what stands behind a token.

    Attributes:
        reserve: satoshi.
    """

    def __init__(self, terms: Terms, price: int, bitcoin: Bitcoin) -> None:
        super().__init__(bitcoin.nets(terms))
        self.terms, self.reserve = terms, 0
        self._price, self._bitcoin = Fraction(price, WAD), bitcoin
        self._next = terms.first
        self._claimed: dict[str, int] = defaultdict(int)

    def accrue(self, first: int, days: int) -> None:
        """Count block-days from the first on.

        Raises:
            ValueError: when that is not the next, or one of them was not closed.
        """
        if first != self._next:
            raise ValueError(f"block-day {first} was counted, where {self._next} was due")
        super().accrue(first, days)
        self._next += days

    def buy(self, time: int, account: str, tokens: int) -> int:
        """Create tokens, and say what they cost, with what they are owed and streamed already."""
        amount, left = Fraction(tokens, WAD), self.terms.last - self._next
        each = left * self._unit(time)
        share = Fraction(self.terms.ratio, WAD) * each
        owed = Fraction(0)
        if self._supply:
            free = max(Fraction(0), self.reserve - self.owed) / self._supply
            share = max(share, min(each, free))
            owed = amount * self.owed / self._supply
        self.reserve += ceil(amount * share) + ceil(owed)
        return ceil(self._price * left * amount) + self.mint(time, account, tokens)

    def give_back(self, time: int, account: str, tokens: int) -> int:
        """Burn tokens, and say what the reserve pays for them."""
        paid = floor(Fraction(tokens, WAD) * self._payout(time))
        self.redeem(time, account, tokens)
        self.reserve -= paid
        return paid

    def cover(self, time: int) -> int:
        """Have the reserve pay what is owed, as far as it goes; say how much that was."""
        if self.reserve < self.owed:
            raise ValueError("the reserve cannot pay what is owed")
        paid = self.pay(time)
        self.reserve -= paid
        return paid

    def claim(self, time: int, account: str) -> int:
        """Pay an account what it has earned, whole satoshi."""
        due = floor(self.earned(time, account) - CUT) - self._claimed[account]
        self._claimed[account] += due
        return due

    def worth(
        self, time: int, delivery: Delivery | None, day: BlockDay | None = None
    ) -> Worth | None:
        """Say what a token is worth now; None where that depends on hashprices that are too old.

        Of what is yet to be delivered, only as long as the issuer pays, its reserve is not short,
        and no halving lies in the term.

        Args:
            time: unix seconds.
            delivery: how a vault values what is yet to be delivered; None where it does not.
            day: whose hashprices to take; the newest closed one's by default.
        """
        self._pass(time)
        owed, share = self.owed / self._supply, self.reserve / self._supply
        newest = self._bitcoin.newest(time)
        days = max(0, self.terms.last - self._next - max(0, time - newest.end) // DAY)
        secured = max(0, days - LAST_DAYS) * Fraction(
            self.terms.ratio * self.terms.reference, WAD**2
        )
        value = self._less_fee(min(share, owed + secured)) + self._left
        if delivery:
            if self.terms.last > self._next and newest.end + STALE_AFTER < time:
                return None
            lowest = min(self._bitcoin.window(day or newest))
            each = self._net(lowest * Fraction(delivery.stress, WAD))
            decay = Fraction(delivery.decay, WAD)
            mark = owed + self._left + each * sum(decay**ahead for ahead in range(days))
            value = max(value, mark)
        payout = self._payout(time)
        return Worth(value, payout, max(value, payout, owed + self._left))

    def tokens(self, account: str) -> Fraction:
        """Say how many tokens an account has."""
        return self._balances[account]

    def most(self, time: int, delivery: Delivery, lltv: int) -> Fraction:
        """Say how much may be borrowed against a token that no loan is made against yet.

        Args:
            time: unix seconds.
            delivery: how a vault values what is yet to be delivered.
            lltv: share of the value above which it may be liquidated, times 10^18.

        Raises:
            ValueError: where hashprices are too old.
        """
        worth, cash = self.worth(time, delivery), self.worth(time, None)
        if worth is None or cash is None:
            raise ValueError("nothing is lent by hashprices that are too old")
        beyond = (worth.value - cash.value) * Fraction(delivery.phi, WAD)
        return min(worth.value * Fraction(lltv, WAD) * MAX_LTV, cash.value + beyond)

    def _payout(self, time: int) -> Fraction:
        """Say what redeeming a token pays, before it is rounded."""
        left = self.terms.last - self._next
        most = self.owed / self._supply + left * self._unit(time)
        return self._less_fee(min(self.reserve / self._supply, most))

    def _unit(self, time: int) -> Fraction:
        window = self._bitcoin.window(self._bitcoin.newest(time))
        nets = (self._net(window.last), self._net(window.mean14))
        return max(Fraction(self.terms.reference, WAD), *nets)

    def _net(self, hashprice: Fraction) -> Fraction:
        gross = hashprice * (1 - Fraction(self.terms.fee, WAD))
        return max(Fraction(0), gross - Fraction(self.terms.cost, WAD))

    def _less_fee(self, amount: Fraction) -> Fraction:
        return amount * (1 - Fraction(self.terms.exit_fee, WAD))


class Stand(NamedTuple):
    """How a loan stands: whole satoshi, debts rounded up and the credit down, but for `owed`."""

    owed: Fraction
    debt: int
    credit: int
    unassisted: int


class ExactVault:
    """A vault with one loan, whose tokens have earned nothing when it opens.

    Attributes:
        debt: of the loan.
        interest: that the loan has grown by.
        repaid: of it, by rewards.
        credit: what they brought beyond the debt.
        unassisted: what it would owe without them.
    """

    def __init__(self, time: int, terms: VaultTerms) -> None:
        self.debt = self.interest = self.repaid = self.credit = self.unassisted = Fraction(0)
        self._cash = self._fees = self._credited = Fraction(0)
        self._shares: dict[str, Fraction] = defaultdict(Fraction)
        self._rate, self._terms, self._now = Fraction(terms.rate, WAD), terms, time

    def lend(self, time: int, who: str, sats: int) -> None:
        """Take a lender's satoshi in."""
        self._pass(time)
        self._shares[who] += self._to_shares(sats)
        self._cash += sats

    def redeem(self, time: int, who: str) -> int:
        """Pay out all shares of somebody."""
        self._pass(time)
        shares = self._shares.pop(who)
        paid = floor(shares * (self._assets + VIRTUAL_SATS) / (self._all(shares)))
        self._cash -= paid
        return paid

    def collect(self, time: int, who: str) -> None:
        """Hand the fees to their receiver."""
        self._pass(time)
        self._shares[who] += self._fees
        self._fees = Fraction(0)

    def harvest(self, time: int, earned: Fraction) -> None:
        """Credit the loan.

        Args:
            time: unix seconds.
            earned: by the vault's tokens in their life, satoshi.
        """
        self._pass(time)
        earned = _cut(earned)
        rewards, self._credited = earned - self._credited, earned
        repaid = min(rewards, self.debt)
        self.debt -= repaid
        self.repaid += repaid
        self._cash += repaid
        self.credit += rewards - repaid

    def borrow(self, time: int, earned: Fraction, sats: int) -> None:
        """Pay satoshi out: first of the credit, then as a debt."""
        self.harvest(time, earned)
        lent = max(Fraction(0), sats - self.credit)
        self.credit -= sats - lent
        self.debt += lent
        self.unassisted += lent
        self._cash -= lent

    def close(self, time: int, earned: Fraction) -> tuple[int, int]:
        """Have the borrower repay everything; return that, and what it gets of its credit."""
        self.harvest(time, earned)
        paid, credit = self._repay(), floor(self.credit)
        self.credit -= credit
        return paid, credit

    def liquidate(
        self, time: int, earned: Fraction, price: Fraction, tokens: Fraction
    ) -> tuple[int, Fraction]:
        """Have a liquidator repay everything; return that, and the tokens that it takes.

        Args:
            time: unix seconds.
            earned: by the vault's tokens in their life, satoshi.
            price: of a token, before the discount, which is the borrower's to give: as far as the
                tokens bring the debt all the same.
            tokens: that secure the loan.

        Raises:
            ValueError: where they do not bring it.
        """
        self.harvest(time, earned)
        owed = self.debt / tokens
        each = max(price / self.incentive, min(price * LEAST_DISCOUNT, owed))
        paid = self._repay()
        if each * tokens < paid:
            raise ValueError(f"{float(tokens)} tokens do not bring {paid} satoshi")
        return paid, paid / each

    @property
    def lltv(self) -> Fraction:
        """The share of the value above which the loan may be liquidated."""
        return Fraction(self._terms.lltv, WAD)

    @property
    def incentive(self) -> Fraction:
        """What a liquidator gets for what it pays."""
        return min(MOST_INCENTIVE, 1 / (1 - Fraction(3, 10) * (1 - self.lltv)))

    def stand(self, time: int, earned: Fraction) -> Stand:
        """Say how the loan stands, rewards credited, and change nothing."""
        growth, _ = self._growth(time)
        rewards, debt = earned - self._credited, self.debt * (1 + growth)
        owed = max(debt - rewards, Fraction(0))
        return Stand(
            owed=owed,
            debt=ceil(owed),
            credit=floor(self.credit + max(rewards - debt, Fraction(0))),
            unassisted=ceil(self.unassisted * (1 + growth)),
        )

    def _repay(self) -> int:
        paid = ceil(self.debt)
        self._cash += paid  # what is more than the debt is the lenders'
        self.debt = Fraction(0)
        return paid

    def _pass(self, time: int) -> None:
        """Let the debt grow up to a time, and the lenders pay the fee."""
        growth, self._rate = self._growth(time)
        self._now = time
        interest = _cut(self.debt * growth)
        self.debt += interest
        self.interest += interest
        self.unassisted = _cut(self.unassisted * (1 + growth))
        fee = interest * Fraction(self._terms.fee, WAD)
        self._fees += _cut(self._to_shares(fee, less=fee))

    def _growth(self, time: int) -> tuple[Fraction, Fraction]:
        """Say what a satoshi of debt grows by up to a time, and the rate at the target then.

        Raises:
            RateError: at a bound.
        """
        target, steepness = Fraction(self._terms.target, WAD), Fraction(self._terms.steepness, WAD)
        whole = self._assets
        utilisation = self.debt / whole if whole else Fraction(0)
        years = Fraction(time - self._now, YEAR)
        if utilisation > target:
            distance = (utilisation - target) / (1 - target)
            curve = 1 + (steepness - 1) * distance
        else:
            distance = (target - utilisation) / target
            curve = 1 - (1 - 1 / steepness) * distance
        moved = Fraction(self._terms.speed, WAD) * distance * years
        if not moved:
            return grown(self._rate * curve * years), self._rate
        up = grown(moved)
        # Upwards the rate goes from r to r e^x, downwards to r / e^x; its mean is what it moves by
        # over x.
        end = self._rate * (1 + up) if utilisation > target else self._rate / (1 + up)
        bounds = (Fraction(bound, WAD) for bound in (self._terms.min_rate, self._terms.max_rate))
        lowest, highest = bounds
        bounded = min(max(end, lowest), highest)
        if bounded != end and self.debt:
            raise RateError(f"a rate came to {float(end):.4f}, which is beyond its bounds")
        mean = abs(end - self._rate) / moved
        return grown(mean * curve * years), _cut(bounded)

    @property
    def _assets(self) -> Fraction:
        return self._cash + self.debt

    def _to_shares(self, sats: Fraction | int, less: Fraction = Fraction(0)) -> Fraction:
        """Say how many shares satoshi are, where so many of the assets are not the lenders'."""
        return sats * self._all() / (self._assets + VIRTUAL_SATS - less)

    def _all(self, others: Fraction = Fraction(0)) -> Fraction:
        """Add up all shares, with some that are counted no more."""
        return sum(self._shares.values(), self._fees + VIRTUAL_SHARES + others)


class Due(NamedTuple):
    """What a transaction pays and moves; None for what it has no part in, or is somebody's choice.

    Attributes:
        sats: whole satoshi.
        tokens: not times 10^18.
    """

    sats: int | None = None
    tokens: Fraction | None = None


class Opening(NamedTuple):
    """How a vault was opened; without `delivery` cash covers its loans."""

    terms: VaultTerms
    delivery: Delivery | None


class ExactLending:
    """The issuance, its vaults, and what everybody got.

    Attributes:
        book: the issuance.
        vaults: by name.
        flows: so far.
    """

    def __init__(self, book: ExactBook, openings: Mapping[str, Opening]) -> None:
        """Begin with how each vault will be opened, by name."""
        self.book = book
        self.vaults: dict[str, ExactVault] = {}
        self.flows: Flows = Counter()
        self._openings = openings
        self._held: Counter[str] = Counter()

    def repeat_token(self, event: issuance.Event) -> Due:
        """Do to the issuance what somebody did.

        What accounts claim is for its own chapter; what is claimed for vaults, for `repeat`.
        """
        book, time, kinds = self.book, event.time, issuance.Deed
        match event.deed:
            case kinds.MINT:
                return Due(book.buy(time, event.who, event.tokens))
            case kinds.DELIVER:
                return Due(book.pay(time))
            case kinds.COVER:
                return Due(book.cover(time))
            case kinds.REDEEM:
                return Due(book.give_back(time, event.who, event.tokens))
            case kinds.TRANSFER:
                book.transfer(time, event.who, event.whom, event.tokens)
            case kinds.WITHDRAW:
                book.reserve -= event.sats
        return Due()

    def repeat(self, event: lending.Event) -> Due:
        """Do what somebody did; what it did to the issuance is repeated before."""
        name, time, kinds = event.vault, event.time, lending.Deed
        match event.deed:
            case kinds.MINT:
                self._move(event.who, ISSUANCE, "traded", event.sats)
            case kinds.SPEND:
                self._move(event.who, event.whom, "spent", event.sats)
            case kinds.CLAIM:
                return Due(self._claim(time, event.who))
            case kinds.OPEN:
                self.vaults[name] = ExactVault(time, self._openings[name].terms)
            case kinds.DEPOSIT:
                self.vaults[name].lend(time, event.who, event.sats)
                self._move(event.who, name, "lent", event.sats)
            case kinds.COLLECT:
                self.vaults[name].collect(time, event.who)
            case kinds.REDEEM:
                paid = self.vaults[name].redeem(time, event.who)
                self._pay_out(time, name, event.who, "lent", paid)
                return Due(paid)
            case _:
                return self._repeat_loan(event)
        return Due()

    def _repeat_loan(self, event: lending.Event) -> Due:
        name, time, kinds = event.vault, event.time, lending.Deed
        vault, earned = self.vaults[name], self.book.earned(time, name)
        match event.deed:
            case kinds.BORROW:
                vault.borrow(time, earned, event.sats)
                self._pay_out(time, name, event.who, "loans", event.sats)
            case kinds.LIQUIDATE:
                worth = self.worth(time, name)
                if worth is None:
                    raise ValueError(f"nobody knows what tokens of the {name} are worth")
                # What was seized has gone already, with all else that was done to the issuance.
                tokens = self.book.tokens(name) + Fraction(event.tokens, WAD)
                paid, seized = vault.liquidate(time, earned, worth.price, tokens)
                self._move(event.who, name, "loans", paid)
                return Due(paid, seized)
            case kinds.CLOSE:
                paid, credit = vault.close(time, earned)
                self._move(event.who, name, "loans", paid)
                self._pay_out(time, name, event.who, "rewards", credit)
                return Due(credit - paid)
            case _:
                vault.harvest(time, earned)
        return Due()

    def worth(self, time: int, name: str, day: BlockDay | None = None) -> Worth | None:
        """Say what a token is worth to a vault, as `ExactBook.worth` does."""
        return self.book.worth(time, self._openings[name].delivery, day)

    def stand(self, time: int, name: str) -> Stand:
        """Say how a vault's loan stands, and change nothing."""
        return self.vaults[name].stand(time, self.book.earned(time, name))

    def _claim(self, time: int, who: str) -> int:
        paid = self.book.claim(time, who)
        self._move(ISSUANCE, who, "rewards", paid)
        return paid

    def _pay_out(self, time: int, vault: str, who: str, column: str, sats: int) -> None:
        """Pay from a vault, which claims what its tokens earned where it holds too little."""
        if self._held[vault] < sats:
            self._claim(time, vault)
        self._move(vault, who, column, sats)

    def _move(self, payer: str, payee: str, column: str, sats: int) -> None:
        for name, change in ((payer, -sats), (payee, sats)):
            self.flows[name, column] += change
            self._held[name] += change
