"""Write the ABIs that ship with the library, from the contracts' sources."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from scripts._contracts import CONTRACTS, is_deployed, sources
from terahash.codec import ABI_FOLDER
from terahash.console import Command


def abi_of(path: Path) -> str:
    """Compile a contract and write its ABI: one entry a line, so that a change shows as one."""
    from vyper.compiler import compile_from_file_input
    from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle

    bundle = FilesystemInputBundle([*map(Path, reversed(sys.path)), path.parents[1]])
    source = bundle.load_file(path)
    assert isinstance(source, FileInput)
    abi = compile_from_file_input(source, input_bundle=bundle, output_formats=["abi"])["abi"]
    return "[\n" + ",\n".join(json.dumps(entry) for entry in abi) + "\n]\n"


@click.command(cls=Command)
def cli() -> None:
    """Write the ABI of every deployed contract to terahash/abi."""
    ABI_FOLDER.mkdir(exist_ok=True)
    for path in filter(is_deployed, sources(CONTRACTS)):
        (ABI_FOLDER / f"{path.stem}.json").write_text(abi_of(path))
        click.echo(f"Wrote {path.stem}.json")


if __name__ == "__main__":
    cli()
