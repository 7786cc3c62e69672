"""One sync after another: what is asked, what changes, what stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from house import FAR, connect, differing, meter_series, move_today, same_register, spoil

from meterbook.book import Book
from meterbook.model.calendar import day_start
from meterbook.model.channel import DAY_S
from meterbook.practice.server import Running, running
from meterbook.practice.settings import Settings, Step, default_today
from meterbook.practice.truth import series as true_series
from meterbook.sync.report import SyncReport
from meterbook.sync.settings import Settings as SyncSettings

TODAY = default_today("America/New_York", None)
SETTINGS = Settings(today=TODAY, pending=0)
BILLS = 14  # requests of a first sync for bills: the list, and a document a month
RECENT = SyncSettings(since=TODAY - timedelta(days=40))


def total(practice: Running, book: Book, settings: SyncSettings | None = None) -> tuple[SyncReport, int]:
    """A sync's report, and how many requests it took."""
    practice.portal.asked.reset()
    report = book.sync(settings=settings)
    return report, practice.portal.asked.report()["total"]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Book.open(tmp_path) as book:
        yield book


@pytest.mark.parametrize(
    ("name", "first", "later"),
    [("household", 90, 13), ("cottage", 90, 13), ("mechanical", 40, 13), ("water", 130, 16)],
)
def test_first_and_second_syncs_ask_little(name: str, first: int, later: int, book: Book) -> None:
    with running(SETTINGS) as practice:
        connect(book, SETTINGS, practice.listening.url, name)
        report, asked = total(practice, book)
        assert report.complete
        assert asked <= first + BILLS
        before = sum(one.new for one in report.connections[0].accounts)
        report, asked = total(practice, book)
        assert report.complete
        assert asked <= later
        assert before > 0 == sum(one.new + one.revised for one in report.connections[0].accounts)


def test_a_stream_that_fell_silent_years_ago_is_asked_little(book: Book) -> None:
    """A portal whose newest reading is two years old: found, and not searched anew each time."""
    then = replace(SETTINGS, today=TODAY - timedelta(days=730))
    with running(then) as practice:
        connect(book, then, practice.listening.url, "household")
        report, asked = total(practice, book)
        assert report.complete
        assert report.connections[0].accounts[0].new > 3 * 35_000
        assert asked <= 110 + BILLS
        for _ in range(2):
            report, asked = total(practice, book)
            assert report.complete
            assert asked <= 25


def test_two_syncs_at_once_wait_for_each_other_and_the_second_asks_little(book: Book, tmp_path: Path) -> None:
    with running(SETTINGS) as practice:
        connect(book, SETTINGS, practice.listening.url, "household")
        practice.portal.asked.reset()
        reports: list[SyncReport] = []

        def work() -> None:
            with Book.open(tmp_path) as own:
                reports.append(own.sync())

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [report.complete for report in reports] == [True, True]
        asked = practice.portal.asked.report()["total"]
        assert asked <= 90 + 13 + BILLS
        assert {report.connections[0].accounts[0].revised for report in reports} == {0}
        assert 0 in {report.connections[0].accounts[0].new for report in reports}


def test_since_reaches_back_when_asked_to_and_again_costs_nothing(book: Book) -> None:
    with running(SETTINGS) as practice:
        connect(book, SETTINGS, practice.listening.url, "household")
        assert book.sync(settings=RECENT).complete
        further = SyncSettings(since=TODAY - timedelta(days=130))
        report, asked = total(practice, book, further)
        assert report.complete
        (stored,) = [
            one for one in meter_series(book, report.connections[0].accounts[0].account)
            if one.channel.interval_s < DAY_S
        ]  # fmt: skip
        assert int(stored.start[0]) == day_start(TODAY - timedelta(days=130), SETTINGS.tz)
        report, asked = total(practice, book, further)
        assert (report.complete, report.connections[0].accounts[0].new) == (True, 0)
        assert asked <= 13


