"""A newest day of nothing but zeros is a day that is not posted yet. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.model.calendar import day_start, local_date
from meterbook.model.channel import Quantity
from meterbook.model.finding import Finding
from meterbook.model.series import IntervalSeries

RECENT_DAYS = 3  # readings are posted hours to a day late; an older day of zeros is a day without use


def without_unposted_day(
    readings: Sequence[IntervalSeries], tz: ZoneInfo, now: int | None
) -> tuple[list[IntervalSeries], list[Finding]]:
    """The readings without a newest day on which a meter reads zero throughout, though it did not the day before.

    Some portals put zeros until the readings come. All the meter's registers must be zero that day and one of them not
    on the day before; nothing may follow; and the day must be a recent one. A house that stands empty for longer keeps
    its zeros.

    Args:
        readings: of any number of meters.
        tz: the utility's zone.
        now: when they were asked for, UTC epoch seconds; None leaves all as it is.
    """
    if now is None:
        return list(readings), []
    by_meter: dict[str, list[IntervalSeries]] = defaultdict(list)
    for one in readings:
        by_meter[one.channel.meter].append(one)
    cuts: dict[str, int] = {}
    for meter, own in by_meter.items():
        cut = _unposted_from([one for one in own if one.channel.quantity is Quantity.USAGE and len(one)], tz, now)
        if cut is not None:
            cuts[meter] = cut
    kept = [one.clip(-(2**62), cuts[one.channel.meter]) if one.channel.meter in cuts else one for one in readings]
    found = [
        Finding(
            name="shape.not-posted",
            message=f"{local_date(cut, tz).isoformat()} holds zeros only and was taken as not posted yet",
            start=cut,
            data={"meter": meter},
        )
        for meter, cut in cuts.items()
    ]
    return [one for one in kept if len(one)], found


def _unposted_from(usage: Sequence[IntervalSeries], tz: ZoneInfo, now: int) -> int | None:
    if not usage:
        return None
    newest = local_date(max(int(one.start[-1]) for one in usage), tz)
    if (local_date(now, tz) - newest).days > RECENT_DAYS:
        return None
    start = day_start(newest, tz)
    before = day_start(newest.fromordinal(newest.toordinal() - 1), tz)
    used_before = False
    for one in usage:
        low, high = np.searchsorted(one.start, (before, start))
        if one.value[high:].any():
            return None
        used_before = used_before or bool(one.value[low:high].any())
    return start if used_before else None
