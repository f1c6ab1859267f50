"""`terahash feeds` as operators run it: a real EVM node, keystores, reports by file and by pipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result
from eth_account import Account
from eth_account.signers.local import LocalAccount

from terahash import rpc
from terahash.cli import main
from terahash.deployment import Deployed, Deployment
from terahash.feeds.client import AggregatorFacade, QuorumFeed
from terahash.rpc import RpcChain
from terahash.units import DAY, HOUR
from tests.nodes.conftest import START, Node
from tests.support.quorum import FEED, account, cold, hot
from tests.support.revm_chain import compiled

PASSWORD = "correct horse"
NOW = FEED.due(START.time + DAY) + 5
"""Just after an observation is due: the node's clock runs on by itself."""
DUE = FEED.due(NOW)
OPERATORS = cold(4)
"""Cold keys; three of the four must sign."""


class Setting(NamedTuple):
    """A quorum feed and its facade on a node, and the files that its operators have."""

    node: Node
    chain: RpcChain
    quorum: QuorumFeed
    facade: AggregatorFacade
    folder: Path
    payer: LocalAccount

    def keystore(self, key: LocalAccount) -> Path:
        path = self.folder / f"{key.address}.json"
        if not path.exists():
            path.write_text(json.dumps(Account.encrypt(key.key, PASSWORD, iterations=2)))
        return path

    def run(self, *arguments: object, key: LocalAccount | None = None, **options: Any) -> Result:
        texts = ["feeds", *map(str, arguments)]
        if key:
            texts += ["--keystore", str(self.keystore(key))]
        env = {
            "TERAHASH_RPC": self.node.url,
            "TERAHASH_DEPLOYMENT": str(self.folder / "deployment.json"),
            "TERAHASH_PASSWORD": PASSWORD,
        }
        return CliRunner(mix_stderr=False).invoke(main, texts, env=env, **options)

    def ran(self, *arguments: object, **options: Any) -> str:
        result = self.run(*arguments, **options)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def rotated(self, operator: LocalAccount, number: int = 0) -> LocalAccount:
        """Have an operator name a hot key by the command."""
        key = hot(operator.address, number)
        self.ran("rotate", "--new-keystore", self.keystore(key), "--yes", key=operator)
        return key

    def signed(self, *values: object, record: str = "signed") -> str:
        """Have operators sign values, from the first on, by the command."""
        return "".join(
            self.ran(
                *("sign", FEED, value, "--record", self.folder / f"{operator.address}.{record}"),
                key=hot(operator.address),
            )
            for operator, value in zip(OPERATORS, values, strict=False)
        )


