"""Bitcoin tokens that keep a fee, return nothing or false, or have other decimals: refused when an
issuance opens, or the call reverts, and nobody loses a satoshi.
"""

from __future__ import annotations

from typing import Any

import pytest

from terahash.units import DAY
from tests.support.issuing import (
    BUYER,
    FIRST_DAY,
    FOREVER,
    HOLDER,
    ISSUER,
    ONE,
    RICH,
    START,
    STRANGER,
    TERMS,
    Issuance,
)
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain

TRUE, FALSE, NOTHING = 1, 0, 2
PULLS: list[tuple[str, tuple[Any, ...]]] = [
    ("mint", (ONE, FOREVER, STRANGER)),
    ("deliver", (1_000,)),
    ("fund_reserve", (1_000,)),
]


@pytest.fixture
def issuance() -> Issuance:
    """On a token that behaves as it is told: a holder has 1,000, and 44,000 to claim."""
    chain = RevmChain(START)
    issuance = Issuance(chain, btc=chain.deploy("OddToken", 8))
    issuance.mint(BUYER, 1_000, HOLDER)
    issuance.pass_day()
    issuance.deliver()
    issuance.chain.now += DAY
    return issuance


def _set_odd(issuance: Issuance, fee: int, answer: int) -> None:
    issuance.chain.send("OddToken", issuance.btc, "set_odd", fee, answer)


def _state(issuance: Issuance) -> tuple[Any, ...]:
    accounts = (ISSUER, BUYER, HOLDER, STRANGER, issuance.address)
    views = ("totalSupply", "reserve", "owed", "stream", "index", "sale", "due")
    return (
        *(issuance.sats(account) for account in accounts),
        *(issuance.read("balanceOf", account) for account in accounts),
        *(issuance.read("claimed", account) for account in accounts),
        *(issuance.read(view) for view in views),
    )


@pytest.mark.parametrize("decimals", [0, 6, 7, 9, 18, 255])
def test_weird_tokens__of_other_decimals__open_no_issuance(decimals: int) -> None:
    chain = RevmChain(START)
    index = chain.deploy("IndexDouble", FIRST_DAY, START)
    blueprint = chain.deploy_blueprint("HashrateToken")
    factory = chain.deploy("HashrateFactory", index, blueprint)
    for btc, reason in (
        (chain.deploy("OddToken", decimals), "factory: not of 8 decimals"),
        (HOLDER, "factory: not of 8 decimals"),  # no contract, which answers nothing
    ):
        terms = tuple({"btc": btc, "index": index, **TERMS}.values())
        with refused(reason):
            chain.send("HashrateFactory", factory, "open", "Hash", "H", terms, (ONE, ONE))
    assert chain.call("HashrateFactory", factory, "count") == 0
    terms = tuple({"btc": chain.deploy("OddToken", 8), "index": index, **TERMS}.values())
    chain.send("HashrateFactory", factory, "open", "Hash", "H", terms, (ONE, ONE))
    assert chain.call("HashrateFactory", factory, "count") == 1


@pytest.mark.parametrize(("function", "arguments"), PULLS)
def test_weird_tokens__fee_on_transfer__nothing_comes_in(
    issuance: Issuance, function: str, arguments: tuple[Any, ...]
) -> None:
    before = _state(issuance)
    _set_odd(issuance, 1, TRUE)
    with refused("token: bitcoin did not arrive"):
        issuance.send(STRANGER, function, *arguments)
    assert _state(issuance) == before
    _set_odd(issuance, 0, TRUE)
    issuance.send(STRANGER, function, *arguments)


@pytest.mark.parametrize(("function", "arguments"), PULLS)
def test_weird_tokens__false_returned__nothing_comes_in(
    issuance: Issuance, function: str, arguments: tuple[Any, ...]
) -> None:
    before = _state(issuance)
    _set_odd(issuance, 0, FALSE)
    with refused("token: bitcoin transfer failed"):
        issuance.send(STRANGER, function, *arguments)
    assert _state(issuance) == before


def test_weird_tokens__false_returned__nothing_is_booked_as_paid_out(issuance: Issuance) -> None:
    issuance.send(STRANGER, "fund_reserve", 10**6)
    before = _state(issuance)
    _set_odd(issuance, 0, FALSE)
    for actor, function, arguments in (
        (STRANGER, "claim", (HOLDER,)),
        (STRANGER, "claim_many", ([HOLDER],)),
        (HOLDER, "redeem", (ONE, 0, HOLDER)),
        (ISSUER, "withdraw_reserve", (1,)),
    ):
        with refused("token: bitcoin transfer failed"):
            issuance.send(actor, function, *arguments)
    assert _state(issuance) == before
    _set_odd(issuance, 0, TRUE)
    issuance.send(STRANGER, "claim", HOLDER)
    assert issuance.sats(HOLDER) == RICH + 43_999


def test_weird_tokens__nothing_returned__is_paid_like_any_other(issuance: Issuance) -> None:
    _set_odd(issuance, 0, NOTHING)
    issuance.send(STRANGER, "claim", HOLDER)
    assert issuance.sats(HOLDER) == RICH + 43_999
    issuance.mint(BUYER, 1)
    issuance.pass_day()
    issuance.deliver()
    issuance.send(HOLDER, "redeem", 1_000 * ONE, 0, HOLDER)
    assert issuance.sats(HOLDER) > RICH + 43_999 + 450_000


def test_weird_tokens__fee_on_what_goes_out__is_the_receivers_and_nobody_elses(
    issuance: Issuance,
) -> None:
    """Such a token cannot be told beforehand; the books, and what others get, stay whole."""
    issuance.send(HOLDER, "transfer", BUYER, 500 * ONE)
    _set_odd(issuance, 1_000, TRUE)
    issuance.send(STRANGER, "claim", HOLDER)
    assert issuance.sats(HOLDER) == RICH + 42_999
    assert issuance.read("claimed", HOLDER) == 43_999
    _set_odd(issuance, 0, TRUE)
    assert issuance.sats(issuance.address) == issuance.read("reserve") + 1
