"""Relay the heaviest chain that any source knows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from oracle.jobs import Site, Step
from oracle.sources.remembered import Remembered
from terahash.bitcoin.header import HEADER_SIZE
from terahash.bitcoin.state import DAY_BLOCKS, State, extend
from terahash.errors import HeaderError, SourceError


class Branch(NamedTuple):
    """A verified chain beyond what the relay knows: batches that end with block-days.

    Attributes:
        batches: the State that each extends, and its headers.
        tip: the State after them.
    """

    batches: list[tuple[State, bytes]]
    tip: State


def relay_headers(site: Site) -> Iterator[Step]:
    """Submit the headers of the chain with the most work, if it has more than the relay's.

    A source that is wrong, stale or of another chain is warned about, and the others are asked.

    Raises:
        SourceError: when no source gives a chain.
    """
    if disputed := site.relay.disputed_from():
        site.warn(f"block-day {disputed} is disputed: nothing becomes final any more")
        return
    branches = list(_branches(site))
    if not branches:
        raise SourceError("no source gave a chain of valid headers: add another --source")
    best = max(branches, key=lambda branch: branch.tip.chainwork)
    if best.tip.chainwork <= site.relay.tip().work:
        return
    for anchor, headers in best.batches:
        last = anchor.height + len(headers) // HEADER_SIZE
        yield Step(
            f"relayed headers {anchor.height + 1:,} to {last:,}",
            site.relay.submit(anchor, headers),
        )


def newest_known(site: Site, fits: Callable[[State], bool]) -> State | None:
    """Find the newest State of the relay's logs that fits, asking for few of them.

    States that fit are taken to be older than those that do not: leaps grow until one fits, and
    the last leap is searched by halves.
    """
    logged, leap = site.relay.submitted(), 1
    while found := list(islice(logged, leap)):
        if fits(found[-1]):
            return found[bisect_left(found, True, key=fits)]
        leap *= 2
    return None


def _branches(site: Site) -> Iterator[Branch]:
    for source in list(site.sources):
        try:
            yield _branch(site, source)
        except (SourceError, HeaderError) as error:
            site.leave_out(source, error)


def _branch(site: Site, source: Remembered) -> Branch:
    anchor = newest_known(site, source.has)
    if anchor is None:
        raise SourceError(
            "its chain does not hold the relay's checkpoint: it is of another network, or not "
            "synchronised so far"
        )
    state, batches = anchor, []
    while (count := source.tip_height() - state.height) > 0:
        size = min(count, DAY_BLOCKS - (state.height + 1) % DAY_BLOCKS)
        headers = b"".join(source.headers(state.height + 1, size))
        batches.append((state, headers))
        state = extend(state, headers, site.network, site.now)
    return Branch(batches, state)
