"""Record final block-days, prove their fees, and close them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oracle.jobs import Site, Step, block_days
from oracle.sources.remembered import Remembered
from terahash.bitcoin.coinbase import parse_coinbase
from terahash.bitcoin.header import Header
from terahash.bitcoin.proof import CoinbaseProof
from terahash.bitcoin.state import DAY_BLOCKS, Day
from terahash.chain import ChainError
from terahash.errors import ProofError, SourceError
from terahash.hashprice_index import (
    MAX_BLOB,
    MAX_OPEN,
    MAX_OUTPUTS,
    MAX_PROOFS,
    day_roots,
    fee_call,
    packed,
)

MAX_FAILURES = 3
"""Coinbases of a day that a source may fail to give before the next one is asked."""


def record_days(site: Site) -> Iterator[Step]:
    """Record the next final block-days, up to eight open ones."""
    days = _recordable(site)
    if days:
        what = block_days(min(days), max(days))
        yield Step(f"recorded {what}", site.index.record([days[n] for n in sorted(days)]))


def prove_fees(site: Site) -> Iterator[Step]:
    """Prove the fees of recorded days, as far as the sources have their coinbases."""
    index = site.index
    numbers = range(index.latest().day + 1, index.recorded() + 1)
    contents = _contents(site, numbers)
    for number in numbers:
        unproven = index.block_day(number).unproven
        if not unproven or _stopped(site, number):
            continue
        roots, proofs = _proofs(site, number, contents[number], unproven)
        for batch in _batches(proofs):
            call = fee_call(number, contents[number], roots, batch)
            fees = sum(proof.fees for proof in batch)
            first, last = batch[0].height, batch[-1].height
            count = f"{len(batch)} blocks, {first:,} to {last:,}"
            what = count if len(batch) > 1 else f"block {first:,}"
            yield Step(
                f"proved {fees:,} sats of fees of {what}, in block-day {number}",
                index.prove_fees(call),
            )


def close_days(site: Site) -> Iterator[Step]:
    """Close the days whose fees are all proven, or whose window has passed, in order."""
    index = site.index
    for number in range(index.latest().day + 1, index.recorded() + 1):
        day = index.block_day(number)
        is_due = not day.unproven or day.recorded_at + index.fee_window <= site.now
        if not is_due or _stopped(site, number):
            return
        yield Step(f"closed block-day {number}", index.close())


def _stopped(site: Site, number: int) -> bool:
    disputed = site.relay.disputed_from()
    return disputed != 0 and disputed <= number


def _recordable(site: Site) -> dict[int, Day]:
    index = site.index
    recorded, closed = index.recorded(), index.latest().day
    room = MAX_OPEN - (recorded - closed)
    if recorded < index.first_day:  # the first only sets the clock, and is never open
        room = min(room + 1, MAX_OPEN)
    last = min(site.relay.tip().final_day, recorded + room)
    numbers = [n for n in range(recorded + 1, last + 1) if not _stopped(site, n)]
    return _contents(site, numbers)


def _contents(site: Site, numbers: Sequence[int]) -> dict[int, Day]:
    """Read what final block-days hold from the relay's logs."""
    found: dict[int, Day] = {}
    if numbers:
        for number, day in site.relay.final_days():
            if number in numbers:
                found[number] = day
            if number <= min(numbers):
                break
    if missing := [number for number in numbers if number not in found]:
        raise ChainError(
            "reading final block-days",
            "",
            f"the node's logs lack block-day {missing[0]}: ask a node that keeps all logs",
        )
    return found


def _proofs(
    site: Site, number: int, day: Day, unproven: Sequence[int]
) -> tuple[list[bytes], list[CoinbaseProof]]:
    """Ask one source after the other for the day's Merkle roots, and for checked proofs."""
    roots: list[bytes] = []
    proofs: dict[int, CoinbaseProof] = {}
    for source in site.sources:
        try:
            headers = source.headers(number * DAY_BLOCKS, DAY_BLOCKS)
            of_source = [Header.parse(header).merkle_root for header in headers]
            if day_roots(of_source) != day.roots:
                raise SourceError(f"its block-day {number} is not the one that is final")
            roots = of_source
            for proof in _checked(site, source, number, roots, sorted({*unproven} - {*proofs})):
                proofs[proof.height % DAY_BLOCKS] = proof
        except SourceError as error:  # the next source may know more of this day
            site.blame(source, error)
    return roots, [proofs[index] for index in sorted(proofs)]


def _checked(
    site: Site, source: Remembered, number: int, roots: Sequence[bytes], indices: Sequence[int]
) -> Iterator[CoinbaseProof]:
    """Ask a source for the proofs of some blocks of a day, and leave wrong ones out."""
    patience = MAX_FAILURES
    for index in indices:
        height = number * DAY_BLOCKS + index
        try:
            proof = source.coinbase(height)
            if proof is not None:
                proof.check(roots[index])
                if not _fits(proof):
                    raise ProofError(f"coinbase of block {height:,} is too large for the index")
                yield proof
        except ProofError as error:
            site.blame(source, error)
        except SourceError as error:
            patience -= 1
            if not patience:
                raise
            site.blame(source, error)


def _fits(proof: CoinbaseProof) -> bool:
    # The coinbase first: its length must fit the two bytes that it is packed with.
    if len(proof.coinbase) > MAX_BLOB or len(packed(proof)) > MAX_BLOB:
        return False
    return len(parse_coinbase(proof.coinbase).outputs) <= MAX_OUTPUTS


def _batches(proofs: Sequence[CoinbaseProof]) -> Iterator[list[CoinbaseProof]]:
    """Cut proofs into what one transaction takes."""
    batch: list[CoinbaseProof] = []
    size = 0
    for proof in proofs:
        own = len(packed(proof))
        if len(batch) == MAX_PROOFS or size + own > MAX_BLOB:
            yield batch
            batch, size = [], 0
        batch.append(proof)
        size += own
    if batch:
        yield batch
