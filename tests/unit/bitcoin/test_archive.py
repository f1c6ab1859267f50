"""Archives: 44 bytes a header, and where a broken one breaks."""

from __future__ import annotations

import re
import struct
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from terahash.bitcoin.archive import Archive, raw_headers, write_archive
from terahash.bitcoin.header import Header, double_sha256
from terahash.bitcoin.state import Day, State, extend
from terahash.bitcoin.tree import split
from terahash.errors import ArchiveError, HeaderError, Rule
from terahash.headers import SHIPPED_ARCHIVE
from tests.support.miner import EASY, EASY_BITS, GENESIS_TIME, checkpoint, mine
from tests.support.shared_data import FIRST, shared

PREFIX = 8 + 4 + 4 + 32 + 4 + 10 * 4 + 80
RECORD = 4 + 32 + 4 + 4
CHECKPOINT_HEADER = bytes.fromhex(
    "006000205b59c5bd828de9338e199a649fa248c7211108b8bbc700000000000000000000d70bf2d21ac6082f30067b24"
    "2fd8063b5bdc587783bec2040235ffee4ec62202bb778665952e04172f1ad322"
)


@pytest.fixture
def small(tmp_path: Path, run: tuple[bytes, ...], start: State) -> Path:
    """An archive of the first 300 real headers: two block-days and a bit."""
    path = tmp_path / "small.headers"
    write_archive(path, start, CHECKPOINT_HEADER, run[:300])
    return path


def read(path: Path) -> bytes:
    return b"".join(headers for headers, _ in Archive.open(path).batches())


def test_write_archive__real_run__44_bytes_each_and_read_back(
    tmp_path: Path, run: tuple[bytes, ...], start: State
) -> None:
    path = tmp_path / "run.headers"
    state = write_archive(path, start, CHECKPOINT_HEADER, iter(run))
    assert state == extend(start, b"".join(run))
    assert path.stat().st_size == PREFIX + 8_065 * 44
    assert path.read_bytes() == SHIPPED_ARCHIVE.read_bytes()
    assert list(tmp_path.iterdir()) == [path]
    days: list[Day] = []
    batches = list(Archive.open(path).batches(days))
    assert b"".join(headers for headers, _ in batches) == b"".join(run)
    assert batches[-1][1] == state
    assert [after.height for _, after in batches] == [*range(FIRST + 143, 830_592, 144), 830_592]
    expected: list[Day] = []
    extend(start, b"".join(run), days=expected)
    assert days == expected


def test_write_archive__layout__as_documented(
    small: Path, run: tuple[bytes, ...], start: State
) -> None:
    raw = small.read_bytes()
    assert raw[:8] == b"terahash"
    assert struct.unpack("<II", raw[8:16]) == (300, 822_527)
    assert int.from_bytes(raw[16:48], "little") == start.chainwork
    assert int.from_bytes(raw[48:52], "little") == start.epoch_start
    assert raw[52:92] == start.time.to_bytes(4, "little") * 10
    assert raw[92:172] == CHECKPOINT_HEADER
    for at, header in enumerate(run[:300]):
        record = raw[172 + 44 * at : 216 + 44 * at]
        assert record == header[:4] + header[36:72] + header[76:]


def test_archive_open__shipped__checkpoint_of_the_facts(start: State) -> None:
    archive = Archive.open(SHIPPED_ARCHIVE)
    assert archive.checkpoint == start
    assert archive.count == 8_065


def test_archive_batches__shipped__the_shared_headers() -> None:
    assert read(SHIPPED_ARCHIVE) == shared("mainnet_822528-830592.bin").read_bytes()


def test_archive_batches__checkpoint_with_ten_earlier_times__in_its_window(
    tmp_path: Path, run: tuple[bytes, ...], start: State
) -> None:
    before = extend(start, b"".join(run[:2_016]))._replace(days=bytes(32), days_before=bytes(32))
    path = tmp_path / "second.headers"
    after = write_archive(path, before, run[2_015], run[2_016:2_100])
    archive = Archive.open(path)
    assert archive.checkpoint == before
    assert len(set(before.times)) == 11
    assert list(archive.batches())[-1][1] == after


def test_archive_batches__easy_network__by_its_rules(tmp_path: Path) -> None:
    header = Header(4, bytes(32), double_sha256(b"checkpoint"), GENESIS_TIME, EASY_BITS, 0)
    headers, tip = mine(checkpoint(), 3)
    path = tmp_path / "easy.headers"
    assert write_archive(path, checkpoint(), header.serialize(), split(headers), EASY) == tip
    archive = Archive.open(path, EASY)
    assert archive.checkpoint == checkpoint()
    assert list(archive.batches()) == [(headers, tip)]
    with pytest.raises(ArchiveError, match="corrupt at height 2,016"):
        list(Archive.open(path).batches())


