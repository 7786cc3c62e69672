"""Every member of the practice co-op, from log-in to stored readings: what the meter measured is in the book."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from house import FAR, account_numbers, differing, filled, meter_series, same_register

from meterbook.model.calendar import day_start, local_date
from meterbook.model.channel import MONTH_S
from meterbook.practice import truth
from meterbook.practice.settings import ExportFlow, Settings
from meterbook.practice.truth import series as true_series

TODAY = date(2026, 3, 20)  # a spring night a fortnight back, an autumn night four months back
MEMBERS = [
    "household", "timeofuse", "solar", "prepaid", "water", "demand", "exchange", "newcomer", "totp", "outage",
    "revised", "gas", "cottage",
]  # fmt: skip


@pytest.mark.parametrize("name", MEMBERS)
def test_what_the_meter_measured_is_what_the_book_holds(name: str, tmp_path: Path) -> None:
    settings = Settings(today=TODAY, pending=0)
    true = [one for account in account_numbers(settings, name) for one in true_series(settings, account, posted=True)]
    true = [one for one in true if len(one) and one.channel.interval_s < MONTH_S]
    since = date(2025, 10, 15)
    if name == "exchange":  # far enough back to see the old meter too
        old_meter_ended = min(int(one.start[-1]) for one in true)
        since = local_date(old_meter_ended, settings.tz) - timedelta(days=20)
    book, report = filled(tmp_path, settings, name, since=since)
    assert report.complete, report
    compared = 0
    for one in true:
        expected = one.clip(day_start(since, settings.tz), FAR)
        stored = same_register(meter_series(book, one.channel.account), one)
        assert not differing(stored, expected)
        compared += len(stored)
    assert compared > 100
    assert len({one.channel.meter for one in true}) == (2 if name == "exchange" else 1) or name in ("water", "gas")


def test_exports_under_other_names_and_signs_are_the_same_readings(tmp_path: Path) -> None:
    for flow in (ExportFlow.RETURN, ExportFlow.REVERSE, ExportFlow.NET):
        settings = Settings(today=TODAY, pending=0, export_flow=flow)
        book, report = filled(tmp_path / flow, settings, "solar", since=date(2026, 2, 20))
        assert report.complete
        (account,) = account_numbers(settings, "solar")
        since = day_start(date(2026, 2, 20), settings.tz)
        true = {one.channel.flow: one for one in truth.series(settings, account)}
        for stored in meter_series(book, account):
            assert not differing(stored, true[stored.channel.flow].clip(since, FAR))


def test_an_old_mechanical_meter_has_months_and_nothing_finer(tmp_path: Path) -> None:
    settings = Settings(today=TODAY, pending=0)
    book, report = filled(tmp_path, settings, "mechanical")
    assert report.complete
    (found,) = meter_series(book, *account_numbers(settings, "mechanical"))
    assert found.channel.interval_s == MONTH_S
    assert len(found) >= 12
