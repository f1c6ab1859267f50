"""Reports that are collected until they make a quorum: what counts, and what the contract takes."""

from __future__ import annotations

import pytest
from eth_account.signers.local import LocalAccount
from hypothesis import given, settings
from hypothesis import strategies as st

from terahash.chain import ChainError
from terahash.documents import Refusal
from terahash.feeds.client import QuorumFeed as Client
from terahash.feeds.collection import (
    Collection,
    IncompleteError,
    ReportError,
    by_key,
    equivocations,
    gather,
)
from terahash.feeds.feed_id import VALUE_LIMIT, FeedId
from terahash.feeds.models import Equivocation
from terahash.feeds.reports import SignedReport
from terahash.feeds.wire import Line
from tests.support.market import WalletChain
from tests.support.quorum import FEED, OWNER, START, SUBMITTER, QuorumFeed, account, hot

PRICE = 42_345 * 10**8


def key(quorum: QuorumFeed, seat: int) -> LocalAccount:
    return quorum.keys[quorum.operators[seat]]


def signed(quorum: QuorumFeed, seat: int, value: int = PRICE, at: int = START) -> SignedReport:
    return quorum.report(key(quorum, seat), value, at)


@pytest.fixture
def collection(client: Client) -> Collection:
    return Collection(client.domain, client.configuration(), FEED, START)


def test_submission__quorum__the_contract_takes_it(
    quorum: QuorumFeed, client: Client, collection: Collection
) -> None:
    for seat, value in ((4, 3), (0, 2), (2, 9)):
        assert not collection.is_complete
        assert collection.add(signed(quorum, seat, value)) is None
    assert collection.is_complete
    assert collection.value == 3
    with quorum.chain.acting_as(SUBMITTER):
        collection.submission().send(quorum.chain)
    assert client.latest(FEED) == (1, 3, START)


def test_submission__more_than_the_threshold__all_of_them(
    quorum: QuorumFeed, collection: Collection
) -> None:
    for seat, value in enumerate((5, -1, 7, -1, 2)):
        collection.add(signed(quorum, seat, value))
    feed, at, handed = collection.submission().arguments
    assert (feed, at) == (bytes(FEED), START)
    assert [(seat, value) for seat, value, _, _ in handed] == [
        (1, -1),
        (3, -1),
        (4, 2),
        (0, 5),
        (2, 7),
    ]


@settings(max_examples=25)
@given(
    st.integers(1, 7),
    st.lists(st.integers(-VALUE_LIMIT + 1, VALUE_LIMIT - 1) | st.integers(-3, 3), max_size=7),
    st.randoms(use_true_random=False),
)
def test_value__any_reports_in_any_order__what_the_contract_stores(
    count: int, values: list[int], random: object
) -> None:
    quorum = QUORUMS[count]
    client = Client(quorum.chain, quorum.address)
    collection = Collection(client.domain, client.configuration(), FEED, START)
    handed = [signed(quorum, seat, value) for seat, value in enumerate(values[:count])]
    random.shuffle(handed)  # type: ignore[attr-defined]
    for one in handed:
        collection.add(one)
    assert collection.is_complete == (len(handed) >= quorum.threshold)
    if not collection.is_complete:
        with pytest.raises(IncompleteError):
            collection.submission()
        return
    with quorum.chain.undone():
        collection.submission().send(quorum.chain)
        assert client.latest(FEED) == (1, collection.value, START)


QUORUMS = {count: QuorumFeed(count, chain=WalletChain(START)) for count in range(1, 8)}


def test_submission__too_few__says_whose_are_missing(
    quorum: QuorumFeed, collection: Collection
) -> None:
    collection.add(signed(quorum, 1))
    with pytest.raises(IncompleteError) as caught:
        collection.submission()
    said = str(caught.value)
    assert "BTC/USD at 2023-11-15 00:00: 1 of the 3 reports that it takes are here" in said
    assert [operator in said for operator in quorum.operators] == [True, False, True, True, True]
    with pytest.raises(IncompleteError):
        _ = collection.value


def test_add__same_report_again__counted_once(quorum: QuorumFeed, collection: Collection) -> None:
    for _ in range(3):
        assert collection.add(signed(quorum, 0)) is None
    assert list(collection.reports) == [0]


