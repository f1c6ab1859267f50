"""BitcoinRelay.submit: which headers it takes, what it returns, logs and follows."""

from __future__ import annotations

from random import Random

import pytest

from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import HEADER_SIZE, Header
from terahash.bitcoin.network import MAINNET
from terahash.bitcoin.state import DAY_BLOCKS, MAX_FUTURE, State, extend, pack_times
from terahash.bitcoin.target import to_bits, to_target
from terahash.headers import SHIPPED_ARCHIVE
from terahash.relay import Relay
from tests.support.miner import EASY, checkpoint, mine, next_header, seal, unsealed
from tests.support.relay import deploy_relay, follow, follows, refused
from tests.support.revm_chain import RevmChain
from tests.support.shared_data import shipped_headers
from tests.support.trunks import trunk


@pytest.fixture
def relay(chain: RevmChain) -> Relay:
    return deploy_relay(chain)


def test_submit__headers__returns_logs_and_follows_the_state(
    chain: RevmChain, relay: Relay
) -> None:
    headers, after = mine(checkpoint(), 3)
    chain.now = after.time
    receipt = relay.submit(checkpoint(), headers)
    logged = {"state_hash": after.hash, "state": tuple(after), "best": True}
    assert receipt.logs == (("Submitted", logged),)
    assert relay.known(after)
    assert follows(relay, after)


def test_submit__known_headers__changes_and_logs_nothing(chain: RevmChain, relay: Relay) -> None:
    headers, after = mine(checkpoint(), 3)
    chain.now = after.time
    relay.submit(checkpoint(), headers)
    assert relay.submit(checkpoint(), headers).logs == ()
    assert follows(relay, after)


def test_submit__branch_with_less_work__is_known_and_not_followed(
    chain: RevmChain, relay: Relay
) -> None:
    headers, best = mine(checkpoint(), 3)
    other, behind = mine(checkpoint(), 2, salt=1)
    chain.now = best.time
    relay.submit(checkpoint(), headers)
    ((_, logged),) = relay.submit(checkpoint(), other).logs
    assert logged["best"] is False
    assert relay.known(behind)
    assert follows(relay, best)


@pytest.mark.parametrize("size", [0, 1, 79, 81, 159])
def test_submit__not_whole_headers__reverts(chain: RevmChain, relay: Relay, size: int) -> None:
    headers, after = mine(checkpoint(), 2)
    chain.now = after.time
    with refused("relay: not whole headers"):
        relay.submit(checkpoint(), headers[:size])
    assert follows(relay, checkpoint())


def test_submit__more_than_144_headers__reverts_in_decoding(chain: RevmChain, relay: Relay) -> None:
    headers, after = mine(checkpoint(), DAY_BLOCKS + 1)
    chain.now = after.time
    with refused(""):
        relay.submit(checkpoint(), headers)
    assert follows(relay, checkpoint())


@pytest.mark.parametrize("field", State._fields)
def test_submit__anchor_changed_in_any_field__reverts(
    chain: RevmChain, relay: Relay, field: str
) -> None:
    headers, after = mine(checkpoint())
    chain.now = after.time
    value = getattr(checkpoint(), field)
    changed = b"\1" * 32 if isinstance(value, bytes) else value ^ 1
    with refused("relay: unknown anchor"):
        relay.submit(checkpoint()._replace(**{field: changed}), headers)
    assert follows(relay, checkpoint())


@pytest.mark.parametrize("version", [3, 2, 1, 0, -1, -4, -(2**31), 3 - 2**31])
def test_submit__version_below_four__reverts(chain: RevmChain, relay: Relay, version: int) -> None:
    header = next_header(checkpoint())._replace(version=version)
    chain.now = header.time
    with refused("relay: version too low"):
        relay.submit(checkpoint(), seal(header))


@pytest.mark.parametrize("version", [4, 7, 8, 256, 0x20000000, 0x7FFFFFFF, 0x01000000])
def test_submit__version_of_four_or_more__is_taken(
    chain: RevmChain, relay: Relay, version: int
) -> None:
    header = next_header(checkpoint())._replace(version=version)
    chain.now = header.time
    relay.submit(checkpoint(), seal(header))
    assert relay.tip().height == checkpoint().height + 1


@pytest.mark.parametrize("byte", [4, 20, 35])
def test_submit__parent_wrong_in_any_part__reverts(
    chain: RevmChain, relay: Relay, byte: int
) -> None:
    header = bytearray(next_header(checkpoint()).serialize())
    header[byte] ^= 1
    chain.now = checkpoint().time
    with refused("relay: parent mismatch"):
        relay.submit(checkpoint(), seal(Header.parse(bytes(header))))


def test_submit__time_at_the_median__reverts(chain: RevmChain, relay: Relay) -> None:
    headers, state = mine(checkpoint(), 20)
    chain.now = state.time
    relay.submit(checkpoint(), headers)
    with refused("relay: time not above median"):
        relay.submit(state, seal(next_header(state, state.median_time)))
    relay.submit(state, seal(next_header(state, state.median_time + 1)))
    assert relay.tip().height == state.height + 1


