"""Plans carried out in this process: row groups are decoded in threads, and runs of sorted readings added up.

A calendar is looked up by the slot of an instant, so no reading is turned into local time, and because readings are
sorted by channel and start, those of one period lie together: what is added up are runs, not single readings.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

import numpy as np

from meterbook.store.readings.parquet import LakeFile
from meterbook.store.readings.place import Place
from meterbook.store.readings.query.footers import Footer, footer
from meterbook.store.readings.query.partial import Partial, over_runs, united
from meterbook.store.readings.query.plan import Aggregates, Plan
from meterbook.store.readings.rows import MICROS, Rows
from meterbook.store.readings.values import Int32, Int64

T = TypeVar("T")
R = TypeVar("R")

TASK_GROUPS = 6
"""Row groups that a thread takes at a time, some 700,000 readings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Row groups of one file."""

    file: LakeFile
    footer: Footer
    groups: tuple[int, ...]


def scanned(place: Place, files: Sequence[LakeFile], plan: Plan) -> Partial:
    """The partial answer of the readings in some data files, that hold now."""
    return united(in_threads(lambda task: _task(place, task, plan), tasks(place, files, plan.wanted, plan.span)))


def of_rows(rows: Rows, plan: Plan) -> Partial:
    """The partial answer of rows sorted by channel and start, at whatever scales."""
    parts = [
        _runs(rows if one == len(rows) else rows.take(rows.scale == scale), plan, scale)
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


def in_threads(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Work on items in as many threads as there are processors, results in the order of the items."""
    waiting = list(items)
    if len(waiting) <= 1:
        return [work(item) for item in waiting]
    return list(_pool().map(work, waiting))


def _task(place: Place, task: Task, plan: Plan) -> Partial:
    scale = task.footer.scale(task.groups)
    names = ["channel_id", "ts", "value"] + (["scale"] if scale is None else [])
    table = task.footer.read(place, task.file, task.groups, names)
    channel = np.asarray(table.column("channel_id").to_numpy())
    micros = table.column("ts").to_numpy().view(np.int64)
    value = np.asarray(table.column("value").to_numpy())
    scales = None if scale is not None else np.asarray(table.column("scale").to_numpy())
    parts = []
    for low, high in _stretches(channel, plan.wanted):
        if scale is not None:
            parts.append(_micro_runs(channel[low:high], micros[low:high], value[low:high], plan, scale))
            continue
        assert scales is not None
        for one in np.unique(scales[low:high]).tolist():
            which = low + np.flatnonzero(scales[low:high] == one)
            parts.append(_micro_runs(channel[which], micros[which], value[which], plan, one))
    return parts[0] if len(parts) == 1 else united(parts)


def _runs(rows: Rows, plan: Plan, scale: int) -> Partial:
    key = rows.channel_id if plan.groups is None else plan.groups.of_channels(rows.channel_id)
    period = plan.calendar.of(rows.start)
    return over_runs(key, period, rows.start, rows.value, periods=_periods(plan), scale=scale, extremes=plan.extremes)


def _micro_runs(channel: Int32, micros: Int64, value: Int64, plan: Plan, scale: int) -> Partial:
    key = channel if plan.groups is None else plan.groups.of_channels(channel)
    found = over_runs(
        key, plan.calendar.of_micros(micros), micros, value, periods=_periods(plan), scale=scale, extremes=plan.extremes
    )
    return found if found.max_at is None else replace(found, max_at=found.max_at // MICROS)


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


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="meterbook-lake")
