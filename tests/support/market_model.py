"""What the pair market should do, said independently of how it does it: in satoshi, by person.

Claims are counted as exposure: a person's longs and shorts of a series. What they are worth is said
by one fraction, and every trade by what each side had before and wants after.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor

TICKS = LOT = 10_000
SHARES = 10**12
LARGEST = 2**256 - 1
DEAD_AFTER = 90 * 86_400
Claim = tuple[str, bool]
"""A series' longs, or its shorts."""


class Refused(Exception):
    """The market would revert with this reason; with whatever the token says, where it is empty."""


def require(is_fine: bool, reason: str) -> None:
    """Refuse unless something is so."""
    if not is_fine:
        raise Refused(reason)


def share(x: int, low: int, high: int) -> int:
    """Say what of the collateral longs have, in parts of 10^12."""
    return floor(Fraction(min(max(x, low), high) - low, high - low) * SHARES)


@dataclass
class Wish:
    """An order: who wants what, and how much of it was taken."""

    maker: str
    taker: str
    series: str
    long: bool
    amount: int
    price: int
    deadline: int
    counter: int
    filled: int = 0
    is_cancelled: bool = False
    is_signed: bool = True


@dataclass
class Source:
    """An instrument: whether its last reading is determined, X once that is final, when it moved,
    and whether it fails when it is asked for X.
    """

    is_known: bool = False
    x: int | None = None
    moved: int = 0
    is_broken: bool = False


@dataclass
class State:
    """A series."""

    instrument: int
    low: int
    high: int
    fallback: int
    is_open: bool = False
    opened: int = 0
    share: int | None = None
    pairs: int = 0


