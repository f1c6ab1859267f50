"""Units: the scales of what is stored, and how people read it. Money is never a float."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NewType

Sats = NewType("Sats", int)
"""Whole satoshi; 100,000,000 to a bitcoin."""

SATS_PER_BTC = 100_000_000
WAD = 10**18
"""The scale of every rate, price and index on chain."""

UNIT = 10**12
"""Hashes a second of the hashrate that is priced: 1 TH/s."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def utc(time: int) -> str:
    """Write a unix time as people read it, in UTC and to the minute, if a calendar has it."""
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return f"second {time:,}"


def trillions(difficulty: int) -> str:
    """Write a difficulty (times 10^18) as miners read it, in trillions."""
    return f"{difficulty / WAD / 1e12:,.4f} T"


def exahashes(work: int, seconds: int) -> str:
    """Write hashes done in a span of time as a hashrate in EH/s; a dash for no time at all."""
    return f"{work / seconds / 1e18:,.1f} EH/s" if seconds > 0 else "-"
