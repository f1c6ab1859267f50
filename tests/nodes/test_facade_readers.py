"""Published protocols, compiled from their own sources, read every facade on a real EVM node.

Aave's oracle, the proxy through which Chainlink's feeds are read, its facade of older feeds and its
validator of staleness, and two oracles of Perpetual Protocol: none knows of this project, and none
is changed. A reader in the style that audits ask for is our own, `tests/readers`.
"""

from __future__ import annotations

import json
import posixpath
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from terahash import rpc
from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import HEADER_SIZE, Header
from terahash.bitcoin.network import MAINNET
from terahash.bitcoin.state import DAY_BLOCKS, Day, extend
from terahash.bitcoin.tree import split
from terahash.chain import ChainError
from terahash.codec import Codec, Contract
from terahash.deployment import BTC_USD, Number
from terahash.feeds.feed_id import FeedId
from terahash.feeds.reports import Domain, Report
from terahash.headers import SHIPPED_ARCHIVE
from terahash.rpc import RpcChain
from terahash.units import DAY, HOUR, MINUTE, UNIT
from tests.nodes.conftest import PACKAGES, RICH, Node
from tests.support.facades import KINDS, POWER, POWER_PRICE, Facade, Kind, Round, Truth
from tests.support.indexing import ZERO_ADDRESS
from tests.support.quorum import account
from tests.support.revm_chain import compiled

NODE = PACKAGES.parents[1]
MODULES, READERS = NODE / "node_modules", NODE.parent / "readers"
OPTIMIZED = {"enabled": True, "runs": 200}
SOURCES = {
    "AaveOracle": ("solc", "@aave/core-v3/contracts/misc/AaveOracle.sol"),
    "SubtractingReader": ("solc", "SubtractingReader.sol"),
    "ChainlinkPriceFeed": (
        "solc-0.7",
        "@perp/perp-oracle-contract/contracts/ChainlinkPriceFeed.sol",
    ),
    "ChainlinkPriceFeedV3": (
        "solc-0.7",
        "@perp/perp-oracle-contract/contracts/ChainlinkPriceFeedV3.sol",
    ),
    "StalenessFlaggingValidator": (
        "solc-0.7",
        "@chainlink/contracts/src/v0.7/dev/StalenessFlaggingValidator.sol",
    ),
    "EACAggregatorProxy": ("solc-0.6", "@chainlink/contracts/src/v0.6/EACAggregatorProxy.sol"),
    "AggregatorFacade": ("solc-0.6", "@chainlink/contracts/src/v0.6/AggregatorFacade.sol"),
}
"""Where each reader's source is, and the compiler that its pragma asks for."""
DAYS = 16
"""Block-days that are closed: the hashrate of two is known."""
PHASE = 1 << 64
"""What Chainlink's proxy adds to the rounds of its first aggregator."""
NOT_FREEZED, NO_RESPONSE, NON_POSITIVE = 0, 1, 5
"""What `ChainlinkPriceFeedV3` calls them."""
ALL = [*KINDS.values(), POWER_PRICE]
POSITIVE = list(KINDS.values())


def _sources(path: str) -> dict[str, dict[str, str]]:
    """Read a source, and all that it imports, as npm installed them."""
    found: dict[str, dict[str, str]] = {}
    wanted = [path]
    while wanted:
        name = wanted.pop()
        if name not in found:
            own = READERS / name
            text = (own if own.is_file() else MODULES / name).read_text()
            found[name] = {"content": text}
            imports = re.findall(r"^\s*import\s[^;]*?[\"']([^\"']+)[\"']", text, re.MULTILINE)
            folder = posixpath.dirname(name)
            wanted += [
                posixpath.normpath(posixpath.join(folder, one)) if one.startswith(".") else one
                for one in imports
            ]
    return found


