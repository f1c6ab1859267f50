"""QuorumFeed.submit: the median of a quorum is stored, and what is no quorum's is refused."""

from __future__ import annotations

from itertools import combinations

import pytest

from terahash.feeds.feed_id import FeedId
from terahash.feeds.reports import Report
from terahash.units import DAY, HOUR
from tests.support.chosen_nonce import digest, sign
from tests.support.issuing import FOREVER
from tests.support.quorum import FEED, FEED_ID, OWNER, START, SUBMITTER, QuorumFeed, account, hot
from tests.support.relay import refused
from tests.unit.quorum_feed.conftest import Seated

LIMIT = 2**111
LATER = START + FEED.period
NOT_THE_KEY = "feed: not this operator's key"


def _unchanged(quorum: QuorumFeed) -> bool:
    return quorum.read("latest_round", FEED_ID) == (0, 0, 0)


def _feed_of(period: int) -> bytes:
    """Make the id of a feed of any period, allowed or not."""
    return b"odd".ljust(28, b"\0") + period.to_bytes(4, "big")


@pytest.mark.parametrize("submitter", [SUBMITTER, OWNER])
def test_submit__quorum__median_is_stored_whoever_hands_it_in(
    quorum: QuorumFeed, submitter: str
) -> None:
    receipt = quorum.submit(quorum.signed([7, 5, 6], START), START, sender=submitter)
    observed = {"feed": FEED_ID, "round": 1, "value": 6, "at": START}
    assert receipt.logs == (("Observed", observed),)
    assert quorum.read("latest", FEED_ID) == (6, START)
    assert quorum.read("latest_round", FEED_ID) == (1, 6, START)
    assert quorum.read("observation", FEED_ID, 1) == (6, START)


@pytest.mark.parametrize(
    ("values", "median"),
    [
        ([1, 2, 9], 2),
        ([9, 2, 1], 2),
        ([1, 2, 8, 9], 8),
        ([5, 4, 3, 2, 1], 3),
        ([3, 3, 3], 3),
        ([4, 4, 1, 1], 4),
        ([0, -1, 0], 0),
        ([-7, -9, -8], -8),
        ([-(2**255), 5, 2**255 - 1], 5),
        ([LIMIT - 1] * 3, LIMIT - 1),
        ([1 - LIMIT] * 3, 1 - LIMIT),
    ],
)
def test_submit__any_values__the_middle_one_or_the_upper_of_two(
    quorum: QuorumFeed, values: list[int], median: int
) -> None:
    quorum.submit(quorum.signed(values, START), START)
    assert quorum.read("latest", FEED_ID) == (median, START)


def test_submit__reports_that_wallets_signed__are_a_quorum(quorum: QuorumFeed) -> None:
    """As typed data, which a wallet hashes by the fields' names; other tests hash it themselves."""
    signed, config = [], quorum.read("config")
    for seat, operator in enumerate(quorum.operators):
        report = Report(config, FEED_ID, -seat, START)
        wallet = quorum.domain.sign(quorum.keys[operator], report)
        signed.append((seat, -seat, *wallet.signature))
    quorum.submit(signed[::-1], START)
    assert quorum.read("latest", FEED_ID) == (-2, START)


def test_submit__any_three_of_five__are_a_quorum(quorum: QuorumFeed) -> None:
    reports = [quorum.sign(seat, 100 + seat, START) for seat in range(5)]
    for chosen in combinations(reports, 3):
        with quorum.chain.undone():
            quorum.submit(chosen, START)
            assert quorum.read("latest", FEED_ID) == (chosen[1][1], START)


def test_submit__one_operator__is_a_quorum_of_its_own(seated: Seated) -> None:
    alone = seated(1)
    alone.submit([alone.sign(0, -3, START)], START)
    assert alone.read("latest", FEED_ID) == (-3, START)


@pytest.mark.parametrize("seats", [range(21), range(10, 31), range(31)])
def test_submit__twenty_one_of_thirty_one_or_more__are_a_quorum(
    seated: Seated, seats: range
) -> None:
    large = seated(31)
    config = large.read("config")
    signed = [large.sign(seat, 1_000 - seat, START, config=config) for seat in reversed(seats)]
    with refused("feed: too few signed"):
        large.submit(signed[:20], START)
    large.submit(signed, START)
    assert large.read("latest", FEED_ID) == (signed[len(signed) // 2][1], START)


def test_submit__feeds__have_histories_of_their_own(quorum: QuorumFeed) -> None:
    power = bytes(FeedId.of("BTC/USD", 2, FEED.period))
    quorum.observe(1, START)
    quorum.observe(-2, START, power)
    quorum.chain.now = LATER
    assert quorum.observe(3, LATER, power).logs[0][1]["round"] == 2
    assert quorum.read("latest_round", FEED_ID) == (1, 1, START)
    assert quorum.read("latest_round", power) == (2, 3, LATER)
    assert quorum.read("observation", power, 1) == (-2, START)


@pytest.mark.parametrize("seats", [[], [0], [0, 1], [2, 4]])
def test_submit__below_the_threshold__refused(quorum: QuorumFeed, seats: list[int]) -> None:
    with refused("feed: too few signed"):
        quorum.submit([quorum.sign(seat, 5, START) for seat in seats], START)
    assert _unchanged(quorum)


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2, 1), (2, 1, 0)])
def test_submit__values_not_in_order__refused(quorum: QuorumFeed, order: tuple[int, ...]) -> None:
    signed = quorum.signed([-1, 0, 1], START)
    with refused("feed: values not ascending"):
        quorum.submit([signed[place] for place in order], START)
    assert _unchanged(quorum)


