"""Owed days summed with losses across days: whoever calls chooses which days are netted, and an
issuer waits for bad days to pay less for good ones. So each day is on its own.
"""

from __future__ import annotations

import pytest

from tests.support.issuing import HOLDER, SAT, STRANGER, Issuance

GOOD_DAYS = 5


@pytest.mark.parametrize("every", [1, 2, 3, 10])
def test_netted_days__whoever_accrues_whenever__every_good_day_is_owed(every: int) -> None:
    """A day without income costs 5 satoshi, which a good day's 44 must not pay."""
    issuance = Issuance()
    issuance.mint(HOLDER, 1_000)
    for number in range(1, 2 * GOOD_DAYS + 1):
        issuance.pass_day() if number % 2 else issuance.pass_day(gained=0)
        if number % every == 0:
            issuance.send(STRANGER, "accrue")
    assert issuance.read("owed") == GOOD_DAYS * 44_000 * SAT
