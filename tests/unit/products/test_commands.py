"""`terahash quote`: what people are shown of a product, and what they are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from terahash.cli import main
from terahash.products.bands import Band
from terahash.products.exposure import Exposure
from terahash.products.hashprice import forward
from terahash.products.product import Deal
from terahash.products.quotes import Quote
from terahash.units import WAD
from tests.unit.products.conftest import MARCH, NOW

FORWARD = """\
Sells hashprice of 10 PH/s, 2024-03, at 85,000 sats/PH/day: gains what hashprice is below that and \
loses what it is above, between 68,000 sats/PH/day and 102,000 sats/PH/day.

series         HP-2024-03-01-{digits}, {id}
window         2024-03-01 to 2024-04-01 (UTC)
band           68,000 sats/PH/day to 102,000 sats/PH/day
strike         85,000 sats/PH/day (0.00085 BTC/PH/day)
price          5,000 of 10,000 ticks, paid by the long
claims         10,540,000, the short's
exposure       10 PH/s
long locks     5,270,000 sats (0.05270000 BTC)
short locks    5,270,000 sats (0.05270000 BTC)
gains at most  5,270,000 sats (0.05270000 BTC)
loses at most  5,270,000 sats (0.05270000 BTC)
if index dies  5,000 ticks to the long: the short gains 0 sats

    hashprice      hashprice         long        short
(sats/PH/day)   (BTC/PH/day)       (sats)       (sats)
──────────────────────────────────────────────────────
       68,000        0.00068   -5,270,000   +5,270,000
       76,500       0.000765   -2,635,000   +2,635,000
       85,000        0.00085           +0           +0
       93,500       0.000935   +2,635,000   -2,635,000
      102,000        0.00102   +5,270,000   -5,270,000
