"""What each command does to a market, worked out before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence

from terahash.chain import Receipt
from terahash.hashrate.amounts import sats
from terahash.plan import Fact, Plan, Step
from terahash.products.product import unit_of
from terahash.session import RefusedError, Session
from terahash.swaps.market import Market
from terahash.swaps.models import Stage, Standing
from terahash.swaps.names import label, window
from terahash.swaps.reverts import REASONS
from terahash.swaps.series import Series
from terahash.swaps.show import quoted_x, share_text
from terahash.swaps.trading import Trader

_DONE = "market: settled already"
_EMPTY = "market: nothing to redeem"
_WHY = {
    Stage.TRADING: "its window is not over",
    Stage.KNOWN: "the end of its window is not final yet, which takes one and a half to three days",
    Stage.SETTLED: "it is settled already: `terahash swaps redeem` has its claims paid",
}


def settle_plan(market: Market, series: Sequence[Series]) -> Plan:
    """Settle series, each by its value, or by its fallback where its index died.

    Raises:
        RefusedError: when one cannot be settled now.
    """
    standings = list(market.standings(series))
    for one in standings:
        if not one.can_settle:
            raise RefusedError(f"{label(one.series)} cannot be settled: {_WHY[one.stage]}")
    return _settling(market, standings)


def settle_all_plan(market: Market) -> Plan:
    """Settle every series that can be."""
    standings = market.standings(market.opened())
    return _settling(market, [one for one in standings if one.can_settle])


def redeem_plan(
    session: Session,
    market: Market,
    series: Sequence[Series],
    owner: str,
    receiver: str | None = None,
) -> Plan:
    """Have an owner's claims of settled series paid.

    Args:
        session: who asks for it.
        market: of the series.
        series: to redeem.
        owner: of the claims.
        receiver: of the satoshi; None for the owner.

    Raises:
        RefusedError: when a series is not settled, or only the owner itself may redeem.
    """
    to = receiver or owner
    _check_redeemer(session, market, owner, to)
    trader = Trader.on(market)
    facts, steps, total = [_market(market), Fact("owner", owner, "owner", owner)], [], 0
    for one in market.standings(series):
        name = label(one.series)
        if one.stage is not Stage.SETTLED or one.share is None:
            raise RefusedError(f"{name} is not settled: run `terahash settle {name}` first")
        claims = market.claims(owner, one.series)
        if not any(claims):
            facts.append(Fact(name, "no claims are left: they were paid, or sent on"))
            continue
        pays = claims.worth(one.share)
        total += pays
        held = f"{claims.longs:,} longs, {claims.shorts:,} shorts; longs have "
        facts.append(Fact(name, f"{sats(pays)}, for {held}{share_text(one.share)}", name, pays))
        steps.append(Step(f"redeem {name}", trader.redeem(one.series, owner, to)))
    facts += [Fact("paid to", to, "receiver", to), Fact("in all", sats(total), "total", total)]

    def done(receipts: Sequence[Receipt]) -> str:
        paid = [log["paid"] for one in receipts for name, log in one.logs if name == "Redeemed"]
        return f"{sats(sum(paid))} were paid to {to}."

    return Plan("Redeem claims", facts, steps, done, settled=frozenset({_EMPTY}))


def _settling(market: Market, standings: Sequence[Standing]) -> Plan:
    trader = Trader.on(market)
    facts, steps, warnings = [_market(market)], [], []
    for one in standings:
        name, is_dead = label(one.series), one.stage is Stage.DEAD
        facts.append(Fact(name, _outcome(one), name, str(one.share)))
        settle = trader.settle_dead if is_dead else trader.settle
        steps.append(Step(f"settle {name}", settle(one.series)))
        if is_dead:
            warnings.append(
                f"the index of {name} has stood still for 90 days: its own fallback applies, and "
                "not the value of its window. Whoever wants that must make the index move before"
            )

    def done(receipts: Sequence[Receipt]) -> str:
        settled = [log for one in receipts for name, log in one.logs if name == "Settled"]
        return f"Settled {len(settled):,} series."

    return Plan("Settle", facts, steps, done, warnings, settled=frozenset({_DONE}))


def _outcome(one: Standing) -> str:
    """Say what a series that can be settled will be settled on."""
    assert one.share is not None, "a series that can be settled has a share"
    longs = f"longs have {share_text(one.share)}"
    over = f"{window(one.series)}; locks {sats(one.pairs)}"
    if one.x is None:
        return f"{longs} by its fallback; {over}"
    return f"{longs} at {quoted_x(one.series, one.x)} {unit_of(one.series)}; {over}"


def _check_redeemer(session: Session, market: Market, owner: str, receiver: str) -> None:
    sender = session.sender
    if sender == owner or (sender is not None and market.is_operator(owner, sender)):
        return
    if receiver != owner:
        raise RefusedError(REASONS["market: receiver not the owner"])
    if session.chain.code(owner):
        raise RefusedError(REASONS["market: owner redeems itself"])


def _market(market: Market) -> Fact:
    return Fact("market", market.address, "market", market.address)
