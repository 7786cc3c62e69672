"""Readings of several channels as columns, the shape they have within the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from meterbook.store.readings.values import Int8, Int32, Int64

Bool = NDArray[np.bool_]
Index = NDArray[np.intp]

MICROS = 1_000_000
TIME = pa.timestamp("us", tz="UTC")
READINGS_SCHEMA = pa.schema(
    [
        pa.field("channel_id", pa.int32(), nullable=False),
        pa.field("ts", TIME, nullable=False),
        pa.field("value", pa.int64(), nullable=False),
        pa.field("scale", pa.int8(), nullable=False),
        pa.field("quality", pa.int8(), nullable=False),
        pa.field("load_id", pa.int32(), nullable=False),
    ]
)
REVISIONS_SCHEMA = READINGS_SCHEMA.append(pa.field("superseded_by", pa.int32(), nullable=False))
MONTH_FIELD = pa.field("month", pa.string(), nullable=False)

_WIDTHS: Mapping[str, type[np.signedinteger[Any]]] = {"scale": np.int8, "load_id": np.int32}

MIXED = "mixed"
"""Partition of files whose readings lie in several months and have not been put into them yet."""

# A key is channel and second in one integer: 31 bits of channel, 32 of second, which is 136 years.
_SECOND_BITS = 32
KEY_SPAN_S = 1 << _SECOND_BITS
_LOOK_ROWS = 65_536


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """n readings as columns of equal length.

    Attributes:
        channel_id: int32.
        start: int64, UTC epoch seconds.
        value: int64, in units of ``10**-scale``.
        scale: int8.
        quality: int8.
        load_id: int32, the load that brought the value.
        superseded_by: int32, the load that brought the next value; 0 for a value that holds.
    """

    channel_id: Int32
    start: Int64
    value: Int64
    scale: Int8
    quality: Int8
    load_id: Int32
    superseded_by: Int32

    def __len__(self) -> int:
        return len(self.start)

    def take(self, which: Any) -> Rows:
        """The rows at positions, of a slice, or where a mask holds."""
        return Rows(**{field.name: getattr(self, field.name)[which] for field in fields(self)})

    def copy(self) -> Rows:
        """The rows in memory of their own, for a few that outlive many."""
        return Rows(**{field.name: np.array(getattr(self, field.name)) for field in fields(self)})

    def sorted(self) -> Rows:
        """The rows by channel, start and load; sorted ones, as they mostly are, only cost a look."""
        if self._sorted():
            return self
        rows = self.by_key()  # of two values of a reading the older one mostly came before
        return rows if rows._sorted() else self.take(np.lexsort((self.load_id, self.start, self.channel_id)))

    def _sorted(self) -> bool:
        return self.in_order() or bool(self.rising(by_load=True).all())

    def by_key(self) -> Rows:
        """The rows by channel and start; equal ones keep their order."""
        first, last = int(self.start.min()), int(self.start.max())
        if last - first >= KEY_SPAN_S:
            return self.take(np.lexsort((self.start, self.channel_id)))
        return self.take(np.argsort(self.keys(first), kind="stable"))  # quick on runs, which rows mostly come in

    def in_order(self) -> bool:
        """Whether the rows are sorted by channel and start, and no two are equal in both."""
        return in_order(self.channel_id, self.start)

    def rising(self, *, by_load: bool = False) -> Bool:
        """For each row but the last whether its channel and start (and load) come before those of the next."""
        channel, start = np.diff(self.channel_id), np.diff(self.start)
        rising = (channel > 0) | ((channel == 0) & (start > 0))
        if by_load:
            rising |= (channel == 0) & (start == 0) & (np.diff(self.load_id) > 0)
        return np.asarray(rising)

    def superseded(self, by: Int32) -> Rows:
        """The rows as values that later loads replaced."""
        return replace(self, superseded_by=by)

    def of_channels(self, channels: Int32) -> Rows:
        """The rows of some channels; these rows are sorted by channel, ``channels`` is sorted."""
        if len(channels) <= 8:
            bounds = zip(*(np.searchsorted(self.channel_id, channels, side) for side in ("left", "right")), strict=True)
            parts = [self.take(slice(low, high)) for low, high in bounds if low < high]
            return parts[0] if len(parts) == 1 else concat(parts)
        return self.take(np.isin(self.channel_id, channels))

    def keys(self, first: int) -> Int64:
        """One integer a row that sorts by channel, then start; rows start within :data:`KEY_SPAN_S` after ``first``."""
        return (self.channel_id.astype(np.int64) << _SECOND_BITS) | (self.start - first)

    def spans(self) -> dict[int, tuple[int, int]]:
        """First and last start of each channel; these rows are sorted."""
        if not len(self):
            return {}
        last = np.append(np.flatnonzero(np.diff(self.channel_id)), len(self) - 1)
        first = np.concatenate([[0], last[:-1] + 1])
        edges = zip(self.start[first].tolist(), self.start[last].tolist(), strict=True)
        return dict(zip(self.channel_id[last].tolist(), edges, strict=True))

    def to_arrow(self, schema: pa.Schema) -> pa.Table:
        """The rows as an Arrow table of one of the lake's schemas."""
        columns = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "start"}
        columns["ts"] = pa.array((self.start * MICROS).view("datetime64[us]"), TIME)
        return pa.table([pa.array(columns[name]) for name in schema.names], schema=schema)