"""
MARCH_10 = ("--month", "2024-03", "--notional", "10", "--now", str(NOW))
CALL = ("call", *MARCH_10, "--strike", "90000sats", "--cap", "110000sats")
COLLAR = (
    *("collar", *MARCH_10, "--floor", "60000sats", "--put", "80000sats", "--call", "90000sats"),
    *("--cap", "110000sats", "--put-premium", "1000sats", "--call-premium", "300ticks"),
)
SWAP = ("swap", "--first", "417", "--count", "2", "--tip", "836000", "--price", "80T")


def quote(*arguments: object) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["quote", *map(str, arguments)])


def document(*arguments: object) -> dict[str, Any]:
    result = quote(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_forward__month__all_that_it_costs_and_pays() -> None:
    result = quote("forward", *MARCH_10, "--price", "8.5e-4btc")
    band = Band.between(*(Quote.parse(text) for text in ("68000sats", "102000sats")))
    name = forward(Exposure(MARCH, Deal.SELL, 10, NOW), band, 5_000).series.id.hex()
    assert (result.exit_code, result.stderr) == (0, "")
    shown = [line.rstrip() for line in result.stdout.splitlines()]
    assert shown == FORWARD.format(id=f"0x{name}", digits=name[:6]).splitlines()


def test_forward__json__the_library_s_to_the_last_digit() -> None:
    found = document("forward", *MARCH_10, "--price", "8.5e-4btc", "--buy")
    band = Band.between(*(Quote.parse(text) for text in ("68000sats", "102000sats")))
    made = forward(Exposure(MARCH, Deal.BUY, 10, NOW), band, 5_000)
    assert found["series"]["id"] == f"0x{made.series.id.hex()}"
    assert int(found["series"]["long"]) + 1 == int(found["series"]["short"])
    assert (found["side"], found["claims"], found["price"]) == ("long", made.claims, 5_000)
    assert (found["strike"], found["unit"], found["notional"]) == ("85000", "sats/PH/day", "10")
    assert (found["long_locks"], found["short_locks"]) == (made.locks, made.other.locks)
    assert found["payoff"] == [
        {"x": str(x), "long": made.payoff(x), "short": made.other.payoff(x)}
        for x in (68 * WAD, 76_500 * 10**15, 85 * WAD, 93_500 * 10**15, 102 * WAD)
    ]


def test_forward__price_between_ticks__refused_until_told_how_to_round() -> None:
    arguments = ("forward", *MARCH_10, "--price", "85001sats", "--value", "85000sats")
    refused = quote(*arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "85,000 sats/PH/day (5,000 ticks) and 85,003.4 sats/PH/day" in refused.stderr
    assert document(*arguments, "--round-price", "up")["price"] == 5_001


def test_forward__size_between_lots__refused_until_told_how_to_round() -> None:
    arguments = ("--month", "2024-03", "--notional", "10.0001", "--now", NOW)
    refused = quote("forward", *arguments, "--price", "5000ticks", "--value", "85000sats")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "about 10.00948767 PH/s" in refused.stderr
    rounded = document(
        *("forward", *arguments, "--price", "5000ticks", "--value", "85000sats"),
        *("--round-size", "up"),
    )
    assert (rounded["claims"], rounded["notional"]) == (10_550_000, "5275/527")


def test_forward__band_and_window_of_one_s_own__as_given() -> None:
    found = document(
        *("forward", "--from", "2024-02-01T12:00", "--to", "2024-02-08T12:00", "--notional", 10),
        *("--floor", "50000sats", "--cap", "150000sats", "--price", "90000sats", "--now", NOW),
        *("--fallback-share", 4_000, "--kind", "subsidy"),
    )
    terms = found["series"]
    assert (terms["floor"], terms["cap"]) == (str(50 * WAD), str(150 * WAD))
    assert (terms["start"], terms["end"]) == (1_706_788_800, 1_707_393_600)
    assert (terms["kind"], terms["fallback_share"]) == ("SUBSIDY", 4_000)
    assert (found["price"], found["claims"]) == (4_000, 10 * 7 * 100_000)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--price", "85000"), "is no quote"),
        (("--price", "8.5e-4btc", "--floor", "1sats"), "give --floor and --cap, or neither"),
        (("--price", "5000ticks"), "needs --value, or --floor and --cap"),
        (("--price", "8.5e-4btc", "--from", "2024-03-01"), "give --month, or --from and --to"),
    ],
)
def test_forward__wrong_usage__says_what_to_give(arguments: tuple[str, ...], says: str) -> None:
    result = quote("forward", *MARCH_10, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


@pytest.mark.parametrize(
    ("now", "says"),
    [("2024-04-01", "window is over"), ("2021-02-28", "2024-03 is too far ahead")],
)
def test_forward__window_that_cannot_be_traded__refused(now: str, says: str) -> None:
    result = quote(
        *("forward", "--month", "2024-03", "--notional", 10, "--price", "8.5e-4btc", "--now", now)
    )
    assert (result.exit_code, result.stdout) == (1, "")
    assert says in result.stderr


def test_strip__eighteen_months__all_of_them_and_their_sum() -> None:
    result = quote("strip", *MARCH_10, "--price", "8.5e-4btc", "--count", 18)
    assert result.exit_code == 0
    assert "Warning: one transaction takes 16 legs: these 18 need 2" in result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["2024-03", "10,540,000", "10", "0.05270000", "0.05270000"] in lines
    assert ["2025-02", "9,520,000", "10", "0.04760000", "0.04760000"] in lines
    assert lines[-1] == ["all", "0.93330000", "0.93330000"]
    found = document("strip", *MARCH_10, "--price", "8.5e-4btc", "--count", 18)
    assert len(found["legs"]) == 18
    assert found["locks"] == 93_330_000
    assert found["break_even"] is None


def test_call__forward_price_missing__asked_for() -> None:
    result = quote(*CALL, "--premium", "1000sats")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "needs the forward price" in result.stderr


def test_call__sold__premium_in_and_the_rest_locked() -> None:
    result = quote(*CALL, "--premium", "1000sats", "--forward-price", "85000sats")
    assert result.exit_code == 0
    assert "breaks even    91,000 sats/PH/day (0.00091 BTC/PH/day)\n" in result.stdout
    assert "short locks    5,890,000 sats (0.05890000 BTC)\n" in result.stdout
    assert "gains at most  310,000 sats" in result.stdout
    assert "Warning: should the index die, the buyer has nothing" in result.stderr


def test_put__bought__price_is_what_the_long_pays() -> None:
    found = document(
        *("put", *MARCH_10, "--strike", "80000sats", "--floor", "60000sats"),
        *("--premium", "500ticks", "--fallback-share", 9_500),
    )
    assert (found["side"], found["price"], found["if_dead"]) == ("short", 9_500, 0)
    assert (found["max_loss"], found["strike"]) == (310_000, "79000")


def test_collar__bought__both_legs_and_their_sum() -> None:
    result = quote(*COLLAR, "--forward-price", "85000sats")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["60,000", "0.0006", "+5,890,000", "+186,000", "+6,076,000"] in lines
    assert ["110,000", "0.0011", "-310,000", "-6,014,000", "-6,324,000"] in lines
    found = document(*COLLAR, "--forward-price", "85000sats")
    assert [leg["name"] for leg in found["legs"]] == ["put spread", "capped call"]
    assert found["break_even"] == [str(79_600 * 10**15)] * 2
    assert (found["max_gain"], found["max_loss"]) == (6_076_000, 6_324_000)


def test_collar__fallback_shares_chosen__each_leg_s_own() -> None:
    found = document(*COLLAR, "--put-fallback", 9_500, "--call-fallback", 300)
    assert [leg["series"]["fallback_share"] for leg in found["legs"]] == [9_500, 300]
    assert [leg["if_dead"] for leg in found["legs"]] == [0, 0]
    assert found["warnings"] == []


def test_swap__revenue_to_be_hedged__five_sixths_of_it() -> None:
    result = quote(*SWAP, "--revenue", "10btc", "--round-size", "nearest")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "strike         80 T\n" in result.stdout
    assert (
        "The notional is 0.8333 of revenue. If difficulty moves by 20 %, 100 % of revenue is "
        in (result.stdout)
    )
    assert "kept, and 83.33 % without the swap; at half of that move, 99.24 %." in result.stdout
    found = document(*SWAP, "--revenue", "10btc", "--round-size", "nearest")
    assert (found["side"], found["claims"], found["unit"]) == ("long", 333_330_000, "T")


def test_swap__band_narrower_than_the_move__warned() -> None:
    arguments = ("--revenue", "10btc", "--round-size", "nearest", "--width", "10%")
    assert "Warning: the band ends before a move by 20 %" in quote(*SWAP, *arguments).stderr


def test_swap__one_epoch_with_much_collateral__warned() -> None:
    result = quote(
        *("swap", "--first", 417, "--count", 1, "--tip", 836_000, "--price", "80T"),
        *("--notional", 10**9),
    )
    assert "Warning: the miner of block 840,671 can move this difficulty by 0.6 %" in result.stderr
    assert "above 208.33333333 BTC of it" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("--notional", "1e6", "--revenue", "1btc")])
def test_swap__neither_notional_nor_revenue_or_both__wrong_usage(
    arguments: tuple[str, ...],
) -> None:
    result = quote(*SWAP, *arguments)
    assert result.exit_code == 2
    assert "give --notional, or --revenue" in result.stderr


def test_swap__already_known__refused() -> None:
    result = quote(
        *("swap", "--first", 417, "--count", 1, "--tip", 840_671, "--price", "80T"),
        *("--notional", 10**6),
    )
    assert (result.exit_code, result.stdout) == (1, "")
    assert "block 840,671 has determined the difficulty of epoch 417" in result.stderr


def test_grid__month__the_series_that_a_forward_is_in() -> None:
    result = quote("grid", "--value", "8.4e-4btc", "--month", "2024-03", "--now", NOW)
    assert result.exit_code == 0
    assert result.stdout.endswith(
        "Everybody gets these who gives the value of 2024-01-01 00:00 UTC.\n"
    )
    made = document("forward", *MARCH_10, "--price", "8.5e-4btc")["series"]["id"]
    (line,) = [line for line in result.stdout.splitlines() if made in line]
    assert line.startswith("2024-03-01 to 2024-04-01, 20% ")
    assert "68,000 to 102,000 sats/PH/day" in line


def test_grid__epoch__json_of_each() -> None:
    found = document("grid", "--value", "80T", "--epoch", 417)["standard"]
    windows = [(one["series"]["start"], one["series"]["end"]) for one in found]
    assert windows == [(417, 418)] * 3 + [(416, 418)] * 3
    assert found[0]["centre"] == str(80 * 10**30)


@pytest.mark.parametrize("arguments", [(), ("--month", "2024-03", "--epoch", "417")])
def test_grid__neither_month_nor_epoch_or_both__wrong_usage(arguments: tuple[str, ...]) -> None:
    result = quote("grid", "--value", "80T", *arguments)
    assert result.exit_code == 2
    assert "give --month, or --epoch" in result.stderr
