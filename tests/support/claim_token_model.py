"""What tokens of claims should do, said independently of how they do it: in exact fractions.

A token's holders own the claims that were wrapped. Once the market has paid these, everybody is due
its part of a satoshi for each, rounded down at each redemption. Gifts are nobody's.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import NamedTuple

from tests.support.market_model import SHARES, require, share


class Claim(NamedTuple):
    """A side of a series: its number, and whether it is the long."""

    series: int
    is_long: bool

    @property
    def other(self) -> Claim:
        """The other side."""
        return Claim(self.series, not self.is_long)


@dataclass
class TokenState:
    """The token of one claim.

    Attributes:
        holders: tokens that people have.
        wrapped: claims that holders own; what it holds above these was given.
        gifts: what claims that were given are worth among those that the market paid, satoshi.
        worth: of a claim, satoshi; None until the market has paid the claims here.
        due: what redemptions so far were worth exactly, satoshi.
        received, paid: satoshi, by the market and to holders.
        given: satoshi that were sent by themselves.
        redemptions: how many there were.
    """

    holders: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrapped: int = 0
    gifts: Fraction = Fraction(0)
    worth: Fraction | None = None
    due: Fraction = Fraction(0)
    received: int = 0
    paid: int = 0
    given: int = 0
    redemptions: int = 0


@dataclass
class ClaimTokenModel:
    """Everybody's satoshi, claims and tokens. Tokens hold claims under their claim's own name.

    Attributes:
        cash: satoshi of people.
        claims: by claim and owner, who may be a token.
        long_worth: of a long, satoshi, for each series that is settled.
        no_code: people who may be redeemed by anyone.
        held: satoshi of the market.
    """

    cash: dict[str, int]
    tokens: dict[Claim, TokenState]
    no_code: set[str]
    claims: dict[tuple[Claim, object], int] = field(default_factory=lambda: defaultdict(int))
    long_worth: dict[int, Fraction] = field(default_factory=dict)
    held: int = 0

    def mint(self, series: int, amount: int, owner: str) -> None:
        """Make pairs at the market."""
        require(series not in self.long_worth, "market: settled already")
        self.cash[owner] -= amount
        self.held += amount
        for is_long in (True, False):
            self.claims[Claim(series, is_long), owner] += amount

    def burn_pair(self, series: int, amount: int, owner: str) -> None:
        """End pairs at the market."""
        sides = [(Claim(series, is_long), owner) for is_long in (True, False)]
        require(all(amount <= self.claims[side] for side in sides), "market: insufficient claims")
        for side in sides:
            self.claims[side] -= amount
        self.cash[owner] += amount
        self.held -= amount

    def settle(self, series: int, x: int, low: int, high: int) -> None:
        """Fix what claims are worth."""
        self.long_worth[series] = Fraction(share(x, low, high), SHARES)

    def give(self, claim: Claim, amount: int, owner: str, receiver: object) -> None:
        """Send claims at the market, maybe to a token, which does not hear of it."""
        require(amount <= self.claims[claim, owner], "market: insufficient claims")
        self.claims[claim, owner] -= amount
        self.claims[claim, receiver] += amount

    def give_sats(self, claim: Claim, amount: int, owner: str) -> None:
        """Send satoshi to a token, which does not hear of it."""
        self.cash[owner] -= amount
        self.tokens[claim].given += amount

    def wrap(self, claim: Claim, amount: int, owner: str, receiver: object) -> None:
        """Turn claims into tokens."""
        token = self.tokens[claim]
        require(amount > 0, "token: amount is zero")
        require(token.worth is None, "token: claims are redeemed")
        require(receiver != claim, "token: receiver cannot receive")
        self.give(claim, amount, owner, claim)
        token.holders[str(receiver)] += amount
        token.wrapped += amount

    def unwrap(self, claim: Claim, amount: int, owner: str, receiver: object) -> None:
        """Turn tokens into claims."""
        token = self.tokens[claim]
        require(amount > 0, "token: amount is zero")
        require(token.worth is None, "token: claims are redeemed")
        require(receiver != claim, "token: receiver cannot receive")
        self._take(token, amount, owner)
        token.wrapped -= amount
        self.claims[claim, claim] -= amount
        self.claims[claim, receiver] += amount

    def transfer(self, claim: Claim, amount: int, owner: str, receiver: object) -> None:
        """Send tokens; those that a token gets, this one too, are lost."""
        self._take(self.tokens[claim], amount, owner, "transfer")
        self.tokens[claim].holders[str(receiver)] += amount

    def redeem(self, claim: Claim, amount: int, owner: str, receiver: object) -> None:
        """Have tokens paid, to a person or, for nobody's good, to another token."""
        token = self.tokens[claim]
        require(receiver != claim, "token: receiver cannot receive")
        require(amount > 0, "token: amount is zero")
        self._take(token, amount, owner)
        require(claim.series in self.long_worth, "market: not settled")
        if token.worth is None:
            self._collect(claim, token)
        assert token.worth is not None
        part = amount * token.worth
        token.due += part
        token.paid += floor(part)
        token.redemptions += 1
        self._pay(receiver, floor(part))

    def redeem_for(self, claim: Claim, owner: str) -> None:
        """Have all tokens of somebody paid."""
        require(owner in self.no_code, "token: owner redeems itself")
        self.redeem(claim, self.tokens[claim].holders[owner], owner, owner)

    def redeem_claims(self, series: int, owner: str) -> None:
        """Have claims paid at the market."""
        require(series in self.long_worth, "market: not settled")
        longs, shorts = Claim(series, True), Claim(series, False)
        require(self.claims[longs, owner] + self.claims[shorts, owner] > 0, NOTHING)
        self._pay(owner, self._cash_in(series, owner))

    def worth_of(self, claim: Claim) -> Fraction:
        """Say what a claim of a settled series is worth, satoshi."""
        worth = self.long_worth[claim.series]
        return worth if claim.is_long else 1 - worth

    def sats_of(self, claim: Claim) -> int:
        """Say how many satoshi a token holds."""
        token = self.tokens[claim]
        return token.received + token.given - token.paid

    def _collect(self, claim: Claim, token: TokenState) -> None:
        token.worth = self.worth_of(claim)
        token.gifts = (self.claims[claim, claim] - token.wrapped) * token.worth
        token.gifts += self.claims[claim.other, claim] * (1 - token.worth)
        token.received += self._cash_in(claim.series, claim)

    def _cash_in(self, series: int, owner: object) -> int:
        """End somebody's claims of a series, both sides, for what they are worth together."""
        exact = Fraction(0)
        for is_long in (True, False):
            side = Claim(series, is_long)
            exact += self.claims[side, owner] * self.worth_of(side)
            self.claims[side, owner] = 0
        self.held -= floor(exact)
        return floor(exact)

    def _pay(self, receiver: object, amount: int) -> None:
        if isinstance(receiver, Claim):
            self.tokens[receiver].given += amount
        else:
            self.cash[str(receiver)] += amount

    @staticmethod
    def _take(token: TokenState, amount: int, owner: str, act: str = "burn") -> None:
        require(amount <= token.holders[owner], f"erc20: {act} amount exceeds balance")
        token.holders[owner] -= amount


NOTHING = "market: nothing to redeem"
