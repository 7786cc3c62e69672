"""Whether bills agree with the meter: billed kWh beside the sum of intervals between the two reads.

A read is not at midnight. Where its instant is told, the sum is exact. Where only its day is known, the register can
have shown anything from the total at the day's start to that at its end; the end of one period is the start of the
next, so each bill narrows what the one after it can have begun with. A bill disagrees only if no instants of the two
days give its kWh. An estimated reading says nothing; the bills up to the next actual one are looked at together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from meterbook.analysis.bills.checks.billed import Billed, Metered
from meterbook.analysis.bills.checks.read_times import Step, likely
from meterbook.analysis.bills.checks.reads import Read, linked
from meterbook.analysis.bills.checks.running import Running
from meterbook.model.channel import FlowDirection
from meterbook.model.statement import Statement

WITHIN = "within an interval"
"""No borders of intervals give the kWh billed, but instants within an interval do."""


class Standing(StrEnum):
    """What holding a bill against the meter came to."""

    AGREES = "agrees"
    ASSUMED = "agrees-at-assumed-times"
    DIFFERS = "differs"
    CANT_TELL = "cannot-tell"
    ESTIMATED = "estimated"
    NO_INTERVALS = "no-intervals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Billed kWh of a place beside those of its intervals.

    Attributes:
        bills: usually one; several where readings between them were estimated.
        location: service location, if told.
        flow: delivered, received or net.
        billed: kWh in all.
        least: least kWh that the intervals give between the reads; None without intervals.
        most: the most; the same where both instants are known.
        start: instant of the earlier read, UTC epoch seconds; the one assumed, or the first possible.
        end: instant of the later read; the one assumed, or the last possible.
        times: ``known``, or how they were found: ``only``, ``one of several``, ``within an interval``.
        resolution: kWh in which the bills count.
        missing: intervals without a reading.
        guessed: intervals whose reading was estimated.
        standing: what it came to.
        readings: first instant of the readings of the place, and the one after the last; None without intervals.
    """

    bills: tuple[Statement, ...]
    location: str | None
    flow: FlowDirection
    billed: Decimal
    least: Decimal | None
    most: Decimal | None
    start: int
    end: int
    times: str
    resolution: Decimal
    missing: int
    guessed: int
    standing: Standing
    readings: tuple[int, int] | None = None

    @property
    def bill(self) -> Statement:
        """The last of the bills."""
        return self.bills[-1]

    @property
    def difference(self) -> Decimal | None:
        """Billed less metered, kWh, to the nearer end of what the intervals can give; 0 if between."""
        if self.least is None or self.most is None:
            return None
        return self.billed - min(max(self.billed, self.least), self.most)


def agreements(place: Metered, zone: ZoneInfo) -> tuple[Agreement, ...]:
    """Every bill of a place and flow beside its intervals, oldest first."""
    spans = _spans(place)
    if place.running is None:
        return tuple(_bare(place, one) for one in spans)
    found: list[Agreement] = []
    run: list[_Span] = []  # spans that follow each other and agree
    reach: tuple[Decimal, Decimal] | None = None
    for one in spans:
        if one.estimated:
            found.append(_bare(place, one))
            reach = None
            continue
        if reach is None or not one.follows:
            reach, run = _reach(place.running, one.start), []
        result, reach = _against(place, place.running, one, reach, zone)
        run = [*run, one] if result.standing is Standing.ASSUMED else []
        found.append(result)
        if result.standing is Standing.ASSUMED:
            found[-len(run) :] = _timed(place, place.running, run, found[-len(run) :])
            run = [] if found[-1].times == WITHIN else run
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """One bill, or several whose reads between them were estimated."""

    parts: tuple[Billed, ...]
    start: Read
    end: Read
    follows: bool

    @property
    def quantity(self) -> Decimal:
        return sum((one.quantity for one in self.parts), start=Decimal(0))

    @property
    def estimated(self) -> bool:
        return self.parts[-1].estimated


def _spans(place: Metered) -> list[_Span]:
    found: list[_Span] = []
    for one in place.billed:
        last = found[-1] if found else None
        shared = linked(last.end, one.start, last.parts[-1].bill, one.bill) if last is not None else None
        if last is None or shared is None:
            found.append(_Span(parts=(one,), start=one.start, end=one.end, follows=False))
            continue
        if last.estimated:
            found[-1] = replace(last, parts=(*last.parts, one), end=one.end)
            continue
        found[-1] = replace(last, end=shared)
        found.append(_Span(parts=(one,), start=shared, end=one.end, follows=True))
    return found


def _reach(total: Running, read: Read) -> tuple[Decimal, Decimal]:
    low, high = total.bounds(read.low, read.high)
    return total.decimal(low), total.decimal(high)


def _against(
    place: Metered, total: Running, span: _Span, reach: tuple[Decimal, Decimal], zone: ZoneInfo
) -> tuple[Agreement, tuple[Decimal, Decimal]]:
    """How a span agrees, and what totals the register can have shown at its end."""
    ends = _reach(total, span.end)
    result = replace(_bare(place, span), least=ends[0] - reach[1], most=ends[1] - reach[0])
    result = replace(
        result,
        missing=total.missing(span.start.low, span.end.high),
        guessed=total.guessed(span.start.low, span.end.high),
    )
    billed, step = span.quantity, place.resolution
    within = max(ends[0], reach[0] + billed - step), min(ends[1], reach[1] + billed + step)
    exact = span.start.known and span.end.known
    if within[0] <= within[1]:
        return replace(result, standing=Standing.AGREES if exact else Standing.ASSUMED), within
    if result.missing or result.guessed:
        lacking = not result.guessed and exact and _only_grows(place) and (result.difference or 0) < 0
        return replace(result, standing=Standing.DIFFERS if lacking else Standing.CANT_TELL), ends
    if span.start.midnight or span.end.midnight:
        wide = replace(span, start=span.start.widened(zone), end=span.end.widened(zone))
        return _against(place, total, wide, _reach(total, wide.start), zone)
    return replace(result, standing=Standing.DIFFERS), ends


def _only_grows(place: Metered) -> bool:
    """Whether more readings could only add to the sum."""
    return place.flow is not FlowDirection.NET


def _timed(place: Metered, total: Running, run: Sequence[_Span], found: Sequence[Agreement]) -> list[Agreement]:
    """The same agreements, each with the instants at which its reads are taken to have been."""
    steps = [Step(start=one.start, end=one.end, billed=one.quantity) for one in run]
    times = likely(total, steps, place.resolution)
    if times is None:
        return [*found[:-1], replace(found[-1], times=WITHIN)]
    word = "only" if times.single else "one of several"
    return [
        replace(one, start=start, end=end, times=word)
        for one, start, end in zip(found, times.instants[:-1], times.instants[1:], strict=True)
    ]


def _bare(place: Metered, span: _Span) -> Agreement:
    known = span.start.known and span.end.known
    total = place.running
    return Agreement(
        bills=tuple(one.bill for one in span.parts),
        location=place.location,
        flow=place.flow,
        billed=span.quantity,
        least=None,
        most=None,
        start=span.start.low,
        end=span.end.high,
        times="known" if known else "unknown",
        resolution=place.resolution,
        missing=0,
        guessed=0,
        standing=Standing.ESTIMATED if span.estimated else Standing.NO_INTERVALS,
        readings=(int(total.at[0]), int(total.at[-1])) if total is not None else None,
    )
