"""`terahash headers verify`: what it proves, and how it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from terahash.cli import main
from terahash.headers import SHIPPED_ARCHIVE
from tests.support.shared_data import FIRST, checkpoint_824543, shared, shipped_headers

GENESIS_BLOCKS = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e"
    "67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
    "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e"
    "1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299"
)
"""Bitcoin's first two headers."""


def verify(*arguments: object) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["headers", "verify", *map(str, arguments)])


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The shipped headers as raw ones."""
    path = tmp_path / "headers.bin"
    path.write_bytes(b"".join(shipped_headers()))
    return path


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """The checkpoint at 824,543, inside the shipped headers."""
    path = tmp_path / "checkpoint.json"
    checkpoint_824543().dump(path)
    return path


def facts(output: str) -> dict[str, str]:
    return {line[:13].strip(): line[13:].strip() for line in output.splitlines()}


def test_headers_verify__shipped_archive__says_what_it_proves() -> None:
    result = verify(SHIPPED_ARCHIVE)
    shown = facts(result.stdout)
    assert result.exit_code == 0
    assert shown["headers"] == "8,065"
    assert shown["heights"] == "822,528 to 830,592"
    assert shown["after"] == "0000000000000000000078f4e50a09391670d061deea0b3b87c3fa60cfaaf782"
    assert shown["from"] == "000000000000000000001daacd23f9cb40c69ba923085618a5f9dbdd4d97e93a"
    assert shown["to"] == "00000000000000000000506183a8b30fa3224b85e82a70416e1d594bdb632fdb"
    assert shown["chainwork"] == "32,942,012,297,457,394,061,377,969,584 hashes"
    assert shown["work proven"] == "2,520,486,111 EH, 536.6 EH/s over 54.36 days"
    assert shown["difficulty"] == "81.7253 T"
    assert shown["retargets"] == "5"
    assert shown["block-days"] == "56 complete"
    assert "headers/s" in shown["speed"]


def test_headers_verify__json__one_document_with_exact_numbers(raw: Path) -> None:
    result = verify(raw, "--json")
    document = json.loads(result.stdout)
    assert document.pop("seconds") > 0
    assert document.pop("headers_per_second") > 0
    assert document == {
        "file": str(raw),
        "kind": "raw headers",
        "count": 8065,
        "first_height": 822528,
        "last_height": 830592,
        "first_hash": "000000000000000000001daacd23f9cb40c69ba923085618a5f9dbdd4d97e93a",
        "last_hash": "00000000000000000000506183a8b30fa3224b85e82a70416e1d594bdb632fdb",
        "checkpoint_hash": "0000000000000000000078f4e50a09391670d061deea0b3b87c3fa60cfaaf782",
        "chainwork": "32942012297457394061377969584",
        "work": "2520486111891259979237736048",
        "span": 4696819,
        "difficulty": "81725299822043218423396082635913",
        "retargets": 5,
        "block_days": 56,
    }


def test_headers_verify__raw_with_its_own_checkpoint__verified(raw: Path, checkpoint: Path) -> None:
    raw.write_bytes(b"".join(shipped_headers()[824_544 - FIRST : 824_700 - FIRST]))
    result = verify(raw, "--checkpoint", checkpoint)
    assert facts(result.stdout)["heights"] == "824,544 to 824,699"
    assert facts(result.stdout)["retargets"] == "1"
    assert facts(result.stdout)["block-days"] == "1 complete"


def test_headers_verify__raw_without_checkpoint_at_hand__usage_error(raw: Path) -> None:
    raw.write_bytes(b"".join(shipped_headers()[1:]))
    result = verify(raw)
    assert result.exit_code == 2
    assert "follow block 000000000000000000001daacd23f9cb40c69ba9230856" in result.stderr
    assert "the shipped checkpoint is block 822,527" in result.stderr
    assert "--checkpoint FILE.json, or --from-genesis" in result.stderr


def test_headers_verify__raw_with_a_checkpoint_elsewhere__usage_error(
    raw: Path, checkpoint: Path
) -> None:
    result = verify(raw, "--checkpoint", checkpoint)
    assert result.exit_code == 2
    assert "the given checkpoint is block 824,543" in result.stderr


def test_headers_verify__from_genesis__chainwork_from_nothing(tmp_path: Path) -> None:
    path = tmp_path / "chain.bin"
    path.write_bytes(GENESIS_BLOCKS)
    document = json.loads(verify(path, "--from-genesis", "--json").stdout)
    assert document["chainwork"] == str(0x2_0002_0002)
    assert (document["first_height"], document["last_height"]) == (0, 1)
    assert (document["retargets"], document["block_days"]) == (0, 0)
    assert document["span"] == 1231469665 - 1231006505


def test_headers_verify__from_genesis_but_not_genesis__refused(raw: Path) -> None:
    result = verify(raw, "--from-genesis")
    assert result.exit_code == 1
    assert "height 0, byte 0" in result.stderr
    assert "not Bitcoin's genesis" in result.stderr


def test_headers_verify__from_genesis_and_checkpoint__usage_error(
    raw: Path, checkpoint: Path
) -> None:
    result = verify(raw, "--from-genesis", "--checkpoint", checkpoint)
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr


def test_headers_verify__archive_from_genesis__usage_error() -> None:
    result = verify(SHIPPED_ARCHIVE, "--from-genesis")
    assert result.exit_code == 2
    assert "has its own checkpoint" in result.stderr


def test_headers_verify__archive_with_the_checkpoint_published_for_it__verified() -> None:
    path = shared("checkpoint_822527.json")
    assert verify(SHIPPED_ARCHIVE, "--checkpoint", path).exit_code == 0


def test_headers_verify__archive_with_another_checkpoint__refused(checkpoint: Path) -> None:
    result = verify(SHIPPED_ARCHIVE, "--checkpoint", checkpoint)
    assert result.exit_code == 1
    assert "starts from another checkpoint than the one given: they differ in block_hash" in (
        result.stderr
    )


def test_headers_verify__archive_that_exaggerates_chainwork__refused(tmp_path: Path) -> None:
    forged = bytearray(SHIPPED_ARCHIVE.read_bytes())
    forged[16 + 20] ^= 1  # magic 8, count 4, height 4; then the chainwork, little-endian
    path = tmp_path / "forged.headers"
    path.write_bytes(forged)
    result = verify(path, "--checkpoint", shared("checkpoint_822527.json"))
    assert result.exit_code == 1
    assert "they differ in chainwork" in result.stderr


def test_headers_verify__raw_header_changed__height_and_byte_on_one_line(raw: Path) -> None:
    broken = bytearray(raw.read_bytes())
    broken[80 * 5000 + 76] ^= 1
    raw.write_bytes(broken)
    result = verify(raw)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(
        f"Error: {raw} breaks at height 827,528, byte 400,000: header at height 827,528 refused: "
        "insufficient work: "
    )
    assert result.stderr.count("\n") == 1


def test_headers_verify__raw_truncated__height_and_byte(raw: Path) -> None:
    raw.write_bytes(raw.read_bytes()[:-1])
    result = verify(raw)
    assert result.exit_code == 1
    assert "after 8,064 whole headers it breaks at height 830,592, byte 645,120" in result.stderr


def test_headers_verify__archive_changed__height_and_byte(tmp_path: Path) -> None:
    broken = bytearray(SHIPPED_ARCHIVE.read_bytes())
    broken[-1] ^= 1
    path = tmp_path / "broken.headers"
    path.write_bytes(broken)
    result = verify(path)
    assert result.exit_code == 1
    assert f"corrupt at height 830,592, byte {len(broken) - 44:,}" in result.stderr


def test_headers_verify__archive_truncated__height_and_byte(tmp_path: Path) -> None:
    path = tmp_path / "short.headers"
    path.write_bytes(SHIPPED_ARCHIVE.read_bytes()[:-100])
    result = verify(path)
    assert result.exit_code == 1
    assert "8,062 of 8,065 headers; it breaks at height 830,590" in result.stderr


@pytest.mark.parametrize("content", [b"", b"not headers"])
def test_headers_verify__no_header_at_all__refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.bin"
    path.write_bytes(content)
    result = verify(path)
    assert result.exit_code == 1
    assert f"holds no header: {len(content)} bytes" in result.stderr


def test_headers_verify__no_such_file__usage_error() -> None:
    assert verify("none.headers").exit_code == 2


def test_headers_verify__checkpoint_of_nonsense__refused_without_traceback(
    raw: Path, tmp_path: Path
) -> None:
    nonsense = tmp_path / "nonsense.json"
    nonsense.write_text("{}")
    result = verify(raw, "--checkpoint", nonsense)
    assert result.exit_code == 1
    assert result.stderr.startswith(
        f"Error: {nonsense} is not a checkpoint: height: Field required"
    )
    assert result.stderr.count("\n") == 1
