"""The hashprice stressed after the cost is taken: a thin margin then keeps its share of a fall that
eats all of it.
"""

from __future__ import annotations

import pytest

from tests.support.issuing import HOLDER, ISSUER, ONE
from tests.support.value_model import Rules
from tests.support.valuing import DELIVERY, Valued

STRESS = 8 * ONE // 10


@pytest.mark.parametrize("cost", [5, 20, 30, 38, 40, 44])
def test_stress_after_cost__hashprice_falls_by_the_stress__honest_issuer_delivers_the_mark(
    cost: int,
) -> None:
    terms = {"cost": cost * ONE, "reference": ONE // 1_000, "exit_fee": 0}
    valued = Valued(rules=Rules(stress=STRESS, decay=ONE), price=50 * ONE, **terms)
    valued.mint(ISSUER, 1_000, HOLDER)
    expected = valued.worth(DELIVERY).value
    delivered = 0
    for _ in range(42):
        valued.pass_day(gained=50 * STRESS)
        if valued.read("owed"):
            valued.deliver()
            delivered += valued.worth(DELIVERY).streaming
            valued.chain.now += 1
    # To a millionth of a satoshi, and what little is covered where nothing is expected.
    assert expected <= delivered + ONE
    assert expected >= delivered * 9 // 10
    assert (delivered == 0) == (cost >= 40)
