"""A self-transfer counted twice; a debt that does not move with the tokens; claim, transfer and
claim again in a hundred accounts. Whoever moves tokens, however often: what is paid is one
entitlement.
"""

from __future__ import annotations

import pytest
from eth_utils.address import to_checksum_address

from terahash.units import DAY
from tests.support.issuing import (
    ATTACKER,
    BUYER,
    FOREVER,
    HOLDER,
    ONE,
    RICH,
    STRANGER,
    Issuance,
)

SPLIT = [str(to_checksum_address(f"0x{0xF0000 + i:040x}")) for i in range(100)]


@pytest.fixture
def issuance() -> Issuance:
    """An attacker and a holder with 1,000 tokens each; a day's 44,000 satoshi each streamed."""
    issuance = Issuance()
    issuance.mint(BUYER, 1_000, ATTACKER)
    issuance.mint(BUYER, 1_000, HOLDER)
    _stream_a_day(issuance)
    return issuance


def _stream_a_day(issuance: Issuance) -> None:
    issuance.pass_day()
    issuance.deliver()
    issuance.chain.now += DAY


def _paid(issuance: Issuance, *accounts: str) -> int:
    """Claim for accounts, and say what all they and the attacker then have of it."""
    for account in accounts:
        issuance.send(STRANGER, "claim", account)
    return sum(issuance.sats(account) for account in {*accounts, ATTACKER}) - RICH


def test_self_transfer__of_everything_ten_times__neither_tokens_nor_earnings(
    issuance: Issuance,
) -> None:
    earned = issuance.read("earned", ATTACKER)
    issuance.send(ATTACKER, "approve", ATTACKER, FOREVER)
    for _ in range(10):
        issuance.send(ATTACKER, "transfer", ATTACKER, 1_000 * ONE)
        issuance.send(ATTACKER, "transferFrom", ATTACKER, ATTACKER, 1_000 * ONE)
    assert issuance.read("balanceOf", ATTACKER) == 1_000 * ONE
    assert issuance.read("earned", ATTACKER) == earned
    assert _paid(issuance, ATTACKER) == 43_999
    _stream_a_day(issuance)
    assert _paid(issuance, ATTACKER) == 87_999


def test_moved_tokens__take_no_earnings_along(issuance: Issuance) -> None:
    issuance.send(ATTACKER, "transfer", STRANGER, 1_000 * ONE)
    assert issuance.read("earned", STRANGER) == 0
    assert issuance.read("claimable", ATTACKER) == 43_999
    _stream_a_day(issuance)
    assert issuance.read("claimable", STRANGER) in (43_999, 44_000)
    assert issuance.read("claimable", ATTACKER) == 43_999


def test_moved_tokens__claimed_by_a_hundred_accounts_in_turn__one_entitlement(
    issuance: Issuance,
) -> None:
    before = ATTACKER
    for account in SPLIT:
        issuance.send(before, "claim", before)
        issuance.send(before, "transfer", account, 1_000 * ONE)
        before = account
    assert _paid(issuance, *SPLIT) == 43_999
    assert issuance.read("claimable", HOLDER) == 43_999
    issuance.send(STRANGER, "claim", HOLDER)
    assert issuance.sats(HOLDER) == RICH + 43_999


def test_moved_tokens__an_account_split_in_a_hundred__earns_no_more(issuance: Issuance) -> None:
    issuance.send(ATTACKER, "claim", ATTACKER)
    for account in SPLIT:
        issuance.send(ATTACKER, "transfer", account, 10 * ONE)
    _stream_a_day(issuance)
    issuance.send(STRANGER, "claim", HOLDER)
    whole = issuance.sats(HOLDER) - RICH
    split = _paid(issuance, *SPLIT)
    assert whole == 87_999
    assert 43_999 + 43_900 <= split <= whole  # each claim loses a satoshi at most
