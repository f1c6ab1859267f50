"""Both valuations against fractions: standings of every kind, and the lives of random issuances.

The fractions say, to the last unit, what is covered and what a token is worth; the sum over the
block-days still to come is compared with one that counts them day by day to fifty digits. In the
lives no act of an issuer, and nobody else's, takes anything from what is covered.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from fractions import Fraction
from functools import cache
from math import floor

import pytest
from hypothesis import settings

from terahash.chain import ChainError
from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, ISSUER, ONE, SAT, START, STRANGER
from tests.support.revm_chain import RevmChain
from tests.support.standing_double import StandingDouble
from tests.support.token_model import Agreed, Refused
from tests.support.value_model import (
    DAY_BLOCKS,
    HALVING_BLOCKS,
    RAY,
    Rules,
    Standing,
    Worth,
    covered,
    decayed,
    delivery,
    expected,
    longest_cut,
    rounded,
)
from tests.support.valuing import COVERED, DELIVERY, Valued

HALVINGS = [HALVING_BLOCKS * k // DAY_BLOCKS for k in range(1, 9)]
LONGEST_TERM, LONGEST_ERA = 1_500, 1_456
UINT_88, UINT_64 = 2**88 - 1, 2**64 - 1
DECAYS = (ONE, ONE - 1, 9_999 * ONE // 10_000, 999 * ONE // 1_000, 99 * ONE // 100, 9 * ONE // 10)


def _is_deep() -> bool:
    return settings().max_examples >= 1_000


def _seed(usual: int) -> int:
    return secrets.randbits(64) if _is_deep() else usual


# Standings that need not have come about.


def _size(dice: random.Random, most: int) -> int:
    """Pick dust as often as much, and the ends."""
    pick = dice.random()
    if pick < 0.08:
        return 0 if pick < 0.05 else most
    return min(most, dice.getrandbits(dice.randrange(1, most.bit_length() + 1)))


def _terms(dice: random.Random) -> Agreed:
    return Agreed(
        first=102,
        last=144,
        cost=dice.choice((0, 5 * ONE, 49 * ONE, _size(dice, 10**27))),
        fee=dice.choice((0, ONE // 50, ONE // 2, _size(dice, ONE // 2))),
        ratio=dice.choice((ONE // 100, ONE // 4, ONE, 1 + _size(dice, ONE - 1))),
        reference=dice.choice((1, 10 * ONE, 1 + _size(dice, 10**27 - 1))),
        exit_fee=dice.choice((0, ONE // 100, ONE // 10, _size(dice, ONE // 10))),
        grace=3 * DAY,
    )


def _rules(dice: random.Random) -> Rules:
    return Rules(
        stress=dice.choice((ONE // 10, 8 * ONE // 10, ONE, dice.randint(ONE // 10, ONE))),
        decay=dice.choice((*DECAYS, dice.randint(9 * ONE // 10, ONE))),
        phi=dice.choice((0, ONE // 4, ONE, dice.randint(0, ONE))),
    )


def _standing(dice: random.Random, terms: Agreed) -> Standing:
    """Make up how a token and its index may stand, at any size that their storage can hold."""
    closed = max(3, dice.choice(HALVINGS[:7]) + dice.randint(-5, 3) * dice.choice((1, 1, 300)))
    ahead = dice.choice((0, 0, dice.randrange(3_000)))
    left = dice.choice((0, 1, 5, 42, dice.randrange(LONGEST_TERM + 1)))
    hashprice = dice.choice((50 * ONE, dice.randrange(100 * ONE), _size(dice, 10**27)))
    last, mean3, mean14 = (hashprice * dice.randint(50, 150) // 100 for _ in range(3))
    unit = max(terms.reference, _net(terms, last), _net(terms, mean14))
    supply = dice.choice((1_000 * ONE, ONE, ONE - 1, 1, 0, _size(dice, UINT_88)))
    reserve = _size(dice, UINT_64) if dice.random() < 0.7 else supply * left * unit // SAT // 3
    owed = _size(dice, 2**192 - 1)
    if dice.random() < 0.7:
        owed = supply * unit * dice.randrange(4) * dice.choice((1, left)) // dice.choice((1, 3, 7))
    is_dead = left > 0 and dice.random() < 0.15
    end = START + dice.randrange(10**8)
    lags = (0, 1, DAY - 1, DAY, 3 * DAY, 4 * DAY, 4 * DAY + 1, 25 * DAY, -7_200)
    lag = dice.randint(30 * DAY + 1, 10**8) if is_dead else dice.choice(lags)
    required = -(-terms.ratio * left * unit // ONE)
    owed = min(owed, 2**192 - 1)
    return Standing(
        now=end + lag,
        index=_size(dice, UINT_64),
        ahead=_size(dice, 2**50),
        reserve=min(reserve, UINT_64),
        supply=supply,
        owed=owed,
        day=closed + 1 + ahead,
        left=left,
        unit=unit,
        is_overdue=owed >= SAT and dice.random() < 0.2,
        is_short=max(0, reserve * SAT - owed) < supply * required,
        is_dead=is_dead,
        closed=closed,
        end=end,
        last=last,
        mean3=mean3,
        mean14=mean14,
    )


def _net(terms: Agreed, hashprice: int) -> int:
    return max(0, hashprice * (ONE - terms.fee) // ONE - terms.cost)


def _delivery(terms: Agreed, at: Standing, rules: Rules) -> Worth | str:
    try:
        return delivery(terms, at, rules)
    except Refused as error:
        return str(error)


def _asked(double: StandingDouble) -> Worth | str | None:
    try:
        return double.worth(DELIVERY)
    except ChainError as error:
        return error.reason


def test_assess__standings_of_every_kind_and_size__equal_the_fractions() -> None:
    """None is so large that arithmetic fails, and no loan is healthier than what it is lent on."""
    dice = random.Random(_seed(7))
    seen: Counter[str] = Counter()
    chain = RevmChain(START)
    for _ in range(1_000 if _is_deep() else 120):
        terms, rules = _terms(dice), _rules(dice)
        double = StandingDouble(terms, rules, chain)
        for _ in range(25):
            at = _standing(dice, terms)
            double.stand(at)
            cash, promise = double.worth(COVERED), _asked(double)
            assert cash == covered(terms, at), (terms, at)
            assert promise == _delivery(terms, at, rules), (terms, rules, at)
            seen["covered"] += cash.covered > 0
            if isinstance(promise, str):
                seen[promise] += 1
                continue
            assert cash.covered == promise.covered <= promise.most <= promise.value
            assert promise.most == cash.covered or not promise.is_stopped
            seen["beyond"] += promise.value > promise.covered
            seen["lent beyond"] += promise.most > promise.covered
            seen["short"] += at.is_short and promise.value > promise.covered
            seen["dust"] += 0 < at.supply < ONE
    assert min(seen.values()) > seen["covered"] // 100, seen


# The sum over the block-days still to come.


@cache
def _sums(decay: int) -> StandingDouble:
    """A token that owes what its days bring, at a hashprice as it is."""
    free = Agreed(first=2, last=9, cost=0, fee=0, ratio=ONE, reference=1, exit_fee=0, grace=0)
    return StandingDouble(free, Rules(stress=ONE, decay=decay, phi=ONE))


def _coming(days: int, closed: int = HALVINGS[0] + 1, away: int = 0, price: int = ONE) -> Standing:
    """So many block-days of a term that begins in so many, and nothing else."""
    day, end = closed + 1 + away, START
    window = (closed, end, price, price, price)
    return Standing(end, 0, 0, 0, ONE, 0, day, days, 1, False, False, False, *window)


@pytest.mark.parametrize("decay", DECAYS)
def test_expected__terms_of_every_length__below_exact_by_less_than_is_said(decay: int) -> None:
    double, rules = _sums(decay), Rules(stress=ONE, decay=decay)
    terms = Agreed(first=2, last=9, cost=0, fee=0, ratio=ONE, reference=1, exit_fee=0, grace=0)
    lengths = range(LONGEST_ERA + 1) if _is_deep() else (*range(40), *range(40, 1_457, 59))
    for days in lengths:
        at = _coming(days, price=10**45)  # 10^-27 of a day shows
        double.stand(at)
        value = double.worth(DELIVERY).value
        exact = expected(terms, at, rules)
        assert 0 <= exact - value < Fraction(days * days * 10**45, RAY) + 2, days
        if decay == ONE:
            assert value == days * 10**45


def test_expected__terms_far_away_and_over_two_halvings__within_the_cut() -> None:
    dice = random.Random(_seed(11))
    eras: Counter[int] = Counter()
    for _ in range(1_200 if _is_deep() else 150):
        decay = dice.choice(DECAYS)
        terms = Agreed(2, 9, 0, 0, ONE, 1, 0, 0)
        rules = Rules(stress=ONE, decay=decay)
        closed = HALVINGS[dice.randrange(5)] + dice.randint(-40, 1)
        away = dice.choice((0, 0, 1, dice.randrange(5_000)))
        at = _coming(dice.randint(1_450, LONGEST_TERM), closed, away, price=10**24)
        _sums(decay).stand(at)
        value = _sums(decay).worth(DELIVERY).value
        exact = expected(terms, at, rules)
        assert 0 <= exact - value < longest_cut(at, rules)
        assert value == rounded(terms, at, rules)
        begin, end = (
            sum(halving <= day for halving in HALVINGS) for day in (at.day, at.day + at.left - 1)
        )
        eras[end - begin] += 1
    assert eras[0] + eras[1] + eras[2] == eras.total() and min(eras[1], eras[2]) > 20, eras


@pytest.mark.parametrize("decay", DECAYS)
def test_decayed__any_number_of_days__below_exact_by_less_than_is_said(decay: int) -> None:
    """Of the rounding that `rounded` shares with the contract: n^2 and n units of 10^-27."""
    dice, share = random.Random(_seed(3)), Fraction(decay, ONE)
    assert decayed(0, decay) == (0, RAY)
    assert decayed(1, decay) == (RAY, decay * RAY // ONE)
    for days in (2, 3, *(dice.randint(4, LONGEST_TERM) for _ in range(12))):
        annuity, factor = decayed(days, decay)
        last = share**days
        whole = (1 - last) / (1 - share) if decay < ONE else days
        assert 0 <= whole * RAY - annuity < days * days
        assert 0 <= last * RAY - factor < days


# Lives of issuances.

ACTS = ("wait", "close", "mint", "deliver", "cover", "fund", "withdraw", "redeem", "accrue")
OFTEN = (3, 6, 2, 2, 4, 2, 4, 2, 3)

CUT = 3 * 10**9 + 2
"""What a token's stream may queue instead, satoshi x 10^18: its speed is cut to 2^-16 a second and
its growth to a whole unit of the index, and both quotients by the supply are."""


class Life:
    """One random issuance, whose valuations are asked before and after whatever happens to it."""

    def __init__(self, seed: int, seen: Counter[str]) -> None:
        self.dice = dice = random.Random(seed)
        self.seed, self.seen = seed, seen
        term = dice.choice((7, 42, 42, 200, LONGEST_TERM))
        first_day = dice.choice((100, HALVINGS[3] - dice.randrange(2, 30)))
        self.start = dice.choice((2, 2, 2, dice.randrange(3, 90)))
        terms = {
            "first": first_day + self.start,
            "last": first_day + self.start + term,
            "cost": dice.choice((0, 5, 30, 45)) * ONE,
            "fee": dice.choice((0, ONE // 50)),
            "ratio": dice.choice((ONE // 10, ONE // 4, ONE)),
            "reference": dice.choice((ONE // 1_000, ONE, 10 * ONE)),
            "exit_fee": dice.choice((0, ONE // 100, ONE // 10)),
            "grace": dice.choice((3_600, 3_600, 3 * DAY, 30 * DAY)),
        }
        self.price = 50 * ONE
        self.valued = Valued(first_day, _rules(dice), price=60 * ONE, **terms)
        self.act("mint")

    def run(self, steps: int) -> None:
        before = self.valued.check()
        for _ in range(steps):
            (act,) = self.dice.choices(ACTS, OFTEN)
            self.seen[act] += self.act(act)
            after = self.valued.check()
            self.compare(act, before, after)
            before = after
            if self.dice.random() < 0.3:
                self.redeemed()

    def act(self, act: str) -> bool:
        """Do something, if the token lets it be done."""
        valued, dice = self.valued, self.dice
        if act == "wait":
            valued.chain.now += dice.choice((60, 3_600, DAY, DAY, 3 * DAY, 5 * DAY, 31 * DAY))
            return True
        if act == "close":
            return self.close()
        calls = {
            "mint": (
                BUYER,
                "mint",
                dice.randint(1, 3_000) * ONE // dice.choice((1, 1, 7)),
                2**255,
                HOLDER,
            ),
            "deliver": (ISSUER, "deliver", dice.choice((2**256 - 1, 1, dice.randrange(10**6)))),
            "cover": (STRANGER, "cover"),
            "fund": (
                ISSUER,
                "fund_reserve",
                dice.choice((1, 10**5, 10**7, dice.randrange(1, 10**9))),
            ),
            "redeem": (
                HOLDER,
                "redeem",
                1 + dice.randrange(valued.read("balanceOf", HOLDER) + 1),
                0,
                HOLDER,
            ),
            "accrue": (STRANGER, "accrue"),
        }
        if act == "withdraw":
            most = self.withdrawable()
            calls["withdraw"] = (ISSUER, "withdraw_reserve", most)
            if not most:
                return False
        actor, function, *args = calls[act]
        try:
            valued.send(actor, function, *args)
        except ChainError as error:
            assert error.reason and error.reason.startswith("token: "), (self.seed, error)
            return False
        return True

    def close(self) -> bool:
        """Let the index close days that have passed, or one that passes now."""
        valued, dice = self.valued, self.dice
        self.price = max(0, self.price * dice.choice((100, 100, 104, 97, 110, 50)) // 100)
        if self.price < 5 * ONE:
            self.price = 60 * ONE
        end = valued.standing().end
        if valued.chain.now - end < DAY:
            valued.chain.now = max(valued.chain.now, end + DAY)
        for _ in range(min(dice.choice((1, 1, 40)), (valued.chain.now - end) // DAY)):
            valued.close(self.price)
        return True

    def withdrawable(self) -> int:
        """Say the most that the issuer may withdraw; a satoshi more is refused."""
        valued = self.valued
        most = valued.withdrawable()
        if valued.read("totalSupply"):
            with pytest.raises(ChainError):
                valued.send(ISSUER, "withdraw_reserve", most + 1)
        return most

    def compare(
        self, act: str, before: dict[str, Worth | str | None], after: dict[str, Worth | str | None]
    ) -> None:
        """What is covered falls with time and with block-days that close, and with nothing else."""
        old, new = before[COVERED], after[COVERED]
        if act in ("wait", "close") or not isinstance(old, Worth) or not isinstance(new, Worth):
            return
        supply = self.valued.read("totalSupply")
        if not supply:
            return
        if act == "withdraw":
            assert (old.covered, old.streaming) == (new.covered, new.streaming), self.seed
            self.seen["payout fell"] += new.payout < old.payout
        elif supply >= ONE:
            assert new.covered >= old.covered - CUT, (self.seed, act, old, new)
            self.seen["covered grew"] += new.covered > old.covered

    def redeemed(self) -> None:
        """What a token's redemption pays is what the token says, short of a satoshi."""
        valued, dice = self.valued, self.dice
        worth = self.valued.check()[COVERED]
        supply = valued.read("totalSupply")
        if not isinstance(worth, Worth) or not supply:
            return
        amount = 1 + dice.randrange(supply)
        priced = Fraction(amount * worth.payout, SAT)
        try:
            paid = valued.read("preview_redeem", amount)
        except ChainError as error:
            assert error.reason == "token: nothing to redeem", self.seed
            paid = 0
        assert floor(priced) <= paid, (self.seed, priced, paid)
        assert paid <= priced + Fraction(2 * amount, SAT), (self.seed, priced, paid)
        self.seen["paid"] += paid > 0


def test_assess__lives_of_random_issuances__equal_the_fractions_and_nothing_covered_is_lost() -> (
    None
):
    seen: Counter[str] = Counter()
    for number in range(240 if _is_deep() else 60):
        Life(_seed(number), seen).run(30)
    assert min(seen[act] for act in (*ACTS, "payout fell", "covered grew", "paid")) > 20, seen
