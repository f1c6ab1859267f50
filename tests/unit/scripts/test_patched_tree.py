"""Copies that are broken on purpose: what runs of pytest in them say, again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.patched_tree import ROOT, Outcome, PatchedTree

PATCHED = "contracts/lending/reasons.vy"
TESTS = f"""
import time
from pathlib import Path
import pytest

def test_passes():
    pass

def test_fails_without_the_defence():
    assert Path("{PATCHED}").read_text() != "broken"

def test_skips():
    pytest.skip("nothing at hand")

def test_is_slow():
    time.sleep(60)

def test_is_no_code():
    nonsense

@pytest.fixture
def broken():
    raise ValueError("a fixture")

def test_has_a_broken_fixture(broken):
    pass
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PatchedTree]:
    tree = PatchedTree(tmp_path_factory.mktemp("copy"))
    (tree.root / "tests" / "test_some.py").write_text(TESTS)
    with closing(tree):
        yield tree


@pytest.mark.parametrize(
    ("name", "outcome", "detail"),
    [
        ("passes", Outcome.PASSED, ""),
        ("fails_without_the_defence", Outcome.PASSED, ""),
        ("skips", Outcome.SKIPPED, "nothing at hand"),
        ("is_no_code", Outcome.BROKEN, "NameError: name 'nonsense' is not defined"),
        ("has_a_broken_fixture", Outcome.BROKEN, "ValueError: a fixture"),
        ("is_not_there", Outcome.BROKEN, "not found"),
    ],
)
def test_test__of_one_kind__says_which(
    tree: PatchedTree, name: str, outcome: Outcome, detail: str
) -> None:
    run = tree.test([f"tests/test_some.py::test_{name}"])
    assert run.outcome is outcome
    assert detail in run.detail


def test_test__a_contract_is_patched__sees_the_patch_and_then_the_sound_one(
    tree: PatchedTree,
) -> None:
    test = ["tests/test_some.py::test_fails_without_the_defence"]
    sound = (tree.root / PATCHED).read_text()
    with tree.patched(PATCHED, "broken"):
        assert tree.test(test).outcome is Outcome.FAILED
    assert tree.test(test).outcome is Outcome.PASSED
    assert (tree.root / PATCHED).read_text() == sound == (ROOT / PATCHED).read_text()


def test_test__does_not_end__is_given_up_and_the_next_one_runs(tree: PatchedTree) -> None:
    slow, quick = "tests/test_some.py::test_is_slow", "tests/test_some.py::test_passes"
    run = tree.test([slow], seconds=1.0)
    assert run.outcome is Outcome.TIMED_OUT
    assert run.detail == "no end after 1 s"
    assert tree.test([quick]).outcome is Outcome.PASSED
