"""An order relay with a real market behind it: what it takes, refuses, tells and drops."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from terahash.orders.order import SignedOrder
from terahash.orders.relay import quotes
from terahash.orders.relay.client import Event, RelayClient, RelayError
from terahash.orders.relay.limits import Limits, Rate
from terahash.orders.relay.quotes import QuoteRequest
from terahash.orders.relay.server import Setup
from terahash.orders.wire import to_line
from terahash.swaps.market import Market
from terahash.swaps.series import LOT
from terahash.swaps.trading import Take
from terahash.units import DAY
from tests.support.desk import DIFFICULTY, JANUARY, Desk
from tests.support.order_relay import LOOSE, Node, Relay, changed, relaying
from tests.support.trading import FUND, MINER, OTHER, START, STRANGER, trader

SURE = 60


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def node(desk: Desk) -> Node:
    return Node(desk.chain)


Open = Callable[..., Relay]


@pytest.fixture
def opened(desk: Desk, node: Node, tmp_path: Path, monkeypatch: Any) -> Iterator[Open]:
    """Run relays of the desk's market, in one file."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    relays: list[Relay] = []

    def start(limits: Limits = LOOSE, has_node: bool = True, **options: Any) -> Relay:
        market = Market(node, desk.market.address) if has_node else None
        file = tmp_path / "orders.sqlite"
        clock = lambda: desk.chain.now  # noqa: E731
        setup = Setup(desk.market.domain, file, market, limits, look_every=3_600, clock=clock)
        relays.append(Relay(replace(setup, sure_after=SURE, **options)))
        return relays[-1]

    yield start
    for relay in relays:
        relay.close()


@pytest.fixture
def relay(opened: Open) -> Relay:
    return opened()


@pytest.fixture
def maker(relay: Relay) -> Iterator[RelayClient]:
    with relay.client() as client:
        yield client


def listed(client: RelayClient, long: bool = False, **options: Any) -> list[SignedOrder]:
    return list(client.side(DIFFICULTY.id, long, **options))


def post(client: RelayClient, desk: Desk, *orders: SignedOrder) -> list[tuple[int, str]]:
    """Post orders; say of each the status, and why not."""
    return [(one.status, one.why) for one in client.post(desk.market.domain, orders)]


STORED = (200, "")


# What is taken


def test_post__fillable_order__another_takes_it_on_the_market(
    desk: Desk, maker: RelayClient, relay: Relay
) -> None:
    signed = desk.signed()
    assert post(maker, desk, signed) == [STORED]
    with relay.client() as taker:
        (found,) = listed(taker)
        assert found == signed
        book = taker.book(DIFFICULTY.id)
    assert (book.best_bid, book.best_offer) == (None, 4_000)
    desk.act(FUND.address, desk.trader.fill(Take(found, 30_000)))
    assert desk.market.claims(FUND.address, DIFFICULTY).longs == 30_000


def test_post__again__stored_once(desk: Desk, maker: RelayClient) -> None:
    assert post(maker, desk, desk.signed(), desk.signed()) == [STORED, STORED]
    assert post(maker, desk, desk.signed()) == [STORED]
    assert listed(maker) == [desk.signed()]


def test_post__both_sides_of_two_series__each_under_its_own(desk: Desk, maker: RelayClient) -> None:
    orders = [
        desk.signed(price=4_100),
        desk.signed(price=4_000, salt=2),
        desk.signed(long=True, price=3_900),
        desk.signed(JANUARY, price=1),
    ]
    assert post(maker, desk, *orders) == [STORED] * 4
    assert [one.order.price for one in listed(maker)] == [4_000, 4_100]
    assert [one.order.price for one in listed(maker, long=True)] == [3_900]
    assert [(one.id, one.orders) for one in maker.series()] == [
        ("0x" + DIFFICULTY.id.hex(), 3),
        ("0x" + JANUARY.id.hex(), 1),
    ]


def test_post__maker_has_money_for_a_part__that_part_is_deep(
    desk: Desk, maker: RelayClient
) -> None:
    poor = trader("poor")
    desk.doubles.fund(poor.address, 12_000)  # two lots at 6,000 ticks
    order = desk.order(maker=poor.address, amount=50_000, price=4_000)
    assert post(maker, desk, desk.market.domain.sign(poor, order)) == [STORED]
    assert [level.amount for level in maker.book(DIFFICULTY.id).offers] == [20_000]


