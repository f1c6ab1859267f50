"""DifficultySwap.known: to the very block, by the relay's tip."""

from __future__ import annotations

import pytest

from terahash.bitcoin.header import HEADER_SIZE
from terahash.bitcoin.state import DAY_BLOCKS, extend
from terahash.bitcoin.target import EPOCH_BLOCKS
from terahash.relay import Relay
from tests.support.facades import Bitcoin
from tests.support.instruments import Instrument
from tests.support.relay import refused
from tests.support.trading import Series

MEAN, HASHRATE = 0, 1


@pytest.mark.parametrize(
    "kind, start, end, height",
    [
        (MEAN, 408, 410, EPOCH_BLOCKS * 409 - 1),
        (MEAN, 409, 410, EPOCH_BLOCKS * 409 - 1),
        (MEAN, 408, 411, EPOCH_BLOCKS * 410 - 1),
        (HASHRATE, 408, 409, EPOCH_BLOCKS * 409),
        (HASHRATE, 409, 410, EPOCH_BLOCKS * 410),
    ],
)
def test_known__relay_reaches_the_block__from_it_on(
    real: Bitcoin, kind: int, start: int, end: int, height: int
) -> None:
    """The last block before an epoch says its difficulty; its first block ends the time before."""
    relay = Relay(real.chain, real.deploy_relay())
    index = real.deploy_index(relay=relay.address)
    swap = Instrument.of(real.chain, "DifficultySwap", index)
    series = Series(kind=kind, start=start, end=end)
    days, blocks = divmod(height - real.first * DAY_BLOCKS, DAY_BLOCKS)
    for anchor, headers in real.batches[:days]:
        relay.submit(anchor, headers)
    anchor, headers = real.batches[days]
    if blocks:
        relay.submit(anchor, headers[: blocks * HEADER_SIZE])
        anchor = extend(anchor, headers[: blocks * HEADER_SIZE])
    assert relay.tip().height == height - 1
    assert not swap.known(series)
    relay.submit(anchor, headers[blocks * HEADER_SIZE : (blocks + 1) * HEADER_SIZE])
    assert relay.tip().height == height
    assert swap.known(series)
    assert swap.value(series) == (False, 0)


def test_known__once_it_is__no_new_series(real: Bitcoin, swap: Instrument) -> None:
    series = Series(kind=HASHRATE, start=411, end=412)
    assert real.relay.tip().height == EPOCH_BLOCKS * 412
    assert swap.known(series)
    with refused("swap: window is known"):
        swap.check(series)
