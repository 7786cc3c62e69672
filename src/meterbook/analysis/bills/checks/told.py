"""What a check of bills says: the finding with its numbers, how much it matters, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from meterbook.model.calendar import day_start
from meterbook.model.digits import without_zeros
from meterbook.model.finding import Finding
from meterbook.model.statement import Statement


class Severity(StrEnum):
    """How much a finding matters."""

    FAULT = "fault"
    """Two numbers that have to agree do not."""
    WARNING = "warning"
    """It may be right, and somebody should look."""
    NOTE = "note"
    """Good to know; also what can't be told, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillFinding:
    """A finding about a bill.

    Attributes:
        finding: name, sentence, period and numbers.
        severity: how much it matters.
        advice: one sentence of what to do.
        bill: the bill concerned.
    """

    finding: Finding
    severity: Severity
    advice: str
    bill: Statement

    @property
    def name(self) -> str:
        """The finding's name."""
        return self.finding.name

    @property
    def alarm(self) -> bool:
        """Whether somebody has to look."""
        return self.severity is not Severity.NOTE


Detail = str | int | bool | Decimal | None


def told(
    name: str,
    bill: Statement,
    zone: ZoneInfo,
    message: str,
    *,
    advice: str,
    severity: Severity = Severity.FAULT,
    window: tuple[int, int] | None = None,
    more: Mapping[str, Detail] | None = None,
    **details: Detail,
) -> BillFinding:
    """A finding about a bill; decimals among the details become text, and what is not known is left out.

    Args:
        name: last part of its name.
        bill: the bill.
        zone: whose local days the bill means.
        message: one sentence of what is seen, with the numbers.
        advice: one sentence of what to do.
        severity: how much it matters.
        window: instants concerned, UTC epoch seconds; those of the bill's period without it.
        more: numbers.
        details: further numbers.
    """
    start, end = window if window is not None else span(bill, zone)
    data: dict[str, str | int | bool] = {"bill": bill_key(bill), "bill_date": bill.bill_date.isoformat()}
    data |= {"severity": severity.value, "advice": advice}
    data |= {
        key: value if isinstance(value, (str, int)) else f"{value:f}"
        for key, value in (details | dict(more or {})).items()
        if value is not None
    }
    finding = Finding(name=f"bill.{name}", message=message, start=start, end=end, data=data)
    return BillFinding(finding=finding, severity=severity, advice=advice, bill=bill)


def span(bill: Statement, zone: ZoneInfo) -> tuple[int, int]:
    """The instants that a bill is about, UTC epoch seconds, as near as it tells."""
    last = bill.period_end or bill.bill_date
    first = bill.period_start or last - timedelta(days=bill.days or 1)
    start = int(bill.read_start.timestamp()) if bill.read_start is not None else day_start(first, zone)
    end = int(bill.read_end.timestamp()) if bill.read_end is not None else day_start(last, zone)
    return (start, end) if start < end else (start, start + 1)


def bill_key(bill: Statement) -> str:
    """What tells a bill from the others of its account."""
    return bill.number or bill.source_id or bill.bill_date.isoformat()


def bill_words(bill: Statement) -> str:
    """A bill as a person names it.

    >>> from datetime import date
    >>> bill_words(Statement(account="7001001", bill_date=date(2026, 2, 3)))
    'the bill of 3 Feb 2026'
    """
    return f"the bill of {day_words(bill.bill_date)}"


def day_words(day: date) -> str:
    """A day as bills write it: ``3 Feb 2026``."""
    return f"{day.day} {day:%b %Y}"


def the_bill(bill: Statement) -> str:
    """The same at the head of a sentence."""
    words = bill_words(bill)
    return words[:1].upper() + words[1:]


def number(value: Decimal) -> str:
    """A decimal with its thousands apart, all its digits but no needless zeros.

    >>> number(Decimal("1391.2140"))
    '1,391.214'
    """
    return without_zeros(f"{value:,f}")


def dollars(value: Decimal) -> str:
    """Dollars and cents; more digits only where there are some.

    >>> dollars(Decimal("-1204.5"))
    '-1,204.50'
    """
    cents = value.quantize(Decimal("0.01"))
    return f"{cents:,f}" if cents == value else number(value)
