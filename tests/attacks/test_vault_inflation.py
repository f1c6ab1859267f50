"""Inflation of the share price of an empty market: a first lender makes each share so dear that
what a later lender's deposit is rounded by is worth taking.

Gifts do not count, and a million shares that nobody owns stand against the first satoshi: the
attacker loses, and a victim less than a millionth of what it lends.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, ISSUER, STRANGER
from tests.support.lending import (
    ATTACKER,
    BORROWER,
    FEE_RECEIVER,
    FIXED,
    GUARDIAN,
    LENDER,
    LIQUIDATOR,
    ONE,
    VIRTUAL_SHARES,
    Lending,
)
from tests.support.micro_operations import MicroOperations, share_price
from tests.support.relay import refused

VICTIMS = (10**6, 10**8, 10**10)
"""Satoshi that somebody lends: from a hundredth of a bitcoin to a hundred."""


def _give(lending: Lending, amount: int) -> None:
    with lending.chain.acting_as(ATTACKER):
        lending.chain.send("BitcoinDouble", lending.btc, "transfer", lending.address, amount)


def _lend_and_leave(lending: Lending, amount: int) -> int:
    """Lend as the victim, and take everything out again; say what that lost."""
    before = lending.sats(LENDER)
    lending.send(LENDER, "deposit", amount, LENDER)
    lending.send(LENDER, "redeem", lending.read("maxRedeem", LENDER), LENDER, LENDER)
    return before - lending.sats(LENDER)


@pytest.mark.parametrize("amount", VICTIMS)
@pytest.mark.parametrize("gift", [1, 10**6, 10**10])
def test_vault_inflation__gift_to_a_first_share__changes_nothing(amount: int, gift: int) -> None:
    lending = Lending("double")
    lending.send(ATTACKER, "mint", 1, ATTACKER)
    price = share_price(lending)
    _give(lending, gift)
    assert share_price(lending) == price
    assert _lend_and_leave(lending, amount) <= 1 < Fraction(amount, 10**5)
    # The gift is gone.
    assert lending.read("maxWithdraw", ATTACKER) <= 1


@pytest.mark.parametrize("amount", VICTIMS)
@pytest.mark.parametrize("shares", [1, VIRTUAL_SHARES + 1, 7 * VIRTUAL_SHARES - 3])
def test_vault_inflation__roundings_of_2000_trips__cost_the_attacker_more(
    shares: int, amount: int
) -> None:
    """Each leaves what it was rounded by: to the one share that stays, and to nobody's million."""
    lending = Lending("double")
    attacker = MicroOperations(lending, tokens=0)
    me = attacker.address
    before = lending.sats(me)
    attacker.repeat(1, ("mint", 1, me))
    attacker.repeat(2_000, ("mint", shares, me), ("redeem", shares, me, me))
    spent = before - lending.sats(me)
    assert share_price(lending) <= Fraction(spent + 1, VIRTUAL_SHARES)
    assert _lend_and_leave(lending, amount) <= 1 < Fraction(amount, 10**5)
    most = lending.read("maxRedeem", me)
    if most != 0:
        attacker.repeat(1, ("redeem", most, me, me))
    assert before - lending.sats(me) >= spent // 2 >= (1_000 if shares == 1 else 0)


def _given_to_kept_tokens(lent: int, borrowed: int, gift: int) -> Lending:
    """Have an issuer borrow its own satoshi against tokens that become worthless and are kept, and
    then deliver.
    """
    lending = Lending("double", min_borrow=0)
    with lending.chain.acting_as(ATTACKER):
        lending.chain.send("BitcoinDouble", lending.btc, "approve", lending.token, 2**255)
    lending.set_worth(1_000 * ONE)
    lending.lend(lent, ATTACKER)
    lending.issuance.mint(BUYER, 9_000, ATTACKER)
    lending.send(ATTACKER, "post", 9_000 * ONE, ATTACKER)
    lending.borrow(borrowed, ATTACKER)
    lending.set_worth(0)
    lending.send(ATTACKER, "liquidate_to_reserve", ATTACKER, ATTACKER)
    with lending.chain.acting_as(ATTACKER):
        lending.chain.send("HashrateToken", lending.token, "deliver", gift)
    lending.chain.now += DAY
    return lending


