"""The retarget, to the last unit: every mistake here refuses honest blocks or takes easy ones."""

from __future__ import annotations

import csv

import boa

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import HEADER_SIZE, Header
from terahash.bitcoin.network import MAINNET
from terahash.bitcoin.state import extend
from terahash.headers import SHIPPED_ARCHIVE
from tests.support.relay import deploy_relay, follows, refused
from tests.support.revm_chain import CONTRACTS, RevmChain
from tests.support.shared_data import shared, shipped_headers


def test_retarget__every_real_one_at_hand__exact() -> None:
    """2,016 intervals, full precision or the wrong end of the epoch fail most of these."""
    arithmetic = boa.load(str(CONTRACTS / "bitcoin" / "header.vy")).internal
    with shared("retarget_vectors.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 207
    for row in rows:
        old, new = int(row["old_bits"], 16), int(row["new_bits"], 16)
        first, last = int(row["first_time"]), int(row["last_time"])
        target = arithmetic.retarget(arithmetic.target_of(old), first, last, MAINNET.limit)
        assert arithmetic.bits_of(target) == new, row["height"]


def test_retarget__real_boundaries_on_chain__exact_and_nothing_else(chain: RevmChain) -> None:
    """One unit of the mantissa to either side is refused: there is no tolerance. The chainwork at
    the end is that of truncated targets."""
    state = Archive.open(SHIPPED_ARCHIVE).checkpoint
    relay = deploy_relay(chain, state, limit=MAINNET.limit)
    headers = b"".join(shipped_headers())
    chain.now = Header.parse(headers[-HEADER_SIZE:]).time
    for at in range(0, len(headers), 144 * HEADER_SIZE):
        batch = headers[at : at + 144 * HEADER_SIZE]
        first = Header.parse(batch[:HEADER_SIZE])
        if (state.height + 1) % 2_016 == 0:
            for bits in (first.bits - 1, first.bits + 1, state.bits):
                with refused("relay: unexpected bits"):
                    relay.submit(state, first._replace(bits=bits).serialize())
        relay.submit(state, batch)
        state = extend(state, batch)
    assert follows(relay, state)
    assert state.height == 830_592
