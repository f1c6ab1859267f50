"""The index from a file of headers and one of coinbases, and the tables that show it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from terahash.bitcoin.header import HEADER_SIZE, Header
from terahash.bitcoin.network import subsidy
from terahash.bitcoin.proof import SHIPPED_PROOFS, CoinbaseProof, write_proofs
from terahash.bitcoin.state import before_genesis, extend
from terahash.bitcoin.tree import split
from terahash.block_days import (
    IndexFile,
    day_csv,
    day_table,
    decimal,
    fitted,
    read_index,
    shipped_coinbases,
)
from terahash.errors import IndexRangeError, ProofError
from terahash.hashprice import sats_earned
from terahash.headers import SHIPPED_ARCHIVE, RawHeaders
from terahash.units import WAD
from terahash.window_price import price, price_table
from tests.support.miner import TRIVIAL, coinbase, mine_coinbase

BLOCKS = 3 * 144 + 10
"""Of a chain that begins with its own genesis block: three block-days, and some of a fourth."""


def fees_of(height: int) -> int:
    return height * 1_000


@cache
def chain() -> tuple[bytes, list[CoinbaseProof]]:
    """Mine a chain from genesis on: its headers, and the proof of each block's fees."""
    state, headers, proofs = before_genesis(TRIVIAL), [], []
    for height in range(BLOCKS):
        raw = coinbase(height, subsidy(height) + fees_of(height))
        time = 1_231_006_505 + 600 * height
        block = mine_coinbase(state, raw, [bytes([height % 256]) * 32], time, TRIVIAL)
        state = extend(state, block.header, TRIVIAL)
        headers.append(block.header)
        proofs.append(CoinbaseProof(height, raw, tuple(block.branch)))
    return b"".join(headers), proofs


Reader = Callable[..., IndexFile]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Read the index of the mined chain's first blocks, with the proofs of some of them."""

    def read(blocks: int = BLOCKS, proofs: list[CoinbaseProof] | None = None) -> IndexFile:
        headers, coinbases = tmp_path / "headers.bin", tmp_path / "some.coinbases"
        headers.write_bytes(chain()[0][: blocks * HEADER_SIZE])
        if proofs is not None:
            write_proofs(coinbases, proofs)
        opened = RawHeaders.open(headers, before_genesis(TRIVIAL), TRIVIAL)
        return read_index(opened, opened.batches(), None if proofs is None else coinbases)

    return read


def printed(table: Table, width: int = 79) -> str:
    text = StringIO()
    Console(file=text, width=width, highlight=False).print(table)
    return text.getvalue()


def test_read_index__from_genesis__day_0_sets_the_clock(read: Reader) -> None:
    index = read()
    assert (index.clock_day, [day.number for day in index.days]) == (0, [1, 2])
    headers = split(chain()[0])
    for day in index.days:
        # Blocks come ten minutes apart, so that the median is the time five blocks earlier.
        assert day.end == Header.parse(headers[(day.number + 1) * 144 - 6]).time
        assert day.end - day.start == 144 * 600
        assert day.subsidy == 144 * 50 * 10**8
    assert index.coinbases is None


def test_read_index__every_block_proven__all_fees_of_counted_days(read: Reader) -> None:
    index = read(proofs=chain()[1])
    for day in index.days:
        heights = range(day.number * 144, day.number * 144 + 144)
        assert (day.fees, day.proven) == (sum(map(fees_of, heights)), 144)
        assert day.hashprice == sats_earned(86_400, day.subsidy + day.fees, day.bits)
    assert index.proven == 2 * 144
    assert index.uncounted == BLOCKS - index.proven == 144 + 10


def test_read_index__proofs_in_any_order__the_same(read: Reader) -> None:
    proofs = chain()[1]
    assert read(proofs=proofs) == read(proofs=proofs[::-1])


@pytest.mark.parametrize("height", [0, 143, 144, 287, 288, 431, 432, BLOCKS - 1])
def test_read_index__proof_of_a_neighbour_s_block__refused_by_height(
    read: Reader, height: int
) -> None:
    """Also where its fees would count for nothing: a wrong file is wrong."""
    other = chain()[1][height - 1 if height else 1]
    with pytest.raises(ProofError, match=f"^coinbase of block {height} leads to the Merkle root"):
        read(proofs=[other._replace(height=height)])


