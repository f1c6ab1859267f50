# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Hashprice index
@notice   For every block-day, what a unit of hashrate earned, never above subsidy plus proven fees,
          as running totals that anyone advances: record a final day, prove its fees, close it.
@dev      The floor needs headers alone: a block-day's target and subsidy are constant or known by
          height. Proofs of coinbases raise it to the truth. A difference of two readings is what a
          window earned, however long it is; means, settlements and obligations are made of those.
          hashes per block = (0xFFFF << 240) // target, which is difficulty x 2^32
          earned   += UNIT x 10^18 x elapsed x reward // (144 x hashes per block)
          hashprice = UNIT x 10^18 x 86400 x reward // (144 x hashes per block)
          Nothing here prices fees into variance: whoever proves them chooses when.
@custom:security
          Anyone may call everything.
          - Too high: a false block-day costs what the relay's documentation says. A miner may pay
            itself any fee in its own block, so that at most the subsidy of a block counts as fees:
            a miner with the share s of the hashrate can raise a day by s at most, and shows it.
          - Too low: fees that nobody proves within FEE_WINDOW are lost for the index, which profits
            issuers and shorts. So holders and longs prove, and whoever runs a daemon does.
          - Late: at most eight recorded days are open at once, each for FEE_WINDOW, so that the
            index never runs slower than Bitcoin and a backlog cannot start all windows at once.
          - The price of a day is the feed's first observation at or after its end, whoever closes
            and whenever within thirty days, for which feeds keep observations. A feed that fails or
            stops only stops the totals in dollars.
@custom:kill   It cannot be stopped, paused or upgraded. A dispute in the relay stops it, for ever,
          before the day that was disputed.
