"""The running total of some registers together, and where readings are missing in it. Exact integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import DAY_S
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries

Int64 = NDArray[np.int64]

_GUESSED = (int(Quality.ESTIMATED), int(Quality.PARTIAL))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Running:
    """A running total over the borders of intervals.

    Attributes:
        at: n borders, UTC epoch seconds, increasing.
        total: n totals of all intervals that end no later, at ``scale``.
        scale: digits after the point.
        registers: what it was made of.
    """

    at: Int64
    total: Int64
    scale: int
    registers: tuple[IntervalSeries, ...]

    def __len__(self) -> int:
        return len(self.at)

    def border(self, instant: int) -> bool:
        """Whether an instant lies at the border of two intervals, or outside of all."""
        place = int(np.searchsorted(self.at, instant))
        return place in (0, len(self.at)) or int(self.at[place]) == instant

    def bounds(self, low: int, high: int) -> tuple[int, int]:
        """Least and greatest total that the register can have shown at some instant from ``low`` to ``high``.

        Within an interval the total is anywhere between those at its two ends.
        """
        first = max(0, int(np.searchsorted(self.at, low, "right")) - 1)
        last = min(len(self.at) - 1, int(np.searchsorted(self.at, high, "left")))
        part = self.total[first : max(first, last) + 1]
        return int(part.min()), int(part.max())

    def borders(self, low: int, high: int) -> tuple[Int64, Int64]:
        """Borders from ``low`` to ``high``, both included, and the totals there."""
        first, last = np.searchsorted(self.at, low, "left"), np.searchsorted(self.at, high, "right")
        return self.at[first:last], self.total[first:last]

    def missing(self, low: int, high: int) -> int:
        """Intervals without a reading within ``[low, high)``.

        A register whose life begins or ends within it is expected from or to there only if another one takes its place.
        """
        return sum(_missing(one, self.registers, low, high) for one in self.registers) or (
            0 if any(_lives(one, low, high) for one in self.registers) else max(1, (high - low) // self.step)
        )

    def guessed(self, low: int, high: int) -> int:
        """Intervals within ``[low, high)`` whose readings were estimated or cover a part only."""
        parts = [one.clip(low, high).quality for one in self.registers]
        return sum(int(np.isin(part, _GUESSED).sum()) for part in parts)

    @property
    def step(self) -> int:
        """Length of the shortest interval, seconds."""
        return min(one.channel.interval_s for one in self.registers)

    def decimal(self, value: int) -> Decimal:
        """A total in the channels' unit."""
        return Decimal(value).scaleb(-self.scale)


def running(plus: Sequence[IntervalSeries], minus: Sequence[IntervalSeries] = ()) -> Running | None:
    """The running total of registers, less that of others; None without readings.

    Args:
        plus: registers to add up.
        minus: registers to take away, such as what was sent back.
    """
    every = [
        (one, sign)
        for some, sign in ((plus, 1), (minus, -1))
        for one in some
        if bool((one.quality != Quality.MISSING).any())
    ]
    if not every:
        return None
    scale = max(one.scale for one, _ in every)
    changes = [_changes(one, sign, scale) for one, sign in every]
    at, step = changes[0]
    if len(changes) > 1:
        at, place = np.unique(np.concatenate([when for when, _ in changes]), return_inverse=True)
        step = np.zeros(len(at), np.int64)
        np.add.at(step, place, np.concatenate([value for _, value in changes]))
    return Running(at=at, total=np.cumsum(step), scale=scale, registers=tuple(one for one, _ in every))


def _changes(one: IntervalSeries, sign: int, scale: int) -> tuple[Int64, Int64]:
    """Borders of a register's intervals, and by how much the total grows up to each; 0 where a gap ends."""
    usable = one.take(one.quality != Quality.MISSING).rescaled(scale)
    ends = usable.start + one.channel.interval_s
    begins = np.append(True, usable.start[1:] != ends[:-1])
    at = np.concatenate([usable.start[begins], ends])
    order = np.argsort(at, kind="stable")
    grown = np.concatenate([np.zeros(int(begins.sum()), np.int64), usable.value * sign])
    return at[order], grown[order]


def life(one: IntervalSeries) -> tuple[int, int]:
    """First instant of a register's readings, and the one after its last."""
    return int(one.start[0]), int(one.start[-1]) + one.channel.interval_s


def _lives(one: IntervalSeries, low: int, high: int) -> bool:
    first, last = life(one)
    return first < high and low < last


def _missing(one: IntervalSeries, every: Sequence[IntervalSeries], low: int, high: int) -> int:
    if not _lives(one, low, high):
        return 0
    first, last = life(one)
    others = [life(other) for other in every if _same_flow(one, other)]
    start = max(low, first) if any(abs(end - first) <= DAY_S for _, end in others) else low
    end = min(high, last) if any(abs(begin - last) <= DAY_S for begin, _ in others) else high
    step = one.channel.interval_s
    start, end = start + (first - start) % step, end - (end - first) % step
    part = one.clip(start, end)
    return max(0, (end - start) // step - int((part.quality != Quality.MISSING).sum()))


def _same_flow(one: IntervalSeries, other: IntervalSeries) -> bool:
    return other is not one and other.channel.flow is one.channel.flow
