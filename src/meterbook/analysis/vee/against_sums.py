"""Interval readings against the daily and monthly ones of the same register: sums, multipliers and shifted clocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from meterbook.analysis.coarse_check import check_days
from meterbook.analysis.vee.runs import Int64, runs
from meterbook.analysis.vee.thresholds import Thresholds
from meterbook.analysis.vee.view import View, is_interval_usage
from meterbook.analysis.vee.wording import amount, factor_text, lasting, moment
from meterbook.model.calendar import interval_ends
from meterbook.model.channel import DAY_S, MONTH_S, Channel
from meterbook.model.finding import Finding
from meterbook.model.quality import Quality

Bool = NDArray[np.bool_]
MANY = 10  # days that fail for no reason that is known, from which on they are told together


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Coarse readings beside the sums of the intervals in them, all at one scale.

    Attributes:
        fine: the interval channel.
        scale: digits after the point.
        start: n instants.
        end: n instants after each.
        own: n sums of the intervals.
        told: n coarse readings.
        whole: n marks: every interval is there, measured, and certain in time.
        running: sums of all intervals before each, one more than there are.
        tolerance: what rounding may explain.
    """

    fine: View
    scale: int
    start: Int64
    end: Int64
    own: Int64
    told: Int64
    whole: Bool
    running: Int64
    tolerance: int

    def differ(self) -> Bool:
        """Whole spans whose sums differ by more than rounding."""
        marks: Bool = self.whole & (np.abs(self.own - self.told) > self.tolerance)
        return marks

    def moved(self, by_s: int) -> Bool:
        """Spans that add up once each begins and ends that much later."""
        first, after = (np.searchsorted(self.fine.start, edge + by_s) for edge in (self.start, self.end))
        full = (after - first) * self.fine.step == self.end - self.start
        marks: Bool = full & (np.abs(self.running[after] - self.running[first] - self.told) <= self.tolerance)
        return marks


def against_days(fine: View, daily: View, limits: Thresholds) -> list[Finding]:
    """Findings on intervals that don't add up to the daily readings of their register.

    Where all days of a run stand in one ratio it is a multiplier; where they add up once the intervals are moved by
    some steps it is a shifted clock; any other day is told by itself, or all together if most of them fail.
    """
    spans = _spans(fine, daily)
    if spans is None:
        return []
    bad = spans.differ()
    if not bool(bad.any()):
        return []
    multiplied, found = _multiplied(spans, bad, limits)
    shifted, more = _shifted(spans, bad & ~multiplied, limits)
    left = bad & ~multiplied & ~shifted
    if np.count_nonzero(left) > max(MANY, 0.2 * np.count_nonzero(spans.whole)):
        return [*found, *more, _most(spans, left)]
    return [*found, *more, *_single(fine, daily, spans.start[left])]


def against_months(fine: View, monthly: View, limits: Thresholds) -> list[Finding]:
    """Findings on months whose intervals don't add up to the monthly reading.

    Meters are read at some hour of the first and last day, so the use of the days around both is allowed for.
    """
    spans = _spans(fine, monthly)
    if spans is None:
        return []
    found = []
    for month in np.flatnonzero(spans.differ()).tolist():
        low, high = int(spans.start[month]), int(spans.end[month])
        own, told = int(spans.own[month]), int(spans.told[month])
        edges = [fine.series.clip(at - DAY_S, at + DAY_S).rescaled(spans.scale).value for at in (low, high)]
        if abs(own - told) <= sum(int(np.abs(one).sum()) for one in edges):
            continue
        text = f"the intervals from {moment(low, fine.tz)} do not add up to the monthly reading"
        data: dict[str, str | int | bool] = {
            "intervals": amount(own, spans.scale),
            "monthly": amount(told, spans.scale),
            "difference": amount(told - own, spans.scale),
        }
        found.append(Finding(name="vee.month-sum", message=text, start=low, end=high, data=data))
    return found


def same_register(one: Channel, other: Channel) -> bool:
    """Whether two channels are of one register and differ in their interval length alone."""
    return replace(one, interval_s=0) == replace(other, interval_s=0)


def _spans(fine: View, coarse: View) -> Spans | None:
    """The coarse readings that may lie within the intervals; None without any."""
    if not is_interval_usage(fine.channel) or not len(fine) or not len(coarse):
        return None
    series = coarse.series
    near = (series.start >= int(fine.start[0]) - MONTH_S) & (series.start < fine.end)
    keep = near & (series.quality == Quality.ACTUAL)
    start = series.start[keep]
    if not len(start):
        return None
    end = _ends(coarse, start)
    scale = max(fine.series.scale, series.scale)
    value, told = fine.series.rescaled(scale).value, series.rescaled(scale).value[keep]
    first, after = np.searchsorted(fine.start, start), np.searchsorted(fine.start, end)
    running = np.concatenate(([0], np.cumsum(value)))
    certain = (fine.series.quality != Quality.AMBIGUOUS) & fine.measured
    unsure = np.concatenate(([0], np.cumsum(~certain)))
    return Spans(
        fine=fine,
        scale=scale,
        start=start,
        end=end,
        own=running[after] - running[first],
        told=told,
        whole=((after - first) * fine.step == end - start) & (unsure[after] == unsure[first]),
        running=running,
        tolerance=_tolerance(fine, coarse, scale),
    )


