"""What every accepted bill must keep to, however it was read: sums to the cent, and days in their order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from meterbook.formats.bills.reading import ReadStatement
from meterbook.model.statement import Statement
from meterbook.model.sums import discrepancies

DUE_WITHIN = timedelta(days=75)
READ_BEFORE = timedelta(days=75)
LONGEST = timedelta(days=200)


def doubts(one: ReadStatement) -> Iterator[str]:
    """What speaks against a bill as read; nothing if all of it holds."""
    fields = {name: value for name, value in one.fields.items() if name in Statement.__slots__}
    known: dict[str, object] = {"account": "", "bill_date": date.min} | fields
    statement = Statement(**known, lines=one.lines, meters=one.meters)  # type: ignore[arg-type]
    for discrepancy in discrepancies(statement):
        yield str(discrepancy)
    if statement.amount_due is None and statement.current_charges is None:
        yield "no amount due was found"
    elif not one.lines:
        yield "no charges were found"
    issued = statement.bill_date if "bill_date" in one.fields else None
    yield from day_doubts(issued, statement.due_date, statement.period_start, statement.period_end, statement.days)
    for meter in one.meters:
        if meter.previous is not None and meter.present is not None and meter.usage is not None:
            used = (meter.present - meter.previous) * (meter.multiplier or Decimal(1))
            if used >= 0 and abs(used - meter.usage) > Decimal("0.5"):
                yield f"meter {meter.meter or ''} reads {used} and is told as {meter.usage}"


def day_doubts(
    issued: date | None, due: date | None, start: date | None, end: date | None, days: int | None
) -> Iterator[str]:
    """What is wrong between the days of a bill."""
    if issued is None and due is None:
        yield "no bill date and no due date was found"
    if issued is not None and due is not None and not issued <= due <= issued + DUE_WITHIN:
        yield f"the due date {due} does not go with the bill date {issued}"
    reference = issued or due
    if (
        reference is not None
        and end is not None
        and not reference - READ_BEFORE <= end <= reference + timedelta(days=3)
    ):
        yield f"the service period ends {end}, which does not go with a bill of {reference}"
    if start is not None and end is not None:
        if not timedelta(0) < end - start < LONGEST:
            yield f"the service period {start} to {end} is no period of a bill"
        if days is not None and days not in {(end - start).days, (end - start).days + 1}:
            yield f"{days} days are told for {start} to {end}"
