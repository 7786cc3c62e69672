"""Missing readings: intervals between a channel's first and last reading that have none."""

from __future__ import annotations

import numpy as np

from meterbook.analysis.gaps import find_gaps
from meterbook.analysis.vee.runs import Bool, Int64, joined
from meterbook.analysis.vee.thresholds import Thresholds
from meterbook.analysis.vee.view import View
from meterbook.analysis.vee.wording import moment
from meterbook.model.calendar import interval_ends
from meterbook.model.channel import DAY_S, MONTH_S, Quantity
from meterbook.model.finding import Finding


def missing(view: View, limits: Thresholds) -> list[Finding]:
    """Findings on missing readings; gaps no more than a day apart are one.

    An hour that is missing next to a change of the clock bears a name of its own, since it is not the meter's fault.
    Months are passed over, since a month that is late is not yet a hole; so are cost and weather, and the shares of
    time-of-use periods, which have no reading on days without such a period.
    """
    channel = view.channel
    if (
        len(view) < 2
        or view.step >= MONTH_S
        or channel.tou_period is not None
        or channel.quantity is not Quantity.USAGE
    ):
        return []
    start, end = _gaps(view)
    if not len(start):
        return []
    found = []
    at_change = _at_change(view, start, end)
    for low, high in zip(start[at_change].tolist(), end[at_change].tolist(), strict=True):
        text = f"the hour at the change of the clock is missing, {moment(low, view.tz)}"
        data: dict[str, str | int | bool] = {"kind": "missing", "intervals": (high - low) // view.step}
        found.append(Finding(name="vee.dst-hole", message=text, start=low, end=high, data=data))
    start, end = start[~at_change], end[~at_change]
    lows, highs, first = joined(start, end, limits.gap_join_s)
    # A local day of 23 hours is a day too.
    each = np.maximum((end - start) // view.step, 1)
    counts = np.add.reduceat(each, first) if len(first) else first
    gaps = np.diff(np.append(first, len(start)))
    for low, high, count, several in zip(lows.tolist(), highs.tolist(), counts.tolist(), gaps.tolist(), strict=True):
        what = "reading is" if count == 1 else "readings are"
        text = f"{count} {what} missing from {moment(low, view.tz)}" + (f", in {several} gaps" if several > 1 else "")
        found.append(
            Finding(name="vee.missing", message=text, start=low, end=high, data={"intervals": count, "gaps": several})
        )
    return sorted(found, key=lambda one: one.start or 0)


def _gaps(view: View) -> tuple[Int64, Int64]:
    if view.step < DAY_S:
        at = np.flatnonzero(np.diff(view.start) >= 2 * view.step)
        return view.start[at] + view.step, view.start[at + 1]
    last = int(interval_ends(view.start[-1:], view.step, view.tz)[0])
    gaps = find_gaps(view.series, int(view.start[0]), last, view.tz)
    return np.array([gap.start for gap in gaps], np.int64), np.array([gap.end for gap in gaps], np.int64)


def _at_change(view: View, start: Int64, end: Int64) -> Bool:
    """Which gaps are as long as the change of the clock and touch it."""
    marks = np.zeros(len(start), np.bool_)
    if view.step < DAY_S:
        for change in view.changes:
            length = abs(change.after - change.before)
            marks |= (end - start == length) & ((start == change.at) | (end == change.at))
    return marks
