"""Reading a bill of any utility: labels by place, sums as proof. What is not proven is never accepted."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from datetime import date
from decimal import Decimal

from meterbook.formats.bills.balances import Balance, balance_of
from meterbook.formats.bills.billed_use import rate_of, usage_of
from meterbook.formats.bills.charges import Charges, charges_of
from meterbook.formats.bills.entries import columns_of
from meterbook.formats.bills.found_fields import Found, found_fields
from meterbook.formats.bills.groups import sums_of
from meterbook.formats.bills.headings import sections_of
from meterbook.formats.bills.label_doubts import broken_labels
from meterbook.formats.bills.reading import ReadStatement, Sureness, Value
from meterbook.formats.bills.readings import readings_of
from meterbook.formats.bills.services import placed, services_of, several_metered
from meterbook.formats.bills.text import PageText
from meterbook.formats.bills.tokens import Line, lines_of, tokens_of
from meterbook.formats.bills.verdict import day_doubts
from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import MeterUsage

_MONEY = (
    "previous_balance",
    "payments",
    "adjustments",
    "balance_forward",
    "current_charges",
    "budget_amount",
    "amount_due",
)


def read_generic(pages: Sequence[PageText], *, ocr: bool = False) -> ReadStatement:
    """One bill from its pages.

    Args:
        pages: of one statement.
        ocr: the text was made from pictures: every sum must be there.
    """
    lines = lines_of(pages)
    tokens = list(tokens_of(lines))
    found = found_fields(lines, tokens)
    columns = columns_of(lines, tokens)
    entries = [entry for column in columns for entry in column]
    balance = balance_of(found, entries)
    charges = charges_of(sums_of(columns), balance.target) if not balance.reasons else Charges()
    fields: dict[str, Value] = {}
    sure: dict[str, Sureness] = {}
    reasons = [*balance.reasons, *charges.reasons]
    if balance.reasons and not reasons:
        reasons.append("the amounts do not add up")
    _tell_money(fields, sure, balance, found, proven=not reasons)
    reasons += _tell_days(fields, sure, found)
    _tell_account(fields, sure, found, reasons)
    if ocr:
        reasons += _strict(fields, balance, charges)
    charges.sections = sections_of(lines, charges.entries, entries)
    reasons += broken_labels(lines, charges.entries, entries)
    told = placed(charges.lines)
    meters = _tell_use(fields, sure, lines, charges)
    services = services_of(told, meters) if told else ()
    if told:
        sure["lines"] = Sureness.PROVEN if not charges.reasons else Sureness.SEEN
    if services:
        sure["services"] = Sureness.LABELLED
    return ReadStatement(
        fields=fields, lines=told, meters=meters, services=services, sure=sure, accepted=not reasons,
        reasons=tuple(dict.fromkeys(reasons)), pages=(pages[0].number, pages[-1].number) if pages else (1, 1),
    )  # fmt: skip


def _tell_use(
    fields: dict[str, Value], sure: dict[str, Sureness], lines: Sequence[Line], charges: Charges
) -> tuple[MeterUsage, ...]:
    """Registers, what was used in all, and the rate schedule."""
    quantities = frozenset(e.quantity for e in charges.entries if e.kind is LineKind.ENERGY and e.quantity is not None)
    readings = readings_of(lines, quantities)
    used = usage_of(lines, charges.entries, readings)
    if used is not None and not several_metered(charges.lines, readings.meters):
        (fields["usage"], fields["usage_unit"]), sure["usage"] = used, Sureness.PROVEN
        sure["usage_unit"] = Sureness.LABELLED
    rate = rate_of(lines)
    if rate is not None:
        fields["rate"], sure["rate"] = rate, Sureness.LABELLED
    if readings.meters:
        sure["meters"] = Sureness.PROVEN
    return readings.meters


def _tell_money(
    fields: dict[str, Value], sure: dict[str, Sureness], balance: Balance, found: Found, *, proven: bool
) -> None:
    for name in _MONEY:
        value: Decimal | None = getattr(balance, name)
        if value is not None:
            fields[name] = value
            sure[name] = Sureness.PROVEN if proven else Sureness.LABELLED
    late = found.amounts("after_due")
    if len(late) == 1 and balance.amount_due is not None and late[0] > balance.amount_due:
        fields["amount_after_due"], sure["amount_after_due"] = late[0], Sureness.LABELLED


def _tell_days(fields: dict[str, Value], sure: dict[str, Sureness], found: Found) -> Iterator[str]:
    if found.contradictory_dates:
        yield "some dates are printed month first and others day first"
        return
    other = found.other_order
    if other is not None and (other.days, other.periods) != (found.days, found.periods) and not [*_day_reasons(other)]:
        yield "the dates can be read month first and day first"
    issued = _one(found.dates("bill_date"))
    due = _one(found.dates("due_date"))
    for name, words in (("bill_date", "bill date"), ("due_date", "due date")):
        days = found.dates(name)
        if len(days) > 1:
            yield f"the {words} is printed as {' and as '.join(map(str, days[:3]))}"
    for name, day in (("bill_date", issued), ("due_date", due)):
        if day is not None:
            fields[name], sure[name] = day, Sureness.LABELLED
    start, end = yield from _tell_period(fields, sure, found)
    yield from day_doubts(issued, due, start, end, None)


def _day_reasons(found: Found) -> Iterator[str]:
    """What speaks against the days as read, nothing told."""
    yield from _tell_days({}, {}, found)


def _tell_period(
    fields: dict[str, Value], sure: dict[str, Sureness], found: Found
) -> Generator[str, None, tuple[date | None, date | None]]:
    periods = tuple(dict.fromkeys(found.periods))
    if len(periods) > 1:
        yield "several service periods are printed: " + ", ".join(f"{a} to {b}" for a, b in periods[:3])
        return None, None
    if not periods:
        return None, None
    start, end = periods[0]
    fields["period_start"], fields["period_end"] = start, end
    counts = set(found.day_counts) & {(end - start).days, (end - start).days + 1}
    level = Sureness.PROVEN if len(counts) == 1 else Sureness.LABELLED
    sure["period_start"] = sure["period_end"] = level
    if len(counts) == 1:
        fields["days"], sure["days"] = counts.pop(), Sureness.PROVEN
    return start, end


def _tell_account(fields: dict[str, Value], sure: dict[str, Sureness], found: Found, reasons: list[str]) -> None:
    keys = {re.sub(r"[^0-9A-Z]", "", account): account for account in found.accounts}
    if len(keys) == 1:
        fields["account"] = found.accounts[0]
        sure["account"] = Sureness.PROVEN if len(found.accounts) > 1 else Sureness.LABELLED
    elif len(keys) > 1 and not _alike(list(keys)):
        reasons.append("several account numbers are printed: " + ", ".join(list(keys.values())[:3]))


def _alike(keys: Sequence[str]) -> bool:
    """One number spelled with suffixes of different length."""
    shortest = min(keys, key=len)
    return all(key[:6] == shortest[:6] for key in keys)


def _strict(fields: dict[str, Value], balance: Balance, charges: Charges) -> Iterator[str]:
    """What text made from pictures needs besides: a misread figure must break some sum."""
    if balance.confirmations < 2 or balance.current_charges is None:
        yield "the text was made from a picture, and not every amount is confirmed by another"
    if len(charges.entries) < 2:
        yield "the text was made from a picture, and no list of charges confirms it"
    if "days" not in fields or "bill_date" not in fields:
        yield "the text was made from a picture, and its dates are confirmed by no count of days"


def _one(days: Sequence[date]) -> date | None:
    return days[0] if len(days) == 1 else None
