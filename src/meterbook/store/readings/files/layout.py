"""How readings are cut into files, and which files are joined when. Pure rules; why they are so: decision 0012.

A home's month is one small file. At the size of a whole co-op a closed month lies in *bucket files* of 2,048 channels,
so that a late revision rewrites one of them and a meter's year is a few row groups, and an open month in one *day file*
a UTC day, so that a daily batch rewrites the days it revises and no more.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from meterbook.model.channel import DAY_S
from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.files.rows import (
    MIXED,
    Index,
    Rows,
    concat,
    month_number,
    month_numbers,
    month_start,
    month_text,
)
from meterbook.store.readings.values import Int64

BUCKET_CHANNELS = 2_048
"""Channels of a bucket: numbers 1 to 2,048 are the first."""
FILE_ROWS = 6_291_456
"""Most rows of a file: a bucket's month of quarter hours has 6,094,848."""
DAYS_APART = 7
"""Readings that reach over up to so many UTC days are cut by day, as a daily batch with its late revisions."""
LATE_S = 4 * DAY_S
"""Time after a month's end in which its last days are still revised, as a daily batch does for three days."""
MERGE_ROWS = 200_000
"""Most rows that small files of a month are joined up to."""
SMALL_ROWS = 20_000
"""Files up to this are joined by every write to their month: a home's month stays one file however it trickles in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How some readings of a month are divided into files.

    Attributes:
        channels: channel numbers a file; 0 if there is a file a UTC day.
    """

    channels: int

    @property
    def by_day(self) -> bool:
        """Whether each UTC day has its own file."""
        return self.channels == 0

    def parts(self, rows: Rows) -> list[tuple[int, Rows]]:
        """The rows for each file they belong to: its number and its rows. They are sorted unless cut by day."""
        if self.by_day:
            return divided(rows, days(rows.start))
        number = (int(rows.channel_id[0]) - 1) // self.channels
        last = (int(rows.channel_id[-1]) - 1) // self.channels
        if number == last:
            return [(number, rows)]
        numbers = np.arange(number, last + 1)
        edges = [*np.searchsorted(rows.channel_id, numbers * self.channels + 1).tolist(), len(rows)]
        bounds = zip(numbers.tolist(), edges[:-1], edges[1:], strict=True)
        return [(one, rows.take(slice(low, high))) for one, low, high in bounds if low < high]


BY_DAY = Cut(channels=0)


def cut_for(rows: Rows) -> Cut:
    """How rows of a month, at least one, are best cut, by their shape."""
    first, last = int(rows.start.min()), int(rows.start.max())
    if last // DAY_S - first // DAY_S < DAYS_APART:
        return BY_DAY
    channels = int(np.count_nonzero(np.bincount(rows.channel_id)))
    return by_channels(len(rows) / channels)


def by_channels(rows_each: float) -> Cut:
    """The cut into bucket files, or into a power of two of buckets each where channels have few readings.

    >>> by_channels(96 * 31).channels, by_channels(24 * 31).channels
    (2048, 8192)
    """
    channels = BUCKET_CHANNELS
    while channels < 2**30 and 2 * channels * rows_each <= FILE_ROWS:
        channels *= 2
    return Cut(channels=channels)


def fitting(rows: Rows, room: int) -> int:
    """How many of the rows go into a file that has room for some more: all, or those before the channel that passes.

    None if the first channel passes, unless the file is empty: then it is cut within the channel.
    """
    if len(rows) <= room:
        return len(rows)
    before = int(np.searchsorted(rows.channel_id, rows.channel_id[room]))
    return before or (room if room == FILE_ROWS else 0)


