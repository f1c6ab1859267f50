"""Who lends and who borrows against tokens of the replayed issuance, and what they do day by day.

A lender opens two vaults. In the first, cash covers every loan: a miner mints tokens for itself,
posts them, borrows, and spends what it borrowed; their rewards repay that, and it borrows again.
In the second, what the issuer is yet to deliver counts too: a borrower takes as much as it can, on
the day before a higher difficulty reaches the index, and is liquidated when it does.

There is no hashprice in what cash covers, so that no retarget could do that in the first. And the
only one upwards while this issuer delivers is of 1.65 %, which a day's rewards outrun where a vault
has usual terms. So the second counts on 90 % of the hashprice, lends nearly all that it expects of
it, and liquidates at 95 %: more daring than lenders should be.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from scripts._chain import ApeChain
from scripts._issuance import Issuing
from terahash.chain import Receipt, Transaction
from terahash.deployment import NOBODY, Deployment
from terahash.hashrate.token import ERC20, HashrateToken
from terahash.lending.models import UNCOUNTED, Delivery, Position, State, Terms
from terahash.lending.registry import VaultRegistry
from terahash.lending.vault import Vault
from terahash.report.issuance import Deed as TokenDeed
from terahash.report.lending import Deed, Event
from terahash.units import SATS_PER_BTC, WAD

SUPPLIER, MINER, LENDER, BORROWER, LIQUIDATOR, FEE_RECEIVER = PEOPLE = (
    "Supplier",
    "Miner",
    "Lender",
    "Borrower",
    "Liquidator",
    "Fee receiver",
)
"""The chain's accounts from FIRST_ACCOUNT on."""
FIRST_ACCOUNT = 7
COVERED, DELIVERY = "Covered vault", "Delivery vault"
FUNDS = SATS_PER_BTC
"""What each of them has to begin with, satoshi."""
BEGIN, BEFORE_RETARGET = 8, 12
"""Days of the term that Bitcoin had mined when vaults open; and when the next block-day to close is
of a higher difficulty."""
LOANS = {BEGIN: 1_000_000, 15: 1_000_000, 26: 900_000}
"""The miner's: on which day, and satoshi."""
CURVE = (9 * WAD // 10, WAD // 25, 4 * WAD, 50 * WAD, WAD // 1_000, 2 * WAD)
"""Target, rate there to begin with, steepness, speed, and the bounds of the rate."""
LLTV = {COVERED: 9 * WAD // 10, DELIVERY: 95 * WAD // 100}
UNCOVERED = {COVERED: UNCOUNTED, DELIVERY: SATS_PER_BTC // 50}
USUAL, USUAL_LLTV = Delivery(8 * WAD // 10, 999 * WAD // 1_000, WAD // 4), 7 * WAD // 10
"""What a vault that counts on deliveries might ask for, had it ordinary lenders."""
EXPECTED = Delivery(stress=9 * WAD // 10, decay=999 * WAD // 1_000, phi=95 * WAD // 100)
SHARE = WAD // 10
"""Of interest that is the fee receiver's."""
DEPOSITS = {COVERED: 1_200_000, DELIVERY: 1_300_000}
"""Satoshi that the lender puts into each."""
TOKENS = {COVERED: 1_500 * WAD, DELIVERY: 500 * WAD}
"""That borrowers post."""
BORROWERS = {COVERED: MINER, DELIVERY: BORROWER}
CAP, LEAST = SATS_PER_BTC, 10_000
"""Satoshi that lenders may have in a vault, and that may be lent; and that a loan has at least."""
MARGIN = 10
"""Satoshi by which a limit or a debt may move between looking and sending."""


class Act(NamedTuple):
    """What somebody did, and the receipt for it."""

    event: Event
    receipt: Receipt


class Seen(NamedTuple):
    """A vault and its loan as they stood.

    Attributes:
        time: unix seconds.
        day: of the term that Bitcoin had mined.
        lent: debts over the vault's index when they were made, all of them, fixed.
    """

    time: int
    day: int
    lent: int
    state: State
    position: Position


class Planned(NamedTuple):
    """What somebody means to do once so many days of the term are mined and the index is fresh."""

    day: int
    do: Callable[[], None]


class Lending:
    """The people of two vaults, who act after each replayed day.

    Attributes:
        vaults: by name; nothing before the issuance is under way.
        acts: in order.
        seen: of each vault, one for each day since it opened.
        seized: of a vault whose loan was liquidated, how that stood before.
    """

    def __init__(self, chain: ApeChain, deployment: Deployment, issuing: Issuing) -> None:
        self.chain, self.issuing = chain, issuing
        addresses = (deployment.address(name) for name in ("VaultRegistry", "LendingLens"))
        self.registry = VaultRegistry(chain, *addresses)
        self.vaults: dict[str, Vault] = {}
        self.acts: list[Act] = []
        self.seen: dict[str, list[Seen]] = {COVERED: [], DELIVERY: []}
        self.seized: dict[str, Seen] = {}
        self._day = 0
        self._lent = {COVERED: 0, DELIVERY: 0}
        self._left: set[str] = set()  # by the lender
        self._plan = [
            Planned(BEGIN, self._begin),
            Planned(BEGIN, lambda: self._post(COVERED)),
            *(Planned(day, partial(self._borrow_and_spend, LOANS[day])) for day in LOANS),
            Planned(BEFORE_RETARGET, lambda: self._post(DELIVERY)),
            Planned(BEFORE_RETARGET, self._borrow_most),
        ]
        self._plan.sort(key=lambda planned: planned.day)

    @property
    def addresses(self) -> dict[str, str]:
        """Where people and vaults are."""
        found = {name: self.chain.key(self._account(name)).address for name in PEOPLE}
        return found | {name: vault.address for name, vault in self.vaults.items()}

    def held(self, name: str) -> int:
        """Read how many satoshi somebody has, or a vault."""
        return self._token.bitcoin_of(self.addresses[name])[0]

    def act(self, mined: int) -> None:
        """Do what people do when they see the newest state of the index.

        Args:
            mined: the newest complete block-day.
        """
        if not self.issuing.token:
            return
        self._day = mined - self.issuing.token.terms.first + 1
        while self._plan and self._plan[0].day <= self._day and self.issuing.is_fresh():
            self._plan.pop(0).do()
        for name in [name for name in self.vaults if name not in self._left]:
            if (seen := self._see(name)).position.is_unhealthy:
                self._liquidate(name, seen)
                seen = self._see(name)
            self.seen[name].append(seen)
            if not (self._loans_left(name) or seen.position.debt):
                self._leave(name)

    @property
    def is_over(self) -> bool:
        """Whether the lender has left both vaults."""
        return len(self._left) == len(BORROWERS)

    def end(self) -> None:
        """Let everybody have what is theirs."""
        for name in self.vaults:
            if self._see(name).position.loan.collateral:
                self._close(name)
        for name in (MINER, BORROWER, LIQUIDATOR):
            if name in self.issuing.guests:
                self._claim(name)

    def _begin(self) -> None:
        bitcoin, token = self.issuing.bitcoin, self._token.address
        for name in (LENDER, MINER, BORROWER, LIQUIDATOR):
            self.chain.send("BitcoinDouble", bitcoin, "mint", self.addresses[name], FUNDS)
            self._send(name, self._token.approve_bitcoin(FUNDS))
        for name, address in self.addresses.items():
            self.issuing.welcome(name, address)
        for name, delivery in ((COVERED, None), (DELIVERY, EXPECTED)):
            opening = self.registry.open(self._terms(name, token), delivery)
            self.vaults[name] = vault = self.registry.opened(
                self._do(Deed.OPEN, LENDER, name, opening)
            )
            self.issuing.welcome(name, vault.address)
            self._send(LENDER, vault.approve_bitcoin(FUNDS))
            amount = DEPOSITS[name]
            lending = vault.deposit(amount, self.addresses[LENDER])
            self._do(Deed.DEPOSIT, LENDER, name, lending, sats=amount)

    def _terms(self, name: str, token: str) -> Terms:
        caps = (CAP, CAP, UNCOVERED[name], LEAST)
        fee = (SHARE, self.addresses[FEE_RECEIVER], NOBODY)
        return Terms(token, NOBODY, LLTV[name], *caps, *fee, *CURVE)

    def _post(self, name: str) -> None:
        """Mint tokens, and post them."""
        who, vault, amount = BORROWERS[name], self.vaults[name], TOKENS[name]
        address, left = self.addresses[who], self._token.backing().left
        cost = self._token.preview_mint(amount).cost
        minting = self._token.mint(amount, cost, address)
        receipt = self._do(Deed.MINT, who, "", minting, tokens=amount)
        (self.acts[-1].event.sats,) = (
            log["cost"] for event, log in receipt.logs if event == "Minted"
        )
        self.issuing.note_mint(who, receipt, left)
        self._send(who, vault.approve_tokens(amount))
        posting = vault.post(amount, address)
        receipt = self._do(Deed.POST, who, name, posting, tokens=amount)
        self._note_transfer(who, name, amount, receipt)

    def _borrow(self, name: str, amount: int) -> None:
        who, vault = BORROWERS[name], self.vaults[name]
        address = self.addresses[who]
        assert not self._see(name).position.debt, "a loan is made where none is"
        self._do(Deed.BORROW, who, name, vault.borrow(amount, address, address), sats=amount)
        self._lent[name] += self._see(name).position.loan.scaled

    def _borrow_most(self) -> None:
        # What streams is worth less a second later.
        self._borrow(DELIVERY, self._see(DELIVERY).position.max_borrow - MARGIN)

    def _borrow_and_spend(self, amount: int) -> None:
        self._borrow(COVERED, amount)
        given = (self.addresses[SUPPLIER], amount)
        spending = Transaction(ERC20, self.issuing.bitcoin, "transfer", given)
        self._do(Deed.SPEND, MINER, "", spending, whom=SUPPLIER, sats=amount)

    def _liquidate(self, name: str, seen: Seen) -> None:
        vault, borrower = self.vaults[name], self.addresses[BORROWERS[name]]
        self.seized[name] = seen
        self._send(LIQUIDATOR, vault.approve_bitcoin(FUNDS))
        # Interest falls due a second later; what is more than the debt is not taken.
        paid = seen.position.owes + MARGIN
        seizing = vault.liquidate(borrower, paid, 0, 0, self.addresses[LIQUIDATOR])
        receipt = self._do(Deed.LIQUIDATE, LIQUIDATOR, name, seizing)
        (log,) = (log for event, log in receipt.logs if event == "Liquidated")
        event = self.acts[-1].event
        event.sats, event.tokens = log["paid"], log["seized"]
        self._note_transfer(name, LIQUIDATOR, log["seized"], receipt)

    def _loans_left(self, name: str) -> bool:
        """Say whether somebody still means to borrow."""
        last = max(LOANS) if name == COVERED else BEFORE_RETARGET
        return not self._lent[name] or any(planned.day <= last for planned in self._plan)

    def _leave(self, name: str) -> None:
        """Have what tokens earned credited to the vault, and take everything out."""
        vault = self.vaults[name]
        harvesting = vault.harvest(self.addresses[BORROWERS[name]])
        self._do(Deed.HARVEST, LENDER, name, harvesting)
        self._redeem(name, LENDER)
        self._do(Deed.COLLECT, FEE_RECEIVER, name, vault.collect_fees())
        self._redeem(name, FEE_RECEIVER)
        self._left.add(name)

    def _redeem(self, name: str, who: str) -> None:
        vault, address = self.vaults[name], self.addresses[who]
        redeeming = vault.redeem(vault.shares(address), address, address)
        receipt = self._do(Deed.REDEEM, who, name, redeeming)
        (self.acts[-1].event.sats,) = (
            log["assets"] for event, log in receipt.logs if event == "Withdraw"
        )

    def _close(self, name: str) -> None:
        """Repay what is still owed, and take tokens and credit back."""
        who, vault = BORROWERS[name], self.vaults[name]
        address, posted = self.addresses[who], self._see(name).position.loan.collateral
        self._send(who, vault.approve_bitcoin(FUNDS))
        receipt = self._do(Deed.CLOSE, who, name, vault.close(address, address), tokens=posted)
        for event, log in receipt.logs:
            if event in ("CreditWithdrawn", "Repaid"):
                self.acts[-1].event.sats += log["amount"] * (-1 if event == "Repaid" else 1)
        self._note_transfer(name, who, posted, receipt)

    def _claim(self, who: str) -> None:
        receipt = self._do(Deed.CLAIM, who, "", self._token.claim(self.addresses[who]))
        for event, log in receipt.logs:
            if event == "Claimed":
                self.acts[-1].event.sats = log["amount"]

    @property
    def _token(self) -> HashrateToken:
        assert self.issuing.token
        return self.issuing.token

    def _see(self, name: str) -> Seen:
        vault = self.vaults[name]
        position = vault.position(self.addresses[BORROWERS[name]])
        return Seen(self.chain.now, self._day, self._lent[name], vault.state(), position)

    def _do(
        self, deed: Deed, who: str, vault: str, transaction: Transaction, **what: Any
    ) -> Receipt:
        receipt = self._send(who, transaction)
        event = {"day": self._day, "deed": deed, "who": who, "vault": vault, **what}
        gas = receipt.gas_used
        self.acts.append(Act(Event(time=receipt.block_time, gas=gas, **event), receipt))
        for name, log in receipt.logs:
            if name == "Claimed":
                whose = next(n for n, at in self.addresses.items() if at == log["account"])
                self.issuing.note(
                    TokenDeed.CLAIM, whose, receipt, whom=whose, sats=log["amount"], gas=0
                )
        return receipt

    def _note_transfer(self, sender: str, receiver: str, tokens: int, receipt: Receipt) -> None:
        self.issuing.note(TokenDeed.TRANSFER, sender, receipt, whom=receiver, tokens=tokens, gas=0)

    def _send(self, who: str, transaction: Transaction) -> Receipt:
        with self.chain.acting_as(self._account(who)):
            return transaction.send(self.chain)

    @staticmethod
    def _account(name: str) -> int:
        return FIRST_ACCOUNT + PEOPLE.index(name)
