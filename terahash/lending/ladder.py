"""A ladder of leverage as people and machines read it: its rounds, what it comes to, its risk."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.table import Table

from terahash.hashrate.amounts import percent, sats, terahash
from terahash.hashrate.show import document
from terahash.lending.forecast import HIGHEST, Course, fall
from terahash.lending.leverage import Ladder, Risk
from terahash.lending.show import fallen, hashprice_text, health_text
from terahash.lending.worth import Collateral
from terahash.report.numbers import count, scaled
from terahash.units import WAD


def ladder_table(ladder: Ladder) -> Table:
    """Lay out the rounds of a ladder."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 0, 0, 1))
    for title in (
        "round",
        "borrowed\n(sats)",
        "spent\n(sats)",
        "minted\n(TH/s)",
        "posted\n(TH/s)",
        "debt\n(sats)",
    ):
        table.add_column(title, justify="right", no_wrap=True)
    for number, one in enumerate(ladder.rounds, 1):
        table.add_row(
            str(number),
            f"{one.borrowed:,}",
            f"{one.spent:,}",
            scaled(one.minted, WAD, 4),
            scaled(one.tokens, WAD, 4),
            f"{one.debt:,}",
        )
    return table


def ladder_rows(ladder: Ladder, risk: Risk, today: int, rate: int) -> dict[str, str]:
    """Say what a ladder comes to, and what it risks, one fact to a line."""
    liquidation = "none: cash covers it"
    if risk.liquidation is not None:
        liquidation = f"{hashprice_text(risk.liquidation)}{fallen(today, risk.liquidation)}"
    return {
        "tokens": terahash(ladder.tokens),
        "debt": sats(ladder.debt),
        "own cash": f"{sats(ladder.cash)}, of which {sats(ladder.left)} are left",
        "leverage": f"{scaled(ladder.leverage, WAD, 2)} times",
        "costs then": f"{percent(rate)} a year, which moves",
        "health": "no debt" if risk.health is None else health_text(risk.health),
        "hashprice": f"{hashprice_text(today)} today",
        "breaks even at": f"{_needed(today, risk.break_even)}",
        "lasts down to": f"{_needed(today, risk.lasting)}",
        "liquidated today at": liquidation,
        "repaid by itself": _repaid(risk.today),
    }


def worst_case(ladder: Ladder, risk: Risk, collateral: Collateral) -> list[str]:
    """Say in words what a ladder risks."""
    said = [
        f"Every satoshi that a token earns or loses counts {scaled(ladder.leverage, WAD, 2)} times "
        "for what you have put in."
    ]
    days, drop = risk.unpaid.liquidatable_in, fall(collateral.window.last, risk.lasting)
    if not ladder.debt:
        said.append("There is no debt, and nothing to be liquidated.")
    elif drop is None:
        said.append(
            "At today's hashprice rewards do not repay the loan in time: anyone may liquidate it, "
            "unless you repay it yourself."
        )
    else:
        said.append(
            f"If hashprice stays more than {percent(drop)} below today's, rewards do not repay the "
            "loan in time, and anyone may liquidate it."
        )
    if ladder.debt and days is not None:
        when = "within a day" if days == 0 else f"from block-day {collateral.day_in(days)} on"
        said.append(f"If the issuer delivers nothing more, anyone may liquidate it {when}.")
    said.append(
        f"Worst case: the tokens are taken, and all of your {sats(ladder.cash - ladder.left)} with "
        "them. More than that you cannot lose: nobody asks you for what the tokens do not bring."
    )
    return said


def ladder_document(ladder: Ladder, risk: Risk, today: int, rate: int) -> dict[str, Any]:
    """Write a ladder for machines."""
    return {
        "cash": ladder.cash,
        "left": ladder.left,
        "tokens": str(ladder.tokens),
        "debt": ladder.debt,
        "leverage": str(ladder.leverage),
        "rate": str(rate),
        "hashprice": str(today),
        "rounds": [document(one) for one in ladder.rounds],
        "risk": document(risk),
    }


def _repaid(course: Course) -> str:
    repaid, slow = course.repaid_in, course.liquidatable_in
    if repaid is not None:
        return f"in {count(repaid, 'day')}, at today's hashprice"
    if slow is None:
        return "not in the term, at today's hashprice"
    when = f"in {count(slow, 'day')}" if slow else "within a day"
    return f"no: liquidatable {when}, although the issuer pays"


def _needed(today: int, price: int) -> str:
    if price >= HIGHEST:
        return "no hashprice"
    return f"{hashprice_text(price)}{fallen(today, price)}"
