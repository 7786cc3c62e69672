"""The offset of local time from UTC as a few stretches, so that local fields of many instants are plain arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.model.channel import DAY_S
from meterbook.store.readings.values import Int64

_STEP_S = DAY_S
"""Offsets are looked at this far apart. No zone changed its clock twice within a day."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Offsets:
    """Where the offset of a zone changes within a span.

    Attributes:
        zone: its IANA name.
        since: n instants, UTC epoch seconds, the first one the span's start.
        offset: n offsets from UTC, seconds, each in force from its instant on.
    """

    zone: str
    since: Int64
    offset: Int64

    def local(self, instants: Int64) -> Int64:
        """Seconds of the local wall clock, counted from 1970 as it showed it, of instants within the span."""
        if len(self.since) == 1:
            return np.asarray(instants + self.offset[0])
        return np.asarray(instants + self.offset[np.searchsorted(self.since, instants, "right") - 1])


@lru_cache(maxsize=256)
def utc_offsets(zone: str, start: int, end: int) -> Offsets:
    """The offsets of a zone within ``[start, end)``, UTC epoch seconds.

    >>> found = utc_offsets("America/New_York", 1_761_955_200, 1_764_547_200)  # November 2025
    >>> found.offset.tolist(), found.since.tolist()
    ([-14400, -18000], [1761955200, 1762063200])
    """
    tz = ZoneInfo(zone)
    since, offset = [start], [_offset(start, tz)]
    at = start
    while at < end:
        following = min(at + _STEP_S, end)
        if _offset(following, tz) != offset[-1]:
            change = _change(at, following, tz)
            if change < end:
                since.append(change)
                offset.append(_offset(change, tz))
        at = following
    return Offsets(zone=zone, since=np.array(since, np.int64), offset=np.array(offset, np.int64))


def _offset(instant: int, tz: ZoneInfo) -> int:
    delta = datetime.fromtimestamp(instant, UTC).astimezone(tz).utcoffset()
    assert delta is not None
    return int(delta.total_seconds())


def _change(low: int, high: int, tz: ZoneInfo) -> int:
    """The first instant after ``low``, and no later than ``high``, at which the offset is that of ``high``."""
    before = _offset(low, tz)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, tz) == before:
            low = middle
        else:
            high = middle
    return high
