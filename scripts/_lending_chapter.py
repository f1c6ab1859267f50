"""What two vaults did to everybody's satoshi, compared with exact fractions, as numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from scripts._exact_lending import (
    ISSUANCE,
    Bitcoin,
    Due,
    ExactBook,
    ExactLending,
    Flows,
    Opening,
    Stand,
    Worth,
)
from scripts._issuance import SALE
from scripts._issuance import Act as TokenAct
from scripts._lending import (
    BORROWERS,
    COVERED,
    DELIVERY,
    EXPECTED,
    LENDER,
    LLTV,
    MARGIN,
    PEOPLE,
    TOKENS,
    USUAL,
    USUAL_LLTV,
    Act,
    Lending,
    Seen,
)
from scripts._replay import Replayed, ReplayError, logged
from terahash.bitcoin.target import difficulty, to_target
from terahash.chain import Receipt
from terahash.hashprice import block_days
from terahash.lending.models import FIXED, RAY
from terahash.report.issuance import Event as TokenEvent
from terahash.report.lending import (
    Deed,
    Event,
    LendingReplay,
    LentVault,
    Party,
    Retarget,
    Seizure,
    Standing,
)
from terahash.units import WAD

CLOSE = Fraction(1, 10**7)
"""Satoshi, and tokens, that what is not paid may lie off its fraction: contracts round it."""

_COLUMNS = {
    Deed.DEPOSIT: ("lent", -1),
    Deed.REDEEM: ("lent", 1),
    Deed.BORROW: ("loans", 1),
    Deed.LIQUIDATE: ("loans", -1),
    Deed.MINT: ("traded", -1),
    Deed.SPEND: ("spent", -1),
}
"""Where deeds stand in the statement, and whether who does one is paid, or pays."""


class _Checked(NamedTuple):
    """A vault and its loan, as the lens saw them, and exactly."""

    seen: Seen
    stand: Stand
    worth: Worth | None


class _Told:
    """The same acts, done to exact fractions and compared on the way.

    Attributes:
        exact: as it stands at the end.
        checked: of each vault, one for each day.
        seized: of each vault, just before its loan was liquidated.
        easier: what a token would have been worth then, at the difficulty before.
        usual: the health, then, of a loan that was made when this was, on usual terms.
    """

    def __init__(self, replayed: Replayed, bitcoin: Bitcoin) -> None:
        lending, issuing = replayed.lending, replayed.issuing
        assert issuing.token, "vaults are of an issuance"
        openings = {
            name: Opening(vault.terms, vault.delivery) for name, vault in lending.vaults.items()
        }
        book = ExactBook(issuing.token.terms, SALE.price, bitcoin)
        self.exact = ExactLending(book, openings)
        self.checked: dict[str, list[_Checked]] = {name: [] for name in openings}
        self.seized: dict[str, _Checked] = {}
        self.easier: dict[str, Worth] = {}
        self.usual: dict[str, Fraction] = {}
        self._bitcoin, self._lending = bitcoin, lending
        self._usually: dict[str, Fraction] = {}  # borrowed against a token, less what it has earned
        # A transaction is a block here; what it did to the issuance was before what it paid.
        items: list[tuple[int, int, TokenAct | Act | tuple[str, Seen]]] = [
            *((act.event.time, 0, act) for act in issuing.acts),
            *((act.event.time, 1, act) for act in lending.acts),
            *((seen.time, 2, (name, seen)) for name, seen in _all_seen(lending)),
        ]
        for _, _, item in sorted(items, key=lambda item: item[:2]):
            if isinstance(item, TokenAct):
                self._repeat_token(item)
            elif isinstance(item, Act):
                self._repeat(item)
            else:
                self._check(*item)

    def _repeat_token(self, act: TokenAct) -> None:
        for log in _logs(act.receipt, "Accrued"):
            if "days" in log:  # a vault accrues interest by the same name
                self.exact.book.accrue(log["day"], log["days"])
        check_due(act.event, self.exact.repeat_token(act.event))

    def _repeat(self, act: Act) -> None:
        event, book = act.event, self.exact.book
        check_due(event, self.exact.repeat(event))
        if not _is(act, DELIVERY, Deed.BORROW):
            return
        tokens = Fraction(TOKENS[DELIVERY], WAD)
        check_most(event, tokens * book.most(event.time, EXPECTED, LLTV[DELIVERY]))
        most = book.most(event.time, USUAL, USUAL_LLTV)
        self._usually[DELIVERY] = most + self._earned(DELIVERY, event.time)

    def _earned(self, name: str, time: int) -> Fraction:
        """Say what one of a vault's tokens has earned since they were posted."""
        return self.exact.book.earned(time, name) * WAD / TOKENS[name]

    def _check(self, name: str, seen: Seen) -> None:
        stand, worth = self.exact.stand(seen.time, name), self.exact.worth(seen.time, name)
        check_seen(seen, stand, worth)
        checked = _Checked(seen, stand, worth)
        if seen is not self._lending.seized.get(name):
            self.checked[name].append(checked)
            return
        self.seized[name] = checked
        day = self._bitcoin.easier(self._bitcoin.newest(seen.time))
        easier = self.exact.worth(seen.time, name, day)
        usual = self.exact.book.worth(seen.time, USUAL)
        assert easier and usual, "a vault that liquidates knows what tokens are worth"
        self.easier[name] = easier
        owed = self._usually[name] - self._earned(name, seen.time)
        self.usual[name] = usual.value * Fraction(USUAL_LLTV, WAD) / owed


