"""What a quorum's number can be made to say, by operators that lie and by whoever hands it in.

Invariants by id are listed in tests/README.md. The first two properties give the submitter all that
there is to choose from; the machine has operators come, go, change keys and sign two values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar

from eth_account.signers.local import LocalAccount
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from terahash.chain import ChainError
from terahash.feeds.feed_id import FeedId
from terahash.feeds.reports import Report
from terahash.units import DAY, HOUR
from tests.support.chosen_nonce import QuickFeed, digest, sign
from tests.support.feed_model import QuorumModel, Refused, Vote
from tests.support.issuing import NOBODY, STRANGER
from tests.support.quorum import DELAY, FEED, FEED_ID, OWNER, START, Signed, account, cold, hot
from tests.support.relay import refused

SIZES = (1, 2, 3, 4, 5, 6, 7, 10, 13, 31)
LIMIT = 2**111
VALUES = st.integers(1 - LIMIT, LIMIT - 1) | st.integers(-3, 3)
ANY_VALUES = st.integers(-(2**255), 2**255 - 1) | st.integers(-3, 3)
LATER = START + FEED.period
POWER = bytes(FeedId.of("ERCOT North", 2, FEED.period))
HIGH_S = 2**255 - 1
"""The highest s that two words can say; those of good signatures are below half the order."""


@cache
def _made(count: int) -> QuickFeed:
    """So many operators; made once a process."""
    return QuickFeed(count)


@contextmanager
def _seated(count: int) -> Iterator[tuple[QuickFeed, bytes]]:
    """So many operators, and their configuration; what happens inside is undone."""
    quorum = _made(count)
    with quorum.chain.undone():
        yield quorum, quorum.read("config")


@given(data=st.data(), count=st.sampled_from(SIZES))
def test_median__some_lie_and_the_submitter_picks__between_two_honest_values(
    data: st.DataObject, count: int
) -> None:
    seats, most = range(count), (count - 1) // 3
    lying = data.draw(st.sets(st.sampled_from(seats), max_size=most), "lying")
    honest = {seat: data.draw(VALUES) for seat in seats if seat not in lying}
    # A liar signs several values, and the submitter takes the one that it likes best.
    values = honest | {seat: data.draw(ANY_VALUES) for seat in lying}
    with _seated(count) as (quorum, config):
        fewest = quorum.threshold
        chosen = data.draw(st.sets(st.sampled_from(seats), min_size=fewest), "handed in")
        order = sorted(chosen, key=lambda seat: (values[seat], data.draw(st.integers(0, 9))))
        signed = [quorum.sign(seat, values[seat], START, config=config) for seat in order]
        quorum.submit(signed, START, sender=STRANGER)
        median, _ = quorum.read("latest", FEED_ID)
    told = [values[seat] for seat in order if seat in honest]
    assert min(told) <= median <= max(told)  # Q1
    assert median == sorted(values[seat] for seat in order)[len(order) // 2]  # Q1


class Attempt:
    """A quorum's signed values, one of which is spoiled.

    Attributes:
        place: of the one, in the order in which they are handed in.
    """

    def __init__(self, quorum: QuickFeed, config: bytes, signed: list[Signed], place: int) -> None:
        self.quorum, self.config, self.signed, self.place = quorum, config, signed, place
        self.at, self.feed = START, FEED_ID
        self.seat, self.value, *_ = signed[place]

    def _sign(self, **changes: Any) -> None:
        words: dict[str, Any] = {
            "config": self.config,
            "feed": self.feed,
            "value": self.value,
            "at": self.at,
        }
        domain = self.quorum.domain._replace(
            **{name: changes.pop(name) for name in ("chain_id", "address") if name in changes}
        )
        report = Report(*(words | changes).values())
        key = self.quorum.keys[self.quorum.operators[self.seat]]
        signature = sign(digest(domain, report), key, self.quorum.nonce)
        self.signed[self.place] = (self.seat, self.value, *signature)

    def of_another_chain(self) -> str:
        self._sign(chain_id=2)
        return "feed: not this operator's key"

    def of_another_contract(self) -> str:
        self._sign(address=STRANGER)
        return "feed: not this operator's key"

    def of_another_configuration(self) -> str:
        self._sign(config=bytes(32))
        return "feed: not this operator's key"

    def of_another_feed(self) -> str:
        self._sign(feed=POWER)
        return "feed: not this operator's key"

    def of_another_time(self) -> str:
        self._sign(at=LATER)
        return "feed: not this operator's key"

    def of_another_value(self) -> str:
        self._sign(value=self.value - 1)
        return "feed: not this operator's key"

    def all_of_another_feed(self) -> str:
        self.feed = POWER
        return "feed: not this operator's key"

    def all_of_another_time(self) -> str:
        self.at = LATER
        return "feed: not this operator's key"

    def of_nobody(self) -> str:
        self.signed[self.place] = (self.seat, self.value, 0, 0)
        return "ecdsa: invalid signature"

    def with_a_high_s(self) -> str:
        _, _, r, vs = self.signed[self.place]
        self.signed[self.place] = (self.seat, self.value, r, vs | HIGH_S)
        return "ecdsa: invalid signature `s` value"

    def in_no_seat(self) -> str:
        self.signed[self.place] = (31 + self.place, *self.signed[self.place][1:])
        return "feed: no such operator"

    def in_another_seat(self) -> str:
        self.signed[self.place] = ((self.seat + 1) % 31, *self.signed[self.place][1:])
        taken = {seat for seat, *_ in self.signed[: self.place]}
        is_taken = self.signed[self.place][0] in taken
        return "feed: operator signed twice" if is_taken else "feed: not this operator's key"

    def twice(self) -> str:
        if len(self.signed) == 31:  # there is no room for a copy
            return self.too_few()
        self.signed.insert(self.place, self.signed[self.place])
        return "feed: operator signed twice"

    def too_few(self) -> str:
        self.signed = self.signed[: self.quorum.threshold - 1]
        return "feed: too few signed"

    def unsorted(self) -> str:
        if self.signed[0][1] == self.signed[-1][1]:
            return self.too_few()
        self.signed.reverse()
        return "feed: values not ascending"

    def too_old(self) -> str:
        self.quorum.chain.now += HOUR + 1
        return "feed: observed too long ago"

    def too_early(self) -> str:
        self.quorum.chain.now -= 61
        return "feed: observed in the future"

    def too_late(self) -> str:
        self.quorum.submit(self.signed, self.at)
        return "feed: not newer"


SPOILED: tuple[Callable[[Attempt], str], ...] = tuple(
    function for name, function in vars(Attempt).items() if not name.startswith("_")
)


@given(data=st.data(), count=st.sampled_from(SIZES))
def test_submission__spoiled_in_any_one_way__refused_for_that_reason(
    data: st.DataObject, count: int
) -> None:
    with _seated(count) as (quorum, config):
        order = data.draw(st.permutations(range(count)))
        order = order[: data.draw(st.integers(quorum.threshold, count))]
        values = sorted(data.draw(VALUES) for _ in order)
        place = data.draw(st.integers(0, len(order) - 1))
        signed = [
            quorum.sign(seat, value, START, config=config)
            for seat, value in zip(order, values, strict=True)
        ]
        for spoil in SPOILED:
            with quorum.chain.undone():
                attempt = Attempt(quorum, config, list(signed), place)
                reason = spoil(attempt)
                before = quorum.read("latest_round", attempt.feed)
                with refused(reason):  # Q2
                    quorum.submit(attempt.signed, attempt.at, attempt.feed)
                assert quorum.read("latest_round", attempt.feed) == before  # Q2
        quorum.submit(signed, START)
        assert quorum.read("latest", FEED_ID) == (values[len(values) // 2], START)  # Q1


CANDIDATES = tuple(key.address for key in cold(6))
"""Of whom four are seated at first; a quorum is three of them."""
PEOPLE = st.integers(0, 5)
KEYS = st.integers(0, 2)
"""An operator's hot keys by number, of which it names whichever it likes."""
ALL_SIGN_EVERY = 4
"""Steps."""
VIEWS = ("config", "epoch", "threshold", "operators")


