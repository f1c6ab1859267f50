"""The client of one issuance: what it reads, and what its transactions do when they are sent."""

from __future__ import annotations

import pytest

from terahash.chain import ChainError, Transaction
from terahash.hashrate.models import EXACT, Sale, Status
from terahash.units import DAY
from tests.support.issuing import HASHPRICE, HOLDER, ISSUER, NOBODY, ONE, RICH, STRANGER, TERM
from tests.support.market import SALE, USER, Market

NET = HASHPRICE * 49 // 50 - 5 * ONE
"""What a day at the usual hashprice owes a token."""


def test_state__nothing_sold__terms_and_offer(market: Market) -> None:
    state = market.token.state()
    assert (state.name, state.symbol, state.issuer) == ("Hashrate", "HASH", ISSUER)
    assert state.terms == market.terms
    assert state.sale == SALE
    assert state.status is Status.SELLING
    assert state.backing[2:8] == (0, 0, 0, market.terms.first, TERM, NET)
    assert (state.coverage, state.due, state.delivered, state.unpaid_since) == (None, 0, 0, None)
    assert state.value == TERM * NET


def test_state__a_day_owed__debt_and_since_when(market: Market) -> None:
    market.buy(USER, 10)
    market.pass_day()
    market.act(STRANGER, market.token.accrue())
    state = market.token.state()
    assert state.backing.owed == 10 * NET * ONE
    assert state.owed == 10 * NET // ONE == 440
    assert state.due == 10 * NET
    assert state.unpaid_since == market.chain.now
    assert state.coverage is not None and state.coverage > 0


def test_owed__a_fraction_of_a_satoshi__rounded_up(market: Market) -> None:
    market.act(USER, market.token.mint(ONE // 10**6, RICH, USER))
    market.pass_day()
    state = market.token.state()
    assert 0 < state.backing.owed < EXACT
    assert state.owed == 1


def test_position__holder__balance_earnings_and_bitcoin(market: Market) -> None:
    market.buy(USER, 10)
    market.pass_day()
    market.act(STRANGER, market.token.accrue())
    market.act(ISSUER, market.token.deliver())
    market.chain.now += DAY
    market.act(USER, market.token.set_beneficiary(HOLDER))
    position = market.token.position(USER)
    assert (position.account, position.balance) == (USER, 10 * ONE)
    assert position.claimable == 439  # the stream's division leaves less than a satoshi behind
    assert position.earned >> 32 == 439
    assert (position.claimed, position.beneficiary) == (0, HOLDER)
    assert position.bitcoin == market.sats(USER)
    assert position.allowance == 2**256 - 1
    market.act(USER, market.token.set_beneficiary(None))
    assert market.token.position(USER).beneficiary is None


def test_mint__as_previewed__paid_and_held(market: Market) -> None:
    quote = market.token.preview_mint(3 * ONE)
    assert quote.cost == quote.to_reserve + quote.to_stream + quote.to_issuer == 48 * 3 * TERM
    before = market.sats(ISSUER)
    market.act(USER, market.token.mint(3 * ONE, quote.cost, STRANGER))
    assert market.token.balance(STRANGER) == 3 * ONE
    assert market.sats(USER) == RICH - quote.cost
    assert market.sats(ISSUER) == before + quote.to_issuer


def test_mint__unsent__changes_nothing(market: Market) -> None:
    unsent = market.token.mint(ONE, RICH, USER)
    assert unsent == Transaction("HashrateToken", market.token.address, "mint", (ONE, RICH, USER))
    assert market.token.balance(USER) == 0


def test_redeem__as_previewed__paid(market: Market) -> None:
    market.buy(USER, 10)
    pays, before = market.token.preview_redeem(4 * ONE), market.sats(USER)
    market.act(USER, market.token.redeem(4 * ONE, pays, USER))
    assert market.sats(USER) == before + pays
    assert market.token.balance(USER) == 6 * ONE


def test_claim_many__two_holders__both_paid(market: Market) -> None:
    market.buy(USER, 10)
    market.act(USER, market.token.transfer(HOLDER, 4 * ONE))
    market.pass_day()
    market.act(STRANGER, market.token.accrue())
    market.act(ISSUER, market.token.deliver(440))
    market.chain.now += DAY
    due = market.token.claimable(HOLDER)
    before = market.sats(USER)
    market.act(STRANGER, market.token.claim_many([USER, HOLDER]))
    assert market.sats(HOLDER) == due == 175
    assert market.sats(USER) - before == 263
    assert market.token.position(HOLDER).claimed == due
    market.act(STRANGER, market.token.claim(USER))
    assert market.token.claimable(USER) == 0


def test_reserve__funded_and_withdrawn__the_difference_stays(market: Market) -> None:
    market.act(STRANGER, market.token.fund_reserve(1_000))
    market.act(ISSUER, market.token.withdraw_reserve(300))
    assert market.token.backing().reserve == 700


def test_set_sale__issuer__price_and_capacity(market: Market) -> None:
    market.act(ISSUER, market.token.set_sale(Sale(50 * ONE, ONE)))
    assert market.token.sale() == (50 * ONE, ONE)


def test_cover__overdue__the_reserve_pays_and_stream_runs(market: Market) -> None:
    market.buy(USER, 10)
    market.pass_day()
    market.act(STRANGER, market.token.accrue())
    market.chain.now += market.terms.grace + 1
    assert market.token.status() is Status.OVERDUE
    market.act(STRANGER, market.token.cover())
    stream = market.token.stream()
    assert stream.ahead * 10 * ONE // 10**27 == 439
    assert stream.end == market.chain.now + DAY


def test_accruable__days_closed__counted_and_left_as_they_are(market: Market) -> None:
    assert market.token.accruable() == 0
    market.pass_day()
    market.pass_day()
    assert market.token.accruable() == 2
    market.act(STRANGER, market.token.accrue())
    assert market.token.accruable() == 0


def test_preview_mint__refused__the_contracts_reason(market: Market) -> None:
    with pytest.raises(ChainError) as caught:
        market.token.preview_mint(0)
    assert caught.value.reason == "token: nothing to mint"


def test_approve_bitcoin__sent__the_issuance_may_take_it(market: Market) -> None:
    with market.chain.acting_as(USER):
        market.token.approve_bitcoin(77).send(market.chain)
    assert market.token.bitcoin_of(USER) == (RICH, 77)
    assert market.token.position(NOBODY).allowance == 0
