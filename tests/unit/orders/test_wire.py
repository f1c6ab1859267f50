"""Orders as JSON lines: what is written is read, and nothing else is."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from terahash.documents import Refusal
from terahash.orders.order import MAX_SIGNATURE, Domain, Order, OrderError, SignedOrder
from terahash.orders.wire import LONGEST, Line, WireError, from_line, read_lines, to_line
from terahash.swaps.series import Series
from tests.support.desk import DIFFICULTY
from tests.support.trading import FUND, MINER, NOBODY, OTHER
from tests.support.vectors import vectors

addresses = st.binary(min_size=20, max_size=20).map(lambda raw: str(to_checksum_address(raw)))
words = st.binary(min_size=32, max_size=32)


def unsigned(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1)


bounds = st.integers(-(2**255), 2**255 - 1)
all_series = st.builds(
    Series,
    instrument=unsigned(8),
    kind=unsigned(8),
    region=words,
    against=words,
    parameter=unsigned(256),
    start=unsigned(64),
    end=unsigned(64),
    floor=bounds,
    cap=bounds,
    fallback_share=unsigned(16),
)
orders = st.builds(
    Order,
    maker=addresses,
    taker=addresses,
    series=all_series,
    long=st.booleans(),
    amount=unsigned(256),
    price=unsigned(256),
    deadline=unsigned(256),
    counter=unsigned(256),
    salt=unsigned(256),
)
domains = st.builds(
    Domain, unsigned(53), addresses, st.from_regex(r"[0-9]{1,2}\.[0-9]\.[0-9]", fullmatch=True)
)
signatures = st.binary(max_size=200) | st.just(b"\xff" * MAX_SIGNATURE)
DOMAIN = Domain(1, OTHER.address)
SIGNED = SignedOrder(
    Order(MINER.address, NOBODY, DIFFICULTY, False, 30_000, 4_000, 1_700_000_100, 0, 2**255),
    bytes(range(65)),
)
DOCUMENT: dict[str, Any] = {
    "chain_id": 1,
    "market": OTHER.address,
    "version": "0.1.0",
    "maker": MINER.address,
    "taker": NOBODY,
    "series": {
        "instrument": 0,
        "kind": 0,
        "region": "0x" + "00" * 32,
        "against": "0x" + "00" * 32,
        "parameter": "0",
        "start": "500",
        "end": "502",
        "floor": "70000000000000000000000000000000",
        "cap": "90000000000000000000000000000000",
        "fallback_share": 4000,
    },
    "long": False,
    "amount": "30000",
    "price": "4000",
    "deadline": "1700000100",
    "counter": "0",
    "salt": str(2**255),
    "signature": "0x" + bytes(range(65)).hex(),
}
UNSIGNED = ["amount", "price", "deadline", "counter", "salt"]
NO_NUMBERS = [30_000, 3.0, "-1", "01", "1e3", "", " 1", "1\n", "0x10", "\u0665", None, True]
TERMS: list[tuple[str, Any, str]] = [
    ("instrument", 256, "less than 256"),
    ("instrument", -1, "greater than or equal to 0"),
    ("instrument", "0", "valid integer"),
    ("kind", 0.5, "valid integer"),
    ("kind", True, "valid integer"),
    ("fallback_share", 65_536, "less than 65536"),
    ("region", "0x00", "pattern"),
    ("against", "0x" + "AB" * 32, "pattern"),
    ("parameter", str(2**256), "more than its type holds"),
    ("start", str(2**64), "more than its type holds"),
    ("end", 502, "valid string"),
    ("floor", str(-(2**255) - 1), "more than its type holds"),
    ("floor", "-0", "pattern"),
    ("cap", str(2**255), "more than its type holds"),
    ("cap", 1.5, "valid string"),
]
FIELDS: list[tuple[str, Any, str]] = [
    ("chain_id", "1", "valid integer"),
    ("chain_id", 2**53, "less than 9007199254740992"),
    ("chain_id", 1.0, "valid integer"),
    ("market", "0x" + "ab" * 19, "not an address"),
    ("market", "0x" + "00" * 21, "not an address"),
    ("version", "0.1.0-longer", "pattern"),
    ("version", "", "pattern"),
    ("maker", MINER.address.swapcase().replace("0X", "0x"), "capitals do not fit"),
    ("taker", None, "valid string"),
    ("long", 0, "valid boolean"),
    ("long", "true", "valid boolean"),
    ("signature", "0x0", "pattern"),
    ("signature", "00", "pattern"),
    ("signature", "0x" + "AB" * 65, "pattern"),
    ("signature", "0x" + "00" * (MAX_SIGNATURE + 1), "more than 1,024 bytes"),
    ("series", [], "be an object"),
    *((field, str(2**256), "more than its type holds") for field in UNSIGNED),
    *(("amount", value, "amount: ") for value in NO_NUMBERS),
]


def _line(changes: dict[str, Any], terms: dict[str, Any] | None = None) -> str:
    series = DOCUMENT["series"] | (terms or {})
    return json.dumps(DOCUMENT | {"series": series} | changes)


def test_to_line__order__every_field_and_its_market_on_one_line() -> None:
    """Numbers that JSON readers would round are text, and the taker's market is in it."""
    line = to_line(DOMAIN, SIGNED)
    assert "\n" not in line
    assert json.loads(line) == DOCUMENT
    assert json.dumps(json.loads(line), separators=(",", ":")) == line