def by_month(rows: Rows) -> list[tuple[int, Rows]]:
    """The rows of each UTC month, counted from January 1970."""
    first, last = month_numbers(np.array([rows.start.min(), rows.start.max()])).tolist()
    return [(first, rows)] if first == last else divided(rows, month_numbers(rows.start))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclosed:
    """Files of a month that is over, to be put into files by channels.

    Attributes:
        month: partition.
        files: all that share channels' buckets with each other.
        cut: how they are to be cut.
    """

    month: str
    files: tuple[LakeFile, ...]
    cut: Cut

    def buckets(self) -> list[tuple[int, int]]:
        """First and last channel of each file to make."""
        low, high = min(file.channels[0] for file in self.files), max(file.channels[1] for file in self.files)
        numbers = range((low - 1) // self.cut.channels, (high - 1) // self.cut.channels + 1)
        bounds = [(number * self.cut.channels + 1, (number + 1) * self.cut.channels) for number in numbers]
        return [(first, last) for first, last in bounds if self.holding(first, last)]

    def holding(self, low: int, high: int) -> list[LakeFile]:
        """The files that can hold some of the channels ``low`` to ``high``."""
        return [file for file in self.files if file.channels[0] <= high and low <= file.channels[1]]


def unclosed(files: Sequence[LakeFile], newest: int) -> list[Unclosed]:
    """What is to be put into files by channels, of months that are over and have more rows than a small file.

    A month is over some days after its end, when late revisions of its last days have come.

    Args:
        files: all of a table.
        newest: start of the newest reading, UTC epoch seconds.
    """
    found = []
    for month in sorted({file.month for file in files} - {MIXED}):
        mine = [file for file in files if file.month == month]
        rows = sum(file.rows for file in mine)
        if len(mine) == 1 or rows <= MERGE_ROWS or newest < month_start(month_text(month_number(month) + 1)) + LATE_S:
            continue
        channels = max(file.channels[1] for file in mine) - min(file.channels[0] for file in mine) + 1
        cut = by_channels(rows / channels)
        groups = _sharing(mine, cut.channels)
        found += [Unclosed(month=month, files=tuple(group), cut=cut) for group in groups if not _closed(group)]
    return found


def _sharing(files: Sequence[LakeFile], channels: int) -> list[list[LakeFile]]:
    """The files in groups that share no bucket with each other."""
    groups: list[list[LakeFile]] = []
    last = -1
    for file in sorted(files, key=lambda one: one.channels):
        first = (file.channels[0] - 1) // channels
        if first > last:
            groups.append([])
        groups[-1].append(file)
        last = max(last, (file.channels[1] - 1) // channels)
    return groups


def _closed(files: Sequence[LakeFile]) -> bool:
    """Whether files of one bucket are cut as closing would cut them: no channel in two, and not many that are small."""
    ordered = sorted(files, key=lambda one: one.channels)
    apart = all(one.channels[1] < other.channels[0] for one, other in itertools.pairwise(ordered))
    return apart and len(files) <= 1 + 2 * sum(file.rows for file in files) // FILE_ROWS


def days(start: Int64) -> Int64:
    """The UTC day of each instant, counted from 1970."""
    return start // DAY_S


def divided(rows: Rows, numbers: Int64) -> list[tuple[int, Rows]]:
    """The rows of each number, in their order."""
    low, high = int(numbers.min()), int(numbers.max())
    if low == high:
        return [(low, rows)]
    edges = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
    if len(edges) * 64 < len(rows):
        return _by_runs(rows, numbers, edges)
    there = np.flatnonzero(np.bincount(numbers - low)) + low
    return [(number, rows.take(numbers == number)) for number in there.tolist()]


def _by_runs(rows: Rows, numbers: Int64, edges: Index) -> list[tuple[int, Rows]]:
    bounds = [0, *edges.tolist(), len(rows)]
    runs: dict[int, list[Rows]] = {}
    for low, high in itertools.pairwise(bounds):
        runs.setdefault(int(numbers[low]), []).append(rows.take(slice(low, high)))
    return [(number, concat(runs[number])) for number in sorted(runs)]


def mergeable(files: Sequence[LakeFile], more: int) -> list[LakeFile]:
    """The files of a month to make one with ``more`` new rows.

    Small files always; larger ones only once what joins them is half their size, so that a reading is written anew
    a few times at most until its month is full, not with each of a thousand writes.
    """
    chosen: list[LakeFile] = []
    total = more
    for file in sorted(files, key=lambda one: one.rows):
        if total + file.rows > MERGE_ROWS or file.rows > max(SMALL_ROWS, 2 * total):
            break
        total += file.rows
        chosen.append(file)
    return chosen


def compactable(files: Sequence[LakeFile]) -> list[LakeFile]:
    """The smallest files of a month, as many as make one of at most :data:`MERGE_ROWS` rows."""
    chosen: list[LakeFile] = []
    total = 0
    for file in sorted(files, key=lambda one: one.rows):
        total += file.rows
        if total > MERGE_ROWS:
            break
        chosen.append(file)
    return chosen
