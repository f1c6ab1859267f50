"""What stands on the chain after a replay, compared with the library, as the chapters' numbers."""

from __future__ import annotations

from decimal import Context, Decimal
from itertools import pairwise

from scripts._replay import Replayed, ReplayError, Replaying, logged, shares
from terahash.bitcoin.header import display
from terahash.bitcoin.state import DAY_BLOCKS
from terahash.bitcoin.target import EPOCH_BLOCKS, difficulty, hashes_per_block, to_target
from terahash.hashprice import BlockDay, block_days, mean
from terahash.report.index import IndexCosts, IndexReplay, PricedDay, ProvenBlock, VarianceRow
from terahash.report.replay import Costs, EpochRow, Replay, TrustedBlock
from terahash.units import WAD

EPOCH_DAYS = EPOCH_BLOCKS // DAY_BLOCKS
MAX_READINGS = 64
"""Closed block-days that one call reads."""
_EXACT = Context(prec=80)


def relay_numbers(replayed: Replayed) -> Replay:
    """Read the first chapter: headers, final block-days and epochs.

    Raises:
        ReplayError: when the relay follows another chain, or a block-day is not final.
    """
    publisher, terms = replayed.publisher, replayed.terms
    checkpoint, state, days = publisher.checkpoint, publisher.state, publisher.days
    tip = replayed.relay.tip()
    if (tip.work, tip.height) != (state.chainwork, state.height):
        raise ReplayError(f"the relay follows {tip}, not the chain that was given to it")
    if tip.final_day != days[-1].day:
        raise ReplayError(f"block-day {tip.final_day} is final, and not {days[-1].day}")
    address = replayed.deployment.address("BitcoinRelay")
    *_, (last, _) = logged(publisher.receipts, "Submitted")
    return Replay(
        relay=address,
        confirmations=terms.confirmations,
        challenge=terms.challenge,
        checkpoint=TrustedBlock(
            height=checkpoint.height,
            block_hash=display(checkpoint.block_hash),
            time=checkpoint.time,
            bits=checkpoint.bits,
            difficulty=difficulty(to_target(checkpoint.bits)),
        ),
        first_height=checkpoint.height + 1,
        last_height=tip.height,
        last_hash=display(state.block_hash),
        last_time=state.time,
        headers=tip.height - checkpoint.height,
        states=publisher.states,
        work=tip.work - checkpoint.chainwork,
        costs=Costs.of(days, replayed.chain.deployed[address].gas_used, last.gas_used),
        days=days,
        epochs=_epochs(publisher),
    )


