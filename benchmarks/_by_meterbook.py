"""The questions as a caller of the lake's read API asks them."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks._coop import INTERVAL_S
from benchmarks._questions import ON_PEAK_HOURS, ZONE, Answer, Asked, gap_rows, local_months
from meterbook.store.readings import Readings, ReadingsLake
from meterbook.store.readings.query import calendar
from meterbook.store.readings.query.calendar import Window
from meterbook.store.readings.query.classes import ChannelClass, Classed
from meterbook.store.readings.query.coincident import Peaks, coincident_peak
from meterbook.store.readings.query.expected import Expected
from meterbook.store.readings.query.gaps import Gaps
from meterbook.store.readings.query.plan import Aggregates, Groups, Measure, Plan, channel_numbers
from meterbook.store.readings.values import Int32

USAGE = ChannelClass(label="usage", zone=ZONE)
PEAK = Window(
    name="on-peak", start_minute=ON_PEAK_HOURS[0] * 60, end_minute=ON_PEAK_HOURS[1] * 60, weekdays=frozenset(range(5))
)


def classes(channels: Int32) -> Classed:
    """All channels may be summed; their days are local ones."""
    return Classed(classes=(USAGE,), of=np.zeros(len(channels), np.int32))


class Meterbook:
    """Plans, carried out in this process.

    Args:
        lake: the book's readings.
        meters: channels 1 to so many are in service.
        rollups: whether sums kept beside the readings may answer; without, all readings are looked at.
    """

    name = "Meterbook"

    def __init__(self, lake: ReadingsLake, meters: int, *, rollups: bool) -> None:
        self._lake = lake
        self._meters = np.arange(1, meters + 1, dtype=np.int32)
        self._rollups = rollups

    def series(self, asked: Asked) -> Readings:
        """Q1 and Q8."""
        meter = asked.meter or 0
        return self._lake.read([meter], asked.start, asked.end, as_of=asked.as_of)[meter]

    def months(self, asked: Asked) -> Aggregates:
        """Q2."""
        periods = calendar.months(asked.start, asked.end, ZONE)
        channels = channel_numbers([asked.meter or 0])
        return self.aggregate(Plan(calendar=periods, channels=channels, measures=frozenset({Measure.SUM, Measure.MAX})))

    def hours(self, asked: Asked) -> Aggregates:
        """Q3."""
        periods = calendar.hours_of_day(asked.start, asked.end, ZONE)
        measures = frozenset({Measure.SUM, Measure.COUNT})
        return self.aggregate(Plan(calendar=periods, groups=Groups.together(), measures=measures))

    def peaks(self, asked: Asked) -> Peaks:
        """Q4."""
        return coincident_peak(self, calendar.months(asked.start, asked.end, ZONE), Groups.together(), INTERVAL_S)

    def split(self, asked: Asked) -> Aggregates:
        """Q5."""
        periods = calendar.time_of_use(asked.start, asked.end, ZONE, [PEAK])
        return self.aggregate(Plan(calendar=periods, measures=frozenset({Measure.SUM})))

    def gaps(self, asked: Asked) -> Gaps:
        """Q6."""
        return self._lake.gaps(Expected.alike(self._meters), asked.start, asked.end)

    def answer(self, question: str, result: Any, asked: Asked) -> Answer:
        """What a question gave, in the form that is compared."""
        if question == "series":
            return {"start": result.start, "wh": result.value, "quality": result.quality}
        if question == "gaps":
            return gap_rows(result.channel_id, result.start, result.end)
        if question == "split":
            order = np.lexsort((-result.period, result.key))  # on-peak is the first period here
            return {"meter_id": result.key[order], "peak": 1 - result.period[order], "wh": result.sum[order]}
        months = np.array([month for month, _, _ in local_months(asked)])
        if question == "months":
            return {"month": months[result.period], "wh": result.sum, "peak": result.max}
        if question == "hours":
            return {"hour": result.period, "wh": result.sum, "n": result.count}
        return {"month": months[result.period], "wh": result.sum, "top": result.start}

    def aggregate(self, plan: Plan) -> Aggregates:
        """The lake's answer to a plan."""
        return self._lake.aggregate(plan, rollups=self._rollups)
