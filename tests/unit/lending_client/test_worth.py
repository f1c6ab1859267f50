"""What tokens are worth, computed without a chain: the valuations' own integers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from terahash.bitcoin.network import HALVING_BLOCKS
from terahash.bitcoin.state import DAY_BLOCKS
from terahash.lending.vault import Vault
from terahash.lending.worth import Collateral, read_collateral
from terahash.units import DAY
from tests.support.issuing import FIRST_DAY, HASHPRICE, ISSUER, ONE, RICH, STRANGER, TERM
from tests.support.lending import BORROWER
from tests.support.lending_desk import LendingDesk

HALVING = -(-HALVING_BLOCKS // DAY_BLOCKS)
"""The first block-day after a halving."""


def sold(desk: LendingDesk) -> None:
    desk.buy(BORROWER, 1_000)


def owing(desk: LendingDesk) -> None:
    sold(desk)
    desk.pass_day()
    desk.pass_day(43 * ONE + 77)
    desk.act(STRANGER, desk.token.accrue())


def streaming(desk: LendingDesk) -> None:
    owing(desk)
    desk.act(ISSUER, desk.token.deliver(50_000))
    desk.chain.now += DAY // 3


def short(desk: LendingDesk) -> None:
    sold(desk)
    desk.pass_day(9 * HASHPRICE)


def overdue(desk: LendingDesk) -> None:
    owing(desk)
    desk.chain.now += 2 * DAY
    desk.pass_day()
    desk.chain.now += desk.terms.grace


def defaulted(desk: LendingDesk) -> None:
    overdue(desk)
    for _ in range(20):
        desk.pass_day(10 * HASHPRICE)
    desk.act(STRANGER, desk.token.accrue())
    desk.act(STRANGER, desk.token.cover())


def behind(desk: LendingDesk) -> None:
    sold(desk)
    desk.chain.now += 3 * DAY + 5


def dead(desk: LendingDesk) -> None:
    sold(desk)
    desk.pass_day()
    desk.chain.now += 30 * DAY + 1


def below_cost(desk: LendingDesk) -> None:
    sold(desk)
    desk.pass_day(4 * ONE)


def crashed(desk: LendingDesk) -> None:
    sold(desk)
    for gained in (60 * ONE, 30 * ONE, 31 * ONE):
        desk.pass_day(gained)


def disputed(desk: LendingDesk) -> None:
    sold(desk)
    desk.chain.send("IndexDouble", desk.index, "dispute", 1)


def nearly_over(desk: LendingDesk) -> None:
    sold(desk)
    for _ in range(TERM - 3):
        desk.pass_day()


def matured(desk: LendingDesk) -> None:
    sold(desk)
    for _ in range(TERM):
        desk.pass_day()
    desk.deliver()


def dust(desk: LendingDesk) -> None:
    desk.act(BORROWER, desk.token.mint(ONE // 1_000, RICH, BORROWER))
    desk.pass_day()


def nothing(_: LendingDesk) -> None:
    pass


HISTORIES = (
    nothing,
    sold,
    owing,
    streaming,
    short,
    overdue,
    defaulted,
    behind,
    dead,
    below_cost,
    crashed,
    disputed,
    nearly_over,
    matured,
    dust,
)


def agree(vault: Vault) -> Collateral:
    """Check that the valuation says what is computed, and return what it was computed from."""
    collateral = read_collateral(vault)
    state = vault.state()
    assert state.is_valued
    assert collateral.worth() == state.worth
    return collateral


@pytest.mark.parametrize("history", HISTORIES)
def test_worth__whatever_the_issuance_has_come_to__as_the_valuations_say(
    desk: LendingDesk, history: Callable[[LendingDesk], None]
) -> None:
    history(desk)
    for vault in (desk.covered, desk.delivery):
        agree(vault)


def test_histories__are_what_they_are_called(tmp_path: Path) -> None:
    """Otherwise the comparison above is of less than it says."""
    found = {}
    for number, history in enumerate((short, overdue, defaulted, dead, matured)):
        folder = tmp_path / str(number)
        folder.mkdir()
        desk = LendingDesk(folder)
        history(desk)
        backing = desk.token.backing()
        found[history.__name__] = (
            desk.token.status().name,
            backing.short,
            backing.overdue,
            backing.dead,
        )
    assert found["short"][:3] == ("SHORTFALL", True, False)
    assert found["overdue"][0] == "OVERDUE"
    assert found["defaulted"][0] == "DEFAULT"
    assert found["dead"][3]
    assert found["matured"][0] == "MATURED"


@pytest.mark.parametrize(
    ("first", "term"),
    [
        (HALVING - FIRST_DAY, 42),  # begins with the halving
        (HALVING - 20, 42),
        (HALVING - 1, 7),
        (HALVING - 42, 42),  # ends with the last day before it
        (HALVING - 100, 1_500),  # has two
    ],
)
def test_worth__halvings_in_the_term__scheduled_as_the_valuation_does(
    tmp_path: Path, first: int, term: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.market.FIRST_DAY", first - 2)
    desk = LendingDesk(tmp_path, first=first, last=first + term)
    desk.buy(BORROWER, 1_000)
    for gained in (50 * ONE, 47 * ONE, 24 * ONE):
        agree(desk.delivery)
        desk.pass_day(gained)
    agree(desk.delivery)
    agree(desk.covered)


def test_at__another_hashprice__as_if_it_had_been_so(desk: LendingDesk, tmp_path: Path) -> None:
    """Two chains that differ in nothing but the hashprice of the days before the term."""
    folder = tmp_path / "other"
    folder.mkdir()
    other = LendingDesk(folder)
    for one, gained in ((desk, 50 * ONE), (other, 31 * ONE)):
        for _ in range(14):
            one.pass_day(gained)
        one.buy(BORROWER, 1_000)
    mine, its = read_collateral(desk.delivery), read_collateral(other.delivery)
    supposed = mine.at(31 * ONE)
    assert supposed.window == its.window
    assert supposed.backing.unit == its.backing.unit == 2_538 * ONE // 100
    both = replace(supposed, backing=its.backing)
    assert both.worth() == its.worth() != mine.worth()


def test_at__lower_hashprice_while_short__coverage_counted_again(desk: LendingDesk) -> None:
    short(desk)
    desk.deliver()
    collateral = read_collateral(desk.delivery)
    assert collateral.backing.short
    low = collateral.at(5 * ONE)
    assert not low.backing.short
    assert low.backing.unit == desk.terms.reference


def test_at__hashprice_that_no_day_has__the_unit_is_the_reference(desk: LendingDesk) -> None:
    sold(desk)
    assert read_collateral(desk.covered).at(0).backing.unit == desk.terms.reference


def test_closed__days_pass_and_are_paid__as_the_chain_comes_to(desk: LendingDesk) -> None:
    sold(desk)
    foreseen = read_collateral(desk.delivery)
    for _ in range(4):
        desk.chain.now += DAY
        foreseen, found = foreseen.passed(is_paid=True), read_collateral(desk.delivery)
        assert same(foreseen, found)
        desk.chain.send("IndexDouble", desk.index, "close", DAY, HASHPRICE)
        desk.act(STRANGER, desk.token.accrue())
        foreseen, found = foreseen.closed(), read_collateral(desk.delivery)
        assert same(foreseen, found)
        assert found.unpaid_since == desk.chain.now
        desk.act(ISSUER, desk.token.deliver())


def test_closed__nobody_pays__as_the_chain_comes_to(desk: LendingDesk) -> None:
    sold(desk)
    desk.pass_day()
    desk.act(STRANGER, desk.token.accrue())
    foreseen = read_collateral(desk.delivery)
    since = foreseen.unpaid_since
    for _ in range(desk.terms.last - foreseen.window.day):
        desk.pass_day()
        desk.act(STRANGER, desk.token.accrue())
        foreseen, found = foreseen.passed(is_paid=False).closed(), read_collateral(desk.delivery)
        desk.chain.now += DAY - 1
        late = read_collateral(desk.delivery).backing.overdue
        desk.chain.now -= DAY - 1
        assert foreseen.unpaid_since == found.unpaid_since == since
        foreseen = foreseen.lapsed()
        assert foreseen.backing.overdue == late
        overdue = found.backing.overdue
        assert same(replace(foreseen, backing=foreseen.backing._replace(overdue=overdue)), found)
    assert found.backing.left == 0 and late


def same(foreseen: Collateral, found: Collateral) -> bool:
    """Compare all but what has streamed meanwhile."""
    backing = found.backing._replace(index=foreseen.backing.index)
    return foreseen == replace(found, backing=backing)


def test_lapsed__grace_ends_within_the_day__overdue(desk: LendingDesk) -> None:
    owing(desk)
    collateral = read_collateral(desk.delivery)
    end = collateral.begins(1) - 1  # its last second
    for since, is_overdue in ((end, False), (end - 1, True), (None, False)):
        late = end - desk.terms.grace
        at = replace(collateral, unpaid_since=None if since is None else since - end + late)
        assert at.lapsed().backing.overdue == is_overdue


def test_closed__index_days_behind__debt_may_be_a_day_old(desk: LendingDesk) -> None:
    behind(desk)
    collateral = read_collateral(desk.delivery)
    assert collateral.elapsed == 3
    assert collateral.day_in(0) == collateral.window.day + 4
    closed = collateral.passed(is_paid=False).closed()
    assert closed.elapsed == 3
    assert closed.unpaid_since == closed.now - DAY <= collateral.now


def test_closed__over_a_halving__its_blocks_earn_half_and_so_does_the_next_day(
    desk: LendingDesk,
) -> None:
    collateral = read_collateral(desk.delivery)
    window = collateral.window._replace(day=HALVING - 3)
    at = replace(collateral, backing=collateral.backing._replace(window=window))
    at = replace(at, terms=at.terms._replace(last=HALVING + 100))
    days = []
    for _ in range(3):
        at = at.passed(is_paid=True).closed()
        days.append(at.window[2:])
    before = HALVING_BLOCKS - (HALVING - 1) * DAY_BLOCKS
    assert 0 < before < DAY_BLOCKS
    assert days[0] == (HASHPRICE,) * 3
    mixed = HASHPRICE * before + HASHPRICE // 2 * (DAY_BLOCKS - before)
    assert days[1] == (mixed // DAY_BLOCKS, HASHPRICE // 2, HASHPRICE // 2)
    assert HASHPRICE // 2 - days[2][0] in (0, 1)


def test_closed__term_is_over__nothing_is_left(desk: LendingDesk) -> None:
    sold(desk)
    collateral = read_collateral(desk.covered)
    assert collateral.day_in(0) == desk.terms.first
    left = []
    for _ in range(TERM + 2):
        collateral = collateral.passed(is_paid=True).closed()
        left.append(collateral.backing.left)
    assert left[-4:] == [1, 0, 0, 0]
    assert collateral.passed(is_paid=True).worth().value == 0
    assert collateral.backing.owed == 0


def test_begins__hours_after_the_index__with_its_day(desk: LendingDesk) -> None:
    desk.chain.now += 5 * 3_600
    collateral = read_collateral(desk.covered)
    assert collateral.begins(0) == collateral.now
    assert collateral.begins(1) == collateral.window.end + DAY == collateral.now + 19 * 3_600
