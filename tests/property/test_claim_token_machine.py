"""Tokens of claims under random calls: who is paid what equals an exact model, after each call.

2,400 calls in `make test`, 20,000 in `make test-deep`; invariants by id are listed in
tests/README.md.
"""

from __future__ import annotations

import secrets
from collections import Counter

from hypothesis import settings

from tests.support.claim_token_storm import ClaimTokenStorm


def test_claim_tokens__random_calls__equal_the_model_and_pay_what_came() -> None:
    deep = settings().max_examples >= 1_000
    done: Counter[str] = Counter()
    for seed in [secrets.randbits(64) for _ in range(20)] if deep else [1, 2, 3, 4]:
        storm = ClaimTokenStorm(seed, 1_000 if deep else 600)
        storm.run()
        done += storm.done
    for function in ("wrap", "unwrap", "transfer", "transferFrom", "redeem", "redeem_for"):
        for outcome in (f"ClaimToken.{function}", f"ClaimToken.{function} refused"):
            assert done[outcome] >= done.total() // 250, done
    assert done["PairMarket.transfer"] >= done.total() // 50, done
    assert done["BitcoinDouble.transfer"] >= 10 <= done["PairMarket.redeem"], done
