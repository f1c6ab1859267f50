"""A lending vault, its people and its model, and what must hold after whatever they do.

The ids L1 to L13 are those of `tests/property/test_vault_machine.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from math import floor
from typing import Any, ClassVar

from terahash.units import DAY
from tests.support.issuing import HASHPRICE, RICH, START, Issuance
from tests.support.lending import (
    ATTACKER,
    BORROWERS,
    EXACT,
    FIXED,
    FOREVER,
    GUARDIAN,
    ISSUER,
    LENDERS,
    LIQUIDATOR,
    NOBODY,
    ONE,
    VIRTUAL_SHARES,
    Lending,
    Worth,
)
from tests.support.revm_chain import RevmChain
from tests.support.token_model import SCALE, Refused
from tests.support.vault_calls import ChainFacts
from tests.support.vault_model import POOR, Pool, VaultModel

LONG = {"last": 400, "price": 60 * ONE}
ALL_RESERVED = {**LONG, "ratio": ONE, "reference": 40 * ONE}
ODD_TOKEN = {
    "last": 491,
    "cost": 5_123456789012345678,
    "fee": 12345678901234567,
    "ratio": 333333333333333333,
    "reference": 30_000000000000000001,
    "exit_fee": 9_999_999_999_999_999,
    "grace": DAY - 1,
    "price": 47_123456789012345679,
    "capacity": 20_234_567890123456789012,
}
ODD_VAULT = {
    "lltv": 777777777777777777,
    "supply_cap": 150_000_001,
    "borrow_cap": 10_000_007,
    "fee": 333333333333333333,
    "min_borrow": 12_345,
    "target": 654321098765432101,
    "rate": 1_999999999999999999,
    "steepness": 7_777777777777777777,
    "speed": 100 * ONE,
}
STARTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {  # kind, issuance, vault
    "covered": ("covered", ALL_RESERVED, {}),
    "covered-odd": ("covered", ODD_TOKEN, ODD_VAULT),
    "delivery": ("delivery", LONG, {"uncovered_cap": 2 * 10**6, "rate": 2 * ONE}),
    "delivery-no-reserve": (
        "delivery",
        {**LONG, "ratio": 0, "reference": 0, "exit_fee": ONE // 2},
        {"lltv": 9 * ONE // 10, "uncovered_cap": 10**8, "fee": 0, "values": {"phi": ONE}},
    ),
    "delivery-odd": (
        "delivery",
        ODD_TOKEN,
        {**ODD_VAULT, "uncovered_cap": 5 * 10**6, "values": {"phi": ONE, "stress": ONE}},
    ),
    "any-value": ("double", {**LONG, "ratio": 0}, {"uncovered_cap": 10**7, "rate": 2 * ONE}),
}
NAMES = (ISSUER, *LENDERS, *BORROWERS, LIQUIDATOR, ATTACKER, GUARDIAN)
"""The actors, by number; the guardian gets the fees, too."""
THE_ISSUER, THE_LIQUIDATOR, THE_ATTACKER, THE_GUARDIAN = 0, 7, 8, 9
DAYS = {  # what 1 TH/s earned, and seconds
    "normal": (HASHPRICE, DAY),
    "below-cost": (3 * ONE, DAY),
    "halved": (HASHPRICE // 2, DAY),
    "short": (HASHPRICE * 2 // 3 + 7, DAY // 2 + 11),
    "long": (HASHPRICE * 3 // 2 + 1, 2 * DAY - 13),
}
FOR_ANYONE = {"harvest", "repay", "repay_all", "post", "liquidate", "liquidate_to_reserve"} | {
    "collect_fees",
    "deposit",
    "mint",
}
OWN_MONEY = {POOR, "token: insufficient balance"}
"""Reasons that are of who calls."""
LENDER_CALLS = ("deposit", "mint", "withdraw", "redeem")
MODEL_NAMES = {"transferFrom": "transfer_from"}
CUTS = 2**12
"""What the token cut of the vault's earnings, up to 2^-32 satoshi each time that it moved some."""
DUST_OF_VALUE = 4 * 10**9
"""What a token is worth may fall by so much, x 10^-18 satoshi, when the stream is poured anew."""


