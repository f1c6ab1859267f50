"""Fork choice: by work, the first seen of equals; and the stale block of December 2023."""

from __future__ import annotations

from hashlib import sha256

import pytest

from terahash.bitcoin.header import double_sha256
from terahash.bitcoin.state import State, extend
from terahash.bitcoin.tree import HeaderTree, split
from terahash.errors import HeaderError, Rule, UnknownParentError
from tests.support.miner import EASY, checkpoint, mine, next_header, seal, unsealed
from tests.support.shared_data import FIRST, shared
from tests.support.trunks import trunk

STALE = 823_226


def hash_of(raw: bytes) -> bytes:
    return sha256(sha256(raw).digest()).digest()


@pytest.fixture(scope="module")
def stale() -> bytes:
    return shared("stale_823226.bin").read_bytes()


@pytest.fixture
def before_stale(run: tuple[bytes, ...], start: State) -> HeaderTree:
    tree = HeaderTree(start)
    for raw in run[: STALE - FIRST]:
        tree.add(raw)
    return tree


def test_add__real_stale_block_second__a_fork_that_changes_nothing(
    before_stale: HeaderTree, run: tuple[bytes, ...], stale: bytes
) -> None:
    tree, parent = before_stale, before_stale.best
    assert parent.height == STALE - 1
    real = tree.add(run[STALE - FIRST])
    other = tree.add(stale)
    assert other.height == real.height == STALE
    assert other.chainwork == real.chainwork
    assert tree.best == real
    assert tree.fork_point(real, other) == tree.fork_point(other, real) == parent
    for raw in run[STALE + 1 - FIRST : STALE + 10 - FIRST]:
        tree.add(raw)
    assert tree.best.block_hash == hash_of(run[STALE + 9 - FIRST])
    assert tree.fork_point(other, tree.best) == parent
    assert hash_of(stale) in tree


def test_add__real_stale_block_first__followed_until_overtaken(
    before_stale: HeaderTree, run: tuple[bytes, ...], stale: bytes
) -> None:
    tree, parent = before_stale, before_stale.best
    other = tree.add(stale)
    assert tree.best == other
    real = tree.add(run[STALE - FIRST])
    assert tree.best == other, "of equal work, the first seen stays"
    after = tree.add(run[STALE + 1 - FIRST])
    assert tree.best == after
    assert after.height == STALE + 1
    assert tree.fork_point(other, after) == parent
    assert tree.headers_between(parent, after) == b"".join(run[STALE - FIRST : STALE + 2 - FIRST])
    assert tree.headers_between(parent, other) == stale
    with pytest.raises(UnknownParentError, match="is not an ancestor of"):
        tree.headers_between(real, other)
    with pytest.raises(UnknownParentError, match="is not an ancestor of"):
        tree.headers_between(other, after)


def test_add__whole_run_and_the_stale_block__state_of_extend(
    run: tuple[bytes, ...], start: State, stale: bytes
) -> None:
    tree = HeaderTree(start)
    for raw in run[: STALE - FIRST]:
        tree.add(raw)
    tree.add(stale)
    for raw in run[STALE - FIRST :]:
        tree.add(raw)
    assert tree.best == extend(start, b"".join(run))
    assert len(tree) == 8_066
    assert tree.headers_between(start, tree.best) == b"".join(run)
    assert repr(tree) == "HeaderTree(8066 headers, best height 830592)"


def test_add__unknown_parent__refused_and_nothing_changed() -> None:
    headers, _ = mine(checkpoint(), 2)
    first, second = split(headers)
    tree = HeaderTree(checkpoint(), EASY)
    with pytest.raises(UnknownParentError, match="add the headers before it first") as caught:
        tree.add(second)
    assert hash_of(first)[::-1].hex() in str(caught.value)
    assert (len(tree), tree.best, hash_of(second) in tree) == (0, checkpoint(), False)
    tree.add(first)
    assert tree.add(second).height == 2_017


@pytest.mark.parametrize("rule", [Rule.VERSION, Rule.BITS, Rule.MEDIAN_TIME, Rule.WORK])
def test_add__header_that_breaks_a_rule__refused_and_not_kept(rule: Rule) -> None:
    state = checkpoint()
    header = next_header(state)
    if rule is Rule.VERSION:
        header = header._replace(version=3)
    elif rule is Rule.BITS:
        header = header._replace(bits=header.bits - 1)
    elif rule is Rule.MEDIAN_TIME:
        header = header._replace(time=state.median_time)
    raw = seal(header)
    if rule is Rule.WORK:
        raw = unsealed(raw)
    tree = HeaderTree(state, EASY)
    for _ in range(2):
        with pytest.raises(HeaderError) as caught:
            tree.add(raw)
        assert (caught.value.rule, caught.value.height) == (rule, 2_016)
    assert (len(tree), tree.best, hash_of(raw) in tree) == (0, state, False)


