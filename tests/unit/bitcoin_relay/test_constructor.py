"""BitcoinRelay's constructor: from which checkpoints and terms a relay starts."""

from __future__ import annotations

from typing import Any

import pytest

from terahash.bitcoin.state import State, pack_times
from tests.support.miner import EASY, EASY_BITS, checkpoint
from tests.support.relay import CHALLENGE, deploy_relay, follows, refused
from tests.support.revm_chain import RevmChain


def deploy(
    chain: RevmChain, start: State, limit: int = EASY.limit, confirmations: int = 100
) -> str:
    return chain.deploy("BitcoinRelay", tuple(start), limit, confirmations, CHALLENGE)


def test_init__checkpoint__is_the_tip_and_final(chain: RevmChain) -> None:
    start = checkpoint()
    relay = deploy_relay(chain, start)
    assert relay.known(start)
    assert follows(relay, start)
    assert relay.tip() == (start.chainwork, start.height, start.bits, 0, start.height // 144)
    assert relay.head() == relay.day_chain(start.height // 144) == bytes(32)
    assert relay.disputed_from() == 0
    logged = {"state_hash": start.hash, "state": tuple(start), "best": True}
    assert chain.deployed[relay.address].logs == (("Submitted", logged),)


@pytest.mark.parametrize("name", ["group", "roots", "days", "days_before"])
def test_init__accumulator_not_empty__reverts(chain: RevmChain, name: str) -> None:
    start: Any = checkpoint()._replace(**{name: b"\1" * 32})
    with refused("relay: accumulators not empty"):
        deploy(chain, start)


@pytest.mark.parametrize("height", [2014, 2016, 144 * 5 - 1])
def test_init__height_inside_an_epoch__reverts(chain: RevmChain, height: int) -> None:
    with refused("relay: not the end of an epoch"):
        deploy(chain, checkpoint()._replace(height=height))


@pytest.mark.parametrize("limit", [0, 1 << 253, (1 << 256) - 1])
def test_init__limit_out_of_range__reverts(chain: RevmChain, limit: int) -> None:
    with refused("relay: limit out of range"):
        deploy(chain, checkpoint(), limit=limit)


def test_init__highest_limit__is_taken(chain: RevmChain) -> None:
    assert deploy(chain, checkpoint(), limit=(1 << 253) - 1)


@pytest.mark.parametrize(
    "bits",
    [
        0x1F000000,  # zero
        0x01000000,  # zero, canonical
        0x1F80FFFF,  # negative
        0x1F000FFF,  # not canonical: 0x1E0FFF00 says the same
        EASY_BITS + 1,  # above the limit
        EASY_BITS | 1 << 32,  # not 32 bits
        0x2100FFFF,  # above 2^256
    ],
)
def test_init__bits_out_of_range__reverts(chain: RevmChain, bits: int) -> None:
    with refused("relay: bits out of range"):
        deploy(chain, checkpoint()._replace(bits=bits))


@pytest.mark.parametrize("confirmations", [0, 145, 1 << 255])
def test_init__confirmations_out_of_range__reverts(chain: RevmChain, confirmations: int) -> None:
    with refused("relay: confirmations not 1..144"):
        deploy(chain, checkpoint(), confirmations=confirmations)


@pytest.mark.parametrize("confirmations", [1, 144])
def test_init__confirmations_at_the_edge__are_taken(chain: RevmChain, confirmations: int) -> None:
    address = deploy(chain, checkpoint(), confirmations=confirmations)
    assert chain.call("BitcoinRelay", address, "CONFIRMATIONS") == confirmations


def test_init__number_too_large_for_its_place__reverts(chain: RevmChain) -> None:
    far = 2_016 * ((1 << 23) // 14 + 1) - 1  # a block-day beyond half of 24 bits
    for field, value in (("t1", 1 << 96), ("epoch_start", 1 << 32), ("chainwork", 1 << 128)):
        with refused("relay: checkpoint out of range"):
            deploy(chain, checkpoint()._replace(**{field: value}))
    with refused("relay: checkpoint out of range"):
        deploy(chain, checkpoint()._replace(height=far))


def test_init__time_below_its_own_median__reverts(chain: RevmChain) -> None:
    """No real block's is; then a time above the parent's would not be above the median."""
    times = checkpoint().times
    t0, t1 = pack_times([times[-1] - 1, *times[1:]])
    with refused("relay: checkpoint out of range"):
        deploy(chain, checkpoint()._replace(t0=t0, t1=t1))


@pytest.mark.parametrize("challenge", [0, 3_599, 30 * 86_400 + 1, 1 << 255])
def test_init__challenge_out_of_range__reverts(chain: RevmChain, challenge: int) -> None:
    with refused("relay: challenge not 1h..30d"):
        chain.deploy("BitcoinRelay", tuple(checkpoint()), EASY.limit, 100, challenge)


@pytest.mark.parametrize("challenge", [3_600, 30 * 86_400])
def test_init__challenge_at_the_edge__is_taken(chain: RevmChain, challenge: int) -> None:
    assert chain.deploy("BitcoinRelay", tuple(checkpoint()), EASY.limit, 100, challenge)
