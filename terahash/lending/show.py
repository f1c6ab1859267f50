"""Vaults and loans as people and machines read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich import box
from rich.table import Table

from terahash.deployment import NOBODY
from terahash.hashrate.amounts import percent, sats, terahash
from terahash.lending.forecast import HIGHEST, Outlook, fall
from terahash.lending.models import (
    FIXED,
    SHARE,
    UNCOUNTED,
    Delivery,
    Lender,
    Position,
    State,
    Terms,
)
from terahash.lending.worth import Collateral
from terahash.report.numbers import bitcoin_per_petahash, count, scaled
from terahash.text import printable
from terahash.units import DAY, SATS_PER_BTC, WAD, utc


class Listed(NamedTuple):
    """What an account has in a vault of the register.

    Attributes:
        number: of the vault.
        state: of it.
        position: the account's loan.
        lender: what it has lent.
        outlook: of the loan; None where there is no debt, or it cannot be said.
    """

    number: int
    state: State
    position: Position
    lender: Lender
    outlook: Outlook | None


def shares_text(shares: int) -> str:
    """Write shares of a vault: one is about a bitcoin when the vault opens."""
    return scaled(shares, SHARE, 8)


def health_text(health: int) -> str:
    """Write a health, rounded down: below 1 a loan may be liquidated."""
    return "no debt" if health == UNCOUNTED else scaled(health - health % 10**14, WAD, 4)


def hashprice_text(hashprice: int) -> str:
    """Write a hashprice (sats per TH/s per day, times 10^18)."""
    return f"{bitcoin_per_petahash(hashprice)} BTC/PH/day"


def vault_table(states: Sequence[State]) -> Table:
    """Lay out the register, one vault to a line."""
    table = _table("shares", "secured\nby")
    for title in (
        "lent\n(BTC)",
        "free\n(BTC)",
        "in use\n(%)",
        "borrow\n(% a year)",
        "supply\n(% a year)",
        "LLTV\n(%)",
    ):
        table.add_column(title, justify="right", no_wrap=True)
    for number, state in enumerate(states, 1):
        table.add_row(
            str(number),
            printable(state.symbol),
            "cash" if state.terms.is_covered else "delivery",
            _bitcoin(state.lent),
            _bitcoin(state.pool.cash),
            _percent(state.utilisation),
            _percent(state.borrow_rate),
            _percent(state.supply_rate),
            _percent(state.terms.lltv, 0),
        )
    return table


def position_table(found: Sequence[Listed]) -> Table:
    """Lay out the loans of an account, one vault to a line."""
    table = _table("shares")
    for title in (
        "tokens\n(TH/s)",
        "worth\n(sats)",
        "debt\n(sats)",
        "credit\n(sats)",
        "health",
        "repaid by\nitself (days)",
    ):
        table.add_column(title, justify="right", no_wrap=True)
    for one in found:
        position, repaid = one.position, one.outlook and one.outlook.repaid_in
        table.add_row(
            str(one.number),
            printable(one.state.symbol),
            scaled(position.loan.collateral, WAD, 2),
            f"{position.value:,}" if position.is_valued else "-",
            f"{position.owes:,}",
            f"{position.credit:,}",
            health_text(position.health) if position.is_valued else "-",
            "-" if one.outlook is None else "never" if repaid is None else f"{repaid:,}",
        )
    return table


def lender_table(found: Sequence[Listed]) -> Table:
    """Lay out what an account has lent, one vault to a line."""
    table = _table("shares")
    for title in ("held", "worth\n(sats)", "can be taken\nout now (sats)", "earns\n(% a year)"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in found:
        table.add_row(
            str(one.number),
            printable(one.state.symbol),
            shares_text(one.lender.shares),
            f"{one.lender.assets:,}",
            f"{one.lender.withdrawable:,}",
            _percent(one.state.supply_rate),
        )
    return table


def unhealthy_table(found: Sequence[tuple[int, Position]]) -> Table:
    """Lay out what can be liquidated, with the number of its vault."""
    table = _table("borrower")
    for title in ("tokens\n(TH/s)", "debt\n(sats)", "health"):
        table.add_column(title, justify="right", no_wrap=True)
    for number, position in found:
        table.add_row(
            str(number),
            position.borrower,
            scaled(position.loan.collateral, WAD, 2),
            f"{position.owes:,}",
            health_text(position.health),
        )
    return table


def state_rows(state: State, name: str, delivery: Delivery | None) -> dict[str, str]:
    """Say how a vault stands, one fact to a line."""
    pool, worth = state.pool, state.worth
    stopped = [
        what
        for what, is_stopped in (
            ("deposits", pool.deposits_stopped),
            ("loans", pool.loans_stopped),
        )
        if is_stopped
    ]
    rows = {
        "vault": f"{printable(state.symbol)}, {printable(name)}, {state.vault}",
        "lends against": state.terms.token,
        "secured by": _secured(delivery),
        "lent": f"{_sats(state.lent)}, {percent(state.utilisation)} of all",
        "free": _sats(pool.cash),
        "borrowing costs": f"{percent(state.borrow_rate)} a year now",
        "lending earns": f"{percent(state.supply_rate)} a year now",
        "stopped": " and ".join(stopped) if stopped else "nothing",
    }
    if state.is_valued:
        rows["a token is worth"] = f"{scaled(worth.value, WAD, 4)} sats"
        rows["redeems for"] = f"{scaled(worth.payout, WAD, 4)} sats"
        rows["may be lent"] = f"{scaled(state.limit, WAD, 4)} sats" + (
            ", and nothing more now" if worth.is_stopped else ""
        )
    else:
        rows["a token is worth"] = "not known: the valuation does not answer now"
    if not state.terms.is_covered:
        cap = sats(state.terms.uncovered_cap)
        rows["beyond cash"] = f"{_sats(state.uncovered)} of at most {cap}"
    return {**rows, **_term_rows(state.terms)}


def _term_rows(terms: Terms) -> dict[str, str]:
    rows = {
        "liquidation LTV": f"{percent(terms.lltv)}; a loan may reach {percent(terms.max_ltv)}",
        "least loan": sats(terms.min_borrow),
        "supply cap": sats(terms.supply_cap),
        "borrow cap": sats(terms.borrow_cap),
        "rate": f"stays at {percent(terms.target)} in use, between {percent(terms.min_rate)} and "
        f"{percent(terms.max_rate)}",
        "steepness": f"{scaled(terms.steepness, WAD, 2)}, speed {scaled(terms.speed, WAD, 2)}",
        "fee": f"{percent(terms.fee)} of the interest" if terms.fee else "none",
    }
    if terms.fee:
        rows["fee to"] = terms.fee_receiver
    rows["guardian"] = "nobody" if terms.guardian == NOBODY else terms.guardian
    return rows


def position_rows(
    position: Position, outlook: Outlook | None, collateral: Collateral | None
) -> dict[str, str]:
    """Say how a loan stands, one fact to a line."""
    rows = {
        "borrower": position.borrower,
        "tokens": terahash(position.loan.collateral),
        "debt": sats(position.owes),
        "credit": sats(position.credit),
    }
    if not position.is_valued:
        return {**rows, "worth": "not known: the valuation does not answer now"}
    rows |= {
        "worth": sats(position.value),
        "health": f"{health_text(position.health)}"
        + (": anyone may liquidate it" if position.is_unhealthy else ""),
        "can borrow": sats(position.max_borrow),
    }
    return {**rows, **(outlook_rows(outlook, collateral) if outlook and collateral else {})}


def lender_rows(lender: Lender, state: State) -> dict[str, str]:
    """Say what an account has lent, one fact to a line."""
    return {
        "lender": lender.account,
        "shares": shares_text(lender.shares),
        "worth": sats(lender.assets),
        "can take out": f"{sats(lender.withdrawable)} now",
        "earns": f"{percent(state.supply_rate)} a year now",
    }


def outlook_rows(outlook: Outlook, collateral: Collateral) -> dict[str, str]:
    """Say what becomes of a loan, one fact to a line."""
    today, price = outlook.hashprice, outlook.liquidation
    if price is None:
        at = "at no hashprice: cash covers it"
        if collateral.delivery is None:
            at = "none: cash covers it"
    elif price >= HIGHEST:
        at = "whatever hashprice is"
    else:
        at = f"at {hashprice_text(price)}{fallen(today, price)}"
    days, repaid = outlook.liquidatable_in, outlook.repaid_in
    if days is None:
        when = "not in the term"
    elif days == 0:
        when = "now"
    else:
        date = utc(collateral.now + days * DAY)[:10]
        when = f"from block-day {outlook.liquidatable_day}, about {date}"
    return {
        "hashprice": f"{hashprice_text(today)} today",
        "liquidation": at,
        "if nobody pays": f"liquidatable {when}" if days is not None else when,
        "repaid by itself": "not in the term, at today's hashprice"
        if repaid is None
        else f"in {count(repaid, 'day')}, at today's hashprice",
    }


def _secured(delivery: Delivery | None) -> str:
    if delivery is None:
        return "cash of the reserve that nobody can take away"
    return (
        f"cash, and what the issuer has yet to deliver: at {percent(delivery.stress)} of the "
        f"hashprice, less {percent(WAD - delivery.decay)} a block-day, lent to "
        f"{percent(delivery.phi)}"
    )


def fallen(today: int, price: int) -> str:
    """Say by how much a hashprice is below today's."""
    drop = fall(today, price)
    return f", {percent(drop)} below today's" if drop else ""


def _bitcoin(fixed: int) -> str:
    return scaled(fixed, FIXED * SATS_PER_BTC, 4)


def _sats(fixed: int) -> str:
    return sats(fixed // FIXED)


def _percent(share: int, digits: int = 2) -> str:
    return scaled(share, WAD // 100, digits)


def _table(*texts: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 0, 0, 1))
    table.add_column("#", justify="right", no_wrap=True)
    for title in texts:
        table.add_column(title, overflow="fold")
    return table
