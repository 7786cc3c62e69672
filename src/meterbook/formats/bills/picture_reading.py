"""A scanned bill read at several sizes of its picture: accepted only where two that add up say the same.

A program that reads pictures takes one figure for another without a sign of it. So a scan has to keep to stricter
rules (see :func:`meterbook.formats.bills.generic.read_generic`), and once more at another size, where the same
mistake is made but rarely, with the same amounts, days and lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from meterbook.formats.bills.picture_text import read_pictures
from meterbook.formats.bills.reading import BillReading, ReadStatement
from meterbook.formats.bills.text import UNREADABLE, DocumentText
from meterbook.model.statement import LineItem

SIZES = (300, 400, 250)
"""Dots an inch of the pictures, as they are tried."""
_MUST_AGREE = frozenset({
    "bill_date", "due_date", "period_start", "period_end", "days", "previous_balance", "payments", "adjustments",
    "balance_forward", "current_charges", "budget_amount", "amount_due",
})  # fmt: skip


def read_scan(data: bytes, document: DocumentText, name: str) -> BillReading:
    """The bills of a file with scanned pages.

    Args:
        data: the file.
        document: its text as it is; what is no scan is read from that.
        name: for messages.

    Raises:
        MalformedRecord: see :func:`meterbook.formats.bills.picture_text.read_pictures`.
    """
    from meterbook.formats.bills.read import read_document  # noqa: PLC0415 - it reads scans through this module

    refused: BillReading | None = None
    once: BillReading | None = None
    for dots in SIZES:
        reading = read_document(read_pictures(data, document, dots=dots, name=name))
        if not reading.accepted:
            refused = refused or reading
        elif once is None:
            once = reading
        else:
            return agreed(once, reading)
    assert refused is not None
    return refused if once is None else _refused(once, ["the scan adds up at one size of its picture only"])


def agreed(once: BillReading, twice: BillReading) -> BillReading:
    """The first reading with what the second confirms; not accepted if an amount, a day or a line differs."""
    if len(once.statements) != len(twice.statements):
        return _refused(once, ["the scan is read as one bill and as several"])
    reasons = tuple(
        reason
        for one, other in zip(once.statements, twice.statements, strict=True)
        for reason in _differences(one, other)
    )
    if reasons:
        return _refused(once, reasons)
    both = tuple(_confirmed(one, other) for one, other in zip(once.statements, twice.statements, strict=True))
    return replace(once, statements=both)


def _refused(reading: BillReading, reasons: Sequence[str]) -> BillReading:
    statements = tuple(replace(one, accepted=False, reasons=tuple(reasons)) for one in reading.statements)
    return replace(reading, accepted=False, reasons=tuple(reasons), statements=statements)


def _differences(one: ReadStatement, other: ReadStatement) -> Iterator[str]:
    for name in sorted(_MUST_AGREE):
        if one.fields.get(name) != other.fields.get(name):
            yield f"{name} is read as {one.fields.get(name)} and as {other.fields.get(name)}"
    if [_line(line) for line in one.lines] != [_line(line) for line in other.lines]:
        yield "the charges are read in two ways"
    if any(UNREADABLE in line.label for line in one.lines):
        yield "the label of a charge is hard to read"


def _line(line: LineItem) -> tuple[object, ...]:
    return line.label, line.amount, line.kind


def _confirmed(one: ReadStatement, other: ReadStatement) -> ReadStatement:
    """Only what both readings tell alike."""
    fields = {name: value for name, value in one.fields.items() if other.fields.get(name) == value}
    lines = tuple(
        line if line == again else replace(line, quantity=None, unit=None, rate=None, section=None, service=None)
        for line, again in zip(one.lines, other.lines, strict=True)
    )
    meters = one.meters if one.meters == other.meters else ()
    services = one.services if one.services == other.services else ()
    kept = {*fields, "lines", *(["meters"] if meters else []), *(["services"] if services else [])}
    sure = {name: level for name, level in one.sure.items() if name in kept}
    return replace(one, fields=fields, lines=lines, meters=meters, services=services, sure=sure)
