"""A chain with an account: what the commands that send transactions ask of it, and its key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import click

from terahash.chain import Chain, Transaction
from terahash.errors import TerahashError

if TYPE_CHECKING:  # web3 takes a second to import
    from eth_account.signers.local import LocalAccount


class KeyFileError(TerahashError):
    """A keystore that cannot be opened; its password is never repeated."""


class Estimate(NamedTuple):
    """What a transaction would take.

    Attributes:
        gas: units.
        base: wei for each, which the chain asks for.
        tip: wei for each, on top.
    """

    gas: int
    base: int
    tip: int

    @property
    def fee(self) -> int:
        """What it would cost, wei."""
        return self.gas * (self.base + self.tip)


class Wallet(Chain, Protocol):
    """A chain that says what its account can pay, and what a transaction would take."""

    def code(self, address: str) -> bytes:
        """Read an account's code; empty for an account that has only a key."""

    def balance(self) -> int:
        """Read what the account can pay with, wei; zero without an account."""

    def estimate(self, transaction: Transaction, sender: str) -> Estimate:
        """Try a transaction, and say what it would take.

        Raises:
            ChainError: with the contract's reason when it would be refused.
        """

    def settle(self) -> int:
        """Wait until no earlier transaction of the account is on its way; return how many were."""


def open_account(keystore: Path, password_file: Path | None) -> LocalAccount:
    """Decrypt a keystore; the password comes from a file, the environment or a terminal.

    Raises:
        KeyFileError: when it does not open.
    """
    from eth_account import Account

    if password_file:
        password = _read(password_file).rstrip("\r\n")
    else:
        password = os.environ.get("TERAHASH_PASSWORD") or click.prompt(
            f"Password of {keystore.name}", hide_input=True, err=True
        )
    try:
        account: LocalAccount = Account.from_key(Account.decrypt(_read(keystore), password))
    except (ValueError, LookupError, TypeError, AttributeError, RuntimeError):
        raise KeyFileError(
            f"{keystore} cannot be opened: the password is wrong, or it is not an encrypted key "
            "(version 3, as wallets export it)"
        ) from None
    return account


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise KeyFileError(f"{file} cannot be read: it is not text in UTF-8") from None
