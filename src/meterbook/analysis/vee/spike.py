"""Spikes: readings that stand far above the rest of their day and above all that the channel usually shows."""

from __future__ import annotations

from math import ceil

import numpy as np

from meterbook.analysis.vee.runs import Int64, joined
from meterbook.analysis.vee.thresholds import Thresholds
from meterbook.analysis.vee.view import View, is_interval_usage
from meterbook.analysis.vee.wording import amount, moment
from meterbook.model.channel import ServiceCategory
from meterbook.model.finding import Finding
from meterbook.model.units import Unit

LEFT_OUT = 4  # days at least whose peaks may be spikes


def spike(view: View, limits: Thresholds) -> list[Finding]:
    """Findings on spikes; those no more than a day apart are one.

    The trade's check is on one day alone: the highest reading against the third-highest. A water heater in an empty
    home fails it, so here the reading must also stand as far above the highest peak that is usual for the channel, and
    above what one appliance draws. A reading many times the usual peak counts however many others stand beside it.
    """
    if not is_interval_usage(view.channel) or len(view.day) < limits.spike_days:
        return []
    ratio = 1 + (
        limits.spike_ratio if view.channel.category is ServiceCategory.ELECTRICITY else limits.spike_ratio_other
    )
    peaks = view.day_peak
    usual = _usual(peaks, limits)
    low = max(usual * ratio, _floor(view, limits))
    spikes: list[int] = []
    for day in np.flatnonzero(peaks > low).tolist():
        first = int(view.day_first[day])
        size = view.size[first : first + int(view.day_count[day])]
        third = int(np.partition(size, -3)[-3]) if len(size) >= 4 else usual
        above = size > max(low, usual * limits.spike_sure)
        if int(peaks[day]) > ratio * third:
            above |= size > max(low, ratio * third)
        spikes += (first + np.flatnonzero(above & view.measured[first : first + len(size)])).tolist()
    if not spikes:
        return []
    start = view.start[spikes]
    _, _, run = joined(start, start + view.step, limits.gap_join_s)
    return [_finding(view, part, usual) for part in np.split(np.array(spikes), run[1:])]


def _usual(peaks: np.ndarray[tuple[int], np.dtype[np.int64]], limits: Thresholds) -> int:
    """The highest peak that is usual: a few days may hold spikes, so theirs are left out."""
    rank = max(LEFT_OUT + 1, ceil(limits.spike_share * len(peaks)))
    return int(np.partition(peaks, -rank)[-rank])


def _floor(view: View, limits: Thresholds) -> float:
    if view.channel.unit is not Unit.KWH:
        return 0.0
    return limits.spike_floor_kw * view.step / 3600 * 10.0**view.series.scale


def _finding(view: View, at: Int64, usual: int) -> Finding:
    start, unit = int(view.start[at[0]]), view.channel.unit.value
    highest = int(view.value[at[int(np.argmax(view.size[at]))]])
    value, known = (amount(one, view.series.scale) for one in (highest, usual))
    when = moment(start, view.tz)
    text = f"{value} {unit} at {when} stands alone"
    if len(at) > 1:
        text = f"{len(at)} readings from {when} stand out, up to {value} {unit}"
    return Finding(
        name="vee.spike",
        message=f"{text}; the usual highest is {known} {unit}",
        start=start,
        end=int(view.start[at[-1]]) + view.step,
        data={"value": value, "usual": known, "intervals": len(at)},
    )
