"""What a token is worth to a vault, as its valuation says it, or would at another hashprice.

The integers are those of `CoveredValue.vy` and `DeliveryValue.vy`, to the last digit. Values are
satoshi per token, times 10^18.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from terahash.bitcoin.network import HALVING_BLOCKS
from terahash.bitcoin.state import DAY_BLOCKS
from terahash.hashrate.calculator import net_hashprice
from terahash.hashrate.models import EXACT, Backing, Terms, Window
from terahash.lending.models import RAY, UNCOUNTED, Delivery, Worth
from terahash.lending.vault import Vault
from terahash.units import DAY, WAD

LAST_DAYS = 4
"""Block-days at the end of a term that secure nothing."""
STALE_AFTER = 4 * DAY
"""Seconds after which hashprices are too old to lend by."""
_STREAM_SCALE = 10**9


@dataclass(frozen=True)
class Collateral:
    """What the worth of a token hangs on.

    Attributes:
        terms: of the issuance.
        backing: what stands behind its tokens, and what the index says.
        now: unix seconds.
        delivery: how what is yet to be delivered is valued; None where cash covers all.
    """

    terms: Terms
    backing: Backing
    now: int
    delivery: Delivery | None = None

    @property
    def window(self) -> Window:
        """What the index says."""
        return self.backing.window

    @property
    def days(self) -> int:
        """Block-days of the term to come: one less for each day since the index closed one."""
        return max(0, self.backing.left - max(0, self.now - self.window.end) // DAY)

    def day_in(self, days: int) -> int:
        """Say which block-day it is so many days from now."""
        return self.terms.last - self.days + days

    @property
    def owed(self) -> int:
        """What a token is owed, and not yet credited."""
        return self.backing.owed // self.backing.supply if self.backing.supply else 0

    @property
    def streaming(self) -> int:
        """What the stream still brings to a token."""
        return self.backing.ahead * _STREAM_SCALE

    def at(self, hashprice: int) -> Collateral:
        """Say what it would be if all hashprices had been this one; sats times 10^18."""
        return self._priced(hashprice, hashprice, hashprice)

    def later(self, days: int, is_paid: bool = True) -> Collateral:
        """Say what it would be so many days later, the index having closed as many.

        Hashprice is halved where a halving comes. What streams has arrived.

        Args:
            days: from now, at least one.
            is_paid: the issuer has delivered everything that fell due, or else nothing: then a debt
                is overdue once its grace is over.
        """
        day = self.window.day + days
        halvings = _era(day) - _era(self.window.day)
        begun = min(max(self.backing.day, day + 1), self.terms.last)
        backing = self.backing._replace(
            day=begun,
            left=self.terms.last - begun,
            ahead=0,
            owed=0 if is_paid else self.backing.owed,
            overdue=not is_paid and (self.backing.overdue or days * DAY > self.terms.grace),
            window=self.window._replace(day=day, end=self.window.end + days * DAY),
        )
        moved = replace(self, backing=backing, now=self.now + days * DAY)
        return moved._priced(*(one >> halvings for one in self.window[2:]))

    def worth(self) -> Worth:
        """Say what a token is worth; where the valuation refuses to say it, what it would be."""
        backing, terms = self.backing, self.terms
        if backing.supply == 0:
            return Worth(backing.index, 0, 0, 0, 0, 0, 0, True, False, False)
        share = backing.reserve * EXACT // backing.supply
        payout = min(share, self.owed + backing.left * backing.unit)
        if not backing.dead:
            payout = self._less_fee(payout)
        elif backing.supply >= WAD:
            payout = share
        secured = max(0, self.days - LAST_DAYS) * terms.ratio * terms.reference // WAD
        covered = self._less_fee(min(share, self.owed + secured)) + self.streaming
        is_stale = self.window.end + STALE_AFTER < self.now
        is_stopped = backing.overdue or backing.short or backing.dead or is_stale
        value, most = covered, UNCOUNTED
        price = max(covered, payout, self.owed + self.streaming)
        is_pending = not backing.overdue and 0 < backing.reserve * EXACT < backing.owed
        if self.delivery:
            beyond = self._beyond(self.delivery, covered)
            price = max(price, covered + beyond)
            is_pending = is_pending or (backing.short and beyond > 0)
            value += beyond * self._part_reserved() // WAD
            part = 0 if is_stopped else self.delivery.phi
            most = covered + (value - covered) * part // WAD
        return Worth(
            index=backing.index,
            value=value,
            most=most,
            covered=covered,
            price=price,
            payout=payout,
            streaming=self.streaming,
            is_stopped=is_stopped,
            is_pending=is_pending,
            is_overdue=backing.overdue,
        )

    def _priced(self, last: int, mean3: int, mean14: int) -> Collateral:
        terms, backing = self.terms, self.backing
        nets = (net_hashprice(one, terms.fee, terms.cost) for one in (last, mean14))
        unit = max(terms.reference, *nets)
        valued = backing._replace(
            unit=unit, window=self.window._replace(last=last, mean3=mean3, mean14=mean14)
        )
        free = max(0, backing.reserve * EXACT - backing.owed)
        return replace(self, backing=valued._replace(short=free < self._required(valued)))

    def _required(self, backing: Backing) -> int:
        """Say what the reserve must hold beyond what is owed, satoshi times 10^36."""
        return backing.supply * -(-self.terms.ratio * backing.left * backing.unit // WAD)

    def _less_fee(self, amount: int) -> int:
        return amount * (WAD - self.terms.exit_fee) // WAD

    def _beyond(self, delivery: Delivery, covered: int) -> int:
        """Say what the issuer's deliveries are worth beyond what is covered."""
        backing = self.backing
        if backing.overdue or backing.dead:
            return 0
        mark = self.owed + self.streaming
        if backing.left:
            mark += self._expected(delivery)
        return max(0, mark - covered)

    def _part_reserved(self) -> int:
        """Say which part of what the reserve must hold it holds, times 10^18."""
        if not self.backing.short:
            return WAD
        return min(self.backing.reserve * EXACT * WAD // self._required(self.backing), WAD)

    def _expected(self, delivery: Delivery) -> int:
        """Say what the block-days to come are worth, from the last era back to the first."""
        hashprice = self._hashprice() * delivery.stress // WAD
        end = self.terms.last
        begin, total = end - self.days, 0
        while end > begin:
            era = _era(end - 1)
            first = max(begin, HALVING_BLOCKS * era // DAY_BLOCKS)
            annuity, factor = _decayed(delivery.decay, end - first)
            halved = hashprice >> (era - _era(self.window.day))
            net = net_hashprice(halved, self.terms.fee, self.terms.cost)
            total, end = (net * annuity + total * factor) // RAY, first
        ahead = self.backing.day - self.window.day - 1
        return total * _decayed(delivery.decay, ahead)[1] // RAY if ahead else total

    def _hashprice(self) -> int:
        """Say by which hashprice they are valued: one of the newest block-day's last blocks."""
        last, _, mean14 = self.window[2:]
        before = HALVING_BLOCKS - self.window.day * DAY_BLOCKS % HALVING_BLOCKS
        if before < DAY_BLOCKS:
            last = last * DAY_BLOCKS // (DAY_BLOCKS + before)
        return min(last, self.window.mean3, mean14)


def read_collateral(vault: Vault) -> Collateral:
    """Read what the worth of a vault's tokens hangs on.

    Raises:
        ChainError: "token: accrue first" where more than 64 block-days are not accrued.
    """
    token = vault.token
    return Collateral(token.terms, token.backing(), vault.chain.now, vault.delivery)


def _era(day: int) -> int:
    """Say how many halvings have come by the end of a block-day."""
    return (day * DAY_BLOCKS + DAY_BLOCKS - 1) // HALVING_BLOCKS


def _decayed(decay: int, days: int) -> tuple[int, int]:
    """Say 1 + d + d^2 + ... of n terms, and d^n, times 10^27, rounded as on chain."""
    annuity, factor, doubled, power = 0, RAY, RAY, decay * (RAY // WAD)
    while days:
        if days & 1:
            annuity += doubled * factor // RAY
            factor = factor * power // RAY
        days >>= 1
        doubled += doubled * power // RAY
        power = power * power // RAY
    return annuity, factor
