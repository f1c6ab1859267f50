"""The pair market under a storm of random calls: cash and claims equal an exact model, after each.

1,500 calls in `make test`, 20,000 in `make test-deep`.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from fractions import Fraction
from itertools import product

from hypothesis import settings

from terahash.chain import ChainError
from tests.support.market_model import MarketModel, Refused, State, Wish, require, share
from tests.support.trading import (
    LOT,
    NOBODY,
    RICH,
    START,
    TRADERS,
    Market,
    Order,
    Series,
    trader,
)

KINDS = Counter(
    mint=3,
    burn=3,
    fill=8,
    sweep=4,
    match=6,
    all=5,
    cancel=1,
    cancel_all=1,
    transfer=3,
    settle=1,
    take=3,
    known=1,
)
BOUNDS = ((100, 200, 5_000), (-50, 50, 0), (-(2**200), 2**200, 10_000))
POOR = 30 * LOT
KEYS = {key.address: key for key in TRADERS}


class Storm:
    """A market, its model, and a seed of what happens to both."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.market = Market(doubles=len(BOUNDS))
        self.series = [
            Series(instrument=i, start=7, end=9, floor=low, cap=high, fallback_share=fallback)
            for i, (low, high, fallback) in enumerate(BOUNDS)
        ]
        self.market.send(NOBODY, "open", [one.terms for one in self.series])
        self.model = MarketModel({key.address: RICH for key in TRADERS}, now=START)
        for key in TRADERS[:2]:  # two who often cannot pay
            with self.market.chain.acting_as(key.address):
                gift = ("transfer", TRADERS[2].address, RICH - POOR)
                self.market.chain.send("BitcoinDouble", self.market.btc, *gift)
            self.model.cash[key.address] -= RICH - POOR
            self.model.cash[TRADERS[2].address] += RICH - POOR
        self.model.series = {
            str(i): State(low, high, fallback) for i, (low, high, fallback) in enumerate(BOUNDS)
        }
        self.orders: list[tuple[Order, Wish]] = []
        self.operators: set[tuple[str, str]] = set()
        self.done: Counter[str] = Counter()

    def run(self, calls: int) -> None:
        """Do so many random calls to both."""
        for _ in range(calls):
            kind = self.random.choices(list(KINDS), list(KINDS.values()))[0]
            getattr(self, f"_{kind}")()
            held = self.market.sats(self.market.address)
            assert held == self.model.held >= self.model.needed(), self.seed
            if self.random.random() < 0.1:
                self._check()
        self._check()
        self._end()

    def _both(self, sender: str, function: str, *args: object, model: object) -> bool:
        """Do a call and what the model does for it; both refuse, for one reason, or neither."""
        expected = found = None
        try:
            model()  # type: ignore[operator]
        except Refused as error:
            expected = str(error)
        try:
            self.market.send(sender, function, *args)
        except ChainError as error:
            found = error.reason
        if expected == "":  # the token's own reason
            assert found is not None, f"seed {self.seed}: {function}: paid with what nobody has"
        else:
            assert found == expected, f"seed {self.seed}: {function}: {found}, not {expected}"
        self.done[function if found is None else f"{function} refused"] += 1
        return found is None

    def _who(self) -> str:
        return self.random.choice(TRADERS).address

    def _which(self) -> tuple[str, Series]:
        number = self.random.randrange(len(self.series))
        return str(number), self.series[number]

    def _amount(self) -> int:
        if self.random.random() < 0.1:
            return self.random.choice((0, 1, LOT - 1, 60 * LOT))
        return LOT * self.random.randrange(1, 8)

    def _mint(self) -> None:
        (name, series), amount = self._which(), self._amount()
        payer, long, short = self._who(), self._who(), self._who()
        self._both(
            payer,
            "mint_pair",
            series.id,
            amount,
            long,
            short,
            model=lambda: self.model.mint_pair(name, amount, payer, long, short),
        )

    def _burn(self) -> None:
        (name, series), amount, owner, receiver = (
            self._which(),
            self._amount(),
            self._who(),
            self._who(),
        )
        self._both(
            owner,
            "burn_pair",
            series.id,
            amount,
            receiver,
            model=lambda: self.model.burn_pair(name, amount, owner, receiver),
        )

    def _order(self, name: str, long: bool | None = None) -> tuple[Order, Wish]:
        """Take an order of a series, or sign a new one."""
        known = [
            pair
            for pair in self.orders[-30:]
            if pair[1].series == name and long in (None, pair[1].long)
        ]
        if known and self.random.random() < 0.5:
            return self.random.choice(known)
        maker = self._who()
        order = Order(
            maker=maker,
            series=self.series[int(name)],
            long=self.random.random() < 0.5 if long is None else long,
            amount=LOT * self.random.randrange(1, 40) + (self.random.random() < 0.03),
            price=self.random.choice((0, 1, 4_000, 5_000, 5_000, 6_000, 9_999, 10_000, 10_001)),
            taker=self.random.choice((*5 * (NOBODY,), self._who())),
            deadline=START + self.random.choice((-1, *4 * (0,), *4 * (10**6,))),
            counter=self.model.counters[maker] + (self.random.random() < 0.03),
            salt=len(self.orders),
        )
        wish = Wish(
            order.maker,
            "" if order.taker == NOBODY else order.taker,
            name,
            order.long,
            order.amount,
            order.price,
            order.deadline,
            order.counter,
        )
        self.orders.append((order, wish))
        return order, wish

    def _signed(self, order: Order, wish: Wish, amount: int) -> tuple[object, ...]:
        """Sign it as its maker; now and then as somebody else."""
        wish.is_signed = self.random.random() > 0.05
        key = KEYS[order.maker] if wish.is_signed else trader("somebody else")
        return (order.terms, self.market.sign(key, order), amount)

    def _fill(self) -> None:
        (name, series), taker = self._which(), self._who()
        order, wish = self._order(name)
        amount = self._amount()
        self._both(
            taker,
            "fill",
            series.terms,
            self._signed(order, wish, amount),
            model=lambda: self.model.fill(name, wish, taker, amount),
        )

    def _match(self) -> None:
        name, series = self._which()
        buying, selling = self._order(name, long=True), self._order(name, long=False)
        amount = self._amount()
        self._both(
            self._who(),
            "match_orders",
            series.terms,
            self._signed(*buying, amount),
            self._signed(*selling, amount),
            model=lambda: self.model.match(name, buying[1], selling[1], amount),
        )

    def _sweep(self) -> None:
        (name, series), taker, long = self._which(), self._who(), self.random.random() < 0.5
        pairs = {id(pair[1]): pair for pair in (self._order(name) for _ in range(4))}.values()
        fills = [(pair, self._amount()) for pair in pairs]
        total, limit = LOT * self.random.randrange(60), self.random.choice((0, 5_000, 10_000))
        least = self.random.choice((0, LOT))
        self._both(
            taker,
            "sweep",
            series.terms,
            long,
            [self._signed(*pair, amount) for pair, amount in fills],
            total,
            limit,
            least,
            model=lambda: self.model.sweep(
                name, taker, long, [(pair[1], n) for pair, n in fills], total, limit, least
            ),
        )

    def _all(self) -> None:
        taker, most = self._who(), self.random.choice((-LOT, 0, 10**12))
        legs = []
        for _ in range(self.random.randrange(1, 4)):
            name, series = self._which()
            legs.append((name, series, self._order(name), self._amount()))
        distinct = {id(leg[2][1]): leg for leg in legs}.values()
        self._both(
            taker,
            "fill_all",
            [(series.terms, *self._signed(*pair, n)) for _, series, pair, n in distinct],
            most,
            model=lambda: self.model.fill_all(
                taker, [(name, pair[1], n) for name, _, pair, n in distinct], most
            ),
        )

    def _cancel(self) -> None:
        order, wish = self._order(self._which()[0])
        self._both(order.maker, "cancel", order.terms, model=lambda: self.model.cancel(wish))

    def _cancel_all(self) -> None:
        maker = self._who()
        self._both(maker, "cancel_all", model=lambda: self.model.cancel_all(maker))

    def _transfer(self) -> None:
        (name, series), sender, receiver = self._which(), self._who(), self._who()
        is_long, amount = self.random.random() < 0.5, self._amount()
        self._both(
            sender,
            "transfer",
            receiver,
            series.long if is_long else series.short,
            amount,
            model=lambda: self.model.transfer(name, is_long, sender, receiver, amount),
        )

    def _take(self) -> None:
        """Claims go by the hand of their owner's operator, who is one only now and then."""
        (name, series), owner, operator = self._which(), self._who(), self._who()
        if self.random.random() < 0.4:
            is_one = self.random.random() < 0.7
            self.market.send(owner, "setOperator", operator, is_one)
            (self.operators.add if is_one else self.operators.discard)((owner, operator))
        is_long, amount, receiver = self.random.random() < 0.5, self._amount(), self._who()

        def model() -> None:
            may = operator == owner or (owner, operator) in self.operators or amount == 0
            require(may, "market: insufficient allowance")
            self.model.transfer(name, is_long, owner, receiver, amount)

        self._both(
            operator,
            "transferFrom",
            owner,
            receiver,
            series.long if is_long else series.short,
            amount,
            model=model,
        )

    def _known(self) -> None:
        """The last reading is determined, and with a reorganisation it is not: once in a while."""
        name, _ = self._which()
        is_known = self.random.random() < 0.15
        self.market.instrument("set_known", is_known, number=int(name))
        self.model.series[name].is_known = is_known

    def _settle(self) -> None:
        """Rarely, so that there is something to settle; and redeem what is settled."""
        name, series = self._which()
        state = self.model.series[name]
        if state.share is not None:
            owner = self._who()
            self._both(
                self._who(),
                "redeem",
                series.id,
                owner,
                owner,
                model=lambda: self.model.redeem(name, owner),
            )
        elif self.random.random() < 0.05:
            x = self.random.randrange(state.low - 10, state.high + 11)
            self.market.instrument("set_value", True, x, number=int(name))
            self._both(
                self._who(), "settle", series.terms, model=lambda: self.model.settle(name, x)
            )

    def _check(self) -> None:
        """The contract is the model, and holds what all claims are worth."""
        model, market = self.model, self.market
        assert market.sats(market.address) == model.held, self.seed
        assert 0 <= model.held - model.needed() < Fraction(self.done["redeem"] + 1), self.seed
        for who in KEYS:
            assert market.sats(who) == model.cash[who], self.seed
            for name, series in enumerate(self.series):
                claims = (model.longs[str(name), who], model.shorts[str(name), who])
                assert market.claims(who, series) == claims, self.seed
        for name, series in enumerate(self.series):
            state = model.series[str(name)]
            told = (True, state.share is not None, state.share or 0, state.pairs)
            assert market.read("series", series.id) == told, self.seed

    def _end(self) -> None:
        """Everybody leaves; less than a satoshi for each redemption stays."""
        for name, series in enumerate(self.series):
            if self.model.series[str(name)].share is None:
                x = (series.floor + series.cap) // 3
                self.market.instrument("set_value", True, x, number=name)
                self.market.send(NOBODY, "settle", series.terms)
                self.model.settle(str(name), x)
            for owner in KEYS:
                if sum(self.market.claims(owner, series)):
                    self.market.send(NOBODY, "redeem", series.id, owner, owner)
                    self.model.redeem(str(name), owner)
                    self.done["redeem"] += 1
        self._check()
        assert self.model.needed() == 0


