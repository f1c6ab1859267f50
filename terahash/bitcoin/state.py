"""Verification of headers, and the State that the relay keeps of a verified chain.

A `State` says everything that the next header must be checked against, and binds every complete
block-day before it in one hash. It is a pure function of the chain's prefix: however the headers
are cut into batches, the State after the same header is the same. The contract stores only its
hash (`contracts/bitcoin/BitcoinRelay.vy`); here are the same rules, once, for the daemon, the
command line and the tests.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from Crypto.Hash import keccak as _keccak

from terahash.bitcoin.header import FIELDS, HEADER_SIZE, Header, display, double_sha256
from terahash.bitcoin.network import MAINNET, Network
from terahash.bitcoin.target import EPOCH_BLOCKS, EPOCH_SECONDS, retarget, to_bits, to_target, work
from terahash.errors import HeaderError, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DAY_BLOCKS = 144
GROUP_BLOCKS = 12
MEDIAN_BLOCKS = 11
MAX_FUTURE = 7_200
"""Seconds that a header's time may lie ahead of the clock."""
LAST_TIME = (1 << 32) - 1
"""The latest time that a header can say."""

EMPTY = bytes(32)


def keccak256(raw: bytes) -> bytes:
    """Hash with Keccak-256, as the EVM does."""
    return _keccak.new(data=raw, digest_bits=256).digest()


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def starts_epoch(height: int) -> bool:
    """Say whether the block at this height is the first with a new target."""
    return height % EPOCH_BLOCKS == 0


