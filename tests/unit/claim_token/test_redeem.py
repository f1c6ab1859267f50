"""ClaimToken.redeem and redeem_for: after the settlement a token is paid what its claim is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.claim_tokens import COUNT, ClaimTokens
from tests.support.relay import refused
from tests.support.trading import DAY, FUND, NOBODY, OTHER, SERIES, SHARES, STRANGER

OWNER = FUND.address


@pytest.mark.parametrize(
    ("x", "of_long"), [(99, 0), (100, 0), (101, 10), (133, 330), (199, 990), (201, 1_000)]
)
def test_redeem__settled__pays_what_the_claims_are_worth(
    tokens: ClaimTokens, long: str, short: str, x: int, of_long: int
) -> None:
    tokens.mint(OWNER)
    for token in (long, short):
        tokens.send(OWNER, token, "wrap", COUNT, OWNER)
    tokens.settle(x)
    for token, worth in ((long, of_long), (short, COUNT - of_long)):
        before = tokens.market.sats(OTHER.address)
        tokens.send(OWNER, token, "redeem", COUNT, OTHER.address)
        assert tokens.market.sats(OTHER.address) - before == worth
        assert tokens.read(token, "totalSupply") == tokens.balance(token, OWNER) == 0
    assert tokens.market.sats(tokens.market.address) == 0


def test_redeem__first__the_market_pays_everything_and_events_say_so(
    tokens: ClaimTokens, short: str
) -> None:
    tokens.wrap(short, OWNER)
    tokens.settle(125)
    assert tokens.read(short, "collected") == (False, 0)
    logs = tokens.send(OWNER, short, "redeem", 401, OTHER.address).logs
    assert dict(logs)["Collected"] == {"share": 3 * SHARES // 4, "paid": 750}
    said = {"holder": OWNER, "receiver": OTHER.address, "amount": 401, "paid": 300}
    assert [fields for name, fields in logs if name == "Redeemed"][-1] == said
    assert tokens.read(short, "collected") == (True, 3 * SHARES // 4)
    assert tokens.held(short) == 0
    assert tokens.market.sats(short) == 450
    assert tokens.balance(short, OWNER) == tokens.read(short, "totalSupply") == COUNT - 401


def test_redeem__second__is_paid_from_what_came(tokens: ClaimTokens, long: str) -> None:
    tokens.wrap(long, OWNER)
    tokens.wrap(long, OTHER.address)
    tokens.settle(150)
    tokens.send(OWNER, long, "redeem", COUNT, OWNER)
    logs = tokens.send(OTHER.address, long, "redeem", COUNT, STRANGER.address).logs
    assert [name for name, _ in logs] == ["Transfer", "Redeemed", "Transfer"]
    assert tokens.market.sats(long) == 0


def test_redeem__second_of_very_many__is_exact_to_the_satoshi(
    tokens: ClaimTokens, long: str
) -> None:
    """A part of 10^-12 more or less would show."""
    tokens.wrap(long, OTHER.address, SHARES)
    tokens.wrap(long, OWNER, 100)
    tokens.settle(133)
    tokens.send(OWNER, long, "redeem", 100, OWNER)
    before = tokens.market.sats(OTHER.address)
    tokens.send(OTHER.address, long, "redeem", SHARES, OTHER.address)
    assert tokens.market.sats(OTHER.address) - before == 33 * SHARES // 100
    assert tokens.market.sats(long) == 0


def test_redeem__worthless__ends_tokens_and_pays_nothing(tokens: ClaimTokens, long: str) -> None:
    """A share of zero is collected too."""
    tokens.wrap(long, OWNER)
    tokens.settle(100)
    before = tokens.market.sats(OWNER)
    tokens.send(OWNER, long, "redeem", 1, OWNER)
    assert tokens.read(long, "collected") == (True, 0)
    assert tokens.market.sats(OWNER) == before
    logs = tokens.send(OWNER, long, "redeem", COUNT - 1, OWNER).logs
    assert [name for name, _ in logs] == ["Transfer", "Redeemed"]
    assert tokens.read(long, "totalSupply") == 0


def test_redeem__return__is_what_was_paid(tokens: ClaimTokens, long: str) -> None:
    tokens.wrap(long, OWNER)
    tokens.settle(133)
    with tokens.chain.undone(), tokens.chain.acting_as(OWNER):
        assert tokens.read(long, "redeem", 10, OWNER) == 3
    assert tokens.read(long, "redeem_for", OWNER) == 330


def test_redeem__not_settled__refused(tokens: ClaimTokens, long: str) -> None:
    tokens.wrap(long, OWNER)
    with refused("market: not settled"):
        tokens.send(OWNER, long, "redeem", 1, OWNER)
    with refused("market: not settled"):
        tokens.send(STRANGER.address, long, "redeem_for", OWNER)
    assert tokens.read(long, "collected") == (False, 0)
    tokens.send(OWNER, long, "unwrap", COUNT, OWNER)


def test_redeem__more_than_one_has__refused(tokens: ClaimTokens, long: str) -> None:
    tokens.wrap(long, OWNER)
    tokens.settle()
    for actor, amount in ((OWNER, COUNT + 1), (OTHER.address, 1)):
        with refused("erc20: burn amount exceeds balance"):
            tokens.send(actor, long, "redeem", amount, actor)
    assert tokens.balance(long, OWNER) == COUNT


def test_redeem__settled_by_the_fallback__pays_its_share(tokens: ClaimTokens) -> None:
    series = replace(SERIES, fallback_share=2_500)
    tokens.market.send(STRANGER.address, "open", [series.terms])
    token = tokens.open(series.short)
    tokens.mint(OWNER, series=series)
    tokens.send(OWNER, token, "wrap", COUNT, OWNER)
    tokens.chain.now += 91 * DAY
    tokens.market.send(STRANGER.address, "settle_dead", series.terms)
    before = tokens.market.sats(OWNER)
    tokens.send(OWNER, token, "redeem", COUNT, OWNER)
    assert tokens.market.sats(OWNER) - before == 750


def test_redeem_for__anybody__pays_the_owner_for_all_it_has(tokens: ClaimTokens, long: str) -> None:
    tokens.wrap(long, OWNER)
    tokens.settle(150)
    before = tokens.market.sats(OWNER)
    logs = tokens.send(STRANGER.address, long, "redeem_for", OWNER).logs
    said = {"holder": OWNER, "receiver": OWNER, "amount": COUNT, "paid": COUNT // 2}
    assert [fields for name, fields in logs if name == "Redeemed"][-1] == said
    assert tokens.market.sats(OWNER) - before == COUNT // 2
    assert tokens.balance(long, OWNER) == 0


def test_redeem_for__account_with_code__refused(tokens: ClaimTokens, long: str) -> None:
    pool = tokens.chain.deploy("SignerDouble")
    tokens.wrap(long, OWNER)
    tokens.send(OWNER, long, "transfer", pool, COUNT)
    tokens.settle(150)
    with refused("token: owner redeems itself"):
        tokens.send(STRANGER.address, long, "redeem_for", pool)
    tokens.from_contract(pool, long, ("ClaimToken", ("redeem", COUNT, pool)))
    assert tokens.market.sats(pool) == COUNT // 2


def test_redeem_for__nobody__refused(tokens: ClaimTokens, long: str) -> None:
    tokens.wrap(long, OWNER)
    tokens.settle()
    with refused("token: amount is zero"):
        tokens.send(STRANGER.address, long, "redeem_for", NOBODY)
