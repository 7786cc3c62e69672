"""How warm it was in a bill's period: the mean of the daily highs and of the daily lows that the book holds.

Nothing is asked for it: the daily temperatures come with the readings.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.model.calendar import day_start
from meterbook.model.channel import DAY_S, Quantity
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Records, StoredStatement

TENTH = Decimal("0.1")


def keep_temperatures(records: Records, lake: ReadingsLake, account: str, *, utility: str, tz: ZoneInfo) -> int:
    """Keep the temperatures of an account's bills that have none and whose every day is known; how many.

    Args:
        records: where bills and channels are.
        lake: where the daily temperatures are.
        account: account number.
        utility: catalogue slug.
        tz: the utility's zone.
    """
    open_ones = [
        one
        for one in records.stored_statements(account, utility=utility)
        if one.statement.temperature_high is None and one.statement.temperature_low is None and period(one) is not None
    ]
    if not open_ones:
        return 0
    lows = _series(records, lake, account, utility, Quantity.TEMPERATURE_LOW)
    highs = _series(records, lake, account, utility, Quantity.TEMPERATURE_HIGH)
    found: dict[int, tuple[Decimal, Decimal]] = {}
    for one in open_ones:
        days = period(one)
        assert days is not None
        high, low = (mean_of(series, *days, tz) for series in (highs, lows))
        if high is not None and low is not None:
            found[one.id] = (high, low)
    if found:
        records.set_temperatures(found)
    return len(found)


def period(bill: StoredStatement) -> tuple[date, date] | None:
    """Local days of a bill's period, the last one not included; None if it tells none."""
    start, end = bill.statement.period_start, bill.statement.period_end
    return (start, end) if start is not None and end is not None and start < end else None


def mean_of(series: Iterable[IntervalSeries], start: date, end: date, tz: ZoneInfo) -> Decimal | None:
    """Mean of the daily values of a period, to a tenth; None unless some series has every day of it.

    Args:
        series: daily values of one place each.
        start: first local day.
        end: day after the last.
        tz: the utility's zone.
    """
    days = [day_start(start + timedelta(days=number), tz) for number in range((end - start).days)]
    for one in series:
        places = np.searchsorted(one.start, days)
        if len(one) and int(places[-1]) < len(one) and bool((one.start[places] == days).all()):
            total = Decimal(int(one.value[places].sum())).scaleb(-one.scale)
            return (total / len(days)).quantize(TENTH, ROUND_HALF_UP)
    return None


def _series(
    records: Records, lake: ReadingsLake, account: str, utility: str, quantity: Quantity
) -> list[IntervalSeries]:
    stored = [
        one
        for one in records.channels(utility=utility, account=account)
        if one.channel.quantity is quantity and one.channel.interval_s == DAY_S
    ]
    read = lake.read([one.id for one in stored], 0, 2**40) if stored else {}
    return [read[one.id].series(one.channel) for one in stored if one.id in read]
