"""The vault's arithmetic of interest on a chain, asked for many spans of time at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import boa
from vyper.compiler.output import build_abi_output

from terahash.codec import Codec, Contract, returned
from tests.support.interest_model import Curve
from tests.support.revm_chain import RevmChain

SOURCE = Path(__file__).with_suffix("").parent / "InterestPaths.vy"
START = 1_700_000_000
MOST = 1_024
"""Spans that one call walks."""
POKES = 1_000_000
"""That one call makes."""


@cache
def _codec() -> Codec:
    compiled = boa.load_partial(str(SOURCE)).compiler_data
    return Codec({"InterestPaths": Contract(build_abi_output(compiled), compiled.bytecode)})


@cache
def _chain() -> RevmChain:
    chain = RevmChain(START)
    chain.gas = 2**63
    return chain


class InterestPaths:
    """One curve on a chain; indexes x 10^27, rates and utilisations x 10^18."""

    def __init__(self, curve: Curve) -> None:
        self._address = _chain()._deploy("the paths", _codec().creation("InterestPaths", curve))

    def walk(self, index: int, rate: int, path: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Walk along (utilisation, seconds): the index and the rate after each."""
        found: list[tuple[int, int]] = []
        for first in range(0, len(path), MOST):
            part = [list(span) for span in path[first : first + MOST]]
            found += [(i, r) for i, r in self._read("walk", index, rate, part)]
            index, rate = found[-1]
        return found

    def poked(
        self, index: int, rate: int, scaled: int, cash: int, every: int, times: int
    ) -> tuple[int, int]:
        """Touch a pool, so many seconds apart, so many times: the index and the rate then."""
        while times:
            now = min(times, POKES)
            index, rate = self._read("poked", index, rate, scaled, cash, every, now)
            times -= now
        return index, rate

    def expm1(self, exponents: list[int]) -> list[int]:
        """Return exp(x) - 1 of many, both x 10^27."""
        return list(self._read("expm1", exponents))

    def _read(self, function: str, *args: Any) -> Any:
        method, calldata = _codec().calldata("InterestPaths", function, args)
        return returned(
            method, _chain()._execute("InterestPaths", self._address, function, calldata)
        )
