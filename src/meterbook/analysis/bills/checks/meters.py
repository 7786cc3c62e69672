"""Meters and service: a meter on a bill that is not the account's, and usage billed where there was no service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meterbook.analysis.bills.checks.billed import electric_series, kwh_rows, meter_key
from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.running import life
from meterbook.analysis.bills.checks.told import BillFinding, Severity, number, span, the_bill, told
from meterbook.analysis.bills.history import usage_of
from meterbook.model.bill_kinds import BillType
from meterbook.model.statement import MeterUsage, Statement


def swapped(run: BillRun) -> Iterator[BillFinding]:
    """Bills with a meter that is neither on the bills around nor among the account's intervals at that time."""
    measured = {meter_key(one.channel.meter): life(one) for one in electric_series(run)}
    bills = [one for one in run.standing if kwh_rows(one)]
    for place, bill in enumerate(bills):
        for row in kwh_rows(bill):
            key = meter_key(row.meter)
            if not key or _known(key, row, bills, place):
                continue
            window = span(bill, run.zone)
            lives = measured.get(key)
            if lives is not None and lives[0] < window[1] and window[0] < lives[1]:
                continue
            others = [name for name, (first, last) in measured.items() if first <= window[0] and last >= window[1]]
            usual = _usual(row, bills, place)
            if not others and usual is None:
                continue
            yield told(
                "meter-swapped",
                bill,
                run.zone,
                f"{the_bill(bill)} is by meter {row.meter}, which is on no other "
                f"bill{' and has no intervals' if measured else ''}"
                + (f"; the others are by {usual}." if usual is not None else "."),
                severity=Severity.FAULT if others or 0 < place < len(bills) - 1 else Severity.NOTE,
                advice="Compare the number with the one on the meter; ask the utility whose meter was billed.",
                meter=row.meter,
                usual=usual,
            )


def out_of_service(run: BillRun) -> Iterator[BillFinding]:
    """Usage billed before service began, or after it ended."""
    for chain in run.chains:
        closed: Statement | None = None
        for bill in chain:
            if bill.bill_type is BillType.FIRST:
                closed = None
            used = usage_of(bill)
            if used is None or used[0] == 0:
                continue
            reason = _reason(run, bill, closed)
            if reason:
                yield told(
                    "no-service",
                    bill,
                    run.zone,
                    f"{number(used[0])} {used[1]} are billed from {bill.period_start} to {bill.period_end}, {reason}.",
                    advice="Ask the utility to bill whoever had service then.",
                    usage=used[0],
                    unit=used[1],
                )
            if bill.bill_type is BillType.FINAL:
                closed = bill


def _known(key: str, row: MeterUsage, bills: Sequence[Statement], place: int) -> bool:
    """Whether a meter is on a bill next to this one, or this one tells of an exchange, or is the only one."""
    around = [bills[each] for each in (place - 1, place + 1) if 0 <= each < len(bills)]
    rows = [other for bill in around for other in kwh_rows(bill) if other.location == row.location]
    if not rows or any(meter_key(other.meter) == key for other in rows):
        return True
    beside = [other for other in kwh_rows(bills[place]) if other.location == row.location]
    exchanged = {meter_key(other.meter) for other in beside} - {key}
    return any(meter_key(other.meter) in exchanged for other in rows)


def _usual(row: MeterUsage, bills: Sequence[Statement], place: int) -> str | None:
    """The meter that is on the bills on both sides; at an end of the history the one on the only side."""
    names: list[set[str]] = []
    for step in (-1, 1):
        if 0 <= place + step < len(bills):
            rows = kwh_rows(bills[place + step])
            names.append({one.meter for one in rows if one.meter and one.location == row.location})
    common = set.intersection(*names) if len(names) == 2 else set()
    return min(common) if common else None


def _reason(run: BillRun, bill: Statement, closed: Statement | None) -> str | None:
    if closed is not None and closed.period_end is not None:
        if bill.period_start is None or bill.period_start < closed.period_end:
            return None
        return f"after the final bill, which ended service on {closed.period_end}"
    if run.service_end is not None and bill.period_start is not None and bill.period_start >= run.service_end:
        return f"after service ended on {run.service_end}"
    if run.service_start is not None and bill.period_end is not None and bill.period_end <= run.service_start:
        return f"before service began on {run.service_start}"
    return None
