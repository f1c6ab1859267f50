"""Names of series: those that the instruments give, and whom a name means."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from terahash.swaps import names
from terahash.swaps.names import SeriesNameError, find, label, window
from terahash.swaps.series import Series, series
from terahash.units import DAY, WAD
from tests.support.desk import DIFFICULTY, JANUARY, T
from tests.support.facades import Bitcoin, bitcoin

FEBRUARY = 1_706_745_600


@pytest.fixture
def real() -> Iterator[Bitcoin]:
    with bitcoin().undone() as built:
        yield built


def test_label__every_kind__as_the_instrument_says(real: Bitcoin) -> None:
    some = [
        series(0, 0, 500, 502, 70 * T, 90 * T, 4_000),
        series(0, 1, 409, 410, 0, 1, 0),
        series(1, 0, FEBRUARY, FEBRUARY + 29 * DAY, 0, 100 * WAD, 5_000),
        series(1, 1, FEBRUARY - 1, FEBRUARY + DAY, -5, 100 * WAD, 5_000),
        series(1, 0, 1_709_164_800, 1_709_251_200, 0, WAD, 10_000),
    ]
    deployed = [real.chain.deploy(name, real.index) for name in ("DifficultySwap", "HashpriceSwap")]
    for one in some:
        said = real.chain.call("DifficultySwap", deployed[one.instrument], "label", one, one.id)
        assert label(one) == said
    assert [label(one)[:-7] for one in some] == [
        "DIFF-500-502",
        "HASH-409-410",
        "HP-2024-02-01",
        "HS-2024-01-31",
        "HP-2024-02-29",
    ]


@pytest.mark.parametrize("other", [DIFFICULTY._replace(instrument=7), JANUARY._replace(kind=2)])
def test_label__instrument_or_kind_that_is_unknown__its_id(other: Series) -> None:
    assert label(other) == f"SERIES-{other.id.hex()[:6]}"


def test_label__time_that_no_calendar_has__told_all_the_same() -> None:
    """Orders of strangers may name any."""
    other = JANUARY._replace(start=2**64 - 1)
    assert label(other).endswith(f"-{other.id.hex()[:6]}")


@pytest.mark.parametrize(
    "one, said",
    [
        (DIFFICULTY, "epochs 500 to 501"),
        (DIFFICULTY._replace(end=501), "epoch 500"),
        (JANUARY, "2024-01-01 to 2024-02-01"),
        (JANUARY._replace(end=FEBRUARY + 60), "2024-01-01 to 2024-02-01 00:01"),
        (JANUARY._replace(end=FEBRUARY + 7), "2024-01-01 to 2024-02-01 00:00:07"),
    ],
)
def test_window__epochs_or_dates__what_is_in_it(one: Series, said: str) -> None:
    assert window(one) == said


def test_find__label_or_digits__the_series() -> None:
    opened = [DIFFICULTY, JANUARY]
    for one in opened:
        for name in (label(one), label(one).lower(), f"0x{one.id.hex()}", f"0x{one.id.hex()[:6]}"):
            assert find(opened, name) == one


@pytest.mark.parametrize("name", ["", "DIFF-500-502", "0x" + "00" * 32, "3", "HP-2024-01-01-"])
def test_find__name_of_none__refused(name: str) -> None:
    with pytest.raises(SeriesNameError, match="no open series is called"):
        find([DIFFICULTY, JANUARY], name)


def test_find__too_few_digits__refused() -> None:
    """Anyone can find terms whose id begins like another's, the sooner the fewer digits count."""
    with pytest.raises(SeriesNameError, match="too short"):
        find([DIFFICULTY], f"0x{DIFFICULTY.id.hex()[:5]}")


def test_find__label_of_two__neither_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody opened a series that looks like another: money would follow the wrong one."""
    forged = DIFFICULTY._replace(floor=DIFFICULTY.floor + 1)
    monkeypatch.setattr(names, "label", lambda _: "DIFF-500-502-aaaaaa")
    with pytest.raises(SeriesNameError, match="several series") as caught:
        find([DIFFICULTY, forged], "DIFF-500-502-aaaaaa")
    assert f"0x{DIFFICULTY.id.hex()}" in str(caught.value)
    assert f"0x{forged.id.hex()}" in str(caught.value)
    assert find([DIFFICULTY, forged], f"0x{forged.id.hex()[:8]}") == forged