def in_order(channel: Int32, start: Int64) -> bool:
    """Whether n channels and starts are sorted by channel, then start, and no two are equal in both."""
    # A stretch at a time, so that what is compared is still in the processor's cache.
    for at in range(0, len(channel) - 1, _LOOK_ROWS):
        one, two = channel[at : at + _LOOK_ROWS + 1], start[at : at + _LOOK_ROWS + 1]
        later = (one[1:] == one[:-1]) & (two[1:] > two[:-1])
        if not bool(((one[1:] > one[:-1]) | later).all()):
            return False
    return True


NO_ROWS = Rows(
    channel_id=np.empty(0, np.int32),
    start=np.empty(0, np.int64),
    value=np.empty(0, np.int64),
    scale=np.empty(0, np.int8),
    quality=np.empty(0, np.int8),
    load_id=np.empty(0, np.int32),
    superseded_by=np.empty(0, np.int32),
)


def run_starts(column: NDArray[Any]) -> Index:
    """Where runs of equal values begin in a column of at least one row.

    >>> run_starts(np.array([7, 7, 9, 7])).tolist()
    [0, 2, 3]
    """
    return np.append(0, np.flatnonzero(column[1:] != column[:-1]) + 1)


def concat(parts: Sequence[Rows]) -> Rows:
    """The parts one after the other."""
    if not parts:
        return NO_ROWS
    if len(parts) == 1:
        return parts[0]
    return Rows(
        **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(NO_ROWS)}
    )


def from_arrow(table: pa.Table, constants: Mapping[str, int] | None = None) -> Rows:
    """The rows of an Arrow table with the lake's columns.

    Args:
        table: columns of the lake; those of ``constants`` may lack.
        constants: columns that hold one value throughout.
    """

    def column(name: str) -> NDArray[Any]:
        if constants is not None and name in constants:
            return np.full(len(table), constants[name], _WIDTHS[name])
        return np.asarray(table.column(name).to_numpy())

    return Rows(
        channel_id=column("channel_id"),
        start=seconds(table.column("ts")),
        value=column("value"),
        scale=column("scale"),
        quality=column("quality"),
        load_id=column("load_id"),
        superseded_by=column("superseded_by")
        if "superseded_by" in table.column_names
        else np.zeros(len(table), np.int32),
    )


def seconds(instants: pa.ChunkedArray) -> Int64:
    """UTC epoch seconds of an Arrow column of instants."""
    return np.asarray(instants.to_numpy().view(np.int64)) // MICROS


def month_numbers(start: Int64) -> Int64:
    """The UTC month of each instant, counted from January 1970."""
    return start.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)


def month_text(number: int) -> str:
    """A month's name in the table.

    >>> month_text(670)
    '2025-11'
    """
    return str(np.datetime64(number, "M"))


def month_number(month: str) -> int:
    """A month counted from January 1970.

    >>> month_number("2025-11")
    670
    """
    return int(np.datetime64(month, "M").astype(np.int64))


def month_start(month: str) -> int:
    """First instant of a UTC month, epoch seconds.

    >>> month_start("1970-02") // 86400
    31
    """
    return int(np.datetime64(month, "s").astype(np.int64))
