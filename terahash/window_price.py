"""What mining earned in a window of time: the mean hashprice, with proven fees and without."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import click
from pydantic import BaseModel
from rich import box
from rich.table import Table

from terahash.bitcoin.state import DAY_BLOCKS, LAST_TIME
from terahash.block_days import BTC_PER_PH, IndexFile, csv_text, decimal, fitted
from terahash.hashprice import (
    earned_at,
    floor_earned_at,
    floor_mean,
    mean,
    to_the_second,
)
from terahash.headers import Exact
from terahash.report.numbers import scaled
from terahash.units import DAY, WAD


class WindowPrice(BaseModel):
    """What a unit of hashrate earned between two times.

    Attributes:
        file: of headers.
        coinbases: the file of coinbases; None where no fees are proven.
        start, end: of the window, unix seconds of Bitcoin's clock.
        seconds: between them.
        hashprice: mean of the window, satoshi per TH/s per day, times 10^18.
        earned: satoshi that 1 TH/s earned in it, times 10^18.
        floor_hashprice, floor_earned: the same from the subsidy alone.
        block_days: that the window touches.
        blocks: of these block-days.
        proven: of these blocks, how many have their fees proven.
    """

    file: str
    coinbases: str | None
    start: int
    end: int
    seconds: int
    hashprice: Exact
    earned: Exact
    floor_hashprice: Exact
    floor_earned: Exact
    block_days: int
    blocks: int
    proven: int


def price(index: IndexFile, start: int | None = None, end: int | None = None) -> WindowPrice:
    """Price the window between two times, unix seconds; None means the index's own.

    Raises:
        IndexRangeError: for times that the index does not cover, or no time between them.
    """
    days = index.days
    start = days[0].start if start is None else start
    end = days[-1].end if end is None else end
    hashprice = mean(days, start, end)
    touched = [day for day in days if day.start < end and start < day.end]
    return WindowPrice(
        file=index.file,
        coinbases=index.coinbases,
        start=start,
        end=end,
        seconds=end - start,
        hashprice=hashprice,
        earned=earned_at(days, end) - earned_at(days, start),
        floor_hashprice=floor_mean(days, start, end),
        floor_earned=floor_earned_at(days, end) - floor_earned_at(days, start),
        block_days=len(touched),
        blocks=len(touched) * DAY_BLOCKS,
        proven=sum(day.proven for day in touched),
    )


def price_table(window: WindowPrice) -> Table:
    """Lay out the price of a window: of subsidy and proven fees, and of the subsidy alone."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("mean hashprice", no_wrap=True)
    for title in (
        "sats/TH\nper day",
        "BTC/PH\nper day",
        "1 TH/s earned\n(sats)",
        "1 PH/s earned\n(BTC)",
    ):
        table.add_column(title, justify="right", no_wrap=True)
    prices = [window.hashprice, window.floor_hashprice]
    earned = [window.earned, window.floor_earned]
    columns = (
        ["with proven fees", "subsidy alone"],
        fitted(prices, WAD, 3, 11),
        fitted(prices, BTC_PER_PH, 8, 12),
        fitted(earned, WAD, 3, 13),
        fitted(earned, BTC_PER_PH, 8, 13),
    )
    for row in zip(*columns, strict=True):
        table.add_row(*row)
    table.caption = (
        f"From {to_the_second(window.start)} to {to_the_second(window.end)} UTC: "
        f"{scaled(window.seconds, DAY, 2)} days. Fees are proven of {window.proven:,} of the "
        f"{window.blocks:,} blocks of the {window.block_days:,} "
        f"block-day{'s' * (window.block_days != 1)} that it touches."
    )
    table.caption_justify = "left"
    return table


def price_csv(window: WindowPrice) -> str:
    """Write the price of a window for spreadsheets, exact: a line of headings, one of numbers."""
    row = {
        "start_unix": f"{window.start}",
        "end_unix": f"{window.end}",
        "start_utc": to_the_second(window.start),
        "end_utc": to_the_second(window.end),
        "seconds": f"{window.seconds}",
        "hashprice_sats_per_th_day": decimal(window.hashprice),
        "hashprice_btc_per_ph_day": decimal(window.hashprice, BTC_PER_PH, 23),
        "earned_sats_per_th": decimal(window.earned),
        "earned_btc_per_ph": decimal(window.earned, BTC_PER_PH, 23),
        "floor_hashprice_sats_per_th_day": decimal(window.floor_hashprice),
        "floor_hashprice_btc_per_ph_day": decimal(window.floor_hashprice, BTC_PER_PH, 23),
        "floor_earned_sats_per_th": decimal(window.floor_earned),
        "floor_earned_btc_per_ph": decimal(window.floor_earned, BTC_PER_PH, 23),
        "block_days": f"{window.block_days}",
        "blocks": f"{window.blocks}",
        "proven_blocks": f"{window.proven}",
    }
    return csv_text([row])


class Time(click.ParamType):
    """A time on the command line, as unix seconds."""

    name = "time"
    _FORMATS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Read a UTC date, a UTC date and time, or unix seconds."""
        if isinstance(value, int):
            return value
        time = int(value) if re.fullmatch("[0-9]{1,10}", value) else self._read(value)
        if time is None or not 0 <= time <= LAST_TIME:
            self.fail(
                f"{value!r} is no time: write 2024-01-01, 2024-01-01T12:00 (UTC) or unix seconds",
                param,
                ctx,
            )
        return time

    def _read(self, value: str) -> int | None:
        for form in self._FORMATS:
            try:
                return int(datetime.strptime(value, form).replace(tzinfo=UTC).timestamp())
            except ValueError:
                continue
        return None
