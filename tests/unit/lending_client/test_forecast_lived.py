"""Forecasts of loans, and what becomes of the same loans on a chain: the same days."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from terahash.bitcoin.network import HALVING_BLOCKS
from terahash.bitcoin.state import DAY_BLOCKS
from terahash.lending.forecast import Borrowed, course
from terahash.lending.models import Delivery
from terahash.lending.vault import Vault
from terahash.lending.worth import Collateral, read_collateral
from terahash.units import DAY
from tests.support.issuing import HASHPRICE, ISSUER, ONE, RICH, STRANGER, TERM
from tests.support.lending import BORROWERS, DELIVERY, KINDS
from tests.support.lending_desk import LendingDesk

Days = tuple[int | None, int | None]
"""Until a loan is repaid, and until anyone may liquidate it; None for never."""
TOKENS = 1_000
PARTS = (100, 96, 50)
"""Of what each borrower may borrow, percent."""


def opened(folder: Path, **terms: int) -> LendingDesk:
    """Have each borrower owe its part in a vault of each kind."""
    desk = LendingDesk(folder, **terms)
    all_of_it = Delivery(**{**DELIVERY, "phi": ONE})
    desk.delivery = desk.open_vault(all_of_it, **KINDS["delivery"])
    for borrower in BORROWERS:
        desk.chain.send("BitcoinDouble", desk.btc, "mint", borrower, RICH)
    for vault in (desk.covered, desk.delivery):
        desk.lend(vault)
        for borrower, part in zip(BORROWERS, PARTS, strict=True):
            desk.post(vault, TOKENS, borrower)
            amount = vault.position(borrower).max_borrow * part // 100
            desk.do(borrower, vault.borrow(amount, borrower, borrower))
    return desk


def foreseen(vault: Vault, collateral: Collateral, is_paid: bool) -> list[Days]:
    state, found = vault.state(), []
    for one in vault.positions(BORROWERS):
        loan = Borrowed(one.loan.collateral, one.debt, state.terms.lltv, state.borrow_rate)
        found.append(course(loan, collateral, is_paid)[:2])
    return found


def gains(collateral: Collateral) -> list[int]:
    """List what the block-days to come earn, if hashprice stays; the first is none of them."""
    found = []
    for _ in range(collateral.terms.last - collateral.window.day + 1):
        found.append(collateral.window.last)
        collateral = collateral.passed(True).closed()
    return found


def moments(
    desk: LendingDesk, is_paid: bool, gained: Sequence[int], is_covered: bool = False
) -> Iterator[tuple[int, bool]]:
    """Live to the end of the term, and stop whenever something may have changed.

    Where it is covered, the reserve pays what is overdue, day by day, as long as it can.

    Yields:
        The day, and whether it begins now: the index has then not closed the one before.
    """
    before = read_collateral(desk.covered)
    for day, price in enumerate(gained):
        desk.chain.now = before.begins(day)
        yield day, True
        if day:
            desk.chain.send("IndexDouble", desk.index, "close", DAY, price)
        desk.act(STRANGER, desk.token.accrue())
        yield day, False
        if is_paid and desk.token.backing().owed:
            desk.act(ISSUER, desk.token.deliver())
            yield day, False
        desk.chain.now = before.begins(day + 1) - 1
        backing = desk.token.backing()
        if is_covered and backing.overdue and backing.reserve:
            desk.act(STRANGER, desk.token.cover())
        yield day, False


def lived(
    desk: LendingDesk, is_paid: bool, gained: Sequence[int], is_covered: bool = False
) -> list[list[Days]]:
    """Live on, and say when the loans of each vault were repaid or liquidatable."""
    repaid: dict[tuple[str, str], int] = {}
    liquidatable: dict[tuple[str, str], int] = {}
    vaults = (desk.covered, desk.delivery)
    for day, begins in moments(desk, is_paid, gained, is_covered):
        for vault in vaults:
            for one in vault.positions(BORROWERS):
                key = (vault.address, one.borrower)
                if one.is_unhealthy:
                    liquidatable.setdefault(key, day)
                if begins and not one.debt and key not in liquidatable:
                    repaid.setdefault(key, day)
    keys = [[(vault.address, borrower) for borrower in BORROWERS] for vault in vaults]
    return [[(repaid.get(key), liquidatable.get(key)) for key in some] for some in keys]


def compare(desk: LendingDesk, is_paid: bool) -> list[list[Days]]:
    """Check that the forecasts come true, and return them."""
    collaterals = [read_collateral(vault) for vault in (desk.covered, desk.delivery)]
    vaults = (desk.covered, desk.delivery)
    said = [foreseen(*one, is_paid) for one in zip(vaults, collaterals, strict=True)]
    assert lived(desk, is_paid, gains(collaterals[0])) == said
    return said


def nothing(_: LendingDesk) -> None:
    pass


def hours_later(desk: LendingDesk) -> None:
    desk.chain.now += 5 * 3_600


def accrued(desk: LendingDesk, days: int = 2) -> None:
    for _ in range(days):
        desk.pass_day()
        desk.act(STRANGER, desk.token.accrue())


def not_accrued(desk: LendingDesk) -> None:
    desk.pass_day()
    desk.pass_day()


def grace_all_but_over(desk: LendingDesk) -> None:
    accrued(desk, 4)


def overdue(desk: LendingDesk) -> None:
    accrued(desk, 5)


def partly_paid(desk: LendingDesk) -> None:
    accrued(desk)
    desk.act(ISSUER, desk.token.deliver(100_000))


def streaming(desk: LendingDesk) -> None:
    accrued(desk)
    desk.act(ISSUER, desk.token.deliver())


def covered_once(desk: LendingDesk) -> None:
    overdue(desk)
    desk.act(STRANGER, desk.token.cover())
    desk.pass_day()


HISTORIES = (
    nothing,
    hours_later,
    accrued,
    not_accrued,
    grace_all_but_over,
    overdue,
    partly_paid,
    streaming,
    covered_once,
)


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("is_paid", [True, False])
def test_course__whatever_came_before__the_chain_comes_to_the_same_days(
    tmp_path: Path, history: Callable[[LendingDesk], None], is_paid: bool
) -> None:
    desk = opened(tmp_path)
    history(desk)
    compare(desk, is_paid)


@pytest.mark.parametrize(
    ("history", "days"),
    [(nothing, 4), (accrued, 2), (partly_paid, 2), (not_accrued, 3), (grace_all_but_over, 0)],
)
def test_course__nobody_pays__grace_counts_from_when_the_oldest_debt_was_accrued(
    tmp_path: Path, history: Callable[[LendingDesk], None], days: int
) -> None:
    """Three days of grace; the debt of a day that is paid in part stays as old."""
    desk = opened(tmp_path)
    history(desk)
    assert compare(desk, False)[1][2] == (None, days)


@pytest.mark.parametrize("is_paid", [True, False])
def test_course__before_the_term__nothing_falls_due_until_its_first_day_has_closed(
    tmp_path: Path, is_paid: bool
) -> None:
    desk = opened(tmp_path, first=130, last=130 + TERM)
    collateral = read_collateral(desk.delivery)
    assert collateral.window.day == 101
    said = compare(desk, is_paid)
    if not is_paid:
        assert said[1][2] == (None, 29 + 3)  # closed after 29 days, and three of grace
        assert collateral.day_in(32) == desk.token.backing().window.day + 1 - TERM + 3 == 133 + 1


def test_course__nobody_pays_and_days_owe__a_loan_that_cash_covers_stays_healthy(
    tmp_path: Path,
) -> None:
    """What is owed counts as far as the reserve can pay it: more than what runs off."""
    said = compare(opened(tmp_path), False)
    assert said[0][1:] == [(None, None), (None, None)]


@pytest.mark.parametrize("history", [nothing, accrued, overdue])
def test_course__nobody_pays_but_the_reserve__never_liquidatable_sooner(
    tmp_path: Path, history: Callable[[LendingDesk], None]
) -> None:
    desk = opened(tmp_path)
    history(desk)
    collateral = read_collateral(desk.delivery)
    said = [foreseen(one, read_collateral(one), False) for one in (desk.covered, desk.delivery)]
    came = lived(desk, False, gains(collateral), is_covered=True)
    for some, others in zip(said, came, strict=True):
        for (_, foretold), (_, day) in zip(some, others, strict=True):
            assert day is None or (foretold is not None and foretold <= day)
    assert came[0][1][0] is not None  # what the reserve pays repays what cash covers


@pytest.mark.parametrize(
    ("price", "is_paid", "days"),
    [(0, True, 3), (0, False, 3), (7 * ONE, True, 9), (7 * ONE, False, 6)],
)
def test_course__days_owe_little_or_nothing__liquidatable_as_what_secures_it_runs_off(
    tmp_path: Path, price: int, is_paid: bool, days: int
) -> None:
    """Of cash, which no hashprice moves: rewards repay all of themselves, debts secure a part."""
    desk = opened(tmp_path)
    collateral = read_collateral(desk.covered).at(price)
    said = foreseen(desk.covered, collateral, is_paid)
    assert lived(desk, is_paid, gains(collateral))[0] == said
    assert said[:2] == [(None, 1), (None, days)]


@pytest.mark.parametrize("is_paid", [True, False])
@pytest.mark.parametrize("into", [0, 5, 20])
def test_course__halving__the_chain_comes_to_the_same_days(
    tmp_path: Path, into: int, is_paid: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the first day, on one of the first, and while the loans are being repaid."""
    first = HALVING_BLOCKS // DAY_BLOCKS - into
    monkeypatch.setattr("tests.support.market.FIRST_DAY", first - 2)
    desk = opened(tmp_path, first=first, last=first + TERM)
    compare(desk, is_paid)
    assert HASHPRICE // 2 - desk.token.backing().window.last in (0, 1)


@pytest.mark.parametrize("is_paid", [True, False])
def test_course__owed_within_a_day__repaid_a_day_early_at_most(
    tmp_path: Path, is_paid: bool
) -> None:
    """What is paid five hours into the day streams into the next."""
    desk = opened(tmp_path)
    accrued(desk)
    hours_later(desk)
    vaults = (desk.covered, desk.delivery)
    collaterals = [read_collateral(vault) for vault in vaults]
    said = [foreseen(*one, is_paid) for one in zip(vaults, collaterals, strict=True)]
    for some, others in zip(said, lived(desk, is_paid, gains(collaterals[0])), strict=True):
        for (repaid, liquidatable), (later, came) in zip(some, others, strict=True):
            assert liquidatable == came
            assert repaid == later or (repaid, later) == (1, 2)


def test_course__index_days_behind__a_day_early_at_most(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    desk.chain.now += 3 * DAY // 2
    collateral = read_collateral(desk.delivery)
    said = foreseen(desk.delivery, collateral, False)
    _, found = lived(desk, False, gains(collateral))
    for (_, foretold), (_, came) in zip(said, found, strict=True):
        assert foretold is not None and came is not None
        assert came - 1 <= foretold <= came
