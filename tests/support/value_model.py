"""What a lending vault should hold its collateral worth, said independently of the contracts.

Amounts are satoshi per token x 10^18. Every number is a fraction that is rounded down where the
contracts say that they do; a term's days are counted one by one, with no eras and no formula for
their sum. That sum is exact in `expected`; in `rounded` it has the contract's own rounding, which
`longest_cut` bounds.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from tests.support.token_model import DAY, ONE, SAT, Agreed, Refused

RAY = 10**27
DAY_BLOCKS, HALVING_BLOCKS = 144, 210_000
LAST_DAYS, STALE_DAYS = 4, 4
NO_LIMIT = 2**256 - 1


class Rules(NamedTuple):
    """How deliveries to come are valued; shares x 10^18."""

    stress: int = 8 * ONE // 10
    decay: int = 999 * ONE // 1_000
    phi: int = ONE // 4


class Standing(NamedTuple):
    """What a valuation reads: the token's `backing`, the index's `window`, and the time."""

    now: int
    index: int
    ahead: int
    reserve: int
    supply: int
    owed: int
    day: int
    left: int
    unit: int
    is_overdue: bool
    is_short: bool
    is_dead: bool
    closed: int
    end: int
    last: int
    mean3: int
    mean14: int

    @property
    def elapsed(self) -> int:
        """Whole days since the newest closed block-day."""
        return max(0, self.now - self.end) // DAY

    @property
    def days(self) -> int:
        """Block-days of the term still to come."""
        return max(0, self.left - self.elapsed)

    @property
    def is_stale(self) -> bool:
        return self.now - self.end > STALE_DAYS * DAY

    @property
    def owed_each(self) -> int:
        return floor(Fraction(self.owed, self.supply))


class Worth(NamedTuple):
    """What `assess` returns, in its order."""

    index: int
    value: int
    most: int
    covered: int
    price: int
    payout: int
    streaming: int
    is_stopped: bool
    is_pending: bool
    is_overdue: bool

    def but_redemption(self) -> Worth:
        """Leave out what depends on what redemption pays."""
        return self._replace(payout=0, price=0)


def covered(terms: Agreed, at: Standing) -> Worth:
    """Value a token by the cash that nobody can take away."""
    if not at.supply:
        return Worth(at.index, 0, 0, 0, 0, 0, 0, True, False, False)
    share = floor(Fraction(at.reserve * SAT, at.supply))
    secured = floor(
        max(0, at.days - LAST_DAYS) * Fraction(terms.ratio, ONE) * Fraction(terms.reference)
    )
    streaming = at.ahead * 10**9
    worth = _after_fee(terms, min(share, at.owed_each + secured)) + streaming
    is_stopped = at.is_overdue or at.is_short or at.is_dead or at.is_stale
    is_pending = 0 < at.reserve * SAT < at.owed and not at.is_overdue
    payout = _payout(terms, at, share)
    price = max(worth, payout, at.owed_each + streaming)
    flags = (is_stopped, is_pending, at.is_overdue)
    return Worth(at.index, worth, NO_LIMIT, worth, price, payout, streaming, *flags)


def delivery(terms: Agreed, at: Standing, rules: Rules) -> Worth:
    """Value a token by what its issuer is expected to deliver, too.

    Raises:
        Refused: where that depends on a stale index.
    """
    base = covered(terms, at)
    value, price, is_pending = base.value, base.price, base.is_pending
    if at.supply and not at.is_dead:
        mark = at.owed_each + base.streaming
        if at.left:
            if at.is_stale and not at.is_overdue:
                raise Refused("value: index stale")
            mark += rounded(terms, at, rules)
        price = max(price, mark)
        if at.is_overdue:
            is_pending = bool(at.left) and at.is_stale
        else:
            part = _part_reserved(terms, at) if at.is_short else 1
            value += floor(part * max(0, mark - base.covered))
            is_pending = is_pending or (at.is_short and mark > base.covered)
    phi = 0 if base.is_stopped else rules.phi
    most = base.covered + floor(Fraction(phi, ONE) * (value - base.covered))
    return base._replace(value=value, most=most, price=price, is_pending=is_pending)


def _after_fee(terms: Agreed, amount: int) -> int:
    return floor(amount * (1 - Fraction(terms.exit_fee, ONE)))


def _payout(terms: Agreed, at: Standing, share: int) -> int:
    """Say what redemption pays: while the index lives, what a token is owed and worth at most."""
    capped = min(share, at.owed_each + at.left * at.unit)
    if not at.is_dead:
        return _after_fee(terms, capped)
    return share if at.supply >= ONE else capped


def _part_reserved(terms: Agreed, at: Standing) -> Fraction:
    """Say which part of what it must hold a reserve that is short holds, cut to 10^-18."""
    required = ceil(Fraction(terms.ratio, ONE) * at.left * at.unit)
    part = floor(Fraction(at.reserve * SAT, at.supply * required) * ONE)
    return Fraction(min(part, ONE), ONE)


# The block-days still to come.


def halvings(height: int) -> int:
    """Say how many halvings came up to a block."""
    return height // HALVING_BLOCKS


def hashprice(at: Standing) -> int:
    """Say by what hashprice days to come are valued, as of the newest closed one's last block."""
    first = at.closed * DAY_BLOCKS
    blocks = range(first, first + DAY_BLOCKS)
    halved = halvings(blocks[-1])
    earlier = sum(halvings(block) < halved for block in blocks)
    last = floor(at.last / (1 + Fraction(earlier, DAY_BLOCKS)))
    return min(last, at.mean3, at.mean14)


