"""Reads: files picked by the log's statistics, then rows by channel and time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from meterbook.model.errors import StoreError
from meterbook.model.series import scale_factor
from meterbook.store.readings.files.parquet import ROW_GROUP, LakeFile
from meterbook.store.readings.files.rows import NO_ROWS, REVISIONS_SCHEMA, Rows, concat, from_arrow
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.query.footers import footer
from meterbook.store.readings.threads import in_threads
from meterbook.store.readings.values import Int32, Int64, Readings
from meterbook.store.readings.writing.merge import valid_revisions

CHUNK_ROWS = 2_000_000
"""Readings that a stream holds at a time, about 100 MB: some row groups of each file, so that few are read twice."""
FEW_CHANNELS = 8
"""Channels up to which each is looked up by itself."""

HISTORY_SCHEMA = REVISIONS_SCHEMA.set(
    REVISIONS_SCHEMA.get_field_index("superseded_by"), pa.field("superseded_by", pa.int32())
)


def current_rows(table: LakeTable, channels: Int32, start: int, end: int) -> Rows:
    """Rows of a table, of some channels (sorted) that start within ``[start, end)``, sorted by key."""
    if not len(channels):
        return NO_ROWS
    low, high = int(channels[0]), int(channels[-1])
    files = [file for file in table.files() if file.may_hold(low, high, start, end)]
    rows = sum(min(file.rows, ROW_GROUP * len(channels)) for file in files)
    far = table.place.far
    parts = in_threads(lambda file: _within(table, file, channels, start, end), _by_time(files), rows, far=far)
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


def _with_revisions(
    readings: LakeTable, revisions: LakeTable, channels: Int32, start: int, end: int
) -> tuple[Rows, Rows]:
    # Readings first: revisions listed later may be ahead of them, never behind, and those ahead are told apart.
    current = current_rows(readings, channels, start, end)
    return current, valid_revisions(current_rows(revisions, channels, start, end), current)


def _within(table: LakeTable, file: LakeFile, channels: Int32, start: int, end: int) -> Rows:
    """Rows of some channels that start within ``[start, end)``; no more is taken out of Arrow than need be."""
    known = footer(table.place, file)
    groups = known.groups(channels, start, end)
    if not groups:
        return NO_ROWS
    constants = known.constants(groups)
    names = [name for name in table.schema.names if name not in constants]
    found = known.read(table.place, file, groups, names)
    if len(channels) > FEW_CHANNELS:
        rows = from_arrow(found, constants).of_channels(channels)
    else:
        held = np.asarray(found.column("channel_id").to_numpy())
        bounds = zip(*(np.searchsorted(held, channels, side) for side in ("left", "right")), strict=True)
        rows = concat([from_arrow(found.slice(low, high - low), constants) for low, high in bounds if low < high])
    if start <= file.span[0] and file.span[1] < end:
        return rows
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
