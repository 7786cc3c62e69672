"""The nights of clock changes: an hour that was copied into its second pass, or filled with zeros."""

from __future__ import annotations

import numpy as np

from meterbook.analysis.vee.stuck import quantum
from meterbook.analysis.vee.thresholds import Thresholds
from meterbook.analysis.vee.view import Int64, View, is_interval_usage
from meterbook.analysis.vee.wording import moment
from meterbook.model.channel import FlowDirection
from meterbook.model.finding import Finding
from meterbook.model.quality import Quality
from meterbook.model.wall_clock import Transition

CHANCE = 1e4  # equal hours of different values come about once in so many nights by chance, or more seldom


def clock_change(view: View, limits: Thresholds) -> list[Finding]:
    """Findings on the hours at changes of the clock. An hour that is missing there is told by the rule on gaps."""
    if not is_interval_usage(view.channel):
        return []
    found = []
    for change in view.changes:
        finding = _copied(view, change) if change.repeats else _filled(view, change)
        if finding is not None:
            found.append(finding)
    return found


def _hour(view: View, start: int, length: int) -> Int64 | None:
    """The values of a full hour, as measured and certain in time; None without."""
    low, high = np.searchsorted(view.start, (start, start + length))
    if high - low != length // view.step or bool((view.series.quality[low:high] != Quality.ACTUAL).any()):
        return None
    return view.value[low:high]


def _copied(view: View, change: Transition) -> Finding | None:
    length = change.before - change.after
    first, second = _hour(view, change.at - length, length), _hour(view, change.at, length)
    if first is None or second is None or len(first) < 2 or not bool((first == second).all()):
        return None
    low, high = np.searchsorted(view.start, (change.at - 86_400, change.at + 86_400))
    near = view.value[low:high]
    variety = len(np.unique(near)) if len(near) else 1
    if len(np.unique(first)) < 2 or float(variety) ** len(first) < CHANCE or int(first.max()) < 20 * quantum(near):
        return None
    end = change.at + length
    text = f"the repeated hour of {moment(change.at, view.tz)[:10]} holds the values of the first one once more"
    data: dict[str, str | int | bool] = {"intervals": len(second)}
    return Finding(name="vee.dst-duplicate", message=text, start=change.at, end=end, data=data)


def _filled(view: View, change: Transition) -> Finding | None:
    """An hour of zeros beside the hour that was skipped, in a channel that is hardly ever zero."""
    length = change.after - change.before
    if view.channel.flow is FlowDirection.RECEIVED:
        return None
    for start in (change.at, change.at - length):
        hour = _hour(view, start, length)
        if hour is None or bool(hour.any()):
            continue
        around = [_hour(view, start + shift * length, length) for shift in (-2, -1, 1, 2)]
        if any(one is None or not bool(one.all()) for one in around):
            continue
        if np.count_nonzero(view.value == 0) > len(hour) + 0.001 * len(view):
            continue
        text = f"the hour at the change of the clock is filled with zeros, {moment(start, view.tz)}"
        data: dict[str, str | int | bool] = {"kind": "zero", "intervals": len(hour)}
        return Finding(name="vee.dst-hole", message=text, start=start, end=start + length, data=data)
    return None
