"""What the pair market should do, said independently of how it does it: in satoshi, by person.

Claims are counted as exposure: a person's longs and shorts of a series. What they are worth is said
by one fraction, and every trade by what each side had before and wants after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

TICKS = LOT = 10_000
SHARES = 10**12
LARGEST = 2**256 - 1


class Refused(Exception):
    """The market would revert with this reason."""


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
class State:
    """A series."""

    low: int
    high: int
    fallback: int
    is_known: bool = False
    share: int | None = None
    pairs: int = 0


@dataclass
class MarketModel:
    """Everybody's satoshi and claims.

    Attributes:
        cash: satoshi that people have.
        held: satoshi that the market has.
        longs, shorts: claims by series and person.
    """

    cash: dict[str, int]
    held: int = 0
    series: dict[str, State] = field(default_factory=dict)
    longs: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    shorts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    counters: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    now: int = 0

    def needed(self) -> Fraction:
        """Say what all claims are worth together, satoshi."""
        total = Fraction(0)
        for name, state in self.series.items():
            longs = sum(n for (where, _), n in self.longs.items() if where == name)
            shorts = sum(n for (where, _), n in self.shorts.items() if where == name)
            if state.share is None:
                assert longs == shorts == state.pairs, name
                total += state.pairs
            else:
                part = Fraction(state.share, SHARES)
                total += longs * part + shorts * (1 - part)
        return total

    def mint_pair(self, name: str, amount: int, payer: str, long: str, short: str) -> None:
        """Make pairs."""
        self._open(name)
        require(0 < amount < 2**79 + 1, "market: amount out of range")
        require(amount <= self.cash[payer], "")
        self._pay(payer, amount)
        self.series[name].pairs += amount
        self.longs[name, long] += amount
        self.shorts[name, short] += amount

    def burn_pair(self, name: str, amount: int, owner: str, receiver: str) -> None:
        """End pairs."""
        require(amount > 0, "market: amount out of range")
        both = min(self.longs[name, owner], self.shorts[name, owner])
        require(amount <= both, "market: insufficient claims")
        self.longs[name, owner] -= amount
        self.shorts[name, owner] -= amount
        if self.series[name].share is None:
            self.series[name].pairs -= amount
        self._pay(receiver, -amount)

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

    def trade(self, name: str, long: str, short: str, amount: int, price: int) -> tuple[int, int]:
        """Move claims; return what the two sides pay, satoshi."""
        value = Fraction(amount * price, TICKS)
        assert value.denominator == 1
        # Whoever has the other side gives it up, and gets a whole satoshi for each.
        gives_short = min(amount, self.shorts[name, long])
        gives_long = min(amount, self.longs[name, short])
        self.shorts[name, long] -= gives_short
        self.longs[name, long] += amount - gives_short
        self.longs[name, short] -= gives_long
        self.shorts[name, short] += amount - gives_long
        self.series[name].pairs += amount - gives_short - gives_long
        return int(value) - gives_short, amount - int(value) - gives_long

    def fill(self, name: str, wish: Wish, taker: str, amount: int) -> None:
        """Take claims of an order."""
        self._tradable(name)
        self.check(wish, name, taker, amount)
        with self._all_or_nothing(wish):
            self._cross(name, wish, taker, amount, wish.price)

    def _cross(self, name: str, wish: Wish, taker: str, amount: int, price: int) -> None:
        long, short = (wish.maker, taker) if wish.long else (taker, wish.maker)
        of_long, of_short = self.trade(name, long, short, amount, price)
        wish.filled += amount
        self._settle_up({long: of_long, short: of_short})

    def match(self, name: str, buying: Wish, selling: Wish, amount: int) -> None:
        """Match two orders in the middle."""
        self._tradable(name)
        require(buying.long and not selling.long, "market: orders on one side")
        require(selling.price <= buying.price, "market: orders do not cross")
        self.check(buying, name, selling.maker, amount)
        self.check(selling, name, buying.maker, amount)
        with self._all_or_nothing(buying, selling):
            selling.filled += amount
            self._cross(name, buying, selling.maker, amount, (buying.price + selling.price) // 2)

    def fill_all(self, taker: str, legs: list[tuple[str, Wish, int]], most: int) -> None:
        """Take claims of several orders, or of none; the taker pays once."""
        own = 0
        with self._all_or_nothing(*(wish for _, wish, _ in legs)):
            for name, wish, amount in legs:
                self._tradable(name)
                self.check(wish, name, taker, amount)
                own += self._take(name, wish, taker, amount)
            require(own <= most, "market: above max payment")
            self._settle_up({taker: own})

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
        with self._all_or_nothing(*(wish for wish, _ in fills)):
            for wish, amount in fills:
                is_worse = wish.price > limit if long else wish.price < limit
                if wish.long == long or is_worse or not wish.is_signed:
                    continue
                try:
                    left = self.left(wish, name, taker)
                except Refused:
                    continue
                some = min(left, amount // LOT * LOT, total - taken)
                if some and self._affords(name, wish, some):
                    own += self._take(name, wish, taker, some)
                    taken += some
            require(least <= taken, "market: too little taken")
            self._settle_up({taker: own})

    @contextmanager
    def _all_or_nothing(self, *wishes: Wish) -> Iterator[None]:
        """Undo what happens inside if it is refused."""
        before = deepcopy((self.longs, self.shorts, self.series, self.cash, self.held))
        filled = [wish.filled for wish in wishes]
        try:
            yield
        except Refused:
            self.longs, self.shorts, self.series, self.cash, self.held = before
            for wish, was in zip(wishes, filled, strict=True):
                wish.filled = was
            raise

    def _affords(self, name: str, wish: Wish, amount: int) -> bool:
        """Say whether a maker can pay for claims of its order."""
        part = wish.price if wish.long else TICKS - wish.price
        other = self.shorts if wish.long else self.longs
        given = min(amount, other[name, wish.maker])
        return amount * part // TICKS - given <= self.cash[wish.maker]

    def _take(self, name: str, wish: Wish, taker: str, amount: int) -> int:
        """Take claims of an order, and return what its taker has to pay."""
        long, short = (wish.maker, taker) if wish.long else (taker, wish.maker)
        of_long, of_short = self.trade(name, long, short, amount, wish.price)
        wish.filled += amount
        of_maker, of_taker = (of_long, of_short) if wish.long else (of_short, of_long)
        self._settle_up({wish.maker: of_maker})
        return of_taker

    def cancel(self, wish: Wish) -> None:
        """Cancel an order."""
        wish.is_cancelled = True

    def cancel_all(self, maker: str) -> None:
        """Cancel all orders of somebody."""
        self.counters[maker] += 1

    def settle(self, name: str, x: int) -> None:
        """Fix what claims are worth."""
        state = self.series[name]
        require(state.share is None, "market: settled already")
        state.share = share(x, state.low, state.high)

    def redeem(self, name: str, owner: str) -> int:
        """Pay somebody's claims."""
        part = self.series[name].share
        require(part is not None, "market: not settled")
        assert part is not None
        longs, shorts = self.longs[name, owner], self.shorts[name, owner]
        require(longs + shorts > 0, "market: nothing to redeem")
        exact = Fraction(longs * part + shorts * (SHARES - part), SHARES)
        self.longs[name, owner] = self.shorts[name, owner] = 0
        self._pay(owner, -floor(exact))
        return floor(exact)

    def transfer(self, name: str, is_long: bool, sender: str, receiver: str, amount: int) -> None:
        """Send claims."""
        held = self.longs if is_long else self.shorts
        require(amount <= held[name, sender], "market: insufficient claims")
        held[name, sender] -= amount
        held[name, receiver] += amount

    def _open(self, name: str) -> None:
        require(name in self.series, "market: series not open")
        require(self.series[name].share is None, "market: settled already")

    def _tradable(self, name: str) -> None:
        self._open(name)
        require(not self.series[name].is_known, "market: index is known")

    def _settle_up(self, pays: dict[str, int]) -> None:
        for who, amount in pays.items():
            require(amount <= self.cash[who], "")
            self._pay(who, amount)

    def _pay(self, who: str, amount: int) -> None:
        self.cash[who] -= amount
        self.held += amount
