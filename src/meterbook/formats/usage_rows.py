"""Readings as rows of text or Arrow columns: what our CSV, JSON, Parquet and Arrow files share.

A row is one interval: ``start, end, account, service_location, meter, flow, unit, value, quality``. Start and end are
RFC 3339 with the local offset, the value is an exact decimal, and an interval of quality missing has none. Everything
is made column by column; no function is called for a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.model.calendar import interval_ends
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.wall_clock import encode

Int64 = NDArray[np.int64]

COLUMNS = ("start", "end", "account", "service_location", "meter", "flow", "unit", "value", "quality")
CHUNK_ROWS = 131_072
LOSES = (
    "the register of a meter with several",
    "time-of-use periods",
    "which of gas and water a volume is, and which of low and high a temperature",
)

UsageRows = tuple[IntervalSeries, ZoneInfo]
"""A series to be written, and the zone in whose local time. Rows of quality MISSING are written without a value
(:func:`meterbook.analysis.gaps.with_missing` makes them)."""


def chunks(rows: Iterable[UsageRows]) -> Iterator[UsageRows]:
    """The same series in pieces of bounded size, so that writing takes bounded memory."""
    for series, tz in rows:
        for first in range(0, len(series), CHUNK_ROWS):
            part = slice(first, first + CHUNK_ROWS)
            yield (
                series.take(part),
                tz,
            )


def ends_of(series: IntervalSeries, tz: ZoneInfo) -> Int64:
    """The instant after each interval of a series."""
    return interval_ends(series.start, series.channel.interval_s, tz)


def local_texts(instant: Int64, tz: ZoneInfo) -> Any:
    """Instants as RFC 3339 text with the local offset, an Arrow string array.

    >>> from meterbook.model.calendar import zone
    >>> local_texts(np.array([1793509200, 1793512800]), zone("America/New_York")).to_pylist()
    ['2026-11-01T01:00:00-04:00', '2026-11-01T01:00:00-05:00']
    """
    import pyarrow as pa  # noqa: PLC0415 - slow to load
    import pyarrow.compute as pc  # noqa: PLC0415 - slow to load

    wall = encode(instant, tz)
    days, day_at = np.unique(wall // 86_400, return_inverse=True)
    # A second of the day and an offset in one number: a year has a few hundred of them.
    times, time_at = np.unique(wall % 86_400 * 1_000_000 + (wall - instant) + 500_000, return_inverse=True)
    day_texts = pa.array(np.datetime_as_string(days.astype("datetime64[D]")).tolist(), pa.string())
    time_texts = pa.array([_time_text(*divmod(int(key), 1_000_000)) for key in times], pa.string())
    return pc.binary_join_element_wise(day_texts.take(pa.array(day_at)), time_texts.take(pa.array(time_at)), "T")


def value_texts(series: IntervalSeries) -> Any:
    """Values as exact decimal text with all digits of the series' scale, null where missing; an Arrow string array."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load
    import pyarrow.compute as pc  # noqa: PLC0415 - slow to load

    missing = series.quality == Quality.MISSING
    power = 10**series.scale
    size = np.abs(series.value)
    sign = pa.array(["", "-"]).take(pa.array((series.value < 0).astype(np.int8)))
    whole = pc.cast(pa.array(size // power), pa.string())
    if series.scale:
        # Adding a leading 1 keeps the zeros after the point; it is cut off again.
        digits = pc.utf8_slice_codeunits(pc.cast(pa.array(size % power + power), pa.string()), 1)
        whole = pc.binary_join_element_wise(whole, digits, ".")
    text = pc.binary_join_element_wise(sign, whole, "")
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), text) if bool(missing.any()) else text


def quality_texts(series: IntervalSeries) -> Any:
    """Quality labels, an Arrow string array."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load

    codes = np.array(sorted(Quality), np.int8)
    labels = pa.array([Quality(int(code)).label for code in codes], pa.string())
    return labels.take(pa.array(np.searchsorted(codes, series.quality)))


def joined(parts: Any) -> bytes:
    """The bytes of an Arrow string array put end to end."""
    return bytes(parts.buffers()[2])[: sum_of_lengths(parts)] if len(parts) else b""


def sum_of_lengths(parts: Any) -> int:
    """Bytes of all texts of an Arrow string array that was just made (its first text begins the buffer)."""
    offsets = np.frombuffer(parts.buffers()[1], np.int32)
    return int(offsets[len(parts)])


def _time_text(second: int, shifted_offset: int) -> str:
    offset = shifted_offset - 500_000
    sign, minutes = "-" if offset < 0 else "+", abs(offset) // 60
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}{sign}{minutes // 60:02}:{minutes % 60:02}"
