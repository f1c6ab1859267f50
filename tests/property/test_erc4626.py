"""The properties of ERC-4626 (EIP-4626, Final), over vaults in any state.

Twenty-six of them: E1 to E18 are what the standard says of its functions, in its order, E19 to E26
that no round trip of two calls pays. The asset has 8 decimals, the shares 14; behind each state are
loans, interest that was stored or not, fees, rewards, gifts, losses of a part or of everything, and
lenders who left.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.support.erc4626 import (
    AMOUNTS,
    LARGEST,
    MILLION,
    PARTS,
    STATES,
    Step,
    holdings,
    refuses,
    states,
)
from tests.support.issuing import STRANGER
from tests.support.lending import (
    ATTACKER,
    BORROWER,
    FIXED,
    FOREVER,
    GUARDIAN,
    LENDER,
    LENDERS,
    SECOND_LENDER,
    VIRTUAL_SHARES,
    Lending,
    Pool,
)

SENSIBLE = (0, 1, 2, 999_999, MILLION, 10**9, 21 * 10**14, 2**100)
"""Amounts of anything that no view may stumble over: among them all bitcoin."""
CALLERS = (LENDER, ATTACKER, BORROWER)
WIPED_OUT = (
    Step("lend", 0, 10**8, MILLION),
    Step("borrow", 0, 0, MILLION),
    Step("lose", 0, 0, 0),
)
KEPT = (*WIPED_OUT[:2], Step("keep", 0, 0, MILLION), Step("lend", 1, 10**6, MILLION))
NEARLY_EMPTY = (Step("lend", 0, 10**8, MILLION), Step("leave", 0, 0, MILLION - 1))
COUNTS = settings(max_examples=40 if settings().max_examples < 1_000 else 120)
SHARES = AMOUNTS.map(lambda amount: amount * VIRTUAL_SHARES + amount % 999_983)
History = Sequence[Step]


def _price(pool: Pool) -> Fraction:
    """Say how many shares a 2^-32 of a satoshi is, the virtual ones among them."""
    return Fraction(pool.shares + VIRTUAL_SHARES, pool.assets + FIXED)


def _everyones(lending: Lending, view: str, *args: Any) -> Any:
    """Read a view, and see that all callers are told the same."""
    answers = []
    for caller in CALLERS:
        with lending.chain.acting_as(caller):
            answers.append(lending.read(view, *args))
    assert answers.count(answers[0]) == len(CALLERS)
    return answers[0]


def _done(lending: Lending, actor: str, function: str, *args: Any) -> int:
    """Call, and return what the call returned."""
    returned: int = lending.asked(actor, function, *args)
    lending.send(actor, function, *args)
    return returned


def _own(lending: Lending, lender: str, part: int) -> int:
    """Take a part of the shares that a lender may redeem; skip where there are none."""
    shares: int = lending.read("maxRedeem", lender) * part // MILLION
    assume(shares != 0)
    return shares


def _own_sats(lending: Lending, lender: str, part: int) -> int:
    """Take a part of the satoshi that a lender may take out; likewise."""
    sats: int = lending.read("maxWithdraw", lender) * part // MILLION
    assume(sats != 0)
    return sats


def _room(lending: Lending, amount: int) -> int:
    """Cut an amount to what may still be lent, at least a satoshi; skip where that is nothing."""
    room: int = lending.read("maxDeposit", ATTACKER)
    assume(room != 0)
    return min(amount, room)


# E1
@COUNTS
@given(STATES)
def test_e01_asset__in_any_state__is_the_issuances_bitcoin(history: History) -> None:
    with states().after(history) as lending:
        assert _everyones(lending, "asset") == lending.btc == lending.issuance.terms["btc"]
        assert lending.chain.call("BitcoinDouble", lending.btc, "decimals") == 8
        assert lending.read("decimals") == 14


# E2
@COUNTS
@given(STATES)
@example(WIPED_OUT)
def test_e02_total_assets__in_any_state__is_cash_and_loans_with_interest(history: History) -> None:
    with states().after(history) as lending:
        pool = lending.pool()
        total = _everyones(lending, "totalAssets")
        assert total == (pool.cash + pool.lent) // FIXED
        # What a call stores changes nothing in it, nor does what was not asked for.
        lending.send(STRANGER, "collect_fees")
        assert lending.read("totalAssets") == total
        lending.chain.send("BitcoinDouble", lending.btc, "mint", lending.address, 10**9)
        assert lending.read("totalAssets") == total
        # Nor are all shares together worth more.
        supply = lending.read("totalSupply")
        assert lending.read("convertToAssets", supply) <= total
        worth = sum(lending.read("convertToAssets", lending.shares(each)) for each in LENDERS)
        assert worth <= lending.read("convertToAssets", supply) + (supply != 0)


# E3
@COUNTS
@given(STATES, AMOUNTS)
@example(WIPED_OUT, 1)
@example(NEARLY_EMPTY, 1)
def test_e03_convert_to_shares__for_anyone__rounds_down(history: History, amount: int) -> None:
    with states().after(history) as lending:
        price = _price(lending.pool())
        before = -1
        for sats in sorted((*SENSIBLE, amount)):
            shares = _everyones(lending, "convertToShares", sats)
            assert shares == sats * FIXED * price // 1
            assert before <= shares
            before = shares
            assert lending.read("convertToAssets", shares) <= sats


# E4
@COUNTS
@given(STATES, SHARES)
@example(WIPED_OUT, MILLION)
@example(NEARLY_EMPTY, MILLION)
def test_e04_convert_to_assets__for_anyone__rounds_down(history: History, amount: int) -> None:
    with states().after(history) as lending:
        pool = lending.pool()
        price = _price(pool)
        before = -1
        for shares in sorted((*SENSIBLE, amount, pool.shares, pool.shares + 1)):
            sats = _everyones(lending, "convertToAssets", shares)
            # After a loss, shares are worth a part of the satoshi that nobody paid in; not all.
            most = pool.assets if shares <= pool.shares else FOREVER
            assert sats == min(shares / price, Fraction(most)) // FIXED
            assert before <= sats
            before = sats
            assert lending.read("convertToShares", sats) <= shares


# E5
@COUNTS
@given(STATES)
@example(WIPED_OUT)
@example(KEPT)
def test_e05_max_deposit__for_anyone__can_be_lent_and_a_satoshi_more_cannot(
    history: History,
) -> None:
    with states().after(history) as lending:
        most = _everyones(lending, "maxDeposit", LENDER)
        assert {lending.read("maxDeposit", each) for each in CALLERS} == {most}
        assert refuses(lending, LENDER, "deposit", most + 1, LENDER)
        if most != 0:
            lending.send(LENDER, "deposit", most, ATTACKER)
        assert lending.read("maxDeposit", LENDER) == 0
        assert lending.pool().keeps_tokens or lending.read("totalAssets") >= LARGEST - 1
        lending.send(GUARDIAN, "stop", True, False)
        assert lending.read("maxDeposit", LENDER) == 0


# E6
@COUNTS
@given(STATES, AMOUNTS)
@example(WIPED_OUT, 7)
def test_e06_preview_deposit__for_anyone__is_what_it_then_returns(
    history: History, amount: int
) -> None:
    with states().after(history) as lending:
        sats = _room(lending, amount)
        shares = _everyones(lending, "previewDeposit", sats)
        assert shares <= sats * FIXED * _price(lending.pool())
        assert _done(lending, ATTACKER, "deposit", sats, ATTACKER) == shares
        assert lending.shares(ATTACKER) == shares
        # No cap and no stop counts for it.
        lending.send(GUARDIAN, "stop", True, True)
        for sensible in SENSIBLE:
            assert lending.read("previewDeposit", sensible) >= 0


# E7
@COUNTS
@given(STATES, AMOUNTS)
@example(WIPED_OUT, LARGEST)
def test_e07_deposit__for_another__moves_just_that(history: History, amount: int) -> None:
    with states().after(history) as lending:
        sats = _room(lending, amount)
        with lending.chain.acting_as(ATTACKER):
            lending.chain.send("BitcoinDouble", lending.btc, "approve", lending.address, sats)
        before, shares = holdings(lending), lending.read("previewDeposit", sats)
        supply, total = lending.read("totalSupply"), lending.pool().assets
        event = lending.logged(ATTACKER, "deposit", sats, SECOND_LENDER)["Deposit"]
        assert event == dict(sender=ATTACKER, owner=SECOND_LENDER, assets=sats, shares=shares)
        before[ATTACKER] = (before[ATTACKER][0] - sats, before[ATTACKER][1])
        second = before[SECOND_LENDER]
        before[SECOND_LENDER] = (second[0], second[1] + shares)
        vault = before[lending.address]
        before[lending.address] = (vault[0] + sats, vault[1])
        assert holdings(lending) == before
        assert lending.read("totalSupply") == supply + shares
        assert lending.pool().assets == total + sats * FIXED
        allowed = ("allowance", ATTACKER, lending.address)
        assert lending.chain.call("BitcoinDouble", lending.btc, *allowed) == 0
        assert refuses(lending, ATTACKER, "deposit", 1, ATTACKER)


# E8
@COUNTS
@given(STATES)
@example(WIPED_OUT)
@example(KEPT)
def test_e08_max_mint__for_anyone__can_be_minted_and_a_share_more_cannot(history: History) -> None:
    with states().after(history) as lending:
        most = _everyones(lending, "maxMint", LENDER)
        assert {lending.read("maxMint", each) for each in CALLERS} == {most}
        assert refuses(lending, LENDER, "mint", most + 1, LENDER)
        if most != 0:
            lending.send(LENDER, "mint", most, ATTACKER)
        assert lending.read("maxMint", LENDER) == 0
        lending.send(GUARDIAN, "stop", True, False)
        assert lending.read("maxMint", LENDER) == 0


# E9
@COUNTS
@given(STATES, SHARES)
@example(WIPED_OUT, 1)
def test_e09_preview_mint__for_anyone__is_what_it_then_returns(
    history: History, amount: int
) -> None:
    with states().after(history) as lending:
        _room(lending, 1)
        shares = min(amount, lending.read("maxMint", ATTACKER))
        sats = _everyones(lending, "previewMint", shares)
        assert sats * FIXED * _price(lending.pool()) >= shares
        assert sats - 1 < shares / _price(lending.pool()) / FIXED
        assert _done(lending, ATTACKER, "mint", shares, ATTACKER) == sats
        lending.send(GUARDIAN, "stop", True, True)
        for sensible in SENSIBLE:
            assert lending.read("previewMint", sensible) >= 0


# E10
@COUNTS
@given(STATES, SHARES)
@example(WIPED_OUT, 1)
def test_e10_mint__for_another__moves_just_that(history: History, amount: int) -> None:
    with states().after(history) as lending:
        _room(lending, 1)
        shares = min(amount, lending.read("maxMint", ATTACKER))
        sats = lending.read("previewMint", shares)
        with lending.chain.acting_as(ATTACKER):
            lending.chain.send("BitcoinDouble", lending.btc, "approve", lending.address, sats)
        before, supply = holdings(lending), lending.read("totalSupply")
        event = lending.logged(ATTACKER, "mint", shares, SECOND_LENDER)["Deposit"]
        assert event == dict(sender=ATTACKER, owner=SECOND_LENDER, assets=sats, shares=shares)
        before[ATTACKER] = (before[ATTACKER][0] - sats, before[ATTACKER][1])
        second = before[SECOND_LENDER]
        before[SECOND_LENDER] = (second[0], second[1] + shares)
        vault = before[lending.address]
        before[lending.address] = (vault[0] + sats, vault[1])
        assert holdings(lending) == before
        assert lending.read("totalSupply") == supply + shares
        allowed = ("allowance", ATTACKER, lending.address)
        assert lending.chain.call("BitcoinDouble", lending.btc, *allowed) == 0


# E11
@COUNTS
@given(STATES, st.sampled_from(LENDERS))
@example(WIPED_OUT, LENDER)
@example(NEARLY_EMPTY, LENDER)
def test_e11_max_withdraw__of_an_owner__can_be_taken_and_a_satoshi_more_cannot(
    history: History, owner: str
) -> None:
    with states().after(history) as lending:
        most = _everyones(lending, "maxWithdraw", owner)
        assert refuses(lending, owner, "withdraw", most + 1, owner, owner)
        before = lending.sats(owner)
        if most != 0:
            lending.send(owner, "withdraw", most, owner, owner)
        assert lending.sats(owner) == before + most
        assert lending.read("maxWithdraw", owner) == 0
        assert lending.read("maxWithdraw", ATTACKER) == 0


# E12
@COUNTS
@given(STATES, st.sampled_from(LENDERS), PARTS)
@example(NEARLY_EMPTY, LENDER, MILLION)
def test_e12_preview_withdraw__for_anyone__is_what_it_then_returns(
    history: History, owner: str, part: int
) -> None:
    with states().after(history) as lending:
        for sensible in SENSIBLE:
            assert lending.read("previewWithdraw", sensible) >= 0
        sats = _own_sats(lending, owner, part)
        shares = _everyones(lending, "previewWithdraw", sats)
        assert shares >= sats * FIXED * _price(lending.pool()) > shares - 1
        assert _done(lending, owner, "withdraw", sats, owner, owner) == shares


# E13
@COUNTS
@given(STATES, st.sampled_from(LENDERS), PARTS, st.booleans())
@example(NEARLY_EMPTY, LENDER, MILLION, False)
def test_e13_withdraw__by_whom_it_was_allowed__moves_just_that(
    history: History, owner: str, part: int, without_limit: bool
) -> None:
    with states().after(history) as lending:
        sats = _own_sats(lending, owner, part)
        shares = lending.read("previewWithdraw", sats)
        _give_out(lending, owner, sats, shares, without_limit, ("withdraw", sats))


# E14
@COUNTS
@given(STATES, st.sampled_from(LENDERS), PARTS)
def test_e14_withdraw__without_an_allowance_for_it__refused(
    history: History, owner: str, part: int
) -> None:
    with states().after(history) as lending:
        sats = _own_sats(lending, owner, part)
        shares = lending.read("previewWithdraw", sats)
        for allowed in (0, shares - 1):
            lending.send(owner, "approve", ATTACKER, allowed)
            assert refuses(lending, ATTACKER, "withdraw", sats, ATTACKER, owner)
        lending.send(owner, "approve", ATTACKER, shares)
        assert not refuses(lending, ATTACKER, "withdraw", sats, ATTACKER, owner)


# E15
@COUNTS
@given(STATES, st.sampled_from(LENDERS))
@example(WIPED_OUT, LENDER)
@example(NEARLY_EMPTY, LENDER)
def test_e15_max_redeem__of_an_owner__can_be_redeemed_and_a_share_more_cannot(
    history: History, owner: str
) -> None:
    with states().after(history) as lending:
        most = _everyones(lending, "maxRedeem", owner)
        assert refuses(lending, owner, "redeem", most + 1, owner, owner)
        assert most <= lending.shares(owner)
        if most != 0:
            paid = lending.read("previewRedeem", most)
            assert _done(lending, owner, "redeem", most, owner, owner) == paid
        assert lending.read("maxRedeem", ATTACKER) == 0
        assert lending.shares(owner) == 0 or lending.pool().cash < FIXED


# E16
@COUNTS
@given(STATES, st.sampled_from(LENDERS), PARTS)
@example(NEARLY_EMPTY, LENDER, MILLION)
def test_e16_preview_redeem__for_anyone__is_what_it_then_returns(
    history: History, owner: str, part: int
) -> None:
    with states().after(history) as lending:
        for sensible in SENSIBLE:
            assert lending.read("previewRedeem", sensible) >= 0
        shares = _own(lending, owner, part)
        sats = _everyones(lending, "previewRedeem", shares)
        assert sats * FIXED * _price(lending.pool()) <= shares
        assert _done(lending, owner, "redeem", shares, owner, owner) == sats


# E17
@COUNTS
@given(STATES, st.sampled_from(LENDERS), PARTS, st.booleans())
@example(WIPED_OUT, LENDER, MILLION, False)
def test_e17_redeem__by_whom_it_was_allowed__moves_just_that(
    history: History, owner: str, part: int, without_limit: bool
) -> None:
    with states().after(history) as lending:
        shares = _own(lending, owner, part)
        sats = lending.read("previewRedeem", shares)
        _give_out(lending, owner, sats, shares, without_limit, ("redeem", shares))


# E18
@COUNTS
@given(STATES, st.sampled_from(LENDERS), PARTS)
def test_e18_redeem__without_an_allowance_for_it__refused(
    history: History, owner: str, part: int
) -> None:
    with states().after(history) as lending:
        shares = _own(lending, owner, part)
        for allowed in (0, shares - 1):
            lending.send(owner, "approve", ATTACKER, allowed)
            assert refuses(lending, ATTACKER, "redeem", shares, ATTACKER, owner)
        lending.send(owner, "approve", ATTACKER, shares)
        assert not refuses(lending, ATTACKER, "redeem", shares, ATTACKER, owner)


def _give_out(
    lending: Lending,
    owner: str,
    sats: int,
    shares: int,
    without_limit: bool,
    call: tuple[str, int],
) -> None:
    """Take out as another, to a third; see what moved, and what of the allowance was used."""
    allowed = FOREVER if without_limit else shares + 5
    lending.send(owner, "approve", ATTACKER, allowed)
    before, supply, total = holdings(lending), lending.read("totalSupply"), lending.pool().assets
    waiting = lending.issuance.read("claimable", lending.address)
    event = lending.logged(ATTACKER, *call, STRANGER, owner)["Withdraw"]
    assert event == dict(
        sender=ATTACKER, receiver=STRANGER, owner=owner, assets=sats, shares=shares
    )
    before[owner] = (before[owner][0], before[owner][1] - shares)
    before[STRANGER] = (before[STRANGER][0] + sats, before[STRANGER][1])
    claimed = waiting - lending.issuance.read("claimable", lending.address)
    vault = before[lending.address]
    before[lending.address] = (vault[0] + claimed - sats, vault[1])
    assert holdings(lending) == before
    assert claimed == 0 or vault[0] < sats
    assert lending.read("totalSupply") == supply - shares
    assert lending.pool().assets == total - sats * FIXED
    assert lending.read("allowance", owner, ATTACKER) == (FOREVER if without_limit else 5)


# E19
@COUNTS
@given(STATES, AMOUNTS)
@example(WIPED_OUT, 1)
@example(NEARLY_EMPTY, 1)
def test_e19_deposit_and_redeem__pays_no_satoshi(history: History, amount: int) -> None:
    with states().after(history) as lending:
        sats = _room(lending, amount)
        shares = _done(lending, ATTACKER, "deposit", sats, ATTACKER)
        assert _done(lending, ATTACKER, "redeem", shares, ATTACKER, ATTACKER) <= sats


# E20
@COUNTS
@given(STATES, AMOUNTS)
@example(WIPED_OUT, 1)
@example(NEARLY_EMPTY, 1)
def test_e20_deposit_and_withdraw__leaves_no_share(history: History, amount: int) -> None:
    with states().after(history) as lending:
        sats = _room(lending, amount)
        shares = _done(lending, ATTACKER, "deposit", sats, ATTACKER)
        assert lending.read("previewWithdraw", sats) >= shares
        if not refuses(lending, ATTACKER, "withdraw", sats, ATTACKER, ATTACKER):
            assert lending.shares(ATTACKER) == 0


# E21
@COUNTS
@given(STATES, SHARES)
@example(WIPED_OUT, 1)
@example(NEARLY_EMPTY, 1)
def test_e21_mint_and_redeem__pays_no_satoshi(history: History, amount: int) -> None:
    with states().after(history) as lending:
        _room(lending, 1)
        shares = min(amount, lending.read("maxMint", ATTACKER))
        sats = _done(lending, ATTACKER, "mint", shares, ATTACKER)
        assert _done(lending, ATTACKER, "redeem", shares, ATTACKER, ATTACKER) <= sats


# E22
@COUNTS
@given(STATES, SHARES)
@example(WIPED_OUT, 1)
@example(NEARLY_EMPTY, 1)
def test_e22_mint_and_withdraw__leaves_no_share(history: History, amount: int) -> None:
    with states().after(history) as lending:
        _room(lending, 1)
        shares = min(amount, lending.read("maxMint", ATTACKER))
        sats = _done(lending, ATTACKER, "mint", shares, ATTACKER)
        assert lending.read("previewWithdraw", sats) >= shares
        if not refuses(lending, ATTACKER, "withdraw", sats, ATTACKER, ATTACKER):
            assert lending.shares(ATTACKER) == 0


# E23
@COUNTS
@given(STATES, st.sampled_from(LENDERS), PARTS)
@example(NEARLY_EMPTY, LENDER, MILLION)
def test_e23_redeem_and_deposit__makes_no_share(history: History, owner: str, part: int) -> None:
    with states().after(history) as lending:
        shares = _own(lending, owner, part)
        sats = _done(lending, owner, "redeem", shares, owner, owner)
        if sats != 0 and lending.read("maxDeposit", owner) >= sats:
            assert _done(lending, owner, "deposit", sats, owner) <= shares


# E24
@COUNTS
@given(STATES, st.sampled_from(LENDERS), PARTS)
@example(NEARLY_EMPTY, LENDER, MILLION)
def test_e24_redeem_and_mint__costs_no_less(history: History, owner: str, part: int) -> None:
    with states().after(history) as lending:
        shares = _own(lending, owner, part)
        sats = _done(lending, owner, "redeem", shares, owner, owner)
        assert lending.read("previewMint", shares) >= sats
        if lending.read("maxMint", owner) >= shares:
            assert _done(lending, owner, "mint", shares, owner) >= sats


# E25
@COUNTS
@given(STATES, st.sampled_from(LENDERS), PARTS)
@example(NEARLY_EMPTY, LENDER, MILLION)
def test_e25_withdraw_and_mint__costs_no_less(history: History, owner: str, part: int) -> None:
    with states().after(history) as lending:
        sats = _own_sats(lending, owner, part)
        shares = _done(lending, owner, "withdraw", sats, owner, owner)
        assert lending.read("previewMint", shares) >= sats
        if lending.read("maxMint", owner) >= shares:
            assert _done(lending, owner, "mint", shares, owner) >= sats


# E26
@COUNTS
@given(STATES, st.sampled_from(LENDERS), PARTS)
@example(NEARLY_EMPTY, LENDER, MILLION)
def test_e26_withdraw_and_deposit__makes_no_share(history: History, owner: str, part: int) -> None:
    with states().after(history) as lending:
        sats = _own_sats(lending, owner, part)
        shares = _done(lending, owner, "withdraw", sats, owner, owner)
        if lending.read("maxDeposit", owner) >= sats:
            assert _done(lending, owner, "deposit", sats, owner) <= shares
