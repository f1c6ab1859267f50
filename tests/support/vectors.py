"""Orders that the wallets' own code has signed (tests/vectors), and markets where they are for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from eth_account import Account
from eth_account.signers.local import LocalAccount
from pyrevm import EVM, AccountInfo, CfgEnv, Env

from terahash.orders.order import Domain, Order, SignedOrder
from terahash.swaps.series import Series
from tests.support.revm_chain import RevmChain
from tests.support.trading import RICH, START

FILE = Path(__file__).resolve().parents[1] / "vectors" / "orders.json"
NUMBERS = ("amount", "price", "deadline", "counter", "salt")


class Vector(NamedTuple):
    """An order, and what its maker's wallet makes of it.

    Attributes:
        name: of the case.
        key: of the maker.
        domain: of the market.
        order: as the wallet was handed it.
        series_hash, digest: hashes of its terms, and of it all.
        signature: 65 bytes.
    """

    name: str
    key: LocalAccount
    domain: Domain
    order: Order
    series_hash: bytes
    digest: bytes
    signature: bytes

    @property
    def signed(self) -> SignedOrder:
        """The order with the wallet's signature."""
        return SignedOrder(self.order, self.signature)


class PlacedChain(RevmChain):
    """A chain of any id, on which code stands where a test puts it."""

    def __init__(self, chain_id: int) -> None:
        super().__init__(START)
        self.chain_id = chain_id
        self._evm = EVM(Env(cfg=CfgEnv(chain_id=chain_id)))

    def place(self, address: str, like: str) -> None:
        """Put a contract's code, what it was deployed with included, at another address."""
        code = AccountInfo(code=self._evm.get_code(like))
        self._evm.insert_account_info(address, code)

    def bitcoin(self) -> str:
        """Deploy wrapped bitcoin."""
        return self.deploy("BitcoinDouble")


def placed(domain: Domain) -> PlacedChain:
    """Return a chain with the market that a domain names, on one instrument for each number."""
    chain = PlacedChain(domain.chain_id)
    instruments = [chain.deploy("InstrumentDouble") for _ in range(4)]
    chain.place(domain.address, chain.deploy("PairMarket", chain.bitcoin(), instruments))
    return chain


def fund(chain: PlacedChain, market: str, account: str) -> None:
    """Give an account satoshi, and let the market take them."""
    btc = chain.call("PairMarket", market, "COLLATERAL")
    chain.send("BitcoinDouble", btc, "mint", account, RICH)
    with chain.acting_as(account):
        chain.send("BitcoinDouble", btc, "approve", market, RICH)


def made_by() -> str:
    """Say which package signed."""
    return str(json.loads(FILE.read_text())["made_by"])


def vectors() -> list[Vector]:
    """Read all of them."""
    return [_vector(one) for one in json.loads(FILE.read_text())["vectors"]]


def _vector(one: dict[str, Any]) -> Vector:
    domain, fields = one["domain"], dict(one["order"])
    terms = {
        name: bytes.fromhex(value[2:]) if name in ("region", "against") else int(value)
        for name, value in fields.pop("series").items()
    }
    numbers = {name: int(fields.pop(name)) for name in NUMBERS}
    return Vector(
        one["name"],
        Account.from_key(one["key"]),
        Domain(domain["chainId"], domain["verifyingContract"], domain["version"]),
        Order(series=Series(**terms), **fields, **numbers),
        *(bytes.fromhex(one[name][2:]) for name in ("series_hash", "digest", "signature")),
    )
