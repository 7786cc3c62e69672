"""A sync that is interrupted, and one that is taken up long after."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from house import FAR, connect, differing, meter_series, same_register

from meterbook.book import Book
from meterbook.model.calendar import day_bounds, day_start, local_date
from meterbook.model.channel import DAY_S
from meterbook.practice.server import running
from meterbook.practice.settings import FallNight, Settings, default_today
from meterbook.practice.truth import series as true_series
from meterbook.sync.settings import Settings as SyncSettings

TODAY = default_today("America/New_York", None)
SETTINGS = Settings(today=TODAY, pending=0)


def test_ctrl_c_leaves_a_run_that_goes_on(tmp_path: Path) -> None:
    settings = replace(SETTINGS, pending=1)
    with running(settings) as practice:
        with Book.open(tmp_path) as book:
            (account,) = connect(book, settings, practice.listening.url, "household")
        practice.portal.asked.reset()
        words = [sys.executable, "-m", "meterbook", "--book", str(tmp_path), "sync", "--json", "--in-flight", "2"]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while len(practice.portal.asked.polls) < 25 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
        assert process.returncode not in (0, 1)
        assert "Traceback" not in said
        with Book.open(tmp_path) as book:
            (run,) = book.records.runs()
            assert run.state == "running"
            assert book.sync().complete
            (run,) = book.records.runs()  # the same run, finished: it was fresh
            assert run.state == "done"
            repeated = sum(complete - 1 for _, complete in practice.portal.asked.polls.values() if complete > 1)
            assert repeated <= 2
            true = min(true_series(settings, account), key=lambda one: one.channel.interval_s)
            assert not differing(same_register(meter_series(book, account), true), true)


def test_a_run_cut_off_days_ago_is_finished_and_then_brought_up_to_date(tmp_path: Path) -> None:
    since = TODAY - timedelta(days=60)
    with running(SETTINGS) as practice, Book.open(tmp_path) as book:
        (account,) = connect(book, SETTINGS, practice.listening.url, "household")
        then = day_start(TODAY - timedelta(days=9), SETTINGS.tz)
        book.records.start_run(1, horizon=then, at=datetime.fromtimestamp(then, UTC))
        assert book.sync(settings=SyncSettings(since=since)).complete
        newer, older = book.records.runs()
        assert (newer.state, older.state, older.horizon) == ("done", "done", then)
        assert newer.horizon > older.horizon
        true = min(true_series(SETTINGS, account), key=lambda one: one.channel.interval_s)
        stored = same_register(meter_series(book, account), true)
        assert not differing(stored, true.clip(day_start(since, SETTINGS.tz), FAR))


def test_a_repeated_hour_seen_before_the_cut_is_judged_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(SETTINGS, fall=FallNight.MERGED)
    night = max(
        day
        for back in range(400)
        if (day := TODAY - timedelta(days=back)).month == 11 and is_autumn_night(day, settings)
    )
    sync = SyncSettings(since=night - timedelta(days=20))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with running(settings) as practice, Book.open(tmp_path) as book:
        connect(book, settings, practice.listening.url, "household")
        with monkeypatch.context() as patch:
            patch.setattr("meterbook.sync.account.save_meters", killed)  # what comes once the streams are brought
            with pytest.raises(KeyboardInterrupt):
                book.sync(settings=sync)
        names = {one.finding.name for one in book.records.findings()}
        assert ("time.autumn-ambiguous" in names, "time.autumn-merged" in names) == (True, False)
        assert book.sync(settings=sync).complete
        (found,) = book.records.findings(name="time.autumn-merged")
        assert found.finding.start is not None
        assert local_date(found.finding.start, settings.tz) == night


def is_autumn_night(day: date, settings: Settings) -> bool:
    low, high = day_bounds(day, settings.tz)
    return high - low > DAY_S
