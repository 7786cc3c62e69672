"""The tariff sheet: 80 columns, every price, every rule that a bill needs, and the bill it works out."""

from __future__ import annotations

import re
from datetime import date

import pytest
from typer.testing import CliRunner

from meterbook.cli.app import app
from meterbook.practice.billing import prices
from meterbook.practice.billing.sheet import sheet

TEXT = sheet(date(2026, 11, 25))
FLAT = " ".join(TEXT.split())


@pytest.mark.parametrize("today", [date(2013, 5, 1), date(2026, 11, 25), date(2031, 1, 1)])
def test_the_sheet_fits_80_columns_on_any_day(today: date) -> None:
    text = sheet(today)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert not re.search(r"[ \t]$", text, re.MULTILINE)
    assert "{" not in text


def test_every_schedule_and_price_is_on_it() -> None:
    for schedule in prices.SCHEDULES.values():
        assert f"Schedule {schedule.code}: {schedule.name}" in FLAT
        for revision in schedule.revisions:
            wanted = [revision.facilities, revision.demand, revision.minimum]
            wanted += [rate for each in revision.energy for rate in (each.summer, each.winter)]
            assert all(f"{price}" in FLAT for price in wanted if price is not None)
            assert f"{revision.start:%d %b %Y}" in FLAT
    for lamp in prices.LAMPS.values():
        assert re.search(rf"{re.escape(lamp.label)} +{lamp.monthly} +{lamp.kwh}\b", TEXT)
    for sheet_ in prices.TOWN:
        assert all(f"{price}" in FLAT for _, price in sheet_.water_blocks)
        assert all(f"{each}" in FLAT for each in (sheet_.sewer, sheet_.sewer_base, sheet_.irrigation_base))


def test_riders_of_every_month_and_year_of_four_years_are_on_it() -> None:
    rows = re.findall(r"^  (20\d\d)((?: +-?[\d.]+){6})$", TEXT, re.MULTILINE)
    assert [year for year, _ in rows] == ["2022", "2023", "2024", "2025", "2026"] * 2
    for place, (year, row) in enumerate(rows):
        first = 1 if place < 5 else 7
        assert row.split() == [f"{prices.wpca(int(year), month)}" for month in range(first, first + 6)]
    assert re.search(r"2025 +0\.85 +4\.15 +27\.80", TEXT)


def test_the_worked_bill_is_the_one_worked_by_hand() -> None:
    worked = TEXT[TEXT.index("15  A worked bill") :]
    for label, amount in (
        ("Facilities Charge, 26 of 31 days", "26.42"),
        ("Facilities Charge, 5 of 31 days", "5.44"),
        ("Energy Charge, Winter, 26 of 31 days", "76.74"),
        ("Energy Charge, Winter, 5 of 31 days", "15.20"),
        ("Wholesale Power Cost Adj.", "-4.80"),
        ("NC Sales Tax", "8.39"),  # 119.79 × 7 % = 8.3853
        ("Current charges", "128.18"),
    ):
        assert re.search(rf"{re.escape(label)} .*{re.escape(amount)}$", worked, re.MULTILINE), label


def test_the_command_prints_it() -> None:
    ran = CliRunner().invoke(app, ["practice", "tariff", "--today", "2026-11-25"])
    assert ran.exit_code == 0
    assert ran.stdout == TEXT
    assert CliRunner().invoke(app, ["practice", "tariff", "--today", "soon"]).exit_code == 2
