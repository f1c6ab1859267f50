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
from typing import Any

from terahash.chain import ChainError
from tests.support.claim_token_model import Claim
from tests.support.claim_token_world import BOUNDS, ClaimTokenWorld
from tests.support.market_model import Refused
from tests.support.trading import NOBODY

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
POOR = 5_000
"""Claims that are made at once, at most."""


class ClaimTokenStorm(ClaimTokenWorld):
    """A market with four tokens, their model, and a seed of what happens to both."""

    def __init__(self, seed: int, calls: int) -> None:
        super().__init__(seed)
        self.calls = calls
        self.random = random.Random(seed)
        # Each series settles once, in the middle half.
        times = [self.random.randrange(calls // 4, 3 * calls // 4) for _ in self.series]
        self.settled_at = dict(enumerate(times))
        self.done: Counter[str] = Counter()

    def run(self) -> None:
        """Do the random calls to both."""
        for number in range(self.calls):
            for series, at in self.settled_at.items():
                if at == number:
                    self._settle(series)
            kind = self.random.choices(list(KINDS), list(KINDS.values()))[0]
            getattr(self, f"_{kind}")()
            self.check_money()
            if self.random.random() < 0.1:
                self.check()
        self.check()
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

    def _end(self) -> None:
        """Everybody leaves, in any order, and is paid; what stays was given or is rounding."""
        for claim in self.address:
            for owner in self.random.sample(self.everybody, len(self.everybody)):
                if amount := self.model.tokens[claim].holders[owner]:
                    model = partial(self.model.redeem, claim, amount, owner, owner)
                    self._of_token(owner, claim, ("redeem", amount, owner), model)
        self.check_money()
        self.check()