"""

from snekmate.utils import math

from ..interfaces import IBitcoinRelay
from ..interfaces import IHashpriceIndex
from . import coinbase
from . import earnings
from . import header
from . import running_totals as totals

implements: IHashpriceIndex

initializes: totals
initializes: earnings[totals := totals]

exports: (
    earnings.window,
    earnings.net_earned,
    earnings.mean,
)
exports: (
    totals.FIRST_DAY,
    totals.earned,
    totals.readings,
    totals.recorded,
    totals.closed,
    totals.earned_at,
    totals.floor_earned_at,
)

VERSION: public(constant(String[8])) = "0.1.0"

DAY_BLOCKS: constant(uint256) = 144
GROUP_BLOCKS: constant(uint256) = 12
GROUPS: constant(uint256) = 12
EPOCH_DAYS: constant(uint256) = 14
DAY_SECONDS: constant(uint256) = 86_400
MAX_OPEN: constant(uint256) = 8  # recorded and unclosed days
MAX_UNIT: constant(uint256) = 10**12
MIN_FEE_WINDOW: constant(uint256) = 3_600
MAX_FEE_WINDOW: constant(uint256) = 7 * DAY_SECONDS
PRICE_WINDOW: constant(uint256) = 6 * 3_600  # an observation as late as this is a day's price
# From here on none can be stored any more that is in the window: a feed takes none older than 1 h.
PRICE_DECIDED: constant(uint256) = 7 * 3_600
FEED_GAS: constant(uint256) = 1_000_000  # within which a feed answers, whatever the hint
MAX_PRICE: constant(int256) = 2**64 - 1
WAD: constant(uint256) = 10**18
# dollars x 10^8 for a bitcoin of 10^8 satoshi
PRICE_SCALE: constant(uint256) = 10**16

# Of the arguments of `prove_fees`, the ninth word says where the proofs are.
_PROOFS_HEAD: constant(uint256) = 4 + 8 * 32
_ALL_PROVEN: constant(uint256) = 2**DAY_BLOCKS - 1
_TOTAL_MASK: constant(uint256) = 2**108 - 1
_TIME_MASK: constant(uint256) = 2**40 - 1
_FEES_MASK: constant(uint256) = 2**40 - 1  # 144 blocks at the first subsidy are below it
_BITS_MASK: constant(uint256) = 2**32 - 1
_PRICE_MASK: constant(uint256) = 2**64 - 1
_DAY_MASK: constant(uint256) = 2**24 - 1

RELAY: public(immutable(address))
UNIT: public(immutable(uint256))  # hashes a second: 10^12 is 1 TH/s
FEE_WINDOW: public(immutable(uint256))  # seconds
FEED: public(immutable(address))  # of BTC/USD; zero where there are no totals in dollars
FEED_ID: public(immutable(bytes32))

_days: HashMap[uint256, uint256]  # proven 144 | fees 40 | recorded at 40 | bits 32
_dollars: HashMap[uint256, uint256]  # total 108 | seconds 40 | price 64, of the newest with one
_variance: HashMap[uint256, uint256]  # sum 160 | bits 32, of the newest day with a price
_difficulty_variance: HashMap[uint256, uint256]  # epoch -> sum


@deploy
def __init__(
    _relay: address,
    _unit: uint256,
    _first_day: uint256,
    _fee_window: uint256,
    _feed: address,
    _feed_id: bytes32,
):
    """
    @notice Choose once and for all what is measured, and from when.
    @param _relay       The relay whose final block-days are recorded.
    @param _unit        Hashes a second that are priced: 10^12. Less on easy test chains, where the
                        packed totals would overflow.
    @param _first_day   The block-day whose end sets the clock; after the relay's checkpoint.
    @param _fee_window  Seconds for proving a day's fees: 24 h, 48 h on rollups.
    @param _feed        Of BTC/USD in dollars x 10^8, or zero for no totals in dollars.
    @param _feed_id     The feed's id there, or zero.
    """
    assert 0 < _unit and _unit <= MAX_UNIT, "index: unit not 1..10^12"
    assert (
        staticcall IBitcoinRelay(_relay).CHECKPOINT_DAY() < _first_day
        and _first_day <= _DAY_MASK // 2
    ), "index: first day out of range"
    assert (
        MIN_FEE_WINDOW <= _fee_window and _fee_window <= MAX_FEE_WINDOW
    ), "index: fee window not 1h..7d"
    assert (
        (_feed == empty(address) and _feed_id == empty(bytes32)) or _feed.is_contract
    ), "index: feed is no contract"
    RELAY = _relay
    UNIT = _unit
    FEE_WINDOW = _fee_window
    FEED = _feed
    FEED_ID = _feed_id
    totals.__init__(_first_day)


# ╔════════════════════════════════════════════════════════════════╗
# ║                        PERMISSIONLESS                          ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def record(_days: DynArray[IBitcoinRelay.Day, MAX_OPEN]):
    """
    @notice Record final block-days, which opens their fee windows.
    @param _days  The block-days after the last recorded one, oldest first, as the relay made them
                  final.
    """
    recorded: uint256 = 0
    closed: uint256 = 0
    recorded, closed = totals._unpacked_progress()
    assert len(_days) != 0, "index: no days"
    link: bytes32 = staticcall IBitcoinRelay(RELAY).day_chain(recorded)
    for day: IBitcoinRelay.Day in _days:
        recorded += 1
        link = keccak256(abi_encode(link, keccak256(abi_encode(day))))
        self._days[recorded] = (block.timestamp << 32) | day.bits
        totals._set_reading(
            recorded, IHashpriceIndex.Reading(end=day.end, earned=0, floor_earned=0)
        )
        if recorded == totals.FIRST_DAY:  # nothing is earned before the clock is set
            self._days[recorded] = day.bits
            closed = recorded
        log IHashpriceIndex.DayRecorded(
            day=recorded, end=day.end, bits=day.bits, subsidy=coinbase.day_subsidy(recorded)
        )
    self._check_final(recorded, link)
    assert recorded - closed <= MAX_OPEN, "index: too many open"
    totals._set_progress(recorded, closed)


@external
def prove_fees(
    _number: uint256,
    _day: IBitcoinRelay.Day,
    _given: uint256,
    _hashes: DynArray[bytes32, DAY_BLOCKS],
    _proofs: Bytes[coinbase.MAX_SIZE],
):
    """
    @notice Count the fees of blocks of a recorded day. Those that are proven already are passed
            over, so that nobody's batch fails because somebody was faster.
    @param _number  The block-day.
    @param _day     It as the relay made it final.
    @param _given   Bit g: the day's group g, of twelve blocks, is given root by root.
    @param _hashes  For each of the twelve groups in order: its twelve Merkle roots where it is
                    given so, else its hash.
    @param _proofs  For each block: its index in the day (one byte), the number of siblings (one),
                    the coinbase's length (two, big-endian), the coinbase without its witness, and
                    the siblings up to the Merkle root (32 each, internal byte order).
    """
    recorded: uint256 = 0
    closed: uint256 = 0
    recorded, closed = totals._unpacked_progress()
    assert closed < _number and _number <= recorded, "index: not open"
    link: bytes32 = staticcall IBitcoinRelay(RELAY).day_chain(_number - 1)
    self._check_final(_number, keccak256(abi_encode(link, keccak256(abi_encode(_day)))))

    starts: uint256[GROUPS] = empty(uint256[GROUPS])  # where each group begins in the hashes
    roots: bytes32 = empty(bytes32)
    at: uint256 = 0
    for i: uint256 in range(GROUPS):
        group: bytes32 = empty(bytes32)
        if (_given >> i) & 1 == 0:
            assert at < len(_hashes), "index: wrong roots"
            group = _hashes[at]
            at += 1
        else:
            starts[i] = at
            assert at + GROUP_BLOCKS <= len(_hashes), "index: wrong roots"
            for root: uint256 in range(at, at + GROUP_BLOCKS, bound=GROUP_BLOCKS):
                group = keccak256(abi_encode(group, _hashes[root]))
            at += GROUP_BLOCKS
        roots = keccak256(abi_encode(roots, group))
    assert roots == _day.roots and at == len(_hashes), "index: wrong roots"

    # Where the proofs' first byte is in the call's data: after their length.
    proofs: uint256 = 4 + convert(slice(msg.data, _PROOFS_HEAD, 32), uint256) + 32
    packed: uint256 = self._days[_number]
    proven: uint256 = packed >> 112
    fees: uint256 = (packed >> 72) & _FEES_MASK
    count: uint256 = 0
    at = 0
    for _: uint256 in range(DAY_BLOCKS):
        if at == len(_proofs):
            break
        assert at + 4 + coinbase.INNER_NODE < len(_proofs), "index: malformed proofs"
        head: uint256 = extract32(_proofs, at, output_type=uint256) >> 224
        i: uint256 = head >> 24
        start: uint256 = at + 4
        branch: uint256 = start + (head & 65_535)
        at = branch + 32 * ((head >> 16) & 255)
        assert i < DAY_BLOCKS and at <= len(_proofs), "index: malformed proofs"
        if (proven >> i) & 1 == 1:
            continue
        assert (_given >> (i // GROUP_BLOCKS)) & 1 == 1, "index: group not given"
        paid: uint256 = coinbase.parse(proofs + start, branch - start)
        node: bytes32 = sha256(sha256(slice(_proofs, start, branch - start)))
        # A coinbase is the first leaf: every sibling is on its right.
        for j: uint256 in range((at - branch) // 32, bound=255):
            node = sha256(sha256(abi_encode(node, extract32(_proofs, branch))))
            branch = unsafe_add(branch, 32)  # at most the proofs' length
        assert (
            node == _hashes[starts[i // GROUP_BLOCKS] + i % GROUP_BLOCKS]
        ), "index: wrong branch"
        subsidy: uint256 = coinbase.subsidy(_number * DAY_BLOCKS + i)
        # A miner can pay itself any fee in private: no more than the subsidy counts.
        fees += min(max(paid, subsidy) - subsidy, subsidy)
        proven |= 1 << i
        count += 1
    assert at == len(_proofs), "index: malformed proofs"

    if count != 0:
        self._days[_number] = (proven << 112) | (fees << 72) | (packed & (2**72 - 1))
        log IHashpriceIndex.FeesProven(day=_number, blocks=count, fees=fees, proven=proven)


@external
def close(_hint: uint256 = 0):
    """
    @notice Close the oldest recorded day, once its fees are all proven or its window has passed. It
            never changes afterwards.
    @param _hint  Where in the feed's history the first observation after the day's end is; a wrong
                  one costs gas and changes nothing.
    """
    recorded: uint256 = 0
    closed: uint256 = 0
    recorded, closed = totals._unpacked_progress()
    day: uint256 = closed + 1
    assert day <= recorded, "index: nothing to close"
    self._check_undisputed(day)
    packed: uint256 = self._days[day]
    assert (
        packed >> 112 == _ALL_PROVEN
        or ((packed >> 32) & _TIME_MASK) + FEE_WINDOW <= block.timestamp
    ), "index: fee window open"

    total: IHashpriceIndex.Reading = totals._reading(closed)
    end: uint256 = totals._end(day)
    elapsed: uint256 = end - total.end
    hashes: uint256 = header.hashes_per_block(packed & _BITS_MASK)
    subsidy: uint256 = coinbase.day_subsidy(day)
    reward: uint256 = subsidy + ((packed >> 72) & _FEES_MASK)
    gained: uint256 = self._sats(elapsed, reward, hashes)
    total.earned += gained
    total.floor_earned += self._sats(elapsed, subsidy, hashes)
    total.end = end
    totals._set_reading(day, total)
    totals._set_progress(recorded, day)
    log IHashpriceIndex.DayClosed(
        day=day,
        end=end,
        reward=reward,
        hashprice=self._sats(DAY_SECONDS, reward, hashes),
        earned=total.earned,
        floor_earned=total.floor_earned,
    )
    if FEED != empty(address):
        self._close_in_dollars(day, self._price_at(end, _hint), elapsed, gained, packed)
    if day % EPOCH_DAYS == 0:
        self._enter_epoch(day // EPOCH_DAYS, hashes, self._days[closed])


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def latest() -> IHashpriceIndex.Latest:
    """
    @notice Return the newest closed block-day; no time and no totals before the first is recorded.
    """
    recorded: uint256 = 0
    closed: uint256 = 0
    recorded, closed = totals._unpacked_progress()
    total: IHashpriceIndex.Reading = totals._reading(closed)
    return IHashpriceIndex.Latest(
        day=closed,
        end=total.end,
        hashprice=self._hashprice(closed) if closed > totals.FIRST_DAY else 0,
        earned=total.earned,
        floor_earned=total.floor_earned,
    )


@view
@external
def block_day(_day: uint256) -> IHashpriceIndex.BlockDay:
    """
    @notice Return what is known of a recorded block-day; all zero for any other.
    """
    packed: uint256 = self._days[_day]
    return IHashpriceIndex.BlockDay(
        end=totals._end(_day),
        bits=packed & _BITS_MASK,
        subsidy=coinbase.day_subsidy(_day) if packed != 0 else 0,
        fees=(packed >> 72) & _FEES_MASK,
        proven=packed >> 112,
        recorded_at=(packed >> 32) & _TIME_MASK,
    )


@view
@external
def hashprice(_day: uint256) -> uint256:
    """
    @notice Return what 1 TH/s earned in a day at a closed block-day's pace, satoshi x 10^18.
    """
    totals._check_closed(_day)
    assert _day != totals.FIRST_DAY, "index: before the first day"
    return self._hashprice(_day)


@view
@external
def dollars(_day: uint256) -> IHashpriceIndex.Dollars:
    """
    @notice Return the totals in dollars at a closed block-day's end; all zero without a feed. A mean
            is a change of the total over one of the seconds; settle on none whose seconds miss more
            than a tenth of the window.
    """
    totals._check_closed(_day)
    packed: uint256 = self._dollars[_day]
    return IHashpriceIndex.Dollars(
        total=packed >> 148,
        seconds=(packed >> 108) & _TIME_MASK,
        variance=self._variance[_day] >> 32,
        price=packed & _PRICE_MASK,
    )


@view
@external
def dollars_at(_time: uint256) -> (uint256, uint256):
    """
    @notice Return the totals in dollars at a time, evenly inside a day.
    @return Dollars per TH/s x 10^18, and the seconds that they cover.
    """
    day: uint256 = totals._day_at(_time)
    start: uint256 = totals._end(day - 1)
    length: uint256 = totals._end(day) - start
    before: uint256 = self._dollars[day - 1]
    after: uint256 = self._dollars[day]
    total: uint256 = before >> 148
    seconds: uint256 = (before >> 108) & _TIME_MASK
    total += ((after >> 148) - total) * (_time - start) // length
    seconds += (((after >> 108) & _TIME_MASK) - seconds) * (_time - start) // length
    return total, seconds


@view
@external
def difficulty_variance(_epoch: uint256) -> uint256:
    """
    @notice Return the sum of squared log changes of difficulty, of every retarget since the index's
            beginning up to the one that began an epoch.
    @return Times 10^36; not divided by anything.
    @custom:reverts  While the first block-day of the epoch is not closed.
    """
    totals._check_closed(_epoch * EPOCH_DAYS)
    return self._difficulty_variance[_epoch]


@view
@external
def spot() -> uint256:
    """
    @notice Return the hashprice at the heaviest chain's newest block, with the newest closed day's
            fees, satoshi x 10^18. For display: the tip may reorganise.
    """
    tip: IBitcoinRelay.Tip = staticcall IBitcoinRelay(RELAY).tip()
    fees: uint256 = (self._days[totals._progress & _DAY_MASK] >> 72) & _FEES_MASK
    reward: uint256 = DAY_BLOCKS * coinbase.subsidy(tip.height) + fees
    return self._sats(DAY_SECONDS, reward, header.hashes_per_block(tip.bits))


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _check_final(_last: uint256, _link: bytes32):
    """
    @dev Days that the relay's day chain holds are final; which one holds them proves their content.
    """
    assert _link == staticcall IBitcoinRelay(RELAY).day_chain(_last), "index: not the relay's days"
    self._check_undisputed(_last)


@view
@internal
def _check_undisputed(_day: uint256):
    disputed: uint256 = staticcall IBitcoinRelay(RELAY).disputed_from()
    assert disputed == 0 or _day < disputed, "index: disputed"


@view
@internal
def _price_at(_time: uint256, _hint: uint256) -> uint256:
    """
    @dev The first observation at or after a time, dollars x 10^8; zero where none came in time. It
         reverts while one may still come. A feed that fails is a feed without observations, unless
         it may have failed for want of gas: the caller chose that.
    """
    success: bool = False
    answer: Bytes[96] = b""
    success, answer = raw_call(
        FEED,
        abi_encode(
            FEED_ID,
            _time,
            _hint,
            method_id=method_id("first_at_or_after(bytes32,uint256,uint256)"),
        ),
        max_outsize=96,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not success:  # at least a sixty-fourth of the gas was kept back
        assert msg.gas > FEED_GAS // 63, "index: too little gas for feed"
    if success and len(answer) == 96 and extract32(answer, 64, output_type=uint256) == 1:
        value: int256 = extract32(answer, 0, output_type=int256)
        at: uint256 = extract32(answer, 32, output_type=uint256)
        in_time: bool = _time <= at and at <= _time + PRICE_WINDOW
        return convert(value, uint256) if in_time and 0 < value and value <= MAX_PRICE else 0
    assert _time + PRICE_DECIDED < block.timestamp, "index: price not decided"
    return 0


@internal
def _close_in_dollars(
    _day: uint256, _price: uint256, _elapsed: uint256, _gained: uint256, _packed: uint256
):
    before: uint256 = self._dollars[_day - 1]
    total: uint256 = before >> 148
    seconds: uint256 = (before >> 108) & _TIME_MASK
    price: uint256 = before & _PRICE_MASK
    variance: uint256 = self._variance[_day - 1] >> 32
    bits: uint256 = self._variance[_day - 1] & _BITS_MASK
    # Both below 2^108 and 2^64. What does not fit adds nothing: dollars never stop the rest.
    added: uint256 = _gained * _price // PRICE_SCALE
    if _price != 0 and total + added <= _TOTAL_MASK:
        total += added
        seconds += _elapsed
        if price != 0:
            # Production is price over difficulty: a return spans the days without a price between.
            variance += self._squared_log(
                _price * header.hashes_per_block(bits),
                price * header.hashes_per_block(_packed & _BITS_MASK),
            )
        price = _price
        bits = _packed & _BITS_MASK
    self._dollars[_day] = (total << 148) | (seconds << 108) | price
    self._variance[_day] = (variance << 32) | bits
    log IHashpriceIndex.DayPriced(
        day=_day, observed=_price, total=total, seconds=seconds, variance=variance
    )


@internal
def _enter_epoch(_epoch: uint256, _hashes: uint256, _before: uint256):
    variance: uint256 = self._difficulty_variance[_epoch - 1] + self._squared_log(
        _hashes, header.hashes_per_block(_before & _BITS_MASK)
    )
    self._difficulty_variance[_epoch] = variance
    log IHashpriceIndex.EpochEntered(epoch=_epoch, variance=variance)


@pure
@internal
def _squared_log(_new: uint256, _old: uint256) -> uint256:
    """
    @dev ln(new / old)^2, x 10^36. Hashes of a block are below 2^128, for the relay's chainwork is,
         and prices below 2^64, so that the ratio fits 252 bits.
    """
    log_change: int256 = math._wad_ln(convert(max(_new * WAD // _old, 1), int256))
    return convert(log_change * log_change, uint256)


@view
@internal
def _hashprice(_day: uint256) -> uint256:
    packed: uint256 = self._days[_day]
    reward: uint256 = coinbase.day_subsidy(_day) + ((packed >> 72) & _FEES_MASK)
    return self._sats(DAY_SECONDS, reward, header.hashes_per_block(packed & _BITS_MASK))


@view
@internal
def _sats(_seconds: uint256, _reward: uint256, _hashes: uint256) -> uint256:
    """
    @dev What UNIT earns in so many seconds when 144 blocks of so many hashes pay this, x 10^18.
    """
    return UNIT * WAD * _seconds * _reward // (DAY_BLOCKS * _hashes)
