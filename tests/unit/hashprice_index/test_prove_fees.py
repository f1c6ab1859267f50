"""HashpriceIndex.prove_fees: raises a day from its subsidy to what its coinbases paid."""

from __future__ import annotations

import pytest

from terahash.bitcoin.network import subsidy
from terahash.bitcoin.state import DAY_BLOCKS
from tests.support.index_model import IndexModel
from tests.support.indexing import (
    ALL_GROUPS,
    BLOCKS_BEFORE_HALVING,
    FEE_WINDOW,
    FIRST_DAY,
    HALVING_DAY,
    UNIT,
    Claim,
    Index,
    Indexed,
    encode,
    groups_of,
    total,
)
from tests.support.relay import refused

DAY = FIRST_DAY + 1
BLOB_SIZE = 49_152


@pytest.fixture
def index(light: Index) -> Index:
    """The index with three open days."""
    light.record(FIRST_DAY, DAY, DAY + 1, DAY + 2)
    return light


def _claim(index: Index, *indices: int, day: int = DAY) -> Claim:
    return Claim.of(index.mined[day], groups_of(indices), indices)


def _send(index: Index, claim: Claim) -> None:
    index.send("prove_fees", *claim.arguments)


def _proven(index: Index, day: int = DAY) -> tuple[int, int]:
    """Return the day's fees, and how many blocks are proven."""
    found = index.read("block_day", day)
    return found[3], found[4].bit_count()


def _kind(index: Index, kind: str, day: int = DAY) -> int:
    """Find a block of the day by what its coinbase pays beside its subsidy."""
    for i, block in enumerate(index.mined[day].blocks):
        own = subsidy(day * DAY_BLOCKS + i)
        fees = total(block.coinbase) - own
        if {
            "fees": 0 < fees < own,
            "none": fees == 0,
            "less": fees < 0,
            "bare": fees > 0 and not block.branch,
        }[kind]:
            return i
    raise AssertionError(f"no block of day {day} is of the kind {kind}")


def test_prove_fees__one_block__counts_and_logs_it(index: Index) -> None:
    i = _kind(index, "fees")
    paid = total(index.mined[DAY].blocks[i].coinbase) - subsidy(DAY * DAY_BLOCKS + i)
    receipt = index.prove(DAY, [i])
    logged = {"day": DAY, "blocks": 1, "fees": paid, "proven": 1 << i}
    assert receipt.logs == (("FeesProven", logged),)
    found = index.read("block_day", DAY)
    assert found[3:5] == (paid, 1 << i)
    assert _proven(index, DAY + 1) == (0, 0)


def test_prove_fees__neighbours_in_storage__stay(index: Index) -> None:
    before = index.read("block_day", DAY)
    index.chain.now += 77
    index.prove(DAY, range(24))
    after = index.read("block_day", DAY)
    assert (after[:3], after[5]) == (before[:3], before[5])
    assert index.read("latest")[0] == FIRST_DAY


@pytest.mark.parametrize("kind", ["none", "less"])
def test_prove_fees__coinbase_that_takes_no_fees__counts_as_proven(index: Index, kind: str) -> None:
    i = _kind(index, kind)
    index.prove(DAY, [i])
    assert index.read("block_day", DAY)[3:5] == (0, 1 << i)


def test_prove_fees__block_without_other_transactions__needs_no_sibling(index: Index) -> None:
    i = _kind(index, "bare")
    index.prove(DAY, [i])
    assert _proven(index) == (index.mined[DAY].fees(i), 1)


def test_prove_fees__halving_inside_the_day__each_block_by_its_own_subsidy(index: Index) -> None:
    mined = index.mined[HALVING_DAY]
    indices = (BLOCKS_BEFORE_HALVING - 1, BLOCKS_BEFORE_HALVING)
    expected = 0
    for i in indices:
        own = 5 * 10**9 >> (12 if i < BLOCKS_BEFORE_HALVING else 13)
        expected += min(max(total(mined.blocks[i].coinbase) - own, 0), own)
        index.prove(HALVING_DAY, [i])
        assert _proven(index, HALVING_DAY)[0] == expected
    index.prove(HALVING_DAY, range(24, 72))
    assert _proven(index, HALVING_DAY)[0] == expected + sum(
        mined.fees(i) for i in range(24, 72) if i not in indices
    )


def test_prove_fees__any_order_and_any_groups__same_count(index: Index) -> None:
    indices = [140, 3, 77, 4, 76, 0, 143]
    with index.chain.undone():
        index.prove(DAY, indices)
        expected = index.read("block_day", DAY)
    claim = Claim.of(index.mined[DAY], ALL_GROUPS, reversed(indices))
    _send(index, claim)
    assert index.read("block_day", DAY) == expected