class VaultStart:
    """A vault, its people, and what tells its model; made once a process."""

    def __init__(self, name: str, forwarded: bool) -> None:
        kind, issued, terms = STARTS[name]
        chain = RevmChain(START)
        self.issuance = Issuance(chain, **issued)
        self.actors = list(NAMES)
        if forwarded:
            self.actors = [chain.deploy("Forwarder") for _ in NAMES]
        guard = {"guardian": self.actors[THE_GUARDIAN], "fee_receiver": self.actors[THE_GUARDIAN]}
        self.world = world = Lending(kind, self.issuance, **guard, **terms)
        self.facts = facts = ChainFacts(world, forwarded)
        for actor in self.actors:
            chain.send("BitcoinDouble", world.btc, "mint", actor, RICH)
            for calls, spender in (
                (facts.btc, world.address),
                (facts.btc, world.token),
                (facts.token, world.address),
            ):
                assert calls.call(actor, "approve", spender, FOREVER)[1] is None
        if forwarded:
            self.issuance.send(ISSUER, "transfer_ownership", self.actors[0])
            assert facts.token.call(self.actors[0], "accept_ownership")[1] is None
        self.opened = facts.now

    def model(self) -> VaultModel:
        world = self.world
        exit_fee = self.issuance.terms["exit_fee"]
        return VaultModel(
            world.terms, world.address, world.token, exit_fee, self.facts, self.opened
        )


@cache
def vault_start(name: str, forwarded: bool) -> VaultStart:
    return VaultStart(name, forwarded)


