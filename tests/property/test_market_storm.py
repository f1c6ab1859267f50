"""The pair market under storms of random calls: cash and claims equal an exact model, after each.

4,200 calls in `make test`, 31,500 in `make test-deep`: of people and contracts, of claims in ERC-20
tokens, and of collateral that is hostile.
"""

from __future__ import annotations

import secrets
from collections import Counter

from hypothesis import settings

from tests.support.market_storm import Storm
from tests.support.odd_storm import OddStorm
from tests.support.wrapped_storm import WrappedStorm

CALLS = 700
TRADES = ("fill", "sweep", "match_orders", "fill_all")
OTHERS = ("mint_pair", "burn_pair", "redeem", "settle", "transfer", "transferFrom", "open")


def _run(kind: type[Storm]) -> tuple[Counter[str], list[Storm]]:
    """Two seeds that are repeated in `make test`; fifteen new ones in `make test-deep`."""
    deep = settings().max_examples >= 1_000
    seeds = [secrets.randbits(64) for _ in range(15)] if deep else [0, 1]
    storms = [kind(seed) for seed in seeds]
    for storm in storms:
        storm.run(CALLS)
    return sum((storm.done for storm in storms), Counter[str]()), storms


def _check_variety(done: Counter[str], least: int) -> None:
    """Everything happened, and was refused, often enough for the comparison to mean something."""
    assert done["nothing"] >= 0.4 * CALLS
    for function in (*TRADES, *OTHERS):
        assert done[function] >= least, (function, done)
    for reason in (
        "market: index is known",
        "market: order cancelled",
        "market: order not signed",
        "market: owner redeems itself",
        "market: receiver not the owner",
        "market: receiver cannot receive",
        "market: insufficient allowance",
        "market: index not dead",
    ):
        assert done[reason] >= 2, (reason, done)


def test_market__storm_of_calls__equals_the_model_and_holds_what_claims_are_worth() -> None:
    done, _ = _run(Storm)
    _check_variety(done, 10)
    assert done["settle_dead"] > 0


def test_market__storm_with_wrapped_claims__every_token_has_its_claim() -> None:
    done, storms = _run(WrappedStorm)
    _check_variety(done, 6)
    assert done["wrap"] >= 10 <= done["unwrap"]
    for storm in storms:
        assert isinstance(storm, WrappedStorm)
        assert storm.model.parts, "no token was redeemed"


def test_market__storm_with_hostile_collateral__nothing_stands_that_is_not_paid_for() -> None:
    done, storms = _run(OddStorm)
    _check_variety(done, 6)
    assert done["market: payment did not arrive"] >= 10 <= done["market: payment failed"]
    for storm in storms:
        assert isinstance(storm, OddStorm)
        assert storm.reentered >= 10
