"""Readings that follow each other without a hole, as their first and last start: all that gaps need to know.

A month of a meter's quarter hours is 2,976 readings and, mostly, one stretch. Unbroken are found row group by row
group, in threads; what lies between two of them, across files as within, is then a matter of a few rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from meterbook.model.channel import DAY_S
from meterbook.store.readings.files.parquet import ROW_GROUP, LakeFile
from meterbook.store.readings.files.rows import MICROS, Bool, Rows
from meterbook.store.readings.places.place import Place
from meterbook.store.readings.query.expected import Expected
from meterbook.store.readings.query.local import TASK_GROUPS, Task, tasks
from meterbook.store.readings.threads import in_threads
from meterbook.store.readings.values import Int32, Int64

_PIECE_ROWS = 16_384


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unbroken:
    """n runs of readings, each its channel's interval length after the one before.

    Attributes:
        owner: positions among the expected channels, int64.
        first: first starts, int64, UTC epoch seconds.
        last: last starts.
    """

    owner: Int64
    first: Int64
    last: Int64

    def __len__(self) -> int:
        return len(self.owner)

    def of(self, owners: Int64) -> Unbroken:
        """Those of some owners (sorted)."""
        which = np.isin(self.owner, owners)
        return Unbroken(owner=self.owner[which], first=self.first[which], last=self.last[which])


def unbroken(place: Place, files: Sequence[LakeFile], expected: Expected) -> Unbroken:
    """The stretches of the readings in some data files, each cut to its channel's service, by channel and first start.

    Those of days and months are of one reading, since calendar days differ in length.
    """
    within = expected.start < expected.end
    if not bool(within.any()):
        return _joined([], expected)
    span = int(expected.start[within].min()), int(expected.end[within].max())
    todo = list(tasks(place, files, expected.channels, span))
    rows = len(todo) * TASK_GROUPS * ROW_GROUP
    return _joined(in_threads(lambda task: _task(place, task, expected), todo, rows), expected)


def unbroken_of(rows: Rows, expected: Expected) -> Unbroken:
    """The stretches of sorted rows."""
    return _joined([_found(rows.channel_id, rows.start, expected, 1)], expected)


def _task(place: Place, task: Task, expected: Expected) -> Unbroken:
    table = task.footer.read(place, task.file, task.groups, ["channel_id", "ts"])
    channel = np.asarray(table.column("channel_id").to_numpy())
    return _found(channel, table.column("ts").to_numpy().view(np.int64), expected, MICROS)


def _found(channel: Int32, start: Int64, expected: Expected, second: int) -> Unbroken:
    """Unbroken of rows sorted by channel and start, whose starts are in parts of a second."""
    low, high = np.searchsorted(expected.channels, (channel[0], channel[-1] + 1)) if len(channel) else (0, 0)
    firsts = np.searchsorted(channel, expected.channels[low:high], "left")
    ends = np.searchsorted(channel, expected.channels[low:high], "right")
    step = np.where(expected.interval_s[low:high] < DAY_S, expected.interval_s[low:high], 0)
    parts = []
    for one, other in _runs(firsts, ends, step):
        begin, end = int(firsts[one]), int(ends[other - 1])
        mine = start[begin:end]
        broken = _broken(mine, int(step[one]) * second)
        broken[firsts[one + 1 : other] - begin - 1] = True
        edges = np.flatnonzero(broken)
        first = np.append(0, edges + 1)
        owner = low + np.searchsorted(expected.channels[low:high], channel[begin + first])
        parts.append(
            Unbroken(owner=owner, first=mine[first] // second, last=mine[np.append(edges, len(mine) - 1)] // second)
        )
    return _concatenated(parts)


def _broken(start: Int64, step: int) -> Bool:
    """For each row but the last whether the next one does not start a step later."""
    broken = np.empty(len(start) - 1, np.bool_)
    # A piece at a time, so that differences stay in the processor's cache.
    for at in range(0, len(broken), _PIECE_ROWS):
        piece = start[at : at + _PIECE_ROWS + 1]
        np.not_equal(piece[1:] - piece[:-1], step, out=broken[at : at + _PIECE_ROWS])
    return broken


def _runs(firsts: Int64, ends: Int64, step: Int64) -> list[tuple[int, int]]:
    """Expected channels that have rows here, follow each other without foreign rows between, and are of one length."""
    held = np.flatnonzero(ends > firsts)
    if not len(held):
        return []
    # Channels without rows have firsts == ends, so they may stand within a run, but not at its beginning.
    apart = (firsts[held[1:]] != ends[held[:-1]]) | (step[held[1:]] != step[held[:-1]])
    edges = np.flatnonzero(apart) + 1
    return [
        (int(held[one]), int(held[other - 1]) + 1) for one, other in zip([0, *edges], [*edges, len(held)], strict=True)
    ]


def _joined(parts: Sequence[Unbroken], expected: Expected) -> Unbroken:
    """The parts cut to each channel's service, sorted."""
    found = _concatenated(parts)
    start, end = expected.start[found.owner], expected.end[found.owner]
    step = expected.interval_s[found.owner]
    first = found.first + np.maximum(0, -((found.first - start) // step)) * step
    last = found.last - np.maximum(0, (found.last - end) // step + 1) * step
    kept = np.flatnonzero((first <= last) & (start < end))
    order = kept[np.lexsort((first[kept], found.owner[kept]))]
    return Unbroken(owner=found.owner[order], first=first[order], last=last[order])


def _concatenated(parts: Sequence[Unbroken]) -> Unbroken:
    none = np.zeros(0, np.int64)
    return Unbroken(
        owner=np.concatenate([none, *(part.owner for part in parts)]),
        first=np.concatenate([none, *(part.first for part in parts)]),
        last=np.concatenate([none, *(part.last for part in parts)]),
    )
