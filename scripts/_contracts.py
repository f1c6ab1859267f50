"""Where the contracts are, and which of them are deployed."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = ROOT / "contracts"


def sources(folder: Path) -> list[Path]:
    """List contracts and modules, without test doubles."""
    return [path for path in sorted(folder.rglob("*.vy")) if "mocks" not in path.parts]


def is_deployed(path: Path) -> bool:
    """Say whether a file is a contract, not a module: by its case."""
    return path.stem[0].isupper()
