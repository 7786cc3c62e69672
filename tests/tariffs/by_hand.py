"""A load, and what schedules make of it by plain arithmetic on a calendar made with the standard library alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from meterbook.model.tariff import Tariff
from meterbook.tariffs.bill import PricedStatement
from meterbook.tariffs.checking import problems
from meterbook.tariffs.inputs import Account, Usage, months
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price

ZONE = ZoneInfo("America/New_York")
START, END = (int(datetime(year, 1, 1, tzinfo=ZONE).timestamp()) for year in (2025, 2026))
STEP = 900


@cache
def load() -> tuple[tuple[datetime, int], ...]:
    """A year of quarter hours: local start, and Wh."""
    dice = Random(20250309)
    rows = []
    for number in range((END - START) // STEP):
        local = datetime.fromtimestamp(START + number * STEP, ZONE)
        evening = 3 if 17 <= local.hour < 21 else 1
        rows.append((local, dice.randrange(40, 400) * evening))
    return tuple(rows)


def usage() -> Usage:
    """The load as the engine takes it."""
    return Usage(first=START, step_s=STEP, scale=3, delivered=np.array([wh for _, wh in load()], np.int64))


def tariff(charges: list[dict[str, Any]], **more: Any) -> Tariff:
    """A schedule of one version, amounts to the hundred-millionth of a dollar unless it says otherwise."""
    fields = {
        "format": "meterbook-tariff/1", "utility": "test", "code": "T", "name": "Test", "zone": ZONE.key,
        "versions": [{"start": "2000-01-01", "charges": charges, "rounding": {"places": 8}}], **more,
    }  # fmt: skip
    made = msgspec.convert(fields, Tariff, strict=False)
    assert list(problems(made)) == []
    return made


def bills(schedule: Tariff, account: Account | None = None, used: Usage | None = None) -> list[PricedStatement]:
    """The twelve bills of calendar months."""
    spans = months(START, END, ZONE)
    return price(plan(schedule, spans, first=START, end=END, step_s=STEP), used or usage(), account)


def by_month() -> Iterator[list[tuple[datetime, Decimal]]]:
    """The load of each month in kWh."""
    for month in range(1, 13):
        yield [(at, Decimal(wh) / 1000) for at, wh in load() if at.month == month]


def utc(instant: int) -> datetime:
    """An instant as a datetime."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant)
