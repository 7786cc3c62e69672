"""What a write and a load do to both tables, from what they bring to the commit. The writer lock is held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from meterbook.store.readings.files.parquet import LakeFile, holding
from meterbook.store.readings.files.rows import Rows, month_numbers, month_text
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.upkeep.maintenance import mixed_files, settle
from meterbook.store.readings.values import Int8, Loaded
from meterbook.store.readings.writing.bulk import spooled
from meterbook.store.readings.writing.encoders import Encoders
from meterbook.store.readings.writing.joining import join
from meterbook.store.readings.writing.merge import NEW, REVISED, UNCHANGED, Incoming
from meterbook.store.readings.writing.pieces import Piece, latest
from meterbook.store.readings.writing.windows import MIXED_WRITE_ROWS, Exchange, write_month, write_new


def store(readings: LakeTable, revisions: LakeTable, brought: Incoming) -> Int8:
    """Store the rows of a write; gives for each whether it was unchanged, new or revised."""
    current, earlier = Exchange(table=readings), Exchange(table=revisions)
    months = month_numbers(brought.rows.start)
    try:
        mixed = mixed_files(readings)
        mixed = holding(mixed, brought.rows.spans()) if mixed else []
        fate = write_new(current, earlier, brought) if mixed or bool((months != months[0]).any()) else None
        if fate is None:
            settle(readings, mixed)
            fate = np.zeros(len(brought.rows), np.int8)
            for number in np.unique(months).tolist():
                which = months == number
                fate[which] = write_month(current, earlier, month_text(number), brought.take(which))
        _commit(current, earlier)
    except BaseException:
        earlier.discard()
        current.discard()
        raise
    return fate


def store_chunks(
    readings: LakeTable, revisions: LakeTable, chunks: Iterable[pa.Table | pa.RecordBatch], load_id: int
) -> Loaded:
    """Store the chunks of a load."""
    current, earlier = Exchange(table=readings), Exchange(table=revisions)
    pieces: list[Piece] = []
    try:
        with Encoders() as encoders:
            pieces = spooled(readings, chunks, load_id, encoders)
            held = [piece.held for piece in pieces if piece.held is not None]
            if len(held) == len(pieces) and sum(len(rows) for rows in held) <= MIXED_WRITE_ROWS:
                return _store_few(readings, revisions, latest(held))
            settle(readings, [file for file in mixed_files(readings) if _meets(file, pieces)])
            loaded = join(pieces, current, earlier)
            pieces = []  # each is among the files to commit now, or gone
        _commit(current, earlier)
    except BaseException:
        for piece in pieces:
            piece.drop(readings)
        earlier.discard()
        current.discard()
        raise
    return loaded


def _commit(current: Exchange, earlier: Exchange) -> None:
    # Superseded values are safe before anything supersedes them; should the second commit never come, they are known
    # for what they are, since they are as new as the values that hold.
    earlier.commit("REVISE")
    current.commit("WRITE")


def _store_few(readings: LakeTable, revisions: LakeTable, rows: Rows) -> Loaded:
    if not len(rows):
        return Loaded(new=0, revised=0, unchanged=0)
    nothing = np.zeros(len(rows), np.intp)
    fate = store(readings, revisions, Incoming(rows=rows, batch=nothing, layer=nothing))
    new, revised, unchanged = (int(np.count_nonzero(fate == one)) for one in (NEW, REVISED, UNCHANGED))
    return Loaded(new=new, revised=revised, unchanged=unchanged)


def _meets(file: LakeFile, pieces: Sequence[Piece]) -> bool:
    bounds = [(*piece.listed.channels, *piece.listed.span) for piece in pieces]
    return any(file.may_hold(low, high, first, last + 1) for low, high, first, last in bounds)
