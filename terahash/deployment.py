"""What to deploy, in which order, with which arguments, and what must hold afterwards.

The demo, the tests and every network use this one plan. It writes a file of addresses; a second
run finds the file and deploys nothing that already stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

from eth_utils.address import is_address, to_checksum_address
from pydantic import AfterValidator, BaseModel, ValidationError

from terahash import __version__
from terahash.bitcoin.network import MAINNET
from terahash.bitcoin.state import DAY_BLOCKS, State
from terahash.chain import Chain, Deployer
from terahash.documents import reasons
from terahash.errors import DeploymentError
from terahash.feeds.feed_id import FeedId
from terahash.units import DAY, HOUR, MINUTE, UNIT

NOBODY = "0x" + "00" * 20
"""The zero address: no contract."""
BITCOIN_DECIMALS = 8
BTC_USD = FeedId.of("BTC/USD", 8, 10 * MINUTE)
"""The feed that prices the index in dollars."""
MAX_DELAY = 25 * DAY
"""Between a block-day's finality and its close, where it is to have a price."""


@dataclass(frozen=True)
class Quorum:
    """Who signs what Bitcoin cannot prove, to begin with.

    Attributes:
        owner: proposes changes.
        operators: their cold keys' addresses, ascending; each names its hot key afterwards.
        threshold: how many must sign.
        delay: seconds for which a change stands in public before it counts.
    """

    owner: str
    operators: tuple[str, ...]
    threshold: int
    delay: int = 7 * DAY


@dataclass(frozen=True)
class Terms:
    """The choices that a deployment makes for ever.

    Attributes:
        checkpoint: the State of an epoch's last block, from which the relay starts.
        limit: the Bitcoin network's highest target.
        confirmations: blocks that bury a block-day.
        challenge: seconds that a buried block-day stands in public before it is final: 24 hours,
            12 on Ethereum itself, and no less than a rollup's delay of forced inclusion.
        unit: hashes a second that the index prices: 10^12 is 1 TH/s.
        fee_window: seconds in which a block-day's fees can be proven: 24 hours, 48 on rollups.
        quorum: of the feeds; None for no feeds, and no numbers in dollars.
        collateral: token of wrapped bitcoin, 8 decimals, that swaps lock; None for no market.
    """

    checkpoint: State
    limit: int = MAINNET.limit
    confirmations: int = 100
    challenge: int = DAY
    unit: int = UNIT
    fee_window: int = DAY
    quorum: Quorum | None = None
    collateral: str | None = None

    def __post_init__(self) -> None:
        """Refuse terms under which no block-day would have a price.

        Raises:
            DeploymentError: feeds keep observations for thirty days.
        """
        if self.quorum and self.challenge + self.fee_window > MAX_DELAY:
            days = (self.challenge + self.fee_window) // DAY
            raise DeploymentError(
                f"a block-day could close {days} days after its end, and feeds keep prices for "
                f"30: choose a challenge and a fee window of {MAX_DELAY // DAY} days together"
            )

    @property
    def first_day(self) -> int:
        """The block-day whose end sets the index's clock: the first that the relay sees whole."""
        return self.checkpoint.height // DAY_BLOCKS + 1


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("not an address")
    return str(to_checksum_address(text))


class Deployed(BaseModel):
    """A contract that stands: where, and from which arguments (as text)."""

    address: Annotated[str, AfterValidator(_address)]
    arguments: list[str]


class Deployment(BaseModel):
    """The contracts of one deployment on one chain, by name."""

    chain_id: int
    contracts: dict[str, Deployed] = {}

    def address(self, contract: str) -> str:
        """Return a contract's address.

        Raises:
            DeploymentError: when the deployment has no such contract.
        """
        try:
            return self.contracts[contract].address
        except KeyError:
            raise DeploymentError(f"{contract} is not part of this deployment") from None


