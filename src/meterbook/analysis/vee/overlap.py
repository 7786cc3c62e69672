"""Overlapping: the same use claimed twice, by readings, by channels of one register, or by two meters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from meterbook.analysis.vee.runs import joined, runs
from meterbook.analysis.vee.thresholds import Thresholds
from meterbook.analysis.vee.view import View, is_interval_usage
from meterbook.analysis.vee.wording import lasting, moment
from meterbook.model.channel import Channel
from meterbook.model.finding import Finding


def overlap(view: View, limits: Thresholds) -> list[Finding]:
    """Findings on readings of one channel that begin before the one before them ends."""
    if not is_interval_usage(view.channel) or len(view) < 2:
        return []
    close = np.diff(view.start) < view.step
    if not bool(close.any()):
        return []
    first, after = runs(close)
    lows, highs, run = joined(view.start[first], view.start[after] + view.step, limits.gap_join_s)
    counts = np.add.reduceat(after - first, run)
    return [
        Finding(
            name="vee.overlap",
            message=f"readings begin less than {lasting(view.step)} apart from {moment(low, view.tz)}",
            start=low,
            end=high,
            data={"kind": "readings", "intervals": count},
        )
        for low, high, count in zip(lows.tolist(), highs.tolist(), counts.tolist(), strict=True)
    ]


def overlapping_channels(views: Sequence[View], limits: Thresholds) -> list[tuple[Channel, Finding]]:
    """Findings on pairs of channels at one service location that claim the same use, kept with the second one.

    Two interval lengths of one register are added up wherever a meter's step was changed, so they must not have
    readings of the same time. Two meters that show the very same varied readings are one.
    """
    found = []
    for one, other in combinations([view for view in views if is_interval_usage(view.channel) and len(view)], 2):
        if not _may_add_up(one.channel, other.channel):
            continue
        low, high = max(int(one.start[0]), int(other.start[0])), min(one.end, other.end)
        if high <= low:
            continue
        if _register(one.channel) == _register(other.channel):
            finding = _lengths(one, other, low, high)
        else:
            finding = _twins(one, other, low, high, limits) if one.step == other.step else None
        if finding is not None:
            found.append((other.channel, finding))
    return found


def _may_add_up(one: Channel, other: Channel) -> bool:
    return all(
        getattr(one, field) == getattr(other, field) for field in ("service_location", "category", "flow", "unit")
    )


def _register(channel: Channel) -> tuple[str, str]:
    return channel.meter, channel.register


def _lengths(one: View, other: View, low: int, high: int) -> Finding | None:
    """Both have a reading of the same time: of the longer intervals, those in which a shorter one begins."""
    fine, coarse = sorted((one, other), key=lambda view: view.step)
    if fine.step == coarse.step:
        return None
    first, last = np.searchsorted(coarse.start, (low - coarse.step, high))
    start = coarse.start[first:last]
    both = start[np.searchsorted(fine.start, start) < np.searchsorted(fine.start, start + coarse.step)]
    if not len(both):
        return None
    lengths = f"intervals of {lasting(fine.step)} and of {lasting(coarse.step)}"
    return Finding(
        name="vee.overlap",
        message=f"one register has {lengths} for the same time from {moment(int(both[0]), one.tz)}",
        start=int(both[0]),
        end=int(both[-1]) + coarse.step,
        data={"kind": "lengths", "intervals": len(both), "other": one.channel.key},
    )


def _twins(one: View, other: View, low: int, high: int, limits: Thresholds) -> Finding | None:
    mine, theirs = one.series.clip(low, high), other.series.clip(low, high)
    scale = max(mine.scale, theirs.scale)
    mine, theirs = mine.rescaled(scale), theirs.rescaled(scale)
    at = np.searchsorted(theirs.start, mine.start)
    common = at < len(theirs)
    common[common] = theirs.start[at[common]] == mine.start[common]
    value, twin = mine.value[common], theirs.value[at[common]]
    told = value != 0
    if int(np.count_nonzero(told)) < limits.twin_readings or not bool((value == twin).all()):
        return None
    if len(np.unique(value[told])) < limits.twin_readings:
        return None
    start = mine.start[common]
    names = f"meters {one.channel.meter} and {other.channel.meter}"
    if one.channel.meter == other.channel.meter:
        names = f"registers {one.channel.register} and {other.channel.register} of meter {one.channel.meter}"
    return Finding(
        name="vee.overlap",
        message=f"{names} have the very same readings from {moment(int(start[0]), one.tz)}",
        start=int(start[0]),
        end=int(start[-1]) + one.step,
        data={"kind": "meters", "intervals": len(start), "other": one.channel.key},
    )
