"""Hostile clients of an order relay: an honest one is served meanwhile, and memory is bounded."""

from __future__ import annotations

import json
import resource
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from time import monotonic, sleep, time
from typing import Any

import pytest

from terahash.orders.relay.client import RelayClient
from terahash.orders.relay.server import Setup
from terahash.orders.wire import to_line
from tests.support.order_relay import (
    DOMAIN,
    LOOSE,
    SERIES,
    Process,
    Relay,
    answered,
    changed,
    connected,
    order,
    raw_post,
    relaying,
)

MEGABYTE = 2**20
ROOM = 24 * MEGABYTE
"""By which memory may grow in an attack: buffers, and what allocators keep."""
PATIENT = 3.0
"""Seconds in which an honest client is served, on a machine that runs the attack as well."""
SALTS = count(1)
ATTACKERS = [f"127.0.0.{number}" for number in range(2, 60)]
"""Addresses of this machine, which the relay cannot tell from others."""


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A relay as it is by default, with every limit."""
    process = Process(tmp_path_factory.mktemp("relay"))
    yield process
    code, said = process.close()
    assert (code, "Traceback" in said, "Error" in said) == (0, False, False), said


@pytest.fixture
def honest(relay: Process, monkeypatch: pytest.MonkeyPatch) -> Iterator[RelayClient]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with relay.client() as client:
        yield client


def check_served(client: RelayClient) -> None:
    """Post and read as an honest client, within a bound."""
    signed = order(next(SALTS), int(time()) + 3_600, maker="honest")
    started = monotonic()
    assert [one.status for one in client.post(DOMAIN, [signed])] == [200]
    assert client.book(SERIES.id, 5).best_bid == 5_000
    assert signed in list(client.side(SERIES.id, True))
    assert monotonic() - started < PATIENT


@contextmanager
def bounded(relay: Process, client: RelayClient) -> Iterator[None]:
    """Check that an honest client is served after what happens inside, and memory did not grow."""
    check_served(client)  # what is imported and cached, is by now
    before = relay.memory()
    yield
    check_served(client)
    grown = relay.memory() - before
    assert grown < ROOM, f"{grown:,} bytes"


def at_once(work: Callable[[int], Any], times: int, threads: int = 20) -> list[Any]:
    """Do something many times, as many at once as there are threads."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, range(times)))


def speak(relay: Process | Relay, number: int, *parts: bytes) -> bytes:
    """Send parts as one of the attackers, and return what comes back."""
    with closing(connected(relay.port, ATTACKERS[number % len(ATTACKERS)])) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except ConnectionError:
            pass  # it has heard enough
        return answered(connection)


def status(said: bytes) -> bytes:
    """Return the status that an answer begins with."""
    return said[9:12]


# Bodies


def test_post__ten_megabytes__refused_unread(relay: Process, honest: RelayClient) -> None:
    body = [b"x" * MEGABYTE] * 10
    head = raw_post(b"").replace(b"Content-Length: 0", b"Content-Length: %d" % (10 * MEGABYTE))
    with bounded(relay, honest):
        said = at_once(lambda number: speak(relay, number, head, *body), 60)
    assert set(map(status, said)) <= {b"413", b""}
    assert sum(one != b"" for one in said) > 50  # a reset may overtake the answer


