"""The hashprice index against a model that is told the truth, operation by operation.

Invariants by id are listed in tests/README.md. Each example starts from one of six indexes over a
relay that is thirteen days ahead: they begin before, at and after a day that is disputed later,
with a feed that knows the past, one that knows nothing, and none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from terahash.bitcoin.header import double_sha256
from terahash.bitcoin.state import DAY_BLOCKS, Day
from terahash.chain import ChainError
from tests.support.index_model import EPOCH_DAYS, MAX_OPEN, PRICE_DECIDED, IndexModel, Refused
from tests.support.indexing import (
    ALL_GROUPS,
    FEE_WINDOW,
    FIRST_DAY,
    UNIT,
    ZERO_ADDRESS,
    Claim,
    Index,
    Indexed,
    encode,
    groups_of,
    rival,
)

AHEAD = 13
AGREED = FIRST_DAY + 8
"""The last day that a rival chain agrees with."""
STARTS = {
    "history": 0,
    "history-late": 5,
    "history-disputed": 9,
    "future": 0,
    "future-late": 7,
    "none": 4,
}
LATE = 6 * 3_600
# What the feed said of each of the first days: seconds after its end, and the price.
HISTORY = {
    1: (0, 60_000 * 10**8),
    2: (3_600, 61_234 * 10**8),
    3: (LATE, 59_999_12345678),
    4: (LATE + 1, 58_000 * 10**8),
    6: (7, 0),
    7: (8, -5),
    8: (9, 2**64),
    9: (10, 2**64 - 1),
    11: (0, 1),
    12: (1, 64_000 * 10**8),
}
PRICES = st.sampled_from((0, -1, 1, 2**63, 2**64 - 1, 2**64, 2**255 - 1, -(2**255))) | st.integers(
    10**12, 10**13
)


def _other_group(index: Index, claim: Claim, block: int) -> Claim:
    given = groups_of([(block + 12) % DAY_BLOCKS])
    return claim._replace(given=given, hashes=index.mined[claim.number].hashes(given))


def _another_block(index: Index, claim: Claim, block: int, **changes: Any) -> Claim:
    own = index.mined[claim.number].blocks[block]
    return claim._replace(blob=encode(block, own._replace(**changes)))


def _raised(index: Index, claim: Claim, block: int) -> Claim:
    raw = bytearray(index.mined[claim.number].blocks[block].coinbase)
    raw[46 + raw[41] + 4] ^= 1  # of the first output's value
    return _another_block(index, claim, block, coinbase=bytes(raw))


def _without_a_sibling(index: Index, claim: Claim, block: int) -> Claim:
    branch = index.mined[claim.number].blocks[block].branch
    return _another_block(index, claim, block, branch=branch[:-1])


def _inner_node(index: Index, claim: Claim, block: int) -> Claim:
    own = index.mined[claim.number].blocks[block]
    leaf = double_sha256(own.coinbase) + (own.branch or [bytes(32)])[0]
    return _another_block(index, claim, block, coinbase=leaf, branch=own.branch[1:])


def _flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


WRONG: dict[str, Callable[[Index, Claim, int], Claim]] = {
    "day": lambda _, claim, __: claim._replace(number=claim.number + 1),
    "blob of another day": lambda index, claim, i: claim._replace(
        blob=index.mined[claim.number + 1].proofs([i])
    ),
    "content": lambda _, claim, __: claim._replace(day=claim.day._replace(end=claim.day.end + 1)),
    "group": _other_group,
    "root": lambda _, claim, i: claim._replace(
        hashes=[_flipped(h, 0) if at == i % 12 else h for at, h in enumerate(claim.hashes)]
    ),
    "fewer roots": lambda _, claim, __: claim._replace(hashes=claim.hashes[:-1]),
    "more roots": lambda _, claim, __: claim._replace(hashes=[*claim.hashes, bytes(32)]),
    "index": lambda _, claim, i: claim._replace(blob=bytes([i ^ 1]) + claim.blob[1:]),
    "index out of range": lambda _, claim, i: claim._replace(
        blob=bytes([DAY_BLOCKS + i % 100]) + claim.blob[1:]
    ),
    "value": _raised,
    "last byte": lambda _, claim, __: claim._replace(
        blob=_flipped(claim.blob, len(claim.blob) - 1)
    ),
    "fewer siblings": _without_a_sibling,
    "truncated": lambda _, claim, __: claim._replace(blob=claim.blob[:-1]),
    "extended": lambda _, claim, __: claim._replace(blob=claim.blob + b"\0"),
    "inner node": _inner_node,
}


class _Starts:
    """A relay, and an index for each start with the feed's history, made once a process."""

    def __init__(self) -> None:
        self.base = Indexed(AHEAD)
        self.indexes: dict[str, Index] = {}
        self.past = [
            (self.base.mined[i].day.end + late, price) for i, (late, price) in HISTORY.items()
        ]
        for name, first in STARTS.items():
            feed = {"feed": ZERO_ADDRESS} if name == "none" else {}
            index = self.base.index(first_day=FIRST_DAY + first, **feed)
            self.indexes[name] = index
            for at, price in self.past if "history" in name else ():
                index.observe(price, at)


