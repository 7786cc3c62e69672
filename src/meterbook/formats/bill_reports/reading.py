"""One table of a report to bill rows: every cell that is mapped is read, or its row is refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from meterbook.formats.bill_reports import periods
from meterbook.formats.bill_reports.headings import Headings, key
from meterbook.formats.bill_reports.mapping import NUMBERS, BillMapping, Field
from meterbook.formats.bill_reports.measured import cell, constant_unit, repeated, scaled, services, units
from meterbook.formats.bill_reports.numbers import BLANK, plain_number, read_numbers
from meterbook.formats.bill_reports.rows import (
    ACTUAL,
    CUSTOMER,
    ESTIMATED,
    UNKNOWN,
    BillRows,
    Origin,
    UsageValues,
    refused,
)
from meterbook.formats.bill_reports.sheets import THREADS, Body, Bools, Sheet
from meterbook.model.errors import UsageError
from meterbook.model.finding import Finding

_TOTAL = re.compile(r"\s*(grand|sub|report|account)?[ -]*(total|average|sum)s?\b", re.IGNORECASE)
_DIGIT = re.compile(r".*\d")
_NAMES = (Field.ACCOUNT, Field.START, Field.END, Field.METER)
_READ = {
    **dict.fromkeys(("yes", "y", "true", "estimated", "estimate", "est", "e", "1"), ESTIMATED),
    **dict.fromkeys(("no", "n", "false", "actual", "act", "a", "0", "regular", "verified", "read"), ACTUAL),
    **dict.fromkeys(("customer", "customer read", "self-read", "self read"), CUSTOMER),
    **dict.fromkeys(BLANK, UNKNOWN),
}
_ACCOUNT_WORDS = frozenset({"accountnumber", "account", "account#", "accountno", "acct", "acct#", "acctnumber"})
_TEXTS = (Field.ACCOUNT, Field.LOCATION, Field.METER, Field.NUMBER, Field.ENTRY, Field.RATE)


@dataclass(slots=True, kw_only=True, eq=False)
class Reading:
    """The state of reading one table: which rows still stand, and why the others don't.

    Attributes:
        body: the rows.
        headings: what the columns are.
        mapping: what was asked for.
        origin: the table, for messages.
        good: rows that stand.
        skipped: rows that are no bills: empty ones, totals, headings once more.
        findings: why rows were refused.
        totals: rows of totals.
    """

    body: Body
    headings: Headings
    mapping: BillMapping
    origin: Origin
    good: Bools
    skipped: Bools
    findings: list[Finding] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)

    def text(self, name: Field, *, unsaid: bool = True) -> Any | None:
        """A column without blanks at its ends; None if the table has none.

        Args:
            name: which.
            unsaid: leave texts that say nothing, such as ``n/a``, as they are; else they are null.
        """
        import pyarrow as pa  # noqa: PLC0415 - slow to load

        place = self.headings.places.get(name)
        if place is None:
            return None
        texts, which = self.body.coded(place)
        told = [text if unsaid or text.lower() not in BLANK else None for text in texts]
        return pa.array(told, pa.string()).take(pa.array(which))

    def heading(self, name: Field) -> str:
        """The heading of a field's column."""
        return self.headings.names[self.headings.places[name]]

    def refuse(self, bad: Bools, column: str, name: str, message: Callable[[int], str]) -> None:
        """Refuse the marked rows that still stand."""
        for index in np.flatnonzero(bad & self.good).tolist():
            self.findings.append(refused(name, message(index), self.origin.where(index, column)))
        self.good &= ~bad


