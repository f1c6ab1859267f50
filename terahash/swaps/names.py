"""Series as people name them: by a label such as HP-2024-01-01-3fa9c1, or by the id."""

from __future__ import annotations

import re
from collections.abc import Sequence

from terahash.swaps.models import SwapError
from terahash.swaps.series import DifficultyKind, HashpriceKind, Instrument, Series
from terahash.text import quoted
from terahash.units import MINUTE, utc

DIGITS = 6
"""Hexadecimal digits of its id with which a label ends, and that name a series at least."""
_ID = re.compile(r"0x([0-9a-f]{0,64})", re.IGNORECASE)
_DIFFICULTY = {DifficultyKind.MEAN: "DIFF", DifficultyKind.HASHRATE: "HASH"}
_HASHPRICE = {HashpriceKind.BTC: "HP", HashpriceKind.SUBSIDY: "HS"}


class SeriesNameError(SwapError):
    """A name of no series, or of several; the message says what to give."""


def label(series: Series) -> str:
    """Name a series as its instrument does, without asking it."""
    digits = series.id.hex()[:DIGITS]
    if series.instrument == Instrument.DIFFICULTY and series.kind in list(DifficultyKind):
        kind = _DIFFICULTY[DifficultyKind(series.kind)]
        return f"{kind}-{series.start}-{series.end}-{digits}"
    if series.instrument == Instrument.HASHPRICE and series.kind in list(HashpriceKind):
        kind = _HASHPRICE[HashpriceKind(series.kind)]
        return f"{kind}-{utc(series.start)[:10]}-{digits}"
    return f"SERIES-{digits}"


def window(series: Series) -> str:
    """Say what window a series is of: its epochs, the last one in it, or dates (UTC)."""
    if series.instrument == Instrument.DIFFICULTY:
        last = series.end - 1
        return f"epoch {last}" if last == series.start else f"epochs {series.start} to {last}"
    return f"{_date(series.start)} to {_date(series.end)}"


def find(opened: Sequence[Series], name: str) -> Series:
    """Find the series that is meant by a label, or by its id's first digits (0x and six or more).

    Raises:
        SeriesNameError: when none is, or several are: labels show a part of the id, and anyone
            can open a series whose label is another's.
    """
    by_id = _ID.fullmatch(name)
    if by_id and len(by_id[1]) < DIGITS:
        raise SeriesNameError(f"{quoted(name)} is too short: give six digits of the id, or more")
    if by_id:
        found = [one for one in opened if one.id.hex().startswith(by_id[1].lower())]
    else:
        found = [one for one in opened if label(one).lower() == name.lower()]
    if not found:
        raise SeriesNameError(
            f"no open series is called {quoted(name)}: `terahash series` lists their labels and ids"
        )
    if len(found) > 1:
        ids = ", ".join(f"0x{one.id.hex()}" for one in found)
        raise SeriesNameError(f"{quoted(name)} is several series: give more of an id of {ids}")
    return found[0]


def _date(time: int) -> str:
    """Write a date where it is midnight, else the time too, with seconds where it has some."""
    second = time % MINUTE
    return f"{utc(time)}:{second:02}" if second else utc(time).removesuffix(" 00:00")
