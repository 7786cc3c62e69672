"""What stands on a bill, as text: the template only places it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from meterbook.model.bill_kinds import BillType
from meterbook.model.statement import LineItem, MeterUsage
from meterbook.practice.billing.bill import Bill
from meterbook.practice.billing.paper import graph, notes
from meterbook.practice.billing.paper.words import amount, day, dollars, number, scan_line
from meterbook.practice.billing.prices import SCHEDULES
from meterbook.practice.world import NAME

COOP = {
    "name": NAME,
    "line": "1 Practice Wharf, Tidewater NC 28599 · Office 252-555-0142 · Outages 252-555-0199 · tidewater.example",
}
_TYPES = {
    BillType.REGULAR: "Regular",
    BillType.FIRST: "First",
    BillType.FINAL: "Final",
    BillType.CORRECTED: "Corrected",
}
_READS = {"actual": "Actual", "estimated": "Estimated"}


def single(bill: Bill, earlier: Sequence[Bill], tz: ZoneInfo) -> dict[str, Any]:
    """The content of one bill.

    Args:
        bill: the bill.
        earlier: the account's bills before it, oldest first, as made, without cancelled ones.
        tz: the co-op's zone.
    """
    return _document(f"Bill of {day(bill.made_on)}, account {bill.contract.number}", None, [page(bill, earlier, tz)])


def consolidated(group: Sequence[tuple[Bill, Sequence[Bill]]], tz: ZoneInfo) -> dict[str, Any]:
    """The content of a consolidated statement: a summary of all accounts, then every single statement.

    Args:
        group: bills of one day, the master's first, each with its account's bills before it.
        tz: the co-op's zone.
    """
    title = f"Consolidated statement of {day(group[0][0].made_on)}, group {group[0][0].statement.group}"
    return _document(title, _summary([bill for bill, _ in group]), [page(*each, tz) for each in group])


def page(bill: Bill, earlier: Sequence[Bill], tz: ZoneInfo) -> dict[str, Any]:
    """One statement's part of a document."""
    said, place = bill.statement, bill.contract.places[0]
    return {
        "kind": "bill",
        "head": f"Account {said.account} · Bill Date {day(said.bill_date)}",
        **_address(bill),
        "banner": notes.banner(bill),
        "amount_due": dollars(bill.due),
        "key": [
            ["Account Number", said.account],
            ["Member Number", bill.contract.customer],
            ["Bill Date", day(said.bill_date)],
            ["Due Date", day(said.due_date)],
            ["Service Address", place.street],
        ],
        "activity": _activity(bill),
        "current": _current(bill),
        "comparison": graph.comparison(bill, earlier),
        **graph.chart(bill, earlier),
        "messages": notes.messages(bill, earlier),
        "stub": _stub(bill),
        "scan": scan_line(said.account, bill.due, said.amount_after_due or bill.due),
        "details": _details(bill),
        "meters": [_meter(row) for row in said.meters],
        "meter_notes": notes.meter_notes(bill, tz),
        "sections": _sections(said.lines),
        "totals": _totals(bill),
        "time_of_use": graph.time_of_use(bill, earlier),
        "notes": notes.about(bill),
    }


def _document(title: str, summary: dict[str, Any] | None, statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "coop": COOP, "summary": summary, "statements": statements}


def _address(bill: Bill) -> dict[str, str]:
    place = bill.contract.places[0]
    return {"name": bill.contract.name, "street": place.street, "town": f"{place.city} NC {place.zip_code}"}


def _activity(bill: Bill) -> list[list[str]]:
    said = bill.statement
    rows = [["Previous Balance", said.previous_balance], ["Payments Received", said.payments]]
    if said.adjustments:
        rows.append(["Adjustments", said.adjustments])
    rows.append(["Balance Forward", said.balance_forward])
    return [[str(label), dollars(value)] for label, value in rows if isinstance(value, Decimal)]


def _current(bill: Bill) -> list[list[str]]:
    """The sections' totals, and those of the bill."""
    rows = [[name, dollars(_total(lines))] for name, lines in _by_section(bill.statement.lines)]
    rows.append(["Total Current Charges", dollars(bill.current)])
    if bill.statement.budget_amount is not None:
        rows.append(["Budget Amount", dollars(bill.statement.budget_amount)])
        rows.append(["Budget Balance", dollars(bill.statement.budget_balance or Decimal(0))])
    return rows


