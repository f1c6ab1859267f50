"""The clients of the quorum feed and its facades, against the contracts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from terahash import __version__
from terahash.chain import ChainError
from terahash.feeds.client import AggregatorFacade, TimeError
from terahash.feeds.client import QuorumFeed as Client
from terahash.feeds.feed_id import FeedError, FeedId
from terahash.feeds.models import Equivocation, HotKey, Operator, Proposal
from terahash.units import DAY, HOUR
from tests.support.market import WalletChain
from tests.support.quorum import (
    DELAY,
    FEED,
    FEED_ID,
    OWNER,
    START,
    SUBMITTER,
    QuorumFeed,
    cold,
    hot,
)

STEP = FEED.period


def act(quorum: QuorumFeed, sender: str, transaction: Any) -> None:
    with quorum.chain.acting_as(sender):
        transaction.send(quorum.chain)


def observe(quorum: QuorumFeed, *values: int) -> None:
    """Observe values one period after the other, from the chain's time on."""
    for number, value in enumerate(values):
        if number:
            quorum.chain.now += STEP
        quorum.observe(value, FEED.due(quorum.chain.now))


# Who signs


def test_configuration__as_deployed__every_field(quorum: QuorumFeed, client: Client) -> None:
    found = client.configuration()
    assert found.config == quorum.read("config")
    assert (found.epoch, found.threshold, found.delay) == (1, 3, DELAY)
    assert (found.proposal, found.proposed_at, found.ready_at) == (None, None, None)
    assert found.operators == tuple(
        Operator(address, hot(address).address, None) for address in quorum.operators
    )
    assert client.owner() == to_checksum_address(OWNER)
    assert client.domain == quorum.domain
    assert client.domain.version == __version__


def test_configuration__no_keys_yet__none(client: Client) -> None:
    quorum = QuorumFeed(2, chain=WalletChain(START), has_keys=False)
    found = Client(quorum.chain, quorum.address).configuration()
    assert [one.key for one in found.operators] == [None, None]
    assert not any(one.counts for one in found.operators)


def test_seat__any_key__its_operators_place(quorum: QuorumFeed, client: Client) -> None:
    found = client.configuration()
    for seat, operator in enumerate(quorum.operators):
        assert found.seat(hot(operator).address) == seat
    assert found.seat(quorum.operators[0]) is None


