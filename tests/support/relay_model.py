"""What the relay should do, said independently of how it does it.

The contract keeps hashes and reads nothing back; the model keeps every chain as a list of
block-days, and compares lists.
"""

from __future__ import annotations

from terahash.bitcoin.network import Network
from terahash.bitcoin.state import DAY_BLOCKS, Day, State, extend
from terahash.bitcoin.target import difficulty, to_target
from terahash.errors import HeaderError

EPOCH_DAYS = 14
Chain = tuple[Day, ...]


class Refused(Exception):
    """The relay would revert with this reason."""


class RelayModel:
    """A relay in plain Python; times are given to each call, unix seconds."""

    def __init__(
        self, checkpoint: State, network: Network, confirmations: int, challenge: int
    ) -> None:
        self.network, self.confirmations, self.challenge = network, confirmations, challenge
        self.first_day = checkpoint.height // DAY_BLOCKS + 1
        self.chains: dict[State, Chain] = {checkpoint: ()}
        self.best = checkpoint
        self.head: Chain = ()
        self.buried: dict[Chain, int] = {}
        self.standing: dict[Chain, int] = {}
        self.restarted = 0
        self.final: Chain = ()
        self.disputed_from = 0
        self.epochs: dict[int, tuple[int, int]] = {}
        self.epoch_sums: dict[int, int] = {}

    @property
    def final_day(self) -> int:
        """The newest final block-day."""
        return self.first_day - 1 + len(self.final)

    def submit(self, anchor: State, headers: bytes, now: int) -> State:
        """Verify and follow; see `BitcoinRelay.submit`."""
        if anchor not in self.chains:
            raise Refused("relay: unknown anchor")
        days: list[Day] = []
        try:
            state = extend(anchor, headers, self.network, now, days)
        except HeaderError as error:
            raise Refused(f"relay: {error.rule}") from error
        if state not in self.chains:
            chain = self.chains[anchor] + tuple(days)
            if state.chainwork > self.best.chainwork:
                self._follow(state, chain, anchor, now)
            self.chains[state] = chain
        return state

    def _follow(self, state: State, chain: Chain, anchor: State, now: int) -> None:
        deep = tuple(
            day
            for number, day in enumerate(chain, self.first_day)
            if state.height - ((number + 1) * DAY_BLOCKS - 1) >= self.confirmations
        )
        if deep != self.head:
            if deep not in (chain, self.chains[anchor]) or deep[:-1] != self.head:
                self.restarted = now
            self.head = deep
            self.buried[deep] = now
            # Whatever rule restarts the clock: since when each day has been in the head, unbroken.
            prefixes = [deep[:length] for length in range(1, len(deep) + 1)]
            self.standing = {prefix: self.standing.get(prefix, now) for prefix in prefixes}
        self.best = state

    def finalize(self, days: list[Day], rest: list[bytes], now: int) -> None:
        """Make final what has stood long enough; see `BitcoinRelay.finalize`."""
        if self.disputed_from:
            raise Refused("relay: disputed")
        given = [day.leaf for day in self.final + tuple(days)] + rest
        if given != [day.leaf for day in self.head]:
            raise Refused("relay: days miss the head")
        count = 0
        for length in range(1, len(days) + 1):
            shown = self.buried.get(self.head[: len(self.final) + length], 0)
            if max(shown, self.restarted) + self.challenge <= now:
                count = length
        if not count:
            raise Refused("relay: challenge still open")
        for day in days[:count]:
            self.final += (day,)
            assert self.standing[self.final] + self.challenge <= now, "not contestable long enough"
            if self.final_day % EPOCH_DAYS == 0:
                epoch = self.final_day // EPOCH_DAYS
                self.epochs[epoch] = (day.bits, day.epoch_start)
                self.epoch_sums[epoch + 1] = self.epoch_sums.get(epoch, 0) + difficulty(
                    to_target(day.bits)
                )

    def dispute(self, day: int, leaves: list[bytes]) -> None:
        """Freeze finality where the heaviest chain contradicts it; see `BitcoinRelay.dispute`."""
        if not self.first_day - 1 <= day < self.final_day:
            raise Refused("relay: day not final")
        if self.disputed_from and day + 1 >= self.disputed_from:
            raise Refused("relay: already disputed")
        agreed = day - self.first_day + 1
        given = [final.leaf for final in self.final[:agreed]] + leaves
        if given != [day.leaf for day in self.head]:
            raise Refused("relay: days miss the head")
        if not leaves or leaves[0] == self.final[agreed].leaf:
            raise Refused("relay: no contradiction")
        self.disputed_from = day + 1
