"""What is signed is what `terahash quote --json` printed, to the last digit, or nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from terahash.cli import main
from terahash.orders.legs import LONGEST, LegError, read_legs, read_series
from terahash.products.documents import series_document
from terahash.products.product import Side
from terahash.swaps.series import LOT, HashpriceKind, Instrument
from tests.support.desk import DIFFICULTY, JANUARY

HASHPRICE = ["--notional", "100", "--now", "1700000000", "--kind", "subsidy"]
ROUNDED = ["--round-price", "nearest", "--round-size", "nearest", "--json"]


def _quote(*arguments: str) -> bytes:
    done = CliRunner(mix_stderr=False).invoke(main, ["quote", *arguments, *ROUNDED])
    assert done.exit_code == 0, done.stderr
    return done.stdout.encode()


FORWARD = _quote("forward", "--month", "2024-03", "--price", "85000sats", *HASHPRICE)


def _changed(**changes: Any) -> bytes:
    return json.dumps(json.loads(FORWARD) | changes).encode()


def _terms(**changes: Any) -> bytes:
    return _changed(series=json.loads(FORWARD)["series"] | changes)


def test_read_legs__forward__as_it_was_quoted() -> None:
    document = json.loads(FORWARD)
    (leg,) = read_legs(FORWARD)
    assert (leg.side, leg.price, leg.claims) == (Side.SHORT, document["price"], document["claims"])
    assert f"0x{leg.series.id.hex()}" == document["series"]["id"]
    assert leg.series[:2] == (Instrument.HASHPRICE, HashpriceKind.SUBSIDY)
    assert (leg.locks, leg.max_gain) == (document["short_locks"], document["max_gain"])


def test_read_legs__strip__every_month_in_order() -> None:
    raw = _quote("strip", "--month", "2024-03", "--count", "3", "--price", "85000sats", *HASHPRICE)
    legs = read_legs(raw)
    assert len(legs) == 3
    assert [leg.series.end for leg in legs[:-1]] == [leg.series.start for leg in legs[1:]]
    assert sum(leg.locks for leg in legs) == json.loads(raw)["locks"]


@pytest.mark.parametrize("series", [DIFFICULTY, JANUARY, DIFFICULTY._replace(kind=1)])
def test_read_series__its_document__the_same_terms(series: Any) -> None:
    raw = series_document(series).model_dump_json().encode()
    assert read_series(raw) == read_series(b'{"series": %b}' % raw) == series


def test_read_series__by_numbers__the_same_terms() -> None:
    """As orders travel."""
    fields = {"instrument": 1, "kind": 0, "start": str(JANUARY.start), "end": JANUARY.end}
    fields |= {"floor": str(JANUARY.floor), "cap": str(JANUARY.cap), "fallback_share": 5_000}
    assert read_series(json.dumps(fields).encode()) == JANUARY


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "EOF"),
        (b"[]", "be an object"),
        (b"{}", "series: Field required"),
        (b'{"legs": []}', "at least 1"),
        (_changed(claims=10_000.0), "claims: not a whole number"),
        (_changed(claims="1e4"), "claims: not a whole number"),
        (_changed(claims=True), "claims: not a whole number"),
        (_changed(price=None), "price: not a whole number"),
        (_changed(side="buy"), "side: "),
        (_terms(floor=-(2**255) - 1), "series.floor: "),
        (_terms(start=2**64), "series.start: "),
        (_terms(fallback_share=2**16), "series.fallback_share: "),
        (_terms(instrument="POWER"), "POWER is none of DIFFICULTY, HASHPRICE"),
        (_terms(kind="MEAN"), "MEAN is none of BTC, SUBSIDY"),
        (_terms(region="0x00"), "series.region: "),
        (b" " * LONGEST + FORWARD, "more than 1,000,000 bytes"),
    ],
)
def test_read_legs__no_quote__refused_with_why(raw: bytes, said: str) -> None:
    with pytest.raises(LegError, match=said):
        read_legs(raw)


@pytest.mark.parametrize("field", ["start", "end", "floor", "cap", "fallback_share"])
def test_read_legs__terms_changed_under_their_id__refused(field: str) -> None:
    """The document would show one series, and another would be signed."""
    was = json.loads(FORWARD)["series"][field]
    with pytest.raises(LegError, match="the id is 0x"):
        read_legs(_terms(**{field: int(was) + 1}))


def test_read_series__quote_of_several_legs__refused() -> None:
    raw = json.dumps({"legs": [json.loads(FORWARD)]}).encode()
    with pytest.raises(LegError, match="series: Field required"):
        read_series(raw)
    assert read_legs(raw)[0].claims % LOT == 0
