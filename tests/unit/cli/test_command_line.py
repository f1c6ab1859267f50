"""What all commands share: version, interruption, errors, the progress bar."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from terahash import __version__
from terahash.cli import main
from terahash.console import Command, progress
from terahash.errors import TerahashError

ROOT = Path(__file__).resolve().parents[3]
RUNNER = CliRunner(mix_stderr=False)


def raising(error: BaseException) -> click.Command:
    def callback() -> None:
        raise error

    return Command("raising", callback=callback)


def test_version__printed__that_of_the_package() -> None:
    assert RUNNER.invoke(main, ["--version"]).stdout == f"terahash, version {__version__}\n"


def test_python_m_terahash__version__same_command_line() -> None:
    command = [sys.executable, "-m", "terahash", "--version"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == f"terahash, version {__version__}\n"


def test_command__expected_error__one_line_and_1() -> None:
    result = RUNNER.invoke(raising(TerahashError("the cause: what to do")))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: the cause: what to do\n"


def test_command__file_that_cannot_be_written__one_line_and_1() -> None:
    result = RUNNER.invoke(raising(PermissionError(13, "Permission denied", "/out")))
    assert (result.exit_code, result.stderr) == (1, "Error: /out: Permission denied\n")


def test_command__ctrl_c__says_so_and_130() -> None:
    result = RUNNER.invoke(raising(KeyboardInterrupt()))
    assert (result.exit_code, result.stderr) == (130, "Interrupted: stopped before the end.\n")


def test_command__bug__not_hidden() -> None:
    result = RUNNER.invoke(raising(ZeroDivisionError()))
    assert isinstance(result.exception, ZeroDivisionError)


def test_headers_verify__ctrl_c_while_verifying__130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("terahash.bitcoin.archive.extend", interrupt)
    result = RUNNER.invoke(main, ["index", "epochs"])
    assert (result.exit_code, result.stdout) == (130, "")


@pytest.mark.parametrize("patience, is_shown", [(0, True), (3600, False)])
def test_progress__patience__shown_on_stderr_only_after_it(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    patience: float,
    is_shown: bool,
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with progress("Verifying headers", 2, patience) as advance:
        advance()
        advance()
    shown = capsys.readouterr()
    assert ("Verifying headers" in shown.err) is is_shown
    assert shown.out == ""
