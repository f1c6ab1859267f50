"""Make block-days final whose challenge has passed."""

from __future__ import annotations

from collections.abc import Iterator

from oracle.jobs import Site, Step, block_days
from oracle.jobs.relay import newest_known
from oracle.sources.remembered import Remembered
from terahash.bitcoin.state import DAY_BLOCKS, Day, extend
from terahash.errors import HeaderError, SourceError


def finalize_days(site: Site) -> Iterator[Step]:
    """Finalize what is ripe, from headers of a source that is on the relay's chain."""
    relay = site.relay
    final_day = relay.tip().final_day
    if relay.head() == relay.day_chain(final_day) or relay.disputed_from():
        return
    for source in list(site.sources):
        try:
            ripe = relay.ripe(_pending(site, source, final_day), site.now)
        except (SourceError, HeaderError) as error:
            site.leave_out(source, error)
            continue
        if ripe.days:
            for link, leaves in ripe.connections:
                what = f"connected {len(leaves)} block-days of a backlog"
                yield Step(what, relay.connect(link, leaves))
            what = block_days(final_day + 1, final_day + len(ripe.days))
            yield Step(f"finalized {what}", relay.finalize(ripe.days, ripe.rest, ripe.hops))
            return


def _pending(site: Site, source: Remembered, final_day: int) -> list[Day]:
    """Rebuild the block-days after a final one, up to the source's tip."""
    end = (final_day + 1) * DAY_BLOCKS - 1  # the height of its last block
    start = newest_known(site, lambda state: state.height <= end and source.has(state))
    if start is None:
        raise SourceError("its chain does not hold the relay's checkpoint")
    days: list[Day] = []
    count = source.tip_height() - start.height
    if count > 0:
        headers = b"".join(source.headers(start.height + 1, count))
        extend(start, headers, site.network, site.now, days)
    # The State found may lie before or inside the final day, which then comes first.
    return days[final_day + 1 - (start.height + 1) // DAY_BLOCKS :]
