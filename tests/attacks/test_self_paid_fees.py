"""A miner pays itself any fee in its own block, at no cost, and lifts the index for its longs.

So at most a block's subsidy counts as its fees: a miner with the share s of the hashrate can raise
a day by s at most, and shows it to everybody.
"""

from __future__ import annotations

from terahash.bitcoin.network import subsidy
from terahash.bitcoin.state import DAY_BLOCKS
from tests.support.indexing import FEE_WINDOW, FIRST_DAY, indexed, total
from tests.support.relay import refused

DAY = FIRST_DAY + 1


def test_self_paid_fees__above_the_subsidy__count_as_the_subsidy() -> None:
    with indexed().undone() as base:
        index = base.index()
        index.record(FIRST_DAY, DAY)
        paid = [total(block.coinbase) for block in index.mined[DAY].blocks]
        own = subsidy(DAY * DAY_BLOCKS)
        greedy = [i for i in range(DAY_BLOCKS) if paid[i] > 2 * own]
        assert any(paid[i] >= 50 * 10**8 for i in greedy)
        index.prove(DAY, greedy)
        assert index.read("block_day", DAY)[3] == len(greedy) * own
        index.chain.now += FEE_WINDOW
        assert index.logged("close")["DayClosed"]["reward"] == (144 + len(greedy)) * own


def test_self_paid_fees__a_whole_day_of_them__doubles_it_at_most() -> None:
    with indexed().undone() as base:
        index = base.index()
        index.record(*range(FIRST_DAY, FIRST_DAY + 8))
        for number in range(DAY, FIRST_DAY + 8):
            index.prove_all(number)
            index.send("close")
            _, earned, floor = index.read("readings", number, 1)[0]
            assert floor < earned <= 2 * floor
        with refused("index: not open"):
            index.prove(DAY, [0])
