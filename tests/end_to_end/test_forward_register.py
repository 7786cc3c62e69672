"""A meter whose one forward register goes negative: one net channel a quantity and step, whatever window shows it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from house import FAR, account_numbers, connect, differing, meter_series

from meterbook.book import Book
from meterbook.model.calendar import day_start
from meterbook.model.channel import DAY_S, FlowDirection
from meterbook.practice.server import running
from meterbook.practice.settings import ExportFlow, Settings
from meterbook.practice.truth import series as true_series
from meterbook.sync.settings import Settings as SyncSettings

SETTINGS = Settings(today=date(2026, 7, 10), pending=0, export_flow=ExportFlow.FORWARD)


def test_summer_days_show_that_the_register_is_net_and_winter_s_join_them(tmp_path: Path) -> None:
    book = Book.open(tmp_path)
    (account,) = account_numbers(SETTINGS, "solar")
    since = date(2026, 1, 10)
    with running(SETTINGS) as practice:
        connect(book, SETTINGS, practice.listening.url, "solar")
        assert book.sync(settings=SyncSettings(since=since, in_flight=2)).complete
    channels = [item.channel for item in book.records.channels() if item.channel.meter]
    assert {one.flow for one in channels} == {FlowDirection.NET}
    assert len({(one.meter, one.quantity, one.interval_s) for one in channels}) == len(channels)
    (found,) = [one for one in book.records.findings() if one.finding.name == "flow.forward-negative"]
    assert found.finding.data["service_location"]
    true = {one.channel.flow: one for one in true_series(SETTINGS, account)}[FlowDirection.NET]
    expected = true.clip(day_start(since, SETTINGS.tz), FAR)
    (fine,) = [one for one in meter_series(book, account) if one.channel.interval_s < DAY_S]
    assert not differing(fine, expected)
    (daily,) = book.readings(account, interval_s=DAY_S)
    assert daily.series.value.min() < 0 < daily.series.value.max()
