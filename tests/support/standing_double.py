"""Valuations of whatever standing a test makes up, real or not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import boa
from vyper.compiler.output import build_abi_output

from terahash.codec import Codec, Contract
from tests.support.issuing import NOBODY, START
from tests.support.revm_chain import RevmChain
from tests.support.token_model import Agreed
from tests.support.value_model import Rules, Standing, Worth

SOURCE = Path(__file__).with_name("BackingDouble.vy")


@cache
def _codec() -> Codec:
    compiled = boa.load_partial(str(SOURCE)).compiler_data
    return Codec({"BackingDouble": Contract(build_abi_output(compiled), compiled.bytecode)})


class StandingDouble:
    """Both valuations of a token that stands as it is told."""

    def __init__(self, terms: Agreed, rules: Rules, chain: RevmChain | None = None) -> None:
        self.chain = chain or RevmChain(START)
        fields = (NOBODY, NOBODY, *terms, NOBODY, bytes(32))
        creation = _codec().creation("BackingDouble", (fields,))
        self.address = self.chain._deploy("the double", creation)
        self._valuations = {
            "CoveredValue": self.chain.deploy("CoveredValue", self.address),
            "DeliveryValue": self.chain.deploy("DeliveryValue", self.address, *rules),
        }

    def stand(self, at: Standing) -> None:
        """Let everything stand so, at that time."""
        self.chain.now = at.now
        backing, window = at[1:12], at[12:17]
        _, calldata = _codec().calldata("BackingDouble", "set", ((*backing, window),))
        self.chain._execute("BackingDouble", self.address, "set", calldata)

    def worth(self, kind: str) -> Worth:
        """Ask a valuation."""
        return Worth(*self.chain.call(kind, self._valuations[kind], "assess"))
