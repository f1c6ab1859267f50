"""The relay against a model that keeps whole chains, operation by operation.

Invariants by id are listed in tests/README.md. Each example starts from one of three relays: two
fresh ones, at a checkpoint, and one that has followed a whole epoch, so that its branches cross a
retarget, the start of an epoch and the end of a block-day all at once.
"""

from __future__ import annotations

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

from terahash.bitcoin.header import HEADER_SIZE
from terahash.bitcoin.state import DAY_BLOCKS, MAX_FUTURE, State
from terahash.bitcoin.tree import HeaderTree, split
from terahash.chain import ChainError
from tests.support.miner import EASY, GENESIS_TIME, checkpoint, mine, next_header, seal, unsealed
from tests.support.relay import CHALLENGE, day_chain
from tests.support.relay_model import Refused, RelayModel
from tests.support.revm_chain import RevmChain
from tests.support.trunks import trunk

STARTS = {"fresh-1": 1, "fresh-100": 100, "trunk": 3}


class _Start:
    """A relay, its model and its header tree as an example finds them, made once a process."""

    made: ClassVar[dict[str, _Start]] = {}

    def __init__(self, name: str) -> None:
        chain = RevmChain(GENESIS_TIME)
        terms = (EASY.limit, STARTS[name], CHALLENGE)
        self.chain = chain
        self.address = chain.deploy("BitcoinRelay", tuple(checkpoint()), *terms)
        self.model = RelayModel(checkpoint(), EASY, STARTS[name], CHALLENGE)
        self.headers: dict[State, tuple[State, bytes]] = {}
        self.now = GENESIS_TIME + MAX_FUTURE
        state = checkpoint()
        headers, tip = trunk("steady") if name == "trunk" else (b"", state)
        for at in range(0, len(headers), DAY_BLOCKS * HEADER_SIZE):
            batch = headers[at : at + DAY_BLOCKS * HEADER_SIZE]
            chain.now = tip.time
            chain.send("BitcoinRelay", self.address, "submit", tuple(state), batch)
            after = self.model.submit(state, batch, tip.time)
            self.headers[after] = (state, batch)
            state, self.now = after, tip.time

    @classmethod
    def get(cls, name: str) -> _Start:
        if name not in cls.made:
            cls.made[name] = cls(name)
        return cls.made[name]