@dataclass(frozen=True)
class Step:
    """One contract of the plan.

    Attributes:
        name: in the deployment's file.
        contract: whose code it is.
        arguments: of its constructor, from the terms and what was deployed before; None for a
            blueprint, which others deploy with arguments of their own.
        wiring: what views must say afterwards: (function, its arguments ...) to value.
        needs: the term without which it is left out, by its name; empty where it always stands.
    """

    name: str
    contract: str
    arguments: Callable[[Terms, Deployment], tuple[Any, ...]] | None
    wiring: Callable[[Terms, Deployment], Mapping[tuple[Any, ...], Any]]
    needs: str = ""

    def is_left_out(self, terms: Terms) -> bool:
        """Whether the terms do without it."""
        return bool(self.needs) and getattr(terms, self.needs) is None


class Number(IntEnum):
    """What an `AggregatorFacade` tells of."""

    FEED = 0
    DIFFICULTY = 1
    HASHRATE = 2
    HASHPRICE = 3
    SPOT = 4


@dataclass(frozen=True)
class Facade:
    """One number behind the AggregatorV3 interface.

    Attributes:
        description: as the contract says it.
        number: what it tells of.
        source: name of the contract that knows it.
        max_age: seconds after which the newest answer is refused, by a deployment's terms.
        in_dollars: a hashprice in dollars, which needs a quorum's price.
        per: TH/s that a hashprice is of.
    """

    description: str
    number: Number
    source: str
    max_age: Callable[[Terms], int]
    in_dollars: bool = False
    per: int = 1

    def step(self) -> Step:
        """Say how it is deployed."""
        is_feed = self.number is Number.FEED
        feed_id = bytes(BTC_USD) if is_feed else bytes(32)
        return Step(
            f"AggregatorFacade {self.description}",
            "AggregatorFacade",
            arguments=lambda terms, deployment: (
                self.number,
                deployment.address(self.source),
                feed_id,
                self.in_dollars,
                self.per,
                self.max_age(terms),
            ),
            wiring=lambda terms, deployment: {
                ("SOURCE",): deployment.address(self.source),
                ("MAX_AGE",): self.max_age(terms),
                ("description",): self.description,
            },
            needs="quorum" if is_feed or self.in_dollars else "",
        )


def _price_age(_: Terms) -> int:
    """BTC/USD is observed every ten minutes."""
    return 3 * HOUR


def _closed_age(terms: Terms) -> int:
    """A block-day is final a day and a challenge after its end, and the newest for a day."""
    return terms.challenge + terms.fee_window + 3 * DAY


def _epoch_age(terms: Terms) -> int:
    """An epoch of falling hashrate takes three weeks, and its first day another to be buried."""
    return terms.challenge + 25 * DAY


def _facades() -> Iterator[Facade]:
    yield Facade(BTC_USD.name, Number.FEED, "QuorumFeed", _price_age)
    yield Facade("Bitcoin difficulty", Number.DIFFICULTY, "BitcoinRelay", _epoch_age)
    yield Facade("Bitcoin hashrate, TH/s", Number.HASHRATE, "HashpriceIndex", _closed_age)
    for number, suffix in ((Number.HASHPRICE, ""), (Number.SPOT, ", spot")):
        for unit, in_dollars in (("BTC", False), ("USD", True)):
            for prefix, per in (("TH", 1), ("PH", 1_000)):
                yield Facade(
                    f"{unit}/{prefix}/day{suffix}",
                    number,
                    "HashpriceIndex",
                    _closed_age,
                    in_dollars,
                    per,
                )


FACADES = tuple(_facades())
"""Every number that a deployment offers; those in dollars where it has a quorum."""


def _feed(terms: Terms, deployment: Deployment) -> tuple[str, bytes]:
    """Return the index's feed of BTC/USD."""
    if terms.quorum is None:
        return NOBODY, bytes(32)
    return deployment.address("QuorumFeed"), bytes(BTC_USD)


def _quorum(terms: Terms) -> Quorum:
    assert terms.quorum is not None, "a step that needs a quorum is left out without one"
    return terms.quorum


def _collateral(terms: Terms) -> str:
    assert terms.collateral is not None, "a step that needs collateral is left out without it"
    return str(to_checksum_address(terms.collateral))