def test_market__storm_of_calls__equals_the_model_and_holds_what_claims_are_worth() -> None:
    deep = settings().max_examples >= 1_000
    done: Counter[str] = Counter()
    for seed in [secrets.randbits(64) for _ in range(20)] if deep else [1, 2]:
        storm = Storm(seed)
        storm.run(1_000 if deep else 750)
        done += storm.done
    for function in ("mint_pair", "burn_pair", "fill", "sweep", "match_orders", "fill_all"):
        assert done[function] >= done.total() // 250, done
    assert done["redeem"] >= 10, done
    assert done["transferFrom"] >= 10 <= done["transferFrom refused"], done


def test_share__every_small_series__is_the_fraction_and_pairs_add_up() -> None:
    """Long and short, redeemed by two or by one, are the collateral, short of a satoshi each."""
    for low, high in product(range(-3, 13), repeat=2):
        if low >= high:
            continue
        for x in range(low - 2, high + 3):
            part = share(x, low, high)
            inside = min(max(x, low), high) - low
            assert part == inside * 10**12 // (high - low)
            for amount in range(14):
                long, short = amount * part // 10**12, amount * (10**12 - part) // 10**12
                assert amount - 1 <= long + short <= amount


def test_settle__x_at_and_outside_the_bounds__clamps() -> None:
    for low, high, _ in BOUNDS:
        for x in (low - 1, low, low + 1, (low + high) // 2, high - 1, high, high + 1):
            market = Market()
            series = Series(start=5, floor=low, cap=high)
            market.send(NOBODY, "open", [series.terms])
            market.instrument("set_value", True, x)
            market.send(NOBODY, "settle", series.terms)
            assert market.read("series", series.id)[2] == share(x, low, high)
