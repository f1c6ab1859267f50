"""AggregatorFacade's older functions: they say what the newer ones do, and refuse where they do."""

from __future__ import annotations

import pytest

from terahash.chain import ChainError
from terahash.deployment import Number
from terahash.units import DAY
from tests.support.facades import (
    HISTORIC,
    KINDS,
    LATEST,
    POWER,
    POWER_PRICE,
    Bitcoin,
    Kind,
    Round,
    says_why,
)

LARGEST = 2**256 - 1
each_kind = pytest.mark.parametrize(
    "kind", [*KINDS.values(), POWER_PRICE], ids=lambda kind: kind.description
)


@each_kind
def test_older_functions__newest_round__say_its_parts(real: Bitcoin, kind: Kind) -> None:
    facade, newest = real.fresh(kind), real.truth.newest(kind)
    for function in LATEST:
        assert facade.read(function) == newest.told_by(function), function
    for function in HISTORIC:
        assert facade.read(function, newest.number) == newest.told_by(function), function


@each_kind
def test_older_functions__rounds_before__say_their_parts(real: Bitcoin, kind: Kind) -> None:
    facade, rounds = real.fresh(kind), real.truth.rounds(kind)
    kept = [told for told in rounds.values() if kind != POWER_PRICE or told.number > 8]
    for told in kept[:: max(len(kept) // 5, 1)]:
        assert facade.read("getAnswer", told.number) == told.answer
        assert facade.read("getTimestamp", told.number) == told.at


def test_older_functions__negative_answer__is_signed(real: Bitcoin) -> None:
    facade, seen = real.fresh(POWER_PRICE), real.truth.newest(POWER_PRICE)
    real.chain.now = at = seen.at + DAY
    real.quorum.observe(-3_750, at, bytes(POWER))
    told = Round(seen.number + 1, -3_750, at)
    assert facade.read("latestAnswer") == facade.read("getAnswer", told.number) == -3_750
    assert facade.read("latestRoundData") == told.data


@each_kind
def test_older_functions__newest_is_too_old__refuse_likewise_but_for_rounds_by_number(
    real: Bitcoin, kind: Kind
) -> None:
    facade, newest = real.fresh(kind), real.truth.newest(kind)
    real.chain.now += kind.max_age + 1
    assert facade.latest_reasons() == {facade.reason("latestRoundData")}
    assert says_why(facade.latest_reasons())
    for function in HISTORIC:
        assert facade.read(function, newest.number) == newest.told_by(function)


@each_kind
def test_older_functions__round_that_is_not_there__refuse_likewise_with_a_reason(
    real: Bitcoin, kind: Kind
) -> None:
    facade, rounds = real.fresh(kind), real.truth.rounds(kind)
    for number in (0, 1, min(rounds) - 1, max(rounds) + 1, 2**64, 2**80 - 1):
        if kind.feed is None or number != 1:
            assert facade.round_reasons(number) == {facade.reason("getRoundData", number)}
            assert says_why(facade.round_reasons(number))
    for number in (2**80 + max(rounds), 2**255, LARGEST // 14 + 1, LARGEST):
        older = {facade.reason(function, number) for function in ("getAnswer", "getTimestamp")}
        assert older == {facade.reason("getRoundData", max(rounds) + 1)}


def test_older_functions__day_without_a_price__refuse_likewise(real: Bitcoin) -> None:
    facade, rounds = real.fresh(KINDS["USD/TH/day"]), real.truth.rounds(KINDS["USD/TH/day"])
    (unpriced,) = set(range(min(rounds), max(rounds))) - set(rounds)
    assert facade.round_reasons(unpriced) == {facade.reason("getRoundData", unpriced)}
    assert says_why(facade.round_reasons(unpriced))


@each_kind
def test_facade__anything_else__is_refused(real: Bitcoin, kind: Kind) -> None:
    """It has no function that writes: nothing that a caller could change or pay."""
    facade = real.facade(kind)
    functions = real.chain._codec.contract("AggregatorFacade").members("function")
    assert {function["stateMutability"] for function in functions} == {"view"}
    for calldata in (b"", b"\0\0\0\0", bytes.fromhex("245a7bfc")):  # aggregator(): it is no proxy
        with pytest.raises(ChainError):
            real.chain._execute("AggregatorFacade", facade.address, "calldata", calldata)


def test_facade__functions__are_those_of_both_interfaces_and_its_own_terms(real: Bitcoin) -> None:
    functions = real.chain._codec.contract("AggregatorFacade").members("function")
    read_by_others = {*LATEST, *HISTORIC, "decimals", "description", "version"}
    terms = {"NUMBER", "SOURCE", "FEED_ID", "IN_DOLLARS", "PER", "MAX_AGE", "VERSION"}
    assert {function["name"] for function in functions} == read_by_others | terms
    assert Number.SPOT == 4
