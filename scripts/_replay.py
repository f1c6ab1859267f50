"""Real Bitcoin, replayed to the contracts day by day, as a publisher would on Bitcoin's own clock.

Headers come a block-day at a time, a minute after its last block was mined, and each time one pass
of the publisher (`oracle.once`) does what is due; then the people of an issuance act
(`_issuance.py`), those who trade swaps (`_hedging.py`), and those who lend and borrow against the
issuance's tokens (`_lending.py`). What the replay proved and cost is read afterwards, from its
receipts and from the contracts (`_chapters.py` and the other chapters).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from oracle.once import run_once
from oracle.sources.coinbase_file import WithCoinbases
from scripts._chain import ApeChain
from scripts._hedging import Hedging
from scripts._issuance import Issuing
from scripts._lending import Lending
from scripts._signing import Signing, quorum
from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import HEADER_SIZE, Header, display
from terahash.bitcoin.proof import SHIPPED_PROOFS, CoinbaseProof
from terahash.bitcoin.state import DAY_BLOCKS, Day, State, extend
from terahash.bitcoin.tree import split
from terahash.chain import Receipt
from terahash.deployment import Deployment, Terms, deploy, read_deployment
from terahash.errors import SourceError, TerahashError
from terahash.hashprice_index import HashpriceIndex
from terahash.relay import Relay
from terahash.report.replay import DayRow
from terahash.units import DAY, MINUTE


class ReplayError(TerahashError):
    """The contracts and the library disagree: one of them is wrong."""


class Mined:
    """A source of headers whose tip moves: Bitcoin as far as it has been mined."""

    name = "the shipped headers"

    def __init__(self, checkpoint: State) -> None:
        self._first = checkpoint.height + 1
        self._headers: list[bytes] = []

    def mine(self, headers: bytes) -> None:
        """Add the headers (80 bytes each) of the newest blocks."""
        self._headers += split(headers)

    def tip_height(self) -> int:
        return self._first + len(self._headers) - 1

    def header(self, height: int) -> bytes:
        return next(self.headers(height, 1))

    def headers(self, start: int, count: int) -> Iterator[bytes]:
        at = start - self._first
        if not 0 <= at <= at + count <= len(self._headers):
            raise SourceError(
                f"{self.name} reach from {self._first:,} to {self.tip_height():,} now, not over "
                f"{start:,} to {start + count - 1:,}"
            )
        return iter(self._headers[at : at + count])

    def chainwork(self, height: int) -> int | None:
        return None

    def coinbase(self, height: int) -> CoinbaseProof | None:
        return None


class Share(NamedTuple):
    """A block-day's part of transactions: gas, and the unix time of the newest."""

    gas: int
    time: int


