# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Seats
@notice   The operators of whom a threshold must sign before a number counts: who they are, with
          which keys they sign, and how that changes.
@dev      An operator is the address of a cold key. It names a hot key that signs, and may name
          another at any time; the configuration that signatures are bound to commits to the cold
          ones, so that a rotation voids the signatures of that operator alone [an operator who
          could void all could stop the feed]. What a submission reads of all this is kept as the
          code of a small contract, the book: one cold read for any number of operators.
"""

from snekmate.auth import ownable
from snekmate.utils import ecdsa
from snekmate.utils import eip712_domain_separator as eip712

from ..interfaces import IQuorumFeed

uses: ownable
uses: eip712

MAX_OPERATORS: constant(uint256) = 31
MIN_DELAY: constant(uint256) = 86_400
MAX_DELAY: constant(uint256) = 30 * 86_400
KEY_ANSWERS: constant(uint256) = 3_600  # seconds after its rotation
BOOK_SIZE: constant(uint256) = 32 * (2 + 31)  # bytes: configuration, threshold, hot keys
# Returns what follows it: PUSH2 size, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE,
# RETURN; then STOP, so that nobody can run the book.
BOOK_CREATION: constant(Bytes[11]) = x"61042180600a3d393df300"

_KEY_TYPE: constant(bytes32) = keccak256("Key(address operator)")


struct Key:
    operator: address
    retired_at: uint256  # unix time; zero while it is in use


DELAY: public(immutable(uint256))  # seconds between a proposal and its enactment

config: public(bytes32)
epoch: public(uint256)  # how many configurations there were
threshold: public(uint256)
key_of: public(HashMap[address, address])  # operator -> hot key
suspended_at: public(HashMap[address, uint256])  # operator -> unix time, zero while it is not
proposal: public(bytes32)  # hash of what is proposed; zero for nothing
proposed_at: public(uint256)

_operators: DynArray[address, MAX_OPERATORS]
_keys: HashMap[address, Key]  # every key that ever was a hot key
_book: address


@deploy
def __init__(_operators: DynArray[address, MAX_OPERATORS], _threshold: uint256, _delay: uint256):
    """
    @notice Seat the first operators, who name their keys themselves.
    @param _operators   Their cold keys' addresses, ascending.
    @param _threshold   How many must sign.
    @param _delay       Seconds for which a change stands in public before it counts.
    """
    assert MIN_DELAY <= _delay and _delay <= MAX_DELAY, "feed: delay not 1d..30d"
    self._check(_operators, _threshold)
    DELAY = _delay
    self._configure(_operators, _threshold)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             OWNER                              ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def propose(_operators: DynArray[address, MAX_OPERATORS], _threshold: uint256):
    """
    @notice Propose another set and threshold; it takes the place of what was proposed before.
            An operator that is suspended now, and stands in it, is pardoned by it.
    @param _operators   Their cold keys' addresses, ascending.
    @param _threshold   How many must sign: at least twice those that may lie, and one.
    """
    ownable._check_owner()
    self._check(_operators, _threshold)
    self.proposal = keccak256(abi_encode(_operators, _threshold))
    self.proposed_at = block.timestamp
    log IQuorumFeed.Proposed(
        operators=_operators, threshold=_threshold, ready_at=block.timestamp + DELAY
    )


@external
def cancel_proposal():
    """
    @notice Withdraw what is proposed.
    """
    ownable._check_owner()
    assert self.proposal != empty(bytes32), "feed: nothing proposed"
    self.proposal = empty(bytes32)
    log IQuorumFeed.ProposalCancelled()


# ╔════════════════════════════════════════════════════════════════╗
# ║                            OPERATOR                            ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def rotate(_r: uint256, _vs: uint256):
    """
    @notice Name the caller's hot key, in place of the one before. The key signs for it (EIP-712
            `Key` with the caller's address), so that nobody can name another's. A suspended operator
            may too: it stays suspended, and a key that was stolen is dead when it is pardoned.
    @param _r, _vs   That signature, compact (EIP-2098).
    """
    key: address = ecdsa._try_recover_r_vs(
        eip712._hash_typed_data_v4(keccak256(abi_encode(_KEY_TYPE, msg.sender))), _r, _vs
    )
    assert self._keys[key].operator == empty(address), "feed: key was used before"
    old: address = self.key_of[msg.sender]
    if old != empty(address):
        self._keys[old].retired_at = block.timestamp
    self._keys[key].operator = msg.sender
    self.key_of[msg.sender] = key
    if msg.sender in self._operators:
        self._write_book()
    log IQuorumFeed.KeyRotated(operator=msg.sender, key=key, old=old)


# ╔════════════════════════════════════════════════════════════════╗
# ║                        PERMISSIONLESS                          ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def enact(_operators: DynArray[address, MAX_OPERATORS], _threshold: uint256):
    """
    @notice Put what was proposed into force, once it has stood for the delay.
    @param _operators, _threshold   As proposed.
    """
    assert self.proposal == keccak256(abi_encode(_operators, _threshold)), "feed: not proposed"
    assert self.proposed_at + DELAY <= block.timestamp, "feed: delay not over"
    self.proposal = empty(bytes32)
    for operator: address in _operators:
        if self.suspended_at[operator] < self.proposed_at:
            self.suspended_at[operator] = 0
    self._configure(_operators, _threshold)


# ╔════════════════════════════════════════════════════════════════╗
# ║                             VIEWS                              ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@external
def operators() -> DynArray[address, MAX_OPERATORS]:
    """
    @notice Return the operators that are seated, by their cold keys, ascending.
    """
    return self._operators


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@pure
@internal
def _check(_operators: DynArray[address, MAX_OPERATORS], _threshold: uint256):
    last: address = empty(address)
    for operator: address in _operators:
        assert (
            convert(last, uint160) < convert(operator, uint160)
        ), "feed: operators not ascending"
        last = operator
    count: uint256 = len(_operators)
    assert count != 0, "feed: no operators"
    # Of n, f = (n - 1) // 3 may lie: an honest value stands on either side of the median of 2f + 1.
    assert (
        2 * ((count - 1) // 3) + 1 <= _threshold and _threshold <= count
    ), "feed: threshold out of range"


@internal
def _configure(_operators: DynArray[address, MAX_OPERATORS], _threshold: uint256):
    self.epoch += 1
    self._operators = _operators
    self.threshold = _threshold
    self.config = keccak256(abi_encode(chain.id, self, self.epoch, _operators, _threshold))
    self._write_book()
    log IQuorumFeed.Configured(
        config=self.config, epoch=self.epoch, operators=_operators, threshold=_threshold
    )


@internal
def _write_book():
    """
    @dev The seats without a key, and of the suspended, hold zero, which signs nothing.
    """
    keys: address[MAX_OPERATORS] = empty(address[MAX_OPERATORS])
    seat: uint256 = 0
    for operator: address in self._operators:
        if self.suspended_at[operator] == 0:
            keys[seat] = self.key_of[operator]
        seat += 1
    self._book = raw_create(
        concat(BOOK_CREATION, abi_encode(self.config, self.threshold, keys))
    )


@internal
def _suspend(_first: address, _second: address) -> address:
    """
    @dev Have an operator that signed with two keys, or one twice, count no more, and return it. A key
         answers for an hour after its rotation too [else its operator would rotate ahead of the proof;
         for ever, and whoever steals an old key could suspend].
    """
    operator: address = self._answering(_first)
    assert operator == self._answering(_second), "feed: two signers"
    assert operator in self._operators, "feed: not an operator's key"
    assert self.suspended_at[operator] == 0, "feed: suspended"
    self.suspended_at[operator] = block.timestamp
    self._write_book()
    return operator


@view
@internal
def _answering(_key: address) -> address:
    """
    @dev The operator that answers for a key; zero for one that never was an operator's.
    """
    known: Key = self._keys[_key]
    assert (
        known.retired_at == 0 or block.timestamp <= known.retired_at + KEY_ANSWERS
    ), "feed: key was retired"
    return known.operator
