"""Open a vault: its terms as people write them, in a file or as options, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from terahash.chain import Receipt
from terahash.deployment import NOBODY
from terahash.hashrate.amounts import sats
from terahash.hashrate.calculator import window
from terahash.hashrate.show import document
from terahash.hashrate.token import HashrateToken
from terahash.hashrate.written import Account, Percent, Sats, TermsError, Wad, read_terms
from terahash.lending.models import UNCOUNTED, Delivery, Terms
from terahash.lending.registry import register
from terahash.lending.show import secured, term_rows
from terahash.lending.worth import LAST_DAYS
from terahash.plan import Fact, Plan, Step
from terahash.session import Session
from terahash.text import printable
from terahash.units import WAD

LEAST_LOAN = 10_000
"""Satoshi: ten times the least that the registry takes."""
_DELIVERY = ("stress", "decay", "phi")


class Opening(BaseModel):
    """A vault that is to be opened; shares, rates and values in percent, amounts in satoshi.

    Attributes:
        lltv: of a loan, above which it may be liquidated.
        supply_cap: that lenders may have in it.
        borrow_cap: that may be lent; without it, as much as the supply cap.
        uncovered_cap: that may be lent beyond what cash covers: what makes it a delivery vault.
        stress: of the hashprice, that a delivery vault counts on.
        decay: of its worth, that a block-day keeps in it for each day that it lies ahead.
        phi: of what is beyond cash, that it lends.
        min_borrow: that a loan has at least when it grows.
        fee: of the interest.
        fee_receiver: who gets it, as shares.
        guardian: who may stop new deposits and loans.
        target: utilisation at which the rate stays what it is.
        rate: a year, at the target, to begin with.
        steepness: the rate at full utilisation, over that at the target.
        speed: at which the rate moves, a year, where nothing or everything is lent.
        min_rate, max_rate: a year, at the target.
    """

    model_config = ConfigDict(extra="forbid")

    lltv: Percent
    supply_cap: Sats
    borrow_cap: Sats | None = None
    uncovered_cap: Sats | None = None
    stress: Percent | None = None
    decay: Percent | None = None
    phi: Percent | None = None
    min_borrow: Sats = LEAST_LOAN
    fee: Percent = 0
    fee_receiver: Account = NOBODY
    guardian: Account = NOBODY
    target: Percent = 9 * WAD // 10
    rate: Percent = WAD // 25
    steepness: Wad = 4 * WAD
    speed: Wad = 50 * WAD
    min_rate: Percent = WAD // 1_000
    max_rate: Percent = 2 * WAD

    def terms(self, token: str) -> Terms:
        """Write the terms as the registry takes them."""
        written = self.model_dump(include=set(Terms._fields), exclude_none=True)
        usual = {"borrow_cap": self.supply_cap, "uncovered_cap": UNCOUNTED}
        return Terms(token=token, valuation=NOBODY, **{**usual, **written})

    def delivery(self) -> Delivery | None:
        """Say how it values what the issuer has yet to deliver; None where cash covers all.

        Raises:
            TermsError: when that is said, but no cap on what no cash covers.
        """
        if self.uncovered_cap is None:
            if said := [name for name in _DELIVERY if getattr(self, name) is not None]:
                raise TermsError(
                    f"{' and '.join(said)}: only a delivery vault has that, and it needs "
                    "uncovered_cap, the satoshi that it may lend beyond cash"
                )
            return None
        usual = Delivery(stress=8 * WAD // 10, decay=999 * WAD // 1_000, phi=WAD // 4)
        given = ((name, getattr(self, name)) for name in _DELIVERY)
        return usual._replace(**{name: value for name, value in given if value is not None})


def read_opening(file: Path | None, options: dict[str, Any]) -> Opening:
    """Read terms from a TOML or JSON file, from options, or from both: options count.

    Raises:
        TermsError: names what is wrong or missing.
    """
    return read_terms(Opening, "a vault", file, options)


def open_plan(session: Session, token: HashrateToken, opening: Opening) -> Plan:
    """Open a vault that lends against the tokens of one issuance; whoever sends has no part in it.

    Raises:
        TermsError: when it says how to value delivery, but not how much to lend on it.
    """
    registry = register(session)
    terms, delivery = opening.terms(token.address), opening.delivery()
    issuance = f"{printable(token.symbol)}, {printable(token.name)}, {token.address}"
    facts = [
        Fact("lends against", issuance, "token", token.address),
        Fact("bitcoin", token.terms.btc, "btc", token.terms.btc),
        Fact("secured by", secured(delivery), "delivery", document(delivery)),
        *(Fact(name, text) for name, text in term_rows(terms).items()),
        Fact("loans end", _end(token, delivery), "last", token.terms.last),
        Fact("lenders may lose", _risk(terms), "terms", document(terms)),
        Fact(
            "for ever", "all of it; the guardian may stop new deposits and loans, and nothing else"
        ),
    ]

    def done(receipts: Sequence[Receipt]) -> str:
        vault = registry.opened(receipts[-1])
        return f"Opened vault {registry.number(vault.address)}, {vault.address}."

    left = max(token.terms.last - window(session.chain, token.terms.index).day - 1, 0)
    warnings = [f"of the term {left} block-days are left"] if left <= LAST_DAYS else []
    steps = [Step("open it", registry.open(terms, delivery))]
    return Plan("Open a vault", facts, steps, done, warnings)


def _end(token: HashrateToken, delivery: Delivery | None) -> str:
    last = token.terms.last
    if delivery is not None:
        return f"with the term: from block-day {last} on nothing more is to be delivered"
    return (
        f"from block-day {last - LAST_DAYS} on, {LAST_DAYS} before the term does, with liquidation"
    )


def _risk(terms: Terms) -> str:
    if terms.is_covered:
        return "nothing by the issuer or the market, if somebody liquidates in time"
    return (
        f"up to {sats(terms.uncovered_cap)} and interest, if the issuer does not deliver, and what "
        "a fall of the hashprice brings before somebody liquidates"
    )