def lending_numbers(replayed: Replayed) -> LendingReplay | None:
    """Read the sixth chapter; None where the replay was too short for all loans to be repaid.

    Raises:
        ReplayError: when a number of a vault is not what it should be, or a satoshi is missing; or
            no loan was liquidated, or for another reason than a retarget.
    """
    lending, token = replayed.lending, replayed.issuing.token
    if not lending.is_over or token is None:
        return None
    bitcoin = _bitcoin(replayed)
    try:
        told = _Told(replayed, bitcoin)
    except ValueError as error:
        raise ReplayError(f"the vaults cannot be computed again: {error}") from error
    parties = _parties(lending)
    check_statement(parties, told.exact.flows)
    return LendingReplay(
        registry=lending.registry.address,
        token=token.address,
        last_day=token.terms.last - token.terms.first,
        vaults=[_vault(lending, told, name, parties) for name in lending.vaults],
        retargets=_retargets(bitcoin, lending),
        seizure=_seizure(lending, told),
        parties=parties,
        events=[act.event for act in lending.acts],
    )


def check_due(event: Event | TokenEvent, due: Due) -> None:
    """Check what a transaction paid and moved.

    Raises:
        ReplayError: when it is not what exact fractions say, to the satoshi.
    """
    if due.sats not in (None, event.sats):
        raise ReplayError(
            f"{event.who}: {event.deed} paid {event.sats} satoshi, and {due.sats} were due"
        )
    if due.tokens is not None and abs(Fraction(event.tokens, WAD) - due.tokens) > CLOSE:
        raise ReplayError(
            f"{event.who}: {event.deed} moved {event.tokens / WAD} tokens, and "
            f"{float(due.tokens)} were due"
        )


def check_most(event: Event, most: Fraction) -> None:
    """Check that a borrower took as much as it could, exactly: but for what it left to be safe.

    Raises:
        ReplayError: when it was more, or less than that.
    """
    if not 0 <= most - event.sats <= 2 * MARGIN:
        raise ReplayError(f"{event.who} borrowed {event.sats} satoshi, and could {float(most)}")


