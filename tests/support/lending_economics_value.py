"""What a lending vault takes its collateral for, in integers, rule by rule.

`Rules` holds what vaults go by. Each can be taken back to what was tried before it, so that tests
show what it is for. Values are those of the contracts but for a last digit here and there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import NamedTuple

from tests.support.lending_economics_issuance import DAY_BLOCKS, Issuance
from tests.support.token_model import DAY, LAST_DAYS, ONE, SAT, SCALE

PERCENT = ONE // 100
STRESS = 80 * PERCENT
"""Of the hashprice, taken before the cost."""
DECAY = 999 * ONE // 1_000
"""What a block-day is worth, of the one before."""
MAX_LTV = 98 * PERCENT
"""Of the liquidation LTV, up to which may be borrowed."""
MOST_DAYS = 400


class Cash(Enum):
    """What counts as cash behind a token."""

    CERTAIN = auto()  # what no market and no issuer can take away
    PAID = auto()  # what redeeming pays now


class Short(Enum):
    """What becomes of that part of a mark that is not cash, in SHORTFALL."""

    BY_RESERVE = (
        auto()
    )  # times R / (S x ratio x V), at most 1: what is owed and not late is no matter
    BY_COVERAGE = auto()  # times coverage / ratio
    FULL = auto()
    NOTHING = auto()  # as where a debt is overdue


@dataclass(frozen=True)
class Rules:
    """What a vault goes by; fractions times 10^18.

    Attributes:
        lltv: of the value, above which a loan may be liquidated.
        phi: of what a value is beyond cash, that may be lent.
        value_by: cash that a value is never below.
        most_by: cash that may be lent whole.
        uncovered_by: cash that covers a debt.
        dead_by: cash that is the value while the index is dead.
        lends_when_short: in SHORTFALL, too.
        reads_latest: the hashprice is that of the newest block-day where that is below both means.
        counts_bonus: what a liquidator gains covers no debt.
        spares_lenders: a liquidator gains from what is the borrower's, and from lenders nothing.
        counts_losses: a loss stays in the uncovered debt for ever.
        loses_at_value: redemption leaves a bad debt only where it pays all that tokens are worth.
        waits_when_short: and never while the issuer of a short reserve is not late.
        covers_first: tokens are sold after the reserve has paid what is overdue.
        sells_promises: and for no less than what an issuer that is late has still to deliver.
    """

    lltv: int
    is_delivery: bool
    phi: int = 25 * PERCENT
    value_by: Cash = Cash.CERTAIN
    most_by: Cash = Cash.CERTAIN
    uncovered_by: Cash = Cash.CERTAIN
    dead_by: Cash = Cash.CERTAIN
    short: Short = Short.BY_RESERVE
    lends_when_short: bool = False
    knows_halvings: bool = True
    stresses_first: bool = True
    reads_latest: bool = True
    counts_bonus: bool = False
    spares_lenders: bool = True
    counts_losses: bool = True
    loses_at_value: bool = True
    waits_when_short: bool = True
    covers_first: bool = True
    sells_promises: bool = True

    @property
    def max_ltv(self) -> int:
        return self.lltv * 98 // 100

    @property
    def incentive(self) -> int:
        """What a liquidator gets for what it pays."""
        return min(115 * PERCENT, ONE * ONE // (ONE - 3 * (ONE - self.lltv) // 10))


CASH_COVERED = Rules(90 * PERCENT, is_delivery=False)
DELIVERY = Rules(70 * PERCENT, is_delivery=True)


class Assessment(NamedTuple):
    """Of a token, satoshi x 10^18.

    Attributes:
        value: a loan may be liquidated above its share of this.
        most: the most that may be lent.
        payout: what redeeming pays.
        cover: what covers a debt.
        streaming: what the stream still brings, which a redemption forgoes.
        is_stopped: nothing may be lent.
        is_pending: the reserve holds less than it is to hold, and the issuer is not late.
        is_refused: no price, no liquidation.
        price: at which it is sold, less the discount.
    """

    value: int = 0
    most: int = 0
    payout: int = 0
    cover: int = 0
    streaming: int = 0
    is_stopped: bool = True
    is_pending: bool = False
    is_refused: bool = False
    price: int = 0


def assess(issuance: Issuance, rules: Rules) -> Assessment:
    """Say what a token is worth to a vault now."""
    if not issuance.supply:
        return Assessment()
    streaming = issuance.ahead * ONE // (SCALE // ONE)
    paid, certain = _cash(issuance)
    cash = {Cash.PAID: paid + streaming, Cash.CERTAIN: certain + streaming}
    floor = cash[rules.dead_by if issuance.is_dead else rules.value_by]
    stopped = is_stopped(issuance, rules)
    is_refused, value, most = False, floor, floor
    is_pending = 0 < issuance.reserve * SAT < issuance.owed and not issuance.is_overdue
    owed = issuance.owed // issuance.supply + streaming
    price = max(floor, paid, owed)
    if rules.is_delivery:
        mark = owed + _stressed(issuance, rules)
        if not issuance.is_dead and (rules.sells_promises or not issuance.is_overdue):
            price = max(price, mark)
        if issuance.is_overdue and not issuance.is_dead:
            is_pending = bool(issuance.left) and not issuance.is_fresh
        if not issuance.is_overdue and not issuance.is_dead:
            is_refused = bool(issuance.left) and not issuance.is_fresh
            # What an issuer that is not late will deliver is not given up for its reserve.
            waits = rules.waits_when_short and issuance.is_short and mark > floor
            is_pending = is_pending or waits
            value += _sound(issuance, rules.short, max(0, mark - floor))
        most = cash[rules.most_by]
        if not stopped:
            most += rules.phi * max(0, value - most) // ONE
    return Assessment(
        value=value,
        most=most,
        payout=paid,
        cover=cash[rules.uncovered_by],
        streaming=streaming,
        is_stopped=stopped,
        is_pending=is_pending,
        is_refused=is_refused,
        price=max(price, value),
    )


def is_stopped(issuance: Issuance, rules: Rules) -> bool:
    """Say whether nothing may be lent."""
    if not issuance.is_fresh or issuance.is_overdue:
        return True
    return issuance.is_short and not rules.lends_when_short


def _cash(issuance: Issuance) -> tuple[int, int]:
    """Say what redeeming a token pays now, and what of it stays whatever happens."""
    terms, share = issuance.terms, issuance.reserve * SAT // issuance.supply
    owed = issuance.owed // issuance.supply
    paid = certain = min(share, owed + issuance.value)
    secured = max(0, _days(issuance) - LAST_DAYS) * terms.ratio * terms.reference // ONE
    certain = min(share, owed + secured) * (ONE - terms.exit_fee) // ONE
    if not issuance.is_dead:
        paid = paid * (ONE - terms.exit_fee) // ONE
    elif issuance.supply >= ONE:
        paid = share
    return paid, certain


def _days(issuance: Issuance) -> int:
    """Count the block-days to come: one less for each day since the index closed one."""
    return max(0, issuance.left - max(0, issuance.now - issuance.index_end) // DAY)


def _sound(issuance: Issuance, rule: Short, beyond: int) -> int:
    """Say what counts of a value beyond cash."""
    if rule is Short.FULL or not issuance.is_short:
        return beyond
    if rule is Short.NOTHING:
        return 0
    held = issuance.free if rule is Short.BY_COVERAGE else issuance.reserve * SAT
    needed = issuance.supply * issuance.required
    return beyond * min(held, needed) // needed


def _stressed(issuance: Issuance, rules: Rules) -> int:
    """Say what the block-days to come bring at a stressed hashprice."""
    chart, hashprice = issuance.chart, min(issuance.mean3, issuance.mean14)
    if rules.reads_latest:
        latest = issuance.last
        if issuance.closed == chart.halving:  # a part of it was before
            latest = latest * DAY_BLOCKS // (DAY_BLOCKS + chart.before)
        hashprice = min(hashprice, latest)
    counted, days = _counted_days(), _days(issuance)
    before = days
    if rules.knows_halvings and issuance.closed < chart.halving:
        before = min(days, max(0, chart.halving - (issuance.terms.last - days)))
    full = _net(issuance, rules, hashprice) * counted[before]
    half = _net(issuance, rules, hashprice // 2) * (counted[days] - counted[before])
    return (full + half) // ONE


def _net(issuance: Issuance, rules: Rules, hashprice: int) -> int:
    if rules.stresses_first:
        return issuance.net(hashprice * STRESS // ONE)
    return issuance.net(hashprice) * STRESS // ONE


@cache
def _counted_days() -> list[int]:
    """List what n block-days count for, each less than the one before it."""
    counted, weight = [0], ONE
    for _ in range(MOST_DAYS):
        counted.append(counted[-1] + weight)
        weight = weight * DECAY // ONE
    return counted
