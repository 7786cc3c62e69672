"""On days on which the clock changes every interval is in exactly one period, whatever the zone and the hours."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from full_counts import Count
from tariffs.drawn import HOLIDAYS, SEASONS, WEEK, bills, period_at

from meterbook.model.calendar import day_start
from meterbook.model.tariff import Tariff
from meterbook.tariffs.axis import axis
from meterbook.tariffs.calendars import Calendar
from meterbook.tariffs.checking import problems
from meterbook.tariffs.holidays import observed
from meterbook.tariffs.inputs import Account, Span, Usage

STEP = 900
FIRST, LAST = date(2000, 1, 1), date(2037, 12, 31)
HOURS: dict[str, dict[str, Any]] = {
    "a morning": {"on": [{"days": WEEK[:5], "start": "06:00", "end": "09:00", "excluding": "some"}]},
    "hours at which clocks change": {"on": [{"start": "00:00", "end": "01:00"}, {"start": "01:30", "end": "02:30"}]},
    "a night": {"night": [{"start": "22:00", "end": "05:00", "days": WEEK[4:]}]},
    "a night that begins in a season": {"night": [{"season": "s/spring", "start": "23:30", "end": "03:00"}]},
    "nights, mornings and evenings": {
        "night": [{"start": "22:00", "end": "02:00"}],
        "on": [{"start": "02:00", "end": "09:00", "days": ["sun", "mon"]}, {"start": "16:30", "end": "20:00"}],
    },
    "Sundays": {"on": [{"days": ["sun"]}]},
}


def schedule(zone: str, hours: dict[str, Any]) -> Tariff:
    periods = {**hours, "off": "rest"}
    prices = [{"period": f"p/{name}", "rate": str(number)} for number, name in enumerate(periods, start=1)]
    energy = {"charge": "energy", "name": "Energy", "rates": prices}
    fields = {
        "format": "meterbook-tariff/1", "utility": "test", "code": "T", "name": "T", "zone": zone,
        "seasons": SEASONS[3], "holidays": HOLIDAYS, "periods": {"p": periods},
        "versions": [{"start": "1990-01-01", "charges": [energy]}],
    }  # fmt: skip
    return msgspec.convert(fields, Tariff, strict=False)


@cache
def zones() -> tuple[str, ...]:
    """Zones whose clock changes, but for those that are other names of the same changes."""
    found: dict[tuple[object, ...], str] = {}
    for name in sorted(zoneinfo.available_timezones()):
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "posix/", "right/")):
            changed = _changes(name)
            if changed:
                found.setdefault((changed, _offset(changed[0], ZoneInfo(name))), name)
    return tuple(found.values())


@cache
def _changes(name: str) -> tuple[date, ...]:
    """UTC days in which the offset of a zone changes."""
    return tuple(_changing(ZoneInfo(name)))


def _changing(zone: ZoneInfo) -> Iterator[date]:
    day = FIRST
    offset = _offset(day, zone)
    while day < LAST:
        after = min(day + timedelta(days=14), LAST)
        if _offset(after, zone) != offset:
            while (now := _offset(day + timedelta(days=1), zone)) == offset:
                day += timedelta(days=1)
            yield day
            offset, after = now, day + timedelta(days=1)
        day = after


def _offset(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).astimezone(zone).utcoffset()


@pytest.mark.full
def test_every_interval_is_in_exactly_one_period_of_every_zone(count: Count) -> None:
    assert len(zones()) > 140
    for trial in count("zones whose clock changes", quick=15, full=400):
        dice = Random(trial)
        name = dice.choice(zones())
        change = dice.choice(_changes(name))
        for hours in HOURS.values():
            _check(schedule(name, hours), change)


@pytest.mark.parametrize("hours", HOURS)
@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/New_York", "2025-03-09"),
        ("America/New_York", "2025-11-02"),
        ("Australia/Lord_Howe", "2025-04-06"),  # by half an hour
        ("America/Santiago", "2025-09-07"),  # at midnight: the day begins at 01:00
        ("America/St_Johns", "2010-11-07"),  # from 00:01 into the day before
        ("Pacific/Apia", "2011-12-30"),  # a day that is not there
        ("Antarctica/Troll", "2025-03-30"),  # by two hours
    ],
)
def test_every_interval_is_in_exactly_one_period_of_odd_days(zone: str, day: str, hours: str) -> None:
    _check(schedule(zone, HOURS[hours]), date.fromisoformat(day))


def test_the_hours_divide_all_time() -> None:
    for hours in HOURS.values():
        assert list(problems(schedule("America/New_York", hours))) == []


def _check(tariff: Tariff, change: date) -> None:
    """Hold each quarter hour about a change against the clock of the standard library, and a bill of them."""
    zone = ZoneInfo(tariff.zone)
    low, high = (day_start(change + timedelta(days=days), zone) for days in (-2, 3))
    instants = range(low, high, STEP)
    names = list(tariff.periods["p"])
    numbers = Calendar(tariff, axis(low, high, STEP, zone)).periods("p")
    assert len(numbers) == len(instants)
    holidays = observed(tariff.holidays["some"], change - timedelta(days=5), change + timedelta(days=5))
    wh: dict[str, int] = {}
    load = np.array([1 + at // STEP % 97 for at in instants], np.int64)
    for at, number, value in zip(instants, numbers.tolist(), load.tolist(), strict=True):
        local = datetime.fromtimestamp(at, zone)
        (one,) = period_at(tariff, local, holidays)
        assert names[number] == one, (tariff.zone, local)
        wh[one] = wh.get(one, 0) + value
    usage = Usage(first=low, step_s=STEP, scale=3, delivered=load)
    (bill,) = bills(tariff, (Span(start=low, end=high),), usage, Account())
    assert sum(line.quantity or 0 for line in bill.lines) == Decimal(int(load.sum())) / 1000
    assert {line.rate: line.quantity for line in bill.lines} == {
        Decimal(names.index(name) + 1): Decimal(total) / 1000 for name, total in wh.items()
    }
