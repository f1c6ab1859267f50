"""A pair market on the tests' chain, its traders, and the orders that they sign."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from terahash.chain import Receipt
from tests.support.revm_chain import RevmChain

START = 1_700_000_000
NOBODY = "0x" + "00" * 20
FOREVER = 2**256 - 1
TICKS = LOT = 10_000
SHARES = 10**12
RICH = 10**12
DAY = 86_400

SERIES_FIELDS = {
    "instrument": "uint8",
    "kind": "uint8",
    "region": "bytes32",
    "against": "bytes32",
    "parameter": "uint256",
    "start": "uint64",
    "end": "uint64",
    "floor": "int256",
    "cap": "int256",
    "fallback_share": "uint16",
}
ORDER_FIELDS = {
    "maker": "address",
    "taker": "address",
    "series": "Series",
    "long": "bool",
    "amount": "uint256",
    "price": "uint256",
    "deadline": "uint256",
    "counter": "uint256",
    "salt": "uint256",
}


@dataclass(frozen=True)
class Series:
    """The terms of a series."""

    instrument: int = 0
    kind: int = 0
    region: bytes = bytes(32)
    against: bytes = bytes(32)
    parameter: int = 0
    start: int = 1
    end: int = 2
    floor: int = 100
    cap: int = 200
    fallback_share: int = 5_000

    @property
    def terms(self) -> tuple[Any, ...]:
        """The terms as the market takes them."""
        return tuple(getattr(self, field) for field in SERIES_FIELDS)

    @property
    def hash(self) -> bytes:
        """The EIP-712 hash of the terms."""
        kind = ",".join(f"{kind} {name}" for name, kind in SERIES_FIELDS.items())
        return keccak(
            keccak(text=f"Series({kind})") + encode(list(SERIES_FIELDS.values()), self.terms)
        )

    @property
    def id(self) -> bytes:
        """The id of the series."""
        return (int.from_bytes(self.hash, "big") >> 1 << 1).to_bytes(32, "big")

    @property
    def long(self) -> int:
        """The id of its long claim."""
        return int.from_bytes(self.id, "big")

    @property
    def short(self) -> int:
        """The id of its short claim."""
        return self.long | 1


@dataclass(frozen=True)
class Order:
    """A wish for exposure."""

    maker: str
    series: Series
    long: bool
    amount: int
    price: int
    taker: str = NOBODY
    deadline: int = 2**64
    counter: int = 0
    salt: int = 0

    @property
    def terms(self) -> tuple[Any, ...]:
        """The order as the market takes it."""
        return (
            self.maker,
            self.taker,
            self.series.hash,
            self.long,
            self.amount,
            self.price,
            self.deadline,
            self.counter,
            self.salt,
        )


@cache
def trader(name: str) -> LocalAccount:
    """Make up a key from a name."""
    key: LocalAccount = Account.from_key(keccak(text=name))
    return key


MINER, FUND, OTHER, STRANGER, ATTACKER = map(
    trader, ("miner", "fund", "other", "stranger", "attacker")
)
TRADERS = (MINER, FUND, OTHER, STRANGER, ATTACKER)
SERIES = Series()


class Market:
    """One market, with instruments whose X tests set unless others are given.

    Attributes:
        address: of the market.
        instruments: their addresses.
    """

    def __init__(
        self,
        chain: RevmChain | None = None,
        collateral: str | None = None,
        doubles: int = 2,
        instruments: list[str] | None = None,
    ) -> None:
        self.chain = chain = chain or RevmChain(START)
        self.btc = collateral or chain.deploy("BitcoinDouble")
        self.instruments = instruments or [chain.deploy("InstrumentDouble") for _ in range(doubles)]
        self.address = chain.deploy("PairMarket", self.btc, self.instruments)
        self.domain = {
            "name": "Terahash pair market",
            "version": "0.1.0",
            "chainId": chain.chain_id,
            "verifyingContract": self.address,
        }
        for actor in TRADERS:
            self.fund(actor.address)
        if instruments is None:
            self.send(STRANGER.address, "open", [SERIES.terms])

    def fund(self, actor: str, amount: int = RICH) -> None:
        """Give an account satoshi, and let the market take them."""
        self.chain.send("BitcoinDouble", self.btc, "mint", actor, amount)
        with self.chain.acting_as(actor):
            self.chain.send("BitcoinDouble", self.btc, "approve", self.address, FOREVER)

    def send(self, actor: str, function: str, *args: Any) -> Receipt:
        """Call the market as somebody."""
        with self.chain.acting_as(actor):
            return self.chain.send("PairMarket", self.address, function, *args)

    def read(self, function: str, *args: Any) -> Any:
        """Read a view of the market."""
        return self.chain.call("PairMarket", self.address, function, *args)

    def sats(self, account: str) -> int:
        """Say how many satoshi an account has."""
        return int(self.chain.call("BitcoinDouble", self.btc, "balanceOf", account))

    def claims(self, account: str, series: Series = SERIES) -> tuple[int, int]:
        """Say how many longs and shorts an account has."""
        return (
            self.read("balanceOf", account, series.long),
            self.read("balanceOf", account, series.short),
        )

    def instrument(self, function: str, *args: Any, number: int = 0) -> Receipt:
        """Tell a double something."""
        return self.chain.send("InstrumentDouble", self.instruments[number], function, *args)

    def sign(self, key: LocalAccount, order: Order) -> bytes:
        """Sign an order."""
        kinds = {
            "Order": [{"name": name, "type": kind} for name, kind in ORDER_FIELDS.items()],
            "Series": [{"name": name, "type": kind} for name, kind in SERIES_FIELDS.items()],
        }
        message = {
            **{field: getattr(order, field) for field in ORDER_FIELDS},
            "series": {field: getattr(order.series, field) for field in SERIES_FIELDS},
        }
        return bytes(key.sign_typed_data(self.domain, kinds, message).signature)

    def fill(self, key: LocalAccount, order: Order, amount: int | None = None) -> tuple[Any, ...]:
        """Sign an order, and say how much of it to take: all, if nothing is said."""
        return (order.terms, self.sign(key, order), order.amount if amount is None else amount)
