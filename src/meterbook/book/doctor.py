"""The doctor: everything about a user's set-up that can be wrong, looked at one by one, without changing anything."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path

from meterbook.book.folder import RECORDS_FILE
from meterbook.book.opened import OpenBook
from meterbook.book.storing import verify
from meterbook.book.syncing import open_portal
from meterbook.consent import audit
from meterbook.consent.authorizations import Authorizations
from meterbook.model.authorization import Scope
from meterbook.model.calendar import zone
from meterbook.model.errors import MeterbookError
from meterbook.store.records import Connection
from meterbook.sync.refusals import refusal
from meterbook.utilities import catalogue
from meterbook.version import __version__

ENOUGH_BYTES = 1_000_000_000
STALE = timedelta(days=3)


class Verdict(StrEnum):
    """How a check went."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what.
        verdict: good; look (works, but deserves a look); bad.
        text: what was found.
        hint: what to do about it, unless it is good.
    """

    name: str
    verdict: Verdict
    text: str
    hint: str = ""


def examine(folder: Path, *, online: bool) -> Iterator[Check]:
    """Look at everything, in the order in which things depend on each other.

    Args:
        folder: the book's folder; it is not made if it is not there.
        online: sign in at each portal too (one log-in each).

    Yields:
        One check at a time, as they are done.
    """
    yield _python()
    yield from _zones()
    place = _folder(folder)
    yield place
    if place.verdict is Verdict.BAD:
        return  # what can't be written to can't be opened either, and would be called damaged
    if not (folder / RECORDS_FILE).exists():
        yield Check(
            name="book", verdict=Verdict.LOOK, text="there is no book here yet", hint="meterbook connect makes one"
        )
        return
    yield _records_intact(folder)
    try:
        book = OpenBook.open(folder)
    except MeterbookError as error:
        yield _bad("book", error)
        return
    with book:
        yield from _contents(book)
        yield from _connections(book, online=online)


def _contents(book: OpenBook) -> Iterator[Check]:
    yield _guard("readings", lambda: _readings(book))
    yield _guard("audit log", lambda: _audit(book))
    yield _guard("catalogue", _catalogue)
    yield _guard("credentials", lambda: _vault(book))


def _connections(book: OpenBook, *, online: bool) -> Iterator[Check]:
    connections = book.connections()
    if not connections:
        yield Check(
            name="connections",
            verdict=Verdict.LOOK,
            text="no log-in is connected",
            hint="meterbook connect UTILITY --user YOU@EXAMPLE.COM",
        )
    for connection in connections:
        name = f"connection {connection.id}"
        yield _guard(f"{name}, grant", partial(_grant, book, connection))
        yield _guard(f"{name}, freshness", partial(_freshness, book, connection))
        if online:
            yield _guard(f"{name}, portal", partial(_portal, book, connection))


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check(name="Python", verdict=Verdict.GOOD, text=f"{version}, Meterbook {__version__}")


def _zones() -> Iterator[Check]:
    try:
        tz = zone("America/New_York")
        spring = datetime(2026, 3, 8, 12, tzinfo=tz).utcoffset()
        right = spring == timedelta(hours=-4)
    except MeterbookError:
        right = False
    if right:
        yield Check(name="time zones", verdict=Verdict.GOOD, text="the zone rules are there and current")
    else:
        yield Check(
            name="time zones", verdict=Verdict.BAD, text="zone rules are missing or old", hint="pip install -U tzdata"
        )


def _folder(folder: Path) -> Check:
    place = folder
    while not place.exists():
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as err:
        return Check(
            name="folder",
            verdict=Verdict.BAD,
            text=f"{folder} can't be written to ({err.strerror})",
            hint="name another with --book" if not folder.is_dir() else "change its owner, or name another with --book",
        )
    free = shutil.disk_usage(place).free
    if free < ENOUGH_BYTES:
        return Check(
            name="folder",
            verdict=Verdict.LOOK,
            text=f"{folder}, {free / 1e6:,.0f} MB free",
            hint="make room: a sync that finds the disk full stops, and what was stored stays",
        )
    mode = folder.stat().st_mode & 0o077 if folder.exists() and os.name == "posix" else 0
    if mode:
        return Check(
            name="folder", verdict=Verdict.LOOK, text=f"{folder} can be read by others", hint=f"chmod 700 {folder}"
        )
    return Check(name="folder", verdict=Verdict.GOOD, text=f"{folder}, {free / 1e9:,.0f} GB free")


def _records_intact(folder: Path) -> Check:
    try:
        with sqlite3.connect(f"file:{folder / RECORDS_FILE}?mode=ro", uri=True) as raw:
            answer = raw.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as err:
        answer = str(err)
    if answer == "ok":
        return Check(name="records", verdict=Verdict.GOOD, text="intact")
    return Check(
        name="records",
        verdict=Verdict.BAD,
        text=f"damaged: {' '.join(str(answer).split())}",
        hint="restore the book from your last copy",
    )


def _readings(book: OpenBook) -> Check:
    found = verify(book)
    report = found.tables
    if report.ok and not report.readings and book.records.channels():
        return Check(
            name="readings",
            verdict=Verdict.BAD,
            text="the records tell of readings, and there are none",
            hint="restore the book's folder readings/ from your last copy",
        )
    if found.problems:
        return Check(
            name="readings",
            verdict=Verdict.BAD,
            text="; ".join(found.problems[:3]),
            hint="meterbook store verify says all of it, and what to do",
        )
    return Check(
        name="readings", verdict=Verdict.GOOD, text=f"{report.readings:,} readings, sorted, unique and readable"
    )


def _audit(book: OpenBook) -> Check:
    count = audit.verify(book.records)
    return Check(name="audit log", verdict=Verdict.GOOD, text=f"{count:,} entries, unbroken")


def _catalogue() -> Check:
    entries = catalogue.utilities()
    return Check(name="catalogue", verdict=Verdict.GOOD, text=f"{len(entries):,} utilities, every file well-formed")


def _vault(book: OpenBook) -> Check:
    for connection in book.connections():
        book.vault.get(connection.id)
    return Check(name="credentials", verdict=Verdict.GOOD, text=f"kept in {book.vault.description}")


def _grant(book: OpenBook, connection: Connection) -> Check:
    now = datetime.now(UTC)
    grants = Authorizations(book.records)
    for stored in book.records.accounts(connection.id):
        grants.require(connection.authorization_id, stored.account.number, Scope.USAGE, at=now)
    grant = grants.get(connection.authorization_id)
    until = f"until {grant.ends:%d %b %Y}" if grant.ends is not None else "until revoked"
    return Check(
        name=f"connection {connection.id}, grant",
        verdict=Verdict.GOOD,
        text=f"{connection.user} at {connection.host}: {grant.relation.value}, {until}",
    )


def _freshness(book: OpenBook, connection: Connection) -> Check:
    name = f"connection {connection.id}, freshness"
    standing = refusal(book.records, connection)
    if standing is not None:
        return _bad(name, standing)
    runs = book.records.runs(connection_id=connection.id, limit=1)
    if not runs:
        return Check(name=name, verdict=Verdict.LOOK, text="never synced", hint="meterbook sync")
    last = runs[0]
    if last.finished_at is None:
        return Check(name=name, verdict=Verdict.LOOK, text="the last sync was cut off", hint="meterbook sync goes on")
    age = datetime.now(UTC) - last.finished_at
    text = f"last sync {last.finished_at:%d %b %Y %H:%M} UTC, {last.state}"
    if age > STALE or last.state != "done":
        return Check(name=name, verdict=Verdict.LOOK, text=text, hint="meterbook sync")
    return Check(name=name, verdict=Verdict.GOOD, text=text)


def _portal(book: OpenBook, connection: Connection) -> Check:
    standing = refusal(book.records, connection)
    if standing is not None:  # a second attempt with the same password could lock the account
        raise standing

    async def sign_in() -> int:
        async with open_portal(book, connection) as portal:
            await portal.sign_in()
            return len(await portal.accounts())

    count = asyncio.run(sign_in())
    return Check(
        name=f"connection {connection.id}, portal",
        verdict=Verdict.GOOD,
        text=f"{connection.host} lets {connection.user} in: {count} account{'' if count == 1 else 's'}",
    )


def _guard(name: str, check: Callable[[], Check]) -> Check:
    """A check's own failure is its verdict."""
    try:
        return check()
    except MeterbookError as error:
        return _bad(name, error)


def _bad(name: str, error: MeterbookError) -> Check:
    return Check(name=name, verdict=Verdict.BAD, text=str(error), hint=error.hint or "")