@pytest.mark.parametrize("seat", [31, 32, 255, 256, FOREVER])
def test_submit__no_seat__refused(quorum: QuorumFeed, seat: int) -> None:
    *others, last = quorum.signed([1, 2, 3], START)
    with refused("feed: no such operator"):
        quorum.submit([*others, (seat, *last[1:])], START)
    assert _unchanged(quorum)


@pytest.mark.parametrize("seat", [0, 1, 4])
def test_submit__operator_twice__refused(quorum: QuorumFeed, seat: int) -> None:
    twice = quorum.sign(seat, 2, START)
    third = quorum.sign((seat + 1) % 5, 2, START)
    for signed in ([twice, twice, third], [twice, third, twice]):
        with refused("feed: operator signed twice"):
            quorum.submit(signed, START)
    with refused("feed: operator signed twice"):
        quorum.submit([twice, third, quorum.sign(seat, 3, START)], START)
    assert _unchanged(quorum)


def test_submit__signature_that_is_not_the_operators__refused(quorum: QuorumFeed) -> None:
    first, second, third = quorum.signed([1, 2, 3], START)
    stranger = quorum.report(account("stranger"), 3, START).signature
    elsewhere = quorum.sign(4, 3, START)
    cold = quorum.report(account("operator 0"), 3, START).signature
    wrong = {
        "another value's": (2, 4, *third[2:]),
        "a stranger's": (2, 3, *stranger),
        "another operator's": (2, *elsewhere[1:]),
        "in another's place": (3, *third[1:]),
        "a cold key's": (2, 3, *cold),
        "in a place that nobody has": (30, *third[1:]),
        "another time's": quorum.sign(2, 3, LATER),
    }
    for whose, signed in wrong.items():
        with refused(NOT_THE_KEY):
            quorum.submit([first, second, signed], START)
        assert _unchanged(quorum), whose
    quorum.submit([first, second, third], START)
    assert quorum.read("latest", FEED_ID) == (2, START)


def test_submit__key_of_a_later_time__does_not_count_yet(quorum: QuorumFeed) -> None:
    operator = quorum.operators[0]
    early = quorum.report(hot(operator, 1), 1, START).signature
    others = [quorum.sign(seat, 2, START) for seat in (1, 2)]
    with refused(NOT_THE_KEY):
        quorum.submit([(0, 1, *early), *others], START)
    quorum.rotate(operator, 1)
    quorum.submit([(0, 1, *early), *others], START)
    assert quorum.read("latest", FEED_ID) == (2, START)


def test_submit__a_minute_ahead__stored_and_no_more(quorum: QuorumFeed) -> None:
    signed = quorum.signed([5] * 3, LATER)
    quorum.chain.now = LATER - 61
    with refused("feed: observed in the future"):
        quorum.submit(signed, LATER)
    assert _unchanged(quorum)
    quorum.chain.now = LATER - 60
    quorum.submit(signed, LATER)
    assert quorum.read("latest", FEED_ID) == (5, LATER)


@pytest.mark.parametrize("at", [2**40, 2**64 - 16, FOREVER])
def test_submit__in_the_far_future__refused(quorum: QuorumFeed, at: int) -> None:
    hashed = digest(quorum.domain, Report(quorum.read("config"), FEED_ID, 5, at))
    keys = [quorum.keys[operator] for operator in quorum.operators]
    with refused("feed: observed in the future"):
        quorum.submit([(i, 5, *sign(hashed, key, 2)) for i, key in enumerate(keys)], at)
    assert _unchanged(quorum)


def test_submit__an_hour_ago__stored_and_no_older(quorum: QuorumFeed) -> None:
    signed = quorum.signed([5] * 3, START)
    quorum.chain.now = START + HOUR + 1
    with refused("feed: observed too long ago"):
        quorum.submit(signed, START)
    assert _unchanged(quorum)
    quorum.chain.now = START + HOUR
    quorum.submit(signed, START)
    assert quorum.read("latest", FEED_ID) == (5, START)


@pytest.mark.parametrize("at", [START, START - FEED.period])
def test_submit__not_later_than_the_last__refused(quorum: QuorumFeed, at: int) -> None:
    quorum.observe(5, START)
    with refused("feed: not newer"):
        quorum.submit([quorum.sign(seat, 6, at) for seat in (2, 3, 4)], at)
    assert quorum.read("latest_round", FEED_ID) == (1, 5, START)


@pytest.mark.parametrize("beside", [-1, 1, 60, -300, 599])
def test_submit__between_two_times__refused(quorum: QuorumFeed, beside: int) -> None:
    at = LATER + beside
    quorum.chain.now = at
    with refused("feed: not on the period"):
        quorum.observe(5, at)
    assert _unchanged(quorum)


@pytest.mark.parametrize("period", [60, 61, 3_600, DAY - 1, DAY])
def test_submit__period_of_a_minute_to_a_day__stored(quorum: QuorumFeed, period: int) -> None:
    feed = _feed_of(period)
    at = quorum.chain.now = START // period * period
    quorum.observe(5, at, feed)
    assert quorum.read("latest", feed) == (5, at)


@pytest.mark.parametrize("period", [0, 1, 59, DAY + 1, 2 * DAY, 2**32 - 1])
def test_submit__any_other_period__refused(quorum: QuorumFeed, period: int) -> None:
    feed = _feed_of(period)
    at = quorum.chain.now = START // period * period if period else START
    with refused("feed: period not 1m..1d"):
        quorum.observe(5, at, feed)
    assert quorum.read("latest_round", feed) == (0, 0, 0)


@pytest.mark.parametrize("value", [LIMIT, -LIMIT, 2**255 - 1, -(2**255)])
def test_submit__value_of_more_than_111_bits__refused(quorum: QuorumFeed, value: int) -> None:
    with refused("feed: value out of range"):
        quorum.observe(value, START)
    assert _unchanged(quorum)
