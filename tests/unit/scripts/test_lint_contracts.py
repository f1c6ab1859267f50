"""`make lint` on contracts: each rule of the house refuses what breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest
from vyper.warnings import VyperWarning

from scripts.lint_contracts import ROOT, Size, compile_sizes, prefixes, problems, sources

PRAGMAS = "# pragma version 0.4.3\n# pragma optimize gas\n# pragma nonreentrancy on\n"
RELAY = Path("contracts/bitcoin/BitcoinRelay.vy")
HEADER = Path("contracts/bitcoin/header.vy")


def contract(check: str) -> str:
    return f"{PRAGMAS}@external\ndef submit(_count: uint256):\n    {check}\n"


@pytest.mark.parametrize(
    "check",
    [
        'assert _count != 0, "relay: no headers"',
        'raise "relay: no headers"',
        'assert _count != 0, "relay: 32 bytes are still a word"',
        'reasons._check(_count != 0, "relay: no headers")',
    ],
)
def test_problems__reason_of_the_house__none(check: str) -> None:
    assert list(problems(RELAY, contract(check))) == []


@pytest.mark.parametrize(
    ("check", "complaint"),
    [
        ("assert _count != 0", "a check without a reason"),
        ("raise", "a check without a reason"),
        ("assert _count != 0, UNREACHABLE", "a check without a reason"),
        ('assert _count != 0, "no headers"', 'does not begin with "relay: "'),
        ('raise "token: no headers"', 'does not begin with "relay: "'),
        ('assert _count != 0, "relay: No headers"', "in lower case"),
        ('assert _count != 0, "relay: "', "in lower case"),
        ('assert _count != 0, "relay: 33 bytes are not a word..."', "has 33 bytes, above 32"),
        ('reasons._check(_count != 0, "token: no headers")', 'does not begin with "relay: "'),
    ],
)
def test_problems__other_reason__named_with_its_line(check: str, complaint: str) -> None:
    (problem,) = problems(RELAY, contract(check))
    assert problem.startswith("line 6: ")
    assert complaint in problem


@pytest.mark.parametrize("pragma", PRAGMAS.splitlines())
def test_problems__pragma_missing__named(pragma: str) -> None:
    (problem,) = problems(RELAY, PRAGMAS.replace(pragma + "\n", ""))
    assert repr(pragma) in problem


def test_problems__module_without_externals__needs_no_lock() -> None:
    unlocked = PRAGMAS.replace("# pragma nonreentrancy on\n", "")
    assert list(problems(HEADER, unlocked)) == []
    (problem,) = problems(HEADER, unlocked + "@external\ndef submit():\n    pass\n")
    assert "nonreentrancy" in problem


@pytest.mark.parametrize(("path", "limit"), [(RELAY, 550), (HEADER, 250)])
def test_problems__too_long__says_by_how_much(path: Path, limit: int) -> None:
    longest = PRAGMAS + "#\n" * (limit - 3)
    assert list(problems(path, longest)) == []
    assert list(problems(path, longest + "#\n")) == [f"{limit + 1} lines, above {limit}"]


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("BitcoinRelay", "relay"), ("HashpriceIndex", "index"), ("HashrateETP", "etp")],
)
def test_prefixes__contract__last_word_of_its_name(name: str, prefix: str) -> None:
    assert prefixes(Path(f"{name}.vy")) == {prefix}


def test_prefixes__module__its_own_or_a_neighbours(tmp_path: Path) -> None:
    (tmp_path / "QuorumFeed.vy").touch()
    assert prefixes(tmp_path / "quorum.vy") == {"quorum", "feed"}


def test_sources__mocks__left_out(tmp_path: Path) -> None:
    (tmp_path / "mocks").mkdir()
    (tmp_path / "mocks" / "Feed.vy").touch()
    (tmp_path / "header.vy").touch()
    assert sources(tmp_path) == [tmp_path / "header.vy"]


def test_size__at_the_limits__fits() -> None:
    assert Size("Relay", 24_576, 49_152).problems() == []


def test_size__above_the_limits__both_named() -> None:
    assert Size("Token", 24_576, 24_573, is_blueprint=True).problems() == []
    (blueprint,) = Size("Token", 24_576, 24_574, is_blueprint=True).problems()
    assert "creation code of 24,574 bytes, above 24,573" in blueprint
    runtime, creation = Size("Relay", 24_577, 49_153).problems()
    assert "runtime code of 24,577 bytes" in runtime
    assert "creation code of 49,153 bytes" in creation


def test_compile_sizes__immutable__counted_in_runtime(tmp_path: Path) -> None:
    plain, fixed = tmp_path / "Plain.vy", tmp_path / "Fixed.vy"
    plain.write_text(PRAGMAS + "@external\ndef go():\n    pass\n")
    fixed.write_text(
        PRAGMAS
        + "LIMIT: immutable(uint256)\n@deploy\ndef __init__():\n    LIMIT = 1\n"
        + "@external\ndef go():\n    pass\n"
    )
    sizes = [compile_sizes(path, tmp_path) for path in (plain, fixed)]
    assert sizes[1].runtime == sizes[0].runtime + 32


def test_compile_sizes__warning__is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "Relay.vy"
    path.write_text(PRAGMAS + "enum Kind:\n    LONG\n    SHORT\n")
    with pytest.raises(VyperWarning, match="enum"):
        compile_sizes(path, ROOT)
