"""HashrateToken.claim_many: each account is paid as by its own claim."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import BUYER, HOLDER, ONE, RICH, STRANGER, Issuance
from tests.support.relay import refused

MOST = 64


@pytest.fixture
def shared(sold: Issuance) -> Issuance:
    """44,000 satoshi were delivered to two holders and have vested: 750 tokens and 250."""
    sold.send(HOLDER, "transfer", BUYER, 250 * ONE)
    sold.pass_day()
    sold.deliver()
    sold.chain.now += DAY
    return sold


def test_claim_many__several_accounts__are_all_paid_once(shared: Issuance) -> None:
    before = shared.sats(BUYER)
    receipt = shared.send(STRANGER, "claim_many", [HOLDER, STRANGER, BUYER, HOLDER])
    assert [arguments for name, arguments in receipt.logs if name == "Claimed"] == [
        {"account": HOLDER, "receiver": HOLDER, "amount": 32_999},
        {"account": BUYER, "receiver": BUYER, "amount": 10_999},
    ]
    assert shared.sats(HOLDER) == RICH + 32_999
    assert shared.sats(BUYER) == before + 10_999
    assert shared.sats(STRANGER) == RICH


def test_claim_many__no_accounts__does_nothing(shared: Issuance) -> None:
    assert shared.send(STRANGER, "claim_many", []).logs == ()


def test_claim_many__64_accounts__fit_one_call(shared: Issuance) -> None:
    others = ["0x" + f"{i:040x}" for i in range(1_000, 1_000 + MOST - 1)]
    shared.send(STRANGER, "claim_many", [*others, HOLDER])
    assert shared.sats(HOLDER) == RICH + 32_999


def test_claim_many__65_accounts__refused(shared: Issuance) -> None:
    with refused(""):
        shared.send(STRANGER, "claim_many", [HOLDER] * (MOST + 1))
    assert shared.read("claimed", HOLDER) == 0
