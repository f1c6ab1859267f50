"""Mutate the contracts that `tests/mutants.toml` names, and see their own tests fail.

Mutants come from the compiler's own syntax tree: operators, constants, conditions and whole
statements of function bodies and constants, never a type, a comment or a reason string. What does
not compile, or compiles to code that was seen before, is dropped. Of the rest a sample is tested.
Run `python -m tests.mutants [CONTRACT ...] [--sample N] [--seed S]`.
"""

import re
import sys
import time
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext, suppress
from itertools import accumulate, pairwise, repeat
from pathlib import Path
from random import Random
from typing import NamedTuple

import click
import vyper.ast as vy
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from vyper.ast.parse import parse_to_ast

from tests.support.patched_tree import ROOT, CompilationError, Outcome, Run, copy, pool, progress

CONFIG = ROOT / "tests" / "mutants.toml"
REQUIRED = 0.9  # of the mutants that are not listed as survivors

OPERATORS = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "not in": ("in",),
    "in": ("not in",),
    "and": ("or",),
    "or": ("and",),
    "+": ("-",),
    "-": ("+",),
    "*": ("//",),
    "//": ("*",),
    "%": ("//",),
    "**": ("*",),
    "&": ("|",),
    "|": ("&",),
    "^": ("|",),
    "<<": (">>",),
    ">>": ("<<",),
}
_OPERATOR = re.compile("|".join(re.escape(o) for o in sorted(OPERATORS, key=len, reverse=True)))
CALLS = {
    "min": "max",
    "max": "min",
    "unsafe_add": "unsafe_sub",
    "unsafe_sub": "unsafe_add",
    "unsafe_mul": "unsafe_div",
    "unsafe_div": "unsafe_mul",
}
DELETED = (vy.Assign, vy.AugAssign, vy.Assert, vy.Log, vy.Expr, vy.Raise, vy.Break, vy.Continue)


class Survivor(BaseModel):
    """A mutant that no test can or need kill, as the report prints it, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: str  # the original, without its indentation
    mutant: str
    reason: str = Field(min_length=1)


class Target(BaseModel):
    """A contract or module, and its own tests."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    deployed: str = ""  # for a module: a contract that uses it, whose code is compared
    tests: tuple[str, ...] = Field(min_length=1)
    survivors: tuple[Survivor, ...] = ()

    @property
    def compiled(self) -> str:
        return self.deployed or self.file


class Config(BaseModel):
    """What `mutants.toml` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contract: list[Target]


class Edit(NamedTuple):
    """Text to put in place of part of the source."""

    start: int
    end: int
    text: str


class Mutant(NamedTuple):
    """A changed source, and its changed lines before and after, with single spaces."""

    number: int  # of the first changed line
    line: str
    mutant: str
    source: str


class Report(NamedTuple):
    """What became of a contract's mutants."""

    target: Target
    generated: int
    tested: int
    timed_out: int
    killed: list[Mutant]
    unlisted: list[Mutant]
    listed: list[Mutant]
    seconds: float

    @property
    def enough(self) -> bool:
        return len(self.killed) >= REQUIRED * (len(self.killed) + len(self.unlisted))


@click.command()
@click.argument("contracts", nargs=-1, metavar="[CONTRACT]...")
@click.option("--sample", default=100, show_default=True, type=click.IntRange(1), help="Mutants.")
@click.option("--seed", default=1, show_default=True, help="Of the sample.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Processes.")
def main(contracts: Sequence[str], sample: int, seed: int, jobs: int) -> None:
    """Test a sample of each CONTRACT's mutants (all contracts of tests/mutants.toml by default)."""
    targets = select(read(CONFIG), contracts)
    with pool(jobs) as processes:
        reports = [examine(processes, target, sample, seed) for target in targets]
    for report in reports:
        _print_survivors(report)
    Console(width=None if sys.stdout.isatty() else 120).print(_table(reports))
    for report in reports:
        if not report.enough:
            print(f"{report.target.file}: under {REQUIRED:.0%} of the unlisted mutants are killed")
    killed = sum(len(report.killed) for report in reports)
    print(f"{killed} passed, {sum(len(report.unlisted) for report in reports)} failed")
    sys.exit(not all(report.enough for report in reports))


