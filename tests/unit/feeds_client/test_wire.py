"""Reports as JSON lines: what is written is read, and nothing else is."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terahash.documents import Refusal
from terahash.feeds.reports import Compact, Report, SignedReport
from terahash.feeds.wire import LONGEST, Line, WireError, read_line, read_lines, write_line

words = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, 2**256 - 1)
signed_reports = st.builds(
    SignedReport,
    st.builds(Report, words, words, st.integers(-(2**255), 2**255 - 1), st.integers(0, 2**64 - 1)),
    st.builds(Compact, numbers, numbers),
)
SIGNED = SignedReport(Report(b"\1" * 32, b"\2" * 32, -5, 600), Compact(3, 2**255))
DOCUMENT: dict[str, Any] = {
    "config": "0x" + "01" * 32,
    "feed": "0x" + "02" * 32,
    "value": "-5",
    "observed_at": 600,
    "r": "0x" + "00" * 31 + "03",
    "vs": "0x80" + "00" * 31,
}


def test_write_line__report__six_fields_on_one_line() -> None:
    line = write_line(SIGNED)
    assert "\n" not in line
    assert json.loads(line) == DOCUMENT


@given(signed_reports)
def test_read_line__what_was_written__the_same(signed: SignedReport) -> None:
    assert read_line(write_line(signed).encode()) == signed


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"config": None}, "config: "),
        ({"config": "01" * 32}, "config: "),
        ({"config": "0x" + "01" * 31}, "config: "),
        ({"feed": "0x" + "0G" * 32}, "feed: "),
        ({"feed": "0x" + "AB" * 32}, "feed: "),
        ({"r": 3}, "r: "),
        ({"vs": "0x" + "00" * 33}, "vs: "),
        ({"vs": "0x" + "00" * 32 + "\n"}, "vs: "),
        ({"value": -5}, "value: "),
        ({"value": "-0"}, "value: "),
        ({"value": "05"}, "value: "),
        ({"value": "1e3"}, "value: "),
        ({"value": "\u0665"}, "value: "),  # a digit all the same
        ({"value": "9" * 78}, "value: "),
        ({"value": str(2**255)}, "more than 256 bits"),
        ({"value": str(-(2**255) - 1)}, "more than 256 bits"),
        ({"observed_at": "600"}, "observed_at: "),
        ({"observed_at": 600.0}, "observed_at: "),
        ({"observed_at": True}, "observed_at: "),
        ({"observed_at": -1}, "observed_at: "),
        ({"observed_at": 2**64}, "observed_at: "),
        ({"operator": 1}, "operator: "),
        ({"pad": "x" * 1_000}, "more than 1,000 bytes"),
    ],
)
def test_read_line__another_field__refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(WireError, match=said):
        read_line(json.dumps({**DOCUMENT, **changes}, ensure_ascii=False).encode())


@pytest.mark.parametrize("field", DOCUMENT)
def test_read_line__field_missing__named(field: str) -> None:
    rest = {name: value for name, value in DOCUMENT.items() if name != field}
    with pytest.raises(WireError, match=f"{field}: Field required"):
        read_line(json.dumps(rest).encode())


@pytest.mark.parametrize("line", [b"", b"null", b"[]", b"{", b"\xff\xfe", b"[" * 900, b'"\x1b[2J"'])
def test_read_line__no_report__one_printable_line(line: bytes) -> None:
    with pytest.raises(WireError) as caught:
        read_line(line)
    assert str(caught.value).isprintable()
    assert "as `terahash feeds sign` prints it" in str(caught.value)


def test_read_lines__file__numbered_and_empty_lines_passed_over() -> None:
    line = write_line(SIGNED).encode()
    stream = io.BytesIO(b"\n".join([line, b"", b"  \r", b"{}", line]))
    found = list(read_lines(stream, "in.jsonl"))
    assert found[0] == Line("in.jsonl:1", SIGNED)
    assert isinstance(found[1], Refusal) and found[1].where == "in.jsonl:4"
    assert found[2:] == [Line("in.jsonl:5", SIGNED)]


class Thrifty(io.BytesIO):
    """A stream that hands out no more of a line than one that is too long would show."""

    def readline(self, size: int | None = -1, /) -> bytes:
        assert size is not None and 0 < size <= LONGEST + 2
        return super().readline(size)

    def __next__(self) -> bytes:
        raise AssertionError("a whole line was asked for")


@pytest.mark.parametrize("filling", [b"x", b" "])
@pytest.mark.parametrize("size", [LONGEST + 1, LONGEST + 2, 2 * LONGEST + 4, 10 * LONGEST])
def test_read_lines__too_long__refused_once_and_the_next_is_read(filling: bytes, size: int) -> None:
    line = write_line(SIGNED).encode()
    stream = Thrifty(filling * size + b"\n" + line + b"\n" + filling * size)
    first, second, third = read_lines(stream, "in.jsonl")
    assert isinstance(first, Refusal) and isinstance(third, Refusal)
    assert second == Line("in.jsonl:2", SIGNED)
    assert first.where == "in.jsonl:1" and "more than 1,000 bytes" in first.why
    assert third.where == "in.jsonl:3"
