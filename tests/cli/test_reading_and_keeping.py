"""Connecting, syncing, looking and writing out, as a member does it."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import meterbook
from meterbook.cli.usage_file import write_readings
from meterbook.model.errors import InputError, StoreError

Run = Callable[..., Any]
ACCOUNT = "4400000001"
COLUMNS = ["start", "end", "account", "service_location", "meter", "flow", "unit", "value", "quality"]
HOUSEHOLD = "household@practice.example"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def usage(run: Run, book: Path, *words: str) -> list[dict[str, str]]:
    ran = run("--book", book, "usage", "--account", ACCOUNT, "--format", "csv", *words)
    assert ran.code == 0, ran.err
    return rows(ran.out)


# -- connecting --------------------------------------------------------------------------------------------------


def test_whatever_is_pasted_of_an_address_is_the_same_connection(
    run: Run, portal: str, book: Path, password: str
) -> None:
    before = json.loads(run("--book", book, "connections", "--json").out)
    for pasted in (portal + "/", portal + "/ui/#/login", portal.replace("127.0.0.1", "localhost")):
        words = ("connect", "practice", "--user", HOUSEHOLD, "--host", pasted, "--password-stdin")
        ran = run("--book", book, *words, stdin=password + "\n")
        assert ran.code == 0, ran.err
        assert "renewed" in ran.out
        assert password not in ran.out + ran.err
    after = json.loads(run("--book", book, "connections", "--json").out)
    assert [one["id"] for one in after] == [one["id"] for one in before]
    assert after[0]["host"] == portal.replace("127.0.0.1", "localhost")


def test_a_zone_nobody_knows_is_offered_and_then_remembered(
    run: Run, portal: str, tmp_path: Path, password: str
) -> None:
    words = ("--book", tmp_path / "b", "connect", "aec", "--host", portal, "--password-stdin")
    ran = run(*words, "--user", HOUSEHOLD, stdin=password + "\n")
    assert ran.code == 2
    assert "America/Chicago, America/New_York" in ran.err
    assert run(*words, "--user", HOUSEHOLD, "--zone", "America/New_York", stdin=password + "\n").code == 0
    assert run(*words, "--user", HOUSEHOLD, stdin=password + "\n").code == 0


def test_a_connection_is_revoked_once_and_its_data_deleted_on_request(run: Run, book: Path) -> None:
    assert run("--book", book, "revoke", "4").code == 0
    ran = run("--book", book, "revoke", "4")
    assert (ran.code, "revoked before" in ran.err) == (2, True)
    ran = run("--book", book, "sync", "--connection", "4")
    assert (ran.code, "was revoked" in ran.err) == (5, True)
    assert "4400009001" in run("--book", book, "status", "--all").out
    kept = run("--book", book, "revoke", "1", "--delete-data", "--yes")
    assert "another connection shows the same accounts" in kept.out
    assert ACCOUNT in run("--book", book, "status").out
    assert run("--book", book, "revoke", "4", "--delete-data", "--yes").code == 0
    assert "4400009001" not in run("--book", book, "status", "--all").out


# -- syncing -----------------------------------------------------------------------------------------------------


def test_the_closing_table_has_each_account_once_under_one_heading(run: Run, book: Path) -> None:
    ran = run("--book", book, "sync")
    assert ran.code == 0
    assert ran.out.count("America/New_York") == 1
    table = ran.out.split("coverage\n")[1].splitlines()
    assert [line.split()[0] for line in table[:3]] == [ACCOUNT, "4400002001", "4400009001"]
    assert max(map(len, ran.out.splitlines()[:-1])) <= 80


# -- looking -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "by", "count"),
    [
        ("2026-03-08", "2026-03-09", "interval", 92),
        ("2026-03-08", "2026-03-09", "hour", 23),
        ("2025-11-02", "2025-11-03", "interval", 100),
        ("2025-11-02", "2025-11-03", "hour", 25),
        ("2025-11-02", "2025-11-03", "day", 1),
        ("2025-12", "2026-02", "month", 2),
    ],
)
def test_days_have_as_many_rows_as_the_clock_gave_them(  # noqa: PLR0917 - parameters and fixtures
    since: str, until: str, by: str, count: int, synced: Path, run: Run
) -> None:
    found = usage(run, synced, "--since", since, "--until", until, "--by", by)
    assert len(found) == count
    assert list(found[0]) == COLUMNS
    assert all(one["end"] == other["start"] for one, other in pairwise(found))


def test_sums_are_those_of_the_rows_they_sum(synced: Path, run: Run) -> None:
    span = ("--since", "2025-11-02", "--until", "2025-11-03")
    single = sum(Decimal(row["value"]) for row in usage(run, synced, *span, "--by", "interval"))
    assert single == sum(Decimal(row["value"]) for row in usage(run, synced, *span, "--by", "hour"))
    assert [single] == [Decimal(row["value"]) for row in usage(run, synced, *span, "--by", "day")]


def test_the_running_month_and_a_cut_one_are_called_partial(synced: Path, run: Run) -> None:
    found = usage(run, synced, "--by", "month")
    assert [row["quality"] for row in found] == ["partial", "actual", "actual", "actual", "actual", "partial"]
    assert usage(run, synced, "--by", "month", "--since", "2025-12-15")[0]["quality"] == "partial"


def test_every_format_holds_the_same_rows(synced: Path, run: Run, tmp_path: Path) -> None:
    for by in ("interval", "hour", "day", "month"):
        expected = usage(run, synced, "--by", by)
        for ending in ("csv", "json", "parquet", "arrow"):
            path = tmp_path / f"x.{ending}"
            ran = run("--book", synced, "usage", "--account", ACCOUNT, "--by", by, "-o", path)
            assert ran.code == 0, ran.err
        assert rows((tmp_path / "x.csv").read_text()) == expected
        assert [row["value"] for row in json.loads((tmp_path / "x.json").read_text())] == [
            row["value"] for row in expected
        ]
        for frame in (pl.read_parquet(tmp_path / "x.parquet"), pl.read_ipc(tmp_path / "x.arrow")):
            assert [str(value) for value in frame["value"]] == [row["value"] for row in expected]
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["x.arrow", "x.csv", "x.json", "x.parquet"]


def test_a_table_fits_and_starts_with_its_heading(synced: Path, run: Run) -> None:
    for by in ("interval", "hour", "day", "month"):
        ran = run("--book", synced, "usage", "--account", "4400002001", "--by", by)
        assert ran.code == 0
        lines = ran.out.splitlines()
        assert lines[0].startswith("account 4400002001")
        assert max(map(len, lines[:-1])) <= 80
        assert not [line for line in lines if line != line.rstrip()]


def test_a_meter_read_once_a_month_says_so_by_whatever_it_is_asked(synced: Path, run: Run) -> None:
    ran = run("--book", synced, "usage", "--account", "4400009001", "--by", "day")
    assert "kWh, monthly" in ran.out
    assert "Feb 2026" in ran.out


def test_a_year_is_a_span_too(synced: Path, run: Run) -> None:
    first = usage(run, synced, "--since", "2026", "--by", "interval")[0]
    assert first["start"] == "2026-01-01T00:00:00-05:00"


# -- writing -----------------------------------------------------------------------------------------------------


def test_a_file_that_fails_midway_leaves_the_old_one(synced: Path, tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    target.write_text("what was there")

    class Failing:
        channels = ()

        def for_export(self, *, missing: bool) -> Any:
            raise OSError(28, "No space left on device")

        def __len__(self) -> int:
            return 0

    with pytest.raises(StoreError):
        write_readings(Failing(), "csv", target)  # type: ignore[arg-type]
    assert target.read_text() == "what was there"
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_a_device_is_written_to_and_not_replaced(synced: Path, run: Run, tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "real.csv")
    for path in (Path(os.devnull), link):
        ran = run("--book", synced, "usage", "--account", ACCOUNT, "--format", "csv", "-o", path)
        assert ran.code == 0, ran.err
    assert Path(os.devnull).is_char_device()
    assert link.is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("start,end,account")


# -- identifiers -------------------------------------------------------------------------------------------------


def test_an_identifier_of_others_stands_for_a_meter_wherever_one_is_named(run: Run, book: Path, tmp_path: Path) -> None:
    meter = usage(run, book, "--by", "month")[0]["meter"]
    ran = run("--book", book, "identify", "meter", meter, "--scheme", "ESI-ID", "--value", "10 032/7")
    assert ran.code == 0, ran.err
    assert "'10 032/7'" in ran.out  # what to do next can be pasted
    by_id = run("--book", book, "usage", "--meter", "10 032/7", "--format", "csv").out
    assert by_id == run("--book", book, "usage", "--meter", meter, "--format", "csv").out
    (tmp_path / "x.csv").write_text("time,kwh\n2026-04-01T12:00Z,1.5\n2026-04-01T12:15Z,2.5\n")
    told = ("--time", "time", "--value", "kwh", "--unit", "kWh", "--interval", "15min", "--zone", "America/New_York")
    ran = run("--book", book, "import", tmp_path / "x.csv", "--meter", "10 032/7", *told)
    assert ran.code == 0, ran.err
    late = run("--book", book, "usage", "--meter", meter, "--since", "2026-04", "--by", "interval", "--format", "csv")
    found = [(row["account"], Decimal(row["value"])) for row in rows(late.out) if row["value"]]
    assert found == [(ACCOUNT, Decimal("1.5")), (ACCOUNT, Decimal("2.5"))]


# -- importing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("--interval", "0"), ("--factor", "nan"), ("--factor", "0"), ("--flow", "up")])
def test_what_makes_no_sense_of_a_file_is_refused(words: tuple[str, str], run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("time,kwh\n2026-04-01T00:00Z,1.5\n2026-04-01T00:15Z,2.5\n")
    told = ("--time", "time", "--value", "kwh", "--unit", "kWh", "--interval", "15min", "--zone", "UTC")
    ran = run("--book", tmp_path / "b", "import", tmp_path / "x.csv", *told, *words)
    assert ran.code == 2, ran
    assert ran.err.count("\n") == 2


def test_one_bad_file_of_several_stops_no_other(run: Run, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text("time,kwh\n2026-04-01T00:00Z,1.5\n2026-04-01T00:15Z,2.5\n")
    (tmp_path / "bad.csv").write_bytes(b"\x00\x01no table\xff\xfe\n")
    told = ("--unit", "kWh", "--interval", "15min", "--zone", "UTC", "--account", "A 1", "--yes")
    ran = run("--book", tmp_path / "b", "import", tmp_path / "bad.csv", tmp_path / "good.csv", *told)
    assert ran.code == 1
    assert "2 new" in ran.out
    assert "bad.csv" in ran.err
    assert "--account 'A 1'" in ran.out
    assert run("--book", tmp_path / "b", "import", tmp_path / "good.csv", *told).out.count("0 new, 0 revised") == 1


def test_an_interval_that_is_not_the_files_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("time,kwh\n2026-04-01T00:00Z,1.5\n2026-04-01T00:15Z,2.5\n")
    told = ("--time", "time", "--value", "kwh", "--unit", "kWh", "--interval", "30min", "--zone", "UTC")
    ran = run("--book", tmp_path / "b", "import", tmp_path / "x.csv", *told)
    assert ran.code == 2
    assert "900 s apart" in ran.err
    assert "No readings yet" in run("--book", tmp_path / "b", "status").out


def test_a_mapping_kept_under_a_name_is_used_again(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("time,kwh\n2026-04-01T00:00Z,1.5\n2026-04-01T00:15Z,2.5\n")
    told = ("--time", "time", "--value", "kwh", "--unit", "kWh", "--interval", "15min", "--zone", "UTC")
    words = ("--book", tmp_path / "b", "import", tmp_path / "x.csv", "--account", "A", "--profile", "mine")
    assert run(*words, *told).code == 0
    assert "2 unchanged" in run(*words).out
    assert run(*words[:-1], "other").code == 3


# -- the Python way ----------------------------------------------------------------------------------------------


def test_the_python_way_gives_typed_frames_and_friendly_errors(synced: Path) -> None:
    with meterbook.open(synced) as book:
        frame = book.readings(ACCOUNT, since="2026-03-08", until="2026-03-09").to_polars()
        assert frame.height == 92
        assert frame.columns == COLUMNS
        assert frame["start"].dtype == pl.Datetime("us", "UTC") or str(frame["start"].dtype).startswith("Datetime")
        assert frame["value"].dtype.is_decimal()
        assert book.readings(ACCOUNT, since="2026-03-08", until="2026-03-09", by="hour").to_polars().height == 23
        for wrong in ({"flow": "up"}, {"unit": "kilowatt"}, {"by": "year"}, {"since": "soon"}):
            with pytest.raises(InputError):
                book.readings(ACCOUNT, **wrong)
