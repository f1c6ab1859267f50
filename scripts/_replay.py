"""The demo's first chapter: real Bitcoin headers, proven to a contract.

It relays the headers as a daily relayer would, on Bitcoin's own clock: each block-day's batch once
its last block is mined, and every day final as soon as it has been buried and contestable for long
enough.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from scripts._chain import ApeChain
from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import HEADER_SIZE, display
from terahash.bitcoin.state import DAY_BLOCKS, Day, State, extend
from terahash.bitcoin.target import EPOCH_BLOCKS, difficulty, to_target
from terahash.deployment import Terms, deploy
from terahash.errors import TerahashError
from terahash.relay import Relay
from terahash.report.replay import Costs, DayRow, EpochRow, Replay, TrustedBlock
from terahash.units import MINUTE, WAD


class ReplayError(TerahashError):
    """The contract and the library disagree: one of them is wrong."""


class Replaying:
    """A relayer that follows an archive day by day.

    Attributes:
        state: the State that the relay's heaviest chain has reached.
        days: what happened to each block-day so far.
        states: how many States of the contract were compared, and equal.
    """

    def __init__(self, chain: ApeChain, relay: Relay, checkpoint: State) -> None:
        self.chain, self.relay, self.checkpoint = chain, relay, checkpoint
        self.state = checkpoint
        self.days: list[DayRow] = []
        self.states = 0
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
        self.states += 1
        self._pending += completed
        before = self.days[-1].last_time if self.days else self.checkpoint.time
        self.days += [
            DayRow(
                day=state.height // DAY_BLOCKS,
                last_height=state.height,
                last_hash=display(day.block_hash),
                last_time=state.time,
                end=day.end,
                seconds=state.time - before,
                bits=day.bits,
                submit_gas=receipt.gas_used,
            )
            for day in completed
        ]
        return receipt.gas_used

    def finalize(self) -> None:
        """Make final every block-day whose challenge has passed."""
        while (ripe := self.relay.ripe(self._pending, self._now)).days:
            receipt = self.relay.finalize(ripe.days, ripe.rest)
            count = len(ripe.days)
            first = len(self.days) - len(self._pending)
            share, rest = divmod(receipt.gas_used, count)
            for index, row in enumerate(self.days[first : first + count]):
                row.final_at = receipt.block_time
                row.finalize_gas = share + (index < rest)  # shares add up to the whole
            del self._pending[:count]

    def wait(self, seconds: int) -> None:
        """Let time pass for later transactions."""
        self._now += seconds
        self.chain.set_time(self._now)

    def epochs(self) -> list[EpochRow]:
        """List the epochs: final ones as the relay holds them, the newest as its tip has it."""
        first = (self.checkpoint.height + 1) // EPOCH_BLOCKS
        newest = self.state.height // EPOCH_BLOCKS
        before = difficulty(to_target(self.checkpoint.bits))
        rows = []
        for epoch in range(first, newest + 1):
            bits, start, is_final = self.relay.epoch(epoch)
            if epoch == newest and not is_final:
                bits, start = self.state.bits, self.state.epoch_start
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
    checkpoint = archive.checkpoint
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
        last_hash=display(replaying.state.block_hash),
        last_time=replaying.state.time,
        headers=tip.height - checkpoint.height,
        states=replaying.states,
        work=tip.work - checkpoint.chainwork,
        costs=Costs.of(replaying.days, chain.deployed[address].gas_used, last_gas),
        days=replaying.days,
        epochs=replaying.epochs(),
    )
