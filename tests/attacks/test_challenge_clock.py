"""When the challenge begins. Counted from a fork's first sighting it is none: publish one block,
wait, mine the rest in private and finalize at once."""

from __future__ import annotations

import pytest

from terahash.bitcoin.header import HEADER_SIZE
from terahash.bitcoin.state import Day, State, keccak256
from terahash.relay import Relay
from tests.support.miner import checkpoint, mine
from tests.support.relay import CHALLENGE, deploy_relay, follow, mine_days, refused
from tests.support.revm_chain import RevmChain

CONFIRMATIONS = 10


@pytest.fixture
def relay(chain: RevmChain) -> Relay:
    return deploy_relay(chain, confirmations=CONFIRMATIONS)


def _branch(
    chain: RevmChain, relay: Relay, start: State, beyond: int, salt: int
) -> tuple[State, list[Day]]:
    headers, _ = mine_days(start, 1, beyond, salt)
    return follow(chain, relay, start, headers)


@pytest.mark.parametrize("honest", [CONFIRMATIONS - 1, CONFIRMATIONS])
def test_challenge__rest_mined_in_private__starts_when_it_is_shown_buried(
    chain: RevmChain, relay: Relay, honest: int
) -> None:
    """Whether it replaces a day that was buried already or comes before it is."""
    _branch(chain, relay, checkpoint(), honest, salt=0)
    # The attacker shows all of its day but the burial, and waits.
    hidden, days = _branch(chain, relay, checkpoint(), 0, salt=1)
    chain.now += 10 * CHALLENGE
    headers, _ = mine(hidden, CONFIRMATIONS + 1, salt=1)
    follow(chain, relay, hidden, headers)
    assert relay.head() == keccak256(bytes(32) + days[0].leaf)
    with refused("relay: challenge still open"):
        relay.finalize(days)
    chain.now += CHALLENGE - 1
    with refused("relay: challenge still open"):
        relay.finalize(days)


def test_challenge__fork_shown_long_ago_comes_back__begins_again(
    chain: RevmChain, relay: Relay
) -> None:
    """Once shown buried, then overtaken, then pushed ahead: its old clock must not count."""
    fork, days = _branch(chain, relay, checkpoint(), CONFIRMATIONS, salt=1)
    shown = relay.buried(relay.head())
    _branch(chain, relay, checkpoint(), CONFIRMATIONS + 1, salt=0)
    chain.now += 10 * CHALLENGE
    headers, _ = mine(fork, 2, salt=1)
    follow(chain, relay, fork, headers)
    assert relay.head() == keccak256(bytes(32) + days[0].leaf)
    assert relay.buried(relay.head()) == shown
    assert relay.tip().restarted == chain.now
    with refused("relay: challenge still open"):
        relay.finalize(days)
    chain.now += CHALLENGE
    relay.finalize(days)
    assert relay.tip().final_day == 14


def test_challenge__honest_chain_returns__gets_a_whole_challenge(
    chain: RevmChain, relay: Relay
) -> None:
    """The other way round: an attacker's short lead must not spend the honest day's challenge."""
    honest, days = _branch(chain, relay, checkpoint(), CONFIRMATIONS, salt=0)
    _branch(chain, relay, checkpoint(), CONFIRMATIONS + 1, salt=1)
    chain.now += 10 * CHALLENGE
    headers, _ = mine(honest, 2)
    follow(chain, relay, honest, headers)
    with refused("relay: challenge still open"):
        relay.finalize(days)


def test_challenge__reorganisation_above_the_buried_day__does_not_restart(
    chain: RevmChain, relay: Relay
) -> None:
    """Else anyone with one stale block a day delays every day for ever."""
    state, days = _branch(chain, relay, checkpoint(), CONFIRMATIONS, salt=0)
    shown = chain.now
    for salt in (1, 2, 3):
        headers, _ = mine(state, salt, salt=salt)
        chain.now += 600
        follow(chain, relay, state, headers)
    assert relay.tip().restarted == 0
    chain.now = shown + CHALLENGE
    relay.finalize(days)
    assert relay.tip().final_day == 14


@pytest.mark.parametrize("old", [1, 5, 9])
def test_challenge__same_chain_from_an_old_anchor__does_not_restart(
    chain: RevmChain, relay: Relay, old: int
) -> None:
    """A batch anchored below the tip that carries it over the end of the next day reorganises
    nothing. If it restarted the clock, anyone could, once a day, for the gas of a batch."""
    waiting, _ = _branch(chain, relay, checkpoint(), old, salt=0)
    chain.now += CHALLENGE
    headers, _ = mine(waiting, 144)
    first, buried = headers[: (CONFIRMATIONS - old - 1) * HEADER_SIZE], relay.head()
    follow(chain, relay, waiting, first)
    assert relay.head() == buried == bytes(32)  # the tip is one block short of burying its day
    chain.now += CHALLENGE
    relay.submit(waiting, headers)
    assert relay.head() != buried
    assert relay.tip().restarted == 0


def test_challenge__catch_up_over_many_days__does_not_restart(
    chain: RevmChain, relay: Relay
) -> None:
    headers, _ = mine_days(checkpoint(), 3, CONFIRMATIONS)
    chain.now = checkpoint().time + 100 * CHALLENGE
    _, days = follow(chain, relay, checkpoint(), headers)
    assert relay.tip().restarted == 0
    chain.now += CHALLENGE
    relay.finalize(days)
    assert relay.tip().final_day == 16