class Replaying:
    """A publisher that follows an archive.

    Attributes:
        bitcoin: what has been mined.
        contents: of the complete block-days among it, from the first after the checkpoint.
        state: the State that the relay's heaviest chain has reached.
        states: how many States of the contract were compared, and equal.
        receipts: of every transaction, in order.
        now: unix seconds, as far as the replay has come.
    """

    def __init__(self, chain: ApeChain, relay: Relay, checkpoint: State) -> None:
        self.chain, self.relay, self.checkpoint = chain, relay, checkpoint
        self.bitcoin = Mined(checkpoint)
        self.contents: list[Day] = []
        self.state = checkpoint
        self.states = 0
        self.receipts: list[Receipt] = []
        self._ends: list[State] = []  # after the last block of each complete block-day
        self.now = chain.now

    def mine(self, headers: bytes) -> None:
        """Let up to 144 blocks of one block-day be mined, and a minute pass."""
        count = len(self.contents)
        self.state = extend(self.state, headers, days=self.contents)
        self._ends += [self.state] * (len(self.contents) - count)
        self.bitcoin.mine(headers)
        self._set_time(max(*self.state.times, self.now) + MINUTE)

    def publish(self, deployment: Deployment, source: WithCoinbases) -> None:
        """Do in one pass whatever is due.

        Raises:
            ReplayError: when something was refused, or a State is not the library's.
        """
        done = run_once(
            self.chain,
            deployment,
            [source],
            now=self.now,
            say=lambda step: self._keep(step.receipt),
            warn=_refuse,
        )
        for failure in done.failures:
            _refuse(failure)

    def submit(self, headers: bytes) -> int:
        """Relay a batch of one's own choosing and return the gas it took.

        Raises:
            ReplayError: when the contract's State is not the library's.
        """
        anchor = self.state
        self.mine(headers)
        receipt = self.relay.submit(anchor, headers)
        self._keep(receipt)
        return receipt.gas_used

    def finalize(self) -> None:
        """Make final every block-day whose challenge has passed."""
        final = len(shares(self.receipts, "DayFinal"))
        while (ripe := self.relay.ripe(self.contents[final:], self.now)).days:
            self._keep(self.relay.finalize(ripe.days, ripe.rest))
            final += len(ripe.days)

    def wait(self, seconds: int) -> None:
        """Let time pass for later transactions, from the newest one on."""
        self._set_time(max(self.now, self.chain.now) + seconds)

    @property
    def newest_day(self) -> int:
        """The newest complete block-day."""
        return self.state.height // DAY_BLOCKS - (self.state.height % DAY_BLOCKS < DAY_BLOCKS - 1)

    @property
    def days(self) -> list[DayRow]:
        """What happened to each complete block-day so far."""
        submits = {
            log["state"][1]: receipt.gas_used for receipt, log in logged(self.receipts, "Submitted")
        }
        finals = shares(self.receipts, "DayFinal")
        before, rows = self.checkpoint.time, []
        for state, content in zip(self._ends, self.contents, strict=True):
            final = finals.get(state.height // DAY_BLOCKS)
            rows.append(
                DayRow(
                    day=state.height // DAY_BLOCKS,
                    last_height=state.height,
                    last_hash=display(content.block_hash),
                    last_time=state.time,
                    end=content.end,
                    seconds=state.time - before,
                    bits=content.bits,
                    submit_gas=submits[state.height],
                    final_at=final and final.time,
                    finalize_gas=final and final.gas,
                )
            )
            before = state.time
        return rows

    def _keep(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)
        for _, log in logged([receipt], "Submitted"):
            if log["state"] != tuple(self.state):
                height = self.state.height
                raise ReplayError(f"the relay's State at height {height:,} is not the library's")
            self.states += 1

    def _set_time(self, now: int) -> None:
        self.now = now
        self.chain.set_time(now)


class Replayed(NamedTuple):
    """What stands at the end.

    Attributes:
        deployment: of the contracts on the chain; `terms` are its.
        publisher: what it did.
        signing: what the operators of the quorum feed signed.
        issuing: what an issuer and its holders did; opened nothing where the days were too few.
        hedging: what a miner and a fund traded; settled in part where the days were too few.
        lending: what lenders and borrowers of two vaults did; likewise.
        proofs: the coinbases that it could prove fees with, by height; checked.
    """

    chain: ApeChain
    terms: Terms
    deployment: Deployment
    relay: Relay
    index: HashpriceIndex
    publisher: Replaying
    signing: Signing
    issuing: Issuing
    hedging: Hedging
    lending: Lending
    proofs: dict[int, CoinbaseProof]


def replay(
    chain: ApeChain, archive: Archive, days: int, folder: Path, advance: Callable[[], None]
) -> Replayed:
    """Publish so many block-days and the header that buries the last, until all are closed.

    An issuance opens as soon as the index says what to ask for it, and lives on what is published.

    Args:
        chain: embedded, at the time of the archive's checkpoint.
        archive: of the headers, from the checkpoint on; longer than the days by a header or more.
        days: block-days, 144 headers each.
        folder: receives the deployment file.
        advance: called after each block-day.

    Raises:
        ReplayError: when contracts and library disagree.
    """
    # One confirmation, because the data end one block after day 56; a real relay waits for 100.
    terms = Terms(
        archive.checkpoint,
        confirmations=1,
        quorum=quorum(chain, chain.sender),
        collateral=chain.deploy("BitcoinDouble"),
    )
    file = folder / "deployment.json"
    if file.exists() and read_deployment(file).chain_id == chain.chain_id:
        file.unlink()  # of an earlier run, whose chain is gone
    deployment = deploy(chain, terms, file)
    signing = Signing(chain, deployment)
    relay = Relay(chain, deployment.address("BitcoinRelay"))
    index = HashpriceIndex(chain, deployment.address("HashpriceIndex"))
    publisher = Replaying(chain, relay, archive.checkpoint)
    issuing = Issuing(chain, signing, deployment, index)
    hedging = Hedging(chain, deployment, relay, index)
    lending = Lending(chain, deployment, issuing)
    source = WithCoinbases.open(publisher.bitcoin, SHIPPED_PROOFS)
    batches = archive.batches()
    for headers, _ in islice(batches, days):
        publisher.mine(headers)
        signing.observe_price(publisher.now)
        publisher.publish(deployment, source)
        issuing.open(publisher.newest_day)
        issuing.act(publisher.newest_day)
        hedging.act()
        lending.act(publisher.newest_day)
        advance()
    headers, _ = next(batches)
    publisher.mine(headers[:HEADER_SIZE])
    signing.observe_price(publisher.now)
    publisher.publish(deployment, source)
    for seconds in (terms.challenge, terms.fee_window):
        publisher.wait(seconds)
        signing.observe_price(publisher.now)
        publisher.publish(deployment, source)
        issuing.act(publisher.newest_day)
        hedging.act()
        lending.act(publisher.newest_day)
    publisher.wait(DAY)  # the last delivery is earned
    signing.observe_price(publisher.now)
    issuing.end()
    lending.end()
    proofs = {
        height: proof
        for height, proof in source.proofs.items()
        if archive.checkpoint.height < height <= publisher.state.height
    }
    for height, proof in proofs.items():
        proof.check(Header.parse(publisher.bitcoin.header(height)).merkle_root)
    people = (issuing, hedging, lending)
    return Replayed(chain, terms, deployment, relay, index, publisher, signing, *people, proofs)


def logged(receipts: Iterable[Receipt], event: str) -> Iterator[tuple[Receipt, dict[str, Any]]]:
    """List what was logged under a name, with the receipt of its transaction."""
    for receipt in receipts:
        for name, arguments in receipt.logs:
            if name == event:
                yield receipt, arguments


def shares(receipts: Iterable[Receipt], event: str) -> dict[int, Share]:
    """Say what each block-day that an event names took: shares of gas add up to the whole."""
    found: dict[int, Share] = {}
    for receipt in receipts:
        days = [log["day"] for _, log in logged([receipt], event)]
        for index, day in enumerate(days):
            share, rest = divmod(receipt.gas_used, len(days))
            before = found.get(day, Share(0, 0))
            found[day] = Share(before.gas + share + (index < rest), receipt.block_time)
    return found


def _refuse(sentence: str) -> None:
    raise ReplayError(sentence)
