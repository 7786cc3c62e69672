"""A book's sync: credentials out of the vault, clients at their pace, and the syncer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from meterbook.book.folder import LOCKS_FOLDER
from meterbook.model.errors import NotFound
from meterbook.portals.base import Pace
from meterbook.portals.smarthub import SmartHub
from meterbook.store.records import Connection
from meterbook.sync.pull import Settings
from meterbook.sync.report import Progress, Silent, SyncReport
from meterbook.sync.run import Syncer
from meterbook.utilities import catalogue

if TYPE_CHECKING:
    from meterbook.book.book import Book


def sync(
    book: Book,
    *,
    progress: Progress | None,
    settings: Settings | None,
    connection_ids: Iterable[int] | None,
    accounts: frozenset[str],
    include_closed: bool,
) -> SyncReport:
    """Sync a book; see :meth:`meterbook.book.Book.sync`."""
    chosen = _chosen(book, connection_ids)
    syncer = Syncer(
        records=book.records,
        lake=book.lake,
        locks=book.folder / LOCKS_FOLDER,
        open_portal=lambda connection: open_portal(book, connection),
        pace=lambda connection: pace_of(connection.host, connection.utility),
        progress=progress or Silent(),
        settings=settings or Settings(),
        include_closed=include_closed,
        only=accounts,
    )
    return asyncio.run(syncer.run(chosen))


def open_portal(book: Book, connection: Connection) -> SmartHub:
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
        ca=Path(connection.ca) if connection.ca else None,
    )


def pace_of(host: str, slug: str) -> Pace:
    """The pace at which a host may be asked, from the catalogue."""
    try:
        entry = catalogue.utility(slug)
    except NotFound:
        entry = None  # a portal the user named by its address alone
    pace = catalogue.pace_for(host, entry)
    return Pace(in_flight=pace.in_flight, gap_s=pace.gap_s, wait_s=pace.wait_s, pending_limit_s=pace.pending_limit_s)


def _chosen(book: Book, connection_ids: Iterable[int] | None) -> list[Connection]:
    if connection_ids is not None:
        return [book.records.connection(number) for number in connection_ids]
    connections = book.connections()
    if not connections:
        raise NotFound(
            "nothing is connected yet, so there is nothing to sync",
            hint="Connect a log-in first: meterbook connect UTILITY --user YOU@EXAMPLE.COM",
        )
    return connections