# ---- broken ones -------------------------------------------------------------------------------


@pytest.mark.parametrize("length", range(9))
def test_archive_open__truncated_in_its_magic__says_so(small: Path, length: int) -> None:
    small.write_bytes(small.read_bytes()[:length])
    reason = "is not a header archive" if length < 8 else "truncated inside its checkpoint"
    with pytest.raises(ArchiveError, match=reason):
        Archive.open(small)


@pytest.mark.parametrize("length", [8, 11, 12, 16, 48, 52, 91, 92, 93, 171])
def test_archive_open__truncated_in_its_checkpoint__says_at_which_byte(
    small: Path, length: int
) -> None:
    small.write_bytes(small.read_bytes()[:length])
    with pytest.raises(ArchiveError, match=f"truncated inside its checkpoint, at byte {length}$"):
        Archive.open(small)


@pytest.mark.parametrize("kept", [0, 1, 2, 100, 143, 144, 145, 298, 299])
@pytest.mark.parametrize("more", [0, 1, 4, 43])
def test_archive_open__truncated_in_a_record__says_height_and_byte(
    small: Path, kept: int, more: int
) -> None:
    small.write_bytes(small.read_bytes()[: PREFIX + RECORD * kept + more])
    with pytest.raises(ArchiveError) as caught:
        Archive.open(small)
    assert str(caught.value) == (
        f"{small} is truncated: {kept} of 300 headers; it breaks at height "
        f"{822_528 + kept:,}, byte {172 + 44 * kept:,}"
    )


@pytest.mark.parametrize("more", [1, 43, 44, 1_000])
def test_archive_open__trailing_bytes__says_how_many_and_where(small: Path, more: int) -> None:
    small.write_bytes(small.read_bytes() + bytes(more))
    reason = re.escape(f"goes on for {more:,} bytes after its last header, at byte 13,372")
    with pytest.raises(ArchiveError, match=reason):
        Archive.open(small)


@pytest.mark.parametrize("at", range(8))
def test_archive_open__wrong_magic__is_no_archive(small: Path, at: int) -> None:
    raw = bytearray(small.read_bytes())
    raw[at] ^= 0x20
    small.write_bytes(raw)
    with pytest.raises(ArchiveError, match="does not begin with b'terahash'"):
        Archive.open(small)


@pytest.mark.parametrize("index", [0, 1, 143, 144, 287, 299])
def test_archive_batches__any_byte_of_a_record_flipped__noticed_at_its_height(
    small: Path, index: int
) -> None:
    whole = small.read_bytes()
    for at in range(RECORD):
        raw = bytearray(whole)
        raw[PREFIX + RECORD * index + at] ^= 1 << (at + index) % 8
        small.write_bytes(raw)
        archive = Archive.open(small)
        with pytest.raises(ArchiveError) as caught:
            list(archive.batches())
        where = f"corrupt at height {822_528 + index:,}, byte {172 + 44 * index:,}: "
        assert where in str(caught.value), at
        assert isinstance(caught.value.__cause__, HeaderError)


def test_archive_batches__records_swapped__noticed_at_the_first(small: Path) -> None:
    raw = small.read_bytes()
    at = PREFIX + 44 * 150
    small.write_bytes(raw[:at] + raw[at + 44 : at + 88] + raw[at : at + 44] + raw[at + 88 :])
    with pytest.raises(ArchiveError, match="corrupt at height 822,678, byte 6,772: "):
        list(Archive.open(small).batches())


def test_archive_batches__corrupt_late__earlier_days_are_yielded(
    small: Path, run: tuple[bytes, ...]
) -> None:
    raw = bytearray(small.read_bytes())
    raw[-1] ^= 1
    small.write_bytes(raw)
    seen = []
    with pytest.raises(ArchiveError, match="corrupt at height 822,827"):
        for headers, _ in Archive.open(small).batches():
            seen.append(headers)
    assert b"".join(seen) == b"".join(run[:288])


@pytest.mark.parametrize("at", [*range(92, 164), *range(168, 172)])
def test_archive_batches__checkpoint_s_header_flipped__noticed_at_the_first_header(
    small: Path, at: int
) -> None:
    """Its bits are apart: see below."""
    raw = bytearray(small.read_bytes())
    raw[at] ^= 1
    small.write_bytes(raw)
    with pytest.raises(ArchiveError, match="corrupt at height 822,528, byte 172: "):
        list(Archive.open(small).batches())


@pytest.mark.parametrize("bit", range(8))
@pytest.mark.parametrize("at", range(164, 168))
def test_archive_batches__checkpoint_s_bits_flipped__noticed_before_the_first_header(
    small: Path, at: int, bit: int
) -> None:
    """Also where they become no target at all: a sign, or a size that overflows."""
    raw = bytearray(small.read_bytes())
    raw[at] ^= 1 << bit
    small.write_bytes(raw)
    with pytest.raises(ArchiveError, match="height 822,528, byte 172"):
        list(Archive.open(small).batches())


