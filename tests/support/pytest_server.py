"""Run pytest many times, each in a process that begins with everything imported.

Reads a request a line from standard input, and answers each with a line: pytest's exit status, or
null if it did not end in time. A child imports the tests themselves, and reads all contracts: of
this project only what `tests.support` imports may not change while a server runs.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

import pytest
from pydantic import BaseModel

import tests.support


class Request(BaseModel):
    """What to run: pytest's arguments, where its output goes, and how long it may take."""

    arguments: list[str]
    output: Path
    seconds: float | None


def main() -> None:
    """Answer requests until there are no more."""
    for path in Path(tests.support.__file__).parent.glob("[a-z]*.py"):
        import_module(f"tests.support.{path.stem}")
    for line in sys.stdin:
        status = _answer(Request.model_validate_json(line))
        print("null" if status is None else status, flush=True)


def _answer(request: Request) -> int | None:
    child = get_context("fork").Process(target=_run, args=(request,))
    child.start()
    child.join(request.seconds)
    if child.exitcode is None:
        child.kill()
        child.join()
        return None
    return child.exitcode


def _run(request: Request) -> None:
    with request.output.open("wb") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    sys.exit(pytest.main(request.arguments))


if __name__ == "__main__":
    main()
