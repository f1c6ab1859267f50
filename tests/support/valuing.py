"""An issuance with both of its valuations, beside the model of what they should say."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

from terahash.chain import ChainError
from tests.support.issuing import FIRST_DAY, ONE, SAT, START, TERM, Issuance
from tests.support.revm_chain import RevmChain
from tests.support.token_model import Agreed, Refused
from tests.support.value_model import Rules, Standing, Worth, covered, delivery

COVERED, DELIVERY = "CoveredValue", "DeliveryValue"


class Valued(Issuance):
    """One issuance, whose index may begin on any block-day.

    Attributes:
        rules: of the delivery valuation.
        agreed: the terms that numbers depend on.
    """

    def __init__(
        self, first_day: int = FIRST_DAY, rules: Rules | None = None, **terms: Any
    ) -> None:
        chain = RevmChain(START)
        index = chain.deploy("IndexDouble", first_day, START)
        term = {"first": first_day + 2, "last": first_day + 2 + TERM}
        super().__init__(chain, index=index, **{**term, **terms})
        self.index = index
        self.close()  # the day that the issuance let pass
        self.rules = rules or Rules()
        self.agreed = Agreed(*(self.terms[name] for name in Agreed._fields))
        self._valuations = {
            COVERED: chain.deploy(COVERED, self.address),
            DELIVERY: chain.deploy(DELIVERY, self.address, *self.rules),
        }

    def ask(self, kind: str, function: str) -> Any:
        """Read a view of a valuation."""
        return self.chain.call(kind, self._valuations[kind], function)

    def worth(self, kind: str) -> Worth:
        """Ask a valuation what a token is worth."""
        return Worth(*self.ask(kind, "assess"))

    def withdrawable(self) -> int:
        """Say how many satoshi the issuer may withdraw at most, if it may at all."""
        at, ratio = self.standing(), Fraction(self.agreed.ratio, ONE)
        required = ceil(ratio * at.left * at.unit)
        needed = ceil(Fraction(at.owed, SAT)) + ceil(Fraction(at.supply * required, SAT))
        return max(0, at.reserve - needed)

    def standing(self) -> Standing:
        """Read what the valuations read."""
        *backing, window = self.read("backing")
        return Standing(self.chain.now, *backing, *window)

    def check(self) -> dict[str, Worth | str | None]:
        """Compare both valuations with the model, to the last unit; return what they say."""
        modelled = self._modelled()
        found: dict[str, Worth | str | None] = {}
        for kind, expected in modelled.items():
            try:
                found[kind] = self.worth(kind)
            except ChainError as error:
                found[kind] = error.reason
            assert found[kind] == expected, kind
        return found

    def _modelled(self) -> dict[str, Worth | str | None]:
        """Say what the valuations should say, or why they should refuse."""
        try:
            at = self.standing()
        except ChainError as error:  # the token's own reason
            return {COVERED: error.reason, DELIVERY: error.reason}
        try:
            promise: Worth | str = delivery(self.agreed, at, self.rules)
        except Refused as error:
            promise = str(error)
        return {COVERED: covered(self.agreed, at), DELIVERY: promise}
