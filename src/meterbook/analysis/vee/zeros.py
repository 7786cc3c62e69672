"""Time without any use where the channel otherwise always shows some: an outage, a dead meter, or an empty home."""

from __future__ import annotations

import numpy as np

from meterbook.analysis.vee.runs import Int64, runs
from meterbook.analysis.vee.thresholds import Thresholds
from meterbook.analysis.vee.view import View, is_interval_usage
from meterbook.analysis.vee.wording import lasting, moment
from meterbook.model.channel import DAY_S, FlowDirection, ServiceCategory
from meterbook.model.finding import Finding

FORGIVEN = 3  # other long runs of zeros beside the one that is judged, since there may be several outages
WEEK_S = 7 * DAY_S


def zero_run(view: View, limits: Thresholds, others: list[View]) -> list[Finding]:
    """Findings on time without use.

    A run of zeros counts if it is long, longer by far than the channel's usual ones (a solar home draws nothing by
    day, a cabin nothing all week), and if no other channel of the meter shows that it is alive. What was received is
    passed over, since the sun explains its zeros, and gas, since the summer does.

    Args:
        view: the channel.
        limits: thresholds.
        others: further interval channels of the same meter.
    """
    channel = view.channel
    if (
        not is_interval_usage(channel)
        or channel.flow is FlowDirection.RECEIVED
        or channel.category is ServiceCategory.GAS
    ):
        return []
    least = (limits.zero_s if channel.category is ServiceCategory.ELECTRICITY else limits.zero_other_s) // view.step
    if len(view) < 4 * least:
        return []
    zero = view.value == 0
    zero &= view.measured
    if int(np.count_nonzero(zero)) < least:
        return []
    first, after = _unbroken(view, *runs(zero))
    length = after - first
    longest = np.sort(length)[::-1]
    found = []
    for run in np.flatnonzero(length >= least).tolist():
        ours = int(length[run])
        # A week or more is judged by the next longest: a home that is shut down each winter is known by that.
        rank = 0 if ours * view.step >= WEEK_S else FORGIVEN - 1
        others_of_it = np.delete(longest, int(np.argmax(longest == ours)))
        other = int(others_of_it[rank]) if len(others_of_it) > rank else 0
        if ours < limits.zero_ratio * other or int(np.count_nonzero(zero)) - ours > 0.5 * (len(view) - ours):
            continue
        start, end = int(view.start[first[run]]), int(view.start[after[run] - 1]) + view.step
        if not any(_alive(one, start, end) for one in others):
            found.append(_finding(view, start, end, ours))
    return found


def _unbroken(view: View, first: Int64, after: Int64) -> tuple[Int64, Int64]:
    """The runs cut where readings are missing within them."""
    cuts = np.flatnonzero(~view.follows) + 1
    if not len(cuts) or not len(first):
        return first, after
    run = np.searchsorted(first, cuts, side="right") - 1
    inside = (run >= 0) & (cuts > first[run]) & (cuts < after[run])
    return np.sort(np.concatenate((first, cuts[inside]))), np.sort(np.concatenate((after, cuts[inside])))


def _alive(other: View, start: int, end: int) -> bool:
    low, high = np.searchsorted(other.start, (start, end))
    return bool((other.value[low:high] != 0).any())


def _finding(view: View, start: int, end: int, count: int) -> Finding:
    time, ongoing = lasting(end - start), end >= view.end
    cause = "an outage" if end - start < WEEK_S and not ongoing else "an outage, a dead meter or an empty place"
    text = f"nothing was used for {time} from {moment(start, view.tz)}: {cause}"
    data: dict[str, str | int | bool] = {"intervals": count, "ongoing": ongoing}
    return Finding(name="vee.zero-run", message=text, start=start, end=end, data=data)