def test_prove_fees__bits_beyond_the_groups__mean_nothing(index: Index) -> None:
    claim = _claim(index, 3)
    _send(index, claim._replace(given=claim.given | 2**256 - 2**12))
    assert _proven(index)[1] == 1


def test_prove_fees__somebody_was_faster__the_rest_still_counts(index: Index) -> None:
    index.prove(DAY, [5, 6])
    receipt = index.prove(DAY, [4, 5, 6, 7])
    expected = sum(index.mined[DAY].fees(i) for i in (4, 5, 6, 7))
    assert dict(receipt.logs)["FeesProven"]["blocks"] == 2
    assert _proven(index) == (expected, 4)
    # Those passed over are not looked at, nor need their groups be given.
    index.send("prove_fees", *_claim(index, 30)._replace(blob=_claim(index, 5).blob).arguments)
    assert _proven(index) == (expected, 4)


def test_prove_fees__no_proofs__changes_nothing(index: Index) -> None:
    receipt = index.send("prove_fees", *_claim(index)._replace(blob=b"").arguments)
    assert receipt.logs == ()
    assert _proven(index) == (0, 0)


def test_prove_fees__after_the_window_while_it_is_open__counts(index: Index) -> None:
    """The window says from when a day may be closed, not until when it may be proven."""
    index.chain.now += 5 * FEE_WINDOW
    index.prove(DAY, range(48))
    assert _proven(index)[1] == 48


def test_prove_fees__day_that_is_not_recorded__refused(index: Index) -> None:
    for day in (DAY + 3, FIRST_DAY + 30):
        with refused("index: not open"):
            index.prove(day, [0])
    for number in (0, FIRST_DAY - 1, 2**256 - 1):
        with refused("index: not open"):
            _send(index, _claim(index, 0)._replace(number=number))


def test_prove_fees__day_that_sets_the_clock__refused(index: Index) -> None:
    with refused("index: not open"):
        index.prove(FIRST_DAY, [0])


def test_prove_fees__content_of_another_day__refused(index: Index) -> None:
    claim, other = _claim(index, 0), index.mined[DAY + 1].day
    for day in (other, claim.day._replace(roots=other.roots), claim.day._replace(end=0)):
        with refused("index: not the relay's days"):
            _send(index, claim._replace(day=day))
    with refused("index: not the relay's days"):
        _send(index, _claim(index, 0, day=DAY + 1)._replace(number=DAY))


def test_prove_fees__roots_missing_or_surplus_or_swapped__refused(index: Index) -> None:
    claim = _claim(index, 0)
    hashes = claim.hashes
    for wrong in (
        hashes[:-1],
        [*hashes, bytes(32)],
        hashes[::-1],
        [hashes[1], hashes[0], *hashes[2:]],
        [*hashes[:-2], hashes[-1], hashes[-2]],
        [],
    ):
        with refused("index: wrong roots"):
            _send(index, claim._replace(hashes=wrong))
    for given in (0, 2, 3, ALL_GROUPS):
        with refused("index: wrong roots"):
            _send(index, claim._replace(given=given))


def test_prove_fees__group_not_given__refused(index: Index) -> None:
    claim = _claim(index, 0)
    with refused("index: group not given"):
        _send(index, claim._replace(blob=index.mined[DAY].proofs([12])))
    with refused("index: group not given"):
        _send(index, claim._replace(blob=index.mined[DAY].proofs([0, 143])))
    assert _proven(index) == (0, 0)


def test_prove_fees__coinbase_of_another_block__refused(index: Index) -> None:
    day = index.mined[DAY]
    for i, blob in ((0, encode(0, day.blocks[1])), (1, encode(1, day.blocks[0]))):
        with refused("index: wrong branch"):
            _send(index, _claim(index, i)._replace(blob=blob))
    with refused("index: wrong branch"):
        _send(index, _claim(index, 0)._replace(blob=index.mined[DAY + 1].proofs([0])))


def test_prove_fees__one_wrong_proof_among_good_ones__nothing_counts(index: Index) -> None:
    day = index.mined[DAY]
    blob = day.proofs(range(11)) + encode(11, day.blocks[10])
    with refused("index: wrong branch"):
        _send(index, _claim(index, 11)._replace(blob=blob))
    assert _proven(index) == (0, 0)