class RelayMachine(RuleBasedStateMachine):
    steps: ClassVar[int] = 0

    @initialize(name=st.sampled_from(sorted(STARTS)))
    def start(self, name: str) -> None:
        start = _Start.get(name)
        self.chain, self.address = start.chain, start.address
        self.undone = self.chain.undone()
        self.undone.__enter__()
        model = start.model
        self.model = RelayModel(checkpoint(), EASY, model.confirmations, CHALLENGE)
        self.model.chains = dict(model.chains)
        self.model.best, self.model.head = model.best, model.head
        self.model.buried, self.model.standing = dict(model.buried), dict(model.standing)
        self.headers = dict(start.headers)
        self.now = start.now
        self.tree = HeaderTree(checkpoint(), EASY)
        path: list[bytes] = []
        state = model.best
        while state in self.headers:
            state, batch = self.headers[state]
            path[:0] = split(batch)
        for header in path:
            self.tree.add(header)

    def teardown(self) -> None:
        if hasattr(self, "undone"):
            try:
                self.next_buried_day_can_become_final()
            finally:
                self.undone.__exit__(None, None, None)

    def _both(self, function: str, args: tuple[Any, ...], *model_args: Any) -> Any:
        """Do the same to both; they must agree on the result, or on the reason against it."""
        type(self).steps += 1
        self.chain.now = self.now
        result = None
        try:
            result = getattr(self.model, function)(*model_args)
            expected = None
        except Refused as refused:
            expected = str(refused)
        try:
            self.receipt = self.chain.send("BitcoinRelay", self.address, function, *args)
            reason = None
        except ChainError as error:
            reason = error.reason
        assert reason == expected, f"{function}: {reason}, where the model says {expected}"
        return result

    def _read(self, function: str, *args: Any) -> Any:
        return self.chain.call("BitcoinRelay", self.address, function, *args)

    def _submit(self, anchor: State, headers: bytes) -> State | None:
        before = self.model.best
        after = self._both("submit", (tuple(anchor), headers), anchor, headers, self.now)
        if after is not None:
            logged = dict(self.receipt.logs).get("Submitted", {"best": False})
            assert logged["best"] == (self.model.best != before)  # R1: the first of equals stays
            assert self._read("known", after.hash)
            self.headers.setdefault(after, (anchor, headers))
            for header in split(headers):
                self.tree.add(header)
        return after

    def _known(self, pick: int) -> State:
        """Pick a known State; the newest are the likeliest."""
        states = list(self.model.chains)
        return states[-1 - pick % min(len(states), 12)]

    @rule(pick=st.integers(0, 11), count=st.integers(1, 4), salt=st.integers(0, 2))
    def grow(self, pick: int, count: int, salt: int) -> None:
        anchor = self._known(pick)
        headers, after = mine(anchor, count, salt)
        self.now = max(self.now, after.time - MAX_FUTURE)
        self._submit(anchor, headers)

    @rule(pick=st.integers(0, 11), spacing=st.sampled_from((1, 60, 7_200)))
    def grow_at_another_pace(self, pick: int, spacing: int) -> None:
        anchor = self._known(pick)
        headers, after = mine(anchor, 2, spacing, spacing)
        self.now = max(self.now, after.time - MAX_FUTURE)
        self._submit(anchor, headers)

    @rule(pick=st.integers(0, 11), beyond=st.integers(-2, 3))
    def grow_to_the_end_of_a_day(self, pick: int, beyond: int) -> None:
        anchor = self._known(pick)
        count = (DAY_BLOCKS - 1 - (anchor.height + 1 + beyond) % DAY_BLOCKS) % DAY_BLOCKS + 1
        headers, after = mine(anchor, count)
        self.now = max(self.now, after.time - MAX_FUTURE)
        self._submit(anchor, headers)

    @rule(pick=st.integers(0, 11), cut=st.integers(1, 143))
    def submit_in_another_cut(self, pick: int, cut: int) -> None:
        anchor, headers = self.headers.get(self._known(pick), (None, b""))
        at = cut * HEADER_SIZE
        if anchor is not None and at < len(headers):
            middle = self._submit(anchor, headers[:at])
            assert middle is not None
            self._submit(middle, headers[at:])

    @rule(pick=st.integers(0, 11))
    def submit_again(self, pick: int) -> None:
        state = self._known(pick)
        if state in self.headers:
            tip = self._read("tip")
            assert self._submit(*self.headers[state]) == state
            assert self._read("tip") == tip

    @rule(
        pick=st.integers(0, 11),
        good=st.integers(0, 2),
        wrong=st.sampled_from(
            ("version", "negative", "parent", "bits", "median", "future", "work", "cut", "none")
        ),
    )
    def submit_wrong(self, pick: int, good: int, wrong: str) -> None:
        anchor = self._known(pick)
        headers, state = mine(anchor, good) if good else (b"", anchor)
        self.now = max(self.now, state.time - MAX_FUTURE)
        bad = next_header(state)
        if wrong == "version":
            bad = bad._replace(version=3)
        elif wrong == "negative":
            bad = bad._replace(version=-4)
        elif wrong == "parent":
            bad = bad._replace(parent=bad.merkle_root)
        elif wrong == "bits":
            bad = bad._replace(bits=bad.bits - 1)
        elif wrong == "median":
            bad = bad._replace(time=state.median_time)
        elif wrong == "future":
            bad = bad._replace(time=self.now + MAX_FUTURE + 1)
        raw = seal(bad)
        if wrong == "work":
            raw = unsealed(raw)
        elif wrong == "cut":
            raw = raw[:-1]
        elif wrong == "none":
            raw, headers = b"", b""
        assert self._submit(anchor, headers + raw) is None

    @rule(pick=st.integers(0, 11), field=st.sampled_from(State._fields))
    def submit_to_a_tampered_anchor(self, pick: int, field: str) -> None:
        anchor = self._known(pick)
        headers, _ = mine(anchor)
        value = getattr(anchor, field)
        changed = bytes([value[0] ^ 1]) + value[1:] if isinstance(value, bytes) else value + 1
        assert self._submit(anchor._replace(**{field: changed}), headers) is None

    @rule(seconds=st.sampled_from((1, 3_600, CHALLENGE - 1, CHALLENGE, 5 * CHALLENGE)))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule(count=st.integers(0, 16), drop=st.integers(-1, 1), swap=st.booleans())
    def finalize(self, count: int, drop: int, swap: bool) -> None:
        pending = list(self.model.head[len(self.model.final) :])
        if drop >= 0:
            pending = pending[drop:] if drop else pending[:-1]
        if swap:
            pending.reverse()
        days, rest = pending[:count], [day.leaf for day in pending[count:]]
        self._both("finalize", ([tuple(day) for day in days], rest), days, rest, self.now)

    @rule()
    def finalize_what_is_ripe(self) -> None:
        pending = list(self.model.head[len(self.model.final) :])
        days, rest = pending[:16], [day.leaf for day in pending[16:]]
        self._both("finalize", ([tuple(day) for day in days], rest), days, rest, self.now)

    @rule(back=st.integers(0, 3), drop=st.booleans())
    def dispute(self, back: int, drop: bool) -> None:
        day = max(self.model.final_day - back, 0)
        agreed = max(day - self.model.first_day + 1, 0)
        leaves = [day.leaf for day in self.model.head[agreed:]]
        if drop:
            leaves = leaves[:-1]
        self._both("dispute", (day, leaves), day, leaves)

    @invariant()
    def relay_equals_model(self) -> None:
        if not hasattr(self, "chain"):
            return
        model, read = self.model, self._read
        assert self.tree.best == model.best  # R1: and what a header tree follows
        best = (model.best.chainwork, model.best.height, model.best.bits)
        tip = (*best, model.restarted, model.final_day)
        assert read("tip") == tip  # R2
        assert read("head") == day_chain(model.head)  # R3
        assert read("buried", day_chain(model.head)) == model.buried.get(model.head, 0)  # R3
        assert read("day_chain", model.final_day) == day_chain(model.final)  # R4
        assert read("day_chain", model.final_day + 1) == bytes(32)  # R4
        assert read("disputed_from") == model.disputed_from  # R5
        for epoch in range(model.first_day // 14, model.final_day // 14 + 2):
            expected = model.epochs.get(epoch)
            assert read("epoch", epoch) == (*(expected or (0, 0)), expected is not None)  # R6
            assert read("epoch_sum", epoch) == model.epoch_sums.get(epoch, 0)  # R6

    def next_buried_day_can_become_final(self) -> None:
        """R7: one account, four calls and a day's wait make the next buried day final."""
        model = self.model
        if model.disputed_from or model.head[: len(model.final)] != model.final:
            return
        best, final_day = model.best, model.final_day
        if len(model.head) == len(model.final):
            headers, after = mine(best, DAY_BLOCKS)
            self.now = max(self.now, after.time)
            self._submit(best, headers)
            headers, _ = mine(after, model.confirmations)
            self.now += DAY_BLOCKS * 600
            self._submit(after, headers)
        self.now += CHALLENGE
        self.finalize_what_is_ripe()
        assert self._read("tip")[4] > final_day


def test_relay__random_operations__equals_the_model() -> None:
    for name in STARTS:
        _Start.get(name)
    RelayMachine.steps = 0
    run_state_machine_as_test(RelayMachine, settings=settings())
    wanted = 50_000 if settings().max_examples >= 1_000 else 1_000
    assert RelayMachine.steps >= wanted, f"only {RelayMachine.steps} operations were compared"
