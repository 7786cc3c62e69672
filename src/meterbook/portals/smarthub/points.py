"""Where a series' points lie in time: wall time to instants, doubled and phantom points, the meter's step.

Pure. What is repaired or can't be told is said in findings; nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.model.calendar import interval_ends
from meterbook.model.channel import DAY_S
from meterbook.model.finding import Finding
from meterbook.model.wall_clock import decode, transitions
from meterbook.portals.smarthub.wire import Point

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

HOUR_S = 3600
PLENTY = 48  # points enough for their differences to tell the step, whatever is missing
LEAST_RUN = 12  # so many equal differences in a row are a step of their own, not gaps in a finer one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """Points at their instants, sorted and unique.

    Attributes:
        start: n instants, UTC epoch seconds.
        wall: n wall times as sent, seconds.
        y: n quantities as sent, all finite.
        ambiguous: n marks: in the repeated hour, its occurrence unknown.
        edited: n marks: holds what was sent for an hour that does not exist.
        findings: what was repaired or dropped; their spans end a second after the start of the last point concerned,
            since how long its interval is has yet to be told (:func:`ending`).
    """

    start: Int64
    wall: Int64
    y: Float64
    ambiguous: Bool
    edited: Bool
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.start)

    def only(self, keep: Bool) -> Placed:
        """The points marked, with the findings kept."""
        return Placed(
            start=self.start[keep],
            wall=self.wall[keep],
            y=self.y[keep],
            ambiguous=self.ambiguous[keep],
            edited=self.edited[keep],
            findings=self.findings,
        )


def place(points: Sequence[Point], tz: ZoneInfo, *, whole_days: bool) -> Placed:
    """Points put at their instants.

    Args:
        points: in the order sent; a repeated hour is told apart by it.
        tz: the utility's zone.
        whole_days: the points stand for days or months, so each is moved to the midnight its wall date begins with.

    Returns:
        The points that carry a quantity. A point of an hour that does not exist is dropped if it is zero, else added
        to the instant it denotes, which is then marked as edited. Two points at one instant are one if equal, else
        added.
    """
    # A list first: measured a sixth faster than np.fromiter, and this is most of the adapter's time.
    wall = np.array([point.x for point in points], np.int64) // 1000
    y = np.array([point.y for point in points], np.float64)  # None becomes NaN
    found: list[Finding] = []
    if whole_days:
        midnight = wall - wall % DAY_S
        moved = int(np.count_nonzero(midnight != wall))
        if moved:
            found.append(_finding("time.not-midnight", f"{moved} daily points did not begin at midnight", wall, moved))
        wall = midnight
    clock = decode(wall, tz)
    start = clock.instant
    keep = ~np.isnan(y)
    if clock.surplus.any():
        extra = clock.surplus & keep
        if extra.any():
            n = int(extra.sum())
            message = f"{n} points of the repeated hour came more than twice; the surplus ones were dropped"
            found.append(_finding("time.autumn-surplus", message, start[extra], n))
        keep &= ~clock.surplus
    phantom = clock.phantom & keep
    if phantom.any():
        empty = _empty_phantoms(start, y, keep, phantom)
        found.append(_phantom(start[phantom], int(empty.sum())))
        keep &= ~empty
    ambiguous = clock.ambiguous
    if not keep.all():
        start, wall, y, ambiguous, phantom = start[keep], wall[keep], y[keep], ambiguous[keep], phantom[keep]
    if len(start) > 1 and not bool((np.diff(start) > 0).all()):
        order = np.argsort(start, kind="stable")
        start, wall, y = start[order], wall[order], y[order]
        ambiguous, phantom = ambiguous[order], phantom[order]
        if not bool((np.diff(start) > 0).all()):
            start, wall, y, ambiguous, phantom = _joined(start, wall, y, ambiguous, phantom, found)
    if ambiguous.any():
        n = int(ambiguous.sum())
        message = (
            f"{n} points of the repeated hour came once: each may hold the first hour's quantity or both hours', "
            "and was put in the first"
        )
        found.append(_finding("time.autumn-ambiguous", message, _both_passes(start[ambiguous], tz), n))
    return Placed(start=start, wall=wall, y=y, ambiguous=ambiguous, edited=phantom, findings=tuple(found))


def ending(finding: Finding, parts: Sequence[tuple[Int64, int]], tz: ZoneInfo) -> Finding:
    """A finding of :func:`place` whose span ends with the last interval concerned.

    Args:
        finding: its span ends a second after the start of that interval.
        parts: instants of points, UTC epoch seconds, and the step that they have, in seconds or as a calendar length.
        tz: the zone of the local calendar.
    """
    if finding.end is None or not parts:
        return finding
    last = finding.end - 1
    step = next((step for start, step in parts if last in start), min(step for _, step in parts))
    return replace(finding, end=int(interval_ends(np.array([last], np.int64), step, tz)[0]))


def _empty_phantoms(start: Int64, y: Float64, keep: Bool, phantom: Bool) -> Bool:
    """Marks on phantom zeros that fill a place which does not exist.

    Where the hour that follows has no point of its own, it was sent under the wrong name and its zeros are readings.
    """
    hour = start // HOUR_S
    told = np.unique(hour[keep & ~phantom])
    empty: Bool = phantom & (y == 0) & np.isin(hour, told)
    return empty


def _both_passes(start: Int64, tz: ZoneInfo) -> Int64:
    """Instants in the first pass of a repeated hour, and the same wall times in the second, which are in doubt too."""
    first, last = int(start.min()), int(start.max())
    shifts = [change.before - change.after for change in transitions(tz, first, last + DAY_S) if change.repeats]
    return np.append(start, start + np.int64(max(shifts, default=0)))


def _phantom(start: Int64, dropped: int) -> Finding:
    moved = len(start) - dropped
    message = (
        f"{len(start)} points lie in the hour that the spring night skips; "
        f"{moved} were moved to the hour that follows, {dropped} empty ones dropped"
    )
    return _finding("time.spring-phantom", message, start, len(start), moved=moved)


def _joined(  # noqa: PLR0917 - six columns of one table
    start: Int64, wall: Int64, y: Float64, ambiguous: Bool, phantom: Bool, found: list[Finding]
) -> tuple[Int64, Int64, Float64, Bool, Bool]:
    """One point for each instant: equal ones are one said twice, different ones are parts of a whole."""
    first = np.concatenate(([True], np.diff(start) > 0))
    group = np.cumsum(first) - 1
    groups = int(group[-1]) + 1
    totals = np.bincount(group, y, groups)
    heads = np.flatnonzero(first)
    same = np.ones(groups, np.bool_)
    np.logical_and.at(same, group, y == y[heads][group])
    ghostly = np.zeros(groups, np.bool_)
    np.logical_or.at(ghostly, group, phantom)
    several = np.bincount(group, minlength=groups) > 1
    repeated, parts = several & same & ~ghostly, several & ~same & ~ghostly
    if repeated.any():
        n = int(repeated.sum())
        message = f"{n} points came more than once with the same quantity; each was kept once"
        found.append(_finding("shape.repeated-point", message, start[heads][repeated], n))
    if parts.any():
        n = int(parts.sum())
        message = f"{n} intervals came in parts under one time; the parts were added"
        found.append(_finding("shape.partial-points", message, start[heads][parts], n))
    return start[heads], wall[heads], np.where(repeated, y[heads], totals), ambiguous[heads], ghostly


Ticks = Mapping[int, int]
"""Length of the interval that starts at a wall time, both in seconds, as the portal's chart has it."""


