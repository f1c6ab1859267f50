"""HashrateToken.__init__: the terms are what was agreed, and nothing is sold or owed."""

from __future__ import annotations

from tests.support.issuing import FIRST_DAY, ISSUER, NOBODY, ONE, TERMS, Issuance


def test_constructor__terms_and_sale__are_shown(issuance: Issuance) -> None:
    btc, index = issuance.terms["btc"], issuance.terms["index"]
    assert issuance.read("terms") == (btc, index, *TERMS.values())
    assert issuance.read("sale") == (48 * ONE, 10_000 * ONE)
    assert issuance.read("VERSION") == "0.1.0"
    assert issuance.read("name") == "Hashrate"
    assert issuance.read("symbol") == "HASH"
    assert issuance.read("decimals") == 18
    assert (issuance.read("owner"), issuance.read("pending_owner")) == (ISSUER, NOBODY)


def test_constructor__nothing_sold__nothing_is_owed_and_the_first_day_is_next(
    issuance: Issuance,
) -> None:
    for view in ("totalSupply", "reserve", "owed", "due", "delivered", "unpaid_since", "index"):
        assert issuance.read(view) == 0
    assert issuance.read("stream") == (0, 0, 0)
    _, _, reserve, supply, owed, day, left, unit, *flags, _ = issuance.read("backing")
    assert (reserve, supply, owed) == (0, 0, 0)
    assert (day, left, unit) == (FIRST_DAY + 2, 42, 44 * ONE)
    assert flags == [False, False, False]


def test_constructor__events__say_the_sale_and_the_issuer(issuance: Issuance) -> None:
    logs = issuance.chain.deployed[issuance.address].logs
    assert logs[-1] == ("SaleChanged", {"price": 48 * ONE, "capacity": 10_000 * ONE})
    name, arguments = logs[-2]
    assert (name, arguments["new_owner"]) == ("OwnershipTransferred", ISSUER)
