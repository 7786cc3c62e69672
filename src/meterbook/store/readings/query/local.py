"""Plans carried out in this process: row groups are decoded in threads, and runs of sorted readings added up.

A calendar is looked up by the slot of an instant, so no reading is turned into local time, and because readings are
sorted by channel and start, those of one period lie together: what is added up are runs, not single readings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from meterbook.store.readings.files.parquet import ROW_GROUP, LakeFile
from meterbook.store.readings.files.rows import MICROS, Rows, run_starts
from meterbook.store.readings.places.place import Place
from meterbook.store.readings.query.classes import Classes
from meterbook.store.readings.query.footers import Footer, footer
from meterbook.store.readings.query.partial import Extremes, Partial, over_runs, summed, united
from meterbook.store.readings.query.plan import Aggregates, Plan
from meterbook.store.readings.threads import in_threads
from meterbook.store.readings.values import Int32, Int64

TASK_GROUPS = 6
"""Row groups that a thread takes at a time, some 700,000 readings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Row groups of one file."""

    file: LakeFile
    footer: Footer
    groups: tuple[int, ...]


def scanned(place: Place, files: Sequence[LakeFile], plan: Plan, classes: Classes) -> Partial:
    """The partial answer of the readings in some data files, that hold now."""
    todo = list(tasks(place, files, plan.wanted, plan.span))
    rows = len(todo) * TASK_GROUPS * ROW_GROUP
    return united(in_threads(lambda task: _task(place, task, plan, classes), todo, rows))


def of_rows(rows: Rows, plan: Plan, classes: Classes) -> Partial:
    """The partial answer of rows sorted by channel and start, at whatever scales."""
    parts = [
        _runs(rows if one == len(rows) else rows.take(rows.scale == scale), plan, scale, classes)
        for scale, one in zip(*(found.tolist() for found in np.unique(rows.scale, return_counts=True)), strict=True)
    ]
    return united(parts)


def answer(partial: Partial, plan: Plan) -> Aggregates:
    """A whole partial answer as the answer."""
    periods = _periods(plan)
    return Aggregates(
        key=(partial.code // periods).astype(np.int32),
        period=(partial.code % periods).astype(np.int32),
        sum=partial.sum,
        count=partial.count,
        max=partial.max,
        min=partial.min,
        max_at=partial.max_at,
        scale=partial.scale,
    )


def tasks(place: Place, files: Sequence[LakeFile], channels: Int32 | None, span: tuple[int, int]) -> Iterator[Task]:
    """The row groups that can hold readings of some channels (sorted; None for all) within ``[start, end)``."""
    start, end = span
    for file in files:
        if file.span[0] >= end or file.span[1] < start:
            continue
        if channels is not None and not _any_between(channels, *file.channels):
            continue
        known = footer(place, file)
        wanted = known.groups(channels, start, end)
        for first in range(0, len(wanted), TASK_GROUPS):
            yield Task(file=file, footer=known, groups=tuple(wanted[first : first + TASK_GROUPS]))


def _task(place: Place, task: Task, plan: Plan, classes: Classes) -> Partial:
    scale = task.footer.scale(task.groups)
    if scale is not None and plan.all_together and plan.extremes is Extremes.NONE:
        return _all_together(place, task, plan, scale)
    names = ["channel_id", "ts", "value"] + (["scale"] if scale is None else [])
    table = task.footer.read(place, task.file, task.groups, names)
    channel = np.asarray(table.column("channel_id").to_numpy())
    micros = table.column("ts").to_numpy().view(np.int64)
    value = np.asarray(table.column("value").to_numpy())
    scales = None if scale is not None else np.asarray(table.column("scale").to_numpy())
    parts = []
    for low, high in _stretches(channel, plan.wanted):
        key = _keys(channel[low:high], plan, classes)
        if scale is not None:
            parts.append(_micro_runs(key, micros[low:high], value[low:high], plan, scale))
            continue
        assert scales is not None
        for one in np.unique(scales[low:high]).tolist():
            which = np.flatnonzero(scales[low:high] == one)
            parts.append(_micro_runs(key[which], micros[low + which], value[low + which], plan, one))
    return parts[0] if len(parts) == 1 else united(parts)


def _all_together(place: Place, task: Task, plan: Plan, scale: int) -> Partial:
    """Sums over all channels: added up by slot of the calendar, whose few periods are looked up afterwards."""
    table = task.footer.read(place, task.file, task.groups, ["ts", "value"])
    micros = table.column("ts").to_numpy().view(np.int64)
    value = np.asarray(table.column("value").to_numpy())
    found = plan.calendar.slots_of_micros(micros)
    if found is None:
        key = np.broadcast_to(np.int32(0), len(value))
        return _micro_runs(key, micros, value, plan, scale)
    slot, period = found
    sums = summed(slot, value, scale)
    return united([replace(sums, code=period[sums.code].astype(np.int64)).only(period[sums.code] >= 0)])


def _runs(rows: Rows, plan: Plan, scale: int, classes: Classes) -> Partial:
    return over_runs(
        _keys(rows.channel_id, plan, classes),
        plan.calendar.of(rows.start),
        rows.start,
        rows.value,
        periods=_periods(plan),
        scale=scale,
        extremes=plan.extremes,
    )


def _micro_runs(key: Int32, micros: Int64, value: Int64, plan: Plan, scale: int) -> Partial:
    period = plan.calendar.of_micros(micros)
    found = over_runs(key, period, micros, value, periods=_periods(plan), scale=scale, extremes=plan.extremes)
    return found if found.max_at is None else replace(found, max_at=found.max_at // MICROS)


def _keys(channel: Int32, plan: Plan, classes: Classes) -> Int32:
    """The key of each row: its channel, or the group of its channel, looked up once a run."""
    if plan.groups is None:
        return channel
    if plan.groups.channels is None and plan.groups.classes is None:
        return np.broadcast_to(np.int32(0), len(channel))
    first = run_starts(channel)
    return np.repeat(plan.groups.of_channels(channel[first], classes), np.diff(np.append(first, len(channel))))


def _periods(plan: Plan) -> int:
    return max(1, len(plan.calendar))


def _stretches(channel: Int32, wanted: Int32 | None) -> list[tuple[int, int]]:
    """Where the wanted channels lie among sorted ones; neighbours in one stretch."""
    if wanted is None or not len(channel):
        return [(0, len(channel))]
    low, high = np.searchsorted(wanted, (channel[0], channel[-1] + 1))
    mine = wanted[low:high]
    if not len(mine):
        return []
    edges = np.flatnonzero(np.diff(mine) != 1) + 1
    firsts, lasts = mine[np.append(0, edges)], mine[np.append(edges - 1, -1)]
    lows, highs = np.searchsorted(channel, firsts, "left"), np.searchsorted(channel, lasts, "right")
    return [(one, other) for one, other in zip(lows.tolist(), highs.tolist(), strict=True) if one < other]


def _any_between(channels: Int32, low: int, high: int) -> bool:
    first, last = np.searchsorted(channels, (low, high + 1))
    return bool(first < last)
