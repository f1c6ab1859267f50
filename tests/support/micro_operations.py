"""An attacker that is a contract, and does thousands of small things in one transaction."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import boa
from vyper.compiler.output import build_abi_output

from terahash.codec import Codec, Contract
from tests.support.issuing import BUYER, FOREVER
from tests.support.lending import FIXED, RAY, VIRTUAL_SHARES, Lending

SOURCE = Path(__file__).parent / "MicroOperations.vy"
PLENTY = 2**40
"""Gas for one transaction: no block has so much, and an attacker has many blocks."""
RICH = 10**12


@cache
def _codec() -> Codec:
    compiled = boa.load_partial(str(SOURCE)).compiler_data
    return Codec({"MicroOperations": Contract(build_abi_output(compiled), compiled.bytecode)})


class MicroOperations:
    """A contract with satoshi, tokens and an allowance for everything, on a vault's chain.

    Attributes:
        address: its own.
    """

    def __init__(self, lending: Lending, tokens: int = 1_000) -> None:
        self.lending, self.chain = lending, lending.chain
        codec = _codec()
        self.address = self.chain._deploy("an attacker", codec.creation("MicroOperations", ()))
        self.chain.send("BitcoinDouble", lending.btc, "mint", self.address, RICH)
        if tokens:
            lending.issuance.mint(BUYER, tokens, self.address)
        for contract, target in (("BitcoinDouble", lending.btc), ("HashrateToken", lending.token)):
            for spender in (lending.address, lending.token):
                approval = ("approve", (spender, FOREVER))
                self._repeat([(target, self._calldata(contract, *approval))], 1)

    def repeat(self, times: int, *calls: tuple[Any, ...]) -> None:
        """Call the vault in one transaction: function and arguments of each, again and again."""
        vault = self.lending.address
        made = [(vault, self._calldata("LendingVault", call[0], call[1:])) for call in calls]
        self._repeat(made, times)

    def wealth(self) -> Fraction:
        """Say what it has, satoshi: its own, what shares are worth, and what it does not owe."""
        lending, pool = self.lending, self.lending.pool()
        loan = lending.loan(self.address)
        price = Fraction(pool.assets + FIXED, pool.shares + VIRTUAL_SHARES)
        owed = Fraction(loan.scaled * pool.index, RAY) - loan.credit
        has = lending.shares(self.address) * price - owed
        return lending.sats(self.address) + has / FIXED

    def _calldata(self, contract: str, function: str, args: tuple[Any, ...]) -> bytes:
        return self.chain._codec.calldata(contract, function, args)[1]

    def _repeat(self, calls: list[tuple[str, bytes]], times: int) -> None:
        _, calldata = _codec().calldata("MicroOperations", "repeat", (calls, times))
        before, self.chain.gas = self.chain.gas, PLENTY
        try:
            self.chain._execute("MicroOperations", self.address, "repeat", calldata)
        finally:
            self.chain.gas = before


def share_price(lending: Lending) -> Fraction:
    """Say what a share is worth, satoshi, exactly."""
    pool = lending.pool()
    return Fraction(pool.assets + FIXED, (pool.shares + VIRTUAL_SHARES) * FIXED)