def nets(terms: Agreed, at: Standing, rules: Rules) -> list[tuple[int, int]]:
    """Say of each block-day still to come how far away it is, and what it nets, stressed."""
    stressed = floor(hashprice(at) * Fraction(rules.stress, ONE))
    today = at.closed + 1 + at.elapsed
    known = halvings(at.closed * DAY_BLOCKS + DAY_BLOCKS - 1)
    end = at.day + at.left
    found = []
    for day in range(end - at.days, end):
        halved = halvings(day * DAY_BLOCKS + DAY_BLOCKS - 1) - known
        gross = floor(Fraction(stressed // 2**halved) * (1 - Fraction(terms.fee, ONE)))
        found.append((day - today, max(0, gross - terms.cost)))
    return found


def expected(terms: Agreed, at: Standing, rules: Rules) -> Fraction:
    """Say what block-days still to come are worth, day by day, exact to 10^-50 of a unit."""
    scale = 10**80
    total, weight, away = 0, scale, 0
    for distance, net in nets(terms, at, rules):
        weight = weight * rules.decay ** (distance - away) // ONE ** (distance - away)
        away = distance
        total += net * weight
    return Fraction(total, scale)


def rounded(terms: Agreed, at: Standing, rules: Rules) -> int:
    """Say the same with the contract's rounding: era by era, from the last one back."""
    days = nets(terms, at, rules)
    if not days:
        return 0
    eras: dict[int, list[int]] = defaultdict(list)
    for place, (_, net) in enumerate(days):
        block = (at.day + at.left - at.days + place) * DAY_BLOCKS + DAY_BLOCKS - 1
        eras[halvings(block)].append(net)
    total = 0
    for era in sorted(eras, reverse=True):
        annuity, factor = decayed(len(eras[era]), rules.decay)
        total = floor(Fraction(eras[era][0] * annuity + total * factor, RAY))
    _, factor = decayed(at.day - at.closed - 1, rules.decay)
    return floor(Fraction(total * factor, RAY))


def decayed(days: int, decay: int) -> tuple[int, int]:
    """Say 1 + d + d^2 + ... of so many terms, and d^days, x 10^27, rounded as the contract does.

    What n days come to is put together from the powers of two in n, lowest first; the sum of twice
    as many is A + A d^n. Each product is rounded down.
    """
    annuity, factor = 0, RAY
    block, power = RAY, decay * RAY // ONE
    for bit in reversed(f"{days:b}"):
        if bit == "1":
            annuity += floor(Fraction(block * factor, RAY))
            factor = floor(Fraction(factor * power, RAY))
        block += floor(Fraction(block * power, RAY))
        power = floor(Fraction(power * power, RAY))
    return annuity, factor


def longest_cut(at: Standing, rules: Rules) -> Fraction:
    """Bound what the contract's rounding takes off `expected`, satoshi x 10^18.

    A(n) is cut by less than n^2 and d^n by less than n units of 10^-27, of at most the hashprice
    each day; then each of at most three eras, and the distance, by one.
    """
    days = at.days + at.day - at.closed
    return Fraction(4 * days * days * hashprice(at), RAY) + 4