def steps(placed: Placed, ticks: Callable[[], Ticks]) -> list[tuple[Bool | slice, int]]:
    """The meter's step, or steps where it changed within the answer.

    Args:
        placed: n points.
        ticks: gives the chart's own interval lengths; called only if the points alone don't tell.

    Returns:
        Which points have which step, in seconds. Empty if nothing tells, as for one point that the chart does not
        know.
    """
    count = len(placed)
    lengths = np.diff(placed.start)
    if count >= PLENTY and is_step(int(lengths[0])) and bool((lengths == lengths[0]).all()):
        return [(slice(None), int(lengths[0]))]
    if count >= PLENTY and (plain := _plain_step(lengths)):
        return [(slice(None), plain)]
    known = ticks()
    told = np.array([known.get(wall, 0) for wall in placed.wall.tolist()], np.int64)
    if count == 1:
        return [(slice(None), int(told[0]))] if is_step(int(told[0])) else []
    trusted = _most_common(told) and _is_own_chart(placed.wall, told, known)
    own = np.append(lengths, lengths[-1])
    length = np.where(told > 0, told, own) if trusted else own
    main = _most_common(length) or _common_grid(lengths)
    if not main:
        return []
    assigned = np.full(count, main, np.int64)
    for other in np.unique(length).tolist():
        if other != main and is_step(other):
            _claim(assigned, length, placed.start, other)
    return [(assigned == step, int(step)) for step in np.unique(assigned).tolist()]