def test_closed_accounts_are_left_out_until_they_are_asked_for(book: Book) -> None:
    with running(SETTINGS) as practice:
        connect(book, SETTINGS, practice.listening.url, "moved")
        (connection,) = book.sync(settings=RECENT).connections
        assert connection.complete
        assert (len(connection.accounts), connection.closed) == (1, ("4400013001",))
        (connection,) = book.sync(include_closed=True).connections
        assert connection.complete
        assert connection.closed == ()
        closed = next(one for one in connection.accounts if one.account == "4400013001")
        assert closed.new > 10_000


def test_an_account_that_vanishes_keeps_its_readings_and_one_that_appears_is_brought(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    from meterbook.practice import profile

    plain = profile.user_data
    hidden = {"0700006001"}

    def some(*asked: object) -> object:
        rows = plain(*asked)  # type: ignore[arg-type]
        return [row for row in rows if row["account"] not in hidden]  # type: ignore[index]

    monkeypatch.setattr(profile, "user_data", some)
    settings = SyncSettings(since=TODAY - timedelta(days=5))
    with running(SETTINGS) as practice:
        connect(book, SETTINGS, practice.listening.url, "portfolio")
        report = book.sync(settings=settings)
        assert report.complete
        assert len(report.connections[0].accounts) == 11
        hidden.clear()
        hidden.add("0700006012")
        report = book.sync(settings=settings)
        assert report.complete
        by_number = {one.account: one for one in report.connections[0].accounts}
        assert by_number["0700006001"].new > 900
        assert "0700006012" not in by_number
        assert sum(len(one) for one in meter_series(book, "0700006012")) > 400


def test_estimates_revised_later_are_counted_and_the_old_value_stays_readable(book: Book) -> None:
    first = date(2026, 3, 20)
    settings = Settings(today=first, pending=0, anchor=first)
    with running(settings) as practice:
        (account,) = connect(book, settings, practice.listening.url, "revised")
        sync = SyncSettings(since=date(2026, 3, 1))
        assert book.sync(settings=sync).complete
        known = datetime.now(UTC)
        before = min(meter_series(book, account), key=lambda one: one.channel.interval_s)
        later = replace(settings, today=first + timedelta(days=6))
        move_today(practice.listening.url, later.today)
        report = book.sync(settings=sync)
        assert report.complete
        assert report.connections[0].accounts[0].revised > 0
    (now,) = book.readings(account)
    assert differing(now.series.clip(0, int(before.start[-1]) + 1), before)
    (then,) = book.readings(account, as_of=known)
    assert not differing(then.series, before)
    true = min(true_series(later, account, posted=True), key=lambda one: one.channel.interval_s)
    assert not differing(now.series, true.clip(day_start(date(2026, 3, 1), settings.tz), FAR))


def test_an_outage_is_filled_in_late_and_a_hole_that_stays_is_not_asked_for_for_ever(book: Book) -> None:
    today = TODAY
    settings = Settings(today=today, pending=0)
    with running(settings) as practice:
        (account,) = connect(book, settings, practice.listening.url, "household")
        hole = day_start(today - timedelta(days=20), settings.tz), day_start(today - timedelta(days=18), settings.tz)
        from meterbook.practice.registers import Point, Readings, Register

        plain = Point.readings
        lost = [True]

        def with_hole(self: Point, register: Register, start: int, end: int) -> Readings:
            found = plain(self, register, start, end)
            inside = (found.start >= hole[0]) & (found.start < hole[1])
            return replace(found, lost=found.lost | inside) if lost[0] else found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Point, "readings", with_hole)
            report = book.sync(settings=RECENT)
            assert report.complete
            assert report.connections[0].accounts[0].missing == 2 * 96
            report, asked = total(practice, book, RECENT)
            assert (report.complete, report.connections[0].accounts[0].new) == (True, 0)
            assert asked <= 15  # the hole is asked for again, in one window a frame
            lost[0] = False
            report, asked = total(practice, book, RECENT)
            assert (report.connections[0].accounts[0].missing, asked <= 15) == (0, True)
            report, asked = total(practice, book, RECENT)
            assert asked <= 13
        true = min(true_series(settings, account), key=lambda one: one.channel.interval_s)
        stored = same_register(meter_series(book, account), true)
        assert RECENT.since is not None
        assert not differing(stored, true.clip(day_start(RECENT.since, settings.tz), FAR))
        (daily,) = book.readings(account, interval_s=DAY_S)
        day = daily.series.clip(*hole)
        assert len(day) == 2
        for start, value in zip(day.start.tolist(), day.value.tolist(), strict=True):
            whole = stored.rescaled(daily.series.scale) if stored.scale < daily.series.scale else stored
            part = whole.clip(start, start + DAY_S)
            scale = 10 ** (whole.scale - daily.series.scale)
            assert abs(int(part.value.sum()) - value * scale) <= scale


