"""A day that the heaviest chain contradicts was false: no facade tells of it, nor of later ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from terahash.deployment import BTC_USD, Number
from tests.support.facades import HISTORIC, KINDS, LATEST, Facade, Kind
from tests.support.indexing import FIRST_DAY, Index, dispute, indexed
from tests.support.quorum import QuorumFeed
from tests.support.relay import refused

AGREED = FIRST_DAY + 17
DAYS = [kind for kind in KINDS.values() if kind.number in (Number.HASHRATE, Number.HASHPRICE)]
SPOTS = [kind for kind in KINDS.values() if kind.number == Number.SPOT]
DIFFICULTY = KINDS["Bitcoin difficulty"]


@pytest.fixture
def index() -> Iterator[Index]:
    """20 closed and priced days; the relay has more of them final."""
    with indexed().undone() as base:
        index = base.index()
        for number in range(FIRST_DAY, AGREED + 4):
            index.observe(10**12, index.mined[number].day.end)
        index.close_up_to(AGREED + 3)
        yield index


def _facade(index: Index, kind: Kind) -> Facade:
    """Deploy a facade of a number at any age."""
    is_difficulty = kind.number == Number.DIFFICULTY
    source = index.relay.address if is_difficulty else index.address
    return Facade.of(index.chain, kind._replace(max_age=2**256 - 1), source)


def test_facade_disputed__days_that_were_closed_before__are_not_told(index: Index) -> None:
    """The index keeps what it closed; whoever reads it by a facade cannot ask the relay."""
    facades = [_facade(index, kind) for kind in DAYS]
    before = [[one.read("getRoundData", AGREED - i) for i in range(3)] for one in facades]
    dispute(indexed(), AGREED)
    for facade, kept in zip(facades, before, strict=True):
        for number in range(AGREED + 1, AGREED + 4):
            for function in HISTORIC:
                with refused("facade: disputed"):
                    facade.read(function, number)
        for function in LATEST:
            with refused("facade: disputed"):
                facade.read(function)
        assert [facade.read("getRoundData", AGREED - i) for i in range(3)] == kept


def test_facade_disputed__epochs_that_were_final_before__are_not_told(index: Index) -> None:
    facade, epoch = _facade(index, DIFFICULTY), FIRST_DAY // 14
    before = [facade.read("getRoundData", epoch + i) for i in range(2)]
    assert facade.read("latestRound") == epoch + 2
    dispute(indexed(), AGREED)
    for function in LATEST:
        with refused("facade: disputed"):
            facade.read(function)
    with refused("facade: disputed"):
        facade.read("getRoundData", epoch + 2)
    assert [facade.read("getRoundData", epoch + i) for i in range(2)] == before


def test_facade_disputed__spot__stops(index: Index) -> None:
    """The heaviest chain is another than the one whose fees are in the number."""
    facades = [_facade(index, kind) for kind in SPOTS]
    now, index.chain.now = index.chain.now, index.mined[AGREED + 3].day.end
    assert all(facade.read("latestAnswer") > 0 for facade in facades)
    index.chain.now = now
    dispute(indexed(), AGREED)
    for facade in facades:
        for function in LATEST:
            with refused("facade: disputed"):
                facade.read(function)


def test_facade_disputed__what_a_quorum_says__goes_on(index: Index) -> None:
    """What Bitcoin does not prove, it does not dispute."""
    quorum = QuorumFeed(1, chain=index.chain)
    at = BTC_USD.due(index.chain.now)
    quorum.observe(4 * 10**12, at, bytes(BTC_USD))
    kind = KINDS["BTC/USD"]
    facade = Facade.of(index.chain, kind, quorum.address)
    dispute(indexed(), AGREED)
    index.chain.now = at + kind.max_age
    assert facade.read("latestRoundData") == (1, 4 * 10**12, at, at, 1)
