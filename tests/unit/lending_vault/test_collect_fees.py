"""LendingVault.collect_fees: the till's shares go to the fee receiver, whoever calls."""

from __future__ import annotations

from terahash.units import DAY
from tests.support.issuing import STRANGER
from tests.support.lending import BORROWER, FEE_RECEIVER, FIXED, LENDER, NOBODY, ONE, Lending


def test_collect_fees__till__is_the_receivers(costly: Lending) -> None:
    costly.chain.now += 30 * DAY
    pool = costly.pool()
    assert costly.asked(STRANGER, "collect_fees") == pool.till > 0
    assert costly.send(STRANGER, "collect_fees").logs == (
        ("Accrued", {"index": pool.index, "rate": pool.rate}),
        ("Transfer", {"sender": NOBODY, "receiver": FEE_RECEIVER, "value": pool.till}),
        ("FeesCollected", {"receiver": FEE_RECEIVER, "shares": pool.till}),
    )
    assert costly.shares(FEE_RECEIVER) == pool.till
    assert costly.pool() == pool._replace(till=0)


def test_collect_fees__shares__are_worth_the_fee_and_can_be_redeemed(costly: Lending) -> None:
    costly.chain.now += 365 * DAY
    interest = costly.pool().lent - 882_000 * FIXED
    costly.send(STRANGER, "collect_fees")
    costly.send(BORROWER, "repay_all", BORROWER)
    fee = costly.read("maxWithdraw", FEE_RECEIVER)
    assert fee == interest // 10 // FIXED > 2_000
    costly.send(FEE_RECEIVER, "withdraw", fee, FEE_RECEIVER, FEE_RECEIVER)
    assert costly.sats(FEE_RECEIVER) == fee


def test_collect_fees__when__does_not_matter_to_lenders(costly: Lending) -> None:
    """Shares are made as interest accrues, not when they are handed over."""
    with costly.undone():
        costly.chain.now += 20 * DAY
        expected = costly.pool(), costly.read("convertToAssets", costly.shares(LENDER))
    costly.chain.now += 20 * DAY
    costly.send(STRANGER, "collect_fees")
    found = costly.pool(), costly.read("convertToAssets", costly.shares(LENDER))
    assert found == (expected[0]._replace(till=0), expected[1])


def test_collect_fees__empty_till__gives_nothing(borrowed: Lending) -> None:
    assert borrowed.asked(STRANGER, "collect_fees") == 0
    logs = borrowed.logged(STRANGER, "collect_fees")
    assert logs["FeesCollected"] == {"receiver": FEE_RECEIVER, "shares": 0}
    assert borrowed.shares(FEE_RECEIVER) == 0


def test_collect_fees__without_a_fee__there_is_none() -> None:
    lending = Lending("double", fee=0)
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow(800_000)
    lending.chain.now += 365 * DAY
    pool = lending.pool()
    assert (pool.till, pool.shares) == (0, 10**12)
    assert pool.assets > 10**6 * FIXED
