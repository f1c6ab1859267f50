"""Vaults, and what accounts have in them, laid out one to a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich import box
from rich.table import Table

from terahash.lending.forecast import Outlook
from terahash.lending.models import FIXED, Lender, Position, State
from terahash.lending.show import health_text, shares_text
from terahash.report.numbers import scaled
from terahash.text import printable
from terahash.units import SATS_PER_BTC, WAD


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


def _bitcoin(fixed: int) -> str:
    return scaled(fixed, FIXED * SATS_PER_BTC, 4)


def _percent(share: int, digits: int = 2) -> str:
    return scaled(share, WAD // 100, digits)


def _table(*texts: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 0, 0, 1))
    table.add_column("#", justify="right", no_wrap=True)
    for title in texts:
        table.add_column(title, overflow="fold")
    return table
