# pragma version 0.4.3
# pragma optimize gas
# pragma nonreentrancy on
"""
@title    Quorum feed
@notice   Numbers that Bitcoin cannot prove: of each, the median of what a quorum of operators signed,
          with its history. Anyone hands signed reports in; who they are changes nothing.
@custom:security
          - With at most f = (n - 1) // 3 lying operators every value lies between two that honest
            ones signed; with more than that, the feed says what they like. Whoever relies on it
            asks who the operators are.
          - Whoever submits chooses which quorum of the signatures counts, and when within an hour:
            both inside the honest range.
          - An operator's hot key is stolen: it rotates in one transaction of the cold key, and
            nobody else's signatures are touched; a submission that holds one of the old key is
            refused, and goes in without it. A second value for one feed and time suspends, by its
            two signatures, under the configuration that they are of: evidence dies with it.
          - The owner can change the set and the threshold, after DELAY seconds in public. It can
            neither sign, nor choose a key, nor touch what was observed.
@custom:kill   It cannot be stopped or upgraded. Fewer than a threshold of keys stop it: its numbers
          grow old, and say when they were observed.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step
from snekmate.utils import eip712_domain_separator as eip712

from ..interfaces import IFeed
from ..interfaces import IQuorumFeed
from . import day_totals
from . import history
from . import seats
from . import quorum

implements: IFeed
implements: IQuorumFeed

initializes: ownable
initializes: ownable_2step[ownable := ownable]
initializes: eip712
initializes: seats[ownable := ownable, eip712 := eip712]
initializes: quorum[eip712 := eip712, seats := seats]
initializes: day_totals
initializes: history[day_totals := day_totals]

exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)
exports: (
    seats.propose,
    seats.cancel_proposal,
    seats.enact,
    seats.rotate,
    quorum.report_equivocation,
)
exports: (
    seats.DELAY,
    seats.config,
    seats.epoch,
    seats.threshold,
    seats.operators,
    seats.key_of,
    seats.suspended_at,
    seats.proposal,
    seats.proposed_at,
    eip712.eip712Domain,
)
exports: (
    history.latest,
    history.first_at_or_after,
    history.day_total,
    history.latest_round,
    history.observation,
)

VERSION: public(constant(String[8])) = "0.1.0"


@deploy
def __init__(
    _owner: address, _operators: DynArray[address, 31], _threshold: uint256, _delay: uint256
):
    """
    @notice Choose the first operators, and who may change them.
    @param _owner       Proposes other operators.
    @param _operators   Addresses of their cold keys, ascending; each names its hot key by `rotate`.
    @param _threshold   How many must sign.
    @param _delay       Seconds for which a change stands in public before it counts.
    """
    assert _owner != empty(address), "feed: no owner"
    ownable.__init__()
    ownable_2step.__init__()
    ownable._transfer_ownership(_owner)
    eip712.__init__("Terahash quorum feed", VERSION)
    seats.__init__(_operators, _threshold, _delay)


# ╔════════════════════════════════════════════════════════════════╗
# ║                        PERMISSIONLESS                          ║
# ╚════════════════════════════════════════════════════════════════╝


@external
@reentrant  # it calls nobody: no lock to pay for
def submit(_id: bytes32, _at: uint256, _signed: DynArray[IQuorumFeed.Signed, 31]):
    """
    @notice Store what a quorum observed: the median of its values.
    @param _id       The feed.
    @param _at       Unix time of the observation: a multiple of the feed's period, later than the
                     last, at most a minute ahead and an hour ago.
    @param _signed   The signed values, ascending, each by another operator, the threshold of them
                     or more.
    """
    value: int256 = quorum._median(_id, _at, _signed)
    round: uint256 = history._append(_id, _at, value)
    log IQuorumFeed.Observed(feed=_id, round=round, value=value, at=_at)
