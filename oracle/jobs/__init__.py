"""What a publisher does: each job looks at the chain and at Bitcoin, and does what is due.

A job keeps nothing between two passes. What is due follows from the contracts' state and logs, so
that whoever is interrupted runs it again, and two who run at once only pay twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from oracle.sources import BlockSource
from oracle.sources.remembered import Remembered
from terahash.bitcoin.network import Network
from terahash.chain import Chain, Receipt
from terahash.deployment import Deployment
from terahash.errors import TerahashError
from terahash.hashprice_index import HashpriceIndex
from terahash.relay import Relay


class Step(NamedTuple):
    """One transaction, and what it did in words."""

    what: str
    receipt: Receipt


@dataclass(frozen=True)
class Site:
    """Where the jobs of one pass work.

    Attributes:
        relay, index: the contracts.
        sources: of Bitcoin's chain; one that fails is left out for the rest of the pass.
        network: whose rules the headers keep.
        now: unix seconds.
        warn: takes a sentence on what went wrong and did not stop the pass.
    """

    relay: Relay
    index: HashpriceIndex
    sources: list[Remembered]
    network: Network
    now: int
    warn: Callable[[str], None]

    @classmethod
    def of(
        cls,
        chain: Chain,
        deployment: Deployment,
        sources: Sequence[BlockSource],
        network: Network,
        now: int,
        warn: Callable[[str], None],
    ) -> Site:
        """Look at a deployment and at sources, which are remembered for this pass."""
        return cls(
            relay=Relay(chain, deployment.address("BitcoinRelay")),
            index=HashpriceIndex(chain, deployment.address("HashpriceIndex")),
            sources=[Remembered(source) for source in sources],
            network=network,
            now=now,
            warn=warn,
        )

    def blame(self, source: Remembered, error: TerahashError) -> None:
        """Warn of what a source did, with its name."""
        text = str(error)
        self.warn(text if text.startswith(source.name) else f"{source.name}: {text}")

    def leave_out(self, source: Remembered, error: TerahashError) -> None:
        """Warn of what a source did, and ask it no more."""
        self.blame(source, error)
        self.sources.remove(source)


Job = Callable[[Site], Iterator[Step]]


def block_days(first: int, last: int) -> str:
    """Name a block-day, or several in a row."""
    return f"block-day {last}" if first == last else f"block-days {first} to {last}"
