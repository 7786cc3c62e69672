"""Negative readings of a register whose flow can't be negative."""

from __future__ import annotations

import numpy as np

from meterbook.analysis.vee.runs import joined, runs
from meterbook.analysis.vee.thresholds import Thresholds
from meterbook.analysis.vee.view import View
from meterbook.analysis.vee.wording import amount, moment
from meterbook.model.calendar import interval_ends
from meterbook.model.channel import FlowDirection, Quantity
from meterbook.model.finding import Finding


def negative(view: View, limits: Thresholds) -> list[Finding]:
    """Findings on negative usage that is not net; those no more than a day apart are one."""
    channel = view.channel
    if not len(view) or channel.quantity is not Quantity.USAGE or channel.flow is FlowDirection.NET:
        return []
    if int(view.value.min()) >= 0:
        return []
    first, after = runs(view.value < 0)
    start = view.start[first]
    end = interval_ends(view.start[after - 1], view.step, view.tz)
    lows, highs, run = joined(start, end, limits.gap_join_s)
    bounds = np.append(run, len(first))
    found = []
    for number, (low, high) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
        part = view.value[first[bounds[number]] : after[bounds[number + 1] - 1]]
        count, least = int(np.count_nonzero(part < 0)), amount(int(part.min()), view.series.scale)
        text = f"{channel.flow.value} is negative from {moment(low, view.tz)}, as low as {least} {channel.unit.value}"
        data: dict[str, str | int | bool] = {"intervals": count, "least": least}
        found.append(Finding(name="vee.negative", message=text, start=low, end=high, data=data))
    return found
