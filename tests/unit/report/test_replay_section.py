"""The first chapter: what its models add up, and what its section says."""

from __future__ import annotations

import json

from terahash.report.replay import Costs, Replay
from terahash.report.replay_section import section


def test_costs__of_two_days__are_means_rounded_up_and_an_exact_total(replay: Replay) -> None:
    costs = Costs.of(replay.days, deploy=2_000_000, header_alone=100_000)
    submit = 485_100 + 527_397
    assert costs.submit_day == 506_249  # 506,248.5
    assert costs.header == 3_516  # 3,515.6
    assert costs.header_worst == 3_663  # 3,662.5
    assert costs.finalize_day == 60_001
    assert costs.day == 566_250
    assert costs.total == 2_000_000 + submit + 2 * 60_001 + 100_000


def test_replay__as_json__keeps_every_digit(replay: Replay) -> None:
    written = replay.model_dump_json()
    assert json.loads(written)["work"] == "89590000000000000000000000"
    assert json.loads(written)["epochs"][0]["difficulty"] == str(replay.epochs[0].difficulty)
    assert Replay.model_validate_json(written) == replay


def test_section__of_a_replay__tells_the_epochs(replay: Replay) -> None:
    epochs = section(replay).tables[0]
    assert [column.heading for column in epochs.columns] == [
        "Epoch",
        "Height",
        "Start, UTC",
        "nBits",
        "Difficulty, T",
        "Change, %",
        "Final",
    ]
    assert epochs.rows == (
        ("408", "822,528", "2023-12-23 06:04", "0x1703e8b3", "72.0061", "+6.98", "yes"),
        ("409", "824,544", "2023-12-24 06:04", "0x1703e8b3", "72.0061", "-3.90", "no"),
    )


def test_section__of_a_replay__has_a_cell_for_every_column(replay: Replay) -> None:
    for table in section(replay).tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_section__of_a_replay__says_what_was_proven_and_what_is_trusted(replay: Replay) -> None:
    facts = dict(section(replay).facts)
    assert facts["Headers"].startswith("289 (blocks 822,528 to 822,816)")
    assert facts["Last block"] == replay.last_hash
    assert "3 of 3 batches" in facts["Agreement"]
    assert facts["Final"].startswith("2 of 2 block-days and 1 of 2 epochs")
    assert replay.checkpoint.block_hash in facts["On trust"]


def test_section__day_not_final__does_not_count_it(replay: Replay) -> None:
    replay.days[1].final_at = replay.days[1].finalize_gas = None
    told = section(replay)
    assert dict(told.facts)["Final"].startswith("1 of 2 block-days")
    assert told.tables[2].rows[1][-3:-1] == ("-", "-")
