# pragma version 0.4.3
# pragma optimize gas
"""
@title    Reasons
@notice   One place where a vault refuses. Wherever a contract checks something with a reason, the
          compiler writes that reason out in a hundred bytes; there are too many for a blueprint.
"""


@pure
@internal
def _check(_ok: bool, _reason: String[32]):
    assert _ok, _reason