@pytest.mark.parametrize("gift", [10**6, 3 * 10**9])
def test_vault_inflation__rewards_of_kept_tokens__find_no_victim(gift: int) -> None:
    """The one gift that counts. A share is dear then, and nobody can be made to buy one."""
    lending = _given_to_kept_tokens(1_001, 1_000, gift)
    assert Fraction(gift, 2 * 10**9) < share_price(lending) < gift
    for amount in VICTIMS:
        with refused("vault: closed by a loss"):
            lending.lend(amount)
    before = lending.sats(ATTACKER)
    most = lending.read("maxRedeem", ATTACKER)
    lending.send(ATTACKER, "redeem", most, ATTACKER, ATTACKER)
    assert lending.sats(ATTACKER) - before < gift


@pytest.mark.parametrize("gift", [10**6, 3 * 10**9])
def test_vault_inflation__tokens_kept_for_less_than_1000_satoshi__raise_no_price(
    gift: int,
) -> None:
    lending = _given_to_kept_tokens(1_000, 999, gift)
    assert share_price(lending) <= Fraction(1, 10**6)
    for amount in VICTIMS:
        assert _lend_and_leave(lending, amount) <= 1


@pytest.mark.parametrize("gift", [10**6, 3 * 10**9])
def test_vault_inflation__kept_tokens_whose_lenders_left__cost_the_attacker_all_of_it(
    gift: int,
) -> None:
    """Who lends first then buys of nobody: what was given is of the shares that nobody owns."""
    lending = Lending("double")
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6, ATTACKER)
    lending.issuance.mint(BUYER, 9_000, ATTACKER)
    lending.send(ATTACKER, "post", 9_000 * ONE, ATTACKER)
    lending.borrow(10**6, ATTACKER)
    lending.set_worth(0)
    lending.send(ATTACKER, "liquidate_to_reserve", ATTACKER, ATTACKER)
    lending.send(ATTACKER, "redeem", lending.shares(ATTACKER), ATTACKER, ATTACKER)
    lending.issuance.send(STRANGER, "deliver", gift)
    lending.chain.now += DAY
    price = share_price(lending)
    assert price > Fraction(gift, 10**6) * 99 // 100
    for amount in VICTIMS:
        if amount > 2 * price:
            with lending.undone():
                assert _lend_and_leave(lending, amount) <= price + 1 < Fraction(gift, 10**5)


def test_vault_inflation__interest_on_a_few_satoshi__does_not_make_a_share_dear() -> None:
    """At the highest rate for years, the attacker owing itself."""
    lending = Lending("double", rate=2 * ONE, min_borrow=0)
    lending.set_worth(10**6 * ONE)
    lending.send(ATTACKER, "deposit", 2, ATTACKER)
    lending.post(10, ATTACKER)
    lending.borrow(2, ATTACKER)
    lending.chain.now += 2 * 365 * DAY
    assert lending.debt(ATTACKER) > 1_000 * FIXED
    for amount in VICTIMS:
        with lending.undone():
            assert _lend_and_leave(lending, amount) <= 1


def _lose_all(lending: Lending, amount: int) -> None:
    """Lend as the attacker, borrow it, and have all of it but a satoshi lost."""
    lending.set_worth(10**12 * ONE)
    lending.lend(amount, ATTACKER)
    lending.post(1, BORROWER)
    lending.borrow(amount)
    lending.set_worth(2)
    lending.send(LIQUIDATOR, "liquidate", BORROWER, amount, 0, 0, LIQUIDATOR)


