"""Every rule of a header, in its order; and the State, field by field, of the real chain."""

from __future__ import annotations

import json
import random
import struct
from fractions import Fraction
from hashlib import sha256
from itertools import combinations
from statistics import median as middle
from typing import Any, NamedTuple

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terahash.bitcoin.header import Header
from terahash.bitcoin.network import MAINNET, Network
from terahash.bitcoin.state import (
    Day,
    State,
    before_genesis,
    extend,
    keccak256,
    median,
    pack_times,
    starts_epoch,
    verify,
)
from terahash.errors import HeaderError, Rule
from tests.support.miner import (
    EASY,
    EASY_BITS,
    GENESIS_TIME,
    checkpoint,
    mine,
    next_header,
    seal,
    unsealed,
)
from tests.support.shared_data import FIRST, shared
from tests.support.trunks import trunk

EASY_FOR_EVER = Network("easy, with the soft forks of mainnet", EASY.limit, MAINNET.versions)
STATE_ABI = (
    "(bytes32,uint256,uint256,uint256,uint256,uint256,uint256,bytes32,bytes32,bytes32,bytes32)"
)
DAY_ABI = "(bytes32,uint256,uint256,uint256,bytes32)"
ORDER = (Rule.VERSION, Rule.LINK, Rule.BITS, Rule.MEDIAN_TIME, Rule.FUTURE_TIME, Rule.WORK)
GENESIS_BLOCKS = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e"
    "67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
    "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e"
    "1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299"
)
GENESIS_HASH = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
BLOCK_1_HASH = "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048"


def refusal(state: State, headers: bytes, network: Network, now: int | None = None) -> HeaderError:
    with pytest.raises(HeaderError) as caught:
        extend(state, headers, network, now)
    return caught.value


# ---- an independent way to every field ---------------------------------------------------------


class Fields(NamedTuple):
    version: int
    parent: bytes
    root: bytes
    time: int
    bits: int
    nonce: int
    hash: bytes


def read(raw: bytes) -> Fields:
    return Fields(*struct.unpack("<i32s32sIII", raw), sha256(sha256(raw).digest()).digest())


def chained(values: list[bytes]) -> bytes:
    link = bytes(32)
    for value in values:
        link = keccak(link + value)
    return link


