"""The demo's sixth chapter: its exact calculation, and what it refuses to report."""

from __future__ import annotations

from collections import Counter
from decimal import Context, Decimal
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest

from scripts._exact_lending import (
    Bitcoin,
    Due,
    ExactBook,
    ExactLending,
    ExactVault,
    Opening,
    RateError,
    Stand,
    Worth,
    grown,
)
from terahash.deployment import NOBODY
from terahash.errors import TerahashError
from terahash.hashprice import BlockDay, block_days
from terahash.hashrate.models import Terms
from terahash.lending.models import FIXED, RAY, UNCOUNTED, Delivery, Loan, Pool, Position, State
from terahash.lending.models import Terms as VaultTerms
from terahash.lending.models import Worth as SaidWorth
from terahash.report import issuance, lending
from terahash.units import DAY, HOUR, WAD

START = 1_000_000_000
YEAR = 365 * DAY
FIRST = 5_000
EASY, HARD = 0x1703E8B3, 0x1703BA5D
LENGTH = 23 * HOUR
PRICE = 84 * WAD
LAST = FIRST + 20
TERMS = Terms(
    btc=NOBODY,
    index=NOBODY,
    first=FIRST + 2,
    last=LAST,
    cost=80 * WAD,
    fee=WAD // 50,
    ratio=WAD // 2,
    reference=60 * WAD,
    exit_fee=WAD // 100,
    grace=2 * DAY,
)
EXPECTED = Delivery(stress=9 * WAD // 10, decay=999 * WAD // 1_000, phi=WAD // 2)
VAULT_TERMS = VaultTerms(
    token=NOBODY,
    valuation=NOBODY,
    lltv=9 * WAD // 10,
    supply_cap=10**8,
    borrow_cap=10**8,
    uncovered_cap=UNCOUNTED,
    min_borrow=1_000,
    fee=WAD // 10,
    fee_receiver=NOBODY,
    guardian=NOBODY,
    target=9 * WAD // 10,
    rate=WAD // 25,
    steepness=4 * WAD,
    speed=0,
    min_rate=WAD // 1_000,
    max_rate=2 * WAD,
)
DECIMALS = Context(prec=60)


@pytest.fixture(scope="module")
def chapter() -> ModuleType:
    """The chapter's code; imported late, as it imports ape."""
    from scripts import _lending_chapter

    return _lending_chapter


class _Ended:
    """A block-day's end and its target."""

    def __init__(self, place: int, bits: int) -> None:
        self.end, self.bits = START + place * LENGTH, bits


def _days(count: int, harder_from: int = 99) -> list[BlockDay]:
    """Block-days of 23 hours, of a higher difficulty from one on; the first sets the clock."""
    ended = [_Ended(place, HARD if place >= harder_from else EASY) for place in range(count + 1)]
    return list(block_days(ended, FIRST))


def _bitcoin(count: int = 20, harder_from: int = 99) -> Bitcoin:
    """The index closes each of them two days after its end."""
    days = _days(count, harder_from)
    return Bitcoin(days, [day.end + 2 * DAY for day in days])


def _closed(number: int) -> int:
    """Say when a block-day was closed."""
    return START + (number - FIRST) * LENGTH + 2 * DAY


def _book(harder_from: int = 99) -> ExactBook:
    """An issuance of 1,000 tokens, bought before its term."""
    book = ExactBook(TERMS, PRICE, _bitcoin(harder_from=harder_from))
    book.buy(_closed(FIRST + 1), "holder", 1_000 * WAD)
    return book


def _standing_book() -> ExactBook:
    """The same, the index having closed nothing since."""
    days = _days(1)
    book = ExactBook(TERMS, PRICE, Bitcoin(days, [_closed(FIRST + 1)]))
    book.buy(_closed(FIRST + 1), "holder", 1_000 * WAD)
    return book


def _net(hashprice: Fraction) -> Fraction:
    return hashprice * Fraction(98, 100) - 80


def _hashprice(bits: int) -> Fraction:
    """Say what a TH/s earns a day."""
    day = next(block_days([_Ended(0, bits), _Ended(1, bits)], FIRST))
    return Fraction(day.earned, WAD) * DAY / LENGTH


def _vault(**terms: int) -> ExactVault:
    """A vault to which a lender has lent a million satoshi."""
    vault = ExactVault(START, VAULT_TERMS._replace(**terms))
    vault.lend(START, "lender", 1_000_000)
    return vault


def _lent(**terms: int) -> ExactVault:
    """The same, of which 900,000 are borrowed."""
    vault = _vault(**terms)
    vault.borrow(START, Fraction(0), 900_000)
    return vault


def _exp(x: Decimal) -> Fraction:
    return Fraction(DECIMALS.exp(x))


# Interest.


@pytest.mark.parametrize("x", ["0", "0.000000001", "0.04", "1", "7.5"])
def test_grown__of_an_exponent__is_its_exponential_less_one(x: str) -> None:
    found = grown(Fraction(x))
    assert abs(found - (_exp(Decimal(x)) - 1)) < Fraction(1, 10**33)


def test_debt__at_the_target_for_a_year__grows_by_the_rate_compounded() -> None:
    vault = _lent()
    vault.harvest(START + YEAR, Fraction(0))
    assert abs(vault.debt - 900_000 * _exp(Decimal("0.04"))) < Fraction(1, 10**25)
    assert vault.interest == vault.debt - 900_000


def test_debt__above_and_below_the_target__pays_by_the_curve() -> None:
    above, below = _vault(), _vault()
    above.borrow(START, Fraction(0), 950_000)  # half of the way to full: 1 + 3 / 2
    below.borrow(START, Fraction(0), 450_000)  # half of the way to none: 1 - 3 / 8
    for vault, sats, curve in ((above, 950_000, "2.5"), (below, 450_000, "0.625")):
        vault.harvest(START + DAY, Fraction(0))
        exponent = Decimal("0.04") * Decimal(curve) / 365
        assert abs(vault.debt - sats * _exp(exponent)) < Fraction(1, 10**25)


def test_debt__whose_rate_moves__grows_by_the_mean_of_the_exponential() -> None:
    vault = _vault(speed=50 * WAD)
    vault.borrow(START, Fraction(0), 1_000_000)
    vault.harvest(START + 10 * DAY, Fraction(0))
    moved = DECIMALS.divide(Decimal(500), Decimal(365))  # everything is lent
    mean = Fraction(4, 100) * (_exp(moved) - 1) / Fraction(500, 365)
    exponent = mean * 4 * Fraction(10, 365)
    expected = 1_000_000 * (1 + grown(exponent))
    assert abs(vault.debt - expected) < Fraction(1, 10**20)


def test_debt__whose_rate_falls__is_the_same_in_two_steps_without_lenders_moving() -> None:
    once, twice = _vault(speed=50 * WAD), _vault(speed=50 * WAD)
    twice.harvest(START + 3 * DAY, Fraction(0))  # nothing is lent: only the rate has moved
    for vault in (once, twice):
        vault.borrow(START + 5 * DAY, Fraction(0), 500_000)
        vault.harvest(START + 6 * DAY, Fraction(0))
    assert abs(once.debt - twice.debt) < Fraction(1, 10**30)
    slower = _vault()
    slower.borrow(START + 5 * DAY, Fraction(0), 500_000)
    slower.harvest(START + 6 * DAY, Fraction(0))
    assert once.interest < slower.interest * Fraction(6, 10)


def test_debt__whose_rate_comes_to_its_bound__is_refused() -> None:
    vault = _vault(speed=50 * WAD)
    vault.borrow(START, Fraction(0), 1_000_000)
    with pytest.raises(RateError, match="beyond its bounds"):
        vault.harvest(START + 60 * DAY, Fraction(0))


def test_rate__at_its_bound_without_a_debt__stays_there() -> None:
    vault = _vault(speed=50 * WAD, min_rate=WAD // 30)
    vault.borrow(START + 60 * DAY, Fraction(0), 900_000)
    vault.harvest(START + 61 * DAY, Fraction(0))
    exponent = DECIMALS.divide(Decimal(1), Decimal(30 * 365))
    assert abs(vault.debt - 900_000 * _exp(exponent)) < Fraction(1, 10**10)


# Rewards, loans and lenders.


def test_harvest__of_less_than_the_debt__repays_it() -> None:
    vault = _lent()
    vault.harvest(START, Fraction(1_001, 10))
    assert (vault.debt, vault.credit) == (Fraction(8_998_999, 10), 0)
    vault.harvest(START, Fraction(2_001, 10))
    assert vault.repaid == Fraction(2_001, 10)


def test_harvest__of_more_than_the_debt__leaves_a_credit() -> None:
    vault = _lent()
    vault.harvest(START, Fraction(900_100))
    assert (vault.debt, vault.credit, vault.repaid) == (0, 100, 900_000)


def test_borrow__with_a_credit__takes_that_first() -> None:
    vault = _lent()
    vault.borrow(START, Fraction(900_100), 300)
    assert (vault.debt, vault.credit, vault.unassisted) == (200, 0, 900_200)


def test_close__with_a_part_of_a_satoshi__pays_it_whole_and_keeps_the_credits() -> None:
    owing, ahead = _lent(), _lent()
    assert owing.close(START, Fraction(1, 10)) == (900_000, 0)
    assert ahead.close(START, 900_000 + Fraction(19, 10)) == (0, 1)
    assert ahead.credit == Fraction(9, 10)


def test_stand__of_a_loan__tells_of_rewards_and_interest_and_changes_nothing() -> None:
    vault = _lent()
    stand = vault.stand(START + YEAR, Fraction(100_000))
    owed = 900_000 * _exp(Decimal("0.04")) - 100_000
    assert abs(stand.owed - owed) < Fraction(1, 10**20)
    assert stand == Stand(stand.owed, int(owed) + 1, 0, int(owed) + 100_001)
    assert vault.stand(START, Fraction(0)) == Stand(Fraction(900_000), 900_000, 0, 900_000)
    assert vault.stand(START, Fraction(900_001)).credit == 1


def test_redeem__after_a_year__pays_interest_less_the_fee_and_nothing_twice() -> None:
    vault = _lent()
    paid, _ = vault.close(START + YEAR, Fraction(0))
    interest = paid - 900_000
    assert interest == 36_730  # 36,729.7, rounded up
    vault.collect(START + YEAR, "fees")
    lender, fees = vault.redeem(START + YEAR, "lender"), vault.redeem(START + YEAR, "fees")
    assert lender == 1_000_000 + 33_056  # nine tenths, less what the satoshi that is nobody's has
    assert fees == 3_673  # a tenth, and what rounding left behind
    assert interest - 33_056 - fees == 1


def test_redeem__by_two_who_lent_at_different_times__gives_each_its_time() -> None:
    vault = _lent(fee=0)
    vault.harvest(START + YEAR, Fraction(0))
    vault.lend(START + YEAR, "late lender", 1_000_000)
    vault.close(START + YEAR, Fraction(0))
    assert vault.redeem(START + YEAR, "late lender") in (999_999, 1_000_000)
    assert vault.redeem(START + YEAR, "lender") == 1_036_729


def test_liquidate__of_a_loan__takes_what_was_paid_with_the_incentive() -> None:
    vault = _lent(lltv=95 * WAD // 100)
    paid, seized = vault.liquidate(START, Fraction(1, 2), Fraction(1_000), Fraction(1_000))
    assert paid == 900_000
    assert vault.incentive == 1 / (1 - Fraction(15, 1_000))
    assert seized == 900 * vault.incentive
    assert vault.debt == 0


def test_liquidate__of_tokens_that_hardly_bring_the_debt__gives_less_of_a_discount() -> None:
    vault = _lent(lltv=95 * WAD // 100)
    # At the usual discount they would bring 898,320.
    assert vault.liquidate(START, Fraction(0), Fraction(1_000), Fraction(912)) == (900_000, 912)
    lacking = _lent(lltv=95 * WAD // 100)
    with pytest.raises(ValueError, match="do not bring 900000 satoshi"):  # at 99 %, 899,910
        lacking.liquidate(START, Fraction(0), Fraction(1_000), Fraction(909))


def test_incentive__of_a_low_ltv__is_the_most_there_is() -> None:
    assert _vault(lltv=WAD // 10).incentive == Fraction(115, 100)


# Block-days and tokens.


def test_window__of_block_days__is_what_they_earned_over_their_time() -> None:
    bitcoin = _bitcoin(harder_from=10)
    day = bitcoin.days[10]  # the second of the higher difficulty
    easy, hard = _hashprice(EASY), _hashprice(HARD)
    found = bitcoin.window(day)
    for mean, expected in zip(
        found, (hard, (easy + 2 * hard) / 3, (9 * easy + 2 * hard) / 11), strict=True
    ):
        assert abs(mean - expected) < Fraction(1, 10**12)
    assert bitcoin.easier(day) == bitcoin.days[8]
    assert bitcoin.newest(_closed(FIRST + 4)).number == FIRST + 4
    assert bitcoin.newest(_closed(FIRST + 4) - 1).number == FIRST + 3


def test_nets__of_a_term__leave_out_what_lies_outside() -> None:
    bitcoin = _bitcoin()
    nets = bitcoin.nets(TERMS)
    assert list(nets) == list(range(FIRST + 2, LAST))
    expected = _net(_hashprice(EASY)) * LENGTH / DAY
    assert all(abs(net - expected) < Fraction(1, 10**12) for net in nets.values())


def test_buy__before_the_term__pays_the_price_and_fills_the_reserve() -> None:
    book = ExactBook(TERMS, PRICE, _bitcoin())
    assert book.buy(_closed(FIRST + 1), "holder", 1_000 * WAD) == 84 * 18 * 1_000
    each = _net(_hashprice(EASY)) * 18
    assert 0 <= book.reserve - 500 * each < 1


def test_buy__while_days_are_owed__pays_for_its_part_of_them() -> None:
    book = _book()
    reserve = book.reserve
    book.accrue(FIRST + 2, 1)
    owed = book.owed
    cost = book.buy(_closed(FIRST + 2), "late holder", 10 * WAD)
    assert cost == 84 * 17 * 10 + -(-owed // 100)
    assert book.owed == owed * Fraction(101, 100)
    # The reserve's part, what the reserve holds of each token being more than half its worth.
    each = max(_net(_hashprice(EASY)) * 17 / 2, (reserve - owed) / 1_000)
    assert book.reserve - reserve == -(-10 * each // 1) + -(-owed // 100)


def test_accrue__of_another_day_than_the_next__refuses() -> None:
    with pytest.raises(ValueError, match=f"block-day {FIRST + 3} was counted"):
        _book().accrue(FIRST + 3, 1)


def test_cover__of_what_is_owed__is_the_reserves() -> None:
    book = _book()
    reserve = book.reserve
    book.accrue(FIRST + 2, 2)
    due = -(-book.owed // 1)
    assert book.cover(_closed(FIRST + 3)) == due
    assert book.reserve == reserve - due
    book.reserve = 0
    book.accrue(FIRST + 4, 1)
    with pytest.raises(ValueError, match="cannot pay"):
        book.cover(_closed(FIRST + 4))


def test_give_back__of_tokens__pays_their_part_of_the_reserve_less_the_fee() -> None:
    book = _book()
    reserve = book.reserve
    paid = book.give_back(_closed(FIRST + 1), "holder", 100 * WAD)
    assert paid == int(Fraction(reserve, 10) * Fraction(99, 100))
    assert book.reserve == reserve - paid


def test_claim__of_a_whole_amount_that_the_token_has_cut__is_one_less() -> None:
    book = _book()
    book.accrue(FIRST + 2, 1)
    paid = book.pay(_closed(FIRST + 2))
    assert book.earned(_closed(FIRST + 2) + DAY, "holder") == paid
    assert book.claim(_closed(FIRST + 2) + DAY, "holder") == paid - 1
    assert book.claim(_closed(FIRST + 2) + DAY, "holder") == 0


def test_worth__that_cash_covers__is_what_cannot_be_taken_away() -> None:
    book = _book()
    time = _closed(FIRST + 3)
    book.accrue(FIRST + 2, 2)
    owed = book.owed / 1_000
    # Sixteen block-days are left, the newest closed one ended two days ago, and four count nothing.
    expected = Fraction(99, 100) * (owed + (16 - 2 - 4) * 30)
    payout = Fraction(99, 100) * book.reserve / 1_000
    assert book.worth(time, None) == Worth(expected, payout, payout)
    paid = book.pay(time)
    streaming = Fraction(99, 100) * 10 * 30 + Fraction(paid, 1_000)
    assert book.worth(time, None) == Worth(streaming, payout, payout)
    # What it is owed, and what streams, is part of the price even where the reserve is empty.
    book.accrue(FIRST + 4, 1)
    owed, book.reserve = book.owed / 1_000, 0
    assert book.worth(time, None) == Worth(
        Fraction(paid, 1_000), Fraction(0), owed + Fraction(paid, 1_000)
    )


def test_worth__of_a_standing_index__falls_by_a_day_each_day() -> None:
    book = _standing_book()
    values = []
    for days in range(14):
        worth = book.worth(_closed(FIRST + 1) + days * DAY, None)
        assert worth
        values.append(worth.value)
    # Eighteen block-days are left: two of them passed before it was closed, and four count nothing.
    assert values == [Fraction(99, 100) * 30 * max(0, 12 - days) for days in range(14)]


def test_worth__of_deliveries__counts_stressed_days_that_fade() -> None:
    book = _book()
    worth = book.worth(_closed(FIRST + 1), EXPECTED)
    assert worth
    each = _net(_hashprice(EASY) * Fraction(9, 10))
    expected = each * (1 - Fraction(999, 1_000) ** 16) * 1_000
    assert abs(worth.value - expected) < Fraction(1, 10**9)


def test_worth__at_a_higher_difficulty__takes_the_lowest_hashprice_at_once() -> None:
    book = _book(harder_from=5)
    time = _closed(FIRST + 5)
    book.accrue(FIRST + 2, 4)
    book.pay(time)
    now, before = (book.worth(time, EXPECTED, day) for day in (None, _days(4)[-1]))
    assert now and before
    annuity = (1 - Fraction(999, 1_000) ** 12) * 1_000
    fell = (_hashprice(EASY) - _hashprice(HARD)) * Fraction(9 * 98, 1_000) * annuity
    assert abs(before.value - now.value - fell) < Fraction(1, 10**9)


def test_worth__of_deliveries_by_old_hashprices__is_nothing_that_anybody_knows() -> None:
    book, end = _standing_book(), START + LENGTH
    assert book.worth(end + 4 * DAY, EXPECTED) is not None
    assert book.worth(end + 4 * DAY + 1, EXPECTED) is None
    assert book.worth(end + 4 * DAY + 1, None) is not None
    with pytest.raises(ValueError, match="too old"):
        book.most(end + 4 * DAY + 1, EXPECTED, WAD)


def test_most__against_a_token__is_bounded_by_ltv_and_by_what_cash_leaves_open() -> None:
    book = _book()
    time = _closed(FIRST + 1)
    worth, cash = book.worth(time, EXPECTED), book.worth(time, None)
    assert worth and cash
    assert book.most(time, EXPECTED, WAD // 5) == worth.value * Fraction(98, 500)
    assert book.most(time, EXPECTED, WAD) == (worth.value + cash.value) / 2


# All of it together.


def _event(deed: lending.Deed, who: str, time: int, **what: object) -> lending.Event:
    return lending.Event(time=time, day=8, deed=deed, who=who, vault="vault", gas=1, **what)


def _posted() -> tuple[ExactLending, int]:
    """A vault with a million satoshi, and all tokens posted; and when."""
    exact, now = ExactLending(_book(), {"vault": Opening(VAULT_TERMS, None)}), _closed(FIRST + 2)
    kinds = lending.Deed
    exact.repeat(_event(kinds.OPEN, "lender", now))
    exact.repeat(_event(kinds.DEPOSIT, "lender", now, sats=1_000_000))
    posted = issuance.Event(
        time=now,
        day=8,
        deed=issuance.Deed.TRANSFER,
        who="holder",
        whom="vault",
        tokens=1_000 * WAD,
        gas=0,
    )
    assert exact.repeat_token(posted) == Due()
    exact.repeat(_event(kinds.POST, "holder", now, tokens=1_000 * WAD))
    return exact, now


def test_repeat__of_a_loan_that_repays_itself__moves_every_satoshi_once() -> None:
    exact, now = _posted()
    kinds, book = lending.Deed, exact.book
    exact.repeat(_event(kinds.BORROW, "holder", now, sats=50_000))
    book.accrue(FIRST + 2, 1)
    paid = book.pay(now)  # more than that, within a day
    assert 80_000 < paid < 90_000
    stand = exact.stand(now + DAY, "vault")
    assert stand.debt == 0 and stand.credit == paid - stand.unassisted
    exact.repeat(_event(kinds.HARVEST, "lender", now + DAY))
    (lender,) = exact.repeat(_event(kinds.REDEEM, "lender", now + DAY))[:1]
    assert lender is not None and 1_000_000 <= lender <= 1_000_003
    assert exact.repeat(_event(kinds.CLOSE, "holder", now + DAY)) == Due(stand.credit)
    # What the vault did not hold it had paid by the token: once, for all was earned by then.
    assert exact.flows["vault", "rewards"] == paid - 1 - stand.credit
    assert exact.flows["Issuance", "rewards"] == 1 - paid
    for column in ("lent", "loans", "rewards"):
        total = sum(sats for (_, key), sats in exact.flows.items() if key == column)
        assert total == 0
    assert exact.flows["lender", "lent"] == lender - 1_000_000
    assert exact.flows["holder", "loans"] == 50_000


def test_repeat__of_a_liquidation__says_what_it_pays_and_takes() -> None:
    exact, now = _posted()
    exact.repeat(_event(lending.Deed.BORROW, "holder", now, sats=300_000))
    worth = exact.worth(now, "vault")
    assert worth
    due = exact.repeat(_event(lending.Deed.LIQUIDATE, "liquidator", now))
    assert due.sats == 300_000
    assert due.tokens == 300_000 / worth.price / (1 - Fraction(3, 100))
    assert exact.flows["liquidator", "loans"] == -300_000


# What the chapter refuses.


def test_check_due__what_was_due__passes(chapter: ModuleType) -> None:
    event = _event(lending.Deed.LIQUIDATE, "liquidator", 0, sats=5, tokens=WAD // 3)
    chapter.check_due(event, Due())
    chapter.check_due(event, Due(5, Fraction(1, 3)))


def test_check_due__a_satoshi_or_a_part_of_a_token_off__refuses(chapter: ModuleType) -> None:
    event = _event(lending.Deed.LIQUIDATE, "liquidator", 0, sats=5, tokens=WAD // 3)
    with pytest.raises(TerahashError, match="liquidate paid 5 satoshi, and 6 were due"):
        chapter.check_due(event, Due(6))
    with pytest.raises(TerahashError, match="were due"):
        chapter.check_due(event, Due(5, Fraction(1, 3) + Fraction(1, 10**6)))


def test_check_most__more_or_much_less_than_could_be_borrowed__refuses(
    chapter: ModuleType,
) -> None:
    event = _event(lending.Deed.BORROW, "borrower", 0, sats=1_000)
    for most in (Fraction(1_000), Fraction(2_001, 2), Fraction(1_020)):
        chapter.check_most(event, most)
    for most in (Fraction(1_999, 2), Fraction(2_041, 2)):
        with pytest.raises(TerahashError, match="borrowed 1000 satoshi, and could"):
            chapter.check_most(event, most)


def _filled(model: Any, **fields: object) -> Any:
    """Say some fields of what the lens returns; the rest is zero."""
    return model(**dict.fromkeys(model._fields, 0) | fields)


def _seen(chapter: ModuleType, **changed: object) -> tuple[object, Stand, Worth]:
    """A loan of 2 tokens worth 1,000 satoshi each that owes 900.5, and what is exact."""
    owed = 900 * FIXED + FIXED // 2
    pool = _filled(Pool, index=RAY * 3 // 2)
    worth = _filled(SaidWorth, value=1_000 * WAD, payout=900 * WAD, price=1_000 * WAD)
    state = _filled(State, terms=VAULT_TERMS, pool=pool, is_valued=True, worth=worth)
    loan, health = _filled(Loan, collateral=2 * WAD), 1_800 * WAD * 2 // 1_801
    position = _filled(Position, loan=loan, debt=owed, is_valued=True, health=health)
    seen = chapter.Seen(START, 8, 700 * FIXED, state, position)
    for name, what in changed.items():
        whole = state if name in State._fields else position
        replaced = whole._replace(**{name: what})
        seen = seen._replace(**{"position" if whole is position else "state": replaced})
    return (
        seen,
        Stand(Fraction(1_801, 2), 901, 0, 1_050),
        Worth(*map(Fraction, (1_000, 900, 1_000))),
    )


def test_check_seen__what_is_exact__passes(chapter: ModuleType) -> None:
    chapter.check_seen(*_seen(chapter))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"debt": 901 * FIXED + 1}, "stood at"),
        ({"loan": Loan(2 * WAD, 0, FIXED, 0)}, "stood at"),
        ({"health": WAD}, "health was"),
        ({"is_valued": False}, "did not value"),
    ],
)
def test_check_seen__anything_else__refuses(
    chapter: ModuleType, changed: dict[str, object], message: str
) -> None:
    with pytest.raises(TerahashError, match=message):
        chapter.check_seen(*_seen(chapter, **changed))


def test_check_seen__another_worth_or_debt_without_rewards__refuses(chapter: ModuleType) -> None:
    seen, stand, worth = _seen(chapter)
    with pytest.raises(TerahashError, match="a token was worth"):
        chapter.check_seen(seen, stand, worth._replace(value=worth.value + Fraction(1, 10**6)))
    with pytest.raises(TerahashError, match="a token was worth"):
        chapter.check_seen(seen, stand, worth._replace(payout=Fraction(899)))
    with pytest.raises(TerahashError, match="a token was worth"):
        chapter.check_seen(seen, stand, worth._replace(price=Fraction(1_001)))
    with pytest.raises(TerahashError, match="stood at"):
        chapter.check_seen(seen, stand._replace(unassisted=1_049), worth)
    with pytest.raises(TerahashError, match="did value"):
        chapter.check_seen(seen, stand, None)


def _parties() -> tuple[list[lending.Party], Counter[tuple[str, str]]]:
    flows: Counter[tuple[str, str]] = Counter(
        {("lender", "lent"): 5, ("vault", "lent"): -5, ("vault", "rewards"): 6}
        | {("Issuance", "rewards"): -6}
    )
    return [
        lending.Party(name="lender", lent=5, change=5),
        lending.Party(name="vault", lent=-5, rewards=6, change=1),
        lending.Party(name="Issuance", rewards=-6),
    ], flows


def test_check_statement__what_is_exact__passes(chapter: ModuleType) -> None:
    chapter.check_statement(*_parties())


def test_check_statement__a_satoshi_elsewhere__refuses(chapter: ModuleType) -> None:
    parties, flows = _parties()
    flows["lender", "lent"] = 4
    with pytest.raises(TerahashError, match="lender: lent is 5 satoshi, and should be 4"):
        chapter.check_statement(parties, flows)


def test_check_statement__a_balance_that_says_otherwise__refuses(chapter: ModuleType) -> None:
    parties, flows = _parties()
    parties[1].change = 0
    with pytest.raises(TerahashError, match="vault's satoshi changed by 0, and it counts 1"):
        chapter.check_statement(parties, flows)


def test_check_statement__a_side_or_a_counterpart_left_out__refuses(chapter: ModuleType) -> None:
    parties, flows = _parties()
    flows["stranger", "spent"] = 1
    with pytest.raises(TerahashError, match="leaves out stranger"):
        chapter.check_statement(parties, flows)
    with pytest.raises(TerahashError, match="add up to 6"):
        chapter.check_statement(parties[:-1], flows)
