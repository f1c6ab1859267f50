"""Two series, with a token for each side, in a market and in a model; and how they compare."""

from __future__ import annotations

from math import floor
from typing import Any

from tests.support.claim_token_model import Claim, ClaimTokenModel, TokenState
from tests.support.claim_tokens import ClaimTokens
from tests.support.trading import FOREVER, NOBODY, RICH, TRADERS, Market, Series

BOUNDS = ((100, 200), (-(2**200), 2**200))


class ClaimTokenWorld:
    """A market with four tokens, and their model.

    Attributes:
        seed: of whatever happens here, for messages.
        everybody: people, and a contract.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
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

    def _id(self, claim: Claim) -> int:
        series = self.series[claim.series]
        return series.long if claim.is_long else series.short

    def check_money(self) -> None:
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

    def check(self) -> None:
        """C4: every balance is the model's."""
        model, market = self.model, self.market
        for who in self.everybody:
            assert market.sats(who) == model.cash[who], self.seed
        for claim, token in self.address.items():
            state = model.tokens[claim]
            for who in self.everybody:
                assert self.tokens.balance(token, who) == state.holders[who], self.seed
            for other, where in self.address.items():
                assert self.tokens.balance(token, where) == state.holders[str(other)], self.seed
            supply = sum(state.holders.values())
            assert self.tokens.read(token, "totalSupply") == supply, self.seed
            share = 0 if state.worth is None else state.worth * 10**12
            told = (state.worth is not None, share)
            assert self.tokens.read(token, "collected") == told, self.seed
            for other in self.address:
                for owner, name in ((token, claim), *((who, who) for who in self.everybody)):
                    held = market.read("balanceOf", owner, self._id(other))
                    assert held == model.claims[other, name], self.seed
