"""`terahash feeds`: what is read and signed, what is sent, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from terahash.chain import ChainError, PendingError
from terahash.cli import main
from terahash.deployment import Deployed, Deployment
from terahash.feeds.client import QuorumFeed as Client
from terahash.feeds.feed_id import FeedId
from terahash.feeds.models import Equivocation
from terahash.feeds.reports import Domain, SignedReport
from terahash.feeds.wire import read_line, write_line
from terahash.units import DAY, HOUR
from tests.support.issuing import STRANGER
from tests.support.market import KEY, PASSWORD, USER, WalletChain
from tests.support.quorum import (
    DELAY,
    FEED,
    FEED_ID,
    OWNER,
    START,
    QuorumFeed,
    account,
    cold,
    hot,
)

PRICE = 42_345 * 10**8
POWER = FeedId.of("POWER", 2, 60)
ID = "0x" + FEED_ID.hex()


class Desk:
    """A quorum feed, two facades of it, and somebody who uses the commands.

    Attributes:
        file: of the deployment.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chain = WalletChain(START)
        self.quorum = QuorumFeed(chain=self.chain)
        self.client = Client(self.chain, self.quorum.address)
        contracts = {"QuorumFeed": self.quorum.address}
        for feed in (FEED, POWER):
            facade = (0, self.quorum.address, bytes(feed), False, 1, 3 * HOUR)
            address = self.chain.deploy("AggregatorFacade", *facade)
            contracts[f"AggregatorFacade {feed.name}"] = address
        self.folder, self.file = folder, folder / "deployment.json"
        self.record(contracts)
        (folder / "password").write_text(PASSWORD)
        monkeypatch.setattr("terahash.session.connect", self._connect)
        monkeypatch.setattr("terahash.feeds.commands.time", lambda: self.chain.now)

    def record(self, contracts: dict[str, str]) -> None:
        """Write the deployment's file."""
        deployed = {
            name: Deployed(address=address, arguments=[]) for name, address in contracts.items()
        }
        self.file.write_text(Deployment(chain_id=1, contracts=deployed).model_dump_json())

    def _connect(self, rpc: str, key: Any = None, max_fee: int = 100) -> WalletChain:
        if key:
            self.chain.sender = key.address
        return self.chain

    def keystore(self, key: LocalAccount) -> Path:
        """Write a key as wallets do."""
        path = self.folder / f"{key.address}.json"
        if not path.exists():
            path.write_text(json.dumps(Account.encrypt(key.key, PASSWORD, iterations=2)))
        return path

    def run(
        self, *arguments: object, key: LocalAccount | None = None, answer: str | bytes = ""
    ) -> Result:
        """Run a command of the group: `key` pays or signs, `answer` is typed or piped in."""
        texts = ["feeds", *map(str, arguments)]
        if key:
            texts += ["--keystore", str(self.keystore(key))]
            texts += ["--password-file", str(self.folder / "password")]
        env = {"TERAHASH_RPC": "http://nowhere", "TERAHASH_DEPLOYMENT": str(self.file)}
        self.chain.sent = []
        return CliRunner(mix_stderr=False).invoke(main, texts, input=answer, env=env)

    def json(self, *arguments: object, code: int = 0, **options: Any) -> dict[str, Any]:
        """Run a command, and read the document that it prints."""
        result = self.run(*arguments, "--json", **options)
        assert result.exit_code == code, result.stderr
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    def hot(self, seat: int) -> LocalAccount:
        """Return an operator's hot key."""
        return hot(self.quorum.operators[seat])

    def lines(self, *values: int, at: int = START, feed: FeedId = FEED) -> list[str]:
        """Have operators sign values, from the first on."""
        return [
            write_line(self.quorum.report(self.hot(seat), value, at, bytes(feed)))
            for seat, value in enumerate(values)
        ]

    def write(self, *lines: str, name: str = "reports.jsonl") -> Path:
        """Write a file of lines."""
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    def evidence(self, seat: int, first: int = 1, second: int = 2) -> Equivocation:
        """Have an operator sign two values."""
        key = self.hot(seat)
        reports = [self.quorum.report(key, value, START) for value in (first, second)]
        return Equivocation(key.address, *reports)

    def own(self) -> None:
        """Make the user the owner."""
        self.quorum.send(OWNER, "transfer_ownership", USER)
        self.quorum.send(USER, "accept_ownership")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def overtake(
    chain: WalletChain,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    others: Callable[[], Any],
    refusal: ChainError | None = None,
) -> None:
    """Let others act, once, just before the user's first use of one of the chain's methods.

    It is used on the chain that they leave behind, or fails with the refusal.
    """
    usual, is_first = getattr(chain, method), True

    def overtaken(*arguments: Any) -> Any:
        nonlocal is_first
        if is_first:
            is_first = False
            with chain.acting_as(STRANGER):
                others()
            if refusal:
                raise refusal
        return usual(*arguments)

    monkeypatch.setattr(chain, method, overtaken)


