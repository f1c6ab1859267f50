"""The commands of the market: what they list, what they send, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from terahash.deployment import Deployment
from terahash.swaps.models import Stage
from terahash.swaps.names import label
from terahash.units import DAY, WAD
from tests.support.desk import DIFFICULTY, JANUARY, Desk, T
from tests.support.market import USER
from tests.support.trading import MINER, OTHER, RICH, SERIES, START, STRANGER

NAME, MONTH = label(DIFFICULTY), label(JANUARY)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path).connected(monkeypatch)


def settled(desk: Desk, longs: int = 10_000, x: int = 75 * T) -> None:
    """Let the user hold longs of a series that is settled."""
    desk.mint(DIFFICULTY, longs)
    desk.finish(x)
    desk.act(MINER.address, desk.trader.settle(DIFFICULTY))


# series


def test_series__two_kinds__each_in_its_unit(desk: Desk) -> None:
    desk.mint(JANUARY, 12_340_000)
    result = desk.run("series")
    assert result.exit_code == 0, result.stderr
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "Mean difficulty, T" in lines
    assert "Mean hashprice, with proven fees, sats/PH/day" in lines
    assert f"{NAME} epochs 500 to 501 70.00 90.00 - 0.0000 TRADING" in lines
    said = next(line for line in lines if line.startswith(MONTH))
    assert "60,000.00 100,000.00 - 0.1234 TRADING" in said
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_series__json__exact_and_whole(desk: Desk) -> None:
    desk.mint(DIFFICULTY, 30_000)
    desk.finish(75 * T)
    listed = {one["id"]: one for one in desk.json("series")["series"]}
    assert len(listed) == 3
    one = listed[f"0x{DIFFICULTY.id.hex()}"]
    assert (one["label"], one["unit"], one["stage"]) == (NAME, "T", "READY")
    assert (one["x"], one["share"], one["pairs"]) == (str(75 * T), "250000000000", "30000")
    assert (one["series"]["floor"], one["series"]["end"]) == (str(70 * T), 502)
    assert (int(one["long_claim"]), int(one["short_claim"])) == (DIFFICULTY.long, DIFFICULTY.short)
    month = listed[f"0x{JANUARY.id.hex()}"]
    # A machine reads a bound in the unit that is named: 60,000 sats/PH/day.
    assert int(month["series"]["floor"]) // int(month["unit_scale"]) == 60_000
    assert month["unit"] == "sats/PH/day"
    assert (month["x"], month["share"]) == (None, None)


def test_series__settled_ones__left_out_unless_asked_for(desk: Desk) -> None:
    settled(desk)
    assert NAME not in desk.run("series").stdout
    assert "SETTLED" in desk.run("series", "--all").stdout
    assert len(desk.json("series")["series"]) == 2


def test_series__one_by_name__all_that_is_known(desk: Desk) -> None:
    settled(desk)
    said = dict(line.split("  ", 1) for line in desk.run("series", NAME).stdout.splitlines())
    said = {name: text.strip() for name, text in said.items()}
    assert said["id"] == f"0x{DIFFICULTY.id.hex()}"
    assert said["window"] == "epochs 500 to 501"
    assert (said["floor"], said["cap"]) == ("70.0000 T", "90.0000 T")
    assert said["settles at"] == "75.0000 T"
    assert said["longs have"] == "25.0000 %"
    assert said["fallback"] == "40.00 % to longs, where the index dies"
    assert said["instrument"] == desk.doubles.instruments[0]
    assert said["long claim"] == str(DIFFICULTY.long)
    assert desk.json("series", NAME)["stage"] == "SETTLED"


def test_series__name_of_none__refused(desk: Desk) -> None:
    result = desk.run("series", "DIFF-1-2-aaaaaa")
    assert result.exit_code == 1
    assert "no open series is called DIFF-1-2-aaaaaa" in result.stderr


def test_series__nothing_open__said(desk: Desk) -> None:
    desk.finish(150)
    desk.finish(80 * WAD, number=1)
    result = desk.run("settle", "--all", "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert desk.run("series").stdout == (
        "No series is open here; 3 are settled (--all lists them).\n"
    )


def test_series__deployment_without_a_market__refused(desk: Desk) -> None:
    desk.file.write_text(Deployment(chain_id=1).model_dump_json())
    result = desk.run("series")
    assert result.exit_code == 1
    assert "PairMarket is not part of this deployment" in result.stderr


# positions


def test_positions__account__claims_their_range_and_worth(desk: Desk) -> None:
    settled(desk, 10_001)
    desk.mint(JANUARY, 5_000)
    desk.mint(JANUARY, 2_000, MINER.address, USER)
    result = desk.run("positions", USER)
    assert result.exit_code == 0, result.stderr
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert f"{NAME} 10,001 0 2,500 SETTLED" in lines
    assert f"{MONTH} 5,000 2,000 - TRADING" in lines
    assert lines[-1] == (
        "2,500 sats can be redeemed, and 0 more once series are settled; what is not known yet is "
        "worth 2,000 to 5,000."
    )


def test_positions__json__exact(desk: Desk) -> None:
    settled(desk, 10_001)
    desk.mint(JANUARY, 5_000)
    document = desk.json("positions", USER)
    assert document["account"] == USER
    first, second = document["positions"]
    assert first["series"]["label"] == NAME
    assert (first["longs"], first["shorts"], first["worth"]) == ("10001", "0", "2500")
    assert (second["least"], second["most"], second["worth"]) == ("0", "5000", None)


def test_positions__nothing_there__said(desk: Desk) -> None:
    assert desk.run("positions", OTHER.address).stdout == f"{OTHER.address} has no claims here.\n"
    assert desk.json("positions", OTHER.address)["positions"] == []
    mistyped = desk.run("positions", OTHER.address[:-1])
    assert mistyped.exit_code == 2


# settle


def test_settle__ready__shown_asked_for_and_sent(desk: Desk) -> None:
    desk.mint(DIFFICULTY, 30_000)
    desk.finish(75 * T)
    result = desk.run("settle", NAME, key=True, answer="y\n")
    assert result.exit_code == 0, result.stderr
    assert "longs have 25.0000 % at 75.0000 T; epochs 500 to 501; locks 30,000 sats" in (
        result.stdout
    )
    assert result.stdout.endswith("Settled 1 series.\n")
    assert desk.chain.sent == ["settle"]
    assert desk.market.state(DIFFICULTY).share == 25 * 10**10


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_settle__not_agreed__nothing_is_sent(desk: Desk, answer: str) -> None:
    desk.finish(75 * T)
    assert desk.run("settle", NAME, key=True, answer=answer).exit_code == 1
    assert desk.chain.sent == []


def test_settle__by_digits_and_unsent__what_to_sign(desk: Desk) -> None:
    desk.finish(75 * T)
    document = desk.json("settle", f"0x{DIFFICULTY.id.hex()[:8]}", "--from", STRANGER.address)
    (step,) = document["transactions"]
    assert (step["what"], step["to"]) == (f"settle {NAME}", desk.market.address)
    assert document["facts"][NAME] == str(25 * 10**10)
    words = [step["data"][10 + 64 * i :][:64] for i in range(10)]
    assert [int(word, 16) for word in words[5:9]] == [500, 502, 70 * T, 90 * T]
    assert desk.chain.sent == []


@pytest.mark.parametrize(
    "stage, why",
    [
        (Stage.TRADING, "its window is not over"),
        (Stage.KNOWN, "the end of its window is not final yet"),
        (Stage.SETTLED, "it is settled already: `terahash swaps redeem`"),
    ],
)
def test_settle__too_early_or_too_late__refused_for_that(
    desk: Desk, stage: Stage, why: str
) -> None:
    if stage is Stage.KNOWN:
        desk.doubles.instrument("set_known", True)
    if stage is Stage.SETTLED:
        settled(desk)
    result = desk.run("settle", NAME, "--yes", key=True)
    assert result.exit_code == 1
    assert f"{NAME} cannot be settled: {why}" in result.stderr
    assert desk.chain.sent == []


def test_settle__dead_index__by_the_fallback_and_warned(desk: Desk) -> None:
    desk.mint(DIFFICULTY, 30_000)
    desk.chain.now = START + 90 * DAY + 1
    result = desk.run("settle", NAME, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert f"Warning: the index of {NAME} has stood still for 90 days" in result.stderr
    assert "longs have 40.0000 % by its fallback" in result.stdout
    assert desk.chain.sent == ["settle_dead"]
    assert desk.market.state(DIFFICULTY).share == 4 * 10**11


def test_settle_all__some_ready__those_and_no_others(desk: Desk) -> None:
    desk.finish(80 * WAD, number=1)
    result = desk.run("settle", "--all", "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert desk.chain.sent == ["settle"]
    assert desk.market.state(JANUARY).is_settled
    assert not desk.market.state(DIFFICULTY).is_settled
    assert "There is nothing to send." in desk.run("settle", "--all", "--yes", key=True).stdout


def test_settle_all__one_settled_by_another_meanwhile__the_rest_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.finish(75 * T)
    send = desk.chain.send

    def outrun(contract: str, address: str, function: str, *args: object) -> object:
        monkeypatch.setattr(desk.chain, "send", send)
        desk.act(STRANGER.address, desk.trader.settle(DIFFICULTY))
        return send(contract, address, function, *args)

    # The first of the instrument's two series goes through; the user is outrun at the second.
    desk.act(STRANGER.address, desk.trader.settle(type(DIFFICULTY)(*SERIES.terms)))
    desk.act(USER, desk.trader.open([DIFFICULTY._replace(end=503)]))
    monkeypatch.setattr(desk.chain, "send", outrun)
    result = desk.run("settle", "--all", "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert f"settle {NAME} is left away: The series is settled" in result.stderr
    assert result.stdout.endswith("Settled 1 series.\n")
    assert desk.market.state(DIFFICULTY._replace(end=503)).is_settled


def test_settle__neither_names_nor_all__usage(desk: Desk) -> None:
    for arguments in ([], [NAME, "--all"]):
        result = desk.run("settle", *arguments)
        assert result.exit_code == 2
        assert "name SERIES, or give --all" in result.stderr


# swaps redeem


def test_redeem__own_claims__paid_as_shown(desk: Desk) -> None:
    settled(desk, 10_001)
    result = desk.run("swaps", "redeem", NAME, key=True, answer="y\n")
    assert result.exit_code == 0, result.stderr
    assert "2,500 sats (0.00002500 BTC), for 10,001 longs, 0 shorts; longs have 25.0000 %" in (
        result.stdout
    )
    assert result.stdout.endswith(f"2,500 sats (0.00002500 BTC) were paid to {USER}.\n")
    assert desk.doubles.sats(USER) == RICH + 2_500


def test_redeem__for_another__paid_to_it(desk: Desk) -> None:
    settled(desk)
    before = desk.doubles.sats(MINER.address)
    document = desk.json("swaps", "redeem", NAME, "--owner", MINER.address, "--yes", key=True)
    assert (document["sent"], document["facts"]["total"]) == (True, 7_500)
    assert desk.doubles.sats(MINER.address) == before + 7_500


def test_redeem__not_settled__refused_and_says_how(desk: Desk) -> None:
    desk.mint(DIFFICULTY, 10_000)
    result = desk.run("swaps", "redeem", NAME, "--yes", key=True)
    assert result.exit_code == 1
    assert f"{NAME} is not settled: run `terahash settle {NAME}` first" in result.stderr


def test_redeem__nothing_held__nothing_to_send(desk: Desk) -> None:
    settled(desk)
    result = desk.run("swaps", "redeem", NAME, "--owner", OTHER.address, "--yes", key=True)
    assert result.exit_code == 0
    assert "no claims are left" in result.stdout
    assert "There is nothing to send." in result.stdout


def test_redeem__owner_with_code__only_by_itself(desk: Desk) -> None:
    settled(desk)
    desk.chain.codes[USER] = bytes.fromhex("ef0100") + bytes(20)  # an account that has delegated
    arguments = ("swaps", "redeem", NAME, "--owner", USER)
    result = desk.run(*arguments, "--from", STRANGER.address)
    assert result.exit_code == 1
    assert "could not tell whose money came" in result.stderr
    assert desk.json(*arguments, "--yes", key=True)["sent"]
    assert desk.doubles.sats(USER) == RICH + 2_500


def test_redeem__to_another_receiver__only_by_owner_or_operator(desk: Desk) -> None:
    settled(desk)
    arguments = ("swaps", "redeem", NAME, "--owner", MINER.address, "--receiver", OTHER.address)
    result = desk.run(*arguments, "--yes", key=True)
    assert result.exit_code == 1
    assert "Only the owner, or its operator" in result.stderr
    desk.act(MINER.address, desk.trader.set_operator(USER, True))
    result = desk.run(*arguments, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert desk.doubles.sats(OTHER.address) == RICH + 7_500


def test_redeem__two_series__each_once_and_the_sum(desk: Desk) -> None:
    settled(desk)
    desk.mint(JANUARY, 8_000)
    desk.finish(80 * WAD, number=1)
    desk.act(MINER.address, desk.trader.settle(JANUARY))
    result = desk.run("swaps", "redeem", NAME, MONTH, NAME, "--yes", key=True)
    assert result.exit_code == 0, result.stderr
    assert desk.chain.sent == ["redeem", "redeem"]
    assert desk.doubles.sats(USER) == RICH + 2_500 + 4_000


def test_redeem__nobody_named__asked_for(desk: Desk) -> None:
    result = desk.run("swaps", "redeem", NAME)
    assert result.exit_code == 2
    assert "give --keystore, or --from, or --owner" in result.stderr