@pytest.mark.parametrize("more", [{"outside_points": True}, {"stray_point": True}, {"late_hours": 30}])
def test_what_lies_at_windows_edges_or_comes_late_is_stored_as_measured(more: dict[str, object], book: Book) -> None:
    settings = replace(SETTINGS, **more)  # type: ignore[arg-type]
    story = "newcomer" if "stray_point" in more else "household"
    since = TODAY - timedelta(days=100)
    with running(settings) as practice:
        (account,) = connect(book, settings, practice.listening.url, story)
        report = book.sync(settings=SyncSettings(since=since) if story == "household" else None)
        assert report.complete
        true = min(true_series(settings, account, posted=True), key=lambda one: one.channel.interval_s)
        stored = same_register(meter_series(book, account), true)
        assert not differing(stored, true.clip(day_start(since, settings.tz) if story == "household" else 0, FAR))
        practice.portal._set(replace(settings, late_hours=0))
        assert book.sync().complete
        whole = min(true_series(SETTINGS, account), key=lambda one: one.channel.interval_s)
        stored = same_register(meter_series(book, account), whole)
        assert int(stored.start[-1]) == SETTINGS.data_end - 900


def test_a_portal_that_keeps_intervals_for_13_months_and_days_for_longer(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest = day_start(TODAY - timedelta(days=395), SETTINGS.tz)
    empty = b'{"ELECTRIC":[]}'
    spoil(monkeypatch, lambda query: query.request.time_frame == "HOURLY" and query.request.end <= oldest, empty)
    with running(SETTINGS) as practice:
        (account,) = connect(book, SETTINGS, practice.listening.url, "household")
        report, asked = total(practice, book)
        assert report.complete
        assert asked <= 70 + BILLS
        fine, daily = sorted(
            (one.series for step in (900, DAY_S) for one in book.readings(account, interval_s=step)),
            key=lambda one: one.channel.interval_s,
        )
        assert (
            395
            <= (TODAY.toordinal() - datetime.fromtimestamp(int(fine.start[0]), SETTINGS.tz).date().toordinal())
            < 430
        )
        assert len(daily) > 1000
        report, asked = total(practice, book)
        assert asked <= 13


def test_a_meter_that_is_read_once_a_month_has_no_trouble(book: Book) -> None:
    settings = replace(SETTINGS, step=Step.NONE)
    with running(settings) as practice:
        connect(book, settings, practice.listening.url, "household")
        report, asked = total(practice, book)
        assert report.complete
        assert asked <= 45 + BILLS
        report, asked = total(practice, book)
        assert asked <= 13


def test_an_exchanged_meter_is_two_meters_with_the_day_between_them(book: Book) -> None:
    with running(SETTINGS) as practice:
        (account,) = connect(book, SETTINGS, practice.listening.url, "exchange")
        assert book.sync().complete
    meters = [
        meter for stored in book.records.accounts() for place in stored.account.locations for meter in place.meters
    ]
    old, new = sorted(meters, key=lambda meter: meter.installed is not None)
    assert old.removed is not None
    assert old.removed == new.installed
    assert {one.channel.meter for one in meter_series(book, account)} == {old.number, new.number}
    true = {one.channel.meter: one for one in true_series(SETTINGS, account) if len(one)}
    for one in meter_series(book, account):
        if one.channel.interval_s < DAY_S:
            assert not differing(one, true[one.channel.meter])
