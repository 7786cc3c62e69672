"""The way in for many readings at once: columns of any order become files in their final form, then one commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from meterbook.store.readings.files.parquet import ROW_GROUP
from meterbook.store.readings.files.rows import MICROS, READINGS_SCHEMA, Rows, concat, in_order
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.values import Int64
from meterbook.store.readings.writing.encoders import Encoders
from meterbook.store.readings.writing.merge import check_codes
from meterbook.store.readings.writing.pieces import Piece, Pieces

BLOCK_ROWS = 8_000_000
"""Most rows that are sorted and divided together; about 200 MB."""
LARGE_ROWS = 1_000_000
"""Chunks from this on are not put together with others."""
SLICE_ROWS = 8 * ROW_GROUP
"""Rows of a sorted chunk that are looked at together: few enough that the system need not find new memory for each."""
CHUNK_SCHEMA = pa.schema([field for field in READINGS_SCHEMA if field.name != "load_id"])
"""Columns of a chunk: ``channel_id, ts, value, scale, quality``, without nulls."""


def blocks(chunks: Iterable[pa.Table | pa.RecordBatch], load_id: int) -> Iterator[Rows]:
    """The chunks as blocks, small ones together, large ones in parts.

    Raises:
        ValueError: a chunk lacks a column, or has nulls, instants within a second, or a scale or quality there is not.
    """
    waiting: list[Rows] = []
    for chunk in chunks:
        table = _checked(chunk)
        if waiting and (len(table) >= LARGE_ROWS or sum(len(part) for part in waiting) + len(table) > BLOCK_ROWS):
            yield concat(waiting)
            waiting = []
        if len(table) < LARGE_ROWS:
            waiting.append(_rows(table, load_id))
            continue
        step = SLICE_ROWS if _in_order(table) else BLOCK_ROWS
        for at in range(0, len(table), step):
            yield _rows(table.slice(at, step), load_id)
    if waiting:
        yield concat(waiting)


def spooled(
    table: LakeTable, chunks: Iterable[pa.Table | pa.RecordBatch], load_id: int, encoders: Encoders
) -> list[Piece]:
    """All chunks as pieces of a table that no log names yet; their files may still be being written.

    Raises:
        StoreError: the system would not write one; none is left then.
        ValueError: a chunk is not as it should be.
    """
    pieces = Pieces(table, encoders.one)
    try:
        for block in blocks(chunks, load_id):
            pieces.add(block)
        return pieces.close()
    except BaseException:
        encoders.end()
        pieces.discard()
        raise


def _checked(chunk: pa.Table | pa.RecordBatch) -> pa.Table:
    table = chunk if isinstance(chunk, pa.Table) else pa.Table.from_batches([chunk])
    missing = [name for name in CHUNK_SCHEMA.names if name not in table.column_names]
    if missing:
        raise ValueError(f"a chunk lacks {', '.join(missing)}")
    table = table.select(CHUNK_SCHEMA.names)
    if any(column.null_count for column in table.columns):
        raise ValueError("a chunk has nulls")
    return table.cast(CHUNK_SCHEMA)


def _in_order(table: pa.Table) -> bool:
    return in_order(table.column("channel_id").to_numpy(), table.column("ts").to_numpy().view(np.int64))


def _rows(table: pa.Table, load_id: int) -> Rows:
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    check_codes(columns["scale"], columns["quality"])
    return Rows(
        channel_id=columns["channel_id"],
        start=_seconds(columns["ts"].view(np.int64)),
        value=columns["value"],
        scale=columns["scale"],
        quality=columns["quality"],
        load_id=np.broadcast_to(np.int32(load_id), len(table)),
        superseded_by=np.broadcast_to(np.int32(0), len(table)),
    )


def _seconds(micros: Int64) -> Int64:
    start = micros // MICROS
    if bool((start * MICROS != micros).any()):
        raise ValueError("an instant lies within a second")
    return np.asarray(start)
