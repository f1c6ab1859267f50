"""A tree of verified headers, and which of its branches a node follows."""

from __future__ import annotations

from collections.abc import Iterator

from terahash.bitcoin.header import HEADER_SIZE, Header, display, double_sha256
from terahash.bitcoin.network import MAINNET, Network
from terahash.bitcoin.state import State, extend
from terahash.errors import UnknownParentError


class HeaderTree:
    """Every verified header since a checkpoint, with fork choice by chainwork.

    The branch with the most work is best; of branches with equal work, the one seen first.

    Attributes:
        best: the State of the best branch's newest block.
    """

    def __init__(self, checkpoint: State, network: Network = MAINNET) -> None:
        self.best = checkpoint
        self._checkpoint = checkpoint
        self._network = network
        self._states = {checkpoint.block_hash: checkpoint}
        self._headers: dict[bytes, bytes] = {}

    def __contains__(self, block_hash: bytes) -> bool:
        return block_hash in self._states

    def __len__(self) -> int:
        """Count the headers above the checkpoint, on all branches."""
        return len(self._headers)

    def state(self, block_hash: bytes) -> State:
        """Return the State after a block.

        Raises:
            UnknownParentError: when the tree does not hold the block.
        """
        try:
            return self._states[block_hash]
        except KeyError:
            raise UnknownParentError(
                f"block {display(block_hash)} is not in the tree: add the headers before it first"
            ) from None

    def add(self, header: bytes, now: int | None = None) -> State:
        """Verify one header against its parent and add it; a known one changes nothing.

        Args:
            header: 80 bytes.
            now: as for `extend`.

        Returns:
            the State after the header.

        Raises:
            UnknownParentError: when the parent is not in the tree.
            HeaderError: when the header breaks a rule.
        """
        block_hash = double_sha256(header)
        if block_hash in self._states:
            return self._states[block_hash]
        state = extend(self.state(Header.parse(header).parent), header, self._network, now)
        self._states[block_hash] = state
        self._headers[block_hash] = header
        if state.chainwork > self.best.chainwork:
            self.best = state
        return state

    def back_from(self, state: State) -> Iterator[State]:
        """Walk from a State down to the checkpoint, both included."""
        while state.block_hash != self._checkpoint.block_hash:
            yield state
            state = self._states[self._headers[state.block_hash][4:36]]
        yield state

    def fork_point(self, one: State, other: State) -> State:
        """Return the last State that two branches share."""
        lower, higher = sorted((one, other), key=lambda state: state.height)
        down, up = self.back_from(lower), self.back_from(higher)
        low, high = next(down), next(up)
        while low.block_hash != high.block_hash:
            if high.height > low.height:
                high = next(up)
            else:
                low = next(down)
                high = next(up) if high.height > low.height else high
        return low

    def headers_between(self, ancestor: State, tip: State) -> bytes:
        """Join the headers after an ancestor up to a tip, oldest first, 80 bytes each.

        Raises:
            UnknownParentError: when the one is not an ancestor of the other.
        """
        branch: list[bytes] = []
        for state in self.back_from(tip):
            if state.block_hash == ancestor.block_hash:
                return b"".join(reversed(branch))
            branch.append(self._headers.get(state.block_hash, b""))
        raise UnknownParentError(
            f"block {display(ancestor.block_hash)} is not an ancestor of {display(tip.block_hash)}"
        )

    def __repr__(self) -> str:
        return f"HeaderTree({len(self)} headers, best height {self.best.height})"


def split(headers: bytes) -> list[bytes]:
    """Cut concatenated headers into single ones, 80 bytes each."""
    return [headers[at : at + HEADER_SIZE] for at in range(0, len(headers), HEADER_SIZE)]
