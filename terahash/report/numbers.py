"""Numbers as people read them; exact until the last step, which rounds half up."""

from __future__ import annotations

from decimal import Decimal

from terahash.units import HOUR, SATS_PER_BTC, WAD

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def scaled(number: int, scale: int, digits: int) -> str:
    """Write `number / scale` with so many decimals; a half is rounded away from zero."""
    rounded = (2 * abs(number) * 10**digits + scale) // (2 * scale)
    whole, fraction = divmod(rounded, 10**digits)
    sign = "-" if number < 0 and rounded else ""
    return f"{sign}{whole:,}" + (f".{fraction:0{digits}}" if digits else "")


def count(number: int, what: str) -> str:
    """Write how many there are of something, in the plural where it takes one."""
    return f"{number:,} {what}{'s' if number != 1 else ''}"


def difficulty(number: int) -> str:
    """Write a difficulty (times 10^18) in trillions, without the unit."""
    return scaled(number, WAD * 10**12, 4)


def percent(change: int) -> str:
    """Write a change (times 10^18) in percent with its sign, without the unit."""
    return f"{'+' if change >= 0 else ''}{scaled(change, WAD // 100, 2)}"


def ether(gas: int) -> str:
    """Write what gas costs at 1 gwei, in ETH, without the unit."""
    return scaled(gas, 10**9, 6)


def bitcoin(sats: int) -> str:
    """Write an amount in BTC to the satoshi, without the unit."""
    return scaled(sats, SATS_PER_BTC, 8)


def sats_per_terahash(amount: int, digits: int = 4) -> str:
    """Write satoshi per TH/s (times 10^18), or a hashprice in sats/TH/day, without the unit."""
    return scaled(amount, WAD, digits)


def bitcoin_per_petahash(hashprice: int) -> str:
    """Write a hashprice (satoshi per TH/s per day, times 10^18) in BTC/PH/day, without the unit."""
    return scaled(hashprice * 1_000, WAD * SATS_PER_BTC, 8)


def hours(seconds: int) -> str:
    """Write a span in hours, without the unit."""
    return scaled(seconds, HOUR, 2)


def megabytes(size: int) -> str:
    """Write a size in MB, of 10^6 bytes."""
    return f"{scaled(size, 10**6, 0)} MB"


def power_of_ten(number: int) -> str:
    """Write a large count with four digits and a power of ten, such as 2.478 x 10^27."""
    mantissa, exponent = f"{Decimal(number):.3e}".split("e+")
    return f"{mantissa} \N{MULTIPLICATION SIGN} 10{exponent.translate(_SUPERSCRIPTS)}"
