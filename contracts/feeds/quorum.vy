# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Quorum
@notice   Whether a set of signed values is a quorum's, what value counts, and what two values by one
          signer lead to.
@dev      Signatures are EIP-712 `Report`s, bound to chain, contract, configuration, feed and time.
"""

from snekmate.utils import ecdsa
from snekmate.utils import eip712_domain_separator as eip712

from ..interfaces import IQuorumFeed
from . import seats

uses: eip712
uses: seats

_REPORT_TYPE: constant(bytes32) = keccak256(
    "Report(bytes32 config,bytes32 feed,int256 value,uint64 observed_at)"
)


# ╔════════════════════════════════════════════════════════════════╗
# ║                        PERMISSIONLESS                          ║
# ╚════════════════════════════════════════════════════════════════╝


@external
def report_equivocation(
    _id: bytes32, _at: uint256, _first: IQuorumFeed.Signed, _second: IQuorumFeed.Signed
):
    """
    @notice Suspend an operator that signed two values for one feed and time under the current
            configuration, with its key, or with one that it rotated away within the hour.
    @param _id       The feed.
    @param _at       The time.
    @param _first, _second   What it signed; their `operator` is not read.
    """
    assert _first.value != _second.value, "feed: one value"
    config: bytes32 = seats.config
    key: address = self._signer(config, _id, _at, _second)
    log IQuorumFeed.Suspended(
        operator=seats._suspend(self._signer(config, _id, _at, _first), key),
        key=key,
        feed=_id,
        at=_at,
        first=_first.value,
        second=_second.value,
    )


# ╔════════════════════════════════════════════════════════════════╗
# ║                            INTERNAL                            ║
# ╚════════════════════════════════════════════════════════════════╝


@view
@internal
def _median(
    _id: bytes32, _at: uint256, _signed: DynArray[IQuorumFeed.Signed, seats.MAX_OPERATORS]
) -> int256:
    """
    @dev Of what a quorum signed, which is given in the order of the values. With an even count it
         is the upper of the middle two; either lies between two that honest operators signed.
    """
    book: Bytes[seats.BOOK_SIZE] = slice(seats._book.code, 1, seats.BOOK_SIZE)
    config: bytes32 = extract32(book, 0)
    domain: bytes32 = eip712._domain_separator_v4()
    assert extract32(book, 32, output_type=uint256) <= len(_signed), "feed: too few signed"
    seen: uint256 = 0
    last: int256 = min_value(int256)
    for signed: IQuorumFeed.Signed in _signed:
        assert last <= signed.value, "feed: values not ascending"
        last = signed.value
        assert signed.operator < seats.MAX_OPERATORS, "feed: no such operator"
        bit: uint256 = 1 << signed.operator
        assert seen & bit == 0, "feed: operator signed twice"
        seen |= bit
        # Fewer than 31 keys come before it in the book.
        place: uint256 = unsafe_add(64, unsafe_mul(32, signed.operator))
        key: uint256 = extract32(book, place, output_type=uint256)
        # `_signer`, written out: a call would cost each signature two hundred gas more.
        digest: bytes32 = keccak256(
            concat(
                x"1901",
                domain,
                keccak256(abi_encode(_REPORT_TYPE, config, _id, signed.value, _at)),
            )
        )
        signer: address = ecdsa._try_recover_r_vs(digest, signed.r, signed.vs)
        assert convert(signer, uint256) == key, "feed: not this operator's key"
    return _signed[len(_signed) // 2].value


@view
@internal
def _signer(
    _config: bytes32, _id: bytes32, _at: uint256, _signed: IQuorumFeed.Signed
) -> address:
    """
    @dev The key that signed a report. Refuses what nobody signed, and the second form (high s) of
         what somebody did.
    """
    report: bytes32 = keccak256(abi_encode(_REPORT_TYPE, _config, _id, _signed.value, _at))
    return ecdsa._try_recover_r_vs(eip712._hash_typed_data_v4(report), _signed.r, _signed.vs)
