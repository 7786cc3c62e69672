"""From local wall time without an offset to instants, across both clock changes.

SmartHub writes local wall time as if it were UTC, and many CSV files give it bare. On the autumn night an hour occurs
twice and on the spring night one does not exist. What the order of the points tells is used; what it can't tell is
marked, never invented:

* the repeated hour sent in full, one hour after the other or interleaved: every point is placed for certain, if at
  least one time came twice;
* one point for both hours: placed in the first (daylight time) and marked ambiguous, since it may be the first hour's
  energy (the second was lost) or both hours' (they were merged). Comparing the day's sum with a daily reading tells;
* a point in the hour that does not exist: its instant is the one that clocks not yet put forward would show, which is
  also that of the wall time one hour later, and it is marked as a phantom for the caller to judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A change of a zone's offset.

    Attributes:
        at: first instant with the new offset, UTC epoch seconds.
        before: seconds east of UTC until then.
        after: seconds east of UTC from then on.
    """

    at: int
    before: int
    after: int

    @property
    def wall(self) -> tuple[int, int]:
        """The wall times concerned, ``[low, high)``, as seconds: those skipped in spring, those repeated in autumn."""
        return self.at + min(self.before, self.after), self.at + max(self.before, self.after)

    @property
    def repeats(self) -> bool:
        """Whether wall times occur twice (autumn) rather than not at all (spring)."""
        return self.after < self.before


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decoded:
    """Instants of wall times, in the order given, with what is uncertain about each.

    Attributes:
        instant: n instants, int64, UTC epoch seconds.
        ambiguous: n marks: in a repeated hour, placed in its first occurrence for want of evidence.
        phantom: n marks: a wall time that did not exist.
        surplus: n marks: the same wall time once more than the clock showed it.
    """

    instant: Int64
    ambiguous: Bool
    phantom: Bool
    surplus: Bool


def decode(wall: Int64, tz: ZoneInfo) -> Decoded:
    """Instants of wall times given in the order in which the source sent them.

    Args:
        wall: n wall times as seconds since 1970-01-01T00:00 on the wall; ascending but for a repeated hour, or
            descending throughout.
        tz: the zone of the wall.

    Returns:
        n instants with marks, in the order given.
    """
    if len(wall) > 1 and int(np.count_nonzero(np.diff(wall) < 0)) > len(wall) // 2:
        turned = decode(wall[::-1], tz)
        return Decoded(
            instant=turned.instant[::-1],
            ambiguous=turned.ambiguous[::-1],
            phantom=turned.phantom[::-1],
            surplus=turned.surplus[::-1],
        )
    return _decode_ascending(wall, tz)


def encode(instant: Int64, tz: ZoneInfo) -> Int64:
    """Wall times of instants, as seconds since 1970-01-01T00:00 on the wall: the inverse of :func:`decode`."""
    if len(instant) == 0:
        return instant
    changes = transitions(tz, int(instant.min()), int(instant.max()))
    offsets = np.array([_offset(tz, int(instant.min())), *(change.after for change in changes)], np.int64)
    segment = np.searchsorted(np.array([change.at for change in changes], np.int64), instant, side="right")
    return instant + offsets[segment]


def transitions(tz: ZoneInfo, low: int, high: int) -> list[Transition]:
    """Changes of offset in ``(low, high]``, UTC epoch seconds, in order."""
    first, last = datetime.fromtimestamp(low, UTC).year, datetime.fromtimestamp(high, UTC).year
    return [
        change for year in range(first, last + 1) for change in _transitions_of(tz, year) if low < change.at <= high
    ]


def _decode_ascending(wall: Int64, tz: ZoneInfo) -> Decoded:
    count = len(wall)
    ambiguous, phantom, surplus = (np.zeros(count, np.bool_) for _ in range(3))
    if count == 0:
        return Decoded(instant=wall, ambiguous=ambiguous, phantom=phantom, surplus=surplus)
    low, high = int(wall.min()), int(wall.max())
    margin = 2 * 86_400  # more than any offset: every change that can touch these wall times is found
    changes = transitions(tz, low - margin, high + margin)
    offsets = np.array([_offset(tz, low - margin), *(change.after for change in changes)], np.int64)
    # Below the higher wall bound of a change the old offset holds: right for the first of two equal wall times, and
    # for a skipped one it gives the instant of the clock that was not yet put forward.
    bounds = np.array([change.wall[1] for change in changes], np.int64)
    instant = wall - offsets[np.searchsorted(bounds, wall, side="right")]
    for change in changes:
        start, end = change.wall
        if end <= low or start > high:
            continue
        inside = np.flatnonzero((wall >= start) & (wall < end))
        if not len(inside):
            continue
        if not change.repeats:
            phantom[inside] = True
            continue
        fold, unsure, extra = _folds(wall[inside])
        instant[inside] += np.where(fold, np.int64(change.before - change.after), np.int64(0))
        ambiguous[inside] = unsure
        surplus[inside] = extra
    return Decoded(instant=instant, ambiguous=ambiguous, phantom=phantom, surplus=surplus)


def _folds(wall: Int64) -> tuple[Bool, Bool, Bool]:
    """Which of the points in a repeated hour belong to its second occurrence, which are unsure, which too many."""
    steps = np.diff(wall)
    back = np.flatnonzero(steps < 0)
    if len(back) == 1 and not bool((steps == 0).any()):
        # One hour after the other: the step back divides them, whatever is missing in either. Where no wall time
        # came twice, it may as well be one pass out of order, so the places are the likely ones and not certain.
        fold = np.arange(len(wall)) > back[0]
        twice = len(np.unique(wall)) < len(wall)
        return fold, np.full(len(wall), not twice), np.zeros(len(wall), np.bool_)
    # Interleaved, or each wall time once: count the occurrences of each.
    order = np.argsort(wall, kind="stable")
    ranked = wall[order]
    first_at = np.searchsorted(ranked, ranked, side="left")
    occurrence = np.empty(len(wall), np.int64)
    occurrence[order] = np.arange(len(wall)) - first_at
    total = np.empty(len(wall), np.int64)
    total[order] = np.searchsorted(ranked, ranked, side="right") - first_at
    return occurrence == 1, total == 1, occurrence > 1


def _offset(tz: ZoneInfo, instant: int) -> int:
    offset = datetime.fromtimestamp(instant, tz).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


@lru_cache(maxsize=512)
def _transitions_of(tz: ZoneInfo, year: int) -> tuple[Transition, ...]:
    """Changes of offset within a UTC year, found by bisection between days whose offsets differ."""
    found = []
    day = datetime(year, 1, 1, tzinfo=UTC)
    at, before = int(day.timestamp()), _offset(tz, int(day.timestamp()))
    while day.year == year:
        day += timedelta(days=1)
        until = int(day.timestamp())
        after = _offset(tz, until)
        if after != before:
            low, high = at, until
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(tz, middle) == before else (low, middle)
            found.append(Transition(at=high, before=before, after=after))
        at, before = until, after
    return tuple(found)