def test_post__signed_by_a_contracts_code__taken_where_a_node_can_tell(
    desk: Desk, maker: RelayClient, opened: Open, tmp_path: Path
) -> None:
    wallet = desk.chain.deploy("SignerDouble")
    desk.mint(DIFFICULTY, 30_000, long=wallet)  # who has longs needs no money to be short
    signed = SignedOrder(desk.order(maker=wallet), bytes(700))
    assert post(maker, desk, signed) == [(422, "market: order not signed")]
    digest = desk.market.domain.digest(signed.order)
    desk.chain.send("SignerDouble", wallet, "approve_order", digest)
    assert post(maker, desk, signed) == [STORED]
    assert listed(maker) == [signed]
    with opened(has_node=False, file=tmp_path / "blind.sqlite").client() as blind:
        ((status, why),) = post(blind, desk, signed)
        assert (status, "only a relay with a node can tell" in why) == (422, True)


# What is refused


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"amount": 15_000}, "in lots"),
        ({"amount": 0}, "in lots"),
        ({"amount": 21 * 10**14 + LOT}, "all bitcoin"),
        ({"price": 10_001}, "above 10,000 ticks"),
        ({"price": 10_000}, "lock nothing"),
        ({"price": 0, "long": True}, "lock nothing"),
        ({"deadline": START - 1}, "deadline is past"),
        ({"deadline": START + 366 * DAY + 1}, "seconds ahead"),
        ({"counter": 1}, "market: order cancelled"),
        ({"taker": MINER.address}, "two accounts"),
    ],
)
def test_post__what_nobody_could_take__refused_and_not_stored(
    desk: Desk, maker: RelayClient, changes: dict[str, Any], why: str
) -> None:
    ((status, said),) = post(maker, desk, desk.signed(**changes))
    assert (status, why in said) == (422, True), said
    assert listed(maker) == []


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"floor": DIFFICULTY.cap}, "no market opens"),
        ({"end": DIFFICULTY.start}, "no market opens"),
        ({"cap": 2**200 + 1}, "no market opens"),
        ({"fallback_share": 10_001}, "no market opens"),
        ({"start": DIFFICULTY.start - 1}, "series not open"),
        ({"instrument": 9}, "series not open"),
    ],
)
def test_post__series_that_is_not_open__refused(
    desk: Desk, maker: RelayClient, terms: dict[str, Any], why: str
) -> None:
    ((status, said),) = post(maker, desk, desk.signed(DIFFICULTY._replace(**terms)))
    assert (status, why in said) == (422, True), said


@pytest.mark.parametrize(
    "field", ["amount", "price", "deadline", "salt", "maker", "long", "signature"]
)
def test_post__one_field_changed_after_it_was_signed__refused(
    desk: Desk, maker: RelayClient, field: str
) -> None:
    other = {
        "amount": "40000",
        "price": "4001",
        "deadline": str(START + 99),
        "salt": "2",
        "maker": FUND.address,
        "long": True,
        "signature": "0x" + "11" * 64 + "1b",
    }
    line = changed(to_line(desk.market.domain, desk.signed()), **{field: other[field]})
    (outcome,) = maker.post_lines([line])
    assert (outcome.status, outcome.why) == (422, "market: order not signed")
    assert listed(maker) == []


@pytest.mark.parametrize("changes", [{"chain_id": 2}, {"address": "0x" + "11" * 20}])
def test_post__for_another_market__refused(
    desk: Desk, maker: RelayClient, changes: dict[str, Any]
) -> None:
    other = desk.market.domain._replace(**changes)
    (outcome,) = maker.post(other, [other.sign(MINER, desk.order())])
    assert (outcome.status, "this relay is of market" in outcome.why) == (422, True)


def test_post__without_a_node__keys_are_verified_all_the_same(desk: Desk, opened: Open) -> None:
    with opened(has_node=False).client() as client:
        forged = desk.signed()._replace(order=desk.order(price=9_999))
        ((status, why), *rest) = post(client, desk, forged, desk.signed())
        assert (status, "not of the maker's key" in why) == (422, True)
        assert rest == [STORED]
        assert listed(client) == [desk.signed()]


