"""Changed proofs of fees: refused, or counted exactly as the true coinbases say; never more.

Whoever gains from a high or a low day may send anything. Each example changes true arguments of
`prove_fees` a few times at random, sends them, and compares what the day then holds with what its
blocks paid, and the answer with the model that parses the same bytes on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terahash.bitcoin.header import double_sha256
from terahash.bitcoin.state import DAY_BLOCKS
from terahash.chain import ChainError
from tests.support.index_model import IndexModel, Refused
from tests.support.indexing import (
    ALL_GROUPS,
    FEE_WINDOW,
    FIRST_DAY,
    UNIT,
    Claim,
    Index,
    encode,
    groups_of,
    hashes_of,
    indexed,
)

DAY = FIRST_DAY + 2
"""The day of a halving: its blocks have two subsidies."""
ALREADY = (0, 5, 77)
"""Blocks that somebody proved before."""
Change = Callable[[Index, Claim, "Dice"], Claim]


class Dice:
    """Numbers that an example draws, one after the other."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def below(self, end: int) -> int:
        return self._data.draw(st.integers(0, max(end - 1, 0)))

    def bytes(self, size: int) -> bytes:
        return self._data.draw(st.binary(min_size=size, max_size=size))


@pytest.fixture
def opened() -> Iterator[tuple[Index, IndexModel]]:
    """Three open days, with a few blocks of the middle one proven."""
    with indexed().undone() as base:
        index = base.index()
        model = IndexModel(FIRST_DAY, UNIT, FEE_WINDOW)
        days = range(FIRST_DAY, FIRST_DAY + 4)
        model.final = {number: index.mined[number].day for number in days}
        index.record(*days)
        model.record(list(model.final.values()), base.chain.now)
        index.prove(DAY, ALREADY)
        model.prove_fees(*Claim.of(index.mined[DAY], groups_of(ALREADY), ALREADY))
        yield index, model


def _flip(raw: bytes, at: int, mask: int) -> bytes:
    """Change a byte, if another change has left it there."""
    return raw[:at] + bytes([raw[at] ^ mask]) + raw[at + 1 :] if at < len(raw) else raw


def _any_byte(_: Index, claim: Claim, dice: Dice) -> Claim:
    blob = _flip(claim.blob, dice.below(len(claim.blob)), 1 + dice.below(255))
    return claim._replace(blob=blob)


def _head_byte(_: Index, claim: Claim, dice: Dice) -> Claim:
    """Change the first proof's index, number of siblings or length."""
    return claim._replace(blob=_flip(claim.blob, dice.below(4), 1 + dice.below(255)))


def _first_value(_: Index, claim: Claim, dice: Dice) -> Claim:
    """Change what the first proof's first output pays."""
    if len(claim.blob) < 100:
        return claim
    at = 4 + 46 + claim.blob[45] + 1 + dice.below(8)
    return claim._replace(blob=_flip(claim.blob, min(at, len(claim.blob) - 1), 255))


def _hash(_: Index, claim: Claim, dice: Dice) -> Claim:
    hashes = list(claim.hashes)
    if hashes:
        at = dice.below(len(hashes))
        hashes[at] = _flip(hashes[at], dice.below(32), 1 + dice.below(255))
    return claim._replace(hashes=hashes)


def _swapped_hashes(_: Index, claim: Claim, dice: Dice) -> Claim:
    hashes = list(claim.hashes)
    if hashes:
        i, j = dice.below(len(hashes)), dice.below(len(hashes))
        hashes[i], hashes[j] = hashes[j], hashes[i]
    return claim._replace(hashes=hashes)


def _own_roots(index: Index, claim: Claim, dice: Dice) -> Claim:
    """Give roots that fit a coinbase of the attacker's own: the day's hash must not."""
    block = dice.below(DAY_BLOCKS)
    own = index.mined[DAY].blocks[block]
    raw = bytearray(own.coinbase)
    raw[46 + raw[41] + 4] ^= 255
    changed = own._replace(coinbase=bytes(raw), branch=[])
    roots = index.mined[DAY].roots
    roots[block] = double_sha256(bytes(raw))
    given_groups = groups_of([block])
    return claim._replace(
        given=given_groups, hashes=hashes_of(roots, given_groups), blob=encode(block, changed)
    )


def _given(_: Index, claim: Claim, dice: Dice) -> Claim:
    return claim._replace(given=claim.given ^ 1 << dice.below(13))


def _another_given(index: Index, claim: Claim, dice: Dice) -> Claim:
    groups = dice.below(ALL_GROUPS + 1)
    return claim._replace(given=groups, hashes=index.mined[DAY].hashes(groups))


