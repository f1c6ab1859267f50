"""The commands that use an issuance: what they say first, what they send, and what they refuse."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from terahash.chain import PendingError, Receipt
from terahash.hashrate.models import Sale
from terahash.units import DAY
from tests.support.issuing import HOLDER, ISSUER, NOBODY, ONE, RICH, STRANGER, TERM
from tests.support.market import KEY, USER, Market, connected

COST = 48 * 10 * TERM
"""Satoshi that ten tokens cost on the first day."""


@pytest.fixture
def market(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Market:
    return connected(Market(tmp_path), monkeypatch)


def owing(market: Market, days: int = 1) -> None:
    """Let the user hold ten tokens for some block-days, which are not accrued."""
    market.buy(USER, 10)
    market.act(USER, market.token.approve_bitcoin(0))
    for _ in range(days):
        market.pass_day()


# mint


def test_mint__with_a_key__bought_with_a_permit_after_asking(market: Market) -> None:
    result = market.run("mint", 1, 10, key=True, answer="y\n")
    assert result.exit_code == 0, result.stderr
    said = result.stdout
    assert f"issuance          HASH, Hashrate, {market.token.address}\n" in said
    assert "buy               10 TH/s\n" in said
    assert f"cost              {COST:,} sats (0.00020160 BTC)\n" in said
    assert "at most           20,362 sats (0.00020362 BTC), 1.00 % more" in said
    assert "today's net hashprice is 44.0000" in said
    assert "gas, now 0.000" in said
    assert said.endswith(f"Bought 10 TH/s for {COST:,} sats (0.00020160 BTC).\n")
    assert "Send? [y/N]" in result.stderr
    assert market.chain.sent == ["mint_with_permit"]
    assert market.token.balance(USER) == 10 * ONE
    assert market.sats(USER) == RICH - COST


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_mint__not_agreed__nothing_is_sent(market: Market, answer: str) -> None:
    result = market.run("mint", 1, 10, key=True, answer=answer)
    assert result.exit_code == 1
    assert "Aborted!" in result.stderr
    assert market.chain.sent == []


def test_mint__token_without_permits__approved_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = connected(Market(tmp_path), monkeypatch)
    monkeypatch.setattr("terahash.hashrate.permit.Permits.domain", lambda _: None)
    result = market.run("mint", 1, 10, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert market.chain.sent == ["approve", "mint"]
    assert "Transaction 2: buy 10 TH/s. Its gas is known once the one before it is mined." in (
        result.stdout
    )
    assert market.token.bitcoin_of(USER) == (RICH - COST, 20_362 - COST)


def test_mint__account_that_has_code__approved_for_its_signature_may_not_count(
    market: Market,
) -> None:
    market.chain.codes[USER] = bytes.fromhex("ef0100") + bytes(20)
    result = market.run("mint", 1, 10, "--yes", key=True)
    assert market.chain.sent == ["approve", "mint"]
    assert "is a contract" not in result.stderr


def test_mint__allowance_is_there__neither_permit_nor_approval(market: Market) -> None:
    market.act(USER, market.token.approve_bitcoin(20_362))
    market.run("mint", 1, 10, "--yes", key=True)
    assert market.chain.sent == ["mint"]


def test_mint__no_key__unsent_transactions_for_who_signs_elsewhere(market: Market) -> None:
    document = market.json("mint", market.token.address, "0.5", "--from", STRANGER)
    assert document["sent"] is False
    assert document["sender"] == STRANGER
    assert document["facts"]["amount"] == str(ONE // 2)
    assert document["facts"]["max_cost"] == 1_019
    approve, mint = document["transactions"]
    assert (approve["to"], mint["to"]) == (market.btc, market.token.address)
    assert approve["gas"] > 0 and int(approve["fee"]) == approve["gas"] * 11 * 10**8
    assert mint["gas"] is None
    words = [mint["data"][10 + 64 * i :][:64] for i in range(3)]
    assert [int(word, 16) for word in words] == [ONE // 2, 1_019, int(STRANGER, 16)]
    assert market.chain.sent == []


def test_mint__no_key_and_nobody__receiver_is_asked_for(market: Market) -> None:
    result = market.run("mint", 1, 10)
    assert result.exit_code == 2
    assert "give --keystore, or --from, or --receiver" in result.stderr
    result = market.run("mint", 1, 10, "--receiver", HOLDER)
    assert result.exit_code == 0
    assert "known once it is known who sends (--from)" in result.stdout
    assert "Nothing was sent, for there is no key" in result.stdout
    assert f"  to    {market.btc}\n  data  0x095ea7b3" in result.stdout


def test_mint__to_a_contract__warned_that_it_cannot_claim(market: Market) -> None:
    result = market.run("mint", 1, 10, "--receiver", market.index, "--from", STRANGER)
    assert f"Warning: {market.index} is a contract: what its tokens earn" in result.stderr
    assert "is a contract" not in market.run("mint", 1, 10, "--from", STRANGER).stderr


def test_mint__to_an_account_that_has_delegated__not_warned(market: Market) -> None:
    market.chain.codes[HOLDER] = bytes.fromhex("ef0100") + bytes(20)
    result = market.run("mint", 1, 10, "--receiver", HOLDER, "--from", STRANGER)
    assert result.exit_code == 0
    assert result.stderr == ""


def test_mint__too_poor__refused_before_an_approval_is_sent(market: Market) -> None:
    result = market.run("mint", 1, 10, "--from", HOLDER)
    assert result.exit_code == 1
    assert f"{HOLDER} holds 0 sats (0.00000000 BTC), and this takes 20,160 sats" in result.stderr


@pytest.mark.parametrize("reference", [1, 4 * ONE])
def test_mint__tiny_reference__warned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: int
) -> None:
    market = connected(Market(tmp_path, reference=reference), monkeypatch)
    result = market.run("mint", 1, 10, "--from", STRANGER)
    assert "Warning: the reference is " in result.stderr
    assert "today's net hashprice is 44.0000" in result.stderr


def test_mint__slippage__the_bound_that_is_asked_for(market: Market) -> None:
    document = market.json("mint", 1, 10, "--from", STRANGER, "--slippage", "0.5")
    assert document["facts"]["max_cost"] == 20_261  # 20,260.8 rounded up
    assert market.json("mint", 1, 10, "--from", STRANGER, "--slippage", 0)["facts"]["max_cost"] == (
        COST
    )


def test_mint__refused__said_in_words(market: Market) -> None:
    result = market.run("mint", 1, 10_001, "--from", STRANGER)
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: The issuer sells no more than its capacity: buy fewer, or wait until it is "
        "raised. (token: above capacity)\n"
    )


@pytest.mark.parametrize("amount", ["ten", "0.0000000000000000001", "NaN", "1,5"])
def test_mint__no_amount__wrong_usage(market: Market, amount: str) -> None:
    assert market.run("mint", 1, amount, "--from", STRANGER).exit_code == 2


def test_mint__json_with_a_key__must_say_yes(market: Market) -> None:
    result = market.run("mint", 1, 10, "--json", key=True)
    assert result.exit_code == 2
    assert "--json asks nothing: add --yes" in result.stderr
    document = market.json("mint", 1, 10, "--yes", key=True)
    assert document["sent"] is True
    assert document["transactions"][0]["gas_used"] > 0
    assert document["result"].startswith("Bought 10 TH/s")


# Which issuance, and who


def test_issuance__not_in_the_register__warned(market: Market) -> None:
    blueprint_args = ("Other", "OTH", ISSUER, tuple(market.terms), (48 * ONE, ONE))
    other = market.chain.deploy("HashrateToken", *blueprint_args)
    result = market.run("mint", other, 1, "--from", STRANGER)
    assert "factory has not opened it: its code may be anything" in result.stderr
    result = market.run("mint", other, 1, "--from", STRANGER, register=False)
    assert "no --deployment is named" in result.stderr


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("2", 1, "there is no issuance 2: the register has 1"),
        ("0", 1, "there is no issuance 0"),
        ("0x12", 2, "0x12 is not an address"),
        ("first", 2, "or give its number in the register"),
    ],
)
def test_issuance__unknown__said(market: Market, name: str, code: int, said: str) -> None:
    result = market.run("mint", name, 1, "--from", STRANGER)
    assert result.exit_code == code
    assert said in result.stderr


def test_issuance__number_without_a_deployment__asked_for(market: Market) -> None:
    result = market.run("mint", 1, 1, "--from", STRANGER, register=False)
    assert result.exit_code == 2
    assert "needs --deployment" in result.stderr


def test_from__not_the_keys_account__wrong_usage(market: Market) -> None:
    result = market.run("mint", 1, 1, "--from", STRANGER, key=True)
    assert result.exit_code == 2
    assert f"--from is {STRANGER}, and the key is of {USER}" in result.stderr


def test_key__wrong_password__refused_without_repeating_it(market: Market) -> None:
    market.password.write_text("wrong battery")
    result = market.run("mint", 1, 1, key=True)
    assert result.exit_code == 1
    assert "the password is wrong" in result.stderr
    assert "battery" not in result.output + result.stderr
    assert KEY.key.hex() not in result.output


def test_key__nothing_to_pay_gas_with__refused(market: Market) -> None:
    market.chain.coin = 0
    result = market.run("mint", 1, 1, "--yes", key=True)
    assert result.exit_code == 1
    assert f"{USER} has nothing to pay with" in result.stderr


# redeem


def test_redeem__with_a_key__paid_as_shown(market: Market) -> None:
    market.buy(USER, 10)
    pays, before = market.token.preview_redeem(4 * ONE), market.sats(USER)
    result = market.run("redeem", 1, 4, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert f"receive    {pays:,} sats" in result.stdout
    assert f"at least   {pays * 99 // 100:,} sats" in result.stdout
    assert "exit fee   1.00 %, which stays in the reserve" in result.stdout
    assert f"Gave back 4 TH/s for {pays:,} sats" in result.stdout
    assert market.sats(USER) == before + pays


def test_redeem__stream_running__what_is_given_up_is_said(market: Market) -> None:
    owing(market)
    market.act(ISSUER, market.token.accrue())
    market.act(ISSUER, market.token.deliver())
    document = market.json("redeem", 1, 5, "--from", USER)
    assert document["facts"]["given_up"] == 219


def test_redeem__dead_index__no_fee_is_said(market: Market) -> None:
    market.buy(USER, 10)
    market.chain.now += 31 * DAY
    result = market.run("redeem", 1, 5, "--from", USER)
    assert "none, for the index has stood still for 30 days" in result.stdout


def test_redeem__slippage_above_all__wrong_usage(market: Market) -> None:
    assert market.run("redeem", 1, 5, "--from", USER, "--slippage", 101).exit_code == 2


def test_redeem__more_than_held__refused_before_it_is_sent(market: Market) -> None:
    market.buy(USER, 10)
    market.buy(STRANGER, 10)
    result = market.run("redeem", 1, 11, "--yes", key=True)
    assert result.exit_code == 1
    assert "The account has fewer tokens" in result.stderr
    assert market.chain.sent == []


# claim


def earn(market: Market) -> int:
    """Let the user earn, and say how much it can claim."""
    owing(market)
    market.act(STRANGER, market.token.accrue())
    market.act(ISSUER, market.token.deliver())
    market.chain.now += DAY
    return market.token.claimable(USER)


def test_claim__own__paid(market: Market) -> None:
    due = earn(market)
    before = market.sats(USER)
    result = market.run("claim", 1, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert "to be paid" in result.stdout
    assert market.sats(USER) == before + due == before + 439
    assert market.chain.sent == ["claim"]


def test_claim__many__one_transaction_for_those_who_earned(market: Market) -> None:
    market.buy(STRANGER, 10)
    earn(market)
    market.act(USER, market.token.set_beneficiary(HOLDER))
    document = market.json("claim", 1, USER, STRANGER, ISSUER, USER)
    assert document["facts"][USER] == document["facts"][STRANGER] == 439
    assert document["facts"][ISSUER] == 0
    assert [step["what"] for step in document["transactions"]] == ["claim for 2 accounts"]
    result = market.run("claim", 1, USER, STRANGER, "--yes", key=True)
    assert f"439 sats (0.00000439 BTC), to {HOLDER}" in result.stdout
    assert market.chain.sent == ["claim_many"]
    assert market.sats(HOLDER) == 439


def test_claim__more_accounts_than_one_call_takes__several(market: Market) -> None:
    accounts = ["0x" + f"{number:040x}" for number in range(1, 67)]
    market.buy(USER, 66)
    for account in accounts:
        market.act(USER, market.token.transfer(account, ONE))
    market.pass_day()
    market.act(STRANGER, market.token.accrue())
    market.act(ISSUER, market.token.deliver())
    market.chain.now += DAY
    result = market.run("claim", 1, *accounts, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert market.chain.sent == ["claim_many", "claim_many"]
    assert {market.sats(account) for account in accounts} == {43}


def test_claim__nothing_earned__nothing_is_sent(market: Market) -> None:
    result = market.run("claim", 1, "--yes", key=True)
    assert result.exit_code == 0
    assert "There is nothing to send." in result.stdout
    assert market.chain.sent == []


# deliver, accrue, cover


def test_deliver__what_is_owed__accrued_first_and_paid_with_a_permit(market: Market) -> None:
    owing(market, 2)
    before = market.sats(USER)
    result = market.run("deliver", 1, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert market.chain.sent == ["accrue", "deliver_with_permit"]
    assert "Delivered 880 sats (0.00000880 BTC); 0.000 sats are still owed." in result.stdout
    assert market.sats(USER) == before - 880
    assert market.token.backing().owed == 0


def test_deliver__already_accrued__one_transaction(market: Market) -> None:
    owing(market)
    market.act(STRANGER, market.token.accrue())
    assert [s["what"] for s in market.json("deliver", 1, "--from", STRANGER)["transactions"]] == [
        "deliver 440 sats (0.00000440 BTC)"
    ] * 1


def test_deliver__more_than_is_owed__said_to_be_a_gift(market: Market) -> None:
    owing(market)
    result = market.run("deliver", 1, "0.00001btc", "--yes", key=True)
    assert "Warning: 560 sats (0.00000560 BTC) of it are a gift" in result.stderr
    assert "Delivered 1,000 sats" in result.stdout


def test_deliver__less_than_is_owed__the_rest_stays(market: Market) -> None:
    owing(market)
    result = market.run("deliver", 1, "100sats", "--yes", key=True)
    assert "340.000 sats are still owed" in result.stdout
    assert result.stderr == ""


def test_deliver__nothing_owed__nothing_is_sent(market: Market) -> None:
    result = market.run("deliver", 1, "--yes", key=True)
    assert result.exit_code == 0
    assert "There is nothing to send." in result.stdout
    assert market.chain.sent == []


def test_deliver__more_days_than_one_call_accrues__accrued_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = connected(Market(tmp_path, last=202), monkeypatch)
    owing(market, 70)
    result = market.run("deliver", 1, "--yes", key=True)
    assert result.exit_code == 1
    assert "run `terahash accrue ISSUANCE` first" in result.stderr
    result = market.run("accrue", 1, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert market.chain.sent == ["accrue", "accrue"]
    assert result.stdout.endswith(f"{70 * 440:,}.000 sats are owed.\n")
    result = market.run("deliver", 1, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert f"Delivered {70 * 440:,} sats" in result.stdout
    assert market.token.backing().owed == 0


def test_deliver__no_whole_satoshi__wrong_usage(market: Market) -> None:
    assert market.run("deliver", 1, "1.5", "--from", STRANGER).exit_code == 2


def test_accrue__closed_days__added(market: Market) -> None:
    owing(market, 3)
    result = market.run("accrue", 1, "--yes", key=True)
    assert "accrue 3 block-days: done" in result.stdout
    assert result.stdout.endswith("1,320.000 sats are owed.\n")
    assert "There is nothing to send." in market.run("accrue", 1).stdout


def test_cover__overdue__the_reserve_pays(market: Market) -> None:
    owing(market)
    market.act(STRANGER, market.token.accrue())
    assert "the reserve need not pay: wait" in market.run("cover", 1).stderr
    market.chain.now += market.terms.grace + 1
    result = market.run("cover", 1, "--yes", key=True)
    assert result.stdout.endswith("The reserve paid 440 sats (0.00000440 BTC).\n")
    assert market.token.backing().owed == 0


def test_mint__price_moves_meanwhile__bounded_by_what_was_shown(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raised(*_: object, **__: object) -> bool:
        market.act(ISSUER, market.token.set_sale(Sale(49 * ONE, 10_000 * ONE)))
        return True

    monkeypatch.setattr("terahash.plan.click.confirm", raised)
    result = market.run("mint", 1, 10, key=True)
    assert result.exit_code == 1
    assert "The price rose above what you were ready to pay" in result.stderr
    assert market.token.balance(USER) == 0


# Absolute bounds


def test_mint__max_cost__wins_over_slippage(market: Market) -> None:
    arguments = ("mint", 1, 10, "--from", STRANGER, "--slippage", 50, "--max-cost")
    document = market.json(*arguments, "0.0002016btc")
    assert document["facts"]["max_cost"] == COST
    assert [int(document["transactions"][1]["data"][74:138], 16)] == [COST]
    assert "at most           30,000 sats (0.00030000 BTC), as --max-cost says" in (
        market.run(*arguments, 30_000).stdout
    )
    result = market.run(*arguments, COST - 1)
    assert result.exit_code == 1
    assert "this costs 20,160 sats (0.00020160 BTC) now, above --max-cost of 20,159" in (
        result.stderr
    )


def test_redeem__min_paid__wins_over_slippage(market: Market) -> None:
    market.buy(USER, 10)
    pays = market.token.preview_redeem(4 * ONE)
    arguments = ("redeem", 1, 4, "--from", USER, "--min-paid")
    assert market.json(*arguments, f"{pays}sats")["facts"]["min_paid"] == pays
    assert "as --min-paid says" in market.run(*arguments, 1).stdout
    result = market.run(*arguments, pays + 1)
    assert result.exit_code == 1
    assert f"now, below --min-paid of {pays + 1:,} sats" in result.stderr


@pytest.mark.parametrize("verb", ["mint", "redeem"])
def test_receiver__who_cannot_use_it__refused(market: Market, verb: str) -> None:
    market.buy(USER, 10)
    for receiver in (NOBODY, market.token.address):
        result = market.run(verb, 1, 1, "--receiver", receiver)  # nobody is there to try it
        assert result.exit_code == 1
        assert "Nobody could use what the zero address or the issuance" in result.stderr
        assert result.stdout == ""


def test_deliver__larger_allowance_than_shown__pays_no_more_than_shown(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    owing(market)
    market.act(USER, market.token.approve_bitcoin(0))
    market.act(USER, market.token.accrue())

    def grown(*_: object, **__: object) -> bool:
        market.pass_day()
        market.act(STRANGER, market.token.accrue())
        return True

    monkeypatch.setattr("terahash.plan.click.confirm", grown)
    before = market.sats(USER)
    result = market.run("deliver", 1, key=True)
    assert result.exit_code == 0, result.stderr
    assert market.chain.sent[-1] == "deliver"
    assert market.sats(USER) == before - 440


@pytest.mark.parametrize("verb", [("mint", 1, 1), ("deliver", 1, 100)])
def test_bitcoin__that_is_paid__shown(market: Market, verb: tuple[object, ...]) -> None:
    assert market.json(*verb, "--from", STRANGER)["facts"]["btc"] == market.btc
    assert market.btc in market.run(*verb, "--from", STRANGER).stdout


def test_amount__beyond_256_bits__wrong_usage(market: Market) -> None:
    assert market.run("deliver", 1, "9" * 5_000, "--from", STRANGER).exit_code == 2
    assert market.run("mint", 1, "2e59", "--from", STRANGER).exit_code == 2


# What became of what was sent


def named(monkeypatch: pytest.MonkeyPatch, market: Market) -> list[str]:
    """Let the chain name its transactions, and say which it has sent."""
    usual, names = market.chain.send, []

    def send(*arguments: Any) -> Receipt:
        receipt = usual(*arguments)
        names.append(f"0x{len(names) + 1:064x}")
        return replace(receipt, hash=names[-1])

    monkeypatch.setattr(market.chain, "send", send)
    return names


def pending(
    monkeypatch: pytest.MonkeyPatch, market: Market, function: str, name: str = "0x" + "ab" * 32
) -> None:
    """Let one function's transactions be sent, and not be seen mined."""
    usual = market.chain.send

    def send(contract: str, address: str, called: str, *args: Any) -> Receipt:
        if called == function:
            raise PendingError(f"{contract}.{called}", "", "run again later", name)
        receipt: Receipt = usual(contract, address, called, *args)
        return receipt

    monkeypatch.setattr(market.chain, "send", send)


