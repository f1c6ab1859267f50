"""What the lending vault should do, said independently of how it does it.

Lenders, borrowers, their rewards, what the vault keeps, fees: each amount follows the rounding that
is stated for it, once, as a floor or a ceiling of a fraction. Three things are not the vault's, and
the model is told them: what the token says of itself, what a token is worth, and to what 18 digits
the curve's exponentials come. Those it judges by the curve's definition before it believes them.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple, Protocol

from tests.support.interest_model import Curve
from tests.support.lending import EXACT, FIXED, FOREVER, NOBODY, ONE, RAY, VIRTUAL_SHARES, Worth
from tests.support.token_model import EARNED_ONE, SCALE, require

LAST_CREDIT = 2**80 - 1
MAX_SHARES = 2**120 - 1
MAX_LTV = Fraction(98, 100)
MAX_INCENTIVE = 115 * ONE // 100
CLOSE = Decimal("1e-12")
"""What the rate and its growth may differ by from the definition, of themselves."""
POOR = "erc20: transfer amount exceeds balance"
Words = tuple[int, ...]


class Backing(NamedTuple):
    """What the token says of its reserve; as IHashrateToken.Backing."""

    index: int
    ahead: int
    reserve: int
    supply: int
    owed: int
    day: int
    left: int
    unit: int
    is_overdue: int
    is_short: int
    is_dead: int


class Facts(Protocol):
    """What the model is told, as of now. Whatever may refuse raises `Refused`."""

    now: int

    def growth(self) -> tuple[int, int]:
        """Say borrow index and rate, by the vault."""

    def index(self) -> int:
        """Say what a token has earned."""

    def earned(self) -> int:
        """Say what the vault has earned in its life, satoshi x 2^32."""

    def claimable(self) -> int:
        """Say what a claim would pay the vault."""

    def backing(self) -> Backing:
        """Say what stands behind a token."""

    def assess(self) -> Worth:
        """Say what a token is worth."""

    def checkpoint(self) -> None:
        """Have the token accrue, or refuse."""

    def covered(self) -> AbstractContextManager[None]:
        """Inside, have the token's reserve pay what is overdue, if it does."""


def word(number: int) -> int:
    """Refuse without a reason what does not fit 256 bits."""
    require(number < 2**256, "")
    return number


@dataclass
class Pool:
    """The lenders' side; amounts x 2^32."""

    index: int = RAY
    rate: int = 0
    cash: int = 0
    scaled: int = 0
    credited: int = 0
    shares: int = 0
    till: int = 0
    deposits_stopped: bool = False
    loans_stopped: bool = False
    keeps_tokens: bool = False
    kept_rewards: int = 0
    """Of what was credited, that of tokens which the vault keeps: the lenders'."""
    at: int = 0
    """Up to when interest is counted, unix seconds."""

    @property
    def lent(self) -> int:
        return floor(Fraction(self.scaled * self.index, RAY))

    @property
    def assets(self) -> int:
        return self.cash + self.lent

    @property
    def price(self) -> Fraction:
        """What a share is worth, in 2^-32 satoshi; the virtual ones and their satoshi count."""
        return Fraction(self.assets + FIXED, self.shares + VIRTUAL_SHARES)

    def shares_of(self, assets: int) -> Fraction:
        """Say what satoshi are in shares, exactly."""
        word(word(assets * FIXED) * (self.shares + VIRTUAL_SHARES))
        return assets * FIXED / self.price

    def cost_of(self, shares: int) -> Fraction:
        """Say what shares cost in satoshi, exactly."""
        word(shares * (self.assets + FIXED))
        return shares * self.price / FIXED

    def worth_of(self, shares: int) -> Fraction:
        """Say what shares bring in satoshi, exactly: all of them no more than the lenders have."""
        worth = self.cost_of(shares)
        return min(worth, Fraction(self.assets, FIXED)) if shares <= self.shares else worth

    @property
    def is_closed(self) -> bool:
        """Whether those who lost are to have what the vault keeps, and nobody else."""
        return self.keeps_tokens and self.shares > 0

    def words(self) -> Words:
        """Return the pool as the vault's view does."""
        return tuple(int(value) for value in list(vars(self).values())[:-2])


