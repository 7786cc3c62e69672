"""Stuck readings: one value, other than zero, repeated for longer than chance brings about in that channel."""

from __future__ import annotations

import numpy as np

from meterbook.analysis.vee.runs import Int64, runs
from meterbook.analysis.vee.thresholds import Thresholds
from meterbook.analysis.vee.view import View, is_interval_usage
from meterbook.analysis.vee.wording import amount, lasting, moment
from meterbook.model.finding import Finding

SAMPLE = 4096
UNLIKE = 5  # runs that are left out when it is asked how often readings repeat by nature


def stuck(view: View, limits: Thresholds) -> list[Finding]:
    """Findings on stuck readings.

    Coarse meters, street lights and idle homes repeat themselves by nature. So a run only counts if its value is made
    of many of the meter's smallest steps, and if runs of that length are not to be expected from how often the
    channel's readings repeat elsewhere.
    """
    if not is_interval_usage(view.channel) or len(view) < 2 * limits.stuck_readings:
        return []
    value = view.value
    # A stretch of equal readings holds a place in every few at which that many back are equal: a quick look first.
    apart = limits.stuck_readings - 1
    if not bool((value[apart:] == value[:-apart]).any()):
        return []
    same = (value[1:] == value[:-1]) & (value[1:] != 0)
    first, after = runs(same & view.follows & view.measured[1:])
    length = after - first + 1
    least = max(limits.stuck_readings, limits.stuck_s // view.step)
    long = np.flatnonzero(length >= least)
    if not len(long):
        return []
    counts = np.abs(value[first[long]]) // quantum(value)
    likely = _repeats(value, same, length[long])
    expected = len(value) * likely ** (length[long] - 1).astype(np.float64)
    chosen = long[(counts >= limits.stuck_counts) & (expected < limits.stuck_chance)]
    return [_finding(view, int(first[run]), int(length[run])) for run in chosen.tolist()]


def quantum(value: Int64) -> int:
    """The smallest step that readings are made of: the greatest number that divides all of a sample."""
    sample = np.unique(value[:: max(1, len(value) // SAMPLE)])
    return max(1, int(np.gcd.reduce(sample))) if len(sample) else 1


def _repeats(value: Int64, same: np.ndarray[tuple[int], np.dtype[np.bool_]], lengths: Int64) -> float:
    """Share of the readings that repeat the one before, the longest few of the runs in question left out."""
    left_out = int(np.sort(lengths)[-UNLIKE:].sum())
    pairs = max(1, int(np.count_nonzero(value)) - left_out)
    return max(int(np.count_nonzero(same)) - left_out, 1) / pairs if pairs > 1 else 1.0


def _finding(view: View, first: int, length: int) -> Finding:
    start = int(view.start[first])
    value = amount(int(view.value[first]), view.series.scale)
    time = lasting(length * view.step)
    return Finding(
        name="vee.stuck",
        message=f"{value} {view.channel.unit.value} is repeated for {time} from {moment(start, view.tz)}",
        start=start,
        end=start + length * view.step,
        data={"value": value, "intervals": length},
    )
