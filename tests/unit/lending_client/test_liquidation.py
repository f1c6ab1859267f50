"""What a liquidation comes to, worked out before it is sent, to the last unit."""

from __future__ import annotations

import pytest

from terahash.chain import Receipt
from terahash.lending.liquidation import sold, to_reserve
from tests.support.issuing import HOLDER, ISSUER, ONE, RICH
from tests.support.lending import BORROWER, LIQUIDATOR
from tests.support.lending_desk import LendingDesk

OWED = 400_000


def _unhealthy(desk: LendingDesk, gained: int) -> None:
    desk.owe(desk.delivery, 1_000, OWED)
    desk.pass_day(gained)
    assert desk.delivery.position(BORROWER).is_unhealthy


def _log(receipt: Receipt) -> dict[str, int]:
    (log,) = (log for _, log in receipt.logs if "bad_debt" in log)
    return log


@pytest.mark.parametrize("gained", [20 * ONE, 12 * ONE, 0])
@pytest.mark.parametrize("paid", [1, 999, 250_001, OWED, 10**9])
def test_sold__by_debt__what_the_vault_does(desk: LendingDesk, gained: int, paid: int) -> None:
    _unhealthy(desk, gained)
    position = desk.delivery.position(BORROWER)
    quote = sold(position, paid)
    call = desk.delivery.liquidate(BORROWER, paid, 0, quote.seized, HOLDER)
    log = _log(desk.do(LIQUIDATOR, call))
    assert (log["paid"], log["seized"]) == quote
    assert desk.token.balance(HOLDER) == quote.seized


@pytest.mark.parametrize(("paid", "seized"), [(OWED, 0), (0, 1_000 * ONE), (10_000, 0)])
def test_sold__tokens_worth_less_than_the_debt__all_of_them_at_their_price(
    desk: LendingDesk, paid: int, seized: int
) -> None:
    desk.owe(desk.delivery, 1_000, OWED)
    for _ in range(15):
        desk.pass_day(5 * ONE)
    required = 27 * 1_000 * 10 // 4  # so poor that the rest of the reserve may be withdrawn
    desk.act(ISSUER, desk.token.withdraw_reserve(desk.token.backing().reserve - required))
    position = desk.delivery.position(BORROWER)
    quote = sold(position, paid, seized)
    bounds = (quote.seized, quote.paid)[seized != 0]
    log = _log(desk.do(LIQUIDATOR, desk.delivery.liquidate(BORROWER, paid, seized, bounds, HOLDER)))
    assert (log["paid"], log["seized"]) == quote
    assert (log["bad_debt"] > 0) == (quote.seized == 1_000 * ONE) == (paid != 10_000)


@pytest.mark.parametrize("gained", [20 * ONE, 12 * ONE, 0])
@pytest.mark.parametrize("seized", [1, ONE // 3, 500 * ONE + 7, 1_000 * ONE, 5_000 * ONE])
def test_sold__by_collateral__what_the_vault_does(
    desk: LendingDesk, gained: int, seized: int
) -> None:
    _unhealthy(desk, gained)
    position = desk.delivery.position(BORROWER)
    quote = sold(position, 0, seized)
    call = desk.delivery.liquidate(BORROWER, 0, seized, quote.paid, HOLDER)
    log = _log(desk.do(LIQUIDATOR, call))
    assert (log["paid"], log["seized"]) == quote
    assert desk.sats(LIQUIDATOR) == RICH - quote.paid


@pytest.mark.parametrize("gained", [20 * ONE, 12 * ONE])
def test_to_reserve__reserve_that_pays__what_the_vault_does(desk: LendingDesk, gained: int) -> None:
    _unhealthy(desk, gained)
    position, worth = desk.delivery.position(BORROWER), desk.delivery.state().worth
    quote = to_reserve(position, worth)
    log = _log(desk.do(LIQUIDATOR, desk.delivery.liquidate_to_reserve(BORROWER, HOLDER)))
    assert log["seized"] == quote.seized
    # The token rounds once where its value per token was rounded before.
    assert 0 <= log["paid"] - quote.proceeds <= 1
    assert 0 <= log["reward"] - quote.reward <= 1
    assert desk.sats(HOLDER) == log["reward"] > 0