def _stub(bill: Bill) -> list[list[str]]:
    said = bill.statement
    rows = [["Account Number", said.account], ["Due Date", day(said.due_date)], ["Amount Due", dollars(bill.due)]]
    if said.amount_after_due is not None:
        rows.append([f"Amount Due After {day(said.due_date)}", dollars(said.amount_after_due)])
    return rows


def _details(bill: Bill) -> list[list[str]]:
    said = bill.statement
    assert said.bill_type is not None
    schedule = SCHEDULES.get(said.rate or "")
    period = f"{day(said.period_start)} - {day(said.period_end)} for {said.days} Days"
    rows = [
        ["Account Number", said.account],
        ["Billing Period", period],
        ["Bill Type", _TYPES[said.bill_type]],
        ["Bill Number", said.number or ""],
        ["Rate", f"{said.rate} {schedule.name if schedule else 'Outdoor Lighting'}"],
        ["Bill Cycle", str(bill.contract.billing_day % 4 + 1)],
    ]
    if said.corrects:
        rows.append(["Replaces Bill", said.corrects])
    if said.group:
        rows.append(["Invoice Group", said.group])
    return rows


def _meter(row: MeterUsage) -> list[str]:
    return [
        row.meter or "",
        row.register or (row.service or "").title(),
        day(row.read_start),
        day(row.read_end),
        number(row.previous),
        number(row.present),
        number(row.multiplier),
        number(row.usage),
        row.unit or "",
        _READS[row.read_type.value] if row.read_type else "",
    ]


def _sections(lines: Sequence[LineItem]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "rows": [
                [line.label, number(line.quantity), line.unit or "", number(line.rate), amount(line.amount)]
                for line in part
            ],
            "total": dollars(_total(part)) if len(part) > 1 else None,
        }
        for name, part in _by_section(lines)
    ]


def _by_section(lines: Sequence[LineItem]) -> list[tuple[str, list[LineItem]]]:
    found: dict[str, list[LineItem]] = {}
    for line in lines:
        found.setdefault(line.section or "", []).append(line)
    return list(found.items())


def _totals(bill: Bill) -> list[list[str]]:
    said = bill.statement
    rows = [["Total Current Charges", dollars(bill.current)]]
    if said.budget_amount is not None:
        rows.append(["Budget Amount", dollars(said.budget_amount)])
    rows.append(["Balance Forward", dollars(bill.forward)])
    rows.append([f"Total Amount Due By {day(said.due_date)}", dollars(bill.due)])
    return rows


def _total(lines: Sequence[LineItem]) -> Decimal:
    return sum((line.amount for line in lines), start=Decimal("0.00"))


def _summary(bills: Sequence[Bill]) -> dict[str, Any]:
    master = bills[0]
    forward, current, due = (
        sum((getattr(bill, name) for bill in bills), start=Decimal("0.00")) for name in ("forward", "current", "due")
    )
    kwh = sum((bill.statement.usage or Decimal(0) for bill in bills), start=Decimal(0))
    late = sum((bill.statement.amount_after_due or bill.due for bill in bills), start=Decimal("0.00"))
    group, due_date = master.statement.group or "", day(master.statement.due_date)
    return {
        "kind": "summary",
        "head": f"Invoice Group {group} · Bill Date {day(master.made_on)}",
        **_address(master),
        "amount_due": dollars(due),
        "key": [
            ["Invoice Group", group],
            ["Number of Accounts", str(len(bills))],
            ["Bill Date", day(master.made_on)],
            ["Due Date", due_date],
        ],
        "rows": [_summary_row(bill) for bill in bills],
        "totals": [number(kwh), dollars(forward), dollars(current), dollars(due)],
        "messages": [
            f"Each of the {len(bills)} accounts has its own statement on the pages that follow.",
            f"Please pay the total of {dollars(due)} once, with the stub below.",
            f"The bill before this one was made about {day(master.made_on - timedelta(days=30))}.",
        ],
        "stub": [
            ["Invoice Group", group],
            ["Due Date", due_date],
            ["Total Amount Due", dollars(due)],
            [f"Total Due After {due_date}", dollars(late)],
        ],
        "scan": scan_line(group.zfill(10), due, late),
    }


def _summary_row(bill: Bill) -> list[str]:
    said, place = bill.statement, bill.contract.places[0]
    return [
        said.account, place.number, place.street, said.rate or "", number(said.usage), amount(bill.forward),
        amount(bill.current), amount(bill.due),
    ]  # fmt: skip
