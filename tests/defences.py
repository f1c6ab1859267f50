"""Remove every defence that `tests/attacks/defences.toml` names, and see its test fail.

A test that passes on the sound contract proves little: here the contract is broken in the way that
each trap describes, and the test must notice. Run `python -m tests.defences [--only ID]`.
"""

import sys
import tomllib
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated

import click
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.support.patched_tree import ROOT, Outcome, Run, copy, pool, progress

ATTACKS = ROOT / "tests" / "attacks"
CONFIG = ATTACKS / "defences.toml"
LIMIT = 600.0  # seconds for one test without its defence

NOTICED = "noticed"
UNNOTICED = "UNNOTICED"
BROKEN = "BROKEN ENTRY"
LEFT_OUT = "left out"
"""Its test skips here, as it needs what is not at hand: nothing is known of the defence."""
_OUTCOMES = {Outcome.PASSED: UNNOTICED, Outcome.SKIPPED: LEFT_OUT}


def _unique_ids(defences: "list[Defence]") -> "list[Defence]":
    ids = [defence.id for defence in defences]
    if twice := {each for each in ids if ids.count(each) > 1}:
        raise ValueError(f"ids that occur twice: {', '.join(sorted(twice))}")
    return defences


class Defence(BaseModel):
    """A trap, the patch that removes what guards against it, and the tests that must then fail."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    trap: str  # in the words of TRAPS.md
    file: str = Field(pattern=r"^contracts/")
    find: str = Field(min_length=1)  # exact, and only once in the file
    replace: str
    test: Annotated[  # node ids, each of which must fail
        tuple[str, ...],
        Field(min_length=1),
        BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    ]


class Exempt(BaseModel):
    """A file under `tests/attacks` whose tests guard nothing that a patch could remove."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    reason: str


class Config(BaseModel):
    """What `defences.toml` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    defence: Annotated[list[Defence], AfterValidator(_unique_ids)] = []
    exempt: list[Exempt] = []


class Verdict(BaseModel):
    """What removing one defence led to."""

    defence: Defence
    outcome: str
    detail: str = ""
    seconds: float = 0.0


@click.command()
@click.option("--only", multiple=True, metavar="ID", help="Remove only this one; may be repeated.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Processes.")
def main(only: Sequence[str], jobs: int) -> None:
    """Remove each defence of tests/attacks/defences.toml in a copy, and see its test fail."""
    config = read(CONFIG)
    defences = [defence for defence in config.defence if not only or defence.id in only]
    if unknown := set(only) - {defence.id for defence in defences}:
        raise click.ClickException(f"no defence called {', '.join(sorted(unknown))} in {CONFIG}")
    if not defences:
        raise click.ClickException(f"{CONFIG} names no defence")
    gaps = [] if only else unguarded(config)

    with pool(jobs) as processes:
        tests = sorted(set(chain.from_iterable(defence.test for defence in defences)))
        click.echo(f"Running {len(tests)} tests on the sound tree.", err=True)
        size = -(-len(tests) // jobs)
        parts = [tests[start : start + size] for start in range(0, len(tests), size)]
        for sound in processes.map(_run, parts):
            if sound.outcome is not Outcome.PASSED:
                why = f"{sound.outcome.value}\n{sound.detail}"
                raise click.ClickException(f"on the sound tree: {why}")
        results = processes.map(remove, defences)
        verdicts = list(progress(results, "Removing defences", len(defences)))

    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(_table(verdicts))
    left_out = [verdict for verdict in verdicts if verdict.outcome == LEFT_OUT]
    noticed = [verdict for verdict in verdicts if verdict.outcome == NOTICED]
    wrong = [verdict for verdict in verdicts if verdict not in (*left_out, *noticed)]
    for verdict in (*wrong, *left_out):
        console.print(f"\n[bold]{verdict.outcome}: {escape(verdict.defence.id)}[/]")
        console.print(verdict.detail, markup=False, highlight=False)
    for gap in gaps:
        console.print(gap, markup=False, highlight=False)
    failed = len(wrong) + len(gaps)
    print(f"{len(noticed)} passed, {failed} failed, {len(left_out)} left out")
    sys.exit(failed > 0)


def read(path: Path) -> Config:
    """Read the list of defences; raise a click error that says where it is wrong."""
    try:
        return Config.model_validate(tomllib.loads(path.read_text()))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise click.ClickException(f"{path}: {error}") from error


def unguarded(config: Config) -> list[str]:
    """List test files of attacks without an entry, and exemptions of files that do not need one."""
    files = {str(path.relative_to(ROOT)) for path in ATTACKS.rglob("test_*.py")}
    exempt = {exempt.file for exempt in config.exempt}
    guarded = {test.partition("::")[0] for defence in config.defence for test in defence.test}
    return [
        *(f"{file}: no entry in {CONFIG.name}" for file in sorted(files - guarded - exempt)),
        *(f"{file}: exempt, but it is no file" for file in sorted(exempt - files)),
        *(f"{file}: exempt, but it has an entry" for file in sorted(exempt & guarded)),
    ]


def remove(defence: Defence) -> Verdict:
    """Apply one patch in this process's copy, and run the tests that must notice it."""
    tree = copy()
    path = tree.root / defence.file
    if not path.is_file():
        return Verdict(defence=defence, outcome=BROKEN, detail=f"no file {defence.file}")
    sound = path.read_text()
    if (count := sound.count(defence.find)) != 1:
        detail = f"the text to find occurs {count} times in {defence.file}, not once"
        return Verdict(defence=defence, outcome=BROKEN, detail=detail)
    broken = sound.replace(defence.find, defence.replace)
    if broken == sound:
        return Verdict(defence=defence, outcome=BROKEN, detail="the patch changes nothing")

    seconds = 0.0
    with tree.patched(defence.file, broken):
        for test in defence.test:
            run = tree.test([test], LIMIT)
            seconds += run.seconds
            if run.outcome is not Outcome.FAILED:
                outcome = _OUTCOMES.get(run.outcome, BROKEN)
                detail = f"{test}, without the defence: {run.outcome.value}\n{run.detail}".strip()
                return Verdict(defence=defence, outcome=outcome, detail=detail, seconds=seconds)
    return Verdict(defence=defence, outcome=NOTICED, seconds=seconds)


def _run(tests: Sequence[str]) -> Run:
    return copy().test(tests)


def _table(verdicts: Sequence[Verdict]) -> Table:
    table = Table("id", "trap", "without it", title="Defences removed")
    table.add_column("seconds", justify="right")
    for verdict in verdicts:
        colour = {NOTICED: "green", LEFT_OUT: "yellow"}.get(verdict.outcome, "red")
        table.add_row(
            escape(verdict.defence.id),
            escape(verdict.defence.trap),
            f"[{colour}]{verdict.outcome}[/]",
            f"{verdict.seconds:.1f}",
        )
    return table


if __name__ == "__main__":
    main()
