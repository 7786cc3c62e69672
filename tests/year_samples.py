"""A metered year and a billed one of an invented house, for the annual report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from bill_samples import thirteen

from meterbook.analysis.bills.history import history
from meterbook.analysis.metered_year import metered_year
from meterbook.analysis.year import YearFacts, year_facts
from meterbook.model.calendar import day_start, month_bounds, zone
from meterbook.model.channel import DAY_S, Channel, Quantity, ServiceCategory
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit

NEW_YORK = zone("America/New_York")
METER = Channel(utility="practice", account="7001001", service_location="70010", meter="21-345678")


def quarter_hours(year: int = 2025) -> IntervalSeries:
    """250 Wh a quarter-hour all year, 500 from 18:00 to 19:00, and 2,500 once: 8 July 17:15."""
    start, end = month_bounds(year, 1, NEW_YORK)[0], month_bounds(year, 12, NEW_YORK)[1]
    starts = np.arange(start, end, 900, dtype=np.int64)
    value = np.full(len(starts), 250, np.int64)
    day = date(year, 1, 1)
    while day.year == year:
        evening = day_start(day, NEW_YORK) + 18 * 3600
        evening += 3600 if day == date(2025, 11, 2) else -3600 if day == date(2025, 3, 9) else 0
        value[np.searchsorted(starts, evening) : np.searchsorted(starts, evening + 3600)] = 500
        day += timedelta(days=1)
    peak = day_start(date(year, 7, 8), NEW_YORK) + 17 * 3600 + 900
    value[np.searchsorted(starts, peak)] = 2500
    return IntervalSeries(channel=METER, start=starts, value=value, quality=np.zeros(len(starts), np.int8), scale=3)


def temperatures(quantity: Quantity, year: int = 2025) -> IntervalSeries:
    """Lows of 20, 40, 60 and highs of 40, 60, 80 °F, a third of the year each."""
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    base = 200 if quantity is Quantity.TEMPERATURE_LOW else 400
    value = np.array([base + 200 * (number // 122) for number in range(365)], np.int64)
    channel = replace(
        METER, meter="", category=ServiceCategory.WEATHER, quantity=quantity, unit=Unit.FAHRENHEIT, interval_s=DAY_S
    )
    starts = np.array([day_start(day, NEW_YORK) for day in days], np.int64)
    return IntervalSeries(channel=channel, start=starts, value=value, quality=np.zeros(365, np.int8), scale=1)


def facts(**more: Any) -> YearFacts:
    """2025 with all there is: bills of two years, readings, weather."""
    bills = [*thirteen(date(2024, 1, 2))[:12], *thirteen()]
    fields: dict[str, Any] = {
        "months": history(bills, months=None),
        "account": "7001001",
        "utility": "Practice Electric",
        "place": "1 Harbor Ln",
        "zone": NEW_YORK.key,
        "metered": metered_year(
            [quarter_hours()],
            2025,
            NEW_YORK,
            low=temperatures(Quantity.TEMPERATURE_LOW),
            high=temperatures(Quantity.TEMPERATURE_HIGH),
        ),
        "sources": ["12 bills from portal practice.example"],
    }
    fields |= more
    year, today = fields.pop("year", 2025), fields.pop("today", date(2026, 2, 10))
    return year_facts(year, today, fields.pop("months"), **fields)