def test_post__ten_megabytes_in_chunks__refused_unread(relay: Process, honest: RelayClient) -> None:
    head = raw_post(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    chunks = [b"10000\r\n" + b"x" * 65_536 + b"\r\n"] * 160
    with bounded(relay, honest):
        said = at_once(lambda number: speak(relay, number, head, *chunks), 60)
    assert set(map(status, said)) <= {b"413", b""}
    assert sum(one != b"" for one in said) > 50


def test_post__compressed__refused_whatever_it_would_grow_to(
    relay: Process, honest: RelayClient
) -> None:
    head = raw_post(b"x" * 100).replace(b"Host", b"Content-Encoding: gzip\r\nHost")
    with bounded(relay, honest):
        assert status(speak(relay, 0, head)) == b"415"


GOOD = to_line(DOMAIN, order(0, 2**32))
GARBAGE = {
    "empty": b"",
    "blank": b"\n\n \r\n",
    "no JSON": b"hello",
    "NUL bytes": b"\0" * 50_000,
    "NUL in a text": GOOD.replace("0x11", "0x\\u00001").encode(),
    "no UTF-8": b'{"maker": "\xff\xfe\xfd"}',
    "half a pair": b'{"maker": "\\ud800"}',
    "deep lists": b"[" * 4_000,
    "deeper lists": b"[" * 60_000,
    "deep objects": b'{"a":' * 10_000,
    "long number": b"9" * 60_000,
    "long exponent": b"1e999999999",
    "list": b"[" + GOOD.encode() + b"]",
    "field too many": changed(GOOD, extra=1).encode(),
    "same field twice": GOOD.replace("{", '{"salt":"1",', 1).encode(),
    "number as text": changed(GOOD, chain_id="1").encode(),
    "text as number": changed(GOOD, amount=10_000).encode(),
    "number without end": changed(GOOD, salt="9" * 3_000).encode(),
    "beyond 256 bits": changed(GOOD, salt=str(2**256)).encode(),
    "negative": changed(GOOD, amount="-10000").encode(),
    "digits of elsewhere": changed(GOOD, amount="\u0661\u0660\u0660\u0660\u0660").encode(),
    "true for a number": changed(GOOD, chain_id=True).encode(),
    "no signature": changed(GOOD, signature="0x").encode(),
    "long signature": changed(GOOD, signature="0x" + "11" * 1_900).encode(),
    "nulls": json.dumps(dict.fromkeys(json.loads(GOOD))).encode(),
    "too many lines": b"{}\n" * 51,
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE.keys())
@pytest.mark.parametrize("path", ["/orders", "/rfq"])
def test_post__garbage__refused_as_the_clients_fault(
    relay: Process, number_of: Iterator[int], path: str, body: bytes
) -> None:
    said = speak(relay, next(number_of), raw_post(body, path))
    assert status(said) in (b"400", b"413", b"422"), said


@pytest.fixture(scope="module")
def number_of() -> Iterator[int]:
    """Number requests, so that each comes from another address."""
    return count()


HEADS = {
    "huge query": b"GET /orders?series=" + b"x" * 500_000 + b" HTTP/1.1\r\nHost: relay\r\n\r\n",
    "many parameters": b"GET /orders?"
    + b"a=1&" * 1_900
    + b" HTTP/1.1\r\nConnection: close\r\n\r\n",
    "huge header": b"GET /health HTTP/1.1\r\nX: " + b"x" * 500_000 + b"\r\n\r\n",
    "many headers": b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
    "no HTTP": b"\x16\x03\x01" + b"\0" * 500,
    "two lengths": raw_post(b"{}").replace(b"Host", b"Content-Length: 9\r\nHost"),
    "negative length": raw_post(b"").replace(b"Length: 0", b"Length: -1"),
    "method of no kind": b"SMUGGLE /orders HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n",
    "path upwards": b"GET /../../etc/passwd HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_request__malformed_or_huge_head__refused(
    relay: Process, honest: RelayClient, head: bytes
) -> None:
    with bounded(relay, honest):
        for said in at_once(lambda number: speak(relay, number, head), 20):
            assert said == b"" or status(said)[:1] == b"4", said[:200]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("GET /nothing", b"404"),
        ("GET /orders/", b"404"),
        ("DELETE /orders", b"405"),
        ("POST /stream", b"405"),
        ("GET /book/%00", b"400"),
        ("GET /book/0x" + "G" * 64, b"400"),
        ("GET /orders?series=0x%00&side=bids", b"400"),
    ],
)
def test_request__path_or_method_of_no_use__refused_in_words(
    relay: Process, number_of: Iterator[int], asked: str, expected: bytes
) -> None:
    request = f"{asked} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n".encode()
    said = speak(relay, next(number_of), request)
    assert (status(said), b'{"error":"' in said) == (expected, True), said


@pytest.mark.parametrize("name", ["limit", "levels"])
@pytest.mark.parametrize("value", ["0", "-1", "1e3", "9" * 400, "\u0661", "", "251", "0x1"])
def test_get__number_out_of_range__refused(
    relay: Process, number_of: Iterator[int], name: str, value: str
) -> None:
    series = "0x" + SERIES.id.hex()
    path = {"limit": f"/orders?series={series}&side=bids&", "levels": f"/book/{series}?"}[name]
    if (name, value) == ("levels", "251"):
        value = "501"
    request = f"GET {path}{name}={value} HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n"
    said = speak(relay, next(number_of), request.encode())
    assert status(said) == b"400", said


