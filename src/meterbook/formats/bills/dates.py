"""Dates on a bill: with four-figure, two-figure or no year; and the two dates of a span.

Numbers stand month first, as utilities in the United States print them, unless a date of the same bill can only be read
day first. A missing year comes from the bill's own date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

_NAMES = (
    "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
    "sep sept september", "oct october", "nov november", "dec december",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
_MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_DATE = re.compile(
    r"(?=[\djfmasond])(?<![\w/$.,-])(?:"
    r"(?P<y1>20\d\d)-(?P<m1>\d\d)-(?P<d1>\d\d)"
    r"|(?P<a>\d{1,2})(?P<sep>[/-])(?P<b>\d{1,2})(?:(?P=sep)(?P<y2>20\d\d|\d\d))?"
    r"|" + _MONTH + r"\s{0,2}(?P<d3>\d{1,2})(?:st|nd|rd|th)?(?:(?:\s?,\s{0,2}|\s{1,2})(?P<y3>20\d\d|['’]\s?\d\d))?"
    r"|(?P<d4>\d{1,2})[\s-]" + _MONTH.replace("month", "month4") + r"[\s,-]{1,2}(?P<y4>20\d\d|\d\d)"
    r")(?![\d/]|-\d|[.,]\d)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:-|–|—|to|through|thru|until|and)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Printed:
    """A date as printed, from ``start`` up to ``end`` of its line; ``year`` None if not printed."""

    start: int
    end: int
    year: int | None
    first: int
    second: int
    named: bool
    """The month is a name, or the order is the international one: nothing to interpret."""

    def on(self, *, day_first: bool = False, year: int | None = None) -> date | None:
        """The day meant; None if there is no such day or no year."""
        month, day = (self.second, self.first) if day_first and not self.named else (self.first, self.second)
        of = self.year if self.year is not None else year
        try:
            return None if of is None else date(of, month, day)
        except ValueError:
            return None


def dates(text: str) -> Iterator[Printed]:
    """The dates of a line of text.

    >>> [p.on(year=2018) for p in dates("Jun 02 to Jul 02")]
    [datetime.date(2018, 6, 2), datetime.date(2018, 7, 2)]
    >>> [p.on() for p in dates("Apr 19 '24, 09/07/2016, July 5, 2018 and 3-Mar-2025")]
    [datetime.date(2024, 4, 19), datetime.date(2016, 9, 7), datetime.date(2018, 7, 5), datetime.date(2025, 3, 3)]
    """
    for found in _DATE.finditer(text):
        if found["y1"]:
            yield Printed(*found.span(), int(found["y1"]), int(found["m1"]), int(found["d1"]), True)
        elif found["a"]:
            year = _year(found["y2"])
            if year is None and found["sep"] == "-":  # 5-1: a code, not a day
                continue
            yield Printed(*found.span(), year, int(found["a"]), int(found["b"]), False)
        elif found["d3"]:
            yield Printed(*found.span(), _year(found["y3"]), MONTHS[found["month"].lower()], int(found["d3"]), True)
        else:
            month = MONTHS[found["month4"].lower()]
            yield Printed(*found.span(), _year(found["y4"]), month, int(found["d4"]), True)


def joined(text: str, one: Printed, other: Printed) -> bool:
    """Whether nothing but a dash or ``to`` stands between two dates."""
    return _BETWEEN.fullmatch(text, one.end, other.start) is not None


def day_first(printed: Iterable[Printed]) -> bool | None:
    """Whether a bill's numeric dates stand day first; None if they contradict each other."""
    numeric = [p for p in printed if not p.named and p.year is not None]
    month_first_impossible = any(p.first > 12 for p in numeric)
    day_first_impossible = any(p.second > 12 for p in numeric)
    if month_first_impossible and day_first_impossible:
        return None
    return month_first_impossible


def nearest_year(printed: Printed, reference: date, *, later: bool = False, day_first: bool = False) -> date | None:
    """The day meant by a date without a year: the last one up to ``reference``, or the first one from it."""
    if printed.year is not None:
        return printed.on(day_first=day_first)
    around = (printed.on(day_first=day_first, year=reference.year + step) for step in (-1, 0, 1))
    days = [day for day in around if day is not None]
    if later:
        return min((day for day in days if day >= reference), default=None)
    return max((day for day in days if day <= reference), default=None)


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    digits = text.strip("'’ ")
    return int(digits) if len(digits) == 4 else 2000 + int(digits)
