"""The demo as its users run it, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from fractions import Fraction
from itertools import islice, pairwise
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import display
from terahash.bitcoin.state import DAY_BLOCKS, Day
from terahash.bitcoin.target import difficulty, to_target
from terahash.hashprice import BlockDay, block_days
from terahash.headers import SHIPPED_ARCHIVE

ROOT = Path(__file__).resolve().parents[2]
DAYS = 2
FIRST_DAY = 5_712  # of the shipped headers: it sets the index's clock
ISSUANCE_DAYS = 12  # the fewest in which somebody claims while a delivery streams
WAD = 10**18


class Demo(NamedTuple):
    folder: Path
    stdout: str
    report: dict[str, Any]


def _start(*arguments: str) -> subprocess.Popen[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "TTY_COMPATIBLE")}
    return subprocess.Popen(
        ["ape", "run", "demo", *arguments],
        cwd=ROOT,
        env={**kept, "PATH": path, "COLUMNS": "80", "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        # A shell that started us in the background left Ctrl-C ignored; the child would inherit it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def run_demo(days: int, folder: Path) -> Demo:
    """Run the demo for so many block-days into a folder."""
    process = _start("--days", str(days), "--out", str(folder))
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stdout + stderr
    return Demo(folder, stdout, json.loads((folder / "report.json").read_text()))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return run_demo(DAYS, tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def issuing(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A run with an issuance that delivers, and whose holders claim."""
    return run_demo(ISSUANCE_DAYS, tmp_path_factory.mktemp("issuing"))


@pytest.fixture
def quorum(issuing: Demo) -> dict[str, Any]:
    """Its third chapter."""
    return issuing.report["chapters"]["quorum"]


@pytest.fixture
def issuance(issuing: Demo) -> dict[str, Any]:
    """Its fourth chapter."""
    return issuing.report["chapters"]["issuance"]


