"""What an issuance owes and pays, in exact fractions: from the index's readings, by its rules.

Told the same acts at the same times as the contract, it says what they pay: nothing is read from
the contract, and nothing rounded but what is paid in whole satoshi, and whole seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor

from terahash.hashprice_index import Reading
from terahash.units import DAY, WAD


def net(before: Reading, after: Reading, cost: int, fee: int) -> Fraction:
    """Say what a block-day owes a token, satoshi: its earnings less fee and cost, or nothing.

    Args:
        before, after: of the index, at the block-day's start and end.
        cost: satoshi per 86,400 s, times 10^18.
        fee: share of what is earned, times 10^18.
    """
    gross = Fraction(after.earned - before.earned, WAD) * (1 - Fraction(fee, WAD))
    return max(Fraction(0), gross - Fraction(cost, WAD) * (after.end - before.end) / DAY)


class ExactIssuance:
    """An issuance whose first tokens are minted before anything is owed, and that keeps one.

    Tokens are times 10^18, times unix seconds, and satoshi fractions where they are not paid.

    Attributes:
        owed: due, and neither delivered nor covered.
    """

    def __init__(self, nets: Mapping[int, Fraction]) -> None:
        """Begin with what each block-day owes a token, satoshi."""
        self._nets = nets
        self.owed = Fraction(0)
        self._supply = Fraction(0)
        self._balances: dict[str, Fraction] = defaultdict(Fraction)
        self._earned: dict[str, Fraction] = defaultdict(Fraction)
        self._left = Fraction(0)  # that the stream has yet to pay a token
        self._queued = Fraction(0)
        self._now = self._end = 0

    def accrue(self, first: int, days: int) -> None:
        """Count block-days from the first on."""
        self.owed += self._supply * sum(self._nets[first + day] for day in range(days))

    def mint(self, time: int, account: str, tokens: int) -> int:
        """Create tokens; return what the buyer pays in for what they are owed and streamed."""
        self._pass(time)
        amount = Fraction(tokens, WAD)
        owed = amount * self.owed / self._supply if self._supply else Fraction(0)
        entry = amount * self._left
        self._queued += ceil(entry) - entry
        self.owed += owed
        self._supply += amount
        self._balances[account] += amount
        return ceil(owed) + ceil(entry)

    def redeem(self, time: int, account: str, tokens: int) -> None:
        """Burn tokens: their debt goes, their part of the stream stays with the others."""
        self._pass(time)
        amount = Fraction(tokens, WAD)
        streaming = self._left * self._supply
        self.owed -= amount * self.owed / self._supply
        self._supply -= amount
        self._balances[account] -= amount
        self._left = streaming / self._supply

    def transfer(self, time: int, sender: str, receiver: str, tokens: int) -> None:
        """Move tokens; each side keeps what it has earned."""
        self._pass(time)
        self._balances[sender] -= Fraction(tokens, WAD)
        self._balances[receiver] += Fraction(tokens, WAD)

    def pay(self, time: int) -> int:
        """Pay everything owed into the stream; return what was paid."""
        self._pass(time)
        paid, self.owed = ceil(self.owed), Fraction(0)
        streaming, fresh = self._left * self._supply, paid + self._queued
        whole = streaming + fresh
        end = floor((streaming * (self._end - time) + fresh * DAY) / whole) if streaming else DAY
        self._end, self._left, self._queued = time + end, whole / self._supply, Fraction(0)
        return paid

    def earned(self, time: int, account: str) -> Fraction:
        """Say what an account has earned in its life, satoshi."""
        self._pass(time)
        return self._earned[account]

    def _pass(self, time: int) -> None:
        """Let the stream run to a time."""
        if self._left:
            share = Fraction(min(time, self._end) - self._now, self._end - self._now)
            gained = self._left * share
            self._left -= gained
            for account, balance in self._balances.items():
                self._earned[account] += balance * gained
        self._now = time
