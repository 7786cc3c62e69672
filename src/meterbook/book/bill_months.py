"""The bills of each account by month, with the weather of their periods where the bills themselves do not tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from meterbook.analysis.bills.degree_days import degree_days
from meterbook.analysis.bills.history import ELECTRIC, BillMonth, Weather, history, with_weather
from meterbook.book.readings import select, utility_zone
from meterbook.book.selection import Selection
from meterbook.model.calendar import local_date
from meterbook.model.channel import DAY_S, Quantity
from meterbook.model.quality import Quality
from meterbook.model.statement import Statement
from meterbook.store.records import StoredStatement

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook


_WEATHER = (Quantity.TEMPERATURE_LOW, Quantity.TEMPERATURE_HIGH)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBills:
    """The bills of one account.

    Attributes:
        utility: catalogue slug.
        account: account number.
        zone: the utility's.
        stored: its bills with their sources, cancelled ones too, oldest first.
    """

    utility: str
    account: str
    zone: ZoneInfo
    stored: tuple[StoredStatement, ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The bills alone."""
        return tuple(one.statement for one in self.stored)


def account_bills(book: OpenBook, stored: Iterable[StoredStatement]) -> list[AccountBills]:
    """Bills by account, in the order of their numbers.

    Args:
        book: the book they came from.
        stored: bills, oldest first.
    """
    found: dict[tuple[str, str], list[StoredStatement]] = {}
    for one in stored:
        found.setdefault((one.utility, one.statement.account), []).append(one)
    return [
        AccountBills(utility=utility, account=account, zone=utility_zone(book.records, utility), stored=tuple(some))
        for (utility, account), some in sorted(found.items())
    ]


def bill_months(
    book: OpenBook, bills: AccountBills, *, service: str = ELECTRIC, months: int | None = None
) -> tuple[BillMonth, ...]:
    """An account's bills by month; see :func:`meterbook.analysis.bills.history.history`.

    Degree days are those of the account's daily weather readings, from the day of one read to the day before the next;
    so are temperatures that a bill does not tell itself.
    """
    found = history(bills.statements, service=service, months=months)
    owned = {item.channel.account for item in book.records.channels()}
    if not found or bills.account not in owned:
        return found
    days = [day for one in found for bill in one.bills for day in (bill.period_start, bill.period_end) if day]
    if not days:
        return found
    low, high = (_daily(book, bills, one, min(days), max(days)) for one in _WEATHER)
    known = {one.month: weather for one in found if (weather := _weather_of(one, low, high)) is not None}
    return with_weather(found, known)


def _daily(book: OpenBook, bills: AccountBills, quantity: Quantity, first: date, last: date) -> dict[date, Decimal]:
    """An account's daily temperatures of one sort, those of its first location where there are several."""
    wanted = Selection(
        account=bills.account, since=first, until=last + timedelta(days=1), quantities=frozenset({quantity})
    )
    for item in select(book.records, book.lake, wanted):
        channel = item.series.channel
        if channel.utility == bills.utility and channel.interval_s == DAY_S:
            usable = item.series.take(item.series.quality != Quality.MISSING)
            rows = zip(usable.start.tolist(), usable.value.tolist(), strict=True)
            return {local_date(start, item.zone): Decimal(value).scaleb(-usable.scale) for start, value in rows}
    return {}


def _weather_of(month: BillMonth, low: dict[date, Decimal], high: dict[date, Decimal]) -> Weather | None:
    """The weather of the days from one read day to the next; None without any."""
    wanted = [
        bill.period_start + timedelta(days=number)
        for bill in month.bills
        if bill.period_start is not None and bill.period_end is not None
        for number in range((bill.period_end - bill.period_start).days)
    ]
    days = [day for day in wanted if day in low and day in high]
    if not days:
        return None
    lows, highs = [low[day] for day in days], [high[day] for day in days]
    return Weather(
        low_f=sum(lows, start=Decimal(0)) / len(lows),
        high_f=sum(highs, start=Decimal(0)) / len(highs),
        degrees=degree_days(lows, highs) if len(days) == len(wanted) else None,
    )
