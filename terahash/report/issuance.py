"""The numbers of the fourth chapter: one issuance of hashrate, and where every satoshi went."""

from __future__ import annotations

from enum import StrEnum
from itertools import takewhile

from pydantic import BaseModel, computed_field

from terahash.headers import Exact
from terahash.units import WAD

GAS_TARGETS = {
    "mint": 140_000,
    "deliver": 59_000,
    "claim": 51_000,
    "first claim": 69_000,
    "transfer": 57_000,
    "redeem": 90_000,
    "cover": 65_000,
}
"""Whole-transaction gas by operation, the transfer to a new holder; TOKEN.md."""


class Deed(StrEnum):
    """What somebody did to the issuance."""

    OPEN = "open"
    MINT = "mint"
    ACCRUE = "accrue"
    DELIVER = "deliver"
    CLAIM = "claim"
    TRANSFER = "transfer"
    REDEEM = "redeem"
    WITHDRAW = "withdraw"
    COVER = "cover"


class Event(BaseModel):
    """One transaction.

    Attributes:
        time: unix seconds.
        day: of the term that Bitcoin had mined by then, zero before the first.
        who: did it.
        whom: it was done to; "" where there is nobody.
        tokens: that were made, moved or burned, times 10^18; zero for none.
        sats: that were paid.
        rewards: of it, for what new tokens were owed or streamed already.
        is_first: a claim that is the account's first ever: it writes a slot for the first time.
        gas: of the whole transaction; zero for what happened inside one of another chapter.
    """

    time: int
    day: int
    deed: Deed
    who: str
    whom: str = ""
    tokens: Exact = 0
    sats: int = 0
    rewards: int = 0
    is_first: bool = False
    gas: int


class Party(BaseModel):
    """What came in (+) and went out (-) of one side's hands, satoshi.

    Attributes:
        name: of the side; the issuance's contract is one of them.
        tokens: held at the end, times 10^18.
        traded: paid for new tokens, or received for them.
        delivered: to the holders, by the issuer.
        claimed: of what was earned.
        redeemed: for tokens that were given back.
        withdrawn: from the reserve, by the issuer.
        change: of the balance that the bitcoin token says, start to end.
    """

    name: str
    address: str
    tokens: Exact = 0
    traded: int = 0
    delivered: int = 0
    claimed: int = 0
    redeemed: int = 0
    withdrawn: int = 0
    change: int = 0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def net(self) -> int:
        """What all of it adds up to."""
        return self.traded + self.delivered + self.claimed + self.redeemed + self.withdrawn


class Entitled(BaseModel):
    """A holder's claims beside the exact calculation.

    Attributes:
        claims: how many paid something.
        paid: by all of them, satoshi.
        exact: earned when the last of them was made, satoshi, times 10^18, rounded down.
        worst: most that any of them stayed behind, likewise.
    """

    name: str
    claims: int
    paid: int
    exact: Exact
    worst: Exact


class Left(BaseModel):
    """What the contract still holds at the end; satoshi, times 10^18, the parts rounded down.

    Attributes:
        held: balance that the bitcoin token says.
        reserve: behind the promise.
        streaming: earned by holders within the next day.
        queued: waits for the next delivery.
        unclaimed: earned, and not paid out.
        cut: cut from accounts, below 2^-32 satoshi each time: nobody's.
    """

    held: Exact
    reserve: Exact
    streaming: Exact
    queued: Exact
    unclaimed: Exact
    cut: Exact


class OwedDay(BaseModel):
    """A block-day of the term that is closed, and what it owes a token.

    Attributes:
        start, end: unix seconds of Bitcoin's clock.
        gross: what 1 TH/s earned by the index, satoshi, times 10^18.
        net: what of it the issuer owes, likewise.
    """

    number: int
    start: int
    end: int
    gross: Exact
    net: Exact


class Standing(BaseModel):
    """How the issuance stood when a block-day's transactions were done; amounts in satoshi.

    Attributes:
        time: unix seconds.
        accrued: block-days of the term that were counted.
        owed: and not yet paid, rounded up.
        delivered: by the issuer, so far.
        covered: by the reserve, so far.
        coverage: what the reserve holds beyond what is owed, of the tokens' value, times 10^18;
            None where they have none.
        status: in words.
    """

    time: int
    accrued: int
    owed: int
    delivered: int
    covered: int
    reserve: int
    coverage: Exact | None
    status: str


class Agreed(BaseModel):
    """Terms and offer; rates times 10^18, and prices in satoshi per TH/s, times 10^18.

    Attributes:
        first, last: the term's block-days, the last not included.
        cost: a day.
        fee: share of what is earned.
        ratio: of the reserve.
        reference: the least that a token's block-day is ever valued at.
        exit_fee: share of a redemption.
        grace: seconds that a debt may be unpaid.
        price: a block-day.
        capacity: tokens, times 10^18.
    """

    first: int
    last: int
    cost: Exact
    fee: Exact
    ratio: Exact
    reference: Exact
    exit_fee: Exact
    grace: int
    price: Exact
    capacity: Exact

    @property
    def days(self) -> int:
        """Block-days of the term."""
        return self.last - self.first


class IssuanceReplay(BaseModel):
    """Everything that happened to one issuance, and what it cost.

    Attributes:
        token: address of the issuance.
        opened: unix seconds.
        deploy: gas of the factory and the token's blueprint, once.
        to_reserve, to_stream: of what buyers paid, satoshi; the issuer has the rest.
        status: at the end, in words.
        owed: the closed block-days of the term, in order.
        standings: one for each replayed day since it opened.
        parties: the contract last.
        events: in order.
    """

    token: str
    agreed: Agreed
    opened: int
    deploy: int
    to_reserve: int
    to_stream: int
    status: str
    left: Left
    owed: list[OwedDay]
    standings: list[Standing]
    parties: list[Party]
    entitled: list[Entitled]
    events: list[Event]

    def of(self, deed: Deed) -> list[Event]:
        """List the events of one kind."""
        return [event for event in self.events if event.deed is deed]

    def paid(self, deed: Deed) -> int:
        """Add up the satoshi of one kind of event."""
        return sum(event.sats for event in self.of(deed))

    @property
    def is_over(self) -> bool:
        """Whether every block-day of the term is closed and counted."""
        return len(self.owed) == self.agreed.days

    @property
    def net(self) -> int:
        """What the closed block-days owe a token that was held through them, times 10^18."""
        return sum(day.net for day in self.owed)

    @property
    def price(self) -> int:
        """What a token costs that is bought before the term, satoshi, times 10^18."""
        return self.agreed.price * self.agreed.days

    @property
    def sold(self) -> int:
        """Tokens ever minted, times 10^18."""
        return sum(event.tokens for event in self.of(Deed.MINT))

    @property
    def unpaid_from(self) -> int | None:
        """Since when, unix seconds, debts were left unpaid for a day or more; None if never."""
        return next((standing.time for standing in self.standings if standing.owed), None)

    @property
    def delivered_days(self) -> int:
        """How many block-days the issuer paid itself, before it left any unpaid."""
        paid = takewhile(lambda standing: not standing.owed, self.standings)
        return max(standing.accrued for standing in paid)

    @property
    def worst(self) -> int:
        """The most that any claim stayed behind the exact amount, satoshi, times 10^18."""
        return max((holder.worst for holder in self.entitled), default=0)


def whole(tokens: int) -> str:
    """Write TH/s (tokens, times 10^18), without the unit."""
    count, part = divmod(tokens, WAD)
    return f"{count:,}" + (f".{part:018}".rstrip("0") if part else "")
