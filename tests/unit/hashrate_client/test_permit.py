"""Permits for the bitcoin token: signed where the token's own separator confirms the domain."""

from __future__ import annotations

from typing import Any

import pytest

from terahash.chain import ChainError
from terahash.hashrate.permit import Permits
from terahash.units import HOUR
from tests.support.issuing import ONE, RICH
from tests.support.market import KEY, USER, Market


@pytest.fixture
def permits(market: Market) -> Permits:
    return Permits(market.chain, market.btc)


def test_sign__mint_with_it__paid_without_an_approval(market: Market, permits: Permits) -> None:
    domain = permits.domain()
    assert domain is not None
    cost = market.token.preview_mint(ONE).cost
    permit = permits.sign(domain, KEY, market.token.address, cost, market.chain.now + HOUR)
    with market.chain.acting_as(USER):
        market.token.mint_with_permit(ONE, cost, USER, permit).send(market.chain)
    assert market.token.balance(USER) == ONE
    assert market.token.bitcoin_of(USER) == (RICH - cost, 0)


def test_sign__deliver_with_it__paid_without_an_approval(market: Market, permits: Permits) -> None:
    domain = permits.domain()
    assert domain is not None
    permit = permits.sign(domain, KEY, market.token.address, 500, market.chain.now)
    with market.chain.acting_as(USER):
        market.token.deliver_with_permit(500, 500, permit).send(market.chain)
    assert market.sats(USER) == RICH - 500


def test_sign__another_value__not_the_owners(market: Market, permits: Permits) -> None:
    domain = permits.domain()
    assert domain is not None
    permit = permits.sign(domain, KEY, market.token.address, 500, market.chain.now)
    with market.chain.acting_as(USER), pytest.raises(ChainError):
        market.token.deliver_with_permit(501, 501, permit).send(market.chain)
    assert market.token.bitcoin_of(USER) == (RICH, 0)


def test_domain__token_without_permits__none(market: Market) -> None:
    odd = market.chain.deploy("OddToken", 8)
    assert Permits(market.chain, odd).domain() is None


class Answers:
    """A token that answers some views, and refuses the others."""

    chain_id = 1

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def call(self, contract: str, address: str, function: str, *args: Any) -> Any:
        if function not in self.answers:
            raise ChainError(function, "")
        return self.answers[function]


def test_domain__token_that_does_not_say_it__found_by_its_separator(
    market: Market, permits: Permits
) -> None:
    call = market.chain.call
    separator = call("HashrateToken", market.btc, "DOMAIN_SEPARATOR")
    silent: Any = Answers(DOMAIN_SEPARATOR=separator, name="Wrapped bitcoin double")
    assert Permits(silent, market.btc).domain() == permits.domain()


def test_domain__separator_of_another_domain__none(market: Market) -> None:
    other: Any = Answers(DOMAIN_SEPARATOR=bytes(32), name="Wrapped bitcoin double")
    assert Permits(other, market.btc).domain() is None
