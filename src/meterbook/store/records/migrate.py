"""Bringing a database to the revision that this version writes.

The usual case, a book that is up to date, costs one query. Alembic is imported only where there is something to do,
and then all of it is one transaction: a process killed in the middle leaves the book as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection as Sql
from sqlalchemy import Engine, inspect, text

from meterbook.model.errors import BookDamaged, Locked, SchemaTooNew
from meterbook.store.records.database import translated
from meterbook.store.records.schema import REVISIONS

HEAD = REVISIONS[-1]
MIGRATIONS = Path(__file__).parent / "migrations"
_POSTGRES_LOCK = 0x6D657465  # any number that is ours: "mete"


def migrate(engine: Engine) -> None:
    """Make or update the tables, unless they are as they should be.

    Raises:
        SchemaTooNew: a newer Meterbook has written this book.
        BookDamaged: a database, but none of ours.
        Locked: another process is migrating and does not come to an end.
    """
    with translated():
        with engine.connect() as sql:
            if _is_current(sql):
                return
        with _alone(engine):
            if engine.dialect.name == "sqlite":
                _use_log(engine)
            with engine.connect().execution_options(meterbook_write=True) as sql, sql.begin():
                if engine.dialect.name == "postgresql":
                    sql.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_LOCK})
                if not _is_current(sql):
                    _upgrade(sql)


def revision_of(sql: Sql) -> str | None:
    """The revision of a database; None if it holds no tables at all.

    Raises:
        BookDamaged: it has tables, but none of ours.
    """
    tables = set(inspect(sql).get_table_names())
    if "alembic_version" in tables:
        found: str | None = sql.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found
    if tables:
        raise BookDamaged(
            "the records file is a database of another program", hint="Choose another folder with --book."
        )
    return None


def _is_current(sql: Sql) -> bool:
    revision = revision_of(sql)
    if revision is not None and revision not in REVISIONS:
        raise SchemaTooNew(
            f"this book was written by a newer Meterbook (its records are at revision {revision})",
            expected=f"{HEAD} or older",
            hint="Update Meterbook: pip install --upgrade meterbook",
        )
    return revision == HEAD


def _upgrade(sql: Sql) -> None:
    from alembic import command  # noqa: PLC0415 - costly, and needed once in a book's life
    from alembic.config import Config  # noqa: PLC0415 - slow to load

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = sql
    command.upgrade(config, "head")


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """One process at a time: changing SQLite's log mode does not wait for another's lock as other statements do."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        yield
        return
    from filelock import FileLock, Timeout  # noqa: PLC0415 - only here

    lock = FileLock(f"{engine.url.database}.migrate", timeout=60, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise Locked(
            "another process is updating this book", hint="Wait until it has finished, then run the same command again."
        ) from None
    try:
        yield
    finally:
        lock.release()


def _use_log(engine: Engine) -> None:
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        raw.close()
