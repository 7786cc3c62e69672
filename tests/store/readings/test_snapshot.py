"""The table put together from its summary and entries: what the deltalake library reads from the same folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from store.readings.lake_model import ALL_TIME, batch

from meterbook.model.errors import BookDamaged, SchemaTooNew
from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.log.snapshot import snapshot

T0 = 1_767_225_600


def by_library(folder: Path) -> tuple[int, dict[str, tuple[int, int, int]]]:
    table = DeltaTable(folder)
    listed = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    return table.version(), {one["path"]: (one["size_bytes"], one["num_records"], one["max.load_id"]) for one in listed}


def by_us(folder: Path) -> tuple[int, dict[str, tuple[int, int, int]]]:
    found = snapshot(folder)
    assert found is not None
    version, files = found
    return version, {one.path: (one.size, one.rows, one.loads[1]) for one in files}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A home's book after 100 quarter hours of three months, summed up three times."""
    lake = ReadingsLake.open(tmp_path)
    for number in range(100):
        lake.write([batch(1, number + 1, {T0 + number * 86_400: number})])
    return tmp_path / "readings"


def test_it_is_what_the_library_reads_after_each_further_commit(table: Path) -> None:
    lake = ReadingsLake.open(table.parent)
    assert list((table / "_delta_log").glob("*.checkpoint.parquet"))
    for number in range(100, 140):
        assert by_us(table) == by_library(table)
        lake.write([batch(2, number + 1, {T0 + number * 900: number})])
        if number == 120:
            lake.compact()
    lake.checkpoint()
    assert by_us(table) == by_library(table)


def test_without_a_summary_or_with_one_that_is_torn_the_library_tells(table: Path, tmp_path: Path) -> None:
    assert snapshot(tmp_path / "nowhere") is None
    last = max((table / "_delta_log").glob("*.checkpoint.parquet"))
    last.write_bytes(last.read_bytes()[:-9])
    assert snapshot(table) is None
    with pytest.raises(BookDamaged):
        ReadingsLake.open(table.parent).read([1], *ALL_TIME)


def test_an_entry_that_another_program_made_is_left_to_the_library(table: Path) -> None:
    version = DeltaTable(table).version() + 1
    entry = {"txn": {"appId": "other", "version": 1}}
    (table / "_delta_log" / f"{version:020d}.json").write_text(json.dumps(entry))
    assert snapshot(table) is None
    assert len(ReadingsLake.open(table.parent).read([1], *ALL_TIME)[1]) == 100


def test_a_log_shortened_while_it_is_read_is_read_again(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer drops the summary that was just read, and the entries after it: they are not the end of the log."""
    stale = table.parent / "stale"
    shutil.copytree(table, stale)
    lake = ReadingsLake.open(table.parent)
    for number in range(100, 300):
        lake.write([batch(1, number + 1, {T0 + number * 86_400: number})])
    last = json.loads((stale / "_delta_log" / "_last_checkpoint").read_text())["version"]
    read = Path.read_bytes

    def late(path: Path) -> bytes:
        if path.name == "_last_checkpoint" and path.parent.parent == table:
            return read(stale / "_delta_log" / "_last_checkpoint")
        if path.name == f"{last + 1:020d}.json":  # dropped before it was read, with the summary
            (table / "_delta_log" / f"{last:020d}.checkpoint.parquet").unlink(missing_ok=True)
            raise FileNotFoundError(path)
        return read(path)

    shutil.copy(stale / "_delta_log" / f"{last:020d}.checkpoint.parquet", table / "_delta_log")
    monkeypatch.setattr(Path, "read_bytes", late)
    assert snapshot(table) is None
    assert len(ReadingsLake.open(table.parent).read([1], *ALL_TIME)[1]) == 300


def test_a_summary_of_a_newer_protocol_is_refused(table: Path) -> None:
    last = max((table / "_delta_log").glob("*.checkpoint.parquet"))
    rows = pq.read_table(last).to_pylist()
    schema = pq.read_table(last).schema
    for row in rows:
        if row["protocol"] is not None:
            row["protocol"]["minReaderVersion"] = 2
            row["protocol"]["minWriterVersion"] = 5
    pq.write_table(pa.Table.from_pylist(rows, schema), last)
    assert snapshot(table) is None
    with pytest.raises(SchemaTooNew):
        ReadingsLake.open(table.parent).read([1], *ALL_TIME)


def test_a_writer_killed_between_a_summary_and_its_pointer_leaves_a_table_that_is_summed_up_again(table: Path) -> None:
    lake = ReadingsLake.open(table.parent)
    lake.checkpoint()
    pointer = table / "_delta_log" / "_last_checkpoint"
    told = json.loads(pointer.read_text())
    pointer.unlink()
    ReadingsLake.open(table.parent).compact()
    again = json.loads(pointer.read_text())
    assert (again["version"] >= told["version"], again["size"] > 0) == (True, True)
    assert by_us(table) == by_library(table)
    assert ReadingsLake.open(table.parent).verify().problems == ()
