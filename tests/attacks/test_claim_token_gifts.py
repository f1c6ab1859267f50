"""Claims and satoshi that are sent to a token by themselves, to be taken out again, or to make what
others are paid more, less, or none.

Nobody's part changes, and nobody gets them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.claim_tokens import COUNT, LONG, SHORT, ClaimTokens
from tests.support.relay import refused
from tests.support.trading import ATTACKER, FUND, OTHER, RICH, SERIES, STRANGER

OWNER, THIEF = FUND.address, ATTACKER.address
ELSEWHERE = replace(SERIES, instrument=1)
MANY = 700_000


class Gifts:
    """A token of which two people hold some, and an attacker who has claims of all kinds."""

    def __init__(self) -> None:
        self.tokens = tokens = ClaimTokens()
        self.token = tokens.open(LONG)
        tokens.open(SHORT)
        tokens.wrap(self.token, OWNER)
        tokens.wrap(self.token, THIEF)
        tokens.market.send(STRANGER.address, "open", [ELSEWHERE.terms])
        for series in (SERIES, ELSEWHERE):
            tokens.market.send(THIEF, "mint_pair", series.id, MANY, THIEF, THIEF)

    def give(self, claim: int) -> None:
        """Send many claims of one id."""
        self.tokens.market.send(THIEF, "transfer", self.token, claim, MANY)

    def give_sats(self) -> None:
        """Send many satoshi."""
        with self.tokens.chain.acting_as(THIEF):
            args = ("transfer", self.token, MANY)
            self.tokens.chain.send("BitcoinDouble", self.tokens.market.btc, *args)

    def paid(self, actor: str, amount: int = COUNT) -> int:
        """Redeem, and say what came."""
        before = self.tokens.market.sats(actor)
        self.tokens.send(actor, self.token, "redeem", amount, actor)
        return self.tokens.market.sats(actor) - before


@pytest.fixture
def gifts() -> Gifts:
    """Nothing has been given yet."""
    return Gifts()


KINDS: dict[str, Callable[[Gifts], None]] = {
    "its own claims": lambda gifts: gifts.give(LONG),
    "the other side's": lambda gifts: gifts.give(SHORT),
    "another series'": lambda gifts: gifts.give(ELSEWHERE.long),
    "satoshi": Gifts.give_sats,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("when", ["wrapped", "settled", "redeemed"])
def test_claim_token_gifts__at_any_time__change_nobodys_part(
    gifts: Gifts, kind: str, when: str
) -> None:
    if when == "wrapped":
        KINDS[kind](gifts)
    gifts.tokens.settle(133)
    if when == "settled":
        KINDS[kind](gifts)
    assert gifts.paid(OWNER, 500) == 165
    if when == "redeemed":
        KINDS[kind](gifts)
    assert gifts.paid(THIEF) == 330
    assert gifts.paid(OWNER, 500) == 165
    assert gifts.tokens.read(gifts.token, "totalSupply") == 0


@pytest.mark.parametrize("kind", KINDS)
def test_claim_token_gifts__before_the_settlement__do_not_come_out_by_unwrapping(
    gifts: Gifts, kind: str
) -> None:
    KINDS[kind](gifts)
    for actor in (THIEF, OWNER):
        with refused("erc20: burn amount exceeds balance"):
            gifts.tokens.send(actor, gifts.token, "unwrap", COUNT + 1, actor)
        gifts.tokens.send(actor, gifts.token, "unwrap", COUNT, actor)
    assert gifts.tokens.market.claims(OWNER) == (COUNT, COUNT)


def test_claim_token_gifts__after_everybody_left__the_next_gets_only_its_own(
    gifts: Gifts,
) -> None:
    """A first holder whose few tokens would be all, and so have all that is there."""
    gifts.give(LONG)
    gifts.give_sats()
    for actor in (OWNER, THIEF):
        gifts.tokens.send(actor, gifts.token, "unwrap", COUNT, actor)
    gifts.tokens.send(THIEF, gifts.token, "wrap", 1, THIEF)
    gifts.tokens.wrap(gifts.token, OTHER.address, 10)
    gifts.tokens.settle(200)
    assert gifts.paid(THIEF, 1) == 1
    assert gifts.paid(OTHER.address, 10) == 10


def test_claim_token_gifts__worthless_token_with_the_winning_side__pays_nothing(
    gifts: Gifts,
) -> None:
    gifts.give(SHORT)
    gifts.tokens.settle(100)
    assert gifts.paid(OWNER) == gifts.paid(THIEF) == 0
    assert gifts.tokens.market.sats(gifts.token) == MANY


def test_claim_token_gifts__of_another_settled_series__stay_there(gifts: Gifts) -> None:
    """Series never touch each other, though one account holds claims of both."""
    gifts.give(ELSEWHERE.long)
    gifts.tokens.settle(200, ELSEWHERE)
    with refused("market: not settled"):
        gifts.paid(OWNER)
    gifts.tokens.settle(100)
    assert gifts.paid(OWNER) == 0
    assert gifts.tokens.market.sats(gifts.token) == 0
    held = gifts.tokens.market.read("balanceOf", gifts.token, ELSEWHERE.long)
    assert held == MANY


def test_claim_token_gifts__sent_to_one_side__are_not_the_other_tokens(gifts: Gifts) -> None:
    """Long and short of one series have a token each, and each its own claims and satoshi."""
    short = gifts.tokens.of_factory("token_of", SHORT)
    gifts.tokens.send(OWNER, short, "wrap", COUNT, OWNER)
    gifts.give(SHORT)
    gifts.give_sats()
    gifts.tokens.settle(150)
    gifts.paid(OWNER)
    assert gifts.tokens.held(short) == COUNT
    assert gifts.tokens.market.sats(short) == 0
    gifts.tokens.send(OWNER, short, "redeem", COUNT, OWNER)
    assert gifts.tokens.market.sats(short) == 0


def test_claim_token_gifts__of_tokens_to_their_own_contract__are_lost(gifts: Gifts) -> None:
    """As with any ERC-20; nobody else has them paid, and nobody is paid less or more."""
    gifts.tokens.send(THIEF, gifts.token, "transfer", gifts.token, COUNT)
    gifts.tokens.settle(150)
    for actor in (THIEF, OWNER):
        with refused("token: owner redeems itself"):
            gifts.tokens.send(actor, gifts.token, "redeem_for", gifts.token)
    with refused("erc20: burn amount exceeds balance"):
        gifts.paid(THIEF, 1)
    assert gifts.paid(OWNER) == COUNT // 2
    assert gifts.tokens.market.sats(gifts.token) == COUNT // 2


def test_claim_token_gifts__attacker__is_never_richer(gifts: Gifts) -> None:
    """All that it has, with all that it gave, redeemed in whatever way."""
    gifts.give(LONG)
    gifts.give_sats()
    gifts.tokens.settle(150)
    gifts.tokens.settle(150, ELSEWHERE)
    gifts.paid(THIEF)
    for series in (SERIES, ELSEWHERE):
        gifts.tokens.market.send(THIEF, "redeem", series.id, THIEF, THIEF)
    assert gifts.tokens.market.sats(THIEF) == RICH - MANY - MANY // 2
