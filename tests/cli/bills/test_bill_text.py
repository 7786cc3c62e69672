"""A bill in the terminal: its figures, its sums, and that no line is wider than it may be."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from bill_samples import thirteen
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from meterbook.analysis.bills.comparing import beside
from meterbook.analysis.bills.history import history
from meterbook.cli.bills.bill_text import BillPage, Seen, page
from meterbook.cli.bills.cells import left, shown, wrapped
from meterbook.model.bill_kinds import BillType, LineKind, ReadType
from meterbook.model.statement import LineItem, MeterUsage, PrepaidDay, Statement

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def printed(statement: Statement, width: int = 80, **more: object) -> list[str]:
    lines = list(page(BillPage(statement=statement, zone=NEW_YORK, **more), width))  # type: ignore[arg-type]
    assert max(cell_len(line) for line in lines) <= width
    assert all(line.isprintable() for line in lines)
    return lines


def test_a_whole_bill_reads_as_it_is_meant_to() -> None:
    bills = thirteen()
    last = bills[-1]
    lines = printed(
        last,
        beside=beside(last, history(bills, months=None)),
        chain=(last,),
        seen=(
            Seen(
                source="portal practice.example",
                first=datetime(2026, 2, 3, 14, 0, tzinfo=UTC),
                last=datetime(2026, 3, 3, 14, 0, tzinfo=UTC),
            ),
        ),
    )
    assert "\n".join(lines) == GOLDEN.strip("\n")


GOLDEN = """
Bill of 3 Feb 2026, due 24 Feb 2026                          account 7001001 · R
  2 Jan 06:00 → 2 Feb 2026 06:10 · 31 days                      America/New_York
  170.98  to pay in all

  Meter 21-345678                             48,120 → 49,511  1,391 kWh  actual

  Electric · 159.79
    Facilities charge                                                      32.33
    Energy, winter                                1,391 kWh × 0.0901      125.33
    Wholesale power cost                          1,391 kWh × 0.0010        1.39
    Renewable rider                                                         0.74
  Taxes · 11.19
    Sales tax                                        159.79 × 7 %          11.19

  Current charges                                                         170.98
  Previous balance                                                        150.00
  Payments                                                               -150.00
  Balance forward                                                           0.00
  Amount due                                                              170.98
  ✓ adds up: lines, balance forward, amount due

                       kWh    a day       cost     a kWh   low/high °F
  this bill          1,391     44.9     170.98    0.1229       30 / 50
  Dec 2025           1,204     38.8     152.74    0.1269       33 / 52
    to this          +16 %    +16 %      +12 %      -3 %
  Jan 2025           1,463     47.2     177.99    0.1217       29 / 49
    to this           -5 %     -5 %       -4 %      +1 %

  Number B12
  From portal practice.example, seen 3 Feb 2026 09:00, last 3 Mar 2026 09:00
  PDF's hash 1212121212121212121212121212121212121212121212121212121212121212