@pytest.mark.parametrize("kept", [100 * 44, 100 * 44 + 3])
def test_archive_batches__cut_after_it_was_opened__archive_error(small: Path, kept: int) -> None:
    """A download that starts over, say: fewer headers must not pass for all of them."""
    archive = Archive.open(small)
    small.write_bytes(small.read_bytes()[: PREFIX + kept])
    with pytest.raises(ArchiveError, match="height 822,628, byte 4,572"):
        next(archive.batches())


# ---- writing -----------------------------------------------------------------------------------


def test_write_archive__header_that_breaks_a_rule__nothing_left(
    tmp_path: Path, run: tuple[bytes, ...], start: State
) -> None:
    path = tmp_path / "broken.headers"
    with pytest.raises(HeaderError) as caught:
        write_archive(path, start, CHECKPOINT_HEADER, [*run[:10], run[11]])
    assert (caught.value.height, caught.value.rule) == (822_538, Rule.LINK)
    assert list(tmp_path.iterdir()) == []


def test_write_archive__source_fails_midway__nothing_left(
    tmp_path: Path, run: tuple[bytes, ...], start: State
) -> None:
    def source() -> Iterator[bytes]:
        yield from run[:10]
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        write_archive(tmp_path / "broken.headers", start, CHECKPOINT_HEADER, source())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [0, 79, 160])
def test_write_archive__not_single_headers__nothing_left(
    tmp_path: Path, run: tuple[bytes, ...], start: State, size: int
) -> None:
    with pytest.raises(HeaderError) as caught:
        write_archive(
            tmp_path / "broken.headers", start, CHECKPOINT_HEADER, [b"".join(run[:2])[:size]]
        )
    assert caught.value.rule is Rule.WHOLE
    assert list(tmp_path.iterdir()) == []


def test_write_archive__no_headers__refused_and_nothing_left(tmp_path: Path, start: State) -> None:
    with pytest.raises(ArchiveError, match="no headers to archive"):
        write_archive(tmp_path / "empty.headers", start, CHECKPOINT_HEADER, [])
    assert list(tmp_path.iterdir()) == []


def test_write_archive__another_header_than_the_checkpoint_s__refused_and_nothing_left(
    tmp_path: Path, run: tuple[bytes, ...], start: State
) -> None:
    with pytest.raises(ArchiveError, match=re.escape(start.block_hash[::-1].hex())):
        write_archive(tmp_path / "broken.headers", start, run[0], run[:10])
    assert list(tmp_path.iterdir()) == []


def test_write_archive__fails_over_an_archive_that_was_there__which_stays(
    small: Path, run: tuple[bytes, ...], start: State
) -> None:
    before = small.read_bytes()
    with pytest.raises(HeaderError):
        write_archive(small, start, CHECKPOINT_HEADER, [run[0], run[0]])
    assert small.read_bytes() == before
    assert list(small.parent.iterdir()) == [small]


# ---- memory, and raw files ---------------------------------------------------------------------


def peak_of_reading(archive: Archive) -> int:
    """Return the most bytes that reading all batches and keeping none takes at once."""
    tracemalloc.start()
    try:
        for _ in archive.batches():
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_archive_batches__memory__does_not_grow_with_the_headers(small: Path) -> None:
    """8,065 raw headers are 645,200 bytes: two block-days at once are less than a tenth."""
    peak_of_reading(Archive.open(small))  # whatever the first use of a module allocates
    few = peak_of_reading(Archive.open(small))
    many = peak_of_reading(Archive.open(SHIPPED_ARCHIVE))
    assert many < 2 * few
    assert many < 200_000


def test_raw_headers__whole_file__single_headers(tmp_path: Path, run: tuple[bytes, ...]) -> None:
    path = tmp_path / "raw.bin"
    path.write_bytes(b"".join(run[:200]))
    assert list(raw_headers(path)) == list(run[:200])
    path.write_bytes(b"")
    assert list(raw_headers(path)) == []


@pytest.mark.parametrize("more", [1, 40, 79])
def test_raw_headers__ends_inside_a_header__says_where(
    tmp_path: Path, run: tuple[bytes, ...], more: int
) -> None:
    path = tmp_path / "raw.bin"
    path.write_bytes(b"".join(run[:21])[: 20 * 80 + more])
    seen = []
    with pytest.raises(ArchiveError) as caught:
        for header in raw_headers(path):
            seen.append(header)
    assert seen == list(run[:20])
    assert str(caught.value) == (
        f"{path} is truncated: {more} bytes after its last whole header, at byte 1,600"
    )