def test_add__second_value__evidence_and_neither_counts(
    quorum: QuorumFeed, client: Client, collection: Collection
) -> None:
    first, second, third = (signed(quorum, 0, PRICE + extra) for extra in range(3))
    for seat in (0, 1, 2):
        collection.add(signed(quorum, seat))
    assert collection.is_complete
    evidence = collection.add(second)
    assert evidence == Equivocation(key(quorum, 0).address, first, second)
    assert collection.add(third) == evidence
    assert collection.add(first) is None
    assert collection.equivocations == [evidence]
    assert [one.address for one in collection.equivocators] == quorum.operators[:1]
    assert list(collection.reports) == [1, 2]
    assert not collection.is_complete
    assert [one.address for one in collection.missing] == quorum.operators[3:]
    collection.add(signed(quorum, 3))
    with quorum.chain.acting_as(SUBMITTER):
        client.report_equivocation(evidence).send(quorum.chain)
        collection.submission().send(quorum.chain)  # whether it is reported or not
    assert client.configuration().operators[0].suspended_at == START


def test_add__another_configuration__refused(quorum: QuorumFeed, collection: Collection) -> None:
    other = quorum.report(key(quorum, 0), PRICE, START, config=b"\1" * 32)
    with pytest.raises(ReportError, match="for other operators or another contract"):
        collection.add(other)


@pytest.mark.parametrize("feed", [FeedId.of("BTC/EUR", 8, 600), FeedId.of("BTC/USD", 7, 600)])
def test_add__another_feed__refused(
    quorum: QuorumFeed, collection: Collection, feed: FeedId
) -> None:
    with pytest.raises(ReportError, match="of another feed or time"):
        collection.add(quorum.report(key(quorum, 0), PRICE, START, bytes(feed)))


def test_add__another_time__refused(quorum: QuorumFeed, collection: Collection) -> None:
    with pytest.raises(ReportError, match="of another feed or time"):
        collection.add(signed(quorum, 0, at=START + 600))


def test_add__changed_on_its_way__refused(quorum: QuorumFeed, collection: Collection) -> None:
    one = signed(quorum, 0)
    with pytest.raises(ReportError, match="is no operator's hot key"):
        collection.add(one._replace(report=one.report._replace(value=PRICE + 1)))
    with pytest.raises(ReportError, match="its signature is nobody's"):
        collection.add(one._replace(signature=one.signature._replace(r=0)))


@pytest.mark.parametrize("role", ["stranger", "cold"])
def test_add__no_hot_key_of_an_operator__refused(
    quorum: QuorumFeed, collection: Collection, role: str
) -> None:
    stranger = account("operator 0" if role == "cold" else "stranger")
    with pytest.raises(ReportError, match=f"{stranger.address}, which signed it, is no operator's"):
        collection.add(quorum.report(stranger, PRICE, START))


def test_add__key_that_was_rotated_away__refused(quorum: QuorumFeed, client: Client) -> None:
    before = signed(quorum, 0)
    quorum.rotate(quorum.operators[0], 1)
    collection = Collection(client.domain, client.configuration(), FEED, START)
    with pytest.raises(ReportError, match="is no operator's hot key"):
        collection.add(before)
    collection.add(signed(quorum, 0))
    assert list(collection.reports) == [0]


def test_add__suspended_operator__refused_and_not_missed(
    quorum: QuorumFeed, client: Client
) -> None:
    evidence = Equivocation("", signed(quorum, 0, 1), signed(quorum, 0, 2))
    client.report_equivocation(evidence).send(quorum.chain)
    collection = Collection(client.domain, client.configuration(), FEED, START)
    with pytest.raises(ReportError, match=f"{quorum.operators[0]}, is suspended since 2023-11-15"):
        collection.add(signed(quorum, 0))
    assert [one.address for one in collection.missing] == quorum.operators[1:]


def test_missing__operator_without_a_hot_key__not_asked_for(client: Client) -> None:
    quorum = QuorumFeed(4, chain=WalletChain(START), has_keys=False)
    quorum.rotate(quorum.operators[2])
    asked = Client(quorum.chain, quorum.address)
    collection = Collection(asked.domain, asked.configuration(), FEED, START)
    assert [one.address for one in collection.missing] == [quorum.operators[2]]
    collection.add(quorum.report(hot(quorum.operators[2]), 1, START))
    with pytest.raises(IncompleteError, match="there are none left"):
        collection.submission()


def test_init__not_on_the_period__refused(client: Client) -> None:
    with pytest.raises(ReportError, match=f"the newest before it is {START}"):
        Collection(client.domain, client.configuration(), FEED, START + 1)


def test_submission__suspended_meanwhile__the_contract_refuses_all(
    quorum: QuorumFeed, client: Client, collection: Collection
) -> None:
    for seat in range(3):
        collection.add(signed(quorum, seat))
    evidence = Equivocation("", signed(quorum, 0, 1), signed(quorum, 0, 2))
    client.report_equivocation(evidence).send(quorum.chain)
    with pytest.raises(ChainError) as caught:
        collection.submission().send(quorum.chain)
    assert caught.value.reason == "feed: not this operator's key"


# Many lines, and evidence among them