@cache
def _compiled(solc: str) -> dict[str, Contract]:
    """Compile all readers that ask for a compiler, with that compiler."""
    paths = {name: path for name, (asked, path) in SOURCES.items() if asked == solc}
    sources = {name: text for path in paths.values() for name, text in _sources(path).items()}
    wanted = {path: {"*": ["abi", "evm.bytecode.object"]} for path in paths.values()}
    settings = {"optimizer": OPTIMIZED, "outputSelection": wanted}
    asked = {"language": "Solidity", "sources": sources, "settings": settings}
    script = (
        "const compiler = require(process.argv[1]);"
        "process.stdout.write(compiler.compile(require('fs').readFileSync(0, 'utf8')))"
    )
    done = subprocess.run(
        ["node", "-e", script, solc],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        cwd=NODE,
        check=True,
    )
    answer = json.loads(done.stdout[done.stdout.index("{") :])
    errors = [one["formattedMessage"] for one in answer.get("errors", []) if _is_error(one)]
    assert not errors, errors
    found = {name: answer["contracts"][path][name] for name, path in paths.items()}
    return {
        name: Contract(one["abi"], bytes.fromhex(one["evm"]["bytecode"]["object"]))
        for name, one in found.items()
    }


def _is_error(message: dict[str, str]) -> bool:
    return message["severity"] == "error"


@cache
def readers() -> Codec:
    """Compile all readers, once a process."""
    return Codec(
        {name: one for solc, _ in SOURCES.values() for name, one in _compiled(solc).items()}
    )


@dataclass
class Setting:
    """A node with all facades over sixteen real block-days, and others of what nobody has said.

    Attributes:
        chain: speaks with our contracts; `readers` with those that read them.
        told, young: facades by description.
    """

    node: Node
    chain: RpcChain
    readers: RpcChain
    quorum: str
    domain: Domain
    truth: Truth
    told: dict[str, Facade] = field(default_factory=dict)
    young: dict[str, Facade] = field(default_factory=dict)
    deployed: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def read(self, name: str, args: tuple[Any, ...], function: str, *given: Any) -> Any:
        """Read through a reader, deployed with these arguments when it is first asked."""
        where = self.deployed.get((name, *args)) or self.readers.deploy(name, *args)
        self.deployed[(name, *args)] = where
        return self.readers.call(name, where, function, *given)

    def reason(self, name: str, args: tuple[Any, ...], function: str, *given: Any) -> str:
        """Return why a reader refuses; "" where it says nothing."""
        with pytest.raises(ChainError) as caught:
            self.read(name, args, function, *given)
        return caught.value.reason

    def advance(self, time: int) -> None:
        """Let the node's clock reach a time."""
        if time > self.chain.now:
            self.node.set_time(time)

    def observe(self, feed: FeedId, value: int, at: int) -> None:
        """Let the one operator sign a value, and hand it in."""
        config = self.chain.call("QuorumFeed", self.quorum, "config")
        signed = self.domain.sign(_hot(), Report(config, bytes(feed), value, at))
        reports = [(0, value, *signed.signature)]
        self.chain.send("QuorumFeed", self.quorum, "submit", bytes(feed), at, reports)
        self.truth.observations[feed].append((value, at))

    def send(self, contract: str, address: str, function: str, *args: Any) -> None:
        self.chain.send(contract, address, function, *args)


def _hot() -> LocalAccount:
    return account("hot")


@pytest.fixture(scope="module")
def setting() -> Iterator[Setting]:
    if not (MODULES / "solc").is_dir():
        pytest.skip("no compiler is installed: `make test-nodes` installs it")
    node = Node()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rpc, "POLL", 0.02)
            yield _setting(node)
    finally:
        node.stop()


def _setting(node: Node) -> Setting:
    chain = RpcChain(node.url, RICH, compiled())
    archive = Archive.open(SHIPPED_ARCHIVE)
    terms = (tuple(archive.checkpoint), MAINNET.limit, 1, HOUR)
    relay, other_relay = (chain.deploy("BitcoinRelay", *terms) for _ in range(2))
    quorum = chain.deploy("QuorumFeed", RICH.address, [RICH.address], 1, DAY)
    domain = Domain(chain.chain_id, quorum)
    chain.send("QuorumFeed", quorum, "rotate", *domain.sign_key(_hot(), RICH.address))
    days: dict[int, Day] = {}
    observations: dict[FeedId, list[tuple[int, int]]] = {BTC_USD: [], POWER: []}
    truth = Truth(days, archive.checkpoint, observations, {})
    reading = RpcChain(node.url, RICH, readers())
    setting = Setting(node, chain, reading, quorum, domain, truth)
    first = archive.checkpoint.height // DAY_BLOCKS + 1
    _relay(setting, archive, relay, first)
    terms = (relay, UNIT, first, HOUR, quorum, bytes(BTC_USD))
    index, other_index = (chain.deploy("HashpriceIndex", *terms) for _ in range(2))
    for start in range(first, first + DAYS, 8):
        contents = [tuple(days[number]) for number in range(start, start + 8)]
        chain.send("HashpriceIndex", index, "record", contents)
        setting.advance(chain.now + HOUR + MINUTE)
        for _ in contents[start == first :]:
            chain.send("HashpriceIndex", index, "close")
    setting.advance(BTC_USD.due(chain.now) + 10 * MINUTE)
    setting.observe(BTC_USD, 4_300_012_345_678, BTC_USD.due(chain.now))
    sources = {Number.FEED: quorum, Number.DIFFICULTY: relay}
    others = {Number.DIFFICULTY: other_relay}
    for kind in ALL:
        number = Number(kind.number)
        told = Facade.of(chain, kind, sources.get(number, index))
        setting.told[kind.description] = told
        if kind.feed:
            kind = kind._replace(feed=kind.feed._replace(name="Nobody's"))
            setting.young[told.read("description")] = Facade.of(chain, kind, quorum)
        else:
            young = Facade.of(chain, kind, others.get(number, other_index))
            setting.young[kind.description] = young
    return setting


