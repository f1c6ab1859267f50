"""How much the property tests search, and the chain that tests deploy to."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.support.miner import GENESIS_TIME
from tests.support.revm_chain import RevmChain

_QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
settings.register_profile(
    "default",
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=_QUIET,
)
settings.register_profile(
    "deep", settings.get_profile("default"), max_examples=1_300, derandomize=False, print_blob=True
)
settings.load_profile("default")


@pytest.fixture
def chain() -> RevmChain:
    """The chain that tests deploy to, at the time of the synthetic chain's checkpoint."""
    return RevmChain(GENESIS_TIME)