# Floods


def test_flood__garbage_signatures_from_many_addresses__honest_client_is_served(
    relay: Process, honest: RelayClient
) -> None:
    ended = threading.Event()
    deadline = int(time()) + 3_600
    good = order(0, deadline)

    def flood(number: int) -> list[bytes]:
        said = []
        for salt in count(number * 10**6 + 1):
            if ended.is_set():
                return said
            forged = good._replace(order=good.order._replace(salt=salt))
            line = to_line(DOMAIN, forged).encode()
            said.append(status(speak(relay, number, raw_post(line))))
        raise AssertionError

    with bounded(relay, honest), ThreadPoolExecutor(16) as pool:
        flooding = [pool.submit(flood, number) for number in range(16)]
        try:
            until = monotonic() + 3
            while monotonic() < until:
                check_served(honest)
        finally:
            ended.set()
        said = [one for flooded in flooding for one in flooded.result(20)]
    assert set(said) <= {b"422", b"429", b"503"}
    assert len(said) > 100
    assert honest.book(SERIES.id).bids[0].orders < 1_000


def test_flood__pipelined_requests_whose_answers_nobody_reads__bounded(
    relay: Process, honest: RelayClient
) -> None:
    request = (
        f"GET /orders?series=0x{SERIES.id.hex()}&side=bids HTTP/1.1\r\nHost: r\r\n\r\n".encode()
    )

    def pour(number: int) -> None:
        with closing(connected(relay.port, ATTACKERS[number])) as connection:
            connection.settimeout(1)
            try:
                for _ in range(100):
                    connection.sendall(request * 100)
            except (ConnectionError, TimeoutError):
                pass

    with bounded(relay, honest):
        at_once(pour, 20)


# Connections


