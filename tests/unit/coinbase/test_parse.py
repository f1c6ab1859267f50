"""The contract's parser against real coinbases, the Python parser, and what no coinbase may be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from terahash.bitcoin.coinbase import parse_coinbase
from terahash.bitcoin.header import double_sha256
from terahash.bitcoin.network import subsidy
from terahash.chain import ChainError
from terahash.errors import TransactionError
from tests.support.miner import checkpoint, mine_block
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain
from tests.support.shared_data import shared

OUTPUT = (7).to_bytes(8, "little") + b"\x16\x00\x14" + bytes(20)


class Parser:
    def __init__(self, chain: RevmChain) -> None:
        self.chain, self.address = chain, chain.deploy("CoinbaseDouble")

    def __call__(self, raw: bytes) -> tuple[bytes, int]:
        answer: tuple[bytes, int] = tuple(self.read("parse", raw))  # type: ignore[assignment]
        return answer

    def read(self, function: str, *args: Any) -> Any:
        return self.chain.call("CoinbaseDouble", self.address, function, *args)


@pytest.fixture
def parse(chain: RevmChain) -> Parser:
    return Parser(chain)


def coinbase(script: bytes = b"\x03\x01\x02\x03", outputs: bytes = b"\x01" + OUTPUT) -> bytes:
    """Serialize a coinbase; `outputs` with their count, whatever they say."""
    length = bytes([len(script)])
    return (
        bytes(4) + b"\x01" + bytes(32) + b"\xff" * 4 + length + script + bytes(4) + outputs
    ) + bytes(4)


def test_parse__12_real_coinbases__id_and_total(parse: Parser) -> None:
    for fact in json.loads(shared("coinbase_proofs.json").read_text()):
        raw = bytes.fromhex(fact["coinbase_stripped_hex"])
        txid, paid = parse(raw)
        assert txid[::-1].hex() == fact["coinbase_txid"]
        assert paid == fact["outputs_total_sat"] == fact["subsidy_sat"] + fact["fees_sat"]


def test_parse__every_byte_changed__as_python_or_another_id(parse: Parser) -> None:
    raw = mine_block(checkpoint(), fees=12_345).coinbase
    txid, _ = parse(raw)
    for at in range(len(raw)):
        for flip in (1, 0x80, 0xFF):
            changed = raw[:at] + bytes([raw[at] ^ flip]) + raw[at + 1 :]
            try:
                expected = parse_coinbase(changed).total
            except TransactionError:
                with pytest.raises(ChainError):
                    parse(changed)
                continue
            assert parse(changed) == (double_sha256(changed), expected)
            assert parse(changed)[0] != txid


def test_parse__every_truncation__refused(parse: Parser) -> None:
    raw = coinbase(outputs=b"\x02" + OUTPUT * 2)
    parse(raw)
    for size in range(len(raw)):
        with pytest.raises(ChainError):
            parse(raw[:size])


def test_parse__64_bytes__refused(parse: Parser) -> None:
    raw = coinbase(b"", b"\x01" + bytes(8) + b"\x04" + bytes(4))
    assert len(raw) == 64
    with refused("coinbase: too short"):
        parse(raw)
    assert parse(coinbase(b"", b"\x01" + bytes(8) + b"\x05" + bytes(5)))[1] == 0


def test_parse__two_inputs__refused(parse: Parser) -> None:
    raw = coinbase()
    with refused("coinbase: not one input"):
        parse(raw[:4] + b"\x02" + raw[5:])


@pytest.mark.parametrize("at", [5, 36, 37, 40])
def test_parse__outpoint_that_is_not_null__refused(parse: Parser, at: int) -> None:
    raw = coinbase()
    with refused("coinbase: spends an output"):
        parse(raw[:at] + b"\x07" + raw[at + 1 :])


def test_parse__bytes_after_its_end__refused(parse: Parser) -> None:
    with refused("coinbase: wrong length"):
        parse(coinbase() + b"\0")


def test_parse__output_that_reaches_beyond__refused(parse: Parser) -> None:
    with refused("coinbase: truncated"):
        parse(coinbase(outputs=b"\x03" + OUTPUT * 2))


def test_parse__number_in_more_bytes_than_it_needs__refused(parse: Parser) -> None:
    with refused("coinbase: bad compact number"):
        parse(coinbase(outputs=b"\xfd\x01\x00" + OUTPUT))


def test_parse__no_outputs__refused(parse: Parser) -> None:
    with refused("coinbase: not 1..1024 outputs"):
        parse(coinbase(outputs=b"\0" + OUTPUT))


@pytest.mark.parametrize("count", [252, 253, 1_024])
def test_parse__many_outputs__all_counted(parse: Parser, count: int) -> None:
    written = bytes([count]) if count < 253 else b"\xfd" + count.to_bytes(2, "little")
    raw = coinbase(outputs=written + OUTPUT * count)
    assert parse(raw) == (double_sha256(raw), 7 * count)


def test_day_subsidy__each_block_day_around_each_halving__the_sum_of_its_blocks(
    parse: Parser,
) -> None:
    halvings = [number * 210_000 // 144 for number in range(1, 66)]
    for day in {0, 1, 5_711, *halvings, *(h - 1 for h in halvings), *(h + 1 for h in halvings)}:
        expected = sum(subsidy(day * 144 + i) for i in range(144))
        assert parse.read("day_subsidy", day) == expected
