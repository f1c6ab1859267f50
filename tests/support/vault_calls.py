"""A lending vault called in plain words of 32 bytes, and what its model is told by the chain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.lending import Lending, Worth
from tests.support.revm_chain import RevmChain
from tests.support.token_calls import Answer, TokenCalls, Word, selectors
from tests.support.token_model import Refused
from tests.support.vault_model import Backing


class Calls(TokenCalls):
    """Any contract on a chain, called by accounts, or by forwarders that stand for them."""

    def __init__(
        self, chain: RevmChain, contract: str, address: str, forwarded: bool = False
    ) -> None:
        super().__init__(chain, address, forwarded)
        self._selectors = selectors(contract)


class ChainFacts:
    """What a vault's model is told, read from the chain as it is."""

    def __init__(self, world: Lending, forwarded: bool = False) -> None:
        chain = self.chain = world.chain
        valuation = {
            "covered": "CoveredValue",
            "delivery": "DeliveryValue",
            "double": "ValueDouble",
        }
        self.address = world.address
        self._known: dict[tuple[Word, ...], tuple[Answer | None, str | None]] | None = None
        self.vault = Calls(chain, "LendingVault", world.address, forwarded)
        self.token = Calls(chain, "HashrateToken", world.token, forwarded)
        self.btc = Calls(chain, "BitcoinDouble", world.btc, forwarded)
        self.index_of = Calls(chain, "IndexDouble", world.issuance.index)
        self.valuation = Calls(chain, valuation[world.kind], world.valuation, forwarded)

    @property
    def now(self) -> int:
        return self.chain.now

    @contextmanager
    def still(self) -> Iterator[None]:
        """Read everything once inside, where nothing happens to the chain."""
        self._known = {}
        try:
            yield
        finally:
            self._known = None

    def _read(self, calls: Calls, function: str, *args: Word) -> Answer:
        """Read a view, or refuse with the contract's reason."""
        key = (function, *args)
        if self._known is None or key not in self._known:
            answer = calls.view(function, *args)
            if self._known is None:
                return _given(answer)
            self._known[key] = answer
        return _given(self._known[key])

    def index_end(self) -> int:
        """Say when the newest block-day ended."""
        return self._read(self.index_of, "window")[1]

    def growth(self) -> tuple[int, int]:
        index, rate, *_ = self._read(self.vault, "pool")
        return index, rate

    def index(self) -> int:
        return self._read(self.token, "index")[0]

    def earned(self) -> int:
        return self._read(self.token, "earned", self.address)[0]

    def claimable(self) -> int:
        return self._read(self.token, "claimable", self.address)[0]

    def backing(self) -> Backing:
        return Backing(*self._read(self.token, "backing")[: len(Backing._fields)])

    def assess(self) -> Worth:
        return Worth(*self._read(self.valuation, "assess"))

    def checkpoint(self) -> None:
        with self.chain.undone():
            _given(self.token.view("checkpoint"))

    @contextmanager
    def covered(self) -> Iterator[None]:
        with self.chain.undone():
            self.token.view("cover")
            yield


def _given(answer: tuple[Answer | None, str | None]) -> Answer:
    """Take what was returned, or refuse with the contract's reason."""
    found, reason = answer
    if found is None:
        raise Refused(reason)
    return found
