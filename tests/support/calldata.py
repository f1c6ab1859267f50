"""Calldata as the ABI means it, read as a machine reads it: whatever lies beyond the end is zero,
an offset may point anywhere, and things may overlap. And ways to spoil it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

WORD = 32
_MODULUS = 2**256
Kind = str | tuple["Kind", ...] | list["Kind"]
"""A type: its name, a tuple of types for a struct, or a list of one type for an array."""


class Spoiled(Exception):
    """A number that its type cannot hold, or more than the call takes."""


class Calldata:
    """Arguments of a call, without its selector."""

    def __init__(self, raw: bytes, most: int, longest: int) -> None:
        self._raw, self._most, self._longest = raw, most, longest

    def read(self, kinds: tuple[Kind, ...]) -> list[Any]:
        """Return the arguments; raise Spoiled where there are none of these types."""
        return list(self._struct(kinds, 0))

    def _bytes(self, at: int, size: int) -> bytes:
        at %= _MODULUS
        return self._raw[at : at + size].ljust(size, b"\0")

    def _word(self, at: int) -> int:
        return int.from_bytes(self._bytes(at, WORD), "big")

    def _struct(self, kinds: tuple[Kind, ...], base: int) -> tuple[Any, ...]:
        found, at = [], base
        for kind in kinds:
            if _is_dynamic(kind):
                found.append(self._at(kind, base + self._word(at)))
            else:
                found.append(self._at(kind, at))
            at += _size(kind)
        return tuple(found)

    def _at(self, kind: Kind, at: int) -> Any:
        if isinstance(kind, tuple):
            return self._struct(kind, at)
        if isinstance(kind, list):
            count = self._counted(at, self._most)
            return list(self._struct(tuple(kind * count), at + WORD))
        if kind == "bytes":
            return self._bytes(at + WORD, self._counted(at, self._longest))
        return _value(kind, self._word(at))

    def _counted(self, at: int, most: int) -> int:
        count = self._word(at)
        if count > most:
            raise Spoiled("too many")
        return count


def _is_dynamic(kind: Kind) -> bool:
    if isinstance(kind, tuple):
        return any(_is_dynamic(one) for one in kind)
    return isinstance(kind, list) or kind == "bytes"


def _size(kind: Kind) -> int:
    if isinstance(kind, tuple) and not _is_dynamic(kind):
        return sum(_size(one) for one in kind)
    return WORD


def _value(kind: str, word: int) -> Any:
    if kind == "bytes32":
        return word.to_bytes(WORD, "big")
    if kind == "int256":
        return word - _MODULUS if word >> 255 else word
    bits = {"bool": 1, "address": 160}.get(kind) or int(kind.removeprefix("uint"))
    if word >> bits:
        raise Spoiled(kind)
    return bool(word) if kind == "bool" else word


# Ways to spoil it: each returns other bytes.


def _replace_word(raw: bytes, dice: random.Random) -> bytes:
    """Another offset, length or number: from elsewhere, near, or far beyond."""
    at = _some_word(raw, dice)
    old = int.from_bytes(raw[at : at + WORD], "big")
    other = _some_word(raw, dice)
    new = dice.choice(
        (
            int.from_bytes(raw[other : other + WORD], "big"),
            old + WORD * dice.randrange(-12, 13),
            old + dice.randrange(-3, 4),
            dice.randrange(len(raw) + 64),
            dice.choice((16, 17, 1_024, 1_025, 2**64, 2**255)),
            -dice.randrange(1, 1_000),
        )
    )
    return raw[:at] + (new % _MODULUS).to_bytes(WORD, "big") + raw[at + WORD :]


def _dirty_bit(raw: bytes, dice: random.Random) -> bytes:
    """A bit above what a small type holds."""
    at = _some_word(raw, dice)
    word = int.from_bytes(raw[at : at + WORD].ljust(WORD, b"\0"), "big") ^ (
        1 << dice.randrange(256)
    )
    return raw[:at] + word.to_bytes(WORD, "big") + raw[at + WORD :]


def _swap_words(raw: bytes, dice: random.Random) -> bytes:
    one, other = sorted((_some_word(raw, dice), _some_word(raw, dice)))
    if other - one < WORD:
        return raw
    first, second = raw[one : one + WORD], raw[other : other + WORD]
    return raw[:one] + second + raw[one + WORD : other] + first + raw[other + WORD :]


def _insert(raw: bytes, dice: random.Random) -> bytes:
    """Push what follows away from where offsets say it is."""
    at, size = _some_word(raw, dice), dice.choice((1, WORD, 2 * WORD))
    return raw[:at] + dice.randbytes(size) + raw[at:]


def _move_tail(raw: bytes, dice: random.Random) -> bytes:
    """Have an offset point at a copy of what it pointed at: the arguments are what they were, if it
    counts from where that is guessed.
    """
    words = [at for at in range(0, len(raw), WORD) if _is_offset(raw, at)]
    if not words:
        return raw
    at, gap = dice.choice(words), WORD * dice.randrange(3)
    base = dice.choice((0, dice.randrange(0, at + 1, WORD)))
    tail = raw[base + int.from_bytes(raw[at : at + WORD], "big") :]
    new = (len(raw) + gap - base).to_bytes(WORD, "big")
    return raw[:at] + new + raw[at + WORD :] + bytes(gap) + tail


def _is_offset(raw: bytes, at: int) -> bool:
    word = int.from_bytes(raw[at : at + WORD], "big")
    return WORD <= word < len(raw) and word % WORD == 0


def _cut(raw: bytes, dice: random.Random) -> bytes:
    return raw[: dice.randrange(len(raw) + 1)]


def _cut_padding(raw: bytes, dice: random.Random) -> bytes:
    return raw[: len(raw) - dice.randrange(1, WORD)]


def _append(raw: bytes, dice: random.Random) -> bytes:
    return raw + dice.randbytes(dice.choice((1, WORD, 1_000)))


def _some_word(raw: bytes, dice: random.Random) -> int:
    return WORD * dice.randrange(max(len(raw) // WORD, 1))


WAYS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "word": _replace_word,
    "bit": _dirty_bit,
    "swap": _swap_words,
    "insert": _insert,
    "tail": _move_tail,
    "cut": _cut,
    "padding": _cut_padding,
    "append": _append,
}
