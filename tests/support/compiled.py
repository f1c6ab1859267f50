"""The project's contracts, compiled, and kept for the next process.

titanoboa keeps what it has compiled, too, but reads and analyses all sources again before it uses
that: with every contract this takes a process ten seconds. Here a contract is known by the text of
its sources and the versions of the compiler and of snekmate, and the compiler alone is loaded.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from terahash.codec import Contract

FOLDER = Path.home() / ".cache" / "terahash-contracts"
_IMPORT = re.compile(
    r"from (?:(?P<dots>\.+)(?P<where>\w*)|(?:snekmate|ethereum)\.\S+)"
    r" import (?P<name>\w+)(?: as \w+)?"
)
_VERSIONS = "".join(version(name) for name in ("vyper", "snekmate"))


def compile_contract(path: Path) -> Contract:
    """Compile a contract, or read what it compiled to before."""
    kept = FOLDER / f"{_fingerprint(path)}.json"
    if kept.is_file():
        found = json.loads(kept.read_text())
        return Contract(found["abi"], bytes.fromhex(found["creation"]))
    # On a thread, whose stack is empty: where it is deep, each call of the compiler's recursion may
    # cross from one piece of the stack to the next, which takes a quarter longer.
    with ThreadPoolExecutor(1) as thread:
        compiled = thread.submit(_compiled, path).result()
    FOLDER.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps({"abi": compiled.abi, "creation": compiled.creation.hex()}))
    unfinished.replace(kept)
    return compiled


def _compiled(path: Path) -> Contract:
    # Imported here, since what is kept needs no compiler.
    from vyper.compiler.input_bundle import FilesystemInputBundle
    from vyper.compiler.output import build_abi_output
    from vyper.compiler.phases import CompilerData

    bundle = FilesystemInputBundle([Path(folder) for folder in reversed(sys.path)])
    with _no_garbage_collection():
        output = CompilerData(bundle.load_file(path), bundle)
        return Contract(build_abi_output(output), output.bytecode)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Look for no cycles: the compiler's trees are alive to the end, and cost a quarter more."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _fingerprint(path: Path) -> str:
    digest = sha256(_VERSIONS.encode())
    for source in sorted(sources(path)):
        text = source.read_bytes()
        digest.update(f"{source.relative_to(path.parents[1])} {len(text)}\n".encode() + text)
    return digest.hexdigest()


def sources(path: Path) -> set[Path]:
    """Find all sources of this project that a contract is made of."""
    found, left = set[Path](), [path]
    while left:
        source = left.pop()
        if source not in found:
            found.add(source)
            left += _imported(source)
    return found


def _imported(source: Path) -> Iterator[Path]:
    """Find what a source imports from this project; what it takes from elsewhere has a version."""
    for line in source.read_text().splitlines():
        if not line.startswith(("from ", "import ")):
            continue
        match = _IMPORT.fullmatch(line)
        if match is None:
            raise ValueError(f"{source}: {line!r} is no import whose text is known")
        if match["dots"]:
            folder = source.parent.joinpath(*[".."] * (len(match["dots"]) - 1), match["where"])
            (one,) = (
                file
                for suffix in (".vy", ".vyi")
                if (file := (folder / f"{match['name']}{suffix}").resolve()).is_file()
            )
            yield one
