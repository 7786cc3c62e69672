"""What a sync spends on log-ins: never a refused password twice, nothing on a wrong clock, nothing without a grant."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from house import account_numbers, connect, log_in

from meterbook.book import Book, syncing
from meterbook.book.connecting import Wanted, Ways
from meterbook.consent.vault import Credentials
from meterbook.model.errors import AccountLocked, AuthorizationExpired, ClockWrong, HostUnreachable, SignInRefused
from meterbook.portals.smarthub.client import SmartHub
from meterbook.practice.server import Running, running
from meterbook.practice.sessions import Outcome
from meterbook.practice.settings import Settings
from meterbook.sync.settings import Settings as SyncSettings

SETTINGS = Settings(today=date(2026, 3, 20), pending=0)
SYNC = SyncSettings(since=date(2026, 3, 10))
LOG_IN = "/services/oauth/auth/v2"


@pytest.fixture
def practice() -> Iterator[Running]:
    with running(SETTINGS) as practice:
        yield practice


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with Book.open(tmp_path) as book:
        yield book


def clock(off: float) -> float:
    return time.time() + off


def with_password(book: Book, number: int, password: str) -> None:
    user = book.records.connection(number).user
    book.vault.put(number, Credentials(user=user, password=password, totp_secret=None))


def test_a_wrong_password_is_sent_once_in_however_many_syncs(book: Book, practice: Running) -> None:
    connect(book, SETTINGS, practice.listening.url, "household")
    with_password(book, 1, "wrong")
    practice.portal.asked.reset()
    for _ in range(3):
        (report,) = book.sync().connections
        assert isinstance(report.error, SignInRefused)
        assert report.error.hint
        assert "connect" in report.error.hint
    assert practice.portal.asked.paths[LOG_IN] == 1
    connect(book, SETTINGS, practice.listening.url, "household")  # the member connects anew, with the right one
    assert book.sync(settings=SYNC).complete


def test_two_connections_with_one_log_in_send_a_wrong_password_once(book: Book, practice: Running) -> None:
    connect(book, SETTINGS, practice.listening.url, "household")
    member = log_in(SETTINGS, "household")
    book.connect(
        Wanted(utility=practice.listening.url, user=str(member["email"]), zone=SETTINGS.zone),
        ways=Ways(password=lambda: str(member["password"])),
    )
    numbers = [one.id for one in book.connections()]
    assert len(numbers) == 2
    for number in numbers:
        with_password(book, number, "wrong")
    practice.portal.asked.reset()
    for _ in range(2):
        assert [type(one.error) for one in book.sync().connections] == [SignInRefused, SignInRefused]
    assert practice.portal.asked.paths[LOG_IN] == 1


def test_a_password_changed_in_mid_run_is_refused_once_and_nothing_is_asked_after(
    book: Book, practice: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(book, SETTINGS, practice.listening.url, "household")
    practice.portal.asked.reset()
    portal, polls = practice.portal, []
    is_ready = portal.jobs.is_ready

    def ready(login: str, body: str) -> bool:
        polls.append(body)
        if len(polls) == 16:  # the password is changed, and with it all tokens end
            monkeypatch.setattr(portal.sessions, "email_of", lambda token: None)
            monkeypatch.setattr(portal.sessions, "try_login", lambda *_: (Outcome.WRONG, None))
        return is_ready(login, body)

    monkeypatch.setattr(portal.jobs, "is_ready", ready)
    report = book.sync(settings=replace(SYNC, since=date(2024, 1, 1)))
    (connection,) = report.connections
    assert isinstance(connection.error, SignInRefused)
    assert portal.asked.paths[LOG_IN] == 2
    assert portal.asked.report()["total"] <= 16 + 4 + 2 * 8  # those in flight then, and no more
    assert connection.accounts[0].new > 0
    asked = portal.asked.report()["total"]
    assert isinstance(book.sync().connections[0].error, SignInRefused)
    assert portal.asked.report()["total"] == asked


def test_a_locked_log_in_is_not_knocked_at_again(
    book: Book, practice: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(book, SETTINGS, practice.listening.url, "household")
    monkeypatch.setattr(practice.portal.sessions, "try_login", lambda *_: (Outcome.LOCKED, None))
    practice.portal.asked.reset()
    for _ in range(2):
        assert isinstance(book.sync().connections[0].error, AccountLocked)
    assert practice.portal.asked.paths[LOG_IN] == 1


def test_a_clock_31_seconds_off_spends_no_log_in(
    book: Book, practice: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(book, SETTINGS, practice.listening.url, "household")
    practice.portal.asked.reset()
    for off in (33, -33):
        with monkeypatch.context() as patch:
            patch.setattr(syncing, "SmartHub", partial(SmartHub, now=partial(clock, off)))
            assert isinstance(book.sync().connections[0].error, ClockWrong)
    assert practice.portal.asked.paths[LOG_IN] == 0
    assert book.sync(settings=SYNC).complete  # a wrong clock is not held against the log-in


def test_one_host_down_stops_no_other_host(book: Book, practice: Running) -> None:
    with running(SETTINGS) as other:
        connect(book, SETTINGS, other.listening.url, "solar")
        connect(book, SETTINGS, practice.listening.url, "household")
        connect(book, SETTINGS, practice.listening.url, "timeofuse")
    down, one, two = book.sync(settings=SYNC).connections
    assert isinstance(down.error, HostUnreachable)
    assert one.complete
    assert two.complete
    assert one.accounts[0].new > 900 < two.accounts[0].new


def test_a_secondary_registration_brings_the_owner_s_account(book: Book, practice: Running) -> None:
    connect(book, SETTINGS, practice.listening.url, "spouse")
    report = book.sync(settings=SYNC)
    assert report.complete
    assert report.connections[0].accounts[0].new > 900
    assert [one.account for one in report.connections[0].accounts] == account_numbers(SETTINGS, "household")
    # The owner's own log-in then brings the same readings, and nothing is new or doubled.
    connect(book, SETTINGS, practice.listening.url, "household")
    again = book.sync(settings=SYNC).connections
    assert [sum(one.new + one.revised for one in connection.accounts) for connection in again] == [0, 0]


def test_nothing_is_asked_once_the_grant_has_ended(book: Book, practice: Running) -> None:
    member = log_in(SETTINGS, "household")
    book.connect(
        Wanted(
            utility="practice", user=str(member["email"]), host=practice.listening.url, zone=SETTINGS.zone,
            until=datetime.now(UTC) + timedelta(seconds=1),
        ),
        ways=Ways(password=lambda: str(member["password"])),
    )  # fmt: skip
    time.sleep(1.1)
    practice.portal.asked.reset()
    (connection,) = book.sync().connections
    assert isinstance(connection.error, AuthorizationExpired)
    assert practice.portal.asked.report()["total"] == 0


def test_a_grant_that_ends_in_mid_run_stops_the_asking(
    book: Book, practice: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(book, SETTINGS, practice.listening.url, "household")
    practice.portal.asked.reset()
    polls: list[str] = []
    is_ready = practice.portal.jobs.is_ready

    def ready(login: str, body: str) -> bool:
        polls.append(body)
        if len(polls) == 16:
            book.records.revoke_authorization(book.connections()[0].authorization_id, datetime.now(UTC))
        return is_ready(login, body)

    monkeypatch.setattr(practice.portal.jobs, "is_ready", ready)
    report = book.sync(settings=replace(SYNC, since=date(2024, 1, 1), in_flight=2))
    assert not report.complete
    (account,) = report.connections[0].accounts
    assert {trouble.error.code for trouble in account.troubles} == {"consent.authorization-expired"}
    assert len(account.troubles) == 1
    assert len(polls) <= 19
    assert account.new > 0
    assert account_numbers(SETTINGS, "household") == [account.account]
