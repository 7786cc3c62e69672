"""Meters seen in an answer, and the exchange of one for another. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

from meterbook.model.calendar import local_date
from meterbook.model.channel import DAY_S, Quantity, ServiceCategory
from meterbook.model.finding import Finding
from meterbook.model.identity import Meter
from meterbook.model.series import IntervalSeries


def exchanges(
    numbers: Sequence[str], readings: Sequence[IntervalSeries], category: ServiceCategory, tz: ZoneInfo
) -> tuple[tuple[Meter, ...], list[Finding]]:
    """The meters of an answer; where one's readings end as another's begin, with the day of the exchange.

    The interval of the exchange may be in both, a part in each: the parts stay with their meters. Up to a day may be
    missing between the two.

    Args:
        numbers: serial numbers seen.
        readings: what they measured.
        category: what they measure.
        tz: the utility's zone.

    Returns:
        The meters, and a finding ``meter.exchange`` for each exchange.
    """
    meters = {number: Meter(number=number, category=category) for number in numbers}
    found = []
    spans = sorted(_spans(readings).items(), key=lambda item: item[1])
    for (old, (old_first, old_last, step)), (new, (new_first, new_last, _)) in pairwise(spans):
        follows = old_first < new_first and old_last < new_last  # else both are there all the time
        if not follows or not 0 <= new_first - old_last <= max(step, DAY_S):
            continue
        day = local_date(new_first, tz)
        meters[old], meters[new] = replace(meters[old], removed=day), replace(meters[new], installed=day)
        found.append(
            Finding(
                name="meter.exchange",
                message=f"meter {old} was exchanged for {new} on {day.isoformat()}",
                start=old_last,
                end=new_first + step,
                data={"old": old, "new": new, "day": day.isoformat()},
            )
        )
    return tuple(meters.values()), found


def _spans(readings: Sequence[IntervalSeries]) -> dict[str, tuple[int, int, int]]:
    """First and last start and the step of each numbered meter's usage."""
    spans: dict[str, tuple[int, int, int]] = {}
    for one in readings:
        if one.channel.meter and one.channel.quantity is Quantity.USAGE and len(one):
            first, last = int(one.start[0]), int(one.start[-1])
            known = spans.get(one.channel.meter, (first, last, 0))
            step = max(known[2], one.channel.interval_s)
            spans[one.channel.meter] = (min(known[0], first), max(known[1], last), step)
    return spans
