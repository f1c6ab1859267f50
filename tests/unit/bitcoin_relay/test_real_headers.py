"""BitcoinRelay on real headers: what nodes refused is refused, and a real fork goes as it went."""

from __future__ import annotations

import json
from typing import Any

import pytest

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import HEADER_SIZE, Header
from terahash.bitcoin.network import MAINNET
from terahash.bitcoin.state import DAY_BLOCKS, State, extend
from terahash.headers import SHIPPED_ARCHIVE
from terahash.relay import Relay
from tests.support.relay import became_best, deploy_relay, follows, refused
from tests.support.revm_chain import RevmChain
from tests.support.shared_data import FIRST, LAST, shared, shipped_headers

REASONS = {
    "bad_pow_nonce_plus_1": "relay: insufficient work",
    "bad_link": "relay: parent mismatch",
    "old_bits_after_retarget": "relay: unexpected bits",
    "bits_mantissa_plus_1": "relay: unexpected bits",
    "bits_mantissa_minus_1": "relay: unexpected bits",
    "diff1_bits_midepoch": "relay: unexpected bits",
    "time_before_mtp": "relay: time not above median",
}


def _relay_at(chain: RevmChain, height: int) -> tuple[Relay, State]:
    """Deploy a relay at the shipped checkpoint and follow the real chain up to a height."""
    state = Archive.open(SHIPPED_ARCHIVE).checkpoint
    relay = deploy_relay(chain, state, limit=MAINNET.limit)
    chain.now = Header.parse(shipped_headers()[LAST - FIRST]).time
    while state.height < height:
        end = min(height, (state.height + 1) // DAY_BLOCKS * DAY_BLOCKS + DAY_BLOCKS - 1)
        batch = b"".join(shipped_headers()[state.height + 1 - FIRST : end + 1 - FIRST])
        relay.submit(state, batch)
        state = extend(state, batch)
    return relay, state


def _vectors() -> list[dict[str, Any]]:
    try:
        return json.loads(shared("negative_headers.json").read_text())["vectors"]
    except pytest.skip.Exception:
        return []


@pytest.mark.parametrize("vector", _vectors(), ids=lambda vector: vector["name"])
def test_submit__header_that_nodes_refuse__refused_for_its_own_reason(
    chain: RevmChain, vector: dict[str, Any]
) -> None:
    relay, state = _relay_at(chain, vector["height"] - 1)
    with refused(REASONS[vector["name"]]):
        relay.submit(state, bytes.fromhex(vector["header"]))
    assert follows(relay, state)
    real = shipped_headers()[vector["height"] - FIRST]
    relay.submit(state, real)
    assert follows(relay, extend(state, real))


def test_submit__every_negative_vector__has_a_reason_here() -> None:
    names = {
        vector["name"]
        for vector in json.loads(shared("negative_headers.json").read_text())["vectors"]
    }
    assert names == set(REASONS)


def test_submit__wrong_in_two_ways__earlier_check_speaks(chain: RevmChain) -> None:
    """The order: version, parent, bits, median, future, work."""
    relay, state = _relay_at(chain, FIRST + 20)
    good = Header.parse(shipped_headers()[21])
    wrong = {
        "relay: version too low": {"version": 3},
        "relay: parent mismatch": {"parent": bytes(32)},
        "relay: unexpected bits": {"bits": good.bits - 1},
        "relay: time not above median": {"time": state.median_time},
        "relay: time too far ahead": {"time": chain.now + 7_201},
        "relay: insufficient work": {"nonce": good.nonce + 1},
    }
    changes: dict[str, Any] = {}
    for reason, change in reversed(wrong.items()):
        changes |= change  # all later ones are wrong as well
        with refused(reason):
            relay.submit(state, good._replace(**changes).serialize())


@pytest.mark.parametrize("stale_first", [True, False])
def test_submit__real_stale_block__is_a_fork_and_then_overtaken(
    chain: RevmChain, stale_first: bool
) -> None:
    """Block 823226 was found twice; 823227 decided."""
    relay, state = _relay_at(chain, 823_225)
    stale, real = shared("stale_823226.bin").read_bytes(), shipped_headers()[823_226 - FIRST]
    assert len(stale) == HEADER_SIZE
    first, second = (stale, real) if stale_first else (real, stale)
    assert became_best(relay.submit(state, first))
    assert not became_best(relay.submit(state, second))
    branch = extend(state, real)
    next_real = shipped_headers()[823_227 - FIRST]
    relay.submit(branch, next_real)
    assert follows(relay, extend(branch, next_real))
    assert relay.known(extend(state, stale))