def test_add__too_far_ahead__refused_until_its_time_comes() -> None:
    tree, raw = HeaderTree(checkpoint(), EASY), seal(next_header(checkpoint()))
    time = checkpoint().time + 600
    with pytest.raises(HeaderError) as caught:
        tree.add(raw, now=time - 7_201)
    assert caught.value.rule is Rule.FUTURE_TIME
    assert tree.add(raw, now=time - 7_200) == tree.best


@pytest.mark.parametrize("size", [0, 79, 81, 160])
def test_add__not_one_header__refused(size: int) -> None:
    headers, _ = mine(checkpoint(), 3)
    tree = HeaderTree(checkpoint(), EASY)
    with pytest.raises(HeaderError) as caught:
        tree.add(headers[:size])
    assert caught.value.rule is Rule.WHOLE
    assert len(tree) == 0


def test_add__known_header__changes_nothing() -> None:
    headers, tip = mine(checkpoint(), 3)
    fork, other = mine(checkpoint(), 3, salt=1)
    tree = HeaderTree(checkpoint(), EASY)
    for raw in split(headers + fork):
        tree.add(raw)
    for raw in split(fork + headers):
        state = tree.add(raw, now=0)  # what was once accepted is not judged again
        assert state.block_hash == hash_of(raw)
    assert len(tree) == 6
    assert tree.best == tip != other


def test_add__tie__first_seen_stays_whoever_it_is() -> None:
    one, tip = mine(checkpoint(), 2)
    two, other = mine(checkpoint(), 2, salt=1)
    for first, second, best in ((one, two, tip), (two, one, other)):
        tree = HeaderTree(checkpoint(), EASY)
        for raw in split(first + second):
            tree.add(raw)
        assert tree.best == best


def test_add__lower_but_heavier_branch__followed() -> None:
    """Past a retarget one block of the quick branch weighs as much as four of the slow one."""
    trunk_headers, base = trunk("crowded")
    tree = HeaderTree(checkpoint(), EASY)
    for raw in split(trunk_headers):
        tree.add(raw)
    assert tree.best == base
    slow = tree.add(seal(next_header(base, base.epoch_start + 1_209_600)))
    quick = tree.add(seal(next_header(base, base.time + 1)))
    slow_headers, slow_tip = mine(slow, 5)
    quick_headers, quick_tip = mine(quick, 1)
    for raw in split(slow_headers)[:3]:
        tree.add(raw)
    assert tree.best.height == 4_034
    tree.add(quick_headers)
    assert quick_tip.chainwork - quick.chainwork == 16_392
    assert tree.best == quick_tip, "two blocks lower, and heavier"
    assert tree.best.height == 4_032
    fourth = tree.add(split(slow_headers)[3])
    assert fourth.chainwork == quick_tip.chainwork
    assert tree.best == quick_tip, "three blocks higher, of equal work, and later"
    tree.add(split(slow_headers)[4])
    assert tree.best == slow_tip
    for one, other in ((slow_tip, quick_tip), (quick_tip, slow_tip)):
        assert tree.fork_point(one, other) == base


def test_fork_point__of_a_branch_and_its_own_ancestor__the_ancestor() -> None:
    headers, tip = mine(checkpoint(), 5)
    tree = HeaderTree(checkpoint(), EASY)
    states = [checkpoint(), *(tree.add(raw) for raw in split(headers))]
    for state in states:
        assert tree.fork_point(state, tip) == tree.fork_point(tip, state) == state
    assert [state.height for state in tree.back_from(tip)] == [*range(2_020, 2_014, -1)]


def test_headers_between__a_block_and_itself__nothing() -> None:
    headers, tip = mine(checkpoint(), 2)
    tree = HeaderTree(checkpoint(), EASY)
    for raw in split(headers):
        tree.add(raw)
    assert tree.headers_between(tip, tip) == b""
    assert tree.headers_between(checkpoint(), checkpoint()) == b""
    with pytest.raises(UnknownParentError):
        tree.headers_between(tip, checkpoint())


def test_state__block_in_the_tree_or_not__found_or_refused() -> None:
    tree = HeaderTree(checkpoint(), EASY)
    assert tree.state(checkpoint().block_hash) == checkpoint()
    assert checkpoint().block_hash in tree
    with pytest.raises(UnknownParentError, match="not in the tree"):
        tree.state(double_sha256(b"another"))


def test_split__headers__single_ones() -> None:
    assert split(b"a" * 80 + b"b" * 80) == [b"a" * 80, b"b" * 80]
    assert split(b"") == []
