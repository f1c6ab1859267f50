"""The tests' own miner: its blocks are real ones in everything but their difficulty."""

from __future__ import annotations

import pytest

from terahash.bitcoin.coinbase import parse_coinbase
from terahash.bitcoin.header import Header
from terahash.bitcoin.merkle import root_of_branch
from terahash.bitcoin.network import subsidy
from terahash.bitcoin.state import extend
from tests.support.miner import EASY, checkpoint, mine_block, unsealed


@pytest.mark.parametrize("transactions", [1, 2, 3, 10, 1_000])
def test_mine_block__fees__are_in_a_coinbase_under_the_header_s_root(transactions: int) -> None:
    block = mine_block(checkpoint(), fees=23_268_040, transactions=transactions)
    state = extend(checkpoint(), block.header, EASY)
    coinbase = parse_coinbase(block.coinbase)
    assert coinbase.total == subsidy(state.height) + 23_268_040
    assert coinbase.height == state.height
    root = Header.parse(block.header).merkle_root
    assert root_of_branch(coinbase.txid, block.branch) == root
    assert len(block.branch) == (transactions - 1).bit_length()


def test_unsealed__block__differs_in_its_nonce_alone() -> None:
    header = Header.parse(mine_block(checkpoint(), fees=0).header)
    spoiled = Header.parse(unsealed(header.serialize()))
    assert spoiled._replace(nonce=header.nonce) == header
    assert spoiled.nonce != header.nonce
