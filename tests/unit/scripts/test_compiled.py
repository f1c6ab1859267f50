"""Contracts that were compiled before: only while none of their sources has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import boa
import pytest

from tests.support import compiled
from tests.support.compiled import compile_contract, sources
from tests.support.revm_chain import CONTRACTS

DEPLOYED = sorted(path for path in CONTRACTS.rglob("*.vy") if path.stem[0].isupper())


@pytest.fixture
def contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the contracts, of which nothing is compiled yet."""
    monkeypatch.setattr(compiled, "FOLDER", tmp_path / "kept")
    shutil.copytree(CONTRACTS, tmp_path / "contracts")
    return tmp_path / "contracts"


@pytest.mark.parametrize("name", ["feeds/AggregatorFacade", "lending/CoveredValue"])
def test_sources__of_a_contract__are_those_that_the_compiler_reads(name: str) -> None:
    path = CONTRACTS / f"{name}.vy"
    module = boa.load_partial(str(path)).compiler_data.annotated_vyper_module
    left, read = [module._metadata["type"]], {path}
    while left:
        for statement in left.pop().import_stmts:
            imported = statement._metadata["import_info"]
            read.add(Path(imported.compiler_input.resolved_path))
            left += [imported.typ] if hasattr(imported.typ, "import_stmts") else []
    read = {each for each in read if CONTRACTS in each.parents}
    # What only interfaces import, the compiler knows by those.
    assert read <= sources(path)
    assert all(each.suffix == ".vyi" for each in sources(path) - read)


def test_sources__of_every_contract__are_found() -> None:
    for path in DEPLOYED:
        assert all(source.is_file() for source in sources(path))


def test_compile_contract__a_source_changes__compiles_anew(contracts: Path) -> None:
    path = contracts / "lending" / "CoveredValue.vy"
    before = compile_contract(path)
    assert compile_contract(path) == before
    module = contracts / "lending" / "reserve.vy"
    module.write_text(
        module.read_text().replace(
            "LAST_DAYS: constant(uint256) = 4", "LAST_DAYS: constant(uint256) = 5"
        )
    )
    after = compile_contract(path)
    assert after.abi == before.abi
    assert after.creation != before.creation
    assert len(list((contracts.parent / "kept").iterdir())) == 2