def _relay(setting: Setting, archive: Archive, relay: str, first: int) -> None:
    """Relay sixteen block-days, each priced at its end, and make them final."""
    truth, found, tip = setting.truth, list[Day](), archive.checkpoint
    for count, (headers, state) in enumerate(archive.batches(found)):
        if count == DAYS:
            headers, state = headers[:HEADER_SIZE], extend(tip, headers[:HEADER_SIZE])
        else:
            at = BTC_USD.due(found[-1].end + 599)
            setting.advance(at)
            setting.observe(BTC_USD, 4_200_000_000_000 + 10**10 * (count * count % 7), at)
        setting.advance(max(Header.parse(header).time for header in split(headers)))
        setting.send("BitcoinRelay", relay, "submit", tuple(tip), headers)
        tip = state
        if count == DAYS:
            break
        if count >= DAYS - 4:
            midnight = POWER.due(setting.chain.now) + DAY
            setting.advance(midnight)
            setting.observe(POWER, 700 - 500 * (count - DAYS + 4), midnight)
    del found[DAYS:]
    truth.tip = tip
    truth.days.update(enumerate(found, first))
    setting.advance(setting.chain.now + HOUR + MINUTE)
    contents = [tuple(day) for day in found]
    setting.send("BitcoinRelay", relay, "finalize", contents, [], [])


def test_setting__every_facade__has_a_round_that_is_new_enough(setting: Setting) -> None:
    assert set(setting.told) == {kind.description for kind in ALL}
    for kind in ALL:
        newest = setting.truth.newest(kind)
        assert setting.told[kind.description].read("latestRoundData") == newest.data


each_kind = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.description)
each_positive = pytest.mark.parametrize("kind", POSITIVE, ids=lambda kind: kind.description)


def _aave(*facades: Facade) -> tuple[Any, ...]:
    """The constructor's arguments of Aave's oracle, whose assets are called like their sources."""
    addresses = [facade.address for facade in facades]
    return (ZERO_ADDRESS, tuple(addresses), tuple(addresses), ZERO_ADDRESS, ZERO_ADDRESS, 10**8)


def test_aave_oracle__every_facade__priced_by_its_newest_answer(setting: Setting) -> None:
    facades = [setting.told[kind.description] for kind in POSITIVE]
    prices = setting.read("AaveOracle", _aave(*facades), "getAssetsPrices", _aave(*facades)[1])
    assert prices == [setting.truth.newest(kind).answer for kind in POSITIVE]


def test_aave_oracle__before_the_first_value__refused_and_not_zero(setting: Setting) -> None:
    facades = [setting.young[kind.description] for kind in ALL]
    for facade in facades:
        reason = setting.reason("AaveOracle", _aave(*facades), "getAssetPrice", facade.address)
        assert reason == facade.reason("latestAnswer")
        assert reason.startswith("facade: ")


