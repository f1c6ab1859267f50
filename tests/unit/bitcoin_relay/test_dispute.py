"""BitcoinRelay.dispute: freezes finality where the heaviest chain contradicts it."""

from __future__ import annotations

import pytest

from terahash.bitcoin.state import Day
from tests.support.miner import checkpoint
from tests.support.relay import CHALLENGE, deploy_relay, follow, follows, mine_days, refused
from tests.support.revm_chain import RevmChain

FIRST_DAY = 14


class Contradicted:
    """A relay with three final days, whose heaviest chain then replaced the last two.

    Attributes:
        final: what was made final, days 14 to 16.
        truth: days 14 to 16 of the heaviest chain now.
        tip: its newest State.
    """

    def __init__(self, chain: RevmChain) -> None:
        self.relay = deploy_relay(chain, confirmations=1)
        headers, _ = mine_days(checkpoint(), 1, beyond=5)
        fork, first = follow(chain, self.relay, checkpoint(), headers)
        headers, _ = mine_days(fork, 2, beyond=1)
        _, days = follow(chain, self.relay, fork, headers)
        self.final = first + days
        chain.now += CHALLENGE
        self.relay.finalize(self.final)
        headers, _ = mine_days(fork, 2, beyond=2, salt=1)
        self.tip, days = follow(chain, self.relay, fork, headers)
        self.truth = first + days


@pytest.fixture
def contradicted(chain: RevmChain) -> Contradicted:
    return Contradicted(chain)


def leaves(days: list[Day]) -> list[bytes]:
    return [day.leaf for day in days]


def test_dispute__contradicted_day__is_marked(contradicted: Contradicted) -> None:
    receipt = contradicted.relay.dispute(FIRST_DAY, leaves(contradicted.truth[1:]))
    assert receipt.logs == (("Disputed", {"day": FIRST_DAY + 1}),)
    assert contradicted.relay.disputed_from() == FIRST_DAY + 1


def test_dispute__freezes_finality_and_nothing_else(
    chain: RevmChain, contradicted: Contradicted
) -> None:
    relay = contradicted.relay
    before = [relay.day_chain(day) for day in range(FIRST_DAY, FIRST_DAY + 3)]
    epoch = relay.epoch(1)
    relay.dispute(FIRST_DAY, leaves(contradicted.truth[1:]))
    headers, _ = mine_days(contradicted.tip, 1, beyond=1)
    state, days = follow(chain, relay, contradicted.tip, headers)
    assert follows(relay, state)  # the tip goes on
    chain.now += CHALLENGE
    with refused("relay: disputed"):
        relay.finalize(contradicted.truth[1:] + days)
    assert [relay.day_chain(day) for day in range(FIRST_DAY, FIRST_DAY + 3)] == before
    assert relay.epoch(1) == epoch
    assert relay.tip().final_day == FIRST_DAY + 2


def test_dispute__without_it__contradicted_chain_still_cannot_become_final(
    chain: RevmChain, contradicted: Contradicted
) -> None:
    chain.now += CHALLENGE
    for given in (contradicted.truth, contradicted.truth[1:], contradicted.truth[2:]):
        with refused("relay: days miss the head"):
            contradicted.relay.finalize(given)


def test_dispute__heaviest_chain_agrees__reverts(chain: RevmChain) -> None:
    relay = deploy_relay(chain, confirmations=1)
    headers, _ = mine_days(checkpoint(), 2, beyond=1)
    _, days = follow(chain, relay, checkpoint(), headers)
    chain.now += CHALLENGE
    relay.finalize(days)
    with refused("relay: no contradiction"):
        relay.dispute(FIRST_DAY - 1, leaves(days))
    with refused("relay: no contradiction"):
        relay.dispute(FIRST_DAY, leaves(days[1:]))
    assert relay.disputed_from() == 0


@pytest.mark.parametrize("day", [FIRST_DAY - 2, 0, FIRST_DAY + 2, FIRST_DAY + 3, 2**256 - 1])
def test_dispute__day_not_final_or_before_the_checkpoint__reverts(
    contradicted: Contradicted, day: int
) -> None:
    with refused("relay: day not final"):
        contradicted.relay.dispute(day, leaves(contradicted.truth))
    assert contradicted.relay.disputed_from() == 0


def test_dispute__leaves_of_another_chain__revert(contradicted: Contradicted) -> None:
    truth, final = leaves(contradicted.truth), leaves(contradicted.final)
    for day, given in (
        (FIRST_DAY, final[1:]),
        (FIRST_DAY, truth[1:-1]),
        (FIRST_DAY, truth),
        (FIRST_DAY, []),
        (FIRST_DAY + 1, truth[2:]),
    ):
        with refused("relay: days miss the head"):
            contradicted.relay.dispute(day, given)
    assert contradicted.relay.disputed_from() == 0


def test_dispute__agreeing_prefix__is_left_out_or_reverts(contradicted: Contradicted) -> None:
    """Leaves that begin with a day both agree on would mark a day that is right."""
    with refused("relay: no contradiction"):
        contradicted.relay.dispute(FIRST_DAY - 1, leaves(contradicted.truth))


def test_dispute__twice__reverts(contradicted: Contradicted) -> None:
    contradicted.relay.dispute(FIRST_DAY, leaves(contradicted.truth[1:]))
    with refused("relay: already disputed"):
        contradicted.relay.dispute(FIRST_DAY, leaves(contradicted.truth[1:]))


def test_dispute__deeper_contradiction_later__moves_the_mark_back(
    chain: RevmChain, contradicted: Contradicted
) -> None:
    contradicted.relay.dispute(FIRST_DAY, leaves(contradicted.truth[1:]))
    headers, _ = mine_days(checkpoint(), 3, beyond=3, salt=2)
    _, days = follow(chain, contradicted.relay, checkpoint(), headers)
    contradicted.relay.dispute(FIRST_DAY - 1, leaves(days))
    assert contradicted.relay.disputed_from() == FIRST_DAY


def test_dispute__more_than_512_leaves__reverts_in_decoding(contradicted: Contradicted) -> None:
    relay, leaves_of_truth = contradicted.relay, leaves(contradicted.truth[1:])
    with refused("relay: days miss the head"):
        relay.dispute(FIRST_DAY, leaves_of_truth * 256)
    with refused(""):
        relay.dispute(FIRST_DAY, [*leaves_of_truth * 256, bytes(32)])
    with refused(""):
        relay.dispute(FIRST_DAY, leaves_of_truth, [bytes(32)] * 17)
    with refused(""):
        relay.connect(bytes(32), [*leaves_of_truth * 256, bytes(32)])
    assert relay.disputed_from() == 0
