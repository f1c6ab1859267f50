"""The demo's fourth chapter: its exact calculation, and what it refuses to report."""

from __future__ import annotations

from fractions import Fraction
from types import ModuleType

import pytest

from scripts._exact import ExactIssuance, net
from terahash.errors import TerahashError
from terahash.hashprice_index import Reading
from terahash.report.issuance import Deed, Entitled, Event, Party
from terahash.units import DAY, HOUR, WAD

HALF = DAY // 2
START = 1_000_000
NETS = {100: Fraction(101, 10), 101: Fraction(5)}
"""What the term's two block-days owe a token, satoshi."""


@pytest.fixture(scope="module")
def chapter() -> ModuleType:
    """The chapter's code; imported late, as it imports ape."""
    from scripts import _issuance_chapter

    return _issuance_chapter


def _streaming(*tokens: tuple[str, int]) -> ExactIssuance:
    """Mint, and stream 10 satoshi to each token from START on, for a day."""
    exact = ExactIssuance({100: Fraction(10), 101: Fraction(7, 2), 102: Fraction(2)})
    for account, amount in tokens:
        assert exact.mint(0, account, amount * WAD) == 0
    exact.accrue(100, 1)
    assert exact.pay(START) == 10 * sum(amount for _, amount in tokens)
    return exact


