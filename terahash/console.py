"""What every command shares: errors on one line, exit codes, progress on anything slow.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any, Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from terahash.errors import TerahashError

INTERRUPTED = 130
PATIENCE = 2.0
"""Seconds before a progress bar appears."""


class Command(click.Command):
    """A command whose expected errors are one line, and which Ctrl-C stops with a message."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and turn what it raises into a message and an exit code."""
        try:
            return super().invoke(ctx)
        except TerahashError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            raise  # whoever read our output has seen enough; click ends quietly
        except OSError as error:
            what = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{what}{error.strerror or error}") from error
        except KeyboardInterrupt:
            click.echo("Interrupted: stopped before the end.", err=True)
            ctx.exit(INTERRUPTED)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type


def show(table: Table) -> None:
    """Print a table as it is: nothing in it is markup."""
    Console(highlight=False, markup=False, emoji=False).print(table)


def show_rows(rows: Mapping[str, str]) -> None:
    """Print facts, one to a line however long it is: addresses stay whole."""
    width = max(map(len, rows))
    for name, text in rows.items():
        click.echo(f"{name:{width}}  {text}")


class Advance(Protocol):
    """Move a progress bar forward by so many steps."""

    def __call__(self, steps: int = 1) -> None: ...


@contextmanager
def progress(what: str, total: int, patience: float = PATIENCE) -> Iterator[Advance]:
    """Show on stderr how far work has come, once it has taken long, if a person is watching.

    Args:
        what: is done, as in "Verifying headers".
        total: steps.
        patience: seconds before the bar appears.
    """
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(what, total=total)
    patient_until = monotonic() + patience

    def advance(steps: int = 1) -> None:
        bar.advance(task, steps)
        is_slow = monotonic() > patient_until
        if is_slow and bar.console.is_terminal and not bar.live.is_started:
            bar.start()

    try:
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()