@each_kind
def test_chainlinks_proxy__each_number__rounds_of_its_first_phase(
    setting: Setting, kind: Kind
) -> None:
    facade, rounds = setting.told[kind.description], setting.truth.rounds(kind)

    def read(function: str, *args: Any) -> Any:
        proxy = (facade.address, ZERO_ADDRESS)
        return setting.read("EACAggregatorProxy", proxy, function, *args)

    assert (read("decimals"), read("description")) == (kind.decimals, kind.description)
    assert (read("version"), read("aggregator")) == (1, facade.address)
    newest = setting.truth.newest(kind)._replace(number=PHASE + max(rounds))
    for function in ("latestRoundData", "latestAnswer", "latestTimestamp", "latestRound"):
        assert read(function) == newest.told_by(function)
    for number in list(rounds)[-3:]:
        told = rounds[number]._replace(number=PHASE + number)
        for function in ("getRoundData", "getAnswer", "getTimestamp"):
            assert read(function, told.number) == told.told_by(function)


@each_kind
def test_chainlinks_facade_of_older_feeds__each_number__as_rounds(
    setting: Setting, kind: Kind
) -> None:
    facade, rounds = setting.told[kind.description], setting.truth.rounds(kind)
    terms = (facade.address, kind.decimals, "anything")
    newest = setting.truth.newest(kind)
    assert setting.read("AggregatorFacade", terms, "latestRoundData") == newest.data
    for told in list(rounds.values())[-3:]:
        assert setting.read("AggregatorFacade", terms, "getRoundData", told.number) == told.data


def test_chainlinks_validator__every_facade__flagged_when_it_is_old(setting: Setting) -> None:
    validator = ("StalenessFlaggingValidator", (ZERO_ADDRESS,))
    addresses = [facade.address for facade in setting.told.values()]
    setting.read(*validator, "check", addresses)  # to deploy it
    where = setting.deployed[("StalenessFlaggingValidator", ZERO_ADDRESS)]

    def flagged(seconds: int) -> list[str]:
        thresholds = [seconds] * len(addresses)
        setting.readers.send(validator[0], where, "setThresholds", addresses, thresholds)
        found: list[str] = setting.read(*validator, "check", addresses)
        return found

    assert flagged(100 * DAY) == []
    ages = {address: setting.chain.now for address in addresses}
    for kind in ALL:
        ages[setting.told[kind.description].address] -= setting.truth.newest(kind).at
    old = [address for address in addresses if ages[address] > 12 * HOUR]
    assert 0 < len(old) < len(addresses)
    assert flagged(12 * HOUR) == old


@each_positive
def test_perpetual__mean_over_time__walks_back_over_rounds(setting: Setting, kind: Kind) -> None:
    facade = (setting.told[kind.description].address,)
    rounds = list(setting.truth.rounds(kind).values())[-4:]
    assert setting.read("ChainlinkPriceFeed", facade, "getPrice", 0) == rounds[-1].answer
    now = setting.chain.now  # of the block that deployed the reader
    since = rounds[0].at + (1 if len(rounds) > 1 else HOUR)
    until = [*(told.at for told in rounds[1:]), now]
    weighted = sum(
        told.answer * (end - max(told.at, since)) for told, end in zip(rounds, until, strict=True)
    )
    found = setting.read("ChainlinkPriceFeed", facade, "getPrice", now - since)
    assert found == int(Fraction(weighted, now - since))
    for told in rounds:
        by_round = setting.read("ChainlinkPriceFeed", facade, "getRoundData", told.number)
        assert by_round == (told.answer, told.at)


@each_positive
def test_perpetual__newest_price__is_not_frozen(setting: Setting, kind: Kind) -> None:
    facade, newest = setting.told[kind.description], setting.truth.newest(kind)
    terms = (facade.address, 100 * DAY, 900)
    reader = "ChainlinkPriceFeedV3"
    assert setting.read(reader, terms, "getFreezedReason") == NOT_FREEZED
    assert setting.read(reader, terms, "getLatestOrCachedPrice") == (newest.answer, newest.at)
    assert setting.read(reader, terms, "isTimedOut") is False


@each_kind
def test_perpetual__before_the_first_value__no_response(setting: Setting, kind: Kind) -> None:
    facade = setting.young[kind.description]
    terms = (facade.address, 100 * DAY, 900)
    assert setting.read("ChainlinkPriceFeedV3", terms, "getFreezedReason") == NO_RESPONSE
    assert setting.read("ChainlinkPriceFeedV3", terms, "getLatestOrCachedPrice") == (0, 0)
    reason = setting.reason("ChainlinkPriceFeed", (facade.address,), "getPrice", 0)
    assert reason == facade.reason("latestRoundData")
    assert reason.startswith("facade: ")