def test_net__of_a_block_day__is_earned_less_fee_and_cost_of_its_time() -> None:
    before = Reading(end=0, earned=1_000 * WAD, floor_earned=0)
    after = Reading(end=12 * HOUR, earned=1_170 * WAD + 50, floor_earned=0)
    # 170 satoshi less 2 %, less 80 a day for half a day; the 50 less 2 % are 49.
    assert net(before, after, 80 * WAD, WAD // 50) == Fraction(1_266, 10) + Fraction(49, WAD)


def test_net__day_that_earns_less_than_it_costs__is_nothing() -> None:
    before = Reading(end=0, earned=0, floor_earned=0)
    after = Reading(end=DAY, earned=80 * WAD, floor_earned=0)
    assert net(before, after, 80 * WAD, WAD // 50) == 0
    assert net(before, after, 78 * WAD, WAD // 50) == Fraction(2, 5)


def test_accrue__of_days__owes_them_to_every_token() -> None:
    exact = ExactIssuance(NETS)
    exact.mint(0, "holder", 3 * WAD)
    exact.accrue(100, 2)
    assert exact.owed == Fraction(453, 10)


def test_pay__debt_with_a_part_of_a_satoshi__is_a_whole_one_more_for_holders() -> None:
    exact = ExactIssuance(NETS)
    exact.mint(0, "holder", 3 * WAD)
    exact.accrue(100, 1)
    assert exact.pay(START) == 31  # 30.3
    assert exact.owed == 0
    assert exact.earned(START + DAY, "holder") == 31


def test_pay__streams_over_a_day_and_no_longer() -> None:
    exact = _streaming(("holder", 3), ("small holder", 1))
    assert exact.earned(START, "holder") == 0
    assert exact.earned(START + DAY // 4, "holder") == Fraction(15, 2)
    assert exact.earned(START + HALF, "holder") == 15
    assert exact.earned(START + HALF, "small holder") == 5
    assert exact.earned(START + DAY, "holder") == 30
    assert exact.earned(START + 9 * DAY, "holder") == 30


def test_pay__while_another_streams__ends_at_the_mean_weighed_by_satoshi() -> None:
    exact = _streaming(("holder", 4))
    exact.accrue(101, 1)
    assert exact.pay(START + HALF) == 14
    # 20 satoshi have half a day, 14 have a day: 60,988.2 s for all of them.
    end = START + HALF + 60_988
    assert exact.earned(START + HALF + 30_494, "holder") == 20 + 17
    assert exact.earned(end - 1, "holder") < 54
    assert exact.earned(end, "holder") == 54


def test_pay__after_a_stream_has_ended__streams_for_a_day_again() -> None:
    exact = _streaming(("holder", 2))
    exact.accrue(102, 1)
    assert exact.pay(START + 3 * DAY) == 4
    assert exact.earned(START + 3 * DAY + HALF, "holder") == 22
    assert exact.earned(START + 4 * DAY, "holder") == 24


def test_mint__late__pays_in_what_its_tokens_are_owed_and_streamed() -> None:
    exact = _streaming(("holder", 3))
    exact.accrue(101, 1)
    # 10.5 are owed and 22.5 stream to three tokens: 3.5 and 7.5 to a fourth, each rounded up.
    assert exact.mint(START + DAY // 4, "late holder", WAD) == 4 + 8
    assert exact.owed == 14
    assert exact.earned(START + DAY // 4, "late holder") == 0
    assert exact.earned(START + DAY, "holder") == 30
    assert exact.earned(START + DAY, "late holder") == Fraction(15, 2)


def test_mint__of_a_part_of_a_satoshi__queues_the_rest_for_the_next_payment() -> None:
    exact = _streaming(("holder", 3))
    assert exact.mint(START + HALF, "late holder", WAD // 2) == 3  # 2.5
    exact.accrue(102, 1)
    assert exact.pay(START + DAY) == 7
    assert exact.earned(START + 2 * DAY, "holder") == 30 + Fraction(45, 7)
    assert exact.earned(START + 2 * DAY, "late holder") == Fraction(5, 2) + Fraction(15, 14)
    exact.accrue(102, 1)
    assert exact.pay(START + 2 * DAY) == 7  # and nothing is queued any more
    assert exact.earned(START + 3 * DAY, "holder") == 36 + Fraction(45, 7)


def test_transfer__while_it_streams__leaves_what_was_earned_with_the_sender() -> None:
    exact = _streaming(("sender", 3), ("holder", 1))
    exact.transfer(START + HALF, "sender", "receiver", 2 * WAD)
    assert exact.earned(START + DAY, "sender") == 15 + 5
    assert exact.earned(START + DAY, "receiver") == 10
    assert exact.earned(START + DAY, "holder") == 10


def test_redeem__while_it_streams__drops_its_debt_and_leaves_its_stream_to_others() -> None:
    exact = _streaming(("leaving holder", 2), ("holder", 2))
    exact.accrue(101, 1)
    assert exact.owed == 14
    exact.redeem(START + HALF, "leaving holder", WAD)
    assert exact.owed == Fraction(21, 2)
    # 20 satoshi still stream, to three tokens now.
    assert exact.earned(START + DAY, "leaving holder") == 10 + Fraction(20, 3)
    assert exact.earned(START + DAY, "holder") == 10 + Fraction(40, 3)


def _events() -> list[Event]:
    """An issuance of seven tokens, and of eight from half of its first stream on.

    Its two block-days owe 70.7 and 35 satoshi. The eighth token is owed 5 of them, and 71/14 of
    the stream; the rest of what it pays for it, 13/14, is queued.
    """

    def event(time: int, deed: Deed, who: str, gas: int = 0, **what: int | str) -> Event:
        return Event(time=START + time, day=0, deed=deed, who=who, gas=gas, **what)

    end = 3 * DAY
    return [
        event(-DAY, Deed.OPEN, "issuer"),
        event(-DAY, Deed.MINT, "holder", tokens=3 * WAD, sats=300),
        event(-DAY, Deed.MINT, "sender", tokens=4 * WAD, sats=400),
        event(0, Deed.DELIVER, "issuer", sats=71),
        event(DAY // 8, Deed.CLAIM, "holder", whom="holder", sats=3),  # of 3.80
        event(HALF, Deed.MINT, "late holder", tokens=WAD, sats=61, rewards=11),
        event(HALF, Deed.COVER, "anyone", sats=40),
        event(HALF, Deed.TRANSFER, "sender", whom="receiver", tokens=4 * WAD),
        event(end, Deed.CLAIM, "holder", whom="holder", sats=42),  # 45 of 45.78
        event(end, Deed.CLAIM, "sender", whom="sender", sats=20),  # of 20.29
        event(end, Deed.CLAIM, "anyone", whom="receiver", sats=40),  # of 40.75
        event(end, Deed.CLAIM, "late holder", whom="late holder", sats=10),  # of 10.19
    ]


ACCRUED = {3: [(100, 1)], 5: [(101, 1)]}
DELIVERY, FIRST_CLAIM, LATE_MINT, COVER, LATER_CLAIM, RECEIVERS = 3, 4, 5, 6, 8, 10
"""Places of the events."""


def test_compare_claims__right_payments__are_set_beside_what_was_earned(
    chapter: ModuleType,
) -> None:
    def entitled(
        name: str, claims: int, paid: int, exact: Fraction, worst: Fraction | None = None
    ) -> Entitled:
        lost = exact - paid if worst is None else worst
        return Entitled(
            name=name, claims=claims, paid=paid, exact=int(exact * WAD), worst=int(lost * WAD)
        )

    # Half of 71 satoshi is a token's 71/14 to seven; then 81.5 stream to eight.
    assert chapter.compare_claims(_events(), ACCRUED, NETS) == [
        # The worst of the holder's is its first: 213/56 less 3.
        entitled("holder", 2, 45, Fraction(213, 14) + Fraction(489, 16), Fraction(45, 56)),
        entitled("sender", 1, 20, Fraction(142, 7)),
        entitled("receiver", 1, 40, Fraction(163, 4)),
        entitled("late holder", 1, 10, Fraction(163, 16)),
    ]


def test_compare_claims__redemption__takes_a_debt_that_is_not_paid(chapter: ModuleType) -> None:
    redeemed = Event(
        time=START + HALF, day=0, deed=Deed.REDEEM, who="sender", tokens=4 * WAD, gas=0, sats=9
    )
    events = _events()[: LATE_MINT + 1]
    paid = Event(time=START + HALF, day=0, deed=Deed.DELIVER, who="issuer", sats=20, gas=0)
    events += [redeemed, paid]  # 40 are owed to eight tokens, 20 to the four that stay
    chapter.compare_claims(events, ACCRUED, NETS)
    with pytest.raises(TerahashError, match="issuer paid 20 satoshi of 40 that were owed"):
        chapter.compare_claims([*events[:-2], paid], ACCRUED, NETS)


@pytest.mark.parametrize(
    ("place", "field", "change", "refusal"),
    [
        (DELIVERY, "sats", 1, "issuer paid 72 satoshi of 71 that were owed"),
        (DELIVERY, "sats", -1, "issuer paid 70 satoshi of 71 that were owed"),
        (COVER, "sats", 1, "anyone paid 41 satoshi of 40 that were owed"),
        (COVER, "sats", -1, "anyone paid 39 satoshi of 40 that were owed"),
        (LATE_MINT, "rewards", 1, "late holder paid 12 satoshi of 11 that were owed"),
        (LATE_MINT, "rewards", -1, "late holder paid 10 satoshi of 11 that were owed"),
        (FIRST_CLAIM, "sats", 1, "holder was paid 4 satoshi by 1 claims, and has earned 3.80"),
        (FIRST_CLAIM, "sats", -1, "holder was paid 2 satoshi by 1 claims, and has earned 3.80"),
        (LATER_CLAIM, "sats", 1, "holder was paid 46 satoshi by 2 claims, and has earned 45.77"),
        (LATER_CLAIM, "sats", -1, "holder was paid 44 satoshi by 2 claims, and has earned 45.77"),
        (RECEIVERS, "sats", 1, "receiver was paid 41 satoshi by 1 claims, and has earned 40.75"),
        (RECEIVERS, "sats", -1, "receiver was paid 39 satoshi by 1 claims, and has earned 40.75"),
    ],
)
def test_compare_claims__payment_off_by_a_satoshi__is_refused(
    chapter: ModuleType, place: int, field: str, change: int, refusal: str
) -> None:
    events = _events()
    setattr(events[place], field, getattr(events[place], field) + change)
    with pytest.raises(TerahashError, match=refusal):
        chapter.compare_claims(events, ACCRUED, NETS)


def test_compare_claims__claim_that_lacks_a_whole_satoshi__is_refused(
    chapter: ModuleType,
) -> None:
    events = _events()[:DELIVERY]
    events += [
        Event(time=START, day=0, deed=Deed.DELIVER, who="issuer", sats=70, gas=0),
        Event(
            time=START + HALF, day=0, deed=Deed.CLAIM, who="holder", whom="holder", sats=15, gas=0
        ),
    ]
    nets = {100: Fraction(10)}
    (holder,) = chapter.compare_claims(events, ACCRUED, nets)
    assert holder.worst == 0
    events[-1].sats = 14
    with pytest.raises(TerahashError, match=r"paid 14 satoshi by 1 claims, and has earned 15\.0"):
        chapter.compare_claims(events, ACCRUED, nets)


def test_compare_claims__claim_from_before_a_second_of_the_stream__is_refused(
    chapter: ModuleType,
) -> None:
    events = _events()[:DELIVERY]
    claimed = Event(
        time=START + HALF, day=0, deed=Deed.CLAIM, who="holder", whom="holder", sats=15, gas=0
    )
    events += [Event(time=START, day=0, deed=Deed.DELIVER, who="issuer", sats=70, gas=0), claimed]
    claimed.time -= 1
    with pytest.raises(TerahashError, match=r"paid 15 satoshi by 1 claims, and has earned 14\.99"):
        chapter.compare_claims(events, ACCRUED, {100: Fraction(10)})


def test_compare_claims__delivery_of_a_day_that_nobody_counted__is_refused(
    chapter: ModuleType,
) -> None:
    with pytest.raises(TerahashError, match="issuer paid 71 satoshi of 0 that were owed"):
        chapter.compare_claims(_events(), {}, NETS)


@pytest.mark.parametrize(
    ("accrued", "refusal"),
    [
        ({3: [(101, 1)]}, "block-day 101 was counted, where 100 was due"),
        ({3: [(100, 1)], 5: [(100, 1)]}, "block-day 100 was counted, where 101 was due"),
        ({3: [(100, 2)], 5: [(101, 1)]}, "issuer paid 71 satoshi of 106 that were owed"),
    ],
)
def test_compare_claims__block_day_counted_twice_or_left_out__is_refused(
    chapter: ModuleType, accrued: dict[int, list[tuple[int, int]]], refusal: str
) -> None:
    with pytest.raises(TerahashError, match=refusal):
        chapter.compare_claims(_events(), accrued, NETS)


def test_compare_claims__two_counts_in_a_transaction__are_as_good_as_one(
    chapter: ModuleType,
) -> None:
    events = _events()[: DELIVERY + 1]
    events[DELIVERY].sats = 106  # 105.7
    for counted in ([(100, 2)], [(100, 1), (101, 1)]):
        assert chapter.compare_claims(events, {DELIVERY: counted}, NETS) == []
    with pytest.raises(TerahashError, match="block-day 101 was counted, where 102 was due"):
        chapter.compare_claims(events, {DELIVERY: [(100, 2), (101, 1)]}, NETS)


def _parties() -> list[Party]:
    """An issuer that sold for 100 satoshi, delivered 40 and withdrew 10; a contract with 13."""
    return [
        Party(name="issuer", address="", traded=70, delivered=-40, withdrawn=10, change=40),
        Party(name="holder", address="", traded=-100, claimed=30, redeemed=17, change=-53),
        Party(
            name="contract",
            address="",
            traded=30,
            delivered=40,
            claimed=-30,
            redeemed=-17,
            withdrawn=-10,
            change=13,
        ),
    ]


def test_check_statement__sides_that_count_what_they_have__pass(chapter: ModuleType) -> None:
    chapter.check_statement(_parties())


@pytest.mark.parametrize("change", [1, -1])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_check_statement__balance_off_by_a_satoshi__names_the_side(
    chapter: ModuleType, place: int, change: int
) -> None:
    parties = _parties()
    party = parties[place]
    party.change += change
    with pytest.raises(
        TerahashError,
        match=f"{party.name}'s satoshi changed by {party.change}, and it counts {party.net}",
    ):
        chapter.check_statement(parties)


@pytest.mark.parametrize("column", ["traded", "delivered", "claimed", "redeemed", "withdrawn"])
def test_check_statement__column_off_by_a_satoshi__names_the_side(
    chapter: ModuleType, column: str
) -> None:
    parties = _parties()
    setattr(parties[2], column, getattr(parties[2], column) + 1)
    with pytest.raises(TerahashError, match="contract's satoshi changed by 13, and it counts 14"):
        chapter.check_statement(parties)


@pytest.mark.parametrize("missing", [1, -1])
def test_check_statement__sides_that_do_not_add_up__say_what_is_missing(
    chapter: ModuleType, missing: int
) -> None:
    parties = _parties()
    parties[1].claimed += missing
    parties[1].change += missing
    with pytest.raises(TerahashError, match=f"add up to {missing} satoshi, not to nothing"):
        chapter.check_statement(parties)
