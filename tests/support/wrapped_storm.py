"""A storm over a market of which some claims are wrapped: their tokens hold claims, and redeem."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

from tests.support.claim_tokens import ClaimTokens
from tests.support.market_model import LOT, SHARES, Claim, MarketModel, require
from tests.support.market_storm import WEIGHTS, Storm

WRAPPED = 4
"""Series, whose claims have a token each."""


@dataclass
class WrappedModel(MarketModel):
    """The market, and who has how many tokens.

    Attributes:
        tokens: by claim and person.
        wrapper: the token of a claim, which holds claims like anybody.
        parts: what each token is paid, of 10^12 parts, once the market has paid the claims.
    """

    tokens: Counter[tuple[Claim, str]] = field(default_factory=Counter)
    wrapper: dict[Claim, str] = field(default_factory=dict)
    parts: dict[Claim, int] = field(default_factory=dict)

    def wrap(self, claim: Claim, owner: str, amount: int) -> None:
        """Turn claims into tokens."""
        self._wraps(claim, amount)
        self.transfer(claim, self.wrapper[claim], owner, self.wrapper[claim], amount)
        self.tokens[claim, owner] += amount

    def unwrap(self, claim: Claim, owner: str, amount: int, receiver: str) -> None:
        """Turn tokens into claims."""
        self._wraps(claim, amount)
        require(amount <= self.tokens[claim, owner], "erc20: burn amount exceeds balance")
        self.transfer(claim, self.wrapper[claim], self.wrapper[claim], receiver, amount)
        self.tokens[claim, owner] -= amount

    def send_tokens(self, claim: Claim, sender: str, receiver: str, amount: int) -> None:
        """Send tokens."""
        require(amount <= self.tokens[claim, sender], "erc20: transfer amount exceeds balance")
        self.tokens[claim, sender] -= amount
        self.tokens[claim, receiver] += amount

    def redeem_tokens(self, claim: Claim, owner: str, amount: int) -> None:
        """Pay tokens what their claims are worth, rounded down once."""
        require(amount > 0, "token: amount is zero")
        require(amount <= self.tokens[claim, owner], "erc20: burn amount exceeds balance")
        (name, is_long), wrapper = claim, self.wrapper[claim]
        if claim not in self.parts:
            self.redeem(name, wrapper, wrapper, wrapper)
            share = self.series[name].share
            assert share is not None
            self.parts[claim] = share if is_long else SHARES - share
        paid = amount * self.parts[claim] // SHARES
        assert paid <= self.cash[wrapper], claim
        self.tokens[claim, owner] -= amount
        self.cash[wrapper] -= paid
        self.cash[owner] += paid

    def _wraps(self, claim: Claim, amount: int) -> None:
        require(amount > 0, "token: amount is zero")
        require(claim not in self.parts, "token: claims are redeemed")


class WrappedStorm(Storm):
    """The same, and claims of four series become tokens and claims again."""

    weights: ClassVar[dict[str, int]] = WEIGHTS | {
        "wrap": 8,
        "unwrap": 3,
        "send_tokens": 3,
        "redeem_tokens": 5,
    }
    new_model: ClassVar[type[MarketModel]] = WrappedModel
    model: WrappedModel

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        register = ClaimTokens(self.market)
        for number, series in enumerate(self.series[:WRAPPED]):
            for is_long, claim in ((True, series.long), (False, series.short)):
                self.model.wrapper[str(number), is_long] = register.open(claim)
        wrappers = list(self.model.wrapper.values())
        self.model.coded |= set(wrappers)
        self.model.cash |= dict.fromkeys(wrappers, 0)
        self.holders = [*self.people, *wrappers]

    def _wrapped(self) -> tuple[Claim, tuple[str, str]]:
        """A claim that has a token: most often one whose series lives, or that is wrapped."""
        claims = list(self.model.wrapper)
        live = [claim for claim in claims if self._lives(self.model.series[claim[0]])]
        full = [claim for (claim, _), amount in self.model.tokens.items() if amount]
        some = self.random.choice((live, full, claims)) or claims
        claim = self.random.choice(some)
        return claim, ("ClaimToken", self.model.wrapper[claim])

    def _token_owner(self, claim: Claim) -> tuple[str, int]:
        """Who has tokens, most often, and some of them, or more."""
        owners = [who for who in self.people if self.model.tokens[claim, who]]
        owner = self.random.choice(owners) if owners and self._likely(0.9) else self._who()
        amount = self.random.choice((0, 1, LOT + 1, self.model.tokens[claim, owner]))
        return owner, amount

    def _wrap(self) -> None:
        """Whoever wraps has made the token its operator, most often."""
        claim, token = self._wrapped()
        owner = self._owner(claim)
        if self._likely(0.7):
            self._send(owner, "setOperator", token[1], True)
            self.model.set_operator(owner, token[1], True)
        held = self.model.claims[claim, owner]
        amount = self.random.choice((0, held // 2, held, held + 1))
        self._both(
            owner,
            "wrap",
            amount,
            owner,
            model=lambda: self.model.wrap(claim, owner, amount),
            to=token,
        )

    def _unwrap(self) -> None:
        claim, token = self._wrapped()
        (owner, amount), receiver = self._token_owner(claim), self._who()
        self._both(
            owner,
            "unwrap",
            amount,
            receiver,
            model=lambda: self.model.unwrap(claim, owner, amount, receiver),
            to=token,
        )

    def _send_tokens(self) -> None:
        claim, token = self._wrapped()
        (owner, amount), receiver = self._token_owner(claim), self._who()
        self._both(
            owner,
            "transfer",
            receiver,
            amount,
            model=lambda: self.model.send_tokens(claim, owner, receiver, amount),
            to=token,
        )

    def _redeem_tokens(self) -> None:
        claim, token = self._wrapped()
        owner, amount = self._token_owner(claim)
        self._both(
            owner,
            "redeem",
            amount,
            owner,
            model=lambda: self.model.redeem_tokens(claim, owner, amount),
            to=token,
        )

    def check(self) -> None:
        """Every token has its claim behind it, or its part of a satoshi."""
        super().check()
        model = self.model
        for claim, wrapper in model.wrapper.items():
            supply = sum(model.tokens[claim, who] for who in self.people)
            for who in self.people:
                found = self.chain.call("ClaimToken", wrapper, "balanceOf", who)
                assert found == model.tokens[claim, who], self.seed
            if claim in model.parts:
                assert model.cash[wrapper] >= supply * model.parts[claim] // SHARES, self.seed
            else:
                assert model.claims[claim, wrapper] == supply, self.seed

    def _leave(self, name: str, owner: str) -> None:
        """Whoever has tokens redeems them, and so their token its claims."""
        if owner in self.people:
            super()._leave(name, owner)
            return
        claim = next(claim for claim, token in self.model.wrapper.items() if token == owner)
        for who in self.people:
            if amount := self.model.tokens[claim, who]:
                self._both(
                    who,
                    "redeem",
                    amount,
                    who,
                    model=lambda: self.model.redeem_tokens(claim, who, amount),  # noqa: B023
                    to=("ClaimToken", owner),
                )
