"""Estimates of missing readings: short gaps by a line, longer ones by like days, and known totals kept exactly.

The methods are those usual in the trade's validation rules: a line for up to two hours, and for longer gaps the average
of days of the same kind, scaled to what a register or a daily reading says was used. Nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import isqrt
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.analysis.estimation_shape import like_days, line, shared_out
from meterbook.analysis.gaps import Gap, find_gaps
from meterbook.analysis.vee.thresholds import DEFAULTS, Thresholds
from meterbook.model.calendar import interval_ends
from meterbook.model.channel import DAY_S, FlowDirection, Quantity
from meterbook.model.errors import AnalysisError
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries

Int64 = NDArray[np.int64]
Float = NDArray[np.float64]
Bool = NDArray[np.bool_]


FAR = 10  # times the rounding that like days must suggest for a total without anything left to be doubted


class Method(StrEnum):
    """How a gap was filled."""

    LINE = "line"
    LIKE_DAYS = "like-days"
    TOTAL = "total"

    @property
    def words(self) -> str:
        """As a sentence says it.

        >>> Method.LINE.words
        'a straight line'
        """
        return {"line": "a straight line", "like-days": "days like it"}.get(self.value, "a total that is known")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was estimated of one gap.

    Attributes:
        start: first instant, UTC epoch seconds.
        end: instant after the last.
        intervals: readings estimated.
        method: how; ``total`` if a daily or monthly reading or a register says how much it must be in all.
        total: sum of the estimates at the series' scale.
    """

    start: int
    end: int
    intervals: int
    method: Method
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A gap that was not filled, and why."""

    start: int
    end: int
    intervals: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Estimates of a channel's missing readings.

    Attributes:
        series: n estimates, quality ESTIMATED.
        filled: the gaps they fill, in order.
        left: the gaps that were not filled.
    """

    series: IntervalSeries
    filled: tuple[Filled, ...]
    left: tuple[Left, ...]


def estimate(
    series: IntervalSeries,
    tz: ZoneInfo,
    *,
    start: int | None = None,
    end: int | None = None,
    totals: Sequence[IntervalSeries] = (),
    limits: Thresholds = DEFAULTS,
) -> Estimate:
    """Estimates of what is missing between a channel's first and last reading.

    Where all that is missing of a day or month is told by its total, the estimates and the readings there add up to it
    exactly, in integers. A total that is less than what was read already is not believed, nor one that leaves nothing
    where like days use something: the power was out, or the total is itself a sum of the readings that are there. Such
    gaps are left, unless no totals are given.

    Args:
        series: usage in intervals shorter than a day.
        tz: zone of the local calendar.
        start: first instant of the gaps that are filled, UTC epoch seconds; else that of the first reading.
        end: instant after the last.
        totals: daily and monthly readings of the same register, or any others: the shorter ones are used first.
        limits: thresholds.

    Raises:
        AnalysisError: the channel is not one of usage in intervals shorter than a day.
    """
    channel = series.channel
    if channel.quantity is not Quantity.USAGE or channel.interval_s >= DAY_S:
        raise AnalysisError("only interval usage can be estimated", expected="intervals shorter than a day")
    scale = max([series.scale, *(one.scale for one in totals)])
    work = _Work.of(series.rescaled(scale), tz, start, end, limits)
    for total in sorted(totals, key=lambda one: one.channel.interval_s):
        work.keep_to(total.rescaled(scale), noise=_noise(series, total, scale))
    work.settle_rest()
    return work.outcome()