INSTRUMENTS = ("DifficultySwap", "HashpriceSwap")
"""The instruments of the pair market, in the order of their numbers."""

LENDING = ("LendingVault", "CoveredValue", "DeliveryValue")
"""The code of vaults and of what values their tokens, as the registry takes it."""


def _instrument(name: str) -> Step:
    return Step(
        name,
        name,
        arguments=lambda _, deployment: (deployment.address("HashpriceIndex"),),
        wiring=lambda _, deployment: {
            ("INDEX",): deployment.address("HashpriceIndex"),
            ("RELAY",): deployment.address("BitcoinRelay"),
        },
        needs="collateral",
    )


PLAN = (
    Step(
        "BitcoinRelay",
        "BitcoinRelay",
        arguments=lambda terms, _: (
            tuple(terms.checkpoint),
            terms.limit,
            terms.confirmations,
            terms.challenge,
        ),
        wiring=lambda terms, _: {
            ("LIMIT",): terms.limit,
            ("CONFIRMATIONS",): terms.confirmations,
            ("CHALLENGE",): terms.challenge,
            ("CHECKPOINT_DAY",): terms.checkpoint.height // DAY_BLOCKS,
            ("known", terms.checkpoint.hash): True,
        },
    ),
    Step(
        "QuorumFeed",
        "QuorumFeed",
        arguments=lambda terms, _: (
            _quorum(terms).owner,
            _quorum(terms).operators,
            _quorum(terms).threshold,
            _quorum(terms).delay,
        ),
        wiring=lambda terms, _: {("DELAY",): _quorum(terms).delay},
        needs="quorum",
    ),
    Step(
        "HashpriceIndex",
        "HashpriceIndex",
        arguments=lambda terms, deployment: (
            deployment.address("BitcoinRelay"),
            terms.unit,
            terms.first_day,
            terms.fee_window,
            *_feed(terms, deployment),
        ),
        wiring=lambda terms, deployment: {
            ("RELAY",): deployment.address("BitcoinRelay"),
            ("UNIT",): terms.unit,
            ("FIRST_DAY",): terms.first_day,
            ("FEE_WINDOW",): terms.fee_window,
            ("FEED",): _feed(terms, deployment)[0],
            ("FEED_ID",): _feed(terms, deployment)[1],
        },
    ),
    *(facade.step() for facade in FACADES),
    Step("HashrateToken", "HashrateToken", arguments=None, wiring=lambda *_: {}),
    Step(
        "HashrateFactory",
        "HashrateFactory",
        arguments=lambda _, deployment: (
            deployment.address("HashpriceIndex"),
            deployment.address("HashrateToken"),
        ),
        wiring=lambda _, deployment: {
            ("INDEX",): deployment.address("HashpriceIndex"),
            ("BLUEPRINT",): deployment.address("HashrateToken"),
        },
    ),
    *(_instrument(name) for name in INSTRUMENTS),
    Step(
        "PairMarket",
        "PairMarket",
        arguments=lambda terms, deployment: (
            _collateral(terms),
            [deployment.address(name) for name in INSTRUMENTS],
        ),
        wiring=lambda terms, deployment: {
            ("COLLATERAL",): _collateral(terms),
            **{
                ("INSTRUMENTS", number): deployment.address(name)
                for number, name in enumerate(INSTRUMENTS)
            },
        },
        needs="collateral",
    ),
    Step("ClaimToken", "ClaimToken", None, wiring=lambda *_: {}, needs="collateral"),
    Step(
        "ClaimTokenFactory",
        "ClaimTokenFactory",
        arguments=lambda _, deployment: (
            deployment.address("PairMarket"),
            deployment.address("ClaimToken"),
        ),
        wiring=lambda _, deployment: {("MARKET",): deployment.address("PairMarket")},
        needs="collateral",
    ),
    *(Step(name, name, arguments=None, wiring=lambda *_: {}) for name in LENDING),
    Step(
        "VaultRegistry",
        "VaultRegistry",
        arguments=lambda _, deployment: (
            deployment.address("HashrateFactory"),
            *(deployment.address(name) for name in LENDING),
        ),
        wiring=lambda _, deployment: {
            ("FACTORY",): deployment.address("HashrateFactory"),
            ("VAULT",): deployment.address("LendingVault"),
            ("COVERED",): deployment.address("CoveredValue"),
            ("DELIVERY",): deployment.address("DeliveryValue"),
        },
    ),
    Step(
        "LendingLens",
        "LendingLens",
        arguments=lambda _, deployment: (deployment.address("VaultRegistry"),),
        wiring=lambda _, deployment: {("REGISTRY",): deployment.address("VaultRegistry")},
    ),
)