@pytest.fixture
def many_files() -> None:
    """Have room for thousands of connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4_096
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"the system allows {hard} open files, and this needs {wanted}")
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@pytest.mark.usefixtures("many_files")
def test_streams__thousands__few_of_each_address_and_the_honest_one_is_served(
    relay: Process, honest: RelayClient
) -> None:
    listening = b"GET /stream HTTP/1.1\r\nHost: relay\r\n\r\n"
    with bounded(relay, honest), ExitStack() as opened:
        for number in range(3_000):
            attacker = ATTACKERS[number % len(ATTACKERS)]
            connection = opened.enter_context(closing(connected(relay.port, attacker)))
            with suppress(ConnectionError):
                connection.sendall(listening)
        check_served(honest)
        health = honest.health()
        assert 300 < health.streams <= 8 * len(ATTACKERS)
        assert health.connections <= 2_000


@pytest.mark.parametrize("manner", ["half-closed", "reset", "silent"])
def test_connections__left_in_any_manner__none_is_kept(
    relay: Process, honest: RelayClient, manner: str
) -> None:
    body = raw_post(to_line(DOMAIN, order(1, 2**32)).encode())

    def leave(number: int) -> None:
        connection = connected(relay.port, ATTACKERS[number % len(ATTACKERS)])
        if manner == "half-closed":
            connection.sendall(body)
            connection.shutdown(socket.SHUT_WR)
            answered(connection)
        if manner == "reset":
            connection.sendall(body[:-10])
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.close()

    with bounded(relay, honest):
        at_once(leave, 300)
        until = monotonic() + 5
        while honest.health().connections > 2 and monotonic() < until:
            sleep(0.1)
        assert honest.health().connections <= 2


# Times: relays that wait a second, in this process


@pytest.fixture
def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    limits = replace(LOOSE, read_seconds=1.0, write_seconds=1.0, connections=150, events=100_000)
    with relaying(Setup(DOMAIN, tmp_path / "orders.sqlite", limits=limits)) as relay:
        yield relay


def check_ends(connection: socket.socket, seconds: float) -> bytes:
    """Check that a connection is ended by the other side within some seconds."""
    connection.settimeout(seconds)
    started = monotonic()
    said = answered(connection)
    assert monotonic() - started < seconds
    return said


@pytest.mark.parametrize(
    ("said", "trickle"),
    [
        (b"", b""),
        (b"GET /health HTTP/1.1\r\nHost: relay\r\n", b"X: y\r\n"),
        (raw_post(b"x" * 1_000)[:-990], b"x"),
        (b"GET /health HTTP/1.1\r\nHost: relay\r\n\r\n", b""),
    ],
    ids=["nothing", "slow head", "slow body", "idle after an answer"],
)
def test_slow__heads_and_bodies_that_never_end__cut_off(
    hasty: Relay, said: bytes, trickle: bytes
) -> None:
    ended = threading.Event()
    with ExitStack() as opened, hasty.client() as honest:
        slow = [
            opened.enter_context(closing(connected(hasty.port, ATTACKERS[number % 10])))
            for number in range(100)
        ]

        def dribble() -> None:
            while not ended.wait(0.1):
                for connection in slow:
                    with suppress(OSError):
                        connection.send(trickle)

        for connection in slow:
            connection.sendall(said)
        dribbling = threading.Thread(target=dribble)
        dribbling.start()
        try:
            check_served(honest)
            for connection in slow:
                check_ends(connection, 5)
        finally:
            ended.set()
            dribbling.join()
        check_served(honest)


def test_slow__bodies_of_more_who_post_than_may__keep_no_place_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They wait for longer than the honest client does: being cut off would not help it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    limits = replace(LOOSE, posts=4, read_seconds=4 * PATIENT)
    with (
        ExitStack() as opened,
        relaying(Setup(DOMAIN, tmp_path / "orders.sqlite", limits=limits)) as relay,
        relay.client() as honest,
    ):
        for attacker in ATTACKERS[:20]:
            slow = opened.enter_context(closing(connected(relay.port, attacker)))
            slow.sendall(raw_post(b"x" * 1_000)[:-990])
        sleep(0.5)  # all of them have arrived
        check_served(honest)


def test_door__all_places_taken_by_some__one_who_has_none_gets_in(hasty: Relay) -> None:
    listening = b"GET /stream HTTP/1.1\r\nHost: relay\r\n\r\n"
    with ExitStack() as opened:
        for number in range(200):  # of which it holds 150
            attacker = ATTACKERS[number % 20]
            connection = opened.enter_context(closing(connected(hasty.port, attacker)))
            with suppress(ConnectionError):
                connection.sendall(listening)
        with hasty.client() as honest:
            check_served(honest)
            assert honest.health().connections <= 150


def test_stream__listener_that_does_not_read__dropped_and_others_hear_all(hasty: Relay) -> None:
    told = 12_000
    text = json.dumps("x" * 1_000)
    heard: list[str] = []
    first = threading.Event()

    def listen() -> None:
        with hasty.client() as client:
            for event in client.stream():
                heard.append(event.text)
                first.set()
                if len(heard) == told + 1:
                    return

    reading = threading.Thread(target=listen)
    reading.start()
    with closing(socket.socket()) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.connect(("127.0.0.1", hasty.port))
        deaf.sendall(b"GET /stream HTTP/1.1\r\nHost: relay\r\n\r\n")
        while not first.is_set():  # until both listen
            if hasty.handlers.guard.streams == 2:
                hasty.tell("order", text)
            sleep(0.05)
        for _ in range(told + 1 - len(heard)):
            hasty.tell("order", text)
        reading.join(30)
        assert len(heard) == told + 1
        until = monotonic() + 10
        while hasty.handlers.guard.streams and monotonic() < until:
            sleep(0.1)
        assert hasty.handlers.guard.streams == 0


def test_get__answers_that_nobody_reads__cut_off(hasty: Relay) -> None:
    with hasty.client() as client:
        lines = [order(salt, int(time()) + 3_600) for salt in range(250)]
        client.post(DOMAIN, lines)
    request = (
        f"GET /orders?series=0x{SERIES.id.hex()}&side=bids HTTP/1.1\r\nHost: r\r\n\r\n".encode()
    )
    with closing(socket.socket()) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.connect(("127.0.0.1", hasty.port))
        deaf.sendall(request * 60)  # 15 MB of answers
        until = monotonic() + 15
        while hasty.handlers.connections() and monotonic() < until:
            sleep(0.1)
        assert hasty.handlers.connections() == 0
    with hasty.client() as client:
        check_served(client)