def naive_days(start: State, headers: list[Fields]) -> list[tuple[bytes, int, int, int, bytes]]:
    """Compute every complete block-day from whole lists of headers; the first starts a day."""
    times = [start.time] * 11 + [header.time for header in headers]
    days = []
    for first in range(0, len(headers) // 144 * 144, 144):
        blocks = headers[first : first + 144]
        groups = [chained([block.root for block in blocks[i : i + 12]]) for i in range(0, 144, 12)]
        end = int(middle(times[first + 144 : first + 144 + 11]))
        epoch = headers[first // 2_016 * 2_016]
        days.append((blocks[-1].hash, end, epoch.bits, epoch.time, chained(groups)))
    return days


def naive_state(start: State, headers: list[Fields]) -> State:
    """Compute the State after headers that begin with an epoch, from the whole list at once."""
    count = len(headers)
    times = [start.time] * 11 + [header.time for header in headers]
    packed = sum(time << 32 * i for i, time in enumerate(reversed(times[-11:])))
    leaves = [keccak(encode([DAY_ABI], [day])) for day in naive_days(start, headers)]
    today = [header.root for header in headers[count // 144 * 144 :]]
    whole = len(today) // 12 * 12
    groups = [chained(today[i : i + 12]) for i in range(0, whole, 12)]
    proven = 0
    for header in headers:
        target = (header.bits & 0x7FFFFF) << 8 * ((header.bits >> 24) - 3)
        proven += Fraction(1 << 256, target + 1).__floor__()
    return State(
        block_hash=headers[-1].hash,
        height=start.height + count,
        chainwork=start.chainwork + proven,
        bits=headers[-1].bits,
        epoch_start=headers[(count - 1) // 2_016 * 2_016].time,
        t0=packed % (1 << 256),
        t1=packed // (1 << 256),
        group=chained(today[whole:]),
        roots=chained(groups),
        days=chained(leaves),
        days_before=chained(leaves[:-1]),
    )


# ---- the real chain ----------------------------------------------------------------------------


def test_extend__real_run_at_once__state_of_the_naive_model(
    run: tuple[bytes, ...], start: State
) -> None:
    days: list[Day] = []
    state = extend(start, b"".join(run), days=days)
    headers = [read(raw) for raw in run]
    assert state == naive_state(start, headers)
    assert state.height == 830_592
    assert len(days) == 56
    assert [tuple(day) for day in days] == naive_days(start, headers)


@pytest.mark.parametrize(
    "count", [1, 2, 11, 12, 13, 23, 24, 143, 144, 145, 155, 156, 288, 2_015, 2_016, 2_017, 4_320]
)
def test_extend__cut_of_the_real_run__state_of_the_naive_model(
    run: tuple[bytes, ...], start: State, count: int
) -> None:
    expected = naive_state(start, [read(raw) for raw in run[:count]])
    assert extend(start, b"".join(run[:count])) == expected


@pytest.mark.parametrize("seed", range(4))
def test_extend__random_batches_of_the_real_run__same_state(
    run: tuple[bytes, ...], start: State, seed: int
) -> None:
    chance = random.Random(seed)
    longest = (1, 20, 300, 4_000)[seed]
    whole_days: list[Day] = []
    whole = extend(start, b"".join(run), days=whole_days)
    state, days, at = start, list[Day](), 0
    while at < len(run):
        size = chance.randint(1, longest)
        state = extend(state, b"".join(run[at : at + size]), days=days)
        at += size
    assert state == whole
    assert days == whole_days


def test_verify__real_run__state_after_each_block_day_and_the_last_header(
    run: tuple[bytes, ...], start: State
) -> None:
    states = list(verify(iter(run), start))
    assert [state.height for state in states] == [*range(FIRST + 143, 830_592, 144), 830_592]
    assert states[-1] == extend(start, b"".join(run))
    assert states[9] == extend(start, b"".join(run[:1_440]))


def test_verify__no_headers__nothing(start: State) -> None:
    assert list(verify([], start)) == []


def test_verify__wrong_header__states_of_the_days_before_it(
    run: tuple[bytes, ...], start: State
) -> None:
    stream = verify([*run[:200], run[0]], start)
    assert next(stream).height == FIRST + 143
    with pytest.raises(HeaderError, match="height 822,728 refused: parent mismatch") as caught:
        next(stream)
    assert caught.value.height == FIRST + 200


def test_extend__real_boundaries__epoch_starts_with_its_first_block(
    run: tuple[bytes, ...], start: State
) -> None:
    """Heights, times and bits of retarget_vectors.csv and of the run's own headers."""
    known = {
        824_544: (1_704_501_378, 0x1703D869),
        826_560: (None, 0x1704005A),
        828_576: (None, 0x1703BA5D),
        830_592: (None, 0x170371B1),
    }
    for height, (parent_time, bits) in known.items():
        before = extend(start, b"".join(run[: height - FIRST]))
        after = extend(before, run[height - FIRST])
        assert parent_time in (None, before.time)
        assert before.next_bits() == bits != before.bits
        assert after.bits == bits
        assert after.epoch_start == after.time != before.epoch_start
        assert after.next_bits() == bits


def test_state_hash__any_state__keccak_of_its_abi_encoding(
    run: tuple[bytes, ...], start: State
) -> None:
    middle_of_a_day = extend(start, b"".join(run[:317]))
    assert bytes(32) not in middle_of_a_day
    for state in (start, middle_of_a_day, extend(start, b"".join(run))):
        assert state.hash == keccak(encode([STATE_ABI], [tuple(state)]))


def test_day_leaf__real_days__keccak_of_its_abi_encoding(
    run: tuple[bytes, ...], start: State
) -> None:
    days: list[Day] = []
    state = extend(start, b"".join(run[:288]), days=days)
    leaves = [keccak(encode([DAY_ABI], [tuple(day)])) for day in days]
    assert [day.leaf for day in days] == leaves
    assert state.days_before == keccak(bytes(32) + leaves[0])
    assert state.days == keccak(state.days_before + leaves[1])


def test_keccak256__nothing__the_hash_of_an_empty_account() -> None:
    expected = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"").hex() == expected


def test_pack_times__eleven_numbers__eight_in_t0_and_three_in_t1() -> None:
    t0, t1 = pack_times(list(range(1, 12)))
    assert f"{t0:064x}" == "0000000800000007000000060000000500000004000000030000000200000001"
    assert f"{t1:024x}" == "0000000b0000000a00000009"
    state = checkpoint()._replace(t0=t0, t1=t1)
    assert state.times == list(range(1, 12))
    assert (state.time, state.median_time) == (1, 6)


@pytest.mark.parametrize(
    "times, expected",
    [
        ([5] * 11, 5),
        (list(range(11)), 5),
        (list(range(10, -1, -1)), 5),
        ([9, 1, 8, 2, 7, 3, 6, 4, 5, 0, 10], 5),
        ([1] * 5 + [2] * 6, 2),
        ([1] * 6 + [2] * 5, 1),
    ],
)
def test_median__eleven_times__the_sixth(times: list[int], expected: int) -> None:
    assert median(times) == expected == middle(times)


def test_starts_epoch__heights__multiples_of_2016() -> None:
    assert [h for h in range(6_050) if starts_epoch(h)] == [0, 2_016, 4_032, 6_048]
    assert starts_epoch(824_544)
    assert not starts_epoch(824_543)


def test_state_checkpoint__ten_earlier_times__in_the_window() -> None:
    header = Header(4, bytes(32), bytes(32), 1_000, EASY_BITS, 7)
    state = State.checkpoint(header, 2_015, 99, 5, list(range(990, 890, -10)))
    assert state.times == list(range(1_000, 890, -10))
    assert state.median_time == 950
    assert state[:5] == (header.hash, 2_015, 99, EASY_BITS, 5)
    assert state[7:] == (bytes(32),) * 4


def test_state_checkpoint__no_earlier_times__window_of_its_own(start: State) -> None:
    header = Header(4, bytes(32), bytes(32), 1_000, EASY_BITS, 7)
    assert State.checkpoint(header, 2_015, 99, 5).times == [1_000] * 11


# ---- from nothing ------------------------------------------------------------------------------


def test_before_genesis__first_two_blocks__as_everybody_knows_them() -> None:
    genesis = extend(before_genesis(), GENESIS_BLOCKS[:80])
    assert genesis.block_hash[::-1].hex() == GENESIS_HASH
    assert (genesis.height, genesis.chainwork) == (0, 0x100010001)
    assert (genesis.bits, genesis.epoch_start) == (0x1D00FFFF, 1_231_006_505)
    block_1 = extend(genesis, GENESIS_BLOCKS[80:])
    assert block_1.block_hash[::-1].hex() == BLOCK_1_HASH
    assert (block_1.height, block_1.chainwork) == (1, 0x200020002)
    assert block_1.epoch_start == 1_231_006_505
    assert block_1.times == [1_231_469_665, 1_231_006_505, *[0] * 9]
    assert block_1 == extend(before_genesis(), GENESIS_BLOCKS)


def test_before_genesis__block_1_first__does_not_link() -> None:
    error = refusal(before_genesis(), GENESIS_BLOCKS[80:], MAINNET)
    assert (error.rule, error.height) == (Rule.LINK, 0)


def test_before_genesis__easy_network__starts_at_its_limit() -> None:
    assert before_genesis(EASY).next_bits(EASY) == EASY_BITS
    _, state = mine(before_genesis(EASY), 3)
    assert state.height == 2


# ---- each rule ---------------------------------------------------------------------------------

NEGATIVE = {
    "bad_pow_nonce_plus_1": Rule.WORK,
    "bad_link": Rule.LINK,
    "old_bits_after_retarget": Rule.BITS,
    "bits_mantissa_plus_1": Rule.BITS,
    "bits_mantissa_minus_1": Rule.BITS,
    "diff1_bits_midepoch": Rule.BITS,
    "time_before_mtp": Rule.MEDIAN_TIME,
}


def negatives() -> dict[str, dict[str, Any]]:
    vectors = json.loads(shared("negative_headers.json").read_text())["vectors"]
    return {vector["name"]: vector for vector in vectors}


def test_negatives__names__those_listed_here() -> None:
    assert set(negatives()) == set(NEGATIVE)


@pytest.mark.parametrize("name", NEGATIVE)
def test_extend__real_header_made_wrong__refused_by_its_rule(
    run: tuple[bytes, ...], start: State, name: str
) -> None:
    """All of them miss their target too: a later rule, so it is named only where it is alone."""
    vector = negatives()[name]
    height, bad = vector["height"], bytes.fromhex(vector["header"])
    assert read(bad).hash[::-1].hex() == vector["hash"]
    at = height - FIRST
    before = extend(start, b"".join(run[:at]))
    error = refusal(before, bad, MAINNET)
    assert (error.rule, error.height) == (NEGATIVE[name], height)
    assert str(error).startswith(f"header at height {height:,} refused: {NEGATIVE[name].value}: ")
    # In the middle of a batch it is refused alike, and the header it was made from is not.
    error = refusal(
        extend(start, b"".join(run[: at - 3])), b"".join(run[at - 3 : at]) + bad, MAINNET
    )
    assert (error.rule, error.height) == (NEGATIVE[name], height)
    assert extend(before, run[at]).height == height


@pytest.mark.parametrize(
    "wrongs",
    [wrongs for count in (1, 2, 3, 4, 5, 6) for wrongs in combinations(ORDER, count)],
    ids=lambda wrongs: "+".join(rule.name for rule in wrongs),
)
def test_extend__header_wrong_in_several_ways__the_earliest_rule(wrongs: tuple[Rule, ...]) -> None:
    good, state = mine(checkpoint(), 2)
    header = next_header(state)
    now = header.time - 7_200
    if Rule.VERSION in wrongs:
        header = header._replace(version=3)
    if Rule.LINK in wrongs:
        header = header._replace(parent=header.merkle_root)
    if Rule.BITS in wrongs:
        header = header._replace(bits=header.bits - 1)
    if Rule.MEDIAN_TIME in wrongs:
        header = header._replace(time=state.median_time)
    if Rule.FUTURE_TIME in wrongs:
        now = header.time - 7_201
    raw = seal(header)
    if Rule.WORK in wrongs:
        raw = unsealed(raw)
        while int.from_bytes(sha256(sha256(raw).digest()).digest(), "little") >> 244 == 0:
            raw = unsealed(
                raw[:-4] + (int.from_bytes(raw[-4:], "little") + 1).to_bytes(4, "little")
            )
    assert refusal(state, raw, EASY, now).rule is wrongs[0]
    if now >= state.time - 7_200:  # the two before it are not ahead of this clock
        error = refusal(checkpoint(), good + raw, EASY, now)
        assert (error.rule, error.height) == (wrongs[0], 2_018)


def test_rule__order__as_they_are_checked() -> None:
    assert tuple(Rule) == (Rule.WHOLE, *ORDER)


@pytest.mark.parametrize("size", [0, 1, 79, 81, 159, 80 * 145 - 1])
def test_extend__not_whole_headers__refused_before_anything_else(size: int) -> None:
    error = refusal(checkpoint(), bytes(size), EASY)
    assert (error.rule, error.height) == (Rule.WHOLE, 2_016)
    assert f"{size} bytes" in str(error)


@pytest.mark.parametrize(
    "height, version, fine",
    [
        (227_930, 1, True),
        (227_930, -1, True),
        (227_931, 1, False),
        (227_931, -1, False),
        (227_931, 2, True),
        (363_724, 2, True),
        (363_725, 2, False),
        (363_725, 3, True),
        (388_380, 3, True),
        (388_381, 3, False),
        (388_381, 4, True),
        (388_381, 0x20000000, True),
        (388_381, (1 << 31) - 1, True),
        (388_381, -(1 << 31), False),
        (388_381, -1, False),
        (388_381, 0, False),
    ],
)
def test_extend__version__where_soft_forks_are_buried(
    height: int, version: int, fine: bool
) -> None:
    state = checkpoint()._replace(height=height - 1)
    raw = seal(next_header(state)._replace(version=version))
    if fine:
        assert extend(state, raw, EASY_FOR_EVER).height == height
    else:
        error = refusal(state, raw, EASY_FOR_EVER)
        assert (error.rule, error.height) == (Rule.VERSION, height)
        assert str(error).endswith(f"version {version}")


def bip66_fork() -> tuple[bytes, State]:
    """Return the six headers of July 2015, and a State that the first of them extends."""
    headers = shared("fork_363731-363736.bin").read_bytes()
    first = read(headers[:80])
    t0, t1 = pack_times([first.time - 600 * i for i in range(1, 12)])
    state = State(first.parent, 363_730, 0, first.bits, first.time - 600 * 851, t0, t1)
    return headers, state


def test_extend__fork_of_bip_66__its_first_block_refused_by_version() -> None:
    headers, state = bip66_fork()
    assert len(headers) == 480
    assert [read(headers[at : at + 80]).version for at in range(0, 480, 80)] == [2, 3, 3, 3, 3, 3]
    error = refusal(state, headers, MAINNET)
    assert (error.rule, error.height) == (Rule.VERSION, 363_731)
    assert refusal(state, headers[:80], MAINNET).rule is Rule.VERSION
    # A node that had followed it would have taken all the others.
    followed = extend(state, headers[:80], Network("old", MAINNET.limit, versions=()))
    assert extend(followed, headers[80:]).height == 363_736


@pytest.mark.parametrize("versions", [(), ((227_931, 2),), ((363_732, 3), (227_931, 2))])
def test_extend__fork_of_bip_66_where_the_soft_fork_is_not_active__accepted(
    versions: tuple[tuple[int, int], ...],
) -> None:
    headers, state = bip66_fork()
    after = extend(state, headers, Network("old", MAINNET.limit, versions))
    assert after.height == 363_736
    assert after.block_hash[::-1].hex().startswith("000000000000000013fe26675faa8f")


def test_extend__time__above_the_median_even_below_the_parent_s() -> None:
    _, state = mine(checkpoint(), 3)
    assert state.median_time == GENESIS_TIME + 3 * 600 - 5 * 600 == state.time - 3_000
    refused = seal(next_header(state, state.median_time))
    assert refusal(state, refused, EASY).rule is Rule.MEDIAN_TIME
    assert refusal(state, seal(next_header(state, 0)), EASY).rule is Rule.MEDIAN_TIME
    accepted = extend(state, seal(next_header(state, state.median_time + 1)), EASY)
    assert accepted.time == state.time - 2_999


def test_extend__times_that_fall_by_one_second__until_the_median_stops_them() -> None:
    """Eleven equal times, then one ahead: every later one must beat a median that creeps up."""
    t0, t1 = pack_times([1_000] * 11)
    state = checkpoint()._replace(t0=t0, t1=t1)
    taken = []
    for time in (1_010, 1_009, 1_008, 1_007, 1_006, 1_005, 1_004):
        raw = seal(next_header(state, time))
        try:
            state = extend(state, raw, EASY)
            taken.append(time)
        except HeaderError as error:
            assert error.rule is Rule.MEDIAN_TIME
    # After six of them the median is the lowest of the six: 1,005.
    assert taken == [1_010, 1_009, 1_008, 1_007, 1_006, 1_005]
    assert state.median_time == 1_005


def test_extend__two_hours_ahead__the_last_second_that_is_allowed() -> None:
    state = checkpoint()
    raw = seal(next_header(state))
    time = state.time + 600
    assert extend(state, raw, EASY, now=time - 7_200).time == time
    assert extend(state, raw, EASY, now=time + 1_000_000).time == time
    error = refusal(state, raw, EASY, now=time - 7_201)
    assert (error.rule, error.height) == (Rule.FUTURE_TIME, 2_016)


@pytest.mark.parametrize("ahead", range(5))
def test_extend__one_header_of_a_batch_too_far_ahead__refused(ahead: int) -> None:
    """The last one's time alone would let a boundary block dated far ahead through."""
    state, headers = checkpoint(), b""
    for i in range(5):
        time = GENESIS_TIME + 60 * (i + 1) + (1_000_000 if i == ahead else 0)
        raw = seal(next_header(state, time))
        state, headers = extend(state, raw, EASY), headers + raw
    error = refusal(checkpoint(), headers, EASY, now=GENESIS_TIME + 600)
    assert (error.rule, error.height) == (Rule.FUTURE_TIME, 2_016 + ahead)


def test_extend__history__may_lie_anywhere_ahead() -> None:
    state = checkpoint()
    assert extend(state, seal(next_header(state, (1 << 32) - 1)), EASY).time == (1 << 32) - 1


def test_extend__work__by_its_own_target_not_the_parent_s() -> None:
    """The real first blocks at 151200, 689472, 711648 and 745920 miss the target before them."""
    for bits, span, own in ((0x1F03FFFF, 4_838_400, 0x1F0FFFFC), (EASY_BITS, 302_400, 0x1F03FFFF)):
        state = checkpoint()
        state = state._replace(bits=bits, epoch_start=state.time - span)
        header = next_header(state)._replace(bits=own)
        low, high = sorted(((bits & 0xFFFFFF) << 224, (own & 0xFFFFFF) << 224))
        while not low < int.from_bytes(header.hash, "little") <= high:
            header = header._replace(nonce=header.nonce + 1)
        if own > bits:
            assert extend(state, header.serialize(), EASY).bits == own
        else:
            assert refusal(state, header.serialize(), EASY).rule is Rule.WORK


# ---- retargets of mined epochs ------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, span, bits",
    [
        # Both epochs have the target 1,048,054 << 224: the one before them took ten minutes less.
        ("crowded", -80_000, 0x1F000000 | 262_013),  # a quarter: 262,013.5
        ("crowded", 0, 0x1F000000 | 262_013),
        ("crowded", 302_400, 0x1F000000 | 262_013),
        ("crowded", 604_800, 0x1F000000 | 524_027),
        ("crowded", 1_209_599, 0x1F000000 | 1_048_053),  # 1,048,053.13
        ("crowded", 1_209_600, 0x1F000000 | 1_048_054),
        ("crowded", 1_210_205, 0x1F0FFFFF),  # 1,048,578.19: the limit
        ("crowded", 4_838_400, 0x1F0FFFFF),
        ("crowded", 100_000_000, 0x1F0FFFFF),
        ("steady", 1_209_000, 0x1F000000 | 1_047_534),  # 1,047,534.13
    ],
)
def test_next_bits__span_of_a_mined_epoch__exact(name: str, span: int, bits: int) -> None:
    _, state = trunk(name)
    assert state.height == 4_030
    raw = seal(next_header(state, state.epoch_start + span))
    last = extend(state, raw, EASY)
    assert last.height == 4_031
    assert last.next_bits(EASY) == bits
    for wrong in {bits - 1, bits + 1, EASY_BITS} - {bits}:
        bad = next_header(last)._replace(bits=wrong)
        error = refusal(last, bad.serialize(), EASY)
        assert (error.rule, error.height) == (Rule.BITS, 4_032)
    first = extend(last, seal(next_header(last)), EASY)
    assert (first.bits, first.epoch_start) == (bits, first.time)
    target = (bits & 0xFFFFFF) << 224
    assert first.chainwork - last.chainwork == Fraction(1 << 256, target + 1).__floor__()


def test_extend__one_batch_over_a_retarget__each_header_by_its_own_target() -> None:
    _, state = trunk("crowded")
    last = seal(next_header(state, state.time + 1))  # span below zero: four times the work
    after = extend(state, last, EASY)
    hard = seal(next_header(after))
    whole = extend(state, last + hard, EASY)
    assert whole == extend(after, hard, EASY)
    assert whole.chainwork - state.chainwork == 4_098 + 16_392
