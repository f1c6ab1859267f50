"""Instruments of the pair market on an index, as tests ask them."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.support.revm_chain import RevmChain
from tests.support.trading import Series


class Instrument(NamedTuple):
    """An instrument on a chain."""

    chain: RevmChain
    contract: str
    address: str

    @classmethod
    def of(cls, chain: RevmChain, contract: str, *args: Any) -> Instrument:
        """Deploy one."""
        return cls(chain, contract, chain.deploy(contract, *args))

    def read(self, function: str, *args: Any) -> Any:
        """Read a view that takes no series."""
        return self.chain.call(self.contract, self.address, function, *args)

    def check(self, series: Series) -> bool:
        """Say that terms are accepted; it reverts where they are not."""
        return bool(self.read("check", series.terms))

    def known(self, series: Series) -> bool:
        """Say whether the last reading of a window is determined."""
        return bool(self.read("known", series.terms))

    def value(self, series: Series) -> tuple[bool, int]:
        """Return whether a window is final, and X."""
        ready, x = self.read("value", series.terms)
        return ready, x

    def last_advance(self, series: Series) -> int:
        """Say when the index last moved."""
        return int(self.read("last_advance", series.terms))

    def label(self, series: Series, series_id: bytes | None = None) -> str:
        """Name a series, by its own id unless another is given."""
        return str(self.read("label", series.terms, series.id if series_id is None else series_id))