class VaultWorld:
    """One vault whose every call goes to its model, too.

    Attributes:
        name: of STARTS.
        forwarded: whether forwarding contracts stand for the actors.
        met: how often which call ended with which reason, "" for none.
        seen: how often something happened that must come to pass.
        ending: how it goes bad in the end, any number.
        given_sats, given_tokens: what the vault got unasked.
        price: what a share was worth when it was last looked at.
        is_sound: everything that was called so far was compared, and was right.
    """

    name: ClassVar[str]
    forwarded: ClassVar[bool] = False
    met: ClassVar[Counter[tuple[str, str]]] = Counter()
    seen: ClassVar[Counter[str]] = Counter()

    def _begin(self, ending: int) -> None:
        start = vault_start(self.name, self.forwarded)
        self.ending, self.world, self.issuance = ending, start.world, start.issuance
        self.facts, self.actors, self.chain = start.facts, start.actors, start.world.chain
        self.undone = self.chain.undone()
        self.undone.__enter__()
        self.model = start.model()
        self.steps, self.given_sats, self.given_tokens, self.is_sound = 0, 0, 0, False
        self.accounts = [*self.actors, self.world.address, self.world.token]
        self.price = Fraction(0)
        self._look_at_balances()

    def _end(self) -> None:
        if hasattr(self, "undone"):
            try:
                if self.is_sound:
                    self._wind_up()
            finally:
                self.undone.__exit__(None, None, None)

    @property
    def now(self) -> int:
        return self.chain.now

    # Calls.

    def _vault(self, actor: int, function: str, *args: Any) -> bool:
        """Do the same to both; they must agree that it works, or on the reason against it."""
        caller, model, self.is_sound = self.actors[actor], self.model, False
        elsewhere = self._as_another(actor, function, *args)
        before, promised = self._standing(), self._promised(function, args)
        wanted, expected = None, None
        try:
            wanted = getattr(model, MODEL_NAMES.get(function, function))(caller, *args)
        except Refused as refused:
            expected = str(refused)
        found, reason = self.facts.vault.call(caller, function, *args)
        message = f"{self.name}: {function}{args}: {reason!r}, where the model says {expected!r}"
        assert reason == expected, message  # L12
        if reason is None:
            returned = () if wanted is None else wanted if isinstance(wanted, tuple) else (wanted,)
            assert found == returned, f"{function}{args}"  # L11
            assert promised in (None, found)  # L8
            self._balances_equal()
        type(self).met[function, reason or ""] += 1
        if elsewhere is not None and not {reason, elsewhere[1]} & OWN_MONEY:
            assert elsewhere == (found, reason, self._everything())  # L10
        if reason is None:
            self._kept(function, before)
        return reason is None

    def _as_another(self, actor: int, function: str, *args: Any) -> Any:
        """L10: see what the same call does for somebody else, where anyone may call."""
        if function not in FOR_ANYONE:
            return None
        another = self.actors[(actor + 1 + self.steps % 9) % 10]
        with self.chain.undone():
            found, reason = self.facts.vault.call(another, function, *args)
            return found, reason, self._everything()

    def _promised(self, function: str, args: tuple[Any, ...]) -> Any:
        """L8: what the preview says of a call."""
        if function not in LENDER_CALLS:
            return None
        found, _ = self.facts.vault.view(f"preview{function.capitalize()}", args[0])
        return found

    def _token(self, actor: int, function: str, *args: Any) -> bool:
        """Call the token, which is none of the model's business."""
        before, self.is_sound = self._standing(), False
        _, reason = self.facts.token.call(self.actors[actor], function, *args)
        type(self).met[f"token.{function}", reason or ""] += 1
        self._look_at_balances()
        if reason is None:
            self._kept(f"token.{function}", before)
        return reason is None

    def _look_at_balances(self) -> None:
        for account in self.accounts:
            self.model.btc[account] = self._sats(account)
            self.model.tokens[account] = self.facts.token.read("balanceOf", account)[0]

    def _balances_equal(self) -> None:
        for account in self.accounts:
            assert self._sats(account) == self.model.btc[account]  # L1
            tokens = self.facts.token.read("balanceOf", account)[0]
            assert tokens == self.model.tokens[account]  # L4

    def _sats(self, account: str) -> int:
        return self.facts.btc.read("balanceOf", account)[0]

    # What a call keeps.

    def _worth(self) -> Worth | None:
        try:
            return self.facts.assess()
        except Refused:
            return None

    def _standing(self) -> dict[str, Any]:
        """Note what is compared before and after a call."""
        with self.facts.still():
            return self._noted()

    def _noted(self) -> dict[str, Any]:
        model, worth = self.model, self._worth()
        standing: dict[str, Any] = {"pool": model.current(), "bad": model.uncovered.lost}
        standing["healthy"] = [
            borrower
            for borrower, loan in model.loans.items()
            if loan.scaled and worth and model.is_healthy(*model.synced(borrower), worth)
        ]
        standing["queued"] = self.facts.token.read("stream")[2]
        return standing

    def _kept(self, function: str, before: dict[str, Any]) -> None:
        with self.facts.still():
            self._compared(function, before)

    def _compared(self, function: str, before: dict[str, Any]) -> None:
        model, pool, worth = self.model, self.model.current(), self._worth()
        bad = model.uncovered.lost - before["bad"]
        old = before["pool"]
        if bad:
            assert pool.shares == old.shares
            assert 0 <= pool.assets - (old.assets - bad) < FIXED  # L6
            type(self).seen["bad debt"] += 1
            self.price = pool.price
        else:
            assert pool.price >= _less_cuts(old.price, pool), f"{function} cost the lenders"  # L6
        backing = self.facts.token.view("backing")[0]
        if worth is None or backing is None:
            return
        # Of less than a token, or at the top speed, what comes in is queued, and not counted.
        queued = self.facts.token.read("stream")[2] - before["queued"]
        if backing[3] < ONE or queued >= SCALE:
            return
        if function == "token.withdraw_reserve" and self.world.kind != "covered":
            return
        worth = worth._replace(value=worth.value + DUST_OF_VALUE)
        for borrower in before["healthy"]:
            fine = model.is_healthy(*model.synced(borrower), worth)
            assert fine, f"{self.name}: {function} made a loan unhealthy"  # L5

    # How it ends.

    def _wind_up(self) -> None:
        """L13: whatever has happened, everybody can leave, and nothing but dust stays behind."""
        self._loans_go_bad(("unpaid", "below-cost", "silent")[self.ending % 3], self.ending)
        victim = self._victim(4)
        half = max(1, self._owed(victim) // 2)
        receiver = self.actors[THE_LIQUIDATOR]
        arguments = self.actors[victim], half, 0, 0, receiver
        self._vault(THE_LIQUIDATOR, "liquidate", *arguments)
        self._liquidate_to_reserve(THE_LIQUIDATOR, self._victim(4))
        if self.ending % 2:
            self._redeem_everything()
        self._deliver_a_day()
        self.check()
        for borrower, actor in enumerate(self.actors):
            if self._owed(borrower):
                assert self._vault(borrower, "repay_all", actor)
            self._vault(borrower, "withdraw_credit", actor, actor)
            assert self._vault(borrower, "close", actor, actor)
        assert self._vault(THE_LIQUIDATOR, "collect_fees")
        each = max(1, floor(self.model.current().price * 10**6 / FIXED))
        for lender, actor in enumerate(self.actors):
            shares = self.facts.vault.read("maxRedeem", actor)[0]
            assert shares == self.model.balances[actor], "a lender must wait, for nobody"
            if shares:
                assert self._vault(lender, "redeem", shares, actor, actor)
        self.check()
        pool = self.model.current()
        assert (pool.shares, pool.scaled, pool.lent) == (0, 0, 0)  # L13
        assert pool.cash <= (each + 10) * FIXED, "more than dust stays behind"  # L13

    def _redeem_everything(self) -> None:
        """All redeem what is not posted, and all loans are liquidated to the reserve."""
        self._token(THE_ISSUER, "fund_reserve", 10**8)
        self._deliver_a_day()
        for actor, account in enumerate(self.actors):
            if not self._owed(actor):
                self._vault(actor, "close", account, account)
            tokens = self.facts.token.read("balanceOf", account)[0]
            self._token(actor, "redeem", tokens, 0, account)
        for actor, account in enumerate(self.actors):
            loan = self.model.loans[account]
            if loan.scaled and self.name == "any-value":
                each = self._owed(actor) * EXACT // loan.collateral
                self._revalue(each // 2, each // 2)
            self._liquidate_to_reserve(THE_LIQUIDATOR, actor)

    def _deliver_a_day(self) -> None:
        """Have a day's rewards begin to stream; in the middle of them, fees are collected."""
        self._pass_day("normal")
        self._token(THE_ISSUER, "accrue")
        self._token(THE_ATTACKER, "deliver", 10**6)
        for _ in range(2):
            self.chain.now += DAY // 3
            self._vault(THE_ATTACKER, "collect_fees")
            self.check()

    # Whom and how much: what an operation needs to be worth doing.

    def _owed(self, borrower: int) -> int:
        pool, loan = self.model.synced(self.actors[borrower])
        return loan.whole_debt(pool)

    def _part(self, amount: int, part: int) -> int:
        return amount + 1 if part > 1_000 else amount * part // 1_000

    def _holder(self, actor: int) -> int:
        """Take an actor, or the next that has shares."""
        shares = [self.model.balances[holder] for holder in self.actors]
        return next((i % 10 for i in range(actor, actor + 10) if shares[i % 10]), actor)

    def _debtor(self, actor: int) -> int:
        """Take an actor, or the next that owes something."""
        loans = [self.model.loans[borrower] for borrower in self.actors]
        return next((i % 10 for i in range(actor, actor + 10) if loans[i % 10].scaled), actor)

    def _victim(self, actor: int) -> int:
        """Take a borrower that can be liquidated, if there is one; else one that owes something."""
        worth = self._worth()
        for i in range(actor, actor + 10):
            pool, loan = self.model.synced(self.actors[i % 10])
            if worth and loan.scaled and not self.model.is_healthy(pool, loan, worth):
                return i % 10
        return self._debtor(actor)

    def _buy(self, actor: int, tokens: int) -> None:
        """Have somebody buy tokens, if the issuance sells."""
        self._token(actor, "mint", tokens, FOREVER, self.actors[actor])

    def _mend(self, actor: int) -> None:
        """Bring about all that a sale needs, as far as money and time can."""
        self._catch_up("normal")
        for _ in range(3):
            self._token(actor, "accrue")
        self._token(actor, "deliver", FOREVER)
        (found, _) = self.facts.token.view("backing")
        if found:
            reserve, supply, owed, left, unit = found[2], found[3], found[4], found[6], found[7]
            required = supply * left * unit * self.issuance.terms["ratio"] // ONE + owed
            short = max(0, required - reserve * EXACT) // EXACT
            if short:
                self._token(actor, "fund_reserve", short + 1)
        self._token(THE_ISSUER, "set_sale", 200 * ONE, 20_000 * ONE)

    def _can_lend(self, borrower: int) -> int:
        """Say how many satoshi the valuation lets somebody borrow."""
        worth = self._worth()
        if worth is None:
            return 1
        pool, loan = self.model.synced(self.actors[borrower])
        room = self.model.most(loan, worth) - loan.debt(pool) + loan.credit
        # A debt is rounded up by less than two units.
        return max(0, int(room - 2) // FIXED)

    def _borrow_part(self, borrower: int, part: int) -> None:
        amount = self._part(self._can_lend(borrower), part)
        self._vault(borrower, "borrow", amount, *[self.actors[borrower]] * 2)

    def _borrow_anew(self, borrower: int, part: int) -> None:
        """Have somebody borrow on tokens that it buys for that."""
        self._mend(borrower)
        self._buy(borrower, 100 * ONE)
        self._vault(borrower, "post", 100 * ONE, self.actors[borrower])
        self._borrow_part(borrower, part)

    def _pass_day(self, kind: str) -> None:
        gained, seconds = DAYS[kind]
        self.chain.now += seconds
        self.issuance.close(gained, seconds)

    def _revalue(self, value: int, payout: int = 0, most: int = FOREVER, *rest: int) -> None:
        """Say what a token is worth; it pays what it is said to, or it would not be one."""
        streaming, standing = rest or (0, 0)
        found, _ = self.facts.token.view("preview_redeem", ONE)
        paid = min(payout, value, found[0] * ONE // 2) if found else 0
        self.world.set_worth(value, paid, most, streaming)
        self.world.set_standing(*(bool(standing & 2**i) for i in range(3)))

    def _leave_dust(self, most: int) -> None:
        """Have the reserve pay next to nothing for tokens that are owed much."""
        supply = self.facts.token.read("totalSupply")[0]
        self._token(THE_ATTACKER, "fund_reserve", supply * most // ONE + 1)
        found, _ = self.facts.token.view("preview_redeem", 100 * ONE)
        paid = min(most * ONE, found[0] * ONE // 100) if found else 0
        self.world.set_worth(paid, paid)
        self.chain.send("ValueDouble", self.world.valuation, "set_price", 2_000 * ONE)

    def _loans_go_bad(self, kind: str, value: int) -> None:
        """Have days go by, poor ones, unpaid, or without the index, until a loan has gone bad."""
        if kind == "not":
            return
        if not any(loan.scaled for loan in self.model.loans.values()):
            self._borrow_anew(4, 1_000)
        if self.name == "any-value" and not self._is_bad():
            # Nothing, dust in the reserve, all in the reserve, or worth more than that.
            each, paid = ((0, 0), (value % 13, 13), (value, value), (value, 1))[value % 4]
            streaming = (0, 0, 5, 100)[value // 4 % 4] * ONE
            self._revalue(each * ONE, paid * ONE, FOREVER, streaming, 2 * (value % 5 == 0))
            if value % 4 == 1:
                self._leave_dust(value % 13)
        for _ in range(20):
            if self._is_bad():
                break
            if kind == "silent":
                self.chain.now += 2 * DAY
                continue
            self._pass_day("normal" if kind == "unpaid" else kind)
            self._token(THE_ISSUER, "accrue")
            if kind != "unpaid":
                self._token(THE_ISSUER, "deliver", FOREVER)

    def _liquidate_to_reserve(self, actor: int, victim: int) -> None:
        kept = self.model.loans[self.world.address].collateral
        accounts = self.actors[victim], self.actors[actor]
        if self._vault(actor, "liquidate_to_reserve", *accounts):
            more = self.model.loans[self.world.address].collateral > kept
            type(self).seen["kept" if more else "redeemed"] += 1

    def _is_bad(self) -> bool:
        worth, borrower = self._worth(), self.actors[self._victim(4)]
        pool, loan = self.model.synced(borrower)
        return bool(worth and loan.scaled and not self.model.is_healthy(pool, loan, worth))

    def _catch_up(self, kind: str) -> None:
        gained, seconds = DAYS[kind]
        while self.facts.index_end() + seconds <= self.now:
            self.issuance.close(gained, seconds)

    # Invariants.

    def _everything(self) -> dict[str, Any]:
        """Read every view of the vault, and of every account."""
        read = self.facts.vault.read
        views: dict[str, Any] = {
            name: read(name) for name in ("pool", "totalSupply", "totalAssets")
        }
        for actor in self.actors:
            for name in ("loan", "uncovered", "balanceOf", "maxWithdraw", "maxRedeem"):
                views[f"{name} {actor}"] = read(name, actor)
        for name in ("maxDeposit", "maxMint"):
            views[name] = read(name, self.actors[0])
            assert read(name, NOBODY) == read(name, self.facts.vault.address) == (0,)  # L8
        return views

    def check(self) -> None:
        """Compare everything with the model, and with itself."""
        self.steps += 1
        with self.facts.still():
            self._views_equal()
        self._the_most_can_be_done()
        self.is_sound = True

    def _views_equal(self) -> None:
        model, found = self.model, self._everything()
        pool = model.current()
        assert found["pool"] == pool.words()  # L11
        assert found["totalSupply"] == (pool.shares,)  # L11
        assert found["totalAssets"] == (pool.assets // FIXED,)  # L11
        assert found["maxDeposit"] == (model.max_deposit(pool),)  # L11
        assert found["maxMint"] == (model.max_mint(pool),)  # L11
        for actor in self.actors:
            assert found[f"loan {actor}"] == model.synced(actor)[1].words()  # L11
            uncovered = (model.uncovered.loans[actor], model.uncovered.total)
            assert found[f"uncovered {actor}"] == uncovered  # L9
            assert found[f"balanceOf {actor}"] == (model.balances[actor],)  # L11
            assert found[f"maxWithdraw {actor}"] == (model.max_withdraw(actor, pool),)  # L11
            assert found[f"maxRedeem {actor}"] == (model.max_redeem(actor, pool),)  # L11
        self._sums_equal(found, pool)
        self._nothing_is_missing(pool)
        self._previews_equal(pool)
        # A fee share becomes whole a moment after its part of a satoshi did.
        least = _less_cuts(self.price, pool) * (1 - Fraction(1, pool.shares + VIRTUAL_SHARES))
        assert pool.price >= least, "time cost the lenders"  # L6
        self.price = pool.price

    def _sums_equal(self, found: dict[str, Any], pool: Pool) -> None:
        balances = sum(found[f"balanceOf {actor}"][0] for actor in self.actors)
        assert balances + pool.till == pool.shares  # L2
        stored = self.model.loans.values()
        assert sum(loan.scaled for loan in stored) == self.model.pool.scaled  # L3
        collateral = sum(found[f"loan {actor}"][0] for actor in self.actors)
        kept = self.facts.vault.read("loan", self.world.address)[0]
        assert kept == self.model.loans[self.world.address].collateral  # L11
        held = self.facts.token.read("balanceOf", self.world.address)[0]
        assert held == collateral + kept + self.given_tokens  # L4

    def _nothing_is_missing(self, pool: Pool) -> None:
        model, address = self.model, self.world.address
        earned, (claimed,) = self.facts.earned(), self.facts.token.read("claimed", address)
        rewarded = sum(loan.rewarded for loan in model.loans.values()) + model.pool.kept_rewards
        assert rewarded == model.pool.credited <= pool.credited <= earned  # L7
        credits = sum(model.loans[actor].credit for actor in self.actors)
        owed = model.pool.cash + credits
        came = self._sats(address) - self.given_sats - claimed
        assert came * FIXED + model.pool.credited == owed  # L1
        claimable = self.facts.claimable()
        assert self._sats(address) + claimable >= owed // FIXED  # L1

    def _previews_equal(self, pool: Pool) -> None:
        amount = (1, 999_999, 10**6, 123_456_789, 10**14 + 1, 0)[self.steps % 6]
        for function in LENDER_CALLS:
            name = f"preview{function.capitalize()}"
            assert self.facts.vault.read(name, amount) == (
                self.model.preview(function, amount, pool),
            )
        for name, function in (("convertToShares", "deposit"), ("convertToAssets", "redeem")):
            assert self.facts.vault.read(name, amount) == (
                self.model.preview(function, amount, pool),
            )

    def _the_most_can_be_done(self) -> None:
        """L8: for one actor and one function a step, in a world where it has the money."""
        actor, function = self.actors[self.steps % 10], LENDER_CALLS[self.steps // 10 % 4]
        read, call = self.facts.vault.read, self.facts.vault.call
        most = read(f"max{function.capitalize()}", actor)[0]
        rest = (actor,) if function in ("deposit", "mint") else (actor, actor)
        preview = read(f"preview{function.capitalize()}", most)[0]
        with self._rich(actor):
            done, reason = call(actor, function, most, *rest)
            assert done or not most or not preview, f"{function} of {most}: {reason}"  # L8
        with self._rich(actor):
            assert call(actor, function, most + 1, *rest)[0] is None, function  # L8

    @contextmanager
    def _rich(self, actor: str) -> Iterator[None]:
        """Let an actor have any number of satoshi inside, where nothing stays."""
        with self.chain.undone():
            self.facts.btc.call(actor, "mint", actor, 10**16)
            yield


def _less_cuts(price: Fraction, pool: Pool) -> Fraction:
    """Say what a share is worth at least where it was worth so much.

    What the token cut is missing to whose rewards are credited last: the lenders', maybe, where the
    vault keeps tokens.
    """
    return price - Fraction(CUTS * pool.keeps_tokens, pool.shares + VIRTUAL_SHARES)