@dataclass(slots=True, kw_only=True, eq=False)
class _Work:
    """The missing intervals of a channel on their way to estimates; the one thing here that changes.

    ``settled`` are those whose value is final, ``value`` their values, ``shape`` what like days or a line suggest (NaN
    where nothing does), ``reason`` why one was left.
    """

    series: IntervalSeries
    tz: ZoneInfo
    at: Int64
    shape: Float
    method: list[Method]
    value: Int64
    settled: Bool
    reason: list[str]

    @classmethod
    def of(cls, series: IntervalSeries, tz: ZoneInfo, start: int | None, end: int | None, limits: Thresholds) -> _Work:
        gaps = _gaps(series, tz, start, end)
        step = series.channel.interval_s
        at = np.concatenate([np.arange(gap.start, gap.end, step) for gap in gaps] or [np.empty(0, np.int64)])
        shape, method, reason = np.full(len(at), np.nan), [], []
        usual = like_days(series, at, tz, limits)
        first = 0
        for gap in gaps:
            part = slice(first, first + gap.intervals)
            short = gap.length_s <= limits.linear_s
            shape[part] = line(series, at[part]) if short else usual[part]
            why = f"longer than {limits.most_days} days" if gap.length_s > limits.most_days * DAY_S else ""
            method += [Method.LINE if short else Method.LIKE_DAYS] * gap.intervals
            reason += [why] * gap.intervals
            first = part.stop
        zeros = np.zeros(len(at), np.int64)
        return cls(
            series=series,
            tz=tz,
            at=at.astype(np.int64),
            shape=shape,
            method=method,
            value=zeros,
            settled=zeros.astype(np.bool_),
            reason=reason,
        )

    def keep_to(self, totals: IntervalSeries, noise: int) -> None:
        """Let what is missing of each span of the totals add up to what is left of its total, within rounding."""
        step, real = self.series.channel.interval_s, self.series.quality != Quality.MISSING
        start, value = self.series.start[real], self.series.value[real]
        running = np.concatenate(([0], np.cumsum(value)))
        good = totals.quality == Quality.ACTUAL
        ends = interval_ends(totals.start[good], totals.channel.interval_s, self.tz)
        for low, high, total in zip(
            totals.start[good].tolist(), ends.tolist(), totals.value[good].tolist(), strict=True
        ):
            first, after = np.searchsorted(self.at, (low, high)).tolist()
            open_ones = first + np.flatnonzero(~self.settled[first:after])
            below, above = np.searchsorted(start, (low, high)).tolist()
            if not len(open_ones) or (above - below + after - first) * step != high - low:
                continue
            there = int(running[above] - running[below]) + int(self.value[first:after].sum())
            self._share(open_ones, total - there, noise)

    def _share(self, which: NDArray[np.intp], left: int, noise: int) -> None:
        net = self.series.channel.flow is FlowDirection.NET
        suggested = float(np.nansum(np.abs(self.shape[which])))
        why = ""
        if left < -noise and not net:
            why = "the total is less than what was read of it"
        elif abs(left) <= noise and suggested > FAR * noise:
            why = "the total has nothing left for it: no power, or a total of these readings"
        if why:
            for one in which.tolist():
                self.reason[one] = why
            return
        self.value[which] = shared_out(self.shape[which], left if net else max(left, 0), additive=net)
        self.settled[which] = True
        for one in which.tolist():
            self.method[one], self.reason[one] = Method.TOTAL, ""

    def settle_rest(self) -> None:
        """Give what no total tells of the value that its shape suggests, rounded so that sums are kept."""
        for first, after in _runs(self.at, self.series.channel.interval_s, [str(one) for one in self.method]):
            part = np.arange(first, after)
            part = part[~self.settled[part]]
            part = part[[not self.reason[one] for one in part.tolist()]]
            known = part[np.isfinite(self.shape[part])]
            for one in np.setdiff1d(part, known).tolist():
                self.reason[one] = "no day like it has readings"
            if len(known):
                suggested = self.shape[known]
                self.value[known] = shared_out(suggested, int(np.rint(suggested.sum())), additive=True)
                self.settled[known] = True

    def outcome(self) -> Estimate:
        """Estimates, and what was filled and left by runs of one method or reason."""
        words = [self.reason[one] if not self.settled[one] else self.method[one].value for one in range(len(self.at))]
        step, filled, left = self.series.channel.interval_s, [], []
        for first, after in _runs(self.at, step, words):
            span = {"start": int(self.at[first]), "end": int(self.at[after - 1]) + step, "intervals": after - first}
            if self.settled[first]:
                total = int(self.value[first:after].sum())
                filled.append(Filled(**span, method=self.method[first], total=total))
            else:
                left.append(Left(**span, reason=words[first]))
        done = self.settled
        series = IntervalSeries(
            channel=self.series.channel,
            start=self.at[done],
            value=self.value[done],
            quality=np.full(int(done.sum()), Quality.ESTIMATED, np.int8),
            scale=self.series.scale,
        )
        return Estimate(series=series, filled=tuple(filled), left=tuple(left))


def _noise(series: IntervalSeries, totals: IntervalSeries, scale: int) -> int:
    """What rounding may leave of a total once the readings in it are taken off, at ``scale``."""
    count = max(1, totals.channel.interval_s // series.channel.interval_s)
    return int(10 ** (scale - totals.scale)) + int(10 ** (scale - series.scale)) * (6 * isqrt(count) // 5 + 1)


def _gaps(series: IntervalSeries, tz: ZoneInfo, start: int | None, end: int | None) -> tuple[Gap, ...]:
    real = series.start[series.quality != Quality.MISSING]
    if not len(real):
        return ()
    step = series.channel.interval_s
    low, high = int(real[0]), int(real[-1]) + step
    low = low if start is None else max(low, low - (low - start) // step * step)
    return find_gaps(series, low, high if end is None else min(high, end), tz)


def _runs(at: Int64, step: int, words: Sequence[str]) -> list[tuple[int, int]]:
    """Positions of runs that follow each other in time and share a word."""
    edges = [one for one in range(1, len(at)) if at[one] - at[one - 1] != step or words[one] != words[one - 1]]
    bounds = [0, *edges, len(at)]
    return list(pairwise(bounds)) if len(at) else []
