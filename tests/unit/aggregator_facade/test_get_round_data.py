"""AggregatorFacade.getRoundData: every round, exact, however old; none that is not there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from terahash.chain import ChainError
from terahash.deployment import BTC_USD, Number
from tests.support.facades import KINDS, POWER_PRICE, Bitcoin, Facade, Kind, Truth, says_why
from tests.support.indexing import FIRST_DAY, UNIT, Index, Indexed, dispute, indexed
from tests.support.relay import refused

FOREVER = 2**256 - 1
LAST_ROUND = 2**80 - 1  # that the type can hold
KEPT = 32  # observations of a daily feed
PROVEN = [kind for kind in KINDS.values() if kind.number != Number.FEED]
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.description)
each_proven = pytest.mark.parametrize("kind", PROVEN, ids=lambda kind: kind.description)


@each_kind
def test_get_round_data__every_round__exact_however_old(real: Bitcoin, kind: Kind) -> None:
    facade, rounds = real.fresh(kind), real.truth.rounds(kind)
    if not kind.needs_a_fresh_price:
        real.chain.now = 2**40
    expected = {
        Number.FEED: 56,
        Number.DIFFICULTY: 4,
        Number.HASHRATE: 42,
        Number.HASHPRICE: 54 if kind.in_dollars else 55,
        Number.SPOT: 1,
    }
    assert len(rounds) == expected[Number(kind.number)]
    for number, told in rounds.items():
        assert facade.read("getRoundData", number) == told.data


def test_get_round_data__difficulty_of_four_epochs__as_nodes_show_it(real: Bitcoin) -> None:
    facade = real.facade(KINDS["Bitcoin difficulty"])
    shown = {epoch: facade.read("getRoundData", epoch)[1] / 10**8 for epoch in range(408, 412)}
    assert shown == pytest.approx(
        {
            408: 72_006_146_478_567.1,
            409: 73_197_634_206_448.34,
            410: 70_343_519_904_866.8,
            411: 75_502_165_623_893.72,
        },
        rel=1e-12,
    )


def test_get_round_data__negative_values__are_told(real: Bitcoin) -> None:
    facade, rounds = real.facade(POWER_PRICE), real.truth.rounds(POWER_PRICE)
    kept = list(rounds)[-KEPT + 1 :]
    assert min(rounds[number].answer for number in kept) < 0
    for number in kept:
        told = rounds[number]
        assert facade.read("getRoundData", number) == told.data


def test_get_round_data__round_that_left_the_ring__refused(real: Bitcoin) -> None:
    facade, rounds = real.facade(POWER_PRICE), real.truth.rounds(POWER_PRICE)
    oldest = max(rounds) - KEPT + 1
    assert facade.read("getRoundData", oldest) == rounds[oldest].data
    for number in (oldest - 1, 1):
        with refused("feed: round not kept"):
            facade.read("getRoundData", number)


@each_proven
def test_get_round_data__round_that_is_not_there__refused(real: Bitcoin, kind: Kind) -> None:
    facade, rounds = real.fresh(kind), real.truth.rounds(kind)
    for number in (0, 1, min(rounds) - 1, max(rounds) + 1, LAST_ROUND):
        with refused("facade: no such round"):
            facade.read("getRoundData", number)


def test_get_round_data__observation_that_is_not_there__refused_in_the_feeds_words(
    real: Bitcoin,
) -> None:
    kind = KINDS["BTC/USD"]
    facade, newest = real.fresh(kind), real.truth.newest(kind)
    for number in (0, newest.number + 1, LAST_ROUND):
        with refused("feed: no such round"):
            facade.read("getRoundData", number)


def test_get_round_data__more_than_the_type_holds__refused(real: Bitcoin) -> None:
    facade = real.fresh(KINDS["BTC/TH/day"])
    calldata = bytes.fromhex("9a6fc8f5") + (2**80 + max(real.truth.days)).to_bytes(32, "big")
    with pytest.raises(ChainError):
        real.chain._execute("AggregatorFacade", facade.address, "getRoundData", calldata)


@pytest.mark.parametrize("per", ["TH", "PH"])
def test_get_round_data__day_without_a_price__refused_and_its_neighbours_told(
    real: Bitcoin, per: str
) -> None:
    kind = KINDS[f"USD/{per}/day"]
    facade, rounds = real.fresh(kind), real.truth.rounds(kind)
    (unpriced,) = set(range(min(rounds), max(rounds))) - set(rounds)
    with refused("facade: day without a price"):
        facade.read("getRoundData", unpriced)
    assert rounds[unpriced - 1].answer != rounds[unpriced + 1].answer
    for number in (unpriced - 1, unpriced + 1):
        assert facade.read("getRoundData", number) == rounds[number].data
    assert real.facade(KINDS[f"BTC/{per}/day"]).reason("getRoundData", unpriced) is None


def test_get_round_data__price_of_zero_or_too_late__is_none(real: Bitcoin) -> None:
    feed, days = real.chain.deploy("FeedDouble"), real.truth.days
    index = real.deploy_index(feed)
    prices = {1: 10**12, 2: 0, 3: -5, 4: 2 * 10**12, 5: 2**64, 6: 3 * 10**12}
    late = {4: 21_601, 6: 21_600}
    seen = []
    for number, price in prices.items():
        at = days[real.first + number].end + late.get(number, 0)
        real.chain.send("FeedDouble", feed, "observe", bytes(BTC_USD), price, at)
        seen.append((price, at))
    real.close(index, real.first, real.first + 6)
    facade = real.facade(KINDS["USD/PH/day"], index)
    told = {}
    for number in range(1, 7):
        if facade.reason("getRoundData", real.first + number) is None:
            told[number] = facade.read("getRoundData", real.first + number)
    known = Truth(days, real.truth.tip, {BTC_USD: [seen[0], seen[-1]]}, {})
    rounds = known.rounds(KINDS["USD/PH/day"])
    assert told == {number: rounds[real.first + number].data for number in (1, 6)}


def test_get_round_data__spot__the_newest_height_alone(real: Bitcoin) -> None:
    facade, tip = real.fresh(KINDS["BTC/TH/day, spot"]), real.truth.tip
    told = [facade.reason("getRoundData", tip.height + i) is None for i in range(-2_016, 3)]
    assert told == [i == 2_016 for i in range(2_019)]


# Disputed


@pytest.fixture
def base() -> Iterator[Indexed]:
    """A relay with 31 final days."""
    with indexed().undone() as base:
        yield base


@pytest.fixture
def index(base: Indexed) -> Index:
    """An index with 20 closed days, each with a price."""
    index = base.index()
    for number in range(FIRST_DAY, FIRST_DAY + 21):
        index.observe(10**12 + number, index.mined[number].day.end)
    index.close_up_to(FIRST_DAY + 20)
    return index


@each_proven
def test_get_round_data__disputed__days_before_are_told_and_others_refused(
    base: Indexed, index: Index, kind: Kind
) -> None:
    agreed, last = FIRST_DAY + 17, FIRST_DAY + 20
    is_difficulty = kind.number == Number.DIFFICULTY
    source = base.relay.address if is_difficulty else index.address
    facade = Facade.of(base.chain, kind._replace(max_age=FOREVER), source)
    days = {number: mined.day for number, mined in index.mined.items() if number <= last}
    if is_difficulty:  # of epochs, a day makes one final
        days = {number: mined.day for number, mined in index.mined.items()}
    prices = [(10**12 + number, day.end) for number, day in days.items()]
    rounds = Truth(days, base.tip, {BTC_USD: prices}, {}, UNIT).rounds(kind)
    now = base.chain.now
    if kind.needs_a_fresh_price:
        base.chain.now = days[last].end
    before = {number: facade.read("getRoundData", number) for number in rounds}
    base.chain.now = now
    assert before == {number: told.data for number, told in rounds.items()}
    dispute(base, agreed)
    latest = agreed // 14 if is_difficulty else agreed
    kept = [] if kind.number == Number.SPOT else [n for n in rounds if n <= latest]
    gone = [n for n in rounds if n not in kept]
    if kind.number == Number.SPOT:  # its round is the height of what is heaviest now
        gone = [base.relay.tip().height]
    assert len(gone) in (1, 3)
    for number in kept:
        assert facade.read("getRoundData", number) == before[number]
    for number in gone:
        with refused("facade: disputed"):
            facade.read("getRoundData", number)


def test_get_round_data__disputed_from_its_first_day__the_epoch_is_refused(base: Indexed) -> None:
    kind = KINDS["Bitcoin difficulty"]._replace(max_age=FOREVER)
    facade, epoch = Facade.of(base.chain, kind, base.relay.address), FIRST_DAY // 14 + 2
    before = facade.read("getRoundData", epoch - 1)
    assert facade.read("latestRoundData")[0] == epoch
    dispute(base, FIRST_DAY + 27)
    assert facade.read("getRoundData", epoch - 1) == before
    assert facade.reason("getRoundData", epoch) == facade.reason("latestRoundData")
    assert says_why(facade.latest_reasons())
