"""``meterbook store query``: what it prints and writes, by either engine, of one or several books."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli.conftest import Run

from meterbook.book import Book
from meterbook.model.channel import Channel
from meterbook.store.records.values import UtilityRecord

ZONE = ZoneInfo("America/New_York")
ENGINES = ["local", "daft"]


def local(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=ZONE).timestamp())  # type: ignore[misc,arg-type]


def made(folder: Path, *values: int) -> Path:
    """A book of a utility with an account a value, each of which uses that many Wh a quarter hour in March 2025."""
    with Book.open(folder) as book:
        at = datetime(2025, 1, 1, tzinfo=UTC)
        book.records.save_utility(
            UtilityRecord(slug="ccec", name="ccec", host="", zone=ZONE.key, state="", how="given", at=at)
        )
        channels = [
            Channel(utility="ccec", account=str(number), service_location=f"{number}-1", meter=f"M{number}")
            for number in range(1, len(values) + 1)
        ]
        numbers = book.records.channel_ids(channels)
        start = np.arange(local(2025, 3, 1), local(2025, 4, 1), 900, dtype=np.int64)
        count, every = len(start), len(start) * len(values)
        ts = np.tile(start * 1_000_000, len(values)).view("datetime64[us]")
        value = np.repeat(np.array(values, np.int64), count)
        value[count // 2 :: count] += 5  # the peak of each is in the middle of the month
        book.lake.load(
            [
                pa.table(
                    {
                        "channel_id": np.repeat(np.array(numbers, np.int32), count),
                        "ts": pa.array(ts, pa.timestamp("us", "UTC")),
                        "value": value,
                        "scale": np.full(every, 3, np.int8),
                        "quality": np.zeros(every, np.int8),
                    }
                )
            ],
            load_id=1,
        )
    return folder


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "daft":
        pytest.importorskip("daft", reason="Daft is not installed (extra cluster)")
    return str(request.param)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return made(tmp_path / "north", 100, 200)


def test_months_of_accounts_are_a_table_of_eighty_columns(run: Run, book: Path, engine: str) -> None:
    ran = run("store", "query", "--book", book, "--engine", engine)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "electricity usage delivered kWh",
        "  group   period       sum  count",
        "  ccec/1  2025-03  297.205  2,972",
        "  ccec/2  2025-03  594.405  2,972",
    ]


def test_a_csv_has_every_digit_and_column(run: Run, book: Path, engine: str) -> None:
    ran = run("store", "query", "--book", book, "--by", "day", "--engine", engine, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert len(rows) == 2 * 31
    assert [row["sum"] for row in rows if row["period"] == "2025-03-09"] == ["9.200", "18.400"]  # of 23 hours
    assert rows[0]["start"] == "2025-03-01T05:00:00+00:00"


def test_several_books_are_one_question_with_the_name_of_each(
    run: Run, book: Path, tmp_path: Path, engine: str
) -> None:
    south = made(tmp_path / "south", 50)
    words = ("--book", book, "--book", south, "--per", "utility", "--engine", engine, "--format", "json")
    rows = json.loads(run("store", "query", *words).out, parse_float=Decimal)
    assert [(row["book"], row["group"], row["sum"]) for row in rows] == [
        ("north", "ccec", Decimal("891.610")),
        ("south", "ccec", Decimal("148.605")),
    ]


def test_a_coincident_peak_tells_when_and_how_much(run: Run, book: Path, engine: str) -> None:
    ran = run("store", "query", "peak", "--book", book, "--engine", engine, "--format", "json")
    (row,) = json.loads(ran.out, parse_float=Decimal)
    assert (row["sum"], row["kw"], row["count"]) == (Decimal("0.310"), Decimal("1.240"), 2)
    assert datetime.fromisoformat(row["start"]) == datetime.fromtimestamp(local(2025, 3, 1), UTC) + timedelta(
        seconds=2972 // 2 * 900
    )


def test_time_of_use_follows_the_local_clock(run: Run, book: Path, engine: str, tmp_path: Path) -> None:
    target = tmp_path / "tou.parquet"
    window = "on-peak=07:00-11:00,weekdays,11-3"
    ran = run("store", "query", "--book", book, "--tou", window, "--per", "utility", "--engine", engine, "-o", target)
    assert ran.err == f"2 rows written to {target}\n"
    assert pq.read_table(target).select(["period", "count"]).to_pylist() == [
        {"period": "on-peak", "count": 2 * 21 * 16},
        {"period": "off-peak", "count": 2 * (2972 - 21 * 16)},
    ]


def test_load_shapes_and_groups_of_a_file(run: Run, book: Path, engine: str, tmp_path: Path) -> None:
    groups = tmp_path / "groups.csv"
    groups.write_text("1,feeder 9\nM2,feeder 9\n", encoding="utf-8")
    words = ("shape", "--book", book, "--by", "hour-of-day", "--groups", groups, "--engine", engine)
    rows = json.loads(run("store", "query", *words, "--format", "json").out, parse_float=Decimal)
    assert [row["period"] for row in rows] == [f"{hour:02}" for hour in range(24)]
    assert {(row["group"], row["p50"]) for row in rows} == {("feeder 9", Decimal("0.300"))}


def test_gaps_are_told_by_the_local_engine_alone(run: Run, book: Path) -> None:
    ran = run("store", "query", "gaps", "--book", book, "--until", "2025-04-01T01:00", "--account", "1")
    assert ran.out.splitlines()[1:] == [
        "  account  service_location  meter  start              end                intervals",
        "  1        1-1               M1     2025-04-01T04:00Z  2025-04-01T05:00Z          4",
    ]
    assert run("store", "query", "gaps", "--book", book).out == "No gaps.\n"
    refused = run("store", "query", "gaps", "--book", book, "--engine", "daft")
    assert refused.code == 2
    assert "--engine local" in refused.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--engine", "spark"), "there is no engine 'spark' (--engine); expected one of local, daft"),
        (("--engine", "local", "--ray", "auto"), "not on a Ray cluster (--ray); expected --engine daft"),
        (("--tou", "on-peak=7-11"), "is no time-of-use window (--tou); expected such as"),
        (("--by", "fortnight"), "'fortnight' is not known"),
        (("--measure", "median"), "'median' is not known"),
        (("--account", "77"), "no account '77'"),
        (("--since", "soon"), "'soon' is not a day"),
        (("--as-of", "soon"), "'soon' is not an instant"),
        (("--per", "account", "--groups", "x.csv"), "groups are named twice"),
        (("--groups", "missing.csv"), "the file of groups can't be read"),
        (("-o", "x.txt"), "the file's name tells no format"),
        (("--tou", "on-peak=07:00-11:99"), "is no time-of-use window (--tou); expected such as"),
        (("--tou", "on-peak=07:00-11:00", "--by", "month"), "windows are of no account here (by); expected by tou"),
        (("--by", "tou"), "time-of-use periods need windows (by)"),
        (("peak", "--measure", "max"), "measures are of sums (measures); expected none"),
        (("gaps", "--by", "day"), "gaps are told channel by channel"),
        (("gaps", "--per", "meter"), "gaps are told channel by channel"),
    ],
)
def test_what_cannot_be_done_is_said_in_two_lines(run: Run, book: Path, words: tuple[str, ...], told: str) -> None:
    ran = run("store", "query", "--book", book, *words)
    assert ran.code in (2, 3)
    assert told in ran.err
    assert len(ran.err.splitlines()) == 2


def test_a_book_that_is_not_there_is_not_made_by_asking_several(run: Run, book: Path, tmp_path: Path) -> None:
    ran = run("store", "query", "--book", book, "--book", tmp_path / "nowhere")
    assert ran.code == 3
    assert "there is no book" in ran.err
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_is_no_book_is_left_as_it_was(run: Run, book: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for folder in (tmp_path / "photos", tmp_path / "nowhere"):
        ran = run("store", "query", "--book", folder)
        assert (ran.code, ran.out) == (3, "")
        assert f"there is no book ({folder})" in ran.err
    assert {one.name for one in tmp_path.rglob("*")} & {"records.sqlite", "nowhere"} == {"records.sqlite"}
    assert list((tmp_path / "photos").iterdir()) == []


def test_a_book_named_twice_is_not_counted_twice(run: Run, book: Path) -> None:
    ran = run("store", "query", "--book", book, "--book", book.parent / "." / book.name / ".." / book.name)
    assert ran.code == 2
    assert "a book is named twice" in ran.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "the file names no group"),
        (b"1,north\n\n1,south\n", "1 is in two groups"),
        (b"1,north\nM2\n", "record 2"),
        (b"1,north\nM2,\n", "record 2"),
        (b"\xff\xfe\x00", "it is no text in UTF-8"),
    ],
)
def test_a_file_of_groups_that_does_not_say_is_refused(
    run: Run, book: Path, tmp_path: Path, text: bytes, told: str
) -> None:
    (tmp_path / "groups.csv").write_bytes(text)
    ran = run("store", "query", "--book", book, "--groups", tmp_path / "groups.csv")
    assert (ran.code, ran.out) == (3, "")
    assert told in ran.err
    assert "groups.csv" in ran.err


def test_the_environment_names_the_engine(run: Run, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METERBOOK_ENGINE", "spark")
    assert "there is no engine 'spark'" in run("store", "query", "--book", book).err
    assert run("store", "query", "--book", book, "--engine", "local").code == 0


def test_long_names_are_cut_where_they_are_alike_and_lines_stay_within_eighty(run: Run, tmp_path: Path) -> None:
    book = made(tmp_path / "a-book-of-a-co-op-with-a-rather-long-name-indeed", 1)
    other = made(tmp_path / "another-book-of-a-co-op-with-a-long-name-indeed", 1)
    ran = run("store", "query", "--book", book, "--book", other, "--per", "channel", "--by", "day")
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "  2 rows more; all of them with: -o FILE.csv" in ran.out
