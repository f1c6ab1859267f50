"""Why a contract refused, in words that say what to do: every contract's reasons, joined."""

from __future__ import annotations

from terahash.chain import ChainError
from terahash.feeds import reverts as feeds
from terahash.hashrate import reverts as hashrate
from terahash.lending import reverts as lending
from terahash.swaps import reverts as swaps

_SHARED = {
    "ownable: caller is not the owner": "Only the owner may do this, who of an issuance is its "
    "issuer: use the owner's key.",
}
REASONS = {
    **_SHARED,
    **hashrate.REASONS,
    **feeds.REASONS,
    **swaps.REASONS,
    **lending.REASONS,
}
"""Reason, as the contracts give it, to sentence."""


def explained(error: ChainError) -> str:
    """Say in words why a chain refused; its own message where the reason is none of ours."""
    sentence = REASONS.get(error.reason)
    return f"{sentence} ({error.reason})" if sentence else str(error)
