"""A book's sync: credentials out of the vault, clients at their pace, and the syncer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from meterbook.book.bill_reading import documents_of
from meterbook.book.folder import LOCKS_FOLDER
from meterbook.book.storing import tidy
from meterbook.model.errors import AuthorizationExpired, InputError, NotFound, UsageError
from meterbook.portals.base import Pace
from meterbook.portals.smarthub import SmartHub
from meterbook.store.records import Connection
from meterbook.sync.report import Progress, Silent, SyncReport
from meterbook.sync.run import Syncer
from meterbook.sync.settings import Settings
from meterbook.utilities import catalogue

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook


def sync(
    book: OpenBook,
    *,
    progress: Progress | None,
    settings: Settings | None,
    connection_ids: Iterable[int] | None,
    accounts: frozenset[str],
    include_closed: bool,
) -> SyncReport:
    """Sync a book; see :meth:`meterbook.book.Book.sync`."""
    settings = settings or Settings()
    _check(settings)
    chosen = _chosen(book, connection_ids)
    _check_accounts(book, chosen, accounts)
    with documents_of(book) as documents:
        syncer = Syncer(
            records=book.records,
            lake=book.lake,
            locks=book.folder / LOCKS_FOLDER,
            open_portal=lambda connection: open_portal(book, connection),
            pace=lambda connection: pace_of(connection.host, connection.utility),
            progress=progress or Silent(),
            settings=settings,
            include_closed=include_closed,
            only=accounts,
            documents=documents,
        )
        report = asyncio.run(syncer.run(chosen))
    tidy(book)
    return report


def open_portal(book: OpenBook, connection: Connection) -> SmartHub:
    """The client of a connection, with its credentials.

    Raises:
        CredentialsMissing: the vault has none, or can't be opened with the key at hand.
    """
    secrets = book.vault.get(connection.id)
    return SmartHub(
        connection.host,
        zone=connection.zone,
        user=connection.user,
        password=secrets.password,
        utility=connection.utility,
        totp_secret=secrets.totp_secret,
        pace=pace_of(connection.host, connection.utility),
        ca=checked_authority(Path(connection.ca)) if connection.ca else None,
    )


def checked_authority(ca: Path) -> Path:
    """A file of certificate authorities, once it is known to be one.

    Raises:
        NotFound: it is not there.
        InputError: it holds no certificate.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=ca)
    except FileNotFoundError as err:
        raise NotFound("there is no such file of a certificate authority", where=str(ca)) from err
    except (ssl.SSLError, OSError) as err:
        raise InputError(
            "the file holds no certificate authority", where=str(ca), expected="certificates in PEM form"
        ) from err
    return ca


def pace_of(host: str, slug: str) -> Pace:
    """The pace at which a host may be asked, from the catalogue."""
    try:
        entry = catalogue.utility(slug)
    except NotFound:
        entry = None  # a portal the user named by its address alone
    pace = catalogue.pace_for(host, entry)
    return Pace(in_flight=pace.in_flight, gap_s=pace.gap_s, wait_s=pace.wait_s, pending_limit_s=pace.pending_limit_s)


def _check(settings: Settings) -> None:
    """Refuse what would make the book believe that there is nothing before a day that is yet to come.

    Raises:
        UsageError: a day in the future, or a negative number of days.
    """
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)  # today somewhere on earth
    if settings.since is not None and settings.since > tomorrow:
        raise UsageError("the day is yet to come", where="--since", expected="today or earlier")
    if settings.settle_days < 0:
        raise UsageError("days can't be fewer than none", where="--settle", expected="0 or more")


def _check_accounts(book: OpenBook, connections: list[Connection], accounts: frozenset[str]) -> None:
    """Every account that was named is one that the connections showed when they were made or last synced.

    Raises:
        NotFound: there is none such.
    """
    if not accounts:
        return
    numbers = {one.id for one in connections}
    known = {stored.account.number for stored in book.records.accounts() if stored.connection_id in numbers}
    unknown = sorted(accounts - known)
    if unknown:
        listed = sorted(known)
        raise NotFound(
            f"no connection shows an account {unknown[0]!r}",
            expected=f"one of {', '.join(listed[:8])}{' …' if len(listed) > 8 else ''}" if listed else None,
        )


def _chosen(book: OpenBook, connection_ids: Iterable[int] | None) -> list[Connection]:
    if connection_ids is not None:
        named = [book.records.connection(number) for number in dict.fromkeys(connection_ids)]
        for connection in named:
            if not connection.active:
                raise AuthorizationExpired(
                    f"connection {connection.id} was revoked",
                    hint=f"Connect again: meterbook connect {connection.utility} --user {connection.user}",
                )
        return named
    connections = book.connections()
    if not connections:
        raise NotFound(
            "nothing is connected yet, so there is nothing to sync",
            hint="Connect a log-in first: meterbook connect UTILITY --user YOU@EXAMPLE.COM",
        )
    return connections
