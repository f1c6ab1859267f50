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
from terahash.hashrate.token import TOKEN
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
        unpaid_since: since when a satoshi or more is owed, unix seconds; None where less is.
    """

    terms: Terms
    backing: Backing
    now: int
    delivery: Delivery | None = None
    unpaid_since: int | None = None

    @property
    def window(self) -> Window:
        """What the index says."""
        return self.backing.window

    @property
    def elapsed(self) -> int:
        """Whole days since the index closed a block-day."""
        return max(0, self.now - self.window.end) // DAY

    @property
    def days(self) -> int:
        """Block-days of the term to come: one less for each day since the index closed one."""
        return max(0, self.backing.left - self.elapsed)

    def day_in(self, days: int) -> int:
        """Say which block-day it is so many days from now, each being a day long."""
        return self.window.day + 1 + self.elapsed + days

    def begins(self, days: int) -> int:
        """Say when that block-day begins, unix seconds; that of today is taken to begin now."""
        return self.window.end + (self.elapsed + days) * DAY if days else self.now

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
        nets = net_hashprice(hashprice, self.terms.fee, self.terms.cost)
        window = self.window._replace(last=hashprice, mean3=hashprice, mean14=hashprice)
        unit = max(self.terms.reference, nets)
        return self._backed(self.backing._replace(unit=unit, window=window))

    def passed(self, is_paid: bool) -> Collateral:
        """Say what it is when the next day begins, of which the index says nothing yet.

        What was streaming has arrived.

        Args:
            is_paid: and so has what was owed; or else nobody has paid that.
        """
        later = replace(self, now=self.begins(1))
        backing = self.backing._replace(ahead=0)
        if not is_paid:
            return later._backed(backing)
        paid = replace(later, unpaid_since=None)
        return paid._backed(backing._replace(owed=0, overdue=False))

    def closed(self) -> Collateral:
        """Say what it is once the index closes a block-day more, and the token has accrued it.

        Its hashprice is that of the newest, halved where a halving comes, and so are the means.
        The unit, which is of the last 14, stays.
        """
        terms, before = self.terms, self.backing
        day = self.window.day + 1
        halvings = _era(day) - _era(self.window.day)
        last = (_settled(self.window) >> halvings) * (DAY_BLOCKS + _unhalved(day)) // DAY_BLOCKS
        mean3, mean14 = self.window.mean3 >> halvings, self.window.mean14 >> halvings
        window = Window(day, self.window.end + DAY, last, mean3, mean14)
        begun = max(before.day, min(day + 1, terms.last))
        net = net_hashprice(last, terms.fee, terms.cost) if before.day < begun else 0
        owed = before.owed + before.supply * net
        since = self.unpaid_since
        if since is None and owed >= EXACT:
            # An index that is days behind may close them sooner than day by day.
            since = max(window.end, self.now - DAY)
        backing = before._replace(day=begun, left=terms.last - begun, owed=owed, window=window)
        return replace(self, unpaid_since=since)._backed(backing)

    def lapsed(self) -> Collateral:
        """Say what it is once a grace is over that ends within the day."""
        since = self.unpaid_since
        if since is None or self.begins(1) <= since + self.terms.grace + 1:
            return self
        return self._backed(self.backing._replace(overdue=True))

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
            if backing.overdue:
                is_pending = is_stale and backing.left > 0 and not backing.dead
            else:
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

    def _backed(self, backing: Backing) -> Collateral:
        """Say what it is with another backing, which may be short then."""
        free = max(0, backing.reserve * EXACT - backing.owed)
        return replace(self, backing=backing._replace(short=free < self._required(backing)))

    def _required(self, backing: Backing) -> int:
        """Say what the reserve must hold beyond what is owed, satoshi times 10^36."""
        return backing.supply * -(-self.terms.ratio * backing.left * backing.unit // WAD)

    def _less_fee(self, amount: int) -> int:
        return amount * (WAD - self.terms.exit_fee) // WAD

    def _beyond(self, delivery: Delivery, covered: int) -> int:
        """Say what the issuer's deliveries are worth beyond what is covered."""
        backing = self.backing
        if backing.dead:
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
        hashprice = min(_settled(self.window), self.window.mean3, self.window.mean14)
        hashprice = hashprice * delivery.stress // WAD
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


def read_collateral(vault: Vault) -> Collateral:
    """Read what the worth of a vault's tokens hangs on.

    Raises:
        ChainError: "token: accrue first" where more than 64 block-days are not accrued.
    """
    token = vault.token
    since = int(vault.chain.call(TOKEN, token.address, "unpaid_since"))
    return Collateral(token.terms, token.backing(), vault.chain.now, vault.delivery, since or None)


def _era(day: int) -> int:
    """Say how many halvings have come by the end of a block-day."""
    return (day * DAY_BLOCKS + DAY_BLOCKS - 1) // HALVING_BLOCKS


def _unhalved(day: int) -> int:
    """Say how many blocks of a block-day come before the halving in it; 0 where none comes."""
    before = HALVING_BLOCKS - day * DAY_BLOCKS % HALVING_BLOCKS
    return before if before < DAY_BLOCKS else 0


def _settled(window: Window) -> int:
    """Say the hashprice of a block-day's last blocks: those before a halving count as half."""
    return window.last * DAY_BLOCKS // (DAY_BLOCKS + _unhalved(window.day))


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