def check_seen(seen: Seen, stand: Stand, worth: Worth | None) -> None:
    """Check how a loan stood.

    Args:
        seen: as the lens saw it.
        stand: exactly.
        worth: of a token, exactly; None where its vault does not know.

    Raises:
        ReplayError: when a satoshi differs, or the worth of a token by a ten-millionth of one.
    """
    position = seen.position
    found = (position.owes, position.credit, _unassisted(seen))
    if found != (stand.debt, stand.credit, stand.unassisted):
        raise ReplayError(
            f"a loan stood at {found} on day {seen.day}: debt, credit, and debt without rewards; "
            f"and should at {stand[1:]}"
        )
    if seen.state.is_valued != (worth is not None):
        raise ReplayError(
            f"a vault did{' not' if worth else ''} value its tokens on day {seen.day}"
        )
    if worth is None:
        return
    told = seen.state.worth
    said = Worth(*(Fraction(one, WAD) for one in (told.value, told.payout, told.price)))
    if any(abs(ours - exact) > CLOSE for ours, exact in zip(said, worth, strict=True)):
        raise ReplayError(
            f"a token was worth {said} on day {seen.day}, and headers and terms say {worth}"
        )
    if stand.owed:
        tokens = Fraction(position.loan.collateral, WAD)
        health = tokens * worth.value * Fraction(seen.state.terms.lltv, WAD) / stand.owed
        if abs(Fraction(position.health, WAD) - health) > CLOSE * health:
            raise ReplayError(f"a loan's health was {position.health / WAD} on day {seen.day}")


def check_statement(parties: list[Party], flows: Flows) -> None:
    """Check the statement.

    Raises:
        ReplayError: when a number of it is not the exact one, or a side's satoshi changed by
            something else, or a column does not add up to nothing.
    """
    for party in parties:
        for column, found in party.columns.items():
            if found != (due := flows[party.name, column]):
                raise ReplayError(f"{party.name}: {column} is {found} satoshi, and should be {due}")
        if party.name != ISSUANCE and party.net != party.change:
            raise ReplayError(
                f"{party.name}'s satoshi changed by {party.change}, and it counts {party.net}"
            )
    if total := sum(party.net for party in parties):
        raise ReplayError(f"the statement's sides add up to {total} satoshi, not to nothing")
    if missing := {name for name, _ in flows} - {party.name for party in parties}:
        raise ReplayError(f"the statement leaves out {', '.join(sorted(missing))}")


def _bitcoin(replayed: Replayed) -> Bitcoin:
    """Tell of block-days from headers and coinbases, and of when the index closed them."""
    fees = {height: int(proof.fees) for height, proof in replayed.proofs.items()}
    days = list(block_days(replayed.publisher.contents, replayed.terms.first_day, fees))
    closed = {
        log["day"]: receipt.block_time
        for receipt, log in logged(replayed.publisher.receipts, "DayClosed")
    }
    return Bitcoin(days, [closed[day.number] for day in days])


def _all_seen(lending: Lending) -> list[tuple[str, Seen]]:
    found = [(name, seen) for name, some in lending.seen.items() for seen in some]
    return found + list(lending.seized.items())


def _parties(lending: Lending) -> list[Party]:
    """Add up what each transaction logged, and read what everybody has."""
    found = {name: Party(name=name) for name in (*PEOPLE, *lending.vaults, ISSUANCE)}

    def move(payer: str, payee: str, column: str, sats: int) -> None:
        for name, change in ((payer, -sats), (payee, sats)):
            setattr(found[name], column, getattr(found[name], column) + change)

    names = {address: name for name, address in lending.addresses.items()}
    for act in lending.acts:
        event = act.event
        for log in _logs(act.receipt, "Claimed"):
            move(ISSUANCE, names[str(log["account"])], "rewards", log["amount"])
        if event.deed in _COLUMNS:
            column, sign = _COLUMNS[event.deed]
            other = event.vault or event.whom or ISSUANCE
            move(event.who, other, column, -sign * event.sats)
        for log in _logs(act.receipt, "Repaid"):
            move(event.who, event.vault, "loans", log["amount"])
        for log in _logs(act.receipt, "CreditWithdrawn"):
            move(event.vault, event.who, "rewards", log["amount"])
    for name, guest in lending.issuing.guests.items():
        found[name].change = lending.held(name) - guest.funds
    found[ISSUANCE].change = found[ISSUANCE].net
    return list(found.values())


