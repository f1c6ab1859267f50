"""A miner and a fund on the replayed Bitcoin: what they agree early, and have settled at the end.

The miner mines with 10 PH/s. It sells a forward on January for five of them, buys a collar for
three, and a difficulty swap for two over the retargets of the replay. Whoever makes an order signs
it; it travels as a line to the other side's book, where that finds, tries and takes it.
"""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from scripts._chain import ApeChain
from terahash.chain import Receipt, Transaction
from terahash.deployment import Deployment
from terahash.errors import TerahashError
from terahash.hashprice_index import HashpriceIndex
from terahash.orders.book import Book
from terahash.orders.build import Party, order_of
from terahash.orders.order import Domain, SignedOrder
from terahash.orders.preflight import offered, preflight
from terahash.orders.wire import Line, from_line, to_line
from terahash.products.bands import Band
from terahash.products.difficulty import Change, difficulty_swap, hedge_notional
from terahash.products.exposure import Exposure
from terahash.products.hashprice import collar, forward
from terahash.products.package import Collar
from terahash.products.product import Deal, Product, Rounded, Side
from terahash.products.quotes import Quote, Rounding, Unit
from terahash.products.windows import Epochs, Month
from terahash.relay import Relay
from terahash.swaps.market import Market
from terahash.swaps.series import HashpriceKind, Series
from terahash.swaps.trading import Take, Trader
from terahash.units import DAY, SATS_PER_BTC, Sats

MINER, FUND, ANYONE = 8, 9, 7
"""Accounts of the chain; the ones before are the publisher's and the issuance's."""
FUNDS = SATS_PER_BTC
"""What the two have to begin with, satoshi."""
FOREVER = 2**256 - 1
"""What the market may take of it."""
IN_MEMORY = Path(":memory:")
"""Where SQLite keeps a book that is not to outlive the trades."""
JANUARY = Month(2024, 1)
RETARGETS = Epochs(409, 412)
BLOCK_DAYS = 42
FORWARD, COLLAR, SWAP = 5, 3, 2
"""PH/s."""
HASHPRICE = 172
"""Sats per TH/s per day, as the two expect it."""
DIFFICULTY = 73
"""T, likewise."""
BAND = 15
"""T to either side of it."""
MOVE = 20
"""Percent by which difficulty may move, and the miner keep its revenue."""


class Hedge(NamedTuple):
    """What the miner has bought or sold.

    Attributes:
        product: from the miner's side.
        petahash: PH/s that it is for.
        receipt: of the transaction in which it was made.
    """

    product: Product | Collar
    petahash: int
    receipt: Receipt


class Paid(NamedTuple):
    """What a leg was worth to both sides, satoshi."""

    miner: Sats
    fund: Sats