def test_prove_fees__sibling_on_the_left__refused(index: Index) -> None:
    """Another transaction of the block is no coinbase, whatever it pays."""
    day = index.mined[DAY]
    i = next(i for i, block in enumerate(day.blocks) if len(block.branch) > 1)
    block = day.blocks[i]
    swapped = block._replace(branch=[block.branch[1], block.branch[0], *block.branch[2:]])
    with refused("index: wrong branch"):
        _send(index, _claim(index, i)._replace(blob=encode(i, swapped)))


def test_prove_fees__as_many_siblings_as_can_be_said__are_all_folded(index: Index) -> None:
    block = index.mined[DAY].blocks[3]
    deep = block._replace(branch=[bytes([i]) * 32 for i in range(255)])
    with refused("index: wrong branch"):
        _send(index, _claim(index, 3)._replace(blob=encode(3, deep)))


def test_prove_fees__malformed_blobs__refused(index: Index) -> None:
    claim = _claim(index, 3)
    blob = claim.blob
    siblings = blob[1]
    for wrong in (
        blob[:-1],
        blob + b"\0",
        blob + bytes(68),
        blob[:68],
        blob[:4],
        b"\0",
        bytes([144]) + blob[1:],
        bytes([255]) + blob[1:],
        blob[:1] + bytes([siblings + 1]) + blob[2:],
        blob[:1] + b"\xff" + blob[2:],
        blob[:2] + b"\xff\xff" + blob[4:],
        blob + blob[:40],
    ):
        with refused("index: malformed proofs"):
            _send(index, claim._replace(blob=wrong))
    assert _proven(index) == (0, 0)


def test_prove_fees__more_than_144_proofs__refused(index: Index) -> None:
    """Only blocks that are passed over fit the blob so often."""
    index.prove(DAY, [3])
    shortest = bytes([3, 0, 0, 65]) + bytes(65)
    claim = _claim(index, 3)
    _send(index, claim._replace(blob=shortest * 144))
    with refused("index: malformed proofs"):
        _send(index, claim._replace(blob=shortest * 145))
    assert _proven(index)[1] == 1


def test_prove_fees__coinbase_that_is_none__refused_by_its_own_reason(index: Index) -> None:
    day = index.mined[DAY]
    block = day.blocks[3]
    for raw, reason in (
        (bytes(64), "coinbase: too short"),
        (bytes(100), "coinbase: not one input"),
        (block.coinbase[:5] + b"\1" + block.coinbase[6:], "coinbase: spends an output"),
        (block.coinbase + b"\0", "coinbase: wrong length"),
    ):
        changed = block._replace(coinbase=raw, branch=[bytes(32)] * 11)
        with refused(reason):
            _send(index, _claim(index, 3)._replace(blob=encode(3, changed)))


def test_prove_fees__blob_or_hashes_too_long__refused_in_decoding(index: Index) -> None:
    claim = _claim(index, 3)
    with refused("index: malformed proofs"):
        _send(index, claim._replace(blob=claim.blob.ljust(BLOB_SIZE, b"\xff")))
    with refused(""):
        _send(index, claim._replace(blob=claim.blob.ljust(BLOB_SIZE + 1, b"\xff")))
    with refused("index: wrong roots"):
        _send(index, claim._replace(hashes=[bytes(32)] * 144))
    with refused(""):
        _send(index, claim._replace(hashes=[bytes(32)] * 145))


def test_prove_fees__every_block_of_a_week__closes_each_day_without_its_window(
    base: Indexed,
) -> None:
    index = base.index()
    days = range(FIRST_DAY, FIRST_DAY + 8)
    model = IndexModel(FIRST_DAY, UNIT, FEE_WINDOW)
    model.final = {day: index.mined[day].day for day in days}
    index.record(*days)
    model.record([index.mined[day].day for day in days], base.chain.now)
    proven = 0
    for day in days[1:]:
        for start in range(0, DAY_BLOCKS, 48):
            claim = _claim(index, *range(start, start + 48), day=day)
            _send(index, claim)
            count, fees = model.prove_fees(*claim)
            proven += count
            assert _proven(index, day) == (fees, start + 48)
        assert fees == sum(index.mined[day].fees(i) for i in range(DAY_BLOCKS))
        closed = index.logged("close")["DayClosed"]
        model.close(base.chain.now)
        assert closed["reward"] == model.reward(day) == model.subsidy(day) + fees
        assert index.read("latest") == model.latest()
    assert proven == 7 * DAY_BLOCKS == 1_008
    assert index.read("readings", FIRST_DAY, 64) == model.readings(FIRST_DAY, 64)
    start, end = (index.mined[day].day.end for day in (FIRST_DAY, FIRST_DAY + 7))
    assert index.read("mean", start, end) == model.mean(start, end)
    assert index.read("earned", FIRST_DAY + 7) > index.read("floor_earned_at", end)
