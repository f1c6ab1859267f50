"""A bitcoin token that calls back in the middle of a payment: every function re-entered from
every other, and every view read while money moves. All are refused, by the lock and not by luck.

What cannot change hands or money answers: what is constant, and the two steps by which the
issuer's key is handed over. The lists come from the ABI, so that a function that is new has to be
thought about.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from terahash.units import DAY
from tests.support.issuing import (
    BUYER,
    FOREVER,
    HOLDER,
    ISSUER,
    ONE,
    RICH,
    START,
    STRANGER,
    Issuance,
)
from tests.support.revm_chain import RevmChain

NO_SIGNATURE = (FOREVER, 27, b"\1" * 32, b"\1" * 32)
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "mint": (ONE, FOREVER, STRANGER),
    "mint_with_permit": (ONE, FOREVER, STRANGER, *NO_SIGNATURE),
    "deliver": (1_000,),
    "deliver_with_permit": (1_000, FOREVER, *NO_SIGNATURE),
    "claim": (HOLDER,),
    "claim_many": ([HOLDER],),
    "fund_reserve": (1_000,),
    "redeem": (ONE, 0, STRANGER),
    "set_beneficiary": (STRANGER,),
    "withdraw_reserve": (1_000,),
    "set_sale": (49 * ONE, 9_000 * ONE),
    "transfer": (STRANGER, ONE),
    "transferFrom": (HOLDER, STRANGER, 0),
    "approve": (STRANGER, ONE),
    "permit": (HOLDER, STRANGER, ONE, *NO_SIGNATURE),
    "transfer_ownership": (STRANGER,),
    "preview_mint": (ONE,),
    "preview_redeem": (ONE,),
    "balanceOf": (HOLDER,),
    "allowance": (HOLDER, STRANGER),
    "nonces": (HOLDER,),
    "earned": (HOLDER,),
    "claimed": (HOLDER,),
    "claimable": (HOLDER,),
    "beneficiary": (HOLDER,),
    "supportsInterface": (b"\x01\xff\xc9\xa7",),
}
"""Of functions that have some."""
MOVES_BITCOIN = {
    "mint": BUYER,
    "mint_with_permit": BUYER,
    "deliver": ISSUER,
    "deliver_with_permit": ISSUER,
    "claim": STRANGER,
    "claim_many": STRANGER,
    "fund_reserve": STRANGER,
    "redeem": HOLDER,
    "withdraw_reserve": ISSUER,
}
"""The functions in whose middle somebody else runs, and who calls them."""
HANDOVER = {"transfer_ownership", "accept_ownership"}
OPEN = HANDOVER | {"owner", "pending_owner", "eip712Domain", "supportsInterface"}
OPEN |= {"name", "symbol", "decimals", "VERSION"}
"""What answers in the middle of a call."""


@cache
def _functions() -> dict[str, bool]:
    """Name all functions of the token, and say which are views."""
    chain = RevmChain(START)
    members = chain._codec.contract("HashrateToken").members("function")
    return {each["name"]: each["stateMutability"] in ("view", "pure") for each in members}


def _calldata(issuance: Issuance, function: str) -> bytes:
    arguments = ARGUMENTS.get(function, ())
    return issuance.chain._codec.calldata("HashrateToken", function, arguments)[1]


def _hook(issuance: Issuance, function: str) -> None:
    calldata = _calldata(issuance, function)
    issuance.chain.send("OddToken", issuance.btc, "set_hook", issuance.address, calldata)


def _hooked(issuance: Issuance, what: str) -> Any:
    return issuance.chain.call("OddToken", issuance.btc, what)


@pytest.fixture
def issuance() -> Issuance:
    """A running issuance on a token that calls back, and that holds some of it."""
    chain = RevmChain(START)
    issuance = Issuance(chain, btc=chain.deploy("OddToken", 8))
    issuance.mint(BUYER, 1_000, HOLDER)
    issuance.mint(BUYER, 100, issuance.btc)
    chain.send("OddToken", issuance.btc, "mint", issuance.btc, RICH)
    issuance.send(STRANGER, "fund_reserve", 10**6)
    issuance.pass_day()
    issuance.deliver()
    issuance.chain.now += DAY
    issuance.close()
    issuance.send(STRANGER, "accrue")
    return issuance


def _hand_over(issuance: Issuance) -> None:
    """Make the bitcoin token the issuer."""
    issuance.send(ISSUER, "transfer_ownership", issuance.btc)
    _hook(issuance, "accept_ownership")
    issuance.chain.send("OddToken", issuance.btc, "transfer", STRANGER, 0)
    assert issuance.read("owner") == issuance.btc


def test_reentrancy__functions_that_move_bitcoin__are_those_and_no_others(
    issuance: Issuance,
) -> None:
    """In the middle of any other, nobody else runs."""
    _hook(issuance, "name")
    found = set()
    for function, is_view in _functions().items():
        actor = HOLDER if function == "transfer" else MOVES_BITCOIN.get(function, ISSUER)
        if is_view or function in ("permit", "accept_ownership"):
            continue  # they succeed only for whom they are signed for, or offered to
        with issuance.undone():
            issuance.chain.now += 4 * DAY if function == "cover" else 0
            issuance.send(actor, function, *ARGUMENTS.get(function, ()))
            if _hooked(issuance, "hook_calls"):
                found.add(function)
    assert found == set(MOVES_BITCOIN)


def test_reentrancy__every_function_from_every_other__refused(issuance: Issuance) -> None:
    _hand_over(issuance)
    entered: set[tuple[str, str]] = set()
    for outer, actor in MOVES_BITCOIN.items():
        if outer == "withdraw_reserve":
            continue
        for inner in _functions():
            with issuance.undone():
                _hook(issuance, inner)
                issuance.send(actor, outer, *ARGUMENTS[outer])
                assert _hooked(issuance, "hook_calls") > 0
                if _hooked(issuance, "hook_succeeded"):
                    entered.add((outer, inner))
                else:  # any reason but the lock's would come with words
                    assert _hooked(issuance, "hook_answer") == b"" or inner in OPEN
    assert {inner for _, inner in entered} == OPEN - {"accept_ownership"}


def test_reentrancy__of_the_issuers_withdrawal__refused(issuance: Issuance) -> None:
    entered = set()
    for inner in _functions():
        with issuance.undone():
            _hook(issuance, inner)
            issuance.send(ISSUER, "withdraw_reserve", 1_000)
            assert _hooked(issuance, "hook_calls") == 1
            if _hooked(issuance, "hook_succeeded"):
                entered.add(inner)
            else:
                assert _hooked(issuance, "hook_answer") == b"" or inner in HANDOVER
    assert entered == OPEN - HANDOVER


def test_reentrancy__the_same_calls_at_rest__succeed(issuance: Issuance) -> None:
    """Else the matrix would prove only that they are wrong calls."""
    _hand_over(issuance)
    for inner in _functions():
        with issuance.undone():
            issuance.chain.now += 4 * DAY if inner == "cover" else 0
            _hook(issuance, inner)
            issuance.chain.send("OddToken", issuance.btc, "transfer", STRANGER, 0)
            answer = _hooked(issuance, "hook_answer")
            if inner == "permit":
                assert b"ecdsa: invalid signature" in answer or b"not the owner's" in answer
            elif inner == "accept_ownership":
                assert b"caller is not the new owner" in answer
            else:
                assert _hooked(issuance, "hook_succeeded"), (inner, answer)


@pytest.mark.parametrize("function", MOVES_BITCOIN)
def test_reentrancy__key_handed_over_in_the_middle__changes_no_payment(
    issuance: Issuance, function: str
) -> None:
    """The proceeds of a sale go to whoever is the issuer then."""

    def outcome(hook: str) -> tuple[Any, ...]:
        with issuance.undone():
            issuance.send(ISSUER, "transfer_ownership", issuance.btc)
            _hook(issuance, hook)
            issuance.send(MOVES_BITCOIN[function], function, *ARGUMENTS[function])
            assert _hooked(issuance, "hook_calls") > 0
            accounts = (BUYER, HOLDER, STRANGER, issuance.address)
            new = hook == "accept_ownership"
            assert issuance.read("owner") == (issuance.btc if new else ISSUER)
            return (
                *(issuance.sats(account) for account in accounts),
                issuance.sats(ISSUER) + issuance.sats(issuance.btc),
                *(issuance.read("balanceOf", account) for account in accounts),
                *(issuance.read(view) for view in ("reserve", "owed", "totalSupply", "stream")),
            )

    assert outcome("accept_ownership") == outcome("name")
    assert issuance.sats(issuance.btc) == RICH
