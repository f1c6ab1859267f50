"""Targets, work and difficulty, exact to the last unit.

A target is the number that a header's hash may not exceed. Headers carry it in a compact form,
`bits`: one byte of size and three of mantissa, with a sign bit that no valid target sets.
"""

from __future__ import annotations

from terahash.errors import TargetError
from terahash.units import WAD

EPOCH_BLOCKS = 2_016
EPOCH_SECONDS = 1_209_600
MIN_SPAN, MAX_SPAN = EPOCH_SECONDS // 4, EPOCH_SECONDS * 4

_DIFFICULTY_ONE = 0xFFFF << 208


def to_target(bits: int) -> int:
    """Expand a compact target.

    Raises:
        TargetError: when it is negative, zero, or does not fit 256 bits.
    """
    size, mantissa = bits >> 24, bits & 0x7FFFFF
    target = mantissa << 8 * (size - 3) if size > 3 else mantissa >> 8 * (3 - size)
    if bits & 0x800000 and mantissa:
        raise TargetError(f"bits {bits:08x} are a negative target")
    if target == 0:
        raise TargetError(f"bits {bits:08x} are a target of zero, which no hash can meet")
    if target >> 256:
        raise TargetError(f"bits {bits:08x} are a target above 2^256")
    return target


def to_bits(target: int) -> int:
    """Compress a target, truncating it to its three highest bytes, as consensus does.

    Raises:
        TargetError: when it is not positive or does not fit 256 bits.
    """
    if not 0 < target < 1 << 256:
        raise TargetError(f"a target lies between 1 and 2^256 - 1, not at {target}")
    size = (target.bit_length() + 7) // 8
    mantissa = target << 8 * (3 - size) if size <= 3 else target >> 8 * (size - 3)
    if mantissa & 0x800000:  # would read as a sign: one byte more, one digit less
        mantissa >>= 8
        size += 1
    return size << 24 | mantissa


def retarget(target: int, span: int, limit: int) -> int:
    """Move a target by how long the last epoch took; the result is not yet truncated.

    Args:
        target: the last epoch's target, as its bits expand.
        span: seconds from the epoch's first block to its last (2,015 intervals); may be negative.
        limit: the highest target that the network allows.
    """
    span = min(max(span, MIN_SPAN), MAX_SPAN)
    return min(target * span // EPOCH_SECONDS, limit)


def work(target: int) -> int:
    """Count the hashes that a block at this target proves, as chainwork does."""
    return (1 << 256) // (target + 1)


def hashes_per_block(target: int) -> int:
    """Count the hashes of a block by difficulty x 2^32, the convention of hashprice indices."""
    return (0xFFFF << 240) // target


def difficulty(target: int) -> int:
    """Say how many times harder than the first target this one is, times 10^18."""
    return _DIFFICULTY_ONE * WAD // target
