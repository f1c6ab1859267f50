"""Issuances and accounts as people and machines read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, get_type_hints

from rich import box
from rich.table import Table

from terahash.deployment import NOBODY
from terahash.hashrate.amounts import debt, percent, rate, sats, terahash
from terahash.hashrate.models import EARNED_PARTS, IssuanceState, Position, Terms
from terahash.report.numbers import scaled
from terahash.text import printable
from terahash.units import HOUR, WAD, utc

Listed = tuple[int, IssuanceState]
"""An issuance and its number in the register."""


def document(value: Any) -> Any:
    """Write named tuples as JSON objects; integers that readers would round are text."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        hints = get_type_hints(type(value), include_extras=True)
        return {
            name: str(one) if isinstance(one, int) and _is_exact(hints[name]) else document(one)
            for name, one in zip(value._fields, value, strict=True)
        }
    if isinstance(value, Enum):
        return value.name
    return "0x" + value.hex() if isinstance(value, bytes) else value


def _is_exact(hint: Any) -> bool:
    return hasattr(hint, "__metadata__") or any(
        hasattr(one, "__metadata__") for one in getattr(hint, "__args__", ())
    )


def issuance_table(found: Sequence[Listed]) -> Table:
    """Lay out the register, one issuance to a line; its address would leave room for little."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 0, 0, 1))
    table.add_column("#", justify="right", no_wrap=True)
    for title in ("symbol", "term\n(days)", "status"):
        table.add_column(title, overflow="fold")
    for title in (
        "sold\n(TH/s)",
        "capacity\n(TH/s)",
        "price\n(sats)",
        "coverage\n(%)",
        "owed\n(sats)",
    ):
        table.add_column(title, justify="right", no_wrap=True)
    for number, state in found:
        table.add_row(
            str(number),
            printable(state.symbol),
            f"{state.terms.first}-{state.terms.last - 1}",
            state.status.name,
            scaled(state.backing.supply, WAD, 0),
            scaled(state.sale.capacity, WAD, 0),
            scaled(state.sale.price, WAD, 2),
            "-" if state.coverage is None else scaled(state.coverage, WAD // 100, 0),
            f"{state.owed:,}",
        )
    return table


def state_rows(state: IssuanceState) -> dict[str, str]:
    """Say how an issuance stands, one fact to a line."""
    backing, terms = state.backing, state.terms
    since = f", unpaid since {utc(state.unpaid_since)}" if state.unpaid_since else ""
    return {
        "issuance": f"{printable(state.symbol)}, {printable(state.name)}, {state.address}",
        "status": state.status.name + (", dead index" if backing.dead else ""),
        "issuer": state.issuer,
        "term": f"block-days {terms.first} to {terms.last - 1}; {backing.left} left",
        "sold": f"{terahash(backing.supply)} of {terahash(state.sale.capacity)}",
        "price": f"{rate(state.sale.price)} sats/TH/block-day",
        "value": f"{rate(state.value)} sats/TH, {rate(backing.unit)} a block-day",
        "reserve": sats(backing.reserve),
        "coverage": f"{_coverage(state)}, and the ratio is {percent(terms.ratio)}",
        "fallen due": f"{rate(state.due)} sats",
        "delivered": f"{rate(state.delivered)} sats",
        "owed": debt(backing.owed) + since,
        "stream": f"{_streaming(state)} sats until {utc(state.stream.end)}"
        if state.stream.ahead
        else "empty",
        **dict(_term_rows(terms)),
    }


def _term_rows(terms: Terms) -> Iterator[tuple[str, str]]:
    yield "cost", f"{rate(terms.cost)} sats/TH/day"
    yield "fee", percent(terms.fee)
    yield "reference", f"{rate(terms.reference)} sats/TH/block-day"
    yield "exit fee", percent(terms.exit_fee)
    yield "grace", f"{scaled(terms.grace, HOUR, 1)} hours"
    yield "bitcoin", terms.btc
    yield "index", terms.index
    if terms.feed != NOBODY:
        yield "attested by", f"{terms.feed}, id 0x{terms.feed_id.hex()}"


def position_rows(position: Position, state: IssuanceState) -> dict[str, str]:
    """Say what an account has in an issuance, one fact to a line."""
    return {
        "account": position.account,
        "holds": terahash(position.balance),
        "earned": f"{scaled(position.earned, EARNED_PARTS, 3)} sats",
        "claimed": sats(position.claimed),
        "claimable": sats(position.claimable),
        "paid to": position.beneficiary or "itself",
        "share of debt": f"{_share(position, state)} sats",
        "bitcoin": sats(position.bitcoin),
        "allowance": "unlimited" if position.allowance >= 1 << 255 else sats(position.allowance),
    }


def _share(position: Position, state: IssuanceState) -> str:
    supply = state.backing.supply
    return scaled(position.balance * state.backing.owed, supply * 10**36, 3) if supply else "0"


def _streaming(state: IssuanceState) -> str:
    return scaled(state.stream.ahead * state.backing.supply, 10**27, 3)


def _coverage(state: IssuanceState) -> str:
    return "nothing to cover" if state.coverage is None else percent(state.coverage)
