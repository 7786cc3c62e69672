"""Days as reports write them. 03/04/25 is decided by all the dates of a table together, or refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from meterbook.formats.bill_reports.mapping import DateOrder
from meterbook.formats.bill_reports.sheets import Bools
from meterbook.model.calendar import day_number, numbered_day

Int32 = NDArray[np.int32]
Found = tuple[str, int, str]  # column, row and text of a date
NO_DAY = np.iinfo(np.int32).min
"""Stands for a day that is not told."""
BAD_DAY = NO_DAY + 1
"""Stands for text that is no day."""
EARLIEST, LATEST = date(1985, 1, 1), date(2100, 1, 1)
_SHEET_EPOCH = date(1899, 12, 30)
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?|(\d{4})(\d{2})(\d{2})", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|'?\d{2})(?:\s+\d{1,2}:\d{2}.*)?", re.ASCII)
_NAMED = re.compile(
    r"(?:([A-Za-z]{3,9})\.?[ -](\d{1,2}),?|(\d{1,2})[ -]([A-Za-z]{3,9})\.?,?)[ -]+'?(\d{4}|\d{2})", re.ASCII
)
_MONTH = re.compile(r"([A-Za-z]{3,9})\.?[ -]+'?(\d{4}|\d{2})|(\d{4})-(\d{1,2})|(\d{1,2})/(\d{4})", re.ASCII)
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayColumn:
    """A column of days before it is decided how slashed ones are meant.

    Attributes:
        which: n places in the lists below.
        texts: distinct texts.
        certain: days of those that can be read in one way only, ``NO_DAY`` for none, ``BAD_DAY`` for no day.
        month_first: days of the slashed ones read month first; BAD_DAY where that is none.
        day_first: likewise.
        slashed: marks those.
        serial: marks bare numbers that may be a spreadsheet's count of days.
    """

    which: NDArray[np.int64]
    texts: list[str]
    certain: Int32
    month_first: Int32
    day_first: Int32
    slashed: Bools
    serial: Bools

    def days(self, order: DateOrder | None) -> Int32:
        """Days of all n rows; without an order slashed ones must not be there, or be the same either way."""
        chosen = self.day_first if order is DateOrder.DAY_FIRST else self.month_first
        return np.asarray(np.where(self.slashed, chosen, self.certain)[self.which])

    def first_row(self, distinct: int) -> int:
        """The first row that holds a distinct text."""
        return int(np.flatnonzero(self.which == distinct)[0])


def read_days(
    coded: tuple[list[str], NDArray[np.int64]], typed: Bools | None, blank: frozenset[str], *, serials: bool
) -> DayColumn:
    """A column of days.

    Args:
        coded: the distinct texts, and which of them each of n rows has.
        typed: rows that were a real date or number.
        blank: texts, case-folded, that mean nothing is told.
        serials: bare numbers may be a spreadsheet's count of days from 1900.
    """
    texts, which = coded
    count = len(texts)
    certain = np.full(count, NO_DAY, np.int32)
    month_first, day_first = np.full(count, BAD_DAY, np.int32), np.full(count, BAD_DAY, np.int32)
    slashed, serial = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for index, text in enumerate(texts):
        if text.casefold() in blank:
            continue
        both = _both_ways(text)
        if both is not None:
            slashed[index] = True
            month_first[index], day_first[index] = both
        elif _SERIAL.fullmatch(text) is not None:
            serial[index] = True
            certain[index] = _serial(text)
        else:
            certain[index] = _certain(text)
    if not serials or (serial.any() and not _all_serial(serial, certain, slashed, which, typed)):
        certain[serial] = BAD_DAY
    return DayColumn(
        which=which,
        texts=texts,
        certain=certain,
        month_first=month_first,
        day_first=day_first,
        slashed=slashed,
        serial=serial,
    )


@lru_cache(maxsize=10_000)
def _both_ways(text: str) -> tuple[int, int] | None:
    """A slashed day meant month first and day first; None if it is none. A report has the same days in its columns."""
    found = _SLASHED.fullmatch(text)
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[2]), _year(found[3])
    return _day(year, first, second), _day(year, second, first)


def first_of_month(text: str) -> date | None:
    """First day of a month that is written alone; None if it is none.

    >>> first_of_month("Jan-16"), first_of_month("2025-03"), first_of_month("March 2025")
    (datetime.date(2016, 1, 1), datetime.date(2025, 3, 1), datetime.date(2025, 3, 1))
    """
    found = _MONTH.fullmatch(text)
    if found is None:
        whole = _certain(text)
        day = numbered_day(whole) if whole not in (NO_DAY, BAD_DAY) else None
        return day if day is not None and day.day == 1 else None
    word, year, year_2, month_2, month_3, year_3 = found.groups()
    month = _month(word) if word else int(month_2 or month_3)
    number = _day(_year(year or year_2 or year_3), month or 0, 1)
    return numbered_day(number) if number != BAD_DAY else None


def contradiction(columns: Sequence[tuple[str, DayColumn]]) -> tuple[Found, Found] | None:
    """Two dates that can't be meant the same way: column, row and text of one month first, and of one day first.

    Real dates of a workbook count as month first where all of them lie in the first twelve days of a month and the
    rest of the column is text that is day first: a spreadsheet program turned round those it took for its own.
    """
    month_only = _only(columns, month=True)
    day_only = _only(columns, month=False)
    if month_only is not None and day_only is not None:
        return month_only, day_only
    if day_only is not None:
        for name, column in columns:
            real = (column.certain > BAD_DAY) & ~column.serial
            iso_turned = [index for index in np.flatnonzero(real).tolist() if column.slashed.any()]
            if iso_turned and all(numbered_day(column.certain[index]).day <= 12 for index in iso_turned):
                index = iso_turned[0]
                return (name, column.first_row(index), column.texts[index]), day_only
    return None


def order_of(columns: Sequence[tuple[str, DayColumn]]) -> DateOrder | None:
    """The order that some date of the columns proves; None where none does."""
    if _only(columns, month=True) is not None:
        return DateOrder.MONTH_FIRST
    return DateOrder.DAY_FIRST if _only(columns, month=False) is not None else None


def undecided(columns: Sequence[tuple[str, DayColumn]]) -> tuple[str, int, str] | None:
    """Column, row and text of a date that means two days; None where every date means one."""
    for name, column in columns:
        both = column.slashed & (column.month_first > BAD_DAY) & (column.day_first > BAD_DAY)
        open_ones = np.flatnonzero(both & (column.month_first != column.day_first))
        if len(open_ones):
            index = int(open_ones[0])
            return name, column.first_row(index), column.texts[index]
    return None


def _only(columns: Sequence[tuple[str, DayColumn]], *, month: bool) -> tuple[str, int, str] | None:
    for name, column in columns:
        this, other = (column.month_first, column.day_first) if month else (column.day_first, column.month_first)
        found = np.flatnonzero(column.slashed & (this > BAD_DAY) & (other == BAD_DAY))
        if len(found):
            index = int(found[0])
            return name, column.first_row(index), column.texts[index]
    return None


def _all_serial(serial: Bools, certain: Int32, slashed: Bools, which: NDArray[np.int64], typed: Bools | None) -> bool:
    """Bare numbers count as days where they are numbers of a workbook, or where the whole column is such."""
    if typed is not None and bool(typed[np.isin(which, np.flatnonzero(serial))].all()):
        return True
    return not bool((slashed | ((certain != NO_DAY) & ~serial)).any())


def _certain(text: str) -> int:
    found = _YEAR_FIRST.fullmatch(text)
    if found is not None:
        year, month, day = (int(part) for part in found.groups() if part is not None)
        return _day(year, month, day)
    found = _NAMED.fullmatch(text)
    if found is None:
        return BAD_DAY
    month_word, day_text = (found[1], found[2]) if found[1] else (found[4], found[3])
    return _day(_year(found[5]), _month(month_word) or 0, int(day_text))


def _month(word: str) -> int | None:
    letters = word.casefold()[:3]
    return _NAMES.index(letters) + 1 if letters in _NAMES else None


def _year(text: str) -> int:
    digits = int(text.lstrip("'"))
    return digits if digits > 99 else 2000 + digits


def _day(year: int, month: int, day: int) -> int:
    try:
        found = date(year, month, day)
    except ValueError:
        return BAD_DAY
    return day_number(found) if EARLIEST <= found < LATEST else BAD_DAY


def _serial(text: str) -> int:
    return day_number(_SHEET_EPOCH + timedelta(days=int(text.partition(".")[0])))
