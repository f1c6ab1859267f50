"""When the challenge begins. Counted from a fork's first sighting it is none: publish one block,
wait, mine the rest in private and finalize at once."""

from __future__ import annotations

import pytest

from terahash.bitcoin.header import HEADER_SIZE
from terahash.bitcoin.state import Day, State
from terahash.bitcoin.target import to_bits
from terahash.relay import Relay
from tests.support.miner import TRIVIAL, checkpoint, mine
from tests.support.relay import (
    CHALLENGE,
    day_chain,
    deploy_relay,
    follow,
    follows,
    grow,
    mine_days,
    refused,
)
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
    assert relay.head() == day_chain(days[:1])
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
    _branch(chain, relay, checkpoint(), CONFIRMATIONS + 1, salt=0)
    chain.now += 10 * CHALLENGE
    headers, _ = mine(fork, 2, salt=1)
    follow(chain, relay, fork, headers)
    assert relay.head() == day_chain(days[:1])
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


def test_challenge__older_days_of_a_branch_that_returns__begin_again(
    chain: RevmChain, relay: Relay
) -> None:
    """Only the newest of its days becomes the head again; the ones before it were left as well."""
    headers, _ = mine_days(checkpoint(), 2, CONFIRMATIONS, salt=1)
    fork, days = follow(chain, relay, checkpoint(), headers)
    headers, _ = mine_days(checkpoint(), 2, CONFIRMATIONS + 1)
    follow(chain, relay, checkpoint(), headers)
    chain.now += 10 * CHALLENGE
    headers, _ = mine(fork, 2, salt=1)
    follow(chain, relay, fork, headers)
    assert relay.head() == day_chain(days)
    for given, rest in ((days, []), (days[:1], [days[1].leaf])):
        with refused("relay: challenge still open"):
            relay.finalize(given, rest)
    chain.now += CHALLENGE
    relay.finalize(days)
    assert relay.tip().final_day == 15


@pytest.mark.parametrize("leap", [False, True])
def test_challenge__head_goes_back_and_the_old_branch_returns__begins_again(
    chain: RevmChain, leap: bool
) -> None:
    """A heavier but shorter branch moves the head back to a day that both share. When the longer
    one returns it follows that head directly: its days were buried before, and left since."""
    start = checkpoint()._replace(bits=to_bits(TRIVIAL.limit // 4))
    relay = deploy_relay(chain, start, confirmations=100, limit=TRIVIAL.limit)
    common, days = grow(chain, relay, start, 13 * 144, 0, 600)
    # The end of the epoch, so slow that the next is four times easier, and another, fast.
    beyond = 144 + 100 if leap else 100
    slow, false = grow(chain, relay, common, 144 + beyond, 1, 40_000)
    assert relay.head() == day_chain(days + false)
    fast, _ = grow(chain, relay, common, 144, 2, 1)
    while not follows(relay, fast):
        fast, _ = grow(chain, relay, fast, 1, 2, 1)
    assert relay.head() == day_chain(days)

    chain.now += CHALLENGE
    while not follows(relay, slow):
        slow, _ = grow(chain, relay, slow, 1, 1, 1)
    assert relay.head() == day_chain(days + false)
    if not leap:  # the days that both branches share were never left
        relay.finalize(days, [day.leaf for day in false])
        days = []
    with refused("relay: challenge still open"):
        relay.finalize(days + false)