@each_kind
def test_own_reader__each_number__scaled_and_checked(setting: Setting, kind: Kind) -> None:
    facade, newest = setting.told[kind.description], setting.truth.newest(kind)
    terms = (facade.address, 100 * DAY)
    price = newest.answer * 10 ** (18 - kind.decimals)
    if price > 0:
        assert setting.read("SubtractingReader", terms, "price") == price
    else:
        setting.reason("SubtractingReader", terms, "price")
    assert setting.read("SubtractingReader", terms, "priceOr", 7) == (price if price > 0 else 7)
    young = setting.young[kind.description]
    terms = (young.address, 100 * DAY)
    reason = setting.reason("SubtractingReader", terms, "price")
    assert reason == young.reason("latestRoundData") != ""
    assert setting.read("SubtractingReader", terms, "priceOr", 7) == 7


def test_negative_power__protocols_of_prices__refuse_it_themselves(setting: Setting) -> None:
    facade, newest = setting.told[POWER_PRICE.description], setting.truth.newest(POWER_PRICE)
    assert newest.answer == facade.read("latestAnswer") < 0
    terms = (facade.address, 100 * DAY, 900)
    assert setting.read("ChainlinkPriceFeedV3", terms, "getFreezedReason") == NON_POSITIVE
    assert setting.reason("AaveOracle", _aave(facade), "getAssetPrice", facade.address) == ""


# What changes the node's state, and is undone


@pytest.fixture
def undone(setting: Setting) -> Iterator[Setting]:
    """The setting, for a test that moves its clock."""
    snapshot = setting.node.rpc("evm_snapshot")
    seen = {feed: list(values) for feed, values in setting.truth.observations.items()}
    deployed = dict(setting.deployed)
    yield setting
    setting.truth.observations.update(seen)
    setting.deployed = deployed
    assert setting.node.rpc("evm_revert", snapshot)


def test_stale__every_reader_of_every_facade__refused(undone: Setting) -> None:
    facades = [undone.told[kind.description] for kind in ALL]
    terms = [(facade.address, 100 * DAY, 900) for facade in facades]
    undone.advance(undone.chain.now + 30 * DAY)
    for facade, perpetual in zip(facades, terms, strict=True):
        reason = facade.reason("latestAnswer")
        assert reason == facade.reason("latestRoundData") != ""
        asked: list[tuple[str, tuple[Any, ...], str, tuple[Any, ...]]] = [
            ("AaveOracle", _aave(*facades), "getAssetPrice", (facade.address,)),
            ("EACAggregatorProxy", (facade.address, ZERO_ADDRESS), "latestAnswer", ()),
            ("ChainlinkPriceFeed", (facade.address,), "getPrice", (900,)),
            ("SubtractingReader", (facade.address, 100 * DAY), "price", ()),
        ]
        for name, args, function, given in asked:
            assert undone.reason(name, args, function, *given) == reason
        assert undone.read("ChainlinkPriceFeedV3", perpetual, "getFreezedReason") == NO_RESPONSE


def test_observed_ahead_of_the_nodes_clock__readers_go_on(undone: Setting) -> None:
    """All of these compare its time with the node's, or subtract it."""
    kind = KINDS["BTC/USD"]
    facade, at = undone.told[kind.description], BTC_USD.due(undone.chain.now) + 20 * MINUTE
    undone.advance(at - 50)
    undone.observe(BTC_USD, 5, at)
    assert undone.chain.now < at
    terms = (facade.address, 100 * DAY, 900)
    assert undone.read("ChainlinkPriceFeedV3", terms, "getFreezedReason") == NOT_FREEZED
    assert undone.read("ChainlinkPriceFeedV3", terms, "getLatestOrCachedPrice")[0] == 5
    assert undone.read("ChainlinkPriceFeed", (facade.address,), "getPrice", 0) == 5
    before = undone.truth.observations[BTC_USD][-2][0]  # is the mean of the second that is over
    assert undone.read("ChainlinkPriceFeed", (facade.address,), "getPrice", 1) == before
    assert undone.read("SubtractingReader", (facade.address, HOUR), "price") == 5 * 10**10
    newest = Round(*undone.truth.newest(kind))
    assert newest.at == at
    assert facade.read("latestTimestamp") < at
