"""What each command does with orders, worked out before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from terahash.chain import ChainError, Receipt
from terahash.documents import Refusal
from terahash.hashrate.amounts import sats
from terahash.orders.preflight import Cause, preflight
from terahash.orders.show import order_document, side_text, take_text, taken_rows
from terahash.orders.takes import cost, only_fine, owned_by, side_of, standing, sweep
from terahash.orders.wire import Line
from terahash.plan import Fact, Plan, Step
from terahash.report.numbers import count
from terahash.reverts import explained
from terahash.session import RefusedError, Session
from terahash.swaps.market import Market
from terahash.swaps.models import CANCELLED
from terahash.swaps.names import label
from terahash.swaps.series import Series
from terahash.swaps.trading import MAX_LEGS, MAX_SERIES, Take, Trader

_SEVERAL = (
    "the orders are of several series or sides: take each alone, or all or nothing with --package"
)


def fill_plan(market: Market, line: Line | Refusal, taker: str, amount: int | None = None) -> Plan:
    """Take claims of one order: so many, or all that can be taken.

    Raises:
        RefusedError: when the order is dead, has fewer, or the taker cannot pay.
    """
    (whole,) = only_fine(standing(market, [line], taker))
    take = whole if amount is None else whole._replace(amount=amount)
    found = preflight(market, take.signed, taker, take.amount)
    if not found.is_fine and found.cause is not Cause.TAKER_ALLOWANCE:
        raise RefusedError(found.why)
    pays = cost([take], owned_by(market, taker, [take]))
    rows = [Fact(name, text) for name, text in taken_rows(take).items()]
    facts = [*_about(market, taker, [take]), *rows, _payment(pays)]
    step = Step(f"take {take_text(take)}", Trader.on(market).fill(take))
    return Plan("Take an order", facts, [*_approval(market, taker, pays), step], _traded)


def sweep_plan(
    market: Market,
    lines: Iterable[Line | Refusal],
    taker: str,
    amount: int | None = None,
    least: int | None = None,
) -> Plan:
    """Take claims of several orders of one side, the best first; dead ones are passed over.

    Args:
        market: of the orders.
        lines: the orders.
        taker: who takes them.
        amount: claims in all; None for all that there are.
        least: claims below which nothing is done; None for one at least.

    Raises:
        RefusedError: when all are dead, they are of several sides, or the taker cannot pay.
    """
    found = standing(market, lines, taker)
    side = side_of(found.takes)
    if side is None:
        why = "; ".join(found.dead) if not found.takes else _SEVERAL
        raise RefusedError(why)
    series, is_long = side
    chosen = sweep(found.takes, amount, owned_by(market, taker, found.takes))
    facts = [
        *_about(market, taker, chosen.takes),
        Fact("series", label(series), "series", f"0x{series.id.hex()}"),
        Fact("take", f"{chosen.amount:,} {side_text(not is_long)}", "amount", str(chosen.amount)),
        *_listed(chosen.takes),
        Fact("worst price", f"{chosen.limit:,} ticks", "limit", chosen.limit),
        _payment(chosen.most),
    ]
    least = least or 1
    call = Trader.on(market).sweep(
        series, not is_long, chosen.takes, chosen.amount, chosen.limit, least
    )
    step = Step(f"sweep {count(len(chosen.takes), 'order')}", call)
    steps = [*_approval(market, taker, chosen.most), step]
    dead = [f"an order is left away, {why}" for why in found.dead]
    return Plan("Sweep orders", facts, steps, _traded, dead)


def package_plan(market: Market, lines: Iterable[Line | Refusal], taker: str) -> Plan:
    """Take all of several orders, of any series and side, or nothing.

    Raises:
        RefusedError: when one is dead, they are too many, or the taker cannot pay.
    """
    takes = only_fine(standing(market, lines, taker))
    if len(takes) > MAX_LEGS:
        raise RefusedError(f"{len(takes)} orders: one transaction takes {MAX_LEGS}; give fewer")
    pays = cost(takes, owned_by(market, taker, takes))
    facts = [
        *_about(market, taker, takes),
        *_listed(takes),
        _payment(pays),
    ]
    step = Step(f"take {count(len(takes), 'order')}", Trader.on(market).fill_all(takes, pays))
    steps = [*_approval(market, taker, pays), step]
    return Plan("Take orders, all or nothing", facts, steps, _traded)


def cancel_plan(session: Session, market: Market, lines: Iterable[Line | Refusal]) -> Plan:
    """Cancel the sender's orders, each for itself; those that are dead for ever are left away.

    Raises:
        RefusedError: when one is of another market, or another maker.
    """
    sender, trader = session.needed_sender(), Trader.on(market)
    facts, steps, warnings = [Fact("market", market.address, "market", market.address)], [], []
    for line in lines:
        if isinstance(line, Refusal):
            raise RefusedError(f"{line.where}: {line.why}")
        order = line.signed.order
        if line.domain != market.domain:
            raise RefusedError(f"{line.where} is an order of another market or chain")
        if order.maker != sender:
            raise RefusedError(f"{line.where} is of {order.maker}, who alone can cancel it")
        filled = market.filled(order)
        if filled == CANCELLED or order.counter < market.counter(sender):
            warnings.append(f"{line.where} is left away: it was cancelled already")
            continue
        if order.amount <= filled:
            warnings.append(f"{line.where} is left away: nothing is left of it")
            continue
        digest = f"0x{market.domain.digest(order).hex()}"
        text = take_text(Take(line.signed, order.amount - filled))
        facts.append(Fact(line.where, f"{text}; {digest}", digest, str(order.amount - filled)))
        steps.append(Step(f"cancel {line.where}", trader.cancel(order)))

    def done(receipts: Sequence[Receipt]) -> str:
        return f"Cancelled {count(len(receipts), 'order')}."

    return Plan("Cancel orders", facts, steps, done, warnings, settled=frozenset())


def cancel_all_plan(session: Session, market: Market) -> Plan:
    """Cancel all that the sender has signed so far."""
    maker = session.needed_sender()
    counter = market.counter(maker)
    facts = [
        Fact("market", market.address, "market", market.address),
        Fact("maker", maker, "maker", maker),
        Fact("counter", f"{counter:,} becomes {counter + 1:,}", "counter", str(counter)),
    ]

    def done(receipts: Sequence[Receipt]) -> str:
        return "Cancelled all orders: none that was signed before can be taken any more."

    step = Step("cancel all orders", Trader.on(market).cancel_all())
    return Plan("Cancel all orders", facts, [step], done)


def open_plan(market: Market, some: Iterable[Series]) -> Plan:
    """Open series, as anyone may; those that are open already are left away.

    Raises:
        RefusedError: for one that the instrument refuses.
    """
    facts, wanted = [Fact("market", market.address, "market", market.address)], []
    for series in dict.fromkeys(some):
        name = label(series)
        if market.state(series).is_open:
            facts.append(Fact(name, "open already"))
            continue
        try:
            market.check(series)
        except ChainError as error:
            raise RefusedError(f"{name} cannot be opened: {explained(error)}") from error
        facts.append(Fact(name, f"0x{series.id.hex()}", name, f"0x{series.id.hex()}"))
        wanted.append(series)
    trader = Trader.on(market)
    chunks = [wanted[at : at + MAX_SERIES] for at in range(0, len(wanted), MAX_SERIES)]
    steps = [Step(f"open {len(chunk)} series", trader.open(chunk)) for chunk in chunks]

    def done(receipts: Sequence[Receipt]) -> str:
        opened = [name for one in receipts for name, _ in one.logs if name == "Opened"]
        return f"Opened {len(opened)} series."

    return Plan("Open series", facts, steps, done)


def _about(market: Market, taker: str, takes: Sequence[Take]) -> list[Fact]:
    documents = [
        order_document(market.domain, take.signed) | {"take": str(take.amount)} for take in takes
    ]
    return [
        Fact("market", market.address, "market", market.address),
        Fact("taker", taker, "taker", taker),
        Fact("orders", f"{len(takes)}", "orders", documents),
    ]


def _listed(takes: Sequence[Take]) -> list[Fact]:
    return [Fact(f"order {number}", take_text(take)) for number, take in enumerate(takes, 1)]


def _payment(pays: int) -> Fact:
    return Fact("pay at most" if pays >= 0 else "receive", sats(abs(pays)), "pays", str(pays))


def _approval(market: Market, taker: str, pays: int) -> list[Step]:
    """Have the market allowed to take what it is going to.

    Raises:
        RefusedError: when the taker holds less.
    """
    held, allowed = market.bitcoin_of(taker)
    if held < pays:
        raise RefusedError(f"{taker} holds {sats(held)}, and this takes {sats(pays)}")
    if allowed >= pays:
        return []
    return [Step(f"approve {sats(pays)}", Trader.on(market).approve_bitcoin(pays))]


def _traded(receipts: Sequence[Receipt]) -> str:
    logs = [log for name, log in receipts[-1].logs if name == "Traded"]
    claims = sum(log["amount"] for log in logs)
    if not logs:
        raise LookupError("nothing was traded")
    return f"Took {claims:,} claims of {count(len(logs), 'order')}."
