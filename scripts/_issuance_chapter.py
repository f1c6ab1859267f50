"""What an issuance did to everybody's satoshi, compared with an exact calculation, as numbers."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from scripts._exact import ExactIssuance, net
from scripts._issuance import CONTRACT, FUNDS, GUESTS, HOLDERS, ISSUER, Issuing
from scripts._replay import Replayed, ReplayError
from terahash.chain import Receipt
from terahash.hashprice_index import HashpriceIndex, Reading
from terahash.hashrate.models import EARNED_PARTS, Terms
from terahash.hashrate.token import HashrateToken
from terahash.report.issuance import (
    Agreed,
    Deed,
    Entitled,
    Event,
    IssuanceReplay,
    Left,
    OwedDay,
    Party,
)
from terahash.units import WAD

SCALE = 10**27
"""Of the reward index and of what is queued."""


def issuance_numbers(replayed: Replayed) -> IssuanceReplay | None:
    """Read the fourth chapter: an issuance from its opening on; None where none has opened.

    Raises:
        ReplayError: when a satoshi is missing, or a payment is not what it should be.
    """
    issuing, token = replayed.issuing, replayed.issuing.token
    if token is None:
        return None
    terms, events = token.terms, [act.event for act in issuing.acts]
    readings = _readings(replayed.index, terms, issuing.standings[-1].accrued)
    nets = {
        day: net(readings[day - 1], readings[day], terms.cost, terms.fee)
        for day in readings
        if day >= terms.first
    }
    parties = _parties(issuing, token)
    minted = [log for act in issuing.acts for log in _logs(act.receipt, "Minted")]
    deployed = replayed.chain.deployed
    sale = token.sale()
    return IssuanceReplay(
        token=token.address,
        agreed=Agreed(**_shared(terms), price=sale.price, capacity=sale.capacity),
        opened=events[0].time,
        deploy=sum(
            deployed[replayed.deployment.address(contract)].gas_used
            for contract in ("HashrateToken", "HashrateFactory")
        ),
        to_reserve=sum(log["to_reserve"] for log in minted),
        to_stream=sum(log["to_stream"] for log in minted),
        status=issuing.standings[-1].status,
        left=_left(issuing, token, parties[-1]),
        owed=[
            OwedDay(
                number=day,
                start=readings[day - 1].end,
                end=readings[day].end,
                gross=readings[day].earned - readings[day - 1].earned,
                net=int(owed * WAD),
            )
            for day, owed in nets.items()
        ],
        standings=issuing.standings,
        parties=parties,
        entitled=_entitled(issuing, nets),
        events=events,
    )


def compare_claims(
    events: list[Event], accrued: dict[int, list[tuple[int, int]]], nets: dict[int, Fraction]
) -> list[Entitled]:
    """Set every payment beside what it should be, exactly.

    Args:
        events: in order.
        accrued: by the event's place, (first block-day, days) that its transaction counted first.
        nets: what each block-day owes a token, satoshi.

    Raises:
        ReplayError: when somebody got more, or has lost a satoshi or more, or something else was
            paid than was owed, or a block-day was counted twice or left out.
    """
    exact = ExactIssuance(nets)
    next_day = min(nets, default=0)
    paid: dict[str, int] = defaultdict(int)
    claims: dict[str, int] = defaultdict(int)
    earned: dict[str, Fraction] = {}
    worst: dict[str, Fraction] = defaultdict(Fraction)
    for place, event in enumerate(events):
        for first, days in accrued.get(place, []):
            if first != next_day:
                raise ReplayError(f"block-day {first} was counted, where {next_day} was due")
            exact.accrue(first, days)
            next_day += days
        paid_now, due = _repeated(exact, event)
        if paid_now != due:
            raise ReplayError(f"{event.who} paid {paid_now} satoshi of {due} that were owed")
        if event.deed is Deed.CLAIM:
            name = event.whom
            claims[name] += 1
            paid[name] += event.sats
            earned[name] = exact.earned(event.time, name)
            lost = earned[name] - paid[name]
            if not 0 <= lost < 1:
                raise ReplayError(
                    f"{name} was paid {paid[name]} satoshi by {claims[name]} claims, and has "
                    f"earned {float(earned[name]):.6f}"
                )
            worst[name] = max(worst[name], lost)
    return [
        Entitled(
            name=name,
            claims=claims[name],
            paid=paid[name],
            exact=int(earned[name] * WAD),
            worst=int(worst[name] * WAD),
        )
        for name in earned
    ]


def _repeated(exact: ExactIssuance, event: Event) -> tuple[int, int]:
    """Do the same to the exact issuance; return what was paid of debts, and what had to be."""
    match event.deed:
        case Deed.MINT:
            return event.rewards, exact.mint(event.time, event.who, event.tokens)
        case Deed.DELIVER | Deed.COVER:
            return event.sats, exact.pay(event.time)
        case Deed.REDEEM:
            exact.redeem(event.time, event.who, event.tokens)
        case Deed.TRANSFER:
            exact.transfer(event.time, event.who, event.whom, event.tokens)
    return 0, 0


def check_statement(parties: list[Party]) -> None:
    """Check that what each side counted is what the bitcoin token says, and adds up to nothing.

    Raises:
        ReplayError: names the side, or says what is missing.
    """
    for party in parties:
        if party.net != party.change:
            raise ReplayError(
                f"{party.name}'s satoshi changed by {party.change}, and it counts {party.net}"
            )
    if total := sum(party.net for party in parties):
        raise ReplayError(f"the statement's sides add up to {total} satoshi, not to nothing")


def _entitled(issuing: Issuing, nets: dict[int, Fraction]) -> list[Entitled]:
    accrued = {
        place: [
            (log["day"], log["days"])
            for log in _logs(act.receipt, "Accrued")
            if "days" in log  # a vault accrues interest under the same name
        ]
        for place, act in enumerate(issuing.acts)
    }
    found = compare_claims([act.event for act in issuing.acts], accrued, nets)
    names = [*HOLDERS, *issuing.guests]
    return sorted(found, key=lambda holder: names.index(holder.name))


def _parties(issuing: Issuing, token: HashrateToken) -> list[Party]:
    """Add up what went in and out of everybody's hands, the contract's last.

    Guests are one side: what they pay each other is told in their own chapter.
    """
    found = {
        name: Party(name=name, address=address, tokens=token.balance(address))
        for name, address in issuing.addresses.items()
        if name in (ISSUER, *HOLDERS)
    }
    contract, guests = Party(name=CONTRACT, address=token.address), Party(name=GUESTS, address="")
    side = dict.fromkeys(issuing.guests, guests) | found
    for act in issuing.acts:
        event = act.event
        for log in _logs(act.receipt, "Minted"):
            kept = log["to_reserve"] + log["to_stream"]
            side[event.who].traded -= event.sats
            found[ISSUER].traded += event.sats - kept
            contract.traded += kept
        if event.deed is Deed.DELIVER:
            found[event.who].delivered -= event.sats
            contract.delivered += event.sats
        elif event.deed is Deed.CLAIM:
            side[event.whom].claimed += event.sats
            contract.claimed -= event.sats
        elif event.deed is Deed.REDEEM:
            side[event.who].redeemed += event.sats
            contract.redeemed -= event.sats
        elif event.deed is Deed.WITHDRAW:
            found[event.who].withdrawn += event.sats
            contract.withdrawn -= event.sats
    for party in found.values():
        party.change = token.position(party.address).bitcoin - FUNDS
    for guest in issuing.guests.values():
        guests.tokens += token.balance(guest.address)
        guests.change += token.bitcoin_of(guest.address)[0] - guest.funds
    contract.change = token.position(token.address).bitcoin
    parties = [*found.values(), *([guests] if issuing.guests else []), contract]
    check_statement(parties)
    return parties


def _left(issuing: Issuing, token: HashrateToken, contract: Party) -> Left:
    """Say for what the contract still holds satoshi: all that is not cut is somebody's.

    Raises:
        ReplayError: when it holds less than that.
    """
    backing, stream = token.backing(), token.stream()
    holders = [issuing.addresses[name] for name in HOLDERS]
    holders += [guest.address for guest in issuing.guests.values()]
    positions = [token.position(holder) for holder in holders]
    unclaimed = sum(
        Fraction(position.earned, EARNED_PARTS) - position.claimed for position in positions
    )
    left = Left(
        held=contract.change * WAD,
        reserve=backing.reserve * WAD,
        streaming=stream.ahead * backing.supply * WAD // SCALE,
        queued=stream.queued * WAD // SCALE,
        unclaimed=int(unclaimed * WAD),
        cut=0,
    )
    left.cut = left.held - left.reserve - left.streaming - left.queued - left.unclaimed
    if left.cut < 0:
        raise ReplayError(f"the contract lacks {-left.cut / WAD:.6f} satoshi")
    return left


def _readings(index: HashpriceIndex, terms: Terms, days: int) -> dict[int, Reading]:
    """Read the index from the block-day before the term on, as far as the term was counted."""
    before = terms.first - 1
    return dict(enumerate(index.readings(before, days + 1), before))


def _shared(terms: Terms) -> dict[str, int]:
    return {name: value for name, value in terms._asdict().items() if name in Agreed.model_fields}


def _logs(receipt: Receipt, event: str) -> list[dict[str, int]]:
    return [arguments for name, arguments in receipt.logs if name == event]
