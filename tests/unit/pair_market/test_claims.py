"""PairMarket's claims: ERC-6909 with its names, ERC-165, and what wallets read."""

from __future__ import annotations

import pytest

from terahash.chain import Receipt
from tests.support.relay import refused
from tests.support.trading import (
    ATTACKER,
    FOREVER,
    FUND,
    MINER,
    NOBODY,
    OTHER,
    SERIES,
    STRANGER,
    Market,
)

LONG, SHORT = SERIES.long, SERIES.short


@pytest.fixture(autouse=True)
def _claims(market: Market) -> None:
    market.send(MINER.address, "mint_pair", SERIES.id, 10, FUND.address, MINER.address)


def test_transfer__event__names_caller_and_both(market: Market) -> None:
    receipt = market.send(FUND.address, "transfer", OTHER.address, LONG, 4)
    assert receipt.logs == (
        (
            "Transfer",
            {
                "caller": FUND.address,
                "sender": FUND.address,
                "receiver": OTHER.address,
                "id": LONG,
                "amount": 4,
            },
        ),
    )
    assert (market.claims(FUND.address), market.claims(OTHER.address)) == ((6, 0), (4, 0))


def _moved(receipt: Receipt) -> list[tuple[object, ...]]:
    fields = ("caller", "sender", "receiver", "id", "amount")
    return [
        tuple(log[field] for field in fields)
        for name, log in receipt.logs
        if name == "Transfer" and "id" in log
    ]


def test_claims__made_ended_and_redeemed__are_logged_as_transfers(market: Market) -> None:
    """Wallets and indexers know balances by these alone."""
    fund, miner = FUND.address, MINER.address
    made = market.send(STRANGER.address, "mint_pair", SERIES.id, 7, fund, miner)
    assert _moved(made) == [
        (STRANGER.address, NOBODY, fund, LONG, 7),
        (STRANGER.address, NOBODY, miner, SHORT, 7),
    ]
    market.send(miner, "transfer", fund, SHORT, 3)
    ended = market.send(fund, "burn_pair", SERIES.id, 2, OTHER.address)
    assert _moved(ended) == [(fund, fund, NOBODY, LONG, 2), (fund, fund, NOBODY, SHORT, 2)]
    market.instrument("set_value", True, 150)
    market.send(STRANGER.address, "settle", SERIES.terms)
    redeemed = market.send(STRANGER.address, "redeem", SERIES.id, fund, fund)
    assert _moved(redeemed) == [
        (STRANGER.address, fund, NOBODY, LONG, 15),
        (STRANGER.address, fund, NOBODY, SHORT, 1),
    ]


def test_transfer__nothing_or_to_oneself__changes_nothing(market: Market) -> None:
    for receiver, amount in ((OTHER.address, 0), (FUND.address, 10)):
        market.send(FUND.address, "transfer", receiver, LONG, amount)
    assert (market.claims(FUND.address), market.claims(OTHER.address)) == ((10, 0), (0, 0))


def test_transfer__more_than_there_is__refused(market: Market) -> None:
    for claim, amount in ((LONG, 11), (SHORT, 1), (LONG, FOREVER), (LONG + 2, 1)):
        with refused("market: insufficient claims"):
            market.send(FUND.address, "transfer", OTHER.address, claim, amount)


@pytest.mark.parametrize("nobody", ["zero", "market"])
def test_transfer__to_whom_nothing_comes_back_from__refused(market: Market, nobody: str) -> None:
    receiver = NOBODY if nobody == "zero" else market.address
    market.send(FUND.address, "setOperator", STRANGER.address, True)
    with refused("market: receiver cannot receive"):
        market.send(FUND.address, "transfer", receiver, LONG, 1)
    with refused("market: receiver cannot receive"):
        market.send(STRANGER.address, "transferFrom", FUND.address, receiver, LONG, 1)


def test_transferFrom__allowance__is_used_up_by_claim(market: Market) -> None:
    receipt = market.send(FUND.address, "approve", STRANGER.address, LONG, 3)
    granted = {"owner": FUND.address, "spender": STRANGER.address, "id": LONG, "amount": 3}
    assert receipt.logs == (("Approval", granted),)
    take = (STRANGER.address, "transferFrom")
    with refused("market: insufficient allowance"):
        market.send(*take, FUND.address, STRANGER.address, LONG, 4)
    with refused("market: insufficient allowance"):
        market.send(*take, FUND.address, STRANGER.address, SHORT, 1)
    (_, moved), *_ = market.send(*take, FUND.address, OTHER.address, LONG, 3).logs
    assert (moved["caller"], moved["sender"]) == (STRANGER.address, FUND.address)
    assert market.read("allowance", FUND.address, STRANGER.address, LONG) == 0
    assert market.claims(OTHER.address) == (3, 0)


def test_transferFrom__allowance_without_limit__stays(market: Market) -> None:
    market.send(FUND.address, "approve", STRANGER.address, LONG, FOREVER)
    market.send(STRANGER.address, "transferFrom", FUND.address, OTHER.address, LONG, 3)
    assert market.read("allowance", FUND.address, STRANGER.address, LONG) == FOREVER


def test_transferFrom__operator__for_all_claims_until_it_ends(market: Market) -> None:
    market.send(FUND.address, "approve", STRANGER.address, LONG, 1)
    for approved in (True, False):
        (event,) = market.send(FUND.address, "setOperator", STRANGER.address, approved).logs
        said = {"owner": FUND.address, "spender": STRANGER.address, "approved": approved}
        assert event == ("OperatorSet", said)
        assert market.read("isOperator", FUND.address, STRANGER.address) is approved
        if approved:
            market.send(STRANGER.address, "transferFrom", FUND.address, OTHER.address, LONG, 5)
            assert market.read("allowance", FUND.address, STRANGER.address, LONG) == 1
    with refused("market: insufficient allowance"):
        market.send(STRANGER.address, "transferFrom", FUND.address, OTHER.address, LONG, 5)
    assert market.claims(OTHER.address) == (5, 0)


def test_transferFrom__ones_own__needs_nobody(market: Market) -> None:
    market.send(MINER.address, "transferFrom", MINER.address, OTHER.address, SHORT, 10)
    assert market.claims(OTHER.address) == (0, 10)


def test_approve__by_others__concerns_their_own(market: Market) -> None:
    market.send(ATTACKER.address, "approve", ATTACKER.address, LONG, FOREVER)
    market.send(ATTACKER.address, "setOperator", ATTACKER.address, True)
    with refused("market: insufficient allowance"):
        market.send(ATTACKER.address, "transferFrom", FUND.address, ATTACKER.address, LONG, 1)


@pytest.mark.parametrize(
    ("interface", "is_supported"),
    [
        ("01ffc9a7", True),
        ("0f632fb3", True),
        ("84b0196e", True),
        ("71abc795", True),
        ("ffffffff", False),
        ("00000000", False),
        ("d9b67a26", False),
    ],
)
def test_supportsInterface__standards__and_no_others(
    market: Market, interface: str, is_supported: bool
) -> None:
    assert market.read("supportsInterface", bytes.fromhex(interface)) is is_supported


def test_eip712Domain__is_what_orders_are_signed_for(market: Market) -> None:
    fields, *domain, salt, extensions = market.read("eip712Domain")
    assert (fields, salt, extensions) == (b"\x0f", bytes(32), [])
    assert tuple(domain) == tuple(market.domain.values())
    assert market.read("VERSION") == market.domain["version"]