@pytest.mark.parametrize("amount", VICTIMS)
def test_vault_inflation__after_everything_was_lost__the_next_lender_is_whole(amount: int) -> None:
    """Old shares are worth nothing then, and take nothing of what is lent anew."""
    lending = Lending("double")
    _lose_all(lending, 10**8)
    assert lending.read("totalAssets") == 1
    assert _lend_and_leave(lending, amount) <= 1
    lending.lend(amount)
    assert lending.read("convertToAssets", lending.shares(ATTACKER)) <= 2
    assert lending.read("maxWithdraw", LENDER) in (amount - 1, amount)


def test_vault_inflation__shares_that_fill_up__lock_nobody_in() -> None:
    """Each whole loss of the attacker's own satoshi, which cost it nothing but tokens, multiplies
    the shares that a satoshi buys. The last that fit are bought, and fees would add to them."""
    lending = Lending("double")
    for lost in (10**9, 10**9, 10**4):
        _lose_all(lending, lost)
    pool = lending.pool()
    fitting = int((2**120 - 1 - pool.shares) * share_price(lending))
    assert fitting > 10**8
    victim = fitting - 1_000
    lending.set_worth(1_000 * ONE)
    lending.lend(victim, LENDER)
    lending.post(1_000, BORROWER)
    lending.borrow(800_000, BORROWER)
    lending.lend(1_000, ATTACKER)
    lending.chain.now += 300 * DAY
    assert lending.pool().shares > 2**120 * 999_999 // 10**6
    lending.send(STRANGER, "collect_fees")
    lending.send(BORROWER, "close", BORROWER, BORROWER)
    before = lending.sats(LENDER)
    lending.send(LENDER, "redeem", lending.shares(LENDER), LENDER, LENDER)
    assert lending.sats(LENDER) >= before + victim - 3


@pytest.mark.parametrize("amount", VICTIMS)
def test_vault_inflation__first_lender_that_was_front_run__has_its_shares(amount: int) -> None:
    lending = Lending("double")
    fair = lending.read("previewDeposit", amount)
    for deposit in (1, 10**3, 10**9):
        with lending.undone():
            lending.lend(deposit, ATTACKER)
            _give(lending, amount)
            got = lending.read("previewDeposit", amount)
            assert fair == got == amount * VIRTUAL_SHARES


def test_vault_inflation__stop_and_fees_collected__move_no_share_price() -> None:
    """Interest accrues first: what changes then was there already."""
    lending = Lending("double")
    lending.set_worth(10**4 * ONE)
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow(900_000)
    lending.chain.now += 200 * DAY + 1
    for _ in range(3):
        lending.chain.now += 17 * DAY
        price, pool = share_price(lending), lending.pool()
        for actor, function, arguments in (
            (GUARDIAN, "stop", (True, False)),
            (STRANGER, "collect_fees", ()),
            (GUARDIAN, "stop", (False, True)),
            (STRANGER, "collect_fees", ()),
            (GUARDIAN, "stop", (False, False)),
        ):
            lending.send(actor, function, *arguments)
            assert share_price(lending) == price
        assert lending.pool() == pool._replace(till=0)
    assert lending.shares(FEE_RECEIVER) > 0


def test_vault_inflation__interest_that_nobody_stored__is_in_the_price_of_who_comes() -> None:
    """Who lends just before a call that would store it gets none of it."""
    lending = Lending("double")
    lending.set_worth(10**4 * ONE)
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow(900_000)
    lending.chain.now += 300 * DAY
    before = lending.sats(ATTACKER)
    lending.send(ATTACKER, "deposit", 10**9, ATTACKER)
    lending.send(GUARDIAN, "stop", False, False)
    lending.send(STRANGER, "collect_fees")
    lending.send(ATTACKER, "redeem", lending.shares(ATTACKER), ATTACKER, ATTACKER)
    assert before - 1 <= lending.sats(ATTACKER) <= before
    assert lending.issuance.read("owner") == ISSUER
