"""Preflight says of every order what `fill` would do with it, and names what stands in its way."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from pyrevm import AccountInfo

from terahash.chain import ChainError
from terahash.orders.order import SignedOrder
from terahash.orders.preflight import Cause, Signing, offered, preflight, signing
from terahash.swaps.series import LOT, TICKS
from terahash.swaps.trading import Take
from tests.support.desk import DIFFICULTY, JANUARY, Desk
from tests.support.revm_chain import compiled
from tests.support.trading import (
    ATTACKER,
    FUND,
    MINER,
    NOBODY,
    OTHER,
    RICH,
    START,
    STRANGER,
)

Change = Callable[[Desk], Any]
CASES = 600
ODD = 0.02
"""How often one of many things is wrong."""


def _give(desk: Desk, account: LocalAccount, held: int, allowed: int) -> None:
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


def _goes_through(desk: Desk, taker: str, signed: SignedOrder, amount: int) -> bool:
    """Take claims of an order, and undo that."""
    with desk.chain.undone(), desk.chain.acting_as(taker):
        try:
            desk.trader.fill(Take(signed, amount)).send(desk.chain)
        except ChainError:
            return False
    return True


def _some_state(desk: Desk, random: Random) -> None:
    """Leave both parties with some claims, some money and some allowance."""
    for account in (MINER, FUND):
        for long, short in ((account, STRANGER), (STRANGER, account)):
            claims = random.choice([0, 1, LOT // 2, 2 * LOT])
            if claims:
                minted = desk.trader.mint_pair(DIFFICULTY, claims, long.address, short.address)
                desk.act(OTHER.address, minted)
    for account in (MINER, FUND):
        held, allowed = (random.choice([0, 3_999, 4_000, 9_000, 10_000, RICH]) for _ in range(2))
        if random.random() < 0.4:
            _give(desk, account, held, allowed)
    if random.random() < ODD:
        desk.act(MINER.address, desk.trader.cancel_all())
    if random.random() < ODD:
        desk.doubles.instrument("set_known", True)
    if random.random() < ODD:
        desk.finish(80 * 10**30)
        desk.act(STRANGER.address, desk.trader.settle(DIFFICULTY))


def _some_order(desk: Desk, random: Random) -> SignedOrder:
    """Have the miner sign an order in which few things are wrong, or somebody else sign it."""

    def choose(sound: list[Any], odd: list[Any]) -> Any:
        return random.choice(odd if random.random() < ODD else sound)

    order = desk.order(
        choose([DIFFICULTY], [JANUARY, DIFFICULTY._replace(kind=1)]),
        long=random.random() < 0.5,
        amount=choose([LOT, 3 * LOT], [0, 1, LOT + 1, 2**79, 2**79 + LOT, 2**255]),
        price=choose([0, 1, 4_000, 9_999, TICKS], [TICKS + 1, 2**256 - 1]),
        deadline=choose([START, START + 100], [0, START - 1]),
        counter=choose([desk.market.counter(MINER.address)], [0, 1, 2**256 - 1]),
        taker=choose([NOBODY, FUND.address], [OTHER.address, MINER.address]),
        salt=random.getrandbits(256),
    )
    signed = desk.market.domain.sign(choose([MINER], [ATTACKER]), order)
    if random.random() < ODD:
        spoiled = [signed.signature[:64], b"", b"\0" * 65, signed.signature[:64] + b"\1"]
        signed = signed._replace(signature=random.choice(spoiled))
    if random.random() < ODD:
        desk.act(MINER.address, desk.trader.cancel(order))
    if random.random() < 5 * ODD:
        with desk.chain.acting_as(OTHER.address), suppress(ChainError):
            desk.trader.fill(Take(signed, LOT)).send(desk.chain)
    return signed


@pytest.mark.parametrize("part", range(4))
def test_preflight__random_defects__says_what_fill_does(desk: Desk, part: int) -> None:
    """And no more can be taken than it says where it is asked for as much as there is."""
    random, fine, causes = Random(part), 0, set()
    for _ in range(CASES // 4):
        with desk.chain.undone():
            _some_state(desk, random)
            signed = _some_order(desk, random)
            taker = (MINER if random.random() < ODD else FUND).address
            amount = random.choice([None, None, None, LOT, LOT, LOT, 3 * LOT, 4 * LOT, 0, 5])
            said = preflight(desk.market, signed, taker, amount)
            asked = amount
            if asked is None:
                asked = said.amount if said.is_fine else LOT
            assert said.is_fine == _goes_through(desk, taker, signed, asked), (said, signed)
            if said.is_fine and amount is None:
                assert not _goes_through(desk, taker, signed, said.amount + LOT), said
            fine += said.is_fine
            causes.add(said.cause)
            assert bool(said.why) != said.is_fine
    assert CASES // 4 * 30 // 100 < fine < CASES // 4 * 70 // 100
    assert len(causes) > 9


def _held(held: int, allowed: int = RICH, account: LocalAccount = MINER) -> Change:
    return lambda desk: _give(desk, account, held, allowed)


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
    assert not _goes_through(desk, FUND.address, signed, LOT)


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
    assert _goes_through(desk, FUND.address, signed, most)


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
    _give(desk, FUND, 0, 0)
    assert preflight(desk.market, desk.signed(), FUND.address) == (3 * LOT, None, "")
    assert _goes_through(desk, FUND.address, desk.signed(), 3 * LOT)


def test_offered__nobody_named__looks_at_no_takers_money(desk: Desk) -> None:
    signed, private = desk.signed(), desk.signed(taker=FUND.address)
    _give(desk, FUND, 0, 0)
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
    assert _goes_through(desk, FUND.address, unsigned, LOT)