def _doubled(_: Index, claim: Claim, __: Dice) -> Claim:
    return claim._replace(blob=(claim.blob * 2)[:49_152])


def _truncated(_: Index, claim: Claim, dice: Dice) -> Claim:
    return claim._replace(blob=claim.blob[: dice.below(len(claim.blob) + 1)])


def _extended(_: Index, claim: Claim, dice: Dice) -> Claim:
    return claim._replace(blob=(claim.blob + dice.bytes(1 + dice.below(100)))[:49_152])


def _swapped_blocks(index: Index, claim: Claim, dice: Dice) -> Claim:
    """Add a proof of one block under the index of another."""
    blocks = index.mined[DAY].blocks
    blob = encode(dice.below(DAY_BLOCKS), blocks[dice.below(DAY_BLOCKS)])
    return claim._replace(blob=(claim.blob + blob)[:49_152])


def _another_day(index: Index, claim: Claim, dice: Dice) -> Claim:
    """Add another day's proof."""
    blob = index.mined[DAY + 1 + dice.below(3)].proofs([dice.below(DAY_BLOCKS)])
    return claim._replace(blob=(claim.blob + blob)[:49_152])


def _another_number(_: Index, claim: Claim, dice: Dice) -> Claim:
    return claim._replace(number=FIRST_DAY - 1 + dice.below(7))


def _another_content(index: Index, claim: Claim, dice: Dice) -> Claim:
    return claim._replace(day=index.mined[FIRST_DAY + dice.below(4)].day)


def _inner_node(index: Index, claim: Claim, dice: Dice) -> Claim:
    """Add two joined nodes of a tree in place of a coinbase, at any level."""
    block = dice.below(DAY_BLOCKS)
    own = index.mined[DAY].blocks[block]
    if not own.branch:
        return claim
    level = dice.below(len(own.branch))
    node = double_sha256(own.coinbase)
    for sibling in own.branch[:level]:
        node = double_sha256(node + sibling)
    changed = own._replace(coinbase=node + own.branch[level], branch=own.branch[level + 1 :])
    return claim._replace(blob=(claim.blob + encode(block, changed))[:49_152])


def _split_elsewhere(_: Index, claim: Claim, dice: Dice) -> Claim:
    """Move a sibling into the coinbase, or the coinbase's end among the siblings."""
    if len(claim.blob) < 4:
        return claim
    siblings, length = claim.blob[1], int.from_bytes(claim.blob[2:4], "big")
    step = 1 if dice.below(2) else -1
    if not (0 <= siblings - step < 256 and 0 <= length + 32 * step < 65_536):
        return claim
    head = bytes([siblings - step]) + (length + 32 * step).to_bytes(2, "big")
    return claim._replace(blob=claim.blob[:1] + head + claim.blob[4:])


CHANGES: tuple[Change, ...] = (
    _any_byte,
    _head_byte,
    _first_value,
    _hash,
    _swapped_hashes,
    _own_roots,
    _given,
    _another_given,
    _doubled,
    _truncated,
    _extended,
    _swapped_blocks,
    _another_day,
    _another_number,
    _another_content,
    _inner_node,
    _split_elsewhere,
)


def _truth(index: Index, number: int) -> tuple[int, int]:
    """Say what a day's proven blocks paid in fees, and which are proven."""
    proven = index.read("block_day", number)[4]
    mined = index.mined[number]
    return sum(mined.fees(i) for i in range(DAY_BLOCKS) if proven >> i & 1), proven


class _Counts:
    accepted = refused = new = 0


def _check(index: Index, model: IndexModel, claim: Claim) -> None:
    """Send a claim in a chain that forgets it; compare with the model and with the truth."""
    before = {n: dict(recorded.fees) for n, recorded in model.recorded.items()}
    try:
        expected, wanted = model.prove_fees(*claim), None
    except Refused as error:
        expected, wanted = None, str(error)
    with index.chain.undone():
        try:
            logs = dict(index.send("prove_fees", *claim.arguments).logs)
            reason = None
        except ChainError as error:
            logs, reason = {}, error.reason
        if wanted == "coinbase":
            assert reason is not None
            assert reason.startswith("coinbase: ")
        else:
            assert reason == wanted
        for number in range(FIRST_DAY + 1, FIRST_DAY + 4):
            fees, proven = index.read("block_day", number)[3:5]
            assert (fees, proven) == _truth(index, number)
            assert (fees, proven) == model.block_day(number)[3:5]
        if expected is not None and expected[0]:
            event = logs["FeesProven"]
            assert (event["blocks"], event["fees"]) == expected
    _Counts.accepted += reason is None
    _Counts.refused += reason is not None
    _Counts.new += bool(logs)
    for number, fees in before.items():
        model.recorded[number].fees = fees


