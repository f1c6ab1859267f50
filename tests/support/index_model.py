"""What the hashprice index should do, said independently of how it does it.

The contract packs totals into words and proves days by hashes; the model keeps every day with the
truth that it was given, counts in integers, and takes logarithms to eighty digits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from typing import NamedTuple

from terahash.bitcoin.coinbase import parse_coinbase
from terahash.bitcoin.header import double_sha256
from terahash.bitcoin.state import Day, keccak256
from terahash.errors import TransactionError

DAY_BLOCKS, GROUP_BLOCKS, EPOCH_DAYS = 144, 12, 14
DAY_SECONDS, WAD = 86_400, 10**18
MAX_OPEN = 8
PRICE_IN_TIME, PRICE_DECIDED = 6 * 3_600, 7 * 3_600
LARGEST_TOTAL, LARGEST_PRICE = 2**108 - 1, 2**64 - 1
MAX_BLOB, MAX_OUTPUTS, INNER_NODE = 49_152, 1_024, 64

_EXACT = Context(prec=80)


class Refused(Exception):
    """The index would revert with this reason."""


def subsidy(height: int) -> int:
    """Say how many new satoshi a block may create."""
    return 50 * 10**8 >> height // 210_000


def hashes_per_block(bits: int) -> int:
    """Count the hashes of a block as hashprice indices do: difficulty x 2^32."""
    target = (bits & 0x7FFFFF) * Fraction(256) ** ((bits >> 24) - 3)
    return (0xFFFF << 240) // int(target)


class Variance(NamedTuple):
    """A sum of squared logarithms, x 10^36, and how far the contract may be from it."""

    exact: Decimal = Decimal(0)
    tolerance: Decimal = Decimal(0)

    def plus(self, new: int, old: int) -> Variance:
        """Add the square of ln(new / old).

        The contract keeps 18 digits of the ratio, at least one unit, and of the logarithm.
        """
        ratio = max(Fraction(new, old), Fraction(1, WAD))
        log = _EXACT.ln(_EXACT.divide(Decimal(ratio.numerator), Decimal(ratio.denominator)))
        error = 1 + _EXACT.divide(Decimal(ratio.denominator), Decimal(ratio.numerator))
        scaled = _EXACT.multiply(log, Decimal(WAD))
        return Variance(
            _EXACT.add(self.exact, _EXACT.multiply(scaled, scaled)),
            _EXACT.add(self.tolerance, 2 * abs(scaled) * error + error * error),
        )

    def agrees(self, found: int) -> bool:
        """Say whether a number is this sum, as exactly as the contract can know it."""
        return abs(Decimal(found) - self.exact) <= self.tolerance


@dataclass
class Dollars:
    """The totals in dollars after a day, and the newest day with a price: (price, hashes)."""

    total: int = 0
    seconds: int = 0
    variance: Variance = field(default_factory=Variance)
    newest: tuple[int, int] | None = None


@dataclass
class Recorded:
    """A recorded day: its content, when its window began, and the fees of each proven block."""

    day: Day
    recorded_at: int
    fees: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Closed:
    """A closed day, for ever."""

    end: int
    earned: int
    floor_earned: int
    hashprice: int
    dollars: Dollars


class IndexModel:
    """An index in plain Python; times are given to each call, unix seconds.

    Attributes:
        final: the relay's final days by number, told to the model as they become final.
        disputed_from: the first disputed day, or 0.
        observations: of the feed, (time, value), oldest first.
        feed_works: whether the feed answers about its history.
    """

    def __init__(self, first_day: int, unit: int, fee_window: int, has_feed: bool = True) -> None:
        self.first_day, self.unit, self.fee_window = first_day, unit, fee_window
        self.has_feed = has_feed
        self.final: dict[int, Day] = {}
        self.disputed_from = 0
        self.observations: list[tuple[int, int]] = []
        self.feed_works = True
        self.recorded: dict[int, Recorded] = {}
        self.closed: dict[int, Closed] = {}
        self.epochs: dict[int, Variance] = {}

    @property
    def last_recorded(self) -> int:
        return self.first_day - 1 + len(self.recorded)

    @property
    def last_closed(self) -> int:
        return self.first_day - 1 + len(self.closed)

    def subsidy(self, number: int) -> int:
        """Say how many new satoshi the blocks of a day may create together."""
        first = number * DAY_BLOCKS
        return sum(subsidy(height) for height in range(first, first + DAY_BLOCKS))

    def reward(self, number: int) -> int:
        """Say what the blocks of a recorded day paid, as far as it is proven."""
        return self.subsidy(number) + sum(self.recorded[number].fees.values())

    def record(self, days: list[Day], now: int) -> None:
        """Record days; see `HashpriceIndex.record`."""
        if not days:
            raise Refused("index: no days")
        first = self.last_recorded + 1
        for number, day in enumerate(days, first):
            if self.final.get(number) != day:
                raise Refused("index: not the relay's days")
        last = first + len(days) - 1
        self._check_undisputed(last)
        begins = not self.recorded
        if last - max(self.last_closed, self.first_day) > MAX_OPEN:
            raise Refused("index: too many open")
        for number, day in enumerate(days, first):
            self.recorded[number] = Recorded(day, now)
        if begins:
            self.recorded[first].recorded_at = 0
            self.closed[first] = Closed(days[0].end, 0, 0, 0, Dollars())

    def _check_undisputed(self, number: int) -> None:
        if self.disputed_from and number >= self.disputed_from:
            raise Refused("index: disputed")

    def prove_fees(
        self, number: int, day: Day, given: int, hashes: list[bytes], blob: bytes
    ) -> tuple[int, int]:
        """Count fees; see `HashpriceIndex.prove_fees`.

        Returns:
            how many blocks were new, and the day's fees so far.
        """
        if not self.last_closed < number <= self.last_recorded:
            raise Refused("index: not open")
        if self.final[number] != day:
            raise Refused("index: not the relay's days")
        self._check_undisputed(number)
        roots = self._roots(day, given, hashes)
        fees = dict(self.recorded[number].fees)
        before, at = len(fees), 0
        for _ in range(DAY_BLOCKS):
            if at == len(blob):
                break
            at = self._prove_one(number, roots, fees, blob, at)
        if at != len(blob):
            raise Refused("index: malformed proofs")
        self.recorded[number].fees = fees
        return len(fees) - before, sum(fees.values())

    def _roots(self, day: Day, given: int, hashes: list[bytes]) -> dict[int, bytes]:
        """Fold what is given, and return the Merkle roots that it shows."""
        shown, rest, folded = dict[int, bytes](), list(hashes), bytes(32)
        for group in range(DAY_BLOCKS // GROUP_BLOCKS):
            size = GROUP_BLOCKS if given >> group & 1 else 1
            if len(rest) < size:
                raise Refused("index: wrong roots")
            own, rest = rest[:size], rest[size:]
            link = own[0]
            if size > 1:
                link = bytes(32)
                for i, root in enumerate(own):
                    shown[group * GROUP_BLOCKS + i] = root
                    link = keccak256(link + root)
            folded = keccak256(folded + link)
        if folded != day.roots or rest:
            raise Refused("index: wrong roots")
        return shown

    def _prove_one(
        self, number: int, roots: dict[int, bytes], fees: dict[int, int], blob: bytes, at: int
    ) -> int:
        """Count one block, and return where the next proof begins."""
        if at + 4 + INNER_NODE >= len(blob):
            raise Refused("index: malformed proofs")
        index, siblings = blob[at], blob[at + 1]
        middle = at + 4 + int.from_bytes(blob[at + 2 : at + 4], "big")
        end = middle + 32 * siblings
        if index >= DAY_BLOCKS or end > len(blob):
            raise Refused("index: malformed proofs")
        if index in fees:
            return end
        if index not in roots:
            raise Refused("index: group not given")
        raw = blob[at + 4 : middle]
        paid = total_paid(raw)
        node = double_sha256(raw)
        for i in range(middle, end, 32):
            node = double_sha256(node + blob[i : i + 32])
        if node != roots[index]:
            raise Refused("index: wrong branch")
        own = subsidy(number * DAY_BLOCKS + index)
        fees[index] = min(max(paid - own, 0), own)
        return end

    def close(self, now: int) -> None:
        """Close the oldest recorded day; see `HashpriceIndex.close`."""
        number = self.last_closed + 1
        if number > self.last_recorded:
            raise Refused("index: nothing to close")
        self._check_undisputed(number)
        own, before = self.recorded[number], self.closed[number - 1]
        if len(own.fees) < DAY_BLOCKS and now < own.recorded_at + self.fee_window:
            raise Refused("index: fee window open")
        hashes = hashes_per_block(own.day.bits)
        elapsed = own.day.end - before.end
        earned = self._sats(elapsed, self.reward(number), hashes)
        floor = self._sats(elapsed, self.subsidy(number), hashes)
        if before.earned + earned > LARGEST_TOTAL:
            raise Refused("index: total too large")
        dollars = before.dollars
        if self.has_feed:
            price = self._price(own.day.end, now)
            if price is not None:
                dollars = self._dollars(before.dollars, price, elapsed, earned, hashes)
        self.closed[number] = Closed(
            own.day.end,
            before.earned + earned,
            before.floor_earned + floor,
            self._sats(DAY_SECONDS, self.reward(number), hashes),
            dollars,
        )
        if number % EPOCH_DAYS == 0:
            epoch = number // EPOCH_DAYS
            last = hashes_per_block(self.recorded[number - 1].day.bits)
            self.epochs[epoch] = self.epochs.get(epoch - 1, Variance()).plus(hashes, last)

    def _sats(self, seconds: int, reward: int, hashes: int) -> int:
        """Say what a unit of hashrate earns, satoshi x 10^18, rounded down."""
        return int(Fraction(self.unit * WAD * seconds * reward, DAY_BLOCKS * hashes))

    def _price(self, end: int, now: int) -> int | None:
        """Return the price of a day that ended then; None where it has none."""
        first = next((seen for seen in self.observations if seen[0] >= end), None)
        if first is None or not self.feed_works:
            if now <= end + PRICE_DECIDED:
                raise Refused("index: price not decided")
            return None
        at, value = first
        return value if at <= end + PRICE_IN_TIME and 0 < value <= LARGEST_PRICE else None

    def _dollars(
        self, before: Dollars, price: int, elapsed: int, earned: int, hashes: int
    ) -> Dollars:
        total = before.total + int(Fraction(earned * price, 10**16))
        if total > LARGEST_TOTAL:
            return before  # what does not fit adds nothing
        variance = before.variance
        if before.newest:
            old_price, old_hashes = before.newest
            # The log change of price / difficulty, however many days lie between.
            variance = variance.plus(price * old_hashes, old_price * hashes)
        return Dollars(total, before.seconds + elapsed, variance, (price, hashes))

    # What it answers.

    def latest(self) -> tuple[int, int, int, int, int]:
        """Return the newest closed day: number, end, hashprice and totals."""
        last = self.last_closed
        if last not in self.closed:
            return last, 0, 0, 0, 0
        closed = self.closed[last]
        return last, closed.end, closed.hashprice, closed.earned, closed.floor_earned

    def block_day(self, number: int) -> tuple[int, int, int, int, int, int]:
        """Return what is known of a day; zeros for one that is not recorded."""
        if number not in self.recorded:
            return 0, 0, 0, 0, 0, 0
        own = self.recorded[number]
        proven = sum(1 << index for index in own.fees)
        fees = sum(own.fees.values())
        return own.day.end, own.day.bits, self.subsidy(number), fees, proven, own.recorded_at

    def check_closed(self, number: int) -> None:
        """Refuse a day that is not closed."""
        if number < self.first_day:
            raise Refused("index: before the first day")
        if number > self.last_closed:
            raise Refused("index: not closed")

    def hashprice(self, number: int) -> int:
        """Return a closed day's hashprice; the first only sets the clock."""
        self.check_closed(number)
        if number == self.first_day:
            raise Refused("index: before the first day")
        return self.closed[number].hashprice

    def earned(self, number: int) -> int:
        """Return the total at a closed day's end."""
        self.check_closed(number)
        return self.closed[number].earned

    def readings(self, start: int, count: int) -> list[tuple[int, int, int]]:
        """Return up to 64 readings in a row."""
        self.check_closed(start)
        numbers = range(start, min(start + min(count, 64), self.last_closed + 1))
        days = [self.closed[number] for number in numbers]
        return [(day.end, day.earned, day.floor_earned) for day in days]

    def difficulty_variance(self, epoch: int) -> Variance:
        """Return the sum up to the retarget that began an epoch."""
        self.check_closed(epoch * EPOCH_DAYS)
        return self.epochs.get(epoch, Variance())

    def _between(self, time: int) -> tuple[Closed, Closed, Fraction]:
        """Return the readings around a time, and how far between them it lies."""
        if self.recorded and time < self.closed[self.first_day].end:
            raise Refused("index: before the first day")
        for number in range(self.first_day + 1, self.last_closed + 1):
            before, after = self.closed[number - 1], self.closed[number]
            if time <= after.end:
                return before, after, Fraction(time - before.end, after.end - before.end)
        raise Refused("index: not closed")

    def earned_at(self, time: int) -> int:
        """Return the total at a time, evenly between two ends, rounded down."""
        before, after, part = self._between(time)
        return before.earned + int((after.earned - before.earned) * part)

    def floor_earned_at(self, time: int) -> int:
        """Return the same of the floor."""
        before, after, part = self._between(time)
        return before.floor_earned + int((after.floor_earned - before.floor_earned) * part)

    def dollars_at(self, time: int) -> tuple[int, int]:
        """Return the total in dollars and its seconds at a time, rounded down."""
        before, after, part = self._between(time)
        old, new = before.dollars, after.dollars
        total = old.total + int((new.total - old.total) * part)
        return total, old.seconds + int((new.seconds - old.seconds) * part)

    def mean(self, start: int, end: int) -> int:
        """Return the mean hashprice between two times, rounded down."""
        if start >= end:
            raise Refused("index: empty window")
        later = self.earned_at(end)
        return (later - self.earned_at(start)) * DAY_SECONDS // (end - start)

    def spot(self, height: int, bits: int) -> int:
        """Return the hashprice of a tip with the newest closed day's fees."""
        last = self.last_closed
        fees = sum(self.recorded[last].fees.values()) if last in self.closed else 0
        reward = DAY_BLOCKS * subsidy(height) + fees
        return self._sats(DAY_SECONDS, reward, hashes_per_block(bits))


def total_paid(raw: bytes) -> int:
    """Sum what a coinbase pays, satoshi.

    Raises:
        Refused: "coinbase" for bytes that the contract takes for no coinbase, whatever it says.
    """
    if raw[4:6] == b"\0\1":  # with a witness its hash is another
        raise Refused("coinbase")
    try:
        parsed = parse_coinbase(raw)
    except TransactionError as error:
        raise Refused("coinbase") from error
    if len(parsed.outputs) > MAX_OUTPUTS:
        raise Refused("coinbase")
    return parsed.total
