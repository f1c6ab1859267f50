"""What commands of lending say beside their plans, and usage that they refuse."""

from __future__ import annotations

import pytest

from terahash.units import DAY
from tests.support.issuing import HOLDER, STRANGER
from tests.support.lending import BORROWER, GUARDIAN, LENDER
from tests.support.lending_desk import LendingDesk
from tests.support.market import USER

STALE = "advance the index (`terahash-oracle once`)"


def test_liquidate__list_with_a_debt_that_is_not_valued__warned(commands: LendingDesk) -> None:
    desk = commands
    desk.owe(desk.delivery, 1_000, 400_000)
    assert desk.run("liquidate").stderr == ""
    desk.chain.now += 4 * DAY + 1
    result = desk.run("liquidate")
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: tokens in vault 2 are not valued now, and none of ")
    assert STALE in result.stderr
    document = desk.json("liquidate", 2)
    assert document["loans"] == []
    (unvalued,) = document["unvalued"]
    assert (unvalued["number"], unvalued["vault"]) == (2, desk.delivery.address)
    assert STALE in unvalued["reason"]
    # Nothing is owed to the other, and it is valued.
    assert desk.json("liquidate", 1) == {"loans": [], "unvalued": []}


def test_liquidate__list_without_a_debt__not_warned(commands: LendingDesk) -> None:
    commands.post(commands.delivery, 10)
    commands.chain.now += 4 * DAY + 1
    assert commands.run("liquidate").stderr == ""


@pytest.mark.parametrize(
    "option", [("--to-reserve",), ("--pay", 5), ("--seize", 5), ("--receiver", HOLDER)]
)
def test_liquidate__how_but_not_whom__wrong_usage(
    commands: LendingDesk, option: tuple[object, ...]
) -> None:
    for vault in ((), (2,)):
        result = commands.run("liquidate", *vault, *option)
        assert result.exit_code == 2
        assert "go with BORROWER: whose loan?" in result.stderr


def test_stop_and_resume__guardian__each_alone_and_both(
    commands: LendingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = commands
    for arguments, stopped in (
        (("stop", 1, "--deposits"), (True, False)),
        (("stop", 1, "--loans"), (True, True)),
        (("resume", 1, "--deposits"), (False, True)),
        (("resume", 1), (False, False)),
        (("stop", 1), (True, True)),
        (("resume", 1, "--deposits", "--loans"), (False, False)),
    ):
        document = desk.json("lend", *arguments, "--from", GUARDIAN)
        said = document["facts"]
        assert (said["deposits_stopped"], said["loans_stopped"]) == stopped
        (step,) = document["transactions"]
        assert step["gas"] > 0  # it was tried
        desk.act(GUARDIAN, desk.covered.stop(*stopped))


def test_stop__somebody_else__refused_with_the_vaults_reason(commands: LendingDesk) -> None:
    for command in ("stop", "resume"):
        result = commands.run("lend", command, 1, "--yes", key=True)
        assert result.exit_code == 1 and commands.chain.sent == []
        assert "Only the guardian stops deposits and loans: use its key." in result.stderr


def test_authorize__without_operator__lists_who_may(commands: LendingDesk) -> None:
    desk = commands
    listing = ("borrow", "authorize", 1, "--from", USER)
    assert desk.run(*listing).stdout == f"Nobody but {USER} may act on its behalf here.\n"
    for operator in (STRANGER, HOLDER):
        desk.do(USER, desk.covered.authorize(operator, True))
    assert desk.run(*listing).stdout == f"{HOLDER}\n{STRANGER}\n"
    assert desk.json(*listing) == {"owner": USER, "operators": [HOLDER, STRANGER]}
    assert desk.run(*listing, "--revoke").exit_code == 2
    assert desk.run("borrow", "authorize", 1).exit_code == 2


def test_loans__account_with_nothing_in_a_vault__said(commands: LendingDesk) -> None:
    said = f"{STRANGER} has neither lent nor borrowed here.\n"
    assert commands.run("loans", 1, "--account", STRANGER).stdout.endswith(said)
    commands.lend(commands.covered, 1_000)
    assert said not in commands.run("loans", 1, "--account", LENDER).stdout


def test_loans__vault_that_is_not_valued__warned_with_the_reason(commands: LendingDesk) -> None:
    commands.post(commands.delivery, 10)
    assert commands.run("loans", 2).stderr == ""
    commands.chain.now += 4 * DAY + 1
    assert STALE in commands.run("loans", 2).stderr


@pytest.mark.parametrize(
    ("lent", "cash", "why"),
    [
        (0, 10**6, "no more than 0 sats (0.00000000 BTC) are borrowed, for the vault has no more"),
        (5_000, 10**6, "no more than 5,000 sats (0.00005000 BTC) are borrowed, for the vault has"),
        (10**9, 2_000, "that could be owed are less than the least loan of 1,000 sats"),
    ],
)
def test_plan__bounded_by_the_vault__said(
    commands: LendingDesk, lent: int, cash: int, why: str
) -> None:
    desk = commands
    if lent:
        desk.lend(desk.covered, lent)
    desk.buy(BORROWER, 10)
    result = desk.run("borrow", "plan", 1, cash)
    assert result.exit_code == 0
    assert why in result.stderr
    assert why in desk.json("borrow", "plan", 1, cash)["warnings"][0]


def test_plan__bounded_by_its_tokens_or_not_at_all__not_warned(commands: LendingDesk) -> None:
    desk = commands
    desk.buy(BORROWER, 10)
    assert desk.run("borrow", "plan", 1, 10**6, "--rounds", 1).stderr == ""
    desk.lend(desk.covered)
    assert desk.run("borrow", "plan", 1, 10**6).stderr == ""
    assert desk.json("borrow", "plan", 1, 10**6)["warnings"] == []


def test_plan__index_is_stale__refused_with_what_to_do(commands: LendingDesk) -> None:
    commands.lend(commands.delivery)
    commands.buy(BORROWER, 10)
    commands.chain.now += 4 * DAY + 1
    assert STALE in commands.run("borrow", "plan", 2, 10**6).stderr


@pytest.mark.parametrize(
    "command",
    [
        ("lend", "deposit"),
        ("lend", "withdraw"),
        ("borrow", "take"),
        ("borrow", "plan"),
        ("repay",),
        ("liquidate",),
    ],
)
def test_help__amount__says_its_unit(commands: LendingDesk, command: tuple[str, ...]) -> None:
    said = " ".join(commands.run(*command, "--help", register=False).stdout.split())
    assert "satoshi, or like" in said


@pytest.mark.parametrize("command", ["lend", "borrow"])
def test_help__rates__says_how_they_compound(commands: LendingDesk, command: str) -> None:
    said = " ".join(commands.run(command, "--help", register=False).stdout.split())
    assert "exp(0.04)" in said
