"""The way in for many readings at once: columns of any order become files in their final form, then one commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from meterbook.store.readings.encoders import Encoders
from meterbook.store.readings.pieces import Piece, Pieces
from meterbook.store.readings.rows import MICROS, READINGS_SCHEMA, Rows, concat
from meterbook.store.readings.table import LakeTable
from meterbook.store.readings.values import Int64

BLOCK_ROWS = 8_000_000
"""Most rows that are sorted and divided together; about 200 MB."""
LARGE_ROWS = 1_000_000
"""Chunks from this on are not put together with others."""
CHUNK_SCHEMA = pa.schema([field for field in READINGS_SCHEMA if field.name != "load_id"])
"""Columns of a chunk: ``channel_id, ts, value, scale, quality``, without nulls."""


def blocks(chunks: Iterable[pa.Table | pa.RecordBatch], load_id: int) -> Iterator[Rows]:
    """The chunks as blocks, small ones together, large ones in parts.

    Raises:
        ValueError: a chunk lacks a column, or has nulls, or instants within a second.
    """
    waiting: list[Rows] = []
    for chunk in chunks:
        rows = _rows(chunk, load_id)
        if waiting and (len(rows) >= LARGE_ROWS or sum(len(part) for part in waiting) + len(rows) > BLOCK_ROWS):
            yield concat(waiting)
            waiting = []
        if len(rows) < LARGE_ROWS:
            waiting.append(rows)
            continue
        for at in range(0, len(rows), BLOCK_ROWS):
            yield rows.take(slice(at, at + BLOCK_ROWS))
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


def _rows(chunk: pa.Table | pa.RecordBatch, load_id: int) -> Rows:
    table = pa.table(chunk) if isinstance(chunk, pa.Table) else pa.Table.from_batches([chunk])
    missing = [name for name in CHUNK_SCHEMA.names if name not in table.column_names]
    if missing:
        raise ValueError(f"a chunk lacks {', '.join(missing)}")
    table = table.select(CHUNK_SCHEMA.names)
    if any(column.null_count for column in table.columns):
        raise ValueError("a chunk has nulls")
    columns = {name: table.column(name).cast(CHUNK_SCHEMA.field(name).type).to_numpy() for name in table.column_names}
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
