"""What a hashrate token says about itself, field by field as the contract returns it.

Units: tokens have 18 decimals, 10^18 being 1 TH/s; bitcoin is in satoshi; prices, values and
fractions are times 10^18; debts are in satoshi times 10^36.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from terahash.deployment import NOBODY
from terahash.headers import Exact

EXACT = 10**36
"""Parts of a satoshi in which debts are kept."""
EARNED_PARTS = 2**32
"""Parts of a satoshi in which `earned` counts."""
EVERYTHING = 2**256 - 1
"""As an amount to deliver: what is owed; as a coverage: no value to cover."""


class Terms(NamedTuple):
    """What is fixed for ever when an issuance opens.

    Attributes:
        btc: token of wrapped bitcoin, 8 decimals.
        index: hashprice index.
        first: block-day with which the term begins.
        last: block-day before which it ends.
        cost: sats per TH/s per 86,400 s, times 10^18.
        fee: share of the gross, times 10^18.
        ratio: reserve ratio, times 10^18.
        reference: the least that a token's block-day is ever valued at: sats, net, times 10^18.
        exit_fee: share of a redemption that stays in the reserve, times 10^18.
        grace: seconds that a debt may be unpaid before the reserve pays it.
        feed: of attested hashrate, in tokens; the zero address for none.
        feed_id: the feed's id there.
    """

    btc: str
    index: str  # type: ignore[assignment]  # hides tuple.index
    first: int
    last: int
    cost: Exact
    fee: Exact
    ratio: Exact
    reference: Exact
    exit_fee: Exact
    grace: int
    feed: str = NOBODY
    feed_id: bytes = bytes(32)


class Sale(NamedTuple):
    """What the issuer may change: sats per TH/s per block-day times 10^18, and tokens."""

    price: Exact
    capacity: Exact


class MintQuote(NamedTuple):
    """What a mint costs, and where it goes, satoshi.

    Attributes:
        cost: all of it.
        to_reserve: the reserve's share, and what the new tokens are owed already.
        to_stream: what the stream owes them already.
        to_issuer: the rest.
    """

    cost: int
    to_reserve: int
    to_stream: int
    to_issuer: int


class Window(NamedTuple):
    """The newest closed block-day, and mean hashprices up to its end: satoshi times 10^18.

    Attributes:
        day: its number.
        end: unix seconds.
        last: of it alone.
        mean3, mean14: of the last 3 and 14 block-days.
    """

    day: int
    end: int
    last: Exact
    mean3: Exact
    mean14: Exact


class Backing(NamedTuple):
    """What stands behind the tokens, block-days that closed meanwhile included.

    Attributes:
        index: satoshi that a token's 10^-18 part has earned, times 10^27.
        ahead: what the stream has yet to add to it.
        reserve: satoshi.
        supply: tokens.
        owed: due and not yet credited, satoshi times 10^36.
        day: next block-day to accrue.
        left: block-days of the term not yet accrued.
        unit: value of a token's block-day, sats times 10^18.
        overdue: the debt is older than the grace.
        short: coverage is below the reserve ratio.
        dead: the index has stood still for 30 days of the term.
        window: what the index values by.
    """

    index: Exact  # type: ignore[assignment]  # hides tuple.index
    ahead: Exact
    reserve: int
    supply: Exact
    owed: Exact
    day: int
    left: int
    unit: Exact
    overdue: bool
    short: bool
    dead: bool
    window: Window


class Stream(NamedTuple):
    """What holders have yet to earn of what was delivered.

    Attributes:
        ahead: by a token's 10^-18 part, satoshi times 10^27.
        end: when it ends, unix seconds.
        queued: for the next delivery, satoshi times 10^27.
    """

    ahead: Exact
    end: int
    queued: Exact


class Status(IntEnum):
    """How an issuance stands: the last that applies."""

    SELLING = 0
    RUNNING = 1
    SHORTFALL = 2
    MATURED = 3
    OVERDUE = 4
    DEFAULT = 5


class IssuanceState(NamedTuple):
    """Everything about an issuance, read one view after the other.

    Attributes:
        address, name, symbol: of the token.
        issuer: who sells.
        terms, sale, status, backing, stream: as the contract has them.
        value: of a token, satoshi times 10^18.
        coverage: part of the tokens' value that the reserve holds beyond what is owed, times
            10^18; None where they have no value.
        due: what ever fell due and was not redeemed, satoshi times 10^18.
        delivered: what of it was delivered, likewise: neither gifts nor what the reserve paid.
        unpaid_since: since when something is owed, unix seconds; None where nothing was.
    """

    address: str
    name: str
    symbol: str
    issuer: str
    terms: Terms
    sale: Sale
    status: Status
    backing: Backing
    stream: Stream
    value: Exact
    coverage: Exact | None
    due: Exact
    delivered: Exact
    unpaid_since: int | None

    @property
    def owed(self) -> int:
        """Whole satoshi that pay everything owed."""
        return -(-self.backing.owed // EXACT)


class Position(NamedTuple):
    """What an account has in an issuance.

    Attributes:
        account: whose.
        balance: tokens.
        earned: in its life, paid out or not, satoshi times 2^32.
        claimed: satoshi that were paid out.
        claimable: satoshi that a claim would pay now.
        beneficiary: who is paid; None for the account itself.
        bitcoin: satoshi that it holds.
        allowance: satoshi that the issuance may take of them.
    """

    account: str
    balance: Exact
    earned: Exact
    claimed: int
    claimable: int
    beneficiary: str | None
    bitcoin: int
    allowance: int


class Signature(NamedTuple):
    """A signed permit, up to a time.

    Attributes:
        deadline: unix seconds.
        v, r, s: of the signature.
    """

    deadline: int
    v: int
    r: bytes
    s: bytes
