"""Claiming for a contract behind its back strands its rewards, where it counts what its own calls
return: the money is there and nobody's.

So the token says for ever what was earned by an account and what was paid to it, whoever asked.
"""

from __future__ import annotations

from fractions import Fraction

from terahash.units import DAY
from tests.support.issuing import ATTACKER, BUYER, ONE, RICH, STRANGER, Issuance

DAYS = 6


class Pool:
    """A contract that holds others' tokens and accounts by `earned`, as a vault does."""

    def __init__(self, issuance: Issuance) -> None:
        self._issuance = issuance
        self.address = issuance.chain.deploy("Forwarder")
        self.returned = 0
        self.owed: dict[str, Fraction] = {}
        self._shares: dict[str, int] = {}
        self._earned = 0

    def update(self) -> None:
        """Share out what was earned since, by shares."""
        earned = self._issuance.read("earned", self.address)
        for depositor, share in self._shares.items():
            part = Fraction((earned - self._earned) * share, sum(self._shares.values()))
            self.owed[depositor] = self.owed.get(depositor, Fraction(0)) + part / 2**32
        self._earned = earned

    def deposit(self, depositor: str, tokens: int) -> None:
        """Take somebody's tokens."""
        self.update()
        self._issuance.send(depositor, "transfer", self.address, tokens * ONE)
        self._shares[depositor] = self._shares.get(depositor, 0) + tokens

    def claim(self) -> None:
        """Claim for itself, and count what that returned."""
        chain, issuance = self._issuance.chain, self._issuance
        _, calldata = chain._codec.calldata("HashrateToken", "claim", (self.address,))
        with chain.undone():
            output = chain.call("Forwarder", self.address, "forward", issuance.address, calldata)
        self.returned += int.from_bytes(output, "big")
        chain.send("Forwarder", self.address, "forward", issuance.address, calldata)


def test_claimed_behind_its_back__a_contract_that_reads_what_it_was_paid__misses_nothing() -> None:
    issuance = Issuance()
    issuance.mint(BUYER, 1_000)
    issuance.mint(STRANGER, 3_000)
    before = {actor: issuance.sats(actor) for actor in (BUYER, STRANGER)}
    pool = Pool(issuance)
    pool.deposit(BUYER, 1_000)
    for number in range(DAYS):
        if number == DAYS // 2:
            pool.deposit(STRANGER, 3_000)
        issuance.pass_day()
        issuance.deliver()
        issuance.chain.now += DAY
        if number % 2 == 0:
            issuance.send(ATTACKER, "claim", pool.address)
        pool.claim()
    pool.update()

    assert issuance.sats(ATTACKER) == RICH
    paid = issuance.read("claimed", pool.address)
    # Three days of 1,000 tokens, three of 4,000, at 44 satoshi a day, less the last fraction.
    assert issuance.sats(pool.address) == paid == 659_999
    assert paid == issuance.read("earned", pool.address) >> 32
    assert issuance.read("claimable", pool.address) == 0
    assert 263_999 < pool.owed[BUYER] <= 264_000
    assert 395_999 < pool.owed[STRANGER] <= 396_000
    assert sum(int(owed) for owed in pool.owed.values()) <= paid
    # What a contract that believes its own calls would have stranded.
    assert paid - pool.returned == 264_000 - 1
    assert {actor: issuance.sats(actor) for actor in before} == before


def test_claimed_behind_its_back__stranger_who_asks__is_paid_nothing() -> None:
    issuance = Issuance()
    issuance.mint(BUYER, 1_000)
    issuance.pass_day()
    issuance.deliver()
    issuance.chain.now += DAY
    before = issuance.sats(BUYER)
    for _ in range(3):
        issuance.send(ATTACKER, "claim_many", [BUYER, BUYER, ATTACKER])
    assert issuance.sats(ATTACKER) == RICH
    assert issuance.sats(BUYER) - before == issuance.read("claimed", BUYER) == 43_999