def test_gather__lines_of_two_feeds_and_times__apart_and_by_time(
    quorum: QuorumFeed, client: Client
) -> None:
    power = FeedId.of("POWER", 2, 60)
    reports = [
        signed(quorum, 0, at=START + 600),
        signed(quorum, 0),
        quorum.report(key(quorum, 0), -4, START, bytes(power)),
        signed(quorum, 1),
    ]
    lines = [Line(f"in:{number}", one) for number, one in enumerate(reports)]
    gathered = gather(client.domain, client.configuration(), lines)
    assert [(one.at, one.feed, list(one.reports)) for one in gathered.collections] == [
        (START, FEED, [0, 1]),
        (START, power, [0]),
        (START + 600, FEED, [0]),
    ]
    assert gathered.refusals == []


def test_gather__lines_that_do_not_count__each_said_and_none_kept(
    quorum: QuorumFeed, client: Client
) -> None:
    lines = [
        Refusal("in:1", "no report"),
        Line("in:2", quorum.report(account("stranger"), 1, START)),
        Line("in:3", signed(quorum, 0, at=START + 1)),
        Line("in:4", quorum.report(key(quorum, 0), 1, START, b"\xff" * 32)),
    ]
    gathered = gather(client.domain, client.configuration(), lines)
    assert gathered.collections == []
    assert [one.where for one in gathered.refusals] == ["in:1", "in:2", "in:3", "in:4"]
    said = [one.why for one in gathered.refusals]
    assert "is no operator's hot key" in said[1]
    assert "is not on that period" in said[2]
    assert "is no feed's id" in said[3]


def evidence_in(client: Client, *reports: SignedReport) -> dict[str, Equivocation]:
    by = by_key(client.domain, reports)
    return equivocations(by, client.hot_keys(client.configuration(), by))


def test_equivocations__among_honest_reports__one_pair_an_operator(
    quorum: QuorumFeed, client: Client
) -> None:
    stranger = account("stranger")
    found = evidence_in(
        client,
        signed(quorum, 0),
        signed(quorum, 1),
        signed(quorum, 0, at=START + 600),
        signed(quorum, 1, PRICE + 1),
        quorum.report(stranger, 1, START),
        signed(quorum, 1, PRICE + 2),
        signed(quorum, 0, PRICE + 1, START + 1_200),
        quorum.report(stranger, 2, START),
        quorum.report(key(quorum, 0), PRICE + 1, START, config=b"\1" * 32),
        quorum.report(key(quorum, 0), PRICE + 1, START, b"\1" * 32),
        signed(quorum, 0),
    )
    pair = (signed(quorum, 1), signed(quorum, 1, PRICE + 1))
    assert found == {quorum.operators[1]: Equivocation(key(quorum, 1).address, *pair)}


def test_equivocations__rotated_between_two_values__the_contract_suspends(
    quorum: QuorumFeed, client: Client
) -> None:
    before = signed(quorum, 0, 1)
    quorum.rotate(quorum.operators[0], 1)
    quorum.chain.now += 3_600
    found = evidence_in(client, before, signed(quorum, 1, 1), signed(quorum, 0, 2))
    assert list(found) == quorum.operators[:1]
    client.report_equivocation(found[quorum.operators[0]]).send(quorum.chain)
    assert client.configuration().operators[0].suspended_at == START + 3_600


def test_equivocations__several_pairs__the_one_whose_keys_answer_longest(
    quorum: QuorumFeed, client: Client
) -> None:
    operator, reports = quorum.operators[0], [signed(quorum, 0, 1), signed(quorum, 0, 2)]
    for number in (1, 2):  # each key signs a value of its own
        quorum.chain.now += 3_600
        quorum.rotate(operator, number)
        reports.append(signed(quorum, 0, 2 + number))
    quorum.chain.now += 3_600
    for order in (reports, reports[::-1]):
        found = evidence_in(client, *order)[operator]
        assert {found.first.report.value, found.second.report.value} == {3, 4}
        client.try_report(found)
    with pytest.raises(ChainError) as caught:
        client.try_report(evidence_in(client, *reports[:2])[operator])
    assert caught.value.reason == "feed: key was retired"


def test_by_key__signed_by_nobody__left_away(quorum: QuorumFeed) -> None:
    broken = [
        one._replace(signature=one.signature._replace(r=0))
        for one in (signed(quorum, 0, 1), signed(quorum, 0, 2))
    ]
    assert by_key(quorum.domain, broken) == {}


def test_owner__is_not_an_operator__its_report_does_not_count(
    quorum: QuorumFeed, collection: Collection
) -> None:
    assert OWNER not in quorum.operators
    with pytest.raises(ReportError):
        collection.add(quorum.report(account("owner"), PRICE, START))
