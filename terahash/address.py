"""Accounts' addresses as people write them: checked, since money follows them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import click
from eth_utils.address import is_hex_address, to_checksum_address


class AddressError(ValueError):
    """What is no address, or is mistyped; the message says which."""


class Address(click.ParamType):
    """An account's address."""

    name = "address"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Check an address, its checksum too where it has one."""
        try:
            return checked_address(str(value))
        except AddressError as error:
            self.fail(str(error), param, ctx)


@lru_cache(maxsize=4_096)  # books read many lines of few accounts
def checked_address(text: str) -> str:
    """Return an address with its checksum.

    Raises:
        AddressError: when it is none, or its checksum is of another.
    """
    if not is_hex_address(text) or not text.startswith("0x"):
        raise AddressError(f"{text} is not an address: 0x and 40 hexadecimal digits")
    checked = str(to_checksum_address(text))
    if text[2:] not in (checked[2:], checked[2:].lower(), checked[2:].upper()):
        raise AddressError(f"{text} is mistyped: its capitals do not fit")
    return checked
