"""Loads of many readings: whatever shape and order they come in, the lake then holds what a dictionary would."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from store.readings.lake_model import ALL_TIME, LakeModel, batch, exact

from meterbook.store.readings import Loaded, ReadingsLake, bulk, closing, layout, pieces, stretches
from meterbook.store.readings import lake as lake_module
from meterbook.store.readings.rows import TIME

OCTOBER = int(datetime(2025, 10, 1, tzinfo=UTC).timestamp())
NOVEMBER = int(datetime(2025, 11, 1, tzinfo=UTC).timestamp())
DAY = 86_400

Row = tuple[int, int, int]  # channel, start, value


def chunk(rows: Iterable[Row], *, scale: int = 3, quality: int = 0) -> pa.Table:
    """A chunk of rows in the order given."""
    channel, start, value = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    return pa.table(
        {
            "channel_id": pa.array(channel, pa.int32()),
            "ts": pa.array([at * 1_000_000 for at in start], pa.int64()).cast(TIME),
            "value": pa.array(value, pa.int64()),
            "scale": pa.array([scale] * len(value), pa.int8()),
            "quality": pa.array([quality] * len(value), pa.int8()),
        }
    )


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes at which a few hundred readings are many."""
    monkeypatch.setattr(bulk, "BLOCK_ROWS", 300)
    monkeypatch.setattr(bulk, "LARGE_ROWS", 90)
    monkeypatch.setattr(bulk, "SLICE_ROWS", 64)
    monkeypatch.setattr(pieces, "FEW_ROWS", 40)
    monkeypatch.setattr(layout, "BUCKET_CHANNELS", 4)
    monkeypatch.setattr(layout, "FILE_ROWS", 200)
    monkeypatch.setattr(pieces, "FILE_ROWS", 200)
    monkeypatch.setattr(closing, "FILE_ROWS", 200)
    monkeypatch.setattr(closing, "TOGETHER_ROWS", 70)
    monkeypatch.setattr(pieces, "MERGE_ROWS", 20)
    monkeypatch.setattr(pieces, "KEPT_ROWS", 50)
    monkeypatch.setattr(pieces, "ROW_GROUP", 16)
    monkeypatch.setattr(pieces, "DAY_ROW_GROUP", 8)
    monkeypatch.setattr(stretches, "STRETCH_ROWS", 100)
    monkeypatch.setattr(layout, "MERGE_ROWS", 20)
    monkeypatch.setattr(layout, "SMALL_ROWS", 5)
    monkeypatch.setattr(lake_module, "MIXED_WRITE_ROWS", 10)


def drawn(random_: random.Random) -> list[Row]:
    """Rows of a load in one of the shapes in which they come, with repeats and in disorder now and then."""
    low = random_.randrange(1, 20)
    channels = range(low, low + random_.choice((1, 3, 10, 25)))
    first = OCTOBER + random_.randrange(70) * DAY
    days, step = random_.choice(((1, 3_600), (3, 7_200), (12, DAY // 2), (45, DAY), (400, 30 * DAY)))
    values = random_.choice((1, 2, 2, 5))
    rows = [
        (channel, first + at, random_.randrange(values))
        for channel in channels
        for at in range(0, days * DAY, step)
        if random_.random() < 0.9
    ]
    rows = rows[: random_.choice((30, 500, 1_500))]
    match random_.randrange(4):
        case 0:
            random_.shuffle(rows)
        case 1:
            rows.sort(key=lambda row: (row[1], row[0]))
        case 2:
            rows += [(channel, start, value + 1) for channel, start, value in random_.sample(rows, len(rows) // 3)]
    return rows


def parts(rows: list[Row], random_: random.Random) -> Iterator[pa.Table | pa.RecordBatch]:
    size = random_.choice((7, 100, 10_000))
    for at in range(0, len(rows), size):
        table = chunk(rows[at : at + size])
        yield table if random_.random() < 0.5 else table.to_batches()[0]


def check(lake: ReadingsLake, model: LakeModel, loads: int) -> None:
    channels = range(1, 50)
    for as_of in (None, *range(loads + 1)):
        found = lake.read(channels, *ALL_TIME, as_of=as_of)
        assert {(channel, at): one for channel in channels for at, one in exact(found[channel]).items()} == {
            (channel, start): (known[-1][1], known[-1][2], known[-1][0])
            for (channel, start), values in model.held.items()
            if (known := [one for one in values if as_of is None or one[0] <= as_of])
        }


@pytest.mark.usefixtures("small")
def test_random_loads_writes_and_tidying_answer_as_a_dictionary_does(
    tmp_path: Path, count: Callable[..., Iterator[int]]
) -> None:
    for seed in count("random load histories", quick=40, full=2_000):
        random_, model = random.Random(seed), LakeModel()
        lake = ReadingsLake.open(tmp_path / str(seed))
        for load in range(1, random_.randrange(2, 8)):
            rows = drawn(random_)
            if random_.random() < 0.3:
                random_.choice((lake.compact, lake.tidy))()
            if random_.random() < 0.2:
                one = batch(rows[0][0], load, {start: value for channel, start, value in rows if channel == rows[0][0]})
                model.write([one])
                lake.write([one])
                continue
            last = {(channel, start): value for channel, start, value in rows}
            series: dict[int, dict[int, int]] = {}
            for (channel, start), value in last.items():
                series.setdefault(channel, {})[start] = value
            new, revised = model.write([batch(channel, load, values) for channel, values in series.items()])
            got = lake.load(parts(rows, random_), load_id=load)
            assert got == Loaded(new=new, revised=revised, unchanged=len(last) - new - revised), seed
            if random_.random() < 0.2:
                assert lake.delete([rows[0][0]]) == model.delete(rows[0][0])
        if random_.random() < 0.5:
            lake.compact()
        check(lake, model, 8)
        assert lake.verify().problems == (), seed
