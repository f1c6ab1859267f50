"""Typed clients of `QuorumFeed` and `AggregatorFacade`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terahash.chain import Chain, ChainError
from terahash.deployment import NOBODY
from terahash.feeds.feed_id import FeedError, FeedId
from terahash.feeds.models import (
    FACADE,
    QUORUM_FEED,
    Answer,
    Configuration,
    DayTotal,
    Equivocation,
    HotKey,
    Observation,
    Operator,
    Proposal,
    Reading,
)
from terahash.feeds.reports import Domain
from terahash.feeds.reverts import REASONS
from terahash.feeds.transactions import QuorumTransactions
from terahash.units import HOUR, MINUTE

MAX_AHEAD, MAX_AGE = MINUTE, HOUR
"""Seconds that an observation may lie ahead of the chain's time, and behind it."""


class TimeError(FeedError):
    """A time at which the contract takes no observation of a feed now; the message says why."""


class QuorumFeed(QuorumTransactions):
    """One quorum feed. What changes it is a transaction that is still to be sent.

    Reading raises `ChainError` with the contract's own reason, and so does sending.
    """

    def __init__(self, chain: Chain, address: str) -> None:
        super().__init__(address)
        self.chain = chain

    @cached_property
    def domain(self) -> Domain:
        """What signatures are for: this contract on this chain."""
        return Domain(self.chain.chain_id, self.address, str(self._call("VERSION")))

    def owner(self) -> str:
        """Read who proposes other operators."""
        return str(self._call("owner"))

    def configuration(self) -> Configuration:
        """Read who signs, and what is proposed.

        Raises:
            FeedError: when the configuration changes while it is read.
        """
        config, epoch = bytes(self._call("config")), int(self._call("epoch"))
        operators, threshold = self._call("operators"), int(self._call("threshold"))
        if config != self._commitment(epoch, operators, threshold):
            raise FeedError("the operators changed while they were read: run this again")
        proposal = bytes(self._call("proposal"))
        is_proposed = any(proposal)
        return Configuration(
            config=config,
            epoch=epoch,
            operators=tuple(self.operator(address) for address in operators),
            threshold=threshold,
            delay=int(self._call("DELAY")),
            proposal=proposal if is_proposed else None,
            proposed_at=int(self._call("proposed_at")) if is_proposed else None,
        )

    def operator(self, address: str) -> Operator:
        """Read with which key an operator signs, seated or not."""
        key = str(self._call("key_of", address))
        suspended_at = int(self._call("suspended_at", address))
        return Operator(address, None if key == NOBODY else key, suspended_at or None)

    def hot_keys(self, of: Configuration, wanted: Collection[str]) -> dict[str, HotKey]:
        """Find whose hot keys these are, or were; of seated operators alone.

        What was logged is read only for keys that no operator signs with now, and no further back
        than all that are seated have named their first keys.
        """
        found = {one.key: HotKey(one.address, 0) for one in of.operators if one.key}
        named = {key.operator: 0 for key in found.values()}
        if found.keys() >= set(wanted):
            return found
        for log in self.chain.events(QUORUM_FEED, self.address, "KeyRotated"):
            operator = log["operator"]
            if operator not in named:
                continue
            found.setdefault(log["key"], HotKey(operator, named[operator]))
            named[operator] += 1
            if log["old"] == NOBODY:
                del named[operator]
            if not named or found.keys() >= set(wanted):
                break
        return found

    def proposal(self) -> Proposal | None:
        """Find what is proposed, as the contract has logged it; None for nothing.

        Raises:
            FeedError: when the node does not show the log.
        """
        wanted = bytes(self._call("proposal"))
        if not any(wanted):
            return None
        for log in self.chain.events(QUORUM_FEED, self.address, "Proposed"):
            operators, threshold = log["operators"], log["threshold"]
            if keccak(encode(["address[]", "uint256"], [operators, threshold])) == wanted:
                return Proposal(tuple(operators), threshold, log["ready_at"])
        raise FeedError("the node does not show what is proposed: ask one that keeps all logs")

    def latest(self, feed: FeedId) -> Observation | None:
        """Read the newest observation; None where there is none."""
        newest = Observation(*self._call("latest_round", bytes(feed)))
        return newest if newest.round else None

    def observation(self, feed: FeedId, round: int) -> Observation:
        """Read an observation that the feed still holds."""
        return Observation(round, *self._call("observation", bytes(feed), round))

    def history(self, feed: FeedId, count: int) -> Iterator[Observation]:
        """Read up to so many observations, newest first, as far back as the feed holds them."""
        newest = self.latest(feed)
        if newest is None or count < 1:
            return
        yield newest
        for round in range(newest.round - 1, max(newest.round - count, 0), -1):
            try:
                yield self.observation(feed, round)
            except ChainError as error:
                if error.reason != "feed: round not kept":
                    raise
                return

    def first_at_or_after(self, feed: FeedId, time: int, hint: int = 0) -> Reading | None:
        """Find the first observation at or after a time; None where none is known to be.

        Args:
            feed: of which.
            time: unix seconds.
            hint: the round where to look first; any number will do.
        """
        value, at, is_found = self._call("first_at_or_after", bytes(feed), time, hint)
        return Reading(value, at) if is_found else None

    def day_total(self, feed: FeedId, day: int) -> DayTotal:
        """Read the running totals at the end of a UTC day: unix time // 86,400."""
        return DayTotal(*self._call("day_total", bytes(feed), day))

    def observed(self, since: int) -> Iterator[tuple[bytes, int]]:
        """Stream ids of feeds and times of their observations from a time on, newest first."""
        for log in self.chain.events(QUORUM_FEED, self.address, "Observed"):
            # Each was logged between a minute before its time and an hour after it.
            if log["at"] + MAX_AGE + MAX_AHEAD < since:
                return
            if log["at"] >= since:
                yield bytes(log["feed"]), log["at"]

    def check_time(self, feed: FeedId, at: int) -> None:
        """Refuse a time, unix seconds, of which the contract would take no observation now.

        Raises:
            TimeError: says why.
        """
        now, newest = self.chain.now, self.latest(feed)
        for reason, is_refused in (
            ("feed: not on the period", at % feed.period != 0),
            ("feed: observed in the future", now + MAX_AHEAD < at),
            ("feed: observed too long ago", at + MAX_AGE < now),
            ("feed: not newer", newest is not None and at <= newest.at),
        ):
            if is_refused:
                raise TimeError(f"{REASONS[reason]} ({reason})")

    def try_report(self, evidence: Equivocation) -> None:
        """Ask whether the contract would suspend the operator now.

        Raises:
            ChainError: with the contract's reason when it would not.
        """
        transaction = self.report_equivocation(evidence)
        self._call(transaction.function, *transaction.arguments)

    def _commitment(self, epoch: int, operators: list[str], threshold: int) -> bytes:
        """Compute what signatures commit to, as the contract does."""
        kinds = ["uint256", "address", "uint256", "address[]", "uint256"]
        of = [self.chain.chain_id, self.address, epoch, operators, threshold]
        return keccak(encode(kinds, of))

    def _call(self, function: str, *args: Any) -> Any:
        return self.chain.call(QUORUM_FEED, self.address, function, *args)


class AggregatorFacade:
    """One number behind the AggregatorV3 interface.

    Reading raises `ChainError` with the facade's own reason: it answers with a value or not at all.
    """

    def __init__(self, chain: Chain, address: str) -> None:
        self.chain = chain
        self.address = address

    @cached_property
    def description(self) -> str:
        """What it tells of."""
        return str(self._call("description"))

    @cached_property
    def decimals(self) -> int:
        """Of its answers: 12345 with two decimals is 123.45."""
        return int(self._call("decimals"))

    @cached_property
    def max_age(self) -> int:
        """Seconds after which its newest answer is refused."""
        return int(self._call("MAX_AGE"))

    def latest(self) -> Answer:
        """Read the newest round."""
        return self._answer(self._call("latestRoundData"))

    def round(self, number: int) -> Answer:
        """Read a round, however old."""
        return self._answer(self._call("getRoundData", number))

    @staticmethod
    def _answer(said: tuple[int, int, int, int, int]) -> Answer:
        round, answer, _, at, _ = said
        return Answer(round, answer, at)

    def _call(self, function: str, *args: Any) -> Any:
        return self.chain.call(FACADE, self.address, function, *args)
