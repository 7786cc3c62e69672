"""Rows of a report against each other: the same bill twice, two that contradict, periods that overlap, totals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from meterbook.formats.bill_reports.days import NO_DAY
from meterbook.formats.bill_reports.mapping import Field
from meterbook.formats.bill_reports.numbers import plain_number
from meterbook.formats.bill_reports.reading import Reading
from meterbook.formats.bill_reports.rows import BillRows, refused
from meterbook.model.calendar import numbered_day
from meterbook.model.finding import Finding

IDENTITY = (Field.ACCOUNT, Field.LOCATION, Field.METER, "service", Field.START, Field.END, Field.DELIVERY, Field.ENTRY,
            Field.NUMBER)  # fmt: skip
OVERLAPS_SHOWN = 50


def without_repeats(rows: BillRows) -> tuple[BillRows, int, list[Finding]]:
    """Rows that tell one bill once.

    Returns:
        The rows, how many were told before in the same words, and findings: one for each repeated row, and one for
        each row of several that tell the same bill differently. None of the latter is kept.
    """
    codes = rows.codes(*IDENTITY)
    order = np.argsort(codes, kind="stable")
    again = np.flatnonzero(codes[order][1:] == codes[order][:-1])
    if not len(again):
        return rows, 0, []
    findings: list[Finding] = []
    good = np.ones(len(rows), np.bool_)
    repeats = 0
    for group in _groups(codes, order, again):
        told = {_told(rows, index) for index in group}
        first = group[0]
        if len(told) == 1:
            good[group[1:]] = False
            repeats += len(group) - 1
            findings += [
                refused("report.repeated-row", f"the row repeats {rows.where(first).record}", rows.where(index))
                for index in group[1:]
            ]
            continue
        good[group] = False
        findings += [
            refused(
                "report.contradicting-rows",
                f"the same bill is told otherwise in {rows.where(group[0] if index != group[0] else group[1]).record}",
                rows.where(index),
            )
            for index in group
        ]
    return rows.kept(good), repeats, findings


def overlaps(rows: BillRows) -> list[Finding]:
    """Periods of one meter that share more than the day on which it was read; both bills are kept as they are."""
    start, end = rows.days[Field.START].astype(np.int64), rows.days[Field.END].astype(np.int64)
    codes = rows.codes(Field.ACCOUNT, Field.LOCATION, Field.METER, "service")
    order = rows.in_order(codes)
    same = codes[order][1:] == codes[order][:-1]
    known = (start[order][1:] != NO_DAY) & (start[order][:-1] != NO_DAY)
    hits = np.flatnonzero(same & known & (start[order][1:] < end[order][:-1]))
    found = []
    for hit in hits[:OVERLAPS_SHOWN].tolist():
        earlier, later = int(order[hit]), int(order[hit + 1])
        where = rows.where(later)
        found.append(
            refused(
                "report.overlap",
                f"the period from {numbered_day(int(start[later]))} begins before that of {rows.where(earlier).record} "
                f"ends on {numbered_day(int(end[earlier]))}; both are kept",
                where,
            )
        )
    if len(hits) > OVERLAPS_SHOWN:
        message = f"{len(hits) - OVERLAPS_SHOWN:,} more periods overlap"
        found.append(Finding(name="report.overlap", message=message, data={"rows": len(hits) - OVERLAPS_SHOWN}))
    return found


def against_totals(reading: Reading, rows: BillRows) -> list[Finding]:
    """The last row of totals beside the sums of the rows above it, where no row was refused."""
    import pyarrow.compute as pc  # noqa: PLC0415 - slow to load

    if not reading.totals or bool((~reading.good & ~reading.skipped).any()):
        return []
    found = []
    index = reading.totals[-1]
    for name in (Field.USAGE, Field.COST):
        if name not in rows.numbers or name not in reading.headings.places:
            continue
        printed = plain_number(reading.body.columns[reading.headings.places[name]][index].as_py() or "")
        total = sum((Decimal(text) for text in pc.drop_null(rows.numbers[name]).to_pylist()), start=Decimal(0))
        if printed is not None and Decimal(printed) != total:
            found.append(
                refused(
                    "report.total-differs",
                    f"the row of totals says {printed}, the rows above it come to {total}",
                    reading.origin.where(index, reading.heading(name)),
                )
            )
    return found


def _groups(codes: Any, order: Any, again: Any) -> list[list[int]]:
    """Row numbers that share a code, in the order of the file."""
    groups: list[list[int]] = []
    last = -2
    for place in again.tolist():
        if place == last + 1:
            groups[-1].append(int(order[place + 1]))
        else:
            groups.append([int(order[place]), int(order[place + 1])])
        last = place
    return groups


def _told(rows: BillRows, index: int) -> tuple[Any, ...]:
    numbers = [*rows.numbers.values(), *(one.values for one in rows.usages), *(values for _, values in rows.charges)]
    days = [int(column[index]) for column in rows.days.values()]
    amounts = [None if (text := column[index].as_py()) is None else Decimal(text) for column in numbers]
    return (*amounts, *days, rows.unit[index].as_py(), int(rows.read[index]))
