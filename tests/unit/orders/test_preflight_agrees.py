"""Whatever is wrong with an order and its parties, preflight says what `fill` does."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import Any

import pytest

from terahash.chain import ChainError
from terahash.orders.order import SignedOrder
from terahash.orders.preflight import preflight
from terahash.swaps.series import LOT, TICKS
from terahash.swaps.trading import Take
from tests.support.desk import DIFFICULTY, JANUARY, Desk
from tests.support.taking import give, goes_through
from tests.support.trading import ATTACKER, FUND, MINER, NOBODY, OTHER, RICH, START, STRANGER

CASES = 600
ODD = 0.02
"""How often one of many things is wrong."""


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
            give(desk, account, held, allowed)
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
            assert said.is_fine == goes_through(desk, taker, signed, asked), (said, signed)
            if said.is_fine and amount is None:
                assert not goes_through(desk, taker, signed, said.amount + LOT), said
            fine += said.is_fine
            causes.add(said.cause)
            assert bool(said.why) != said.is_fine
    assert CASES // 4 * 30 // 100 < fine < CASES // 4 * 70 // 100
    assert len(causes) > 9