def called(chain: WalletChain, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the functions that are read from now on."""
    usual, names = chain.call, []

    def call(contract: str, address: str, function: str, *arguments: Any) -> Any:
        names.append(function)
        return usual(contract, address, function, *arguments)

    monkeypatch.setattr(chain, "call", call)
    return names


def trimmed(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


# list, show


def test_list__observed__values_ages_and_facades(desk: Desk) -> None:
    desk.quorum.observe(PRICE + 5, START)
    desk.quorum.observe(-1_234, START, bytes(POWER))
    desk.chain.now += 12 * 60
    result = desk.run("list")
    assert result.exit_code == 0, result.stderr
    assert trimmed(result.stdout) == [
        "feed                      value     observed (UTC)      age   rounds",
        "─" * 68,
        "BTC/USD:8:600   42,345.00000005   2023-11-15 00:00   12 min        1",
        "POWER:2:60               -12.34   2023-11-15 00:00   12 min        1",
        "",
        "BTC/USD  42,345.00000005, 12 min old",
        "POWER    -12.34, 12 min old",
    ]


def test_list__json__everything(desk: Desk) -> None:
    desk.quorum.observe(PRICE, START)
    desk.chain.now += 60
    found = desk.json("list")
    assert found["quorum_feed"] == desk.quorum.address
    assert found["feeds"] == [
        {
            "feed": "BTC/USD:8:600",
            "id": ID,
            "name": "BTC/USD",
            "decimals": 8,
            "period": 600,
            "latest": {"round": 1, "value": "42345.00000000", "at": START},
            "age": 60,
        }
    ]
    answering, silent = found["facades"]
    assert answering["latest"] == {"round": 1, "value": "42345.00000000", "at": START}
    assert (answering["age"], answering["refused"]) == (60, None)
    assert (silent["description"], silent["latest"], silent["decimals"]) == ("POWER", None, 2)
    assert silent["refused"].endswith("(facade: no answer yet)")


def test_list__facade_that_gives_no_answer__says_why(desk: Desk) -> None:
    desk.quorum.observe(PRICE, START)
    desk.chain.now += 3 * HOUR + 1
    lines = desk.run("list").stdout.splitlines()
    assert lines[-2].startswith("BTC/USD  no answer: The newest answer is older than")
    assert lines[-1].startswith("POWER    no answer: Nothing is known of this number yet")


def test_list__feeds_named__those_alone_even_without_an_observation(desk: Desk) -> None:
    desk.quorum.observe(PRICE, START)
    found = desk.json("list", "POWER:2:60", ID)["feeds"]
    assert [(one["feed"], one["latest"] is None) for one in found] == [
        ("POWER:2:60", True),
        ("BTC/USD:8:600", False),
    ]
    assert "POWER:2:60   no observation yet" in trimmed(desk.run("list", "POWER:2:60").stdout)[2]


def test_list__observed_long_ago__not_looked_for(desk: Desk) -> None:
    desk.quorum.observe(PRICE, START)
    desk.chain.now += 30 * DAY
    assert len(desk.json("list")["feeds"]) == 1
    desk.chain.now += 1
    assert "No feed was observed here in the last 30 days." in desk.run("list").stdout


def test_list__feed_whose_id_is_no_name__said(desk: Desk) -> None:
    odd = b"\xff\x1b[2J" + bytes(26 - 4) + b"\x08" + (600).to_bytes(4, "big")
    desk.quorum.observe(1, START, odd)
    result = desk.run("list")
    assert f"Warning: a feed is left away: 0x{odd.hex()} is no feed's id" in result.stderr
    assert "\x1b" not in result.output


def test_list__deployment_without_a_quorum__its_facades(desk: Desk) -> None:
    desk.record({})
    assert desk.json("list") == {"quorum_feed": None, "feeds": [], "facades": []}
    result = desk.run("list", "BTC/USD:8:600")
    assert result.exit_code == 1
    assert "QuorumFeed is not part of this deployment" in result.stderr


def test_show__history__newest_first(desk: Desk) -> None:
    for number, value in enumerate((PRICE, PRICE - 1, PRICE + 1)):
        desk.chain.now = START + number * 600
        desk.quorum.observe(value, desk.chain.now)
    assert trimmed(desk.run("show", "BTC/USD:8:600", "--count", 2).stdout) == [
        "round     observed (UTC)             value",
        "─" * 42,
        "3       2023-11-15 00:20   42,345.00000001",
        "2       2023-11-15 00:10   42,344.99999999",
    ]
    found = desk.json("show", ID)
    assert (found["feed"], found["id"]) == ("BTC/USD:8:600", ID)
    assert [one["round"] for one in found["observations"]] == [3, 2, 1]
    assert found["observations"][2] == {"round": 1, "value": "42345.00000000", "at": START}


def test_show__nothing_observed__said(desk: Desk) -> None:
    assert desk.run("show", "POWER:2:60").stdout == "POWER:2:60 was never observed here.\n"
    assert desk.json("show", "POWER:2:60")["observations"] == []


@pytest.mark.parametrize("feed", ["BTC/USD", "BTC/USD:8", "0x12", "BTC/USD:8:5", "\x1b:8:60"])
def test_show__no_feed__wrong_usage(desk: Desk, feed: str) -> None:
    result = desk.run("show", feed)
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr


# operators


def test_operators__as_deployed__who_signs(desk: Desk) -> None:
    lines = desk.run("operators").stdout.splitlines()
    assert lines[:5] == [
        f"quorum feed    {desk.quorum.address}",
        f"owner          {to_checksum_address(OWNER)}, who may propose other operators",
        f"configuration  0x{desk.quorum.read('config').hex()}, number 1",
        "threshold      3 of 5 operators must sign",
        "delay          7.0 days, for which a change stands in public",
    ]
    assert lines[5:] == [
        *(
            f"operator {number}     {address}, signs with {hot(address).address}"
            for number, address in enumerate(desk.quorum.operators, 1)
        ),
        "proposed       nothing",
    ]


def test_operators__suspended_and_proposed__said(desk: Desk) -> None:
    desk.run("report", desk.write(*desk.lines(1), *desk.lines(2)), "--yes", key=KEY)
    wanted = [key.address for key in cold(6)]
    desk.quorum.send(OWNER, "propose", wanted, 3)
    said = desk.run("operators").stdout
    assert f"{desk.hot(0).address}, suspended since 2023-11-15 00:00 UTC\n" in said
    assert "proposed       3 of 6 operators; can be enacted from 2023-11-22 00:00 UTC on" in said
    assert said.endswith(f"  operator 6   {wanted[5]}\n")
    found = desk.json("operators")
    assert [one["suspended_at"] for one in found["operators"]] == [START, None, None, None, None]
    assert found["proposal"] == {
        "operators": wanted,
        "threshold": 3,
        "ready_at": START + DELAY,
        "can_be_enacted": False,
    }
    desk.chain.now += DELAY
    assert "can be enacted now, by anyone" in desk.run("operators").stdout
    assert desk.json("operators")["proposal"]["can_be_enacted"] is True


def test_operators__no_hot_key__said(desk: Desk) -> None:
    bare = QuorumFeed(2, chain=desk.chain, has_keys=False)
    desk.record({"QuorumFeed": bare.address})
    assert f"{bare.operators[0]}, has named no hot key\n" in desk.run("operators").stdout
    assert desk.json("operators")["operators"][0]["key"] is None


# sign


def test_sign__operator__one_line_that_counts(desk: Desk) -> None:
    result = desk.run("sign", "BTC/USD:8:600", "42345.12345678", key=desk.hot(1))
    assert result.exit_code == 0, result.stderr
    assert result.stdout.count("\n") == 1
    signed = read_line(result.stdout.encode())
    value = 4_234_512_345_678
    assert signed.report == (desk.quorum.read("config"), FEED_ID, value, START)
    assert desk.client.domain.signer(signed) == desk.hot(1).address
    assert result.stderr == (
        f"{desk.hot(1).address} signs that BTC/USD:8:600 is 42,345.12345678 at 2023-11-15 00:00 "
        "UTC.\n"
    )
    assert desk.chain.sent == []


def test_sign__json__the_line_alone(desk: Desk) -> None:
    result = desk.run("sign", ID, "42345", "--json", key=desk.hot(1))
    assert result.stderr == ""
    assert json.loads(result.stdout)["feed"] == ID


def test_sign__negative__signed(desk: Desk) -> None:
    result = desk.run("sign", "POWER:2:60", "-12.34", key=desk.hot(0))
    assert result.exit_code == 0, result.stderr
    assert read_line(result.stdout.encode()).report.value == -1_234


@pytest.mark.parametrize("at", [START - 600, "2023-11-14T23:50"])
def test_sign__another_time__signed(desk: Desk, at: object) -> None:
    result = desk.run("sign", "BTC/USD:8:600", 1, "--at", at, key=desk.hot(0))
    assert read_line(result.stdout.encode()).report.observed_at == START - 600


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (START + 1, "feed: not on the period"),
        (START + 600, "feed: observed in the future"),
        (START - 4_200, "feed: observed too long ago"),
        (START, "feed: not newer"),
    ],
)
def test_sign__time_that_the_contract_refuses__refused(desk: Desk, at: int, said: str) -> None:
    desk.quorum.observe(PRICE, START)
    result = desk.run("sign", "BTC/USD:8:600", 1, "--at", at, key=desk.hot(0))
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"({said})" in result.stderr


def test_sign__already_observed__refused_without_a_time_too(desk: Desk) -> None:
    desk.quorum.observe(PRICE, START)
    result = desk.run("sign", "BTC/USD:8:600", 1, key=desk.hot(0))
    assert result.exit_code == 1
    assert "feed: not newer" in result.stderr


@pytest.mark.parametrize(
    ("value", "code"),
    [("0.123456789", 1), ("1e40", 1), ("NaN", 1), ("ten", 2), ("1,5", 2), ("--att", 2)],
)
def test_sign__no_value_of_the_feed__refused_and_not_rounded(
    desk: Desk, value: str, code: int
) -> None:
    result = desk.run("sign", "BTC/USD:8:600", value, key=desk.hot(0))
    assert (result.exit_code, result.stdout) == (code, "")


def test_sign__no_operators_key__warned(desk: Desk) -> None:
    result = desk.run("sign", "BTC/USD:8:600", 1, key=KEY)
    assert result.exit_code == 0
    assert f"Warning: {USER} is no operator's hot key" in result.stderr
    result = desk.run("sign", "BTC/USD:8:600", 1, key=cold(5)[0])
    assert "is no operator's hot key" in result.stderr


def test_sign__suspended__warned(desk: Desk) -> None:
    desk.run("report", desk.write(*desk.lines(1), *desk.lines(2)), "--yes", key=KEY)
    result = desk.run("sign", "BTC/USD:8:600", 1, key=desk.hot(0))
    assert f"Warning: its operator, {desk.quorum.operators[0]}, is suspended" in result.stderr


def test_sign__no_key__wrong_usage(desk: Desk) -> None:
    result = desk.run("sign", "BTC/USD:8:600", 1)
    assert result.exit_code == 2
    assert "--keystore" in result.stderr


def test_sign__key_without_coin__signs(desk: Desk) -> None:
    desk.chain.coin = 0
    assert desk.run("sign", "BTC/USD:8:600", 1, key=desk.hot(0)).exit_code == 0


def test_sign__again__the_same_line_and_no_other_value(desk: Desk) -> None:
    first, again = (desk.run("sign", ID, "42345.10", key=desk.hot(0)) for _ in range(2))
    assert first.stdout == again.stdout != ""
    other = desk.run("sign", ID, "42345.11", key=desk.hot(0))
    assert (other.exit_code, other.stdout) == (1, "")
    assert "it was signed already that BTC/USD:8:600 was 42,345.10000000" in other.stderr
    desk.chain.now += 600
    assert desk.run("sign", ID, "42345.11", key=desk.hot(0)).exit_code == 0


def test_sign__recorded__before_the_key_signs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    record = desk.folder / f"{desk.hot(0).address}.json.signed.jsonl"

    def killed(*_: Any) -> SignedReport:
        assert json.loads(record.read_text())["value"] == "100000000"
        raise KeyboardInterrupt

    monkeypatch.setattr(Domain, "sign", killed)
    assert desk.run("sign", ID, 1, key=desk.hot(0)).exit_code == 130
    monkeypatch.undo()
    monkeypatch.setattr("terahash.session.connect", desk._connect)
    assert desk.run("sign", ID, 2, "--at", START, key=desk.hot(0)).exit_code == 1
    assert desk.run("sign", ID, 1, "--at", START, key=desk.hot(0)).exit_code == 0


def test_sign__record_of_the_key_before__kept_for_the_new_one(desk: Desk) -> None:
    record = desk.folder / "operator.jsonl"
    assert desk.run("sign", ID, 1, "--record", record, key=desk.hot(0)).exit_code == 0
    desk.quorum.rotate(desk.quorum.operators[0], 1)
    new = desk.quorum.keys[desk.quorum.operators[0]]
    assert desk.run("sign", ID, 2, "--record", record, key=new).exit_code == 1
    assert desk.run("sign", ID, 1, "--record", record, key=new).exit_code == 0


def test_sign__record_that_cannot_be_read__nothing_is_signed(desk: Desk) -> None:
    record = desk.write("{}")
    result = desk.run("sign", ID, 1, "--record", record, key=desk.hot(0))
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{record}:1 does not say what was signed" in result.stderr


@pytest.mark.parametrize(("apart", "code"), [(-121, 1), (-120, 0), (120, 0), (121, 1)])
def test_sign__clocks_that_differ__refused_without_a_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, apart: int, code: int
) -> None:
    monkeypatch.setattr("terahash.feeds.commands.time", lambda: START + apart + 0.5)
    result = desk.run("sign", ID, 1, key=desk.hot(0))
    assert (result.exit_code, result.stdout == "") == (code, code == 1)
    if code:
        assert f"2023-11-15 00:00 UTC (second {START})" in result.stderr
        assert f"(second {START + apart})" in result.stderr
    assert desk.run("sign", ID, 1, "--at", START, key=desk.hot(0)).exit_code == 0


# verify


def test_verify__quorum__who_signed_and_0(desk: Desk) -> None:
    result = desk.run("verify", desk.write(*desk.lines(PRICE, PRICE + 1, PRICE - 1)))
    assert result.exit_code == 0, result.stderr
    operators = desk.quorum.operators
    assert result.stdout.splitlines() == [
        "BTC/USD:8:600 at 2023-11-15 00:00 UTC: 3 signed, a quorum, whose value is 42,345.00000000",
        f"{operators[0]}  42,345.00000000",
        f"{operators[1]}  42,345.00000001",
        f"{operators[2]}  42,344.99999999",
        f"{operators[3]}  not here",
        f"{operators[4]}  not here",
    ]


def test_verify__too_few__who_is_missing_and_1(desk: Desk) -> None:
    path = desk.write(*desk.lines(PRICE, PRICE + 1))
    result = desk.run("verify", path)
    assert result.exit_code == 1
    assert "2 signed, 1 more needed\n" in result.stdout
    found = desk.json("verify", path, code=1)
    (collection,) = found["collections"]
    assert collection["missing"] == desk.quorum.operators[2:]
    assert (collection["is_complete"], collection["value"]) == (False, None)
    assert collection["signed"][0] == {
        "operator": desk.quorum.operators[0],
        "value": "42345.00000000",
    }


def test_verify__piped_in__dash(desk: Desk) -> None:
    lines = "\n".join(desk.lines(1, 2, 3)).encode()
    assert desk.json("verify", "-", answer=lines)["collections"][0]["value"] == "0.00000002"


def test_verify__lines_that_do_not_count__named_and_1(desk: Desk) -> None:
    stranger = write_line(desk.quorum.report(account("stranger"), PRICE, START))
    path = desk.write(*desk.lines(1, 2, 3), "{}", stranger)
    result = desk.run("verify", path)
    assert result.exit_code == 1
    assert f"{path}:4 does not count: a report is " in result.stdout
    assert f"{path}:5 does not count: {account('stranger').address}, which" in result.stdout
    assert [one["where"] for one in desk.json("verify", path, code=1)["refused"]] == [
        f"{path}:4",
        f"{path}:5",
    ]


def test_verify__suspended_keyless_and_two_faced__each_said(desk: Desk) -> None:
    desk.run("report", desk.write(*desk.lines(1), *desk.lines(2)), "--yes", key=KEY)
    two = write_line(desk.quorum.report(desk.hot(1), 5, START))
    path = desk.write(*desk.lines(1, 2, 3), two)
    operators = desk.quorum.operators
    result = desk.run("verify", path)
    assert result.exit_code == 1
    assert f"{operators[0]}  suspended since 2023-11-15 00:00 UTC\n" in result.stdout
    assert f"{operators[1]}  two values, so none" in result.stdout
    assert desk.json("verify", path, code=1)["collections"][0]["equivocators"] == [operators[1]]
    bare = QuorumFeed(2, chain=desk.chain, has_keys=False)
    bare.rotate(bare.operators[0])
    desk.record({"QuorumFeed": bare.address})
    line = write_line(bare.report(hot(bare.operators[0]), 1, START))
    result = desk.run("verify", desk.write(line))
    assert (result.exit_code, bare.threshold) == (0, 1)
    assert f"{bare.operators[1]}  has named no hot key\n" in result.stdout


def test_verify__empty_file__1(desk: Desk) -> None:
    result = desk.run("verify", desk.write())
    assert (result.exit_code, result.stdout) == (1, "There are no reports.\n")


@pytest.mark.parametrize("content", [b"\xff\xfe\n", b"[" * 100_000, b"\x00"])
def test_verify__no_text__a_line_each(desk: Desk, content: bytes) -> None:
    path = desk.folder / "odd"
    path.write_bytes(content)
    result = desk.run("verify", path)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{path}:1 does not count: ")
    assert result.stdout.count("\n") == 1 and len(result.stdout) < 600


def test_verify__no_such_file__wrong_usage(desk: Desk) -> None:
    assert desk.run("verify", desk.folder / "none").exit_code == 2
    assert desk.run("verify").exit_code == 2


# submit


def test_submit__files_of_three__observed_after_asking(desk: Desk) -> None:
    first, *others = desk.lines(PRICE, PRICE + 2, PRICE + 1)
    files = (desk.write(first), desk.write(*others, name="others.jsonl"))
    result = desk.run("submit", *files, key=KEY, answer="y\n")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[:3] == [
        "Submit observations",
        f"quorum feed                        {desk.quorum.address}",
        "BTC/USD:8:600 at 2023-11-15 00:00  42,345.00000001, from 3 of 5 operators: "
        "42,345.00000000 to 42,345.00000002",
    ]
    assert result.stdout.endswith(
        "BTC/USD:8:600 was 42,345.00000001 at 2023-11-15 00:00, round 1.\n"
    )
    assert desk.client.latest(FEED) == (1, PRICE + 1, START)
    assert desk.chain.sent == ["submit"]


def test_submit__not_agreed__nothing_is_sent(desk: Desk) -> None:
    result = desk.run("submit", desk.write(*desk.lines(1, 2, 3)), key=KEY, answer="n\n")
    assert result.exit_code == 1
    assert desk.chain.sent == []


def test_submit__no_key__an_unsent_transaction(desk: Desk) -> None:
    document = desk.json("submit", desk.write(*desk.lines(1, 2, 3)), "--from", STRANGER)
    assert document["sent"] is False
    (observation,) = document["facts"]["observations"]
    assert observation["value"] == "0.00000002"
    (step,) = document["transactions"]
    assert step["to"] == desk.quorum.address and step["gas"] > 50_000
    assert desk.client.latest(FEED) is None


def test_submit__two_feeds_and_times__each_in_order(desk: Desk) -> None:
    lines = [
        *desk.lines(3, 4, 5, at=START),
        *desk.lines(1, 2, 3, at=START - 600),
        *desk.lines(-7, -8, -9, -8, feed=POWER),
        *desk.lines(1, 2, at=START - 1_200),
    ]
    result = desk.run("submit", desk.write(*lines), "--yes", key=KEY)
    assert result.exit_code == 0, result.stderr
    assert desk.chain.sent == ["submit"] * 3
    assert desk.client.latest(FEED) == (2, 4, START)
    assert desk.client.latest(POWER) == (1, -8, START)
    assert "Warning: BTC/USD at 2023-11-14 23:40: 2 of the 3 reports" in result.stderr


def test_submit__lines_that_do_not_count__warned_and_the_rest_sent(desk: Desk) -> None:
    path = desk.write("nonsense", *desk.lines(1, 2, 3), *desk.lines(1, 2, 3, at=START - 7_200))
    result = desk.run("submit", path, "--yes", key=KEY)
    assert result.exit_code == 0
    assert f"Warning: {path}:1 does not count" in result.stderr
    assert "Warning: reports of 1 time more than an hour ago are left away." in result.stderr
    assert desk.client.latest(FEED) == (1, 2, START)


def test_submit__two_faced_operator__left_away_and_said(desk: Desk) -> None:
    two = write_line(desk.quorum.report(desk.hot(0), 9, START))
    result = desk.run("submit", desk.write(*desk.lines(1, 2, 3, 4), two), "--yes", key=KEY)
    assert result.exit_code == 0
    assert f"operator {desk.quorum.operators[0]} has signed two values" in result.stderr
    assert desk.client.latest(FEED) == (1, 3, START)


@pytest.mark.parametrize("count", [0, 2])
def test_submit__no_quorum__1_and_why(desk: Desk, count: int) -> None:
    result = desk.run("submit", desk.write(*desk.lines(1, 2, 3)[:count]), "--yes", key=KEY)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Error: no quorum can be submitted: " in result.stderr
    assert ("there are no reports" in result.stderr) == (count == 0)
    assert (desk.quorum.operators[4] in result.stderr) == (count == 2)


def test_submit__already_observed__1_and_why(desk: Desk) -> None:
    path = desk.write(*desk.lines(1, 2, 3))
    desk.run("submit", path, "--yes", key=KEY)
    result = desk.run("submit", path, "--yes", key=KEY)
    assert result.exit_code == 1
    assert "feed: not newer" in result.stderr


def test_submit__nothing_but_nonsense__a_few_lines_of_it_are_said(desk: Desk) -> None:
    result = desk.run("submit", desk.write(*["{}"] * 50), "--yes", key=KEY)
    assert result.exit_code == 1
    assert "; and 45 more" in result.stderr


def test_submit__by_pipe__observed(desk: Desk) -> None:
    lines = "\n".join(desk.lines(1, 2, 3)).encode()
    result = desk.run("submit", "-", "--yes", key=KEY, answer=lines)
    assert result.exit_code == 0, result.stderr
    assert desk.client.latest(FEED) == (1, 2, START)


@pytest.mark.parametrize("hash", ["", "0x" + "ab" * 32])
def test_submit__somebody_was_faster__said_and_the_rest_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, hash: str
) -> None:
    path = desk.write(*desk.lines(1, 2, 3), *desk.lines(4, 5, 6, feed=POWER))
    reverted = ChainError("QuorumFeed.submit", "", "reverted when it was mined", hash)

    def others() -> None:
        desk.quorum.observe(7, START)
        desk.chain.sent.clear()

    overtake(desk.chain, monkeypatch, "send", others, reverted if hash else None)
    result = desk.run("submit", path, "--yes", key=KEY)
    assert result.exit_code == 0, result.stderr
    left = "Warning: what was to be sent to submit BTC/USD:8:600 at 2023-11-15 00:00 is left away: "
    assert left in result.stderr and "(feed: not newer)" in result.stderr
    assert result.stdout.endswith("POWER:2:60 was 0.05 at 2023-11-15 00:00, round 1.\n")
    assert (desk.client.latest(FEED), desk.client.latest(POWER)) == ((1, 7, START), (1, 5, START))


@pytest.mark.parametrize("method", ["estimate", "send"])
def test_submit__somebody_was_faster_with_all__said_and_0(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    path = desk.write(*desk.lines(1, 2, 3))
    overtake(desk.chain, monkeypatch, method, lambda: desk.quorum.observe(7, START))
    document = desk.json("submit", path, "--yes", key=KEY)
    assert document["sent"] is False
    assert "(feed: not newer)" in document["warnings"][0]
    assert len(document["transactions"]) == (method == "send")


def test_submit__key_rotated_meanwhile__the_rest_sent_and_1(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaver = desk.quorum.operators[0]
    others = write_line(desk.quorum.report(desk.hot(3), 5, START, bytes(POWER)))
    path = desk.write(*desk.lines(1, 2, 3), *desk.lines(4, 5, 6, feed=POWER)[1:], others)
    overtake(desk.chain, monkeypatch, "send", lambda: desk.quorum.rotate(leaver, 1))
    result = desk.run("submit", path, "--yes", key=KEY)
    assert result.exit_code == 1
    assert (
        "submit` again, which leaves that report out. (feed: not this operator's key)"
        in (result.stderr.splitlines()[-1])
    )
    assert (desk.client.latest(FEED), desk.client.latest(POWER)) == (None, (1, 5, START))


@pytest.mark.parametrize("kind", [ChainError, PendingError])
def test_submit__nobody_knows_why__nothing_more_is_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: type[ChainError]
) -> None:
    path = desk.write(*desk.lines(1, 2, 3), *desk.lines(4, 5, 6, feed=POWER))
    error = kind("QuorumFeed.submit", "", "no answer", "0x" + "ab" * 32)
    overtake(desk.chain, monkeypatch, "send", lambda: None, error)
    assert desk.run("submit", path, "--yes", key=KEY).exit_code == 1
    assert desk.client.latest(POWER) is None


def test_submit__incomplete__costs_no_look_at_the_chain(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line for at in range(6) for line in desk.lines(1, at=START - 600 * at)]
    names = called(desk.chain, monkeypatch)
    assert desk.run("submit", desk.write(*lines)).exit_code == 1
    assert "latest_round" not in names and "operators" in names


# rotate


def test_rotate__cold_key_sends__the_new_key_signs(desk: Desk) -> None:
    key, new = cold(5)[1], account("new")
    arguments = ("--new-keystore", desk.keystore(new))
    arguments += ("--new-password-file", desk.folder / "password")
    result = desk.run("rotate", *arguments, key=key, answer="y\n")
    assert result.exit_code == 0, result.stderr
    assert f"before it    {desk.hot(1).address}\n" in result.stdout
    assert result.stdout.endswith(f"Operator {key.address} signs with {new.address}.\n")
    assert f"Warning: {desk.hot(1).address} answers for what it signed for one more hour" in (
        result.stderr
    )
    assert desk.client.configuration().operators[1].key == new.address
    again = desk.run("rotate", *arguments, "--yes", key=key)
    assert again.exit_code == 1
    assert "The key is or was an operator's hot key: make a new one." in again.stderr


def test_rotate__cold_key_elsewhere__an_unsent_transaction(desk: Desk) -> None:
    arguments = ["--new-keystore", desk.keystore(account("new"))]
    arguments += ["--new-password-file", desk.folder / "password"]
    result = desk.run("rotate", *arguments)
    assert result.exit_code == 2
    assert "give --keystore, or --from" in result.stderr
    document = desk.json("rotate", *arguments, "--from", desk.quorum.operators[2])
    assert document["facts"]["key"] == account("new").address
    assert document["facts"]["old"] == desk.hot(2).address
    assert document["transactions"][0]["gas"] > 0


def test_rotate__nobodys_or_the_cold_key_itself__warned(desk: Desk) -> None:
    arguments = ("--new-keystore", desk.keystore(KEY))
    arguments += ("--new-password-file", desk.folder / "password", "--from")
    assert f"{STRANGER} is no operator now" in desk.run("rotate", *arguments, STRANGER).stderr
    assert "the hot key is the cold key itself" in desk.run("rotate", *arguments, USER).stderr


def test_rotate__suspended__warned_and_named_all_the_same(desk: Desk) -> None:
    key, new = cold(5)[1], account("new")
    desk.client.report_equivocation(desk.evidence(1)).send(desk.chain)
    arguments = ("--new-keystore", desk.keystore(new))
    arguments += ("--new-password-file", desk.folder / "password")
    result = desk.run("rotate", *arguments, "--yes", key=key)
    assert result.exit_code == 0, result.stderr
    assert f"Warning: {key.address} is suspended, and stays so" in result.stderr
    assert desk.client.operator(key.address) == (key.address, new.address, START)


# propose, cancel, enact


def test_propose__owner__shown_proposed_and_enacted_after_the_delay(desk: Desk) -> None:
    desk.own()
    operators, joins = desk.quorum.operators, account("joins").address
    wanted = [operators[3], joins, operators[0], operators[1]]
    result = desk.run("propose", *wanted, "--threshold", 3, key=KEY, answer="y\n")
    assert result.exit_code == 0, result.stderr
    for line in (
        "threshold ",
        f"{joins}  joins",
        f"{operators[0]}  stays",
        f"{operators[2]}  leaves",
    ):
        assert line in result.stdout
    assert "Proposed; it can be enacted from 2023-11-22 00:00 UTC on, by anyone." in result.stdout
    early = desk.run("enact", "--yes", key=KEY)
    assert early.exit_code == 1
    assert "what is proposed can be enacted from 2023-11-22 00:00 UTC on: wait" in early.stderr
    desk.chain.now += DELAY
    enacted = desk.run("enact", "--yes", key=account("anyone"))
    assert enacted.exit_code == 0, enacted.stderr
    assert f"{operators[4]}  leaves" in enacted.stdout
    assert enacted.stdout.splitlines()[-1].startswith("Configuration 2, 0x")
    seated = [one.address for one in desk.client.configuration().operators]
    assert seated == sorted(wanted, key=lambda address: int(address, 16))
    nothing = desk.run("enact", "--yes", key=KEY)
    assert nothing.exit_code == 1
    assert "nothing is proposed" in nothing.stderr


def test_propose__json__who_is_wanted(desk: Desk) -> None:
    wanted = desk.quorum.operators[:4]
    document = desk.json("propose", *wanted, "--threshold", 4, "--from", OWNER)
    assert document["facts"]["operators"] == sorted(wanted)
    assert (document["facts"]["threshold"], document["facts"]["delay"]) == (4, DELAY)
    assert document["transactions"][0]["gas"] > 0


def test_propose__suspended_and_proposed_before__warned(desk: Desk) -> None:
    desk.run("report", desk.write(*desk.lines(1), *desk.lines(2)), "--yes", key=KEY)
    desk.quorum.send(OWNER, "propose", desk.quorum.operators, 3)
    result = desk.run("propose", *desk.quorum.operators[:4], "--threshold", 3, "--from", OWNER)
    assert "Warning: something is proposed already, and this takes its place." in result.stderr
    assert f"{desk.quorum.operators[0]} is suspended, and this pardons it" in result.stderr


def test_propose__too_few_with_a_hot_key__warned_who_has_none(desk: Desk) -> None:
    desk.own()
    bare = [account(name).address for name in ("joins", "joins too")]
    wanted = [*desk.quorum.operators[:2], *bare]
    result = desk.run("propose", *wanted, "--threshold", 3, "--yes", key=KEY)
    said = "Warning: 2 of these operators could sign, and 3 must, so that every feed would stand "
    assert said in result.stderr
    for address in wanted:
        assert (f"{address} has named no hot key" in result.stderr) == (address in bare)
    desk.chain.now += DELAY
    assert said in desk.run("enact").stderr
    desk.quorum.rotate(bare[0])
    assert desk.run("enact").stderr == ""
    assert desk.run("propose", *wanted, "--threshold", 3).stderr.count("Warning") == 1


def test_enact__suspended_since_it_was_proposed__counts_no_more(desk: Desk) -> None:
    desk.client.report_equivocation(desk.evidence(0)).send(desk.chain)
    desk.chain.now += 1
    desk.quorum.send(OWNER, "propose", desk.quorum.operators[:3], 3)
    desk.chain.now += DELAY
    assert desk.run("enact").stderr == ""  # which pardons the first
    desk.client.report_equivocation(desk.evidence(1)).send(desk.chain)
    said = desk.run("enact").stderr
    assert "2 of these operators could sign, and 3 must" in said
    assert said.strip().endswith(f": {desk.quorum.operators[1]} is suspended.")


@pytest.mark.parametrize(
    ("count", "threshold", "said"),
    [(5, 2, "With 5 it is 3 to 5."), (5, 6, "With 5 it is 3 to 5."), (32, 21, "at most 31")],
)
def test_propose__no_quorum__refused(desk: Desk, count: int, threshold: int, said: str) -> None:
    wanted = [key.address for key in cold(count)]
    result = desk.run("propose", *wanted, "--threshold", threshold)
    assert result.exit_code == 1
    assert said in result.stderr


def test_propose__named_twice__refused(desk: Desk) -> None:
    operator = desk.quorum.operators[0]
    result = desk.run("propose", operator, operator.lower(), "--threshold", 1)
    assert result.exit_code == 1
    assert "named twice" in result.stderr


def test_propose__stranger__refused_in_words(desk: Desk) -> None:
    result = desk.run("propose", *desk.quorum.operators, "--threshold", 3, "--yes", key=KEY)
    assert result.exit_code == 1
    assert "Only the owner may do this" in result.stderr
    assert desk.chain.sent == []


def test_cancel__owner__withdrawn(desk: Desk) -> None:
    desk.own()
    assert "nothing is proposed" in desk.run("cancel", "--yes", key=KEY).stderr
    desk.run("propose", *desk.quorum.operators, "--threshold", 4, "--yes", key=KEY)
    result = desk.run("cancel", "--yes", key=KEY)
    assert result.stdout.endswith("Nothing is proposed now.\n")
    assert desk.client.proposal() is None


# report


def test_report__two_values__suspended(desk: Desk) -> None:
    path = desk.write(*desk.lines(1, 2, 3), write_line(desk.quorum.report(desk.hot(1), 9, START)))
    result = desk.run("report", path, key=KEY, answer="y\n")
    assert result.exit_code == 0, result.stderr
    operator = desk.quorum.operators[1]
    assert f"{operator}  BTC/USD:8:600 at 2023-11-15 00:00: 0.00000002 and" in result.stdout
    assert result.stdout.endswith(f"Suspended {desk.quorum.operators[1]}.\n")
    assert desk.client.configuration().operators[1].suspended_at == START
    again = desk.run("report", path, "--yes", key=KEY)
    assert again.exit_code == 0
    assert "There is nothing to send." in again.stdout
    assert f"{operator} has signed two values: The operator is suspended" in again.stderr


def test_report__several_in_several_files__each_once(desk: Desk) -> None:
    files = [desk.write(*desk.lines(number, number), name=f"{number}") for number in range(3)]
    document = desk.json("report", *files, "--from", STRANGER)
    assert len(document["transactions"]) == 2
    found = document["facts"][desk.quorum.operators[0]]
    assert found == {"id": ID, "at": START, "values": ["0", "1"]}
    assert document["facts"]["reports"] == 6


def test_report__key_rotated_a_moment_ago__suspended_all_the_same(desk: Desk) -> None:
    path = desk.write(*desk.lines(1), *desk.lines(2))
    desk.quorum.rotate(desk.quorum.operators[0], 1)
    desk.chain.now += HOUR
    assert desk.run("report", path, "--yes", key=KEY).exit_code == 0
    assert desk.client.configuration().operators[0].suspended_at == START + HOUR


def test_report__rotated_between_two_values__suspended(desk: Desk) -> None:
    operator, (line,) = desk.quorum.operators[0], desk.lines(1)
    desk.quorum.rotate(operator, 1)
    other = write_line(desk.quorum.report(desk.quorum.keys[operator], 2, START))
    result = desk.run("report", desk.write(line, other), "--yes", key=KEY)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.endswith(f"Suspended {operator}.\n")
    assert desk.client.configuration().operators[0].suspended_at == START


def test_report__somebody_was_faster__said_and_the_rest_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.write(*desk.lines(1, 1, 1), *desk.lines(2, 2, 2))
    first = desk.client.report_equivocation(desk.evidence(0))
    overtake(desk.chain, monkeypatch, "send", lambda: first.send(desk.chain))
    result = desk.run("report", path, "--yes", key=KEY)
    assert result.exit_code == 0, result.stderr
    assert "(feed: suspended)" in result.stderr
    assert result.stdout.endswith(f"Suspended {', '.join(desk.quorum.operators[1:3])}.\n")


def test_report__many_pairs__the_chain_is_asked_once_for_an_operator(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line for at in range(5) for line in desk.lines(1, 1, at=START - 600 * at)]
    lines += [line for at in range(5) for line in desk.lines(2, 2, at=START - 600 * at)]
    for number in range(5):
        key = account(f"throwaway {number}")
        lines += [write_line(desk.quorum.report(key, value, START)) for value in (1, 2)]
    names = called(desk.chain, monkeypatch)
    document = desk.json("report", desk.write(*lines), "--from", STRANGER)
    assert names.count("report_equivocation") == 2 == len(document["transactions"])
    assert document["warnings"] == ["10 reports that no operator's key signed prove nothing"]


def test_report__key_rotated_long_ago__said(desk: Desk) -> None:
    path = desk.write(*desk.lines(1), *desk.lines(2))
    desk.quorum.rotate(desk.quorum.operators[0], 1)
    desk.chain.now += HOUR + 1
    result = desk.run("report", path, "--yes", key=KEY)
    assert "There is nothing to send." in result.stdout
    assert "feed: key was retired" in result.stderr


def test_report__nobodys_key_or_other_operators__said(desk: Desk) -> None:
    stranger = account("stranger")
    lines = [write_line(desk.quorum.report(stranger, value, START)) for value in (1, 2)]
    old = [
        write_line(desk.quorum.report(desk.hot(0), value, START, config=b"\1" * 32))
        for value in (1, 2)
    ]
    result = desk.run("report", desk.write(*lines, *old, "{}"), "--yes", key=KEY)
    assert "There is nothing to send." in result.stdout
    assert "2 reports that no operator's key signed prove nothing" in result.stderr
    assert "2 reports of other operators or another contract" in result.stderr
    assert ":5 does not count" in result.stderr
    assert desk.chain.sent == []


def test_report__feed_whose_id_is_no_name__suspended_all_the_same(desk: Desk) -> None:
    odd = b"\xff" * 32
    lines = [write_line(desk.quorum.report(desk.hot(0), value, 5, odd)) for value in (1, -2)]
    result = desk.run("report", desk.write(*lines), "--yes", key=KEY)
    assert f"0x{'ff' * 32} at 1970-01-01 00:00: 1 and -2" in result.stdout
    assert desk.client.configuration().operators[0].suspended_at == START
