"""CoveredValue.__init__: one token for ever."""

from __future__ import annotations

from tests.support.valuing import COVERED, Valued


def test_constructor__token__is_shown(valued: Valued) -> None:
    assert valued.ask(COVERED, "TOKEN") == valued.address
    assert valued.ask(COVERED, "VERSION") == "0.1.0"