def test_demo__two_days__reports_the_epochs_of_the_archive(demo: Demo) -> None:
    archive = Archive.open(SHIPPED_ARCHIVE)
    _, state = next(archive.batches())
    before = difficulty(to_target(archive.checkpoint.bits))
    now = difficulty(to_target(state.bits))
    assert demo.report["chapters"]["relay"]["epochs"] == [
        {
            "epoch": 408,
            "first_height": 822_528,
            "start": state.epoch_start,
            "bits": state.bits,
            "difficulty": str(now),
            "change": str((now - before) * 10**18 // before),
            "is_final": True,
        }
    ]
    assert "0x1703e8b3" in demo.stdout
    assert "72.0061" in demo.stdout


def test_demo__two_days__reports_the_days_of_the_archive(demo: Demo) -> None:
    archive = Archive.open(SHIPPED_ARCHIVE)
    days: list[Day] = []
    states = [state for _, state in islice(archive.batches(days), DAYS)]
    rows = demo.report["chapters"]["relay"]["days"]
    assert [row["last_height"] for row in rows] == [state.height for state in states]
    assert [row["last_hash"] for row in rows] == [display(day.block_hash) for day in days[:DAYS]]
    assert [row["end"] for row in rows] == [day.end for day in days[:DAYS]]
    assert sum(row["seconds"] for row in rows) == states[-1].time - archive.checkpoint.time
    for row in rows:
        assert row["final_at"] >= row["last_time"] + 86_400


def test_demo__two_days__proves_the_work_of_the_archive(demo: Demo) -> None:
    archive = Archive.open(SHIPPED_ARCHIVE)
    *_, state = (state for _, state in islice(archive.batches(), DAYS))
    each = (1 << 256) // (to_target(state.bits) + 1)
    relay = demo.report["chapters"]["relay"]
    assert relay["headers"] == DAYS * DAY_BLOCKS + 1
    assert relay["states"] == DAYS + 1
    assert int(relay["work"]) == each * relay["headers"]


def test_demo__two_days__reports_gas_of_whole_transactions(demo: Demo) -> None:
    relay = demo.report["chapters"]["relay"]
    batches = Archive.open(SHIPPED_ARCHIVE).batches()
    for row, (headers, _) in zip(relay["days"], batches, strict=False):
        zeros = headers.count(0)
        floor = 21_000 + 10 * (4 * (len(headers) - zeros) + zeros)  # EIP-7623
        assert floor < row["submit_gas"] < 1.25 * floor
    submit = sum(row["submit_gas"] for row in relay["days"])
    finalize = sum(row["finalize_gas"] for row in relay["days"])
    costs = relay["costs"]
    assert costs["header"] == -(-submit // (DAYS * DAY_BLOCKS))
    assert costs["total"] == submit + finalize + costs["deploy"] + costs["header_alone"]
    assert f"{costs['submit_day']:,}" in demo.stdout


def test_demo__two_days__index_is_the_librarys(demo: Demo) -> None:
    archive = Archive.open(SHIPPED_ARCHIVE)
    days: list[Day] = []
    for _ in islice(archive.batches(days), DAYS):
        pass
    (expected,) = block_days(days, FIRST_DAY)
    index = demo.report["chapters"]["index"]
    assert [BlockDay.model_validate(row) for row in index["days"]] == [expected]
    assert index["days"][0]["earned"] == str(expected.earned)
    assert (index["first_day"], index["start"]) == (FIRST_DAY, days[0].end)
    assert index["mean"] == str(expected.earned * 86_400 // (days[1].end - days[0].end))
    assert (index["proven"], index["unproven"]) == ([], DAY_BLOCKS)


def test_demo__two_days__prints_the_block_day_that_earned(demo: Demo) -> None:
    (row,) = demo.report["chapters"]["index"]["days"]
    date, price = "2023-12-25", f"{int(row['hashprice']) / 10**18:.4f}"
    (line,) = (line for line in demo.stdout.splitlines() if line.startswith(str(FIRST_DAY + 1)))
    assert line.split()[:2] == [str(FIRST_DAY + 1), date]
    assert line.split()[4:] == [price, "0.00174608", f"{int(row['earned']) / 10**18:.2f}"]
    assert "block 830,000's is, in runs of 52 days" in " ".join(demo.stdout.split())


def test_demo__two_days__reports_gas_of_the_index(demo: Demo) -> None:
    index = demo.report["chapters"]["index"]
    (row,) = index["days"]
    costs = index["costs"]
    assert 21_000 < row["close_gas"] < 145_000  # with its dollars
    assert 21_000 < row["record_gas"] < 95_000
    assert costs["day"] == row["record_gas"] + row["close_gas"]
    assert (costs["prove"], row["prove_gas"]) == (None, 0)
    assert costs["total"] > costs["deploy"] + costs["day"]
    assert row["closed_at"] >= row["end"] + 2 * 86_400  # a challenge and a fee window


def test_demo__addresses_of_an_earlier_run__are_of_a_chain_that_is_gone(tmp_path: Path) -> None:
    """The chain is a new one: another contract stands where an earlier version's relay stood."""
    first = run_demo(1, tmp_path)
    file = first.folder / "deployment.json"
    before = json.loads(file.read_text())
    before["contracts"]["BitcoinRelay"]["address"] = before["contracts"]["QuorumFeed"]["address"]
    file.write_text(json.dumps(before))
    again = run_demo(1, tmp_path)
    assert again.report["chapters"] == first.report["chapters"]


def test_demo__one_day__has_a_clock_and_no_price(tmp_path: Path) -> None:
    process = _start("--days", "1", "--out", str(tmp_path))
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stdout + stderr
    chapters = json.loads((tmp_path / "report.json").read_text())["chapters"]
    index, quorum = chapters["index"], chapters["quorum"]
    assert (index["days"], index["mean"], index["costs"]["day"]) == ([], None, None)
    assert "earns nothing: two block-days or more" in " ".join(stdout.split())
    assert quorum["days"] == []
    refused = {face["description"] for face in quorum["faces"] if face["answer"] is None}
    closed = {f"{unit}/{size}/day" for unit in ("BTC", "USD") for size in ("TH", "PH")}
    assert refused == {"Bitcoin hashrate, TH/s", *closed}
    assert {face["reason"] for face in quorum["faces"]} == {None, "facade: no such round"}


def test_compare__index_off_by_one__is_refused() -> None:
    from scripts._chapters import ReplayError, compare

    days: list[Day] = []
    for _ in islice(Archive.open(SHIPPED_ARCHIVE).batches(days), 3):
        pass
    right = list(block_days(days, FIRST_DAY))
    wrong = [right[0], right[1].model_copy(update={"earned": right[1].earned + 1})]
    compare(right, right)
    with pytest.raises(ReplayError, match=f"block-day {FIRST_DAY + 2} of the index"):
        compare(wrong, right)
    with pytest.raises(ReplayError, match="closed 1 block-days, not 2"):
        compare(right[:1], right)


def test_demo__two_days__writes_a_page_of_its_own(demo: Demo) -> None:
    page = (demo.folder / "report.html").read_text(encoding="utf-8")
    assert "2 real days of Bitcoin" in page
    assert demo.report["chapters"]["relay"]["last_hash"] in page
    assert len(page) < 300_000
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert sorted(file.name for file in demo.folder.iterdir()) == [
        "deployment.json",
        "report.html",
        "report.json",
    ]


def test_demo__output_to_a_log__is_plain_text_of_80_columns(demo: Demo) -> None:
    printed = demo.stdout[demo.stdout.index("Terahash turns") : demo.stdout.index("Done in")]
    assert "\x1b" not in printed
    assert "\r" not in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert "2 of 2 block-days" in printed


def test_demo__run__says_how_long_it_took_and_what_it_wrote(demo: Demo) -> None:
    end = demo.stdout[demo.stdout.index("Done in") :]
    run = demo.report["run"]
    assert end.startswith(f"Done in {run['seconds']:.1f} s")
    assert f"{run['peak_memory'] // 10**6:,} MB" in end
    assert run["peak_memory"] < 10**9
    assert str(demo.folder / "report.html") in end
    assert str(demo.folder / "report.json") in end


def test_demo__two_days__has_no_issuance(demo: Demo) -> None:
    assert list(demo.report["chapters"]) == ["relay", "index", "quorum"]
    assert "issuance of hashrate" not in demo.stdout
    assert 'id="issuance"' not in (demo.folder / "report.html").read_text(encoding="utf-8")


def test_demo__quorum__every_value_that_counted_is_an_honest_one(quorum: dict[str, Any]) -> None:
    prices, hashrate = quorum["feeds"]
    assert [feed["name"] for feed in (prices, hashrate)] == ["BTC/USD", "hashrate of the issuer"]
    # After each block-day and the last header, in the two waits for finality, and at the end.
    assert ISSUANCE_DAYS + 3 <= prices["count"] <= ISSUANCE_DAYS + 4
    assert hashrate["count"] == len(hashrate["rows"]) > 0
    for feed in (prices, hashrate):
        for number, row in enumerate(feed["rows"], 1):
            assert row["round"] == number
            assert row["time"] % feed["period"] == 0
            lowest, value, highest = (int(row[key]) for key in ("lowest", "value", "highest"))
            assert lowest < value < highest < 1.01 * lowest
            assert int(row["lie"]) > 1.9 * value
        times = [row["time"] for row in feed["rows"]]
        assert times == sorted(set(times))
    assert {row["value"] for row in hashrate["rows"]} == {str(12_012 * WAD)}
    assert (quorum["threshold"], quorum["n"]) == (3, 5)
    assert [operator["lies"] for operator in quorum["operators"]] == [False] * 4 + [True]
    count = prices["count"] + hashrate["count"]
    assert [operator["signed"] for operator in quorum["operators"]] == [count] * 5


def test_demo__quorum__dollars_are_the_indexs_satoshi_at_the_first_price(
    issuing: Demo, quorum: dict[str, Any]
) -> None:
    prices, index = quorum["feeds"][0]["rows"], issuing.report["chapters"]["index"]["days"]
    total, earned = 0, 0
    for day, row in zip(quorum["days"], index, strict=True):
        for key in ("number", "start", "end", "bits"):
            assert day[key] == row[key]
        first = next(price for price in prices if price["time"] >= row["end"])
        assert first["time"] - row["end"] <= 6 * 3_600
        assert (day["price"], day["observed_at"]) == (first["value"], first["time"])
        price = int(first["value"])
        assert day["hashprice"] == str(int(row["hashprice"]) * 1_000 * price // 10**26)
        total += (int(row["earned"]) - earned) * price // 10**16
        earned = int(row["earned"])
        assert day["earned"] == str(total)
        assert day["seconds"] == row["end"] - index[0]["start"]


def test_demo__quorum__faces_tell_the_numbers_of_other_chapters(
    issuing: Demo, quorum: dict[str, Any]
) -> None:
    relay, index = issuing.report["chapters"]["relay"], issuing.report["chapters"]["index"]
    newest, price = index["days"][-1], quorum["feeds"][0]["rows"][-1]
    epoch, sats, end = relay["epochs"][0], int(newest["hashprice"]), newest["end"]
    closed = int(quorum["days"][-1]["price"])
    now = int(price["value"])  # when the tip is priced
    number, tip = newest["number"], relay["last_height"]
    # The tip is in the same epoch, and nothing is proven: the spot is the closed hashprice.
    assert {
        face["description"]: (face["round"], face["answer"], face["time"])
        for face in quorum["faces"]
    } == {
        "BTC/USD": (len(quorum["feeds"][0]["rows"]), price["value"], price["time"]),
        "Bitcoin difficulty": (408, str(int(epoch["difficulty"]) // 10**10), epoch["start"]),
        "Bitcoin hashrate, TH/s": (None, None, None),
        "BTC/TH/day": (number, str(sats // 10**8), end),
        "BTC/PH/day": (number, str(sats // 10**5), end),
        "USD/TH/day": (number, str(sats * closed // 10**26), end),
        "USD/PH/day": (number, str(sats * closed // 10**23), end),
        "BTC/TH/day, spot": (tip, str(sats // 10**8), end),
        "BTC/PH/day, spot": (tip, str(sats // 10**5), end),
        "USD/TH/day, spot": (tip, str(sats * now // 10**26), end),
        "USD/PH/day, spot": (tip, str(sats * now // 10**23), end),
    }
    decimals = {face["description"]: face["decimals"] for face in quorum["faces"]}
    assert {name for name, places in decimals.items() if places == 18} == {
        name for name in decimals if name.startswith("BTC/") and name != "BTC/USD"
    }


def test_demo__quorum__is_printed_before_the_issuance_in_80_columns(
    issuing: Demo, quorum: dict[str, Any]
) -> None:
    assert list(issuing.report["chapters"]) == ["relay", "index", "quorum", "issuance"]
    printed = issuing.stdout[issuing.stdout.index("What Bitcoin cannot prove") :]
    printed = printed[: printed.index("An issuance of hashrate")]
    assert max(map(len, printed.splitlines())) <= 80
    assert "Operator 5 lied in every report" in " ".join(printed.split())
    assert "10 of 11 numbers answer" in " ".join(printed.split())
    for operator in quorum["operators"]:
        assert operator["address"] in printed
    assert 'id="quorum"' in (issuing.folder / "report.html").read_text(encoding="utf-8")


def test_demo__issuance__statement_adds_up_to_nothing(issuance: dict[str, Any]) -> None:
    parties = issuance["parties"]
    columns = ("traded", "delivered", "claimed", "redeemed", "withdrawn")
    for column in (*columns, "net", "change"):
        assert sum(party[column] for party in parties) == 0, column
    for party in parties:
        assert party["net"] == sum(party[column] for column in columns)
        assert party["net"] == party["change"], party["name"]
    issuer, *holders, contract = parties
    assert [side["name"] for side in (issuer, contract)] == ["Issuer", "Contract"]
    assert issuer["delivered"] < 0 < contract["delivered"]
    assert sum(holder["claimed"] for holder in holders) == -contract["claimed"] > 0


def test_demo__issuance__statement_is_what_the_events_paid(issuance: dict[str, Any]) -> None:
    issuer, *holders, contract = issuance["parties"]
    events = issuance["events"]
    kept = issuance["to_reserve"] + issuance["to_stream"]
    for holder in holders:
        name = holder["name"]
        bought = [e for e in events if (e["deed"], e["who"]) == ("mint", name)]
        claimed = [e for e in events if (e["deed"], e["whom"]) == ("claim", name)]
        assert holder["traded"] == -sum(event["sats"] for event in bought)
        assert holder["claimed"] == sum(event["sats"] for event in claimed)
        assert int(holder["tokens"]) == sum(int(event["tokens"]) for event in bought)
        # Nobody is late here: each paid 84 satoshi for each of 42 block-days.
        assert -holder["traded"] * WAD == 84 * 42 * int(holder["tokens"])
    paid = -sum(holder["traded"] for holder in holders)
    assert (issuer["traded"], contract["traded"]) == (paid - kept, kept)
    delivered = sum(event["sats"] for event in events if event["deed"] == "deliver")
    assert -issuer["delivered"] == contract["delivered"] == delivered > 0


def test_demo__issuance__owes_what_the_librarys_block_days_earned(
    issuing: Demo, issuance: dict[str, Any]
) -> None:
    days: list[Day] = []
    for _ in islice(Archive.open(SHIPPED_ARCHIVE).batches(days), ISSUANCE_DAYS):
        pass
    first = issuance["agreed"]["first"]
    known = {day.number: day for day in block_days(days, FIRST_DAY)}
    nets: list[Fraction] = []
    for row in issuance["owed"]:
        before, day = known[row["number"] - 1], known[row["number"]]
        gross = day.earned - before.earned
        nets.append(Fraction(98 * gross, 100 * WAD) - Fraction(80 * (day.end - before.end), 86_400))
        assert (row["start"], row["end"]) == (before.end, day.end)
        assert (row["gross"], row["net"]) == (str(gross), str(int(nets[-1] * WAD)))
    assert [row["number"] for row in issuance["owed"]] == list(
        range(first, FIRST_DAY + ISSUANCE_DAYS)
    )
    # What was delivered between two days is what the days that were counted owe, rounded up.
    for old, new in pairwise(issuance["standings"]):
        owed = 9_000 * sum(nets[old["accrued"] : new["accrued"]])
        assert new["delivered"] - old["delivered"] == ceil(owed)
        assert new["owed"] == 0
    assert issuance["standings"][-1]["accrued"] == len(nets) == 7


def test_demo__issuance__claims_are_within_a_satoshi_of_exact(issuance: dict[str, Any]) -> None:
    entitled = issuance["entitled"]
    claims = [event for event in issuance["events"] if event["deed"] == "claim"]
    parties = {party["name"]: party for party in issuance["parties"]}
    delivered = parties["Contract"]["delivered"]
    assert [holder["name"] for holder in entitled] == ["Buyer 1", "Buyer 2", "Buyer 3"]
    assert [holder["claims"] for holder in entitled] == [2, 1, 1]
    assert len(claims) == 4
    for holder in entitled:
        short = int(holder["exact"]) - holder["paid"] * WAD
        assert 0 <= short <= int(holder["worst"]) < WAD
        assert holder["paid"] == parties[holder["name"]]["claimed"]
        # All of it was earned by the end: each has its tokens' part of 9,000.
        tokens = int(parties[holder["name"]]["tokens"])
        assert int(holder["exact"]) == delivered * tokens // 9_000


def test_demo__issuance__claim_while_a_delivery_streams_is_its_part_of_the_day(
    issuance: dict[str, Any],
) -> None:
    deliver = next(event for event in issuance["events"] if event["deed"] == "deliver")
    claim = next(event for event in issuance["events"] if event["deed"] == "claim")
    passed = claim["time"] - deliver["time"]
    assert 0 < passed < 86_400
    assert (claim["whom"], claim["is_first"]) == ("Buyer 1", True)
    assert claim["sats"] == deliver["sats"] * 4_000 * passed // (9_000 * 86_400)


def test_demo__issuance__balance_of_the_contract_is_explained(issuance: dict[str, Any]) -> None:
    left = {name: int(amount) for name, amount in issuance["left"].items()}
    assert left["held"] == issuance["parties"][-1]["change"] * WAD
    assert left["held"] == sum(amount for name, amount in left.items() if name != "held")
    assert left["reserve"] == issuance["to_reserve"] * WAD
    assert left["streaming"] == 0
    assert 0 <= left["cut"] < WAD // 10**6
    shorts = [int(each["exact"]) - each["paid"] * WAD for each in issuance["entitled"]]
    assert abs(sum(shorts) - left["unclaimed"] - left["queued"]) < WAD // 10**6


def test_demo__issuance__is_printed_in_80_columns_and_on_the_page(issuing: Demo) -> None:
    printed = issuing.stdout[issuing.stdout.index("An issuance of hashrate") :]
    printed = printed[: printed.index("Done in")]
    assert max(map(len, printed.splitlines())) <= 80
    assert "the replay ends on day 7 of 42" in " ".join(printed.split())
    assert ["Sum", *"000000"] in [line.split() for line in printed.splitlines()]
    assert 'id="issuance"' in (issuing.folder / "report.html").read_text(encoding="utf-8")


def test_demo__interrupted__leaves_no_report_and_exits_130(tmp_path: Path) -> None:
    process = _start("--days", "56", "--out", str(tmp_path))
    assert process.stdout
    for line in process.stdout:
        if line.startswith("Replaying Bitcoin"):
            break
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr == "Interrupted: no report was written.\n"
    assert "Traceback" not in stdout
    assert {file.name for file in tmp_path.iterdir()} <= {"deployment.json"}


def test_demo__deployment_of_another_chain__is_one_line_and_exit_1(tmp_path: Path) -> None:
    (tmp_path / "deployment.json").write_text('{"chain_id": 1, "contracts": {}}')
    process = _start("--days", "1", "--out", str(tmp_path))
    _, stderr = process.communicate(timeout=300)
    assert process.returncode == 1
    assert stderr.startswith("Error: ")
    assert "is of chain 1" in stderr
    assert stderr.count("\n") == 1
    assert not (tmp_path / "report.html").exists()