def read_table(
    sheet: Sheet, heading_row: int, headings: Headings, mapping: BillMapping, source: str
) -> tuple[BillRows, Reading]:
    """The bills of one table.

    Args:
        sheet: the table.
        heading_row: number of the row of headings.
        headings: its columns.
        mapping: what they mean.
        source: the file's name.

    Returns:
        The rows that stand, and the reading with what became of the others.

    Raises:
        UsageError: something that holds for all rows is not told: account, unit, service, or how dates are meant.
    """
    body = sheet.body(heading_row, len(headings.names))
    origin = Origin(source=source, sheet=sheet.name, row=body.row)
    reading = Reading(
        body=body, headings=headings, mapping=mapping, origin=origin,
        good=np.ones(len(body), np.bool_), skipped=np.zeros(len(body), np.bool_),
    )  # fmt: skip
    body.code({0, *(place for name, place in headings.places.items() if name not in NUMBERS)})
    _skip(reading)
    reading.refuse(
        body.extra, "after the last heading", "report.shifted-row", lambda _: "the row has more cells than headings"
    )
    days = periods.read(reading, serials=not sheet.epoch_1904)
    numbers = _numbers(reading)
    usages = _usages(reading)
    unit, numbers = units(reading, numbers)
    service = services(reading, unit, single=not usages)
    _check_shift(reading, numbers)
    texts = _texts(reading, sheet, heading_row)
    rows = BillRows(
        origin=(origin,),
        place=np.stack([np.zeros(len(body), np.int64), np.arange(len(body))], axis=1),
        texts=texts,
        service=service,
        unit=unit,
        days=days,
        numbers=numbers,
        usages=usages,
        charges=_charges(reading),
        read=_read_types(reading),
        period_days=periods.told_days(reading, days, numbers.pop(Field.DAYS, None)),
    )
    _check_something(reading, rows)
    return rows.kept(reading.good), reading


def _skip(reading: Reading) -> None:
    """Pass over empty rows, rows of totals and notes, and the headings once more on another page."""
    import pyarrow.compute as pc  # noqa: PLC0415 - slow to load

    body, places = reading.body, reading.headings.places
    dated = np.zeros(len(body), np.bool_)
    for name in periods.SPANS:
        if name in places and not dated.all():
            dated |= _marked(body, places[name], _DIGIT)
    told = dated.copy()
    mapped = {*places.values(), *(place for place, _ in (*reading.headings.usages, *reading.headings.charges))}
    for column in (body.columns[place] for place in sorted(mapped) if not told.all()):
        told |= pc.not_equal(pc.utf8_trim_whitespace(column), "").to_numpy(zero_copy_only=False)
    reading.skipped |= ~told
    # A row of totals may repeat the dates of all rows: it is known by its first word.
    named = np.zeros(len(body), np.bool_)
    for place in {0, *(places[name] for name in _NAMES if name in places)}:
        named |= _marked(body, place, _TOTAL)
    reading.totals += np.flatnonzero(named).tolist()
    reading.skipped |= named
    for index in np.flatnonzero(told & ~dated & ~named).tolist():
        cells = [str(column[index].as_py()).strip() for column in body.columns]
        filled = [cell for cell in cells if cell]
        if any(_TOTAL.match(cell) for cell in filled):
            reading.totals.append(index)
            reading.skipped[index] = True
            continue
        note = len(filled) == 1 and not plain_number(filled[0])
        if note or [key(cell) for cell in cells] == [key(name) for name in reading.headings.names]:
            reading.skipped[index] = True
    reading.good &= ~reading.skipped


def _marked(body: Body, place: int, pattern: re.Pattern[str]) -> Bools:
    """Rows whose text begins with a pattern; each distinct text is looked at once."""
    texts, which = body.coded(place)
    return np.asarray(np.array([pattern.match(text) is not None for text in texts], np.bool_)[which])


def _numbers(reading: Reading) -> dict[Field, Any]:
    places = {name: reading.headings.places[name] for name in NUMBERS if name in reading.headings.places}
    with ThreadPoolExecutor(THREADS) as pool:
        read = pool.map(
            lambda place: read_numbers(reading.body.columns[place], reading.mapping.decimal_mark), places.values()
        )
        return {
            name: _number_column(reading, place, values)
            for (name, place), values in zip(places.items(), read, strict=True)
        }


def _number_column(reading: Reading, place: int, read: tuple[Any, Bools] | None = None) -> Any:
    column = reading.body.columns[place]
    values, bad = read or read_numbers(column, reading.mapping.decimal_mark)
    reading.refuse(
        bad,
        reading.headings.names[place],
        "report.not-a-number",
        lambda index: f"{cell(column, index)} is not a number",
    )
    return values


def _charges(reading: Reading) -> tuple[Any, ...]:
    return tuple((one, _number_column(reading, place)) for place, one in reading.headings.charges)


