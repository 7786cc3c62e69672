"""How files are cut and months closed, while others read and write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from store.readings.bulk_chunks import DAY, NOVEMBER, OCTOBER, chunk, make_small, span
from store.readings.lake_model import ALL_TIME, batch

from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.files.layout import BY_DAY, by_channels, cut_for, divided, fitting, unclosed
from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.files.rows import NO_ROWS, Rows
from meterbook.store.readings.upkeep import closing


def rows_of(channels: int, starts: list[int]) -> Rows:
    count = channels * len(starts)
    return Rows(
        channel_id=np.repeat(np.arange(1, channels + 1, dtype=np.int32), len(starts)),
        start=np.tile(np.array(starts, np.int64), channels),
        value=np.arange(count),
        scale=np.zeros(count, np.int8),
        quality=np.zeros(count, np.int8),
        load_id=np.ones(count, np.int32),
        superseded_by=np.zeros(count, np.int32),
    )


def listed(month: str, channels: tuple[int, int], rows: int, day: int = 0) -> LakeFile:
    return LakeFile(
        path=f"{month}-{channels}-{day}",
        month=month,
        size=rows,
        rows=rows,
        channels=channels,
        span=(0, 1),
        loads=(1, 1),
    )


def test_few_days_are_cut_by_day_and_more_by_channels() -> None:
    week = [OCTOBER + day * DAY for day in range(7)]
    assert cut_for(rows_of(3, week)) == BY_DAY
    assert cut_for(rows_of(3, [*week, OCTOBER + 7 * DAY])) == by_channels(8)
    assert [number - OCTOBER // DAY for number, _ in BY_DAY.parts(rows_of(3, week))] == list(range(7))


def test_a_bucket_has_2048_channels_of_quarter_hours_and_more_of_slower_ones() -> None:
    assert by_channels(96 * 31).channels == by_channels(96 * 28).channels == 2_048
    assert by_channels(288 * 31).channels == 2_048
    assert by_channels(24 * 31).channels == 4 * 2_048
    assert by_channels(1).channels == 2_048 * 2_048
    parts = by_channels(96 * 31).parts(rows_of(5_000, [OCTOBER]))
    assert [(number, int(part.channel_id[0]), int(part.channel_id[-1])) for number, part in parts] == [
        (0, 1, 2_048),
        (1, 2_049, 4_096),
        (2, 4_097, 5_000),
    ]


def test_rows_are_divided_alike_in_long_runs_and_in_short_ones() -> None:
    long, short = np.repeat([3, 1, 3], 1_000), np.tile([3, 1], 1_500)
    for numbers in (long, short):
        rows = rows_of(3_000, [0])
        parts = divided(rows, numbers)
        assert [number for number, _ in parts] == [1, 3]
        for number, part in parts:
            assert part.value.tolist() == np.flatnonzero(numbers == number).tolist()


def test_a_file_ends_with_a_channel_unless_one_channel_is_more_than_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meterbook.store.readings.files.layout.FILE_ROWS", 10)
    rows = rows_of(3, [0, 1, 2, 3])
    assert [fitting(rows, room) for room in (12, 10, 9, 4, 3)] == [12, 8, 8, 4, 0]
    assert fitting(rows_of(1, list(range(12))), 10) == 10
    assert fitting(NO_ROWS, 3) == 0


def test_a_month_is_closed_once_it_is_over_and_has_more_than_a_small_file() -> None:
    days = [listed("2025-10", (1, 3_000), 288_000, day) for day in range(31)]
    (found,) = unclosed(days, NOVEMBER + 4 * DAY)
    assert (found.month, found.buckets()) == ("2025-10", [(1, 2_048), (2_049, 4_096)])
    assert unclosed(days, NOVEMBER + 4 * DAY - 1) == [], "its last days are still revised"
    assert unclosed([listed("2025-10", (1, 9), 90_000, day) for day in range(2)], NOVEMBER * 2) == []
    assert unclosed(days[:1], NOVEMBER * 2) == []
    assert unclosed([listed("mixed", (1, 9), 900_000, day) for day in range(2)], NOVEMBER * 2) == []


def test_files_by_channels_are_left_alone_and_only_those_that_others_joined_are_put_together() -> None:
    closed = [listed("2025-10", (1 + 2_048 * one, 2_048 + 2_048 * one), 6_000_000) for one in range(3)]
    assert unclosed(closed, NOVEMBER * 2) == []
    late = listed("2025-10", (2_100, 2_200), 3_000)
    (found,) = unclosed([*closed, late], NOVEMBER * 2)
    assert (found.files, found.buckets()) == ((closed[1], late), [(2_049, 4_096)])
    fast = [listed("2025-10", (1 + 700 * one, 700 + 700 * one), 6_200_000) for one in range(3)]
    assert unclosed(fast, NOVEMBER * 2) == [], "a bucket of five-minute readings is several files"


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReadingsLake:
    """Ten channels' October in day files, and some of November."""
    make_small(monkeypatch)
    lake = ReadingsLake.open(tmp_path)
    for day in range(36):
        lake.load([chunk(span(range(1, 11), OCTOBER + day * DAY, 1, step=6 * 3_600, value=day))], load_id=day + 1)
    return lake


