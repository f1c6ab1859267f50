"""A relay on a test chain, and how to say that it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from terahash.bitcoin.header import HEADER_SIZE, Header
from terahash.bitcoin.state import DAY_BLOCKS, Day, State, extend, keccak256
from terahash.bitcoin.tree import split
from terahash.chain import ChainError, Receipt
from terahash.deployment import Terms, deploy
from terahash.relay import Relay
from terahash.units import DAY
from tests.support.miner import EASY, TRIVIAL, checkpoint, mine
from tests.support.revm_chain import RevmChain

CHALLENGE = DAY


def deploy_relay(
    chain: RevmChain, start: State | None = None, confirmations: int = 100, limit: int = EASY.limit
) -> Relay:
    """Deploy a relay as users do, from the synthetic checkpoint unless another is given."""
    terms = Terms(start or checkpoint(), limit, confirmations, CHALLENGE)
    return Relay(chain, deploy(chain, terms).address("BitcoinRelay"))


@contextmanager
def refused(reason: str) -> Iterator[None]:
    """Expect a revert with exactly this reason; "" for a revert without one."""
    with pytest.raises(ChainError) as caught:
        yield
    assert caught.value.reason == reason


def follows(relay: Relay, state: State) -> bool:
    """Say whether the relay's tip is what a State says; another with equal work looks the same."""
    return relay.known(state) and relay.tip()[:3] == (state.chainwork, state.height, state.bits)


def became_best(receipt: Receipt) -> bool:
    """Say whether the headers of a submission became the heaviest chain."""
    return bool(dict(receipt.logs)["Submitted"]["best"])


def day_chain(days: Iterable[Day]) -> bytes:
    """Fold block-days since the checkpoint into their day chain."""
    link = bytes(32)
    for day in days:
        link = keccak256(link + day.leaf)
    return link


def follow(
    chain: RevmChain, relay: Relay, anchor: State, headers: bytes, batch: int = DAY_BLOCKS
) -> tuple[State, list[Day]]:
    """Submit headers in batches that end with block-days, each when its last block is mined.

    Returns:
        the State after them, and the block-days that they completed.
    """
    days: list[Day] = []
    state, at = anchor, 0
    while at < len(headers):
        size = min(batch, DAY_BLOCKS - (state.height + 1) % DAY_BLOCKS) * HEADER_SIZE
        part = headers[at : at + size]
        after = extend(state, part, EASY, days=days)
        chain.now = max(chain.now, *(Header.parse(header).time for header in split(part)))
        relay.submit(state, part)
        state, at = after, at + size
    return state, days


def mine_days(state: State, days: int, beyond: int = 0, salt: int = 0) -> tuple[bytes, State]:
    """Mine up to the end of so many block-days, and so many blocks beyond."""
    count = days * DAY_BLOCKS - (state.height + 1) % DAY_BLOCKS + beyond
    return mine(state, count, salt)


def grow(
    chain: RevmChain, relay: Relay, state: State, count: int, salt: int, spacing: int
) -> tuple[State, list[Day]]:
    """Mine trivial blocks on a State and submit them, in batches that end with block-days.

    Returns:
        the State after them, and the block-days that they completed.
    """
    days: list[Day] = []
    while count:
        size = min(count, DAY_BLOCKS - (state.height + 1) % DAY_BLOCKS)
        headers, after = mine(state, size, salt, spacing, TRIVIAL)
        chain.now = max(chain.now, after.time)
        relay.submit(state, headers)
        state, count = extend(state, headers, TRIVIAL, days=days), count - size
    return state, days
