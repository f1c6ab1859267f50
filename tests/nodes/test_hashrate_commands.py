"""The hashrate commands as their users run them: a real EVM node, a keystore, one register."""

from __future__ import annotations

from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from terahash import rpc
from terahash.chain import ChainError
from terahash.units import DAY
from tests.nodes.conftest import Node
from tests.nodes.holder import RICH, Holder
from tests.support.issuing import HOLDER, ONE, STRANGER


@pytest.fixture
def setting(
    node: Node, payer: LocalAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Holder:
    monkeypatch.setattr(rpc, "POLL", 0.05)
    setting = Holder(node, payer, tmp_path)
    setting.pass_day()
    return setting


def test_life__mint_deliver_claim_redeem__each_as_shown(setting: Holder) -> None:
    bought = setting.json("mint", 1, 10)
    assert bought["result"] == "Bought 10 TH/s for 20,160 sats (0.00020160 BTC)."
    (step,) = bought["transactions"]  # with a permit
    assert abs(step["gas_used"] - step["gas"]) < step["gas"] // 20
    setting.pass_day()
    delivered = setting.json("deliver", 1)
    assert [step["what"] for step in delivered["transactions"]] == [
        "accrue 1 block-day",
        "deliver 440 sats (0.00000440 BTC), with a permit for the bitcoin",
    ]
    setting.node.set_time(setting.chain.now + DAY)
    claimed = setting.json("claim", 1)
    assert claimed["facts"]["total"] == 439
    paid = setting.json("redeem", 1, 4)
    assert paid["sent"] is True
    status = setting.json("status", 1, "--account", setting.user, key=False)
    assert status["position"]["balance"] == str(6 * ONE)
    assert status["position"]["claimed"] == 439
    given = 20_160 + 440 - 439 - paid["facts"]["paid"]
    assert status["position"]["bitcoin"] == RICH - given


def test_issue__from_options__listed_in_the_register(setting: Holder) -> None:
    btc = setting.token.terms.btc
    options = (
        f"--name Second --symbol TWO --btc {btc} --first 110 --last 152 --price 48 --capacity 5 "
        "--cost 5 --reference 10 --ratio 25"
    ).split()
    opened = setting.json("issue", *options)
    listed = setting.json("issuances", key=False)["issuances"]
    assert [one["symbol"] for one in listed] == ["HASH", "TWO"]
    assert opened["result"] == f"Opened issuance 2, {listed[1]['address']}."
    assert listed[1]["issuer"] == setting.user


def test_mint__unsent__a_wallet_that_sends_it_buys(setting: Holder) -> None:
    before = setting.node.rpc("eth_blockNumber")
    document = setting.json("mint", 1, 10, "--from", setting.user, key=False)
    assert setting.node.rpc("eth_blockNumber") == before
    for step in document["transactions"]:
        call = {"from": setting.user, "to": step["to"], "data": step["data"]}
        setting.node.rpc("eth_sendTransaction", call)
    assert setting.token.balance(setting.user) == 10 * ONE


def test_mint__refused__in_words_and_nothing_sent(setting: Holder) -> None:
    before = setting.node.rpc("eth_blockNumber")
    result = setting.run("mint", 1, 10_001, "--yes")
    assert result.exit_code == 1
    assert "The issuer sells no more than its capacity" in result.stderr
    assert setting.node.rpc("eth_blockNumber") == before


def test_redeem__estimate_is_refused__in_words(setting: Holder) -> None:
    setting.json("mint", 1, 10, "--receiver", HOLDER)
    result = setting.run("redeem", 1, 5, "--yes")
    assert result.exit_code == 1
    assert "The account has fewer tokens" in result.stderr


def test_mint__receiver_with_code__warned_and_a_delegated_one_not(setting: Holder) -> None:
    pool, delegated = setting.token.terms.btc, HOLDER
    setting.node.rpc("anvil_setCode", delegated, "0xef0100" + STRANGER[2:])
    arguments = ("--from", setting.user, "--receiver")
    assert "is a contract" in setting.run("mint", 1, 1, *arguments, pool, key=False).stderr
    assert setting.run("mint", 1, 1, *arguments, delegated, key=False).stderr == ""


def test_status__nothing_there__said(setting: Holder) -> None:
    result = setting.run("status", HOLDER, key=False)
    assert result.exit_code == 1
    assert f"no contract answers at {HOLDER}" in result.stderr


def test_mint__gas_costs_too_much__refused(setting: Holder) -> None:
    setting.node.rpc("anvil_setNextBlockBaseFeePerGas", hex(200 * 10**9))
    setting.node.rpc("evm_mine")
    result = setting.run("mint", 1, 1, "--yes")
    assert result.exit_code == 1
    assert "wait, or allow a higher fee" in result.stderr


def test_estimate__would_be_refused__the_contracts_reason(setting: Holder) -> None:
    with pytest.raises(ChainError) as caught:
        setting.chain.estimate(setting.token.cover(), STRANGER)
    assert caught.value.reason == "token: not overdue"
