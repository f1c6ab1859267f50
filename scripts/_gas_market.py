"""A pair market on the replayed index, and what its calls take.

Traders have bitcoin, and have allowed the market to take it, before anything is measured.
"""

from __future__ import annotations

from typing import Any

from scripts._chain import ApeChain
from scripts._gas_claim_token import Wrapping
from terahash.deployment import NOBODY, Deployment
from terahash.orders.order import Domain, Order, SignedOrder
from terahash.swaps.series import LOT, HashpriceKind, Instrument, Series, series
from terahash.units import DAY, SATS_PER_BTC, WAD

MAKER, TAKER, THIRD, FOURTH, STRANGER = range(1, 6)
MANY, MONTHS = 12, 36
SALE = 100 * LOT
TICK, HIGH_TICK = 4_000, 5_000
FOREVER = 2**256 - 1
DIFFICULTY = 10**14 * WAD


class Trading:
    """The calls of one market, up to the settlement of a difficulty and of a hashprice series.

    Attributes:
        gas: of each call, by the name of its line in the table.
        wrapping: of the token of a claim.
    """

    def __init__(self, chain: ApeChain, deployment: Deployment, btc: str, epoch: int) -> None:
        """Trade series of which the first epochs and days are not known yet.

        Args:
            chain: where.
            deployment: with the market.
            btc: the double that it takes for bitcoin.
            epoch: the first that nobody knows.
        """
        self.gas: dict[str, int] = {}
        self._chain = chain
        self._address = deployment.address("PairMarket")
        self.gas["deploy"] = chain.deployed[self._address].gas_used
        self._domain = Domain(chain.chain_id, self._address)
        self._salt = 0
        for account in range(STRANGER + 1):
            with chain.acting_as(account) as actor:
                chain.send("BitcoinDouble", btc, "mint", actor, SATS_PER_BTC)
                chain.send("BitcoinDouble", btc, "approve", self._address, FOREVER)
        now = chain.now
        self._difficulty = _difficulty(epoch, epoch + 1)
        self._hashprice = series(
            Instrument.HASHPRICE, HashpriceKind.BTC, now, now + 5 * DAY, 0, 200 * WAD, 5_000
        )
        self._others = [_difficulty(epoch, epoch + 2 + number) for number in range(MONTHS)]
        self._pairs()
        self._fills()
        self._matches()
        self._sweeps()
        self._packages()
        self._own()
        self.wrapping = Wrapping(chain, deployment, self._hashprice)

    def settle(self) -> None:
        """Settle both series, whose windows are over and final, and redeem."""
        for name, one in (("difficulty", self._difficulty), ("hashprice", self._hashprice)):
            self._send(f"settle, {name}", STRANGER, "settle", one)
        maker, taker = self._who(MAKER), self._who(TAKER)
        self._send("redeem", STRANGER, "redeem", self._difficulty.id, maker, maker)
        # Who is paid the rest has no bitcoin of its own any more.
        with self._chain.acting_as(TAKER):
            btc = self._chain.call("PairMarket", self._address, "COLLATERAL")
            rest = self._chain.call("BitcoinDouble", btc, "balanceOf", taker)
            self._chain.send("BitcoinDouble", btc, "transfer", maker, rest)
        self._send(
            "redeem, to an account without bitcoin",
            STRANGER,
            "redeem",
            self._hashprice.id,
            taker,
            taker,
        )
        self.wrapping.redeem()

    def _pairs(self) -> None:
        maker, taker, third = self._who(MAKER), self._who(TAKER), self._who(THIRD)
        self._send("open a series", STRANGER, "open", [self._difficulty])
        self._send("", STRANGER, "open", [self._hashprice])
        self._send("open 36 series", STRANGER, "open", self._others)
        one = self._difficulty.id
        self._send("", MAKER, "mint_pair", one, SALE, maker, maker)
        self._send("mint a pair, again", MAKER, "mint_pair", one, SALE, maker, maker)
        name = "mint a pair, for two new holders"
        self._send(name, MAKER, "mint_pair", one, SALE, taker, third)
        name = "mint a pair, one side new"  # who has shorts, and no longs yet
        self._send(name, THIRD, "mint_pair", one, SALE, third, third)
        self._send("burn a pair", MAKER, "burn_pair", one, LOT, maker)
        self._send("", TAKER, "mint_pair", self._hashprice.id, SALE, taker, taker)

    def _fills(self) -> None:
        one = self._others[0]
        order = self._order(MAKER, one, long=False, amount=SALE)
        for name in ("fill that mints, new users", "fill that mints, same order again"):
            self._fill(name, TAKER, order, 10 * LOT)
        order = self._order(MAKER, one, long=False, amount=SALE)
        self._fill("fill that mints, known users", TAKER, order, 10 * LOT)
        # Who has longs wants to be short, and sells them to somebody new, and to who has some.
        order = self._order(TAKER, one, long=False, amount=SALE)
        self._fill("fill as transfer, to a new holder", THIRD, order, 5 * LOT)
        order = self._order(TAKER, one, long=False, amount=SALE)
        self._fill("fill as transfer", THIRD, order, 5 * LOT)
        # Who is short wants to be long, and meets who is long and wants to be short: both leave.
        order = self._order(THIRD, one, long=False, amount=SALE)
        for name in ("fill as burn", "fill as burn, same order again"):
            self._fill(name, MAKER, order, 2 * LOT)

    def _matches(self) -> None:
        one = self._others[1]
        buying = self._order(MAKER, one, long=True, amount=SALE, price=HIGH_TICK)
        selling = self._order(TAKER, one, long=False, amount=SALE)
        for name in ("match two orders, new users", "match two orders, the same again"):
            self._send(name, STRANGER, "match_orders", one, buying.fill(LOT), selling.fill(LOT))

    def _sweeps(self) -> None:
        one = self._others[2]

        def sweep(*orders: SignedOrder) -> int:
            fills = [order.fill(LOT) for order in orders]
            arguments = (one, True, fills, len(fills) * LOT, TICK, LOT)
            return self._send("", STRANGER, "sweep", *arguments)

        def orders(*makers: int) -> list[SignedOrder]:
            return [self._order(maker, one, long=False, amount=LOT) for maker in makers]

        sweep(*orders(MAKER))
        alone = sweep(*orders(MAKER))
        self.gas["sweep, each further order of a new maker"] = sweep(*orders(MAKER, TAKER)) - alone
        self.gas["sweep, each further order of a known maker"] = (
            sweep(*orders(MAKER, TAKER)) - alone
        )
        dead = self._order(TAKER, one, long=False, amount=LOT, deadline=self._chain.now - 1)
        self.gas["sweep, each further dead order"] = sweep(*orders(MAKER), dead) - alone

    def _packages(self) -> None:
        for count in (2, MANY):
            chosen = self._others[3 : 3 + count]
            for name in ("", f"fill {count} orders at once, known users"):
                legs = []
                for one in chosen:
                    order = self._order(MAKER, one, long=False, amount=LOT)
                    legs.append((one, *order.fill(LOT)))
                self._send(name, TAKER, "fill_all", legs, SALE)

    def _own(self) -> None:
        one, fourth = self._others[0], self._who(FOURTH)
        order = self._order(MAKER, one, long=True, amount=LOT).order
        self._send("cancel", MAKER, "cancel", order.calldata)
        for name in ("", "cancel all, again"):
            self._send(name, MAKER, "cancel_all")
        for name in ("transfer claims, to a new holder", "transfer claims"):
            self._send(name, TAKER, "transfer", fourth, one.long, LOT)

    def _order(
        self,
        maker: int,
        one: Series,
        *,
        long: bool,
        amount: int,
        price: int = TICK,
        deadline: int = 2**40,
    ) -> SignedOrder:
        self._salt += 1
        address = self._who(maker)
        order = Order(address, NOBODY, one, long, amount, price, deadline, 0, self._salt)
        return self._domain.sign(self._chain.key(maker), order)

    def _fill(self, name: str, taker: int, order: SignedOrder, amount: int) -> None:
        self._send(name, taker, "fill", order.order.series, order.fill(amount))

    def _who(self, account: int) -> str:
        with self._chain.acting_as(account) as address:
            return address

    def _send(self, name: str, account: int, function: str, *args: Any) -> int:
        with self._chain.acting_as(account):
            receipt = self._chain.send("PairMarket", self._address, function, *args)
        if name:
            self.gas[name] = receipt.gas_used
        return receipt.gas_used


def _difficulty(start: int, end: int) -> Series:
    return series(Instrument.DIFFICULTY, 0, start, end, DIFFICULTY // 2, DIFFICULTY, 5_000)
