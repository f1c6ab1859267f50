"""A typed client of `BitcoinRelay`, for whoever relays headers or reads what they prove."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from terahash.bitcoin.state import Day, State, keccak256
from terahash.chain import Chain, Receipt

MAX_DAYS = 16


class Tip(NamedTuple):
    """Where the heaviest chain stands, and how far finality has come.

    Attributes:
        work: chainwork, hashes.
        height: of the newest block.
        restarted: unix time at which a reorganisation last restarted every challenge.
        final_day: the newest final block-day.
    """

    work: int
    height: int
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

    def submit(self, anchor: State, headers: bytes) -> Receipt:
        """Send up to 144 headers (80 bytes each) that extend a State known to the relay."""
        return self._send("submit", tuple(anchor), headers)

    def ripe(self, pending: Sequence[Day], now: int) -> int:
        """Count how many of these block-days `finalize` would make final at a time.

        Args:
            pending: the heaviest chain's block-days after the last final one, oldest first.
            now: unix seconds.
        """
        _, ripe = self._buried_and_ripe(pending, now)
        return ripe

    def finalize(self, pending: Sequence[Day], now: int) -> Receipt | None:
        """Make final what has stood long enough, at most 16 block-days at once.

        Args:
            pending: as for `ripe`.
            now: unix seconds.

        Returns:
            None when nothing can become final yet.
        """
        buried, ripe = self._buried_and_ripe(pending, now)
        if not ripe:
            return None
        count = min(ripe, MAX_DAYS)
        rest = [day.leaf for day in pending[count:buried]]
        return self._send("finalize", [tuple(day) for day in pending[:count]], rest)

    def _buried_and_ripe(self, pending: Sequence[Day], now: int) -> tuple[int, int]:
        """Count the block-days up to the newest buried one, and those that no challenge holds."""
        tip, head = self.tip(), self._call("head")
        challenge = self._call("CHALLENGE")
        link = self._call("day_chain", tip.final_day)
        ripe = 0
        for count, day in enumerate(pending, 1):
            link = keccak256(link + day.leaf)
            shown = self._call("buried", link)
            if shown and max(shown, tip.restarted) + challenge <= now:
                ripe = count
            if link == head:
                return count, ripe
        return 0, 0

    def _call(self, function: str, *args: Any) -> Any:
        return self.chain.call("BitcoinRelay", self.address, function, *args)

    def _send(self, function: str, *args: Any) -> Receipt:
        return self.chain.send("BitcoinRelay", self.address, function, *args)
