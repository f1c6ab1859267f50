"""Block-days with coinbases, final on a relay, and an index that records them.

The chain begins 18,956 block-days after genesis, an epoch's start, and its third day holds the
thirteenth halving. Blocks take about 127 hashes, and each day has a pace of its own. Subsidies are
so small there that fees lie below, at and above them, and that no price overflows a total.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from terahash.bitcoin.header import HEADER_SIZE, Header
from terahash.bitcoin.network import Network, subsidy
from terahash.bitcoin.state import DAY_BLOCKS, GROUP_BLOCKS, Day, State, extend, keccak256
from terahash.bitcoin.target import to_bits
from terahash.bitcoin.tree import split
from terahash.chain import Receipt
from terahash.deployment import Terms, deploy
from terahash.relay import Relay
from tests.support.miner import Block, checkpoint, coinbase, mine, mine_coinbase, output
from tests.support.revm_chain import RevmChain

LIGHT = Network("light", limit=(1 << 252) - 1)
EPOCH = 1_354
FIRST_DAY = EPOCH * 14
HALVING_DAY, BLOCKS_BEFORE_HALVING = divmod(13 * 210_000, DAY_BLOCKS)
START = checkpoint(EPOCH)._replace(bits=to_bits(1 << 249))
CHALLENGE = 3_600
FEE_WINDOW = 86_400
UNIT = 1
"""Hashes a second that an index on this chain prices."""
GROUPS = DAY_BLOCKS // GROUP_BLOCKS
ALL_GROUPS = (1 << GROUPS) - 1
FEED_ID = b"BTC/USD".ljust(32, b"\0")
ZERO_ADDRESS = "0x" + "00" * 20
_PACE = (600, 560, 1_100, 240, 610, 60, 900, 600, 590, 480, 700, 620, 300, 750)
"""Seconds between blocks, on average, of each day of an epoch."""


class MinedDay(NamedTuple):
    """A block-day with its transactions: what anyone with a node knows of it.

    Attributes:
        number: height // 144.
        anchor: State before its first block.
        day: as the relay makes it final.
        blocks: its 144 blocks.
    """

    number: int
    anchor: State
    day: Day
    blocks: list[Block]

    @property
    def headers(self) -> bytes:
        """Its headers, 80 bytes each."""
        return b"".join(block.header for block in self.blocks)

    @property
    def roots(self) -> list[bytes]:
        """The Merkle roots of its blocks."""
        return [Header.parse(block.header).merkle_root for block in self.blocks]

    def hashes(self, given: int = ALL_GROUPS) -> list[bytes]:
        """List what `prove_fees` takes: the groups that are given root by root, and the others."""
        return hashes_of(self.roots, given)

    def fees(self, index: int) -> int:
        """Say what the fees of one block count, from the amounts that its coinbase pays."""
        own = subsidy(self.number * DAY_BLOCKS + index)
        return min(max(total(self.blocks[index].coinbase) - own, 0), own)

    def proofs(self, indices: Iterable[int]) -> bytes:
        """Encode the proofs of these blocks, in this order."""
        return b"".join(encode(i, self.blocks[i]) for i in indices)


class Claim(NamedTuple):
    """The arguments of `prove_fees`, to be changed or sent."""

    number: int
    day: Day
    given: int
    hashes: list[bytes]
    blob: bytes

    @classmethod
    def of(cls, mined: MinedDay, given: int, indices: Iterable[int]) -> Claim:
        """Claim the fees of these blocks truly, giving these groups root by root."""
        return cls(mined.number, mined.day, given, mined.hashes(given), mined.proofs(indices))

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments as the contract takes them."""
        return (self.number, tuple(self.day), *self[2:])


def total(raw: bytes) -> int:
    """Sum what a coinbase of these tests pays, satoshi: its outputs follow a script of one size."""
    at = 42 + raw[41] + 4
    count, at, paid = raw[at], at + 1, 0
    for _ in range(count):
        paid += int.from_bytes(raw[at : at + 8], "little")
        size = raw[at + 8]
        if size == 0xFD:
            size = 2 + int.from_bytes(raw[at + 9 : at + 11], "little")
        at += 9 + size
    assert at + 4 == len(raw)
    return paid


def hashes_of(roots: Sequence[bytes], given: int) -> list[bytes]:
    """Write each of twelve groups of Merkle roots out where it is given, folded where not."""
    hashes: list[bytes] = []
    for group in range(GROUPS):
        own = roots[group * GROUP_BLOCKS : (group + 1) * GROUP_BLOCKS]
        if given >> group & 1:
            hashes += own
        else:
            folded = bytes(32)
            for root in own:
                folded = keccak256(folded + root)
            hashes.append(folded)
    return hashes