def _ends(coarse: View, start: Int64) -> Int64:
    """Ends of coarse readings: where the next one begins if it is of the next day or month, else by the calendar."""
    slack = 3600 if coarse.step == DAY_S else 3 * DAY_S
    end = np.append(start[1:], start[-1])
    usual = np.abs(end - start - coarse.step) <= slack
    if not bool(usual.all()):
        end[~usual] = interval_ends(start[~usual], coarse.step, coarse.tz)
    return end


def _tolerance(fine: View, coarse: View, scale: int) -> int:
    """What rounding may explain, as in :mod:`meterbook.analysis.coarse_check`: four deviations of a sum of n."""
    count = (25 * 3600 if coarse.step == DAY_S else 31 * DAY_S) // fine.step
    digits = int(10 ** (scale - fine.series.scale)) * (6 * isqrt(count) // 5 + 1)
    return int(10 ** (scale - coarse.series.scale)) + digits


def _multiplied(spans: Spans, bad: Bool, limits: Thresholds) -> tuple[Bool, list[Finding]]:
    """Runs of days whose sums stand in one ratio to the daily readings, clearly not one."""
    marks = np.zeros(len(bad), np.bool_)
    usable = bad & (spans.told != 0) & (spans.own != 0)
    ratio = np.ones(len(bad))
    ratio[usable] = spans.own[usable] / spans.told[usable]
    clear = (ratio > 1.4) | ((ratio > 0) & (ratio < 1 / 1.4))
    same = np.zeros(len(bad), np.bool_)
    same[1:] = clear[1:] & clear[:-1] & (np.abs(ratio[1:] - ratio[:-1]) < limits.ratio_spread * np.abs(ratio[:-1]))
    found = []
    for first, after in zip(*(bounds.tolist() for bounds in runs(same)), strict=True):
        days = after - first + 1
        if days < limits.ratio_days:
            continue
        marks[first - 1 : after] = True
        low, high = int(spans.start[first - 1]), int(spans.end[after - 1])
        factor = factor_text(float(np.median(ratio[first - 1 : after])))
        date = moment(low, spans.fine.tz)[:10]
        data: dict[str, str | int | bool] = {"factor": factor, "days": days, "against": "daily"}
        text = f"the intervals are {factor} times the daily readings on {days} days from {date}"
        found.append(Finding(name="vee.multiplier", message=text, start=low, end=high, data=data))
    return marks, found


def _shifted(spans: Spans, bad: Bool, limits: Thresholds) -> tuple[Bool, list[Finding]]:
    """Runs of days that add up once the intervals are moved by one number of steps."""
    marks = np.zeros(len(bad), np.bool_)
    found: list[Finding] = []
    for shift in range(1, limits.shift_most_s // spans.fine.step + 1):
        for moved in (shift * spans.fine.step, -shift * spans.fine.step):
            if np.count_nonzero(bad & ~marks) < limits.shift_sum_days:
                return marks, found
            fits = bad & ~marks & spans.moved(moved)
            # Days that add up either way (an idle night) may lie between; one that adds up no way ends the run.
            for low, high in zip(*(bounds.tolist() for bounds in runs(fits | ~bad)), strict=True):
                days = np.flatnonzero(fits[low:high]) + low
                if len(days) < limits.shift_sum_days or len(days) < 0.6 * (days[-1] - days[0] + 1):
                    continue
                marks[days] = True
                found.append(_shift(spans, int(days[0]), int(days[-1]), moved, len(days)))
    return marks, found


def _shift(spans: Spans, first: int, last: int, moved: int, days: int) -> Finding:
    way, date = ("late" if moved > 0 else "early"), moment(int(spans.start[first]), spans.fine.tz)[:10]
    data: dict[str, str | int | bool] = {"shift_s": moved, "days": days, "against": "daily"}
    return Finding(
        name="vee.clock-shift",
        message=f"by the daily readings the intervals are {lasting(abs(moved))} {way} from {date}",
        start=int(spans.start[first]),
        end=int(spans.end[last]),
        data=data,
    )


def _most(spans: Spans, left: Bool) -> Finding:
    days, of = int(np.count_nonzero(left)), int(np.count_nonzero(spans.whole))
    at = np.flatnonzero(left)
    return Finding(
        name="vee.day-sum",
        message=f"the intervals of {days} of {of} days do not add up to their daily readings",
        start=int(spans.start[at[0]]),
        end=int(spans.end[at[-1]]),
        data={"days": days, "of": of},
    )


def _single(fine: View, daily: View, starts: Int64) -> list[Finding]:
    """The days left, each told by the check that the sync makes of single days too."""
    series = daily.series
    at = np.searchsorted(series.start, starts)
    few = series.take(at)
    return [one for one in check_days(fine.series, few, fine.tz) if one.name == "vee.day-sum"]