def test_read_index__proof_of_the_block_after_the_last__refused(read: Reader) -> None:
    read(300, chain()[1][:300])
    with pytest.raises(ProofError) as refused:
        read(300, chain()[1][:301])
    assert "block 300 is not among the headers, which are those of blocks 0 to 299" in str(
        refused.value
    )


@pytest.mark.parametrize(
    "blocks, said", [(1, "0 block-days"), (143, "0 block-days"), (144, "1 block-day"), (287, "1 ")]
)
def test_read_index__fewer_than_two_block_days__says_how_many_and_what_it_takes(
    read: Reader, blocks: int, said: str
) -> None:
    with pytest.raises(IndexRangeError, match=f"completes {said}.*give at least 288 headers"):
        read(blocks)


def test_read_index__two_block_days__one_that_earned(read: Reader) -> None:
    assert [day.number for day in read(288).days] == [1]


def test_shipped_coinbases__shipped_headers_by_any_path__theirs(tmp_path: Path) -> None:
    link = tmp_path / "link.headers"
    link.symlink_to(SHIPPED_ARCHIVE)
    assert shipped_coinbases(SHIPPED_ARCHIVE) == shipped_coinbases(link) == SHIPPED_PROOFS
    copy = tmp_path / "copy.headers"
    copy.write_bytes(SHIPPED_ARCHIVE.read_bytes())
    assert shipped_coinbases(copy) is None


def test_day_table__from_genesis__whole_numbers_in_79_columns(read: Reader) -> None:
    index = read(proofs=chain()[1])
    lines = printed(day_table(index)).splitlines()
    assert max(map(len, lines)) <= 79
    assert "…" not in "".join(lines)
    day = index.days[0]
    assert lines[3].split()[:2] == ["1", "2009-01-05"]
    assert lines[3].split()[-3:] == [
        f"{day.hashprice / WAD:.3e}",
        f"{day.hashprice / WAD / 10**5:.3e}",
        f"{day.earned / WAD:.3e}",
    ]
    assert " ".join(" ".join(lines[5:]).split()) == (
        "Block-day 0 only sets the clock: 3 complete block-days give 2 of earnings. Fees of 288 of "
        "288 blocks are proven; of the others the subsidy alone counts. Proofs of blocks outside "
        "of these days: 154."
    )


def test_price_table__from_genesis__whole_numbers_in_79_columns(read: Reader) -> None:
    shown = printed(price_table(price(read(proofs=chain()[1]))))
    assert max(map(len, shown.splitlines())) <= 79
    assert "…" not in shown


def test_day_csv__from_genesis__no_exponents_and_no_separators(read: Reader) -> None:
    rows = day_csv(read()).splitlines()
    assert len(rows) == 1 + 2
    assert all(len(row.split(",")) == len(rows[0].split(",")) for row in rows)
    assert "e" not in "".join(rows[1:])


@pytest.mark.parametrize(
    "numbers, width, written",
    [
        ([0, 1_234_567], 9, ["0.000", "1,234.567"]),
        ([1, 12_345_678], 9, ["0.00", "12,345.68"]),
        ([1_499, 999_999_499], 7, ["1", "999,999"]),
        ([1_500, 999_999_500], 8, ["1.500e+0", "1.000e+6"]),
        ([], 9, []),
    ],
)
def test_fitted__width__as_many_decimals_as_the_widest_leaves(
    numbers: list[int], width: int, written: list[str]
) -> None:
    assert fitted(numbers, 1_000, 3, width) == written


@pytest.mark.parametrize(
    "number, written",
    [
        (0, "0.000000000000000000"),
        (1, "0.000000000000000001"),
        (10**41 + 7, "100000000000000000000000.000000000000000007"),
    ],
)
def test_decimal__any_size__every_digit(number: int, written: str) -> None:
    assert decimal(number) == written
