"""One issuance on the replayed Bitcoin: its issuer, its holders, and what they do day by day.

The issuer sells 12,000 TH/s for 42 block-days and delivers what each of them owes, as soon as it is
closed, until day 30 of the term. Then it delivers no more, and anybody has the reserve pay.
Who borrows against tokens (`_lending.py`) holds some, too, and notes here what it does to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from scripts._chain import ApeChain
from scripts._signing import Signing
from terahash.chain import Receipt, Transaction
from terahash.deployment import Deployment
from terahash.feeds.feed_id import FeedId
from terahash.hashprice_index import HashpriceIndex
from terahash.hashrate.factory import HashrateFactory
from terahash.hashrate.models import EVERYTHING, EXACT, Backing, Sale, Terms
from terahash.hashrate.token import HashrateToken
from terahash.report.issuance import Deed, Event, Standing
from terahash.units import DAY, HOUR, MINUTE, SATS_PER_BTC, WAD

ISSUER, BUYER_1, BUYER_2, BUYER_3, BUYER_4, RECEIVER, ANYONE = NAMES = (
    "Issuer",
    "Buyer 1",
    "Buyer 2",
    "Buyer 3",
    "Buyer 4",
    "Receiver",
    "Anyone",
)
"""The chain's accounts from the second on; the first publishes."""
HOLDERS = NAMES[1:6]
CONTRACT = "Contract"
GUESTS = "Lending"
"""All of them together, as one side of the issuance."""
DAYS = 42
STOP = 30
"""Day of the term from which the issuer delivers no more."""
SALE = Sale(price=84 * WAD, capacity=12_000 * WAD)
COST, FEE, RATIO, REFERENCE = 80 * WAD, WAD // 50, WAD // 2, 60 * WAD
EXIT_FEE, GRACE = WAD // 100, 2 * DAY
HASHRATE, ATTESTED = FeedId.of("hashrate of the issuer", 18, HOUR), 12_000 * WAD
"""What operators see the issuer mine with, and say every day."""
FUNDS = SATS_PER_BTC
"""What each account has to begin with, satoshi."""
STALE_AFTER = 4 * DAY
"""Age of the index from which a token is neither sold, nor its reserve withdrawn."""


class Act(NamedTuple):
    """What somebody did, and the receipt for it."""

    event: Event
    receipt: Receipt


class Guest(NamedTuple):
    """Who holds tokens, or has to do with those who do, and is told of in another chapter.

    Attributes:
        address: where.
        funds: satoshi that it had to begin with.
    """

    address: str
    funds: int


class Planned(NamedTuple):
    """What somebody means to do.

    Attributes:
        day: of the term that has been mined by then.
        is_sale: it needs a fresh index.
    """

    day: int
    do: Callable[[], None]
    is_sale: bool = False


