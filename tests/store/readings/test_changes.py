"""Following a book: every change comes, in order, to one who stops anywhere and goes on later."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from store.readings.bulk_chunks import DAY, NOVEMBER, OCTOBER, chunk, make_small, span
from store.readings.lake_model import batch

from meterbook.model.errors import MalformedRecord
from meterbook.store.readings import Cursor, ReadingsLake, changes
from meterbook.store.readings import lake as lake_module
from meterbook.store.readings.places.folder_place import FolderPlace

Change = tuple[int, int, int, int, int]
"""Load, month, channel, start, value."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes at which a few hundred readings are many."""
    make_small(monkeypatch)
    monkeypatch.setattr(changes, "TOGETHER_ROWS", 60)
    monkeypatch.setattr(lake_module, "BATCH_ROWS", 25)


@pytest.fixture
def lake(tmp_path: Path) -> ReadingsLake:
    return ReadingsLake.open(tmp_path)


def listed(part: pa.RecordBatch) -> list[Change]:
    columns = (part.column(name).to_pylist() for name in ("load_id", "ts", "channel_id", "value"))
    return [
        (load, ts.year * 12 + ts.month, channel, int(ts.timestamp()), value)
        for load, ts, channel, value in zip(*columns, strict=True)
    ]


def everything(lake: ReadingsLake, since: Cursor | int = 0) -> list[Change]:
    return [change for part in lake.changes(since) for change in listed(part)]


def test_a_cursor_is_text_that_comes_back_as_it_was() -> None:
    for cursor in (Cursor(load=0), Cursor(load=7), Cursor(load=7, channel=3, start=-900)):
        assert Cursor.parse(str(cursor)) == cursor
    for text in ("", "x", "1:2", "1:2:3:4", "1:2:x"):
        with pytest.raises(MalformedRecord, match="no cursor"):
            Cursor.parse(text)


@pytest.mark.usefixtures("small")
def test_a_follower_killed_at_any_batch_sees_each_change_in_order_whatever_happens_to_the_files(
    tmp_path: Path, count: Callable[..., Iterator[int]]
) -> None:
    for seed in count("followers", quick=8, full=400):
        random_ = random.Random(seed)
        lake = ReadingsLake.open(tmp_path / str(seed))
        cursor, seen, state = Cursor(load=0), [], {}
        for load in range(1, random_.randrange(3, 9)):
            low, first = random_.randrange(1, 12), OCTOBER + random_.randrange(50) * DAY
            rows = span(
                range(low, low + random_.randrange(1, 9)), first, random_.choice((2, 40)), step=DAY // 2, value=load
            )
            if random_.random() < 0.3:
                lake.write(
                    [batch(rows[0][0], load, {start: load for channel, start, _ in rows if channel == rows[0][0]})]
                )
                rows = [row for row in rows if row[0] == rows[0][0]]
            else:
                lake.load([chunk(rows)], load_id=load)
            state |= {(channel, start): load for channel, start, _ in rows}
            for part in lake.changes(cursor):
                if random_.random() < 0.3:
                    break  # killed before it had noted the batch
                seen += listed(part)
                cursor = Cursor.parse(str(Cursor.after(part)))
                if random_.random() < 0.2:
                    lake.compact() if random_.random() < 0.5 else lake.vacuum(older_than_s=0)
        for part in lake.changes(cursor):
            seen += listed(part)
        assert [change[:4] for change in seen] == sorted(change[:4] for change in seen)
        assert {(channel, start): load for load, _, channel, start, _ in seen} == state
        assert len({change[:4] for change in seen}) == len(seen), "noted batches come once"


@pytest.mark.usefixtures("small")
def test_a_large_load_comes_by_month_and_channel_and_goes_on_within_it(lake: ReadingsLake) -> None:
    rows = span(range(1, 11), OCTOBER, 61, step=DAY)
    lake.load([chunk(rows)], load_id=1)
    whole = everything(lake)
    assert [change[:4] for change in whole] == sorted(change[:4] for change in whole)
    assert len(whole) == len(rows)
    for at in range(0, len(whole), 37):
        load, _, channel, start, _ = whole[at]
        assert everything(lake, Cursor(load=load, channel=channel, start=start)) == whole[at + 1 :]


def test_a_reading_that_changed_twice_comes_once_and_a_deleted_channel_no_more(lake: ReadingsLake) -> None:
    for load in (1, 2, 3):
        lake.write([batch(1, load, {NOVEMBER: load, NOVEMBER + 900: 1}), batch(2, load, {NOVEMBER: load})])
    assert [(load, channel, value) for load, _, channel, _, value in everything(lake)] == [
        (1, 1, 1),
        (3, 1, 3),
        (3, 2, 3),
    ]
    lake.delete([2])
    assert [(load, channel, value) for load, _, channel, _, value in everything(lake, 1)] == [(3, 1, 3)]


def test_files_without_anything_newer_are_not_opened(lake: ReadingsLake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.load([chunk(span(range(1, 200), OCTOBER, 31))], load_id=1)
    lake.load([chunk(span(range(1, 200), NOVEMBER, 30))], load_id=2)
    lake.load([chunk([(7, NOVEMBER, 9)])], load_id=3)
    opened = []
    whole = FolderPlace.open

    def noting(place: FolderPlace, name: str, *more: object) -> object:
        opened.append(name.split("/", maxsplit=1)[0])
        return whole(place, name, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(FolderPlace, "open", noting)
    assert [change[2:] for change in everything(lake, 2)] == [(7, NOVEMBER, 9)]
    assert set(opened) == {"month=2025-11"}
    opened.clear()
    assert everything(lake, 3) == []
    assert opened == []
