"""The commands of lending: what they list, what they send, what they warn of and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from terahash.deployment import Deployment
from terahash.units import DAY
from tests.support.issuing import HOLDER, NOBODY, ONE, STRANGER, TERM
from tests.support.lending import BORROWER, FEE_RECEIVER, GUARDIAN, LENDER, LIQUIDATOR
from tests.support.lending_desk import LendingDesk
from tests.support.market import USER, connected

VAULTS = """\
            secured     lent    free  in use      borrow      supply  LLTV
#  shares   by         (BTC)   (BTC)     (%)  (% a year)  (% a year)   (%)
──────────────────────────────────────────────────────────────────────────
1  tvcHASH  cash      0.0006  9.9994    0.01        1.00        0.00    90
2  tvdHASH  delivery  0.0000  0.0000    0.00        1.00        0.00    70
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LendingDesk:
    desk = LendingDesk(tmp_path)
    connected(desk, monkeypatch)
    return desk


def lines(text: str) -> list[str]:
    """Split what was printed, each run of blanks as one."""
    return [" ".join(line.split()) for line in text.splitlines()]


def done(desk: LendingDesk, *arguments: object) -> str:
    """Run a command with the user's key, and return what it prints."""
    result = desk.run(*arguments, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    return str(result.stdout)


def refused(desk: LendingDesk, *arguments: object, **options: Any) -> str:
    """Run a command that is refused before anything is sent, and return what it says."""
    result = desk.run(*arguments, **options)
    assert result.exit_code == 1, result.stdout + result.stderr
    assert desk.chain.sent == []
    assert result.stderr.count("\n") == 1
    return str(result.stderr)


def unhealthy(desk: LendingDesk, gained: int = 12 * ONE) -> None:
    """Let a loan of 400,000 satoshi in the second vault be liquidatable."""
    desk.owe(desk.delivery, 1_000, 400_000)
    desk.pass_day(gained)


# loans


def test_loans__two_vaults__a_line_each(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    result = desk.run("loans")
    assert result.exit_code == 0, result.stderr
    assert [line.rstrip() for line in result.stdout.splitlines()] == VAULTS.splitlines()


def test_loans__json__everything_and_exact(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    first, second = desk.json("loans")["vaults"]
    assert [first["number"], second["number"]] == [1, 2]
    assert first["vault"] == desk.covered.address
    assert first["terms"]["lltv"] == str(9 * ONE // 10)
    assert first["lent"] == str(60_000 << 32)
    assert first["worth"]["is_stopped"] is False
    assert second["terms"]["uncovered_cap"] == "1000000000"


def test_loans__nothing_opened__said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LendingDesk, "open_vault", lambda self, *_, **__: None)
    desk = LendingDesk(tmp_path)
    connected(desk, monkeypatch)
    assert desk.run("loans").stdout == "No vault was opened here.\n"
    assert desk.json("loans") == {"vaults": []}


def test_loans__one_vault__all_that_is_known(desk: LendingDesk) -> None:
    desk.owe(desk.delivery, 1_000, 150_000)
    said = lines(desk.run("loans", 2).stdout)
    assert f"vault tvdHASH, Terahash delivery vault of HASH, {desk.delivery.address}" in said
    assert (
        "secured by cash, and what the issuer has yet to deliver: at 80.00 % of the hashprice, "
        "less 0.10 % a block-day, lent to 25.00 %" in said
    )
    assert "lent 150,000 sats (0.00150000 BTC), 0.02 % of all" in said
    assert any(
        one.startswith("beyond cash 55,950 sats (0.00055950 BTC) of at most") for one in said
    )
    assert "liquidation LTV 70.00 %; a loan may reach 68.60 %" in said
    assert "stopped nothing" in said
    assert f"guardian {GUARDIAN}" in said


def test_loans__stopped_by_guardian_and_valuation__said(desk: LendingDesk) -> None:
    desk.buy(BORROWER, 10)
    desk.do(GUARDIAN, desk.covered.stop(True, True))
    desk.chain.now += 4 * DAY + 1
    said = lines(desk.run("loans", 1).stdout)
    assert "stopped deposits and loans" in said
    assert any(one.endswith("sats, and nothing more now") for one in said)
    # The hashprice is too old for the other vault to value by.
    other = lines(desk.run("loans", 2).stdout)
    assert "a token is worth not known: the valuation does not answer now" in other


def test_loans__account_in_a_vault__its_loan_and_what_it_lent(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    desk.lend(desk.covered, 5_000, BORROWER)
    said = lines(desk.run("loans", 1, "--account", BORROWER).stdout)
    for row in (
        f"borrower {BORROWER}",
        "debt 60,000 sats (0.00060000 BTC)",
        "worth 94,050 sats (0.00094050 BTC)",
        "health 1.4107",
        "can borrow 22,952 sats (0.00022952 BTC)",
        "hashprice 0.00050000 BTC/PH/day today",
        "liquidation none: cash covers it",
        "if nobody pays not liquidatable in the term",
        "repaid by itself in 3 days, at today's hashprice",
        "shares 0.00005000",
        "can take out 5,000 sats (0.00005000 BTC) now",
    ):
        assert row in said, row


def test_loans__account_in_a_delivery_vault__hashprice_at_which_it_is_liquidated(
    desk: LendingDesk,
) -> None:
    desk.owe(desk.delivery, 1_000, 400_000)
    document = desk.json("loans", desk.delivery.address, "--account", BORROWER)
    price = int(document["outlook"]["liquidation"])
    assert 24 * ONE < price < 26 * ONE
    said = lines(desk.run("loans", 2, "--account", BORROWER).stdout)
    row = next(one for one in said if one.startswith("liquidation at"))
    assert row.startswith("liquidation at 0.0002")
    assert row.endswith("% below today's")
    assert "repaid by itself in 11 days, at today's hashprice" in said
    assert document["position"]["debt"] == str(400_000 << 32)
    assert document["lender"]["shares"] == "0"


def test_loans__account_everywhere__a_line_for_each_vault(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    desk.lend(desk.delivery, 5_000, BORROWER)
    result = desk.run("loans", "--account", BORROWER)
    said = lines(result.stdout)
    assert "1 tvcHASH 1,000.00 94,050 60,000 0 1.4107 3" in said
    assert "2 tvdHASH 0.00005000 5,000 5,000 0.00" in said
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    document = desk.json("loans", "--account", BORROWER)
    assert [one["number"] for one in document["vaults"]] == [1, 2]
    assert document["vaults"][0]["outlook"]["repaid_in"] == 3
    assert document["vaults"][1]["outlook"] is None


def test_loans__valuation_does_not_answer__debt_is_said_all_the_same(desk: LendingDesk) -> None:
    desk.owe(desk.delivery, 1_000, 150_000)
    desk.chain.now += 4 * DAY + 1
    said = lines(desk.run("loans", "--account", BORROWER).stdout)
    assert any(one.startswith("2 tvdHASH 1,000.00 - 150,0") for one in said)
    rows = lines(desk.run("loans", 2, "--account", BORROWER).stdout)
    assert "worth not known: the valuation does not answer now" in rows


def test_loans__more_days_than_one_call_accrues__vault_is_listed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = LendingDesk(tmp_path, last=202)
    connected(desk, monkeypatch)
    desk.owe(desk.covered, 1_000, 60_000)
    for _ in range(65):
        desk.pass_day()
    assert "1  tvcHASH  cash" in desk.run("loans").stdout
    assert desk.run("loans", 1, "--account", BORROWER).exit_code == 0
    assert desk.json("loans")["vaults"][0]["is_valued"] is False


def test_loans__account_with_nothing__said(desk: LendingDesk) -> None:
    result = desk.run("loans", "--account", STRANGER)
    assert result.stdout == f"{STRANGER} has neither lent nor borrowed here.\n"


@pytest.mark.parametrize("name", ["0", "3", "9" * 30])
def test_vault__number_of_none__refused(desk: LendingDesk, name: str) -> None:
    assert "the register has 2; `terahash loans` lists them" in refused(desk, "loans", name)


def test_vault__of_another_register__refused_for_its_code_may_be_anything(
    desk: LendingDesk,
) -> None:
    said = refused(desk, "lend", "deposit", desk.token.address, 1_000, "--yes", key=True)
    assert "is no vault of this deployment, and its code may be anything" in said
    assert desk.run("loans", "0x12").exit_code == 2


def test_deployment__without_lending__refused(desk: LendingDesk) -> None:
    desk.file.write_text(Deployment(chain_id=1).model_dump_json())
    assert "VaultRegistry is not part of this deployment" in refused(desk, "loans")


# lend


def test_deposit__shown_approved_and_lent(desk: LendingDesk) -> None:
    before = desk.sats(USER)
    result = desk.run("lend", "deposit", 1, "0.5btc", key=True, answer="y\n")
    assert result.exit_code == 0, result.stderr
    assert "for 0.50000000 shares, to " + USER in lines(result.stdout)
    assert result.stdout.endswith("Lent 50,000,000 sats (0.50000000 BTC) for 0.50000000 shares.\n")
    assert desk.chain.sent == ["approve", "deposit"]
    assert desk.covered.shares(USER) == 5 * 10**13
    assert desk.sats(USER) == before - 5 * 10**7
    assert desk.covered.bitcoin_of(USER).allowed == 0


def test_deposit__allowance_is_there__one_transaction(desk: LendingDesk) -> None:
    desk.do(USER, desk.covered.approve_bitcoin(1_000))
    done(desk, "lend", "deposit", 1, 1_000)
    assert desk.chain.sent == ["deposit"]


def test_deposit__delivery_vault__warned_of_the_issuer(desk: LendingDesk) -> None:
    result = desk.run("lend", "deposit", 2, 1_000, "--from", USER)
    assert result.stderr == (
        "Warning: lenders here carry the risk that the issuer does not deliver, up to "
        "1,000,000,000 sats (10.00000000 BTC) of all loans together, and interest.\n"
    )
    assert desk.run("lend", "deposit", 1, 1_000, "--from", USER).stderr == ""


def test_deposit__no_key__what_to_sign(desk: LendingDesk) -> None:
    document = desk.json("lend", "deposit", 1, 1_000, "--from", USER, "--receiver", HOLDER)
    approve, deposit = document["transactions"]
    assert (approve["to"], deposit["to"]) == (desk.btc, desk.covered.address)
    words = [deposit["data"][10 + 64 * i :][:64] for i in range(2)]
    assert [int(word, 16) for word in words] == [1_000, int(HOLDER, 16)]
    assert document["facts"]["shares"] == str(1_000 * 10**6)
    assert desk.chain.sent == []


def test_deposit__more_than_the_cap__refused_with_what_is_left(desk: LendingDesk) -> None:
    desk.lend(desk.covered, 10**12 - 5)
    said = refused(desk, "lend", "deposit", 1, 6, "--yes", key=True)
    assert "At most 5 sats (0.00000005 BTC) can be lent now." in said
    done(desk, "lend", "deposit", 1, 5)


def test_deposit__stopped__refused_for_that(desk: LendingDesk) -> None:
    desk.do(GUARDIAN, desk.covered.stop(True, False))
    said = refused(desk, "lend", "deposit", 1, 1, "--yes", key=True)
    assert "The guardian has stopped new deposits" in said


def test_deposit__more_than_held__refused(desk: LendingDesk) -> None:
    said = refused(desk, "lend", "deposit", 1, 10**11, "--from", HOLDER)
    assert f"{HOLDER} holds 0 sats (0.00000000 BTC), and this takes 100,000,000,000 sats" in said


@pytest.mark.parametrize("command", [("lend", "deposit", 1, 5), ("borrow", "take", 1, 5)])
def test_receiver__who_cannot_use_it__refused(
    desk: LendingDesk, command: tuple[object, ...]
) -> None:
    for receiver in (NOBODY, desk.covered.address):
        said = refused(desk, *command, "--receiver", receiver, "--from", USER)
        assert "Nobody could use what the zero address or the vault itself" in said


def test_withdraw__as_far_as_there_is_cash__paid(desk: LendingDesk) -> None:
    done(desk, "lend", "deposit", 1, 100_000)
    desk.post(desk.covered, 1_000)
    desk.do(BORROWER, desk.covered.borrow(60_000, BORROWER, BORROWER))
    said = refused(desk, "lend", "withdraw", 1, 40_001, "--yes", key=True)
    assert (
        f"{USER} has lent 100,000 sats (0.00100000 BTC), of which 40,000 sats (0.00040000 BTC) can "
        "be withdrawn now"
    ) in said
    before = desk.sats(USER)
    said = done(desk, "lend", "withdraw", 1, 40_000)
    assert said.endswith("Took out 40,000 sats (0.00040000 BTC) for 0.00040000 shares.\n")
    assert desk.sats(USER) == before + 40_000


def test_redeem__without_an_amount__all_there_is_cash_for(desk: LendingDesk) -> None:
    done(desk, "lend", "deposit", 1, 100_000)
    said = refused(desk, "lend", "redeem", 1, "0.002", "--yes", key=True)
    assert "0.00100000 shares, of which 0.00100000 can be given back now" in said
    done(desk, "lend", "redeem", 1, "0.0004")
    assert desk.covered.shares(USER) == 6 * 10**10
    done(desk, "lend", "redeem", 1)
    assert desk.covered.shares(USER) == 0
    assert "There is nothing to send." in done(desk, "lend", "redeem", 1)


def test_fees__interest_was_paid__shares_for_the_receiver(desk: LendingDesk) -> None:
    assert "There is nothing to send." in done(desk, "lend", "fees", 1)
    desk.owe(desk.covered, 1_000, 80_000)
    desk.chain.now += 365 * DAY
    said = done(desk, "lend", "fees", 1)
    assert said.endswith(f" shares went to {FEE_RECEIVER}.\n")
    assert desk.covered.shares(FEE_RECEIVER) > 0


# borrow


def test_take__tokens_posted_first__approved_posted_and_borrowed(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.buy(USER, 1_000)
    before = desk.sats(USER)
    said = done(desk, "borrow", "take", 1, 60_000, "--post", 1_000)
    assert desk.chain.sent == ["approve", "post", "borrow"]
    for row in (
        "post 1,000 TH/s",
        "debt then 60,000 sats (0.00060000 BTC)",
        "health then 1.4107",
        "liquidation none: cash covers it",
        "if nobody pays not liquidatable in the term",
    ):
        assert row in lines(said), row
    assert said.endswith("Borrowed 60,000 sats (0.00060000 BTC).\n")
    assert desk.sats(USER) == before + 60_000
    assert desk.token.balance(USER) == 0


def test_take__json__the_rate_and_the_outlook_afterwards(desk: LendingDesk) -> None:
    desk.lend(desk.covered, 100_000)
    desk.post(desk.covered, 1_000, USER)
    facts = desk.json("borrow", "take", 1, 80_000, "--from", USER)["facts"]
    assert facts["debt_after"] == 80_000
    assert int(facts["health_after"]) == 94_050 * 9 * ONE // 10 // 80_000
    # 80 of 90 % in use: nearly the target's rate.
    assert int(facts["rate"]) == ONE // 25 * (ONE - 3 * ONE // 4 * (ONE // 9) // ONE) // ONE
    assert facts["outlook"]["liquidation"] is None
    assert facts["outlook"]["repaid_in"] == 3


def test_take__more_than_allowed__refused_with_the_most(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.post(desk.covered, 1_000, USER)
    said = refused(desk, "borrow", "take", 1, 82_953, "--yes", key=True)
    assert "at most 82,952 sats (0.00082952 BTC) can be borrowed against 1,000 TH/s now" in said
    desk.buy(USER, 1)
    said = refused(desk, "borrow", "take", 1, 90_000, "--post", 1, "--yes", key=True)
    assert "at most 83,035 sats" in said
    done(desk, "borrow", "take", 1, 83_035, "--post", 1)


def test_take__close_to_liquidation__warned(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.post(desk.covered, 1_000, USER)
    result = desk.run("borrow", "take", 1, 82_000, "--from", USER)
    assert result.stderr == (
        "Warning: the loan is close to its liquidation then: its health is 1.0322.\n"
    )
    assert desk.run("borrow", "take", 1, 80_000, "--from", USER).stderr == ""


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("guardian", "The guardian has stopped new loans"),
        ("valuation", "Nothing is lent while the issuance has sold nothing, is short"),
        ("stale", "nothing is lent while tokens are not valued: The newest closed block-day"),
    ],
)
def test_take__nothing_is_lent__refused_for_that(desk: LendingDesk, what: str, why: str) -> None:
    vault = desk.delivery if what == "stale" else desk.covered
    desk.lend(vault)
    desk.post(vault, 1_000, USER)
    if what == "guardian":
        desk.do(GUARDIAN, vault.stop(False, True))
    else:
        desk.chain.now += 4 * DAY + 1
    number = 2 if what == "stale" else 1
    assert why in refused(desk, "borrow", "take", number, 1_000, "--yes", key=True)
    assert why in refused(desk, "borrow", "plan", number, 1_000)


def test_take__for_another__only_who_is_authorized(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 10_000)
    arguments = ("borrow", "take", 1, 5_000, "--borrower", BORROWER)
    assert "Only the borrower, or whom it has authorized" in refused(
        desk, *arguments, "--yes", key=True
    )
    desk.do(BORROWER, desk.covered.authorize(USER, True))
    before = desk.sats(USER)
    done(desk, *arguments)
    assert desk.sats(USER) == before + 5_000
    assert desk.covered.position(BORROWER).owes == 15_000


def test_post__more_tokens__health_rises(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    desk.buy(USER, 1_000)
    result = desk.run("borrow", "post", 1, 1_000, "--borrower", BORROWER, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert f"Warning: the tokens are {BORROWER}'s then, and so is what they earn" in result.stderr
    assert result.stdout.endswith("Posted 1,000 TH/s.\n")
    assert desk.covered.position(BORROWER).loan.collateral == 2_000 * ONE
    said = refused(desk, "borrow", "post", 1, 1, "--borrower", NOBODY, "--yes", key=True)
    assert "name another borrower" in said
    said = refused(desk, "borrow", "post", 1, 1, "--yes", key=True)
    assert f"{USER} holds 0 TH/s, and this takes 1 TH/s: buy more" in said


def test_withdraw_tokens__all_without_a_debt_and_some_with_one(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.post(desk.covered, 1_000, USER)
    desk.do(USER, desk.covered.borrow(60_000, USER, USER))
    result = desk.run("borrow", "withdraw", 1, 270, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert "close to its liquidation then: its health is 1.0298" in result.stderr
    assert desk.token.balance(USER) == 270 * ONE
    said = refused(desk, "borrow", "withdraw", 1, 731, "--yes", key=True)
    assert "the loan has 730 TH/s: choose a smaller amount" in said
    # What a debt needs the vault keeps.
    said = refused(desk, "borrow", "withdraw", 1, "--yes", key=True)
    assert "can be taken back while the loan owes 60,000 sats" in said
    done(desk, "repay", 1, "--all")
    done(desk, "borrow", "withdraw", 1)
    assert desk.token.balance(USER) == 1_000 * ONE
    assert "There is nothing to send." in done(desk, "borrow", "withdraw", 1)


def test_credit_and_harvest__rewards_beyond_the_debt__credited_and_paid(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.post(desk.covered, 1_000, USER)
    assert "There is nothing to send." in done(desk, "borrow", "credit", 1)
    desk.pass_day()
    desk.deliver()
    assert done(desk, "borrow", "harvest", 1).endswith(
        "43,999 sats (0.00043999 BTC) were credited.\n"
    )
    before = desk.sats(USER)
    said = done(desk, "borrow", "credit", 1)
    assert said.endswith(f"43,999 sats (0.00043999 BTC) were paid to {USER}.\n")
    assert desk.sats(USER) == before + 43_999


def test_authorize__and_revoke__warned_and_said(desk: LendingDesk) -> None:
    result = desk.run("borrow", "authorize", 1, STRANGER, "--yes", key=True)
    assert f"Warning: {STRANGER} will be able to borrow against all your tokens" in result.stderr
    assert result.stdout.endswith(f"{STRANGER} may act on behalf of {USER}.\n")
    assert desk.covered.is_authorized(USER, STRANGER)
    said = done(desk, "borrow", "authorize", 1, STRANGER, "--revoke")
    assert said.endswith(f"{STRANGER} may no longer act on behalf of {USER}.\n")
    assert not desk.covered.is_authorized(USER, STRANGER)


# plan


def test_plan__rounds__table_and_risk_in_words(desk: LendingDesk) -> None:
    desk.lend(desk.delivery)
    desk.buy(BORROWER, 10)
    result = desk.run("borrow", "plan", 2, "0.01btc", "--rounds", 3)
    assert result.exit_code == 0, result.stderr
    said = lines(result.stdout)
    assert "1 0 1,000,000 496.0317 496.0317 0" in said
    assert any(one.startswith("leverage 1.2") and one.endswith("times") for one in said)
    assert any(one.startswith("breaks even at 0.00054") for one in said)
    assert "repaid by itself in 11 days, at today's hashprice" in said
    text = " ".join(said)
    assert (
        "% below today's, rewards do not repay the loan in time, and anyone may liquidate it."
        in text
    )
    assert (
        "If the issuer delivers nothing more, anyone may liquidate it from block-day 106 on."
        in (text)
    )
    assert (
        "Worst case: the tokens are taken, and all of your 1,000,000 sats (0.01000000 BTC) with "
        "them. More than that you cannot lose" in text
    )
    assert desk.chain.sent == []


def test_plan__json__what_the_rounds_are_and_exact(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.buy(BORROWER, 10)
    document = desk.json("borrow", "plan", 1, 10**6)
    assert document["rounds"][0] == {
        "borrowed": 0,
        "spent": 1_000_000,
        "minted": "496031746031746031746",
        "tokens": "496031746031746031746",
        "debt": 0,
    }
    assert document["debt"] == document["rounds"][-1]["debt"] == 42_912
    assert document["risk"]["liquidation"] is None
    # Within the next block-day it counts as less covered than it is: the plan says so.
    assert document["risk"]["today"]["repaid_in"] is None
    assert document["risk"]["today"]["liquidatable_in"] == 1
    assert len(document["worst_case"]) == 4


def test_plan__one_round__no_debt_and_no_liquidation(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.buy(BORROWER, 10)
    said = lines(desk.run("borrow", "plan", 1, 10**6, "--rounds", 1).stdout)
    assert "There is no debt, and nothing to be liquidated." in said
    assert "health no debt" in said


def test_plan__rewards_that_come_too_late__said(desk: LendingDesk) -> None:
    for _ in range(3):
        desk.pass_day(ONE)
    desk.buy(BORROWER, 10)
    desk.lend(desk.covered)
    said = " ".join(lines(desk.run("borrow", "plan", 1, 10**6).stdout))
    assert (
        "At today's hashprice rewards do not repay the loan in time: anyone may liquidate it, "
        "unless you repay it yourself" in said
    )


def test_plan__more_than_is_sold__the_tokens_reason(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.buy(BORROWER, 10)
    assert "The issuer sells no more than its capacity" in refused(
        desk, "borrow", "plan", 1, "1btc"
    )


# repay


def test_repay__an_amount__debt_shrinks_by_it(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    said = done(desk, "repay", 1, 10_000, "--borrower", BORROWER)
    assert desk.chain.sent == ["approve", "repay"]
    assert said.endswith(
        "Repaid 10,000 sats (0.00010000 BTC); the loan owes 50,000 sats (0.00050000 BTC).\n"
    )
    assert "debt then 50,000 sats (0.00050000 BTC)" in lines(said)


def test_repay__all__with_what_interest_adds_until_then(
    desk: LendingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.owe(desk.covered, 1_000, 60_000)

    def later(*_: object, **__: object) -> bool:
        desk.chain.now += DAY
        return True

    monkeypatch.setattr("terahash.plan.click.confirm", later)
    result = desk.run("repay", 1, "--all", "--borrower", BORROWER, key=True)
    assert result.exit_code == 0, result.stderr
    assert "at most 60,600 sats (0.00060600 BTC), with interest until then" in lines(result.stdout)
    assert result.stdout.endswith(
        "Repaid 60,002 sats (0.00060002 BTC); the loan owes 0 sats (0.00000000 BTC).\n"
    )
    assert desk.covered.position(BORROWER).debt == 0


def test_repay__more_than_is_owed__no_more_is_paid(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    before = desk.sats(USER)
    done(desk, "repay", 1, 90_000, "--borrower", BORROWER)
    assert desk.sats(USER) == before - 60_000


def test_repay__nothing_owed__nothing_to_send(desk: LendingDesk) -> None:
    for arguments in (("--all",), ("--close",), (5,)):
        assert "There is nothing to send." in done(desk, "repay", 1, *arguments)
        assert desk.chain.sent == []


def test_close__everything_back_in_one_call(desk: LendingDesk) -> None:
    desk.lend(desk.covered)
    desk.post(desk.covered, 1_000, USER)
    desk.do(USER, desk.covered.borrow(60_000, USER, USER))
    said = done(desk, "repay", 1, "--close", "--receiver", HOLDER)
    assert said.endswith(f"Closed the loan of {USER}: 60,000 sats (0.00060000 BTC) were repaid.\n")
    assert desk.token.balance(HOLDER) == 1_000 * ONE
    assert desk.covered.position(USER).is_empty


def test_close__of_another__refused(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    said = refused(desk, "repay", 1, "--close", "--borrower", BORROWER, "--yes", key=True)
    assert "Only the borrower, or whom it has authorized" in said


@pytest.mark.parametrize(
    "arguments", [(), (5, "--all"), (5, "--close"), ("--all", "--close"), (5, "--receiver", HOLDER)]
)
def test_repay__none_or_two_ways__wrong_usage(
    desk: LendingDesk, arguments: tuple[object, ...]
) -> None:
    assert desk.run("repay", 1, *arguments, "--from", USER).exit_code == 2


# liquidate


def test_liquidate__list__what_anyone_may_liquidate(desk: LendingDesk) -> None:
    assert desk.run("liquidate").stdout == "No loan can be liquidated now.\n"
    desk.owe(desk.covered, 100, 1_000, USER)
    unhealthy(desk)
    said = lines(desk.run("liquidate").stdout)
    assert any(one.startswith(f"2 {BORROWER} 1,000.00 400,011 0.") for one in said)
    assert not any(one.startswith("1 ") for one in said)
    assert desk.run("liquidate", 1).stdout == "No loan can be liquidated now.\n"
    (found,) = desk.json("liquidate", 2)["loans"]
    assert (found["number"], found["borrower"]) == (2, BORROWER)
    assert 0 < int(found["health"]) < ONE


def test_liquidate__whole_debt__paid_and_tokens_got(desk: LendingDesk) -> None:
    unhealthy(desk)
    owes = desk.delivery.position(BORROWER).owes
    before = desk.sats(USER)
    said = done(desk, "liquidate", 2, BORROWER)
    assert desk.chain.sent == ["approve", "liquidate"]
    got, paid = desk.token.balance(USER), before - desk.sats(USER)
    assert 0 < paid <= owes and got > 0
    assert f"Paid {paid:,} sats" in said.splitlines()[-1]
    assert desk.delivery.position(BORROWER).loan.collateral == 1_000 * ONE - got


def test_liquidate__pay_and_seize__the_same_price_either_way(desk: LendingDesk) -> None:
    unhealthy(desk)
    arguments = ("liquidate", 2, BORROWER, "--from", LIQUIDATOR)
    pay = desk.json(*arguments, "--pay", 10_000)["facts"]
    seize = desk.json(*arguments, "--seize", f"{int(pay['seized']) / 10**18:.18f}")["facts"]
    assert pay["paid"] == 10_000
    assert abs(seize["paid"] - 10_000) <= 1
    assert int(pay["limit"]) == int(pay["seized"]) * 99 // 100
    assert int(seize["limit"]) == -(-seize["paid"] * 101 // 100)
    assert pay["worth"] > 10_000
    done(desk, "liquidate", 2, BORROWER, "--seize", "10.5")
    assert desk.token.balance(USER) == 105 * ONE // 10


def test_liquidate__price_moves_meanwhile__bounded_by_what_was_shown(
    desk: LendingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    unhealthy(desk, 22 * ONE)

    def recovered(*_: object, **__: object) -> bool:
        desk.pass_day(23 * ONE)
        return True

    monkeypatch.setattr("terahash.plan.click.confirm", recovered)
    result = desk.run("liquidate", 2, BORROWER, "--pay", 10_000, key=True)
    assert result.exit_code == 1
    assert "price has moved beyond what you allowed" in result.stderr
    assert desk.token.balance(USER) == 0


def test_liquidate__to_the_reserve__without_money_and_for_a_hundredth(desk: LendingDesk) -> None:
    unhealthy(desk)
    before = desk.sats(USER)
    said = done(desk, "liquidate", 2, BORROWER, "--to-reserve")
    assert desk.chain.sent == ["liquidate_to_reserve"]
    assert "as reward." in said.splitlines()[-1]
    assert desk.sats(USER) > before


def test_liquidate__to_the_reserve_down_to_bad_debt__who_bears_it(desk: LendingDesk) -> None:
    desk.owe(desk.delivery, 1_000, 400_000)
    for _ in range(4):
        desk.pass_day(5 * ONE)
    assert desk.delivery.position(BORROWER).is_unhealthy
    said = done(desk, "liquidate", 2, BORROWER, "--to-reserve")
    last = said.splitlines()[-1]
    assert last.startswith("Took 1,000 TH/s; the reserve paid ")
    assert last.endswith(" were lost, which lenders bear.")
    assert desk.delivery.position(BORROWER).is_empty


def test_liquidate__term_is_over__no_sale_and_the_vault_keeps_the_tokens(
    desk: LendingDesk,
) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    # Of what lenders have left, the loss is more than a thousandth.
    desk.do(LENDER, desk.covered.withdraw(10**9 - 10**6, LENDER, LENDER))
    for _ in range(TERM):
        desk.pass_day(5 * ONE)  # which does not earn its cost
    said = refused(desk, "liquidate", 1, BORROWER, "--yes", key=True)
    assert "The tokens are worth nothing now, so that none are sold" in said
    result = desk.run("liquidate", 1, BORROWER, "--to-reserve", "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert "Warning: the reserve pays next to nothing, and there is no reward" in result.stderr
    assert "the vault keeps the tokens, and lenders lose the debt; they get what" in result.stderr
    assert result.stdout.splitlines()[-1].endswith(" were lost, which lenders bear.")
    assert desk.covered.state().pool.keeps_tokens
    said = refused(desk, "lend", "deposit", 1, 1_000, "--yes", key=True)
    assert "what they earn is for those who lent then" in said


def test_liquidate__healthy__refused(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    for how in ((), ("--to-reserve",), ("--pay", 5)):
        said = refused(desk, "liquidate", 1, BORROWER, *how, "--yes", key=True)
        assert "The loan owes no more than its tokens allow" in said


def test_liquidate__valuation_does_not_answer__refused(desk: LendingDesk) -> None:
    unhealthy(desk)
    desk.chain.now += 4 * DAY + 1
    said = refused(desk, "liquidate", 2, BORROWER, "--yes", key=True)
    assert "nothing is liquidated while tokens are not valued: The newest closed" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("--pay", 5, "--seize", 5),
        ("--pay", 5, "--to-reserve"),
        ("--pay", 0),
        ("--seize", 0),
        ("--slippage", 101),
    ],
)
def test_liquidate__two_ways_or_nothing__wrong_usage(
    desk: LendingDesk, arguments: tuple[object, ...]
) -> None:
    assert desk.run("liquidate", 1, BORROWER, *arguments, "--from", USER).exit_code == 2


def test_everything__json__is_one_document(desk: LendingDesk) -> None:
    desk.owe(desk.covered, 1_000, 60_000)
    for arguments in (
        ("loans",),
        ("loans", 1),
        ("loans", "--account", LENDER),
        ("liquidate",),
        ("lend", "fees", 1),
        ("borrow", "harvest", 1, "--borrower", BORROWER),
        ("borrow", "credit", 1, "--from", BORROWER),
        ("repay", 1, "--all", "--borrower", BORROWER),
    ):
        result = desk.run(*arguments, "--json")
        assert result.exit_code == 0, result.stderr
        assert isinstance(json.loads(result.stdout), dict)