def deploy(chain: Deployer, terms: Terms, file: Path | None = None) -> Deployment:
    """Deploy what does not stand yet, check that everything is wired as planned, and record it.

    Args:
        chain: where.
        terms: which deployment.
        file: JSON, read if it exists and written after each contract, so that an interrupted run
            goes on where it stopped; None to keep no record.

    Raises:
        DeploymentError: when the file is of other terms, or a contract is not what it should be.
    """
    if terms.collateral:
        _check_collateral(chain, terms.collateral)
    deployment = _recorded(chain, file)
    for step in PLAN:
        if step.is_left_out(terms):
            continue
        arguments = step.arguments(terms, deployment) if step.arguments else ()
        written = [str(_plain(argument)) for argument in arguments]
        standing = deployment.contracts.get(step.name)
        if standing and chain.has_code(standing.address):
            if standing.arguments != written:
                raise DeploymentError(
                    f"{file} holds a {step.name} with other terms, at {standing.address}: "
                    "name another file, or move this one away"
                )
        else:
            if step.arguments:
                address = chain.deploy(step.contract, *arguments)
            else:
                address = chain.deploy_blueprint(step.contract)
            deployment.contracts[step.name] = Deployed(address=address, arguments=written)
            if file:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(deployment.model_dump_json(indent=2) + "\n")
        if step.arguments:
            _check_wiring(chain, step, terms, deployment)
    return deployment


def read_deployment(file: Path) -> Deployment:
    """Read the file that a deployment wrote.

    Raises:
        DeploymentError: when it is none.
    """
    try:
        return Deployment.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise DeploymentError(f"{file} is not a deployment file: {reasons(error)}") from None


def _recorded(chain: Chain, file: Path | None) -> Deployment:
    if file is None or not file.exists():
        return Deployment(chain_id=chain.chain_id)
    recorded = read_deployment(file)
    if recorded.chain_id != chain.chain_id:
        raise DeploymentError(
            f"{file} is of chain {recorded.chain_id}, not {chain.chain_id}: name another file"
        )
    return recorded


def _check_collateral(chain: Chain, token: str) -> None:
    """Refuse a token that does not count satoshi: a market of it could not be put right."""
    if not chain.has_code(token):
        raise DeploymentError(f"the collateral, {token}, is no contract: name wrapped bitcoin")
    decimals = chain.call("HashrateToken", token, "decimals")  # as of any ERC-20
    if decimals != BITCOIN_DECIMALS:
        raise DeploymentError(
            f"the collateral, {token}, has {decimals} decimals, and bitcoin {BITCOIN_DECIMALS}: "
            "name a token that counts satoshi"
        )


def _check_wiring(chain: Chain, step: Step, terms: Terms, deployment: Deployment) -> None:
    address = deployment.address(step.name)
    expected = {("VERSION",): __version__, **step.wiring(terms, deployment)}
    for (function, *arguments), value in expected.items():
        found = chain.call(step.contract, address, function, *arguments)
        if found != value:
            raise DeploymentError(
                f"{step.name} at {address}: {function} is {found}, not {value}; "
                "do not use this deployment"
            )


def _plain(argument: Any) -> Any:
    """Write bytes as hexadecimal, at any depth."""
    if isinstance(argument, bytes):
        return "0x" + argument.hex()
    if isinstance(argument, (tuple, list)):
        return [_plain(item) for item in argument]
    return argument
