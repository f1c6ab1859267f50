# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Aggregator facade
@notice   One number behind the AggregatorV3 interface, with its history, so that any protocol's
          adapter reads it unmodified: a quorum feed's, Bitcoin's difficulty or hashrate, or the
          hashprice, in bitcoin or dollars. It answers with a value or not at all: where there is
          none yet, where the newest is too old, and where the relay is disputed, it reverts.
@dev      Rounds are the source's own count, and their times are the times of what they say:
          feed         a round is an observation of the quorum
          difficulty   a round is an epoch, from its first block, once a block-day of it is final
          hashrate     a round is a closed block-day: hashes of the 14 up to it over their time
          hashprice    a round is a closed block-day. In dollars there is none where the day has no
                       price of its own.
          spot         a round is the height of the heaviest chain's tip. Only the newest can be
                       read, and it changes: with the newest closed block-day, whose fees are in it
                       and whose end is its time, with the price, which is three hours old at most,
                       and with a reorganisation.
          A time that the chain's clock has not reached is told as now: readers subtract it.
@custom:security
          Who reads a facade trusts what its source is trusted for. The spot may be moved by a
          reorganisation of the tip: lend against closed days.
@custom:kill   It cannot be stopped or upgraded.
"""

from ..bitcoin import header
from ..interfaces import IAggregatorV3
from ..interfaces import IBitcoinRelay
from ..interfaces import IFeed
from ..interfaces import IHashpriceIndex
from ..interfaces import IQuorumFeed

implements: IAggregatorV3

VERSION: public(constant(String[8])) = "0.1.0"
version: public(constant(uint256)) = 1  # of the facade, as AggregatorV3 asks for

# What a facade can tell of.
FEED: constant(uint256) = 0
DIFFICULTY: constant(uint256) = 1
HASHRATE: constant(uint256) = 2
HASHPRICE: constant(uint256) = 3
SPOT: constant(uint256) = 4

DAY_BLOCKS: constant(uint256) = 144
EPOCH_DAYS: constant(uint256) = 14
NAME_SIZE: constant(uint256) = 27  # bytes of a feed's name in its id
PETA: constant(uint256) = 1_000  # TH/s in a PH/s
ONE: constant(uint256) = 10**8  # of the numbers with eight decimals
WAD: constant(uint256) = 10**18
SATS: constant(uint256) = 10**8  # in a bitcoin
PRICE_AGE: constant(uint256) = 3 * 3_600  # seconds, of the price of a spot in dollars
MIN_MAX_AGE: constant(uint256) = 60

NUMBER: public(immutable(uint256))  # which of the above
SOURCE: public(immutable(address))  # a quorum feed, the relay for difficulty, otherwise the index
FEED_ID: public(immutable(bytes32))  # of a quorum feed's number
IN_DOLLARS: public(immutable(bool))  # a hashprice in dollars, not bitcoin
PER: public(immutable(uint256))  # TH/s that a hashprice is of: 1 or 1,000
MAX_AGE: public(immutable(uint256))  # seconds

decimals: public(immutable(uint8))
description: public(immutable(String[64]))

_RELAY: immutable(address)  # whose disputes count; zero for a quorum feed's numbers


@deploy
def __init__(
    _number: uint256,
    _source: address,
    _feed_id: bytes32,
    _in_dollars: bool,
    _per: uint256,
    _max_age: uint256,
):
    """
    @notice Choose the number. Its name and decimals follow from that.
    @param _number       0 a quorum feed's, 1 difficulty, 2 hashrate in TH/s, 3 hashprice of the newest
                         closed block-day, 4 hashprice at the tip.
    @param _source       The quorum feed; the relay for difficulty; otherwise the index.
    @param _feed_id      Of a quorum feed's number, otherwise zero.
    @param _in_dollars   A hashprice is in dollars with 8 decimals, not in bitcoin with 18; only of
                         an index that has a feed.
    @param _per          A hashprice is of 1 or 1,000 TH/s; otherwise 1.
    @param _max_age      Seconds after which a round is too old to be the newest.
    """
    assert _number <= SPOT, "facade: no such number"
    assert _source.is_contract, "facade: source is no contract"
    assert (_number == FEED) == (_feed_id != empty(bytes32)), "facade: feed id"
    is_hashprice: bool = _number == HASHPRICE or _number == SPOT
    assert is_hashprice or (not _in_dollars and _per == 1), "facade: not a hashprice"
    assert _per == 1 or _per == PETA, "facade: neither th/s nor ph/s"
    assert MIN_MAX_AGE <= _max_age, "facade: max age below 60 s"
    assert (
        not _in_dollars or staticcall IHashpriceIndex(_source).FEED() != empty(address)
    ), "facade: index has no feed"
    NUMBER = _number
    SOURCE = _source
    FEED_ID = _feed_id
    IN_DOLLARS = _in_dollars
    PER = _per
    MAX_AGE = _max_age

    relay: address = empty(address)
    places: uint256 = 8
    named: String[64] = ""
    if _number == FEED:
        places = (convert(_feed_id, uint256) >> 32) & 255
        named = self._name(_feed_id)
    elif _number == DIFFICULTY:
        relay = _source
        named = "Bitcoin difficulty"
    else:
        relay = staticcall IHashpriceIndex(_source).RELAY()
        if _number == HASHRATE:
            named = "Bitcoin hashrate, TH/s"
        else:
            if not _in_dollars:
                places = 18
            named = concat(
                "USD" if _in_dollars else "BTC",
                "/TH/day" if _per == 1 else "/PH/day",
                ", spot" if _number == SPOT else "",
            )
    _RELAY = relay
    decimals = convert(places, uint8)
    description = named


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def latestRoundData() -> (uint80, int256, uint256, uint256, uint80):
    """
    @notice Return the newest round.
    @return Round, answer, its time, its time, and the round again.
    @custom:reverts  Where there is none, and where it is older than MAX_AGE.
    """
    round: uint256 = 0
    answer: int256 = 0
    at: uint256 = 0
    round, answer, at = self._latest()
    return convert(round, uint80), answer, at, at, convert(round, uint80)


@view
@external
def getRoundData(_round: uint80) -> (uint80, int256, uint256, uint256, uint80):
    """
    @notice Return a round, however old.
    @custom:reverts  Where there is none.
    """
    answer: int256 = 0
    at: uint256 = 0
    answer, at = self._at(convert(_round, uint256))
    return _round, answer, at, at, _round


@view
@external
def latestAnswer() -> int256:
    """
    @notice Return the newest answer, refused where `latestRoundData` is.
    """
    return self._latest()[1]


@view
@external
def latestTimestamp() -> uint256:
    """
    @notice Return the newest round's time, refused where `latestRoundData` is.
    """
    return self._latest()[2]


@view
@external
def latestRound() -> uint256:
    """
    @notice Return the newest round's number, refused where `latestRoundData` is.
    """
    return self._latest()[0]


@view
@external
def getAnswer(_round: uint256) -> int256:
    """
    @notice Return a round's answer, refused where `getRoundData` is.
    """
    return self._at(_round)[0]


@view
@external
def getTimestamp(_round: uint256) -> uint256:
    """
    @notice Return a round's time, refused where `getRoundData` is.
    """
    return self._at(_round)[1]


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _latest() -> (uint256, int256, uint256):
    round: uint256 = 0
    answer: int256 = 0
    at: uint256 = 0
    if NUMBER == FEED:
        round, answer, at = staticcall IQuorumFeed(SOURCE).latest_round(FEED_ID)
        assert round != 0, "facade: no answer yet"
        at = min(at, block.timestamp)
    else:
        round = self._newest()
        answer, at = self._at(round)
    assert block.timestamp - at <= MAX_AGE, "facade: stale"
    return round, answer, at


@view
@internal
def _newest() -> uint256:
    """
    @dev The newest round of what Bitcoin proves.
    """
    if NUMBER == DIFFICULTY or NUMBER == SPOT:
        tip: IBitcoinRelay.Tip = staticcall IBitcoinRelay(_RELAY).tip()
        return tip.height if NUMBER == SPOT else tip.final_day // EPOCH_DAYS
    return staticcall IHashpriceIndex(SOURCE).closed()


@view
@internal
def _at(_round: uint256) -> (int256, uint256):
    """
    @dev A round's answer and time; an observation may be a minute ahead of the chain's clock.
    """
    answer: int256 = 0
    value: uint256 = 0
    at: uint256 = 0
    if NUMBER == FEED:
        answer, at = staticcall IQuorumFeed(SOURCE).observation(FEED_ID, _round)
        return answer, min(at, block.timestamp)
    if NUMBER == DIFFICULTY:
        value, at = self._difficulty(_round)
    elif NUMBER == SPOT:
        value, at = self._spot(_round)
    else:
        index: IHashpriceIndex = IHashpriceIndex(SOURCE)
        assert (
            staticcall index.FIRST_DAY() < _round and _round <= staticcall index.closed()
        ), "facade: no such round"
        self._check_undisputed(_round)
        if NUMBER == HASHRATE:
            value, at = self._hashrate(_round)
        else:
            value, at = self._hashprice(_round)
    return convert(value, int256), min(at, block.timestamp)


@view
@internal
def _difficulty(_epoch: uint256) -> (uint256, uint256):
    """
    @dev As Bitcoin's nodes show it, x 10^8.
    """
    epoch: IBitcoinRelay.Epoch = staticcall IBitcoinRelay(SOURCE).epoch(_epoch)
    assert epoch.is_final, "facade: no such round"
    self._check_undisputed(_epoch * EPOCH_DAYS)
    return header.difficulty_of(epoch.bits) * ONE // WAD, epoch.start


@view
@internal
def _hashrate(_day: uint256) -> (uint256, uint256):
    """
    @dev Hashes of the 14 block-days up to a day over the time they took, TH/s x 10^8: as many blocks
         as an epoch has, so that luck moves it by 2 % and not by 8 %.
    """
    index: IHashpriceIndex = IHashpriceIndex(SOURCE)
    assert staticcall index.FIRST_DAY() + EPOCH_DAYS <= _day, "facade: no such round"
    newest: IHashpriceIndex.BlockDay = staticcall index.block_day(_day)
    oldest: IHashpriceIndex.BlockDay = staticcall index.block_day(_day + 1 - EPOCH_DAYS)
    before: IHashpriceIndex.BlockDay = staticcall index.block_day(_day - EPOCH_DAYS)
    # They lie in two epochs at most.
    days: uint256 = _day % EPOCH_DAYS + 1
    hashes: uint256 = DAY_BLOCKS * (
        days * header.hashes_per_block(newest.bits)
        + (EPOCH_DAYS - days) * header.hashes_per_block(oldest.bits)
    )
    return hashes * ONE // (10**12 * (newest.end - before.end)), newest.end


@view
@internal
def _hashprice(_day: uint256) -> (uint256, uint256):
    index: IHashpriceIndex = IHashpriceIndex(SOURCE)
    sats: uint256 = staticcall index.hashprice(_day)
    end: uint256 = (staticcall index.readings(_day, 1))[0].end
    if not IN_DOLLARS:
        return self._in_bitcoin(sats), end
    dollars: IHashpriceIndex.Dollars = staticcall index.dollars(_day)
    before: IHashpriceIndex.Dollars = staticcall index.dollars(_day - 1)
    # Where a day has no price the newest before it stands there still.
    assert before.seconds != dollars.seconds, "facade: day without a price"
    return self._in_dollars(sats, dollars.price), end


@view
@internal
def _spot(_height: uint256) -> (uint256, uint256):
    """
    @dev The hashprice at the tip, and the end of the newest closed block-day. In dollars by a price that
         is not older than PRICE_AGE: beside that end it could hide that it is days old.
    """
    index: IHashpriceIndex = IHashpriceIndex(SOURCE)
    tip: IBitcoinRelay.Tip = staticcall IBitcoinRelay(_RELAY).tip()
    assert _height == tip.height, "facade: no such round"
    self._check_undisputed(tip.final_day)
    newest: IHashpriceIndex.Latest = staticcall index.latest()
    assert newest.end != 0, "facade: no answer yet"
    sats: uint256 = staticcall index.spot()
    if not IN_DOLLARS:
        return self._in_bitcoin(sats), newest.end
    price: int256 = 0
    at: uint256 = 0
    price, at = staticcall IFeed(staticcall index.FEED()).latest(staticcall index.FEED_ID())
    assert 0 < price, "facade: no price yet"
    assert block.timestamp <= at + PRICE_AGE, "facade: price stale"
    return self._in_dollars(sats, convert(price, uint256)), min(at, newest.end)


@view
@internal
def _check_undisputed(_day: uint256):
    disputed: uint256 = staticcall IBitcoinRelay(_RELAY).disputed_from()
    assert disputed == 0 or _day < disputed, "facade: disputed"


@view
@internal
def _in_bitcoin(_sats: uint256) -> uint256:
    """
    @dev From satoshi x 10^18 per TH/s to bitcoin x 10^18.
    """
    return _sats * PER // SATS


@view
@internal
def _in_dollars(_sats: uint256, _price: uint256) -> uint256:
    """
    @dev From satoshi x 10^18 per TH/s, and dollars x 10^8 per bitcoin, to dollars x 10^8.
    """
    return _sats * PER * _price // (WAD * SATS)


@pure
@internal
def _name(_id: bytes32) -> String[64]:
    """
    @dev A feed's name: the first bytes of its id, up to the first zero.
    """
    text: Bytes[NAME_SIZE] = slice(_id, 0, NAME_SIZE)
    size: uint256 = 0
    for _: uint256 in range(NAME_SIZE):
        if size == NAME_SIZE or convert(slice(text, size, 1), uint256) == 0:
            break
        size += 1
    assert size != 0, "facade: feed has no name"
    return convert(slice(text, 0, size), String[64])
