"""Schedule R of Carteret-Craven: three bills worked by hand, of 1,000 kWh each."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from meterbook.book.schedules import schedule
from meterbook.tariffs.inputs import Account, Usage, months
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price

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