@dataclass
class MarketModel:
    """Everybody's satoshi and claims.

    Attributes:
        cash: satoshi that people have.
        held: satoshi that the market has.
        closed: who can receive nothing.
        coded: who has code.
        fee: satoshi that the token keeps of each payment.
        is_true: what the token says of payments.
        claims: by series and side, and person.
        redeemed: how often anybody was paid.
    """

    cash: dict[str, int]
    held: int = 0
    now: int = 0
    fee: int = 0
    is_true: bool = True
    redeemed: int = 0
    closed: set[str] = field(default_factory=set)
    coded: set[str] = field(default_factory=set)
    sources: dict[int, Source] = field(default_factory=lambda: defaultdict(Source))
    series: dict[str, State] = field(default_factory=dict)
    claims: dict[tuple[Claim, str], int] = field(default_factory=lambda: defaultdict(int))
    counters: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    operators: set[tuple[str, str]] = field(default_factory=set)
    allowed: dict[tuple[str, str, Claim], int] = field(default_factory=lambda: defaultdict(int))

    def needed(self) -> Fraction:
        """Say what all claims are worth together, satoshi."""
        sums: Counter[Claim] = Counter()
        for (claim, _), amount in self.claims.items():
            sums[claim] += amount
        total = Fraction(0)
        for name, state in self.series.items():
            longs, shorts = sums[name, True], sums[name, False]
            if state.share is None:
                assert longs == shorts == state.pairs, name
                total += state.pairs
            else:
                part = Fraction(state.share, SHARES)
                total += longs * part + shorts * (1 - part)
        return total

    # Series

    def open(self, names: list[str]) -> None:
        """Open series; those that are open stay as they are."""
        for name in names:
            if not self.series[name].is_open:
                self.series[name].is_open, self.series[name].opened = True, self.now

    def settle(self, name: str) -> None:
        """Fix what claims are worth, by X."""
        state = self._unsettled(name)
        require(not self.sources[state.instrument].is_broken, "double: broken")
        x = self.sources[state.instrument].x
        require(x is not None, "market: window not over")
        assert x is not None
        state.share = share(x, state.low, state.high)

    def settle_dead(self, name: str) -> None:
        """Fix what claims are worth by the series' own fallback."""
        state = self._unsettled(name)
        source = self.sources[state.instrument]
        require(source.x is None or source.is_broken, "market: settle it by its value")
        require(self.now - max(source.moved, state.opened) > DEAD_AFTER, "market: index not dead")
        state.share = state.fallback * SHARES // TICKS

    def redeem(self, name: str, caller: str, owner: str, receiver: str) -> int:
        """Pay somebody's claims."""
        is_own = caller == owner or (owner, caller) in self.operators
        require(is_own or owner not in self.coded, "market: owner redeems itself")
        require(is_own or receiver == owner, "market: receiver not the owner")
        part = self.series[name].share
        require(part is not None, "market: not settled")
        assert part is not None
        longs, shorts = self.claims[(name, True), owner], self.claims[(name, False), owner]
        require(longs + shorts > 0, "market: nothing to redeem")
        paid = floor(longs * Fraction(part, SHARES) + shorts * (1 - Fraction(part, SHARES)))
        with self._all_or_nothing():
            self.claims[(name, True), owner] = self.claims[(name, False), owner] = 0
            self._pay(receiver, -paid)
        self.redeemed += 1
        return paid

    # Pairs

    def mint_pair(self, name: str, amount: int, payer: str, long: str, short: str) -> None:
        """Make pairs."""
        state = self.series[name]
        require(state.is_open, "market: series not open")
        require(state.share is None, "market: settled already")
        require(0 < amount < 2**79 + 1, "market: amount out of range")
        with self._all_or_nothing(), self._backed():
            state.pairs += amount
            self._give((name, True), long, amount)
            self._give((name, False), short, amount)
            self._pay(payer, amount)

    def burn_pair(self, name: str, amount: int, owner: str, receiver: str) -> None:
        """End pairs."""
        require(amount > 0, "market: amount out of range")
        with self._all_or_nothing():
            self._take((name, True), owner, amount)
            self._take((name, False), owner, amount)
            if self.series[name].share is None:
                self.series[name].pairs -= amount
            self._pay(receiver, -amount)

    # Orders

    def left(self, wish: Wish, name: str, taker: str) -> int:
        """Say how much of an order is left for somebody; refuse with the reason why nothing is."""
        require(wish.series == name, "market: another series")
        require(wish.amount % LOT == 0 and wish.amount <= 2**79, "market: order not in lots")
        require(wish.price <= TICKS, "market: price above all")
        require(self.now <= wish.deadline, "market: order expired")
        require(wish.counter == self.counters[wish.maker], "market: order cancelled")
        require(wish.taker in ("", taker), "market: order for another")
        require(wish.maker != taker, "market: own order")
        require(not wish.is_cancelled, "market: order cancelled")
        require(wish.filled < wish.amount, "market: order filled")
        return wish.amount - wish.filled

    def check(self, wish: Wish, name: str, taker: str, amount: int) -> None:
        """Refuse what may not be taken of an order."""
        left = self.left(wish, name, taker)
        require(amount > 0 and amount % LOT == 0, "market: amount not in lots")
        require(amount <= left, "market: above what is left")
        require(wish.is_signed, "market: order not signed")

    def fillable(self, name: str, wish: Wish, taker: str) -> int:
        """Say how many claims of an order its maker can pay for; refuse where there are none."""
        self._tradable(name)
        left = self.left(wish, name, taker)
        require(wish.is_signed, "market: order not signed")
        for amount in range(left, 0, -LOT):
            of_long, of_short = self._quote(name, *_sides(wish, taker), amount, wish.price)
            if (of_long if wish.long else of_short) <= self.cash[wish.maker]:
                return amount
        raise Refused("market: maker cannot pay")

    def fill(self, name: str, wish: Wish, taker: str, amount: int) -> None:
        """Take claims of an order."""
        self._tradable(name)
        self.check(wish, name, taker, amount)
        with self._all_or_nothing(wish), self._backed():
            wish.filled += amount
            self._cross(name, *_sides(wish, taker), amount, wish.price)

    def match(self, name: str, buying: Wish, selling: Wish, amount: int) -> None:
        """Match two orders in the middle."""
        self._tradable(name)
        require(buying.long and not selling.long, "market: orders on one side")
        require(selling.price <= buying.price, "market: orders do not cross")
        self.check(buying, name, selling.maker, amount)
        self.check(selling, name, buying.maker, amount)
        middle = (buying.price + selling.price) // 2
        with self._all_or_nothing(buying, selling), self._backed():
            buying.filled += amount
            selling.filled += amount
            self._cross(name, buying.maker, selling.maker, amount, middle)

    def fill_all(self, taker: str, legs: list[tuple[str, Wish, int]], most: int) -> None:
        """Take claims of several orders, or of none; the taker pays once."""
        own = 0
        with self._all_or_nothing(*(wish for _, wish, _ in legs)), self._backed():
            for name, wish, amount in legs:
                self._tradable(name)
                self.check(wish, name, taker, amount)
                of_long, of_short = self._trade(name, *_sides(wish, taker), amount, wish.price)
                wish.filled += amount
                own += of_short if wish.long else of_long
                self._pay(wish.maker, of_long if wish.long else of_short)
            require(own <= most, "market: above max payment")
            self._pay(taker, own)

    def sweep(
        self,
        name: str,
        taker: str,
        long: bool,
        fills: list[tuple[Wish, int]],
        total: int,
        limit: int,
        least: int,
    ) -> None:
        """Take claims of orders one after the other, and pass over those that are dead."""
        require(total % LOT == 0, "market: amount not in lots")
        self._tradable(name)
        taken = own = 0
        with self._all_or_nothing(*(wish for wish, _ in fills)), self._backed():
            for wish, amount in fills:
                is_worse = wish.price > limit if long else wish.price < limit
                if wish.long == long or is_worse or not wish.is_signed:
                    continue
                try:
                    left = self.left(wish, name, taker)
                except Refused:
                    continue
                some = min(left, amount // LOT * LOT, total - taken)
                of_long, of_short = self._quote(name, *_sides(wish, taker), some, wish.price)
                if some and self._paid(wish.maker, of_long if wish.long else of_short):
                    self._trade(name, *_sides(wish, taker), some, wish.price)
                    own += of_short if wish.long else of_long
                    wish.filled += some
                    taken += some
            require(least <= taken, "market: too little taken")
            self._pay(taker, own)

    def cancel(self, wish: Wish) -> None:
        """Cancel an order."""
        wish.is_cancelled = True

    def cancel_all(self, maker: str) -> None:
        """Cancel all orders of somebody."""
        self.counters[maker] += 1

    # Claims

    def transfer(self, claim: Claim, caller: str, owner: str, receiver: str, amount: int) -> None:
        """Send claims, as their owner, its operator, or as far as it has allowed."""
        with self._all_or_nothing():
            if caller != owner and (owner, caller) not in self.operators:
                allowed = self.allowed[owner, caller, claim]
                require(amount <= allowed, "market: insufficient allowance")
                if allowed != LARGEST:
                    self.allowed[owner, caller, claim] -= amount
            self._receives(receiver)
            self._take(claim, owner, amount)
            self._give(claim, receiver, amount)

    def approve(self, claim: Claim, owner: str, spender: str, amount: int) -> None:
        """Allow somebody to send claims."""
        self.allowed[owner, spender, claim] = amount

    def set_operator(self, owner: str, spender: str, is_one: bool) -> None:
        """Allow somebody to send and redeem everything, or end that."""
        (self.operators.add if is_one else self.operators.discard)((owner, spender))

    def _receives(self, who: str) -> None:
        require(who not in self.closed, "market: receiver cannot receive")

    def _give(self, claim: Claim, receiver: str, amount: int) -> None:
        self._receives(receiver)
        self.claims[claim, receiver] += amount

    def _take(self, claim: Claim, owner: str, amount: int) -> None:
        require(amount <= self.claims[claim, owner], "market: insufficient claims")
        self.claims[claim, owner] -= amount

    # Trades

    def _unsettled(self, name: str) -> State:
        state = self.series[name]
        require(state.is_open, "market: series not open")
        require(state.share is None, "market: settled already")
        return state

    def _tradable(self, name: str) -> None:
        state = self._unsettled(name)
        require(not self.sources[state.instrument].is_known, "market: index is known")

    def _quote(self, name: str, long: str, short: str, amount: int, price: int) -> tuple[int, int]:
        """Say what the two sides would pay, satoshi."""
        value = Fraction(amount * price, TICKS)
        assert value.denominator == 1
        # Whoever has the other side gives it up, and gets a whole satoshi for each.
        gives_short = min(amount, self.claims[(name, False), long])
        gives_long = min(amount, self.claims[(name, True), short])
        return int(value) - gives_short, amount - int(value) - gives_long

    def _trade(self, name: str, long: str, short: str, amount: int, price: int) -> tuple[int, int]:
        """Move claims; return what the two sides pay, satoshi."""
        pays = self._quote(name, long, short, amount, price)
        for who, is_long in ((long, True), (short, False)):
            other = min(amount, self.claims[(name, not is_long), who])
            self.claims[(name, not is_long), who] -= other
            self.claims[(name, is_long), who] += amount - other
        self.series[name].pairs += sum(pays)
        return pays

    def _cross(self, name: str, long: str, short: str, amount: int, price: int) -> None:
        of_long, of_short = self._trade(name, long, short, amount, price)
        if of_long + of_short == 0 != of_long:
            payer, payee = (long, short) if of_long > 0 else (short, long)
            self._pass(payer, payee, abs(of_long))
            return
        for who, pays in ((long, max(of_long, 0)), (short, of_short), (long, min(of_long, 0))):
            self._pay(who, pays)

    # Satoshi

    def _pay(self, who: str, amount: int) -> None:
        """Have somebody pay, or be paid."""
        require(amount >= 0 or who not in self.closed, "market: receiver cannot receive")
        require(amount == 0 or self._moves(who, amount), "")
        require(self._paid(who, amount), "market: payment failed")

    def _paid(self, who: str, amount: int) -> bool:
        """Try to have somebody pay, or be paid; satoshi may move although the token says no."""
        if amount and self._moves(who, amount):
            kept = min(self.fee, abs(amount))
            self.cash[who] -= amount + (kept if amount < 0 else 0)
            self.held += amount - (kept if amount > 0 else 0)
            return self.is_true
        return amount == 0

    def _moves(self, who: str, amount: int) -> bool:
        if amount > 0:
            return amount <= self.cash[who]
        return self.cash[who] - amount - min(self.fee, -amount) <= LARGEST

    def _pass(self, payer: str, payee: str, amount: int) -> None:
        """Have one pay another."""
        arrives = amount - min(self.fee, amount)
        require(amount <= self.cash[payer] and self.cash[payee] + arrives <= LARGEST, "")
        self.cash[payer] -= amount
        self.cash[payee] += arrives
        require(self.is_true, "market: payment failed")

    @contextmanager
    def _all_or_nothing(self, *wishes: Wish) -> Iterator[None]:
        """Undo what happens inside if it is refused."""
        series = {name: replace(state) for name, state in self.series.items()}
        before = self.claims.copy(), self.allowed.copy(), series, self.cash.copy(), self.held
        filled = [wish.filled for wish in wishes]
        try:
            yield
        except Refused:
            self.claims, self.allowed, self.series, self.cash, self.held = before
            for wish, was in zip(wishes, filled, strict=True):
                wish.filled = was
            raise

    @contextmanager
    def _backed(self) -> Iterator[None]:
        """Refuse unless what comes in is what new pairs lock."""
        free = self.held - self._pairs()
        yield
        require(self.held - self._pairs() == free, "market: payment did not arrive")

    def _pairs(self) -> int:
        return sum(state.pairs for state in self.series.values())


def _sides(wish: Wish, taker: str) -> tuple[str, str]:
    """Say who is long, and who short."""
    return (wish.maker, taker) if wish.long else (taker, wish.maker)
