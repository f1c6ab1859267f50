"""Open an issuance: its terms as people write them, in a file or as options, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from terahash.chain import Receipt
from terahash.deployment import NOBODY
from terahash.hashrate.amounts import percent, rate, terahash
from terahash.hashrate.calculator import net_hashprice, window
from terahash.hashrate.models import Sale, Terms
from terahash.hashrate.plans import reference_warnings
from terahash.hashrate.register import register
from terahash.hashrate.written import Account, Hours, Percent, TermsError, Wad, read_terms
from terahash.plan import Fact, Plan, Step
from terahash.report.numbers import scaled
from terahash.session import Session
from terahash.text import printable
from terahash.units import HOUR, WAD

MAX_DAY = 2**23
"""A block-day beyond any that will be counted."""


def _at_most(size: int) -> AfterValidator:
    """Bound a text by its bytes in UTF-8; none is empty."""

    def check(text: str) -> str:
        if not 1 <= len(text.encode()) <= size:
            raise ValueError(f"give 1 to {size} bytes of UTF-8")
        return text

    return AfterValidator(check)


Day = Annotated[int, Field(ge=0, le=MAX_DAY)]


class Issue(BaseModel):
    """An issuance that is to be opened; numbers in people's units.

    Attributes:
        name, symbol: of its token; at most 50 and 32 bytes of UTF-8.
        btc: token of wrapped bitcoin.
        first: block-day with which the term begins.
        last: block-day before which it ends.
        price: sats per TH/s per block-day.
        capacity: TH/s.
        cost: sats per TH/s per day of 86,400 s.
        reference: sats per TH/s per block-day, net.
        ratio: of the reserve, percent.
        fee: percent of the gross.
        exit_fee: percent of a redemption.
        grace: hours.
        feed, feed_id: of attested hashrate.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, _at_most(50)]
    symbol: Annotated[str, _at_most(32)]
    btc: Account
    first: Day
    last: Day
    price: Wad
    capacity: Wad
    cost: Wad
    reference: Wad
    ratio: Percent
    fee: Percent = 0
    exit_fee: Percent = WAD // 100
    grace: Hours = 72 * HOUR
    feed: Account = NOBODY
    feed_id: str = "0x" + "00" * 32

    def terms(self, index: str) -> Terms:
        """Write the terms as the contract has them.

        Raises:
            TermsError: when the feed's id is none.
        """
        try:
            feed_id = bytes.fromhex(self.feed_id.removeprefix("0x"))
        except ValueError:
            feed_id = b""
        if len(feed_id) != 32:
            raise TermsError("feed_id: give 32 bytes in hexadecimal")
        return Terms(
            btc=self.btc,
            index=index,
            first=self.first,
            last=self.last,
            cost=self.cost,
            fee=self.fee,
            ratio=self.ratio,
            reference=self.reference,
            exit_fee=self.exit_fee,
            grace=self.grace,
            feed=self.feed,
            feed_id=feed_id,
        )


def read_issue(file: Path | None, options: dict[str, Any]) -> Issue:
    """Read terms from a TOML or JSON file, from options, or from both: options count.

    Raises:
        TermsError: names what is wrong or missing.
    """
    return read_terms(Issue, "an issuance", file, options)


def issue_plan(session: Session, issue: Issue) -> Plan:
    """Open an issuance on the deployment's index."""
    factory = register(session)
    terms = issue.terms(factory.index)
    sale = Sale(issue.price, issue.capacity)
    newest = window(session.chain, terms.index)
    net, mean = (net_hashprice(one, terms.fee, terms.cost) for one in (newest.last, newest.mean14))
    days, feed_id = terms.last - terms.first, "0x" + terms.feed_id.hex()
    facts = [
        Fact("name", printable(issue.name), "name", issue.name),
        Fact("symbol", printable(issue.symbol), "symbol", issue.symbol),
        Fact("issuer", session.sender or "who sends it", "issuer", session.sender),
        Fact("bitcoin", terms.btc, "btc", terms.btc),
        Fact("index", terms.index, "index", terms.index),
        Fact("term begins", f"with block-day {terms.first}", "first", terms.first),
        Fact("term ends", f"before block-day {terms.last}, after {days}", "last", terms.last),
        Fact("price", f"{rate(sale.price)} sats/TH/block-day", "price", str(sale.price)),
        Fact("capacity", terahash(sale.capacity), "capacity", str(sale.capacity)),
        Fact("cost", f"{rate(terms.cost)} sats/TH/day", "cost", str(terms.cost)),
        Fact("fee", f"{percent(terms.fee)} of what is earned", "fee", str(terms.fee)),
        Fact("owes today", f"{rate(net)} sats/TH/day, at the newest hashprice", "net", str(net)),
        Fact("reserve ratio", percent(terms.ratio), "ratio", str(terms.ratio)),
        Fact(
            "reference",
            f"{rate(terms.reference)} sats/TH/block-day",
            "reference",
            str(terms.reference),
        ),
        Fact("exit fee", percent(terms.exit_fee), "exit_fee", str(terms.exit_fee)),
        Fact("grace", f"{scaled(terms.grace, HOUR, 1)} hours", "grace", terms.grace),
        Fact("attested by", terms.feed if terms.feed != NOBODY else "nobody", "feed", terms.feed),
        Fact("id there", feed_id if any(terms.feed_id) else "none", "feed_id", feed_id),
        Fact("for ever", "all but price and capacity, which the issuer may change"),
    ]
    warnings = reference_warnings(terms, net)
    share = terms.ratio * max(terms.reference, net, mean) // WAD
    if sale.price < share:
        warnings.append(
            f"the price is below the reserve's share of {rate(share)} sats a block-day, so that "
            "nothing can be sold"
        )
    opening = factory.open(issue.name, issue.symbol, terms, sale)

    def done(receipts: Sequence[Receipt]) -> str:
        issuance = factory.opened(receipts[-1])
        return f"Opened issuance {factory.number(issuance.address)}, {issuance.address}."

    return Plan("Open an issuance", facts, [Step("open it", opening)], done, warnings)