def test_post__maker_cannot_pay__refused(desk: Desk, maker: RelayClient) -> None:
    broke = trader("broke")
    order = desk.market.domain.sign(broke, desk.order(maker=broke.address))
    assert post(maker, desk, order) == [(422, "market: maker cannot pay")]


def test_post__filled_or_cancelled__refused(desk: Desk, maker: RelayClient) -> None:
    filled, cancelled = desk.signed(), desk.signed(salt=2)
    desk.act(FUND.address, desk.trader.fill(Take(filled, 30_000)))
    desk.act(MINER.address, desk.trader.cancel(cancelled.order))
    assert post(maker, desk, filled, cancelled) == [
        (422, "market: order filled"),
        (422, "market: order cancelled"),
    ]


def test_post__some_good_some_bad__each_its_own_outcome_in_order(
    desk: Desk, maker: RelayClient
) -> None:
    lines = [to_line(desk.market.domain, desk.signed(salt=salt)) for salt in range(3)]
    lines[1] = "{}"
    outcomes = maker.post_lines(lines)
    assert [one.status for one in outcomes] == [200, 400, 200]
    assert {one.order.salt for one in listed(maker)} == {0, 2}


def test_post__node_away__refused_for_now_and_nothing_believed(
    desk: Desk, maker: RelayClient, node: Node
) -> None:
    node.is_away = True
    ((status, why),) = post(maker, desk, desk.signed())
    assert (status, "post it again later" in why) == (503, True)
    assert listed(maker) == []
    node.is_away = False
    assert post(maker, desk, desk.signed()) == [STORED]


# For one taker, and requests for quotes


def test_rfq__answered_with_an_order_for_who_asked__only_it_sees_and_takes_it(
    desk: Desk, maker: RelayClient, relay: Relay
) -> None:
    domain = desk.market.domain
    wish = QuoteRequest(FUND.address, DIFFICULTY, True, 30_000, START + 100, 1)
    with relay.client() as taker:
        assert taker.ask(domain, quotes.sign(domain, FUND, wish)).is_stored
        ((_, asked),) = maker.requests()
        assert asked.request == wish
        answer = desk.signed(asked.request.series, taker=asked.request.taker)
        assert post(maker, desk, answer) == [STORED]
        assert listed(taker) == []
        assert taker.book(DIFFICULTY.id).best_offer is None
        assert listed(taker, taker=FUND.address) == [answer]
    desk.act(FUND.address, desk.trader.fill(Take(answer, 30_000)))
    assert desk.market.claims(FUND.address, DIFFICULTY).longs == 30_000


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"taker": OTHER.address}, "signature"),
        ({"amount": 15_000}, "in lots"),
        ({"deadline": START - 1}, "deadline"),
        ({"deadline": START + DAY + 1}, "deadline"),
        ({"series": DIFFICULTY._replace(start=499)}, "not open"),
    ],
)
def test_rfq__in_anothers_name_or_senseless__refused(
    desk: Desk, maker: RelayClient, changes: dict[str, Any], why: str
) -> None:
    wish = QuoteRequest(FUND.address, DIFFICULTY, True, 30_000, START + 100, 1)._replace(**changes)
    domain = desk.market.domain
    outcome = maker.ask(domain, quotes.sign(domain, FUND, wish))
    assert (outcome.status, why in outcome.why) == (422, True), outcome.why
    assert maker.requests() == []


def test_rfq__many_of_one_account__bounded_and_others_still_ask(desk: Desk, opened: Open) -> None:
    domain = desk.market.domain
    with opened(replace(LOOSE, requests_of_taker=2)).client() as client:

        def ask(key: Any, salt: int) -> int:
            wish = QuoteRequest(key.address, DIFFICULTY, True, LOT, START + 100, salt)
            return client.ask(domain, quotes.sign(domain, key, wish)).status

        assert [ask(FUND, salt) for salt in (1, 2, 2, 3)] == [200, 200, 200, 429]
        assert ask(OTHER, 1) == 200
        desk.chain.now += 101  # past the deadlines
        assert client.requests() == []


