"""The hashrate token against an exact model, operation by operation.

Invariants by id are listed in tests/README.md. Each example starts from one of six issuances, whose
five actors already hold something; in a second machine every actor is a forwarding contract, so
that nothing can depend on tx.origin.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from terahash.units import DAY
from tests.support.issuing import (
    ATTACKER,
    BUYER,
    FIRST_DAY,
    FOREVER,
    HASHPRICE,
    HOLDER,
    ISSUER,
    NOBODY,
    ONE,
    RICH,
    SAT,
    START,
    STRANGER,
    Issuance,
)
from tests.support.token_calls import TokenCalls, selectors, words
from tests.support.token_model import (
    EARNED_ONE,
    MAX_CAPACITY,
    MAX_PRICE,
    SCALE,
    Agreed,
    Index,
    Refused,
    TokenModel,
)

STARTS: dict[str, dict[str, Any]] = {
    "usual": {},
    "no-reference": {"last": 250, "reference": 0, "cost": 20 * ONE, "grace": 0},
    "all-reserved": {"last": 200, "ratio": ONE, "exit_fee": 0, "fee": 0, "cost": 0},
    "odd": {
        "last": 191,
        "cost": 5_123456789012345678,
        "fee": 12345678901234567,
        "ratio": 333333333333333333,
        "reference": 1,
        "exit_fee": 9_999_999_999_999_999,
        "grace": DAY - 1,
        "price": 47_123456789012345679,
        "capacity": 1_234_567890123456789012,
    },
    "no-reserve": {"last": 300, "ratio": 0, "reference": 0, "exit_fee": ONE // 2},
    "long": {"last": 500, "price": 60 * ONE},
}
ELSEWHERE = "0x" + "99" * 20
"""A beneficiary who holds nothing."""
ACTORS = st.integers(0, 4)
PARTS = st.sampled_from((500, 999, 1_000, 1_001)) | st.integers(0, 300)
"""Of a balance, in thousandths; the last is a unit more than all."""
SELDOM = st.sampled_from((True, *[False] * 24))
TOKENS = st.sampled_from((1, ONE - 1, ONE, 5 * ONE, 100 * ONE)) | st.integers(1, 2_000 * ONE)
DAYS = {  # what 1 TH/s earned, and seconds
    "normal": (HASHPRICE, DAY),
    "below-cost": (3 * ONE, DAY),
    "halved": (HASHPRICE // 2, DAY),
    "nothing": (0, DAY),
    "short": (HASHPRICE * 2 // 3 + 7, DAY // 2 + 11),
    "long": (HASHPRICE * 3 // 2 + 1, 2 * DAY - 13),
    "just-below-cost": (6 * ONE, 2 * DAY),
}
PREVIEWS = (1, 12345, ONE, 7 * ONE + 1, 333 * ONE, 5_000 * ONE, 0, 10**30)
FOR_ANYONE = {"accrue", "checkpoint", "cover", "claim", "claim_many", "deliver", "fund_reserve"}
PAYING = {"mint", "deliver", "fund_reserve"}
VIEWS = (
    "status",
    "backing",
    "value",
    "coverage",
    "owed",
    "due",
    "delivered",
    "unpaid_since",
    "reserve",
    "index",
    "stream",
    "totalSupply",
    "sale",
)
ACCOUNT_VIEWS = ("balanceOf", "earned", "claimed", "claimable", "beneficiary")
POOR = "erc20: transfer amount exceeds balance"
MODEL_NAMES = {"transferFrom": "transfer_from"}


class _Start:
    """An issuance, its people, and the model of both; made once a process."""

    def __init__(self, name: str, forwarded: bool) -> None:
        self.issuance = issuance = Issuance(**STARTS[name])
        chain = issuance.chain
        self.calls = TokenCalls(chain, issuance.address, forwarded)
        self.actors = [ISSUER, BUYER, HOLDER, STRANGER, ATTACKER]
        if forwarded:
            self.actors = [chain.deploy("Forwarder") for _ in self.actors]
            approve = selectors("BitcoinDouble")["approve"] + words(issuance.address, FOREVER)
            for actor in self.actors:
                chain.send("BitcoinDouble", issuance.btc, "mint", actor, RICH)
                self.calls.call_as(actor, issuance.btc, approve)
            issuance.send(ISSUER, "transfer_ownership", self.actors[0])
            assert self.calls.call(self.actors[0], "accept_ownership")[1] is None

    def model(self) -> TokenModel:
        terms, sale = self.issuance.terms, self.issuance.read("sale")
        index = Index(FIRST_DAY, [(START, 0)])
        index.close(DAY, HASHPRICE)
        agreed = Agreed(*(terms[name] for name in Agreed._fields))
        model = TokenModel(agreed, index, self.issuance.address, self.actors[0], *sale)
        for actor in self.actors:
            model.btc[actor] = RICH
            assert model.accounts[actor].balance == 0
        return model


@cache
def _start(name: str, forwarded: bool) -> _Start:
    return _Start(name, forwarded)


class TokenMachine(RuleBasedStateMachine):
    forwarded: ClassVar[bool] = False
    met: ClassVar[Counter[tuple[str, str]]] = Counter()

    @initialize(
        name=st.sampled_from(sorted(STARTS)),
        first=TOKENS,
        second=st.integers(ONE, 500 * ONE),
        reserve=st.sampled_from((1, 10**6, 10**7, 10**9)),
    )
    def start(self, name: str, first: int, second: int, reserve: int) -> None:
        start = _start(name, self.forwarded)
        self.issuance, self.calls, self.actors = start.issuance, start.calls, start.actors
        self.chain = self.issuance.chain
        self.undone = self.chain.undone()
        self.undone.__enter__()
        self.model = start.model()
        self.earned: dict[str, int] = dict.fromkeys(self.actors, 0)
        self.steps = 0
        self.done: Counter[str] = Counter()
        for actor, amount in (1, first), (2, second):
            self._both(actor, "mint", amount, FOREVER, self.actors[actor])
        self._both(3, "fund_reserve", reserve)

    def teardown(self) -> None:
        if hasattr(self, "undone"):
            self.undone.__exit__(None, None, None)

    @property
    def now(self) -> int:
        return self.chain.now

    def _both(self, actor: int, function: str, *args: Any) -> bool:
        """Do the same to both; they must agree that it works, or on the reason against it."""
        caller = self.actors[actor]
        elsewhere = self._as_another(actor, function, *args)
        before = self._standing()
        found, reason = self.calls.call(caller, function, *args)
        given = args if function in FOR_ANYONE - PAYING else (caller, *args)
        if function in ("claim", "claim_many"):
            assert reason is None, f"{function}: {reason}"
            self._paid_out(args[0] if function == "claim_many" else [args[0]], found)
        else:
            wanted, expected = None, None
            try:
                name = MODEL_NAMES.get(function, function)
                wanted = getattr(self.model, name)(self.now, *given)
            except Refused as refused:
                expected = str(refused)
            message = f"{function}{args}: {reason}, where the model says {expected}"
            assert reason == expected, message  # T9
            assert found == (None if reason else () if wanted is None else (wanted,))
        type(self).met[function, reason or ""] += 1
        if elsewhere is not None and POOR not in (reason, elsewhere[1]):
            assert elsewhere == (found, reason, self._everything())  # T7
        if reason is None:
            self.done[function] += 1
            self._kept(function, args, before)
        return reason is None

    def _as_another(self, actor: int, function: str, *args: Any) -> Any:
        """T7: see what the same call does for somebody else, where anyone may call."""
        if function not in FOR_ANYONE and function != "mint":
            return None
        another = self.actors[(actor + 1 + self.steps % 4) % 5]
        with self.chain.undone():
            found, reason = self.calls.call(another, function, *args)
            return found, reason, self._everything()

    def _paid_out(self, accounts: list[str], found: Any) -> None:
        total = 0
        for account in dict.fromkeys(accounts):
            (earned,), (claimed,) = (
                self.calls.read(view, account) for view in ("earned", "claimed")
            )
            assert claimed == earned // EARNED_ONE  # T4
            paid = claimed - self.model.accounts[account].claimed
            self.model.pay_out(self.now, account, paid)  # T10
            total += paid
        assert found in ((), (total,))

    def _standing(self) -> dict[str, Any]:
        """Read what invariants compare before and after a call."""
        standing: dict[str, Any] = {
            "earned": [self.calls.read("earned", actor) for actor in self.actors],
            "stored": self.model.book.owed,
            "supply": self.model.supply,
        }
        backing, _ = self.calls.view("backing")
        if backing:
            _, _, reserve, supply, owed, _, left, unit, *_ = backing
            standing |= {"reserve": reserve, "owed": owed, "value": left * unit}
            assert supply == self.model.supply
        return standing

    def _kept(self, function: str, args: tuple[Any, ...], before: dict[str, Any]) -> None:
        after = self._standing()
        old, new = before["supply"], after["supply"]
        if function != "redeem" or new >= ONE:
            assert before["earned"] == after["earned"]  # T6
        if "owed" not in before or "owed" not in after:
            return  # too many days are missing: nothing was called that depends on them
        if function == "mint" and old:
            assert _behind_a_token(before) <= _behind_a_token(after)  # T2
        if function == "redeem" and new:
            assert before["reserve"] * new <= after["reserve"] * old  # T2
            assert before["owed"] * new <= after["owed"] * old  # T2
        if function == "withdraw_reserve":
            free = after["reserve"] * SAT - after["owed"]
            assert free * ONE >= new * self.model.terms.ratio * after["value"]  # T3
        self._debt_fell(function, args, before, after)

    def _debt_fell(
        self, function: str, args: tuple[Any, ...], before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        """T5: the debt falls by credited payments, by cover and by burns, and by nothing else."""
        fall = before["owed"] - after["owed"]
        if function == "deliver":
            whole = -(-before["stored"] // SAT) if args[0] == FOREVER else args[0]
            assert fall == min(whole * SAT, before["stored"])  # T5
        elif function == "cover":
            assert fall == min(before["owed"], before["reserve"] * SAT)  # T5
        elif function == "redeem":
            assert fall == args[0] * before["owed"] // before["supply"]  # T5
        else:
            assert fall <= 0  # T5

    def _mend(self, actor: int) -> None:
        """Bring about all that a sale needs, as far as money and time can."""
        self.index_catches_up("normal")
        while self._both(actor, "accrue") and self.model.current(self.now).accrued:
            pass
        self._both(actor, "deliver", FOREVER)
        short = self.model.supply * self.model.required(self.model.book) // SAT
        self._both(actor, "fund_reserve", short + 1)
        self._both(0, "set_sale", 900 * ONE, 10_000 * ONE)

    def _holder(self, actor: int) -> int:
        """Take an actor, or the next that has tokens."""
        accounts = [self.model.accounts[holder] for holder in self.actors]
        return next((i % 5 for i in range(actor, actor + 5) if accounts[i % 5].balance), actor)

    def _part(self, actor: int, part: int) -> int:
        balance = self.model.accounts[self.actors[actor]].balance
        return balance + 1 if part > 1_000 else balance * part // 1_000

    @rule(
        actor=ACTORS,
        receiver=st.integers(0, 4),
        amount=TOKENS,
        most=st.sampled_from((FOREVER, FOREVER, FOREVER, 0, -1)),
        mended=st.booleans(),
    )
    def mint(self, actor: int, receiver: int, amount: int, most: int, mended: bool) -> None:
        """Buy at any cost, at exactly what it costs, or for a satoshi less."""
        if mended:
            self._mend(actor)
        if most <= 0:
            quote, _ = self.calls.view("preview_mint", amount)
            most = max(0, most + (quote[0] if quote else 1))
        self._both(actor, "mint", amount, most, self.actors[receiver])

    @rule(actor=ACTORS, receiver=st.integers(0, 4), part=PARTS)
    def transfer(self, actor: int, receiver: int, part: int) -> None:
        holder = self._holder(actor)
        self._both(holder, "transfer", self.actors[receiver], self._part(holder, part))

    @rule(
        actor=ACTORS, owner=ACTORS, receiver=ACTORS, part=PARTS, allowed=st.sampled_from((0, 1, 2))
    )
    def transfer_from(self, actor: int, owner: int, receiver: int, part: int, allowed: int) -> None:
        """Send another's tokens, of which it allowed nothing, all or any number."""
        owner = self._holder(owner)
        amount = self._part(owner, part)
        self._both(owner, "approve", self.actors[actor], (0, amount, FOREVER)[allowed])
        to = self.actors[receiver]
        self._both(actor, "transferFrom", self.actors[owner], to, amount)
        allowance = self.calls.read("allowance", self.actors[owner], self.actors[actor])
        assert allowance == (self.model.allowances[self.actors[owner], self.actors[actor]],)

    @rule(actor=ACTORS, owner=ACTORS, times=st.integers(1, 6))
    def touch(self, actor: int, owner: int, times: int) -> None:
        """A stranger sends nothing of somebody's, again and again."""
        for _ in range(times):
            self.chain.now += 13
            self._both(actor, "transferFrom", *[self.actors[owner]] * 2, 0)

    @rule(actor=ACTORS, to=st.sampled_from(("nobody", "token")), part=PARTS)
    def to_a_wrong_receiver(self, actor: int, to: str, part: int) -> None:
        receiver = NOBODY if to == "nobody" else self.issuance.address
        holder = self._holder(actor)
        self._both(holder, "transfer", receiver, self._part(holder, part))
        self._both(holder, "redeem", self._part(holder, part), 0, receiver)
        self._both(actor, "mint", part, FOREVER, receiver)
        if to == "token":
            self._both(actor, "set_beneficiary", receiver)

    @rule(
        actor=ACTORS,
        kind=st.sampled_from(("exact", "part", "gift", "dust", "all", "too-fast", "too-much")),
        some=st.integers(1, 10**6),
        accrued=st.sampled_from((True, True, False)),
    )
    def deliver(self, actor: int, kind: str, some: int, accrued: bool) -> None:
        if accrued:
            self._both(actor, "accrue")
        owed = -(-self.model.book.owed // SAT)
        amount = {
            "exact": owed,
            "part": owed * some // 10**6,
            "gift": owed + some,
            "dust": some % 3,
            "all": FOREVER,
            "too-fast": owed + some * self.model.supply // ONE,  # up to 0.01 BTC a token
            "too-much": (2**64 - 1, 2**64)[some % 2],
        }[kind]
        self._both(actor, "deliver", amount)

    @rule(actor=ACTORS, function=st.sampled_from(("accrue", "checkpoint")))
    def accrue(self, actor: int, function: str) -> None:
        self._both(actor, function)

    @rule(actor=ACTORS)
    def cover(self, actor: int) -> None:
        self._both(actor, "cover")

    @rule(actor=ACTORS, late=st.sampled_from((0, 1, 1, 1, DAY)), twice=st.booleans())
    def nobody_pays(self, actor: int, late: int, twice: bool) -> None:
        """Something is due, and stays unpaid until the grace is over."""
        self.a_day_passes("normal")
        self._both(actor, "accrue")
        self.chain.now += self.model.terms.grace + late
        self.index_catches_up("normal")
        for _ in range(1 + twice):
            self._both(actor, "cover")

    @rule(
        actor=ACTORS,
        receiver=ACTORS,
        part=st.sampled_from((100, 300, 999, 1_000)) | PARTS,
        least=st.sampled_from((0, 0, 0, 1)),
        mended=st.sampled_from((True, True, False)),
    )
    def redeem(self, actor: int, receiver: int, part: int, least: int, mended: bool) -> None:
        """Redeem at any price, or for a satoshi more than it pays."""
        if mended:
            self._both(receiver, "fund_reserve", 10**7)
        actor = self._holder(actor)
        amount = self._part(actor, part)
        paid, _ = self.calls.view("preview_redeem", amount)
        at_least = paid[0] + 1 if paid and least else 0
        self._both(actor, "redeem", amount, at_least, self.actors[receiver])

    @rule(actor=ACTORS, more=st.booleans(), now=SELDOM)
    def everybody_leaves(self, actor: int, more: bool, now: bool) -> None:
        """Redeem all that all have, the last one perhaps except for a little."""
        if not now:
            return
        for holder in [i for i in range(5) if i != actor]:
            self._both(holder, "redeem", self._part(holder, 1_000), 0, self.actors[holder])
        self._both(actor, "redeem", self._part(actor, 999 if more else 1_000), 0, self.actors[0])

    @rule(actor=ACTORS, owner=ACTORS)
    def claim(self, actor: int, owner: int) -> None:
        self._both(actor, "claim", self.actors[owner])

    @rule(actor=ACTORS, owners=st.lists(ACTORS, max_size=6))
    def claim_many(self, actor: int, owners: list[int]) -> None:
        self._both(actor, "claim_many", [self.actors[owner] for owner in owners])

    @rule(actor=ACTORS, to=st.sampled_from(("zero", "another", "elsewhere")))
    def set_beneficiary(self, actor: int, to: str) -> None:
        beneficiary = {
            "zero": NOBODY,
            "another": self.actors[(actor + 1) % 5],
            "elsewhere": ELSEWHERE,
        }[to]
        self._both(actor, "set_beneficiary", beneficiary)

    @rule(
        actor=ACTORS, amount=st.sampled_from((0, RICH, 2**64, *[10**8] * 4)) | st.integers(1, 10**7)
    )
    def fund_reserve(self, actor: int, amount: int) -> None:
        self._both(actor, "fund_reserve", amount)

    @rule(
        actor=st.sampled_from((0, 0, 0, 1)),
        kind=st.sampled_from(("part", "part", "part", "all", "one-too-much", "nothing")),
        some=st.integers(1, 10**5),
    )
    def withdraw_reserve(self, actor: int, kind: str, some: int) -> None:
        book = self.model.current(self.now)
        if not self.model.supply:
            most = book.reserve + self.model.stream.queued // SCALE
        else:
            held = self.model.supply * self.model.required(book)
            most = max(0, book.reserve + -book.owed // SAT + -held // SAT)
        amount = {"part": most * some // 10**6, "all": most, "one-too-much": most + 1}
        self._both(actor, "withdraw_reserve", amount.get(kind, 0))

    @rule(
        actor=st.sampled_from((0, 0, 0, 2)),
        price=st.sampled_from((0, 47 * ONE, 60 * ONE, 90 * ONE + 7, MAX_PRICE, MAX_PRICE + 1)),
        capacity=st.sampled_from((0, *[10_000 * ONE] * 4, MAX_CAPACITY, MAX_CAPACITY + 1)),
    )
    def set_sale(self, actor: int, price: int, capacity: int) -> None:
        self._both(actor, "set_sale", price, capacity)

    @rule(seconds=st.sampled_from((1, 59, 600, 3_600, 20_011, DAY // 2, DAY)))
    def wait(self, seconds: int) -> None:
        self.chain.now += seconds

    @rule(days=st.sampled_from((4, 5, 7, 14, 29, 30, 31, 35)), seconds=ACTORS, really=SELDOM)
    def index_stands_still(self, days: int, seconds: int, really: bool) -> None:
        if really:
            self.chain.now += days * DAY + seconds

    @rule(kind=st.sampled_from((*DAYS, *["normal"] * 4)))
    def a_day_passes(self, kind: str) -> None:
        gained, seconds = DAYS[kind]
        self.chain.now += seconds
        self._close(seconds, gained)

    @rule(kind=st.sampled_from(sorted(DAYS)))
    def index_catches_up(self, kind: str) -> None:
        gained, seconds = DAYS[kind]
        while self.model.index.end + seconds <= self.now:
            self._close(seconds, gained)

    @rule(count=st.integers(10, 140), really=SELDOM)
    def many_days_pass(self, count: int, really: bool) -> None:
        if really:
            for _ in range(count):
                self.chain.now += DAY
                self._close(DAY, HASHPRICE)

    def _close(self, seconds: int, gained: int) -> None:
        self.issuance.close(gained, seconds)
        self.model.index.close(seconds, gained)

    @rule(really=SELDOM)
    def dispute(self, really: bool) -> None:
        day = FIRST_DAY if really else 0
        self.chain.send("IndexDouble", self.issuance.index, "dispute", day)
        self.model.index.is_disputed = day != 0

    def _everything(self) -> dict[str, Any]:
        """Read every view of the token, and of every account."""
        views: dict[str, Any] = {}
        for name in VIEWS:
            views[name], reason = self.calls.view(name)
            assert reason in (None, "token: accrue first")
        for actor in self.actors:
            for name in ACCOUNT_VIEWS:
                views[f"{name} {actor}"] = self.calls.read(name, actor)
        return views

    @invariant()
    def token_equals_model(self) -> None:
        if not hasattr(self, "model"):
            return
        self.steps += 1
        model, now, found = self.model, self.now, self._everything()
        expected = model.views(now)
        assert {name: found[name] for name in VIEWS} == expected  # T8
        if found["delivered"]:
            credited, (delivered,) = model.credited // ONE, found["delivered"]
            calls, covers = self.done.total(), self.done["cover"]
            assert credited - calls - covers * ONE <= delivered <= credited + calls  # T8
        model.vest(now)
        for actor in self.actors:
            self._account_equals_model(actor, found)
        self._previews_equal_model()
        self._nothing_is_missing(found)

    def _account_equals_model(self, actor: str, found: dict[str, Any]) -> None:
        account = self.model.accounts[actor]
        balance, earned, claimed, claimable, beneficiary = (
            found[f"{name} {actor}"][0] for name in ACCOUNT_VIEWS
        )
        assert (balance, claimed) == (account.balance, account.claimed)  # T8
        assert beneficiary == int(account.beneficiary, 16)  # T8
        least, most = account.earned()
        assert least <= earned <= most, f"earned {earned}, not {least} to {most}"  # T10
        assert claimable == earned // EARNED_ONE - claimed  # T4
        assert account.entitled - 1 - Fraction(account.touches, EARNED_ONE) < claimed + claimable
        assert claimed + claimable <= account.entitled  # T10
        assert self.earned[actor] <= earned  # T4
        self.earned[actor] = earned

    def _previews_equal_model(self) -> None:
        amount = PREVIEWS[self.steps % len(PREVIEWS)]
        for name in ("preview_mint", "preview_redeem"):
            expected, wanted = None, None
            try:
                quote = getattr(self.model, name)(amount, self.now)
                expected = tuple(quote) if name == "preview_mint" else (quote,)
            except Refused as refused:
                wanted = str(refused)
            assert self.calls.view(name, amount) == (expected, wanted)  # T11

    def _nothing_is_missing(self, found: dict[str, Any]) -> None:
        """T1: every satoshi is somebody's, and is there."""
        model = self.model
        held = self._sats(self.issuance.address)
        assert held == model.btc[self.issuance.address]
        ahead, _, queued = found["stream"]
        streaming = Fraction(ahead * found["totalSupply"][0] + queued, SCALE)
        unclaimed = sum(
            Fraction(found[f"earned {actor}"][0], EARNED_ONE) - found[f"claimed {actor}"][0]
            for actor in self.actors
        )
        assert held >= found["reserve"][0] + streaming + unclaimed  # T1
        # Whoever leaves last leaves what is less than 10^-27 satoshi rounded up.
        assert abs(model.surplus(self.now)) <= Fraction(model.last_outs, SCALE)  # T1
        for account in (*self.actors, ELSEWHERE):
            assert self._sats(account) == model.btc[account]  # T1

    def _sats(self, account: str) -> int:
        return self.calls._execute(self.issuance.btc, _BALANCE_OF() + words(account))[0]


@cache
def _BALANCE_OF() -> bytes:
    return selectors("BitcoinDouble")["balanceOf"]


def _behind_a_token(standing: dict[str, Any]) -> Fraction:
    """Say what of the reserve stands behind a token, at most its value, satoshi x 10^18.

    A supply below one token counts as one.
    """
    free = max(0, standing["reserve"] * SAT - standing["owed"])
    return min(Fraction(standing["value"]), Fraction(free, max(ONE, standing["supply"])))


class ForwardedMachine(TokenMachine):
    forwarded = True
    met: ClassVar[Counter[tuple[str, str]]] = Counter()


CALLS = (
    "accrue",
    "approve",
    "checkpoint",
    "claim",
    "claim_many",
    "cover",
    "deliver",
    "fund_reserve",
    "mint",
    "redeem",
    "set_beneficiary",
    "set_sale",
    "transfer",
    "transferFrom",
    "withdraw_reserve",
)


@pytest.mark.parametrize("machine", [TokenMachine, ForwardedMachine])
def test_token__random_operations__equals_the_model(machine: type[TokenMachine]) -> None:
    machine.met.clear()
    deep = settings().max_examples >= 1_000
    examples = 1_000 if deep else 50
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=200)
    )
    met = machine.met
    assert met.total() >= 100 * examples, f"only {met.total()} calls compared"
    assert min(met[call, ""] for call in CALLS) >= examples // 4, f"too few succeeded: {met}"
    assert len(met) >= 45, f"too few reasons: {met}"
