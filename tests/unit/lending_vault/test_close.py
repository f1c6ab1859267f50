"""LendingVault.close: repaid, and everything taken back, in one call."""

from __future__ import annotations

from terahash.units import DAY
from tests.support.issuing import STRANGER
from tests.support.lending import (
    BORROWER,
    FIXED,
    GUARDIAN,
    LENDER,
    ONE,
    THIRD_BORROWER,
    Lending,
    Loan,
)
from tests.support.lending_days import pass_rewarded_day
from tests.support.relay import refused


def test_close__debt__is_repaid_and_the_tokens_come_back(borrowed: Lending) -> None:
    before = borrowed.sats(BORROWER)
    assert borrowed.asked(BORROWER, "close", BORROWER, BORROWER) == 80_000
    receipt = borrowed.send(BORROWER, "close", THIRD_BORROWER, BORROWER)
    assert receipt.logs == (
        ("Repaid", {"payer": BORROWER, "borrower": BORROWER, "amount": 80_000}),
        ("Transfer", {"sender": BORROWER, "receiver": borrowed.address, "value": 80_000}),
        (
            "CollateralWithdrawn",
            {"borrower": BORROWER, "receiver": THIRD_BORROWER, "amount": 100 * ONE},
        ),
        (
            "Transfer",
            {"sender": borrowed.address, "receiver": THIRD_BORROWER, "value": 100 * ONE},
        ),
    )
    assert borrowed.sats(BORROWER) == before - 80_000
    assert borrowed.tokens(THIRD_BORROWER) == 100 * ONE
    assert borrowed.loan() == Loan(0, 0, 0, borrowed.issuance.read("index"))
    assert borrowed.pool().cash == borrowed.pool().assets == 10**6 * FIXED


def test_close__rewards_beyond_the_debt__are_paid(borrowed: Lending) -> None:
    borrowed.send(STRANGER, "repay", 79_000, BORROWER)
    pass_rewarded_day(borrowed)
    credit = borrowed.loan().credit
    before = borrowed.sats(THIRD_BORROWER)
    logs = borrowed.logged(BORROWER, "close", THIRD_BORROWER, BORROWER)
    assert "Repaid" not in logs
    assert logs["CreditWithdrawn"] == {
        "borrower": BORROWER,
        "receiver": THIRD_BORROWER,
        "amount": credit // FIXED,
    }
    assert borrowed.sats(THIRD_BORROWER) == before + credit // FIXED == before + 3_399
    # What is below a satoshi stays the borrower's.
    assert borrowed.loan() == Loan(0, 0, credit % FIXED, borrowed.issuance.read("index"))


def test_close__neither_debt_nor_credit__gives_the_tokens_back(lending: Lending) -> None:
    lending.post(100)
    logs = lending.send(BORROWER, "close", BORROWER, BORROWER).logs
    assert [name for name, _ in logs] == ["CollateralWithdrawn", "Transfer"]
    assert lending.tokens(BORROWER) == 100 * ONE


def test_close__nothing_at_all__does_nothing(lent: Lending) -> None:
    before = lent.pool()
    assert lent.asked(STRANGER, "close", STRANGER, STRANGER) == 0
    assert lent.send(STRANGER, "close", STRANGER, STRANGER).logs == ()
    assert lent.pool() == before


def test_close__in_any_standing__goes(borrowed: Lending) -> None:
    borrowed.set_worth(0)
    borrowed.set_standing(is_stopped=True, is_pending=True, is_refused=True)
    borrowed.send(GUARDIAN, "stop", True, True)
    borrowed.chain.now += 60 * DAY
    borrowed.send(BORROWER, "close", BORROWER, BORROWER)
    assert borrowed.tokens(BORROWER) == 100 * ONE


def test_close__last_part_of_a_satoshi__is_the_lenders(costly: Lending) -> None:
    costly.chain.now += DAY
    debt, assets = costly.debt(), costly.pool().assets
    assert costly.asked(BORROWER, "close", BORROWER, BORROWER) == debt // FIXED + 1
    costly.send(BORROWER, "close", BORROWER, BORROWER)
    assert assets < costly.pool().cash < assets + FIXED


def test_close__without_the_satoshi_for_it__changes_nothing(borrowed: Lending) -> None:
    with borrowed.chain.acting_as(BORROWER):
        rest = borrowed.sats(BORROWER) - 79_999
        borrowed.chain.send("BitcoinDouble", borrowed.btc, "transfer", LENDER, rest)
    before = borrowed.loan(), borrowed.pool()
    with refused("erc20: transfer amount exceeds balance"):
        borrowed.send(BORROWER, "close", BORROWER, BORROWER)
    assert (borrowed.loan(), borrowed.pool()) == before
