"""The records as one object."""

from __future__ import annotations

import weakref
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy import Connection as Sql

from meterbook.store.records import schema
from meterbook.store.records.accounts import AccountRecords
from meterbook.store.records.balances import BalanceRecords
from meterbook.store.records.bill_tables import balance, bill
from meterbook.store.records.bills import BillRecords
from meterbook.store.records.channels import ChannelRecords
from meterbook.store.records.database import open_engine
from meterbook.store.records.deletion import DeletionRecords
from meterbook.store.records.documents import DocumentRecords
from meterbook.store.records.findings import FindingRecords
from meterbook.store.records.grants import GrantRecords
from meterbook.store.records.journal import JournalRecords
from meterbook.store.records.ledgers import LedgerRecords
from meterbook.store.records.loads import LoadRecords
from meterbook.store.records.migrate import migrate
from meterbook.store.records.settings import SettingRecords
from meterbook.store.records.values import Counts, RunState, WindowState


class Records(
    AccountRecords,
    BalanceRecords,
    BillRecords,
    ChannelRecords,
    DeletionRecords,
    DocumentRecords,
    FindingRecords,
    GrantRecords,
    JournalRecords,
    LedgerRecords,
    LoadRecords,
    SettingRecords,
):
    """All records of one book, in SQLite or PostgreSQL.

    Each call is one transaction, durable when it returns. May be used from several threads and processes at once.
    Any call may raise :class:`~meterbook.model.errors.StoreError`: locked for too long, disk full, file damaged.
    """

    @classmethod
    def open(cls, target: Path | str) -> Records:
        """Open the records, and make or update their tables where needed.

        Args:
            target: a SQLite file (made if it is not there), or a database's URL.

        Raises:
            SchemaTooNew: a newer Meterbook has written this book.
            BookDamaged: the file is no database, or one of another program.
            Locked: another process holds it and does not let go.
        """
        engine = open_engine(target)
        try:
            migrate(engine)
        except BaseException:
            engine.dispose()
            raise
        records = cls(engine)
        # A book that nobody closed (a notebook, a script's end) lets go of its file by itself.
        weakref.finalize(records, engine.dispose)
        return records

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def counts(self) -> Counts:
        """How much is held, for an overview."""
        window, run, finding = schema.window.c, schema.run.c, schema.finding.c
        with self._reading() as sql:
            by_state = sql.execute(select(window.state, func.count()).group_by(window.state))
            states: dict[str, int] = {row[0]: row[1] for row in by_state}
            finished = select(func.max(run.finished_at)).where(run.state.in_((RunState.DONE, RunState.PARTIAL)))
            return Counts(
                connections=_count(sql, schema.connection),
                accounts=_count(sql, schema.account),
                locations=_count(sql, schema.location),
                meters=_count(sql, schema.meter),
                channels=_count(sql, schema.channel),
                loads=_count(sql, schema.load),
                windows_planned=states.get(WindowState.PLANNED, 0),
                windows_done=states.get(WindowState.DONE, 0),
                windows_failed=states.get(WindowState.FAILED, 0),
                findings_open=_count(sql, schema.finding, finding.closed_at.is_(None)),
                statements=_count(sql, bill),
                balances=_count(sql, balance),
                last_sync=sql.execute(finished).scalar(),
            )


def _count(sql: Sql, table: Table, *conditions: ColumnElement[bool]) -> int:
    return sql.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
