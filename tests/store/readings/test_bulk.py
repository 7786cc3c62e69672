"""Loads of many readings: whatever shape and order they come in, the lake then holds what a dictionary would."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from store.readings.bulk_chunks import DAY, NOVEMBER, OCTOBER, Row, chunk, make_small, span
from store.readings.lake_model import ALL_TIME, LakeModel, batch, exact

from meterbook.store.readings import Loaded, ReadingsLake
from meterbook.store.readings.files.parquet import LakeFile


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes at which a few hundred readings are many."""
    make_small(monkeypatch)


@pytest.fixture
def lake(tmp_path: Path) -> ReadingsLake:
    return ReadingsLake.open(tmp_path)


def files(lake: ReadingsLake) -> list[LakeFile]:
    """The data files of readings by month, channels and time."""
    return sorted(lake._readings.files(), key=lambda file: (file.month, file.channels, file.span))


def on_disk(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*/month=*/*.parquet")}


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
    for seed in count("random load histories", quick=12, full=1_000):
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


@pytest.mark.usefixtures("small")
def test_a_month_becomes_files_by_channels_and_a_few_days_a_file_each(lake: ReadingsLake) -> None:
    month = span(range(1, 11), OCTOBER, 31, step=12 * 3_600)
    days = span(range(1, 11), NOVEMBER, 3)
    assert lake.load([chunk(month), chunk(days)], load_id=1) == Loaded(new=620 + 720, revised=0, unchanged=0)
    assert [(file.month, file.channels, file.rows) for file in files(lake)] == [
        ("2025-10", (1, 3), 186),  # 200 rows a file: cut before the channel that passes
        ("2025-10", (4, 4), 62),
        ("2025-10", (5, 7), 186),
        ("2025-10", (8, 8), 62),
        ("2025-10", (9, 10), 124),
        ("2025-11", (1, 8), 192),
        ("2025-11", (1, 8), 192),
        ("2025-11", (1, 8), 192),
        ("2025-11", (9, 10), 48),
        ("2025-11", (9, 10), 48),
        ("2025-11", (9, 10), 48),
    ]
    assert {file.span[0] // DAY == file.span[1] // DAY for file in files(lake) if file.month == "2025-11"} == {True}


@pytest.mark.usefixtures("small")
def test_the_same_load_again_makes_no_commit_and_leaves_no_file(tmp_path: Path, lake: ReadingsLake) -> None:
    rows = span(range(1, 11), OCTOBER, 31, step=12 * 3_600) + span(range(1, 11), NOVEMBER, 3)
    lake.load([chunk(rows)], load_id=1)
    before, version = on_disk(tmp_path), lake.version
    random.Random(1).shuffle(rows)
    assert lake.load([chunk(rows)], load_id=2) == Loaded(new=0, revised=0, unchanged=len(rows))
    assert (on_disk(tmp_path), lake.version) == (before, version)


@pytest.mark.usefixtures("small")
def test_a_late_revision_of_a_closed_month_rewrites_the_files_it_touches_and_no_other(lake: ReadingsLake) -> None:
    lake.load([chunk(span(range(1, 17), OCTOBER, 31, step=18 * 3_600))], load_id=1)
    before = {file.path: file.channels for file in files(lake)}
    revised = span((2, 14), OCTOBER, 31, step=18 * 3_600, value=7)
    assert lake.load([chunk(revised)], load_id=2).revised == len(revised)
    touched = {before[path] for path in set(before) - {file.path for file in files(lake)}}
    assert all(low <= 2 <= high or low <= 14 <= high for low, high in touched)
    assert len(touched) == 2
    assert lake.read([2], *ALL_TIME, as_of=1)[2].value.tolist() == [1] * (len(revised) // 2)


def test_a_day_of_a_whole_coop_replaces_the_days_it_revises_and_adds_one(lake: ReadingsLake) -> None:
    channels = range(1, 3_001)
    for day in range(3):
        lake.load([chunk(span(channels, NOVEMBER + day * DAY, 1, step=900))], load_id=day + 1)
    before = {file.path: file.span[0] // DAY for file in files(lake)}
    batch_rows = span(channels, NOVEMBER + 3 * DAY, 1, step=900)
    batch_rows += [(one, NOVEMBER + day * DAY + 900 * one % DAY, 2) for one in channels[::100] for day in (1, 2)]
    assert lake.load([chunk(batch_rows)], load_id=4) == Loaded(new=288_000, revised=60, unchanged=0)
    after = {file.path: file.span[0] // DAY for file in files(lake)}
    assert len(after) == 4
    assert sorted(before[path] - NOVEMBER // DAY for path in set(before) - set(after)) == [1, 2]
    assert {file.rows for file in files(lake)} == {288_000}
    assert lake.verify().problems == ()


def test_a_chunk_that_is_not_as_described_is_refused_and_nothing_of_the_load_stays(
    tmp_path: Path, lake: ReadingsLake
) -> None:
    good = chunk(span(range(1, 300), OCTOBER, 31))
    for bad, message in (
        (good.drop_columns(["scale"]), "lacks scale"),
        (good.set_column(2, "value", pa.array([None] * len(good), pa.int64())), "nulls"),
        (good.set_column(1, "ts", pa.array(np.arange(len(good)), good.schema.field("ts").type)), "within a second"),
        (good.set_column(3, "scale", pa.array([19] * len(good), pa.int8())), "scale of 19"),
        (good.set_column(4, "quality", pa.array([9] * len(good), pa.int8())), "quality of 9"),  # missing has no row
    ):
        with pytest.raises(ValueError, match=message):
            lake.load([good, bad], load_id=1)
        assert (lake.version, on_disk(tmp_path)) == (-1, set())


def test_a_source_that_fails_half_way_leaves_the_book_as_it_was(tmp_path: Path, lake: ReadingsLake) -> None:
    lake.load([chunk(span(range(1, 300), OCTOBER, 31))], load_id=1)
    before = on_disk(tmp_path)

    def failing() -> Iterator[pa.Table]:
        yield chunk(span(range(1, 300), NOVEMBER, 30))
        yield chunk(span(range(1, 300), OCTOBER, 31, value=2))
        raise OSError("the source went away")

    with pytest.raises(OSError, match="went away"):
        lake.load(failing(), load_id=2)
    assert (lake.version, on_disk(tmp_path)) == (0, before)


@pytest.mark.usefixtures("small")
def test_a_load_number_below_that_of_a_value_it_would_replace_is_refused_whole(
    tmp_path: Path, lake: ReadingsLake
) -> None:
    lake.load([chunk(span(range(1, 9), OCTOBER, 31, step=DAY))], load_id=5)
    before = on_disk(tmp_path)
    rows = span(range(1, 20), OCTOBER, 31, step=DAY, value=2)
    with pytest.raises(ValueError, match="load number is lower"):
        lake.load([chunk(rows)], load_id=4)
    assert (lake.version, on_disk(tmp_path)) == (0, before)
    assert sum(one.count for one in lake.coverage(range(1, 20)).values()) == 8 * 31


@pytest.mark.usefixtures("small")
def test_what_a_killed_writer_left_among_the_revisions_goes_with_the_next_load(
    lake: ReadingsLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.load([chunk(span(range(1, 9), OCTOBER, 31, step=DAY))], load_id=1)
    with monkeypatch.context() as patch:
        patch.setattr(lake._readings, "commit", _killed)
        with pytest.raises(KeyboardInterrupt):
            lake.load([chunk(span(range(1, 9), OCTOBER, 31, step=DAY, value=2))], load_id=2)
    assert lake.verify().left_over == 8 * 31
    assert lake.load([chunk(span(range(1, 9), OCTOBER, 31, step=DAY, value=3))], load_id=3).revised == 8 * 31
    verified = lake.verify()
    assert (verified.left_over, verified.revisions, verified.problems) == (0, 8 * 31, ())


def _killed(*_args: object, **_more: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("small")
def test_a_few_readings_go_the_way_of_a_write(lake: ReadingsLake) -> None:
    assert lake.load([chunk([(1, NOVEMBER, 1), (1, OCTOBER, 2)])], load_id=1).new == 2
    assert [file.month for file in files(lake)] == ["mixed"]
    assert lake.load([], load_id=2) == Loaded(new=0, revised=0, unchanged=0)
    assert lake.load([chunk([]).to_batches()[0] if chunk([]).to_batches() else chunk([])], load_id=2).new == 0
