"""What is priced: one meter's readings on a grid, the periods to bill, and what a schedule asks of the account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.model.calendar import day_start, local_date, month_bounds, next_month
from meterbook.model.errors import InputError
from meterbook.model.series import IntervalSeries
from meterbook.tariffs.axis import Int64

Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Usage:
    """A meter's energy on a grid without holes; all columns have n rows.

    Attributes:
        first: start of the first interval, UTC epoch seconds.
        step_s: length of each.
        scale: a value v is ``v / 10**scale`` kWh, or kVArh.
        delivered: drawn from the utility.
        received: sent back; None where nothing ever is.
        reactive: lagging, kVArh; None where it is not measured.
        missing: marks of intervals without a reading, whose values are 0; None where there are none.
        estimated: marks of intervals that were filled by somebody's estimate.
        nothing: whether missing ones are to count as nothing, whatever the schedule says.
    """

    first: int
    step_s: int
    scale: int
    delivered: Int64
    received: Int64 | None = None
    reactive: Int64 | None = None
    missing: Bool | None = None
    estimated: Bool | None = None
    nothing: bool = False

    @property
    def end(self) -> int:
        """The instant after the last interval."""
        return self.first + self.step_s * len(self.delivered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A period to bill.

    Attributes:
        start: instant of the earlier read, UTC epoch seconds; readings that start from it on count.
        end: instant of the later read.
        billed: day of the bill; that of the later read without it.
        register_kwh: energy delivered as the register tells it, for bills that go by it.
        register_received_kwh: the same of energy received.
        register_periods: energy delivered by the register of each time-of-use period, by its name in the schedule.
        register_kw: highest demand as a register holds it, for meters without intervals.
        coincident: start of the supplier's peak interval within it, UTC epoch seconds.
        first: service began with it.
        final: service ended with it.
        options: optional charges of this bill alone, such as one for paying late.
    """

    start: int
    end: int
    billed: date | None = None
    register_kwh: Decimal | None = None
    register_received_kwh: Decimal | None = None
    register_periods: tuple[tuple[str, Decimal], ...] = ()
    register_kw: Decimal | None = None
    coincident: int | None = None
    first: bool = False
    final: bool = False
    options: frozenset[str] = frozenset()

    @property
    def has_register(self) -> bool:
        """Whether registers tell what was delivered in it."""
        return self.register_kwh is not None or bool(self.register_periods)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a schedule asks of the account beside its readings.

    Attributes:
        kind: class of customer (``residential`` …) for charges and riders that differ by it.
        meters: how many.
        lamps: how many of each type.
        contract_kw: contract demand.
        options: what optional charges it has.
        demands: earlier demands that ratchets look back to: last day of the bill, name of the period or None, kW.
        bank_kwh: kWh carried in from before, of net metering.
    """

    kind: str | None = None
    meters: int = 1
    lamps: Mapping[str, int] = field(default_factory=dict)
    contract_kw: Decimal | None = None
    options: frozenset[str] = frozenset()
    demands: tuple[tuple[date, str | None, Decimal], ...] = ()
    bank_kwh: Decimal = Decimal(0)


def usage_of(
    delivered: IntervalSeries,
    received: IntervalSeries | None = None,
    reactive: IntervalSeries | None = None,
    *,
    start: int | None = None,
    end: int | None = None,
) -> Usage:
    """Series of one meter laid on one grid.

    Args:
        delivered: kWh; interval readings of one length.
        received: of the same length.
        reactive: kVArh, of the same length.
        start: instant from which the grid runs, a start of an interval; that of the first reading without it.
        end: instant to which it runs; that of the last reading's end without it.

    Raises:
        InputError: lengths differ, or readings don't lie on one grid.
    """
    step = delivered.channel.interval_s
    given = [one for one in (delivered, received, reactive) if one is not None]
    scale = max(one.scale for one in given)
    low = int(delivered.start[0]) if start is None and len(delivered) else start
    high = int(delivered.start[-1]) + step if end is None and len(delivered) else end
    if low is None or high is None:
        raise InputError("there are no readings to price", expected="interval readings of energy delivered")
    if len(delivered):
        low += (int(delivered.start[0]) - low) % step  # the grid is the readings' own
    count = max(-(-(high - low) // step), 0)
    columns = [_laid(one, low, count, step, scale) for one in given]
    values, held = columns[0]
    names = [name for name, one in (("received", received), ("reactive", reactive)) if one is not None]
    others = dict(zip(names, (column for column, _ in columns[1:]), strict=True))
    return Usage(
        first=low,
        step_s=step,
        scale=scale,
        delivered=values,
        received=others.get("received"),
        reactive=others.get("reactive"),
        missing=None if bool(held.all()) else ~held,
    )


def _laid(series: IntervalSeries, low: int, count: int, step: int, scale: int) -> tuple[Int64, Bool]:
    if series.channel.interval_s != step:
        raise InputError(
            f"readings of {series.channel.interval_s} and of {step} seconds can't be priced together",
            expected="series of one interval length",
        )
    part = series.clip(low, low + count * step).rescaled(scale)
    offset = part.start - low
    if bool((offset % step).any()):
        raise InputError(
            "readings do not lie on one grid", expected=f"starts that are {step} seconds apart, or a multiple"
        )
    values, held = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    values[offset // step], held[offset // step] = part.value, True
    return values, held


def months(start: int, end: int, zone: ZoneInfo) -> list[Span]:
    """The local calendar months that lie whole within ``[start, end)``, each billed on its last day.

    Riders by month of the bill then have the value of the month itself.
    """
    found = []
    day = local_date(start, zone).replace(day=1)
    while (bounds := month_bounds(day.year, day.month, zone))[0] < end:
        if bounds[0] >= start and bounds[1] <= end:
            found.append(Span(start=bounds[0], end=bounds[1], billed=next_month(day) - timedelta(days=1)))
        day = next_month(day)
    return found


def between(reads: Sequence[date | datetime], zone: ZoneInfo) -> list[Span]:
    """The periods between reads; a date without a time is its local midnight."""
    instants = [_instant(read, zone) for read in reads]
    return [Span(start=one, end=other) for one, other in pairwise(instants)]


def _instant(read: date | datetime, zone: ZoneInfo) -> int:
    if isinstance(read, datetime):
        return int((read if read.tzinfo else read.replace(tzinfo=zone)).timestamp())
    return day_start(read, zone)
