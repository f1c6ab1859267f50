"""Amounts as people write and read them: TH/s, satoshi, percent. Decimals, never floats."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from terahash.hashrate.models import EXACT
from terahash.report.numbers import bitcoin, scaled
from terahash.text import quoted
from terahash.units import SATS_PER_BTC, WAD

DIGITS = 60
"""Digits before or after the point that an amount may have."""
MAX_AMOUNT = 2**256 - 1
"""What contracts count up to."""
_BITCOIN = re.compile(r"([0-9_.]+) ?(sats?|btc)?", re.IGNORECASE)


class AmountError(ValueError):
    """What is no amount, or none of this unit; the message says why."""


def exactly(text: str | int | Decimal, scale: int = WAD) -> int:
    """Read a number times a scale.

    Raises:
        AmountError: when it is none, negative, has more decimals than the scale, or exceeds
            the 256 bits in which contracts count.
    """
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        raise AmountError(f"{quoted(str(text))} is not a number") from None
    if not number.is_finite() or number.is_signed() or abs(number.adjusted()) > DIGITS:
        raise AmountError(f"{quoted(str(text))} is not an amount: give a number from 0 on")
    numerator, denominator = number.as_integer_ratio()
    whole, rest = divmod(numerator * scale, denominator)
    if rest:
        raise AmountError(f"{text} has more decimals than can be counted")
    if whole > MAX_AMOUNT:
        raise AmountError(f"{text} is more than can be counted")
    return whole


def satoshi(text: str) -> int:
    """Read an amount of bitcoin, 1500, 1500sats or 0.000015btc, in satoshi.

    Raises:
        AmountError: when it is none.
    """
    found = _BITCOIN.fullmatch(text.strip())
    if not found:
        raise AmountError(f"{quoted(text)} is not an amount: 1500, 1500sats or 0.000015btc")
    is_btc = (found[2] or "").lower() == "btc"
    return exactly(found[1], SATS_PER_BTC if is_btc else 1)


class Scaled(click.ParamType):
    """A number in people's unit that is counted in a fraction of it."""

    def __init__(self, name: str, scale: int = WAD) -> None:
        self.name = name
        self.scale = scale

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Read it, or end with a message."""
        try:
            return value if isinstance(value, int) else exactly(value, self.scale)
        except AmountError as error:
            self.fail(str(error), param, ctx)


class Bitcoin(click.ParamType):
    """An amount of bitcoin: 1500, 1500sats or 0.000015btc."""

    name = "sats"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Read satoshi, or end with a message."""
        try:
            return value if isinstance(value, int) else satoshi(str(value))
        except AmountError as error:
            self.fail(str(error), param, ctx)


def terahash(amount: int) -> str:
    """Write tokens (times 10^18) to their last digit."""
    whole, fraction = divmod(amount, WAD)
    decimals = f"{fraction:018}".rstrip("0")
    return f"{whole:,}{'.' if decimals else ''}{decimals} TH/s"


def sats(amount: int) -> str:
    """Write satoshi, and how many bitcoin they are."""
    return f"{amount:,} sats ({bitcoin(amount)} BTC)"


def debt(amount: int) -> str:
    """Write a debt (satoshi times 10^36) to the thousandth of a satoshi."""
    return f"{scaled(amount, EXACT, 3)} sats"


def rate(amount: int) -> str:
    """Write satoshi per TH/s (times 10^18)."""
    return scaled(amount, WAD, 4)


def percent(share: int) -> str:
    """Write a share (times 10^18) in percent."""
    return f"{scaled(share, WAD // 100, 2)} %"
