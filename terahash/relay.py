"""A typed client of `BitcoinRelay`, for whoever relays headers or reads what they prove."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from terahash.bitcoin.state import Day, State, keccak256
from terahash.chain import Chain, Receipt

MAX_DAYS, MAX_REST = 16, 256
"""Block-days that one `finalize` takes, and leaves of those after them."""
MAX_LEAVES = 512
"""Leaves that one `connect` or `dispute` takes."""


class Tip(NamedTuple):
    """Where the heaviest chain stands, and how far finality has come.

    Attributes:
        work: chainwork, hashes.
        height: of the newest block.
        bits: its compact target.
        restarted: unix time at which a reorganisation last restarted every challenge.
        final_day: the newest final block-day.
    """

    work: int
    height: int
    bits: int
    restarted: int
    final_day: int


class Epoch(NamedTuple):
    """An epoch as the relay recorded it; all zero while it is not final.

    Attributes:
        bits: compact target.
        start: time of its first block, unix seconds.
        is_final: whether it can be settled on.
    """

    bits: int
    start: int
    is_final: bool


class Ripe(NamedTuple):
    """What `finalize` needs to make block-days final.

    Attributes:
        days: to become final; empty when none is ripe.
        rest: leaves of the block-days after them.
        hops: day chains from there to the head, of a backlog too long for one call.
        connections: day chains and leaves to `connect` before the hops hold.
    """

    days: list[Day]
    rest: list[bytes]
    hops: list[bytes]
    connections: list[tuple[bytes, list[bytes]]]


class Relay:
    """One deployed relay. Methods raise `ChainError` with the relay's own reason."""

    def __init__(self, chain: Chain, address: str) -> None:
        self.chain = chain
        self.address = address

    def tip(self) -> Tip:
        """Read where the heaviest chain stands."""
        return Tip(*self._call("tip"))

    def epoch(self, epoch: int) -> Epoch:
        """Read an epoch: 2,016 blocks from height 2016 x epoch."""
        return Epoch(*self._call("epoch", epoch))

    def epoch_sum(self, epoch: int) -> int:
        """Read the total difficulty (times 10^18) of the final epochs before this one."""
        return int(self._call("epoch_sum", epoch))

    def known(self, state: State) -> bool:
        """Say whether the relay has verified a State, and so takes it as an anchor."""
        return bool(self._call("known", state.hash))

    def head(self) -> bytes:
        """Read the day chain up to the newest buried block-day of the heaviest chain."""
        return bytes(self._call("head"))

    def buried(self, link: bytes) -> int:
        """Read when a day chain was first shown buried, unix seconds; zero for never."""
        return int(self._call("buried", link))

    def day_chain(self, day: int) -> bytes:
        """Read the day chain up to a final block-day; zero for one that is not final."""
        return bytes(self._call("day_chain", day))

    def disputed_from(self) -> int:
        """Read the first final block-day that was proven wrong; zero for none."""
        return int(self._call("disputed_from"))

    def submitted(self) -> Iterator[State]:
        """Stream the States that became the heaviest chain, newest first: each is a known anchor.

        Others are left out: anyone makes the relay log a State of old headers, for no work.
        """
        for log in self.chain.events("BitcoinRelay", self.address, "Submitted"):
            if log["best"]:
                yield State(*log["state"])

    def final_days(self) -> Iterator[tuple[int, Day]]:
        """Stream final block-days with their numbers, newest first."""
        for log in self.chain.events("BitcoinRelay", self.address, "DayFinal"):
            yield int(log["day"]), Day(*log["content"])

    def submit(self, anchor: State, headers: bytes) -> Receipt:
        """Send up to 144 headers (80 bytes each) that extend a State known to the relay."""
        return self._send("submit", tuple(anchor), headers)

    def finalize(
        self, days: Sequence[Day], rest: Sequence[bytes] = (), hops: Sequence[bytes] = ()
    ) -> Receipt:
        """Make block-days final: up to 16 of them, the leaves of up to 256 more, and then hops."""
        return self._send("finalize", [tuple(day) for day in days], list(rest), list(hops))

    def connect(self, link: bytes, leaves: Sequence[bytes]) -> Receipt:
        """Record that a day chain goes on with up to 512 leaves, for `finalize` or `dispute`."""
        return self._send("connect", link, list(leaves))

    def dispute(self, day: int, leaves: Sequence[bytes], hops: Sequence[bytes] = ()) -> Receipt:
        """Prove that the heaviest chain's leaves after a final block-day contradict it."""
        return self._send("dispute", day, list(leaves), list(hops))

    def ripe(self, pending: Sequence[Day], now: int) -> Ripe:
        """Choose what `finalize` can make final at a time; no days when nothing is ripe.

        Args:
            pending: the heaviest chain's block-days after the last final one, oldest first.
            now: unix seconds.
        """
        tip, head, challenge = self.tip(), self.head(), self._call("CHALLENGE")
        links = [self.day_chain(tip.final_day)]
        ripe = 0
        for count, day in enumerate(pending, 1):
            links.append(keccak256(links[-1] + day.leaf))
            if count <= MAX_DAYS and max(self.buried(links[-1]), tip.restarted) + challenge <= now:
                ripe = count
            if links[-1] == head:
                break
        count = ripe if links[-1] == head else 0
        leaves = [day.leaf for day in pending[count : len(links) - 1]]
        rest = leaves[:MAX_REST]
        starts = range(count + len(rest), len(links) - 1, MAX_LEAVES)
        connections = [
            (links[start], leaves[start - count : start - count + MAX_LEAVES]) for start in starts
        ]
        hops = [links[min(start + MAX_LEAVES, len(links) - 1)] for start in starts]
        return Ripe(list(pending[:count]), rest, hops, connections)

    def _call(self, function: str, *args: Any) -> Any:
        return self.chain.call("BitcoinRelay", self.address, function, *args)

    def _send(self, function: str, *args: Any) -> Receipt:
        return self.chain.send("BitcoinRelay", self.address, function, *args)
