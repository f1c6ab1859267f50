"""Random calls of the tokens of two series' claims, done to the contracts and to their model.

Both sides of each series. People and a contract wrap, unwrap, send, give away and redeem, as the
series settle one after the other.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from math import floor
from typing import Any

from terahash.chain import ChainError
from tests.support.claim_token_model import Claim, ClaimTokenModel, TokenState
from tests.support.claim_tokens import ClaimTokens
from tests.support.market_model import Refused
from tests.support.trading import FOREVER, NOBODY, RICH, TRADERS, Market, Series

KINDS = Counter(
    mint=5,
    burn=1,
    wrap=8,
    unwrap=4,
    transfer=6,
    give=3,
    give_sats=1,
    redeem=8,
    redeem_for=4,
    redeem_claims=2,
)
BOUNDS = ((100, 200), (-(2**200), 2**200))
POOR = 5_000
"""Claims that are made at once, at most."""


class ClaimTokenStorm:
    """A market with four tokens, their model, and a seed of what happens to both."""

    def __init__(self, seed: int, calls: int) -> None:
        self.seed, self.calls = seed, calls
        self.random = random.Random(seed)
        self.market = market = Market(doubles=len(BOUNDS))
        self.tokens = ClaimTokens(market)
        self.series = [
            Series(instrument=i, start=7, end=9, floor=low, cap=high)
            for i, (low, high) in enumerate(BOUNDS)
        ]
        market.send(NOBODY, "open", [one.terms for one in self.series])
        self.address = {
            Claim(i, is_long): self.tokens.open(one.long if is_long else one.short)
            for i, one in enumerate(self.series)
            for is_long in (True, False)
        }
        self.pool = market.chain.deploy("SignerDouble")
        self.people = [key.address for key in TRADERS]
        self.everybody = [*self.people, self.pool]
        market.chain.send("BitcoinDouble", market.btc, "mint", self.pool, RICH)
        for token in (market.address, *self.address.values()):
            self._allow(token)
        self.model = ClaimTokenModel(
            dict.fromkeys(self.everybody, RICH),
            {claim: TokenState() for claim in self.address},
            set(self.people),
        )
        # Each series settles once, in the middle half.
        times = [self.random.randrange(calls // 4, 3 * calls // 4) for _ in self.series]
        self.settled_at = dict(enumerate(times))
        self.done: Counter[str] = Counter()

    def _allow(self, spender: str) -> None:
        """Everybody lets a contract take everything."""
        for owner in self.everybody:
            if spender == self.market.address:
                call = ("BitcoinDouble", self.market.btc, "approve", spender, FOREVER)
            else:
                call = ("PairMarket", self.market.address, "setOperator", spender, True)
            self._send(owner, *call)
        if spender != self.market.address:  # of tokens, everybody to the first
            for owner in self.everybody:
                self._send(owner, "ClaimToken", spender, "approve", self.people[0], FOREVER)

    def _send(self, actor: str, contract: str, address: str, function: str, *args: Any) -> None:
        if actor == self.pool:
            self.tokens.from_contract(self.pool, address, (contract, (function, *args)))
            return
        with self.market.chain.acting_as(actor):
            self.market.chain.send(contract, address, function, *args)

    def run(self) -> None:
        """Do the random calls to both."""
        for number in range(self.calls):
            for series, at in self.settled_at.items():
                if at == number:
                    self._settle(series)
            kind = self.random.choices(list(KINDS), list(KINDS.values()))[0]
            getattr(self, f"_{kind}")()
            self._check_money()
            if self.random.random() < 0.1:
                self._check()
        self._check()
        self._end()

    def _both(
        self,
        actor: str,
        contract: str,
        address: str,
        call: tuple[Any, ...],
        model: Callable[[], None],
    ) -> None:
        """Do a call and what the model does for it; both refuse, for one reason, or neither."""
        expected = found = None
        before = deepcopy(self.model)
        try:
            model()
        except Refused as error:
            expected, self.model = str(error), before
        try:
            self._send(actor, contract, address, *call)
        except ChainError as error:
            found = error.reason
        assert found == expected, f"seed {self.seed}: {call}: {found}, not {expected}"
        name = f"{contract}.{call[0]}"
        self.done[name if found is None else f"{name} refused"] += 1

    def _who(self) -> str:
        return self.random.choice(self.everybody)

    def _claim(self) -> Claim:
        return self.random.choice(list(self.address))

    def _receiver(self) -> tuple[str, object]:
        """Pick who gets something, as contract and model call it: now and then a token."""
        if self.random.random() < 0.1:
            claim = self._claim()
            return self.address[claim], claim
        who = self._who()
        return who, who

    def _part(self, most: int) -> int:
        """Pick an amount up to what somebody has; seldom one more, or nothing, often only one."""
        return self.random.choice(
            (
                most,
                most // 2,
                self.random.randrange(most + 1),
                min(most, 1),
                min(most, 3),
                most + 1,
                0,
            )
        )

    def _id(self, claim: Claim) -> int:
        series = self.series[claim.series]
        return series.long if claim.is_long else series.short

    def _of_token(
        self, actor: str, claim: Claim, call: tuple[Any, ...], model: Callable[[], None]
    ) -> None:
        self._both(actor, "ClaimToken", self.address[claim], call, model)

    def _of_market(self, actor: str, call: tuple[Any, ...], model: Callable[[], None]) -> None:
        self._both(actor, "PairMarket", self.market.address, call, model)

    def _mint(self) -> None:
        owner, amount = self._who(), self.random.randrange(1, POOR)
        series = self.random.randrange(len(self.series))
        call = ("mint_pair", self.series[series].id, amount, owner, owner)
        self._of_market(owner, call, lambda: self.model.mint(series, amount, owner))

    def _burn(self) -> None:
        owner, claim = self._who(), self._claim()
        both = min(self.model.claims[side, owner] for side in (claim, claim.other))
        amount = max(1, self._part(both))
        call = ("burn_pair", self.series[claim.series].id, amount, owner)
        self._of_market(owner, call, lambda: self.model.burn_pair(claim.series, amount, owner))

    def _wrap(self) -> None:
        self._turn("wrap")

    def _unwrap(self) -> None:
        self._turn("unwrap")

    def _redeem(self) -> None:
        self._turn("redeem")

    def _turn(self, function: str) -> None:
        """Turn claims into tokens, or tokens into claims or satoshi."""
        owner, claim, (to, name) = self._who(), self._claim(), self._receiver()
        tokens = self.model.tokens[claim].holders[owner]
        amount = self._part(self.model.claims[claim, owner] if function == "wrap" else tokens)
        self._of_token(
            owner,
            claim,
            (function, amount, to),
            lambda: getattr(self.model, function)(claim, amount, owner, name),
        )

    def _transfer(self) -> None:
        owner, claim, (to, name) = self._who(), self._claim(), self._receiver()
        amount = self._part(self.model.tokens[claim].holders[owner])
        by, call = owner, ("transfer", to, amount)
        if self.random.random() < 0.3:  # the first of all may send everybody's
            by, call = self.people[0], ("transferFrom", owner, to, amount)
        self._of_token(by, claim, call, lambda: self.model.transfer(claim, amount, owner, name))

    def _give(self) -> None:
        """Claims are sent at the market, most of them to a token: of its own, or of any other."""
        owner, claim, token = self._who(), self._claim(), self._claim()
        amount = self._part(self.model.claims[claim, owner]) // 3
        call = ("transfer", self.address[token], self._id(claim), amount)
        self._of_market(owner, call, lambda: self.model.give(claim, amount, owner, token))

    def _give_sats(self) -> None:
        owner, claim, amount = self._who(), self._claim(), self.random.randrange(1, POOR)
        self._both(
            owner,
            "BitcoinDouble",
            self.market.btc,
            ("transfer", self.address[claim], amount),
            lambda: self.model.give_sats(claim, amount, owner),
        )

    def _redeem_for(self) -> None:
        owner, claim = self._who(), self._claim()
        call = ("redeem_for", owner)
        self._of_token(self._who(), claim, call, lambda: self.model.redeem_for(claim, owner))

    def _redeem_claims(self) -> None:
        owner, series = self._who(), self.random.randrange(len(self.series))
        call = ("redeem", self.series[series].id, owner, owner)
        self._of_market(owner, call, lambda: self.model.redeem_claims(series, owner))

    def _settle(self, number: int) -> None:
        low, high = BOUNDS[number]
        x = self.random.randrange(low - (high - low) // 8, high + (high - low) // 8)
        self.market.instrument("set_value", True, x, number=number)
        self.market.send(NOBODY, "settle", self.series[number].terms)
        self.model.settle(number, x, low, high)

    def _check_money(self) -> None:
        """C1 to C3."""
        assert self.market.sats(self.market.address) == self.model.held, self.seed
        for claim, token in self.model.tokens.items():
            supply = sum(token.holders.values())
            sats = self.market.sats(self.address[claim])
            assert sats == self.model.sats_of(claim), self.seed
            if token.worth is None:
                assert supply == token.wrapped <= self.model.claims[claim, claim], self.seed
                continue
            # What holders were and will be paid is what was wrapped, and there is enough for it.
            assert token.due + supply * token.worth == token.wrapped * token.worth, self.seed
            due = supply * token.worth
            assert token.paid + floor(due) <= token.received, self.seed
            assert token.received - token.paid - due < token.gifts + token.redemptions, self.seed

    def _check(self) -> None:
        """C4: every balance is the model's."""
        model, market = self.model, self.market
        for who in self.everybody:
            assert market.sats(who) == model.cash[who], self.seed
        for claim, token in self.address.items():
            state = model.tokens[claim]
            for who in self.everybody:
                assert self.tokens.balance(token, who) == state.holders[who], self.seed
            supply = sum(state.holders.values())
            assert self.tokens.read(token, "totalSupply") == supply, self.seed
            share = 0 if state.worth is None else state.worth * 10**12
            told = (state.worth is not None, share)
            assert self.tokens.read(token, "collected") == told, self.seed
            for other in self.address:
                for owner, name in ((token, claim), *((who, who) for who in self.everybody)):
                    held = market.read("balanceOf", owner, self._id(other))
                    assert held == model.claims[other, name], self.seed

    def _end(self) -> None:
        """Everybody leaves, in any order, and is paid; what stays was given or is rounding."""
        for claim in self.address:
            for owner in self.random.sample(self.everybody, len(self.everybody)):
                if amount := self.model.tokens[claim].holders[owner]:
                    model = partial(self.model.redeem, claim, amount, owner, owner)
                    self._of_token(owner, claim, ("redeem", amount, owner), model)
        self._check_money()
        self._check()
