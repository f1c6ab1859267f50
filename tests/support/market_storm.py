"""A storm over a pair market: random calls by people, by a contract and by the collateral itself,
each done to an exact model too.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from terahash.chain import ChainError, Receipt
from terahash.orders.order import Domain
from terahash.orders.order import Order as Typed
from tests.support.market_model import Claim, MarketModel, Refused, State, Wish
from tests.support.revm_chain import RevmChain
from tests.support.trading import (
    DAY,
    FOREVER,
    LOT,
    NOBODY,
    ORDER_FIELDS,
    RICH,
    START,
    STRANGER,
    TRADERS,
    Market,
    Order,
    Series,
    trader,
)

WEIGHTS = {
    "open": 1,
    "mint": 4,
    "burn": 3,
    "fill": 8,
    "sweep": 5,
    "match": 7,
    "all": 6,
    "look": 3,
    "cancel": 1,
    "cancel_all": 1,
    "transfer": 3,
    "take": 4,
    "approve": 2,
    "operator": 1,
    "turn": 3,
    "settle": 2,
    "settle_dead": 1,
    "redeem": 6,
    "wait": 2,
}
INSTRUMENTS = 3
SERIES = 16
BOUNDS = ((100, 200), (-50, 50), (-(2**200), 2**200), (-7, -3), (0, 1))
POOR = 30 * LOT
SIGNS = 0


class Storm:
    """A market, its model, and a seed of what happens to both.

    Attributes:
        weights: how often each kind of call comes, of their sum.
        people: who calls.
        holders: who may have claims.
        receivers: who may be sent claims.
        done: how often each call succeeded or was refused, and for what reason.
    """

    weights: ClassVar[dict[str, int]] = WEIGHTS
    new_model: ClassVar[type[MarketModel]] = MarketModel

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.chain = RevmChain(START)
        self.market = Market(self.chain, self._deploy_collateral(), doubles=INSTRUMENTS)
        self.domain = Domain(self.chain.chain_id, self.market.address)
        self.pool = self.chain.deploy("SignerDouble")
        self.keys = {key.address: key for key in TRADERS}
        self.people = [*self.keys, self.pool]
        self.model = self.new_model(
            {who: RICH for who in self.keys} | {self.pool: 0},
            closed={NOBODY, self.market.address},
            coded={self.pool},
            now=START,
        )
        self.orders: list[tuple[Order, Wish, bytes]] = []
        self.approved: set[bytes] = set()
        self.behaviour = SIGNS
        self.done: Counter[str] = Counter()
        self.holders = self.receivers = self.people  # of claims
        self._fund()
        self.series = [self._any_series(i) for i in range(SERIES)]
        for number in range(INSTRUMENTS):
            self.market.instrument("set_advanced", START, number=number)
            self.model.sources[number].moved = START
        self._send(STRANGER.address, "open", [self.series[i].terms for i in range(4)])
        self.model.open([str(i) for i in range(4)])

    def _deploy_collateral(self) -> str:
        return self.chain.deploy("BitcoinDouble")

    def _fund(self) -> None:
        """Two often cannot pay, and the pool has as little."""
        rich = TRADERS[2].address
        for poor in (TRADERS[0].address, TRADERS[1].address):
            self._move_cash(poor, rich, RICH - POOR)
        self._move_cash(rich, self.pool, POOR)
        _, allow = self.chain._codec.calldata(
            "BitcoinDouble", "approve", (self.market.address, FOREVER)
        )
        self.chain.send("SignerDouble", self.pool, "forward", self.market.btc, allow)

    def _move_cash(self, payer: str, payee: str, amount: int) -> None:
        with self.chain.acting_as(payer):
            self.chain.send("BitcoinDouble", self.market.btc, "transfer", payee, amount)
        self.model.cash[payer] -= amount
        self.model.cash[payee] += amount

    def _any_series(self, number: int) -> Series:
        """Some differ from the one before by a single term."""
        low, high = BOUNDS[number // 2 % len(BOUNDS)]
        fallback = self.random.choice((0, 1, 3_333, 5_000, 10_000))
        instrument = number // 2 % INSTRUMENTS
        self.model.series[str(number)] = State(instrument, low, high, fallback)
        return Series(
            instrument=instrument,
            start=number,
            end=99,
            floor=low,
            cap=high,
            fallback_share=fallback,
        )

    def run(self, calls: int) -> None:
        """Do so many random calls to both, and let everybody leave."""
        for _ in range(calls):
            self._change_mood()
            kind = self.random.choices(list(self.weights), list(self.weights.values()))[0]
            self._do(kind)
            held = self.market.sats(self.market.address)
            assert held == self.model.held >= self.model.needed(), self.seed
            if self.random.random() < 0.1:
                self.check()
        self.check()
        self._check_events()
        self._end()

    def _do(self, kind: str) -> None:
        getattr(self, f"_{kind}")()

    def _change_mood(self) -> None:
        """The pool signs what it approved, nine times of ten."""
        behaviour = self.random.choice((1, 2, 3, 4)) if self.random.random() < 0.1 else SIGNS
        if behaviour != self.behaviour:
            self.chain.send("SignerDouble", self.pool, "set_behaviour", behaviour)
            self.behaviour = behaviour

    def _send(
        self, sender: str, function: str, *args: Any, to: tuple[str, str] | None = None
    ) -> Receipt:
        """Call the market, or a claim's token, as somebody; the pool by what it forwards."""
        contract, address = to or ("PairMarket", self.market.address)
        if sender == self.pool:
            _, calldata = self.chain._codec.calldata(contract, function, args)
            return self.chain.send("SignerDouble", sender, "forward", address, calldata)
        with self.chain.acting_as(sender):
            return self.chain.send(contract, address, function, *args)

    def _both(
        self,
        sender: str,
        function: str,
        *args: Any,
        model: Callable[[], object],
        to: tuple[str, str] | None = None,
    ) -> None:
        """Do a call and what the model does for it; both refuse, for one reason, or neither."""
        expected = found = None
        try:
            model()
        except Refused as error:
            expected = str(error)
        try:
            self._send(sender, function, *args, to=to)
        except ChainError as error:
            found = error.reason or "without a word"
        if expected == "":  # the token's own reason
            assert found is not None, f"seed {self.seed}: {function}: paid with what nobody has"
        else:
            assert found == expected, f"seed {self.seed}: {function}: {found}, not {expected}"
        self.done[function if found is None else f"{function} refused"] += 1
        self.done[found or "nothing"] += 1

    # What there is to choose from

    def _likely(self, chance: float) -> bool:
        return self.random.random() < chance

    def _who(self) -> str:
        return self.random.choice(self.people)

    def _receiver(self) -> str:
        """Now and then nobody, or the market."""
        if self._likely(0.03):
            return self.random.choice((NOBODY, self.market.address))
        return self.random.choice(self.receivers)

    def _payee(self) -> str:
        """Now and then nobody, or the market."""
        return self._receiver() if self._likely(0.2) else self._who()

    def _which(self) -> tuple[str, Series]:
        """A series; most often one that is open and trades."""
        numbers = range(len(self.series))
        if self._likely(0.9):
            live = [i for i in numbers if self._lives(self.model.series[str(i)])]
            numbers = live or numbers  # type: ignore[assignment]
        number = self.random.choice(numbers)
        return str(number), self.series[number]

    @staticmethod
    def _lives(state: State) -> bool:
        return state.is_open and state.share is None

    def _claim(self) -> tuple[Claim, int]:
        """A claim that somebody has, most often, and its id."""
        held = [claim for (claim, _), amount in self.model.claims.items() if amount]
        if held and self._likely(0.8):
            name, is_long = self.random.choice(held)
        else:
            (name, _), is_long = self._which(), self._likely(0.5)
        series = self.series[int(name)]
        return (name, is_long), series.long if is_long else series.short

    def _pairs_of(self) -> list[tuple[str, str, int]]:
        """Who has how many pairs of which series."""
        both = [
            (name, who, min(amount, self.model.claims[(name, False), who]))
            for ((name, is_long), who), amount in list(self.model.claims.items())
            if is_long and amount and who in self.people
        ]
        return [one for one in both if one[2]]

    def _owner(self, claim: Claim) -> str:
        owners = [who for who in self.people if self.model.claims[claim, who]]
        return self.random.choice(owners) if owners and self._likely(0.8) else self._who()

    def _amount(self) -> int:
        if self._likely(0.1):
            return self.random.choice((0, 1, LOT - 1, 60 * LOT))
        return LOT * self.random.randrange(1, 8)

    def _order(self, name: str, long: bool | None = None) -> tuple[Order, Wish, bytes]:
        """Take an order of a series, or make a new one."""
        known = [
            order
            for order in self.orders[-60:]
            if order[1].series == name and long in (None, order[1].long)
        ]
        if self._likely(0.8):  # those that count
            known = [order for order in known if self._counts(order[1])]
        if known and self._likely(0.5):
            return self.random.choice(known)
        maker = self._who()
        long = self._likely(0.5) if long is None else long
        order = Order(
            maker=maker,
            series=self.series[int(name)],
            long=long,
            amount=LOT * self.random.randrange(1, 40) + self._likely(0.03),
            price=10_001 if self._likely(0.02) else self._price(long),
            taker=self._who() if self._likely(0.1) else NOBODY,
            deadline=self.model.now + self.random.choice((-1, 0, *28 * (10**6,))),
            counter=self.model.counters[maker] + self._likely(0.03),
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
        typed = Typed(**{field: getattr(order, field) for field in ORDER_FIELDS})
        self.orders.append((order, wish, self.domain.digest(typed)))
        return self.orders[-1]

    def _counts(self, wish: Wish) -> bool:
        is_current = wish.counter == self.model.counters[wish.maker] and not wish.is_cancelled
        return is_current and self.model.now <= wish.deadline and wish.filled < wish.amount

    def _price(self, long: bool) -> int:
        """Most often one at which the other side would trade."""
        cheap, dear = (0, 1, 4_000, 5_000), (5_000, 6_000, 9_999, 10_000)
        return self.random.choice(dear if long == self._likely(0.8) else cheap)

    def _taker(self, *orders: tuple[Order, Wish, bytes]) -> str:
        """Most often one who made none of them."""
        makers = {order.maker for order, _, _ in orders}
        others = [who for who in self.people if who not in makers]
        return self.random.choice(others) if others and self._likely(0.9) else self._who()

    def _signed(self, order: Order, wish: Wish, digest: bytes, amount: int) -> tuple[Any, ...]:
        """Sign it as its maker; now and then as somebody else."""
        is_signed = self._likely(0.95)
        if order.maker == self.pool:
            if is_signed and digest not in self.approved:
                self.chain.send("SignerDouble", self.pool, "approve_order", digest)
                self.approved.add(digest)
            wish.is_signed = digest in self.approved and self.behaviour == SIGNS
            return (order.terms, self.random.randbytes(self.random.choice((0, 65, 300))), amount)
        wish.is_signed = is_signed
        key = self.keys[order.maker] if is_signed else trader("somebody else")
        return (order.terms, self.market.sign(key, order), amount)

    # Calls

    def _open(self) -> None:
        """One or more, of which some are open already."""
        numbers = [self.random.randrange(len(self.series)) for _ in range(2)]
        self._both(
            self._who(),
            "open",
            [self.series[i].terms for i in numbers],
            model=lambda: self.model.open([str(i) for i in numbers]),
        )

    def _mint(self) -> None:
        (name, series), amount, payer = self._which(), self._amount(), self._who()
        long, short = self._receiver(), self._receiver()
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
        """What the owner has of both sides, or more."""
        (name, is_long), _ = self._claim()
        owner, receiver, amount = self._owner((name, is_long)), self._payee(), self._amount()
        pairs = self._pairs_of()
        if pairs and self._likely(0.7):
            name, owner, both = self.random.choice(pairs)
            amount = self.random.randrange(1, both + 1)
        self._both(
            owner,
            "burn_pair",
            self.series[int(name)].id,
            amount,
            receiver,
            model=lambda: self.model.burn_pair(name, amount, owner, receiver),
        )

    def _fill(self) -> None:
        (name, series), amount = self._which(), self._amount()
        order = self._order(name)
        taker = self._taker(order)
        self._both(
            taker,
            "fill",
            series.terms,
            self._signed(*order, amount),
            model=lambda: self.model.fill(name, order[1], taker, amount),
        )

    def _match(self) -> None:
        (name, series), amount = self._which(), self._amount()
        buying, selling = self._order(name, long=True), self._order(name, long=False)
        self._both(
            self._who(),
            "match_orders",
            series.terms,
            self._signed(*buying, amount),
            self._signed(*selling, amount),
            model=lambda: self.model.match(name, buying[1], selling[1], amount),
        )

    def _sweep(self) -> None:
        (name, series), long = self._which(), self._likely(0.5)
        side = None if self._likely(0.3) else not long
        orders = {order[2]: order for order in (self._order(name, side) for _ in range(4))}.values()
        taker = self._taker(*orders)
        fills = [(order, self._amount()) for order in orders]
        total = LOT * self.random.randrange(60)
        limit = self.random.choice((5_000, 10_000 if long else 0, 0 if long else 10_000))
        least = self.random.choice((0, LOT))
        self._both(
            taker,
            "sweep",
            series.terms,
            long,
            [self._signed(*order, amount) for order, amount in fills],
            total,
            limit,
            least,
            model=lambda: self.model.sweep(
                name, taker, long, [(order[1], n) for order, n in fills], total, limit, least
            ),
        )

    def _all(self) -> None:
        most = self.random.choice((-LOT, 0, *4 * (10**12,)))
        legs = []
        for _ in range(self.random.randrange(1, 4)):
            name, series = self._which()
            legs.append((name, series, self._order(name), self._amount()))
        distinct = {leg[2][2]: leg for leg in legs}.values()
        taker = self._taker(*(order for _, _, order, _ in distinct))
        self._both(
            taker,
            "fill_all",
            [(series.terms, *self._signed(*order, n)) for _, series, order, n in distinct],
            most,
            model=lambda: self.model.fill_all(
                taker, [(name, order[1], n) for name, _, order, n in distinct], most
            ),
        )

    def _look(self) -> None:
        """Ask how much could be taken: no more, and no less, than the maker can pay."""
        (name, series), taker = self._which(), self._who()
        order = self._order(name)
        signed = self._signed(*order, 0)
        expected = (0, "")
        try:
            expected = (self.model.fillable(name, order[1], taker), "")
        except Refused as error:
            expected = (0, str(error))
        found = self.market.read("fillable", series.terms, signed, taker)
        assert found == expected, f"seed {self.seed}: fillable {found}, not {expected}"

    def _cancel(self) -> None:
        order, wish, _ = self._order(self._which()[0])
        self._both(order.maker, "cancel", order.terms, model=lambda: self.model.cancel(wish))

    def _cancel_all(self) -> None:
        maker = self._who()
        self._both(maker, "cancel_all", model=lambda: self.model.cancel_all(maker))

    def _transfer(self) -> None:
        (claim, number), receiver, amount = self._claim(), self._receiver(), self._amount()
        sender = self._owner(claim)
        self._both(
            sender,
            "transfer",
            receiver,
            number,
            amount,
            model=lambda: self.model.transfer(claim, sender, sender, receiver, amount),
        )

    def _take(self) -> None:
        """Claims go by another's hand: its operator's, or one to whom they are allowed."""
        (claim, number), receiver, amount = self._claim(), self._receiver(), self._amount()
        owner, caller = self._owner(claim), self._who()
        allowed = [
            spender
            for (who, spender, which), left in self.model.allowed.items()
            if left and (who, which) == (owner, claim)
        ]
        allowed += [who for who in self.people if (owner, who) in self.model.operators]
        if allowed and self._likely(0.6):
            caller = self.random.choice(allowed)
        self._both(
            caller,
            "transferFrom",
            owner,
            receiver,
            number,
            amount,
            model=lambda: self.model.transfer(claim, caller, owner, receiver, amount),
        )

    def _approve(self) -> None:
        (claim, number), spender = self._claim(), self._who()
        owner = self._owner(claim)
        amount = self.random.choice((0, LOT, 5 * LOT, FOREVER, FOREVER - 1))
        self._both(
            owner,
            "approve",
            spender,
            number,
            amount,
            model=lambda: self.model.approve(claim, owner, spender, amount),
        )

    def _operator(self) -> None:
        owner, spender, is_one = self._who(), self._who(), self._likely(0.4)
        self._both(
            owner,
            "setOperator",
            spender,
            is_one,
            model=lambda: self.model.set_operator(owner, spender, is_one),
        )

    def _turn(self) -> None:
        """Something happens to an index: a reading is determined, or with a reorganisation is not;
        a window is final, or by a dispute is not; it moves, it breaks.
        """
        number = self.random.randrange(INSTRUMENTS)
        source = self.model.sources[number]
        source.is_known, source.is_broken = self._likely(0.1), self._likely(0.05)
        self.market.instrument("set_known", source.is_known, number=number)
        self.market.instrument("set_trouble", int(source.is_broken), number=number)
        low, high = self.random.choice(BOUNDS)
        x = self.random.randrange(low - 10, high + 11)
        source.x = x if self._likely(0.25) else None
        self.market.instrument("set_value", source.x is not None, x, number=number)
        if self._likely(0.3):
            source.moved = self.model.now - self.random.choice((0, 3_600))
            self.market.instrument("set_advanced", source.moved, number=number)

    def _settle(self) -> None:
        name, series = self._which()
        if self._likely(0.4):
            self._both(self._who(), "settle", series.terms, model=lambda: self.model.settle(name))

    def _settle_dead(self) -> None:
        name, series = self._which()
        self._both(
            self._who(), "settle_dead", series.terms, model=lambda: self.model.settle_dead(name)
        )

    def _redeem(self) -> None:
        """By anybody, to anybody: most often by the owner or a stranger, to the owner."""
        (name, is_long), _ = self._claim()
        settled = [n for n, state in self.model.series.items() if state.share is not None]
        if settled and self._likely(0.8):
            name = self.random.choice(settled)
        held = [who for who in self.holders if self.model.claims[(name, is_long), who]]
        owner = self.random.choice(held or self.holders)
        caller = owner if owner in self.people and self._likely(0.3) else self._who()
        receiver = owner if self._likely(0.6) else self._payee()
        self._both(
            caller,
            "redeem",
            self.series[int(name)].id,
            owner,
            receiver,
            model=lambda: self.model.redeem(name, caller, owner, receiver),
        )

    def _wait(self) -> None:
        """Hours pass; once in a while a season in which no index moves."""
        self.model.now += 91 * DAY if self._likely(0.1) else self.random.randrange(6 * 3_600)
        self.chain.now = self.model.now

    # What must be so

    def check(self) -> None:
        """The contract is the model, and holds what all claims are worth."""
        model, market = self.model, self.market
        assert market.sats(market.address) == model.held, self.seed
        assert 0 <= model.held - model.needed() <= model.redeemed, self.seed
        for who in self.holders:
            assert market.sats(who) == model.cash[who], self.seed
            assert market.read("counter", who) == model.counters[who], self.seed
            for name, series in enumerate(self.series):
                claims = tuple(model.claims[(str(name), side), who] for side in (True, False))
                assert market.claims(who, series) == claims, self.seed
        for name, series in enumerate(self.series):
            state = model.series[str(name)]
            told = (state.is_open, state.share is not None, state.share or 0, state.pairs)
            assert market.read("series", series.id) == told, self.seed
            assert market.read("opened_at", series.id) == state.opened, self.seed
        for _, wish, digest in self.orders[-20:]:
            filled = FOREVER if wish.is_cancelled else wish.filled
            assert market.read("filled", digest) == filled, self.seed
            assert wish.filled <= wish.amount, self.seed
        for (owner, spender, (which, is_long)), left in model.allowed.items():
            series = self.series[int(which)]
            number = series.long if is_long else series.short
            assert market.read("allowance", owner, spender, number) == left, self.seed

    def _check_events(self) -> None:
        """Whoever adds up what was logged knows everybody's claims."""
        found: Counter[tuple[str, int]] = Counter()
        for log in self.chain.events("PairMarket", self.market.address, "Transfer"):
            found[log["sender"], log["id"]] -= log["amount"]
            found[log["receiver"], log["id"]] += log["amount"]
        for (name, is_long), who in self.model.claims:
            series = self.series[int(name)]
            claims = self.model.claims[(name, is_long), who]
            assert found[who, series.long if is_long else series.short] == claims, self.seed

    def _end(self) -> None:
        """Everybody leaves; less than a satoshi for each redemption stays."""
        for name, state in self.model.series.items():
            if self._lives(state):
                self._end_window(name)
            for owner in self.holders:
                if any(self.model.claims[(name, side), owner] for side in (True, False)):
                    self._leave(name, owner)
        self.check()
        assert self.model.needed() == 0, self.seed

    def _end_window(self, name: str) -> None:
        series = self.series[int(name)]
        source = self.model.sources[series.instrument]
        source.x, source.is_broken = (series.floor + series.cap) // 3, False
        self.market.instrument("set_value", True, source.x, number=series.instrument)
        self.market.instrument("set_trouble", 0, number=series.instrument)
        self._both(STRANGER.address, "settle", series.terms, model=lambda: self.model.settle(name))

    def _leave(self, name: str, owner: str) -> None:
        self._both(
            owner,
            "redeem",
            self.series[int(name)].id,
            owner,
            owner,
            model=lambda: self.model.redeem(name, owner, owner, owner),
        )