@given(domains, st.builds(SignedOrder, orders, signatures))
def test_from_line__what_was_written__the_same(domain: Domain, signed: SignedOrder) -> None:
    line = to_line(domain, signed)
    assert len(line) <= LONGEST
    assert from_line(line) == from_line(line.encode()) == (domain, signed)
    assert to_line(*from_line(line)) == line


@pytest.mark.parametrize("number", range(len(vectors())))
def test_from_line__order_of_a_wallet__still_signed_by_its_maker(number: int) -> None:
    one = vectors()[number]
    domain, signed = from_line(to_line(one.domain, one.signed))
    assert domain.signer(signed) == one.order.maker
    assert (domain, signed) == (one.domain, one.signed)


def test_from_line__small_letters__the_same_accounts() -> None:
    """As many machines write addresses."""
    small = {field: DOCUMENT[field].lower() for field in ("market", "maker", "taker")}
    assert from_line(_line(small)) == (DOMAIN, SIGNED)


@pytest.mark.parametrize(("field", "value", "said"), FIELDS)
def test_from_line__field_is_not_of_its_type__refused_by_name(
    field: str, value: Any, said: str
) -> None:
    assert from_line(_line({})) == (DOMAIN, SIGNED)
    with pytest.raises(WireError, match=said) as refused:
        from_line(_line({field: value}))
    assert f"{field}: " in str(refused.value)


@pytest.mark.parametrize(("field", "value", "said"), TERMS)
def test_from_line__term_is_not_of_its_type__refused_by_name(
    field: str, value: Any, said: str
) -> None:
    with pytest.raises(WireError, match=said) as refused:
        from_line(_line({}, {field: value}))
    assert f"series.{field}: " in str(refused.value)


@pytest.mark.parametrize("field", [*DOCUMENT, *DOCUMENT["series"]])
def test_from_line__field_missing__refused_by_name(field: str) -> None:
    document = json.loads(_line({}))
    (document if field in document else document["series"]).pop(field)
    with pytest.raises(WireError, match=f"{field}: Field required"):
        from_line(json.dumps(document))


def test_from_line__field_that_nobody_signed__refused() -> None:
    """It could say what the order does not."""
    with pytest.raises(WireError, match="note: Extra inputs"):
        from_line(_line({"note": "for you"}))
    with pytest.raises(WireError, match=r"series\.strike: Extra inputs"):
        from_line(_line({}, {"strike": "80"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "EOF"),
        ("{", "EOF"),
        ("[]", "should be an object"),
        ("null", "should be an object"),
        ("\ud800", "Invalid JSON"),
        (b"\xff\xfe", "Invalid JSON"),
        ("{" + " " * LONGEST, "more than 4,096 bytes"),
        ("[" * 4_000, "Invalid JSON"),
        (json.dumps(DOCUMENT) * 2, "Invalid JSON"),
    ],
)
def test_from_line__no_order_at_all__refused_with_why(text: str | bytes, said: str) -> None:
    with pytest.raises(WireError, match=said) as refused:
        from_line(text)
    assert "terahash order sign" in str(refused.value)
    assert len(str(refused.value)) < 400


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_from_line__anything__an_order_or_a_refusal(text: str | bytes) -> None:
    with pytest.raises(WireError):
        from_line(text)


@pytest.mark.parametrize("field", UNSIGNED)
@pytest.mark.parametrize("value", [-1, 2**256])
def test_to_line__number_beyond_its_type__refused_by_name(field: str, value: int) -> None:
    order = SIGNED.order._replace(**{field: value})
    with pytest.raises(OrderError, match=f"{field}: "):
        to_line(DOMAIN, SignedOrder(order, b""))


def test_to_line__overlong_signature_or_odd_chain__refused() -> None:
    with pytest.raises(OrderError, match="signature: more than 1,024 bytes"):
        to_line(DOMAIN, SIGNED._replace(signature=b"\0" * (MAX_SIGNATURE + 1)))
    with pytest.raises(OrderError, match="chain_id: "):
        to_line(DOMAIN._replace(chain_id=2**53), SIGNED)


def test_read_lines__good_bad_and_empty__each_by_its_place() -> None:
    """A line of 10 MB is not kept, and those after it count."""
    good = to_line(DOMAIN, SIGNED).encode()
    raw = b"\n".join([good, b"  ", b"{}", b"x" * 10_000_000, b"", good + b"\r", b" " * 5_000, good])
    found = list(read_lines(io.BytesIO(raw), "orders.jsonl"))
    assert [one.where for one in found] == [f"orders.jsonl:{line}" for line in (1, 3, 4, 6, 7, 8)]
    orders = [one for one in found if isinstance(one, Line)]
    assert [one.where[-1] for one in orders] == ["1", "6", "8"]
    assert all((one.domain, one.signed) == (DOMAIN, SIGNED) for one in orders)
    assert all(isinstance(one, Refusal) and one.why for one in found if one not in orders)


def test_read_lines__longest_line__still_an_order() -> None:
    widest = SIGNED.order._replace(
        series=Series(
            255, 255, b"\xff" * 32, b"\xff" * 32, *[2**64 - 1] * 3, -(2**255), -(2**255), 65_535
        ),
        **dict.fromkeys(UNSIGNED, 2**256 - 1),
    )
    signed = SignedOrder(widest._replace(taker=FUND.address), b"\xff" * MAX_SIGNATURE)
    line = to_line(Domain(2**53 - 1, OTHER.address, "99.99.99"), signed)
    (found,) = read_lines(io.BytesIO(line.encode() + b"\r\n"), "orders.jsonl")
    assert isinstance(found, Line) and found.signed == signed
