"""What a relay allows strangers: how much, how many, how fast and for how long."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from time import monotonic
from typing import Literal

from terahash.units import DAY


@dataclass(frozen=True)
class Rate:
    """So many a second, and at once so many that were saved up."""

    per_second: float
    burst: int


@dataclass(frozen=True)
class Limits:
    """The bounds of a relay. An address is that of a network client: of IPv6, its first 64 bits.

    Attributes:
        body: bytes of a request's body.
        lines: orders of one request.
        page: orders of one answer.
        levels: prices of one side in one answer.
        orders: in all.
        orders_of_maker: of one account.
        min_amount: claims of an order at least.
        days_ahead: of a deadline at most.
        requests: open requests for quotes in all.
        requests_of_taker: of one account.
        request_seconds: for which a request for quotes stands at most.
        posts: that are verified or wait for it, in all.
        posts_of_address: the same of one address.
        asked: questions to the node at a time.
        connections: in all.
        connections_of_address: of one address.
        streams: in all.
        streams_of_address: of one address.
        read_seconds: within which a request has arrived, its head and its body each.
        write_seconds: within which a client has taken what was sent.
        events: that a stream which broke off can go on from.
        reads: of an address: requests that read.
        writes: of an address: orders and requests for quotes; one that is refused counts for ten.
        writes_of_maker: of an account that signed.
        remembered: addresses and accounts whose rates are known; the longest unseen is forgotten.
    """

    body: int = 65_536
    lines: int = 50
    page: int = 250
    levels: int = 500
    orders: int = 200_000
    orders_of_maker: int = 500
    min_amount: int = 10_000
    days_ahead: int = 366
    requests: int = 1_000
    requests_of_taker: int = 8
    request_seconds: int = DAY
    posts: int = 64
    posts_of_address: int = 2
    asked: int = 4
    connections: int = 2_000
    connections_of_address: int = 64
    streams: int = 500
    streams_of_address: int = 8
    read_seconds: float = 10.0
    write_seconds: float = 10.0
    events: int = 8_192
    reads: Rate = Rate(50, 500)
    writes: Rate = Rate(20, 500)
    writes_of_maker: Rate = Rate(5, 500)
    remembered: int = 10_000


REFUSED_COST = 10
"""Tokens that a refused order takes: verifying costs more than asking."""


class Buckets:
    """A bucket of tokens for each of the names that were seen last, filled at a steady rate."""

    def __init__(self, rate: Rate, remembered: int, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._remembered = remembered
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, when

    def __len__(self) -> int:
        """Count the names that are remembered."""
        return len(self._known)

    def take(self, name: str, tokens: int = 1) -> float:
        """Take tokens if there are so many; return the seconds to wait, 0 if they were taken."""
        left = self._left(name)
        enough = left >= tokens
        self._keep(name, left - tokens if enough else left)  # who is refused is not forgotten
        return 0.0 if enough else (tokens - left) / self._rate.per_second

    def charge(self, name: str, tokens: int) -> None:
        """Take tokens that may not be there: it is waited for them later, within bounds."""
        self._keep(name, max(self._left(name) - tokens, -self._rate.burst))

    def _left(self, name: str) -> float:
        now = self._clock()
        left, before = self._known.get(name, (self._rate.burst, now))
        return min(left + (now - before) * self._rate.per_second, self._rate.burst)

    def _keep(self, name: str, left: float) -> None:
        self._known[name] = (left, self._clock())
        self._known.move_to_end(name)
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)


class Slots:
    """Places that few can have at a time, and fewer of one name."""

    def __init__(self, places: int, of_name: int) -> None:
        self._places = places
        self._of_name = of_name
        self._taken: dict[str, int] = {}
        self.count = 0

    def refusal(self, name: str) -> Literal["all", "own"] | None:
        """Say why a name would get no place: all are taken, or it has as many as it may."""
        if self._taken.get(name, 0) >= self._of_name:
            return "own"
        return "all" if self.count >= self._places else None

    def take(self, name: str) -> bool:
        """Take a place, if there is one."""
        if self.refusal(name):
            return False
        self._taken[name] = self._taken.get(name, 0) + 1
        self.count += 1
        return True

    def leave(self, name: str) -> None:
        """Give a place back."""
        self.count -= 1
        self._taken[name] -= 1
        if not self._taken[name]:
            del self._taken[name]


def network(address: str) -> str:
    """Return what of an address one person has: an IPv4 address, or the first 64 bits of IPv6."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped:
        return str(mapped)
    return str(ip) if ip.version == 4 else f"{int(ip) >> 64:016x}"