def index_numbers(replayed: Replayed) -> IndexReplay:
    """Read the second chapter: what each block-day earned, equal to the library's own index.

    Raises:
        ReplayError: when a number of the contract is not the library's.
    """
    publisher, address = replayed.publisher, replayed.index.address
    first = replayed.terms.first_day
    fees = {height: int(proof.fees) for height, proof in replayed.proofs.items()}
    found = _closed(replayed)
    compare(found, list(block_days(publisher.contents, first, fees)))
    records, proofs, closes = (
        shares(publisher.receipts, event) for event in ("DayRecorded", "FeesProven", "DayClosed")
    )
    days = [
        PricedDay(
            **day.model_dump(),
            closed_at=closes[day.number].time,
            record_gas=records[day.number].gas,
            prove_gas=proofs[day.number].gas if day.number in proofs else 0,
            close_gas=closes[day.number].gas,
        )
        for day in found
    ]
    proven = sum(day.proven for day in days)
    deploy = replayed.chain.deployed[address].gas_used
    return IndexReplay(
        index=address,
        fee_window=replayed.terms.fee_window,
        first_day=first,
        start=publisher.contents[0].end,
        transactions=len(publisher.receipts),
        unproven=len(days) * DAY_BLOCKS - proven,
        mean=_mean(replayed, found),
        costs=IndexCosts.of(days, proven, deploy, records[first].gas),
        proven=[
            ProvenBlock(height=height, day=height // DAY_BLOCKS, fees=paid)
            for height, paid in sorted(fees.items())
        ],
        epochs=_variances(replayed),
        days=days,
    )


def _epochs(publisher: Replaying) -> list[EpochRow]:
    """List the epochs: final ones as the relay holds them, the newest as its tip has it."""
    checkpoint, state = publisher.checkpoint, publisher.state
    newest = state.height // EPOCH_BLOCKS
    before = difficulty(to_target(checkpoint.bits))
    rows = []
    for epoch in range((checkpoint.height + 1) // EPOCH_BLOCKS, newest + 1):
        bits, start, is_final = publisher.relay.epoch(epoch)
        if epoch == newest and not is_final:
            bits, start = state.bits, state.epoch_start
        now = difficulty(to_target(bits))
        rows.append(
            EpochRow(
                epoch=epoch,
                first_height=epoch * EPOCH_BLOCKS,
                start=start,
                bits=bits,
                difficulty=now,
                change=(now - before) * WAD // before,
                is_final=is_final,
            )
        )
        before = now
    return rows


def _closed(replayed: Replayed) -> list[BlockDay]:
    """Read every closed block-day from the contract."""
    index, first = replayed.index, replayed.terms.first_day
    count = index.latest().day - first + 1
    readings = [
        reading
        for start in range(first, first + count, MAX_READINGS)
        for reading in index.readings(start, MAX_READINGS)
    ]
    days = []
    for number, (before, reading) in enumerate(pairwise(readings), first + 1):
        day = index.block_day(number)
        days.append(
            BlockDay(
                number=number,
                start=before.end,
                end=reading.end,
                bits=day.bits,
                subsidy=day.subsidy,
                fees=day.fees,
                proven=DAY_BLOCKS - len(day.unproven),
                hashprice=index.hashprice(number),
                earned=reading.earned,
                floor_earned=reading.floor_earned,
            )
        )
    return days


def compare(found: list[BlockDay], expected: list[BlockDay]) -> None:
    """Check that the contract's block-days are the library's, to the last digit.

    Raises:
        ReplayError: names the first block-day that differs, or says how many there are.
    """
    for ours, library in zip(found, expected, strict=False):
        if ours != library:
            day = library.number
            raise ReplayError(f"block-day {day} of the index is {ours!r}, not {library!r}")
    if len(found) != len(expected):
        raise ReplayError(f"the index closed {len(found)} block-days, not {len(expected)}")


def _mean(replayed: Replayed, days: list[BlockDay]) -> int | None:
    """Read the mean hashprice of all closed block-days; None where there are none."""
    if not days:
        return None
    window = days[0].start, days[-1].end
    found = int(replayed.chain.call("HashpriceIndex", replayed.index.address, "mean", *window))
    if found != mean(days, *window):
        raise ReplayError(f"the index's mean hashprice is {found}, not {mean(days, *window)}")
    return found


def _variances(replayed: Replayed) -> list[VarianceRow]:
    """Read the difficulty variance of each epoch that the index entered.

    The contract keeps 18 digits of a ratio and of its logarithm, so that each square may be off by
    2 x |log| x error + error^2, where the error is 1 + 1 / ratio in the last digit.
    """
    rows: list[VarianceRow] = []
    exact = tolerance = Decimal(0)
    first = replayed.terms.first_day
    hashes = [hashes_per_block(to_target(day.bits)) for day in replayed.publisher.contents]
    for number, (old, new) in enumerate(pairwise(hashes), first + 1):
        if number % EPOCH_DAYS:
            continue
        ratio = _EXACT.divide(Decimal(new), Decimal(old))
        log = abs(_EXACT.multiply(_EXACT.ln(ratio), Decimal(WAD)))
        error = 1 + _EXACT.divide(Decimal(1), ratio)
        exact = _EXACT.add(exact, _EXACT.multiply(log, log))
        tolerance += 2 * log * error + error * error
        epoch, address = number // EPOCH_DAYS, replayed.index.address
        found = int(replayed.chain.call("HashpriceIndex", address, "difficulty_variance", epoch))
        if abs(_EXACT.subtract(Decimal(found), exact)) > tolerance:
            raise ReplayError(f"the variance of epoch {epoch} is {found}, not {exact:.0f}")
        rows.append(VarianceRow(epoch=epoch, retargets=len(rows) + 1, variance=found))
    return rows