# The stream


class Listener:
    """Who listens in a thread of its own."""

    def __init__(self, relay: Relay, last_id: str | None = None) -> None:
        self.events: list[Event] = []
        self._came = threading.Condition()
        self._client = relay.client()
        before = relay.handlers.guard.streams
        threading.Thread(target=self._listen, args=(last_id,), daemon=True).start()
        until = monotonic() + 10
        while relay.handlers.guard.streams == before:
            assert monotonic() < until, "the relay does not let it listen"
            sleep(0.01)

    def _listen(self, last_id: str | None) -> None:
        try:
            for event in self._client.stream(last_id):
                with self._came:
                    self.events.append(event)
                    self._came.notify()
        except RelayError:
            pass  # the relay has ended

    def wait(self, count: int) -> list[str]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.events) >= count, 10), self.events
            return [event.kind for event in self.events]


def test_stream__orders_posted_and_dropped__told_once_in_order(
    desk: Desk, maker: RelayClient, relay: Relay
) -> None:
    listener = Listener(relay)
    first, second = desk.signed(), desk.signed(salt=2, deadline=START + 50)
    post(maker, desk, first, second, first)
    desk.chain.now += 51
    relay.look()
    assert listener.wait(3) == ["order", "order", "dropped"]
    told = [event.text for event in listener.events]
    assert told[:2] == [to_line(desk.market.domain, one) for one in (first, second)]
    assert desk.market.domain.digest(second.order).hex() in told[2]


def test_stream__broken_off__goes_on_where_it_was(
    desk: Desk, maker: RelayClient, relay: Relay
) -> None:
    listener = Listener(relay)
    post(maker, desk, desk.signed(salt=1))
    listener.wait(1)
    post(maker, desk, desk.signed(salt=2), desk.signed(salt=3))
    later = Listener(relay, listener.events[0].id)
    later.wait(2)
    assert [event.text for event in later.events] == [
        to_line(desk.market.domain, desk.signed(salt=salt)) for salt in (2, 3)
    ]


def test_stream__from_the_books_event__misses_and_repeats_nothing(
    desk: Desk, maker: RelayClient, relay: Relay
) -> None:
    post(maker, desk, desk.signed(salt=1))
    event = maker.book(DIFFICULTY.id).event
    post(maker, desk, desk.signed(salt=2))
    listener = Listener(relay, event)
    assert listener.wait(1) == ["order"]
    assert listener.events[0].text == to_line(desk.market.domain, desk.signed(salt=2))


@pytest.mark.parametrize("last", ["", "x", "0-0", "00000000-1", "-", "1" * 300])
def test_stream__id_of_another_run__told_to_read_the_book_again(relay: Relay, last: str) -> None:
    assert Listener(relay, last).wait(1) == ["reset"]


def test_stream__too_much_missed__told_to_read_the_book_again(desk: Desk, opened: Open) -> None:
    relay = opened(replace(LOOSE, events=4))
    with relay.client() as client:
        event = client.book(DIFFICULTY.id).event
        post(client, desk, *(desk.signed(salt=salt) for salt in range(5)))
    assert Listener(relay, event).wait(1) == ["reset"]


def test_stream__events_faster_than_a_listener_is_told__it_is_dropped_and_starts_over(
    opened: Open,
) -> None:
    relay = opened(replace(LOOSE, events=4))
    listener = Listener(relay)
    relay.tell("order", "heard")
    listener.wait(1)
    relay.tell("order", *"abcdef")
    until = monotonic() + 10
    while relay.handlers.guard.streams:
        assert monotonic() < until
        sleep(0.01)
    assert [event.text for event in listener.events] == ["heard"]  # no part with a gap
    assert Listener(relay, listener.events[0].id).wait(1) == ["reset"]


# Dead orders


