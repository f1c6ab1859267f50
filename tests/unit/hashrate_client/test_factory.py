"""The client of the register."""

from __future__ import annotations

import pytest

from terahash.chain import ChainError
from tests.support.issuing import ISSUER
from tests.support.market import SALE, USER, Market


@pytest.fixture
def early(market: Market) -> Market:
    """The term has not begun to be known: more can be opened."""
    market.terms = market.terms._replace(first=market.terms.first + 10)
    return market


def test_issuances__two_opened__in_order_and_numbered(early: Market) -> None:
    second = early.open("Second")
    assert early.factory.count() == 2
    assert [one.address for one in early.factory.issuances()] == [
        early.token.address,
        second.address,
    ]
    assert early.factory.number(second.address) == 2
    assert early.factory.issuance(2).name == "Second"
    assert early.factory.number(USER) == 0
    assert early.factory.index == early.index


def test_open__anyone__the_sender_issues(early: Market) -> None:
    with early.chain.acting_as(USER):
        receipt = early.factory.open("Own", "OWN", early.terms, SALE).send(early.chain)
    opened = early.factory.opened(receipt)
    assert opened.issuer() == USER
    assert early.token.issuer() == ISSUER
    assert opened.terms == early.terms


def test_open__bad_terms__the_factorys_reason(early: Market) -> None:
    bad = early.terms._replace(grace=0)
    with pytest.raises(ChainError) as caught:
        early.factory.open("Bad", "BAD", bad, SALE).send(early.chain)
    assert caught.value.reason == "factory: grace not 1h..30d"
