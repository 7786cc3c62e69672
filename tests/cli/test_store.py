"""What the readings take, whether they are whole, and making them small, as whoever keeps a book does it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from meterbook.book import Book
from meterbook.book.storing import against_journal
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.store.readings import Batch, ReadingsLake
from meterbook.store.records import Load, LoadDone

Run = Callable[..., Any]


def largest(book: Path, table: str = "readings") -> Path:
    return max(book.glob(f"{table}/month=*/*.parquet"), key=lambda path: path.stat().st_size)


def load(number: int, new: int | None, revised: int | None = 0, kind: SourceKind = SourceKind.FILE) -> Load:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    told = Provenance(kind=kind, source="a.csv", at=at, detail="", digest=None)
    return Load(id=number, provenance=told, rows_new=new, rows_revised=revised, rows_unchanged=0)


# -- status, compact, vacuum ---------------------------------------------------------------------------------------


def test_status_shows_what_is_there_and_fits_the_terminal(run: Run, book: Path) -> None:
    ran = run("--book", book, "store", "status")
    assert ran.code == 0, ran.err
    assert max(map(len, ran.out.replace(str(book), "BOOK").splitlines())) <= 80
    told = json.loads(run("--book", book, "store", "status", "--json").out)
    files = [*book.glob("readings/month=*/*.parquet")]
    listed = told["readings"]
    assert listed["files"] + listed["stray_files"] == len(files)
    assert listed["size"] + listed["stray_size"] == sum(path.stat().st_size for path in files)
    assert listed["rows"] == json.loads(run("--book", book, "store", "verify", "--json").out)["readings"]
    assert f"{listed['rows']:,}" in ran.out
    log = [path for path in book.glob("readings/_delta_log/*") if path.is_file()]
    assert (listed["log_files"], listed["log_size"]) == (len(log), sum(path.stat().st_size for path in log))


def test_status_of_an_empty_book_says_what_to_do(run: Run, tmp_path: Path) -> None:
    ran = run("--book", tmp_path / "new", "store", "status")
    assert (ran.code, "No readings yet." in ran.out) == (0, True)
    assert run("--book", tmp_path / "new", "store", "verify").code == 0
    assert run("--book", tmp_path / "new", "store", "compact").code == 0
    assert run("--book", tmp_path / "new", "store", "vacuum").code == 0
    assert not list(tmp_path.glob("new/readings/month=*"))


def test_compact_and_vacuum_leave_one_small_file_a_month_and_every_reading(run: Run, book: Path) -> None:
    before = run("--book", book, "usage", "--format", "csv").out
    assert run("--book", book, "store", "compact").code == 0
    ran = run("--book", book, "store", "vacuum", "--older-than", "0")
    assert ran.code == 0
    assert "freed" in ran.out
    told = json.loads(run("--book", book, "store", "status", "--json").out)["readings"]
    assert told["files"] == len(told["months"]) == len([*book.glob("readings/month=*/*.parquet")])
    assert (told["mixed"], told["stray_files"], told["since_summary"]) == (0, 0, 0)
    assert run("--book", book, "usage", "--format", "csv").out == before
    assert run("--book", book, "store", "verify").code == 0
    again = json.loads(run("--book", book, "store", "compact", "--json").out)
    assert again["files_before"] == again["files_after"]


def test_vacuum_spares_what_left_the_tables_a_moment_ago_and_an_age_must_be_one(run: Run, book: Path) -> None:
    run("--book", book, "store", "compact")
    told = json.loads(run("--book", book, "store", "vacuum", "--older-than", "1h", "--json").out)
    assert (told["files"], told["bytes"]) == (0, 0)
    assert told["left"] > 0
    ran = run("--book", book, "store", "vacuum", "--older-than", "soon")
    assert (ran.code, ran.out) == (2, "")
    assert "is no age" in ran.err


def test_a_sync_and_an_import_tidy_up_behind_themselves(run: Run, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tidied: list[str] = []
    kept = ReadingsLake.tidy
    monkeypatch.setattr("meterbook.store.readings.ReadingsLake.tidy", lambda lake: (tidied.append("once"), kept(lake)))
    stray = book / "readings/month=2025-11/part-of-a-killed-writer.parquet"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"half a file")
    os.utime(stray, (0, 0))
    assert run("--book", book, "sync").code == 0
    assert (tidied, stray.exists()) == (["once"], False)


def test_tidying_up_never_fails_a_sync(run: Run, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("meterbook.store.readings.ReadingsLake.tidy", full)
    assert run("--book", book, "sync").code == 0


# -- verify --------------------------------------------------------------------------------------------------------


def test_a_whole_book_is_said_to_be_whole_and_as_the_journal_says(run: Run, book: Path) -> None:
    ran = run("--book", book, "store", "verify")
    assert ran.code == 0, ran.out
    assert "✓ every file is readable, sorted, unique, and holds what the log says" in ran.out
    assert "✓ as many as the journal says" in ran.out
    told = json.loads(run("--book", book, "store", "verify", "--json").out)
    assert told["ok"]
    assert told["journal"]["loads"] > 10
    assert told["journal"]["stored_but_not_told"] == told["journal"]["begun_but_not_stored"] == []


def test_a_damaged_file_is_named_and_said_how_to_get_it_back(run: Run, book: Path) -> None:
    file = largest(book)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    ran = run("--book", book, "store", "verify")
    assert ran.code == 6
    assert file.name in ran.out
    lines = ran.err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("Error: 1 file of the book is damaged")
    assert "put them back from your last copy" in lines[1]
    assert lines[1].endswith("(store.damaged, exit 6)")
    told = json.loads(run("--book", book, "store", "verify", "--json").out)
    assert told["damaged"] == [file.relative_to(book).as_posix()]
    assert told["journal"] is None
    file.write_bytes(whole)
    assert run("--book", book, "store", "verify").code == 0


def test_a_lost_commit_leaves_whole_tables_and_the_journal_finds_it(run: Run, book: Path) -> None:
    last = max((book / "readings/_delta_log").glob("*.json"))
    last.unlink()
    ran = run("--book", book, "store", "verify")
    assert ran.code == 6
    assert "✓ every file is readable" in ran.out
    assert "are there" in ran.out
    assert "not those that the journal wrote down" in ran.err


def test_readings_that_left_behind_the_journals_back_are_missed(run: Run, book: Path) -> None:
    with Book.open(book) as opened:
        channel = opened.records.channels()[0].id
        assert opened.lake.delete([channel]) > 0
    ran = run("--book", book, "store", "verify")
    assert ran.code == 6
    assert "stored" in ran.out
    assert "are there" in ran.out


def test_readings_of_a_load_that_nobody_began_are_told(run: Run, book: Path) -> None:
    with Book.open(book) as opened:
        stored = opened.records.channels()[0]
        held = opened.lake.read([stored.id], 0, 2**40)[stored.id]
        series = held.series(stored.channel)
        opened.lake.write([Batch(channel_id=10_000, load_id=77_777, series=series)])
    ran = run("--book", book, "store", "verify")
    assert ran.code == 6
    assert "of loads that the records don't know: 77777" in ran.out


def test_a_channel_that_was_deleted_on_request_is_no_damage(run: Run, book: Path) -> None:
    assert run("--book", book, "revoke", "4", "--delete-data", "--yes").code == 0
    ran = run("--book", book, "store", "verify")
    assert ran.code == 0, ran.out
    assert "with fewer readings left" in ran.out


def test_a_load_cut_off_before_the_journal_was_told_is_named_and_no_damage(run: Run, book: Path) -> None:
    with Book.open(book) as opened:
        told = Provenance(kind=SourceKind.FILE, source="b.csv", at=opened.records.loads()[-1].provenance.at)
        first, second = opened.records.begin_loads([told, told])
        stored = opened.records.channels()[0]
        series = opened.lake.read([stored.id], 0, 2**40)[stored.id].series(stored.channel)
        opened.lake.write([Batch(channel_id=10_000, load_id=first, series=series)])
        found = json.loads(run("--book", book, "store", "verify", "--json").out)
        assert found["ok"]
        assert found["journal"]["stored_but_not_told"] == [first]
        assert found["journal"]["begun_but_not_stored"] == [second]
        opened.records.finish_loads([LoadDone(load_id=first, new=len(series) - 1, revised=0, unchanged=0)])
    ran = run("--book", book, "store", "verify")
    assert ran.code == 6
    assert f"stored {len(series) - 1:,} readings, and {len(series):,} are there" in ran.out


def test_the_journal_is_held_against_the_tables_load_by_load() -> None:
    loads = [load(1, 5, 2), load(2, 0, 0), load(3, None, None), load(4, None, None), load(5, 4)]
    check = against_journal(loads, {1: 7, 4: 3, 5: 4})
    assert (check.loads, check.stored, check.empty, check.thinned, check.problems) == (3, (4,), (3,), (), ())
    (problem,) = against_journal([load(1, 5, 2)], {1: 6}).problems
    assert problem == "load 1 of 01 Mar 2026 (a.csv) stored 7 readings, and 6 are there"
    (problem,) = against_journal([load(1, 5, 2)], {1: 8}, deleted_up_to=9).problems
    assert "and 8 are there" in problem, "deletion takes away, it never adds"
    assert against_journal([load(1, 5), load(2, 5)], {1: 4, 2: 5}, deleted_up_to=1).thinned == (1,)
    assert against_journal([load(1, 5), load(2, 5)], {1: 5, 2: 4}, deleted_up_to=1).problems != ()
    assert against_journal([load(1, 5, kind=SourceKind.ESTIMATE)], {1: 4}).thinned == (1,)
    (problem,) = against_journal([load(1, 5)], {1: 5, 8: 2, 9: 1}, begun={1, 9}).problems
    assert problem == "2 readings are of loads that the records don't know: 8"
    many = against_journal([load(number, 1) for number in range(1, 20)], {}).problems
    assert (len(many), many[-1]) == (6, "14 more loads have other numbers of readings than they stored")


# -- a full disk ---------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_an_import_onto_a_full_disk_says_so_in_two_lines_and_goes_in_once_there_is_room(
    run: Run, small_disk: Path, tmp_path: Path
) -> None:
    book, ballast = small_disk / "book", small_disk / "ballast"
    words = ("--account", "1", "--utility", "practice", "--zone", "America/New_York", "--unit", "kWh")
    words = (*words, "--interval", "hour", "--flow", "delivered", "--time", "time", "--value", "kwh", "--yes")
    for number in (1, 2):
        rows = [f"2025-{number:02d}-{1 + hour // 24:02d}T{hour % 24:02d}:00:00Z,{hour}.5" for hour in range(500)]
        (tmp_path / f"{number}.csv").write_text("time,kwh\n" + "\n".join(rows) + "\n")
    assert run("--book", book, "import", tmp_path / "1.csv", *words).code == 0
    before = run("--book", book, "usage", "--format", "csv").out
    with ballast.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"\0" * 4_096)
            except OSError:
                break
    ran = run("--book", book, "import", tmp_path / "2.csv", *words)
    assert ran.code != 0
    lines = ran.err.strip().splitlines()
    assert len(lines) == 2, ran.err
    assert "exit 6" in lines[1]
    ballast.unlink()
    assert run("--book", book, "store", "verify").code == 0
    assert run("--book", book, "usage", "--format", "csv").out == before
    assert run("--book", book, "import", tmp_path / "2.csv", *words).code == 0
    assert run("--book", book, "store", "verify").code == 0
    assert len(run("--book", book, "usage", "--format", "csv").out) > len(before)