def is_step(seconds: int) -> bool:
    """Whether meters have such a step: a whole fraction of an hour, or a day.

    >>> is_step(900), is_step(2640), is_step(86_400), is_step(7200)
    (True, False, True, False)
    """
    return seconds == DAY_S or (60 <= seconds <= HOUR_S and HOUR_S % seconds == 0)


def off_grid(start: Int64, step: int) -> Bool:
    """Marks on points that do not lie on the grid that most points of their step lie on."""
    if step > HOUR_S or len(start) < 3 or int(start[-1] - start[0]) == (len(start) - 1) * step:
        return np.zeros(len(start), np.bool_)
    phase = start % step
    if bool((phase == phase[0]).all()):
        return np.zeros(len(start), np.bool_)
    values, counts = np.unique(phase, return_counts=True)
    marks: Bool = phase != values[np.argmax(counts)]
    return marks


def _most_common(lengths: Int64) -> int:
    """The most common plausible step; the finest of equals; 0 if none is plausible."""
    values, counts = np.unique(lengths, return_counts=True)
    best = 0
    most = 0
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        if is_step(value) and count > most:
            best, most = value, count
    return best


def _is_own_chart(wall: Int64, told: Int64, known: Ticks) -> bool:
    """Whether the chart's intervals are this series' own, not those of a finer one drawn on the same chart.

    Where most intervals end at a tick that the chart has and this series has not, another meter set the ticks.
    """
    walls = set(wall.tolist())
    ends = (wall + told).tolist()
    foreign = sum(1 for end in ends if end in known and end not in walls)
    return foreign * 2 <= len(ends)


def _plain_step(lengths: Int64) -> int:
    """The step of most differences, where the others can only be gaps; 0 if the matter needs a closer look."""
    main = _most_common(lengths)
    if not main or int((lengths == main).sum()) * 2 < len(lengths):
        return 0
    others = [step for step in np.unique(lengths).tolist() if step != main and is_step(step)]
    return 0 if any(_runs(lengths == step) for step in others) else main


def _runs(equal: Bool) -> list[tuple[int, int]]:
    """Half-open ranges in which the marks hold for long enough to be a step of their own."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], equal, [False])).astype(np.int8)))
    return [
        (low, high)
        for low, high in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        if high - low >= LEAST_RUN
    ]


def _common_grid(lengths: Int64) -> int:
    """The widest step that fits between all points; 0 if there is none."""
    grid = int(np.gcd(np.gcd.reduce(lengths), HOUR_S))
    return grid if is_step(grid) else 0


def _claim(assigned: Int64, length: Int64, start: Int64, step: int) -> None:
    """Give a second step the stretch in which it is seen often enough in a row, gaps in it included."""
    for low, high in _runs(length == step):
        phase = int(start[low]) % step
        fits = (length % step == 0) & (start % step == phase)
        while low > 0 and fits[low - 1]:
            low -= 1  # noqa: PLW2901 - the run grows to both sides
        while high < len(start) and fits[high]:
            high += 1  # noqa: PLW2901
        assigned[low:high] = step


def _finding(name: str, message: str, where: Int64, points: int, **data: int) -> Finding:
    return Finding(
        name=name, message=message, start=int(where.min()), end=int(where.max()) + 1, data={"points": points, **data}
    )
