"""Billed demand against the intervals, by averages of 15, 30 and 60 minutes; demand charged against demand measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np

from meterbook.analysis.bills.checks.billed import electric_series, meter_key, series_of
from meterbook.analysis.bills.checks.reads import Read, reads
from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.running import Running, running
from meterbook.analysis.bills.checks.told import BillFinding, Severity, bill_words, number, the_bill, told
from meterbook.model.bill_kinds import LineKind
from meterbook.model.channel import FlowDirection
from meterbook.model.series import IntervalSeries
from meterbook.model.statement import MeterUsage, Statement
from meterbook.model.units import Unit

LENGTHS = (900, 1800, 3600)
"""Demand intervals in use, seconds."""
RATCHET_BILLS = 12
"""How far back a ratchet looks."""
ROUNDING = Decimal("0.001")


def measured(run: BillRun) -> Iterator[BillFinding]:
    """Bills whose demand is not the highest average of the intervals, however long the demand interval is."""
    totals: dict[tuple[str, ...], Running | None] = {}
    for bill in run.standing:
        for row in demand_rows(bill):
            series = _series(run, row)
            key = tuple(one.channel.key for one in series)
            totals[key] = totals[key] if key in totals else running(series)
            found = _measured(run, bill, row, totals[key])
            if found is not None:
                yield found


def charged(run: BillRun) -> Iterator[BillFinding]:
    """Bills that charge for more kW than were measured in a year, which neither a ratchet nor a minimum explains."""
    bills = [one for one in run.standing if demand_rows(one)]
    totals = {place: _charged(bill) for place, bill in enumerate(bills)}
    for place, bill in enumerate(bills):
        total = totals[place]
        before = bills[max(0, place - RATCHET_BILLS) : place + 1]
        highest = max(_measured_kw(one) for one in before)
        same = [other for each, other in totals.items() if each != place and other == total]
        if total is None or total <= highest + ROUNDING or same:
            continue
        known = len(before) > RATCHET_BILLS
        yield told(
            "demand-charged",
            bill,
            run.zone,
            f"{the_bill(bill)} charges for {number(total)} kW; the highest measured in "
            f"{len(before)} bills is {number(highest)} kW"
            + ("." if known else ", and a ratchet may look further back."),
            advice="Ask the utility by which rule the billed demand was reckoned.",
            severity=Severity.WARNING if known else Severity.NOTE,
            charged_kw=total,
            highest_kw=highest,
            bills=len(before),
        )


def demand_rows(bill: Statement) -> tuple[MeterUsage, ...]:
    """Registers of a bill that tell a measured demand, kW."""
    return tuple(one for one in bill.meters if one.unit == Unit.KW and one.usage is not None)


def peaks(total: Running, low: int, high: int) -> dict[int, Decimal]:
    """Highest average power by length of the demand interval, seconds, in kW: clock intervals and rolling ones alike.

    Lengths shorter than the intervals can't be told and are left out.
    """
    at, value = total.borders(low, high)
    found = {}
    for length in LENGTHS:
        if length < total.step or len(at) < 2:
            continue
        ends = np.searchsorted(at, at + length)
        whole = ends < len(at)
        starts = np.flatnonzero(whole)[at[ends[whole]] == at[whole] + length]
        if len(starts):
            most = int((value[ends[starts]] - value[starts]).max())
            found[length] = total.decimal(most) * 3600 / length
    return found


def _measured(run: BillRun, bill: Statement, row: MeterUsage, total: Running | None) -> BillFinding | None:
    between = reads(bill, (row,), run.zone)
    if between is None or total is None:
        return None
    assert row.usage is not None
    inside, around = _windows(between)
    least, most = peaks(total, *inside), peaks(total, *around)
    step = max(ROUNDING, Decimal(1).scaleb(int(row.usage.as_tuple().exponent)))
    if any(one in most and least[one] - step <= row.usage <= most[one] + step for one in least):
        return None
    missing = total.missing(*around)
    highest = max(most.values(), default=Decimal(0))
    coarse = total.step > LENGTHS[0] and highest < row.usage <= highest * total.step / LENGTHS[0]
    if not least or coarse or (missing and row.usage > highest):
        return _cannot_tell(run, bill, row, missing)
    words = ", ".join(f"{number(_milli(kw))} kW over {length // 60} min" for length, kw in most.items())
    return told(
        "demand",
        bill,
        run.zone,
        f"{the_bill(bill)} has a demand of {number(row.usage)} kW; the highest of the intervals is {words}.",
        advice="Ask the utility when this demand was reached, and over how many minutes it is averaged.",
        window=around,
        meter=row.meter,
        billed_kw=row.usage,
        missing=missing,
        more={f"kw_{length // 60}_min": _milli(kw) for length, kw in most.items()},
    )


def _series(run: BillRun, row: MeterUsage) -> Sequence[IntervalSeries]:
    every = [one for one in electric_series(run) if one.channel.flow is not FlowDirection.RECEIVED]
    mine = [one for one in every if row.meter and meter_key(one.channel.meter) == meter_key(row.meter)]
    if mine:
        return mine
    return [one for one in series_of(run, row.location, (row,)) if one.channel.flow is not FlowDirection.RECEIVED]


def _windows(between: tuple[Read, Read]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The time that surely lies between the reads, and all that may."""
    start, end = between
    return (start.high, end.low), (start.low, end.high)


def _cannot_tell(run: BillRun, bill: Statement, row: MeterUsage, missing: int) -> BillFinding:
    why = f"{missing:,} intervals are missing" if missing else "the intervals are longer than the demand interval"
    return told(
        "cannot-tell",
        bill,
        run.zone,
        f"Whether the demand on {bill_words(bill)} agrees with the meter can't be told: {why}.",
        advice="Fetch what is missing with meterbook sync; there is nothing to do about the bill.",
        severity=Severity.NOTE,
        what="demand",
        meter=row.meter,
        missing=missing,
    )


def _charged(bill: Statement) -> Decimal | None:
    amounts = [line.quantity for line in bill.lines if line.kind is LineKind.DEMAND and line.unit == Unit.KW]
    known = [one for one in amounts if one is not None]
    return max(known) if known else None


def _measured_kw(bill: Statement) -> Decimal:
    return max((row.usage or Decimal(0) for row in demand_rows(bill)), default=Decimal(0))


def _milli(value: Decimal) -> Decimal:
    return value.quantize(ROUNDING)
