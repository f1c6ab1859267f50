"""BitcoinRelay.finalize: when a block-day becomes final, and when it does not."""

from __future__ import annotations

import pytest

from terahash.bitcoin.state import DAY_BLOCKS, State, extend, keccak256
from terahash.bitcoin.target import difficulty, to_target
from terahash.relay import Relay
from tests.support.miner import EASY, checkpoint, mine
from tests.support.relay import CHALLENGE, deploy_relay, follow, mine_days, refused
from tests.support.revm_chain import RevmChain
from tests.support.trunks import trunk

FIRST_DAY = 14
"""The first block-day after the checkpoint at height 2,015."""


@pytest.fixture
def relay(chain: RevmChain) -> Relay:
    return deploy_relay(chain)


def test_finalize__buried_and_unchallenged__writes_the_day_once(
    chain: RevmChain, relay: Relay
) -> None:
    headers, _ = mine_days(checkpoint(), 1, beyond=100)
    state, (day,) = follow(chain, relay, checkpoint(), headers)
    link = keccak256(bytes(32) + day.leaf)
    assert relay.head() == link
    assert relay.buried(link) == chain.now
    chain.now += CHALLENGE
    receipt = relay.finalize([day])
    start = {"epoch": 1, "bits": state.bits, "start": state.epoch_start}
    total = difficulty(to_target(state.bits))
    assert receipt.logs == (
        ("DayFinal", {"day": FIRST_DAY, "chain": link, "content": tuple(day)}),
        ("EpochFinal", {**start, "difficulty_sum": total}),
    )
    assert relay.day_chain(FIRST_DAY) == link
    assert relay.tip().final_day == FIRST_DAY
    assert relay.epoch(1) == (state.bits, state.epoch_start, True)
    assert (relay.epoch_sum(1), relay.epoch_sum(2)) == (0, total)
    with refused("relay: days miss the head"):
        relay.finalize([day])


@pytest.mark.parametrize("confirmations", [1, 100, 144])
def test_finalize__one_confirmation_short__is_not_buried(
    chain: RevmChain, confirmations: int
) -> None:
    relay = deploy_relay(chain, confirmations=confirmations)
    headers, _ = mine_days(checkpoint(), 1, beyond=confirmations - 1)
    state, (day, *_) = follow(chain, relay, checkpoint(), headers)
    assert relay.head() == bytes(32)
    with refused("relay: days miss the head"):
        relay.finalize([day])
    one, _ = mine(state)
    follow(chain, relay, state, one)
    chain.now += CHALLENGE
    relay.finalize([day])
    assert relay.tip().final_day == FIRST_DAY


def test_submit__day_buried_or_left__logs_the_head(chain: RevmChain) -> None:
    relay = deploy_relay(chain, confirmations=1)
    headers, _ = mine_days(checkpoint(), 1)
    state, (day,) = follow(chain, relay, checkpoint(), headers)
    one, after = mine(state)
    chain.now = after.time
    changed, submitted = relay.submit(state, one).logs
    link = keccak256(bytes(32) + day.leaf)
    assert changed == ("HeadChanged", {"head": link, "restarted": False})
    assert submitted[0] == "Submitted"
    headers, _ = mine_days(checkpoint(), 1, beyond=2, salt=1)
    other, (day,) = follow(chain, relay, checkpoint(), headers[: 80 * 145])
    last, after = headers[80 * 145 :], extend(other, headers[80 * 145 :], EASY)
    chain.now = max(chain.now, after.time)
    changed, _ = relay.submit(other, last).logs
    link = keccak256(bytes(32) + day.leaf)
    assert changed == ("HeadChanged", {"head": link, "restarted": True})


def test_finalize__a_second_early__reverts(chain: RevmChain, relay: Relay) -> None:
    headers, _ = mine_days(checkpoint(), 1, beyond=100)
    _, days = follow(chain, relay, checkpoint(), headers)
    chain.now += CHALLENGE - 1
    with refused("relay: challenge still open"):
        relay.finalize(days)
    chain.now += 1
    relay.finalize(days)
    assert relay.tip().final_day == FIRST_DAY


def test_finalize__nothing_given__reverts(chain: RevmChain, relay: Relay) -> None:
    chain.now += CHALLENGE
    with refused("relay: challenge still open"):
        relay.finalize([])


def _two_days(chain: RevmChain, relay: Relay) -> tuple[State, list]:
    headers, _ = mine_days(checkpoint(), 2, beyond=100)
    state, days = follow(chain, relay, checkpoint(), headers)
    return state, days


