"""What the hashrate token should do, said independently of how it does it.

The contract packs words, cuts earnings to 2^-32 satoshi and works on one account at a time; the
model gives every account its exact share the moment it is earned, and moves pools of satoshi.
Integers that anyone can read follow the rounding that is stated for them, each in one line here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple

DAY, ONE, SAT, SCALE = 86_400, 10**18, 10**36, 10**27
EARNED_ONE, SPEED_ONE = 2**32, 2**16
MAX_DAYS, LAST_DAYS, MEAN_DAYS = 64, 4, 14
STALE_AFTER, DEAD_AFTER, STREAM_SECONDS = 4 * DAY, 30 * DAY, DAY
MAX_SPEED = 2**32
"""Of the index, a second."""
MAX_PRICE, MAX_CAPACITY = 10**9 * ONE, 10**8 * ONE
LARGEST, LARGEST_UINT = 2**64 - 1, 2**256 - 1
NOBODY = "0x" + "00" * 20

SELLING, RUNNING, SHORTFALL, MATURED, OVERDUE, DEFAULT = range(6)


class Refused(Exception):
    """The token would revert with this reason."""


def require(is_fine: bool, reason: str) -> None:
    """Refuse unless something is so."""
    if not is_fine:
        raise Refused(reason)


class Agreed(NamedTuple):
    """The terms that numbers depend on; units as in IHashrateToken.Terms."""

    first: int
    last: int
    cost: int
    fee: int
    ratio: int
    reference: int
    exit_fee: int
    grace: int


class Quote(NamedTuple):
    """What a mint costs and where it goes, satoshi."""

    cost: int
    to_reserve: int
    to_stream: int
    to_issuer: int


@dataclass
class Index:
    """The closed block-days: (end, what 1 TH/s earned by then); the first sets the clock."""

    first_day: int
    days: list[tuple[int, int]]
    is_disputed: bool = False

    @property
    def last_day(self) -> int:
        return self.first_day + len(self.days) - 1

    @property
    def end(self) -> int:
        return self.days[-1][0]

    def close(self, seconds: int, gained: int) -> None:
        """Close the next day."""
        end, earned = self.days[-1]
        self.days.append((end + seconds, earned + gained))

    def day(self, number: int) -> tuple[int, int]:
        """Say how long a closed day was, and what 1 TH/s earned in it."""
        place = number - self.first_day
        (start, before), (end, after) = self.days[place - 1 : place + 1]
        return end - start, after - before

    def mean(self, count: int) -> int:
        """Say the mean hashprice of the last days, rounded down."""
        (start, before), (end, after) = self.days[-min(count + 1, len(self.days))], self.days[-1]
        return (after - before) * DAY // (end - start) if start < end else 0


@dataclass
class Book:
    """Debt and reserve: what is owed in satoshi x 10^36, what ever fell due in satoshi x 10^18."""

    day: int
    since: int = 0
    owed: int = 0
    due: int = 0
    covered: int = 0
    """Whole satoshi that the reserve paid."""
    reserve: int = 0
    is_behind: bool = False
    accrued: int = 0


@dataclass
class Account:
    """One holder: what it is entitled to in its life, exactly, and what it was paid, satoshi."""

    balance: int = 0
    entitled: Fraction = Fraction(0)
    claimed: int = 0
    beneficiary: str = NOBODY
    touches: int = 0
    """How often the contract may have cut its earnings to 2^-32 satoshi."""

    def earned(self) -> tuple[int, int]:
        """Bound what the contract says it has earned, satoshi x 2^32: never more than exactly."""
        most = floor(self.entitled * EARNED_ONE)
        return most - self.touches, most

    def claimable(self) -> tuple[int, int]:
        """Bound what a claim pays: never more than exactly, and at most 1 satoshi less."""
        least = floor(self.entitled - Fraction(self.touches, EARNED_ONE))
        return max(0, least - self.claimed), floor(self.entitled) - self.claimed


@dataclass
class Stream:
    """Satoshi on their way to holders; index and queue x 10^27, both whole."""

    goal: int = 0
    speed: Fraction = Fraction(0)
    end: int = 0
    queued: int = 0

    def ahead(self, now: int) -> int:
        """Say what the stream has yet to add to the index, rounded down."""
        return floor(self.speed * max(0, self.end - now))

    def index(self, now: int) -> int:
        """Say what one unit of balance has earned."""
        return self.goal - self.ahead(now)

    def pour(self, total: int, supply: int, end: int, now: int) -> None:
        """Spread satoshi x 10^27 until a time, at the top speed at most, and queue the rest."""
        even = Fraction(total * SPEED_ONE // (max(supply, ONE) * (end - now)), SPEED_ONE)
        speed = min(even, Fraction(MAX_SPEED))
        growth = floor(speed * (end - now))
        self.goal, self.speed, self.end = self.index(now) + growth, speed, end
        self.queued += total - growth * supply


@dataclass
class TokenModel:
    """A token in plain Python; the time is given to each call, unix seconds.

    Attributes:
        token: its own address, which cannot receive.
        btc: satoshi of every account, the token's own included.
        last_outs: how often the last holder left.
        credited: what deliveries have ever paid of the debt, satoshi x 10^36, exactly.
    """

    terms: Agreed
    index: Index
    token: str
    issuer: str
    price: int
    capacity: int
    btc: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    accounts: dict[str, Account] = field(default_factory=lambda: defaultdict(Account))
    allowances: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    stream: Stream = field(default_factory=Stream)
    supply: int = 0
    last_outs: int = 0
    credited: int = 0

    def __post_init__(self) -> None:
        self.book = Book(self.terms.first)
        self._vested = 0
        self._owed_for: dict[int, int] = {}

    # What time does.

    def vest(self, now: int) -> None:
        """Give every account what the stream has paid it by now."""
        index = self.stream.index(now)
        growth = index - self._vested
        assert growth >= 0, "the index fell"
        if growth:
            for account in self.accounts.values():
                account.entitled += Fraction(account.balance * growth, SCALE)
            self._vested = index

    def net(self, hashprice: int) -> int:
        """Say what a day at a hashprice is worth to a token, sats x 10^18."""
        return max(0, hashprice * (ONE - self.terms.fee) // ONE - self.terms.cost)

    def owed_for(self, day: int) -> int:
        """Say what a closed day owes a token, sats x 10^18, rounded down once."""
        seconds, earned = self.index.day(day)
        gross = earned * (1 - Fraction(self.terms.fee, ONE))
        return max(0, floor(gross - Fraction(self.terms.cost * seconds, DAY)))

    def current(self, now: int) -> Book:
        """Return the book with the closed days of the term, as many as one call accrues."""
        book = replace(self.book, accrued=0)
        closed = min(self.index.last_day + 1, self.terms.last)
        fell_due = 0
        while book.day < closed and book.accrued < MAX_DAYS:
            if book.day not in self._owed_for:
                self._owed_for[book.day] = self.owed_for(book.day)
            added = self.supply * self._owed_for[book.day]
            book.owed += added
            if book.owed >= SAT and not book.since:
                book.since = now
            fell_due += added
            book.day += 1
            book.accrued += 1
        book.due += fell_due // ONE
        book.is_behind = book.day < closed
        return book

    def up_to_date(self, now: int) -> Book:
        """Return the book with all closed days, or refuse."""
        book = self.current(now)
        require(not book.is_behind, "token: accrue first")
        return book

    # What a book says.

    def left(self, book: Book) -> int:
        return self.terms.last - book.day

    def unit(self) -> int:
        latest, mean = self.index.mean(1), self.index.mean(MEAN_DAYS)
        return max(self.terms.reference, self.net(latest), self.net(mean))

    def value_of(self, book: Book) -> int:
        return self.left(book) * self.unit()

    def required(self, book: Book) -> int:
        """Say what stands behind each token at the ratio, sats x 10^18, rounded up."""
        return ceil(Fraction(self.terms.ratio * self.value_of(book), ONE))

    @staticmethod
    def free(book: Book) -> int:
        return max(0, book.reserve * SAT - book.owed)

    def is_overdue(self, book: Book, now: int) -> bool:
        return book.owed >= SAT and now > book.since + self.terms.grace

    def is_short(self, book: Book) -> bool:
        return self.free(book) < self.supply * self.required(book)

    def is_dead(self, book: Book, now: int) -> bool:
        return self.left(book) > 0 and now > self.index.end + DEAD_AFTER

    def _check_fresh(self, now: int) -> None:
        require(now <= self.index.end + STALE_AFTER, "token: index stale")
        require(not self.index.is_disputed, "token: index disputed")

    # Views.

    def status(self, now: int) -> int:
        book = self.current(now)
        if self.is_overdue(book, now):
            return OVERDUE if book.reserve else DEFAULT
        if not self.left(book) and book.owed < SAT:
            return MATURED
        if self.is_short(book):
            return SHORTFALL
        is_open = self.left(book) > LAST_DAYS and self.supply < self.capacity
        return SELLING if is_open else RUNNING

    def coverage(self, now: int) -> int:
        book = self.current(now)
        total = self.supply * self.value_of(book)
        return floor(Fraction(self.free(book) * ONE, total)) if total else LARGEST_UINT

    def backing(self, now: int) -> tuple[int, ...]:
        book = self.current(now)
        return (
            self.stream.index(now),
            self.stream.ahead(now),
            book.reserve,
            self.supply,
            book.owed,
            book.day,
            self.left(book),
            self.unit(),
            int(self.is_overdue(book, now)),
            int(self.is_short(book)),
            int(self.is_dead(book, now)),
            *(self.index.last_day, self.index.end, *map(self.index.mean, (1, 3, 14))),
        )

    def views(self, now: int) -> dict[str, tuple[int, ...] | None]:
        """Return every view of the whole issuance; None for those that say: accrue first."""
        stream = self.stream
        return {
            **self._counted(now),
            "reserve": (self.book.reserve,),
            "index": (stream.index(now),),
            "stream": (stream.ahead(now), stream.end, stream.queued),
            "totalSupply": (self.supply,),
            "sale": (self.price, self.capacity),
        }

    def _counted(self, now: int) -> dict[str, Any]:
        """Return the views that count all closed days."""
        book = self.current(now)
        unpaid = book.owed // ONE + book.covered * ONE
        views: dict[str, Any] = {
            "status": (self.status(now),),
            "backing": self.backing(now),
            "value": (self.value_of(book),),
            "coverage": (self.coverage(now),),
            "owed": (book.owed,),
            "due": (book.due,),
            "delivered": (max(0, book.due - unpaid),),
            "unpaid_since": (book.since,),
        }
        return dict.fromkeys(views) if book.is_behind else views

    def preview_mint(self, amount: int, now: int) -> Quote:
        return self._quote(self.up_to_date(now), amount, now)

    def preview_redeem(self, amount: int, now: int) -> int:
        return self._redemption(self.up_to_date(now), amount, now)

    def surplus(self, now: int) -> Fraction:
        """Say what the token holds beyond reserve, stream, queue and earnings, satoshi."""
        streaming = Fraction(self.stream.ahead(now) * self.supply + self.stream.queued, SCALE)
        earned = sum((a.entitled - a.claimed for a in self.accounts.values()), Fraction(0))
        return self.btc[self.token] - self.book.reserve - streaming - earned

    # Calls.

    def accrue(self, now: int) -> int:
        self._store(self.current(now), now)
        return self.book.accrued

    def checkpoint(self, now: int) -> None:
        self._store(self.up_to_date(now), now)

    def mint(self, now: int, caller: str, amount: int, max_cost: int, receiver: str) -> int:
        book = self.up_to_date(now)
        quote = self._quote(book, amount, now)
        require(quote.cost <= max_cost, "token: over max cost")
        owed = self._owed_to(book, amount)
        book.owed += owed
        book.due += owed // ONE
        book.reserve += quote.to_reserve
        self._check_reserve(book)
        self._check_receiver(receiver)
        self._pay(
            caller, (self.token, quote.cost - quote.to_issuer), (self.issuer, quote.to_issuer)
        )
        self._store(book, now)
        self.vest(now)
        self._touch(receiver).balance += amount
        self.supply += amount
        self.stream.queued += quote.to_stream * SCALE - self.stream.ahead(now) * amount
        return quote.cost

    def deliver(self, now: int, caller: str, amount: int) -> int:
        book = replace(self.book)
        if amount == LARGEST_UINT:
            amount = ceil(Fraction(book.owed, SAT))
        require(amount > 0, "token: nothing to deliver")
        require(amount <= LARGEST, "token: amount too large")
        credited = min(amount * SAT, book.owed)
        book.owed -= credited
        self._pay(caller, (self.token, amount))
        self._distribute(amount, now)
        self._store(book, now)
        self.credited += credited
        return amount

    def cover(self, now: int) -> int:
        book = self.up_to_date(now)
        require(self.is_overdue(book, now), "token: not overdue")
        amount = min(ceil(Fraction(book.owed, SAT)), book.reserve)
        require(amount > 0, "token: reserve is empty")
        book.reserve -= amount
        book.owed -= min(amount * SAT, book.owed)
        book.covered += amount
        self._distribute(amount, now)
        self._store(book, now)
        return amount

    def fund_reserve(self, now: int, caller: str, amount: int) -> None:
        require(amount > 0, "token: nothing to fund")
        book = replace(self.book, reserve=self.book.reserve + amount)
        self._check_reserve(book)
        self._pay(caller, (self.token, amount))
        self._store(book, now)

    def withdraw_reserve(self, now: int, caller: str, amount: int) -> None:
        require(caller == self.issuer, "ownable: caller is not the owner")
        require(amount > 0, "token: nothing to withdraw")
        book = self.up_to_date(now)
        drained = 0
        each = self.required(book)
        if self.supply:
            require(not self.is_overdue(book, now), "token: overdue")
            if self.is_dead(book, now) and self.supply < ONE:
                each = self.value_of(book)
            elif self.left(book):
                self._check_fresh(now)
        else:
            drained = self.stream.queued // SCALE
            book.reserve += drained
        held_back = self.supply * each
        needed = ceil(Fraction(book.owed, SAT)) + ceil(Fraction(held_back, SAT))
        require(amount + needed <= book.reserve, "token: reserve needed")
        book.reserve -= amount
        self.stream.queued -= drained * SCALE
        self._store(book, now)
        self._pay(self.token, (caller, amount))

    def redeem(self, now: int, caller: str, amount: int, min_paid: int, receiver: str) -> int:
        book = self.up_to_date(now)
        paid = self._redemption(book, amount, now)
        require(min_paid <= paid, "token: under min paid")
        self._check_receiver(receiver)
        require(amount <= self.accounts[caller].balance, "token: insufficient balance")
        burnt = floor(Fraction(amount * book.owed, self.supply))
        book.owed -= burnt
        book.due -= min(burnt // ONE, book.due)
        book.reserve -= paid
        self._burn(caller, amount, now)
        self._store(book, now)
        self._pay(self.token, (receiver, paid))
        return paid

    def set_sale(self, now: int, caller: str, price: int, capacity: int) -> None:
        require(caller == self.issuer, "ownable: caller is not the owner")
        require(price <= MAX_PRICE, "token: price too large")
        require(capacity <= MAX_CAPACITY, "token: capacity too large")
        self.price, self.capacity = price, capacity

    def set_beneficiary(self, now: int, caller: str, beneficiary: str) -> None:
        require(beneficiary != self.token, "token: receiver cannot receive")
        self.accounts[caller].beneficiary = beneficiary

    def pay_out(self, now: int, owner: str, paid: int) -> None:
        """Book what the contract paid an account, after judging it."""
        self.vest(now)
        account = self.accounts[owner]
        least, most = account.claimable()
        assert least <= paid <= most, f"claim paid {paid}, where {least} to {most} are due"
        account.claimed += paid
        receiver = account.beneficiary
        self._pay(self.token, (owner if receiver == NOBODY else receiver, paid))

    def transfer(self, now: int, caller: str, receiver: str, amount: int) -> int:
        return self._move(now, caller, receiver, amount)

    def transfer_from(self, now: int, caller: str, owner: str, receiver: str, amount: int) -> int:
        allowed = self.allowances[owner, caller]
        require(amount <= allowed, "token: insufficient allowance")
        self._move(now, owner, receiver, amount)
        if allowed != LARGEST_UINT:
            self.allowances[owner, caller] = allowed - amount
        return 1

    def approve(self, now: int, caller: str, spender: str, amount: int) -> int:
        self.allowances[caller, spender] = amount
        return 1

    # Parts of calls: each refuses before anything is changed.

    def _quote(self, book: Book, amount: int, now: int) -> Quote:
        require(amount > 0, "token: nothing to mint")
        require(self.left(book) > LAST_DAYS, "token: term nearly over")
        if self.is_overdue(book, now):
            raise Refused("token: overdue" if book.reserve else "token: in default")
        self._check_fresh(now)
        require(self.unit() > 0, "token: unit is zero")
        require(not self.is_short(book), "token: coverage below ratio")
        require(self.supply + amount <= self.capacity, "token: above capacity")
        # What is free for each token is rounded up, like all that a buyer pays.
        free = ceil(Fraction(self.free(book), max(self.supply, ONE)))
        per_token = max(self.required(book), min(self.value_of(book), free))
        share = ceil(Fraction(amount * per_token, SAT))
        price = ceil(Fraction(self.price * self.left(book) * amount, SAT))
        require(share <= price, "token: price below reserve")
        owed = ceil(Fraction(self._owed_to(book, amount), SAT))
        entry = ceil(Fraction(self.stream.ahead(now) * amount, SCALE))
        return Quote(price + owed + entry, share + owed, entry, price - share)

    def _owed_to(self, book: Book, amount: int) -> int:
        return ceil(Fraction(amount * book.owed, self.supply)) if self.supply else 0

    def _redemption(self, book: Book, amount: int, now: int) -> int:
        require(amount <= self.supply, "token: above supply")
        total, is_dead = book.reserve * SAT, self.is_dead(book, now)
        if not is_dead or self.supply < ONE:
            total = min(total, book.owed + self.supply * self.value_of(book))
        kept = Fraction(0 if is_dead else self.terms.exit_fee, ONE)
        part = floor(Fraction(amount * total, self.supply)) if self.supply else 0
        paid = floor(Fraction(part, SAT) * (1 - kept))
        require(paid > 0, "token: nothing to redeem")
        return paid

    def _distribute(self, amount: int, now: int) -> None:
        self.vest(now)
        stream, fresh = self.stream, self.stream.queued + amount * SCALE
        if not self.supply:
            stream.queued = fresh
            return
        streaming = stream.ahead(now) * self.supply
        seconds = STREAM_SECONDS
        if streaming:
            ends = streaming * (stream.end - now) + fresh * STREAM_SECONDS
            seconds = floor(Fraction(ends, streaming + fresh))
        stream.queued = 0
        stream.pour(streaming + fresh, self.supply, now + seconds, now)

    def _burn(self, owner: str, amount: int, now: int) -> None:
        self.vest(now)
        stream, ahead = self.stream, self.stream.ahead(now)
        unvested, stays = ahead * self.supply, self.supply - amount
        if stays < ONE:
            # Whole 2^-32 satoshi, as earnings are kept; the rest waits.
            gained = Fraction(ahead * amount * EARNED_ONE // SCALE, EARNED_ONE)
            self.accounts[owner].entitled += gained
            stream.queued += floor(ahead * amount - gained * SCALE)
            if not stays:
                self.stream = Stream(stream.index(now), queued=stream.queued)
            self.last_outs += 1
        elif ahead:
            stream.pour(unvested, stays, stream.end, now)
        self._touch(owner).balance -= amount
        self.supply = stays

    def _move(self, now: int, owner: str, receiver: str, amount: int) -> int:
        self._check_receiver(receiver)
        require(amount <= self.accounts[owner].balance, "token: insufficient balance")
        self.vest(now)
        self._touch(owner).balance -= amount
        self._touch(receiver).balance += amount
        return 1

    def _touch(self, owner: str) -> Account:
        account = self.accounts[owner]
        account.touches += 1
        return account

    def _check_receiver(self, receiver: str) -> None:
        require(receiver not in (NOBODY, self.token), "token: receiver cannot receive")

    @staticmethod
    def _check_reserve(book: Book) -> None:
        require(book.reserve <= LARGEST, "token: reserve too large")

    def _store(self, book: Book, now: int) -> None:
        since = 0 if book.owed < SAT else book.since or now
        self.book = replace(book, since=since, is_behind=False)

    def _pay(self, payer: str, *payments: tuple[str, int]) -> None:
        due = sum(amount for _, amount in payments)
        require(due <= self.btc[payer], "erc20: transfer amount exceeds balance")
        for receiver, amount in payments:
            self.btc[payer] -= amount
            self.btc[receiver] += amount
