"""The bills of each account by month, with the weather of their periods where the bills themselves do not tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.analysis.bills.history import ELECTRIC, BillMonth, history, with_temperatures
from meterbook.book.readings import ReadingSet, select, utility_zone
from meterbook.book.selection import Selection
from meterbook.model.calendar import day_start
from meterbook.model.channel import Quantity
from meterbook.model.quality import Quality
from meterbook.model.statement import Statement
from meterbook.store.records import StoredStatement

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook


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

    Temperatures that bills do not tell are the means of the account's weather readings over the days of the period.
    """
    found = history(bills.statements, service=service, months=months)
    if not any(one.bills and one.low_f is None and one.high_f is None for one in found):
        return found
    weather = select(
        book.records,
        book.lake,
        Selection(quantities=frozenset({Quantity.TEMPERATURE_LOW, Quantity.TEMPERATURE_HIGH})),
    )
    known = {}
    for one in found:
        temperatures = _temperatures(weather, bills, one)
        if temperatures is not None:
            known[one.month] = temperatures
    return with_temperatures(found, known)


def _temperatures(weather: ReadingSet, bills: AccountBills, month: BillMonth) -> tuple[Decimal, Decimal] | None:
    days = [day for one in month.bills for day in (one.period_start, one.period_end) if day is not None]
    if not days:
        return None
    span = min(days), max(days)
    low = _mean(weather, bills, Quantity.TEMPERATURE_LOW, span)
    high = _mean(weather, bills, Quantity.TEMPERATURE_HIGH, span)
    return (low, high) if low is not None and high is not None else None


def _mean(weather: ReadingSet, bills: AccountBills, quantity: Quantity, span: tuple[date, date]) -> Decimal | None:
    for item in weather:
        channel = item.series.channel
        if (channel.utility, channel.account, channel.quantity) != (bills.utility, bills.account, quantity):
            continue
        part = item.series.clip(day_start(span[0], item.zone), day_start(span[1], item.zone))
        usable = part.value[part.quality != Quality.MISSING]
        if len(usable):
            return (Decimal(int(np.sum(usable))) / len(usable)).scaleb(-part.scale)
    return None
