"""Billing reports in, and bills out, from the command line, as a person meets them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import python_calamine
from shared_data import SHARED, needs_shared

from tests.report_files import HEADINGS, csv_of, workbook

Run = Callable[..., Any]
ROWS = tuple(
    ("70010", "A", f"2025-{month:02d}-05", f"2025-{month + 1:02d}-04", "800", "99.10") for month in range(1, 7)
)
CALENDAR = ("bills", "export", "--calendar")
COLUMNS = [
    word
    for field, heading in zip(("account", "meter", "start", "end", "usage", "cost"), HEADINGS, strict=True)
    for word in ("--column", f"{field}={heading}")
]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.xlsx"
    path.write_bytes(workbook({"Notes": [["nothing here"]], "Bills": [["Monthly report"], HEADINGS, *ROWS]}))
    return path


def test_columns_named_once_serve_the_next_report(run: Run, book: Path, report: Path, tmp_path: Path) -> None:
    first = run("--book", book, "import", report, "--profile", "ccec-monthly", *COLUMNS)
    assert first.code == 0, first.err
    assert "6 rows: 6 new bills" in first.out
    following = tmp_path / "next.csv"
    following.write_bytes(csv_of(*ROWS[:2], ("70011", "B", "2025-01-05", "2025-02-04", "eight", "9")))
    second = run("--book", book, "import", following, "--profile", "ccec-monthly")
    assert second.code == 1
    assert "0 new bills, 0 changed, 2 unchanged, 0 repeated, 1 refused" in second.out
    assert "report.not-a-number: 'eight' is not a number (next.csv, row 4, field kWh)" in second.out


def test_a_renamed_column_refuses_the_report_and_says_which(run: Run, book: Path, report: Path, tmp_path: Path) -> None:
    run("--book", book, "import", report, "--profile", "ccec-monthly", *COLUMNS)
    following = tmp_path / "next.csv"
    following.write_bytes(csv_of(*ROWS, headings=(*HEADINGS[:5], "Total Charges")))
    ran = run("--book", book, "import", following, "--profile", "ccec-monthly")
    assert ran.code in {3, 2}
    assert "there is no column 'Charges' (next.csv, row 1)" in ran.err


def test_what_is_guessed_is_not_stored_without_a_yes(run: Run, book: Path, report: Path) -> None:
    ran = run("--book", book, "import", report)
    assert ran.code == 2
    assert "usage             kWh" in ran.err
    assert "was not confirmed" in ran.err
    assert run("--book", book, "import", report, "--yes").code == 0


def test_an_unknown_field_is_answered_with_the_known_ones(run: Run, book: Path, report: Path) -> None:
    ran = run("--book", book, "import", report, "--column", "colour=Meter")
    assert ran.code == 2
    assert "previous-balance" in ran.err


def test_json_says_what_a_report_brought(run: Run, book: Path, report: Path) -> None:
    (told,) = json.loads(run("--book", book, "import", report, "--yes", "--json").out)
    assert (told["format"], told["new"], told["accounts"], told["sheets"]) == (
        "billing-report",
        6,
        ["70010"],
        ["Bills"],
    )


def test_bills_go_out_in_every_format(run: Run, book: Path, report: Path, tmp_path: Path) -> None:
    run("--book", book, "import", report, "--yes")
    rows = list(csv.DictReader(io.StringIO(run("--book", book, "bills", "export").out)))
    assert len(rows) == 6
    assert {row["current_charges"] for row in rows} == {"99.10"}
    for ending in ("csv", "json", "parquet", "xlsx"):
        target = tmp_path / f"out.{ending}"
        ran = run("--book", book, "bills", "export", "--rows", "meters", "-o", target)
        assert ran.code == 0, ran.err
        assert "6 rows of 6 bills written" in ran.err
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 6


def test_calendar_months_sum_to_the_bills(run: Run, book: Path, report: Path) -> None:
    run("--book", book, "import", report, "--yes")
    months = list(csv.DictReader(io.StringIO(run("--book", book, *CALENDAR, "--by", "account").out)))
    shares = list(csv.DictReader(io.StringIO(run("--book", book, *CALENDAR).out)))
    for rows in (months, shares):
        assert round(sum(float(row["cost"] or 0) for row in rows), 2) == 594.60
    assert [row["month"] for row in months if row["standing"] == "late"] == ["2025-07-01"]


def test_portfolio_managers_sheet_comes_back(run: Run, book: Path, report: Path, tmp_path: Path) -> None:
    run("--book", book, "import", report, "--yes")
    target = tmp_path / "pm.xlsx"
    ran = run("--book", book, "bills", "export", "--portfolio-manager", "-o", target)
    assert (ran.code, "6 rows for Portfolio Manager" in ran.err) == (0, True)
    back = run("--book", tmp_path / "other", "import", target)
    assert "6 new bills" in back.out
    assert "portfolio-manager-bills" in back.out


def test_the_portfolio_fits_80_columns_and_names_what_is_late(run: Run, book: Path, report: Path) -> None:
    run("--book", book, "import", report, "--yes")
    ran = run("--book", book, "bills", "portfolio")
    assert ran.code == 0
    assert all(len(line) <= 80 for line in ran.out.splitlines() if not line.startswith("Next"))
    assert "late: 70010 electric, 1 bill: Jul 2025" in ran.out


@needs_shared
def test_portfolio_managers_headings_are_those_of_its_own_template(
    run: Run, book: Path, report: Path, tmp_path: Path
) -> None:
    run("--book", book, "import", report, "--yes")
    run("--book", book, "bills", "export", "--portfolio-manager", "-o", tmp_path / "pm.xlsx")
    theirs = SHARED / "data" / "bills" / "bulk" / "espm-add-bills-to-meters.xlsx"
    sheets = [python_calamine.CalamineWorkbook.from_path(path) for path in (tmp_path / "pm.xlsx", theirs)]
    for name in sheets[0].sheet_names:
        ours, template = (sheet.get_sheet_by_name(name).to_python()[0] for sheet in sheets)
        assert ours == template


def test_large_amounts_show_fewer_months_in_80_columns_and_all_that_are_asked_for(
    run: Run, book: Path, tmp_path: Path
) -> None:
    periods = [(f"2025-{month:02d}-05", f"2025-{month + 1:02d}-04") for month in range(1, 9)]
    rows = [("70010", "A", *period, "800", "1234567.89") for period in periods]
    (tmp_path / "big.csv").write_bytes(csv_of(*rows))
    run("--book", book, "import", tmp_path / "big.csv", "--yes")
    shown = run("--book", book, "bills", "portfolio", "--until", "2025-09-10").out.splitlines()
    assert [line for line in shown if len(line) > 80 and not line.startswith("Next")] == []
    assert shown[1].split()[:4] == ["Jun", "2025", "Jul", "2025"]
    assert "1,234,567.89" in shown[2]
    asked = run("--book", book, "bills", "portfolio", "--until", "2025-09-10", "--months", 7).out.splitlines()
    assert asked[1].split()[0] == "Feb"


def test_a_word_that_is_no_format_is_refused(run: Run, book: Path) -> None:
    ran = run("--book", book, "bills", "export", "--format", "pdf")
    assert (ran.code, "csv, json, parquet, xlsx" in ran.err) == (2, True)


REPORT = "Account Number,Service,Read From,Read To,kWh,Bill Date,Current Charges\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param("1,Electric,03/04/25,05/04/25,812,06/04/25,101.20\n", "--dates month-first or", id="open dates"),
        pytest.param(
            "1,Electric,13/05/25,12/06/25,8,14/06/25,1\n2,Electric,05/14/25,06/13/25,8,06/15/25,1\n",
            "'05/14/25' is month first, '13/05/25' is day first (r.csv, row 2, field Read From) (r.csv, row 3,",
            id="mixed dates",
        ),
        pytest.param(
            "1,Electric,,01/15/2025,02/14/2025,812,02/17/2025,101.20\n",
            "row has more cells than headings (r.csv, row 2, field after the last heading)",
            id="shifted columns",
        ),
        pytest.param(
            "1,Cable TV,01/15/2025,02/14/2025,812,02/17/2025,101.20\n",
            "service 'Cable TV' is not known (r.csv, row 2, field Service)",
            id="unknown service",
        ),
    ],
)
def test_what_is_wrong_with_a_report_is_said_of_a_report(
    run: Run, book: Path, tmp_path: Path, rows: str, said: str
) -> None:
    (tmp_path / "r.csv").write_text(REPORT + rows)
    ran = run("--book", book, "import", tmp_path / "r.csv", "--yes")
    assert ran.code in {2, 3}
    assert said in ran.err
    assert "Nothing was stored" in ran.err
    assert json.loads(run("--book", book, "bills", "list", "--json").out or "[]") == []


def test_readings_by_the_day_with_their_cost_are_still_taken_as_readings(run: Run, book: Path, tmp_path: Path) -> None:
    days = [f"2026-04-{day:02d},2026-04-{day + 1:02d},{day}.5,0.{day:02d}\n" for day in range(1, 20)]
    (tmp_path / "days.csv").write_text("start,end,kwh,cost\n" + "".join(days))
    told = ("--account", "A", "--time", "start", "--value", "kwh", "--unit", "kWh", "--interval", "day")
    ran = run("--book", book, "import", tmp_path / "days.csv", *told, "--zone", "UTC", "--yes")
    assert (ran.code, "19 new, 0 revised" in ran.out) == (0, True), ran.err
    guessed = run("--book", book, "import", tmp_path / "days.csv", "--account", "B")
    assert "does not tell its zone" in guessed.err
