"""The lending vault against an exact model, operation by operation.

Invariants by id:
    L1  the vault holds, with what it can claim, the lenders' cash and all credits, and each satoshi
        that it holds is one of these or was given to it
    L2  balances and the till are all shares
    L3  the loans' debts are the pool's
    L4  the tokens that it holds are the loans' collateral, what it keeps, and what it was given
    L5  at one index and time no call turns a healthy loan unhealthy; where cash covers it, not even
        the issuer's withdrawal of what its reserve need not hold
    L6  a share's price falls by bad debt, by exactly that, and by nothing else
    L7  credits never create cash: all together are no more than what the vault has earned
    L8  a preview is what the call returns; the most that a view promises can be done, and no more
    L9  what is uncovered in all is the sum of what is uncovered of each loan
    L10 what anyone may call does the same whoever calls
    L11 every view equals the model's, to the last unit
    L12 a call that is refused says the model's reason and changes nothing
    L13 in the end everybody can leave, and nothing but dust stays behind

Each example starts from a vault with lenders and loans, in each of six worlds; in a second machine
every actor is a forwarding contract, so that nothing can depend on tx.origin.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from terahash.units import DAY
from tests.support.lending import EXACT, FIXED, FOREVER, NOBODY, ONE
from tests.support.vault_world import (
    DAYS,
    STARTS,
    THE_ATTACKER,
    THE_GUARDIAN,
    THE_ISSUER,
    VaultWorld,
)

ANYONE = st.integers(0, 9)
A_LENDER = st.sampled_from((1, 1, 2, 3, THE_ATTACKER, THE_GUARDIAN))
A_BORROWER = st.sampled_from((4, 4, 5, 6, THE_ATTACKER, THE_ISSUER))
HOW_BAD = st.sampled_from(("unpaid", "below-cost", "silent", "unpaid", "halved", "not"))
SELDOM = st.sampled_from((True, *[False] * 24))
NOW_AND_THEN = st.sampled_from((True, *[False] * 5))
PARTS = st.sampled_from((500, 999, 1_000, 1_001)) | st.integers(1, 300)
"""Of an amount, in thousandths; the last is a unit more than all."""
SATS = st.sampled_from((0, 1, 2, 1_000, 10**5, 10**7, 10**8)) | st.integers(1, 10**8)
TOKENS = st.sampled_from((1, ONE - 1, ONE, 100 * ONE)) | st.integers(1, 1_000 * ONE)


class VaultMachine(VaultWorld, RuleBasedStateMachine):
    met: ClassVar[Counter[tuple[str, str]]] = Counter()
    seen: ClassVar[Counter[str]] = Counter()

    @initialize(
        lent=st.permutations((10**5, 3 * 10**6, 4 * 10**7)),
        posted=st.lists(
            st.sampled_from((60 * ONE, 400 * ONE, 1_500 * ONE)) | TOKENS, min_size=3, max_size=3
        ),
        borrowed=st.lists(st.sampled_from((1_000, 1_000, 950)) | PARTS, min_size=3, max_size=3),
        reserve=st.sampled_from((0, 0, 1, 10**6)),
        ending=st.integers(0, 999),
    )
    def start(
        self, lent: list[int], posted: list[int], borrowed: list[int], reserve: int, ending: int
    ) -> None:
        self._begin(ending)
        if self.name == "any-value":
            self._revalue(1_500 * ONE)
        for i in range(3):
            self._vault(1 + i, "deposit", lent[i], self.actors[1 + i])
            self._buy(4 + i, posted[i])
            self._vault(4 + i, "post", posted[i], self.actors[4 + i])
            self._borrow_part(4 + i, borrowed[i])
        # What chance alone would call too seldom in few examples.
        self._vault(1, "mint", 10**6 + 7, self.actors[2])
        self._vault(1, "transfer", self.actors[3], 10**6)
        self._vault(1, "approve", self.actors[2], 10**6)
        self._vault(2, "transferFrom", self.actors[1], self.actors[2], 10**6 - 1)
        self._vault(4, "authorize", self.actors[5], 0)
        self._vault(5, "repay", 1, self.actors[4])
        self._vault(THE_GUARDIAN, "stop", 0, 0)
        if reserve:
            self._token(THE_ATTACKER, "fund_reserve", reserve)

    def teardown(self) -> None:
        self._end()

    @invariant()
    def vault_equals_model(self) -> None:
        if hasattr(self, "model"):
            self.check()

    # Lenders.

    @rule(actor=A_LENDER, receiver=A_LENDER, amount=SATS, by_shares=st.booleans())
    def deposit(self, actor: int, receiver: int, amount: int, by_shares: bool) -> None:
        function, amount = ("mint", amount * 10**6 + 7) if by_shares else ("deposit", amount)
        self._vault(actor, function, amount, self.actors[receiver])

    @rule(
        actor=ANYONE,
        owner=A_LENDER,
        part=PARTS,
        by_shares=st.booleans(),
        allowed=st.sampled_from((0, 1, 2)),
    )
    def withdraw(self, actor: int, owner: int, part: int, by_shares: bool, allowed: int) -> None:
        """Take one's own, or another's, of which it allowed nothing, so much or any number."""
        owner = self._holder(owner)
        if allowed == 2 and part % 2:
            actor = owner
        balance = self.model.balances[self.actors[owner]]
        shares = self._part(balance, part)
        amount = shares if by_shares else self.model.preview("redeem", shares)
        self._allow(owner, actor, (0, shares, FOREVER)[allowed])
        function = "redeem" if by_shares else "withdraw"
        self._vault(actor, function, amount, self.actors[actor], self.actors[owner])

    @rule(actor=A_LENDER, to_the_cash=st.sampled_from((0, 0, 1)))
    def withdraw_the_most(self, actor: int, to_the_cash: int) -> None:
        owner = self._holder(actor)
        most = self.facts.vault.read("maxWithdraw", self.actors[owner])[0]
        self._vault(owner, "withdraw", most + to_the_cash, *[self.actors[owner]] * 2)

    @rule(actor=A_LENDER, really=NOW_AND_THEN)
    def deposit_the_most(self, actor: int, really: bool) -> None:
        if really:
            most = self.facts.vault.read("maxDeposit", self.actors[actor])[0]
            self._vault(actor, "deposit", most, self.actors[actor])
            self._vault(actor, "deposit", 1, self.actors[actor])

    @rule(actor=ANYONE, receiver=A_LENDER, part=PARTS)
    def transfer(self, actor: int, receiver: int, part: int) -> None:
        owner = self._holder(actor)
        amount = self._part(self.model.balances[self.actors[owner]], part)
        self._vault(owner, "transfer", self.actors[receiver], amount)

    @rule(actor=ANYONE, receiver=A_LENDER, part=PARTS, allowed=st.sampled_from((0, 1, 2)))
    def transfer_of_another(self, actor: int, receiver: int, part: int, allowed: int) -> None:
        owner = self._holder(actor)
        amount = self._part(self.model.balances[self.actors[owner]], part)
        self._allow(owner, actor, (0, amount, FOREVER)[allowed])
        self._vault(actor, "transferFrom", self.actors[owner], self.actors[receiver], amount)

    def _allow(self, owner: int, spender: int, amount: int) -> None:
        accounts = self.actors[owner], self.actors[spender]
        if self.model.allowances[accounts] != amount:
            self._vault(owner, "approve", accounts[1], amount)

    @rule(actor=ANYONE)
    def collect_fees(self, actor: int) -> None:
        self._vault(actor, "collect_fees")

    # Borrowers.

    @rule(
        actor=A_BORROWER, other=A_BORROWER, amount=TOKENS, mended=st.booleans(), own=st.booleans()
    )
    def post(self, actor: int, other: int, amount: int, mended: bool, own: bool) -> None:
        """Buy and post, mostly for oneself; now and then a unit more than one has."""
        if mended:
            self._mend(actor)
        self._buy(actor, amount)
        tokens = self.facts.token.read("balanceOf", self.actors[actor])[0]
        amount = min(amount, tokens) if own or other % 2 else tokens + 1
        self._vault(actor, "post", amount, self.actors[actor if own else other])

    @rule(actor=A_BORROWER, part=PARTS | st.sampled_from((1_000, 1_000)), mended=st.booleans())
    def borrow(self, actor: int, part: int, mended: bool) -> None:
        """Borrow a part of what may be lent, mostly on tokens that were just bought for it."""
        (self._borrow_anew if mended else self._borrow_part)(actor, part)

    @rule(actor=A_BORROWER, kind=st.sampled_from(("one", "least", "cash", "cap", "zero", "no-end")))
    def borrow_at_an_edge(self, actor: int, kind: str) -> None:
        pool, terms = self.model.current(), self.model.terms
        owed = self._owed(actor)
        amount = {
            "one": 1,
            "least": max(1, terms["min_borrow"] - owed),
            "cash": pool.cash // FIXED + 1,
            "cap": max(1, terms["borrow_cap"] - pool.lent // FIXED),
            "zero": 0,
            "no-end": FOREVER,
        }[kind]
        self._vault(actor, "borrow", amount, *[self.actors[actor]] * 2)

    @rule(actor=A_BORROWER, operator=ANYONE, authorized=st.sampled_from((True, True, False)))
    def on_behalf(self, actor: int, operator: int, authorized: bool) -> None:
        """Somebody borrows, withdraws and closes for another, if that allows it."""
        self._vault(actor, "authorize", self.actors[operator], int(authorized))
        borrower, receiver = self.actors[actor], self.actors[operator]
        self._vault(operator, "borrow", max(1, self._can_lend(actor) // 3), receiver, borrower)
        held = self.model.loans[borrower].collateral
        self._vault(operator, "withdraw_collateral", held // 50, receiver, borrower)
        self._vault(operator, "withdraw_credit", receiver, borrower)
        if self.steps % 4 == 0:
            self._vault(operator, "close", receiver, borrower)

    @rule(actor=A_BORROWER, part=PARTS)
    def withdraw_collateral(self, actor: int, part: int) -> None:
        borrower = self.actors[actor]
        amount = self._part(self.model.loans[borrower].collateral, part)
        self._vault(actor, "withdraw_collateral", amount, borrower, borrower)

    @rule(actor=A_BORROWER, one_more=st.booleans())
    def withdraw_all_collateral_that_is_free(self, actor: int, one_more: bool) -> None:
        """Up to the limit exactly, or a unit more."""
        borrower, worth = self.actors[actor], self._worth()
        pool, loan = self.model.synced(borrower)
        most = self.model.most(replace(loan, collateral=ONE), worth) if worth else 0
        needed = -(-loan.debt(pool) * ONE // most) if most else 0
        amount = max(0, loan.collateral - int(needed)) + one_more
        self._vault(actor, "withdraw_collateral", amount, borrower, borrower)

    @rule(actor=ANYONE, borrower=A_BORROWER, part=PARTS | st.sampled_from((0, -1, 2_000)))
    def repay(self, actor: int, borrower: int, part: int) -> None:
        """Repay a part, a satoshi less than all, or more than all."""
        borrower = self._debtor(borrower)
        owed = self._owed(borrower)
        amount = owed - 1 if part < 0 else owed * 2 if part == 2_000 else self._part(owed, part)
        self._vault(actor, "repay", max(0, amount), self.actors[borrower])

    @rule(actor=ANYONE, borrower=A_BORROWER)
    def repay_all(self, actor: int, borrower: int) -> None:
        self._vault(actor, "repay_all", self.actors[self._debtor(borrower)])

    @rule(actor=A_BORROWER)
    def close(self, actor: int) -> None:
        self._vault(actor, "close", *[self.actors[actor]] * 2)

    @rule(actor=A_BORROWER, earned=st.booleans())
    def withdraw_credit(self, actor: int, earned: bool) -> None:
        """Take what rewards brought beyond the debt, mostly after having earned something."""
        if earned:
            self._vault(actor, "repay_all", self.actors[actor])
            self.days_are_delivered(actor, "normal", 2)
        credits = [self.model.synced(borrower)[1].credit for borrower in self.actors]
        actor = next((i % 10 for i in range(actor, actor + 10) if credits[i % 10] > FIXED), actor)
        self._vault(actor, "withdraw_credit", *[self.actors[actor]] * 2)

    @rule(actor=ANYONE, borrower=ANYONE)
    def harvest(self, actor: int, borrower: int) -> None:
        self._vault(actor, "harvest", self.actors[borrower])

    @rule(actor=ANYONE, whose=st.sampled_from(("vault", "nobody")), really=NOW_AND_THEN)
    def nobodys_loan(self, actor: int, whose: str, really: bool) -> None:
        """What the vault keeps is no loan that anyone may touch."""
        if not really:
            return
        borrower = self.world.address if whose == "vault" else NOBODY
        self._vault(actor, "harvest", borrower)
        self._vault(actor, "post", 1, borrower)
        self._vault(actor, "repay", 1, borrower)
        self._vault(actor, "liquidate", borrower, 1, 0, 0, self.actors[actor])
        self._vault(actor, "liquidate_to_reserve", borrower, self.actors[actor])

    # Liquidators.

    @rule(
        actor=ANYONE,
        victim=A_BORROWER,
        part=PARTS | st.sampled_from((1_000, 3_000)),
        by_debt=st.booleans(),
        limit=st.sampled_from((0, 0, 0, 1, 2)),
        bad=HOW_BAD,
    )
    def liquidate(
        self, actor: int, victim: int, part: int, by_debt: bool, limit: int, bad: str
    ) -> None:
        """By debt or by collateral; at any price, at exactly what it costs, or for a unit less."""
        self._loans_go_bad(bad, part)
        victim = self._victim(victim)
        borrower = self.actors[victim]
        whole, held = self._owed(victim), self.model.loans[borrower].collateral
        amount = max(1, self._part(whole if by_debt else held, part))
        paid, seized = (amount, 0) if by_debt else (0, amount)
        bound = 0 if by_debt else FOREVER
        if limit:
            with self.chain.undone():
                arguments = (borrower, paid, seized, bound, self.actors[actor])
                found, _ = self.facts.vault.call(self.actors[actor], "liquidate", *arguments)
            if found:
                off = limit - 1
                bound = found[1] + off if by_debt else max(0, found[0] - off)
        self._vault(actor, "liquidate", borrower, paid, seized, bound, self.actors[actor])

    @rule(actor=ANYONE, victim=A_BORROWER, bad=HOW_BAD)
    def both_ways_equal(self, actor: int, victim: int, bad: str) -> None:
        """By debt, or by the collateral that this brings: the same, to the last unit."""
        self._loans_go_bad(bad, 500)
        borrower = self.actors[self._victim(victim)]
        pool, loan = self.model.synced(borrower)
        call, caller = self.facts.vault.call, self.actors[actor]
        arguments = (borrower, max(1, loan.whole_debt(pool) // 2), 0, 0, caller)
        with self.chain.undone():
            by_debt, _ = call(caller, "liquidate", *arguments)
        if by_debt and by_debt[1]:
            with self.chain.undone():
                back, reason = call(caller, "liquidate", borrower, 0, by_debt[1], FOREVER, caller)
            assert back == by_debt, reason

    @rule(actor=ANYONE, victim=A_BORROWER, bad=HOW_BAD, value=st.integers(0, 999))
    def liquidate_to_reserve(self, actor: int, victim: int, bad: str, value: int) -> None:
        self._loans_go_bad(bad, value)
        self._liquidate_to_reserve(actor, self._victim(victim))

    @rule(actor=A_BORROWER)
    def dust_is_lost(self, actor: int) -> None:
        """A debt of a satoshi goes bad: what the vault keeps for that closes nothing."""
        if self.name == "any-value":
            self._revalue(1_000 * ONE)
            self._borrow_anew(actor, 500)
            self._vault(actor, "repay", max(0, self._owed(actor) - 1), self.actors[actor])
            self._revalue(0)
            self._liquidate_to_reserve(THE_ATTACKER, actor)

    @rule(actor=ANYONE, victim=A_BORROWER, most=st.integers(0, 15))
    def dust_in_the_reserve(self, actor: int, victim: int, most: int) -> None:
        """Next to nothing is paid for tokens that are owed much: the vault keeps some of them."""
        if self.name == "any-value":
            self._borrow_anew(victim, 1_000)
            self._leave_dust(most)
            self._liquidate_to_reserve(actor, self._victim(victim))

    @rule(actor=ANYONE, to=st.sampled_from(("nobody", "vault")), which=st.integers(0, 7))
    def to_a_wrong_receiver(self, actor: int, to: str, which: int) -> None:
        receiver = NOBODY if to == "nobody" else self.world.address
        debtor, holder = self._debtor(actor), self._holder(actor)
        borrower = self.actors[debtor]
        victim = self.actors[self._victim(actor)]
        function, caller, args = (
            ("deposit", actor, (1_000, receiver)),
            ("redeem", holder, (1_000, receiver, self.actors[holder])),
            ("transfer", holder, (receiver, 1)),
            ("borrow", debtor, (self._can_lend(debtor), receiver, borrower)),
            ("withdraw_collateral", debtor, (1, receiver, borrower)),
            ("close", debtor, (receiver, borrower)),
            ("liquidate", actor, (victim, 1, 0, 0, receiver)),
            ("liquidate_to_reserve", actor, (victim, receiver)),
        )[which]
        self._vault(caller, function, *args)

    @rule(actor=ANYONE, borrower=A_BORROWER, really=NOW_AND_THEN)
    def without_end(self, actor: int, borrower: int, really: bool) -> None:
        """The largest numbers: refused for what they are, or all that there is."""
        if not really:
            return
        account, victim = self.actors[actor], self.actors[borrower]
        for function in ("deposit", "mint"):
            self._vault(actor, function, FOREVER, account)
        for function in ("withdraw", "redeem"):
            self._vault(actor, function, FOREVER, account, account)
        self._vault(actor, "transfer", victim, FOREVER)
        self._vault(actor, "post", FOREVER, victim)
        self._vault(actor, "liquidate", victim, FOREVER, FOREVER, 0, account)
        self._vault(actor, "liquidate", victim, 0, 0, 0, account)

    @rule(
        actor=st.sampled_from((THE_GUARDIAN, THE_GUARDIAN, THE_ATTACKER)),
        deposits=NOW_AND_THEN,
        loans=NOW_AND_THEN,
    )
    def stop(self, actor: int, deposits: bool, loans: bool) -> None:
        self._vault(actor, "stop", int(deposits), int(loans))

    # What happens to the token, and to what it is worth.

    @rule(actor=ANYONE, kind=st.sampled_from(("all", "all", "part", "gift", "dust")))
    def deliver(self, actor: int, kind: str) -> None:
        self._token(actor, "accrue")
        owed = -(-self.facts.token.read("owed")[0] // EXACT)
        amount = {"all": FOREVER, "part": owed // 3 + 1, "gift": owed + 1_000, "dust": 1}[kind]
        self._token(actor, "deliver", amount)

    @rule(actor=ANYONE, kind=st.sampled_from(sorted(DAYS)), count=st.integers(1, 3))
    def days_are_delivered(self, actor: int, kind: str, count: int) -> None:
        for _ in range(count):
            self._pass_day(kind)
            self._token(actor, "accrue")
            self._token(THE_ISSUER, "deliver", FOREVER)

    @rule(actor=ANYONE, function=st.sampled_from(("accrue", "checkpoint", "cover")))
    def poke_the_token(self, actor: int, function: str) -> None:
        self._token(actor, function)

    @rule(actor=ANYONE)
    def claim_for_the_vault(self, actor: int) -> None:
        self._token(actor, "claim", self.world.address)

    @rule(actor=ANYONE, times=st.integers(1, 12))
    def touch_the_vault(self, actor: int, times: int) -> None:
        """Each time the token cuts what the vault has earned to 2^-32 satoshi."""
        address = self.world.address
        for _ in range(times):
            self.chain.now += 13
            self._token(actor, "transferFrom", address, address, 0)

    @rule(actor=A_BORROWER, part=PARTS)
    def redeem_tokens(self, actor: int, part: int) -> None:
        tokens = self._part(self.facts.token.read("balanceOf", self.actors[actor])[0], part)
        self._token(actor, "redeem", tokens, 0, self.actors[actor])

    @rule(actor=ANYONE, amount=TOKENS)
    def mint_tokens(self, actor: int, amount: int) -> None:
        self._buy(actor, amount)

    @rule(actor=ANYONE, amount=st.sampled_from((1, 10**4, 10**6)))
    def fund_reserve(self, actor: int, amount: int) -> None:
        self._token(actor, "fund_reserve", amount)

    @rule(part=PARTS)
    def withdraw_reserve(self, part: int) -> None:
        """The issuer takes of its reserve what it need not hold."""
        found, _ = self.facts.token.view("backing")
        if found:
            _, _, reserve, supply, owed, _, left, unit, *_ = found
            each = -(-self.issuance.terms["ratio"] * left * unit // ONE)
            most = reserve - -(-owed // EXACT) - -(-supply * each // EXACT)
            self._token(THE_ISSUER, "withdraw_reserve", self._part(max(0, most), part))

    @rule(actor=ANYONE, what=st.sampled_from(("sats", "tokens")), amount=st.integers(1, 10**6))
    def give_to_the_vault(self, actor: int, what: str, amount: int) -> None:
        """L6, L11: what comes unasked moves nothing."""
        address = self.world.address
        before = self._everything()
        if what == "sats":
            assert self.facts.btc.call(self.actors[actor], "transfer", address, amount)[1] is None
            self.given_sats += amount
            self._look_at_balances()
        else:
            held = self.facts.token.read("balanceOf", self.actors[actor])[0]
            if self._token(actor, "transfer", address, min(amount, held)):
                self.given_tokens += min(amount, held)
        assert self._everything() == before

    @rule(
        value=st.sampled_from((0, 1, ONE, 10**3 * ONE, 1_500 * ONE, 10**6 * ONE)),
        payout=st.sampled_from((0, 1, 500, 1_000, 1_500)),
        most=st.sampled_from((FOREVER, FOREVER, 0, 700 * ONE)),
        streaming=st.sampled_from((0, 0, 1, 100 * ONE)),
        standing=st.sampled_from((0, 0, 0, 0, 1, 2, 4)),
    )
    def revalue(self, value: int, payout: int, most: int, streaming: int, standing: int) -> None:
        """Where tests say what a token is worth: anything."""
        if self.name == "any-value":
            self._revalue(value, value * payout // 1_000, most, streaming, standing)

    # Time.

    @rule(seconds=st.sampled_from((1, 2, 59, 3_600, 20_011, DAY // 2, DAY)))
    def wait(self, seconds: int) -> None:
        self.chain.now += seconds

    @rule(days=st.sampled_from((4, 5, 14, 29, 31, 90)), really=SELDOM)
    def index_stands_still(self, days: int, really: bool) -> None:
        if really:
            self.chain.now += days * DAY + days

    @rule(kind=st.sampled_from((*DAYS, *["normal"] * 4)))
    def a_day_passes(self, kind: str) -> None:
        self._pass_day(kind)

    @rule(kind=st.sampled_from(("below-cost", "halved")), count=st.integers(3, 15))
    def hashprice_crashes(self, kind: str, count: int) -> None:
        for _ in range(count):
            self._pass_day(kind)

    @rule(kind=st.sampled_from(sorted(DAYS)))
    def index_catches_up(self, kind: str) -> None:
        self._catch_up(kind)

    @rule(actor=ANYONE, more=st.integers(0, 3))
    def nobody_pays(self, actor: int, more: int) -> None:
        """Debts fall due, and the grace goes by."""
        for _ in range(2 + more):
            self._pass_day("normal")
        self._token(actor, "accrue")
        self.chain.now += self.issuance.terms["grace"] + 1
        self._catch_up("normal")


class ForwardedMachine(VaultMachine):
    forwarded = True
    met: ClassVar[Counter[tuple[str, str]]] = Counter()
    seen: ClassVar[Counter[str]] = Counter()


CALLS = (
    "approve",
    "authorize",
    "borrow",
    "close",
    "collect_fees",
    "deposit",
    "harvest",
    "liquidate",
    "liquidate_to_reserve",
    "mint",
    "post",
    "redeem",
    "repay",
    "repay_all",
    "stop",
    "transfer",
    "transferFrom",
    "withdraw",
    "withdraw_collateral",
    "withdraw_credit",
)


def _go_bad(world: type[VaultMachine], ending: int) -> None:
    """Have loans go bad, each in its way, where chance might not."""
    machine = world()
    machine.start([3 * 10**6, 10**5, 4 * 10**7], [400 * ONE] * 3, [1_000] * 3, 0, ending)
    machine.check()
    machine.teardown()


@pytest.mark.parametrize("machine", [VaultMachine, ForwardedMachine])
def test_vault__random_operations__equals_the_model(machine: type[VaultMachine]) -> None:
    machine.met.clear()
    machine.seen.clear()
    deep = settings().max_examples >= 1_000
    examples, steps = (20, 60) if deep else (6, 40)
    chosen = settings(max_examples=examples, stateful_step_count=steps)
    for number, name in enumerate(STARTS):
        world = type(machine.__name__, (machine,), {"name": name})
        for ending in range(3):
            _go_bad(world, ending)
        # Without a number of its own each world would see the same operations.
        run_state_machine_as_test(
            world if deep else seed(number + 10 * machine.forwarded)(world), settings=chosen
        )
    met, seen = machine.met, machine.seen
    assert met.total() >= 300 * examples, f"only {met.total()} calls compared"
    assert min(met[call, ""] for call in CALLS) >= examples // 2, f"too few succeeded: {met}"
    went_bad = min(seen[kind] for kind in ("bad debt", "redeemed", "kept"))
    assert went_bad >= examples // 3, f"too little went bad: {seen}"
    assert len(met) >= 70, f"too few reasons: {met}"