class Issuing:
    """The people of an issuance, who act after each replayed day.

    Attributes:
        token: the issuance, None until it opens.
        bitcoin: address of the wrapped bitcoin.
        acts: in order.
        guests: of other chapters, by name.
        standings: one for each day since it opened.
    """

    def __init__(
        self, chain: ApeChain, signing: Signing, deployment: Deployment, index: HashpriceIndex
    ) -> None:
        self.chain, self.signing, self.index = chain, signing, index
        self.factory = HashrateFactory(chain, deployment.address("HashrateFactory"))
        self.token: HashrateToken | None = None
        self.bitcoin = ""
        self.acts: list[Act] = []
        self.guests: dict[str, Guest] = {}
        self.standings: list[Standing] = []
        self._day = 0
        self._has_stopped = False
        self._plan = [
            Planned(0, lambda: self._mint(BUYER_1, 4_000), is_sale=True),
            Planned(0, lambda: self._mint(BUYER_2, 3_000), is_sale=True),
            Planned(0, lambda: self._mint(BUYER_3, 2_000), is_sale=True),
            Planned(7, lambda: self._claim(BUYER_1)),
            Planned(10, lambda: self._mint(BUYER_4, 1_000), is_sale=True),
            Planned(14, self._withdraw, is_sale=True),
            Planned(14, lambda: self._claim(BUYER_1)),
            Planned(21, lambda: self._claim(BUYER_2)),
            Planned(21, lambda: self._transfer(BUYER_2, RECEIVER)),
            Planned(21, lambda: self._claim(BUYER_1)),
            Planned(25, lambda: self._redeem(BUYER_3)),
            Planned(28, lambda: self._claim(BUYER_1)),
            Planned(35, lambda: self._claim(BUYER_1)),
            Planned(35, lambda: self._claim(RECEIVER, caller=ANYONE)),
            Planned(42, lambda: self._claim(BUYER_1)),
        ]

    @property
    def addresses(self) -> dict[str, str]:
        """Where everybody is."""
        found = {}
        for number, name in enumerate(NAMES, 1):
            with self.chain.acting_as(number) as address:
                found[name] = address
        return found

    def open(self, mined: int) -> None:
        """Open the issuance once the index has priced a day and is fresh.

        Args:
            mined: the newest complete block-day; the term begins with the next.
        """
        if self.token or not self.index.latest().hashprice or not self.is_fresh():
            return
        self.bitcoin = self.chain.deploy("BitcoinDouble")
        for address in self.addresses.values():
            self.chain.send("BitcoinDouble", self.bitcoin, "mint", address, FUNDS)
        terms = Terms(
            btc=self.bitcoin,
            index=self.index.address,
            first=mined + 1,
            last=mined + 1 + DAYS,
            cost=COST,
            fee=FEE,
            ratio=RATIO,
            reference=REFERENCE,
            exit_fee=EXIT_FEE,
            grace=GRACE,
            feed=self.signing.feed.address,
            feed_id=bytes(HASHRATE),
        )
        opening = self.factory.open("Hashrate January 2024", "TH-JAN24", terms, SALE)
        receipt = self._do(Deed.OPEN, ISSUER, opening)
        self.token = self.factory.opened(receipt)
        self._send(ISSUER, self.token.approve_bitcoin(EVERYTHING))

    def act(self, mined: int) -> None:
        """Do what people do when they see the newest state of the index.

        Args:
            mined: the newest complete block-day.
        """
        if not self.token:
            return
        self.signing.observe(HASHRATE, ATTESTED, self.chain.now)
        self._day = mined - self.token.terms.first + 1
        self._settle(self.token)
        while self._plan and self._plan[0].day <= self._day:
            if self._plan[0].is_sale and not self.is_fresh():
                break
            self._plan.pop(0).do()
        self._stand(self.token)

    def end(self) -> None:
        """Pay everybody out."""
        if not self.token:
            return
        for name in HOLDERS:
            self._claim(name)
        self._stand(self.token)

    def is_fresh(self) -> bool:
        """Say whether the index will be fresh enough for a sale for a minute."""
        return self.chain.now + MINUTE <= self.index.latest().end + STALE_AFTER

    def welcome(self, name: str, address: str) -> None:
        """Let somebody of another chapter hold tokens, who notes what is done to them."""
        held, _ = self._opened.bitcoin_of(address)
        self.guests[name] = Guest(address, held)

    def note_mint(self, who: str, receipt: Receipt, left: int) -> None:
        """Note who bought new tokens, with so many block-days of the term left."""
        (log,) = (log for name, log in receipt.logs if name == "Minted")
        rewards = log["cost"] - log["amount"] * SALE.price * left // WAD**2
        what = {"tokens": log["amount"], "sats": log["cost"], "rewards": rewards}
        self.note(Deed.MINT, who, receipt, **what)

    def note(self, deed: Deed, who: str, receipt: Receipt, **what: Any) -> None:
        """Note what a transaction did to the issuance."""
        event = {"day": self._day, "deed": deed, "who": who, "gas": receipt.gas_used, **what}
        self.acts.append(Act(Event(time=receipt.block_time, **event), receipt))

    def _settle(self, token: HashrateToken) -> None:
        """Count closed days, and pay what is owed, or have it paid."""
        backing = token.backing()
        # What the index has closed by now, whether or not it was counted before.
        self._has_stopped |= backing.day >= token.terms.first + STOP
        payer = ANYONE if self._has_stopped else ISSUER
        if token.accruable():
            self._do(Deed.ACCRUE, payer, token.accrue())
        if backing.owed and not self._has_stopped:
            self._paid(Deed.DELIVER, ISSUER, token.deliver(), "Delivered")
        elif token.backing().overdue:
            self._paid(Deed.COVER, ANYONE, token.cover(), "Covered")
        elif not backing.left and not backing.owed and backing.reserve:
            self._withdraw()

    def _mint(self, name: str, tokens: int) -> None:
        token, amount = self._opened, tokens * WAD
        cost, left = token.preview_mint(amount).cost, token.backing().left
        self._send(name, token.approve_bitcoin(cost))
        self.note_mint(name, self._send(name, token.mint(amount, cost, self.addresses[name])), left)

    def _claim(self, name: str, caller: str = "") -> None:
        who = caller or name
        receipt = self._send(who, self._opened.claim(self.addresses[name]))
        is_first = all((act.event.deed, act.event.whom) != (Deed.CLAIM, name) for act in self.acts)
        for event, log in receipt.logs:
            if event == "Claimed":
                self.note(Deed.CLAIM, who, receipt, whom=name, is_first=is_first)
                self.acts[-1].event.sats = log["amount"]

    def _transfer(self, sender: str, receiver: str) -> None:
        token, addresses = self._opened, self.addresses
        amount = token.balance(addresses[sender])
        sending = token.transfer(addresses[receiver], amount)
        self._do(Deed.TRANSFER, sender, sending, whom=receiver, tokens=amount)

    def _redeem(self, name: str) -> None:
        token, account = self._opened, self.addresses[name]
        amount = token.balance(account)
        giving = token.redeem(amount, token.preview_redeem(amount), account)
        self._paid(Deed.REDEEM, name, giving, "Redeemed", tokens=amount, sats="paid")

    def _withdraw(self) -> None:
        token = self._opened
        free = withdrawable(token.backing(), token.terms.ratio)
        if free > 0:
            taking = token.withdraw_reserve(free)
            self._paid(Deed.WITHDRAW, ISSUER, taking, "ReserveWithdrawn")

    @property
    def _opened(self) -> HashrateToken:
        assert self.token
        return self.token

    def _paid(
        self,
        deed: Deed,
        who: str,
        transaction: Transaction,
        event: str,
        sats: str = "amount",
        **what: Any,
    ) -> None:
        """Do what logs, under an event's name, how many satoshi it paid."""
        receipt = self._do(deed, who, transaction, **what)
        (paid,) = (log[sats] for name, log in receipt.logs if name == event)
        self.acts[-1].event.sats = paid

    def _do(self, deed: Deed, who: str, transaction: Transaction, **what: Any) -> Receipt:
        receipt = self._send(who, transaction)
        self.note(deed, who, receipt, **what)
        return receipt

    def _send(self, who: str, transaction: Transaction) -> Receipt:
        with self.chain.acting_as(NAMES.index(who) + 1):
            return transaction.send(self.chain)

    def _stand(self, token: HashrateToken) -> None:
        state = token.state()
        delivered, covered = (
            sum(act.event.sats for act in self.acts if act.event.deed is deed)
            for deed in (Deed.DELIVER, Deed.COVER)
        )
        self.standings.append(
            Standing(
                time=self.chain.now,
                accrued=state.backing.day - state.terms.first,
                owed=state.owed,
                delivered=delivered,
                covered=covered,
                reserve=state.backing.reserve,
                coverage=state.coverage,
                status=state.status.name,
            )
        )


def withdrawable(backing: Backing, ratio: int) -> int:
    """Say how many satoshi the reserve need not hold, by the contract's own rounding."""
    each = -(-ratio * backing.left * backing.unit // WAD)
    return backing.reserve - -(-backing.owed // EXACT) - -(-backing.supply * each // EXACT)