def test_prove_fees__changed_at_random__refused_or_the_truth(
    opened: tuple[Index, IndexModel],
) -> None:
    index, model = opened
    _Counts.accepted = _Counts.refused = _Counts.new = 0
    deep = settings().max_examples >= 1_000

    @settings(max_examples=20_000 if deep else 600)
    @given(
        indices=st.lists(st.integers(0, DAY_BLOCKS - 1), min_size=1, max_size=5),
        changes=st.lists(st.sampled_from(CHANGES), max_size=3),
        data=st.data(),
    )
    def examples(indices: list[int], changes: list[Change], data: st.DataObject) -> None:
        claim = Claim.of(index.mined[DAY], groups_of(indices), indices)
        dice = Dice(data)
        for change in changes:
            claim = change(index, claim, dice)
        _check(index, model, claim)

    examples()
    assert _Counts.refused >= (4_000 if deep else 150)
    assert _Counts.new >= (1_500 if deep else 50)
    assert _Counts.accepted > _Counts.new  # some claim only what is proven already


def test_prove_fees__every_change_alone__never_above_the_truth(
    opened: tuple[Index, IndexModel],
) -> None:
    """Each change with every proof at hand: none depends on the luck of an example."""
    index, model = opened
    _Counts.accepted = _Counts.refused = 0
    mined = index.mined[DAY]
    for i in range(0, DAY_BLOCKS, 5):
        claim = Claim.of(mined, groups_of([i]), [i])
        other = (i + 7) % DAY_BLOCKS
        for wrong in (
            encode(other, mined.blocks[i]),
            encode(i, mined.blocks[other]),
            index.mined[DAY + 1].proofs([i]),
            claim.blob + encode(i, mined.blocks[other]),
            claim.blob * 2,
            claim.blob + claim.blob[:-1],
            claim.blob[1:],
            *(_flip(claim.blob, at, 1) for at in range(0, len(claim.blob), 61)),
        ):
            _check(index, model, claim._replace(blob=wrong))
    assert _Counts.accepted >= 2 * 29
    assert _Counts.refused >= 200


def _word_changed(calldata: bytes, dice: Dice, at: int) -> bytes:
    """Change a word to one that points elsewhere: near, anywhere in the call, or beyond any."""
    word = int.from_bytes(calldata[at : at + 32], "big")
    kind = dice.below(4)
    if kind == 0:
        word += dice.below(129) - 64
    elif kind == 1:
        word = dice.below(len(calldata) + 64)
    elif kind == 2:
        word ^= 1 << dice.below(256)
    else:
        word -= 1 + dice.below(2 * len(calldata))
    return calldata[:at] + (word % 2**256).to_bytes(32, "big") + calldata[at + 32 :]


def test_prove_fees__calldata_that_no_client_writes__refused_or_the_truth(
    opened: tuple[Index, IndexModel],
) -> None:
    """Offsets and lengths may point anywhere, so that arrays overlap, run out or swap places."""
    index, _ = opened
    deep = settings().max_examples >= 1_000
    found = {True: 0, False: 0}
    # The selector, nine words, and where the hashes begin; the proofs' length is a word further on.
    heads = (4 + 7 * 32, 4 + 8 * 32, 4 + 9 * 32)

    @settings(max_examples=20_000 if deep else 600)
    @given(
        indices=st.lists(st.integers(0, DAY_BLOCKS - 1), min_size=1, max_size=4),
        words=st.lists(st.integers(0, 5), max_size=2),
        tail=st.integers(-200, 200),
        data=st.data(),
    )
    def examples(indices: list[int], words: list[int], tail: int, data: st.DataObject) -> None:
        claim = Claim.of(index.mined[DAY], groups_of(indices), indices)
        calldata, dice = index.calldata("prove_fees", *claim.arguments), Dice(data)
        blob_at = 4 + int.from_bytes(calldata[heads[1] : heads[1] + 32], "big")
        places = (*heads, blob_at, blob_at, 4 + 32 * dice.below(len(calldata) // 32 - 1))
        for word in words:
            calldata = _word_changed(calldata, dice, places[word])
        calldata = calldata[:tail] if tail < 0 else calldata + b"\xff" * tail
        with index.chain.undone():
            try:
                index.send_calldata(calldata)
                accepted = True
            except ChainError:
                accepted = False
            for number in range(FIRST_DAY + 1, FIRST_DAY + 4):
                assert tuple(index.read("block_day", number)[3:5]) == _truth(index, number)
        found[accepted] += 1

    examples()
    assert min(found.values()) >= (2_000 if deep else 60), found
