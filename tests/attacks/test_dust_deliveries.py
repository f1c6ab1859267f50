"""Tiny deliveries stretch the stream: where each restarts the day, a satoshi every ten minutes
leaves 37 % of a delivery unvested when its day is over. So ends are weighted by amounts.
"""

from __future__ import annotations

from terahash.units import DAY
from tests.support.issuing import ATTACKER, HOLDER, ISSUER, Issuance

INTERVAL = 600


def test_dust_deliveries__a_satoshi_every_ten_minutes__postpone_next_to_nothing() -> None:
    issuance = Issuance()
    issuance.mint(HOLDER, 1_000)
    issuance.pass_day()
    issuance.deliver()
    delivered_at = issuance.chain.now
    for _ in range(DAY // INTERVAL - 1):
        issuance.chain.now += INTERVAL
        issuance.send(ATTACKER, "deliver", 1)
    issuance.chain.now = delivered_at + DAY
    assert issuance.read("claimable", HOLDER) == 43_753  # more than 99 %
    _, end, _ = issuance.read("stream")
    assert end - issuance.chain.now < 3_600
    issuance.chain.now = end
    assert issuance.read("claimable", HOLDER) == 44_000 + 143 - 1


def test_dust_deliveries__many_in_a_block__do_not_bring_the_end_nearer() -> None:
    issuance = Issuance()
    issuance.mint(HOLDER, 1_000)
    issuance.pass_day()
    issuance.deliver()
    issuance.chain.now += DAY // 2
    before, end, _ = issuance.read("stream")
    for _ in range(100):
        issuance.send(ATTACKER, "deliver", 1)
    left, later, _ = issuance.read("stream")
    assert end <= later < end + 200
    assert left > before


def test_dust_deliveries__a_large_one_after_a_small__takes_its_day() -> None:
    """Else a stream that is about to end would pay a day's income to who is there for a second."""
    issuance = Issuance()
    issuance.mint(HOLDER, 1_000)
    issuance.pass_day()
    issuance.send(ATTACKER, "deliver", 10)
    issuance.chain.now += DAY - 1
    issuance.deliver()
    issuance.chain.now += 12
    assert issuance.read("claimable", HOLDER) <= 10 + 44_000 * 12 // DAY + 1
    assert issuance.read("stream")[1] > issuance.chain.now + DAY - 60
    assert issuance.send(ISSUER, "deliver", 1).logs
