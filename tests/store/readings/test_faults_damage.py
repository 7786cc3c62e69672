"""Damage of every kind is found: each test does some for real, and asks ``verify``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from full_counts import Count
from store.readings.lake_model import ALL_TIME, batch
from store.readings.operations import CHANNELS, load_bulk, load_month, revise_some, tiny_layout, write_window

from meterbook.model.errors import BookDamaged, StoreError
from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.files.datafile import data_file
from meterbook.store.readings.files.naming import new_name
from meterbook.store.readings.files.parquet import LakeFile, read_file
from meterbook.store.readings.files.rows import Rows, concat
from meterbook.store.readings.log.table import LakeTable

NOVEMBER = 1_761_955_200
NO_MATTER = {"modification_time", "data_change"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of every kind of file: by channel, by day, small, mixed, revised; a summary and entries after it."""
    folder = tmp_path_factory.mktemp("whole") / "lake"
    with tiny_layout():
        lake = ReadingsLake.open(folder)
        for step in range(1, 4):
            revise_some(lake, step)
        load_month(lake, 60)
        lake.compact()
        load_month(lake, 61)
        write_window(lake, 70)
        lake.write([batch(40, 71, {NOVEMBER + 900 * n: n for n in range(5)})])
        lake.write([batch(41, 72, {NOVEMBER: 1, NOVEMBER + 40 * 86_400: 2})])
        lake.vacuum(older_than_s=0)
        verified = lake.verify()
        assert verified.problems == ()
        assert verified.revisions > 0
    assert len(list(folder.rglob("*.parquet"))) > 10
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to damage."""
    shutil.copytree(whole, tmp_path / "lake")
    return tmp_path / "lake"


def problems(folder: Path) -> list[str]:
    """What is found, whether by the look at every byte or by opening the table at all."""
    with tiny_layout():
        try:
            return [*ReadingsLake.open(folder).verify().problems]
        except StoreError as err:
            return [str(err)]


def table(folder: Path, name: str = "readings") -> LakeTable:
    found: LakeTable = getattr(ReadingsLake.open(folder), f"_{name}")
    return found


def largest(of: LakeTable) -> LakeFile:
    return max(of.files(), key=lambda file: file.rows)


def put(of: LakeTable, file: LakeFile, content: Rows, **told: Any) -> LakeFile:
    """Put other rows in place of a file, and tell the log of them as if all were well."""
    made = data_file(of, file.month, content)
    listed = replace(made, **told)
    of.commit([listed], [file], operation="WRITE", new_data=True)
    return listed


# -- bytes -----------------------------------------------------------------------------------------------------------


@pytest.mark.full
def test_a_flipped_bit_in_a_data_file_is_found(whole: Path, folder: Path, count: Count) -> None:
    files = sorted(path.relative_to(whole) for path in whole.rglob("month=*/*.parquet"))
    for trial in count("bits flipped in data files", quick=20, full=2_000):
        random = Random(trial)
        path = random.choice(files)
        place, bit = flip(folder / path, random)
        assert path.name in " ".join(problems(folder)), f"byte {place}, bit {bit} of {path}"
        shutil.copyfile(whole / path, folder / path)


@pytest.mark.full
def test_a_flipped_bit_in_the_log_is_found_or_changes_nothing(whole: Path, folder: Path, count: Count) -> None:
    files = sorted(path.relative_to(whole) for path in whole.rglob("_delta_log/*") if path.is_file())
    assert any(path.suffix == ".parquet" for path in files)
    for trial in count("bits flipped in the log", quick=20, full=2_000):
        random = Random(trial)
        path = random.choice(files)
        place, bit = flip(folder / path, random)
        if not problems(folder):
            for name in ("readings", "revisions"):
                assert listing(folder / name) == listing(whole / name), f"byte {place}, bit {bit} of {path}"
        shutil.copyfile(whole / path, folder / path)
        for made in (folder / path.parent).iterdir():
            assert (whole / path.parent / made.name).exists(), "verify writes nothing"


def flip(path: Path, random: Random) -> tuple[int, int]:
    data = bytearray(path.read_bytes())
    place, bit = random.randrange(len(data)), random.randrange(8)
    data[place] ^= 1 << bit
    path.write_bytes(data)
    return place, bit


def listing(folder: Path) -> list[dict[str, Any]]:
    """All that a program reads of a log: the files, and what is said of them."""
    listed = DeltaTable(folder)
    said = pa.table(listed.get_add_actions(flatten=True)).to_pylist()
    return [
        *sorted(
            ({name: row[name] for name in row if name not in NO_MATTER} for row in said), key=lambda row: row["path"]
        ),
        {"schema": listed.schema().to_json(), "partitions": listed.metadata().partition_columns},
    ]


@pytest.mark.parametrize("keep", [0.0, 0.02, 0.5, 0.97, 1.02])
def test_a_file_cut_short_or_with_more_behind_it_is_found(folder: Path, keep: float) -> None:
    file = folder / "readings" / largest(table(folder)).path
    data = file.read_bytes()
    file.write_bytes((data + data)[: round(len(data) * keep)])
    (problem,) = problems(folder)
    assert file.name in problem


def test_a_missing_data_file_is_found_in_either_table(folder: Path) -> None:
    for name in ("readings", "revisions"):
        file = folder / name / largest(table(folder, name)).path
        away = file.rename(folder / "away")
        found = problems(folder)
        assert f"{name}/{file.parent.name}/{file.name}: is missing" in found
        away.rename(file)
    assert problems(folder) == []


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_missing_entry_of_the_log_is_found_unless_it_was_the_last(folder: Path, which: int) -> None:
    entries = sorted((folder / "readings/_delta_log").glob("*.json"))
    summed_up = int(json.loads((folder / "readings/_delta_log/_last_checkpoint").read_bytes())["version"])
    needed = [path for path in entries if int(path.stem) > summed_up]
    assert len(needed) >= 4
    needed[which].unlink()
    assert problems(folder) != []


def test_a_missing_summary_of_the_log_is_found(folder: Path) -> None:
    for path in (folder / "readings/_delta_log").glob("*.checkpoint*.parquet"):
        path.unlink()
    assert problems(folder) != []


def test_a_torn_entry_of_the_log_is_found(folder: Path) -> None:
    last = max((folder / "readings/_delta_log").glob("*.json"))
    whole = last.read_bytes()
    for cut in (0, 1, len(whole) // 3, len(whole) - 2):
        last.write_bytes(whole[:cut])
        assert problems(folder) != [], cut
    last.write_bytes(whole)
    assert problems(folder) == []


# -- rows ------------------------------------------------------------------------------------------------------------


def swapped(rows: Rows) -> Rows:
    order = np.arange(len(rows))
    order[[1, 2]] = order[[2, 1]]
    return rows.take(order)


def doubled(rows: Rows) -> Rows:
    return rows.take(np.sort(np.concatenate([np.arange(len(rows)), [len(rows) // 2]])))


@pytest.mark.parametrize("harm", [swapped, doubled])
@pytest.mark.parametrize("name", ["readings", "revisions"])
def test_rows_out_of_order_or_twice_are_found(folder: Path, name: str, harm: Callable[[Rows], Rows]) -> None:
    of = table(folder, name)
    file = largest(of)
    put(of, file, harm(read_file(of.place, file)))
    assert "not sorted and unique" in " ".join(problems(folder))


def test_rows_out_of_order_between_row_groups_are_found(folder: Path) -> None:
    of = table(folder)
    file = largest(of)
    rows = read_file(of.place, file)
    with tiny_layout():
        put(of, file, concat([rows.take(slice(64, 128)), rows.take(slice(0, 64)), rows.take(slice(128, None))]))
    assert "not sorted and unique" in " ".join(problems(folder))


def test_a_file_listed_under_two_names_is_found(folder: Path) -> None:
    of = table(folder)
    file = largest(of)
    copy = file.path.replace("part-", "part-0")
    shutil.copyfile(folder / "readings" / file.path, folder / "readings" / copy)
    of.commit([replace(file, path=copy)], [], operation="WRITE", new_data=True)
    assert f"readings of {file.month}: a reading is in two files" in problems(folder)


@pytest.mark.parametrize("mixed", [False, True])
def test_one_reading_in_two_files_is_found(folder: Path, mixed: bool) -> None:
    of = table(folder)
    file = largest(of)
    row = read_file(of.place, file).take(slice(7, 8))
    made = data_file(of, "mixed" if mixed else file.month, row)
    of.commit([made], [], operation="WRITE", new_data=True)
    assert problems(folder) == [f"readings of {file.month}: a reading is in two files"]


def test_one_reading_in_two_mixed_files_is_found(tmp_path: Path) -> None:
    lake = ReadingsLake.open(tmp_path)
    lake.write([batch(1, 1, {NOVEMBER: 1, NOVEMBER + 40 * 86_400: 2})])
    of = table(tmp_path)
    (file,) = of.files()
    made = data_file(of, "mixed", read_file(of.place, file).take(slice(1, 2)))
    of.commit([made], [], operation="WRITE", new_data=True)
    assert problems(tmp_path) == ["readings of 2025-12: a reading is in two files"]


def test_a_count_that_is_off_is_found(folder: Path) -> None:
    of = table(folder)
    file = largest(of)
    put(of, file, read_file(of.place, file), rows=file.rows + 1)
    (problem,) = problems(folder)
    assert f"{file.rows:,} rows, the log says {file.rows + 1:,}" in problem


@pytest.mark.parametrize("told", ["channels", "span", "loads"])
def test_bounds_that_are_off_are_found(folder: Path, told: str) -> None:
    of = table(folder)
    file = largest(of)
    low, high = getattr(file, told)
    put(of, file, read_file(of.place, file), **{told: (low, high + 1)})
    (problem,) = problems(folder)
    assert "differ from the log's" in problem


def test_readings_in_another_month_are_found(folder: Path) -> None:
    of = table(folder)
    file = largest(of)
    rows = read_file(of.place, file)
    last = rows.start.copy()
    last[-1] += 70 * 86_400
    put(of, file, replace(rows, start=last))
    assert any("readings of another month" in one for one in problems(folder))


def test_columns_of_another_kind_are_found(folder: Path) -> None:
    of = table(folder)
    file = largest(of)
    read = pq.read_table(folder / "readings" / file.path)
    sink = pa.BufferOutputStream()
    pq.write_table(read.set_column(2, "value", read["value"].cast(pa.int32())), sink, store_schema=False)
    content = sink.getvalue()
    listed = replace(file, path=new_name(file.month, content), size=content.size)
    of.place.write(listed.path, content)
    of.commit([listed], [file], operation="WRITE", new_data=True)
    (problem,) = problems(folder)
    assert "its columns are others" in problem


def test_a_file_of_an_older_book_whose_name_says_nothing_is_looked_at_all_the_same(folder: Path) -> None:
    of = table(folder)
    file = largest(of)
    older = replace(file, path=f"month={file.month}/part-{'0' * 32}.parquet")
    data = bytearray((folder / "readings" / file.path).read_bytes())
    (folder / "readings" / older.path).write_bytes(data)
    of.commit([older], [file], operation="WRITE", new_data=True)
    assert problems(folder) == []
    data[len(data) // 3] ^= 4
    (folder / "readings" / older.path).write_bytes(data)
    (problem,) = problems(folder)
    assert older.path in problem


# -- revisions -------------------------------------------------------------------------------------------------------


def test_an_earlier_value_that_names_a_load_that_never_replaced_it_is_found(folder: Path) -> None:
    of = table(folder, "revisions")
    file = largest(of)
    rows = read_file(of.place, file)
    by = rows.superseded_by.copy()
    by[3] += 1
    put(of, file, replace(rows, superseded_by=by))
    (problem,) = problems(folder)
    assert "names another load than the one that brought the next" in problem


def test_an_earlier_value_superseded_by_an_earlier_load_is_found(folder: Path) -> None:
    of = table(folder, "revisions")
    file = largest(of)
    rows = read_file(of.place, file)
    by = rows.superseded_by.copy()
    by[0] = rows.load_id[0]
    put(of, file, replace(rows, superseded_by=by))
    assert any("superseded by an earlier load" in one for one in problems(folder))


def test_an_earlier_value_that_is_gone_from_the_middle_is_found(folder: Path) -> None:
    of = table(folder, "revisions")
    file = largest(of)
    rows = read_file(of.place, file)
    again = np.flatnonzero((np.diff(rows.channel_id) == 0) & (np.diff(rows.start) == 0)) + 1
    put(of, file, rows.take(np.delete(np.arange(len(rows)), again[0])))
    (problem,) = problems(folder)
    assert "names another load" in problem


def test_an_earlier_value_in_two_files_is_found(folder: Path) -> None:
    of = table(folder, "revisions")
    file = largest(of)
    made = data_file(of, file.month, read_file(of.place, file).take(slice(0, 1)))
    of.commit([made], [], operation="REVISE", new_data=True)
    assert f"revisions of {file.month}: an earlier value is in two files" in problems(folder)


def test_earlier_values_that_nothing_superseded_are_told_apart_and_no_problem(folder: Path) -> None:
    of = table(folder, "revisions")
    before = ReadingsLake.open(folder).verify()
    rows = read_file(of.place, largest(of)).take(slice(0, 2))
    stale = replace(rows, load_id=rows.load_id + 1_000, superseded_by=rows.superseded_by + 1_000)
    of.commit([data_file(of, largest(of).month, stale)], [], operation="REVISE", new_data=True)
    verified = ReadingsLake.open(folder).verify()
    assert verified.problems == ()
    assert (verified.left_over, verified.revisions) == (2, before.revisions)
    assert verified.loads == before.loads


# -- rollups ---------------------------------------------------------------------------------------------------------


def rollups(folder: Path) -> list[Path]:
    found = sorted((folder / "readings/_rollups").rglob("part-*.parquet"))
    assert len(found) > 4
    return found


def test_a_rollup_that_lies_is_found_and_made_anew(folder: Path) -> None:
    for kind in ("days", "intervals"):
        path = next(path for path in rollups(folder) if f".{kind}." in path.name)
        read = pq.read_table(path)
        lie = read["sum"].to_numpy().copy()
        lie[len(lie) // 2] += 1
        lying = read.set_column(read.column_names.index("sum"), read.schema.field("sum"), [lie])
        pq.write_table(lying, path, store_schema=False)
        with tiny_layout():
            lake = ReadingsLake.open(folder)
            verified = lake.verify()
            (problem,) = verified.problems
            assert path.name in problem
            assert verified.damaged == ()
            (owner,) = verified.rollups
            assert path.name.split(".")[0] in owner
            assert lake.repair_rollups(verified.rollups) == 1
            assert lake.verify().problems == ()
        assert pq.read_table(path).equals(read)


@pytest.mark.full
def test_a_flipped_bit_in_a_rollup_is_found_or_changes_nothing(whole: Path, folder: Path, count: Count) -> None:
    files = [path.relative_to(whole) for path in rollups(whole)]
    for trial in count("bits flipped in rollups", quick=10, full=500):
        random = Random(trial)
        path = random.choice(files)
        place, bit = flip(folder / path, random)
        if not problems(folder):
            before, after = (pq.ParquetFile(one / path) for one in (whole, folder))
            assert before.metadata.created_by != after.metadata.created_by, f"byte {place}, bit {bit} of {path}"
            assert after.read().equals(before.read(), check_metadata=True), f"byte {place}, bit {bit} of {path}"
        shutil.copyfile(whole / path, folder / path)


def test_a_rollup_that_another_version_of_the_library_wrote_is_held_to_its_rows(folder: Path) -> None:
    path = rollups(folder)[0]
    writer = pq.read_metadata(path).created_by
    earlier = path.read_bytes().replace(writer.encode(), writer.translate({ord("2"): "1"}).encode())
    path.write_bytes(earlier)
    assert pq.read_metadata(path).created_by != writer
    assert problems(folder) == []
    read = pq.read_table(path)
    lying = read.set_column(read.column_names.index("sum"), read.schema.field("sum"), [read["sum"].to_numpy() + 1])
    sink = pa.BufferOutputStream()
    pq.write_table(lying, sink, store_schema=False)
    path.write_bytes(sink.getvalue().to_pybytes().replace(writer.encode(), writer.translate({ord("2"): "1"}).encode()))
    (problem,) = problems(folder)
    assert path.name in problem


# -- what verify says of a whole lake ------------------------------------------------------------------------------


def test_each_loads_values_are_counted_wherever_they_lie(tmp_path: Path) -> None:
    with tiny_layout():
        lake = ReadingsLake.open(tmp_path)
        load_bulk(lake, 1)
        load_bulk(lake, 2)
        revise_some(lake, 3)
        lake.compact()
        verified = lake.verify()
    every = len(CHANNELS) * 105
    assert verified.problems == ()
    assert verified.loads == {1: every, 2: every, 3: 45}
    assert (verified.readings, verified.revisions) == (every, every + 45)


def test_a_look_tells_how_far_it_has_come(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    with tiny_layout():
        verified = ReadingsLake.open(folder).verify(lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (verified.readings + verified.revisions + verified.left_over,) * 2


def test_a_damaged_file_does_not_hide_the_next_one(folder: Path) -> None:
    of = table(folder)
    names = sorted(file.path for file in of.files())[:3]
    for name in names:
        (folder / "readings" / name).write_bytes(b"PAR1 no more")
    verified = ReadingsLake.open(folder).verify()
    assert sorted(verified.damaged) == [f"readings/{name}" for name in names]
    with pytest.raises(BookDamaged):
        ReadingsLake.open(folder).read(CHANNELS.tolist(), *ALL_TIME)
