"""A storm over a market of hostile collateral: it keeps a fee, says no or nothing, lets nothing
into an account, and calls the market in the middle of each payment.
"""

from __future__ import annotations

from typing import Any

from tests.support.market_storm import Storm
from tests.support.trading import FOREVER, LOT, NOBODY, STRANGER, trader

BLOCKED = trader("blocked")
"""Has so much that the sum overflows where more than a little comes in."""
FALSE, TRUE, NOTHING = 0, 1, 2


class OddStorm(Storm):
    """The same, and the collateral holds claims too: what it calls would succeed at rest.

    Attributes:
        reentered: how often the collateral tried.
    """

    def __init__(self, seed: int) -> None:
        self.reentered = 0
        super().__init__(seed)
        self.is_odd = False
        self.keys[BLOCKED.address] = BLOCKED
        self.people.append(BLOCKED.address)
        self.holders = self.receivers = [*self.people, self.market.btc]
        self.model.coded.add(self.market.btc)
        self.model.cash |= {BLOCKED.address: FOREVER - 5 * LOT, self.market.btc: 0}
        self._tell("mint", BLOCKED.address, FOREVER - 5 * LOT)

    def _deploy_collateral(self) -> str:
        return self.chain.deploy("OddToken", 8)

    def _tell(self, function: str, *args: Any) -> None:
        self.chain.send("OddToken", self.market.btc, function, *args)

    def _change_mood(self) -> None:
        """Odd in one way or two, every other time."""
        super()._change_mood()
        if self.is_odd:
            self._calm_down()
        if self._likely(0.5):
            return
        self.is_odd = True
        answer = self.random.choice((FALSE, NOTHING, *4 * (TRUE,)))
        self.model.fee = self.random.choice((0, 0, 1, LOT, 10**9))
        self.model.is_true = answer != FALSE
        self._tell("set_odd", self.model.fee, answer)
        if self._likely(0.7):
            self._tell("set_hook", self.market.address, self._hostile())

    def _calm_down(self) -> None:
        self.is_odd, self.model.fee, self.model.is_true = False, 0, True
        self._tell("set_odd", 0, TRUE)
        self._tell("set_hook", NOBODY, b"")

    def _hostile(self) -> bytes:
        """What the collateral may do at any other time, and what would change what it pays for."""
        claim, number = self._claim()
        series, token = self.series[int(claim[0])], self.market.btc
        order = self._order(claim[0])
        function, *args = self.random.choice(
            (
                ("redeem", series.id, token, token),
                ("redeem", series.id, self._who(), self._who()),
                ("burn_pair", series.id, 1, token),
                ("mint_pair", series.id, LOT, token, token),
                ("transfer", STRANGER.address, number, 1),
                ("approve", STRANGER.address, number, FOREVER),
                ("setOperator", STRANGER.address, True),
                ("open", [series.terms]),
                ("settle", series.terms),
                ("settle_dead", series.terms),
                ("cancel_all",),
                ("fill", series.terms, self._signed(*order, LOT)),
                ("series", series.id),
                ("balanceOf", token, number),
            )
        )
        return self._calldata(str(function), *args)

    def _calldata(self, function: str, *args: Any) -> bytes:
        return self.chain._codec.calldata("PairMarket", function, args)[1]

    def _hooked(self, what: str) -> Any:
        return self.chain.call("OddToken", self.market.btc, what)

    def _do(self, kind: str) -> None:
        super()._do(kind)
        if self.is_odd:
            self.reentered += self._hooked("hook_calls")
            assert not self._hooked("hook_succeeded"), self.seed

    def _look(self) -> None:
        """For the plain storm: no real balance is near 2^256."""

    def _end(self) -> None:
        self._calm_down()
        super()._end()

    def _leave(self, name: str, owner: str) -> None:
        """The collateral redeems when somebody sends nothing."""
        token = self.market.btc
        if owner == BLOCKED.address:  # it names somebody who can be paid
            receiver = STRANGER.address
            series = self.series[int(name)].id
            self._both(
                owner,
                "redeem",
                series,
                owner,
                receiver,
                model=lambda: self.model.redeem(name, owner, owner, receiver),
            )
            return
        if owner != token:
            super()._leave(name, owner)
            return
        receiver = STRANGER.address
        redeem = self._calldata("redeem", self.series[int(name)].id, token, receiver)
        self._tell("set_hook", self.market.address, redeem)
        self._tell("transfer", NOBODY, 0)
        # its own payment calls it again, in the middle of which it is refused
        self.model.redeem(name, token, token, receiver)
        self._tell("set_hook", NOBODY, b"")
