"""A quorum feed with five operators, of whom three must sign, and its client."""

from __future__ import annotations

import pytest

from terahash.feeds.client import QuorumFeed as Client
from tests.support.market import WalletChain
from tests.support.quorum import START, QuorumFeed


@pytest.fixture
def quorum() -> QuorumFeed:
    return QuorumFeed(chain=WalletChain(START))


@pytest.fixture
def client(quorum: QuorumFeed) -> Client:
    return Client(quorum.chain, quorum.address)
