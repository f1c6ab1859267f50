"""A parameter changed without accruing first: the interest of weeks is computed by the new one, or
forgotten. What a guardian or a stranger sets leaves what a share is worth as it was.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from terahash.units import DAY
from tests.support.lending import (
    FEE_RECEIVER,
    GUARDIAN,
    LENDER,
    ONE,
    STRANGER,
    Lending,
    Pool,
)

Act = Callable[[Lending], object]
ACTS: dict[str, Act] = {
    "stop": lambda lending: lending.send(GUARDIAN, "stop", True, True),
    "go on": lambda lending: lending.send(GUARDIAN, "stop", False, False),
    "collect_fees": lambda lending: lending.send(STRANGER, "collect_fees"),
}


@pytest.fixture
def lending() -> Lending:
    """A loan has borne interest for 30 days, and nobody has called since."""
    lending = Lending("double")
    lending.set_worth(1_000 * ONE)
    lending.lend(10**6)
    lending.post(1_000)
    lending.borrow(880_000)
    lending.chain.now += 30 * DAY
    return lending


@pytest.mark.parametrize("name", ACTS)
def test_vault_parameter_change__after_weeks__leaves_the_share_price(
    lending: Lending, name: str
) -> None:
    shares = lending.shares(LENDER)
    before, worth = lending.pool(), lending.read("convertToAssets", shares)
    debt = lending.debt()
    assert worth > 10**6
    ACTS[name](lending)
    after = lending.pool()
    assert (after.index, after.rate, after.assets, after.shares) == (
        before.index,
        before.rate,
        before.assets,
        before.shares,
    )
    assert lending.debt() == debt
    assert lending.read("convertToAssets", shares) == worth


@pytest.mark.parametrize("name", ACTS)
def test_vault_parameter_change__between_two_calls__leaves_the_interest_of_both(
    lending: Lending, name: str
) -> None:
    """As good as all of it: the rate follows what is lent, and interest lends by itself."""

    def in_the_end(act: Act) -> Pool:
        with lending.undone():
            act(lending)
            lending.chain.now += 30 * DAY
            return lending.pool()

    undisturbed = in_the_end(lambda lending: None).assets
    assert abs(in_the_end(ACTS[name]).assets - undisturbed) < undisturbed // 10_000


def test_vault_parameter_change__fees_collected__are_those_of_all_interest(
    lending: Lending,
) -> None:
    till = lending.pool().till
    assert till > 0
    lending.send(STRANGER, "collect_fees")
    assert lending.shares(FEE_RECEIVER) == till
    assert lending.pool().till == 0
    assert lending.pool().shares == till + lending.shares(LENDER)
