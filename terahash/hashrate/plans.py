"""What each command does to an issuance, worked out before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence

from terahash.chain import Receipt
from terahash.deployment import NOBODY
from terahash.hashrate.amounts import debt, percent, rate, sats, terahash
from terahash.hashrate.calculator import net_hashprice, window
from terahash.hashrate.funding import funding, is_pool
from terahash.hashrate.models import EVERYTHING, EXACT, Terms
from terahash.hashrate.register import doubts
from terahash.hashrate.reverts import REASONS
from terahash.hashrate.token import MAX_ACCOUNTS, MAX_DAYS, HashrateToken
from terahash.plan import Fact, Plan, Step, logged
from terahash.report.numbers import count
from terahash.session import RefusedError, Session
from terahash.text import printable
from terahash.units import WAD

TINY = 10
"""A reference below this part of today's net hashprice is said to be small."""
_STREAM = 10**27


def mint_plan(
    session: Session,
    token: HashrateToken,
    amount: int,
    receiver: str,
    slippage: int,
    max_cost: int | None = None,
) -> Plan:
    """Buy tokens for what they cost now, or up to a share of it (times 10^18) more.

    Args:
        session: who pays.
        token: the issuance.
        amount: tokens, 18 decimals.
        receiver: of the tokens.
        slippage: the share.
        max_cost: satoshi that count instead of it.

    Raises:
        RefusedError: when they cost more already, or the receiver cannot use them.
    """
    _check_receiver(token, receiver)
    quote = token.preview_mint(amount)
    most, more = -(-quote.cost * (WAD + slippage) // WAD), f"{percent(slippage)} more"
    if max_cost is not None:
        most, more = max_cost, "as --max-cost says"
    if quote.cost > most:
        raise RefusedError(
            f"this costs {sats(quote.cost)} now, above --max-cost of {sats(most)}: buy fewer, or "
            "allow more"
        )
    steps, permit = funding(session, token, most, quote.cost)
    if permit:
        mint = token.mint_with_permit(amount, most, receiver, permit)
    else:
        mint = token.mint(amount, most, receiver)
    backing, price = token.backing(), token.sale().price
    net = net_today(session, token.terms)
    facts = [
        _issuance(token),
        Fact("buy", terahash(amount), "amount", str(amount)),
        Fact("for", f"{receiver}", "receiver", receiver),
        Fact("block-days left", f"{backing.left:,}", "left", backing.left),
        Fact(
            "price",
            f"{rate(price)} sats/TH/block-day; today's net hashprice is {rate(net)}",
            "price",
            str(price),
        ),
        Fact("cost", sats(quote.cost), "cost", quote.cost),
        Fact("  to the reserve", sats(quote.to_reserve), "to_reserve", quote.to_reserve),
        Fact("  to the stream", sats(quote.to_stream), "to_stream", quote.to_stream),
        Fact("  to the issuer", sats(quote.to_issuer), "to_issuer", quote.to_issuer),
        Fact("at most", f"{sats(most)}, {more}", "max_cost", most),
        _bitcoin(token),
    ]
    warnings = [*doubts(session, token), *reference_warnings(token.terms, net)]
    if is_pool(session, receiver):
        warnings.append(
            f"{receiver} is a contract: what its tokens earn is its own, and lost unless it "
            "names a beneficiary or its code claims and passes it on. Pools do neither"
        )

    def done(receipts: Sequence[Receipt]) -> str:
        log = logged(receipts, "Minted")
        return f"Bought {terahash(log['amount'])} for {sats(log['cost'])}."

    permitted = ", with a permit for the bitcoin" if permit else ""
    step = Step(f"buy {terahash(amount)}{permitted}", mint)
    return Plan("Buy hashrate", facts, [*steps, step], done, warnings)


def redeem_plan(
    token: HashrateToken, amount: int, receiver: str, slippage: int, min_paid: int | None = None
) -> Plan:
    """Give tokens back for what they pay now, or down to a share of it (times 10^18) less.

    Args:
        token: the issuance.
        amount: tokens, 18 decimals.
        receiver: of the bitcoin.
        slippage: the share.
        min_paid: satoshi that count instead of it.

    Raises:
        RefusedError: when they pay less already, or the receiver cannot use it.
    """
    _check_receiver(token, receiver)
    paid = token.preview_redeem(amount)
    least, less = paid * (WAD - slippage) // WAD, f"{percent(slippage)} less"
    if min_paid is not None:
        least, less = min_paid, "as --min-paid says"
    if paid < least:
        raise RefusedError(
            f"this pays {sats(paid)} now, below --min-paid of {sats(least)}: wait, or ask for less"
        )
    backing = token.backing()
    lost = backing.ahead * amount // _STREAM
    owed = amount * backing.owed // max(backing.supply, 1)
    worth = (owed + amount * backing.left * backing.unit) // EXACT
    facts = [
        _issuance(token),
        Fact("give back", terahash(amount), "amount", str(amount)),
        Fact("receive", sats(paid), "paid", paid),
        Fact("at least", f"{sats(least)}, {less}", "min_paid", least),
        Fact("paid to", receiver, "receiver", receiver),
        Fact("worth", f"{sats(worth)}, if all that is owed were paid", "worth", worth),
        Fact("exit fee", _exit_fee(token.terms, backing.dead)),
        Fact("given up", f"{sats(lost)} that the stream would still pay", "given_up", lost),
    ]

    def done(receipts: Sequence[Receipt]) -> str:
        log = logged(receipts, "Redeemed")
        return f"Gave back {terahash(log['amount'])} for {sats(log['paid'])}."

    step = Step(f"redeem {terahash(amount)}", token.redeem(amount, least, receiver))
    return Plan("Redeem hashrate", facts, [step], done)


def claim_plan(token: HashrateToken, accounts: Sequence[str]) -> Plan:
    """Pay accounts, or whom they have named, what they have earned."""
    positions = [token.position(account) for account in dict.fromkeys(accounts)]
    due = [position for position in positions if position.claimable]
    total = sum(position.claimable for position in due)
    facts = [_issuance(token), Fact("to be paid", sats(total), "total", total)]
    for position in positions:
        to = f", to {position.beneficiary}" if position.beneficiary else ""
        facts.append(
            Fact(
                position.account,
                f"{sats(position.claimable)}{to}",
                position.account,
                position.claimable,
            )
        )
    chunks = [due[start : start + MAX_ACCOUNTS] for start in range(0, len(due), MAX_ACCOUNTS)]
    steps = [
        Step(
            f"claim for {count(len(chunk), 'account')}",
            token.claim(chunk[0].account)
            if len(chunk) == 1
            else token.claim_many([position.account for position in chunk]),
        )
        for chunk in chunks
    ]

    def done(receipts: Sequence[Receipt]) -> str:
        claims = (log for receipt in receipts for name, log in receipt.logs if name == "Claimed")
        return f"{sats(sum(log['amount'] for log in claims))} were paid."

    return Plan("Claim earnings", facts, steps, done)


def deliver_plan(session: Session, token: HashrateToken, amount: int | None) -> Plan:
    """Pay holders what all closed block-days owe, or so many satoshi; accrue first."""
    steps, owed = _accruals(session, token), token.backing().owed
    whole = -(-owed // EXACT)
    paid = whole if amount is None else amount
    gift = max(paid * EXACT - owed, 0) // EXACT
    facts = [
        _issuance(token),
        Fact("owed", debt(owed), "owed", str(owed)),
        Fact("deliver", sats(paid), "amount", paid),
        _bitcoin(token),
        Fact("vests", "evenly over about a day, to whoever holds tokens then"),
    ]
    warnings = doubts(session, token)
    if gift:
        warnings.append(f"{sats(gift)} of it are a gift to holders, which reduces no later debt")
    if not paid:
        return Plan("Deliver", facts, [], lambda _: "", warnings)
    first, permit = funding(session, token, paid, paid)
    # What is owed may be delivered by another meanwhile, and must not be given on top of that; it
    # may grow, too, and a larger allowance of before would not bound it.
    is_bounded = bool(first) or permit is not None
    given = EVERYTHING if amount is None and is_bounded else paid
    delivery = token.deliver_with_permit(given, paid, permit) if permit else token.deliver(given)

    def done(receipts: Sequence[Receipt]) -> str:
        log = logged(receipts, "Delivered")
        return f"Delivered {sats(log['amount'])}; {debt(log['owed'])} are still owed."

    permitted = ", with a permit for the bitcoin" if permit else ""
    steps = [*steps, *first, Step(f"deliver {sats(paid)}{permitted}", delivery)]
    return Plan("Deliver", facts, steps, done, warnings)


def accrue_plan(session: Session, token: HashrateToken) -> Plan:
    """Add what closed block-days owe to the debt."""
    steps, first = _accruals(session, token), token.next_day()
    facts = [_issuance(token), Fact("from block-day", str(first), "day", first)]
    return Plan("Accrue", facts, steps, lambda _: f"{debt(token.backing().owed)} are owed.")


def cover_plan(token: HashrateToken) -> Plan:
    """Have the reserve pay what is overdue."""
    backing = token.backing()
    if not backing.overdue:
        raise RefusedError("no debt is older than the grace, so the reserve need not pay: wait")
    paid = min(-(-backing.owed // EXACT), backing.reserve)
    facts = [
        _issuance(token),
        Fact("overdue", debt(backing.owed), "owed", str(backing.owed)),
        Fact("reserve", sats(backing.reserve), "reserve", backing.reserve),
        Fact("it pays", sats(paid), "paid", paid),
    ]

    def done(receipts: Sequence[Receipt]) -> str:
        return f"The reserve paid {sats(logged(receipts, 'Covered')['amount'])}."

    return Plan("Cover", facts, [Step("have the reserve pay", token.cover())], done)


def reference_warnings(terms: Terms, net: int) -> list[str]:
    """Warn of a reference that promises little, next to today's net hashprice."""
    if terms.reference * TINY >= net and terms.reference:
        return []
    said = f"{rate(terms.reference)} sats, and today's net hashprice is {rate(net)}"
    return [
        f"the reference is {said}: where mining earns less, the issuer may withdraw the reserve "
        "down to what the reference keeps there"
    ]


def net_today(session: Session, terms: Terms) -> int:
    """Say what a day at the newest hashprice owes a token, satoshi times 10^18."""
    newest = window(session.chain, terms.index)
    return net_hashprice(newest.last, terms.fee, terms.cost)


def _accruals(session: Session, token: HashrateToken) -> list[Step]:
    """List the calls that accrue all closed block-days."""
    closed = window(session.chain, token.terms.index).day + 1
    due = min(closed, token.terms.last) - token.next_day()
    sizes = [min(MAX_DAYS, due - start) for start in range(0, due, MAX_DAYS)]
    return [Step(f"accrue {count(size, 'block-day')}", token.accrue()) for size in sizes]


def _exit_fee(terms: Terms, dead: bool) -> str:
    if dead:
        return "none, for the index has stood still for 30 days"
    return f"{percent(terms.exit_fee)}, which stays in the reserve"


def _issuance(token: HashrateToken) -> Fact:
    text = f"{printable(token.symbol)}, {printable(token.name)}, {token.address}"
    return Fact("issuance", text, "issuance", token.address)


def _bitcoin(token: HashrateToken) -> Fact:
    return Fact("bitcoin", token.terms.btc, "btc", token.terms.btc)


def _check_receiver(token: HashrateToken, receiver: str) -> None:
    if receiver in (NOBODY, token.address):
        raise RefusedError(REASONS["token: receiver cannot receive"])
