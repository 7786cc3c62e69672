"""Short ways to make chunks for loads, and sizes at which a few hundred readings are many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from meterbook.store.readings.files import layout
from meterbook.store.readings.files.rows import TIME
from meterbook.store.readings.upkeep import closing
from meterbook.store.readings.writing import bulk, pieces, storing, stretches

OCTOBER = int(datetime(2025, 10, 1, tzinfo=UTC).timestamp())
NOVEMBER = int(datetime(2025, 11, 1, tzinfo=UTC).timestamp())
DAY = 86_400

Row = tuple[int, int, int]
"""Channel, start, value."""


def chunk(rows: Iterable[Row], *, scale: int = 3, quality: int = 0) -> pa.Table:
    """A chunk of rows in the order given."""
    listed = list(rows)
    return pa.table(
        {
            "channel_id": pa.array([channel for channel, _, _ in listed], pa.int32()),
            "ts": pa.array([start * 1_000_000 for _, start, _ in listed], pa.int64()).cast(TIME),
            "value": pa.array([value for _, _, value in listed], pa.int64()),
            "scale": pa.array([scale] * len(listed), pa.int8()),
            "quality": pa.array([quality] * len(listed), pa.int8()),
        }
    )


def span(channels: Iterable[int], first: int, days: int, *, step: int = 3_600, value: int = 1) -> list[Row]:
    """Rows of some channels for some days."""
    return [(channel, first + at, value) for channel in channels for at in range(0, days * DAY, step)]


def make_small(patch: pytest.MonkeyPatch) -> None:
    """Buckets of 4 channels, files of 200 rows, and so on."""
    for module, sizes in (
        (bulk, {"BLOCK_ROWS": 300, "LARGE_ROWS": 90, "SLICE_ROWS": 64}),
        (layout, {"BUCKET_CHANNELS": 4, "FILE_ROWS": 200, "MERGE_ROWS": 20, "SMALL_ROWS": 5}),
        (pieces, {"FILE_ROWS": 200, "MERGE_ROWS": 20, "KEPT_ROWS": 50, "FEW_ROWS": 40}),
        (pieces, {"ROW_GROUP": 16, "DAY_ROW_GROUP": 8}),
        (closing, {"FILE_ROWS": 200, "TOGETHER_ROWS": 70}),
        (stretches, {"STRETCH_ROWS": 100}),
        (storing, {"MIXED_WRITE_ROWS": 10}),
    ):
        for name, size in sizes.items():
            patch.setattr(module, name, size)