@dataclass
class Loan:
    """A borrower's side; amounts x 2^32."""

    collateral: int = 0
    scaled: int = 0
    credit: int = 0
    index: int = 0
    rewarded: int = 0
    """All that its tokens ever brought."""

    def debt(self, pool: Pool) -> int:
        return ceil(Fraction(self.scaled * pool.index, RAY))

    def whole_debt(self, pool: Pool) -> int:
        return ceil(Fraction(self.debt(pool), FIXED))

    def words(self) -> Words:
        """Return the loan as the vault's view does."""
        return self.collateral, self.scaled, self.credit, self.index


@dataclass
class Uncovered:
    """What of loans no cash covers, each when it was last valued, and what was lost of others."""

    loans: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    lost: int = 0

    @property
    def total(self) -> int:
        return sum(self.loans.values()) + self.lost


@dataclass
class VaultModel:
    """A vault in plain Python, as of the time that its facts are of.

    Attributes:
        terms: of the vault by name, as `Lending` has them.
        address: its own, under which it keeps tokens.
        exit_fee: of the token.
        btc, tokens: what everybody has; who uses the model keeps them true between calls.
    """

    terms: dict[str, Any]
    address: str
    token: str
    exit_fee: int
    facts: Facts
    opened: int
    btc: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    pool: Pool = field(default_factory=Pool)
    loans: dict[str, Loan] = field(default_factory=lambda: defaultdict(Loan))
    balances: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    allowances: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    operators: set[tuple[str, str]] = field(default_factory=set)
    uncovered: Uncovered = field(default_factory=Uncovered)

    def __post_init__(self) -> None:
        self.pool.rate, self.pool.at = self.terms["rate"], self.opened
        self.curve = Curve(*(self.terms[name] for name in Curve._fields))
        self._judged: dict[tuple[int, ...], None] = {}

    # What time does.

    def current(self) -> Pool:
        """Return the pool with interest, and rewards of the vault's own tokens, to this moment."""
        pool = replace(self.pool)
        if self.facts.now > pool.at:
            before = pool.lent
            pool.index, pool.rate = self._grown()
            fee = floor(Fraction((pool.lent - before) * self.terms["fee"], ONE))
            sold = pool.price - Fraction(fee, pool.shares + VIRTUAL_SHARES)
            fee_shares = min(floor(fee / sold), MAX_SHARES - pool.shares)
            pool.shares += fee_shares
            pool.till += fee_shares
            pool.at = self.facts.now
        if pool.keeps_tokens:
            rewarded = self._rewards(self.loans[self.address], pool)
            pool.credited += rewarded
            pool.kept_rewards += rewarded
            pool.cash += rewarded
        return pool

    def _grown(self) -> tuple[int, int]:
        """Take the index and the rate from the vault, if the curve's definition agrees."""
        found = index, rate = self.facts.growth()
        pool, seconds = self.pool, self.facts.now - self.pool.at
        case = (pool.index, pool.rate, pool.cash, pool.lent, seconds, *found)
        if case not in self._judged:
            used = Decimal(pool.lent * ONE) / max(pool.assets, 1)
            growth, exact = self.curve.advance(pool.rate, used, seconds)
            assert abs(rate / exact - 1) <= CLOSE, f"rate {rate}, not {exact}"
            grown = Decimal(index - pool.index) / pool.index
            assert abs(grown / growth - 1) <= CLOSE, f"growth {grown}, not {growth}"
            self._judged[case] = None
        return found

    def _rewards(self, loan: Loan, pool: Pool) -> int:
        """Say what a loan's tokens have earned since; all loans never more than the vault has."""
        growth = self.facts.index() - loan.index
        earned = floor(Fraction(loan.collateral * growth * FIXED, SCALE))
        counted = min(self.facts.earned(), LAST_CREDIT)
        return min(earned, max(0, counted - pool.credited)) if earned else 0

    def synced(self, borrower: str, borrows: bool = False) -> tuple[Pool, Loan]:
        """Return the pool and a loan, with its rewards credited, to this moment.

        Of a loan without a debt, which interest does not concern, the pool stays as it was stored.
        """
        loan = replace(self.loans[borrower])
        pool = self.current() if borrows or loan.scaled else replace(self.pool)
        rewarded = self._rewards(loan, pool)
        loan.index = self.facts.index()
        self._credit(pool, loan, rewarded, rewarded)
        return pool, loan

    def _begun(self, borrower: str, borrows: bool = False) -> tuple[Pool, Loan]:
        """Begin a call on a loan."""
        require(borrower not in (NOBODY, self.address), "vault: not a borrower")
        return self.synced(borrower, borrows)

    def _credit(self, pool: Pool, loan: Loan, amount: int, rewarded: int) -> None:
        """Repay a loan by what its tokens brought; what is more than the debt is a credit."""
        pool.credited += rewarded
        loan.rewarded += rewarded
        loan.credit += self._repay(pool, loan, amount)

    @staticmethod
    def _repay(pool: Pool, loan: Loan, amount: int) -> int:
        """Repay a loan, and return what it is more than the debt."""
        debt = loan.debt(pool)
        repaid = min(amount, debt)
        # What is less than the debt is rounded down: a borrower never repays more than it pays.
        gone = loan.scaled if amount >= debt else floor(Fraction(amount * RAY, pool.index))
        loan.scaled -= gone
        pool.scaled -= gone
        pool.cash += repaid
        return amount - repaid

    def _repay_sats(self, pool: Pool, loan: Loan, amount: int) -> None:
        """Repay whole satoshi; what of the last is more than the debt is the lenders'."""
        more = self._repay(pool, loan, amount * FIXED)
        pool.cash += more

    def _store(self, pool: Pool, borrower: str = NOBODY, loan: Loan | None = None) -> None:
        require(pool.shares <= MAX_SHARES, "vault: too many shares")
        if loan is not None:
            self.loans[borrower] = loan
            left = min(self.uncovered.loans[borrower], loan.debt(pool))
            self.uncovered.loans[borrower] = left
        if pool.keeps_tokens and pool.at == self.facts.now:
            self.loans[self.address].index = self.facts.index()
        self.pool = pool

    # Lenders.

    def deposit(self, caller: str, assets: int, receiver: str) -> int:
        pool = self.current()
        shares = floor(pool.shares_of(assets))
        self._take_in(pool, caller, assets, shares, receiver)
        return shares

    def mint(self, caller: str, shares: int, receiver: str) -> int:
        pool = self.current()
        assets = ceil(pool.cost_of(shares))
        self._take_in(pool, caller, assets, shares, receiver)
        return assets

    def _take_in(self, pool: Pool, caller: str, assets: int, shares: int, receiver: str) -> None:
        require(not pool.deposits_stopped, "vault: deposits stopped")
        require(not pool.is_closed, "vault: closed by a loss")
        require(shares > 0, "vault: nothing to lend")
        pool.cash += assets * FIXED
        pool.shares = word(pool.shares + shares)
        require(pool.assets <= self.terms["supply_cap"] * FIXED, "vault: above supply cap")
        self._check_receiver(receiver)
        self._check_sats(caller, assets)
        self._store(pool)
        self.balances[receiver] += shares
        self._pull(caller, assets)

    def withdraw(self, caller: str, assets: int, receiver: str, owner: str) -> int:
        pool = self.current()
        shares = ceil(pool.shares_of(assets))
        self._give_out(pool, caller, assets, shares, receiver, owner)
        return shares

    def redeem(self, caller: str, shares: int, receiver: str, owner: str) -> int:
        pool = self.current()
        assets = floor(pool.worth_of(shares))
        self._give_out(pool, caller, assets, shares, receiver, owner)
        return assets

    def _give_out(
        self, pool: Pool, caller: str, assets: int, shares: int, receiver: str, owner: str
    ) -> None:
        require(shares > 0, "vault: nothing to withdraw")
        require(assets * FIXED <= pool.cash, "vault: not enough cash")
        allowed = self.allowances[owner, caller]
        if caller != owner:
            require(shares <= allowed, "vault: above allowance")
        require(shares <= self.balances[owner], "vault: above balance")
        self._check_receiver(receiver)
        pool.cash -= assets * FIXED
        pool.shares -= shares
        self._store(pool)
        if caller != owner and allowed != FOREVER:
            self.allowances[owner, caller] -= shares
        self.balances[owner] -= shares
        self._push(receiver, assets)

    def transfer(self, caller: str, receiver: str, amount: int) -> int:
        self._check_receiver(receiver)
        require(amount <= self.balances[caller], "vault: above balance")
        self.balances[caller] -= amount
        self.balances[receiver] += amount
        return 1

    def transfer_from(self, caller: str, owner: str, receiver: str, amount: int) -> int:
        allowed = self.allowances[owner, caller]
        if caller != owner:
            require(amount <= allowed, "vault: above allowance")
        self.transfer(owner, receiver, amount)
        if caller != owner and allowed != FOREVER:
            self.allowances[owner, caller] -= amount
        return 1

    def approve(self, caller: str, spender: str, amount: int) -> int:
        self.allowances[caller, spender] = amount
        return 1

    # Borrowers, and whom they authorized.

    def authorize(self, caller: str, operator: str, is_authorized: int) -> None:
        (self.operators.add if is_authorized else self.operators.discard)((caller, operator))

    def borrow(self, caller: str, amount: int, receiver: str, borrower: str) -> None:
        self._check_authorized(caller, borrower)
        require(amount > 0, "vault: nothing to borrow")
        self.facts.checkpoint()
        worth = self.facts.assess()
        require(not worth.is_stopped, "vault: valuation says stop")
        pool, loan = self._begun(borrower, borrows=True)
        require(not pool.loans_stopped, "vault: loans stopped")
        from_credit = min(word(amount * FIXED), loan.credit)
        loan.credit -= from_credit
        lent = amount * FIXED - from_credit
        valued = None
        if lent:
            require(lent <= pool.cash, "vault: not enough cash")
            pool.cash -= lent
            scaled = ceil(Fraction(lent * RAY, pool.index))
            loan.scaled += scaled
            pool.scaled += scaled
            require(loan.debt(pool) >= self.terms["min_borrow"] * FIXED, "vault: below min borrow")
            require(pool.lent <= self.terms["borrow_cap"] * FIXED, "vault: above borrow cap")
            valued = self._check_secured(borrower, pool, loan, worth)
        self._check_receiver(receiver)
        self._value(borrower, valued)
        self._store(pool, borrower, loan)
        self._push(receiver, amount)

    def withdraw_collateral(self, caller: str, amount: int, receiver: str, borrower: str) -> None:
        self._check_authorized(caller, borrower)
        require(amount > 0, "vault: nothing to withdraw")
        pool, loan = self._begun(borrower)
        require(amount <= loan.collateral, "vault: above collateral")
        loan.collateral -= amount
        valued = None
        if loan.scaled:
            valued = self._check_secured(borrower, pool, loan, self.facts.assess())
        self._check_receiver(receiver)
        self._value(borrower, valued)
        self._store(pool, borrower, loan)
        self._send_tokens(self.address, receiver, amount)

    def withdraw_credit(self, caller: str, receiver: str, borrower: str) -> int:
        self._check_authorized(caller, borrower)
        pool, loan = self._begun(borrower)
        paid = floor(Fraction(loan.credit, FIXED))
        require(paid > 0, "vault: nothing to withdraw")
        loan.credit -= paid * FIXED
        self._check_receiver(receiver)
        self._store(pool, borrower, loan)
        self._push(receiver, paid)
        return paid

    def close(self, caller: str, receiver: str, borrower: str) -> int:
        self._check_authorized(caller, borrower)
        pool, loan = self._begun(borrower)
        paid = loan.whole_debt(pool)
        self._repay_sats(pool, loan, paid)
        self._check_sats(caller, paid)
        collateral, credit = loan.collateral, floor(Fraction(loan.credit, FIXED))
        if collateral or credit:
            self._check_receiver(receiver)
        loan.collateral = 0
        loan.credit -= credit * FIXED
        self._store(pool, borrower, loan)
        self._pull(caller, paid)
        if collateral:
            self._send_tokens(self.address, receiver, collateral)
        if credit:
            self._push(receiver, credit)
        return paid

    # Anyone.

    def post(self, caller: str, amount: int, borrower: str) -> None:
        require(amount > 0, "vault: nothing to post")
        pool, loan = self._begun(borrower)
        loan.collateral = word(loan.collateral + amount)
        require(amount <= self.tokens[caller], "token: insufficient balance")
        self._store(pool, borrower, loan)
        self._send_tokens(caller, self.address, amount)

    def repay(self, caller: str, amount: int, borrower: str) -> int:
        pool, loan = self._begun(borrower)
        paid = min(amount, loan.whole_debt(pool))
        require(paid > 0, "vault: nothing to repay")
        self._repay_sats(pool, loan, paid)
        self._check_sats(caller, paid)
        self._store(pool, borrower, loan)
        self._pull(caller, paid)
        return paid

    def repay_all(self, caller: str, borrower: str) -> int:
        return self.repay(caller, FOREVER, borrower)

    def harvest(self, caller: str, borrower: str) -> None:
        pool, loan = self._begun(borrower)
        self._store(pool, borrower, loan)

    def liquidate(
        self, caller: str, borrower: str, paid: int, seized: int, limit: int, receiver: str
    ) -> tuple[int, int]:
        require((paid == 0) != (seized == 0), "vault: debt or collateral")
        with self._covered():
            worth = self.facts.assess()
            pool, loan = self._begun(borrower)
        require(not self.is_healthy(pool, loan, worth), "vault: loan is healthy")
        by_debt = paid != 0
        paid, seized = self._sold(pool, loan, worth, paid, seized)
        is_within = limit <= seized if by_debt else paid <= limit
        require(is_within, "vault: outside limit")
        loan.collateral -= seized
        self._repay_sats(pool, loan, paid)
        bad = self._write_off(pool, loan)
        self._check_sats(caller, paid)
        self._check_receiver(receiver)
        self.uncovered.lost += bad
        self._value(borrower, self._uncovered(pool, loan, worth))
        self._store(pool, borrower, loan)
        self._pull(caller, paid)
        self._send_tokens(self.address, receiver, seized)
        return paid, seized

    def _sold(
        self, pool: Pool, loan: Loan, worth: Worth, paid: int, seized: int
    ) -> tuple[int, int]:
        """Say what is paid for what, by debt or by collateral."""
        least = floor(Fraction(worth.price * ONE, self.incentive))
        # The discount ends where the tokens would no longer bring the debt; a hundredth stays.
        needed = ceil(Fraction(loan.debt(pool) * EXACT, loan.collateral * FIXED))
        price = max(least, min(floor(Fraction(worth.price * 99, 100)), needed))
        require(price > 0, "vault: collateral worthless")
        whole = loan.whole_debt(pool)
        if not paid:
            seized = min(seized, loan.collateral)
            paid = ceil(Fraction(seized * price, EXACT))
            if paid <= whole:
                return paid, seized
        paid = min(paid, whole)
        seized = floor(Fraction(paid * EXACT, price))
        if seized <= loan.collateral:
            return paid, seized
        return ceil(Fraction(loan.collateral * price, EXACT)), loan.collateral

    def liquidate_to_reserve(self, caller: str, borrower: str, receiver: str) -> tuple[int, int]:
        with self._covered():
            worth, backing = self.facts.assess(), self.facts.backing()
            pool, loan = self._begun(borrower)
        require(not self.is_healthy(pool, loan, worth), "vault: loan is healthy")
        debt = loan.debt(pool)
        # Dust in the reserve buys nothing: a promise is worth more than a hundredth of the debt.
        least = max(EXACT, floor(Fraction(debt * EXACT, 100 * FIXED)))
        is_kept = loan.collateral * worth.payout < least
        net = floor(Fraction(worth.price, 4) if is_kept else worth.payout * Fraction(99, 100))
        seized = loan.collateral
        if net:
            seized = min(seized, ceil(Fraction(loan.whole_debt(pool) * EXACT, net)))
        loan.collateral -= seized
        paid = reward = 0
        if not is_kept:
            paid, gained = self._redeemed(backing, seized)
            reward = floor(Fraction(paid, 100))
            self._credit(pool, loan, (paid - reward) * FIXED + gained, gained)
        bad = self._write_off(pool, loan, is_kept)
        # What is a thousandth of what lenders have left, and 1,000 satoshi, closes the vault: this
        # debt, or all that tokens are kept for.
        kept = (self.loans[self.address].collateral + seized) if is_kept else 0
        lost = max(bad, floor(Fraction(kept * net * FIXED, EXACT)))
        if is_kept and lost >= max(1_000 * FIXED, floor(Fraction(pool.assets, 1_000))):
            pool.keeps_tokens = True
        if bad:
            redeems = worth.payout + worth.streaming
            require(worth.value <= redeems, "vault: worth more than redeemed")
            forgone = floor(Fraction(seized * worth.streaming * FIXED, EXACT))
            require(forgone * 100 <= debt, "vault: rewards still to come")
            require(not worth.is_pending, "vault: issuer has its grace")
        if reward:
            self._check_receiver(receiver)
        self.uncovered.lost += bad
        self._value(borrower, self._uncovered(pool, loan, worth))
        self._store(pool, borrower, loan)
        if is_kept:
            own = self.loans[self.address]
            own.collateral, own.index = own.collateral + seized, self.facts.index()
        else:
            self.tokens[self.address] -= seized
        self._move_sats(self.token, self.address, paid)
        if reward:
            self._push(receiver, reward)
        return seized, paid

    def _covered(self) -> AbstractContextManager[None]:
        """Look as a liquidation does: what is overdue has been covered, as far as that goes."""
        return self.facts.covered() if self.facts.assess().is_overdue else nullcontext()

    def _redeemed(self, backing: Backing, amount: int) -> tuple[int, int]:
        """Say what the token pays for the vault's tokens, and what more it has earned then."""
        total = backing.reserve * EXACT
        if not backing.is_dead or backing.supply < ONE:
            total = min(total, backing.owed + backing.supply * backing.left * backing.unit)
        kept = Fraction(0 if backing.is_dead else self.exit_fee, ONE)
        part = floor(Fraction(amount * total, backing.supply))
        paid = floor(Fraction(part, EXACT) * (1 - kept))
        require(paid > 0, "token: nothing to redeem")
        if backing.supply - amount >= ONE:
            return paid, 0
        return paid, floor(Fraction(backing.ahead * amount * EARNED_ONE, SCALE))

    def collect_fees(self, caller: str) -> int:
        pool, receiver = self.current(), self.terms["fee_receiver"]
        self._check_receiver(receiver)
        collected, pool.till = pool.till, 0
        self._store(pool)
        self.balances[receiver] += collected
        return collected

    def stop(self, caller: str, deposits: int, loans: int) -> None:
        require(caller == self.terms["guardian"], "vault: not the guardian")
        pool = self.current()
        pool.deposits_stopped, pool.loans_stopped = bool(deposits), bool(loans)
        self._store(pool)

    # What secures a loan.

    @property
    def incentive(self) -> int:
        """What a liquidator gets for a satoshi, x 10^18."""
        left = floor(Fraction(3 * (ONE - self.terms["lltv"]), 10))
        return min(MAX_INCENTIVE, floor(Fraction(ONE * ONE, ONE - left)))

    def most(self, loan: Loan, worth: Worth) -> Fraction:
        """Say how much may be lent to a loan, x 2^32."""
        part = floor(self.terms["lltv"] * MAX_LTV)
        each = min(floor(Fraction(worth.value * part, ONE)), worth.most)
        return Fraction(loan.collateral * each * FIXED, EXACT)

    def is_healthy(self, pool: Pool, loan: Loan, worth: Worth) -> bool:
        each = floor(Fraction(worth.value * self.terms["lltv"], ONE))
        return loan.debt(pool) <= Fraction(loan.collateral * each * FIXED, EXACT)

    def _check_secured(self, borrower: str, pool: Pool, loan: Loan, worth: Worth) -> int:
        require(loan.debt(pool) <= self.most(loan, worth), "vault: above max ltv")
        new, old = self._uncovered(pool, loan, worth), self.uncovered.loans[borrower]
        if new > old:
            total = self.uncovered.total + new - old
            require(total <= self.terms["uncovered_cap"] * FIXED, "vault: above uncovered cap")
        return new

    def _uncovered(self, pool: Pool, loan: Loan, worth: Worth) -> int:
        if self.terms["uncovered_cap"] == FOREVER:
            return 0
        covered = floor(Fraction(loan.collateral * worth.covered * FIXED, EXACT))
        return max(0, loan.debt(pool) - covered)

    def _value(self, borrower: str, uncovered: int | None) -> None:
        if uncovered is not None:
            self.uncovered.loans[borrower] = uncovered

    @staticmethod
    def _write_off(pool: Pool, loan: Loan, is_kept: bool = False) -> int:
        """Write off what no token secures any more, or what tokens are kept for; say how much."""
        if loan.collateral and not is_kept:
            return 0
        bad = loan.debt(pool)
        pool.scaled -= loan.scaled
        loan.scaled = 0
        return bad

    # Who, and what moves.

    def _check_authorized(self, caller: str, borrower: str) -> None:
        is_fine = caller == borrower or (borrower, caller) in self.operators
        require(is_fine, "vault: not authorized")

    def _check_receiver(self, receiver: str) -> None:
        require(receiver not in (NOBODY, self.address), "vault: receiver cannot receive")

    def _check_sats(self, payer: str, amount: int) -> None:
        require(amount <= self.btc[payer], POOR)

    def _pull(self, payer: str, amount: int) -> None:
        self._move_sats(payer, self.address, amount)

    def _push(self, receiver: str, amount: int) -> None:
        """Pay somebody; what was credited may have to be claimed first."""
        if self.btc[self.address] < amount:
            self._move_sats(self.token, self.address, self.facts.claimable())
        self._move_sats(self.address, receiver, amount)

    def _move_sats(self, payer: str, receiver: str, amount: int) -> None:
        assert amount <= self.btc[payer], "the vault or the token cannot pay"
        self.btc[payer] -= amount
        self.btc[receiver] += amount

    def _send_tokens(self, sender: str, receiver: str, amount: int) -> None:
        self.tokens[sender] -= amount
        self.tokens[receiver] += amount

    # Views.

    def preview(self, function: str, amount: int, pool: Pool | None = None) -> int:
        """Return what a lender's call would return."""
        pool = pool or self.current()
        if function in ("deposit", "withdraw"):
            exact = pool.shares_of(amount)
        else:
            exact = pool.cost_of(amount) if function == "mint" else pool.worth_of(amount)
        return ceil(exact) if function in ("withdraw", "mint") else floor(exact)

    def max_deposit(self, pool: Pool) -> int:
        """Say for how many satoshi no more than all the shares are made that there can be."""
        fitting = ceil(pool.cost_of(MAX_SHARES - pool.shares + 1)) - 1
        return min(self._room(pool), fitting)

    def max_mint(self, pool: Pool) -> int:
        fitting = MAX_SHARES - pool.shares
        return min(self.preview("deposit", self._room(pool), pool), fitting)

    def _room(self, pool: Pool) -> int:
        """Say how many satoshi the supply cap lets in."""
        free = Fraction(self.terms["supply_cap"] * FIXED - pool.assets, FIXED)
        is_open = not pool.deposits_stopped and not pool.is_closed
        return max(0, floor(free)) if is_open else 0

    def max_withdraw(self, owner: str, pool: Pool) -> int:
        return min(floor(pool.worth_of(self.balances[owner])), pool.cash // FIXED)

    def max_redeem(self, owner: str, pool: Pool) -> int:
        """Say how many shares are worth less than a satoshi more than the cash."""
        balance, cash = self.balances[owner], pool.cash // FIXED
        if floor(pool.worth_of(balance)) <= cash:
            return balance
        return ceil(pool.shares_of(cash + 1)) - 1
