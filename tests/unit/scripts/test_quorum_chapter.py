"""The demo's third chapter: its exact calculation, and what it refuses to report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.state import Day, State
from terahash.chain import Receipt
from terahash.deployment import BTC_USD, FACADES, Number, Terms
from terahash.errors import TerahashError
from terahash.feeds.client import QuorumFeed
from terahash.feeds.feed_id import FeedId
from terahash.feeds.models import Answer, DayTotal, Reading
from terahash.hashprice_index import Dollars
from terahash.headers import SHIPPED_ARCHIVE
from terahash.units import DAY, HOUR, MINUTE, UNIT, WAD
from tests.support import quorum
from tests.support.revm_chain import RevmChain

START = 1_700_006_400
"""Midnight, UTC."""
EASY, HARD = 0x1D00FFFF, 0x1C7FFF80
"""A difficulty of one, with 2^32 hashes a block, and of two."""
FIRST, RETARGET, NEWEST = 28, 42, 44
"""Block-days: the first sets the clock, the second named begins an epoch."""
FEE = 10**8
PRICE = 40_000 * 10**8
BITCOIN = Fraction(UNIT * DAY * 50, 2**32)
"""What 1 TH/s earns in a day at a difficulty of one and 50 BTC a block."""
NAMED = {facade.description: facade for facade in FACADES}
SPOTS = {name for name, facade in NAMED.items() if facade.number is Number.SPOT}


@pytest.fixture(scope="module")
def exact() -> ModuleType:
    """The exact calculation."""
    from scripts import _exact_feeds

    return _exact_feeds


@pytest.fixture(scope="module")
def chapter() -> ModuleType:
    """The chapter's code; imported late, as it imports ape."""
    from scripts import _quorum_chapter

    return _quorum_chapter


TruthOf = Callable[..., Any]


