"""What liquidating a loan will do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from terahash.chain import Receipt
from terahash.hashrate.amounts import percent, sats, terahash
from terahash.hashrate.models import EXACT
from terahash.lending.liquidation import Sold, ToReserve, closes, sold, to_reserve
from terahash.lending.models import FIXED, Position, State
from terahash.lending.reverts import REASONS
from terahash.lending.show import health_text
from terahash.lending.steps import (
    bitcoin_fact,
    bitcoin_steps,
    check_receiver,
    check_valued,
    vault_fact,
    with_interest,
)
from terahash.lending.vault import Vault
from terahash.plan import Fact, Plan, Step, logged
from terahash.session import RefusedError, Session
from terahash.units import WAD


def liquidate_plan(
    session: Session,
    vault: Vault,
    borrower: str,
    receiver: str,
    slippage: int,
    paid: int = 0,
    seized: int = 0,
) -> Plan:
    """Repay an unhealthy loan for its tokens: so many satoshi, so many tokens, or all of it.

    Args:
        session: who pays.
        vault: of the loan.
        borrower: whose loan.
        receiver: of the tokens.
        slippage: share (times 10^18) by which the price may be worse than now.
        paid: satoshi to pay at most; or
        seized: tokens to get at most; neither for the whole debt, with interest until then.

    Raises:
        RefusedError: when it is healthy, or its tokens worthless.
    """
    check_receiver(vault, receiver)
    state, position = _unhealthy(vault, borrower)
    if not position.price:
        raise RefusedError(REASONS["vault: collateral worthless"])
    # The vault takes no more than the debt, to which interest comes until then.
    whole = with_interest(position)
    by_debt = 0 if seized else min(paid or whole, whole)
    quote = sold(position, by_debt, seized)
    limit, bound = _limit(quote, slippage, bool(by_debt))
    most = by_debt or limit
    worth = quote.seized * state.worth.price // EXACT
    facts = [
        vault_fact(vault),
        *_loan(position),
        Fact("pay", sats(quote.paid), "paid", quote.paid),
        Fact("get", terahash(quote.seized), "seized", str(quote.seized)),
        Fact("bound", bound, "limit", str(limit)),
        Fact("worth", f"{sats(worth)}, as the vault values it", "worth", worth),
        Fact("gain", f"{sats(worth - quote.paid)}, by that worth", "gain", worth - quote.paid),
        Fact("for", receiver, "receiver", receiver),
        bitcoin_fact(vault),
    ]
    if by_debt > position.owes:
        facts.insert(5, Fact("at most", f"{sats(most)}, with interest until then", "most", most))
    call = vault.liquidate(borrower, by_debt, 0 if by_debt else seized, limit, receiver)
    approval = bitcoin_steps(session, vault, most, quote.paid)

    def done(receipts: Sequence[Receipt]) -> str:
        log = logged(receipts, "Liquidated")
        return f"Paid {sats(log['paid'])} for {terahash(log['seized'])}.{_bad(log)}"

    warnings = _overdue(state)
    if warnings and not state.terms.is_covered:
        warnings.append(
            "the tokens' price counts all that their late issuer has still to deliver: it may never"
        )
    steps = [*approval, Step(f"liquidate {borrower}", call)]
    return Plan("Liquidate", facts, steps, done, warnings)


def liquidate_to_reserve_plan(vault: Vault, borrower: str, receiver: str) -> Plan:
    """Have the reserve repay an unhealthy loan; a hundredth goes to the receiver."""
    check_receiver(vault, receiver)
    state, position = _unhealthy(vault, borrower)
    quote = to_reserve(position, state.worth)
    facts = [vault_fact(vault), *_loan(position), *_quoted(quote, receiver)]
    warnings = _overdue(state)
    if quote.is_kept:
        kept = quote.seized + vault.position(vault.address).loan.collateral
        warnings.append(
            "the reserve pays next to nothing, and there is no reward: the vault keeps the tokens, "
            "and lenders lose the debt"
            + (
                "; they get what the tokens still earn, and the vault takes no more deposits"
                if closes(state, position.debt, kept)
                else ", which is too little to them: what the tokens still earn is nobody's"
            )
        )
    step = Step(
        f"liquidate {borrower} to the reserve", vault.liquidate_to_reserve(borrower, receiver)
    )

    def done(receipts: Sequence[Receipt]) -> str:
        # The token logs a redemption under the same name.
        (log,) = (log for _, log in receipts[-1].logs if "bad_debt" in log)
        tokens, paid, reward = terahash(log["seized"]), sats(log["paid"]), sats(log["reward"])
        if not log["paid"]:
            return f"The vault keeps {tokens}.{_bad(log)}"
        return f"Took {tokens}; the reserve paid {paid}, of which {reward} as reward.{_bad(log)}"

    return Plan("Liquidate to the reserve", facts, [step], done, warnings)


def _overdue(state: State) -> list[str]:
    if not state.worth.is_overdue:
        return []
    return [
        "the issuer is late: the vault has the reserve pay first what is overdue, after which the "
        "loan may be healthy, and its tokens worth more than here"
    ]


def _limit(quote: Sold, slippage: int, is_by_debt: bool) -> tuple[int, str]:
    """Say how much worse than shown it may turn out: as the vault takes it, and in words."""
    if is_by_debt:
        least = quote.seized * (WAD - slippage) // WAD
        return least, f"at least {terahash(least)}, {percent(slippage)} fewer"
    most = -(-quote.paid * (WAD + slippage) // WAD)
    return most, f"for at most {sats(most)}, {percent(slippage)} more"


def _quoted(quote: ToReserve, receiver: str) -> list[Fact]:
    """Say what becomes of the tokens."""
    what = "the vault keeps" if quote.is_kept else "redeem"
    facts = [Fact(what, terahash(quote.seized), "seized", str(quote.seized))]
    if quote.is_kept:
        return [*facts, Fact("reserve pays", "next to nothing", "is_kept", True)]
    return [
        *facts,
        Fact("reserve pays", f"about {sats(quote.proceeds)}", "proceeds", quote.proceeds),
        Fact("reward", f"about {sats(quote.reward)}, to {receiver}", "reward", quote.reward),
    ]


def _unhealthy(vault: Vault, borrower: str) -> tuple[State, Position]:
    state, position = vault.state(), vault.position(borrower)
    check_valued(vault, state, "nothing is liquidated")
    if not position.is_unhealthy:
        raise RefusedError(REASONS["vault: loan is healthy"])
    return state, position


def _loan(position: Position) -> list[Fact]:
    return [
        Fact("loan of", position.borrower, "borrower", position.borrower),
        Fact("debt", sats(position.owes), "debt", position.owes),
        Fact("health", health_text(position.health), "health", str(position.health)),
    ]


def _bad(log: dict[str, Any]) -> str:
    bad = -(-log["bad_debt"] // FIXED)
    return f" {sats(bad)} were lost, which lenders bear." if bad else ""