def _usages(reading: Reading) -> tuple[UsageValues, ...]:
    found = []
    for place, one in reading.headings.usages:
        unit = constant_unit(reading, reading.headings.unit_of(place) or one.unit, reading.headings.names[place])
        values = scaled(_number_column(reading, place), None, unit[1])
        found.append(UsageValues(service=one.service, unit=unit[0], values=values))
    return tuple(found)


def _check_shift(reading: Reading, numbers: dict[Field, Any]) -> None:
    """Refuse rows without a cost that have money among their notes: a cell was put in before it."""
    notes, cost = reading.text(Field.NOTES), numbers.get(Field.COST)
    if notes is None or cost is None:
        return
    bare = cost.is_null().to_numpy(zero_copy_only=False) & reading.good
    shifted = np.zeros(len(bare), np.bool_)
    for index in np.flatnonzero(bare).tolist():
        shifted[index] = plain_number(notes[index].as_py() or "") is not None
    reading.refuse(
        shifted, reading.heading(Field.COST), "report.shifted-row", lambda _: "the cost stands in the column of notes"
    )


def _texts(reading: Reading, sheet: Sheet, heading_row: int) -> dict[Field, Any]:
    found = {
        name: column for name in _TEXTS if (column := reading.text(name, unsaid=name is Field.ACCOUNT)) is not None
    }
    if Field.ACCOUNT in found:
        texts, which = reading.body.coded(reading.headings.places[Field.ACCOUNT])
        blank = np.array([text.lower() in BLANK for text in texts], np.bool_)[which]
        reading.refuse(blank, reading.heading(Field.ACCOUNT), "report.no-account", lambda _: "the row names no account")
        return found
    account = reading.mapping.account or _above(sheet.top, heading_row)
    if account is None:
        raise UsageError(
            "the report does not tell whose bills it holds",
            where=reading.origin.source,
            expected="a column of account numbers, a line above the headings, or --account",
            hint="Nothing was stored.",
        )
    return found | {Field.ACCOUNT: repeated(account, len(reading.body))}


def _above(top: Sequence[tuple[int, tuple[str, ...]]], heading_row: int) -> str | None:
    """The account number in a line such as ``Account Number,1234567890`` above the headings."""
    for number, cells in top:
        filled = [cell.strip() for cell in cells if cell.strip()]
        if number < heading_row and len(filled) == 2 and key(filled[0]) in _ACCOUNT_WORDS:
            return filled[1]
    return None


def _read_types(reading: Reading) -> Any:
    read = np.full(len(reading.body), UNKNOWN, np.int8)
    column = reading.text(Field.ESTIMATED)
    if column is not None:
        coded = column.dictionary_encode()
        codes = [_READ.get(word.casefold()) for word in coded.dictionary.to_pylist()]
        which = coded.indices.to_numpy()
        reading.refuse(
            np.array([code is None for code in codes], np.bool_)[which],
            reading.heading(Field.ESTIMATED),
            "report.unknown-read-type",
            lambda index: f"{cell(column, index)} does not say whether the reading was estimated",
        )
        read = np.array([UNKNOWN if code is None else code for code in codes], np.int8)[which]
    notes = reading.text(Field.NOTES)
    if notes is not None:
        coded = notes.dictionary_encode()
        said = np.array(["estimate" in word.casefold() for word in coded.dictionary.to_pylist()], np.bool_)
        read[said[coded.indices.to_numpy()]] = ESTIMATED
    return read


def _check_something(reading: Reading, rows: BillRows) -> None:
    """Refuse rows that tell a period and nothing of it; a month without a value is just not there."""
    told = np.zeros(len(rows), np.bool_)
    values = [
        rows.numbers[name] for name in (Field.USAGE, Field.METERED, Field.EXPORTED, Field.COST) if name in rows.numbers
    ]
    for column in (*values, *(one.values for one in rows.usages), *(one for _, one in rows.charges)):
        told |= column.is_valid().to_numpy(zero_copy_only=False)
    if rows.usages:
        reading.skipped |= ~told & reading.good
        reading.good &= told
        return
    name = Field.USAGE if Field.USAGE in reading.headings.places else Field.COST
    heading = reading.heading(name) if name in reading.headings.places else "usage"
    reading.refuse(~told, heading, "report.empty-row", lambda _: "the row tells neither usage nor cost")
