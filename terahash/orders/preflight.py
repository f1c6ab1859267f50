"""Whether an order can be taken now: by whom, how much of it, and else why not and what to do.

The market's own `fillable` decides. What it cannot say is added: for which chain and market an
order was signed, whether the maker lacks money or an allowance, and whether its taker does.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from terahash.orders.order import MAX_SIGNATURE, Domain, Order, SignedOrder
from terahash.report.numbers import bitcoin
from terahash.swaps.market import Market
from terahash.swaps.models import CANCELLED, Bitcoin
from terahash.swaps.reverts import REASONS
from terahash.swaps.series import LOT, MAX_CLAIMS, TICKS
from terahash.text import quoted


class Cause(StrEnum):
    """What stands in an order's way."""

    CHAIN = "chain"
    MARKET = "market"
    VERSION = "version"
    SIGNER = "signer"
    NOT_OPEN = "series not open"
    SETTLED = "series settled"
    KNOWN = "series known"
    TERMS = "order's terms"
    DEADLINE = "deadline"
    COUNTER = "counter"
    CANCELLED = "cancelled"
    FILLED = "filled"
    TAKER = "taker"
    AMOUNT = "amount"
    MAKER_FUNDS = "maker's funds"
    MAKER_ALLOWANCE = "maker's allowance"
    TAKER_FUNDS = "taker's funds"
    TAKER_ALLOWANCE = "taker's allowance"


