"""Orders on their way to takers, what an account has to trade with, and whether it goes through."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from click.testing import Result
from eth_account.signers.local import LocalAccount

from terahash.chain import ChainError
from terahash.orders.order import SignedOrder
from terahash.orders.wire import to_line
from terahash.swaps.series import LOT
from terahash.swaps.trading import Take
from tests.support.desk import DIFFICULTY, Desk
from tests.support.trading import STRANGER


def give(desk: Desk, account: LocalAccount, held: int, allowed: int) -> None:
    """Let an account have so many satoshi, and the market take so many of them."""
    with desk.chain.acting_as(account.address):
        desk.chain.send(
            "BitcoinDouble",
            desk.doubles.btc,
            "transfer",
            STRANGER.address,
            desk.doubles.sats(account.address),
        )
        desk.trader.approve_bitcoin(allowed).send(desk.chain)
    desk.chain.send("BitcoinDouble", desk.doubles.btc, "mint", account.address, held)


def goes_through(desk: Desk, taker: str, signed: SignedOrder, amount: int) -> bool:
    """Take claims of an order, and undo that."""
    with desk.chain.undone(), desk.chain.acting_as(taker):
        try:
            desk.trader.fill(Take(signed, amount)).send(desk.chain)
        except ChainError:
            return False
    return True


SIGN = [
    *("--series", "0x" + DIFFICULTY.id.hex(), "--side", "short"),
    *("--claims", 3 * LOT, "--price", "78T"),
]
"""Options of `order sign`: the user wants 30,000 shorts, for which a long pays 40 %."""


def signed_by_command(desk: Desk, *arguments: object) -> Result:
    """Run `order sign` with the user's key."""
    return desk.run("order", "sign", *arguments, "--for", "1h", "--yes", key=True)


def orders_file(desk: Desk, *orders: SignedOrder) -> Path:
    """Write orders to a file, as makers send them."""
    file = desk.file.parent / "orders.jsonl"
    file.write_text("".join(to_line(desk.market.domain, one) + "\n" for one in orders))
    return file


def several(desk: Desk, prices: Sequence[int], **changes: Any) -> list[SignedOrder]:
    """Have the miner sign an order at each of some prices."""
    return [desk.signed(price=price, salt=price, **changes) for price in prices]
