"""What a node calls chain parameters: the few numbers that tell one network from another."""

from __future__ import annotations

from dataclasses import dataclass

from terahash.units import SATS_PER_BTC, Sats

HALVING_BLOCKS = 210_000
_FIRST_SUBSIDY = 50 * SATS_PER_BTC


@dataclass(frozen=True)
class Network:
    """A network's rules, where they differ from one network to another.

    Attributes:
        name: what people call it.
        limit: the highest target, as consensus clamps retargets to it.
        versions: (height, lowest header version from there on), highest first.
    """

    name: str
    limit: int
    versions: tuple[tuple[int, int], ...] = ((0, 4),)

    def lowest_version(self, height: int) -> int:
        """Say which header version the soft forks active at this height demand at least."""
        return next((version for start, version in self.versions if height >= start), -(1 << 31))


MAINNET = Network(
    name="mainnet",
    limit=(1 << 224) - 1,
    # BIP 65, 66 and 34, at the heights where nodes have buried them.
    versions=((388_381, 4), (363_725, 3), (227_931, 2)),
)


def subsidy(height: int) -> Sats:
    """Say how many new satoshi the block at this height may create."""
    halvings = height // HALVING_BLOCKS
    return Sats(_FIRST_SUBSIDY >> halvings if halvings < 64 else 0)