def read(path: Path) -> Config:
    """Read the list of contracts; raise a click error that says where it is wrong."""
    try:
        return Config.model_validate(tomllib.loads(path.read_text()))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise click.ClickException(f"{path}: {error}") from error


def select(config: Config, contracts: Sequence[str]) -> list[Target]:
    """Find contracts by path or by name; all of them when none is named."""
    names = {name: t for t in config.contract for name in (t.file, Path(t.file).stem)}
    if unknown := [name for name in contracts if name not in names]:
        raise click.ClickException(f"no contract {', '.join(unknown)} in {CONFIG}")
    return [names[name] for name in contracts] if contracts else config.contract


def examine(processes: Executor, target: Target, sample: int, seed: int) -> Report:
    """Sample a contract's mutants and run its tests on each, up to the first failure."""
    started = time.monotonic()
    every = list(mutants((ROOT / target.file).read_text()))
    survivors = {(s.line, s.mutant) for s in target.survivors}
    if stale := survivors - {(m.line, m.mutant) for m in every}:
        lines = "".join(f"\n  {line}  ->  {mutant}" for line, mutant in sorted(stale))
        raise click.ClickException(f"{CONFIG}: {target.file} has no such mutants any more:{lines}")
    sound = processes.submit(_run, target, None, None).result()
    if sound.outcome is not Outcome.PASSED:
        why = f"its own tests, on the sound tree: {sound.outcome.value}\n{sound.detail}"
        raise click.ClickException(f"{target.file}: {why}")

    name = Path(target.file).name
    distinct = _distinct(processes, target, Random(seed).sample(every, len(every)), sample)
    chosen = list(progress(distinct, f"{name}: compiling mutants", min(sample, len(every))))
    limit = 30 + 4 * sound.seconds
    runs = processes.map(_run, repeat(target), [m.source for m in chosen], repeat(limit))
    outcomes = [r.outcome for r in progress(runs, f"{name}: testing mutants", len(chosen))]

    alive = [m for m, o in zip(chosen, outcomes, strict=True) if o is Outcome.PASSED]
    return Report(
        target=target,
        generated=len(every),
        tested=len(chosen),
        timed_out=outcomes.count(Outcome.TIMED_OUT),
        killed=[m for m in chosen if m not in alive],
        unlisted=[m for m in alive if (m.line, m.mutant) not in survivors],
        listed=[m for m in alive if (m.line, m.mutant) in survivors],
        seconds=time.monotonic() - started,
    )


def mutants(source: str) -> Iterator[Mutant]:
    """Generate the mutants of a source, from its first line to its last."""
    starts = _line_starts(source)
    for edit in sorted(set(edits(source))):
        first = bisect_right(starts, edit.start) - 1
        begin, finish = starts[first], source.find("\n", edit.end)
        before, after = source[begin : edit.start], source[edit.end : finish]
        yield Mutant(
            number=first + 1,
            line=" ".join(source[begin:finish].split()),
            mutant=" ".join(f"{before}{edit.text}{after}".split()),
            source=source[: edit.start] + edit.text + source[edit.end :],
        )


def edits(source: str) -> Iterator[Edit]:
    """Generate what may be changed in function bodies and in the values of constants."""
    starts = _line_starts(source)

    def span(node: vy.VyperNode) -> tuple[int, int]:
        begin, finish = starts[node.lineno - 1], starts[node.end_lineno - 1]
        return begin + node.col_offset, finish + node.end_col_offset

    def text(node: vy.VyperNode) -> str:
        return source[slice(*span(node))]

    for node in _nodes(parse_to_ast(source)):
        for left, right in _operands(node):
            # Nothing but the operator, brackets and space lies between the two.
            if operator := _OPERATOR.search(source, span(left)[1], span(right)[0]):
                for other in OPERATORS[operator[0]]:
                    yield Edit(*operator.span(), other)
        for other in _replacements(node, text):
            yield Edit(*span(node), other)