def groups_of(indices: Iterable[int]) -> int:
    """Say which groups must be given for proofs of these blocks, a bit for each."""
    return sum(1 << group for group in {i // GROUP_BLOCKS for i in indices})


def encode(index: int, block: Block) -> bytes:
    """Encode one proof: index, number of siblings, length, coinbase and siblings."""
    head = bytes([index, len(block.branch)]) + len(block.coinbase).to_bytes(2, "big")
    return head + block.coinbase + b"".join(block.branch)


def _fees(rng: random.Random, own: int) -> int:
    """Draw fees around a subsidy; a miner may also leave some of it, or pay itself far more."""
    kind = rng.random()
    if kind < 0.1:
        return 0
    if kind < 0.15:
        return -rng.randrange(own)
    if kind < 0.3:
        return own + rng.choice((-1, 0, 1, own, 50 * 10**8))
    return int(own * rng.random() ** 3)


def _extra_outputs(rng: random.Random, value: int) -> tuple[int, list[bytes]]:
    """Split a payout as pools do: other keys, data, a script of more than 252 bytes.

    Returns:
        what is left for the first output, and the others.
    """
    extra = []
    for _ in range(rng.choice((0, 0, 0, 1, 2, 4))):
        part = rng.randrange(value + 1)
        script = rng.choice(
            (
                b"\x76\xa9\x14" + rng.randbytes(20) + b"\x88\xac",
                b"\x51\x20" + rng.randbytes(32),
                b"",
                b"\x6a" + rng.randbytes(rng.choice((30, 80, 252))),
            )
        )
        extra.append(output(part, script))
        value -= part
    return value, extra


def mine_indexed_days(
    state: State, count: int, seed: int = 0, network: Network = LIGHT
) -> tuple[list[MinedDay], State]:
    """Mine block-days whose blocks have coinbases of many shapes, deterministic in the seed.

    Returns:
        the days, and the State after the last of them.
    """
    rng = random.Random(seed)
    mined = []
    for _ in range(count):
        anchor, blocks, found = state, list[Block](), list[Day]()
        number = (state.height + 1) // DAY_BLOCKS
        for _ in range(DAY_BLOCKS):
            height = state.height + 1
            value, extra = _extra_outputs(rng, subsidy(height) + _fees(rng, subsidy(height)))
            raw = coinbase(height, value, seed, extra)
            branch = [rng.randbytes(32) for _ in range(rng.choice((0, 1, 9, 11, 11, 11, 12)))]
            pace = _PACE[number % len(_PACE)]
            # Times run backwards now and then, as real ones do; their median never does.
            time = max(state.time + rng.randrange(2 * pace), state.median_time + 1)
            if rng.random() < 0.05:
                time = state.median_time + 1
            block = mine_coinbase(state, raw, branch, time, network)
            state = extend(state, block.header, network, days=found)
            blocks.append(block)
        mined.append(MinedDay(number, anchor, found[0], blocks))
    return mined, state


@cache
def mined_days() -> list[MinedDay]:
    """Mine the common chain once a process: two epochs and four days, the last to bury others."""
    return mine_indexed_days(START, 32)[0]


class Index:
    """An index with a feed, over a relay that follows the common chain.

    Attributes:
        mined: the block-days of the common chain by number, whether the relay has them or not.
    """

    def __init__(
        self,
        chain: RevmChain,
        relay: Relay,
        mined: Sequence[MinedDay],
        first_day: int | None = None,
        unit: int = UNIT,
        fee_window: int = FEE_WINDOW,
        feed: str | None = None,
    ) -> None:
        self.chain, self.relay = chain, relay
        self.mined = {day.number: day for day in mined}
        self.first_day = mined[0].number if first_day is None else first_day
        self.feed = chain.deploy("FeedDouble") if feed is None else feed
        feed_id = bytes(32) if self.feed == ZERO_ADDRESS else FEED_ID
        terms = (relay.address, unit, self.first_day, fee_window, self.feed, feed_id)
        self.address = chain.deploy("HashpriceIndex", *terms)

    def send(self, function: str, *args: Any) -> Receipt:
        return self.chain.send("HashpriceIndex", self.address, function, *args)

    def logged(self, function: str, *args: Any) -> dict[str, dict[str, Any]]:
        """Send, and return the events by name."""
        return dict(self.send(function, *args).logs)

    def read(self, function: str, *args: Any) -> Any:
        return self.chain.call("HashpriceIndex", self.address, function, *args)

    def calldata(self, function: str, *args: Any) -> bytes:
        """Encode a call as every client does, to be changed."""
        return self.chain._codec.calldata("HashpriceIndex", function, args)[1]

    def send_calldata(self, calldata: bytes) -> None:
        """Send a call whatever its bytes are."""
        self.chain._execute("HashpriceIndex", self.address, "calldata", calldata)

    def observe(self, value: int, at: int) -> None:
        self.chain.send("FeedDouble", self.feed, "observe", FEED_ID, value, at)

    def set_feed_broken(self, is_broken: bool = True) -> None:
        self.chain.send("FeedDouble", self.feed, "set_broken", is_broken)

    def record(self, *numbers: int) -> Receipt:
        return self.send("record", [tuple(self.mined[number].day) for number in numbers])

    def prove(self, number: int, indices: Sequence[int]) -> Receipt:
        """Prove the fees of these blocks of a day, giving their groups alone."""
        claim = Claim.of(self.mined[number], groups_of(indices), indices)
        return self.send("prove_fees", *claim.arguments)

    def prove_all(self, number: int) -> None:
        """Prove the fees of a whole day, in batches of 48."""
        for start in range(0, DAY_BLOCKS, 48):
            self.prove(number, range(start, start + 48))

    def close_up_to(self, last: int) -> None:
        """Record and close days with nothing proven, each after its whole window."""
        recorded = self.read("recorded")
        for number in range(recorded + 1, last + 1):
            self.record(number)
            if number > self.first_day:
                self.chain.now += FEE_WINDOW
                self.send("close")


class Indexed:
    """A relay that follows the common chain, and makes its days final as they are brought.

    Attributes:
        final: how many of the common chain's days are final.
        tip: State of the common chain that the relay follows, one block after those days.
    """

    def __init__(self, days: int) -> None:
        self.chain = RevmChain(START.time)
        terms = Terms(START, LIGHT.limit, 1, CHALLENGE)
        self.relay = Relay(self.chain, deploy(self.chain, terms).address("BitcoinRelay"))
        self.mined = mined_days()
        self.tip, self.final = START, 0
        self.bring(days)

    @contextmanager
    def undone(self) -> Iterator[Indexed]:
        """Undo what happens inside, so that the chain is made once a process."""
        tip, final = self.tip, self.final
        with self.chain.undone():
            yield self
        self.tip, self.final = tip, final

    def index(self, **terms: Any) -> Index:
        return Index(self.chain, self.relay, self.mined, **terms)

    def bring(self, days: int) -> list[MinedDay]:
        """Submit the next days and the block that buries them, and make them final an hour later.

        The clock never runs back: it is at least at the time of every block.
        """
        brought = self.mined[self.final : self.final + days]
        for mined in brought:
            self.tip = _submit(self.chain, self.relay, self.tip, _from(self.tip, mined))
        self.tip = _submit(self.chain, self.relay, self.tip, _first_of(self.mined, brought))
        self.chain.now += CHALLENGE
        leaves = [mined.day.leaf for mined in brought]
        for at in range(0, len(brought), 16):
            part = [mined.day for mined in brought[at : at + 16]]
            self.relay.finalize(part, leaves[at + 16 :])
        self.final += days
        return brought


def _from(tip: State, mined: MinedDay) -> bytes:
    """Return those headers of a day that come after a State."""
    return mined.headers[(tip.height - mined.anchor.height) * HEADER_SIZE :]


def _first_of(mined: Sequence[MinedDay], brought: Sequence[MinedDay]) -> bytes:
    """Return the header after these days."""
    return mined[brought[-1].number - mined[0].number + 1].blocks[0].header


@cache
def _extended(anchor: State, headers: bytes) -> tuple[State, int]:
    """Return the State after headers, and the latest of their times."""
    return extend(anchor, headers, LIGHT), max(Header.parse(h).time for h in split(headers))


def _submit(chain: RevmChain, relay: Relay, anchor: State, headers: bytes) -> State:
    after, latest = _extended(anchor, headers)
    chain.now = max(chain.now, latest)
    relay.submit(anchor, headers)
    return after


@cache
def indexed(days: int = 31) -> Indexed:
    """Make the common chain's first days final on a relay, once a process."""
    return Indexed(days)


class Rival:
    """Another chain from the end of one of the common chain's days, mined as far as it is needed.

    Attributes:
        agreed: the last day that both chains have.
        days: its own block-days.
    """

    def __init__(self, agreed: int) -> None:
        self.agreed = agreed
        mined = mined_days()
        self._state = mined[agreed + 1 - mined[0].number].anchor
        self._batches: list[tuple[State, bytes, State]] = []
        self.days: list[Day] = []

    def overtake(self, base: Indexed) -> list[bytes]:
        """Submit this chain until the relay follows it; return the leaves that a dispute takes."""
        work = base.relay.tip().work
        for count in range(len(mined_days())):
            if count == len(self._batches):
                headers, _ = mine(self._state, DAY_BLOCKS, 1, 500, LIGHT)
                after = extend(self._state, headers, LIGHT, days=self.days)
                self._batches.append((self._state, headers, after))
                self._state = after
            anchor, headers, after = self._batches[count]
            _submit(base.chain, base.relay, anchor, headers)
            if after.chainwork > work and count:
                return [day.leaf for day in self.days[:count]]
        raise AssertionError("the rival never has more work")


@cache
def rival(agreed: int) -> Rival:
    """Return the rival that leaves the common chain after a day, mined once a process."""
    return Rival(agreed)


def dispute(base: Indexed, agreed: int) -> None:
    """Let a heavier chain contradict the final days after this one, and prove it to the relay."""
    base.relay.dispute(agreed, rival(agreed).overtake(base))
