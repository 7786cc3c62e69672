"""One channel as the rules look at it: its readings, and its local days."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import DAY_S, Channel, FlowDirection, Quantity
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.wall_clock import Transition, encode, transitions

Int64 = NDArray[np.int64]
Float = NDArray[np.float64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """Readings of one channel with what several rules need of them, each worked out once and only if it is asked for.

    Attributes:
        series: n readings, those of quality MISSING left out.
        tz: zone of the local calendar.
    """

    series: IntervalSeries
    tz: ZoneInfo

    @property
    def channel(self) -> Channel:
        """What is measured."""
        return self.series.channel

    @property
    def start(self) -> Int64:
        """n starts, UTC epoch seconds."""
        return self.series.start

    @property
    def value(self) -> Int64:
        """n values."""
        return self.series.value

    def __len__(self) -> int:
        return len(self.series)

    @property
    def step(self) -> int:
        """Interval length, seconds."""
        return self.channel.interval_s

    @property
    def end(self) -> int:
        """Instant after the last reading; intervals shorter than a day."""
        return int(self.start[-1]) + self.step

    @cached_property
    def measured(self) -> Bool:
        """n marks: read at the meter, not estimated by anyone."""
        marks: Bool = self.series.quality != Quality.ESTIMATED
        return marks

    @cached_property
    def follows(self) -> Bool:
        """n - 1 marks: the reading begins where the one before ends."""
        marks: Bool = np.diff(self.start) == self.step
        return marks

    @cached_property
    def changes(self) -> list[Transition]:
        """Changes of the clock within the readings."""
        return transitions(self.tz, int(self.start[0]), int(self.start[-1])) if len(self) else []

    @cached_property
    def wall(self) -> Int64:
        """n local times, seconds on the wall."""
        return encode(self.start, self.tz)

    @cached_property
    def day_first(self) -> Int64:
        """d positions: the first reading of each local day that has any."""
        if not len(self):
            return np.empty(0, np.int64)
        day = self.wall // DAY_S
        return np.concatenate(([0], np.flatnonzero(day[1:] != day[:-1]) + 1)).astype(np.int64)

    @cached_property
    def day(self) -> Int64:
        """d local days, counted from 1970-01-01."""
        days: Int64 = self.wall[self.day_first] // DAY_S
        return days

    @cached_property
    def day_count(self) -> Int64:
        """d numbers of readings."""
        return np.diff(np.append(self.day_first, len(self)))

    @cached_property
    def day_whole(self) -> Bool:
        """d marks: as many readings as the day, of 23, 24 or 25 hours, has intervals."""
        expected = np.full(len(self.day), DAY_S // self.step, np.int64)
        for change in self.changes:
            expected[self.day == (change.at + change.before) // DAY_S] += (change.before - change.after) // self.step
        whole: Bool = self.day_count == expected
        return whole

    @cached_property
    def day_sum(self) -> Int64:
        """d sums."""
        return np.add.reduceat(self.value, self.day_first) if len(self) else self.value

    @cached_property
    def size(self) -> Int64:
        """n values without their sign."""
        return np.abs(self.value) if self.channel.flow is FlowDirection.NET else self.value

    @cached_property
    def day_peak(self) -> Int64:
        """d highest values, by size."""
        return np.maximum.reduceat(self.size, self.day_first) if len(self) else self.value


def view(series: IntervalSeries, tz: ZoneInfo) -> View:
    """A channel as the rules look at it."""
    real = series.quality != Quality.MISSING
    if not bool(real.all()):
        series = series.take(real)
    return View(series=series, tz=tz)


def is_interval_usage(channel: Channel) -> bool:
    """Whether a channel holds the interval readings of a register: what most rules look at."""
    return channel.quantity is Quantity.USAGE and channel.interval_s < DAY_S and channel.tou_period is None
