"""Contracts that read any AggregatorV3, unchanged on every facade: those in `tests/readers`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import boa
import pytest
from vyper.compiler.output import build_abi_output

from terahash.codec import Codec, Contract, returned
from terahash.deployment import BTC_USD, Number
from terahash.units import DAY
from tests.support.facades import KINDS, POWER_PRICE, Bitcoin, Facade, Kind, Round
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain

SOURCES = Path(__file__).resolve().parents[2] / "readers"
UNKNOWN = (False, 0, 0, 0)
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.description)


@cache
def readers() -> Codec:
    """Compile the readers, once a process."""
    compiled = {
        path.stem: boa.load_partial(str(path)).compiler_data for path in SOURCES.glob("*.vy")
    }
    return Codec(
        {name: Contract(build_abi_output(one), one.bytecode) for name, one in compiled.items()}
    )


class Reader(NamedTuple):
    """A contract that reads a facade."""

    chain: RevmChain
    name: str
    address: str

    @classmethod
    def of(cls, name: str, facade: Facade, *args: Any) -> Reader:
        chain = facade.chain
        assert isinstance(chain, RevmChain)
        code = readers().creation(name, (facade.address, *args))
        return cls(chain, name, chain._deploy(f"deploying {name}", code))

    def read(self, function: str, *args: Any) -> Any:
        method, calldata = readers().calldata(self.name, function, args)
        return returned(method, self.chain._execute(self.name, self.address, function, calldata))


def _older(rounds: dict[int, Round], time: int) -> tuple[bool, int, int, int]:
    """Say what a walk back finds: the newest round that is not later than a time."""
    found = [told for told in rounds.values() if told.at <= time]
    return (True, found[-1].answer, found[-1].at, found[-1].number) if found else UNKNOWN


@each_kind
def test_strict_reader__each_number__scaled_and_in_time(real: Bitcoin, kind: Kind) -> None:
    facade, newest = real.fresh(kind), real.truth.newest(kind)
    reader = Reader.of("StrictReader", facade, 3_600)
    price = newest.answer * 10 ** (18 - kind.decimals)
    for age in (0, 3_600):
        real.chain.now = newest.at + age
        assert reader.read("price") == price
    real.chain.now += 1
    with refused("reader: too old"):  # its own heartbeat is the shorter
        reader.read("price")


@each_kind
def test_strict_reader__looser_than_the_facade__refused_by_it(real: Bitcoin, kind: Kind) -> None:
    facade, newest = real.fresh(kind), real.truth.newest(kind)
    reader = Reader.of("StrictReader", facade, 400 * DAY)
    real.chain.now = newest.at + kind.max_age
    assert reader.read("price") == newest.answer * 10 ** (18 - kind.decimals)
    real.chain.now += 1
    with refused(str(facade.reason("latestRoundData"))):
        reader.read("price")


def test_strict_reader__power_at_a_negative_price__refused_by_the_reader(real: Bitcoin) -> None:
    assert real.truth.newest(POWER_PRICE).answer < 0
    with refused("reader: not positive"):
        Reader.of("StrictReader", real.fresh(POWER_PRICE), DAY).read("price")


@each_kind
def test_older_reader__each_number__its_answer_and_age(real: Bitcoin, kind: Kind) -> None:
    reader, newest = Reader.of("OlderReader", real.fresh(kind)), real.truth.newest(kind)
    real.chain.now += kind.max_age
    assert (reader.read("price"), reader.read("age")) == (newest.answer, kind.max_age)


@pytest.mark.parametrize(
    "kind",
    [kind for kind in [*KINDS.values(), POWER_PRICE] if kind.number != Number.SPOT],
    ids=lambda kind: kind.description,
)
def test_older_reader__two_newest_rounds__the_change(real: Bitcoin, kind: Kind) -> None:
    reader = Reader.of("OlderReader", real.fresh(kind))
    before, newest = list(real.truth.rounds(kind).values())[-2:]
    assert reader.read("change") == (newest.answer - before.answer, newest.at - before.at)


def test_older_reader__observed_ahead_of_the_chains_clock__reads(real: Bitcoin) -> None:
    """It subtracts the time from the chain's, and would fail for a minute."""
    facade, seen = real.fresh(KINDS["BTC/USD"]), real.truth.newest(KINDS["BTC/USD"])
    real.chain.now = seen.at + 540
    real.quorum.observe(7, seen.at + 600, bytes(BTC_USD))
    reader = Reader.of("OlderReader", facade)
    assert (reader.read("price"), reader.read("age")) == (7, 0)
    assert Reader.of("StrictReader", facade, 60).read("price") == 7 * 10**10


@pytest.mark.parametrize("kind", [*KINDS.values(), POWER_PRICE], ids=lambda kind: kind.description)
def test_historic_reader__walks_back__to_what_was_said_then(real: Bitcoin, kind: Kind) -> None:
    reader, rounds = Reader.of("HistoricReader", real.fresh(kind)), real.truth.rounds(kind)
    gone = 8 if kind == POWER_PRICE else 0  # have left the ring
    kept = {number: told for number, told in rounds.items() if number > gone}
    for told in list(kept.values())[:: max(len(kept) // 4, 1)]:
        for time in (told.at - 1, told.at, told.at + 1):
            assert reader.read("value_at", time, 2) == _older(kept, time)
    assert reader.read("value_at", 0, 200) == UNKNOWN  # walks through all, and beyond the first


def test_historic_reader__day_without_a_price__stops_there_or_steps_over_it(
    real: Bitcoin,
) -> None:
    kind = KINDS["USD/PH/day"]
    reader, rounds = Reader.of("HistoricReader", real.fresh(kind)), real.truth.rounds(kind)
    (unpriced,) = set(range(min(rounds), max(rounds))) - set(rounds)
    time = real.truth.days[unpriced].end
    assert reader.read("value_at", time, 0) == UNKNOWN
    assert reader.read("value_at", time, 1) == _older(rounds, time)
    assert reader.read("value_at", time, 1)[3] == unpriced - 1


@each_kind
def test_readers__before_the_first_value__a_revert_and_never_zero(
    real: Bitcoin, kind: Kind
) -> None:
    facade = real.young(kind)
    reasons = facade.latest_reasons()
    (reason,) = reasons
    assert reason
    for name, *args in (("StrictReader", DAY), ("OlderReader",)):
        with refused(reason):
            Reader.of(name, facade, *args).read("price")
    with refused(reason):
        Reader.of("OlderReader", facade).read("age")
    assert Reader.of("HistoricReader", facade).read("value_at", 2**40, 3) == UNKNOWN
