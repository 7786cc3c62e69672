"""Sums and peaks of a meter's intervals by part, season and period. All in integers, in one pass for all periods.

What depends on the schedule and the time alone is worked out once and used for any number of meters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from meterbook.model.errors import InputError
from meterbook.tariffs.axis import Axis, Int64

_MOST = 2**63 - 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Bins:
    """For each interval the bin that it counts to.

    Neighbours in the same bin are added first, so that few sums are left to be put in order; which are neighbours is
    worked out once for all meters.

    Attributes:
        bin: n places; ``count`` for intervals that count nowhere.
        count: how many bins.
    """

    bin: Int64
    count: int

    def sums(self, values: Int64) -> Int64:
        """Sum of n values in each bin.

        Raises:
            InputError: values too large for sums of 64 bits.
        """
        _within_64_bits(values)
        found: Int64 = self.sums_of_many(values[None])[0]
        return found

    def sums_of_many(self, values: Int64) -> Int64:
        """Sums of m × n values in each bin, m × count; none may leave 64 bits."""
        found = np.zeros((len(values), self.count + 1), np.int64)
        if values.shape[1]:
            starts, order, bounds, numbers = self._runs
            runs = np.add.reduceat(values, starts, axis=1)
            found[:, numbers] = np.add.reduceat(runs[:, order], bounds, axis=1)
        return found[:, : self.count]

    @cached_property
    def counts(self) -> Int64:
        """Number of intervals in each bin."""
        return np.bincount(self.bin, minlength=self.count + 1)[: self.count]

    @cached_property
    def _runs(self) -> tuple[Int64, Int64, Int64, Int64]:
        """Where neighbours begin; their order by bin; where bins begin in it; and which bins those are."""
        starts = np.flatnonzero(np.diff(self.bin, prepend=-1))
        bins = self.bin[starts]
        order = np.argsort(bins, kind="stable")
        numbers, bounds = np.unique(bins[order], return_index=True)
        return starts, order, bounds, numbers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Windows:
    """Windows over which power is averaged, in the order of the groups among which a highest is looked for.

    Attributes:
        first: place of each window's first interval, ordered by group.
        length: intervals of a window.
        bounds: where each group begins among them; groups without a window are not here.
        group: number of each of those groups.
        per_hour: what a window's energy is multiplied by to be power.
    """

    first: Int64
    length: int
    bounds: Int64
    group: Int64
    per_hour: int

    def peaks(self, values: Int64, gone: Int64 | None) -> dict[int, tuple[int, int]]:
        """By group the highest window: power as an integer of the values' scale, and place of its first interval.

        Args:
            values: energy of each interval.
            gone: how many intervals without a reading come before each place, n + 1; None without any. Windows that
                lack one don't count.
        """
        if not len(self.first):
            return {}
        if self.length == 1:
            energy = values[self.first]
        else:
            total = np.concatenate([np.zeros(1, np.int64), np.cumsum(values)])
            energy = total[self.first + self.length] - total[self.first]
        if gone is not None:
            energy = np.where(gone[self.first + self.length] > gone[self.first], np.iinfo(np.int64).min, energy)
        highest = np.maximum.reduceat(energy, self.bounds)
        ends = np.append(self.bounds[1:], len(energy))
        found = {}
        for place, group in enumerate(self.group.tolist()):
            if highest[place] == np.iinfo(np.int64).min:
                continue
            low = int(self.bounds[place])
            at = low + int(np.argmax(energy[low : int(ends[place])]))
            found[group] = (int(highest[place]) * self.per_hour, int(self.first[at]))
        return found

    def peaks_of_many(self, values: Int64) -> Int64:
        """Highest windows of m × n values, m × groups in the order of ``group``; none lacks an interval."""
        if not len(self.first):
            return np.zeros((len(values), 0), np.int64)
        if self.length == 1:
            return self._highest_of_runs(values) * np.int64(self.per_hour)
        total = np.concatenate([np.zeros((len(values), 1), np.int64), np.cumsum(values, axis=1)], axis=1)
        energy = total[:, self.first + self.length] - total[:, self.first]
        return np.maximum.reduceat(energy, self.bounds, axis=1) * np.int64(self.per_hour)

    def _highest_of_runs(self, values: Int64) -> Int64:
        """Highest interval of each group; neighbours are compared first, where they lie in memory."""
        of = np.repeat(np.arange(len(self.group)), np.diff(np.append(self.bounds, len(self.first))))
        by_time = np.argsort(self.first)
        place, of = self.first[by_time], of[by_time]
        begins = np.flatnonzero(np.diff(place, prepend=-2) != 1) if len(place) else place
        begins = np.union1d(begins, np.flatnonzero(np.diff(of, prepend=-1)))
        lows, highs = place[begins], place[np.append(begins[1:], len(place)) - 1] + 1
        edges = np.stack([lows, highs], axis=1).ravel()
        if edges[-1] == values.shape[1]:
            edges = edges[:-1]
        runs = np.maximum.reduceat(values, edges, axis=1)[:, ::2]
        group = of[begins]
        order = np.argsort(group, kind="stable")
        bounds = np.searchsorted(group[order], np.arange(len(self.group)))
        highest: Int64 = np.maximum.reduceat(runs[:, order], bounds, axis=1)
        return highest


def _within_64_bits(values: Int64) -> None:
    if values.size and max(int(values.max()), -int(values.min())) >= _MOST // len(values):
        raise InputError("readings are too large to be added up exactly", expected="kWh of one meter")


def windows(axis: Axis, groups: Int64, minutes: int, *, rolling: bool) -> Windows:
    """Windows of a demand charge.

    Args:
        axis: the intervals.
        groups: for each interval the group that a window beginning there is in; -1 for none. A window counts if its
            last interval is in the same billing period, which :mod:`meterbook.tariffs.plan` sees to.
        minutes: length over which power is averaged.
        rolling: windows may begin at any interval.

    Raises:
        InputError: intervals are longer than the window, or do not divide it.
    """
    if axis.step_s > minutes * 60 or minutes * 60 % axis.step_s:
        raise InputError(
            f"demand over {minutes} minutes can't be told from readings of {axis.step_s // 60} minutes",
            expected=f"interval readings of {minutes} minutes, or of a length that divides it",
        )
    length = minutes * 60 // axis.step_s
    place = np.arange(axis.count - length + 1, dtype=np.int64)
    kept = groups[place] >= 0
    if not rolling:
        kept &= axis.minute[place] % minutes == 0
    place = place[kept]
    group = groups[place]
    order = np.argsort(group, kind="stable")
    place, group = place[order], group[order]
    numbers, bounds = np.unique(group, return_index=True)
    return Windows(first=place, length=length, bounds=bounds.astype(np.int64), group=numbers, per_hour=60 // minutes)