def test_finalize__tampered_or_misplaced_days__revert(chain: RevmChain, relay: Relay) -> None:
    _, days = _two_days(chain, relay)
    first, second = days
    chain.now += CHALLENGE
    wrong = [
        [first._replace(end=first.end + 1), second],
        [first._replace(bits=first.bits - 1), second],
        [first._replace(epoch_start=first.epoch_start + 1), second],
        [first._replace(block_hash=bytes(32)), second],
        [first._replace(roots=bytes(32)), second],
        [second, first],
        [first],
        [first, second, second],
        [],
    ]
    for given in wrong:
        with refused("relay: days miss the head"):
            relay.finalize(given)
    with refused("relay: days miss the head"):
        relay.finalize([first], [first.leaf])
    assert relay.tip().final_day == FIRST_DAY - 1


def test_finalize__older_day_of_a_backlog__needs_only_leaves_of_the_rest(
    chain: RevmChain, relay: Relay
) -> None:
    _, (first, second) = _two_days(chain, relay)
    chain.now += CHALLENGE
    relay.finalize([first], [second.leaf])
    assert relay.tip().final_day == FIRST_DAY
    relay.finalize([second])
    assert relay.tip().final_day == FIRST_DAY + 1


def test_finalize__newer_day_still_contestable__older_one_is_final(
    chain: RevmChain, relay: Relay
) -> None:
    headers, _ = mine_days(checkpoint(), 1, beyond=100)
    state, (first,) = follow(chain, relay, checkpoint(), headers)
    shown = chain.now
    more, _ = mine_days(state, 1, beyond=100)
    _, (second,) = follow(chain, relay, state, more)
    chain.now = shown + CHALLENGE
    assert chain.now < relay.buried(relay.head()) + CHALLENGE
    relay.finalize([first, second])
    assert relay.tip().final_day == FIRST_DAY
    with refused("relay: challenge still open"):
        relay.finalize([second])
    chain.now = relay.buried(relay.head()) + CHALLENGE
    relay.finalize([second])
    assert relay.tip().final_day == FIRST_DAY + 1


def test_finalize__day_leapt_over_by_a_reorganisation__counts_from_it(
    chain: RevmChain, relay: Relay
) -> None:
    """The branch that wins had buried two days before it was the heaviest: one never was head."""
    headers, _ = mine_days(checkpoint(), 2, beyond=101)
    follow(chain, relay, checkpoint(), headers)
    headers, _ = mine_days(checkpoint(), 2, beyond=102, salt=1)
    _, days = follow(chain, relay, checkpoint(), headers)
    assert relay.buried(keccak256(bytes(32) + days[0].leaf)) == 0
    chain.now += CHALLENGE - 1
    with refused("relay: challenge still open"):
        relay.finalize(days[:1], [days[1].leaf])
    chain.now += 1
    relay.finalize(days[:1], [days[1].leaf])
    assert relay.tip().final_day == FIRST_DAY


def test_finalize__weeks_of_backlog__sixteen_days_a_call(chain: RevmChain, relay: Relay) -> None:
    """A relay that slept for weeks: one account catches up with a bounded list of calls."""
    headers, after = trunk("steady")
    more, _ = mine(after, 3 * DAY_BLOCKS + 101)
    chain.now = after.time + 30 * CHALLENGE
    _, days = follow(chain, relay, checkpoint(), headers + more)
    assert len(days) == 17
    with refused("relay: challenge still open"):
        relay.finalize(days[:16], [days[16].leaf])
    chain.now += CHALLENGE
    receipt = relay.finalize(days[:16], [days[16].leaf])
    assert [name for name, _ in receipt.logs].count("DayFinal") == 16
    relay.finalize(days[16:])
    assert relay.tip().final_day == FIRST_DAY + 16
    first, second = relay.epoch(1), relay.epoch(2)
    assert second.start == days[14].epoch_start != first.start
    assert relay.epoch_sum(3) == sum(difficulty(to_target(epoch.bits)) for epoch in (first, second))


def test_finalize__more_than_sixteen_days__reverts_in_decoding(
    chain: RevmChain, relay: Relay
) -> None:
    _, days = _two_days(chain, relay)
    with refused(""):
        relay.finalize([days[0]] * 17)
    with refused("relay: days miss the head"):
        relay.finalize(days, [bytes(32)] * 256)
    with refused(""):
        relay.finalize(days, [bytes(32)] * 257)
    assert relay.tip().final_day == FIRST_DAY - 1


def test_finalize__epoch_not_final__reads_as_zero(relay: Relay) -> None:
    assert relay.epoch(1) == (0, 0, False)
    assert relay.epoch_sum(2) == 0
