"""What is stored of each channel: from when, until when, and how many readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from meterbook.store.readings.files.layout import MERGE_ROWS
from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.files.rows import seconds
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.query.footers import footer
from meterbook.store.readings.threads import in_threads
from meterbook.store.readings.values import Coverage, Int32, Int64

FEW_CHANNELS = 64
"""Channels up to which only their row groups of large files are looked at."""
_ALWAYS = (-(2**62), 2**62)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Held:
    """What files hold of k channels.

    Attributes:
        channel: k numbers, rising.
        first: start of the first reading of each, UTC epoch seconds.
        last: start of the last.
        count: readings.
    """

    channel: Int32
    first: Int64
    last: Int64
    count: Int64

    def of(self, channels: Int32) -> Held:
        """What is held of some of the channels."""
        keep = np.isin(self.channel, channels)
        return Held(channel=self.channel[keep], first=self.first[keep], last=self.last[keep], count=self.count[keep])

    def by_channel(self) -> dict[int, Coverage]:
        """The same by channel number."""
        columns = (self.channel, self.first, self.last, self.count)
        return {
            channel: Coverage(first=first, last=last, count=count)
            for channel, first, last, count in zip(*(column.tolist() for column in columns), strict=True)
        }


class Coverages:
    """What the files of a table hold, each looked at once: a file never changes."""

    def __init__(self, table: LakeTable) -> None:
        self._table = table
        self._known: dict[str, Held] = {}

    def of(self, channels: Int32) -> Held:
        """What is stored of some channels, sorted.

        Raises:
            BookDamaged: a file can't be read.
            FileNotFoundError: one is gone.
        """
        files = self._table.files()
        listed = {file.path for file in files}
        self._known = {path: held for path, held in self._known.items() if path in listed}
        near = [file for file in files if _holds_any(file, channels)]
        parts = in_threads(lambda file: self._file(file, channels), near, sum(file.rows for file in near))
        return joined([part.of(channels) for part in parts])

    def _file(self, file: LakeFile, channels: Int32) -> Held:
        held = self._known.get(file.path)
        if held is not None:
            return held
        if file.channels[0] == file.channels[1]:
            return _one_channel(file)
        if file.rows > MERGE_ROWS and len(channels) <= FEW_CHANNELS:
            return _looked_at(self._table, file, channels)
        held = self._known[file.path] = _looked_at(self._table, file, None)
        return held


def joined(parts: Sequence[Held]) -> Held:
    """What several files hold together."""
    channel = np.concatenate([np.empty(0, np.int32), *(part.channel for part in parts)])
    found, place = np.unique(channel, return_inverse=True)
    first, last = np.full(len(found), np.iinfo(np.int64).max), np.full(len(found), np.iinfo(np.int64).min)
    count = np.zeros(len(found), np.int64)
    if len(found):
        np.minimum.at(first, place, np.concatenate([part.first for part in parts]))
        np.maximum.at(last, place, np.concatenate([part.last for part in parts]))
        np.add.at(count, place, np.concatenate([part.count for part in parts]))
    return Held(channel=found.astype(np.int32), first=first, last=last, count=count)


def _holds_any(file: LakeFile, channels: Int32) -> bool:
    low, high = np.searchsorted(channels, (file.channels[0], file.channels[1] + 1))
    return bool(low < high)


def _one_channel(file: LakeFile) -> Held:
    """Known from the log alone."""
    return Held(
        channel=np.array([file.channels[0]], np.int32),
        first=np.array([file.span[0]]),
        last=np.array([file.span[1]]),
        count=np.array([file.rows]),
    )


def _looked_at(table: LakeTable, file: LakeFile, channels: Int32 | None) -> Held:
    """What a file holds of the channels in its row groups, or in those that can hold some channels."""
    known = footer(table.place, file)
    groups = known.groups(channels, *_ALWAYS)
    parts = (known.read(table.place, file, [group], ["channel_id", "ts"]) for group in groups)
    return joined([_held(part) for part in parts])


def _held(table: pa.Table) -> Held:
    channel = np.asarray(table.column("channel_id").to_numpy())
    ends = np.append(np.flatnonzero(channel[1:] != channel[:-1]), len(channel) - 1)
    begins = np.append(0, ends[:-1] + 1)
    ts = table.column("ts")
    return Held(
        channel=channel[ends],
        first=seconds(ts.take(pa.array(begins))),
        last=seconds(ts.take(pa.array(ends))),
        count=ends - begins + 1,
    )