@cache
def _unnamed() -> QuickFeed:
    """Four operators whose keys are not named; made once a process."""
    return QuickFeed(4, has_keys=False)


@cache
def _naming(operator: str, owner: str, number: int) -> tuple[int, int]:
    """Have a hot key sign that it is an operator's."""
    return _unnamed().domain.sign_key(hot(owner, number), operator)


class QuorumMachine(RuleBasedStateMachine):
    met: ClassVar[Counter[tuple[str, str]]] = Counter()

    @initialize(named=st.sampled_from((6, 6, 6, 5, 3, 0)))
    def start(self, named: int) -> None:
        self.quorum = _unnamed()
        self.undone = self.quorum.chain.undone()
        self.undone.__enter__()
        self.step = 0
        self.model = QuorumModel(1, self.quorum.address, DELAY, self.quorum.operators, 3)
        for person in range(named):
            self.rotate(person, person, 0)

    def teardown(self) -> None:
        if hasattr(self, "undone"):
            self.undone.__exit__(None, None, None)

    @property
    def now(self) -> int:
        return self.quorum.chain.now

    def _both(self, sender: str, function: str, args: tuple[Any, ...], *given: Any) -> bool:
        """Do the same to both; they must agree that it works, or on a reason against it."""
        reasons: set[str] = set()
        try:
            getattr(self.model, function)(*given)
        except Refused as refused:
            reasons = refused.reasons
        try:
            self.quorum.send(sender, function, *args)
            found = ""
        except ChainError as error:
            found = error.reason
        assert found in (reasons or {""}), f"{function}: {found}, not one of {reasons}"  # Q3
        type(self).met[function, found] += 1
        return not found

    @rule(person=PEOPLE, owner=PEOPLE, number=KEYS)
    def rotate_to_anothers(self, person: int, owner: int, number: int) -> None:
        """Two operators agree to share a key, or one names what the other used before."""
        self.rotate(person, owner, number)

    @rule(person=PEOPLE, number=KEYS)
    def rotate_to_its_own(self, person: int, number: int) -> None:
        self.rotate(person, person, number)

    def rotate(self, person: int, owner: int, number: int) -> None:
        operator, whose = CANDIDATES[person], CANDIDATES[owner]
        signature = _naming(operator, whose, number)
        self._both(operator, "rotate", signature, operator, hot(whose, number).address, self.now)

    @rule(
        people=st.sets(PEOPLE, min_size=1),
        above=st.sampled_from((0, 0, 0, 1, -1)),
        spoiled=st.sampled_from(("", "", "", "", "none", "twice", "unsorted", "nobody")),
    )
    def propose(self, people: set[int], above: int, spoiled: str) -> None:
        operators = [CANDIDATES[person] for person in sorted(people)]
        threshold = 2 * ((len(operators) - 1) // 3) + 1 + above
        spoil = {
            "none": [],
            "twice": [*operators, operators[-1]],
            "unsorted": operators[::-1],
            "nobody": [NOBODY, *operators],
        }
        operators = spoil.get(spoiled, operators)
        self._both(OWNER, "propose", (operators, threshold), operators, threshold, self.now)

    @rule()
    def propose_the_same_again(self) -> None:
        operators, threshold = self.model.operators, self.model.threshold
        self._both(OWNER, "propose", (operators, threshold), operators, threshold, self.now)

    @rule(again=st.booleans())
    def cancel(self, again: bool) -> None:
        """Withdraw what is proposed, or what is proposed now."""
        if again:
            self.propose_the_same_again()
        self._both(OWNER, "cancel_proposal", ())

    @rule(people=st.sets(PEOPLE, min_size=1))
    def change(self, people: set[int]) -> None:
        """Propose others, and put them into force."""
        self.propose(people, 0, "")
        self.enact(DELAY, False)

    @rule(
        wait=st.sampled_from((0, DELAY - 1, DELAY, DELAY, DELAY, 2 * DELAY)),
        wrong=st.sampled_from((False, False, False, True)),
    )
    def enact(self, wait: int, wrong: bool) -> None:
        """After some time, enact what is proposed, or with another threshold."""
        self.quorum.chain.now += wait
        operators, threshold = self.model.proposal or (self.model.operators, 1)
        threshold += wrong
        self._both(STRANGER, "enact", (operators, threshold), operators, threshold, self.now)

    @rule(seconds=st.sampled_from((1, 60, HOUR - 1, HOUR, HOUR + 1, DAY)))
    def wait(self, seconds: int) -> None:
        self.quorum.chain.now += seconds

    @rule(
        person=PEOPLE,
        number=KEYS,
        kind=st.sampled_from(
            ("proof", "proof", "same value", "two signers", "old configuration", "other time")
        ),
    )
    def report_equivocation(self, person: int, number: int, kind: str) -> None:
        """Show two reports of a key that is, was, or never was an operator's."""
        key, other = hot(CANDIDATES[person], number), account("somebody's key")
        config, values, keys, times = self.model.config, [1, 2], [key, key], [START, START]
        configs = [config, config]
        if kind == "same value":
            values[1] = 1
        elif kind == "two signers":
            keys[1] = other
        elif kind == "old configuration":
            configs[1] = bytes(32)
        elif kind == "other time":
            times[1] = LATER
        pair, votes = [], []
        for place in range(2):
            report = Report(configs[place], FEED_ID, values[place], times[place])
            signature = sign(digest(self.quorum.domain, report), keys[place], 2 + place)
            pair.append((0, values[place], *signature))
            is_of_these = configs[place] == config and times[place] == START
            votes.append(Vote(0, values[place], keys[place].address if is_of_these else None))
        args = (FEED_ID, START, *pair)
        self._both(STRANGER, "report_equivocation", args, *votes, self.now)

    @rule(seat=PEOPLE, waited=st.sampled_from((None, 0, HOUR, HOUR + 1)))
    def equivocate(self, seat: int, waited: int | None) -> None:
        """Show two values of the key that an operator has, or of the one that it had before."""
        operator = self.model.operators[seat % len(self.model.operators)]
        person = CANDIDATES.index(operator)
        numbers = [n for n in range(3) if hot(operator, n).address == self.model.keys.get(operator)]
        if waited is not None:
            self.rotate(person, person, 1 + sum(numbers))
            self.quorum.chain.now += waited
        for number in numbers:
            self.report_equivocation(person, number, "proof")

    @rule(
        numbers=st.lists(st.integers(-1, 2), min_size=6, max_size=6),
        left_out=st.sets(PEOPLE, max_size=2),
        is_stale=st.sampled_from((False, False, False, True)),
    )
    def submit(self, numbers: list[int], left_out: set[int], is_stale: bool) -> None:
        """Hand in what some sign, with keys of any time, or for a configuration before."""
        keys: list[LocalAccount | None] = []
        for seat, operator in enumerate(self.model.operators):
            number = numbers[seat]
            key = self._key(operator) if number < 0 else hot(operator, number)
            keys.append(None if seat in left_out else key)
        self._submit(keys, bytes(32) if is_stale else self.model.config)

    def _key(self, operator: str) -> LocalAccount | None:
        """The key that an operator has now."""
        keys = {hot(operator, number).address: hot(operator, number) for number in range(3)}
        return keys.get(self.model.keys.get(operator, ""))

    def _submit(self, keys: list[LocalAccount | None], config: bytes) -> None:
        """Q4: have each seat sign with a key, or not; the model says whether it is a quorum."""
        self.quorum.chain.now += 2 * FEED.period
        at = self.now // FEED.period * FEED.period
        votes, signed = [], []
        for seat, key in enumerate(keys):
            if key is not None:
                report = Report(config, FEED_ID, seat - 2, at)
                signed.append((seat, seat - 2, *sign(digest(self.quorum.domain, report), key, 2)))
                is_of_this = config == self.model.config
                votes.append(Vote(seat, seat - 2, key.address if is_of_this else None))
        expected, reasons = 0, set[str]()
        try:
            expected = self.model.median(votes)
        except Refused as refused:
            reasons = refused.reasons
        before, found = self.quorum.read("latest", FEED_ID), ""
        try:
            self.quorum.submit(signed, at)
        except ChainError as error:
            found = error.reason
        assert found in (reasons or {""}), f"{found}, not one of {reasons}"  # Q4
        wanted = before if reasons else (expected, at)
        assert self.quorum.read("latest", FEED_ID) == wanted  # Q4
        type(self).met["submit", found] += 1

    @invariant()
    def quorum_equals_model(self) -> None:
        if not hasattr(self, "model"):
            return
        model, read = self.model, self.quorum.read
        expected = [getattr(model, view) for view in VIEWS]
        assert [read(view) for view in VIEWS] == expected  # Q5
        for operator in CANDIDATES:
            assert read("key_of", operator) == model.keys.get(operator, NOBODY)  # Q5
            assert read("suspended_at", operator) == model.suspended.get(operator, 0)  # Q5
        assert (read("proposal") != bytes(32)) == (model.proposal is not None)  # Q5

    @invariant()
    def everyone_signs(self) -> None:
        """Q4: all that are seated sign now and then, and all that are not suspended."""
        if not hasattr(self, "model"):
            return
        self.step += 1
        if self.step % ALL_SIGN_EVERY == 0:
            with self.quorum.chain.undone():
                keys = {operator: self._key(operator) for operator in self.model.operators}
                self._submit([*keys.values()], self.model.config)
                keys |= dict.fromkeys(self.model.suspended.keys() & keys.keys())
                self._submit([*keys.values()], self.model.config)


CALLS = ("rotate", "propose", "cancel_proposal", "enact", "report_equivocation", "submit")


def test_quorum__operators_come_go_and_cheat__equals_the_model() -> None:
    met = QuorumMachine.met
    met.clear()
    examples = settings().max_examples
    run_state_machine_as_test(QuorumMachine, settings=settings(stateful_step_count=30))
    assert min(met[call, ""] for call in CALLS) >= examples // 10, f"too few succeeded: {met}"
    assert len(met) >= 18, f"too few reasons: {met}"
