"""How far back a book goes: as far as the portal, also when a first sync was told to bring less."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from house import account_numbers, connect, meter_series

from meterbook.book import Book
from meterbook.practice.server import running
from meterbook.practice.settings import Settings
from meterbook.sync.settings import Settings as SyncSettings

TODAY = date(2026, 3, 20)


def test_a_sync_told_to_bring_a_part_leaves_the_rest_to_the_next_and_asks_for_nothing_twice(tmp_path: Path) -> None:
    settings = Settings(today=TODAY, pending=0)
    (account,) = account_numbers(settings, "household")
    with Book.open(tmp_path) as book, running(settings) as practice:
        connect(book, settings, practice.listening.url, "household")
        assert book.sync(settings=SyncSettings(since=date(2026, 2, 1))).complete
        (part,) = meter_series(book, account)
        practice.portal.asked.reset()
        assert book.sync().complete
        (whole,) = meter_series(book, account)
        asked_again = [
            poll
            for poll in practice.portal.asked.report()["polls"]
            if poll["timeFrame"] == "HOURLY" and poll["end"] // 1000 <= int(part.start[-1]) - 8 * 86_400
            and poll["start"] // 1000 >= int(part.start[0])
        ]  # fmt: skip
    assert int(whole.start[0]) == settings.data_start
    assert len(whole) > 30 * len(part) / 2
    assert not asked_again
