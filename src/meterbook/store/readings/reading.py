"""Reads: files picked by the log's statistics, then rows by channel and time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from meterbook.model.errors import StoreError
from meterbook.model.series import scale_factor
from meterbook.store.readings.merge import valid_revisions
from meterbook.store.readings.parquet import LakeFile, read_file, read_groups
from meterbook.store.readings.rows import NO_ROWS, REVISIONS_SCHEMA, Rows, concat, seconds
from meterbook.store.readings.table import LakeTable
from meterbook.store.readings.values import Coverage, Int32, Int64, Readings

CHUNK_ROWS = 250_000
"""Readings that a stream holds at a time, about 10 MB as Arrow."""

HISTORY_SCHEMA = REVISIONS_SCHEMA.set(
    REVISIONS_SCHEMA.get_field_index("superseded_by"), pa.field("superseded_by", pa.int32())
)


def current_rows(table: LakeTable, channels: Int32, start: int, end: int) -> Rows:
    """Rows of a table, of some channels (sorted) that start within ``[start, end)``, sorted by key."""
    if not len(channels):
        return NO_ROWS
    low, high = int(channels[0]), int(channels[-1])
    files = [file for file in table.files() if file.may_hold(low, high, start, end)]
    parts = [_within(read_file(table.place, file, channels), file, start, end) for file in _by_time(files)]
    return concat([part for part in parts if len(part)]).sorted()


def rows_as_of(readings: LakeTable, revisions: LakeTable, channels: Int32, start: int, end: int, *, as_of: int) -> Rows:
    """The rows that held once load ``as_of`` was in and nothing later."""
    current, earlier = _with_revisions(readings, revisions, channels, start, end)
    held = (earlier.load_id <= as_of) & (as_of < earlier.superseded_by)
    return concat([current.take(current.load_id <= as_of), earlier.take(held)]).sorted()


def every_value(readings: LakeTable, revisions: LakeTable, channels: Int32, start: int, end: int) -> pa.Table:
    """All values ever held, by channel, start and load; ``superseded_by`` is null for those that hold."""
    rows = concat(list(_with_revisions(readings, revisions, channels, start, end))).sorted()
    table = rows.to_arrow(REVISIONS_SCHEMA)
    holds = rows.superseded_by == 0
    return pa.table([*table.columns[:-1], pa.array(rows.superseded_by, pa.int32(), mask=holds)], schema=HISTORY_SCHEMA)


def by_channel(rows: Rows, channels: Sequence[int]) -> dict[int, Readings]:
    """Sorted rows divided by channel, each at its finest scale."""
    found = {}
    for channel in channels:
        low, high = np.searchsorted(rows.channel_id, (channel, channel + 1))
        part = rows.take(slice(low, high))
        value, scale = _at_finest_scale(part)
        found[channel] = Readings(
            channel_id=channel, start=part.start, value=value, quality=part.quality, load_id=part.load_id, scale=scale
        )
    return found


def channel_chunks(files: Sequence[LakeFile], channels: Int32, start: int, end: int) -> Iterator[Int32]:
    """The channels in groups that hold about :data:`CHUNK_ROWS` readings each, estimated from the log's statistics."""
    expected = np.ones(len(channels))
    for file in files:
        if file.span[0] < end and start <= file.span[1]:
            low, high = np.searchsorted(channels, (file.channels[0], file.channels[1] + 1))
            expected[low:high] += file.rows / max(1, high - low)  # as if it held none but these: rather too many
    group = (np.cumsum(expected) // CHUNK_ROWS).astype(np.int64)
    for number in np.unique(group):
        yield channels[group == number]


def file_coverage(table: LakeTable, file: LakeFile) -> dict[int, Coverage]:
    """What a file holds of each of its channels; read from the log alone if there is but one."""
    if file.channels[0] == file.channels[1]:
        return {file.channels[0]: Coverage(first=file.span[0], last=file.span[1], count=file.rows)}
    found: dict[int, Coverage] = {}
    for part in read_groups(table.place, file, ["channel_id", "ts"]):
        channels = np.asarray(part.column("channel_id").to_numpy())
        start = seconds(part.column("ts"))
        edges = np.flatnonzero(np.diff(channels)) + 1
        for low, high in zip([0, *edges], [*edges, len(channels)], strict=True):
            part_of = Coverage(first=int(start[low]), last=int(start[high - 1]), count=int(high - low))
            joined(found, int(channels[low]), part_of)
    return found


def joined(found: dict[int, Coverage], channel: int, more: Coverage) -> None:
    """Add what another part holds of a channel."""
    known = found.get(channel)
    found[channel] = more if known is None else Coverage(
        first=min(known.first, more.first), last=max(known.last, more.last), count=known.count + more.count
    )  # fmt: skip


def _with_revisions(
    readings: LakeTable, revisions: LakeTable, channels: Int32, start: int, end: int
) -> tuple[Rows, Rows]:
    # Readings first: revisions listed later may be ahead of them, never behind, and those ahead are told apart.
    current = current_rows(readings, channels, start, end)
    return current, valid_revisions(current_rows(revisions, channels, start, end), current)


def _within(rows: Rows, file: LakeFile, start: int, end: int) -> Rows:
    if start <= file.span[0] and file.span[1] < end:
        return rows
    if len(rows) and rows.channel_id[0] == rows.channel_id[-1]:
        low, high = np.searchsorted(rows.start, (start, end))
        return rows.take(slice(low, high))
    return rows.take((rows.start >= start) & (rows.start < end))


def _by_time(files: list[LakeFile]) -> list[LakeFile]:
    return sorted(files, key=lambda file: (file.span, file.channels))


def _at_finest_scale(rows: Rows) -> tuple[Int64, int]:
    if not len(rows):
        return rows.value, 0
    scale = int(rows.scale.max())
    coarsest = int(rows.scale.min())
    if coarsest == scale:
        return rows.value, scale
    factor = 10 ** (scale - rows.scale.astype(np.int64))
    limit = np.iinfo(np.int64).max // factor
    if bool(((rows.value > limit) | (rows.value < -limit)).any()):
        raise StoreError(
            f"readings of channel {rows.channel_id[0]} don't fit at {scale} digits after the point",
            expected=f"values below {np.iinfo(np.int64).max // scale_factor(coarsest, scale)}",
        )
    return rows.value * factor, scale
