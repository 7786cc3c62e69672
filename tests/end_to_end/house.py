"""From a practice co-op to a book, in a few words."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from meterbook.book import Book
from meterbook.book.connecting import Wanted, Ways
from meterbook.model.channel import DAY_S, Quantity
from meterbook.model.finding import Finding
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.practice import answers
from meterbook.practice.answers import UsageQuery
from meterbook.practice.people import Member
from meterbook.practice.roster import roster
from meterbook.practice.server import running
from meterbook.practice.settings import Settings
from meterbook.sync.report import SyncReport
from meterbook.sync.settings import Settings as SyncSettings

FAR = 2**40  # an instant after all others


def log_in(settings: Settings, name: str) -> dict[str, object]:
    """The log-in of a member with a story."""
    return next(one for one in roster(settings) if one["name"] == name)


def account_numbers(settings: Settings, name: str) -> list[str]:
    """The open accounts of a member with a story."""
    accounts = log_in(settings, name)["accounts"]
    assert isinstance(accounts, list)
    return [one["account"] for one in accounts if not one["inactive"]]


def connect(book: Book, settings: Settings, url: str, name: str) -> list[str]:
    """Connect a member; their account numbers."""
    member = log_in(settings, name)
    totp = member["totp_secret"]
    done = book.connect(
        Wanted(utility="practice", user=str(member["email"]), host=url, zone=settings.zone),
        ways=Ways(password=lambda: str(member["password"]), totp_secret=str(totp) if totp else None),
    )
    return [account.number for account in done.accounts if account.active]


def filled(folder: Path, settings: Settings, *names: str, since: date | None = None) -> tuple[Book, SyncReport]:
    """A book with everything that members' portals hold."""
    book = Book.open(folder)
    with running(settings) as practice:
        for name in names:
            connect(book, settings, practice.listening.url, name)
        report = book.sync(settings=SyncSettings(since=since))
    return book, report


def spoil(
    monkeypatch: pytest.MonkeyPatch, which: Callable[[UsageQuery], bool], body: bytes | Exception | None = None
) -> None:
    """Let the portal give another answer to some polls: FAILED if ``body`` is None, else that usage, or raise."""
    plain = answers.usage

    def usage(settings: Settings, member: Member, query: UsageQuery, *more: Any) -> bytes | None:
        if not which(query):
            return plain(settings, member, query, *more)
        if isinstance(body, Exception):
            raise body
        return body

    monkeypatch.setattr(answers, "usage", usage)


def move_today(url: str, today: date) -> None:
    """Let days pass at a practice portal that is running."""
    request = urllib.request.Request(f"{url}/practice/today?date={today}", method="POST")
    with urllib.request.urlopen(request) as reply:
        reply.read()


def meter_series(book: Book, account: str) -> list[IntervalSeries]:
    """Stored usage series of an account at the finest step of each register."""
    found = book.readings(account, quantities=[Quantity.USAGE])
    return [item.series for item in found]


def differing(stored: IntervalSeries, truth: IntervalSeries) -> set[int]:
    """Starts at which two series do not hold the same value, or only one holds any."""
    scale = max(stored.scale, truth.scale)
    one, other = stored.rescaled(scale), truth.rescaled(scale)
    starts = np.union1d(one.start, other.start)
    gone = set(starts[~np.isin(starts, one.start)].tolist()) | set(starts[~np.isin(starts, other.start)].tolist())
    common, left, right = np.intersect1d(one.start, other.start, return_indices=True)
    unequal = common[one.value[left] != other.value[right]]
    return gone | set(unequal.tolist())


def explained(starts: Iterable[int], findings: Iterable[Finding]) -> set[int]:
    """Those of the starts that some finding about time covers."""
    spans = [(one.start, one.end) for one in findings if one.start is not None and one.end is not None]
    return {start for start in starts if any(low <= start < high for low, high in spans)}


def ambiguous(series: IntervalSeries) -> set[int]:
    """Starts of readings that are marked as uncertain in time."""
    return set(series.start[series.quality == Quality.AMBIGUOUS].tolist())


def same_register(series: Iterable[IntervalSeries], like: IntervalSeries) -> IntervalSeries:
    """The series of the same meter and flow."""
    channel = like.channel
    (found,) = [
        one
        for one in series
        if one.channel.meter.strip() == channel.meter.strip()
        and one.channel.flow is channel.flow
        and (one.channel.interval_s == channel.interval_s or channel.interval_s >= DAY_S)
        and one.channel.service_location == channel.service_location
    ]
    return found