def median(times: Iterable[int]) -> int:
    """Say the median of eleven times: the sixth smallest."""
    return sorted(times)[MEDIAN_BLOCKS // 2]


def pack_times(times: list[int]) -> tuple[int, int]:
    """Pack eleven times, newest first, into the State's two words: eight in t0, three in t1."""
    packed = sum(time << 32 * i for i, time in enumerate(times))
    return packed & (1 << 256) - 1, packed >> 256


class Day(NamedTuple):
    """A complete block-day, 144 blocks, as the relay makes it final.

    Attributes:
        block_hash: of its last block, internal byte order.
        end: median-time-past of its last block, unix seconds.
        bits: compact target of its blocks; a block-day never spans two epochs.
        epoch_start: time of the first block of its epoch.
        roots: hash of its 144 Merkle roots, in groups of twelve.
    """

    block_hash: bytes
    end: int
    bits: int
    epoch_start: int
    roots: bytes

    @property
    def leaf(self) -> bytes:
        """keccak256(abi_encode(Day)), the Day's link in the chain of block-days."""
        return keccak256(
            self.block_hash
            + _word(self.end)
            + _word(self.bits)
            + _word(self.epoch_start)
            + self.roots
        )


class State(NamedTuple):
    """A verified chain as its next header sees it; the fields are the contract's, in its order.

    Attributes:
        block_hash: of the newest block, internal byte order.
        height: of the newest block.
        chainwork: hashes proven by the whole chain, this block included.
        bits: compact target of the newest block.
        epoch_start: time of the first block of its epoch.
        t0, t1: the last eleven times, 32 bits each, newest lowest: eight in t0, three in t1.
        group: running hash of the Merkle roots since the last multiple of twelve.
        roots: running hash of the complete groups of this block-day.
        days: hash chain of the complete block-days since the checkpoint.
        days_before: the same, one block-day earlier.
    """

    block_hash: bytes
    height: int
    chainwork: int
    bits: int
    epoch_start: int
    t0: int
    t1: int
    group: bytes = EMPTY
    roots: bytes = EMPTY
    days: bytes = EMPTY
    days_before: bytes = EMPTY

    @classmethod
    def checkpoint(
        cls,
        header: Header,
        height: int,
        chainwork: int,
        epoch_start: int,
        earlier_times: list[int] | None = None,
    ) -> State:
        """Build the State that a relay starts from.

        Args:
            header: the last block of an epoch.
            height: its height; one less than a multiple of 2,016.
            chainwork: of the chain up to it, itself included.
            epoch_start: time of its epoch's first block.
            earlier_times: of the ten blocks before it, newest first; without them the window is
                padded with the block's own time, so that the median of the first ten headers
                after it is approximate.
        """
        times = [header.time, *(earlier_times or [header.time] * (MEDIAN_BLOCKS - 1))]
        t0, t1 = pack_times(times)
        return cls(header.hash, height, chainwork, header.bits, epoch_start, t0, t1)

    @property
    def hash(self) -> bytes:
        """keccak256(abi_encode(State)): what the contract knows a State by."""
        return keccak256(
            self.block_hash
            + b"".join(map(_word, self[1:7]))
            + self.group
            + self.roots
            + self.days
            + self.days_before
        )

    @property
    def times(self) -> list[int]:
        """The last eleven times, newest first, unix seconds."""
        packed = self.t0 | self.t1 << 256
        return [packed >> 32 * i & 0xFFFFFFFF for i in range(MEDIAN_BLOCKS)]

    @property
    def time(self) -> int:
        """The newest block's own time, unix seconds."""
        return self.t0 & 0xFFFFFFFF

    @property
    def median_time(self) -> int:
        """The newest block's median-time-past, unix seconds: Bitcoin's clock."""
        return median(self.times)

    def next_bits(self, network: Network = MAINNET) -> int:
        """Say which compact target the next header must carry."""
        if not starts_epoch(self.height + 1):
            return self.bits
        span = self.time - self.epoch_start
        return to_bits(retarget(to_target(self.bits), span, network.limit))


def before_genesis(network: Network = MAINNET) -> State:
    """Build the State that genesis itself extends, so that a whole chain is verified from nothing.

    Its epoch lasted exactly two weeks, so the first target is the network's limit. Bitcoin takes
    the median of fewer times while there are fewer than eleven; here zeros stand for those
    missing, so that the median of the first ten headers is lower than Bitcoin's.
    """
    bits = to_bits(network.limit)
    return State(EMPTY, -1, 0, bits, -EPOCH_SECONDS, 0, 0)


def extend(
    state: State,
    headers: bytes,
    network: Network = MAINNET,
    now: int | None = None,
    days: list[Day] | None = None,
) -> State:
    """Verify headers with every rule of Bitcoin and return the State after the last of them.

    Args:
        state: what they extend.
        headers: whole headers, 80 bytes each, oldest first.
        network: whose limit and versions apply.
        now: unix seconds; no header may lie more than two hours ahead. None for history, which
            was checked when it was new.
        days: receives each block-day that the headers complete.

    Raises:
        HeaderError: names the first header refused and the first rule that it breaks.
    """
    if not headers or len(headers) % HEADER_SIZE:
        raise HeaderError(
            state.height + 1, Rule.WHOLE, f"{len(headers)} bytes, not a multiple of {HEADER_SIZE}"
        )
    latest = LAST_TIME if now is None else now + MAX_FUTURE
    at = 0
    while at < len(headers):
        end = at + HEADER_SIZE * (DAY_BLOCKS - (state.height + 1) % DAY_BLOCKS)
        state = _extend_within_day(state, headers[at:end], network, latest)
        at = end
        if (state.height + 1) % DAY_BLOCKS == 0:
            day = Day(
                state.block_hash, state.median_time, state.bits, state.epoch_start, state.roots
            )
            state = state._replace(
                roots=EMPTY, days=keccak256(state.days + day.leaf), days_before=state.days
            )
            if days is not None:
                days.append(day)
    return state


def _extend_within_day(state: State, headers: bytes, network: Network, latest: int) -> State:
    """Extend by headers of one block-day, which never spans two epochs: its target is one."""
    bits = state.next_bits(network)
    target = to_target(bits)
    tip, height, group, roots = state.block_hash, state.height, state.group, state.roots
    times = state.times[::-1]  # oldest first, and growing: the last eleven are the window
    last = times[-1]
    at = 0

    for version, parent, merkle_root, time, own_bits, _ in FIELDS.iter_unpack(headers):
        height += 1
        block_hash = double_sha256(headers[at : at + HEADER_SIZE])
        at += HEADER_SIZE
        if version < network.lowest_version(height):
            raise HeaderError(height, Rule.VERSION, f"version {version}")
        if parent != tip:
            raise HeaderError(height, Rule.LINK, f"parent {display(parent)}, not {display(tip)}")
        if own_bits != bits:
            raise HeaderError(height, Rule.BITS, f"bits {own_bits:08x}, not {bits:08x}")
        # A time above the parent's is above the median too: the parent's is never below it.
        if time <= last and time <= median(times[-MEDIAN_BLOCKS:]):
            raise HeaderError(height, Rule.MEDIAN_TIME, f"time {time}")
        if time > latest:
            raise HeaderError(height, Rule.FUTURE_TIME, f"time {time}, at most {latest}")
        if int.from_bytes(block_hash, "little") > target:
            raise HeaderError(height, Rule.WORK, f"{display(block_hash)} above {target:064x}")

        tip, last = block_hash, time
        times.append(time)
        group = keccak256(group + merkle_root)
        if height % GROUP_BLOCKS == GROUP_BLOCKS - 1:
            roots = keccak256(roots + group)
            group = EMPTY

    t0, t1 = pack_times(times[: -MEDIAN_BLOCKS - 1 : -1])
    return state._replace(
        block_hash=tip,
        height=height,
        chainwork=state.chainwork + work(target) * (height - state.height),
        bits=bits,
        epoch_start=times[MEDIAN_BLOCKS] if starts_epoch(state.height + 1) else state.epoch_start,
        t0=t0,
        t1=t1,
        group=group,
        roots=roots,
    )


def verify(
    headers: Iterable[bytes],
    state: State,
    network: Network = MAINNET,
    now: int | None = None,
) -> Iterator[State]:
    """Verify a stream of single headers and yield the State after each complete block-day.

    The last State yielded is the one after the last header. Memory stays constant however long
    the stream is.

    Raises:
        HeaderError: as `extend` does.
    """
    stream = iter(headers)
    while batch := b"".join(islice(stream, DAY_BLOCKS - (state.height + 1) % DAY_BLOCKS)):
        state = extend(state, batch, network, now)
        yield state