def _vault(lending: Lending, told: _Told, name: str, parties: list[Party]) -> LentVault:
    vault, exact = lending.vaults[name], told.exact.vaults[name]
    opened = next(act for act in lending.acts if act.event.vault == name)
    deposits, redeemed = (
        {act.event.who: act.event.sats for act in lending.acts if _is(act, name, deed)}
        for deed in (Deed.DEPOSIT, Deed.REDEEM)
    )
    (held,) = (party.net for party in parties if party.name == name)
    fees = sum(sats for who, sats in redeemed.items() if who != LENDER)
    return LentVault(
        name=name,
        address=vault.address,
        borrower=BORROWERS[name],
        is_covered=name == COVERED,
        stress=vault.delivery.stress if vault.delivery else 0,
        lltv=vault.terms.lltv,
        opened=opened.event.time,
        tokens=sum(act.event.tokens for act in lending.acts if _is(act, name, Deed.POST)),
        deposited=deposits[LENDER],
        borrowed=sum(act.event.sats for act in lending.acts if _is(act, name, Deed.BORROW)),
        interest=int(exact.interest * WAD),
        repaid=int(exact.repaid * WAD),
        lender=redeemed[LENDER] - deposits[LENDER],
        fees=fees,
        held=held,
        standings=[_standing(checked) for checked in told.checked[name]],
    )


def _is(act: Act, vault: str, deed: Deed) -> bool:
    return (act.event.vault, act.event.deed) == (vault, deed)


def _standing(checked: _Checked) -> Standing:
    seen = checked.seen
    return Standing(
        time=seen.time,
        day=seen.day,
        debt=seen.position.owes,
        credit=seen.position.credit,
        unassisted=_unassisted(seen),
        value=seen.state.worth.value if seen.state.is_valued else None,
        health=seen.position.health if seen.state.is_valued and seen.position.debt else None,
    )


def _unassisted(seen: Seen) -> int:
    """Say what the same loans would owe without rewards, by the vault's index: whole satoshi."""
    fixed = -(-seen.lent * seen.state.pool.index // RAY)
    return -(-fixed // FIXED)


def _retargets(bitcoin: Bitcoin, lending: Lending) -> list[Retarget]:
    """List the difficulties that reached the index while a loan could be made."""
    times = [seen.time for _, seen in _all_seen(lending)]
    found = []
    for old, new in pairwise(bitcoin.days):
        at = bitcoin.closed[new.number - bitcoin.days[0].number]
        if old.bits != new.bits and min(times) <= at <= max(times):
            before, after = (difficulty(to_target(day.bits)) for day in (old, new))
            found.append(Retarget(time=at, change=(after - before) * WAD // before))
    return found


def _seizure(lending: Lending, told: _Told) -> Seizure:
    """Tell of the loan that was liquidated.

    Raises:
        ReplayError: when there is none, or it would have been without a retarget.
    """
    if not told.seized:
        raise ReplayError("no loan was liquidated")
    (name, (seen, stand, worth)), *_ = told.seized.items()
    (event,) = (act.event for act in lending.acts if _is(act, name, Deed.LIQUIDATE))
    easier, lltv = told.easier[name], Fraction(seen.state.terms.lltv, WAD)
    tokens = Fraction(seen.position.loan.collateral, WAD)
    health, health_before = (
        tokens * each.value * lltv / stand.owed for each in (worth, easier) if each
    )
    if not health < 1 <= health_before:
        raise ReplayError(
            f"a loan was liquidated at a health of {float(health)}, which would have been "
            f"{float(health_before)} at the difficulty before"
        )
    return Seizure(
        time=event.time,
        day=event.day,
        vault=name,
        borrower=BORROWERS[name],
        paid=event.sats,
        seized=event.tokens,
        left=seen.position.loan.collateral - event.tokens,
        value=seen.state.worth.value,
        before=int(easier.value * WAD),
        health=seen.position.health,
        health_before=int(health_before * WAD),
        health_usual=int(told.usual[name] * WAD),
        usual_stress=USUAL.stress,
        usual_lltv=USUAL_LLTV,
    )


def _logs(receipt: Receipt, event: str) -> list[dict[str, int]]:
    return [arguments for name, arguments in receipt.logs if name == event]
