"""Check what the compiler lets pass in the contracts: warnings, sizes, and the rules of the house.

`PascalCase.vy` is deployed and compiled here; `snake_case.vy` is a module, compiled with whoever
uses it. Test doubles under `mocks/` are not looked at.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table

from scripts._contracts import CONTRACTS, ROOT, is_deployed, sources
from terahash.console import Command, progress
from terahash.deployment import PLAN

RUNTIME_LIMIT = 24_576  # bytes, EIP-170
CREATION_LIMIT = 49_152  # bytes, EIP-3860, constructor arguments included
BLUEPRINT_LIMIT = RUNTIME_LIMIT - 3  # of creation code that others deploy: ERC-5202
BLUEPRINTS = {step.contract for step in PLAN if step.arguments is None}
CONTRACT_LINES, MODULE_LINES = 550, 250
REASON_BYTES = 32
PRAGMAS = ("# pragma version 0.4.3", "# pragma optimize gas")
NONREENTRANT = "# pragma nonreentrancy on"


class Size(NamedTuple):
    """Bytes of a contract's code: as deployed, immutables included, and as it creates itself."""

    contract: str
    runtime: int
    creation: int
    is_blueprint: bool = False

    @property
    def creation_limit(self) -> int:
        """Bytes that the creation code may have: less where the chain keeps it."""
        return BLUEPRINT_LIMIT if self.is_blueprint else CREATION_LIMIT

    def problems(self) -> list[str]:
        """Say which limits the code exceeds."""
        return [
            f"{self.contract}: {kind} code of {size:,} bytes, above {limit:,}: split its promises"
            for kind, size, limit in (
                ("runtime", self.runtime, RUNTIME_LIMIT),
                ("creation", self.creation, self.creation_limit),
            )
            if size > limit
        ]


def compile_sizes(path: Path, folder: Path) -> Size:
    """Compile a contract, warnings being errors, and measure its code.

    Raises:
        VyperException: what the compiler says.
        VyperWarning: likewise.
    """
    from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle
    from vyper.compiler.phases import CompilerData
    from vyper.compiler.settings import Settings
    from vyper.warnings import warnings_filter

    bundle = FilesystemInputBundle([*map(Path, reversed(sys.path)), folder])
    source = bundle.load_file(path)
    assert isinstance(source, FileInput)
    with warnings_filter("error"):
        code = CompilerData(source, bundle, Settings(evm_version="prague"))
        runtime = len(code.bytecode_runtime) + code.global_ctx.immutable_section_bytes
        return Size(path.stem, runtime, len(code.bytecode), path.stem in BLUEPRINTS)


def prefixes(path: Path) -> set[str]:
    """Say how a file's reasons may begin.

    A contract's with the last word of its name (`BitcoinRelay`: relay); a module's with its own
    name, or like those of a contract beside it.
    """
    if is_deployed(path):
        return {re.findall(r"[A-Z]+[a-z0-9]*", path.stem)[-1].lower()}
    beside = (prefixes(other) for other in path.parent.glob("*.vy") if is_deployed(other))
    return {path.stem}.union(*beside)


def problems(path: Path, source: str) -> Iterator[str]:
    """Say where a contract or module breaks a rule of the house; lines count from one."""
    lines = source.splitlines()
    limit = CONTRACT_LINES if is_deployed(path) else MODULE_LINES
    if len(lines) > limit:
        yield f"{len(lines)} lines, above {limit}"

    from vyper import ast

    module = ast.parse_to_ast(source)
    functions = module.get_children(ast.FunctionDef)
    decorators = {d.id for f in functions for d in f.decorator_list if isinstance(d, ast.Name)}
    locked = is_deployed(path) or "external" in decorators
    yield from (
        f"no line {pragma!r}"
        for pragma in (*PRAGMAS, *([NONREENTRANT] if locked else []))
        if pragma not in lines
    )

    allowed = prefixes(path)
    checks = module.get_descendants((ast.Assert, ast.Raise))
    for check in sorted(checks, key=lambda check: check.lineno):
        reason = check.msg if isinstance(check, ast.Assert) else check.exc
        if isinstance(reason, ast.Name) and reason.id in ("reason", "_reason"):
            continue  # of several, which are returned or handed over
        if complaint := _complaint(getattr(reason, "value", None), allowed):
            yield f"line {check.lineno}: {complaint}"
    given = module.get_descendants((ast.Return, ast.Call))
    for text in {t.lineno: t for node in given for t in node.get_descendants(ast.Str)}.values():
        if ": " in text.value and (complaint := _complaint(text.value, allowed)):
            yield f"line {text.lineno}: {complaint}"


def _complaint(reason: object, allowed: set[str]) -> str | None:
    """Say what is wrong with a check's reason, if anything is."""
    if not isinstance(reason, str):
        return "a check without a reason"
    prefix, _, cause = reason.partition(": ")
    if prefix not in allowed:
        return f'"{reason}" does not begin with "{" or ".join(sorted(allowed))}: "'
    if not cause or cause != cause.lower().strip():
        return f'"{reason}" does not give its cause in lower case'
    if (size := len(reason.encode())) > REASON_BYTES:
        return f'"{reason}" has {size} bytes, above {REASON_BYTES}'
    return None


def table(sizes: list[Size]) -> Table:
    """Lay the sizes out beside their limits."""
    table = Table(title="Code of the contracts, in bytes")
    table.add_column("contract")
    for heading in ("runtime", f"room of {RUNTIME_LIMIT:,}"):
        table.add_column(heading, justify="right")
    for heading in ("creation", "room", "of"):
        table.add_column(heading, justify="right")
    for size in sizes:
        table.add_row(
            size.contract,
            f"{size.runtime:,}",
            f"{RUNTIME_LIMIT - size.runtime:,}",
            f"{size.creation:,}",
            f"{size.creation_limit - size.creation:,}",
            f"{size.creation_limit:,}",
        )
    return table


@click.command(cls=Command)
def cli() -> None:
    """Compile every contract, warnings being errors, and check sizes and the rules of the house."""
    from vyper.exceptions import VyperException
    from vyper.warnings import VyperWarning

    files = sources(CONTRACTS)
    sizes: list[Size] = []
    found: list[str] = []
    with progress("Checking contracts", len(files)) as advance:
        for path in files:
            name = path.relative_to(ROOT)
            try:
                found += [f"{name}: {problem}" for problem in problems(path, path.read_text())]
                if is_deployed(path):
                    sizes.append(compile_sizes(path, ROOT))
            except (VyperException, VyperWarning) as error:
                found.append(f"{name}: {error}")
            advance()
    found += [problem for size in sizes for problem in size.problems()]
    Console(highlight=False).print(table(sizes))
    for problem in found:
        print(problem)
    print(f"{len(files)} files, {len(found)} problems")
    sys.exit(bool(found))


if __name__ == "__main__":
    cli()
