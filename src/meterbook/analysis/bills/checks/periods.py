"""Periods beside each other: days, gaps, overlaps, bills for the same period, bills that are missing or late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise
from statistics import median

from meterbook.analysis.bills.checks.reads import LINKED_DAYS
from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.told import BillFinding, Severity, bill_words, day_words, the_bill, told
from meterbook.analysis.bills.history import services_of
from meterbook.model.bill_kinds import BillType
from meterbook.model.calendar import local_date
from meterbook.model.statement import Statement

MISSING_SHARE = 0.6
"""A gap of so much of a usual period is a bill that is missing, not a period that is too short."""
SAME_SHARE = 0.8
"""Two periods that have so much of the shorter one in common are the same period."""
LATE_DAYS = 10
"""So many days past the usual time from reading to bill make it late."""
USUAL_DAYS, USUAL_LAG = 30, 5


def days(run: BillRun) -> Iterator[BillFinding]:
    """Bills whose number of days fits their dates neither way: between reads, or first and last day included."""
    for bill in run.standing:
        if bill.days is None or bill.period_start is None or bill.period_end is None:
            continue
        between = (bill.period_end - bill.period_start).days
        if bill.days not in (between, between + 1):
            yield told(
                "days",
                bill,
                run.zone,
                f"{the_bill(bill)} tells {bill.days} days; from {bill.period_start} to {bill.period_end} "
                f"are {between}.",
                advice="Ask the utility for the dates: what is charged by the day depends on them.",
                days=bill.days,
                expected=between,
            )


def duplicates(run: BillRun) -> Iterator[BillFinding]:
    """Bills for one period of one service of which neither replaces the other."""
    for chain in run.chains:
        for one, other in combinations(chain, 2):
            if not same_period(one, other):
                continue
            first, second = sorted((one, other), key=lambda each: (each.bill_date, each.number or ""))
            yield told(
                "duplicate",
                second,
                run.zone,
                f"The bills of {day_words(first.bill_date)} and {day_words(second.bill_date)} "
                f"are both for {second.period_start} to "
                f"{second.period_end}, and neither was cancelled.",
                advice="Pay one of them only, and ask the utility to cancel the other.",
                other=first.number or first.bill_date.isoformat(),
                amount=second.current_charges,
            )


def gaps(run: BillRun) -> Iterator[BillFinding]:
    """Days between two bills that neither covers, days that both cover, and months without a bill."""
    for chain in run.chains:
        found = _single(chain)
        usual = _usual_days(found)
        step = _usual_step(found)
        for before, after in pairwise(found):
            assert before.period_end is not None
            assert after.period_start is not None
            apart = (after.period_start - before.period_end).days - step
            if apart < 0:
                yield _overlap(run, before, after, -apart)
            elif _new_service(before, after):
                continue
            elif apart >= usual * MISSING_SHARE:
                yield _missing(run, before, after, apart, round(apart / usual))
            elif apart > 0:
                yield _gap(run, before, after, apart)
            elif before.read_end is not None and after.read_start is not None and before.read_end != after.read_start:
                yield _instants(run, before, after)


def late(run: BillRun) -> Iterator[BillFinding]:
    """Bills that came long after the reading, and the one that should be there by now."""
    for chain in run.chains:
        found = [one for one in _single(chain) if one.bill_type is not BillType.CORRECTED and one.corrects is None]
        lags = [(one.bill_date - one.period_end).days for one in found if one.period_end is not None]
        if len(lags) < 3:
            continue
        usual = round(median(lags))
        for one, lag in zip(found, lags, strict=True):
            if lag > usual + LATE_DAYS:
                yield told(
                    "late",
                    one,
                    run.zone,
                    f"{the_bill(one)} came {lag} days after the reading of {one.period_end}; {usual} are usual.",
                    advice="See that its due date leaves the usual time to pay, and that no late charge follows.",
                    severity=Severity.WARNING,
                    days=lag,
                    usual=usual,
                )
        yield from _awaited(run, chain, usual)


def same_period(one: Statement, other: Statement) -> bool:
    """Whether two bills of one chain are for the same time and have a service in common."""
    if one.period_start is None or one.period_end is None or other.period_start is None or other.period_end is None:
        return False
    common = min(one.period_end, other.period_end) - max(one.period_start, other.period_start)
    shorter = min(one.period_end - one.period_start, other.period_end - other.period_start)
    if shorter <= timedelta(0) or not set(services_of(one)) & set(services_of(other)):
        return one.period_start == other.period_start and one.period_end == other.period_end and one != other
    return common / shorter > SAME_SHARE


def _single(chain: Sequence[Statement]) -> list[Statement]:
    """Bills that tell their period, by its start, one of those for the same period."""
    found: list[Statement] = []
    dated = [one for one in chain if one.period_start is not None and one.period_end is not None]
    for one in sorted(dated, key=lambda each: (each.period_start or date.min, each.bill_date)):
        if not found or not same_period(found[-1], one):
            found.append(one)
    return found


def _usual_days(found: Sequence[Statement]) -> float:
    lengths = [(one.period_end - one.period_start).days for one in found if one.period_end and one.period_start]
    return max(1.0, median(lengths)) if lengths else USUAL_DAYS


def _usual_step(found: Sequence[Statement]) -> int:
    """Days from the end of a period to the start of the next as this utility counts."""
    steps = [
        (after.period_start - before.period_end).days
        for before, after in pairwise(found)
        if after.period_start and before.period_end
    ]
    known = [one for one in steps if one in LINKED_DAYS]
    return max(LINKED_DAYS, key=known.count) if known else 0


def _new_service(before: Statement, after: Statement) -> bool:
    return before.bill_type is BillType.FINAL or after.bill_type is BillType.FIRST


def _overlap(run: BillRun, before: Statement, after: Statement, common: int) -> BillFinding:
    return told(
        "overlap",
        after,
        run.zone,
        f"{_days(common)} up to {before.period_end} {'are' if common != 1 else 'is'} in both the bill of "
        f"{day_words(before.bill_date)} and that of {day_words(after.bill_date)}.",
        advice="Ask the utility to take what was billed twice off the later bill.",
        days=common,
        before=before.bill_date.isoformat(),
    )


def _gap(run: BillRun, before: Statement, after: Statement, apart: int) -> BillFinding:
    return told(
        "gap",
        after,
        run.zone,
        f"{_days(apart)} after {before.period_end} {'are' if apart != 1 else 'is'} in neither the bill of "
        f"{day_words(before.bill_date)} nor that of {day_words(after.bill_date)}.",
        advice="Ask the utility whether they will still be billed.",
        days=apart,
        before=before.bill_date.isoformat(),
    )


def _missing(run: BillRun, before: Statement, after: Statement, apart: int, count: int) -> BillFinding:
    many = f"{count} bills are" if count > 1 else "One bill is"
    return told(
        "missing",
        after,
        run.zone,
        f"{many} missing: nothing was billed from {before.period_end} to {after.period_start}, {apart} days.",
        advice="Ask the utility for it, or import the paper: meterbook import BILL.pdf",
        severity=Severity.WARNING,
        days=apart,
        bills=count,
        before=before.bill_date.isoformat(),
    )


def _instants(run: BillRun, before: Statement, after: Statement) -> BillFinding:
    assert before.read_end is not None
    assert after.read_start is not None
    seconds = int((after.read_start - before.read_end).total_seconds())
    name = "gap" if seconds > 0 else "overlap"
    ends = [each.astimezone(run.zone).strftime("%Y-%m-%d %H:%M") for each in (before.read_end, after.read_start)]
    return told(
        name,
        after,
        run.zone,
        f"{the_bill(before)} ends with the read of {ends[0]}, {bill_words(after)} begins with that of {ends[1]}.",
        advice="Ask the utility which read counts.",
        severity=Severity.WARNING,
        seconds=abs(seconds),
        before=before.bill_date.isoformat(),
    )


def _awaited(run: BillRun, chain: Sequence[Statement], lag: int) -> Iterator[BillFinding]:
    found = _single(chain)
    last = found[-1]
    if run.today is None or last.bill_type is BillType.FINAL or last.period_end is None:
        return
    usual = round(_usual_days(found))
    expected = last.period_end + timedelta(days=usual + lag)
    if run.today <= expected + timedelta(days=LATE_DAYS):
        return
    # A book that is not kept up has old bills only; readings that go on show that service does.
    goes_on = run.readings_until is not None and local_date(run.readings_until, run.zone) >= expected
    yield told(
        "awaited",
        last,
        run.zone,
        f"The bill after that of {day_words(last.bill_date)} was to be expected about {expected} and is not in the "
        "book.",
        advice="Fetch it with meterbook sync; if the portal has none, ask the utility.",
        severity=Severity.WARNING if goes_on else Severity.NOTE,
        expected=expected.isoformat(),
    )


def _days(count: int) -> str:
    return f"{count} day{'s' if count != 1 else ''}"