def test_submit__times_in_every_order__median_as_in_python(chain: RevmChain, relay: Relay) -> None:
    """Each header lies just above the median, or far ahead: the window is never sorted."""
    state = checkpoint()
    chain.now = state.time + 10**9
    for step in range(40):
        ahead = (7 * step) % 11
        header = seal(next_header(state, state.median_time + 1 + 600 * ahead))
        late = seal(next_header(state, state.median_time))
        with refused("relay: time not above median"):
            relay.submit(state, late)
        relay.submit(state, header)
        state = extend(state, header, EASY)
    assert follows(relay, state)


@pytest.mark.parametrize("now", [2**31, 2**32 - 30_000])
def test_submit__times_of_32_bits__state_as_in_python(chain: RevmChain, now: int) -> None:
    """After 2038 a time sets its highest bit; it must survive its way through the window."""
    times = [now - 600 * i for i in range(11)]
    t0, t1 = pack_times(times)
    start = checkpoint()._replace(t0=t0, t1=t1, epoch_start=now - 1_209_000)
    relay = deploy_relay(chain, start)
    headers, after = mine(start, 30)
    chain.now = after.time
    relay.submit(start, headers)
    assert follows(relay, after)
    late = seal(next_header(after, after.median_time))
    with refused("relay: time not above median"):
        relay.submit(after, late)


def test_submit__two_hours_ahead__is_the_most(chain: RevmChain, relay: Relay) -> None:
    header = next_header(checkpoint())
    chain.now = header.time - MAX_FUTURE - 1
    with refused("relay: time too far ahead"):
        relay.submit(checkpoint(), seal(header))
    chain.now += 1
    relay.submit(checkpoint(), seal(header))
    assert relay.tip().height == checkpoint().height + 1


def test_submit__hash_above_target__reverts(chain: RevmChain, relay: Relay) -> None:
    headers, after = mine(checkpoint())
    chain.now = after.time
    with refused("relay: insufficient work"):
        relay.submit(checkpoint(), unsealed(headers))


def test_submit__bad_header_behind_good_ones__changes_nothing(
    chain: RevmChain, relay: Relay
) -> None:
    headers, state = mine(checkpoint(), 30)
    chain.now = state.time + 600
    bad = unsealed(seal(next_header(state)))
    with refused("relay: insufficient work"):
        relay.submit(checkpoint(), headers + bad)
    assert not relay.known(state)
    assert follows(relay, checkpoint())


@pytest.mark.parametrize("cut", [1, 11, 12, 13, 100, 143, 144, "random"])
def test_submit__run_of_mainnet_in_any_cut__same_final_state(
    chain: RevmChain, cut: int | str
) -> None:
    """8,065 real headers, four retargets; the State is the Python library's after each batch."""
    headers = b"".join(shipped_headers())
    state = Archive.open(SHIPPED_ARCHIVE).checkpoint
    relay = deploy_relay(chain, state, limit=MAINNET.limit, confirmations=1)
    chain.now = Header.parse(headers[-HEADER_SIZE:]).time
    sizes = Random(8_065)
    at = 0
    while at < len(headers):
        size = sizes.randint(1, DAY_BLOCKS) if isinstance(cut, str) else cut
        part = headers[at : at + size * HEADER_SIZE]
        relay.submit(state, part)
        state, at = extend(state, part), at + len(part)
        assert follows(relay, state)
    assert state.height == 830_592
    assert relay.tip().work == 32_942_012_297_457_394_061_377_969_584


@pytest.mark.parametrize(
    ("after_first", "span"),
    [
        (1_209_600, 1_209_600),
        (604_800, 604_800),
        (302_400, 302_400),
        (302_399, 302_400),
        (4_838_400, 4_838_400),
        (4_838_401, 4_838_400),
        (10**8, 4_838_400),
        (-80_000, 302_400),  # the last block's time lies before the first's
    ],
)
def test_submit__retarget__moves_by_the_clamped_span(
    chain: RevmChain, after_first: int, span: int
) -> None:
    """The crowded trunk leaves its epoch's last time free, even before the first one's."""
    headers, _ = trunk("crowded")
    relay = deploy_relay(chain)
    state, _ = follow(chain, relay, checkpoint(), headers)
    target = to_target(state.bits)
    last = seal(next_header(state, state.epoch_start + after_first))
    chain.now = max(chain.now, state.epoch_start + after_first)
    relay.submit(state, last)
    state = extend(state, last, EASY)

    expected = to_bits(min(target * span // 1_209_600, EASY.limit))
    chain.now += 600
    for wrong in (expected - 1, state.bits if state.bits != expected else expected - 2):
        with refused("relay: unexpected bits"):
            relay.submit(state, next_header(state)._replace(bits=wrong).serialize())
    relay.submit(state, seal(next_header(state)._replace(bits=expected)))
    assert relay.tip().height == state.height + 1


def test_submit__chainwork_beyond_128_bits__reverts(chain: RevmChain) -> None:
    start = checkpoint()._replace(chainwork=(1 << 128) - 1)
    relay = deploy_relay(chain, start)
    headers, after = mine(start)
    chain.now = after.time
    with refused("relay: chainwork too large"):
        relay.submit(start, headers)
