"""The real run of headers and the State before it: facts, not what the library reads."""

from __future__ import annotations

from hashlib import sha256

import pytest

from terahash.bitcoin.state import State
from tests.support.shared_data import shipped_headers

_RUN_SHA256 = "695b1d0bfa7b5dd12b509e3c961068046e863cf4d0bc32231072b31243f5b858"


@pytest.fixture(scope="session")
def run() -> tuple[bytes, ...]:
    """Headers 822,528 to 830,592 of Bitcoin, 80 bytes each: the very bytes, by their hash."""
    headers = shipped_headers()
    assert sha256(b"".join(headers)).hexdigest() == _RUN_SHA256
    return headers


@pytest.fixture(scope="session")
def start() -> State:
    """The State after block 822,527; its window is padded with its own time, 1,703,311,291."""
    time = 1_703_311_291
    return State(
        block_hash=bytes.fromhex(
            "0000000000000000000078f4e50a09391670d061deea0b3b87c3fa60cfaaf782"
        )[::-1],
        height=822_527,
        chainwork=0x624C18BF09286E431639DF40,
        bits=0x17042E95,
        epoch_start=1_702_180_644,
        t0=int(f"{time:08x}" * 8, 16),
        t1=int(f"{time:08x}" * 3, 16),
    )