def test_hashes__of_what_was_sent__printed_and_in_the_document(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    owing(market, 2)
    names = named(monkeypatch, market)
    document = market.json("deliver", 1, "--yes", key=True)
    assert [step["hash"] for step in document["transactions"]] == names
    assert len(names) == 2
    result = market.run("mint", 1, 1, "--yes", key=True)
    assert f" gas, transaction {names[2]})" in result.stdout


def test_later_step_fails__json__what_was_sent_is_printed(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    owing(market)
    names = named(monkeypatch, market)
    pending(monkeypatch, market, "deliver_with_permit")
    result = market.run("deliver", 1, "--yes", "--json", key=True)
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["sent"] is False
    assert [step["hash"] for step in document["transactions"]] == [*names, "0x" + "ab" * 32]
    assert [step["gas_used"] is None for step in document["transactions"]] == [False, True]


@pytest.mark.parametrize("verb", [("mint", 1, 1), ("deliver", 1, 100), ("redeem", 1, 1)])
def test_pending__not_seen_mined__look_before_it_is_done_twice(
    market: Market, monkeypatch: pytest.MonkeyPatch, verb: tuple[object, ...]
) -> None:
    market.buy(USER, 10)
    pending(monkeypatch, market, str(verb[0]))
    result = market.run(*verb, "--yes", key=True)
    assert result.exit_code == 1
    assert f"transaction 0x{'ab' * 32} may be on its way" in result.stderr
    assert "running the command again sends it again" in result.stderr
    assert "run again later" not in result.stderr


def test_start__earlier_transaction_was_on_its_way__stops_instead_of_going_on(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market.chain, "settle", lambda: 1)
    result = market.run("mint", 1, 1, "--yes", key=True)
    assert result.exit_code == 1
    assert "look at what it did" in result.stderr
    assert market.chain.sent == []


def test_result__logs_that_say_nothing__done_all_the_same(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = market.chain.send
    monkeypatch.setattr(market.chain, "send", lambda *args: replace(usual(*args), logs=()))
    result = market.run("mint", 1, 1, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert "All was sent and mined, and what it did cannot be read now" in result.stdout


def test_claim__in_several_transactions__all_that_was_paid_is_summed(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terahash.hashrate.plans.MAX_ACCOUNTS", 1)
    market.buy(STRANGER, 10)
    earn(market)

    def later(*_: object, **__: object) -> bool:
        market.act(HOLDER, market.token.claim(STRANGER))
        return True

    monkeypatch.setattr("terahash.plan.click.confirm", later)
    result = market.run("claim", 1, USER, STRANGER, key=True)
    assert market.chain.sent[-2:] == ["claim", "claim"]
    assert result.stdout.endswith("439 sats (0.00000439 BTC) were paid.\n")
    market.pass_day()
    market.act(STRANGER, market.token.accrue())
    market.act(ISSUER, market.token.deliver())
    market.chain.now += DAY
    result = market.run("claim", 1, USER, STRANGER, "--yes", key=True)
    assert result.stdout.endswith("880 sats (0.00000880 BTC) were paid.\n")


# Files that are no keys


@pytest.mark.parametrize("content", [b'{"version":1}', b'{"version":3}', b"[]", b"\xff\xfe"])
def test_key__file_that_is_none__one_line(market: Market, content: bytes) -> None:
    market.keystore.write_bytes(content)
    result = market.run("mint", 1, 1, key=True)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1


def test_key__password_that_is_not_utf_8__one_line(market: Market) -> None:
    market.password.write_bytes(b"\xff\xfe")
    result = market.run("mint", 1, 1, key=True)
    assert result.exit_code == 1
    assert "password cannot be read: it is not text in UTF-8" in result.stderr
