"""What groups had together in each interval: what peaks and shapes of groups are made of.

Meters of a utility whose clock is half an hour off, as in Newfoundland, begin their hours on the half hour of UTC. So
totals are asked for by quarter hours, and put together by the intervals that the readings themselves lie on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from meterbook.store.readings.query.calendar import Calendar, intervals
from meterbook.store.readings.query.offsets import utc_offsets
from meterbook.store.readings.query.partial import Partial, united
from meterbook.store.readings.query.plan import Aggregates, Engine, Groups, Measure, Plan
from meterbook.store.readings.values import Int32, Int64

_FINEST_S = 900
"""Offsets of zones are whole quarter hours."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Totals:
    """n totals by group and start.

    Attributes:
        group: number of the group, int32.
        start: start of the interval, int64, UTC epoch seconds.
        sum: total, int64, at ``scale``.
        count: readings in it, int64.
        scale: digits after the point.
    """

    group: Int32
    start: Int64
    sum: Int64
    count: Int64
    scale: int


def interval_totals(
    engine: Engine, calendar: Calendar, groups: Groups, interval_s: int, *, as_of: int | None = None
) -> Totals:
    """The total of each group in each interval of a calendar's span in which it has a reading.

    Where all readings of a group begin equally far into the interval, as those of one interval length do, that is where
    its intervals begin. Otherwise they are those of the calendar's local clock, or of UTC where it follows none.

    Args:
        engine: what sums.
        calendar: its span is asked for.
        groups: what is summed.
        interval_s: length of the intervals; of channels of several lengths the longest.
        as_of: number of a load: what was known once it was in.
    """
    times = intervals(*calendar.span, gcd(interval_s, _FINEST_S))
    found = engine.aggregate(
        Plan(calendar=times, groups=groups, measures=frozenset({Measure.SUM, Measure.COUNT}), as_of=as_of)
    )
    start = times.edges[found.period]
    begins = _begins(found.key, start, calendar, interval_s)
    if begins is start:
        return Totals(group=found.key, start=start, sum=found.sum, count=found.count, scale=found.scale)
    return _together(found, begins, calendar)


def _begins(key: Int32, start: Int64, calendar: Calendar, interval_s: int) -> Int64:
    """Where the interval of each of n totals begins; the very same starts if each is an interval of its own."""
    into = start % interval_s
    if not len(start) or bool((into == into[0]).all()):
        return start
    least, most = np.full(int(key.max()) + 1, interval_s), np.full(int(key.max()) + 1, -1)
    np.minimum.at(least, key, into)
    np.maximum.at(most, key, into)
    mixed = least[key] != most[key]
    ahead = 0 if calendar.zone is None else utc_offsets(calendar.zone, *calendar.span).local(start) - start
    floor = np.maximum(start - (start + ahead) % interval_s, calendar.span[0])
    return np.where(mixed, floor, start)


def _together(found: Aggregates, begins: Int64, calendar: Calendar) -> Totals:
    first, last = calendar.span
    room = last - first
    rows = united(
        [
            Partial(
                code=found.key.astype(np.int64) * room + (begins - first),
                sum=found.sum,
                count=found.count,
                scale=found.scale,
            )
        ]
    )
    return Totals(
        group=(rows.code // room).astype(np.int32),
        start=rows.code % room + first,
        sum=rows.sum,
        count=rows.count,
        scale=rows.scale,
    )
