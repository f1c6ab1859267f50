"""What makers are told before they sign, where the market stands on the real epochs of a relay."""

from __future__ import annotations

from terahash.bitcoin.target import EPOCH_BLOCKS
from terahash.orders.build import Party, build_order
from terahash.orders.doubts import check_deadline
from terahash.orders.order import Order
from terahash.products.product import Side
from terahash.swaps.market import Market
from terahash.swaps.series import LOT, Series, series
from terahash.units import DAY
from tests.support.facades import bitcoin
from tests.support.trading import MINER


def _order(terms: Series, end: int, now: int) -> Order:
    party = Party(MINER.address, end)
    return build_order(terms, Side.LONG, LOT, 5_000, party, now)


def test_check_deadline__epochs_on_a_relay__warned_from_the_estimate_on() -> None:
    """The relay stands in epoch 412: the difficulty of epoch 413 is known when 412 ends."""
    with bitcoin().undone() as built:
        chain, now = built.chain, built.chain.now
        instrument = chain.deploy("DifficultySwap", built.index)
        btc = chain.deploy("BitcoinDouble")
        market = Market(chain, chain.deploy("PairMarket", btc, [instrument]))
        height = built.relay.tip().height
        assert height // EPOCH_BLOCKS == 412
        terms = series(0, 0, 413, 414, 1, 2, 0)
        blocks = EPOCH_BLOCKS * 413 - 1 - height
        assert 0 < blocks < EPOCH_BLOCKS
        estimate = now + blocks * 600 * 100 // 110
        assert check_deadline(market, _order(terms, estimate - 1, now)) == []
        (warning,) = check_deadline(market, _order(terms, estimate, now))
        assert "before the last reading is determined" in warning
        (known,) = check_deadline(market, _order(series(0, 0, 412, 413, 1, 2, 0), now + 1, now))
        assert "about" in known
        hashrate = series(0, 1, 413, 414, 1, 2, 0)
        assert check_deadline(market, _order(hashrate, now + 24 * DAY, now)) == []
        assert check_deadline(market, _order(hashrate, now + 26 * DAY, now))
