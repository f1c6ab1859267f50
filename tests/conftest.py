"""Fixtures that every test may use: actors by role, contracts by factory, a clock."""

from __future__ import annotations

from collections.abc import Iterator

import boa
import pytest
from hypothesis import HealthCheck, settings

from tests.support.boa_chain import BoaChain
from tests.support.miner import GENESIS_TIME

_QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
settings.register_profile(
    "default",
    max_examples=30,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=_QUIET,
)
settings.register_profile(
    "deep", settings.get_profile("default"), max_examples=1_000, derandomize=False, print_blob=True
)
settings.load_profile("default")

CONFIRMATIONS = 100
CHALLENGE = 86_400


@pytest.fixture(autouse=True)
def _fresh_chain() -> Iterator[None]:
    """Undo after each test what it did to the chain and to its clock."""
    time = boa.env.timestamp
    with boa.env.anchor():
        yield
    boa.env.timestamp = time


@pytest.fixture
def chain() -> BoaChain:
    """The chain that tests deploy to, a little after the synthetic chain's checkpoint."""
    chain = BoaChain()
    chain.now = GENESIS_TIME
    return chain
