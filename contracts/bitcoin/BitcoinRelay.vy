# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Bitcoin relay
@notice   Accepts exactly the header chains that a Bitcoin node would, follows the one with the most
          work, and makes a block-day final only when it is buried under CONFIRMATIONS blocks and
          has stood in public for CHALLENGE seconds.
@dev      Ancestry lives in each State as a hash chain of block-days, so that neither parent
          pointers nor walks are needed and batches may be cut anywhere. A batch stores one word;
          the State itself is in the log. Which State is the heaviest chain's is in the log too: nothing on
          chain needs more of it than the tip, and a slot of its own costs each batch 5,000 gas.
@custom:security
          Anyone may call everything, and proof of work is the only way in. With 100 confirmations
          and 24 hours of challenge, and 3.125 BTC of subsidy a block:
          - A false block-day costs 101 blocks, 316 BTC, and needs that nobody submits the honest
            chain during the challenge; against one honest submitter it needs a majority of the
            network. A false epoch costs 245 blocks, 766 BTC.
          - A dispute needs no challenge, so that consumers stop before they settle on a false day.
            So about 102 blocks that overtake a relay which lags, for one transaction, freeze its
            finality for ever: the same price, and no day's wait. One honest submitter must keep it
            less than a day behind.
          - A relay that slept for weeks makes both cheaper (four weeks: a third), because blocks at
            an old difficulty can be mined at leisure. One honest submitter must be online.
          - The miner of an epoch's last block may legally shift the next difficulty by -0.6 % to
            +0.3 % by the time it writes.
          - A checkpoint with an unverified past is trusted by whoever uses the contract: recompute
            it from two sources before you do.
@custom:kill   It cannot be stopped, paused or upgraded. A dispute that is proven stops finality for
          ever, and only that.