@cache
def _starts() -> _Starts:
    return _Starts()


class IndexMachine(RuleBasedStateMachine):
    steps: ClassVar[int] = 0
    closed: ClassVar[int] = 0

    @initialize(name=st.sampled_from(sorted(STARTS)))
    def start(self, name: str) -> None:
        starts = _starts()
        self.base, self.index = starts.base, starts.indexes[name]
        self.undone = self.base.undone()
        self.undone.__enter__()
        self.chain = self.base.chain
        self.model = IndexModel(self.index.first_day, UNIT, FEE_WINDOW, name != "none")
        for mined in self.base.mined[:AHEAD]:
            self.model.final[mined.number] = mined.day
        if "history" in name:
            self.model.observations = list(starts.past)
        self.seen: dict[int, tuple[Any, ...]] = {}
        self.reread = 0

    def teardown(self) -> None:
        if hasattr(self, "undone"):
            try:
                self.next_final_day_can_be_closed()
            finally:
                self.undone.__exit__(None, None, None)

    def _both(self, function: str, args: tuple[Any, ...], *model_args: Any) -> Any:
        """Do the same to both; they must agree that it works, or on the reason against it."""
        type(self).steps += 1
        result, expected = None, None
        try:
            result = getattr(self.model, function)(*model_args)
        except Refused as refused:
            expected = str(refused)
        self.logs: list[tuple[str, dict[str, Any]]] = []
        try:
            self.logs = list(self.index.send(function, *args).logs)
            reason = None
        except ChainError as error:
            reason = error.reason
        if expected == "coinbase":
            assert reason is not None
            assert reason.startswith("coinbase: ")
        else:
            assert reason == expected, f"{function}: {reason}, where the model says {expected}"
        return result

    def _record(self, days: list[Day]) -> None:
        first = self.model.last_recorded + 1
        self._both("record", ([tuple(day) for day in days],), days, self.chain.now)
        recorded = range(first, self.model.last_recorded + 1)
        assert self.logs == [  # I10
            (
                "DayRecorded",
                {
                    "day": number,
                    "end": day.end,
                    "bits": day.bits,
                    "subsidy": self.model.subsidy(number),
                },
            )
            for number, day in zip(recorded, days, strict=False)
        ]

    def _prove(self, number: int, day: Day, given: int, hashes: list[bytes], blob: bytes) -> None:
        args = (number, tuple(day), given, hashes, blob)
        result = self._both("prove_fees", args, number, day, given, hashes, blob)
        blocks, fees = result or (0, 0)
        proven = self.model.block_day(number)[4]
        event = {"day": number, "blocks": blocks, "fees": fees, "proven": proven}
        assert self.logs == ([("FeesProven", event)] if blocks else [])  # I10

    def _close(self, hint: int = 0) -> None:
        before = self.model.last_closed
        self._both("close", (hint,), self.chain.now)
        if self.model.last_closed == before:
            assert self.logs == []
            return
        type(self).closed += 1
        number, end, hashprice, earned, floor = self.model.latest()
        logs = dict(self.logs)
        names = ["DayClosed"]
        assert logs["DayClosed"] == {  # I10
            "day": number,
            "end": end,
            "reward": self.model.reward(number),
            "hashprice": hashprice,
            "earned": earned,
            "floor_earned": floor,
        }
        if self.model.has_feed:
            names.append("DayPriced")
            old = self.model.closed[before].dollars
            new = self.model.closed[number].dollars
            observed = new.newest[0] if new.newest and new.seconds > old.seconds else 0
            priced = logs["DayPriced"]
            assert (priced["day"], priced["observed"]) == (number, observed)  # I10
            assert (priced["total"], priced["seconds"]) == (new.total, new.seconds)
            assert new.variance.agrees(priced["variance"])
        if number % EPOCH_DAYS == 0:
            names.append("EpochEntered")
            assert logs["EpochEntered"]["epoch"] == number // EPOCH_DAYS
            variance = self.model.difficulty_variance(number // EPOCH_DAYS)
            assert variance.agrees(logs["EpochEntered"]["variance"])
        assert [name for name, _ in self.logs] == names

    def _pick(self, pick: int) -> int:
        """Pick an open day most often; sometimes one that is closed or not recorded."""
        first = self.model.last_closed + 1
        numbers = [*range(first, self.model.last_recorded + 1), first, first - 1]
        return min(max(numbers[pick % len(numbers)], FIRST_DAY), FIRST_DAY + 30)

    @rule(count=st.integers(1, MAX_OPEN))
    def record(self, count: int) -> None:
        first = self.model.last_recorded + 1
        numbers = range(first, min(first + count, FIRST_DAY + 31))
        self._record([self.index.mined[number].day for number in numbers])

    @rule(
        count=st.integers(0, 3),
        wrong=st.sampled_from(("none", "repeat", "skip", "swap", "rival", *Day._fields)),
    )
    def record_wrong(self, count: int, wrong: str) -> None:
        first = min(self.model.last_recorded + 1, FIRST_DAY + 26)
        days = [self.index.mined[number].day for number in range(first, first + count)]
        if wrong == "repeat" and first > FIRST_DAY:
            days.insert(0, self.index.mined[first - 1].day)
        elif wrong == "skip":
            days = days[1:]
        elif wrong == "swap":
            days.reverse()
        elif wrong == "rival" and self.model.disputed_from:
            days = rival(AGREED).days[:count]
        elif wrong in Day._fields and days:
            value = getattr(days[-1], wrong)
            changed = bytes([value[0] ^ 1]) + value[1:] if isinstance(value, bytes) else value + 1
            days[-1] = days[-1]._replace(**{wrong: changed})
        self._record(days)

    @rule(
        pick=st.integers(0, 15),
        indices=st.lists(st.integers(0, DAY_BLOCKS - 1), max_size=24),
        more=st.integers(0, ALL_GROUPS),
    )
    def prove_some(self, pick: int, indices: list[int], more: int) -> None:
        number = self._pick(pick)
        given = groups_of(indices) | more
        self._prove(*Claim.of(self.index.mined[number], given, indices))

    @rule(pick=st.integers(0, 15), start=st.sampled_from((0, 48, 96, 100)))
    def prove_many(self, pick: int, start: int) -> None:
        number, indices = self._pick(pick), range(start, min(start + 48, DAY_BLOCKS))
        self._prove(*Claim.of(self.index.mined[number], groups_of(indices), indices))

    @rule(pick=st.integers(0, 15), step=st.sampled_from((48, 30)))
    def prove_the_whole_day(self, pick: int, step: int) -> None:
        for start in range(0, DAY_BLOCKS, step):
            number, indices = self._pick(pick), range(start, min(start + step, DAY_BLOCKS))
            self._prove(*Claim.of(self.index.mined[number], groups_of(indices), indices))

    @rule(
        pick=st.integers(0, 15),
        index=st.integers(0, DAY_BLOCKS - 1),
        wrong=st.sampled_from(sorted(WRONG)),
    )
    def prove_wrong(self, pick: int, index: int, wrong: str) -> None:
        number = self._pick(pick)
        mined, given = self.index.mined[number], groups_of([index])
        self._prove(*WRONG[wrong](self.index, Claim.of(mined, given, [index]), index))

    @rule(hint=st.integers(0, 2**256 - 1))
    def close(self, hint: int) -> None:
        self._close(hint)

    @rule()
    def close_what_is_ripe(self) -> None:
        for _ in range(self.model.last_recorded - self.model.last_closed + 1):
            self._close()

    @rule(count=st.integers(1, 8), proven=st.sampled_from((0, 1, 47, 96, 144)))
    def days_pass(self, count: int, proven: int) -> None:
        """Record days, prove what the window leaves time for, and close them."""
        self.record(count)
        for number in range(self.model.last_closed + 1, self.model.last_recorded + 1):
            for start in range(0, proven, 48):
                indices = range(start, min(start + 48, proven))
                self._prove(*Claim.of(self.index.mined[number], groups_of(indices), indices))
        if proven < DAY_BLOCKS:
            self.chain.now += FEE_WINDOW
        self.close_what_is_ripe()

    @rule(price=PRICES, lag=st.integers(0, 3_600))
    def observe(self, price: int, lag: int) -> None:
        at = self.chain.now - lag
        past = self.model.observations
        if self.model.has_feed and (not past or past[-1][0] < at):
            self.index.observe(price, at)
            past.append((at, price))

    @rule(is_broken=st.booleans())
    def feed_breaks_or_recovers(self, is_broken: bool) -> None:
        if self.model.has_feed:
            self.index.set_feed_broken(is_broken)
            self.model.feed_works = not is_broken

    @rule(seconds=st.sampled_from((1, 600, 3_600, LATE, FEE_WINDOW - 1, FEE_WINDOW)))
    def wait(self, seconds: int) -> None:
        self.chain.now += seconds

    @rule()
    def bitcoin_goes_on(self) -> None:
        if not self.model.disputed_from and self.base.final < 30:
            for mined in self.base.bring(1):
                self.model.final[mined.number] = mined.day

    @rule(luck=st.integers(0, 3))
    def dispute(self, luck: int) -> None:
        if luck == 0 and not self.model.disputed_from:
            leaves = rival(AGREED).overtake(self.base)
            self.base.relay.dispute(AGREED, leaves)
            self.model.disputed_from = AGREED + 1

    @rule(
        pick=st.integers(0, 30),
        part=st.integers(0, 1_000),
        length=st.sampled_from((0, 1, 600, 86_400, 10**6)),
    )
    def read_at(self, pick: int, part: int, length: int) -> None:
        """I6: whatever the times, the totals between two ends lie on the line, and never fall."""
        numbers = range(self.model.first_day, self.model.last_recorded + 1)
        number = numbers[pick % len(numbers)] if numbers else FIRST_DAY
        day = self.index.mined[number].day
        start = day.end + (part - 200) * 100 if part else day.end
        end = start + length
        reads = {}
        for function, args in (
            *(
                (name, (time,))
                for time in (start, end)
                for name in ("earned_at", "floor_earned_at")
            ),
            ("mean", (start, end)),
            ("dollars_at", (start,)),
            ("dollars_at", (end,)),
        ):
            reads[function, args] = self._read_both(function, *args)
        for function in ("earned_at", "floor_earned_at"):
            low, high = reads[function, (start,)], reads[function, (end,)]
            if low is not None and high is not None:
                assert low <= high
                if length <= 1:  # continuous: a second adds what a second of one of its days does
                    assert high - low <= max(self._steepest(), 1)

    def _steepest(self) -> int:
        days = list(self.model.closed.values())
        pairs = pairwise(days)
        return max((-(-(b.earned - a.earned) // (b.end - a.end)) for a, b in pairs), default=0)

    def _read_both(self, function: str, *args: int) -> Any:
        """Read from both; they must agree on the answer, or on the reason against it."""
        type(self).steps += 1
        try:
            expected, wanted = getattr(self.model, function)(*args), None
        except Refused as refused:
            expected, wanted = None, str(refused)
        try:
            found, reason = self.index.read(function, *args), None
        except ChainError as error:
            found, reason = None, error.reason
        assert reason == wanted, f"{function}: {reason}, where the model says {wanted}"
        if function == "difficulty_variance" and found is not None:
            assert expected.agrees(found)
        else:
            assert found == expected, f"{function}{args}: {found}, not {expected}"
        return found

    @rule(number=st.integers(-2, 18), count=st.sampled_from((0, 1, 5, 64, 65, 2**256 - 1)))
    def read_days(self, number: int, count: int) -> None:
        day = self.model.first_day + number
        for function in ("hashprice", "earned", "block_day"):
            self._read_both(function, day)
        self._read_both("readings", day, count)
        self._read_both("difficulty_variance", day // EPOCH_DAYS)

    @invariant()
    def index_equals_model(self) -> None:
        if not hasattr(self, "chain"):
            return
        model, read = self.model, self.index.read
        assert read("recorded") == model.last_recorded  # I1
        for number in range(model.last_closed, model.last_recorded + 2):
            assert read("block_day", number) == model.block_day(number)  # I1
        assert read("latest") == model.latest()  # I2
        tip = self.base.relay.tip()
        assert read("spot") == model.spot(tip.height, tip.bits)  # I2
        if not model.closed:
            return
        found = read("readings", model.first_day, 64)
        assert found == model.readings(model.first_day, 64)  # I2
        for days, (_, earned, floor) in enumerate(found):
            assert floor <= earned <= 2 * floor + days  # I3: each day is rounded down
        last, newest = model.last_closed, model.closed[model.last_closed].dollars
        price = newest.newest[0] if newest.newest else 0
        total, seconds, variance, shown = read("dollars", last)
        assert (total, seconds, shown) == (newest.total, newest.seconds, price)  # I5
        assert newest.variance.agrees(variance)  # I5
        self._closed_days_stay(last)

    def _closed_days_stay(self, last: int) -> None:
        """I4: read all of a closed day again, one a step, and find it as it was."""
        read = self.index.read
        self.reread += 1
        again = self.model.first_day + self.reread % len(self.model.closed)
        for number in {last, again}:
            epochs = [number // EPOCH_DAYS] if number % EPOCH_DAYS == 0 else []
            shown = (
                read("block_day", number),
                read("readings", number, 1),
                read("dollars", number),
                [read("difficulty_variance", epoch) for epoch in epochs],
            )
            assert self.seen.setdefault(number, shown) == shown  # I4

    def next_final_day_can_be_closed(self) -> None:
        """I7: one account, a few calls and a day's wait close the next final day."""
        model = self.model
        number = max(model.last_closed, model.first_day) + 1
        if model.disputed_from and number >= model.disputed_from:
            self._no_way_past_the_dispute()
            return
        while number not in model.final:
            self.bitcoin_goes_on()
        while model.last_recorded < number:
            self._record([self.index.mined[model.last_recorded + 1].day])
        self.chain.now += max(FEE_WINDOW, PRICE_DECIDED)
        self._close()
        assert self.index.read("latest")[0] == number  # I7

    def _no_way_past_the_dispute(self) -> None:
        """I9: from a disputed day on nothing is recorded, proven or closed, for ever."""
        model = self.model
        self.chain.now += 10 * FEE_WINDOW
        while model.last_recorded < AGREED:
            self._record([self.index.mined[model.last_recorded + 1].day])
        before = model.last_recorded, model.last_closed
        self._record([self.index.mined[model.last_recorded + 1].day])
        for number in range(model.last_closed + 1, model.last_recorded + 1):
            self._prove(*Claim.of(self.index.mined[number], ALL_GROUPS, [0]))
        self._close()
        assert before == (model.last_recorded, model.last_closed)
        assert self.index.read("latest")[0] == model.last_closed


def test_index__random_operations__equals_the_model() -> None:
    IndexMachine.steps = IndexMachine.closed = 0
    deep = settings().max_examples >= 1_000
    # What is drawn depends on the modules that are loaded beside it: enough for the unluckiest.
    examples = settings().max_examples if deep else 60
    run_state_machine_as_test(IndexMachine, settings=settings(max_examples=examples))
    assert IndexMachine.steps >= (100_000 if deep else 3_000), f"only {IndexMachine.steps} compared"
    assert IndexMachine.closed >= (2_500 if deep else 80), f"only {IndexMachine.closed} days closed"
