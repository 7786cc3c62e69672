"""What a month's use has cost over the years: every version and rider of a schedule, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.model.calendar import month_bounds, next_month
from meterbook.model.errors import InputError
from meterbook.model.tariff import Tariff
from meterbook.tariffs.inputs import Account, Usage, months
from meterbook.tariffs.parts import in_force
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price

STEP_S = 900
SCALE = 6
KWH = Decimal(1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendMonth:
    """A month of the trend.

    Attributes:
        month: its first day.
        price: what the use costs, dollars; None in a gap.
        status: of the least sure number in it.
        gap: why there is no price.
        version: first day of the version that prices it.
    """

    month: date
    price: Decimal | None
    status: str = "published"
    gap: str | None = None
    version: date | None = None


def trend(tariff: Tariff, last: date, account: Account | None = None, kwh: Decimal = KWH) -> list[TrendMonth]:
    """The price of a month's use, evenly over the month, in each month of a schedule's life.

    Args:
        tariff: the schedule.
        last: a day of the last month.
        account: what the schedule asks of the account; its class is the schedule's own without it.
        kwh: used in each month, whatever its length.

    Returns:
        Months from the first whole one in force; those that can't be priced are gaps, with the reason.

    Raises:
        InputError: the schedule has no version that far back.
    """
    account = account or Account(kind=tariff.sector)
    if not tariff.versions or tariff.versions[0].start > last:
        raise InputError(f"{tariff.utility}/{tariff.code} is not in force by {last:%Y-%m}", expected="a later month")
    first = tariff.versions[0].start
    month = first if first.day == 1 else next_month(first)
    found = []
    while month <= last:
        found.append(_month(tariff, month, account, kwh))
        month = next_month(month)
    return found


def _month(tariff: Tariff, month: date, account: Account, kwh: Decimal) -> TrendMonth:
    zone = ZoneInfo(tariff.zone)
    start, end = month_bounds(month.year, month.month, zone)
    try:
        version = tariff.versions[in_force(tariff, month)].start
        made = plan(tariff, months(start, end, zone), first=start, end=end, step_s=STEP_S)
        count = made.axis.count
        whole, rest = divmod(int(kwh.scaleb(SCALE)), count)
        values = np.full(count, whole, np.int64)
        values[:rest] += 1
        usage = Usage(first=start, step_s=STEP_S, scale=SCALE, delivered=values)
        (bill,) = price(made, usage, account)
    except InputError as err:
        return TrendMonth(month=month, price=None, gap=err.what)
    return TrendMonth(month=month, price=bill.total, status=bill.status, version=version)