"""


def test_colour_only_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = thirteen()[-1]
    without = printed(statement)
    monkeypatch.delenv("NO_COLOR")
    coloured = list(page(BillPage(statement=statement, zone=NEW_YORK)))
    assert coloured != without
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in coloured] == without


def test_a_bill_that_does_not_add_up_says_by_how_much() -> None:
    lines = printed(replace(thirteen()[0], current_charges=Decimal("178.76"), amount_due=Decimal("178.76")))
    assert "  ✗ current charges: the lines come to 177.99, printed is 178.76, 0.77 more" in lines
    assert not any("✓" in line for line in lines)


def test_a_bill_of_which_little_is_known_says_so_and_shows_no_zero() -> None:
    lines = printed(Statement(account="1", bill_date=date(2026, 2, 3), amount_due=Decimal("12.00")))
    text = "\n".join(lines)
    assert "period not told" in text
    assert "too little is told to add it up" in text
    assert "0.00" not in text.replace("12.00", "")


def test_a_credit_is_called_one() -> None:
    lines = printed(Statement(account="1", bill_date=date(2026, 2, 3), amount_due=Decimal("-41.20")))
    assert "  41.20  credit left to the member" in lines


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"bill_type": BillType.FINAL}, "Final bill of 3 Jan"),
        ({"bill_type": BillType.CORRECTED}, "Corrected bill of"),
        ({"cancelled": True, "bill_type": BillType.FINAL}, "Cancelled bill of"),
    ],
)
def test_the_heading_says_what_sort_of_bill_it_is(told: dict[str, object], word: str) -> None:
    statement = replace(thirteen()[-2], bill_date=date(2026, 1, 3), **told)  # type: ignore[arg-type]
    assert printed(statement)[0].startswith(word)


def test_a_chain_of_corrections_is_listed() -> None:
    first = replace(thirteen()[-1], cancelled=True)
    second = replace(first, cancelled=False, number="B13", corrects="B12", bill_date=date(2026, 2, 9))
    lines = printed(second, chain=(first, second))
    assert "  bill of 3 Feb 2026: cancelled, 170.98" in lines
    assert "  this bill: stands, 170.98" in lines


def test_forty_lines_of_long_and_foreign_labels_keep_to_the_width() -> None:
    lines = tuple(
        LineItem(
            kind=LineKind.OTHER,
            label=("漢字の料金 " * 9 if number % 3 else "Überlandwerk-Grundgebührenzuschlagsverordnung" * 3)
            + str(number),
            amount=Decimal("-12345678.90") if number % 2 else Decimal("0.005"),
            quantity=Decimal("123456.789") if number % 5 else None,
            unit="kWh per lamp and month of the season" if number % 4 else "kWh",
            rate=Decimal("0.12345678"),
            section=f"Section {number // 10} " + "x" * 90,
            start=date(2026, 1, 2),
            end=date(2026, 1, 20),
        )
        for number in range(40)
    )
    statement = replace(thirteen()[-1], lines=lines, account="A" * 70, rate="R-TOU with a very long name")
    for width in (60, 80, 120):
        out = "\n".join(printed(statement, width))
        assert out.count("-12,345,678.90") == 20


def test_an_escape_sequence_on_a_bill_does_not_reach_the_terminal() -> None:
    line = LineItem(kind=LineKind.OTHER, label="\x1b[2J\x1b]0;gone\x07Energy\r\n", amount=Decimal(1))
    assert any("[2J ]0;gone Energy" in one for one in printed(replace(thirteen()[-1], lines=(line,))))


def test_budget_lines_stand_beside_the_charges_and_are_no_part_of_them() -> None:
    told = thirteen()[-1]
    lines = (*told.lines, LineItem(kind=LineKind.BUDGET, label="Levelized amount", amount=Decimal("140.00")))
    out = printed(replace(told, lines=lines, budget_amount=Decimal("140.00"), budget_balance=Decimal("30.98")))
    assert any(one.startswith("  Levelized amount") for one in out)
    assert "  ✓ adds up: lines, balance forward" in out


def test_meters_show_multiplier_demand_and_how_they_were_read() -> None:
    meters = (
        MeterUsage(
            meter="M1", previous=Decimal(100), present=Decimal(150), multiplier=Decimal(40), usage=Decimal(2000),
            unit="kWh", read_type=ReadType.ESTIMATED,
        ),
        MeterUsage(meter="M1", register="kW", usage=Decimal("33.6"), unit="kW"),
        MeterUsage(service="gas", usage=Decimal(52), unit="CCF", billed=Decimal("53.82"), billed_unit="therm"),
    )  # fmt: skip
    out = printed(replace(thirteen()[-1], meters=meters))
    assert out[4] == "  Meter M1                       100 → 150 × 40             2,000 kWh  estimated"
    assert out[5].split() == ["Meter", "M1", "kW", "33.6", "kW"]
    assert out[6].split() == ["Gas", "52", "CCF", "=", "53.82", "therm"]


def test_a_prepaid_ledger_shows_its_last_days() -> None:
    days = tuple(
        PrepaidDay(day=date(2026, 1, number), usage=Decimal(30), charge=Decimal("4.12"), balance=Decimal(50 - number))
        for number in range(1, 31)
    )
    out = printed(Statement(account="1", bill_date=date(2026, 1, 31), prepaid=days))
    assert "  Paid ahead: 30 days, the last 7" in out
    assert out[-1].split() == ["30", "Jan", "2026", "30", "4.12", "20.00"]


@given(st.text(max_size=60), st.integers(1, 40))
def test_wrapped_lines_fit_and_lose_no_letter(text: str, width: int) -> None:
    clean = shown(text)
    lines = list(wrapped(clean, max(2, width)))
    assert all(cell_len(line) <= max(2, width) for line in lines)
    assert "".join(lines).replace(" ", "") == clean.replace(" ", "")


@given(st.text(max_size=60), st.integers(0, 40))
def test_a_left_column_is_as_wide_as_it_is(text: str, width: int) -> None:
    assert cell_len(left(shown(text), width)) == width
