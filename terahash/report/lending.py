"""The numbers of the sixth chapter: two vaults, their loans, and what each of the people got."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, computed_field

from terahash.headers import Exact
from terahash.units import WAD


class Deed(StrEnum):
    """What somebody did."""

    OPEN = "open"
    DEPOSIT = "deposit"
    MINT = "mint"
    POST = "post"
    BORROW = "borrow"
    SPEND = "spend"
    HARVEST = "harvest"
    LIQUIDATE = "liquidate"
    CLOSE = "close"
    COLLECT = "collect"
    REDEEM = "redeem"
    CLAIM = "claim"


class Event(BaseModel):
    """One transaction.

    Attributes:
        time: unix seconds.
        day: of the term that Bitcoin had mined by then.
        who: did it.
        vault: that it was done to, by name; "" for none.
        whom: got what was spent; "" for nobody.
        tokens: that were made or moved, times 10^18; zero for none.
        sats: that were paid; zero for none. Of a loan that was closed, what its borrower got, less
            what it paid.
        gas: of the whole transaction.
    """

    time: int
    day: int
    deed: Deed
    who: str
    vault: str = ""
    whom: str = ""
    tokens: Exact = 0
    sats: int = 0
    gas: int


class Party(BaseModel):
    """What came in (+) and went out (-) of one side's hands, satoshi.

    Attributes:
        name: of the side; the vaults are sides, and so is the issuance.
        lent: deposited, and taken out again.
        loans: borrowed, and repaid by a borrower or a liquidator.
        traded: paid for new tokens.
        rewards: of tokens: claimed, or, by a borrower, taken out as a credit.
        spent: on something else.
        change: of the balance that the bitcoin token says, start to end.
    """

    name: str
    lent: int = 0
    loans: int = 0
    traded: int = 0
    rewards: int = 0
    spent: int = 0
    change: int = 0

    @property
    def columns(self) -> dict[str, int]:
        """What it adds up, by the name of the column."""
        return self.model_dump(exclude={"name", "change", "net"})

    @computed_field  # type: ignore[prop-decorator]
    @property
    def net(self) -> int:
        """What all of it adds up to."""
        return self.lent + self.loans + self.traded + self.rewards + self.spent


class Standing(BaseModel):
    """How a loan stood when a block-day's transactions were done; amounts in whole satoshi.

    Attributes:
        time: unix seconds.
        day: of the term that Bitcoin had mined.
        debt: that it would take to repay it, its tokens' rewards credited.
        credit: what rewards brought beyond the debt.
        unassisted: what the same loans would owe without rewards; zero before the first.
        value: of a token to the vault, satoshi times 10^18; None where it does not know.
        health: the debt at which it may be liquidated, over the debt, times 10^18; None without
            one, or without a value.
    """

    time: int
    day: int
    debt: int
    credit: int
    unassisted: int
    value: Exact | None
    health: Exact | None


class LentVault(BaseModel):
    """A vault and its one loan.

    Attributes:
        name: of the vault, in this chapter.
        borrower: whose loan.
        is_covered: it counts only cash that nobody can take from the reserve.
        stress: share of the hashprice that it counts on, times 10^18; zero where it counts on none.
        lltv: share of the value above which a loan may be liquidated, times 10^18.
        opened: unix seconds.
        tokens: that were posted, times 10^18.
        deposited: by the lender, satoshi.
        borrowed: in all, satoshi.
        interest: that the loan grew by, satoshi times 10^18, rounded down.
        repaid: of the debt, by rewards, likewise.
        lender: satoshi that the lender got beyond what it had lent.
        fees: satoshi that the fee receiver got.
        held: satoshi that the vault holds at the end.
        standings: one for each day since it opened.
    """

    name: str
    address: str
    borrower: str
    is_covered: bool
    stress: Exact
    lltv: Exact
    opened: int
    tokens: Exact
    deposited: int
    borrowed: int
    interest: Exact
    repaid: Exact
    lender: int
    fees: int
    held: int
    standings: list[Standing]

    @property
    def from_credit(self) -> int:
        """Satoshi of what was borrowed that were the borrower's own, times 10^18."""
        return self.borrowed * WAD - (self.repaid - self.interest)

    @property
    def repaid_at(self) -> Standing | None:
        """How it stood on the first day without a debt, after one with it; None if never."""
        has_owed = False
        for standing in self.standings:
            if has_owed and not standing.debt:
                return standing
            has_owed |= bool(standing.debt)
        return None


class Retarget(BaseModel):
    """When a difficulty reached the index, unix seconds; and its change, times 10^18."""

    time: int
    change: Exact


class Seizure(BaseModel):
    """A loan that was liquidated.

    Attributes:
        time: unix seconds.
        day: of the term that Bitcoin had mined.
        vault: by name.
        borrower: whose loan.
        paid: by the liquidator, satoshi: all of the debt.
        seized: tokens that it got, times 10^18.
        left: tokens that stayed the borrower's, likewise.
        value: of a token to the vault, satoshi times 10^18.
        before: what it would have been at the difficulty before, likewise.
        health: just before, times 10^18.
        health_before: what that would have been at the difficulty before, likewise.
        health_usual: what it would have been of a loan as large as a vault of usual terms makes,
            but for a day's interest, likewise.
        usual_stress, usual_lltv: of such terms, as a vault has them.
    """

    time: int
    day: int
    vault: str
    borrower: str
    paid: int
    seized: Exact
    left: Exact
    value: Exact
    before: Exact
    health: Exact
    health_before: Exact
    health_usual: Exact
    usual_stress: Exact
    usual_lltv: Exact


class LendingReplay(BaseModel):
    """The chapter.

    Attributes:
        registry: address of the register that opened the vaults.
        token: address of the issuance.
        last_day: of the term.
        retargets: that the index saw while the vaults were open.
        seizure: of the loan that was liquidated.
        parties: people first, then vaults, the issuance last.
        events: in order.
    """

    registry: str
    token: str
    last_day: int
    vaults: list[LentVault]
    retargets: list[Retarget]
    seizure: Seizure
    parties: list[Party]
    events: list[Event]

    def of(self, deed: Deed) -> list[Event]:
        """List the events of one kind."""
        return [event for event in self.events if event.deed is deed]

    @property
    def covered(self) -> LentVault:
        """The vault whose loans cash covers."""
        return next(vault for vault in self.vaults if vault.is_covered)

    def party(self, name: str) -> Party:
        """Find a side of the statement."""
        return next(party for party in self.parties if party.name == name)
