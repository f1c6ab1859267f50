"""What strangers have written, on its way to a terminal."""

from __future__ import annotations

LONGEST = 200
"""Characters that are repeated of a message."""


def printable(text: str) -> str:
    """Write what a stranger has named, without what would steer a terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def quoted(text: str, longest: int = LONGEST) -> str:
    """Write what a stranger has said on one line, printable, of so many characters."""
    return printable(" ".join(text[: 10 * longest].split()))[:longest]
