"""What a quorum signed, and what others read of it, beside an exact calculation, as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scripts._exact_feeds import PricedDay, Refused, Truth, decimals, median, totals
from scripts._replay import Replayed, ReplayError
from scripts._signing import LIAR, Observed
from terahash.chain import ChainError
from terahash.deployment import BTC_USD, FACADES, Deployment, Facade, Number
from terahash.feeds.client import AggregatorFacade, QuorumFeed
from terahash.feeds.feed_id import FeedId
from terahash.feeds.models import Answer, Observation, Reading
from terahash.hashprice_index import Dollars
from terahash.report import quorum as report
from terahash.units import DAY, HOUR, WAD

DOLLARS = next(
    facade
    for facade in FACADES
    if (facade.number, facade.in_dollars, facade.per) == (Number.HASHPRICE, True, 1_000)
)
"""The face of hashprice in USD/PH/day."""


class Said(NamedTuple):
    """What a facade says of itself, and its newest answer, or why there is none."""

    description: str
    decimals: int
    newest: Answer | str


def quorum_numbers(replayed: Replayed) -> report.QuorumReplay:
    """Read the third chapter: feeds, the index in dollars, and the faces of all numbers.

    Raises:
        ReplayError: when a number is not what was signed, or not what headers and prices say.
    """
    signing, publisher, chain = replayed.signing, replayed.publisher, replayed.chain
    operators = _operators(replayed)
    observed = {
        feed: [one for one in signing.observed if one.feed == feed]
        for feed in dict.fromkeys(one.feed for one in signing.observed)
    }
    feeds = [_feed(signing.feed, feed, found, chain.now) for feed, found in observed.items()]
    truth = Truth(
        days=dict(enumerate(publisher.contents, replayed.terms.first_day)),
        tip=publisher.state,
        fees={height: int(proof.fees) for height, proof in replayed.proofs.items()},
        prices=[Reading(median(one.values), one.at) for one in observed.get(BTC_USD, [])],
        now=chain.now,
        terms=replayed.terms,
    )
    faces = [_face(replayed, truth, facade) for facade in FACADES]
    deployed = [chain.deployed[_address(replayed.deployment, facade)] for facade in FACADES]
    return report.QuorumReplay(
        quorum_feed=signing.feed.address,
        threshold=signing.feed.configuration().threshold,
        deploy=chain.deployed[signing.feed.address].gas_used,
        deploy_face=-(-sum(receipt.gas_used for receipt in deployed) // len(deployed)),
        operators=operators,
        feeds=feeds,
        faces=faces,
        days=_days(replayed, truth),
    )


def check_values(observed: Iterable[Observed], liar: int) -> None:
    """Check that what counted is the median of what was signed, and not beyond what is honest.

    Args:
        observed: what was signed.
        liar: the seat of the one that lies.

    Raises:
        ReplayError: names the feed and the time.
    """
    for one in observed:
        what, middle = f"{one.feed.name} at {one.at} is {one.value}", median(one.values)
        if one.value != middle:
            raise ReplayError(f"{what}, not the median of what was signed, {middle}")
        honest = _honest(one, liar)
        if not min(honest) <= one.value <= max(honest):
            raise ReplayError(f"{what}, and honest values were {min(honest)} to {max(honest)}")


def compare_history(
    contract: QuorumFeed, feed: FeedId, readings: Sequence[Reading], now: int
) -> int:
    """Set what a feed keeps beside what was observed of it.

    Args:
        contract: that keeps it.
        feed: of which.
        readings: everything that was observed, in the order of their times; one or more.
        now: the chain's time.

    Returns:
        how many UTC days' totals were compared: from the day before the first observation to the
        last that is over.

    Raises:
        ReplayError: names the feed and the observation or the day that differs.
    """
    expected = [Observation(number, *reading) for number, reading in enumerate(readings, 1)]
    found = [contract.observation(feed, one.round) for one in expected]
    newest = contract.latest(feed)
    for said, one in zip([*found, newest], [*expected, expected[-1]], strict=True):
        if said != one:
            raise ReplayError(f"{feed.name} says {said}, not {one}")
    over = max(readings[-1].at, now - HOUR) // DAY  # the day that is not over
    days = range(readings[0].at // DAY - 1, over)
    for day in days:
        total, exact = contract.day_total(feed, day), totals(readings, (day + 1) * DAY)
        if total != exact:
            raise ReplayError(f"{feed.name}'s totals of UTC day {day} are {total}, not {exact}")
    return len(days)


def compare_face(facade: Facade, said: Said, expected: Answer | str) -> None:
    """Check that a facade is what the deployment calls it, and answers what it should.

    Args:
        facade: as it is deployed.
        said: by the contract.
        expected: its newest answer, or why there is none.

    Raises:
        ReplayError: names the facade.
    """
    exact = Said(facade.description, decimals(facade), expected)
    if said != exact:
        raise ReplayError(f"the face of {facade.description} says {said}, not {exact}")


def compare_dollars(found: Iterable[Dollars], expected: Iterable[PricedDay]) -> None:
    """Check that the index adds up dollars at the prices that were the first after each day.

    The variance is left out: it is no rounded fraction.

    Raises:
        ReplayError: names the block-day.
    """
    for said, day in zip(found, expected, strict=True):
        exact = Dollars(day.total, day.seconds, said.variance, day.price)
        if said != exact:
            raise ReplayError(f"block-day {day.number} in dollars is {said}, not {exact}")


def _operators(replayed: Replayed) -> list[report.Operator]:
    """List the operators, who are those that were seated, and count."""
    signing, agreed = replayed.signing, replayed.terms.quorum
    of = signing.feed.configuration()
    seated = tuple(operator.address for operator in of.operators if operator.counts)
    if agreed is None or (seated, of.threshold) != (agreed.operators, agreed.threshold):
        raise ReplayError(f"{of.threshold} of {seated} sign, not what {agreed} seats")
    return [
        report.Operator(
            address=address,
            signed=len(signing.observed),
            lies=seat == LIAR,
            off=max((_off(one, seat) for one in signing.observed), default=0),
        )
        for seat, address in enumerate(seated)
    ]


def _feed(
    contract: QuorumFeed, feed: FeedId, observed: list[Observed], now: int
) -> report.FeedHistory:
    check_values(observed, LIAR)
    readings = [Reading(median(one.values), one.at) for one in observed]
    return report.FeedHistory(
        name=feed.name,
        decimals=feed.decimals,
        period=feed.period,
        days=compare_history(contract, feed, readings, now),
        rows=[
            report.Observed(
                round=number,
                time=one.at,
                lowest=min(_honest(one, LIAR)),
                highest=max(_honest(one, LIAR)),
                lie=one.values[LIAR],
                value=one.value,
                gas=one.receipt.gas_used,
            )
            for number, one in enumerate(observed, 1)
        ],
    )


def _face(replayed: Replayed, truth: Truth, facade: Facade) -> report.Face:
    contract = AggregatorFacade(replayed.chain, _address(replayed.deployment, facade))
    newest: Answer | str
    try:
        newest = contract.latest()
    except ChainError as error:
        newest = error.reason
    compare_face(
        facade, Said(contract.description, contract.decimals, newest), truth.answer(facade)
    )
    face = report.Face(
        description=contract.description, decimals=contract.decimals, max_age=contract.max_age
    )
    if isinstance(newest, str):
        return face.model_copy(update={"reason": newest})
    round, answer, at = newest
    return face.model_copy(update={"round": round, "answer": answer, "time": at})


def _days(replayed: Replayed, truth: Truth) -> list[report.DollarDay]:
    """Read every closed block-day in dollars from the index, and from the face of past days."""
    contract = AggregatorFacade(replayed.chain, _address(replayed.deployment, DOLLARS))
    priced = truth.priced()
    compare_dollars([replayed.index.dollars(day.number) for day in priced], priced)
    days = []
    for day in priced:
        hashprice = _hashprice(contract, day.number)
        exact = _exact_hashprice(truth, day.number)
        if hashprice != exact:
            raise ReplayError(f"block-day {day.number} earns {hashprice} dollars, not {exact}")
        content = truth.days[day.number]
        days.append(
            report.DollarDay(
                number=day.number,
                start=truth.days[day.number - 1].end,
                end=content.end,
                bits=content.bits,
                price=day.observed and day.observed.value,
                observed_at=day.observed and day.observed.at,
                hashprice=None if isinstance(hashprice, str) else hashprice.answer,
                earned=day.total,
                seconds=day.seconds,
            )
        )
    return days


def _hashprice(contract: AggregatorFacade, number: int) -> Answer | str:
    """Read a past block-day's hashprice in dollars, or why it has none."""
    try:
        return contract.round(number)
    except ChainError as error:
        return error.reason


def _exact_hashprice(truth: Truth, number: int) -> Answer | str:
    try:
        round, value, at = truth.hashprice(DOLLARS, number)
    except Refused as why:
        return str(why)
    return Answer(round, int(value * 10 ** decimals(DOLLARS)), at)


def _honest(one: Observed, liar: int) -> list[int]:
    return [value for seat, value in enumerate(one.values) if seat != liar]


def _off(one: Observed, seat: int) -> int:
    """Say how far a value was from the one that counted, as a share of it, times 10^18."""
    return abs(one.values[seat] - one.value) * WAD // one.value


def _address(deployment: Deployment, facade: Facade) -> str:
    return deployment.address(facade.step().name)
