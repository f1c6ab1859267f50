"""Preflight says of every order what `fill` would do with it, and names what stands in its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from pyrevm import AccountInfo

from terahash.orders.order import SignedOrder
from terahash.orders.preflight import Cause, Signing, offered, preflight, signing
from terahash.swaps.series import LOT, TICKS
from terahash.swaps.trading import Take
from tests.support.desk import DIFFICULTY, Desk
from tests.support.revm_chain import compiled
from tests.support.taking import give, goes_through
from tests.support.trading import (
    FUND,
    MINER,
    OTHER,
    RICH,
    START,
    STRANGER,
)

Change = Callable[[Desk], Any]


def _held(held: int, allowed: int = RICH, account: LocalAccount = MINER) -> Change:
    return lambda desk: give(desk, account, held, allowed)


def _cancel(desk: Desk) -> None:
    desk.act(MINER.address, desk.trader.cancel(desk.order()))


def _cancel_all(desk: Desk) -> None:
    desk.act(MINER.address, desk.trader.cancel_all())


def _fill(claims: int) -> Change:
    return lambda desk: desk.act(OTHER.address, desk.trader.fill(Take(desk.signed(), claims)))


def _settle(desk: Desk) -> None:
    desk.finish(80 * 10**30)
    desk.act(STRANGER.address, desk.trader.settle(DIFFICULTY))


def _pass_deadline(desk: Desk) -> None:
    desk.chain.now = START + 101


STOPPED: dict[str, tuple[Change, dict[str, Any], Cause, str]] = {
    "known": (
        lambda desk: desk.doubles.instrument("set_known", True),
        {},
        Cause.KNOWN,
        "last reading of the window is determined",
    ),
    "settled": (_settle, {}, Cause.SETTLED, "terahash swaps redeem"),
    "nobody opened it": (_held(RICH), {"kind": 1}, Cause.NOT_OPEN, "open it first"),
    "expired": (_pass_deadline, {}, Cause.DEADLINE, "ask its maker for a new one"),
    "another counter": (_cancel_all, {}, Cause.COUNTER, "names counter 0, and its maker's is 1"),
    "future counter": (_held(RICH), {"counter": 5}, Cause.COUNTER, "names counter 5"),
    "cancelled": (_cancel, {}, Cause.CANCELLED, "cancelled this order"),
    "filled": (_fill(3 * LOT), {}, Cause.FILLED, "Nothing is left"),
    "for another": (_held(RICH), {"taker": OTHER.address}, Cause.TAKER, "names another account"),
    "own": (_held(RICH), {"maker": FUND.address}, Cause.TAKER, "Maker and taker are one"),
    "of no claims": (_held(RICH), {"amount": 0}, Cause.TERMS, "of no claims"),
    "of no lots": (_held(RICH), {"amount": LOT + 1}, Cause.TERMS, "whole number of lots"),
    "above all": (_held(RICH), {"price": TICKS + 1}, Cause.TERMS, "at most 10,000 ticks"),
    "maker is poor": (_held(5_999), {}, Cause.MAKER_FUNDS, "which holds 5,999 sats"),
    "maker allows little": (
        _held(RICH, 5_999),
        {},
        Cause.MAKER_ALLOWANCE,
        "which has allowed the market 5,999 sats",
    ),
    "maker lacks both": (_held(5_999, 7), {}, Cause.MAKER_FUNDS, "and has allowed even less"),
    "taker is poor": (
        _held(3_999, account=FUND),
        {},
        Cause.TAKER_FUNDS,
        "10,000 claims take 4,000 sats of the taker's, which holds 3,999 sats",
    ),
    "taker allows little": (
        _held(RICH, 3_999, FUND),
        {},
        Cause.TAKER_ALLOWANCE,
        "until it approves more",
    ),
}


@pytest.mark.parametrize("stopped", STOPPED)
def test_preflight__one_thing_in_the_way__named_with_what_to_do(desk: Desk, stopped: str) -> None:
    change, terms, cause, said = STOPPED[stopped]
    terms = dict(terms)
    series = DIFFICULTY._replace(kind=terms.pop("kind", 0))
    signed = desk.signed(series, **terms)
    assert terms or series != DIFFICULTY or preflight(desk.market, signed, FUND.address).is_fine
    change(desk)
    found = preflight(desk.market, signed, FUND.address)
    assert (found.amount, found.cause) == (0, cause)
    assert said in found.why
    assert not goes_through(desk, FUND.address, signed, LOT)


@pytest.mark.parametrize(
    ("change", "amount", "most", "cause", "said"),
    [
        (_fill(LOT), 3 * LOT, 2 * LOT, Cause.AMOUNT, "20,000 claims are left of the order"),
        (_held(12_000), 3 * LOT, 2 * LOT, Cause.MAKER_FUNDS, "take 20,000 claims at most"),
        (_held(RICH, 17_999), 3 * LOT, 2 * LOT, Cause.MAKER_ALLOWANCE, "take 20,000 claims"),
        (_held(8_000, account=FUND), 3 * LOT, 2 * LOT, Cause.TAKER_FUNDS, "take 20,000 claims"),
        (_held(RICH, 8_000, FUND), 3 * LOT, 2 * LOT, Cause.TAKER_ALLOWANCE, "take 20,000 claims"),
        (_held(RICH), LOT + 1, 3 * LOT, Cause.AMOUNT, "whole lots"),
        (_held(RICH), 0, 3 * LOT, Cause.AMOUNT, "whole lots"),
        (_held(RICH), -LOT, 3 * LOT, Cause.AMOUNT, "whole lots"),
    ],
)
def test_preflight__more_than_can_be_taken__says_how_much_can(
    desk: Desk, change: Change, amount: int, most: int, cause: Cause, said: str
) -> None:
    change(desk)
    signed = desk.signed()
    found = preflight(desk.market, signed, FUND.address, amount)
    assert (found.amount, found.cause) == (most, cause)
    assert said in found.why
    assert preflight(desk.market, signed, FUND.address, most).is_fine
    assert goes_through(desk, FUND.address, signed, most)


@pytest.mark.parametrize(
    ("changes", "cause", "said"),
    [
        ({"chain_id": 2}, Cause.CHAIN, "signed for chain 2, and this is chain 1"),
        ({"address": OTHER.address}, Cause.MARKET, f"the market {OTHER.address}, and this is 0x"),
        ({"version": "0.0.9"}, Cause.VERSION, "version 0.0.9, and this is 0.1.0"),
    ],
)
def test_preflight__of_another_domain__says_which(
    desk: Desk, changes: dict[str, Any], cause: Cause, said: str
) -> None:
    """Where the order comes without its domain, its signature is still nobody's."""
    domain = desk.market.domain._replace(**changes)
    signed = domain.sign(MINER, desk.order())
    found = preflight(desk.market, signed, FUND.address, domain=domain)
    assert (found.amount, found.cause) == (0, cause)
    assert said in found.why
    assert preflight(desk.market, signed, FUND.address).cause is Cause.SIGNER