def test_look__dead_for_any_reason__dropped_and_the_living_stay(
    desk: Desk, maker: RelayClient, relay: Relay
) -> None:
    living, cancelled, filled, part = (desk.signed(salt=salt) for salt in range(4))
    poor = trader("poor")
    desk.doubles.fund(poor.address, 6_000)
    unpaid = desk.market.domain.sign(poor, desk.order(maker=poor.address, amount=LOT))
    assert post(maker, desk, living, cancelled, filled, part, unpaid) == [STORED] * 5
    desk.act(MINER.address, desk.trader.cancel(cancelled.order))
    desk.act(FUND.address, desk.trader.fill(Take(filled, 30_000)))
    desk.act(FUND.address, desk.trader.fill(Take(part, 10_000)))
    with desk.chain.acting_as(poor.address):
        desk.chain.send("BitcoinDouble", desk.doubles.btc, "transfer", STRANGER.address, 6_000)
    relay.look()
    assert len(listed(maker)) == 5  # one answer is not enough
    desk.chain.now += SURE
    relay.look()
    assert listed(maker) == [living, part]
    assert [level.amount for level in maker.book(DIFFICULTY.id).offers] == [50_000]


def test_look__counter_raised__all_of_that_maker_go(
    desk: Desk, maker: RelayClient, relay: Relay
) -> None:
    other = desk.signed(maker=FUND.address)
    post(maker, desk, desk.signed(salt=1), desk.signed(salt=2), other)
    desk.doubles.send(MINER.address, "cancel_all")
    for _ in range(2):
        relay.look()
        desk.chain.now += SURE
    assert listed(maker) == [other]


def test_look__index_known__orders_of_that_series_go(
    desk: Desk, maker: RelayClient, relay: Relay
) -> None:
    other = desk.signed(JANUARY, deadline=START + DAY)
    post(maker, desk, desk.signed(deadline=START + DAY), other)
    desk.finish(80, number=0)
    for _ in range(2):
        relay.look()
        desk.chain.now += SURE
    assert listed(maker) == []
    assert list(maker.side(JANUARY.id, False)) == [other]


def test_look__node_lies_for_a_moment__nothing_is_dropped(
    desk: Desk, maker: RelayClient, relay: Relay, node: Node
) -> None:
    orders = [desk.signed(salt=salt, deadline=START + DAY) for salt in range(5)]
    post(maker, desk, *orders)
    for _ in range(3):
        node.lie = (0, "market: series not open")
        relay.look()
        desk.chain.now += SURE - 1
        relay.look()
        node.lie = None
        relay.look()
        desk.chain.now += SURE
    assert listed(maker) == orders


@pytest.mark.parametrize(("away", "lag"), [(True, 0), (False, 3_601)])
def test_look__node_away_or_behind__serves_on_and_says_so(
    desk: Desk, maker: RelayClient, relay: Relay, node: Node, away: bool, lag: int
) -> None:
    living, ending = desk.signed(deadline=START + DAY), desk.signed(salt=2)
    post(maker, desk, living, ending)
    node.is_away, node.lag, node.lie = away, lag, (0, "market: series not open")
    for _ in range(3):
        desk.chain.now += 101
        relay.look()
    assert listed(maker) == [living]  # a deadline needs no node
    health = maker.health()
    assert (health.status, health.why != "") == ("degraded", True)
    node.is_away, node.lag, node.lie = False, 0, None
    relay.look()
    assert maker.health().status == "ok"


# Within limits


def test_post__maker_at_its_limit__refused_and_others_are_not(desk: Desk, opened: Open) -> None:
    with opened(replace(LOOSE, orders_of_maker=2)).client() as client:
        said = post(client, desk, *(desk.signed(salt=salt) for salt in range(3)))
        assert [status for status, _ in said] == [200, 200, 429]
        assert post(client, desk, desk.signed(maker=FUND.address)) == [STORED]


def test_post__book_full__who_has_the_most_makes_room_and_nobody_else(
    desk: Desk, opened: Open
) -> None:
    relay = opened(replace(LOOSE, orders=4, orders_of_maker=3))
    few = desk.signed(maker=FUND.address, deadline=START + 1)
    flood = [desk.signed(salt=salt, deadline=START + 90 - salt) for salt in range(3)]
    with relay.client() as client:
        assert post(client, desk, few, *flood) == [STORED] * 4
        listener = Listener(relay)
        new = desk.market.domain.sign(OTHER, desk.order(maker=OTHER.address))
        assert post(client, desk, new) == [STORED]
        assert {one.order.salt for one in listed(client)} == {0, 1}  # 2 ended first of its maker's
        assert len(listed(client)) == 4
        assert few in listed(client)
        assert listener.wait(2) == ["dropped", "order"]
        ((status, why),) = post(client, desk, desk.signed(salt=9))
        assert (status, "full" in why) == (503, True)
        assert few in listed(client)


