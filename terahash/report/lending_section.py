"""The sixth chapter as its reader sees it."""

from __future__ import annotations

from collections.abc import Iterator

from terahash.report import numbers
from terahash.report.issuance import whole
from terahash.report.lending import Deed, LendingReplay, LentVault
from terahash.report.lending_charts import charts
from terahash.report.lending_tables import tables
from terahash.report.section import Figure, Section
from terahash.units import WAD, utc


def section(lending: LendingReplay) -> Section:
    """Tell who lent what to whom, what repaid it, and what everybody got."""
    return Section(
        key="lending",
        title="Loans that repay themselves",
        lead=(
            "Tokens of the issuance earn bitcoin every day. Whoever posts them in a vault can "
            "borrow bitcoin from its lenders at once, and what the tokens earn repays the loan, "
            "without anybody doing anything. A loan that is worth too little may be liquidated "
            "by anyone."
        ),
        figures=_figures(lending),
        facts=tuple(_facts(lending)),
        tables=tables(lending),
        charts=charts(lending),
    )


def _figures(lending: LendingReplay) -> tuple[Figure, ...]:
    vault = lending.covered
    return (
        Figure(f"{numbers.bitcoin(vault.borrowed)} BTC", "borrowed by a miner, and spent"),
        Figure(f"{numbers.bitcoin(vault.repaid // WAD)} BTC", "repaid by its tokens' rewards"),
        Figure(f"{lending.party('Lender').net:,} sats", "interest, with which the lender left"),
        Figure(
            numbers.scaled(lending.seizure.health, WAD, 4),
            "health at which another loan was liquidated",
        ),
    )


def _facts(lending: LendingReplay) -> Iterator[tuple[str, str]]:
    vault, seizure = lending.covered, lending.seizure
    (other,) = (vault for vault in lending.vaults if vault.name == seizure.vault)
    yield "Vaults", _vaults(lending, other)
    yield vault.borrower, _self_repaying(lending, vault)
    yield "Unassisted", _unassisted(vault)
    yield "Retarget", _retarget(lending)
    yield "Liquidation", _liquidation(lending, other)
    yield "Lender", _lender(lending)
    yield "Agreement", _agreement(lending)
    yield "Sum", _sum(lending)


def _vaults(lending: LendingReplay, other: LentVault) -> str:
    vault = lending.covered
    return (
        f"the register opened one that lends against cash in the reserve which nobody can take, "
        f"and one that also counts on {_percent(other.stress)} % of the "
        f"hashprice: no retarget moves what tokens are worth to the first. The lender put "
        f"{vault.deposited:,} and {other.deposited:,} sats into them"
    )


def _self_repaying(lending: LendingReplay, vault: LentVault) -> str:
    loans = [event for event in lending.of(Deed.BORROW) if event.vault == vault.name]
    text = (
        f"minted {whole(vault.tokens)} TH/s for itself, posted them, borrowed "
        f"{numbers.count(len(loans), 'time')}, {vault.borrowed:,} sats in all, and spent them. Of "
        f"these {numbers.scaled(vault.from_credit, WAD, 3)} were its credit by then; rewards "
        f"repaid the rest with {numbers.scaled(vault.interest, WAD, 3)} of interest"
    )
    repaid = vault.repaid_at
    if repaid is not None:
        text += f"; of the loan of day {loans[0].day} nothing was left on day {repaid.day}"
    return text


def _unassisted(vault: LentVault) -> str:
    last = vault.standings[-1]
    return (
        f"without rewards the same loans would have owed {last.unassisted:,} sats on day "
        f"{last.day}; with them they owed {last.debt:,}, and the {vault.borrower} had a credit of "
        f"{last.credit:,}"
    )


def _retarget(lending: LendingReplay) -> str:
    seizure = lending.seizure
    before = [r for r in lending.retargets if r.time <= seizure.time][-1]
    return (
        f"difficulty {numbers.percent(before.change)} % reached the index on "
        f"{utc(before.time)} UTC: to the {seizure.vault.lower()} a token was worth "
        f"{numbers.scaled(seizure.value, WAD, 2)} sats, and at the difficulty before would have "
        f"been worth {numbers.scaled(seizure.before, WAD, 2)}"
    )


def _liquidation(lending: LendingReplay, other: LentVault) -> str:
    seizure = lending.seizure
    liquidator = lending.of(Deed.LIQUIDATE)[0].who
    return (
        f"the {seizure.borrower} had borrowed {other.borrowed:,} sats, as much as it could: its "
        f"health was {numbers.scaled(seizure.health, WAD, 4)}, and at the difficulty before would "
        f"have been {numbers.scaled(seizure.health_before, WAD, 4)}. The {liquidator} repaid "
        f"{seizure.paid:,} sats and took {numbers.scaled(seizure.seized, WAD, 3)} of its "
        f"{whole(other.tokens)} TH/s, the rest stayed the {seizure.borrower}'s; lenders lost "
        f"nothing. On usual terms, of {_percent(seizure.usual_stress)} % of the hashprice and "
        f"liquidation at {_percent(seizure.usual_lltv)} %, the health of a loan as large as it "
        f"gets would have been {numbers.scaled(seizure.health_usual, WAD, 2)}: a day's rewards "
        "outrun a retarget of that size"
    )


def _percent(share: int) -> str:
    return numbers.scaled(share, WAD // 100, 0)


def _lender(lending: LendingReplay) -> str:
    gains = " and ".join(f"{vault.lender:,}" for vault in lending.vaults)
    fees = sum(vault.fees for vault in lending.vaults)
    return (
        f"left both vaults when nobody owed them anything, with {gains} sats more than it had "
        f"lent; the fee receiver got {fees:,}"
    )


def _agreement(lending: LendingReplay) -> str:
    days = sum(len(vault.standings) for vault in lending.vaults)
    return (
        f"{len(lending.events)} transactions done again in exact fractions, from headers, terms "
        f"and times alone: every payment is equal to the satoshi, and so are debt, credit and the "
        f"debt without rewards on all of {days} days"
    )


def _sum(lending: LendingReplay) -> str:
    issuance = lending.parties[-1]
    left = sum(vault.held for vault in lending.vaults)
    return (
        f"the issuance took in {issuance.traded:,} sats for tokens and paid "
        f"{-issuance.rewards:,} in rewards; what people gained and lost adds up to the "
        f"difference, and {numbers.count(left, 'sat')} {'stays' if left == 1 else 'stay'} in the "
        "vaults"
    )
