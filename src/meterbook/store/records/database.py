"""The database under the records: how it is opened, and what a transaction is.

SQLite runs with a write-ahead log and is told to have each commit on the disk before it returns, since a window that
is written down as done is never asked for again. A writing transaction takes the write lock at its start: two
processes wait for each other instead of failing half-way.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, Table, create_engine, event
from sqlalchemy import Connection as Sql
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, StatementError

from meterbook.model.errors import BookDamaged, InputError, Locked, NotFound, StoreError

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresInsert

BUSY_TIMEOUT_MS = 30_000


def open_engine(target: Path | str) -> Engine:
    """An engine on a SQLite file (a path) or on any database (a URL)."""
    if isinstance(target, Path):
        return _sqlite_engine(target)
    url = make_url(target)
    if url.get_backend_name() == "sqlite" and url.database:
        return _sqlite_engine(Path(url.database))
    return create_engine(url, hide_parameters=True)


class Database:
    """Transactions on one engine, with the database's errors translated into ours."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def _reading(self) -> Iterator[Sql]:
        with translated(), self._engine.connect() as sql:
            yield sql

    @contextmanager
    def _writing(self) -> Iterator[Sql]:
        """One transaction; durable when the block has ended without an error, without trace otherwise."""
        with translated(), self._engine.connect().execution_options(meterbook_write=True) as sql, sql.begin():
            yield sql


def insert(sql: Sql, table: Table) -> SqliteInsert | PostgresInsert:
    """An INSERT that knows ``ON CONFLICT``, which both databases have and plain SQL has not."""
    if sql.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgres_insert  # noqa: PLC0415 - 20 ms not spent on SQLite

        return postgres_insert(table)
    return sqlite_insert(table)


@contextmanager
def translated() -> Iterator[None]:
    """The block's database errors as errors of ours. What was being written is left out of the message."""
    try:
        yield
    except OperationalError as err:
        raise _operational(str(err.orig)) from None
    except IntegrityError as err:
        if "FOREIGN KEY" in str(err.orig).upper():
            raise NotFound(
                "what this belongs to is not in the book (any more)", hint="meterbook status lists what the book holds."
            ) from None
        raise
    except DatabaseError as err:
        if isinstance(err.orig, sqlite3.DatabaseError) and type(err.orig) is sqlite3.DatabaseError:
            raise BookDamaged(
                "the records of the book can't be read", where=str(err.orig), hint="Restore the book from a backup."
            ) from None
        raise
    except StatementError as err:
        if isinstance(err.orig, ValueError):
            raise InputError(str(err.orig)) from None
        raise


def _operational(text: str) -> StoreError:
    if "locked" in text or "busy" in text:
        return Locked(
            "the records are in use by another process",
            hint="Wait until it has finished, then run the same command again.",
        )
    if "full" in text:
        return StoreError("the disk is full", hint="Make room, then run the same command again: nothing was lost.")
    if "readonly" in text:
        return StoreError("the records can't be written", hint="Check who owns the book's folder and its files.")
    return StoreError("the records could not be read or written", where=text.splitlines()[0])


def _sqlite_engine(path: Path) -> Engine:
    if not path.exists():
        # Made here so that nobody else can read it at any time; SQLite gives its log the same mode.
        with translated_os(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    url = URL.create("sqlite", database=str(path.absolute()))  # not as text: a path may hold "?" or "%"
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def translated_os(path: Path) -> Iterator[None]:
    """The block's file errors as errors of ours."""
    try:
        yield
    except OSError as err:
        raise StoreError(f"{path} can't be written", where=err.strerror, hint="Choose another book folder.") from err


def _prepare(raw: Any, _record: Any) -> None:
    raw.isolation_level = None  # we say BEGIN ourselves, see _begin
    # secure_delete: what a member had deleted is overwritten, not only unlinked.
    for pragma in (
        "foreign_keys = ON",
        "synchronous = FULL",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "secure_delete = ON",
    ):
        raw.execute(f"PRAGMA {pragma}")


def _begin(sql: Sql) -> None:
    write = sql.get_execution_options().get("meterbook_write", False)
    sql.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