@pytest.fixture
def truth_of(exact: ModuleType) -> TruthOf:
    """Make up what is known: block-days of 24 hours each, and the price an hour after each end."""

    def made(**changes: Any) -> Any:
        days = {
            number: Day(
                block_hash=bytes(32),
                end=START + (number - FIRST) * DAY,
                bits=EASY if number < RETARGET else HARD,
                epoch_start=START + (number // 14 * 14 - FIRST - 1) * DAY + 600,
                roots=bytes(32),
            )
            for number in range(FIRST, NEWEST + 1)
        }
        tip = State(bytes(32), NEWEST * 144 + 150, 1, HARD, START, 0, 0)
        of = {
            "days": days,
            "tip": tip,
            "fees": {NEWEST * 144 + 3: FEE},
            "prices": [Reading(PRICE + n, START + n * DAY + HOUR) for n in range(17)],
            "now": days[NEWEST].end + 2 * HOUR,
            "terms": Terms(tip),
        }
        return exact.Truth(**(of | changes))

    return made


def test_median__of_odd_and_even_counts__is_the_middle_and_the_upper_of_two(
    exact: ModuleType,
) -> None:
    assert exact.median([5, 1, 9]) == 5
    assert exact.median([9, 5, 1, 7]) == 7
    assert exact.median([-3, -2]) == -2


def test_totals__each_value_counts_until_the_next_and_for_three_days(exact: ModuleType) -> None:
    readings = [Reading(10, 1_000), Reading(-20, 1_600), Reading(30, 1_600 + 5 * DAY)]
    later = 10 * 600 - 20 * 3 * DAY
    assert exact.totals(readings, 1_000) == DayTotal(0, 0)
    assert exact.totals(readings, 1_001) == DayTotal(10, 1)
    assert exact.totals(readings, 1_700) == DayTotal(10 * 600 - 20 * 100, 700)
    assert exact.totals(readings, 1_600 + 4 * DAY) == DayTotal(later, 600 + 3 * DAY)
    assert exact.totals(readings, 1_610 + 5 * DAY) == DayTotal(later + 300, 610 + 3 * DAY)
    assert exact.totals(readings, 1_600 + 9 * DAY) == DayTotal(later + 90 * DAY, 600 + 6 * DAY)


def test_answer__of_every_face__is_the_number_by_hand(truth_of: TruthOf) -> None:
    end, fees = START + 16 * DAY, Fraction(FEE, 144 * 50 * 10**8)
    hashprice, price = BITCOIN / 2 * (1 + fees), Fraction(PRICE + 16, 10**8)
    # Eleven block-days at a difficulty of one, and three at two.
    hashes = 144 * (11 + 3 * 2) * 2**32
    expected = {
        "BTC/USD": Answer(17, PRICE + 16, end + HOUR),
        "Bitcoin difficulty": Answer(3, 2 * 10**8, START + 13 * DAY + 600),
        "Bitcoin hashrate, TH/s": Answer(NEWEST, hashes * 10**8 // (14 * DAY * UNIT), end),
    }
    for suffix, round in (("", NEWEST), (", spot", NEWEST * 144 + 150)):
        for prefix, each in (("TH", hashprice), ("PH", 1_000 * hashprice)):
            expected |= {
                f"BTC/{prefix}/day{suffix}": Answer(round, int(each * 10**18), end),
                f"USD/{prefix}/day{suffix}": Answer(round, int(each * price * 10**8), end),
            }
    truth = truth_of()
    assert {facade.description: truth.answer(facade) for facade in FACADES} == expected


def test_answer__of_the_spot__is_of_the_tip_and_the_newest_price(truth_of: TruthOf) -> None:
    # The tip is in an easier epoch, after a halving; the newest price is as old as can be.
    tip, at = truth_of().tip._replace(height=210_000, bits=EASY), START + 16 * DAY - HOUR
    truth = truth_of(tip=tip, prices=[Reading(3 * 10**8, at)], fees={})
    assert truth.answer(NAMED["BTC/PH/day, spot"]) == Answer(
        210_000, int(500 * BITCOIN * WAD), START + 16 * DAY
    )
    assert truth.answer(NAMED["USD/TH/day, spot"]) == Answer(
        210_000, int(BITCOIN / 2 * 3 * 10**8), at
    )
    older = truth_of(tip=tip, prices=[Reading(3 * 10**8, at - 1)], fees={})
    assert older.answer(NAMED["USD/TH/day, spot"]) == "facade: price stale"


def test_answer__where_there_is_none__is_the_contracts_reason(truth_of: TruthOf) -> None:
    def refused(truth: Any) -> dict[str, str]:
        answers = {facade.description: truth.answer(facade) for facade in FACADES}
        return {name: why for name, why in answers.items() if isinstance(why, str)}

    days = truth_of().days
    clock = truth_of(days={FIRST: days[FIRST]}, now=START + 2 * HOUR, prices=[])
    assert refused(clock) == {
        "BTC/USD": "facade: no answer yet",
        "Bitcoin hashrate, TH/s": "facade: no such round",
        "BTC/TH/day": "facade: no such round",
        "BTC/PH/day": "facade: no such round",
        "USD/TH/day": "facade: no such round",
        "USD/PH/day": "facade: no such round",
        "USD/TH/day, spot": "facade: no price yet",
        "USD/PH/day, spot": "facade: no price yet",
    }
    short = {number: day for number, day in days.items() if number > FIRST + 2}
    assert refused(truth_of(days=short)) == {"Bitcoin hashrate, TH/s": "facade: no such round"}
    unpriced = truth_of(prices=[Reading(PRICE, START + 16 * DAY - 1)])
    assert refused(unpriced) == {
        "USD/TH/day": "facade: day without a price",
        "USD/PH/day": "facade: day without a price",
    }


@pytest.mark.parametrize("name", NAMED)
def test_answer__older_than_the_face_allows__is_stale(truth_of: TruthOf, name: str) -> None:
    facade, truth = NAMED[name], truth_of()
    at, age = truth.answer(facade).at, facade.max_age(truth.terms)
    fresh = {"prices": [*truth.prices, Reading(PRICE, at + age)]} if name in SPOTS else {}
    assert truth_of(now=at + age, **fresh).answer(facade).at == at
    assert truth_of(now=at + age + 1, **fresh).answer(facade) == "facade: stale"


def test_priced__late_and_missing_prices__add_what_each_day_earned(truth_of: TruthOf) -> None:
    days = {number: day for number, day in truth_of().days.items() if number <= FIRST + 4}
    end = START + 2 * DAY
    prices = [
        Reading(1 * 10**8, START + DAY - 1),  # too early for the first
        Reading(2 * 10**8, START + DAY),
        Reading(3 * 10**8, end + 6 * HOUR + 1),  # too late for the second
        Reading(5 * 10**8, end + DAY + 6 * HOUR),
    ]
    one, two, three, four = truth_of(days=days, prices=prices, fees={}).priced()
    earned = int(BITCOIN * 10**8 * WAD)  # satoshi
    assert one == (FIRST + 1, prices[1], 2 * earned // 10**8, DAY, 2 * 10**8)
    assert two == (FIRST + 2, None, one.total, DAY, 2 * 10**8)
    assert (three.observed, three.seconds, three.price) == (prices[3], 2 * DAY, 5 * 10**8)
    assert abs(three.total - 7 * earned // 10**8) <= 1
    assert four == (FIRST + 4, None, three.total, 2 * DAY, 5 * 10**8)


def _observed(chapter: ModuleType, values: list[int], value: int) -> Any:
    return chapter.Observed(BTC_USD, START, values, value, Receipt(0, START, ()))


def test_check_values__median_within_the_honest_range__passes(chapter: ModuleType) -> None:
    for values in ([100, 101, 102, 103, 204], [100, 101, 102, 103, 0], [7, 7, 7, 7, 7]):
        counted = sorted(values)[2]
        chapter.check_values([_observed(chapter, values, counted)], 4)


@pytest.mark.parametrize("value", [101, 103, 204])
def test_check_values__not_the_median__is_refused(chapter: ModuleType, value: int) -> None:
    right = _observed(chapter, [100, 101, 102, 103, 204], 102)
    wrong = right._replace(value=value)
    refusal = f"BTC/USD at {START} is {value}, not the median of what was signed, 102"
    with pytest.raises(TerahashError, match=refusal):
        chapter.check_values([right, wrong], 4)


def test_check_values__median_that_the_liar_chose__is_refused(chapter: ModuleType) -> None:
    # Of an even count the upper of two counts: two signatures are no quorum where one may lie.
    with pytest.raises(TerahashError, match="is 204, and honest values were 100 to 100"):
        chapter.check_values([_observed(chapter, [100, 204], 204)], 1)


class _Kept:
    """A real quorum feed, of which something was observed on four days, then nothing for five."""

    def __init__(self) -> None:
        self.quorum = quorum.QuorumFeed(1)
        self.contract = QuorumFeed(self.quorum.chain, self.quorum.address)
        self.readings = []
        for number, at in enumerate((3_600, 7_200, 90_000, 3 * DAY, 8 * DAY + 600)):
            self.quorum.chain.now = quorum.START + at
            self.quorum.observe(PRICE + number, quorum.START + at)
            self.readings.append(Reading(PRICE + number, quorum.START + at))

    @property
    def now(self) -> int:
        return self.quorum.chain.now


@pytest.fixture(scope="module")
def kept() -> _Kept:
    return _Kept()


def test_compare_history__what_was_observed__counts_every_day_that_is_over(
    chapter: ModuleType, kept: _Kept
) -> None:
    # From the day before the first observation to that before the last.
    assert chapter.compare_history(kept.contract, BTC_USD, kept.readings, kept.now) == 9
    with kept.quorum.chain.undone():
        kept.quorum.chain.now = quorum.START + 10 * DAY + HOUR - 1
        count = chapter.compare_history(kept.contract, BTC_USD, kept.readings, kept.now)
        assert count == 10
        kept.quorum.chain.now += 1
        count = chapter.compare_history(kept.contract, BTC_USD, kept.readings, kept.now)
        assert count == 11


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("change", [(1, 0), (-1, 0), (0, 600)])
def test_compare_history__another_value_or_time__is_refused(
    chapter: ModuleType, kept: _Kept, place: int, change: tuple[int, int]
) -> None:
    wrong = list(kept.readings)
    value, at = wrong[place]
    wrong[place] = Reading(value + change[0], at + change[1])
    with pytest.raises(TerahashError, match=f"BTC/USD says Observation.round={place + 1}"):
        chapter.compare_history(kept.contract, BTC_USD, wrong, kept.now)


def test_compare_history__observation_that_nobody_signed__is_refused(
    chapter: ModuleType, kept: _Kept
) -> None:
    with pytest.raises(TerahashError, match=r"says Observation.round=5.*, not Observation.round=4"):
        chapter.compare_history(kept.contract, BTC_USD, kept.readings[:4], kept.now)


class _Off(QuorumFeed):
    """A feed whose totals of one UTC day are not what they should be."""

    def __init__(self, of: QuorumFeed, day: int, change: DayTotal) -> None:
        super().__init__(of.chain, of.address)
        self.day, self.change = day, change

    def day_total(self, feed: FeedId, day: int) -> DayTotal:
        right = super().day_total(feed, day)
        if day != self.day:
            return right
        return DayTotal(right.total + self.change.total, right.seconds + self.change.seconds)


@pytest.mark.parametrize("day", range(-1, 8))
@pytest.mark.parametrize("change", [DayTotal(1, 0), DayTotal(0, -1)])
def test_compare_history__totals_off_by_one__name_the_day(
    chapter: ModuleType, kept: _Kept, day: int, change: DayTotal
) -> None:
    number = quorum.START // DAY + day
    with pytest.raises(TerahashError, match=f"BTC/USD's totals of UTC day {number} are"):
        chapter.compare_history(
            _Off(kept.contract, number, change), BTC_USD, kept.readings, kept.now
        )


FACE = NAMED["USD/PH/day"]
RIGHT = Answer(5_767, 86_44338698, START)


def test_compare_face__right_answer_or_reason__passes(chapter: ModuleType) -> None:
    chapter.compare_face(FACE, chapter.Said("USD/PH/day", 8, RIGHT), RIGHT)
    chapter.compare_face(FACE, chapter.Said("USD/PH/day", 8, "facade: stale"), "facade: stale")


@pytest.mark.parametrize(
    "change",
    [
        {"description": "USD/TH/day"},
        {"decimals": 18},
        {"newest": RIGHT._replace(answer=RIGHT.answer + 1)},
        {"newest": RIGHT._replace(answer=RIGHT.answer - 1)},
        {"newest": RIGHT._replace(round=5_766)},
        {"newest": RIGHT._replace(at=START + 1)},
        {"newest": "facade: stale"},
    ],
)
def test_compare_face__another__names_the_face(chapter: ModuleType, change: dict[str, Any]) -> None:
    said = chapter.Said("USD/PH/day", 8, RIGHT)._replace(**change)
    with pytest.raises(TerahashError, match="the face of USD/PH/day says"):
        chapter.compare_face(FACE, said, RIGHT)


def test_compare_face__answer_where_there_should_be_none__is_refused(chapter: ModuleType) -> None:
    said = chapter.Said("USD/PH/day", 8, RIGHT)
    for reason in ("facade: stale", "facade: day without a price"):
        with pytest.raises(TerahashError, match=f"not Said.*{reason}"):
            chapter.compare_face(FACE, said, reason)
        with pytest.raises(TerahashError, match=r"says Said.*facade: disputed"):
            chapter.compare_face(FACE, said._replace(newest="facade: disputed"), reason)


def _dollars() -> Dollars:
    return Dollars(total=70, seconds=86_400, variance=123, price=42)


def test_compare_dollars__the_same_but_the_variance__passes(
    chapter: ModuleType, exact: ModuleType
) -> None:
    day = exact.PricedDay(5_713, Reading(42, START), 70, 86_400, 42)
    chapter.compare_dollars([_dollars()._replace(variance=5)], [day])
    for field in ("total", "seconds", "price"):
        for change in (1, -1):
            wrong = _dollars()._replace(**{field: getattr(_dollars(), field) + change})
            with pytest.raises(TerahashError, match="block-day 5713 in dollars is"):
                chapter.compare_dollars([wrong], [day])


Lie = Callable[[Any], Any]
"""What a view says instead of what it should."""


class _Clocked(RevmChain):
    """revm as a replay drives its chain: accounts by number, at whatever time is set.

    Attributes:
        lies: of views, by their names; and of one contract's alone, by its address and their names.
    """

    def __init__(self, now: int) -> None:
        super().__init__(now)
        self.lies: dict[str | tuple[str, str], Lie] = {}

    def set_time(self, timestamp: int) -> None:
        self.now = timestamp

    @contextmanager
    def acting_as(self, account: int) -> Iterator[str]:  # type: ignore[override]
        address = self.key(account).address
        with super().acting_as(address):
            yield address

    def key(self, account: int) -> LocalAccount:
        return quorum.account(f"account {account}")

    def call(self, contract: str, address: str, function: str, *args: Any) -> Any:
        said = super().call(contract, address, function, *args)
        lie = self.lies.get(function) or self.lies.get((address, function))
        return lie(said) if lie else said


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Three real block-days, and what operators signed meanwhile."""
    from scripts._replay import replay

    archive = Archive.open(SHIPPED_ARCHIVE)
    chain: Any = _Clocked(archive.checkpoint.time)
    return replay(chain, archive, 3, tmp_path_factory.mktemp("replay"), lambda: None)


@pytest.fixture
def lies(replayed: Any) -> Iterator[dict[str | tuple[str, str], Lie]]:
    """The lies of the chain's views."""
    yield replayed.chain.lies
    replayed.chain.lies.clear()


def test_quorum_numbers__replay__reads_what_was_signed_and_what_comes_of_it(
    chapter: ModuleType, replayed: Any
) -> None:
    numbers = chapter.quorum_numbers(replayed)
    (feed,) = numbers.feeds
    assert (feed.name, feed.decimals, feed.count, numbers.count) == ("BTC/USD", 8, 7, 7)
    assert (numbers.threshold, numbers.n) == (3, 5)
    assert [operator.lies for operator in numbers.operators] == [False] * 4 + [True]
    assert {operator.signed for operator in numbers.operators} == {7}
    assert [operator.off for operator in numbers.operators[1:4]] == [
        pytest.approx(share * WAD / 1_000, rel=0.01) for share in (1, 0, 1)
    ]
    for row in feed.rows:
        assert row.lowest < row.value < row.highest < row.lie
    assert [day.number for day in numbers.days] == [5_713, 5_714]
    for day in numbers.days:
        first = next(row for row in feed.rows if row.time >= day.end)
        assert (day.price, day.observed_at) == (first.value, first.time)
    assert len(numbers.faces) == 11
    assert [face.reason for face in numbers.faces if face.answer is None] == [
        "facade: no such round"
    ]


@pytest.mark.parametrize(
    ("view", "lie", "refusal"),
    [
        ("suspended_at", lambda _: START, "3 of .* sign, not what"),
        ("observation", lambda said: (said[0] + 1, said[1]), "BTC/USD says Observation.round=1"),
        ("latest_round", lambda said: (said[0] + 1, *said[1:]), "BTC/USD says Observation.round=8"),
        ("day_total", lambda said: (said[0], said[1] - 1), "BTC/USD's totals of UTC day 19714 are"),
        ("decimals", lambda said: said + 1, "the face of BTC/USD says"),
        ("description", lambda said: said.lower(), "the face of BTC/USD says"),
        ("dollars", lambda said: (said[0] + 1, *said[1:]), "block-day 5713 in dollars is"),
        ("getRoundData", lambda said: (said[0], said[1] - 1, *said[2:]), "block-day 5713 earns"),
    ],
)
def test_quorum_numbers__view_off_by_one__is_refused(
    chapter: ModuleType, replayed: Any, lies: dict[str, Lie], view: str, lie: Lie, refusal: str
) -> None:
    lies[view] = lie
    with pytest.raises(TerahashError, match=refusal):
        chapter.quorum_numbers(replayed)


@pytest.mark.parametrize("name", [name for name in NAMED if name != "Bitcoin hashrate, TH/s"])
def test_quorum_numbers__newest_answer_off_by_one__names_the_face(
    chapter: ModuleType, replayed: Any, lies: dict[tuple[str, str], Lie], name: str
) -> None:
    address = replayed.deployment.address(NAMED[name].step().name)
    lies[address, "latestRoundData"] = lambda said: (said[0], said[1] + 1, *said[2:])
    with pytest.raises(TerahashError, match=f"the face of {name} says"):
        chapter.quorum_numbers(replayed)


def test_quorum_numbers__value_that_nobody_signed__is_refused(
    chapter: ModuleType, replayed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = replayed.signing.observed
    wrong = first._replace(values=[value + 1 for value in first.values])
    monkeypatch.setattr(replayed.signing, "observed", [wrong, *others])
    with pytest.raises(TerahashError, match="not the median of what was signed"):
        chapter.quorum_numbers(replayed)


def test_observe__blocks_within_a_period__signs_once(replayed: Any) -> None:
    times = [one.at for one in replayed.signing.observed]
    assert times == sorted(set(times))
    replayed.signing.observe_price(times[-1] + 9 * MINUTE)
    assert [one.at for one in replayed.signing.observed] == times
