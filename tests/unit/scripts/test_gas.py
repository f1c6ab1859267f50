"""`make gas`: which figures it refuses, and what updating on purpose lets pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scripts import gas
from scripts._easy_blocks import EASY, SHAPES, easy, mine_day
from scripts.gas import OPERATIONS, Figure, Golden, read_golden, unmeasured, write_golden
from terahash.bitcoin.coinbase import parse_coinbase
from terahash.bitcoin.header import Header
from terahash.bitcoin.state import extend
from terahash.bitcoin.tree import split
from tests.support.miner import checkpoint
from tests.support.shared_data import shared

SHAPED_AFTER = (383_616, 481_829, 574_200, 830_000, 831_328, 831_329, 831_330, 831_331)
"""Heights of the real blocks whose shapes easy ones take, in their order."""


def figure(taken: int, golden: int | None = 10_000, target: int | None = None) -> Figure:
    return Figure(
        contract="BitcoinRelay", operation="submit", gas=taken, golden=golden, target=target
    )


@pytest.mark.parametrize("taken", [9_800, 10_000, 10_200])
def test_failures__within_two_percent__none(taken: int) -> None:
    assert figure(taken).failures() == []


@pytest.mark.parametrize(("taken", "change"), [(9_799, "-2.01 %"), (10_201, "+2.01 %")])
def test_failures__beyond_two_percent__says_how_to_update(taken: int, change: str) -> None:
    (message,) = figure(taken).failures()
    assert "BitcoinRelay: submit" in message
    assert change in message
    assert "make gas ARGS=--update" in message


def test_failures__beyond_two_percent_on_purpose__none() -> None:
    assert figure(20_000).failures(update=True) == []


def test_failures__not_golden__says_how_to_add() -> None:
    (message,) = figure(10_000, golden=None).failures()
    assert "not in the golden file" in message
    assert "make gas ARGS=--update" in message


@pytest.mark.parametrize("update", [False, True])
def test_failures__target_missed__whatever_is_golden(update: bool) -> None:
    assert figure(10_000, target=10_000).failures(update=update) == []
    (message,) = figure(10_001, target=10_000).failures(update=update)
    assert "target is 10,000" in message


def test_unmeasured__operation_is_gone__named() -> None:
    golden = {"BitcoinRelay": {"submit": 1, "renamed": 2}}
    (message,) = unmeasured(golden, [figure(1)])
    assert message.startswith("BitcoinRelay: renamed")


def test_write_golden__read_back__same(tmp_path: Path) -> None:
    file = tmp_path / "gas" / "golden.toml"
    write_golden(file, [figure(1), Figure(contract="A", operation='an "epoch\'s" day', gas=2)])
    assert read_golden(file) == {"A": {'an "epoch\'s" day': 2}, "BitcoinRelay": {"submit": 1}}


def test_read_golden__no_file__nothing_is_golden(tmp_path: Path) -> None:
    assert read_golden(tmp_path / "golden.toml") == {}


def test_operations__names__unique_within_a_contract() -> None:
    assert len({(o.contract, o.name) for o in OPERATIONS}) == len(OPERATIONS)


def test_mine_day__proofs__lead_to_its_roots_and_pay_the_fees() -> None:
    headers, state, mined = mine_day(easy(checkpoint()), fees=12_345)
    assert extend(easy(checkpoint()), headers, EASY) == state
    assert [Header.parse(header).merkle_root for header in split(headers)] == mined.roots
    for proof, root in zip(mined.proofs, mined.roots, strict=True):
        proof.check(root)
        assert proof.fees == 12_345


def test_mine_day__coinbases_and_branches__cost_as_much_calldata_as_the_real_ones() -> None:
    _, _, mined = mine_day(easy(checkpoint()), fees=20_000_000)
    facts = {
        fact["height"]: fact for fact in json.loads(shared("coinbase_proofs.json").read_text())
    }
    assert len(SHAPED_AFTER) == len(SHAPES)
    for proof, height in zip(mined.proofs, SHAPED_AFTER, strict=False):
        real = bytes.fromhex(facts[height]["coinbase_stripped_hex"])
        assert len(proof.branch) == len(facts[height]["merkle_branch"])
        assert len(proof.coinbase) == len(real)
        assert abs(proof.coinbase.count(0) - real.count(0)) <= 3
        assert len(parse_coinbase(proof.coinbase).outputs) == len(parse_coinbase(real).outputs)


def run(monkeypatch: pytest.MonkeyPatch, file: Path, taken: int, *args: str) -> Result:
    """Run the command on one made-up operation with a target of 12,000 gas."""

    def measure(golden: Golden) -> list[Figure]:
        return [figure(taken, golden.get("BitcoinRelay", {}).get("submit"), 12_000)]

    monkeypatch.setattr(gas, "measure", measure)
    monkeypatch.setattr(gas, "GOLDEN", file)
    return CliRunner(mix_stderr=False).invoke(gas.cli, args)


def test_cli__changed__fails_until_updated_on_purpose(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "golden.toml"
    write_golden(file, [figure(10_000)])
    refused = run(monkeypatch, file, 11_000)
    assert refused.exit_code == 1
    assert refused.output.splitlines()[-1] == "0 passed, 1 failed"
    assert read_golden(file) == {"BitcoinRelay": {"submit": 10_000}}
    assert run(monkeypatch, file, 11_000, "--update").exit_code == 0
    accepted = run(monkeypatch, file, 11_000)
    assert accepted.exit_code == 0
    assert accepted.output.splitlines()[-1] == "1 passed, 0 failed"


def test_cli__target_missed__update_does_not_help(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run(monkeypatch, tmp_path / "golden.toml", 12_001, "--update").exit_code == 1


def test_cli__json__stdout_is_one_document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    result = run(monkeypatch, tmp_path / "golden.toml", 11_000, "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert (document["passed"], document["failed"]) == (0, 1)
    assert document["operations"][0]["gas"] == 11_000
    assert "not in the golden file" in document["operations"][0]["failures"][0]
