"""The period of each row: from two days, from an end and a number of days, or from a month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from meterbook.formats.bill_reports import days as reports_days
from meterbook.formats.bill_reports.days import BAD_DAY, NO_DAY, DayColumn, Int32, first_of_month
from meterbook.formats.bill_reports.mapping import DATES, DateOrder, Field, LastDay
from meterbook.formats.bill_reports.numbers import BLANK
from meterbook.model.calendar import day_number, next_month, numbered_day
from meterbook.model.errors import UsageError

if TYPE_CHECKING:
    from meterbook.formats.bill_reports.reading import Reading
    from meterbook.formats.bill_reports.rows import BillRows

SPANS = (Field.START, Field.END, Field.MONTH, Field.DELIVERY)
LONGEST = 400
"""Days that a period may have; Portfolio Manager takes a year at most."""
_PLAUSIBLE = 100
_MONTHLY = (25, 36)
_SEVERAL = 3


def read(reading: Reading, *, serials: bool) -> dict[Field, Int32]:
    """Days of every row by field; START and END always among them.

    Args:
        reading: the table; rows whose days can't be read are refused in it.
        serials: bare numbers may be a spreadsheet's count of days from 1900.

    Raises:
        UsageError: the dates of the table may be meant in two ways, or contradict each other.
    """
    columns = {
        name: reports_days.read_days(reading.body.coded(place), reading.body.typed[place], BLANK, serials=serials)
        for name, place in reading.headings.places.items()
        if name in DATES
    }
    order = _order(reading, columns)
    found = {}
    for name, column in columns.items():
        chosen = column.days(order)
        reading.refuse(
            chosen == BAD_DAY, reading.heading(name), "report.not-a-day",
            _not_a_day(column),
        )  # fmt: skip
        found[name] = np.where(chosen == BAD_DAY, NO_DAY, chosen).astype(np.int32)
    if Field.MONTH in reading.headings.places:
        found |= _months(reading)
    if Field.START not in found and Field.END in found:
        found[Field.START] = _starts(reading, found[Field.END])
    empty = np.full(len(reading.body), NO_DAY, np.int32)
    found.setdefault(Field.START, empty)
    found.setdefault(Field.END, empty)
    _check(reading, found)
    return found


def told_days(reading: Reading, found: dict[Field, Int32], column: Any) -> Int32:
    """Days of each period as its own column tells them; those that fit neither way of counting are refused."""
    told = np.zeros(len(reading.body), np.int32)
    if column is None:
        return told
    coded = column.dictionary_encode("encode")
    distinct = [0 if text is None else _whole(text) for text in coded.dictionary.to_pylist()]
    values = np.array(distinct, np.int64)[coded.indices.to_numpy()]
    span = found[Field.END].astype(np.int64) - found[Field.START]
    both = (found[Field.END] != NO_DAY) & (found[Field.START] != NO_DAY)
    wrong = (values < 0) | ((values > 0) & both & (values != span) & (values != span + 1))
    reading.refuse(
        wrong, reading.heading(Field.DAYS), "report.days-differ",
        lambda index: f"{column[index].as_py()} days do not fit the period, which has {int(span[index])} or one more",
    )  # fmt: skip
    return np.asarray(np.clip(values, 0, LONGEST), np.int32)


def with_days(rows: BillRows, last_day: LastDay | None) -> Int32:
    """Days of each period, as far as it can be known whether the last day belongs to it.

    Where the rows of one account follow each other, the next one's start says it: the same day (a read day) or the
    day after (the last day of service). Else the mapping says it, else a period that is a calendar month.
    """
    start, end = rows.days[Field.START].astype(np.int64), rows.days[Field.END].astype(np.int64)
    known = (start > BAD_DAY) & (end > BAD_DAY)
    codes = rows.codes(Field.ACCOUNT, Field.METER, "service")
    order = rows.in_order(codes)
    same = codes[order][1:] == codes[order][:-1]
    step = start[order][1:] - end[order][:-1]
    touching, adjacent = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
    for marks, width in ((touching, 0), (adjacent, 1)):
        hit = np.flatnonzero(same & (step == width))
        marks[order[hit]] = True
        marks[order[hit + 1]] = True
    read_day, included = _counts(codes, touching), _counts(codes, adjacent)
    chosen = np.where(read_day & ~included, 1, np.where(included & ~read_day, 2, 0))
    if last_day is not None:
        chosen = np.where(chosen == 0, 1 if last_day is LastDay.READ_DAY else 2, chosen)
    if (chosen == 0).any():
        for index in np.flatnonzero((chosen == 0) & known).tolist():
            chosen[index] = _of_month(int(start[index]), int(end[index]))
    span = np.where(known, end - start, 0)
    worked_out = np.where(chosen == 1, span, np.where(chosen == 2, span + 1, 0))
    return np.where(rows.period_days > 0, rows.period_days, np.where(known, worked_out, 0)).astype(np.int32)


def _counts(codes: Any, marks: Any) -> Any:
    """Whether any row of the same code is marked."""
    hit = np.zeros(int(codes.max(initial=0)) + 1, np.bool_) if int(codes.max(initial=0)) < 1 << 24 else None
    if hit is None:
        _, codes = np.unique(codes, return_inverse=True)
        hit = np.zeros(int(codes.max(initial=0)) + 1, np.bool_)
    hit[codes[marks]] = True
    return hit[codes]


def _of_month(start: int, end: int) -> int:
    first, last = numbered_day(start), numbered_day(end)
    if first.day != 1:
        return 0
    if last.day == 1 and last > first:
        return 1
    return 2 if last + timedelta(days=1) == next_month(last) else 0


def _order(reading: Reading, columns: dict[Field, DayColumn]) -> DateOrder | None:
    named = [(reading.heading(name), column) for name, column in columns.items()]
    against = reports_days.contradiction(named)
    if against is not None:
        (one, row, text), (other, other_row, other_text) = against
        raise UsageError(
            f"dates are mixed: {text!r} is month first, {other_text!r} is day first "
            f"({reading.origin.where(other_row, other)})",
            where=reading.origin.where(row, one),
            expected="all dates of a report written one way",
            hint="Ask for the report again, or have it with dates such as 2025-04-03. Nothing was stored.",
        )
    proved = reports_days.order_of(named)
    asked = reading.mapping.dates
    if proved is not None:
        if asked is not None and asked is not proved:
            raise UsageError(
                f"dates are {proved.value}, not {asked.value} as the profile says",
                where=reading.origin.source,
                hint="Correct the profile's dates. Nothing was stored.",
            )
        return proved
    if asked is not None:
        return asked
    open_one = reports_days.undecided(named)
    if open_one is None:
        return None
    found = _by_length(columns)
    if found is not None:
        return found
    name, row, text = open_one
    raise UsageError(
        f"{text!r} may be meant month first or day first, and no date of the report tells which",
        where=reading.origin.where(row, name),
        expected="--dates month-first or --dates day-first",
        hint="Nothing was stored.",
    )


def _by_length(columns: dict[Field, DayColumn]) -> DateOrder | None:
    """The one order in which every period has a length that a bill can have."""
    if Field.START not in columns or Field.END not in columns:
        return None
    fitting: list[DateOrder] = []
    monthly: list[float] = []
    for order in DateOrder:
        start, end = columns[Field.START].days(order), columns[Field.END].days(order)
        both = (start > BAD_DAY) & (end > BAD_DAY)
        length = end[both].astype(np.int64) - start[both]
        if bool(((length > 0) & (length <= _PLAUSIBLE)).all()):
            fitting.append(order)
            monthly.append(
                int(np.count_nonzero((length >= _MONTHLY[0]) & (length <= _MONTHLY[1]))) / max(len(length), 1)
            )
    if len(fitting) == 2 and len(columns[Field.START].which) >= _SEVERAL and sorted(monthly) == [0.0, 1.0]:
        return fitting[monthly.index(1.0)]  # all are months one way, none is the other way
    return fitting[0] if len(fitting) == 1 else None


def _months(reading: Reading) -> dict[Field, Int32]:
    column = reading.text(Field.MONTH)
    assert column is not None
    coded = column.dictionary_encode()
    first = [first_of_month(text) for text in coded.dictionary.to_pylist()]
    which = coded.indices.to_numpy()
    reading.refuse(
        np.array([month is None for month in first], np.bool_)[which],
        reading.heading(Field.MONTH), "report.not-a-day",
        lambda index: f"{column[index].as_py()[:40]!r} is not a month",
    )  # fmt: skip
    start = np.array([NO_DAY if month is None else day_number(month) for month in first], np.int32)
    end = np.array([NO_DAY if m is None else day_number(next_month(m)) - 1 for m in first], np.int32)
    return {Field.START: start[which], Field.END: end[which]}


def _starts(reading: Reading, end: Int32) -> Int32:
    """Day of the earlier read: so many days before that of the later one."""
    place = reading.headings.places.get(Field.DAYS)
    if place is None:
        return np.full(len(end), NO_DAY, np.int32)
    texts = [text.strip() for text in reading.body.columns[place].to_pylist()]
    told = np.array([_whole(text) for text in texts], np.int64)
    reading.refuse(
        (told <= 0) | (told > LONGEST), reading.heading(Field.DAYS), "report.not-a-number",
        lambda index: f"{texts[index][:40]!r} is no number of days",
    )  # fmt: skip
    return np.where((end == NO_DAY) | (told <= 0), NO_DAY, end - told).astype(np.int32)


def _whole(text: str) -> int:
    whole, _, rest = text.partition(".")
    return int(whole) if whole.isascii() and whole.isdigit() and len(whole) < 5 and not rest.strip("0") else -1


def _not_a_day(column: DayColumn) -> Callable[[int], str]:
    return lambda index: f"{column.texts[int(column.which[index])][:40]!r} is not a day"


def _check(reading: Reading, found: dict[Field, Int32]) -> None:
    start, end = found[Field.START].astype(np.int64), found[Field.END].astype(np.int64)
    delivered = found.get(Field.DELIVERY, np.full(len(reading.body), NO_DAY, np.int32)) != NO_DAY
    no_start, no_end = start == NO_DAY, end == NO_DAY
    places = reading.headings.places
    for lacking, name in ((no_start, Field.START), (no_end, Field.END)):
        heading = reading.heading(name) if name in places else "period"
        reading.refuse(lacking & ~delivered, heading, "report.no-period", lambda _: "the row tells no whole period")
    heading = reading.heading(Field.END) if Field.END in places else "period"
    both = ~no_start & ~no_end
    reading.refuse(
        both & (end < start), heading, "report.period-turned",
        lambda at: f"the period ends on {numbered_day(int(end[at]))}, begins on {numbered_day(int(start[at]))}",
    )  # fmt: skip
    reading.refuse(
        both & (end - start > LONGEST), heading, "report.period-too-long",
        lambda index: f"the period has {int(end[index] - start[index])} days",
    )  # fmt: skip
