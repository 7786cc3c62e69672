"""Schedule R of Carteret-Craven: three bills worked by hand, of 1,000 kWh each."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from meterbook.book.schedules import schedule
from meterbook.model.errors import InputError
from meterbook.tariffs.axis import axis
from meterbook.tariffs.calendars import Calendar
from meterbook.tariffs.inputs import Account, Usage, months
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price
from meterbook.utilities.tariff_loader import codes

ZONE = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("month", "total"),
    [
        ("2025-07", "142.67"),  # 32.33 + 99.80 + 1.00 + 0.21 = 133.34; 7 % of it 9.3338
        ("2025-01", "132.29"),  # 32.33 + 90.10 + 1.00 + 0.21 = 123.64; 8.6548
        ("2022-12", "101.05"),  # 29.13 + 90.10 - 25.00 + 0.21 = 94.44; 6.6108
    ],
)
def test_a_bill_of_1000_kwh_is_as_worked_by_hand(month: str, total: str) -> None:
    year, number = int(month[:4]), int(month[5:])
    start = int(datetime(year, number, 1, tzinfo=ZONE).timestamp())
    end = int(datetime(year + number // 12, number % 12 + 1, 1, tzinfo=ZONE).timestamp())
    count = (end - start) // 900
    wh = np.full(count, 1_000_000 // count, np.int64)
    wh[: 1_000_000 - int(wh.sum())] += 1
    usage = Usage(first=start, step_s=900, scale=3, delivered=wh)
    made = plan(schedule("ccec/R"), months(start, end, ZONE), first=start, end=end, step_s=900)
    (bill,) = price(made, usage, Account(kind="residential"))
    assert bill.total == Decimal(total)
    assert bill.status == "assumed"  # what the renewable mandate costs since 2019 is not published


def test_every_schedule_of_the_catalogue_is_read_and_prices_or_says_what_is_missing() -> None:
    start, end = (int(datetime(2025, month, 1, tzinfo=ZONE).timestamp()) for month in (7, 8))
    priced, refused = [], []
    for code in codes("ccec"):
        found = schedule(f"ccec/{code}")
        try:
            plan(found, months(start, end, ZONE), first=start, end=end, step_s=900)
            priced.append(code)
        except InputError as err:
            refused.append((code, "not known are" in err.what))
    assert priced == ["R", "R-TU"]
    shells = ["COG", "CSR", "LP", "MGS", "MGS-TU", "QF", "RCOG", "RQF", "RSE", "RSL", "SFL", "SGL", "SGS", "SGS-TU"]
    shells = sorted([*shells, "SQF", "STL"])
    ended = ["GP-1", "REN-1"]  # since 31 March 2016
    assert sorted(refused) == sorted([(code, True) for code in shells] + [(code, False) for code in ended])


def test_a_holiday_that_is_observed_and_the_hours_of_both_seasons_are_off_peak_or_on() -> None:
    start, end = (int(datetime(year, month, 1, tzinfo=ZONE).timestamp()) for year, month in ((2027, 12), (2028, 5)))
    found = schedule("ccec/R-TU")
    numbers = Calendar(found, axis(start, end, 900, ZONE)).periods("tou")

    def on_peak(*at: int) -> bool:
        instant = int(datetime(*at, tzinfo=ZONE).timestamp())  # type: ignore[misc]
        return bool(numbers[(instant - start) // 900] == 0)

    assert not on_peak(2027, 12, 31, 7)  # 1 January 2028 is a Saturday: observed on the Friday
    assert on_peak(2027, 12, 30, 7)
    assert not on_peak(2028, 4, 14, 7)  # Good Friday
    assert on_peak(2028, 4, 13, 7)
    assert not on_peak(2028, 4, 13, 15)  # the winter's hours hold until 15 April
    assert on_peak(2028, 4, 17, 15)
    assert not on_peak(2028, 4, 17, 7)
