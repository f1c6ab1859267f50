"""The vault as it is deployed: small enough for a blueprint, by the compiler that ships."""

from __future__ import annotations

from functools import cache
from typing import Any

import boa
import pytest
from vyper.compiler.settings import OptimizationLevel

from tests.support.lending import Lending
from tests.support.revm_chain import CONTRACTS, compiled

RUNTIME_LIMIT = 23_300
"""Bytes, immutables included."""
BLUEPRINT_LIMIT = 24_576
"""Bytes of code on a chain (EIP-170), of which three say that it is a blueprint."""


@cache
def _compiled() -> Any:
    return boa.load_partial(str(CONTRACTS / "lending" / "LendingVault.vy")).compiler_data


@pytest.fixture(scope="module")
def deployed() -> bytes:
    """The code that stands on a chain."""
    lending = Lending("double")
    return bytes(lending.chain._evm.get_code(lending.address))


def test_bytecode__deployed__is_what_the_compiler_says_and_fits(deployed: bytes) -> None:
    code = _compiled()
    size = len(code.bytecode_runtime) + code.global_ctx.immutable_section_bytes
    assert deployed.startswith(code.bytecode_runtime)
    assert len(deployed) >= size and not any(deployed[size:])  # revm pads what it has read
    assert size <= RUNTIME_LIMIT


def test_bytecode__creation__fits_a_blueprint() -> None:
    creation = compiled().contract("LendingVault").creation
    assert creation == _compiled().bytecode
    assert len(creation) + 3 < BLUEPRINT_LIMIT


def test_bytecode__tested__is_optimised_for_gas_and_not_by_venom() -> None:
    """Venom with codesize miscompiled the rate curve: interest 29 times too high."""
    settings = _compiled().settings
    assert settings.optimize is OptimizationLevel.GAS
    assert not settings.experimental_codegen
    source = (CONTRACTS / "lending" / "LendingVault.vy").read_text()
    assert "venom" not in source and "experimental" not in source
