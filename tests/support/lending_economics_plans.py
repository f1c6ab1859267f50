"""Random worlds for lenders: what the market brings, what the issuer does, who borrows and watches.

A plan says everything that a simulation does, and follows from its seed alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple

from tests.support.lending_economics_issuance import NEVER, Chart
from tests.support.lending_economics_paths import (
    EPOCH_DAYS,
    START,
    WARM_UP,
    Market,
    history,
    walk,
)
from tests.support.lending_economics_value import PERCENT
from tests.support.token_model import DAY, ONE, Agreed

TERMS = (14, 120)
STANDSTILLS = (5, 12, 35, 35, 50, 90)
"""Days for which an index stands still; after 30 it is dead."""


class Pays(Enum):
    """When an issuer delivers what it owes."""

    AT_ONCE = auto()
    LATE = auto()  # in the last day of the grace
    PARTLY = auto()
    NEVER = auto()


@dataclass(frozen=True)
class Policy:
    """What an issuer does.

    Attributes:
        pays: when, as long as it does.
        until: day on which it stops.
        withdraws: all that it may, every day.
        funds: the reserve up to the tokens' value before somebody borrows, and takes it out again.
        tops_up: the reserve, by a satoshi a day.
        drains: has the reserve pay as soon as that may be, before anybody sees a debt overdue.
        walks: away, once it has borrowed against tokens that it sold to itself.
        returns: once those are gone, to pay what is little, and to sell to itself anew.
    """

    pays: Pays = Pays.AT_ONCE
    until: int = NEVER
    withdraws: bool = False
    funds: bool = False
    tops_up: bool = False
    drains: bool = False
    walks: bool = False
    returns: bool = False


class Wish(Enum):
    """What a borrower asks for later, now and then."""

    NOTHING = auto()
    MORE = auto()
    RELEASE = auto()  # of collateral


class Borrower(NamedTuple):
    """Who borrows the most that is allowed, on a day, against so many tokens."""

    day: int
    tokens: int
    is_issuer: bool = False
    wish: Wish = Wish.NOTHING


class Keepers(NamedTuple):
    """Who liquidates: so many days late; for the tokens if it pays; who else has reserves pay.

    And who trusts an issuer that is late, too.
    """

    delay: int = 0
    buy: bool = False
    cover: bool = True
    trust: bool = False


@dataclass(frozen=True)
class Plan:
    """A world.

    Attributes:
        supply: tokens, sold as the issuance opens.
        lags: seconds from the end of each block-day until it may be closed.
        still: days from which and until which nobody closes any.
        rate: of interest, a year, x 10^18.
        cap: on uncovered debt, satoshi x 10^18.
        hours: second of the day at which issuer, borrowers and keepers act.
    """

    seed: int
    market: Market
    terms: Agreed
    chart: Chart
    supply: int
    lags: tuple[int, ...]
    still: tuple[int, int]
    policy: Policy
    borrowers: tuple[Borrower, ...]
    keepers: Keepers
    rate: int
    cap: int
    hours: tuple[int, int, int]

    @property
    def term(self) -> int:
        return self.terms.last - self.terms.first


def random_plan(seed: int, market: Market | None = None, path: Path | None = None) -> Plan:
    """Draw a world.

    Args:
        market: of any kind where none is given.
        path: of a file of Bitcoin's retargets, for its history.
    """
    any_ = random.Random(seed)
    drawn = any_.choice([kind for kind in Market if kind is not Market.HISTORY])
    market, term = market or drawn, any_.randrange(*TERMS)
    chart = history(any_, term, path) if path else walk(any_, market, term)
    terms = _terms(any_, chart, term)
    supply = any_.randrange(100, 10_000) * ONE
    policy = _policy(any_, term)
    lag = any_.uniform(1, 2.5)
    value = supply * term * max(terms.reference, _net(chart, terms)) // ONE
    return Plan(
        seed=seed,
        market=market,
        terms=terms,
        chart=chart,
        supply=supply,
        lags=tuple(int(DAY * (lag + any_.uniform(0, 0.5))) for _ in chart.ends),
        still=_standstill(any_, term) if any_.random() < 0.15 else (0, 0),
        policy=policy,
        borrowers=tuple(_borrowers(any_, term, supply, policy)),
        keepers=Keepers(any_.randrange(3), any_.random() < 0.5, any_.random() < 0.5),
        rate=any_.randrange(31) * PERCENT,
        cap=value * any_.choice((1, 5, 10, 30)) // 100,
        hours=(any_.randrange(DAY), any_.randrange(DAY), any_.randrange(DAY)),
    )


def plain_plan(policy: Policy, *borrowers: Borrower, market: Market = Market.CALM) -> Plan:
    """Say a world in which nothing happens but what is said.

    1,000 tokens are sold for 100 days of 1,000 satoshi, a quarter of which the reserve keeps; or of
    500 from the fiftieth on, where the subsidy halves.
    """
    halving = WARM_UP + 50 if market is Market.HALVES else NEVER
    days = [1_000 if day < halving else 500 for day in range(1, WARM_UP + 100 + EPOCH_DAYS)]
    chart = Chart(START, [(DAY, gained * ONE) for gained in days], halving)
    return Plan(
        seed=0,
        market=market,
        terms=Agreed(
            first=WARM_UP + 1,
            last=WARM_UP + 101,
            cost=0,
            fee=0,
            ratio=25 * PERCENT,
            reference=1_000 * ONE if halving == NEVER else 0,
            exit_fee=0,
            grace=3 * DAY,
        ),
        chart=chart,
        supply=1_000 * ONE,
        lags=(DAY,) * len(chart.ends),
        still=(0, 0),
        policy=policy,
        borrowers=borrowers,
        keepers=Keepers(),
        rate=0,
        cap=10**12 * ONE,
        hours=(DAY // 4, DAY // 2, DAY * 3 // 4),
    )


def _net(chart: Chart, terms: Agreed) -> int:
    """Say what a day is worth to a token as the issuance opens."""
    gross = chart.mean(WARM_UP, EPOCH_DAYS) * (ONE - terms.fee) // ONE
    return max(0, gross - terms.cost)


def _terms(any_: random.Random, chart: Chart, term: int) -> Agreed:
    terms = Agreed(
        first=WARM_UP + 1,
        last=WARM_UP + 1 + term,
        cost=chart.mean(WARM_UP, EPOCH_DAYS) * any_.randrange(85) // 100,
        fee=any_.randrange(6) * PERCENT,
        ratio=any_.choice((10, 25, 25, 50, 75, 100)) * PERCENT,
        reference=0,
        exit_fee=any_.choice((0, 1, 2)) * PERCENT,
        grace=any_.randrange(8) * DAY,
    )
    share = any_.choice((0, 10, 30, 50, 80, 100, 120))
    return terms._replace(reference=_net(chart, terms) * share // 100)


def _policy(any_: random.Random, term: int) -> Policy:
    return Policy(
        pays=any_.choice((Pays.AT_ONCE, Pays.AT_ONCE, *Pays)),
        until=any_.randrange(term) if any_.random() < 0.4 else NEVER,
        withdraws=any_.random() < 0.5,
        funds=any_.random() < 0.3,
        tops_up=any_.random() < 0.1,
        drains=any_.random() < 0.4,
        walks=any_.random() < 0.25,
    )


def _standstill(any_: random.Random, term: int) -> tuple[int, int]:
    first = any_.randrange(term)
    return first, first + any_.choice(STANDSTILLS)


def _borrowers(any_: random.Random, term: int, supply: int, policy: Policy) -> Iterator[Borrower]:
    """Draw holders, who share what was sold, and perhaps the issuer, who makes more, some times."""
    count = any_.randrange(1, 5)
    for _ in range(count):
        tokens = supply * any_.randrange(5, 100) // 100 // count
        yield Borrower(any_.randrange(term), tokens, wish=any_.choice(list(Wish)))
    if policy.walks or any_.random() < 0.15:
        for _ in range(any_.choice((1, 1, 3))):
            tokens = supply * any_.randrange(10, 300) // 100
            yield Borrower(any_.randrange(term), tokens, is_issuer=True)
