"""What the lake keeps, to the last digit, and how it lies on disk."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from store.readings.lake_model import ALL_TIME, batch, exact

import meterbook.store.readings as room
from meterbook.model.errors import BookDamaged, StoreError
from meterbook.store.readings import Coverage, ReadingsLake, Verified, Written
from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.files.rows import READINGS_SCHEMA
from meterbook.store.readings.log.entries import changes, entry

NOVEMBER = int(datetime(2025, 11, 1, tzinfo=UTC).timestamp())
DECEMBER = int(datetime(2025, 12, 1, tzinfo=UTC).timestamp())
YEAR = {NOVEMBER + 900 * step: step * step % 1_013 for step in range(35_040)}


@pytest.fixture
def lake(tmp_path: Path) -> ReadingsLake:
    return ReadingsLake.open(tmp_path)


def data_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("readings/month=*/*.parquet"))


def test_the_room_shows_these_names() -> None:
    assert sorted(room.__all__) == [
        "Batch",
        "Compacted",
        "Coverage",
        "Cursor",
        "Loaded",
        "Readings",
        "ReadingsLake",
        "Sizes",
        "TableSize",
        "Vacuumed",
        "Verified",
        "Written",
    ]


def test_opening_and_reading_a_book_without_readings_makes_nothing(tmp_path: Path, lake: ReadingsLake) -> None:
    assert lake.version == -1
    assert len(lake.read([1], *ALL_TIME)[1]) == 0
    assert list(lake.stream([1], *ALL_TIME)) == []
    assert len(lake.history(1, *ALL_TIME)) == 0
    assert lake.coverage([1]) == {}
    assert lake.verify() == Verified(files=0, readings=0, revisions=0, left_over=0, problems=())
    assert lake.write([]) == []
    assert lake.write([batch(1, 1, {})]) == [Written(channel_id=1, new=0, revised=0, unchanged=0)]
    assert list(tmp_path.iterdir()) == []


def test_the_same_write_again_makes_no_commit_and_no_file(tmp_path: Path, lake: ReadingsLake) -> None:
    readings = batch(1, 1, {NOVEMBER: 5, NOVEMBER + 900: 6, DECEMBER: 7})
    assert lake.write([readings]) == [Written(channel_id=1, new=3, revised=0, unchanged=0)]
    before = sorted(tmp_path.rglob("*"))
    assert lake.write([batch(1, 2, {NOVEMBER: 5, NOVEMBER + 900: 6, DECEMBER: 7})]) == [
        Written(channel_id=1, new=0, revised=0, unchanged=3)
    ]
    assert lake.version == 0
    assert sorted(tmp_path.rglob("*")) == before
    assert lake.read([1], *ALL_TIME)[1].load_id.tolist() == [1, 1, 1]


def test_equal_numbers_at_another_scale_are_unchanged_and_finer_ones_a_revision(lake: ReadingsLake) -> None:
    lake.write([batch(1, 1, {0: 125, 900: 300, 1800: -7}, scale=2)])
    assert lake.write([batch(1, 2, {0: 1250, 900: 3001, 1800: -70}, scale=3)]) == [
        Written(channel_id=1, new=0, revised=1, unchanged=2)
    ]
    found = lake.read([1], *ALL_TIME)[1]
    assert (found.scale, found.value.tolist(), found.load_id.tolist()) == (3, [1250, 3001, -70], [1, 2, 1])
    assert lake.write([batch(1, 3, {0: 13}, scale=1)])[0].revised == 1
    assert exact(lake.read([1], 0, 900)[1]) == {0: (Fraction(13, 10), 0, 3)}


def test_a_change_of_quality_alone_is_a_revision(lake: ReadingsLake) -> None:
    lake.write([batch(1, 1, {0: 10}, quality={0: 1})])
    assert lake.write([batch(1, 2, {0: 10}, quality={0: 0})])[0].revised == 1
    assert lake.read([1], 0, 1, as_of=1)[1].quality.tolist() == [1]
    assert lake.read([1], 0, 1)[1].quality.tolist() == [0]


def test_the_largest_values_are_kept_and_compared_exactly(lake: ReadingsLake) -> None:
    largest = 2**63 - 1
    lake.write([batch(1, 1, {0: largest, 900: -largest - 1}, scale=9)])
    assert lake.write([batch(1, 2, {0: largest, 900: -largest - 1}, scale=9)])[0].unchanged == 2
    assert lake.write([batch(1, 3, {900: largest}, scale=0)])[0].revised == 1
    with pytest.raises(StoreError, match="don't fit"):
        lake.read([1], *ALL_TIME)
    assert lake.read([1], 900, 901)[1].value.tolist() == [largest]


@pytest.mark.parametrize(("scale", "quality"), [(10, 0), (-1, 0), (3, 4), (3, -1)])
def test_a_scale_or_quality_that_there_is_not_is_refused_whole(lake: ReadingsLake, scale: int, quality: int) -> None:
    with pytest.raises(ValueError, match="was given"):
        lake.write([batch(1, 1, {0: 1}), batch(2, 1, {0: 1}, scale=scale, quality={0: quality})])
    assert lake.version == -1


def test_a_load_number_below_that_of_the_value_it_would_replace_is_refused_whole(lake: ReadingsLake) -> None:
    lake.write([batch(1, 5, {0: 10})])
    with pytest.raises(ValueError, match="load number is lower"):
        lake.write([batch(2, 4, {0: 1}), batch(1, 4, {0: 11})])
    with pytest.raises(ValueError, match="lower load number"):
        lake.write([batch(3, 7, {0: 1}), batch(3, 6, {0: 2})])
    assert lake.coverage([1, 2, 3]) == {1: Coverage(first=0, last=0, count=1)}


def test_of_batches_for_one_reading_in_one_write_the_later_wins_and_the_earlier_is_kept(lake: ReadingsLake) -> None:
    assert lake.write([batch(1, 1, {0: 1, 900: 1}), batch(1, 2, {0: 2, 900: 1})]) == [
        Written(channel_id=1, new=2, revised=0, unchanged=0),
        Written(channel_id=1, new=0, revised=1, unchanged=1),
    ]
    assert lake.read([1], *ALL_TIME)[1].value.tolist() == [2, 1]
    assert lake.read([1], *ALL_TIME, as_of=1)[1].value.tolist() == [1, 1]


def test_changes_are_the_values_that_later_loads_brought_in_the_order_of_loads(lake: ReadingsLake) -> None:
    lake.write([batch(1, 1, {0: 1, 900: 1, DECEMBER: 4}), batch(2, 2, {0: 5})])
    lake.write([batch(1, 3, {0: 2, 900: 1, 1800: 9})])
    rows = pa.Table.from_batches(lake.changes(1)).to_pylist()
    assert [(row["load_id"], row["channel_id"], row["value"]) for row in rows] == [(2, 2, 5), (3, 1, 2), (3, 1, 9)]
    assert list(lake.changes(3)) == []


def test_a_stream_is_sorted_whatever_the_order_of_files_and_channels(lake: ReadingsLake) -> None:
    for load, channel in enumerate((9, 2, 5), start=1):
        lake.write([batch(channel, load, {DECEMBER: 1, NOVEMBER: 2})])
    rows = [row for part in lake.stream([5, 9, 2, 5], *ALL_TIME) for row in part.to_pylist()]
    assert [(row["channel_id"], row["value"]) for row in rows] == [(2, 2), (2, 1), (5, 2), (5, 1), (9, 2), (9, 1)]


def test_a_home_keeps_one_file_a_month_and_a_short_log_however_it_trickles_in(tmp_path: Path) -> None:
    lake, count = ReadingsLake.open(tmp_path), 150
    for step in range(count):
        lake.write([batch(1, step + 1, {NOVEMBER + 900 * step: step})])
    fresh = ReadingsLake.open(tmp_path)
    assert fresh.read([1], *ALL_TIME)[1].value.tolist() == list(range(count))
    assert fresh.verify().files == 1
    assert len(list((tmp_path / "readings" / "_delta_log").glob("*.json"))) <= 128
    fresh.compact()
    fresh.vacuum(older_than_s=0)
    assert len(data_files(tmp_path)) == 1
    assert len(list((tmp_path / "readings" / "_delta_log").iterdir())) == 3, "a summary, its entry, a pointer to it"
    assert lake.read([1], *ALL_TIME)[1].value.tolist() == list(range(count)), "a reader that was open goes on"


def test_one_commit_a_day_leaves_at_most_64_log_entries(tmp_path: Path) -> None:
    entries = []
    for day in range(100):
        ReadingsLake.open(tmp_path).write([batch(1, day + 1, {NOVEMBER + day: day})])
        entries.append(len(list((tmp_path / "readings" / "_delta_log").glob("*.json"))))
    assert max(entries) <= 64
    assert entries[-1] < 40


def test_three_years_of_a_home_take_less_than_400_kb(tmp_path: Path) -> None:
    lake, random = ReadingsLake.open(tmp_path), np.random.default_rng(7)
    # Log-normal around 200 Wh: about 1.2 bytes of entropy a reading, as a real home's.
    usage = (200 * random.lognormal(0, 0.5, 3 * 35_040)).astype(np.int64).tolist()
    for load, first in enumerate(range(0, len(usage), 2_880), start=1):
        window = {NOVEMBER + 900 * at: usage[at] for at in range(first, min(first + 2_880, len(usage)))}
        lake.write([batch(1, load, window)])
    lake.compact()
    lake.vacuum(older_than_s=0)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 400_000


def test_other_engines_read_the_table_as_it_is(tmp_path: Path, lake: ReadingsLake) -> None:
    lake.write([batch(1, 1, YEAR), batch(2, 1, {NOVEMBER: 3})])
    lake.write([batch(1, 2, {NOVEMBER: 999})])
    frame = pl.scan_delta(str(tmp_path / "readings")).filter(pl.col("channel_id") == 1).sort("ts").collect()
    assert frame.schema["ts"] == pl.Datetime("us", "UTC")
    assert frame.select("value", "scale", "quality", "load_id").head(2).rows() == [(999, 3, 0, 2), (1, 3, 0, 1)]
    assert len(frame) == len(YEAR)
    assert frame["ts"][0] == datetime(2025, 11, 1, tzinfo=UTC)
    assert frame["month"].unique().sort().to_list() == [f"2025-{m}" for m in (11, 12)] + [
        f"2026-{m:02d}" for m in range(1, 11)
    ]
    old = pl.scan_delta(str(tmp_path / "revisions")).collect()
    assert old.select("channel_id", "value", "load_id", "superseded_by").rows() == [(1, 0, 1, 2)]


def test_other_engines_read_mixed_files_with_the_others(tmp_path: Path, lake: ReadingsLake) -> None:
    def december() -> list[tuple[int, str]]:
        frame = pl.scan_delta(str(tmp_path / "readings")).filter(pl.col("ts") >= datetime(2025, 12, 1, tzinfo=UTC))
        return frame.sort("ts").select("value", "month").collect().rows()

    lake.write([batch(1, 1, {DECEMBER + 900: 3})])
    lake.write([batch(1, 2, {NOVEMBER: 1, DECEMBER: 2})])
    assert december() == [(2, "mixed"), (3, "2025-12")]
    lake.compact()
    assert december() == [(2, "2025-12"), (3, "2025-12")]


def test_other_engines_read_the_table_by_its_log_summary_too(tmp_path: Path, lake: ReadingsLake) -> None:
    for load in range(1, 40):
        lake.write([batch(1, load, {NOVEMBER: load})])
    lake.compact()
    assert pl.scan_delta(str(tmp_path / "readings")).select("value").collect().rows() == [(39,)]
    assert pl.scan_delta(str(tmp_path / "revisions")).collect().height == 38


def test_columns_are_encoded_as_decided(tmp_path: Path, lake: ReadingsLake) -> None:
    lake.write([batch(1, 1, YEAR)])
    group = pq.ParquetFile(data_files(tmp_path)[0]).metadata.row_group(0)
    encodings = {group.column(n).path_in_schema: set(group.column(n).encodings) for n in range(group.num_columns)}
    assert {name for name, used in encodings.items() if "DELTA_BINARY_PACKED" in used} == {"ts", "load_id"}
    assert {name for name, used in encodings.items() if "RLE_DICTIONARY" in used} == {"channel_id", "quality", "scale"}
    assert {name for name, used in encodings.items() if "BYTE_STREAM_SPLIT" in used} == {"value"}
    assert group.column(1).compression == "ZSTD"


def test_a_log_entry_carries_bounds_by_which_files_are_picked(tmp_path: Path, lake: ReadingsLake) -> None:
    lake.write([batch(3, 7, {NOVEMBER: 1}), batch(4, 8, {NOVEMBER + 900: 2})])
    entry = (tmp_path / "readings/_delta_log/00000000000000000000.json").read_text().splitlines()
    (added,) = [json.loads(line)["add"] for line in entry if '"add"' in line]
    assert json.loads(added["stats"]) == {
        "numRecords": 2,
        "minValues": {"channel_id": 3, "ts": "2025-11-01T00:00:00.000000Z", "load_id": 7},
        "maxValues": {"channel_id": 4, "ts": "2025-11-01T00:15:00.000000Z", "load_id": 8},
        "nullCount": {"channel_id": 0, "ts": 0, "load_id": 0},
    }


def test_a_log_entry_read_back_names_the_files_that_were_written_into_it() -> None:
    def file(name: str, start: int) -> LakeFile:
        return LakeFile(
            path=f"month=mixed/{name}",
            month="mixed",
            size=9,
            rows=2,
            channels=(3, 4),
            span=(start, NOVEMBER),
            loads=(7, 8),
        )

    adds = [file("a", -900), file("b", 0)]
    content = entry(adds, [file("c", 0)], now_ms=0, operation="WRITE", new_data=True)
    assert changes(content) == (adds, {"month=mixed/c"})
    first = entry(adds, [], now_ms=0, operation="WRITE", new_data=True, schema=READINGS_SCHEMA)
    for foreign in (first, b'{"add":{"path":"x","stats":"{}"}}', b'{"add":', b"{}", b'{"add":{"path":"x"}}'):
        with pytest.raises(ValueError, match=r"entry|bounds|unpack|Expecting"):
            changes(foreign)


def test_new_readings_of_several_months_are_one_file_until_one_of_them_changes(
    tmp_path: Path, lake: ReadingsLake
) -> None:
    lake.write([batch(1, 1, {NOVEMBER: 1, DECEMBER: 2})])
    lake.write([batch(1, 2, {NOVEMBER: 1, NOVEMBER + 900: 3, DECEMBER: 2, DECEMBER + 900: 4}), batch(2, 2, {0: 5})])
    assert [file.parent.name for file in data_files(tmp_path)] == ["month=mixed"] * 2
    assert lake.read([1], *ALL_TIME)[1].load_id.tolist() == [1, 2, 1, 2]
    assert lake.verify() == Verified(files=2, readings=5, revisions=0, left_over=0, problems=())
    other = ReadingsLake.open(tmp_path)
    assert other.write([batch(1, 3, {DECEMBER: 2})])[0].unchanged == 1
    assert other.version == 1, "nothing new, nothing done"
    assert other.write([batch(1, 3, {NOVEMBER: 1, DECEMBER: 9})])[0].revised == 1
    lake.vacuum(older_than_s=0)
    assert [file.parent.name for file in data_files(tmp_path)] == [
        "month=1970-01", "month=2025-11", "month=2025-12",
    ]  # fmt: skip
    assert lake.read([1], *ALL_TIME)[1].value.tolist() == [1, 3, 9, 4]
    assert lake.read([1], *ALL_TIME, as_of=2)[1].value.tolist() == [1, 3, 2, 4]


def test_changes_that_lie_in_one_month_do_not_make_a_mixed_file(tmp_path: Path, lake: ReadingsLake) -> None:
    lake.write([batch(1, 1, {NOVEMBER: 1})])
    lake.write([batch(1, 2, {NOVEMBER: 1, DECEMBER: 2})])
    assert [file.parent.name for file in data_files(tmp_path)] == ["month=2025-11", "month=2025-12"]
    lake.write([batch(1, 3, {NOVEMBER: 1, DECEMBER: 2, DECEMBER + 900: 3})])
    lake.vacuum(older_than_s=0)
    assert [file.parent.name for file in data_files(tmp_path)] == ["month=2025-11", "month=2025-12"]


def test_many_mixed_files_are_put_into_their_months(tmp_path: Path, lake: ReadingsLake) -> None:
    for load in range(1, 71):
        lake.write([batch(1, load, {NOVEMBER + 900 * load: load, DECEMBER + 900 * load: load})])
    lake.vacuum(older_than_s=0)
    assert len(data_files(tmp_path)) == 2 + 6, "64 were put into two months"
    assert lake.read([1], *ALL_TIME)[1].value.tolist() == [*range(1, 71)] * 2
    lake.compact()
    lake.vacuum(older_than_s=0)
    assert len(data_files(tmp_path)) == 2
    assert lake.verify().ok


@pytest.mark.parametrize("keep", [0, 10, 500])
def test_a_torn_file_is_named_and_the_other_months_stay_readable(tmp_path: Path, lake: ReadingsLake, keep: int) -> None:
    lake.write([batch(1, 1, {NOVEMBER: 5, DECEMBER: 6}), batch(2, 1, {NOVEMBER: 1})])
    lake.compact()
    lake.vacuum(older_than_s=0)
    torn = data_files(tmp_path)[0]
    torn.write_bytes(torn.read_bytes()[:keep])
    for read in (lambda: lake.read([1], *ALL_TIME), lambda: lake.write([batch(1, 2, {NOVEMBER: 6})])):
        with pytest.raises(BookDamaged) as caught:
            read()
        assert torn.name in str(caught.value)
    assert lake.read([1], DECEMBER, DECEMBER + 900)[1].value.tolist() == [6]
    (problem,) = lake.verify().problems
    assert torn.name in problem


def test_a_flipped_bit_is_found_by_its_page_checksum(tmp_path: Path, lake: ReadingsLake) -> None:
    lake.write([batch(1, 1, YEAR)])
    lake.compact()
    lake.vacuum(older_than_s=0)
    file = data_files(tmp_path)[3]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)
    (problem,) = lake.verify().problems
    assert file.name in problem
    with pytest.raises(BookDamaged, match=file.name):
        lake.read([1], *ALL_TIME)


def test_a_missing_file_is_named(tmp_path: Path, lake: ReadingsLake) -> None:
    lake.write([batch(1, 1, {NOVEMBER: 5})])
    (file,) = data_files(tmp_path)
    file.unlink()
    with pytest.raises(BookDamaged, match=file.name):
        lake.read([1], *ALL_TIME)


def test_a_damaged_log_is_a_damaged_book(tmp_path: Path, lake: ReadingsLake) -> None:
    lake.write([batch(1, 1, {NOVEMBER: 5})])
    (tmp_path / "readings/_delta_log/00000000000000000000.json").write_text('{"add":')
    with pytest.raises(BookDamaged):
        ReadingsLake.open(tmp_path).read([1], *ALL_TIME)


def test_verify_finds_a_file_that_lies_in_the_place_of_another(tmp_path: Path, lake: ReadingsLake) -> None:
    lake.write([batch(1, 1, {NOVEMBER: 5, NOVEMBER + 900: 6})])
    lake.write([batch(1, 2, {DECEMBER: 7, DECEMBER + 900: 8})])
    november, december = data_files(tmp_path)
    december.write_bytes(november.read_bytes())
    name = december.relative_to(tmp_path).as_posix()
    assert lake.verify().problems == (f"{name}: its bytes are not those that were written",)


def test_vacuum_takes_only_what_no_table_names_and_is_old_enough(tmp_path: Path, lake: ReadingsLake) -> None:
    lake.write([batch(1, 1, {NOVEMBER: 5})])
    lake.write([batch(1, 2, {NOVEMBER + 900: 6})])
    stray = data_files(tmp_path)[0].with_name("part-of-a-killed-writer.parquet")
    stray.write_bytes(b"half")
    assert lake.vacuum().files == 0
    assert lake.vacuum(older_than_s=0).files == 2
    assert len(data_files(tmp_path)) == 1
    assert lake.read([1], *ALL_TIME)[1].value.tolist() == [5, 6]


def test_deleted_channels_are_gone_from_every_file_on_disk(tmp_path: Path, lake: ReadingsLake) -> None:
    lake.write([batch(1, 1, {NOVEMBER: 111, DECEMBER: 5}), batch(2, 1, {NOVEMBER: 7})])
    lake.write([batch(1, 2, {NOVEMBER: 222}), batch(2, 2, {NOVEMBER: 8})])
    assert lake.delete([1]) == 2
    assert lake.delete([1]) == 0
    held = [row for path in tmp_path.rglob("*.parquet") if "month=" in str(path) for row in pq.read_table(
        path, columns=["channel_id", "value"], partitioning=None).to_pylist()]  # fmt: skip
    assert sorted(row["value"] for row in held) == [7, 8]
    assert {row["channel_id"] for row in held} == {2}
    assert lake.history(2, *ALL_TIME)["value"].to_pylist() == [7, 8]
    assert lake.coverage([1, 2]) == {2: Coverage(first=NOVEMBER, last=NOVEMBER, count=1)}
    assert lake.verify().ok


def test_a_book_may_lie_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "my book #1 ü 100% [x]?"
    for load in range(1, 40):
        ReadingsLake.open(folder).write([batch(1, load, {NOVEMBER + load: load})])
    lake = ReadingsLake.open(folder)
    lake.compact()
    lake.vacuum(older_than_s=0)
    assert ReadingsLake.open(folder).read([1], *ALL_TIME)[1].value.tolist() == list(range(1, 40))


def test_a_folder_name_that_the_log_reader_would_mistake_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="percent sign"):
        ReadingsLake.open(tmp_path / "a%20b")
    assert list(tmp_path.iterdir()) == []


def test_two_open_lakes_see_each_others_writes_also_across_log_summaries(tmp_path: Path) -> None:
    one, other = ReadingsLake.open(tmp_path), ReadingsLake.open(tmp_path)
    one.write([batch(1, 1, {0: 1})])
    assert other.read([1], *ALL_TIME)[1].value.tolist() == [1]
    for load in range(2, 100):
        one.write([batch(1, load, {0: load})])
    one.compact()
    assert other.read([1], *ALL_TIME)[1].value.tolist() == [99]
    other.write([batch(1, 100, {0: 100})])
    assert one.read([1], *ALL_TIME)[1].value.tolist() == [100]
    assert one.version == other.version


def test_the_room_brings_in_no_data_frame_library() -> None:
    script = "import sys, meterbook.store.readings; print({'polars', 'pandas', 'duckdb'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_lake_opened_before_the_first_commit_sees_what_was_summed_up_and_dropped_since(tmp_path: Path) -> None:
    early, other = ReadingsLake.open(tmp_path), ReadingsLake.open(tmp_path)
    assert early.version == -1
    for load in range(1, 4):
        other.write([batch(1, load, {NOVEMBER: load})])
    other.compact()
    assert not (tmp_path / "readings/_delta_log/00000000000000000000.json").exists()
    assert (
        early.vacuum(older_than_s=0).files == 3
    )  # two replaced files of readings and one of revisions, none that is listed
    early.write([batch(1, 4, {NOVEMBER: 4})])
    assert other.read([1], *ALL_TIME)[1].value.tolist() == [4]
    assert other.verify().problems == ()
