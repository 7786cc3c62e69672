"""Records placed on the time line: wall time to instants, doubled records settled, doubts marked.

What can't be placed for certain is placed by rule, marked and reported, so that all other readings stay exact:

* one record for both hours of an autumn night: the first hour, quality ambiguous, ``time.autumn-ambiguous``;
* a time of the repeated hour more than twice: the first two are the two hours, the others are left out,
  ``time.autumn-surplus``;
* a record in the hour that a spring night skips: dropped if it is zero; else its energy belongs to the instant that it
  names, which is also that of the record an hour later, and is added there, quality edited; ``time.spring-phantom``;
* the same record twice: one is kept, ``file.duplicate``;
* two values for one time: the one further down in the file is kept, ``file.conflict``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.formats.timestamps import Times
from meterbook.model.channel import DAY_S, MONTH_S, Channel, Quantity
from meterbook.model.errors import MalformedRecord, UsageError, Where
from meterbook.model.finding import Finding
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.wall_clock import Decoded, decode

Int64 = NDArray[np.int64]
Int8 = NDArray[np.int8]
Bool = NDArray[np.bool_]

CONFLICTS_BEARABLE = 10  # and at most one record in a hundred; more means that two streams were taken for one
SPANS_LISTED = 100
MONTH_DAYS_LEAST, MONTH_DAYS_MOST = 25, 36


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """One channel's records in the order of the file.

    Attributes:
        channel: what they measure.
        value: n integers at ``scale``; anything where not ``present``.
        present: n marks: the record has a value.
        quality: n codes.
        scale: digits after the point.
        line: line in the file of a record, for messages.
        source: the file's name.
    """

    channel: Channel
    value: Int64
    present: Bool
    quality: Int8
    scale: int
    line: Callable[[int], int]
    source: str


def locate(times: Times, tz: ZoneInfo | None, interval_s: int, *, names_end: bool) -> Decoded:
    """Instants at which intervals start.

    Files that name an interval by its end do it in two ways on the nights the clock changes: the end as the clock shows
    it then, or the start plus the length. The reading with fewer doubtful records is taken.

    Args:
        times: n times in the order of the file.
        tz: zone of those without an offset.
        interval_s: length of each interval, seconds.
        names_end: the times are ends.
    """
    back = np.int64(interval_s if names_end else 0)
    if bool(times.absolute.all()):
        return _certain(times.seconds - back)
    assert tz is not None
    as_written = _decode_bare(times.seconds - back, times.absolute, tz)
    if not names_end:
        return as_written
    by_clock = _decode_bare(times.seconds, times.absolute, tz)
    by_clock = Decoded(
        instant=by_clock.instant - back,
        ambiguous=by_clock.ambiguous,
        phantom=by_clock.phantom,
        surplus=by_clock.surplus,
    )
    return by_clock if _doubts(by_clock) < _doubts(as_written) else as_written


def place(records: Records, at: Decoded) -> tuple[IntervalSeries, list[Finding], int]:
    """A series from a channel's records.

    Args:
        records: n records.
        at: where each starts.

    Returns:
        The series, what was doubtful, and how many records gave no reading of their own.

    Raises:
        MalformedRecord: so many times have two values that two streams must have been taken for one.
    """
    interval_s = records.channel.interval_s
    calendar = interval_s >= DAY_S  # a day or month begins when its date does, whatever the clock did at midnight
    value, quality = records.value.copy(), records.quality.copy()
    findings: list[Finding] = []
    ambiguous = at.ambiguous & records.present & (not calendar)
    quality[ambiguous] = Quality.AMBIGUOUS
    findings += _spans(
        at.instant[ambiguous],
        interval_s,
        "time.autumn-ambiguous",
        "one record for a time that the clock showed twice; put in the first hour",
    )
    phantom = at.phantom & records.present & (not calendar)
    surplus = at.surplus & records.present
    findings += _spans(
        at.instant[surplus],
        interval_s,
        "time.autumn-surplus",
        "more than two records for a time that the clock showed twice; two were kept",
    )
    order = np.argsort(at.instant, kind="stable")
    order = order[(records.present & ~surplus)[order]]
    found, kept, own = _settle(records, at.instant, order, value=value, quality=quality, phantom=phantom)
    findings += found
    series = IntervalSeries(
        channel=records.channel,
        start=at.instant[kept],
        value=value[kept],
        quality=quality[kept],
        scale=records.scale,
    )
    return series, findings, len(records.value) - own


def calendar_lengths(length: Int64) -> Int64:
    """Interval lengths from spans; about a day or a month is a calendar one, whatever the clock did in it."""
    hours = length / 3600
    days, months = (hours >= 22) & (hours <= 26), (hours >= 25 * 24) & (hours <= 36 * 24)
    return np.select([days, months], [DAY_S, MONTH_S], length).astype(np.int64)


def check_step(instant: Int64, interval_s: int, source: str) -> None:
    """See that a file's times are as far apart as its mapping says: gaps may widen steps, nothing may narrow them.

    Raises:
        UsageError: they are not.
    """
    steps = np.diff(np.unique(instant))
    if len(steps) < 2:
        return
    shortest, longest = interval_s, interval_s
    if interval_s == MONTH_S:
        shortest, longest = MONTH_DAYS_LEAST * DAY_S, MONTH_DAYS_MOST * DAY_S
    elif interval_s == DAY_S:
        shortest, longest = DAY_S - 3600, DAY_S + 3600
    fitting = np.count_nonzero((steps >= shortest) & (steps <= longest))
    if fitting * 10 >= len(steps) and np.count_nonzero(steps < shortest) * 10 <= len(steps):
        return
    lengths, counts = np.unique(steps, return_counts=True)
    raise UsageError(
        f"the times are mostly {int(lengths[counts.argmax()]):,} seconds apart, but the interval was given as "
        f"{interval_s:,}",
        where=Where(source=source),
        expected="an interval as long as the step from one time to the next",
        hint="If several meters or directions share the file, name the columns that tell them apart.",
    )


def _settle(
    records: Records, instant: Int64, order: Int64, *, value: Int64, quality: Int8, phantom: Bool
) -> tuple[list[Finding], Int64, int]:
    """Which records stand, one an instant, in order, and how many; phantoms are added to their neighbours in place."""
    solid = order[~phantom[order]]
    at = instant[solid]
    last = np.append(at[1:] != at[:-1], True) if len(at) else np.zeros(0, np.bool_)
    findings = _doubles(records, instant, solid, last)
    kept = solid[last]
    own = len(kept)
    spare = order[phantom[order]]
    if not len(spare):
        return findings, kept, own
    findings += _spans(
        instant[spare],
        records.channel.interval_s,
        "time.spring-phantom",
        "a record for a time that the clock skipped; what it holds went to the hour after",
    )
    additive = records.channel.quantity in (Quantity.USAGE, Quantity.COST)
    homes = {int(start): int(row) for start, row in zip(instant[kept], kept, strict=True)}
    alone = []
    for row in spare.tolist():
        home = homes.get(int(instant[row]))
        if value[row] == 0 or (home is not None and not additive):
            continue
        quality[row if home is None else home] = Quality.EDITED
        if home is None:
            homes[int(instant[row])] = row
            alone.append(row)
        else:
            value[home] += value[row]
    if alone:
        kept = np.append(kept, np.array(alone, np.int64))
        kept = kept[np.argsort(instant[kept], kind="stable")]
    return findings, kept, own + len(alone)


def _doubles(records: Records, instant: Int64, solid: Int64, last: Bool) -> list[Finding]:
    earlier = np.flatnonzero(~last)
    if not len(earlier):
        return []
    same = (records.value[solid[earlier]] == records.value[solid[earlier + 1]]) & (
        records.quality[solid[earlier]] == records.quality[solid[earlier + 1]]
    )
    conflicts = solid[earlier[~same]]
    if len(conflicts) > max(CONFLICTS_BEARABLE, len(solid) // 100):
        raise MalformedRecord(
            f"{len(conflicts):,} times have two different values",
            where=Where(source=records.source, record=f"line {records.line(int(conflicts[0]))}"),
            expected="one value for each time",
            hint="If several meters or directions share the file, name the columns that tell them apart.",
        )
    interval_s = records.channel.interval_s
    return [
        *_spans(
            instant[solid[earlier[same]]],
            interval_s,
            "file.duplicate",
            "the same record stands twice; it was kept once",
        ),
        *_spans(
            instant[conflicts],
            interval_s,
            "file.conflict",
            "two records give different values; the one further down was kept",
        ),
    ]


def _spans(starts: Int64, interval_s: int, name: str, message: str) -> list[Finding]:
    """A finding for each run of consecutive intervals; past a hundred runs the rest share one."""
    starts = np.unique(starts)
    if not len(starts):
        return []
    breaks = np.flatnonzero(np.diff(starts) > interval_s) + 1
    runs = [run for run in np.split(starts, breaks) if len(run)]
    if len(runs) > SPANS_LISTED:
        runs = [*runs[: SPANS_LISTED - 1], np.concatenate(runs[SPANS_LISTED - 1 :])]
    return [
        Finding(
            name=name,
            message=message,
            start=int(run[0]),
            end=int(run[-1]) + interval_s,
            data={"intervals": len(run)},
        )
        for run in runs
    ]


def _certain(instant: Int64) -> Decoded:
    none = np.zeros(len(instant), np.bool_)
    return Decoded(instant=instant, ambiguous=none, phantom=none, surplus=none)


def _decode_bare(seconds: Int64, absolute: Bool, tz: ZoneInfo) -> Decoded:
    """Wall times decoded among instants that are already certain."""
    if not bool(absolute.any()):
        return decode(seconds, tz)
    bare = np.flatnonzero(~absolute)
    part = decode(seconds[bare], tz)
    whole = _certain(seconds.copy())
    marks = [np.zeros(len(seconds), np.bool_) for _ in range(3)]
    whole.instant[bare] = part.instant
    for mark, found in zip(marks, (part.ambiguous, part.phantom, part.surplus), strict=True):
        mark[bare] = found
    return Decoded(instant=whole.instant, ambiguous=marks[0], phantom=marks[1], surplus=marks[2])


def _doubts(at: Decoded) -> int:
    doubled = len(at.instant) - len(np.unique(at.instant))
    return doubled + sum(int(np.count_nonzero(mark)) for mark in (at.ambiguous, at.phantom, at.surplus))
