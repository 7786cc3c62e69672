"""Coincident peak: when the channels of a group together had their highest total, and what that was.

The answer of any engine to one plan, by interval, is all it takes; who had which part in a peak is another plan, over
:meth:`Peaks.calendar`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from meterbook.model.errors import UsageError
from meterbook.store.readings.files.rows import MICROS, TIME
from meterbook.store.readings.query.calendar import Calendar, periods
from meterbook.store.readings.query.plan import Engine, Groups
from meterbook.store.readings.query.totals import Totals, interval_totals
from meterbook.store.readings.values import Int32, Int64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Peaks:
    """n peaks by group and period, of those that have any reading.

    Attributes:
        group: number of the group, int32.
        period: number of the calendar's period, int32.
        start: start of the first interval with the highest total, int64, UTC epoch seconds.
        sum: that total, int64, at ``scale``.
        count: readings in it, int64; fewer than the group's channels if some were missing then.
        scale: digits after the point.
        interval_s: length of the intervals.
        groups: the groups asked for.
        asked: the calendar asked for.
    """

    group: Int32
    period: Int32
    start: Int64
    sum: Int64
    count: Int64
    scale: int
    interval_s: int
    groups: Groups
    asked: Calendar

    def __len__(self) -> int:
        return len(self.start)

    def calendar(self, group: int = 0) -> Calendar:
        """The peak intervals of a group as periods with the labels of those they are the peaks of.

        Summed over it, readings of a channel or group are its part in the peak.

        Raises:
            UsageError: the group has no peak.
        """
        mine = np.flatnonzero(self.group == group)
        if not len(mine):
            raise UsageError("this group has no reading in any of the periods", expected="a group with readings")
        rows = zip(self.period[mine].tolist(), self.start[mine].tolist(), strict=True)
        return periods([(start, start + self.interval_s, self.asked.labels[period]) for period, start in rows])

    def to_arrow(self) -> pa.Table:
        """Columns ``group, period, start`` (timestamp in UTC), ``sum, count`` (int64) and ``scale``."""
        return pa.table(
            {
                "group": pa.array([self.groups.labels[one] for one in self.group.tolist()], pa.string()),
                "period": pa.array([self.asked.labels[one] for one in self.period.tolist()], pa.string()),
                "start": pa.array((self.start * MICROS).view("datetime64[us]"), TIME),
                "sum": pa.array(self.sum, pa.int64()),
                "count": pa.array(self.count, pa.int64()),
                "scale": pa.array(np.full(len(self), self.scale, np.int8)),
            }
        )


def coincident_peak(
    engine: Engine, calendar: Calendar, groups: Groups, interval_s: int, *, as_of: int | None = None
) -> Peaks:
    """The highest total of each group in each period, and the first interval that has it.

    Args:
        engine: what sums by interval.
        calendar: periods; an interval belongs to the one in which it starts.
        groups: what is summed. All of one unit and interval length, or sums mean nothing: the book sees to that.
        interval_s: length of the channels' intervals; of several lengths the longest.
        as_of: number of a load: what was known once it was in.
    """
    totals = interval_totals(engine, calendar, groups, interval_s, as_of=as_of)
    period = calendar.of(totals.start)
    row = _highest(totals, period, len(calendar))
    return Peaks(
        group=totals.group[row],
        period=period[row],
        start=totals.start[row],
        sum=totals.sum[row],
        count=totals.count[row],
        scale=totals.scale,
        interval_s=interval_s,
        groups=groups,
        asked=calendar,
    )


def _highest(totals: Totals, period: Int32, periods: int) -> Int64:
    """Positions of the first highest total of each group and period, by both."""
    inside = np.flatnonzero(period >= 0)
    code = totals.group[inside].astype(np.int64) * max(1, periods) + period[inside]
    # Totals come by group and time, so that of equal ones the first stays first.
    order = np.lexsort((-totals.sum[inside], code))
    code = code[order]
    first = np.flatnonzero(np.append(True, code[1:] != code[:-1])[: len(code)])
    return inside[order[first]]