class Preflight(NamedTuple):
    """What would become of taking an order.

    Attributes:
        amount: claims that can be taken; where something stands in the way, at most.
        cause: what stands in the way; None for nothing.
        why: in words, and what to do; empty for nothing.
    """

    amount: int
    cause: Cause | None = None
    why: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether the market would take it, as things stand."""
        return self.cause is None


class Signing(StrEnum):
    """Who says that the maker signed.

    KEY: the signature is of its key.
    CODE: its code takes the signature for its own (EIP-1271), as the market asks it.
    NOBODY: it is not signed.
    UNKNOWN: the market asks code only of orders that could be taken otherwise, and this is none.
    """

    KEY = "key"
    CODE = "code"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


_CAUSES = {
    "market: series not open": Cause.NOT_OPEN,
    "market: settled already": Cause.SETTLED,
    "market: index is known": Cause.KNOWN,
    "market: order not in lots": Cause.TERMS,
    "market: price above all": Cause.TERMS,
    "market: order expired": Cause.DEADLINE,
    "market: order cancelled": Cause.CANCELLED,
    "market: order for another": Cause.TAKER,
    "market: own order": Cause.TAKER,
    "market: order filled": Cause.FILLED,
    "market: order not signed": Cause.SIGNER,
    "market: maker cannot pay": Cause.MAKER_FUNDS,
}


def preflight(
    market: Market,
    signed: SignedOrder,
    taker: str,
    amount: int | None = None,
    domain: Domain | None = None,
) -> Preflight:
    """Say whether a taker could take claims of an order now.

    Args:
        market: where.
        signed: the order and its signature.
        taker: who takes it; its money and its allowance are looked at, too.
        amount: claims; None for as many as can be taken.
        domain: that the order came with; None for the market's own.

    Raises:
        EncodeError: when a number of the order is beyond its type.
    """
    offer = offered(market, signed, taker, domain)
    if not offer.is_fine:
        return offer
    if amount is not None and (amount <= 0 or amount % LOT):
        return Preflight(offer.amount, Cause.AMOUNT, REASONS["market: amount not in lots"])
    if amount is not None and offer.amount < amount:
        return _too_many(market, signed.order, amount, offer.amount)
    paying = _Payer.of(market, signed.order, taker, is_maker=False)
    most = min(offer.amount, paying.reach)
    wanted = max(most, LOT) if amount is None else amount
    if wanted <= most:
        return Preflight(wanted)
    return paying.refusal(wanted, most)


def offered(
    market: Market, signed: SignedOrder, taker: str | None = None, domain: Domain | None = None
) -> Preflight:
    """Say whether an order stands, as far as its maker can pay; a taker's money is not looked at.

    Args:
        taker: who would take it; None for whom it names, or anyone. The rest as in `preflight`.
    """
    foreign = _foreign(market.domain, domain or market.domain)
    if foreign:
        return foreign
    if len(signed.signature) > MAX_SIGNATURE:
        long = f"The signature has more than {MAX_SIGNATURE:,} bytes, which no market takes"
        return Preflight(0, Cause.SIGNER, f"{long}: ask for another.")
    amount, reason = market.fillable(signed, taker or signed.order.taker)
    if not reason:
        return Preflight(amount)
    return _refused(market, signed.order, reason)


def signing(market: Market, signed: SignedOrder, domain: Domain | None = None) -> Signing:
    """Say who says that the maker signed: its key, or its code, which the chain is asked for.

    Args:
        domain: that the order came with; None for the market's own.
    """
    if (domain or market.domain).signer(signed) == signed.order.maker:
        return Signing.KEY
    if not market.chain.has_code(signed.order.maker):
        return Signing.NOBODY
    stands = offered(market, signed, domain=domain)
    if stands.cause in (None, Cause.MAKER_FUNDS, Cause.MAKER_ALLOWANCE):
        return Signing.CODE
    return Signing.NOBODY if stands.cause is Cause.SIGNER else Signing.UNKNOWN


class _Payer(NamedTuple):
    """What one side of a trade pays with.

    Attributes:
        is_maker: of the order.
        money: its satoshi, and the market's allowance.
        owned: claims of the other side, each of which pays a whole satoshi.
        price: ticks for each of its claims.
    """

    is_maker: bool
    money: Bitcoin
    owned: int
    price: int

    @classmethod
    def of(cls, market: Market, order: Order, account: str, is_maker: bool) -> _Payer:
        """Read what an account has to take one side of an order."""
        is_long = order.long is is_maker
        claims = market.claims(account, order.series)
        return cls(
            is_maker,
            market.bitcoin_of(account),
            claims.shorts if is_long else claims.longs,
            order.price if is_long else TICKS - order.price,
        )

    @property
    def reach(self) -> int:
        """Claims, whole lots, that it can pay for."""
        return self._reach(min(self.money))

    def _reach(self, sats: int) -> int:
        if self.price == 0:
            return MAX_CLAIMS
        return (sats + self.owned) * TICKS // self.price // LOT * LOT

    def cost(self, claims: int) -> int:
        """Satoshi that so many claims take; negative where it is paid."""
        return claims * self.price // TICKS - min(claims, self.owned)

    def refusal(self, claims: int, most: int) -> Preflight:
        """Say that it cannot pay for so many: for want of money, or else of an allowance."""
        who = "maker" if self.is_maker else "taker"
        held, allowed = (f"{sats:,} sats ({bitcoin(sats)} BTC)" for sats in self.money)
        less = f"take {most:,} claims at most" if most else "not even a lot can be taken"
        takes = f"{claims:,} claims take {self.cost(claims):,} sats of the {who}'s"
        if self._reach(self.money.held) < claims:
            cause = Cause.MAKER_FUNDS if self.is_maker else Cause.TAKER_FUNDS
            too = ", and has allowed even less" if self.money.allowed < self.money.held else ""
            why = f"{takes}, which holds {held}{too}: {less} until it has more."
        else:
            cause = Cause.MAKER_ALLOWANCE if self.is_maker else Cause.TAKER_ALLOWANCE
            why = f"{takes}, which has allowed the market {allowed}: {less} until it approves more."
        return Preflight(most, cause, why)


def _too_many(market: Market, order: Order, amount: int, offer: int) -> Preflight:
    """Say why an order gives fewer claims than are asked for."""
    left = order.amount - market.filled(order)
    if left < amount:
        why = f"{left:,} claims are left of the order, and {offer:,} can be taken: take those."
        return Preflight(offer, Cause.AMOUNT, why)
    return _Payer.of(market, order, order.maker, is_maker=True).refusal(amount, offer)


def _refused(market: Market, order: Order, reason: str) -> Preflight:
    """Say what the market's reason means here."""
    cause, why = _CAUSES.get(reason, Cause.TERMS), REASONS.get(reason, reason)
    if cause is Cause.MAKER_FUNDS:
        return _Payer.of(market, order, order.maker, is_maker=True).refusal(LOT, 0)
    if cause is Cause.CANCELLED and market.filled(order) != CANCELLED:
        counter = market.counter(order.maker)
        why = (
            f"The order names counter {order.counter:,}, and its maker's is {counter:,}: it has "
            "cancelled all from before, or not begun these. Choose another order."
        )
        return Preflight(0, Cause.COUNTER, why)
    if order.amount == 0:
        return Preflight(0, Cause.TERMS, "The order is of no claims: ask its maker for another.")
    return Preflight(0, cause, why)


def _foreign(own: Domain, other: Domain) -> Preflight | None:
    """Say for what else an order was signed; None for the market's own."""
    if other.chain_id != own.chain_id:
        cause, said, mine = Cause.CHAIN, f"chain {other.chain_id}", f"chain {own.chain_id}"
    elif int(other.address, 16) != int(own.address, 16):
        cause, said, mine = Cause.MARKET, f"the market {other.address}", own.address
    elif other.version != own.version:
        cause, said, mine = Cause.VERSION, f"version {quoted(other.version)}", own.version
    else:
        return None
    why = f"The order was signed for {said}, and this is {mine}: use it there, or ask for another."
    return Preflight(0, cause, why)
