"""The accumulator under a long storm of raw calls, against integers that are counted as cheaply.

A token that owes nothing is all accumulator: what is delivered streams to whoever holds, and
buyers, sellers and leavers come and go. 5,000 calls in `make test`, a million in `make test-deep`.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import settings
from pyrevm import EVM, BlockEnv

from terahash.units import DAY
from tests.support.issuing import (
    ATTACKER,
    BUYER,
    FIRST_DAY,
    FOREVER,
    HOLDER,
    ISSUER,
    ONE,
    STRANGER,
    Issuance,
)
from tests.support.token_calls import TokenCalls, selectors, words

SCALE, EARNED_BITS, SPEED_BITS = 10**27, 32, 16
MAX_SPEED = 2**32 << SPEED_BITS
GAS = 1_000_000
ACTORS = (ISSUER, BUYER, HOLDER, STRANGER, ATTACKER)
CHECK_EVERY = 500
STEPS = (0, 0, 1, 1, 13, 60, 600)
"""Seconds between two calls; now and then it is up to two days."""
KINDS = ("transfer", "touch", "claim", "deliver", "mint", "redeem", "malformed")
OFTEN = (40, 20, 10, 12, 8, 8, 2)


@dataclass
class Held:
    """One account: earned in 2^-32 satoshi as the contract cuts it, exact in 10^-27 uncut."""

    balance: int = 0
    at: int = 0
    earned: int = 0
    exact: int = 0
    claimed: int = 0
    touches: int = 0


@dataclass
class Pool:
    """The accumulator: index, speed (with 16 more bits) and queue are satoshi x 10^27."""

    goal: int = 0
    speed: int = 0
    end: int = 0
    queued: int = 0
    supply: int = 0
    came_in: int = 0
    accounts: dict[str, Held] = field(default_factory=lambda: {actor: Held() for actor in ACTORS})

    def ahead(self, now: int) -> int:
        return self.speed * max(0, self.end - now) >> SPEED_BITS

    def settle(self, actor: str, now: int) -> Held:
        """Bring an account's earnings up to now."""
        held, index = self.accounts[actor], self.goal - self.ahead(now)
        held.earned += (held.balance * (index - held.at) << EARNED_BITS) // SCALE
        held.exact += held.balance * (index - held.at)
        held.at = index
        held.touches += 1
        return held

    def move(self, owner: str, receiver: str, amount: int, now: int) -> None:
        self.settle(owner, now).balance -= amount
        self.settle(receiver, now).balance += amount

    def create(self, receiver: str, amount: int, now: int) -> None:
        entry = -(-self.ahead(now) * amount // SCALE)
        self.came_in += entry
        self.queued += entry * SCALE - self.ahead(now) * amount
        self.settle(receiver, now).balance += amount
        self.supply += amount

    def burn(self, owner: str, amount: int, now: int) -> None:
        held, ahead = self.settle(owner, now), self.ahead(now)
        held.balance -= amount
        unvested, self.supply = ahead * self.supply, self.supply - amount
        if self.supply < ONE:
            gained = (ahead * amount << EARNED_BITS) // SCALE
            held.earned += gained
            kept = -(-gained * SCALE >> EARNED_BITS)
            held.exact += kept
            self.queued += ahead * amount - kept
            if not self.supply:
                self.goal, self.speed, self.end = self.goal - ahead, 0, 0
        elif ahead:
            self._pour(unvested, self.end, now)

    def distribute(self, amount: int, now: int) -> None:
        """Let satoshi come in."""
        self.came_in += amount
        self.queued += amount * SCALE
        if self.supply:
            streaming, fresh = self.ahead(now) * self.supply, self.queued
            weighted = streaming * (self.end - now) + fresh * DAY
            end = now + (weighted // (streaming + fresh) if streaming else DAY)
            self.queued = 0
            self._pour(streaming + fresh, end, now)

    def _pour(self, total: int, end: int, now: int) -> None:
        speed = min((total << SPEED_BITS) // (max(self.supply, ONE) * (end - now)), MAX_SPEED)
        growth = speed * (end - now) >> SPEED_BITS
        self.goal, self.speed, self.end = self.goal - self.ahead(now) + growth, speed, end
        self.queued += total - growth * self.supply


class Storm:
    """A token and the pool that it should be, called at random."""

    def __init__(self, seed: int) -> None:
        self.seed, self.random = seed, random.Random(seed)
        self.issuance = issuance = Issuance(
            price=2 * ONE,
            capacity=10**8 * ONE,
            last=FIRST_DAY + 10**6,
            cost=10**6 * ONE,
            ratio=0,
            reference=ONE // 1_000,
            exit_fee=0,
        )
        for actor in ACTORS:
            issuance.fund(actor, 2**60)
        issuance.send(ISSUER, "fund_reserve", 10**15)
        self.calls = TokenCalls(issuance.chain, issuance.address)
        self.evm: EVM = issuance.chain._evm
        self.now = issuance.chain.now
        self.fresh_until = self.now + 3 * DAY
        self.selectors = selectors("HashrateToken")
        self.pool = Pool()
        self.done: Counter[str] = Counter()

    def run(self, count: int) -> None:
        for number in range(1, count + 1):
            self._pass_time()
            (kind,) = self.random.choices(KINDS, OFTEN)
            actor = self.random.choice(ACTORS)
            self.done[kind] += bool(getattr(self, "_" + kind)(actor, self.random.choice(ACTORS)))
            if number % CHECK_EVERY == 0 or number == count:
                self._check()

    def _pass_time(self) -> None:
        self.now += self.random.choice(STEPS)
        if self.random.random() < 0.002:
            self.now += self.random.randrange(2 * DAY)
        self.issuance.chain.now = self.now
        self.evm.reset_transient_storage()
        self.evm.set_block_env(BlockEnv(timestamp=self.now))
        while self.fresh_until < self.now:  # days below cost: nothing is ever owed
            self.issuance.close(0, DAY)
            self.fresh_until += DAY

    def _call(self, actor: str, calldata: bytes) -> int | None:
        """Return the first word of the answer, or None for a refusal."""
        try:
            answer = self.evm.message_call(actor, self.issuance.address, calldata, gas=GAS)
        except RuntimeError:
            return None
        return int.from_bytes(answer[:32], "big")

    def _amount(self, most: int) -> int:
        """Pick dust as often as a large part, all of it, and sometimes more."""
        pick = self.random.random()
        if pick < 0.05:
            return most + (pick < 0.01)
        return min(most, self.random.getrandbits(self.random.randrange(1, 90)))

    def _transfer(self, actor: str, receiver: str) -> bool:
        balance = self.pool.accounts[actor].balance
        amount = self._amount(balance)
        sent = self._call(actor, self.selectors["transfer"] + words(receiver, amount))
        assert (sent == 1) == (amount <= balance), self.seed
        if sent:
            self.pool.move(actor, receiver, amount, self.now)
        return bool(sent)

    def _touch(self, actor: str, owner: str) -> bool:
        """Anyone moves nothing of anyone's."""
        calldata = self.selectors["transferFrom"] + words(owner, actor, 0)
        assert self._call(self.random.choice(ACTORS), calldata) == 1, self.seed
        self.pool.move(owner, actor, 0, self.now)
        return True

    def _claim(self, actor: str, owner: str) -> bool:
        paid = self._call(actor, self.selectors["claim"] + words(owner))
        held, ahead = self.pool.accounts[owner], self.pool.ahead(self.now)
        pending = held.balance * (self.pool.goal - ahead - held.at)
        earned = held.earned + (pending << EARNED_BITS) // SCALE
        assert paid == (earned >> EARNED_BITS) - held.claimed, self.seed
        held.claimed += paid
        return paid > 0

    def _deliver(self, actor: str, _: str) -> bool:
        amount = self.random.getrandbits(self.random.randrange(1, 36))
        paid = self._call(actor, self.selectors["deliver"] + words(amount))
        assert paid == (amount or None), self.seed
        if amount:
            self.pool.distribute(amount, self.now)
        return amount > 0

    def _mint(self, actor: str, receiver: str) -> bool:
        most = 5_000 * ONE if self.random.random() < 0.9 else 10**7 * ONE
        amount = 1 + self._amount(most)
        cost = self._call(actor, self.selectors["mint"] + words(amount, FOREVER, receiver))
        assert cost, self.seed
        self.pool.create(receiver, amount, self.now)
        return True

    def _redeem(self, actor: str, receiver: str) -> bool:
        """A holder leaves, in part or for good; once in a while, all of them."""
        leaving = ACTORS if self.random.random() < 0.02 else (actor,)
        paid = None
        for holder in leaving:
            balance = self.pool.accounts[holder].balance
            amount = balance if len(leaving) > 1 else self._amount(balance)
            paid = self._call(holder, self.selectors["redeem"] + words(amount, 0, receiver))
            assert paid is None or amount <= balance, self.seed
            if paid:
                self.pool.burn(holder, amount, self.now)
        return bool(paid)

    def _malformed(self, actor: str, owner: str) -> bool:
        """Calldata that is cut short, or whose address has more than 160 bits, does nothing."""
        function = self.random.choice(("transfer", "transferFrom", "claim", "set_beneficiary"))
        arguments = {"transfer": (owner, 0), "transferFrom": (owner, actor, 0)}
        calldata = self.selectors[function] + words(*arguments.get(function, (owner,)))
        if self.random.random() < 0.5:
            calldata = calldata[: self.random.randrange(len(calldata))]
        else:
            dirt = 1 << self.random.randrange(160, 256)
            calldata = calldata[:4] + words(int(owner, 16) ^ dirt) + calldata[36:]
        assert self._call(actor, calldata) is None, self.seed
        return True

    def _check(self) -> None:
        """The contract is the pool, and every satoshi that came in is somebody's."""
        pool, now, read = self.pool, self.now, self.calls.read
        ahead = pool.ahead(now)
        assert read("index") == (pool.goal - ahead,), self.seed
        assert read("stream") == (ahead, pool.end, pool.queued), self.seed
        assert read("totalSupply") == (pool.supply,), self.seed
        spoken_for = ahead * pool.supply + pool.queued
        held = self.issuance.sats(self.issuance.address)
        held -= read("reserve")[0]
        for actor, account in pool.accounts.items():
            pool.settle(actor, now)
            assert read("balanceOf", actor) == (account.balance,), self.seed
            (earned,) = read("earned", actor)
            assert account.earned - account.touches <= earned, self.seed
            exact = (account.exact << EARNED_BITS) // SCALE
            assert exact - account.touches <= earned <= exact, self.seed
            spoken_for += account.exact
            held += account.claimed
        assert held == pool.came_in, self.seed
        assert spoken_for == held * SCALE, self.seed


def test_pro_rata__storm_of_raw_calls__equals_the_pool_and_loses_nothing() -> None:
    deep = settings().max_examples >= 1_000
    done: Counter[str] = Counter()
    for seed in [secrets.randbits(64) for _ in range(40)] if deep else [1]:
        storm = Storm(seed)
        storm.run(25_000 if deep else 5_000)
        done += storm.done
    assert done.total() >= (800_000 if deep else 4_000), done
    assert min(done[kind] for kind in KINDS) >= done.total() // 200, done