@pytest.fixture
def setting(
    node: Node, payer: LocalAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Setting:
    monkeypatch.setattr(rpc, "POLL", 0.05)
    chain = RpcChain(node.url, payer, compiled())
    monkeypatch.setattr("terahash.feeds.commands.time", lambda: chain.now)
    operators = [key.address for key in OPERATORS]
    address = chain.deploy("QuorumFeed", payer.address, operators, 3, DAY)
    facade = chain.deploy("AggregatorFacade", 0, address, bytes(FEED), False, 1, HOUR)
    contracts = {"QuorumFeed": address, "AggregatorFacade BTC/USD": facade}
    deployment = Deployment(
        chain_id=31_337,
        contracts={name: Deployed(address=at, arguments=[]) for name, at in contracts.items()},
    )
    (tmp_path / "deployment.json").write_text(deployment.model_dump_json())
    for operator in operators:
        node.rpc("anvil_setBalance", operator, hex(10**18))
    quorum, face = QuorumFeed(chain, address), AggregatorFacade(chain, facade)
    setting = Setting(node, chain, quorum, face, tmp_path, payer)
    for cold_key in OPERATORS:
        setting.rotated(cold_key)
    node.set_time(NOW)
    return setting


def test_life__rotate_sign_verify_submit_read__the_median_counts(setting: Setting) -> None:
    reports = setting.folder / "reports.jsonl"
    reports.write_text(setting.signed("42345.1", "42345.3", "42345.2"))
    assert "3 signed, a quorum, whose value is 42,345.20000000" in setting.ran("verify", reports)
    document = json.loads(setting.ran("submit", reports, "--yes", "--json", key=setting.payer))
    assert document["result"].startswith("BTC/USD:8:600 was 42,345.20000000 at ")
    (step,) = document["transactions"]
    assert abs(step["gas_used"] - step["gas"]) < step["gas"] // 20
    assert setting.quorum.latest(FEED) == (1, 4_234_520_000_000, DUE)
    assert setting.facade.latest() == (1, 4_234_520_000_000, DUE)
    listed = json.loads(setting.ran("list", "--json"))
    latest = {"round": 1, "value": "42345.20000000", "at": DUE}
    assert [one["latest"] for one in listed["feeds"] + listed["facades"]] == [latest, latest]
    shown = json.loads(setting.ran("show", FEED, "--json"))
    assert shown["observations"] == [latest]
    again = setting.run("submit", reports, "--yes", key=setting.payer)
    assert again.exit_code == 1
    assert "feed: not newer" in again.stderr


def test_submit__unsent__a_wallet_that_sends_it_is_taken(setting: Setting) -> None:
    lines = setting.signed("1", "-2", "3").encode()
    before = setting.node.rpc("eth_blockNumber")
    document = json.loads(setting.ran("submit", "-", "--json", input=lines))
    assert setting.node.rpc("eth_blockNumber") == before
    (step,) = document["transactions"]
    call = {"from": setting.payer.address, "to": step["to"], "data": step["data"]}
    setting.node.rpc("eth_sendTransaction", call)
    assert setting.quorum.latest(FEED) == (1, 10**8, DUE)


def test_report__two_values_before_a_rotation__suspended(setting: Setting) -> None:
    lines = setting.signed("1") + setting.signed("2", record="lost")
    setting.rotated(OPERATORS[0], 1)
    said = setting.ran("report", "-", "--yes", key=setting.payer, input=lines.encode())
    assert said.endswith(f"Suspended {OPERATORS[0].address}.\n")
    found = json.loads(setting.ran("operators", "--json"))
    assert [one["suspended_at"] is None for one in found["operators"]] == [False, True, True, True]


def test_report__rotated_between_two_values__suspended(setting: Setting) -> None:
    lines = setting.signed("1")
    key = setting.rotated(OPERATORS[0], 1)
    lines += setting.ran("sign", FEED, "2", key=key)
    said = setting.ran("report", "-", "--yes", key=setting.payer, input=lines.encode())
    assert said.endswith(f"Suspended {OPERATORS[0].address}.\n")


def test_enact__after_the_delay__old_reports_are_void(setting: Setting) -> None:
    joins = account("joins")
    wanted = [*(key.address for key in OPERATORS[:3]), joins.address]
    setting.ran("propose", *wanted, "--threshold", 3, "--yes", key=setting.payer)
    early = setting.run("enact", "--yes", key=setting.payer)
    assert early.exit_code == 1
    assert "what is proposed can be enacted from" in early.stderr
    setting.node.set_time(NOW + DAY + 60)
    lines = setting.signed("1", "2", "3")
    setting.ran("enact", "--yes", key=setting.payer)
    result = setting.run("submit", "-", "--yes", key=setting.payer, input=lines.encode())
    assert result.exit_code == 1
    assert "it was signed for other operators or another contract" in result.stderr
    seated = [one.address for one in setting.quorum.configuration().operators]
    assert set(seated) == set(wanted)


def test_rotate__strangers_key_as_an_operators__refused_in_words(setting: Setting) -> None:
    used = setting.keystore(hot(OPERATORS[1].address))
    result = setting.run("rotate", "--new-keystore", used, "--yes", key=OPERATORS[0])
    assert result.exit_code == 1
    assert "make a new one. (feed: key was used before)" in result.stderr


def test_list__no_observation__the_facade_says_why(setting: Setting) -> None:
    said = setting.ran("list")
    assert "No feed was observed here in the last 30 days." in said
    assert "BTC/USD  no answer: Nothing is known of this number yet" in said
