"""One pass of a publisher: whatever is due on chain is done, and done again is nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from oracle.jobs import Job, Site, Step
from oracle.jobs.finality import finalize_days
from oracle.jobs.index import close_days, prove_fees, record_days
from oracle.jobs.relay import relay_headers
from oracle.sources import BlockSource
from terahash.bitcoin.network import MAINNET, Network
from terahash.chain import Chain, ChainError, PendingError, Receipt
from terahash.deployment import Deployment
from terahash.errors import SourceError

JOBS: tuple[Job, ...] = (relay_headers, finalize_days, record_days, prove_fees, close_days)
NOT_YET = (
    "relay: challenge still open",
    "index: fee window open",
    "index: price not decided",
)
"""Refusals that time mends: the next pass tries again."""


class Pass(NamedTuple):
    """What one pass did.

    Attributes:
        steps: transactions, in order; in a dry run those that would be sent first.
        failures: why something that may be due was not done.
    """

    steps: list[Step]
    failures: list[str]


class DryRun:
    """A chain that is read, and to which nothing is sent."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def send(self, contract: str, address: str, function: str, *args: Any) -> Receipt:
        """Send nothing."""
        return Receipt(0, self._chain.now, ())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)


def run_once(
    chain: Chain,
    deployment: Deployment,
    sources: Sequence[BlockSource],
    *,
    now: int,
    network: Network = MAINNET,
    is_dry: bool = False,
    say: Callable[[Step], None] = lambda step: None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> Pass:
    """Relay headers, finalize, record, prove fees and close, until nothing more is due.

    Args:
        chain: with an account that pays.
        deployment: of the contracts.
        sources: of Bitcoin's chain; the one with most work is relayed, all are asked for coinbases.
        now: unix seconds.
        network: whose rules the headers keep.
        is_dry: send nothing, and tell what is due before anything has changed.
        say: is called after each transaction.
        warn: takes what went wrong and did not stop the pass.
    """
    acting: Any = DryRun(chain) if is_dry else chain
    site = Site.of(acting, deployment, sources, network, now, warn)
    steps: list[Step] = []
    failures: list[str] = []
    refused: set[Job] = set()
    told: set[str] = set()
    is_over = False
    while not is_over:
        is_over = True
        for job in JOBS:
            try:
                for step in job(site):
                    if step.what in told:
                        stale = "the node does not show what was sent to it: try again later"
                        return Pass(steps, [*failures, f"{step.what} twice: {stale}"])
                    told.add(step.what)
                    steps.append(step)
                    say(step)
                    is_over = is_dry
            except PendingError as error:  # every later one would wait for it
                return Pass(steps, [*failures, str(error)])
            except ChainError as error:
                if error.reason in NOT_YET:
                    continue
                if is_dry or job in refused:
                    failures.append(str(error))
                else:  # somebody else may have been faster: look again, once
                    is_over = False
                refused.add(job)
            except SourceError as error:
                failures.append(str(error))
    return Pass(steps, list(dict.fromkeys(failures)))
