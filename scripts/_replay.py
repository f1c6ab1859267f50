"""The demo's first chapter: real Bitcoin headers, proven to a contract.

It relays the headers as a daily relayer would, on Bitcoin's own clock: each block-day's batch once
its last block is mined, and every day final as soon as it has been buried and contestable for long
enough.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, PlainSerializer

from scripts._chain import ApeChain
from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import HEADER_SIZE, display
from terahash.bitcoin.state import DAY_BLOCKS, Day, State, extend
from terahash.bitcoin.target import EPOCH_BLOCKS, difficulty, to_target
from terahash.deployment import Terms, deploy
from terahash.errors import TerahashError
from terahash.relay import Relay
from terahash.units import MINUTE

Exact = Annotated[int, PlainSerializer(str, return_type=str, when_used="json")]
"""An integer that JSON readers would round: written as text."""


class DayRow(BaseModel):
    """A block-day as it went: numbers of Bitcoin, and gas of the two transactions it took."""

    day: int
    last_height: int
    last_hash: str
    end: int
    bits: int
    submit_gas: int
    final_at: int | None = None
    finalize_gas: int | None = None


class EpochRow(BaseModel):
    """An epoch as the relay holds it; difficulty times 10^18."""

    epoch: int
    first_height: int
    start: int
    bits: int
    difficulty: Exact
    is_final: bool


class Replay(BaseModel):
    """Everything that the first chapter proved, and what it cost."""

    relay: str
    confirmations: int
    challenge: int
    first_height: int
    last_height: int
    last_hash: str
    headers: int
    work: Exact
    deploy_gas: int
    last_submit_gas: int
    days: list[DayRow]
    epochs: list[EpochRow]


class ReplayError(TerahashError):
    """The contract and the library disagree: one of them is wrong."""


class Replaying:
    """A relayer that follows an archive day by day.

    Attributes:
        state: the State that the relay's heaviest chain has reached.
        days: what happened to each block-day so far.
    """

    def __init__(self, chain: ApeChain, relay: Relay, checkpoint: State) -> None:
        self.chain, self.relay, self.checkpoint = chain, relay, checkpoint
        self.state = checkpoint
        self.days: list[DayRow] = []
        self._pending: list[Day] = []  # complete, on the heaviest chain, not final
        self._now = chain.now

    def submit(self, headers: bytes) -> int:
        """Relay a batch a minute after its newest block and return the gas it took.

        Raises:
            ReplayError: when the contract's State is not the library's.
        """
        completed: list[Day] = []
        state = extend(self.state, headers, days=completed)
        self._now = max(*state.times, self._now) + MINUTE
        self.chain.set_time(self._now)
        receipt = self.relay.submit(self.state, headers)
        if dict(receipt.logs)["Submitted"]["state"] != tuple(state):
            raise ReplayError(f"the relay's State at height {state.height:,} is not the library's")
        self.state = state
        self._pending += completed
        self.days += [
            DayRow(
                day=state.height // DAY_BLOCKS,
                last_height=state.height,
                last_hash=display(day.block_hash),
                end=day.end,
                bits=day.bits,
                submit_gas=receipt.gas_used,
            )
            for day in completed
        ]
        return receipt.gas_used

    def finalize(self) -> None:
        """Make final every block-day whose challenge has passed."""
        while receipt := self.relay.finalize(self._pending, self._now):
            count = sum(name == "DayFinal" for name, _ in receipt.logs)
            first = len(self.days) - len(self._pending)
            for row in self.days[first : first + count]:
                row.final_at = receipt.block_time
                row.finalize_gas = receipt.gas_used // count
            del self._pending[:count]

    def wait(self, seconds: int) -> None:
        """Let time pass for later transactions."""
        self._now += seconds
        self.chain.set_time(self._now)

    def epochs(self) -> list[EpochRow]:
        """List the epochs: final ones as the relay holds them, the newest as its tip has it."""
        first, newest = (self.checkpoint.height + 1) // EPOCH_BLOCKS, self.state.height // EPOCH_BLOCKS
        rows = []
        for epoch in range(first, newest + 1):
            bits, start, is_final = self.relay.epoch(epoch)
            if epoch == newest and not is_final:
                bits, start = self.state.bits, self.state.epoch_start
            rows.append(
                EpochRow(
                    epoch=epoch,
                    first_height=epoch * EPOCH_BLOCKS,
                    start=start,
                    bits=bits,
                    difficulty=difficulty(to_target(bits)),
                    is_final=is_final,
                )
            )
        return rows


def replay(
    chain: ApeChain, archive: Archive, days: int, folder: Path, advance: Callable[[], None]
) -> Replay:
    """Relay so many block-days, the header that buries the last, and wait until all are final.

    Args:
        chain: embedded, at the time of the archive's checkpoint.
        archive: of the headers, from the checkpoint on; longer than the days by a header or more.
        days: block-days, 144 headers each.
        folder: receives the deployment file.
        advance: called after each block-day.

    Raises:
        ReplayError: when contract and library disagree.
    """
    # One confirmation, because the data end one block after day 56; a real relay waits for 100.
    terms = Terms(archive.checkpoint, confirmations=1)
    deployment = deploy(chain, terms, folder / "deployment.json")
    address = deployment.address("BitcoinRelay")
    relay = Relay(chain, address)
    replaying = Replaying(chain, relay, archive.checkpoint)
    batches = archive.batches()
    for headers, _ in islice(batches, days):
        replaying.submit(headers)
        replaying.finalize()
        advance()
    headers, _ = next(batches)
    last_gas = replaying.submit(headers[:HEADER_SIZE])
    replaying.wait(terms.challenge)
    replaying.finalize()
    tip = relay.tip()
    if (tip.work, tip.height) != (replaying.state.chainwork, replaying.state.height):
        raise ReplayError(f"the relay follows {tip}, not the chain that was given to it")
    return Replay(
        relay=address,
        confirmations=terms.confirmations,
        challenge=terms.challenge,
        first_height=archive.checkpoint.height + 1,
        last_height=tip.height,
        last_hash=display(replaying.state.block_hash),
        headers=tip.height - archive.checkpoint.height,
        work=tip.work - archive.checkpoint.chainwork,
        deploy_gas=chain.deployed[address].gas_used,
        last_submit_gas=last_gas,
        days=replaying.days,
        epochs=replaying.epochs(),
    )