def months(lake: ReadingsLake, month: str) -> list[tuple[int, int]]:
    return sorted(file.channels for file in lake._readings.files() if file.month == month)


def test_closing_makes_files_by_channels_of_days_and_changes_no_answer(lake: ReadingsLake) -> None:
    before, version = lake.read(range(1, 11), *ALL_TIME), lake.version
    assert len(months(lake, "2025-10")) == 31
    tidied = lake.tidy()
    assert months(lake, "2025-10") == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, 8), (9, 9), (10, 10)]
    assert (tidied.files_before - tidied.files_after, lake.version) == (21, version + 1)
    after = lake.read(range(1, 11), *ALL_TIME)
    assert all(after[one].value.tolist() == before[one].value.tolist() for one in before)
    assert all(after[one].load_id.tolist() == before[one].load_id.tolist() for one in before)
    assert lake.verify().problems == ()
    assert lake.tidy().files_after == tidied.files_after
    assert lake.version == version + 1, "nothing more to do"


def test_others_write_while_a_month_is_closed_and_lose_nothing(
    tmp_path: Path, lake: ReadingsLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, made = ReadingsLake.open(tmp_path, lock_timeout_s=0.5), closing._bucket
    done: list[int] = []

    def writing_beside(*bucket: object) -> list[LakeFile]:
        if not done:
            done.append(1)
            other.write([batch(3, 99, {NOVEMBER + 900: 5})])
        return made(*bucket)  # type: ignore[arg-type]

    monkeypatch.setattr(closing, "_bucket", writing_beside)
    lake.tidy()
    assert len(months(lake, "2025-10")) == 10
    assert lake.read([3], NOVEMBER + 900, NOVEMBER + 901)[3].value.tolist() == [5]


def test_a_month_that_is_revised_while_it_is_closed_is_left_for_the_next_time(
    tmp_path: Path, lake: ReadingsLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, made = ReadingsLake.open(tmp_path), closing._bucket

    def revising(*bucket: object) -> list[LakeFile]:
        other.write([batch(3, 99, {OCTOBER: 777})])
        return made(*bucket)  # type: ignore[arg-type]

    monkeypatch.setattr(closing, "_bucket", revising)
    lake.tidy()
    assert len(months(lake, "2025-10")) == 31
    monkeypatch.undo()
    assert lake.read([3], OCTOBER, OCTOBER + 1)[3].value.tolist() == [777]
    assert lake.verify().problems == ()
    listed_now = {file.path for table in (lake._readings, lake._revisions) for file in table.files()}
    lake.vacuum(older_than_s=0)
    left = {path.relative_to(tmp_path / "readings").as_posix() for path in tmp_path.glob("readings/month=*/*.parquet")}
    assert left <= listed_now


def test_new_files_that_a_vacuum_took_before_the_commit_are_not_committed(
    tmp_path: Path, lake: ReadingsLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, made = ReadingsLake.open(tmp_path), closing._bucket

    def swept(*bucket: object) -> list[LakeFile]:
        files = made(*bucket)  # type: ignore[arg-type]
        other.vacuum(older_than_s=0)
        return files

    version = lake.version
    monkeypatch.setattr(closing, "_bucket", swept)
    lake.tidy()
    assert lake.version == version
    assert lake.verify().problems == ()