def test_preflight__own_domain_in_small_letters__is_the_same(desk: Desk) -> None:
    domain = desk.market.domain._replace(address=desk.market.address.lower())
    assert preflight(desk.market, desk.signed(), FUND.address, domain=domain).is_fine


def test_preflight__signature_beyond_what_the_market_takes__names_the_signer(desk: Desk) -> None:
    signed = desk.signed()._replace(signature=b"\0" * 1_025)
    found = preflight(desk.market, signed, FUND.address)
    assert found.cause is Cause.SIGNER
    assert "1,024 bytes" in found.why


def test_preflight__taker_has_the_other_side__needs_no_money(desk: Desk) -> None:
    """Who gives up shorts for longs is paid."""
    desk.mint(DIFFICULTY, 3 * LOT, STRANGER.address, FUND.address)
    give(desk, FUND, 0, 0)
    assert preflight(desk.market, desk.signed(), FUND.address) == (3 * LOT, None, "")
    assert goes_through(desk, FUND.address, desk.signed(), 3 * LOT)


def test_preflight__some_of_the_other_side__says_what_the_rest_takes(desk: Desk) -> None:
    desk.mint(DIFFICULTY, 1_500, STRANGER.address, FUND.address)
    give(desk, FUND, 2_499, RICH)
    found = preflight(desk.market, desk.signed(), FUND.address, LOT)
    assert found.cause is Cause.TAKER_FUNDS
    assert "10,000 claims take 2,500 sats of the taker's, which holds 2,499 sats" in found.why


def test_offered__nobody_named__looks_at_no_takers_money(desk: Desk) -> None:
    signed, private = desk.signed(), desk.signed(taker=FUND.address)
    give(desk, FUND, 0, 0)
    assert offered(desk.market, signed) == offered(desk.market, private) == (3 * LOT, None, "")
    assert offered(desk.market, private, OTHER.address).cause is Cause.TAKER


def test_signing__key_code_or_nobody__says_who(desk: Desk) -> None:
    """A contract's answer counts for its own orders, and for orders that could be taken."""
    wallet, market = desk.chain.deploy("SignerDouble"), desk.market
    desk.chain.send("BitcoinDouble", desk.doubles.btc, "mint", wallet, RICH)
    _, approval = compiled().calldata("BitcoinDouble", "approve", (market.address, RICH))
    desk.chain.send("SignerDouble", wallet, "forward", desk.doubles.btc, approval)
    by_code = SignedOrder(desk.order(maker=wallet), b"whatever it takes")
    assert signing(market, desk.signed()) is Signing.KEY
    assert signing(market, desk.signed()._replace(signature=b"")) is Signing.NOBODY
    assert signing(market, by_code) is Signing.NOBODY
    digest = market.domain.digest(by_code.order)
    desk.chain.send("SignerDouble", wallet, "approve_order", digest)
    assert signing(market, by_code) is Signing.CODE
    assert preflight(market, by_code, FUND.address).is_fine
    desk.chain.send("SignerDouble", wallet, "set_behaviour", 2)
    assert signing(market, by_code) is Signing.NOBODY
    desk.chain.send("SignerDouble", wallet, "set_behaviour", 0)
    desk.chain.now = START + 101
    assert signing(market, by_code) is Signing.UNKNOWN
    assert signing(market, desk.signed()) is Signing.KEY


def test_signing__account_with_a_delegation__by_its_key_or_its_code(desk: Desk) -> None:
    """As EIP-7702 gives an account: code, which runs on its own storage, beside its key."""
    signer = desk.chain.deploy("SignerDouble")
    code = AccountInfo(code=desk.chain.code(signer))
    desk.chain._evm.insert_account_info(MINER.address, code)
    signed = desk.signed()
    assert signing(desk.market, signed) is Signing.KEY
    unsigned = signed._replace(signature=b"")
    assert signing(desk.market, unsigned) is Signing.NOBODY
    digest = desk.market.domain.digest(signed.order)
    desk.chain.send("SignerDouble", MINER.address, "approve_order", digest)
    assert signing(desk.market, unsigned) is Signing.CODE
    assert goes_through(desk, FUND.address, unsigned, LOT)