def _nodes(module: vy.Module) -> Iterator[vy.VyperNode]:
    """Walk the statements of functions and the values of constants; leave out types."""
    left: list[vy.VyperNode] = []
    for part in module.body:
        if isinstance(part, vy.FunctionDef):
            left += part.body
        elif isinstance(part, vy.VariableDecl) and part.value is not None:
            left.append(part.value)
    while left:
        node = left.pop()
        yield node
        annotation = getattr(node, "annotation", None)
        left += [child for child in node.get_children() if child is not annotation]


def _operands(node: vy.VyperNode) -> Iterator[tuple[vy.VyperNode, vy.VyperNode]]:
    """Generate the pairs of nodes that have an operator between them."""
    match node:
        case vy.BinOp() | vy.Compare():
            yield node.left, node.right
        case vy.AugAssign():
            yield node.target, node.value
        case vy.BoolOp():
            yield from pairwise(node.values)


def _replacements(node: vy.VyperNode, text: Callable[[vy.VyperNode], str]) -> Iterator[str]:
    """Generate what may stand in place of a node as a whole."""
    match node:
        case vy.Int():
            yield str(node.value + 1)
            if node.value > 0:
                yield str(node.value - 1)
        case vy.NameConstant(value=bool()):
            yield str(not node.value)
        case vy.Name(id=name) if name in CALLS:
            yield CALLS[name]
        case vy.UnaryOp():  # without its `not`, `-` or `~`
            yield f"({text(node.operand)})"
        case vy.BinOp(op=vy.BitAnd()):  # without its mask
            yield f"({text(node.left)})"
    if isinstance(node, DELETED):
        yield "pass"
    if _decides(node) and not isinstance(node, vy.Compare):  # whose operator is turned anyway
        yield f"not ({text(node)})"


def _decides(node: vy.VyperNode) -> bool:
    """Say whether a node is the condition of an `if`."""
    parent = node.get_ancestor()
    return isinstance(parent, vy.If | vy.IfExp) and node is parent.test


def _line_starts(source: str) -> list[int]:
    return [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]


def _distinct(
    processes: Executor, target: Target, candidates: Sequence[Mutant], sample: int
) -> Iterator[Mutant]:
    """Pass on the mutants that compile, and to code that neither the original nor another has."""
    seen = {processes.submit(_code, target, None).result(), ""}
    codes = [processes.submit(_code, target, mutant.source) for mutant in candidates]
    for mutant, code in zip(candidates, codes, strict=True):
        if code.result() not in seen:
            seen.add(code.result())
            yield mutant
            if (sample := sample - 1) == 0:
                break
    for code in codes:
        code.cancel()


def _code(target: Target, source: str | None) -> str:
    """Compile in this process's copy; nothing if that is not possible."""
    tree = copy()
    if source is None:
        return tree.compiled(target.compiled)
    with tree.patched(target.file, source), suppress(CompilationError):
        return tree.compiled(target.compiled)
    return ""


def _run(target: Target, source: str | None, seconds: float | None) -> Run:
    """Run the contract's tests in this process's copy."""
    tree = copy()
    with tree.patched(target.file, source) if source else nullcontext():
        return tree.test(target.tests, seconds)


def _print_survivors(report: Report) -> None:
    """Print what survived in the words that `mutants.toml` would list it in."""
    listed = {(s.line, s.mutant) for s in report.target.survivors}
    for mutant in report.unlisted:
        print(f"# {report.target.file}:{mutant.number} survived")
        print(f"line = '{mutant.line}'\nmutant = '{mutant.mutant}'\n")
    for mutant in report.killed:
        if (mutant.line, mutant.mutant) in listed:
            print(f"# {report.target.file}:{mutant.number} is listed as a survivor but was killed")
            print(f"line = '{mutant.line}'\nmutant = '{mutant.mutant}'\n")


def _table(reports: Sequence[Report]) -> Table:
    table = Table("contract", title="Mutants")
    for column in ("generated", "tested", "killed", "timed out", "survived", "listed", "seconds"):
        table.add_column(column, justify="right")
    for r in reports:
        counts = (r.generated, r.tested, len(r.killed), r.timed_out, len(r.unlisted), len(r.listed))
        table.add_row(escape(r.target.file), *map(str, counts), f"{r.seconds:.0f}")
    return table


if __name__ == "__main__":
    main()
