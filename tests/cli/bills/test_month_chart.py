"""Months of bills in the terminal: the chart and the tables, worked by hand, and their widths."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from bill_samples import thirteen
from rich.cells import cell_len

from meterbook.analysis.bills.history import BillMonth, history
from meterbook.cli.bills.month_chart import columns
from meterbook.cli.bills.month_table import month_rows, year_columns
from meterbook.model.bill_kinds import ReadType
from meterbook.model.calendar import next_month
from meterbook.model.statement import Statement


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def odd_year() -> list[Statement]:
    """Thirteen bills of which one is missing and one estimated."""
    bills = thirteen()
    bills[4] = replace(bills[4], meters=(replace(bills[4].meters[0], read_type=ReadType.ESTIMATED),))
    del bills[7]
    return bills


CHART = """
   kWh                                                                    °F
 1,600                                                                   100
        ███                              ╷                          ▃▃▃
        ███                         ╷    │         ╷                ███
 1,200  ███  ▇▇▇               ╷    │ ▂▂▂│         │           ███  ███   80
        ███  ███  ▂▂▂     ╷    │    ╵ ███╵         │    ╷      ███  ███
        ███  ███  ███╷    │    │ ▄▄▄  ███       ▆▆▆╵    │ ▁▁▁╷ ███  ███
   800  ███  ███╷ ███│ ▂▂▂│    ╵ ███  ███       ███     ╵ ███│ ███  ███   60
        ███╷ ███│ ███│ ███╵ ▇▇▇  ███  ███       ███  ▆▆▆  ███│ ███╷ ███╷
        ███│ ███│ ███╵ ███  ░░░  ███  ███       ███  ███  ███╵ ███│ ███│
   400  ███│ ███│ ███  ███  ░░░  ███  ███       ███  ███  ███  ███│ ███│  40
        ███╵ ███╵ ███  ███  ░░░  ███  ███  no   ███  ███  ███  ███╵ ███╵
        ███  ███  ███  ███  ░░░  ███  ███  bill ███  ███  ███  ███  ███
        Jan  Feb  Mar  Apr  May  Jun  Jul  Aug  Sep  Oct  Nov  Dec  Jan
        2025                                                        2026
kWh     1463 1190  960  702  655  870 1105       905  640  812 1204 1391
high °F   49   55   63   71   78   85   88        82   73   61   52   50
low °F    29   33   41   49   58   67   72        66   55   41   33   30
cost $   178  151  129  104   99  120  143       124   98  115  153  171
░ an estimated reading
"""

TABLE = """
               kWh    a day       cost    a kWh       °F   HDD  CDD  on year
2025-05        655*    21.1      99.24   0.1515    58/78     0   93
2025-06        870     29.0     120.19   0.1381    67/85     0  330
2025-07      1,105     35.6     143.10   0.1295    72/88     0  465
2025-08    no bill
2025-09        905     30.2     123.61   0.1366    66/82     0  270
2025-10        640     20.6      97.77   0.1528    55/73    31    0
2025-11        812     27.1     114.53   0.1410    41/61   420    0
2025-12      1,204     38.8     152.74   0.1269    33/52   698    0
2026-01      1,391     44.9     170.98   0.1229    30/50   775    0     -5 %
8 months to 2026-01, 7,582 kWh, 30.9 a day, $1,022.16, 0.1348 a kWh
* an estimated reading
°F: mean low/high; HDD, CDD: degree days of heating and cooling to 65 °F
(by the bill's means where its days are not held: too few in mild months)
1 month without a bill: 2025-08
"""


def test_thirteen_months_with_their_temperatures() -> None:
    assert "\n".join(columns(history(odd_year()))) == CHART.strip("\n")


def test_a_row_a_month_with_the_year_before() -> None:
    assert "\n".join(month_rows(history(odd_year(), months=None), 9)) == TABLE.strip("\n")


def test_a_column_a_year_holds_years_against_the_same_months_only() -> None:
    bills = [*thirteen(date(2024, 1, 2))[:12], *thirteen()]
    lines = list(year_columns(history(bills, months=None)))
    assert lines[0].split() == ["kWh", "2024", "2025", "2026"]
    assert lines[1].split() == ["Jan", "1,463", "1,463", "1,391"]
    assert lines[2].split() == ["Feb", "1,190", "1,190"]
    assert lines[14].split() == ["months", "12", "12", "1"]
    assert lines[15].split() == ["kWh", "11,686", "11,686", "1,391"]
    assert lines[-2].split() == ["kWh", "a", "day", "0", "%", "-5", "%"]
    assert max(map(len, lines)) <= 78


@pytest.mark.parametrize("usage", [Decimal(0), Decimal("-12.5"), Decimal("0.004"), Decimal("98765432.125"), None])
def test_odd_uses_keep_to_the_width(usage: Decimal | None) -> None:
    bills = [replace(one, usage=usage, meters=()) for one in thirteen()]
    months = history(bills, months=None)
    for lines in (list(columns(months)), [f"  {row}" for row in month_rows(months, 13)]):
        assert max(cell_len(line) for line in lines) <= 80


@pytest.mark.parametrize("number", [1, 13, 60])
def test_a_chart_of_more_months_than_there_is_room_for_keeps_the_newest(number: int) -> None:
    month, months = date(2020, 1, 1), []
    for _ in range(number):
        months.append(BillMonth(month=month, bills=(thirteen()[0],), usage=Decimal(900), unit="kWh", days=30))
        month = next_month(month)
    lines = list(columns(months))
    assert max(map(len, lines)) <= 80
    assert lines[13].split()[-1] == f"{months[-1].month:%b}"


def test_no_bill_at_all_draws_no_bar() -> None:
    lines = list(columns([BillMonth(month=date(2026, 1, 1))]))
    assert "█" not in "".join(lines)
    assert lines[12].split() == ["bill"]
