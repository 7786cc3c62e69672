"""Newest days of nothing but zeros are days that are not posted yet. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
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
    """The readings without newest days on which a meter reads zero throughout, though it did not before.

    Some portals put zeros until the readings come. All the meter's registers must be zero on those whole days and one
    of them not on the day before; nothing may follow; and the first of them must be a recent day. A house that stands
    empty for longer has its zeros.

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
            message=f"there are only zeros from {local_date(cut, tz).isoformat()} on; taken as not posted yet",
            start=cut,
            end=day_start(max(local_date(int(one.start[-1]), tz) for one in by_meter[meter]) + timedelta(days=1), tz),
            data={"meter": meter},
        )
        for meter, cut in cuts.items()
    ]
    return [one for one in kept if len(one)], found


def _unposted_from(usage: Sequence[IntervalSeries], tz: ZoneInfo, now: int) -> int | None:
    if not usage:
        return None
    used = [int(one.start[np.flatnonzero(one.value)[-1]]) for one in usage if one.value.any()]
    if not used:
        return None
    first_empty = local_date(max(used), tz) + timedelta(days=1)
    newest = local_date(max(int(one.start[-1]) for one in usage), tz)
    if newest < first_empty or (local_date(now, tz) - first_empty).days > RECENT_DAYS:
        return None
    return day_start(first_empty, tz)
