"""Copies of the project that may be broken on purpose: patch a contract, compile, run tests.

`test-defences` and `test-mutants` both work on them: two processes, each in a copy of its own, so
that nothing that they break is ever in the working tree.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar, cast
from xml.etree import ElementTree

from rich.console import Console
from rich.progress import track
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle

from tests.support import pytest_server
from tests.support.compiled import FOLDER
from tests.support.pytest_server import Request

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "contracts",
    "terahash",
    "oracle",
    "scripts",
    "tests",
    "pyproject.toml",
    "ape-config.yaml",
)

T = TypeVar("T")

# A test that fails like this did not notice anything: it could not run.
_BROKEN = re.compile(r"vyper\.|(Import|ModuleNotFound|Name|Attribute|Type|Syntax)Error\b")


class Outcome(Enum):
    """What a run of pytest says."""

    PASSED = "passed"
    FAILED = "failed"  # a test's own body failed
    SKIPPED = "skipped"  # all of it, for what is not at hand here
    BROKEN = "broken"  # nothing collected, a fixture failed, or the code under test is no code
    TIMED_OUT = "timed out"


@dataclass(frozen=True)
class Run:
    """A run of pytest: its outcome, the first reason or the end of its output, and seconds."""

    outcome: Outcome
    detail: str
    seconds: float


class CompilationError(Exception):
    """The patched source is no Vyper."""


class PatchedTree:
    """A copy of the project in `home/main`, with `home/shared` where the tests look for data."""

    def __init__(self, home: Path) -> None:
        self.root = home / "main"
        self._home = home
        self._server: subprocess.Popen[str] | None = None
        self.root.mkdir(parents=True)
        for name in COPIED:
            if (source := ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", ".*")
                shutil.copytree(source, self.root / name, ignore=ignored)
            elif source.is_file():
                shutil.copy(source, self.root / name)
        if (shared := ROOT.parent / "shared").is_dir():
            (home / "shared").symlink_to(shared, target_is_directory=True)
        if FOLDER.is_dir():  # what is not patched need not be compiled
            shutil.copytree(FOLDER, home / FOLDER.name)

    @contextmanager
    def patched(self, file: str, text: str) -> Iterator[None]:
        """Replace a contract's text, and restore it on leaving; Python is read but once."""
        path = self.root / file
        original = path.read_bytes()
        path.write_text(text)
        try:
            yield
        finally:
            path.write_bytes(original)

    def compiled(self, file: str) -> str:
        """Return a contract's creation code, without the metadata that hash its source.

        Creation code holds the runtime code and the constructor, which only it shows.
        Raises CompilationError.
        """
        # Installed packages (snekmate) too, and this copy before everything.
        bundle = FilesystemInputBundle([*map(Path, reversed(sys.path)), self.root])
        try:
            output = compile_from_file_input(
                bundle.load_file(self.root / file),
                input_bundle=bundle,
                output_formats=["bytecode"],
                no_bytecode_metadata=True,
            )
        except Exception as error:  # the compiler raises Python's own on some nonsense
            raise CompilationError(f"{type(error).__name__}: {error}") from error
        return str(output["bytecode"])

    def test(self, tests: Sequence[str], seconds: float | None = None) -> Run:
        """Run tests up to the first failure; nothing of an earlier run is left to change this one.

        Caches and databases go to a throw-away home. Compiled contracts alone are kept, under the
        hashes of all their sources: a patch costs what it changes.
        """
        home, report, output = self._home / "home", self._home / "report.xml", self._home / "output"
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(self.root / ".hypothesis", ignore_errors=True)
        report.unlink(missing_ok=True)
        (home / ".cache").mkdir(parents=True)
        for name in ("titanoboa", FOLDER.name):
            (compiled := self._home / name).mkdir(exist_ok=True)
            (home / ".cache" / name).symlink_to(compiled, target_is_directory=True)
        # Loading ape's and titanoboa's, which no test asks for, would take longer than most tests.
        plugins = ["-p", "no:cacheprovider", "-p", "no:ape_test", "-p", "no:boa_test"]
        options = ["-x", "-q", "-n", "0", "--hypothesis-seed=0", *plugins]
        arguments = [*options, f"--junit-xml={report}", *tests]
        started = time.monotonic()
        status = self._ask(Request(arguments=arguments, output=output, seconds=seconds))
        if status is None:
            return Run(Outcome.TIMED_OUT, f"no end after {seconds:.0f} s", seconds or 0)
        outcome, detail = _read(status, report, output.read_text(errors="replace"))
        return Run(outcome, detail, time.monotonic() - started)

    def close(self) -> None:
        """End this copy's server, where one runs."""
        if self._server is not None:
            self._server.communicate()

    def _ask(self, request: Request) -> int | None:
        """Let this copy's server run pytest; return pytest's status, or nothing if it was slow."""
        if self._server is None:
            environment = {
                **os.environ,
                "HOME": str(self._home / "home"),
                "HYPOTHESIS_STORAGE_DIRECTORY": str(self._home / "home" / "hypothesis"),
                "PYTHONPATH": str(self.root),
                "PYTHONHASHSEED": "0",
            }
            self._server = subprocess.Popen(
                [sys.executable, "-m", pytest_server.__name__],
                cwd=self.root,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._server.stdin and self._server.stdout
        self._server.stdin.write(request.model_dump_json() + "\n")
        self._server.stdin.flush()
        return cast(int | None, json.loads(self._server.stdout.readline()))


@contextmanager
def pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Start processes that each work in a copy of their own, `copy()`; remove the copies after."""
    with TemporaryDirectory(prefix="terahash-") as folder:
        executor = ProcessPoolExecutor(processes, initializer=_make_copy, initargs=(folder,))
        try:
            yield executor
        finally:
            executor.shutdown(cancel_futures=True)


def copy() -> PatchedTree:
    """Return the copy of the process that this runs in."""
    return _copy


def progress(items: Iterable[T], description: str, total: int) -> Iterable[T]:
    """Pass items on, and show on standard error how many have come."""
    return track(items, description, total, console=Console(stderr=True))


def _make_copy(folder: str) -> None:
    global _copy
    _copy = PatchedTree(Path(folder) / str(os.getpid()))


def _read(status: int, report: Path, output: str) -> tuple[Outcome, str]:
    """Tell a test that failed from one that could not run; pytest's exit status is 1 for both."""
    if status == 0:
        cases = list(ElementTree.parse(report).iter("testcase"))
        skips = [skip for case in cases if (skip := case.find("skipped")) is not None]
        if len(skips) == len(cases):
            return Outcome.SKIPPED, skips[0].get("message", "").strip()
        return Outcome.PASSED, ""
    failure = ElementTree.parse(report).find(".//failure") if report.is_file() else None
    if status != 1 or failure is None:
        return Outcome.BROKEN, output[-3_000:].strip()
    reason = failure.get("message", "").strip()
    return Outcome.BROKEN if _BROKEN.match(reason) else Outcome.FAILED, reason


_copy: PatchedTree
