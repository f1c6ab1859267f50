"""Vaults and loans as people and machines read them."""

from __future__ import annotations

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
from terahash.units import WAD, utc


def shares_text(shares: int) -> str:
    """Write shares of a vault: one is about a bitcoin when the vault opens."""
    return scaled(shares, SHARE, 8)


def health_text(health: int) -> str:
    """Write a health, rounded down: below 1 a loan may be liquidated."""
    return "no debt" if health == UNCOUNTED else scaled(health - health % 10**14, WAD, 4)


def hashprice_text(hashprice: int) -> str:
    """Write a hashprice (sats per TH/s per day, times 10^18)."""
    return f"{bitcoin_per_petahash(hashprice)} BTC/PH/day"


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
        "secured by": secured(delivery),
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
    return {**rows, **term_rows(state.terms)}


def term_rows(terms: Terms) -> dict[str, str]:
    """Say what is fixed for ever, one fact to a line."""
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
    repaid, slow = outlook.repaid_in, outlook.paid_liquidatable_in
    by_itself = "not in the term, at today's hashprice"
    if repaid is not None:
        by_itself = f"in {count(repaid, 'day')}, at today's hashprice"
    elif slow is not None:
        by_itself = f"no: liquidatable {_from(slow, collateral)}, although the issuer pays"
    late = outlook.liquidatable_in
    return {
        "hashprice": f"{hashprice_text(today)} today",
        "liquidation": at,
        "if nobody pays": "not liquidatable in the term"
        if late is None
        else f"liquidatable {_from(late, collateral)}",
        "repaid by itself": by_itself,
    }


def _from(days: int, collateral: Collateral) -> str:
    if days == 0:
        return "now, or within a day"
    date = utc(collateral.begins(days))[:10]
    return f"from block-day {collateral.day_in(days)}, about {date}"


def secured(delivery: Delivery | None) -> str:
    """Say what a vault lends against: None for cash alone."""
    if delivery is None:
        return "cash of the reserve that nobody can take away"
    return (
        f"cash, and what the issuer has yet to deliver: at {percent(delivery.stress)} of the "
        f"hashprice, less {percent(WAD - delivery.decay)} a block-day, lent to "
        f"{percent(delivery.phi)}"
    )


def fallen(today: int, price: int) -> str:
    """Say by how much a hashprice is below today's, or that it is above."""
    if today < price:
        return ", above today's"
    drop = fall(today, price)
    return f", {percent(drop)} below today's" if drop else ""


def _sats(fixed: int) -> str:
    return sats(fixed // FIXED)