class Hedging:
    """The two, who trade once the index has begun, and whoever settles for them.

    Attributes:
        hedges: what was agreed; nothing before the index has begun.
        opened: receipt of the opening of all series.
        settled: receipt of each settlement, by series.
        redeemed: receipt of each series' last redemption.
        paid: what was paid for each series.
    """

    def __init__(
        self, chain: ApeChain, deployment: Deployment, relay: Relay, index: HashpriceIndex
    ) -> None:
        self.chain, self.relay, self.index = chain, relay, index
        self.market = Market(chain, deployment.address("PairMarket"))
        self.trader = Trader.on(self.market)
        self.hedges: list[Hedge] = []
        self.opened: Receipt | None = None
        self.settled: dict[Series, Receipt] = {}
        self.redeemed: dict[Series, Receipt] = {}
        self.paid: dict[Series, Paid] = {}
        self.miner, self.fund = (chain.key(number).address for number in (MINER, FUND))

    @property
    def legs(self) -> list[Product]:
        """All that the miner holds."""
        return [leg for hedge in self.hedges for leg in hedge.product.legs]

    @property
    def is_over(self) -> bool:
        """Whether all is paid."""
        return bool(self.hedges) and len(self.paid) == len(self.legs)

    def act(self) -> None:
        """Do what can be done as the index stands."""
        if not self.hedges and self.index.latest().hashprice:
            self._begin()
        for leg in self.legs:
            if leg.series not in self.paid and self.market.value(leg.series).is_ready:
                self._settle(leg.series)

    def _begin(self) -> None:
        for account in (MINER, FUND):
            address = self.chain.key(account).address
            self.chain.send("BitcoinDouble", self.market.collateral, "mint", address, FUNDS)
            self._send(account, self.trader.approve_bitcoin(FOREVER))
        sold, bought, swap = self._forward(), self._collar(), self._swap()
        legs = (*sold.legs, *bought.legs, *swap.legs)
        self.opened = self._send(ANYONE, self.trader.open([leg.series for leg in legs]))
        for leg in legs:
            self._send(ANYONE, self.trader.describe(leg.series))
        # The miner signs what it wants, and the fund takes it; of a package it is the other way:
        # whoever takes it gets both legs or none.
        wanted = (sold, swap, *(leg.other for leg in bought.legs))
        with closing(Book(IN_MEMORY, self.market.domain)) as book:
            for maker, leg in zip((MINER, MINER, FUND, FUND), wanted, strict=True):
                self._make(book, maker, leg)
            self.hedges = [
                Hedge(sold, FORWARD, self._fill(book, sold)),
                Hedge(bought, COLLAR, self._fill_all(book, bought)),
                Hedge(swap, SWAP, self._fill(book, swap)),
            ]

    def _forward(self) -> Product:
        return forward(self._exposure(Deal.SELL, FORWARD), _band(-35, 35), _hashprice(0))

    def _collar(self) -> Collar:
        put, call = (_band(-34, -4), _premium(3)), (_band(4, 34), _premium(3))
        return collar(self._exposure(Deal.BUY, COLLAR), put, call)

    def _swap(self) -> Product:
        today = _trillions(0)
        low, high = (_trillions(by) for by in (-BAND, BAND))
        revenue = Sats(SWAP * 1_000 * HASHPRICE * BLOCK_DAYS)
        notional = hedge_notional(revenue, today, Fraction(MOVE, 100))
        change = Change(
            RETARGETS,
            Deal.BUY,
            notional,
            self.relay.tip().height,
            rounded=Rounded(size=Rounding.NEAREST),
        )
        return difficulty_swap(change, Band.between(low, high, today), today)

    def _exposure(self, deal: Deal, petahash: int) -> Exposure:
        return Exposure(JANUARY, deal, petahash, self.chain.now, HashpriceKind.SUBSIDY)

    def _make(self, book: Book, account: int, leg: Product) -> None:
        """Sign an order, and have the book read it from its line and verify it."""
        maker = self.chain.key(account)
        party = Party(maker.address, self.chain.now + DAY, self.market.counter(maker.address))
        order = order_of(leg, party, self.chain.now, salt=book.count())
        line = to_line(self.market.domain, self.market.domain.sign(maker, order))
        done = book.import_lines([Line(leg.name, *from_line(line))], self._refuse)
        for refused in done.refusals:
            raise TerahashError(f"an order is not for the book: {refused.where}: {refused.why}")

    def _refuse(self, domain: Domain, signed: SignedOrder) -> str | None:
        return offered(self.market, signed, domain=domain).why or None

    def _best(self, book: Book, leg: Product, taker: str) -> Take:
        """Find the best order for a leg in the book, and try it."""
        (best,) = book.side(leg.series.id, leg.side is Side.LONG, limit=1)
        found = preflight(self.market, best.signed, taker)
        if not found.is_fine:
            raise TerahashError(f"an order cannot be taken: {found.why}")
        return Take(best.signed, best.remaining)

    def _fill(self, book: Book, leg: Product) -> Receipt:
        return self._send(FUND, self.trader.fill(self._best(book, leg, self.fund)))

    def _fill_all(self, book: Book, package: Collar) -> Receipt:
        takes = [self._best(book, leg.other, self.miner) for leg in package.legs]
        most = sum(leg.locks for leg in package.legs)
        return self._send(MINER, self.trader.fill_all(takes, most))

    def _settle(self, series: Series) -> None:
        self.settled[series] = self._send(ANYONE, self.trader.settle(series))
        paid = []
        for owner in (self.miner, self.fund):
            receipt = self._send(ANYONE, self.trader.redeem(series, owner))
            paid += [Sats(log["paid"]) for name, log in receipt.logs if name == "Redeemed"]
            self.redeemed[series] = receipt
        self.paid[series] = Paid(*paid)

    def _send(self, account: int, transaction: Transaction) -> Receipt:
        with self.chain.acting_as(account):
            return transaction.send(self.chain)


def _hashprice(above: int) -> Quote:
    """Quote what the two expect, and so many sats/TH/day more."""
    return Quote(Decimal(HASHPRICE + above), Unit.SATS_PER_TH_DAY).to(Unit.SATS_PER_PH_DAY)


def _premium(sats: int) -> Quote:
    return Quote(Decimal(sats), Unit.SATS_PER_TH_DAY).to(Unit.SATS_PER_PH_DAY)


def _band(low: int, high: int) -> Band:
    """Draw a band around what the two expect, which is the forward price wherever it lies."""
    return Band.between(_hashprice(low), _hashprice(high), _hashprice(0))


def _trillions(above: int) -> Quote:
    return Quote(Decimal(DIFFICULTY + above), Unit.TRILLIONS)