def test_configuration__changes_while_it_is_read__said(
    quorum: QuorumFeed, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = quorum.chain.call

    def call(contract: str, address: str, function: str, *args: Any) -> Any:
        found = usual(contract, address, function, *args)
        return found[1:] if function == "operators" else found

    monkeypatch.setattr(quorum.chain, "call", call)
    with pytest.raises(FeedError, match="changed while they were read"):
        client.configuration()


def test_rotate__operator__its_new_key_is_read(quorum: QuorumFeed, client: Client) -> None:
    operator, key = quorum.operators[1], hot("new")
    act(quorum, operator, client.rotate(client.domain.sign_key(key, operator)))
    assert client.configuration().operators[1].key == key.address


def test_rotate__suspended__its_new_key_is_read_and_it_stays_suspended(
    quorum: QuorumFeed, client: Client
) -> None:
    operator, key = quorum.operators[1], hot("new")
    reports = [quorum.report(hot(operator), value, START) for value in (1, 2)]
    act(quorum, SUBMITTER, client.report_equivocation(Equivocation("", *reports)))
    act(quorum, operator, client.rotate(client.domain.sign_key(key, operator)))
    assert client.operator(operator) == Operator(operator, key.address, START)


def test_hot_keys__of_now__no_log_is_read(
    quorum: QuorumFeed, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quorum.chain, "events", None)
    wanted = [hot(operator).address for operator in quorum.operators]
    assert client.hot_keys(client.configuration(), wanted) == {
        key: HotKey(operator, 0) for key, operator in zip(wanted, quorum.operators, strict=True)
    }


def test_hot_keys__of_before__by_age_and_of_the_seated_alone(
    quorum: QuorumFeed, client: Client
) -> None:
    operator, leaver = quorum.operators[2], hot("leaver")
    for number in (1, 2):
        quorum.rotate(operator, number)
    signature = client.domain.sign_key(leaver, SUBMITTER)
    act(quorum, SUBMITTER, client.rotate(signature))
    wanted = [hot(operator).address, leaver.address]
    found = client.hot_keys(client.configuration(), wanted)
    ages = {found[hot(operator, number).address] for number in range(3)}
    assert ages == {HotKey(operator, age) for age in range(3)}
    assert found[hot(operator).address].age == 2
    assert leaver.address not in found


def test_hot_keys__strangers__read_back_to_the_first_keys_and_no_further(
    quorum: QuorumFeed, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = quorum.chain.events

    def events(*of: str) -> Any:
        yield from usual(*of)
        raise AssertionError("read on")

    monkeypatch.setattr(quorum.chain, "events", events)
    found = client.hot_keys(client.configuration(), [hot("stranger").address])
    assert len(found) == len(quorum.operators)


def test_proposal__proposed_and_enacted__found_until_then(
    quorum: QuorumFeed, client: Client
) -> None:
    assert client.proposal() is None
    wanted = [key.address for key in reversed(cold(7))]
    act(quorum, OWNER, client.propose(wanted[:4], 3))
    act(quorum, OWNER, client.propose(wanted, 5))
    found = client.proposal()
    assert found == Proposal(tuple(reversed(wanted)), 5, START + DELAY)
    assert client.configuration().ready_at == START + DELAY
    quorum.chain.now += DELAY
    act(quorum, SUBMITTER, client.enact(wanted, 5))
    assert client.proposal() is None
    configuration = client.configuration()
    assert (configuration.epoch, configuration.threshold) == (2, 5)
    assert [one.address for one in configuration.operators] == list(reversed(wanted))


def test_cancel_proposal__owner__nothing_is_proposed(quorum: QuorumFeed, client: Client) -> None:
    act(quorum, OWNER, client.propose(quorum.operators[:4], 3))
    act(quorum, OWNER, client.cancel_proposal())
    assert client.proposal() is None
    assert client.configuration().proposal is None


def test_proposal__node_without_its_log__said(
    quorum: QuorumFeed, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(quorum, OWNER, client.propose(quorum.operators[:4], 3))
    monkeypatch.setattr(quorum.chain, "events", lambda *_: iter(()))
    with pytest.raises(FeedError, match="ask one that keeps all logs"):
        client.proposal()


def test_propose__stranger__the_contracts_reason(quorum: QuorumFeed, client: Client) -> None:
    with pytest.raises(ChainError) as caught:
        act(quorum, SUBMITTER, client.propose(quorum.operators[:4], 3))
    assert caught.value.reason == "ownable: caller is not the owner"


def test_report_equivocation__two_values__suspended_since_then(
    quorum: QuorumFeed, client: Client
) -> None:
    key = hot(quorum.operators[2])
    reports = [quorum.report(key, value, START) for value in (1, 2)]
    evidence = Equivocation(key.address, *reports)
    client.try_report(evidence)
    assert client.configuration().operators[2].suspended_at is None
    quorum.chain.now += 5
    act(quorum, SUBMITTER, client.report_equivocation(evidence))
    suspended = client.configuration().operators[2]
    assert suspended.suspended_at == START + 5
    assert not suspended.counts
    with pytest.raises(ChainError) as caught:
        client.try_report(evidence)
    assert caught.value.reason == "feed: suspended"


# What was observed


def test_latest__nothing_observed__none(client: Client) -> None:
    assert client.latest(FEED) is None
    assert list(client.history(FEED, 5)) == []
    assert client.first_at_or_after(FEED, 0) is None


def test_history__observations__newest_first_and_no_more_than_asked_for(
    quorum: QuorumFeed, client: Client
) -> None:
    observe(quorum, 7, 8, -9, 0)
    whole = [(4, 0, START + 3 * STEP), (3, -9, START + 2 * STEP), (2, 8, START + STEP)]
    assert client.latest(FEED) == whole[0]
    assert list(client.history(FEED, 3)) == whole
    assert list(client.history(FEED, 9)) == [*whole, (1, 7, START)]
    assert list(client.history(FEED, 1)) == whole[:1]
    assert list(client.history(FEED, 0)) == []
    assert client.observation(FEED, 3) == whole[1]


def test_history__ring_is_full__ends_with_the_oldest_that_is_kept() -> None:
    quorum = QuorumFeed(1, chain=WalletChain(START))
    client, daily = Client(quorum.chain, quorum.address), FeedId.of("DAILY", 0, DAY)
    for day in range(40):
        quorum.chain.now = START + day * DAY
        quorum.observe(day, quorum.chain.now, bytes(daily))
    found = list(client.history(daily, 100))
    assert [one.round for one in found] == list(range(40, 8, -1))
    with pytest.raises(ChainError) as caught:
        client.observation(daily, 8)
    assert caught.value.reason == "feed: round not kept"


def test_history__other_refusals__raised(
    quorum: QuorumFeed, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    observe(quorum, 7, 8)

    def broken(*_: Any) -> Any:
        raise ChainError("QuorumFeed.observation", "", "the node did not answer")

    monkeypatch.setattr(client, "observation", broken)
    with pytest.raises(ChainError, match="the node did not answer"):
        list(client.history(FEED, 2))


def test_first_at_or_after__any_time_and_hint__the_first(
    quorum: QuorumFeed, client: Client
) -> None:
    observe(quorum, 7, 8, 9)
    assert client.first_at_or_after(FEED, 0) == (7, START)
    for hint in (0, 1, 2, 99):
        assert client.first_at_or_after(FEED, START + 1, hint) == (8, START + STEP)
    assert client.first_at_or_after(FEED, START + 2 * STEP + 1) is None


def test_day_total__day_is_over__sum_and_seconds(quorum: QuorumFeed, client: Client) -> None:
    observe(quorum, 7, 8)
    with pytest.raises(ChainError) as caught:
        client.day_total(FEED, START // DAY)
    assert caught.value.reason == "feed: day not over"
    quorum.chain.now = START + DAY + HOUR
    total = client.day_total(FEED, START // DAY)
    assert total == (7 * STEP + 8 * (DAY - STEP), DAY)
    assert total.seconds == DAY


def test_observed__since_a_time__feeds_newest_first(quorum: QuorumFeed, client: Client) -> None:
    other = bytes(FeedId.of("POWER", 2, 600))
    quorum.observe(1, START, other)
    observe(quorum, 7)
    quorum.chain.now += DAY
    observe(quorum, 8, 9)
    newest = [(FEED_ID, START + DAY + STEP), (FEED_ID, START + DAY)]
    assert list(client.observed(0)) == [*newest, (FEED_ID, START), (other, START)]
    assert list(client.observed(START + DAY)) == newest
    assert list(client.observed(START + DAY + 1)) == newest[:1]


# Which times the contract takes


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (START, "feed: not newer"),
        (START - STEP, "feed: not newer"),
        (START + 1, "feed: not on the period"),
        (START + 12 * STEP, "feed: observed in the future"),
        (START - 12 * STEP, "feed: observed too long ago"),
    ],
)
def test_check_time__refused_by_the_contract__in_words(
    quorum: QuorumFeed, client: Client, at: int, reason: str
) -> None:
    observe(quorum, 7)
    with pytest.raises(TimeError) as caught:
        client.check_time(FEED, at)
    assert f"({reason})" in str(caught.value)
    with pytest.raises(ChainError) as refused:
        quorum.observe(7, at)
    assert refused.value.reason == reason


QUORUM = QuorumFeed(1, chain=WalletChain(START))
QUORUM.observe(7, START)


@given(
    now=st.integers(START - HOUR, START + 3 * HOUR),
    offset=st.integers(-70, 70).flatmap(
        lambda seconds: st.sampled_from([seconds, seconds - HOUR, seconds + 60])
    ),
    is_due=st.booleans(),
)
def test_check_time__any_time__refused_as_the_contract_does(
    now: int, offset: int, is_due: bool
) -> None:
    for feed in (FEED, FeedId.of("BTC/USD", 8, 60)):
        at = feed.due(now + offset) if is_due else now + offset
        with QUORUM.chain.undone():
            QUORUM.chain.now = now
            client = Client(QUORUM.chain, QUORUM.address)
            is_good = is_taken(client.check_time, feed, at)
            assert is_good == is_taken(QUORUM.observe, 8, at, bytes(feed))


def is_taken(check: Callable[..., Any], *args: Any) -> bool:
    """Say whether nothing refuses."""
    try:
        check(*args)
    except (TimeError, ChainError):
        return False
    return True


# Facades


@pytest.fixture
def facade(quorum: QuorumFeed) -> AggregatorFacade:
    arguments = (0, quorum.address, FEED_ID, False, 1, 3 * HOUR)
    return AggregatorFacade(quorum.chain, quorum.chain.deploy("AggregatorFacade", *arguments))


def test_facade__of_a_feed__its_newest_and_any_round(
    quorum: QuorumFeed, facade: AggregatorFacade
) -> None:
    observe(quorum, 7, 8)
    assert (facade.description, facade.decimals, facade.max_age) == ("BTC/USD", 8, 3 * HOUR)
    assert facade.latest() == (2, 8, START + STEP)
    assert facade.round(1) == (1, 7, START)


def test_facade__no_answer__its_own_reason(quorum: QuorumFeed, facade: AggregatorFacade) -> None:
    with pytest.raises(ChainError) as caught:
        facade.latest()
    assert caught.value.reason == "facade: no answer yet"
    observe(quorum, 7)
    quorum.chain.now += 3 * HOUR + 1
    with pytest.raises(ChainError) as caught:
        facade.latest()
    assert caught.value.reason == "facade: stale"
    assert facade.round(1).answer == 7
