"""A sync on a bad day: it ends, keeps what was good, says the rest with a typed error, and the next one completes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from house import FAR, account_numbers, connect, differing, meter_series, same_register, spoil

from meterbook.book import Book
from meterbook.model.calendar import day_start
from meterbook.model.channel import DAY_S
from meterbook.model.errors import PortalUnavailable, SignInRefused, StillPending, TooManyRequests
from meterbook.portals.base import Pace
from meterbook.practice import answers
from meterbook.practice.faults import parse
from meterbook.practice.portal import Portal
from meterbook.practice.server import running
from meterbook.practice.settings import Settings
from meterbook.practice.truth import series as true_series
from meterbook.sync.report import SyncReport
from meterbook.sync.settings import Settings as SyncSettings

SETTINGS = Settings(today=date(2026, 3, 20), pending=0)
SINCE = date(2026, 2, 1)
SYNC = SyncSettings(since=SINCE, documents=False)  # what is counted here is requests for readings
MOST = 34  # requests of a first sync since then; the computer's own clock says how many months are empty
LOG_IN = "/services/oauth/auth/v2"


@contextmanager
def household(folder: Path) -> Iterator[tuple[Book, Portal]]:
    """A book with one connected household, and its portal, which has been asked nothing yet."""
    with running(SETTINGS) as practice, Book.open(folder) as book:
        connect(book, SETTINGS, practice.listening.url, "household")
        practice.portal.asked.reset()
        yield book, practice.portal


def play(portal: Portal, *faults: str) -> None:
    portal._set(replace(SETTINGS, faults=tuple(parse(fault) for fault in faults)))
    portal.asked.reset()


def completes(book: Book, portal: Portal, since: date = SINCE) -> None:
    """The next sync, on a good day, has everything, asking no more than a first one."""
    play(portal)
    report = book.sync(settings=replace(SYNC, since=since))
    assert report.complete, report
    assert portal.asked.report()["total"] <= MOST
    (account,) = account_numbers(SETTINGS, "household")
    true = min(true_series(SETTINGS, account), key=lambda one: one.channel.interval_s)
    stored = same_register(meter_series(book, account), true)
    assert not differing(stored, true.clip(day_start(since, SETTINGS.tz), FAR))


def error_of(report: SyncReport) -> object:
    (connection,) = report.connections
    assert not report.complete
    assert connection.error is not None
    assert connection.error.hint
    return connection.error


@pytest.mark.parametrize(
    ("fault", "kind", "most"),
    [
        ("429:1", TooManyRequests, 6),
        ("502:1", PortalUnavailable, 6),
        ("503:1@poll", PortalUnavailable, 50),
        ("html:1", PortalUnavailable, 3),
        ("html:1@poll", PortalUnavailable, 16),
        ("token-expiry:1", SignInRefused, 5),
        ("token-expiry:1@poll", None, 60),
        ("truncated:1", PortalUnavailable, 40),
        ("drop:1", PortalUnavailable, 6),
        ("500:1@login", PortalUnavailable, 5),
        ("drop:1@login", PortalUnavailable, 3),
    ],
)
def test_a_fault_that_stays_ends_the_sync_soon_and_the_next_one_completes(
    fault: str, kind: type[Exception] | None, most: int, tmp_path: Path
) -> None:
    with household(tmp_path) as (book, portal):
        play(portal, fault)
        report = book.sync(settings=SYNC)
        if kind is None:  # the call is closed to this log-in while others are answered
            assert not report.complete
            assert {trouble.error.code for trouble in report.connections[0].accounts[0].troubles} == {
                "portal.access-refused"
            }
        else:
            assert isinstance(error_of(report), kind)
        assert portal.asked.report()["total"] <= most
        assert portal.asked.paths[LOG_IN] <= 8
        completes(book, portal)


@pytest.mark.parametrize(
    "faults",
    [
        ("500:0.2", "drop:0.1"),
        ("token-expiry:0.2",),
        ("token-expiry:0.1", "503:0.1", "502:0.1", "truncated:0.05"),
        ("revision:0.3",),
    ],
)
def test_a_fault_that_passes_costs_a_few_calls_more_and_no_reading(faults: tuple[str, ...], tmp_path: Path) -> None:
    with household(tmp_path) as (book, portal):
        play(portal, *faults)
        # One window at a time: side by side, chance decides which call a fault strikes, and may strike one twice.
        report = book.sync(settings=replace(SYNC, in_flight=1))
        assert report.complete, report
        assert portal.asked.report()["total"] <= 100
        completes(book, portal)


def test_lost_tokens_are_replaced_once_each_however_many_calls_share_them(tmp_path: Path) -> None:
    with household(tmp_path) as (book, portal):
        play(portal, "token-expiry:0.2")
        assert book.sync(settings=replace(SYNC, since=date(2024, 1, 1), in_flight=8)).complete
        assert portal.asked.faults["token-expiry"] >= 5
        assert portal.asked.paths[LOG_IN] <= portal.asked.faults["token-expiry"] + 1


def test_an_answer_that_never_gets_ready_is_left_to_the_next_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = Pace(in_flight=2, gap_s=(0, 0), wait_s=(0.01, 0.01), pending_limit_s=0.1, tries=2)
    monkeypatch.setattr("meterbook.book.syncing.pace_of", lambda host, slug: quick)
    with household(tmp_path) as (book, portal):
        play(portal, "pending:1")
        assert isinstance(error_of(book.sync(settings=SYNC)), StillPending)
        assert len(portal.asked.polls) <= 6
        completes(book, portal)


CUT_OFF = b'{"ELECTRIC":[{"type":"USA'
OTHER_SHAPE = b'{"ELECTRIC":[{"type":"USAGE","series":"none"}]}'
OTHER_UNIT = b'{"ELECTRIC":[{"type":"USAGE","unitOfMeasure":"BANANAS","series":[{"name":"1","data":[{"x":1,"y":1}]}]}]}'


@pytest.mark.parametrize(
    ("body", "code", "in_flight"),
    [
        (CUT_OFF, "portal.unavailable", 1),
        (CUT_OFF, "portal.unavailable", 8),
        (OTHER_SHAPE, "portal.changed", 8),
        (OTHER_UNIT, "input.unknown-code", 1),
    ],
)
def test_a_window_that_stays_bad_costs_no_other_one(
    body: bytes, code: str, in_flight: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = day_start(date(2026, 2, 25), SETTINGS.tz)
    since = date(2025, 12, 1)
    settings = replace(SYNC, since=since, in_flight=in_flight)
    with household(tmp_path) as (book, portal):
        with monkeypatch.context() as patch:
            spoil(
                patch,
                lambda query: (
                    query.request.time_frame == "HOURLY" and query.request.start <= moment < query.request.end
                ),
                body,
            )
            for _ in range(2):  # neither a resumed nor a new sync gets stuck at it, or asks for the rest again
                portal.asked.reset()
                report = book.sync(settings=settings)
                (account,) = report.connections[0].accounts
                assert [trouble.error.code for trouble in account.troubles] == [code]
                assert report.connections[0].error is None
                (stored,) = [one for one in meter_series(book, account.account) if one.channel.interval_s < DAY_S]
                assert int(stored.start[0]) == day_start(since, SETTINGS.tz)
                assert int(stored.start[-1]) == SETTINGS.data_end - 900
            assert portal.asked.report()["total"] <= MOST
        completes(book, portal, since)


def test_a_portal_that_fails_windows_older_than_its_data_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest = SETTINGS.data_end - 400 * DAY_S
    with household(tmp_path) as (book, portal):
        spoil(monkeypatch, lambda query: query.request.end <= oldest)
        assert book.sync().complete
        portal.asked.reset()
        assert book.sync().complete
        assert portal.asked.report()["total"] <= 14  # one of them for bills


def test_another_account_s_refusal_stops_no_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(SETTINGS) as practice, Book.open(tmp_path) as book:
        first, *rest = connect(book, SETTINGS, practice.listening.url, "portfolio")
        with monkeypatch.context() as patch:
            spoil(patch, lambda query: query.account == first, answers.Forbidden())
            part = replace(SYNC, since=date(2026, 3, 5))
            report = book.sync(settings=part)
            assert not report.complete
            by_number = {one.account: one for one in report.connections[0].accounts}
            assert {trouble.error.code for trouble in by_number[first].troubles} == {"portal.access-refused"}
            assert all(by_number[number].new > 1000 and not by_number[number].troubles for number in rest)
        assert book.sync(settings=part).complete


def test_finer_frames_that_a_water_meter_lacks_are_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, lambda query: query.industries == ("WATER",) and query.request.time_frame != "MONTHLY")
    with running(SETTINGS) as practice, Book.open(tmp_path) as book:
        connect(book, SETTINGS, practice.listening.url, "water")
        for most in (8, 4):
            practice.portal.asked.reset()
            assert book.sync().complete
            refused = [key for key in practice.portal.asked.polls if key[2] == "WATER" and key[3] != "MONTHLY"]
            assert len(refused) <= most