def test_post__faster_than_its_rate__told_when_to_come_again(desk: Desk, opened: Open) -> None:
    relay = opened(replace(LOOSE, writes=Rate(0.5, 3)))
    with relay.client() as client, relay.client("127.0.0.2") as other:
        assert len(client.post(desk.market.domain, [desk.signed(salt=s) for s in range(3)])) == 3
        with pytest.raises(RelayError, match="too many requests") as caught:
            client.post(desk.market.domain, [desk.signed(salt=4)])
        assert (caught.value.status, 0 < caught.value.retry_after <= 2) == (429, True)
        assert post(other, desk, desk.signed(salt=5)) == [STORED]


def test_post__maker_faster_than_its_rate__refused_whatever_address_it_uses(
    desk: Desk, opened: Open
) -> None:
    relay = opened(replace(LOOSE, writes_of_maker=Rate(0.01, 2)))
    with relay.client() as client, relay.client("127.0.0.2") as other:
        assert post(client, desk, desk.signed(salt=1)) == [STORED]
        assert post(other, desk, desk.signed(salt=2)) == [STORED]
        assert [status for status, _ in post(other, desk, desk.signed(salt=3))] == [429]
        forged = desk.signed(maker=FUND.address)._replace(signature=bytes(65))
        for _ in range(3):  # nobody uses up another's rate
            post(other, desk, forged)
        assert post(client, desk, desk.signed(maker=FUND.address)) == [STORED]


def test_get__faster_than_its_rate__refused_and_another_address_served(opened: Open) -> None:
    relay = opened(replace(LOOSE, reads=Rate(0.1, 5)))
    with relay.client() as client, relay.client("127.0.0.2") as other:
        for _ in range(5):
            client.book(DIFFICULTY.id)
        with pytest.raises(RelayError, match="too many requests"):
            client.book(DIFFICULTY.id)
        other.book(DIFFICULTY.id)


@pytest.mark.parametrize("behind_proxy", [False, True])
def test_rate__address_that_a_header_says__counts_from_ones_own_proxy_alone(
    opened: Open, behind_proxy: bool
) -> None:
    relay = opened(replace(LOOSE, reads=Rate(0.01, 2)), behind_proxy=behind_proxy)

    def get(said: str) -> int:
        headers = {"X-Forwarded-For": said}
        return httpx.get(f"{relay.url}/health", headers=headers).status_code

    # What stands before the last comma was said by the client, and may be anything.
    assert [get(f"10.9.9.{number}, 10.0.0.1") for number in range(3)] == [200, 200, 429]
    assert get("10.0.0.2") == (200 if behind_proxy else 429)


def test_pages__more_orders_than_one_holds__all_come_in_order(desk: Desk, opened: Open) -> None:
    with opened(replace(LOOSE, page=7)).client() as client:
        orders = [desk.signed(salt=salt, price=4_000 + salt % 5) for salt in range(30)]
        post(client, desk, *orders)
        expected = sorted(orders, key=lambda one: (one.order.price, one.order.salt))
        assert listed(client) == expected


# Restart


def test_restart__orders_and_requests__are_all_there(desk: Desk, tmp_path: Path) -> None:
    domain = desk.market.domain
    setup = Setup(domain, tmp_path / "o.sqlite", limits=LOOSE, clock=lambda: desk.chain.now)
    wish = QuoteRequest(FUND.address, DIFFICULTY, True, LOT, START + 100, 1)
    with relaying(setup) as relay, relay.client() as client:
        post(client, desk, *(desk.signed(salt=salt) for salt in range(20)))
        client.ask(domain, quotes.sign(domain, FUND, wish))
    with relaying(setup) as relay, relay.client() as client:
        assert [one.order.salt for one in listed(client)] == list(range(20))
        assert [one.request for _, one in client.requests()] == [wish]
