"""What can be sent to a quorum feed: transactions that nobody has sent yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from terahash.chain import Transaction
from terahash.feeds.feed_id import FeedId
from terahash.feeds.models import QUORUM_FEED, Equivocation, Signed
from terahash.feeds.reports import Compact


class QuorumTransactions:
    """The calls of one quorum feed, which need no chain to be written.

    Attributes:
        address: of the contract.
    """

    def __init__(self, address: str) -> None:
        self.address = address

    def submit(self, feed: FeedId, at: int, signed: Sequence[Signed]) -> Transaction:
        """Hand a quorum's reports in. Anyone may.

        Args:
            feed: of the values.
            at: when they were observed, unix seconds.
            signed: ascending by value, each by another operator.
        """
        return self._unsent("submit", bytes(feed), at, [tuple(one) for one in signed])

    def rotate(self, signature: Compact) -> Transaction:
        """Name the sender's hot key, which has signed that it is the sender's: `sign_key`."""
        return self._unsent("rotate", *signature)

    def propose(self, operators: Iterable[str], threshold: int) -> Transaction:
        """Propose another set of operators, in any order. The owner may."""
        return self._unsent("propose", _seated(operators), threshold)

    def cancel_proposal(self) -> Transaction:
        """Withdraw what is proposed. The owner may."""
        return self._unsent("cancel_proposal")

    def enact(self, operators: Iterable[str], threshold: int) -> Transaction:
        """Put what was proposed into force, once its delay is over. Anyone may."""
        return self._unsent("enact", _seated(operators), threshold)

    def report_equivocation(self, evidence: Equivocation) -> Transaction:
        """Suspend the operator that signed two values. Anyone may."""
        _, feed, _, at = evidence.first.report
        both = (tuple(Signed.of(0, one)) for one in (evidence.first, evidence.second))
        return self._unsent("report_equivocation", feed, at, *both)

    def _unsent(self, function: str, *arguments: object) -> Transaction:
        return Transaction(QUORUM_FEED, self.address, function, arguments)


def _seated(operators: Iterable[str]) -> list[str]:
    return sorted(operators, key=lambda address: int(address, 16))
