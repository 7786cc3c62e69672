"""A wrong multiplier as it shows within one channel: all of its readings change by one known factor overnight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from meterbook.analysis.vee.runs import Int64
from meterbook.analysis.vee.stuck import quantum
from meterbook.analysis.vee.thresholds import Thresholds
from meterbook.analysis.vee.view import View, is_interval_usage
from meterbook.analysis.vee.wording import factor_text, moment
from meterbook.model.finding import Finding

KNOWN = (10, 20, 40, 60, 80, 100, 120, 160, 200, 240, 400, 1000)
"""Factors that meters, instrument transformers and decimal points make; transformer ratios as in common catalogues."""

VARIETY = 20  # different readings without which the steps between them tell nothing
NEAR_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A change of level.

    Attributes:
        at: position of the first reading after it.
        factor: readings after it, in those before it.
    """

    at: int
    factor: float


def level(view: View, limits: Thresholds) -> list[Finding]:
    """Findings on changes of level by a known factor; one that is undone later ends there.

    A home that fills up or a plant that starts also uses ten times as much. What tells a multiplier is that the steps
    between readings grow with them (all are multiples of ten where they were of one), or that low, middle and high
    readings all change by the same known factor.
    """
    if not is_interval_usage(view.channel) or len(view.day) < 2 * limits.level_days:
        return []
    edges = [edge for at in _candidates(view, limits) if (edge := _edge(view, at, limits)) is not None]
    found, open_edge = [], None
    for edge in edges:
        if open_edge is not None and 0.9 < open_edge.factor * edge.factor < 1.1:
            found.append(_finding(view, open_edge, edge.at))
            open_edge = None
            continue
        if open_edge is not None:
            found.append(_finding(view, open_edge, edge.at))
        open_edge = edge
    if open_edge is not None:
        found.append(_finding(view, open_edge, len(view)))
    return found


def _candidates(view: View, limits: Thresholds) -> list[int]:
    """Days (positions among the days) before which and from which on the usual daily use differs most, locally."""
    per_reading = np.abs(view.day_sum) / view.day_count
    usual = np.median(sliding_window_view(per_reading, limits.level_days), axis=1)
    before, after = usual[: -limits.level_days], usual[limits.level_days :]
    both = (before > 0) & (after > 0)
    change = np.zeros(len(before))
    change[both] = np.abs(np.log(after[both] / before[both]))
    high = np.flatnonzero(change > np.log(limits.level_ratio))
    if not len(high):
        return []
    groups = np.split(high, np.flatnonzero(np.diff(high) > 1) + 1)
    return [_middle(group, change) + limits.level_days for group in groups]


def _middle(group: Int64, change: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    """The middle of the days at which the change is greatest: medians see it some days before and after too."""
    top = group[change[group] >= change[group].max() * 0.98]
    return int(top[len(top) // 2])


def _edge(view: View, day: int, limits: Thresholds) -> Edge | None:
    first = int(view.day_first[max(0, day - NEAR_DAYS)])
    last = int(view.day_first[day + NEAR_DAYS]) if day + NEAR_DAYS < len(view.day) else len(view)
    # The change itself lies within some days of the one found: these count for neither side.
    slack = limits.level_days // 2 + 1
    low, high = int(view.day_first[max(0, day - slack)]), int(view.day_first[min(len(view.day) - 1, day + slack)])
    before, after = (part[part != 0] for part in (view.value[first:low], view.value[high:last]))
    before, after = _steady(before), _steady(after)
    if len(before) < 2 * VARIETY or len(after) < 2 * VARIETY:
        return None
    ratio = float(np.median(after) / np.median(before))
    if ratio <= 0:
        return None
    step_before, step_after = quantum(before), quantum(after)
    steps = step_after / step_before
    varied = min(len(np.unique(before)), len(np.unique(after))) >= VARIETY
    if varied and _whole(steps) and _agree(steps, ratio):
        return Edge(at=_exact(view, low, high, step_before, step_after), factor=steps)
    known = _known(ratio) if varied else None
    if known is not None and _alike(before, after, known, limits):
        return Edge(at=_nearest(view, low, high, before, after), factor=known)
    return None


def _steady(values: Int64) -> Int64:
    """The readings without sign; the count of them is what it was."""
    return np.abs(values)


def _whole(steps: float) -> bool:
    """Whether the steps grew or shrank by a whole factor of two or more."""
    larger = max(steps, 1 / steps)
    return larger >= 2 and abs(larger - round(larger)) < 1e-9


def _agree(steps: float, ratio: float) -> bool:
    """Whether the readings changed about as much as their steps: a meter that merely rounds more does not.

    Use changes by itself from one fortnight to the next, which matters less the larger the factor is.
    """
    slack = max(1.5, max(steps, 1 / steps) ** 0.4)
    return 1 / slack < ratio / steps < slack and max(ratio, 1 / ratio) > 1.4


def _known(ratio: float) -> float | None:
    larger = max(ratio, 1 / ratio)
    nearest = min(KNOWN, key=lambda one: abs(np.log(larger / one)))
    if abs(np.log(larger / nearest)) > np.log(1.1):
        return None
    return float(nearest) if ratio > 1 else 1 / nearest


def _alike(before: Int64, after: Int64, factor: float, limits: Thresholds) -> bool:
    if max(factor, 1 / factor) < limits.level_sure:
        return False
    shares = (0.05, 0.25, 0.5, 0.75, 0.95)
    low, high = np.quantile(before, shares), np.quantile(after, shares)
    if low[-1] < 3 * low[0]:
        return False  # a flat load looks like any other flat load
    ratios = high / low / factor
    return bool((ratios < limits.level_spread).all() and (ratios > 1 / limits.level_spread).all())


def _exact(view: View, low: int, high: int, step_before: int, step_after: int) -> int:
    """The reading from which on (or up to which) all are multiples of the larger step."""
    part = view.value[low:high]
    if step_after > step_before:
        odd = np.flatnonzero(part % step_after != 0)
        return low + (int(odd[-1]) + 1 if len(odd) else 0)
    odd = np.flatnonzero(part % step_before != 0)
    return low + (int(odd[0]) if len(odd) else 0)


def _nearest(view: View, low: int, high: int, before: Int64, after: Int64) -> int:
    """The split of the days in doubt that puts most readings on the side of the geometric middle where they belong."""
    middle = float(np.sqrt(np.median(before) * np.median(after)))
    above = (np.abs(view.value[low:high]) > middle) == bool(np.median(after) > np.median(before))
    score = np.concatenate(([0], np.cumsum(np.where(above, -1, 1))))
    return low + int(np.argmax(score))


def _finding(view: View, edge: Edge, until: int) -> Finding:
    start = int(view.start[edge.at])
    end = int(view.start[until - 1]) + view.step
    factor = factor_text(edge.factor)
    return Finding(
        name="vee.multiplier",
        message=f"readings are {factor} times what they were, from {moment(start, view.tz)}: a multiplier changed",
        start=start,
        end=end,
        data={"factor": factor, "ongoing": until == len(view), "against": "itself"},
    )
