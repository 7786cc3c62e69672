"""Readings as Parquet and Arrow files, for notebooks and databases: exact decimals, instants in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import numpy as np

from meterbook.formats.base import FormatSpec
from meterbook.formats.usage_rows import LOSES, UsageRows, chunks, ends_of, quality_texts
from meterbook.model.channel import Channel
from meterbook.model.errors import InputError
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries

DIGITS = 18  # Parquet keeps decimals of up to 18 digits in 8 bytes
LOSES_HERE = (*LOSES, "the local offset: instants are UTC")

PARQUET = FormatSpec(
    name="parquet",
    title="Parquet",
    extensions=(".parquet",),
    sniff=lambda head: head.startswith(b"PAR1"),
    can_read=False,
    can_write=True,
    loses=LOSES_HERE,
)
ARROW = FormatSpec(
    name="arrow",
    title="Arrow IPC file",
    extensions=(".arrow", ".feather"),
    sniff=lambda head: head.startswith(b"ARROW1"),
    can_read=False,
    can_write=True,
    loses=LOSES_HERE,
)


def schema(scale: int) -> Any:
    """The Arrow schema: start and end in UTC microseconds, identifiers as text, value decimal128(18, scale)."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    instant = pa.timestamp("us", tz="UTC")
    return pa.schema(
        [
            pa.field("start", instant, nullable=False),
            pa.field("end", instant, nullable=False),
            *(
                pa.field(name, pa.string(), nullable=False)
                for name in ("account", "service_location", "meter", "flow", "unit")
            ),
            pa.field("value", pa.decimal128(DIGITS, scale)),
            pa.field("quality", pa.string(), nullable=False),
        ]
    )


def batches(rows: Iterable[UsageRows], scale: int) -> Iterator[Any]:
    """Record batches of bounded size, all values at one scale.

    Raises:
        InputError: a value has more than 18 digits at that scale.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    for part, tz in chunks(rows):
        series = _rescaled(part, scale)
        columns = [
            _instants(series.start),
            _instants(ends_of(series, tz)),
            *(pa.repeat(pa.scalar(word), len(series)) for word in _fixed(series.channel)),
            _decimals(series),
            quality_texts(series),
        ]
        yield pa.record_batch(columns, schema=schema(scale))


def to_table(rows: Iterable[UsageRows]) -> Any:
    """All readings as an Arrow table, values at the finest scale among them."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    kept = list(rows)
    scale = finest(kept)
    return pa.Table.from_batches(batches(kept, scale), schema(scale))


def write_parquet(rows: Iterable[UsageRows], sink: BinaryIO) -> None:
    """Write readings to a binary file as Parquet, compressed with Zstandard."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - slow to load

    kept = list(rows)
    scale = finest(kept)
    with pq.ParquetWriter(sink, schema(scale), compression="zstd", store_decimal_as_integer=True) as writer:
        for batch in batches(kept, scale):
            writer.write_batch(batch)


def write_arrow(rows: Iterable[UsageRows], sink: BinaryIO) -> None:
    """Write readings to a binary file in the Arrow IPC file format."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    kept = list(rows)
    scale = finest(kept)
    with pa.ipc.new_file(sink, schema(scale)) as writer:
        for batch in batches(kept, scale):
            writer.write_batch(batch)


def finest(rows: Iterable[UsageRows]) -> int:
    """The finest scale among series; 3 without any."""
    return max((series.scale for series, _ in rows), default=3)


def _rescaled(series: IntervalSeries, scale: int) -> IntervalSeries:
    try:
        fine = series.rescaled(scale)
    except ValueError:
        fine = None
    if fine is None or (len(fine) and int(np.abs(fine.value).max()) >= 10**DIGITS):
        raise InputError(
            f"a value has more than {DIGITS} digits at the finest scale among the series",
            expected=f"at most {DIGITS} digits",
            hint="Write the series to files of their own, or use CSV.",
        )
    return fine


def _instants(seconds: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    return pa.array((seconds * 1_000_000).view("datetime64[us]")).cast(pa.timestamp("us", tz="UTC"))


def _decimals(series: IntervalSeries) -> Any:
    """Decimals straight from the integers: 128-bit little-endian, so a value and its sign as the upper half."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    wide = np.empty((len(series), 2), np.int64)
    wide[:, 0] = series.value
    wide[:, 1] = series.value >> 63
    present = pa.array(series.quality != Quality.MISSING)
    return pa.Array.from_buffers(
        pa.decimal128(DIGITS, series.scale), len(series), [present.buffers()[1], pa.py_buffer(wide)]
    )


def _fixed(channel: Channel) -> tuple[str, ...]:
    return channel.account, channel.service_location, channel.meter, channel.flow.value, channel.unit.value
