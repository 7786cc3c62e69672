"""``meterbook bills show|chart|compare|savings`` and ``meterbook year`` on a book, as a person runs them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from bill_samples import thirteen
from rich.cells import cell_len

from meterbook.book import Book
from meterbook.model.statement import PrepaidDay
from meterbook.model.tou_ledger import TouMonth
from meterbook.store.records import UtilityRecord

Run = Callable[..., Any]
NOW = datetime(2026, 2, 10, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("book")
    cancelled = replace(thirteen()[-2], cancelled=True, number="B11x", source_id="uuid-11x", bill_date=date(2026, 1, 2))
    rebilled = replace(thirteen()[-2], corrects="uuid-11x")
    mine = [*thirteen()[:-2], cancelled, rebilled, thirteen()[-1]]
    other = [replace(one, account="7001002", number=f"C{one.number}", source_id=None) for one in thirteen()[:2]]
    with Book.open(place) as book:
        book.records.save_utility(
            UtilityRecord(
                slug="practice", name="Practice Electric", host="practice.example", zone="America/New_York", state="NC",
                how="given", at=NOW,
            )
        )  # fmt: skip
        book.records.save_statements([*mine, *other], source="practice.example", at=NOW, utility="practice")
        ledger = [
            TouMonth(account="7001001", month=date(2025, 12, 1), saved=Decimal("5.35"), tou_cost=Decimal("147.39"),
                     standard_cost=Decimal("152.74"), standard_rate="R", tou_rate="R-TOU",
                     usage={"On Peak": Decimal("149.188"), "Super Off Pk": Decimal("132.474")}),
            TouMonth(account="7001001", month=date(2026, 1, 1), saved=Decimal("-0.60"), standard_rate="R"),
        ]  # fmt: skip
        days = [
            PrepaidDay(
                day=date(2026, 1, number),
                usage=Decimal("31.402"),
                charge=Decimal("4.12"),
                balance=Decimal(150) - 4 * number,
            )
            for number in range(5, 32)
        ]
        days[3] = replace(days[3], payment=Decimal(50))
        book.records.save_prepaid_days("7001003", days, at=NOW, utility="practice")
        book.records.save_tou_months(ledger, at=NOW, utility="practice")
    return place


@pytest.fixture
def run(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("METERBOOK_BOOK", str(folder))
    monkeypatch.setenv("NO_COLOR", "1")
    return run


@pytest.mark.parametrize("name", ["latest", "2026-01", "2026-02-03", "B12", "uuid-12"])
def test_a_bill_is_named_in_five_ways(run: Run, name: str) -> None:
    shown = run("bills", "show", name, "--account", "7001001")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("Bill of 3 Feb 2026, due 24 Feb 2026")
    assert max(cell_len(line) for line in shown.out.splitlines()) <= 80


def test_a_month_means_the_bill_that_stands_and_its_date_finds_the_cancelled_one(run: Run) -> None:
    assert "  bill of 2 Jan 2026: cancelled, 152.74" in run("bills", "show", "2025-12", "--account", "7001001").out
    assert run("bills", "show", "2026-01-02", "--account", "7001001").out.startswith("Cancelled bill of 2 Jan 2026")


def test_json_holds_all_of_a_bill_and_leaves_out_what_is_not_known(run: Run) -> None:
    told = json.loads(run("bills", "show", "latest", "--account", "7001001", "--json").out)
    assert (told["utility"], told["zone"], told["discrepancies"]) == ("practice", "America/New_York", [])
    assert told["bill"]["lines"][1] == {
        "kind": "energy", "label": "Energy, winter", "amount": "125.33", "quantity": "1391", "unit": "kWh",
        "rate": "0.0901", "section": "Electric",
    }  # fmt: skip
    assert "adjustments" not in told["bill"]
    assert told["month_before"]["usage"] == "1204"
    assert told["year_before"]["month"] == "2025-01"
    assert told["sources"][0]["source"] == "practice.example"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", "latest"), 2, "the book has bills of 2 accounts; expected --account with one of them"),
        (("show", "2019-07", "--account", "7001001"), 3, "no bill is meant by '2019-07'"),
        (("show", "latest", "--account", "nobody"), 3, "the book has no account 'nobody'"),
        (("chart", "--account", "7001001", "--service", "gas"), 3, "has no bills for gas that count"),
        (("chart", "--account", "7001001", "-o", "x.gif"), 2, "the file's name tells no picture format"),
        (("chart", "-o", "x.svg"), 2, "the book has bills of 2 accounts"),
        (("compare", "--service", "water"), 3, "has no bills for water that count"),
    ],
)
def test_what_can_t_be_done_is_said_in_two_lines(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    found = run("bills", *words)
    assert (found.code, found.out) == (code, "")
    assert said in found.err
    assert "Traceback" not in found.err


def test_the_chart_shows_every_account_in_turn(run: Run) -> None:
    out = run("bills", "chart").out
    assert out.count("by bill") == 2
    assert "account 7001001 · electric by bill                          Jan 2025 to Jan 2026" in out
    assert max(cell_len(line) for line in out.splitlines()) <= 80


def test_the_chart_is_written_as_svg_and_png(run: Run, tmp_path: Path) -> None:
    svg, png = tmp_path / "bills.svg", tmp_path / "bills.PNG"
    assert run("bills", "chart", "--account", "7001001", "-o", svg).code == 0
    assert run("bills", "chart", "--account", "7001001", "-o", png).code == 0
    assert svg.read_text().startswith("<svg ")
    assert struct.unpack(">II", png.read_bytes()[16:24]) == (1640, 800)


def test_compare_tells_months_or_years_and_json(run: Run) -> None:
    months = run("bills", "compare", "--account", "7001001", "--months", "2").out
    assert "  2026-01      1,391     44.9     170.98   0.1229    30/50   775    0     -5 %" in months
    years = run("bills", "compare", "--account", "7001001", "--years").out
    assert "  kWh                   2025        2026" in years
    assert "  $                 1,563.74      170.98" in years
    assert "  Jan                 177.99      170.98" in run("bills", "compare", "--years", "--cost").out
    (told, _) = json.loads(run("bills", "compare", "--json").out)
    assert told["months"][-1] == {
        "month": "2026-01", "bills": 1, "estimated": False, "days": 31, "unit": "kWh", "usage": "1391",
        "cost": "170.98", "per_day": "44.870968", "cost_per_day": "5.515484", "cost_per_unit": "0.122919",
        "temperature_low": "30", "temperature_high": "50", "heating_degree_days": 775.0, "cooling_degree_days": 0.0,
        "degree_days_from": "mean",
    }  # fmt: skip


def test_savings_by_month_and_year_as_the_portal_tells_them(run: Run) -> None:
    out = run("bills", "savings").out
    assert "  2025-12     147.39    152.74     5.35        149.2        132.5" in out
    assert "  2026-01                         -0.60" in out
    assert "  2025    1 month, $5.35 saved" in out
    assert "  2026    1 month, $0.60 lost" in out
    assert max(cell_len(line) for line in out.splitlines()) <= 80
    (told,) = json.loads(run("bills", "savings", "--json").out)
    assert told["years"] == [
        {"year": 2025, "months": 1, "saved": "5.35"},
        {"year": 2026, "months": 1, "saved": "-0.60"},
    ]


def test_an_account_without_time_of_use_is_told_so(run: Run) -> None:
    assert "No portal or bill tells" in run("bills", "savings", "--account", "7001002").out


def test_days_that_are_paid_ahead_and_their_months(run: Run) -> None:
    out = run("bills", "prepaid", "--days", "25").out
    assert out.splitlines()[0] == "account 7001003 · paid ahead, 26.00 left on 31 Jan 2026"
    assert "  8 Jan 2026       31.402       4.12      50.00     118.00" in out
    assert "  2026-01  27 days, 847.854 kWh, $111.24, $4.12 a day" in out
    (told,) = json.loads(run("bills", "prepaid", "--json").out)
    assert told["days"][0] == {"day": "2026-01-05", "usage": "31.402", "charge": "4.12", "balance": "130"}
    assert "No account with a ledger" in run("bills", "prepaid", "--account", "7001001").out


def test_a_year_is_printed_from_bills_alone(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    ran = run("year", "2025", "--account", "7001001", "-o", target)
    assert (ran.code, ran.err) == (0, "")
    assert "11,686 kWh were used and $1,563.74 were billed in 2025" in ran.out
    assert len(pypdfium2.PdfDocument(target.read_bytes())) == 2


def test_a_year_of_which_nothing_is_known_is_no_report(run: Run, tmp_path: Path) -> None:
    ran = run("year", "2012", "--account", "7001001", "-o", tmp_path / "report.pdf")
    assert ran.code == 3
    assert "neither bills nor readings of account 7001001 in 2012" in ran.err
    assert not (tmp_path / "report.pdf").exists()
