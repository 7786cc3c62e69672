"""The prepaid ledger: every day charged by the sheet, no day missing, never without credit for long."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from billing_world import SETTINGS, TODAY, account

from meterbook.practice import truth
from meterbook.practice.billing.prepaid import average, daily_charge, ledger
from meterbook.practice.people import Story
from meterbook.practice.settings import midnight

D = Decimal


@pytest.mark.parametrize(
    ("day", "kwh", "charge"),
    [
        # 1.16 + 30 × 0.09425 = 2.8275 → 2.83; × -0.0012 = -0.036 → -0.04; 0.79 / 30 = 0.03; 3.98 + 7 % 0.28
        (date(2026, 11, 24), "30.000", "4.26"),
        # 1.16 + 45.5 × 0.10280 = 4.6774 → 4.68; × 0.0057 = 0.25935 → 0.26; 0.03; 6.13 + 0.43
        (date(2026, 7, 4), "45.500", "6.56"),
        # Before 16 March 2026: 1.08 + 20 × 0.09150 = 1.83; × -0.0048 = -0.096 → -0.10; 0.03; 2.84 + 0.20
        (date(2026, 3, 15), "20.000", "3.04"),
        (date(2025, 11, 2), "0.000", "1.19"),  # 1.08 + 0.85 / 30 → 0.03; 1.11 + 0.08
    ],
)
def test_a_day_costs_what_the_sheet_says(day: date, kwh: str, charge: str) -> None:
    assert daily_charge(day, D(kwh)) == D(charge)


def test_the_ledger_has_every_day_and_its_balance_runs_on() -> None:
    days = ledger(account(Story.PREPAID))
    assert days[-1].day == TODAY - timedelta(days=1)
    for earlier, later in pairwise(days):
        assert later.day == earlier.day + timedelta(days=1)
        assert later.balance == (earlier.balance or 0) + (later.payment or 0) - (later.charge or 0)
    assert all(day.charge == daily_charge(day.day, day.usage or D(0)) for day in days)
    assert min(day.balance or D(0) for day in days) > -5
    assert average(days) == (sum(day.charge or D(0) for day in days[-30:]) / 30).quantize(D("0.01"), "ROUND_HALF_UP")


def test_a_days_kwh_are_its_intervals_also_where_clocks_change() -> None:
    (series,) = truth.series(SETTINGS, account(Story.PREPAID).contract.number)
    by_day = {day.day: day for day in ledger(account(Story.PREPAID))}
    for day in (date(2025, 11, 2), date(2026, 3, 8), date(2026, 7, 4)):
        bounds = midnight(day, SETTINGS.tz), midnight(day + timedelta(days=1), SETTINGS.tz)
        low, high = np.searchsorted(series.start, bounds)
        assert by_day[day].usage == D(int(series.value[low:high].sum())).scaleb(-3)


def test_a_later_day_adds_to_the_ledger_and_changes_nothing() -> None:
    held = account(Story.PREPAID)
    later = replace(held, settings=replace(SETTINGS, today=TODAY + timedelta(days=9)))
    now, then = ledger(held), ledger(later)
    assert then[: len(now)] == now
    assert len(then) == len(now) + 9