"""

from ..interfaces import IBitcoinRelay
from . import header

implements: IBitcoinRelay

VERSION: public(constant(String[8])) = "0.1.0"

DAY_BLOCKS: constant(uint256) = 144
GROUP_BLOCKS: constant(uint256) = 12
EPOCH_DAYS: constant(uint256) = 14
MAX_FUTURE: constant(uint256) = 7_200
MAX_HEADERS: constant(uint256) = 144
MIN_CHALLENGE: constant(uint256) = 3_600
MAX_CHALLENGE: constant(uint256) = 30 * 86_400
MAX_GROUPS: constant(uint256) = 13  # twelve whole ones, or eleven and two parts
MAX_DAYS: constant(uint256) = 16
MAX_REST: constant(uint256) = 256
MAX_LEAVES: constant(uint256) = 512
MAX_HOPS: constant(uint256) = 16

# In 96 bits chainwork overflowed; 2^128 hashes take more energy than the sun sends the earth in
# a thousand years, at 20 J/TH.
_WORK_MASK: constant(uint256) = 2**128 - 1
_TIME_MASK: constant(uint256) = 2**40 - 1
_DAY_MASK: constant(uint256) = 2**24 - 1
_NUMBER_MASK: constant(uint256) = 2**32 - 1
_MANTISSA_MASK: constant(uint256) = 2**23 - 1
# Of a header's first four bytes, the bits that a version of four or more, or a negative one, sets.
_AT_LEAST_FOUR: constant(uint256) = (2**32 - 1 - 3 * 2**24) * 2**224
_NEGATIVE: constant(uint256) = 2**231
_T1_MASK: constant(uint256) = 2**96 - 1

LIMIT: public(immutable(uint256))  # the network's highest target
CONFIRMATIONS: public(immutable(uint256))  # blocks
CHALLENGE: public(immutable(uint256))  # seconds
CHECKPOINT_DAY: public(immutable(uint256))  # the block-day that the checkpoint's block ends

known: public(HashMap[bytes32, bool])  # State's hash -> it was verified here
_tip: uint256  # work 128 | height 32 | bits 32 | restarted 40 | final day 24
head: public(bytes32)  # day chain, CONFIRMATIONS deep, of the heaviest chain
buried: public(HashMap[bytes32, uint256])  # day chain -> when it last became the head
day_chain: public(HashMap[uint256, bytes32])  # final block-day -> day chain; written once
connected: public(HashMap[bytes32, bool])  # keccak(a day chain, a later one that goes on from it)
disputed_from: public(uint256)  # first final block-day that the heaviest chain contradicts, or 0
_epochs: HashMap[uint256, uint256]  # final epoch -> bits 32 | start 32
epoch_sum: public(HashMap[uint256, uint256])  # total difficulty x 10^18 of the final epochs before


@deploy
def __init__(
    _checkpoint: IBitcoinRelay.State, _limit: uint256, _confirmations: uint256, _challenge: uint256
):
    """
    @notice Start from the last block of an epoch, so that the first header is a verified retarget.
    @param _checkpoint     Its State, with empty accumulators; on the main network at height 389,087
                           or above, from where every header's version is at least four.
    @param _limit          The network's highest target, below 2^253.
    @param _confirmations  Blocks on top of a block-day that bury it, 1 to 144.
    @param _challenge      Seconds that a buried day stands in public before it is final, an hour to
                           30 days.
    """
    height: uint256 = _checkpoint.height
    assert height % header.EPOCH_BLOCKS == header.EPOCH_BLOCKS - 1, "relay: not the end of an epoch"
    assert (
        _checkpoint.group == empty(bytes32)
        and _checkpoint.roots == empty(bytes32)
        and _checkpoint.days == empty(bytes32)
        and _checkpoint.days_before == empty(bytes32)
    ), "relay: accumulators not empty"
    assert _limit != 0 and _limit < 2**253, "relay: limit out of range"
    target: uint256 = header.target_of(_checkpoint.bits)
    assert (
        target != 0 and target <= _limit and header.bits_of(target) == _checkpoint.bits
    ), "relay: bits out of range"
    assert (
        _checkpoint.chainwork <= _WORK_MASK
        and height // DAY_BLOCKS <= _DAY_MASK // 2
        and _checkpoint.epoch_start <= _NUMBER_MASK
        and _checkpoint.t1 <= _T1_MASK
        # What the quick look at a header's time relies on; true of every real block.
        and header.median_time(_checkpoint.t0, _checkpoint.t1) <= _checkpoint.t0 & _NUMBER_MASK
    ), "relay: checkpoint out of range"
    assert 0 < _confirmations and _confirmations <= DAY_BLOCKS, "relay: confirmations not 1..144"
    assert (
        MIN_CHALLENGE <= _challenge and _challenge <= MAX_CHALLENGE
    ), "relay: challenge not 1h..30d"

    LIMIT = _limit
    CONFIRMATIONS = _confirmations
    CHALLENGE = _challenge
    CHECKPOINT_DAY = height // DAY_BLOCKS
    state_hash: bytes32 = keccak256(abi_encode(_checkpoint))
    self.known[state_hash] = True
    self._set_tip(
        IBitcoinRelay.Tip(
            work=_checkpoint.chainwork,
            height=height,
            bits=_checkpoint.bits,
            restarted=0,
            final_day=CHECKPOINT_DAY,
        )
    )
    log IBitcoinRelay.Submitted(state_hash=state_hash, state=_checkpoint, best=True)


# ╔════════════════════════════════════════════════════════════════╗
# ║                        PERMISSIONLESS                          ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def submit(
    _anchor: IBitcoinRelay.State, _headers: Bytes[header.SIZE * MAX_HEADERS]
) -> IBitcoinRelay.State:
    """
    @notice Verify headers and, when they have the most work, follow them. What is known already
            changes nothing.
    @param _anchor   A State that the relay knows: the parent of the first header.
    @param _headers  1 to 144 headers of 80 bytes, oldest first.
    @return The State after the last header, which later batches may be anchored to.
    @custom:reverts  With the first rule that the first bad header breaks.
    """
    assert self.known[keccak256(abi_encode(_anchor))], "relay: unknown anchor"
    count: uint256 = len(_headers) // header.SIZE
    assert count != 0 and len(_headers) == count * header.SIZE, "relay: not whole headers"

    state: IBitcoinRelay.State = _anchor
    latest: uint256 = block.timestamp + MAX_FUTURE
    # What follows from the target, once for each: its work, its place in a header, and for a quick
    # look at a hash its mantissa and the bits that are zero above it.
    target: uint256 = header.target_of(state.bits)
    block_work: uint256 = header.work(target)
    bits_field: uint256 = header.number4(state.bits)
    mantissa: uint256 = state.bits & _MANTISSA_MASK
    above: uint256 = 256 - 8 * (state.bits >> 24)
    done: uint256 = 0
    # By groups of twelve, which never span two epochs. Inside one nothing is called in the common
    # path: a call costs 50 gas for each header.
    for _: uint256 in range(MAX_GROUPS):
        if (state.height + 1) % header.EPOCH_BLOCKS == 0:
            state.bits = header.bits_of(
                header.retarget(target, state.epoch_start, state.t0 & _NUMBER_MASK, LIMIT)
            )
            # The 32 bytes that end with the first header's time.
            state.epoch_start = header.number4(
                extract32(_headers, done * header.SIZE + 40, output_type=uint256)
            )
            target = header.target_of(state.bits)
            block_work = header.work(target)
            bits_field = header.number4(state.bits)
            mantissa = state.bits & _MANTISSA_MASK
            above = 256 - 8 * (state.bits >> 24)
        size: uint256 = min(count - done, GROUP_BLOCKS - (state.height + 1) % GROUP_BLOCKS)

        for i: uint256 in range(done, done + size, bound=GROUP_BLOCKS):
            # i is below 144: its product with 80 cannot overflow.
            raw: Bytes[header.SIZE] = slice(_headers, unsafe_mul(i, header.SIZE), header.SIZE)
            start: uint256 = extract32(raw, 0, output_type=uint256)
            middle: uint256 = extract32(raw, 32, output_type=uint256)
            end: uint256 = extract32(raw, 48, output_type=uint256)
            # The version is little-endian and signed: its last byte holds the sign.
            assert start & _AT_LEAST_FOUR != 0 and start & _NEGATIVE == 0, "relay: version too low"
            assert (start << 32) | (middle >> 224) == convert(
                state.block_hash, uint256
            ), "relay: parent mismatch"
            assert (end >> 32) & _NUMBER_MASK == bits_field, "relay: unexpected bits"
            time: uint256 = (
                (((end >> 64) & 255) << 24)
                | (((end >> 64) & 65_280) << 8)
                | ((end >> 72) & 65_280)
                | ((end >> 88) & 255)
            )
            # A time above the parent's is above the median too: the parent's is never below it.
            assert time > state.t0 & _NUMBER_MASK or header.is_above_median(
                time, state.t0, state.t1
            ), "relay: time not above median"
            assert time <= latest, "relay: time too far ahead"
            state.block_hash = sha256(sha256(raw))
            # The hash's highest bytes come last; where they alone decide, it is not reversed.
            high: uint256 = convert(state.block_hash, uint256)
            top: uint256 = high >> above
            top = ((top & 255) << 16) | (top & 65_280) | ((top >> 16) & 255)
            assert (top < mantissa and high << (256 - above) == 0) or header.number32(
                state.block_hash
            ) <= target, "relay: insufficient work"

            state.t1 = ((state.t1 << 32) | (state.t0 >> 224)) & _T1_MASK
            state.t0 = (state.t0 << 32) | time
            state.group = keccak256(
                abi_encode(state.group, (middle << 32) | ((end >> 96) & _NUMBER_MASK))
            )

        done += size
        state.height += size
        state.chainwork += size * block_work
        if (state.height + 1) % GROUP_BLOCKS == 0:
            state.roots = keccak256(concat(state.roots, state.group))
            state.group = empty(bytes32)
            if (state.height + 1) % DAY_BLOCKS == 0:
                state = self._end_day(state)
        if done == count:
            break

    state_hash: bytes32 = keccak256(abi_encode(state))
    if not self.known[state_hash]:
        self.known[state_hash] = True
        best: bool = self._follow(_anchor, state)
        log IBitcoinRelay.Submitted(state_hash=state_hash, state=state, best=best)
    return state


@external
def finalize(
    _days: DynArray[IBitcoinRelay.Day, MAX_DAYS],
    _rest: DynArray[bytes32, MAX_REST],
    _hops: DynArray[bytes32, MAX_HOPS] = [],
):
    """
    @notice Make block-days final that are buried, on the heaviest chain, and unchallenged for long
            enough.
    @param _days  The block-days after the last final one, oldest first.
    @param _rest  keccak(abi_encode(Day)) of those after them, up to the newest buried one.
    @param _hops  Of a longer backlog: the day chains that lead from there to the newest buried one,
                  each connected to the one before.
    """
    assert self.disputed_from == 0, "relay: disputed"
    tip: IBitcoinRelay.Tip = self._unpacked_tip()
    links: DynArray[bytes32, MAX_DAYS] = []
    link: bytes32 = self.day_chain[tip.final_day]
    ripe: uint256 = 0  # days that no challenge holds back any more
    for day: IBitcoinRelay.Day in _days:
        link = self._link(link, day)
        links.append(link)
        # A day that never was the head itself was leapt over by a reorganisation: `restarted`.
        if max(self.buried[link], tip.restarted) + CHALLENGE <= block.timestamp:
            ripe = len(links)
    for leaf: bytes32 in _rest:
        link = keccak256(concat(link, leaf))
    self._check_reaches_head(link, _hops)
    assert ripe != 0, "relay: challenge still open"

    for i: uint256 in range(ripe, bound=MAX_DAYS):
        tip.final_day += 1
        self.day_chain[tip.final_day] = links[i]
        log IBitcoinRelay.DayFinal(day=tip.final_day, chain=links[i], content=_days[i])
        if tip.final_day % EPOCH_DAYS == 0:
            self._finalize_epoch(tip.final_day // EPOCH_DAYS, _days[i])
    self._set_tip(tip)


@external
def connect(_chain: bytes32, _leaves: DynArray[bytes32, MAX_LEAVES]):
    """
    @notice Record that one day chain goes on from another, for whoever finalizes or disputes over
            more block-days than one call can name. It is true for ever, whatever becomes heaviest.
    @param _chain   Any day chain.
    @param _leaves  keccak(abi_encode(Day)) of the block-days after it.
    """
    link: bytes32 = _chain
    for leaf: bytes32 in _leaves:
        link = keccak256(concat(link, leaf))
    self.connected[keccak256(concat(_chain, link))] = True
    log IBitcoinRelay.Connected(chain=_chain, later=link)


@external
def dispute(
    _day: uint256,
    _leaves: DynArray[bytes32, MAX_LEAVES],
    _hops: DynArray[bytes32, MAX_HOPS] = [],
):
    """
    @notice Prove that the heaviest chain contradicts a final block-day. Nothing becomes final
            afterwards, and consumers refuse the contradicted days.
    @param _day     The last final block-day that the heaviest chain agrees with.
    @param _leaves  keccak(abi_encode(Day)) of the heaviest chain's block-days after it, up to the
                    newest buried one.
    @param _hops    As for `finalize`, after the leaves.
    """
    assert _day >= CHECKPOINT_DAY and _day < self._unpacked_tip().final_day, "relay: day not final"
    disputed: uint256 = self.disputed_from
    assert disputed == 0 or _day + 1 < disputed, "relay: already disputed"
    link: bytes32 = self.day_chain[_day]
    first: bytes32 = empty(bytes32)
    for leaf: bytes32 in _leaves:
        link = keccak256(concat(link, leaf))
        if first == empty(bytes32):
            first = link
    self._check_reaches_head(link, _hops)
    assert first != self.day_chain[_day + 1] and first != empty(bytes32), "relay: no contradiction"
    self.disputed_from = _day + 1
    log IBitcoinRelay.Disputed(day=_day + 1)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def tip() -> IBitcoinRelay.Tip:
    """
    @notice Say where the heaviest chain stands. It may reorganise: settle on final days only.
    """
    return self._unpacked_tip()


@view
@external
def epoch(_epoch: uint256) -> IBitcoinRelay.Epoch:
    """
    @notice Return a final epoch's target and start; all zero while it is not final.
    @param _epoch  Height of its first block // 2016.
    """
    packed: uint256 = self._epochs[_epoch]
    return IBitcoinRelay.Epoch(
        bits=packed >> 32, start=packed & _NUMBER_MASK, is_final=packed != 0
    )


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@internal
def _follow(_anchor: IBitcoinRelay.State, _state: IBitcoinRelay.State) -> bool:
    """
    @dev Follow a chain with strictly more work: first seen wins a tie. `head` becomes its newest
         buried day, whose challenge begins now, also if it was buried once before. Unless that day
         follows the old head directly, as the State or its anchor shows, the chain that was
         contestable in public was left, and the challenge of every day begins again. So whoever
         finds max(buried, restarted) in the past knows that the day stayed on the heaviest chain
         ever since. On one chain the head moves a day at a time whatever the batches, so that
         nobody restarts a challenge without mining a heavier fork.
    """
    tip: IBitcoinRelay.Tip = self._unpacked_tip()
    if _state.chainwork <= tip.work:
        return False
    assert _state.chainwork <= _WORK_MASK, "relay: chainwork too large"

    on_top: uint256 = (_state.height + 1) % DAY_BLOCKS  # blocks above the last complete day
    deep: bytes32 = _state.days if on_top >= CONFIRMATIONS else _state.days_before
    head: bytes32 = self.head
    if deep != head:
        follows: bool = (deep == _state.days and head == _state.days_before) or (
            deep == _anchor.days and head == _anchor.days_before
        )
        if not follows:
            tip.restarted = block.timestamp
        self.head = deep
        self.buried[deep] = block.timestamp
        log IBitcoinRelay.HeadChanged(head=deep, restarted=not follows)
    tip.work = _state.chainwork
    tip.height = _state.height
    tip.bits = _state.bits
    self._set_tip(tip)
    return True


@pure
@internal
def _end_day(_state: IBitcoinRelay.State) -> IBitcoinRelay.State:
    """
    @dev Fold a complete block-day into the chain of block-days.
    """
    state: IBitcoinRelay.State = _state
    day: IBitcoinRelay.Day = IBitcoinRelay.Day(
        block_hash=state.block_hash,
        end=header.median_time(state.t0, state.t1),
        bits=state.bits,
        epoch_start=state.epoch_start,
        roots=state.roots,
    )
    state.roots = empty(bytes32)
    state.days_before = state.days
    state.days = self._link(state.days, day)
    return state


@view
@internal
def _check_reaches_head(_link: bytes32, _hops: DynArray[bytes32, MAX_HOPS]):
    link: bytes32 = _link
    for hop: bytes32 in _hops:
        assert self.connected[keccak256(concat(link, hop))], "relay: hop not connected"
        link = hop
    assert link == self.head, "relay: days miss the head"


@internal
def _finalize_epoch(_epoch: uint256, _first: IBitcoinRelay.Day):
    total: uint256 = self.epoch_sum[_epoch] + header.difficulty_of(_first.bits)
    self._epochs[_epoch] = (_first.bits << 32) | _first.epoch_start
    self.epoch_sum[_epoch + 1] = total
    log IBitcoinRelay.EpochFinal(
        epoch=_epoch, bits=_first.bits, start=_first.epoch_start, difficulty_sum=total
    )


@pure
@internal
def _link(_chain: bytes32, _day: IBitcoinRelay.Day) -> bytes32:
    return keccak256(concat(_chain, keccak256(abi_encode(_day))))


@view
@internal
def _unpacked_tip() -> IBitcoinRelay.Tip:
    packed: uint256 = self._tip
    return IBitcoinRelay.Tip(
        work=packed >> 128,
        height=(packed >> 96) & _NUMBER_MASK,
        bits=(packed >> 64) & _NUMBER_MASK,
        restarted=(packed >> 24) & _TIME_MASK,
        final_day=packed & _DAY_MASK,
    )


@internal
def _set_tip(_tip: IBitcoinRelay.Tip):
    self._tip = (
        (_tip.work << 128)
        | (_tip.height << 96)
        | (_tip.bits << 64)
        | (_tip.restarted << 24)
        | _tip.final_day
    )
