"""The command that runs a relay: `terahash orders serve`."""

from __future__ import annotations

from pathlib import Path

import click

from terahash.connect import FILE, check_connection, connect
from terahash.console import Group
from terahash.deployment import read_deployment
from terahash.orders.order import Domain, OrderError

MARKET = "PairMarket"


@click.group(cls=Group)
def orders() -> None:
    """The order relay: where strangers' orders find each other."""


def _where(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, int]:
    """Read HOST:PORT, of IPv6 [HOST]:PORT."""
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise click.BadParameter("it is HOST:PORT, as in 127.0.0.1:8645")
    return host.strip("[]"), int(port)


@orders.command()
@click.option(
    "--deployment",
    type=FILE,
    envvar="TERAHASH_DEPLOYMENT",
    required=True,
    metavar="FILE.json",
    help="Addresses of the contracts: orders are taken for its PairMarket.",
)
@click.option(
    "--rpc",
    envvar="TERAHASH_RPC",
    metavar="URL",
    help="JSON-RPC of the EVM chain: without it, only keys, terms and deadlines are verified.",
)
@click.option(
    "--book",
    type=click.Path(dir_okay=False, path_type=Path),
    default="orders.sqlite",
    show_default=True,
    metavar="FILE",
    help="Where the orders are kept.",
)
@click.option(
    "--listen",
    callback=_where,
    default="127.0.0.1:8645",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to serve; put a proxy with TLS before it.",
)
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="Clients are told apart by the last X-Forwarded-For, which your own proxy must set.",
)
@click.option(
    "--max-orders",
    type=click.IntRange(min=1),
    default=200_000,
    show_default=True,
    help="Orders that are kept; beyond, who has the most makes room.",
)
@click.option(
    "--min-amount",
    type=click.IntRange(min=10_000),
    default=10_000,
    show_default=True,
    metavar="SATS",
    help="Claims that an order is of at least.",
)
@click.option(
    "--look-every",
    type=click.FloatRange(min=1),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Between two looks for dead orders.",
)
def serve(
    deployment: Path,
    rpc: str | None,
    book: Path,
    listen: tuple[str, int],
    behind_proxy: bool,
    max_orders: int,
    min_amount: int,
    look_every: float,
) -> None:
    """Run an order relay until it is interrupted.

    It verifies every order before it stores it, and acknowledges none that is not on the disk. It
    holds no money and no key; whoever runs it can withhold orders, and cannot change them.
    """
    from terahash.orders.relay.limits import Limits
    from terahash.orders.relay.running import run
    from terahash.orders.relay.server import Setup, listening
    from terahash.swaps.market import Market

    contracts = read_deployment(deployment)
    address = contracts.address(MARKET)
    market: Market | None = None
    domain = Domain(contracts.chain_id, address)
    if rpc:
        chain = connect(rpc)
        check_connection(chain, None, contracts)
        market = Market(chain, address)
        domain = market.domain
    limits = Limits(orders=max_orders, min_amount=min_amount)
    setup = Setup(domain, book, market, limits, behind_proxy, look_every)
    try:
        where = listening(*listen)
    except OSError as error:
        host, port = listen
        raise OrderError(f"{host}:{port} cannot be served on: {error.strerror or error}") from None
    run(setup, where, click.echo)
