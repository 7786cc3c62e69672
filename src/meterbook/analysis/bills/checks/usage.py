"""Billed kWh against intervals: the bills that differ, and whether a multiplier or an estimate explains it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from meterbook.analysis.bills.checks.agreement import WITHIN, Agreement, Standing
from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.told import (
    BillFinding,
    Detail,
    Severity,
    bill_words,
    day_words,
    number,
    the_bill,
    told,
)
from meterbook.model.bill_kinds import ReadType
from meterbook.model.calendar import local_date

FACTORS = (2, 3, 4, 5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 120, 160, 200, 240, 300, 400)
"""Ratios of current and voltage transformers in use, and what a digit lost or gained makes of one."""
LARGE_FACTOR = 10
LONG_ESTIMATED = 3
"""So many estimated reads in a row are more than a meter reader's bad month."""


def usage(run: BillRun, held: Sequence[Agreement]) -> Iterator[BillFinding]:
    """Bills whose kWh no read times explain, and those of which it can't be told."""
    for one in held:
        if one.standing is Standing.DIFFERS:
            yield _differs(run, one)
        elif one.standing is Standing.CANT_TELL:
            yield _cannot_tell(run, one)
        elif one.times == WITHIN and any(_at_borders(other, one) for other in held):
            yield _off_borders(run, one)


def estimated_long(run: BillRun) -> Iterator[BillFinding]:
    """Estimated reads that go on bill after bill."""
    for chain in run.chains:
        row = []
        for bill in (*chain, None):
            if bill is not None and any(meter.read_type is ReadType.ESTIMATED for meter in bill.meters):
                row.append(bill)
                continue
            if len(row) >= LONG_ESTIMATED:
                yield told(
                    "estimate-long",
                    row[-1],
                    run.zone,
                    f"{len(row)} bills in a row up to {bill_words(row[-1])} rest on estimated readings.",
                    advice="Ask the utility to read the meter, or send it a reading of your own.",
                    severity=Severity.WARNING,
                    bills=len(row),
                )
            row = []


def factor_between(billed: Decimal, metered: Decimal, resolution: Decimal) -> Fraction | None:
    """The factor by which billed kWh are too many or, below 1, too few; None if it is no usual one.

    >>> factor_between(Decimal("4120"), Decimal("412.003"), Decimal(1))
    Fraction(10, 1)
    """
    if metered <= 0 or billed <= 0:
        return None
    for factor in FACTORS:
        if abs(billed - metered * factor) <= resolution * factor:
            return Fraction(factor)
        if abs(billed * factor - metered) <= resolution * factor:
            return Fraction(1, factor)
    return None


def _differs(run: BillRun, one: Agreement) -> BillFinding:
    assert one.least is not None
    assert one.most is not None
    difference = one.difference or Decimal(0)
    details: dict[str, Detail] = {
        "flow": one.flow.value,
        "service_location": one.location,
        "billed_kwh": one.billed,
        "least_kwh": one.least,
        "most_kwh": one.most,
        "difference_kwh": difference,
        "times": one.times,
        "missing": one.missing,
        "bills": len(one.bills),
    }
    window = (one.start, one.end)
    given = number(one.least) if one.least == one.most else f"{number(one.least)} to {number(one.most)}"
    said = the_bill(one.bill)
    if len(one.bills) > 1:
        return told(
            "estimate-unsettled",
            one.bill,
            run.zone,
            f"{len(one.bills)} bills up to {bill_words(one.bill)}, which ends estimated readings, come to "
            f"{number(one.billed)} kWh; the intervals give {given}.",
            advice="Ask the utility to settle the estimated bills by the actual reading.",
            window=window,
            more=details,
        )
    factor = factor_between(one.billed, one.least if difference > 0 else one.most, one.resolution)
    if factor is None and one.least != one.most:
        factor = _loose_factor(one)
    if factor is not None:
        words = f"{factor} times" if factor >= 1 else f"{factor} of"
        return told(
            "multiplier",
            one.bill,
            run.zone,
            f"{said} has {number(one.billed)} kWh, {words} the {given} kWh of the intervals.",
            advice="Ask the utility which multiplier the meter has, and to bill again by it.",
            window=window,
            factor=str(factor),
            more=details,
        )
    more = f"{number(abs(difference))} kWh {'more' if difference > 0 else 'less'}"
    lacking = f", of which {one.missing} are missing" if one.missing else ""
    return told(
        "usage",
        one.bill,
        run.zone,
        f"{said} has {number(one.billed)} kWh {one.flow.value}, {more} than the intervals between the reads{lacking} "
        f"({given} kWh).",
        advice="Ask the utility for the readings and their times; the intervals of this period can be shown to it.",
        window=window,
        more=details,
    )


def _loose_factor(one: Agreement) -> Fraction | None:
    """A factor that lies in what is possible between two days, and alone does; a small one proves nothing."""
    assert one.least is not None
    assert one.most is not None
    if one.least <= 0 or one.billed <= 0:
        return None
    large = [factor for factor in FACTORS if factor >= LARGE_FACTOR]
    fits = [Fraction(factor) for factor in large if one.least * factor <= one.billed <= one.most * factor]
    fits += [Fraction(1, factor) for factor in large if one.least <= one.billed * factor <= one.most]
    return fits[0] if len(fits) == 1 else None


def _at_borders(other: Agreement, one: Agreement) -> bool:
    place = one.location, one.flow
    return (other.location, other.flow) == place and other.times in ("only", "one of several", "known")


def _off_borders(run: BillRun, one: Agreement) -> BillFinding:
    return told(
        "read-time",
        one.bill,
        run.zone,
        f"{the_bill(one.bill)} agrees with the intervals only if the meter was read in the middle of one; other bills "
        "are read where two meet.",
        advice="Ask the utility when the meter was read, if the bill looks odd.",
        severity=Severity.NOTE,
        window=(one.start, one.end),
        flow=one.flow.value,
        service_location=one.location,
        billed_kwh=one.billed,
        least_kwh=one.least,
        most_kwh=one.most,
    )


def _cannot_tell(run: BillRun, one: Agreement) -> BillFinding:
    return told(
        "cannot-tell",
        one.bill,
        run.zone,
        f"Whether {bill_words(one.bill)} agrees with the meter can't be told: {_lacking(run, one)}.",
        advice="Fetch what is missing with meterbook sync; there is nothing to do about the bill.",
        severity=Severity.NOTE,
        window=(one.start, one.end),
        flow=one.flow.value,
        service_location=one.location,
        billed_kwh=one.billed,
        least_kwh=one.least,
        most_kwh=one.most,
        missing=one.missing,
        guessed=one.guessed,
    )


def _lacking(run: BillRun, one: Agreement) -> str:
    first, last = one.readings or (one.start, one.end)
    if one.start < first:
        return f"the book's readings begin on {day_words(local_date(first, run.zone))}"
    if one.end > last:
        return f"the book's readings end on {day_words(local_date(last - 1, run.zone))}"
    if one.missing:
        return f"{one.missing:,} interval{'s are' if one.missing != 1 else ' is'} missing between its reads"
    return f"{one.guessed:,} interval{'s are' if one.guessed != 1 else ' is'} estimated between its reads"
