"""The project's contracts, compiled, and kept for the next process.

titanoboa keeps what it has compiled, too, but reads and analyses all sources again before it uses
that: with every contract this takes a process ten seconds. Here a contract is known by the text of
its sources and the versions of the compiler and of snekmate.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from terahash.codec import Contract

FOLDER = Path.home() / ".cache" / "terahash-contracts"
_IMPORT = re.compile(
    r"from (?:(?P<dots>\.+)(?P<where>\w*)|(?:snekmate|ethereum)\.\S+)"
    r" import (?P<name>\w+)(?: as \w+)?"
)
_VERSIONS = "".join(version(name) for name in ("vyper", "titanoboa", "snekmate"))


def compile_contract(path: Path) -> Contract:
    """Compile a contract, or read what it compiled to before."""
    kept = FOLDER / f"{_fingerprint(path)}.json"
    if kept.is_file():
        found = json.loads(kept.read_text())
        return Contract(found["abi"], bytes.fromhex(found["creation"]))
    compiled = _compiled(path)
    FOLDER.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps({"abi": compiled.abi, "creation": compiled.creation.hex()}))
    unfinished.replace(kept)
    return compiled


def _compiled(path: Path) -> Contract:
    # Two seconds to import, which is done where it is needed alone.
    import boa
    from vyper.compiler.output import build_abi_output

    output = boa.load_partial(str(path)).compiler_data
    return Contract(build_abi_output(output), output.bytecode)


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
