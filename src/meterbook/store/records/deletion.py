"""Deleting a member's data from the records.

The rows go in one transaction, and with them the numbers of the channels whose readings must leave the lake are
written down; they stay written down until the lake is clean, so that a kill in between leaves nothing behind.
The audit log and the authorizations stay: they are the proof of what was done with the data and by whose leave.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy import Connection as Sql

from meterbook.model.account_number import account_key
from meterbook.store.records import schema
from meterbook.store.records.bill_tables import balance, bill, document_source, ledger_entry
from meterbook.store.records.channels import chunks
from meterbook.store.records.connections import ConnectionRecords
from meterbook.store.records.database import translated
from meterbook.store.records.documents import forget_orphans
from meterbook.store.records.loads import note_deletion
from meterbook.store.records.values import owner_key

_ACCOUNT, _CHANNEL, _WINDOW = schema.account.c, schema.channel.c, schema.window.c


class DeletionRecords(ConnectionRecords):
    """Deletion, and what is left to delete from the lake."""

    def delete_connection_data(self, connection_id: int) -> list[int]:
        """Delete a connection and all that is recorded of its accounts.

        An account that another connection of the same utility shows too keeps its channels, findings and bills.

        Returns:
            Numbers of the channels to delete from the lake; tell :meth:`lake_cleaned` when that is done.

        Raises:
            NotFound: there is no such connection.
        """
        utility = self.connection(connection_id).utility
        with self._writing() as sql:
            numbers = _accounts_of_none_but(sql, connection_id, utility)
            channels = _forget_accounts(sql, utility, numbers)
            _forget_journal(sql, connection_id)
            sql.execute(delete(schema.account).where(_ACCOUNT.connection_id == connection_id))
            sql.execute(delete(schema.connection).where(schema.connection.c.id == connection_id))
        self._empty_log()
        return channels

    def delete_account_data(self, utility: str, account: str) -> list[int]:
        """Delete all that is recorded of one account, whether it came from a portal or from files.

        Returns:
            Numbers of the channels to delete from the lake, as for :meth:`delete_connection_data`; none if there is
            no such account.
        """
        with self._writing() as sql:
            channels = _forget_accounts(sql, utility, [account])
            of_utility = select(schema.connection.c.id).where(schema.connection.c.utility == utility)
            stream = schema.stream.c
            streams = and_(stream.account == account, stream.connection_id.in_(of_utility))
            _forget_windows(sql, _WINDOW.stream_id.in_(select(stream.id).where(streams)))
            sql.execute(delete(schema.stream).where(streams))
            sql.execute(delete(schema.account).where(_ACCOUNT.utility == utility, _ACCOUNT.number == account))
        self._empty_log()
        return channels

    def delete_channel(self, channel_id: int) -> None:
        """Delete a channel whose readings are kept under another number; the lake's part is left to delete."""
        with self._writing() as sql:
            _forget_channels(sql, [channel_id])

    def pending_lake_deletions(self) -> list[int]:
        """Numbers of channels whose records are deleted and whose readings may still lie in the lake."""
        with self._reading() as sql:
            return list(sql.execute(select(schema.lake_deletion.c.channel_id).order_by("channel_id")).scalars())

    def lake_cleaned(self, channel_ids: Sequence[int]) -> None:
        """Write down that the lake holds nothing of these channels any more."""
        with self._writing() as sql:
            for part in chunks(channel_ids):
                sql.execute(delete(schema.lake_deletion).where(schema.lake_deletion.c.channel_id.in_(part)))

    def _empty_log(self) -> None:
        """Move SQLite's log into its file, so that nothing deleted stays readable in it."""
        if self._engine.dialect.name == "sqlite":
            with translated():
                raw = self._engine.raw_connection()
                try:
                    raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
                finally:
                    raw.close()


def _accounts_of_none_but(sql: Sql, connection_id: int, utility: str) -> list[str]:
    mine = sql.execute(select(_ACCOUNT.number).where(_ACCOUNT.connection_id == connection_id)).scalars()
    others = select(_ACCOUNT.number).where(_ACCOUNT.utility == utility, _ACCOUNT.connection_id != connection_id)
    return sorted(set(mine) - set(sql.execute(others).scalars()))


def _forget_accounts(sql: Sql, utility: str, numbers: Sequence[str]) -> list[int]:
    channels: list[int] = []
    for part in chunks(numbers):
        query = select(_CHANNEL.id).where(_CHANNEL.utility == utility, _CHANNEL.account.in_(part))
        channels.extend(sql.execute(query.order_by(_CHANNEL.id)).scalars())
        elsewhere = select(_ACCOUNT.number).where(_ACCOUNT.utility != utility)
        keys = [account_key(number) for number in part]  # paper may write the number another way
        sql.execute(delete(bill).where(bill.c.utility == utility, bill.c.account_key.in_(keys)))
        for table in (schema.finding, balance, bill, document_source, ledger_entry):
            # Rows that name no utility are this one's unless another utility has an account of the same number.
            nobodys = and_(table.c.utility == "", table.c.account.not_in(elsewhere))
            sql.execute(delete(table).where(table.c.account.in_(part), or_(table.c.utility == utility, nobodys)))
        for number in part:
            owner, owners = owner_key(utility, number), schema.external_id.c.owner
            inside = owners.startswith(owner + "/", autoescape=True)
            sql.execute(delete(schema.external_id).where(or_(owners == owner, inside)))
    forget_orphans(sql)
    _forget_channels(sql, channels)
    return channels


def _forget_channels(sql: Sql, channels: Sequence[int]) -> None:
    if channels:
        note_deletion(sql)
    for some in chunks(channels):
        sql.execute(insert(schema.lake_deletion), [{"channel_id": number} for number in some])
        sql.execute(delete(schema.finding).where(schema.finding.c.channel_id.in_(some)))
        sql.execute(delete(schema.channel).where(_CHANNEL.id.in_(some)))


def _forget_journal(sql: Sql, connection_id: int) -> None:
    runs = select(schema.run.c.id).where(schema.run.c.connection_id == connection_id)
    _forget_windows(sql, _WINDOW.run_id.in_(runs))
    sql.execute(delete(schema.run).where(schema.run.c.connection_id == connection_id))
    sql.execute(delete(schema.stream).where(schema.stream.c.connection_id == connection_id))


def _forget_windows(sql: Sql, which: ColumnElement[bool]) -> None:
    """Windows go; their loads stay as numbers and times, without what was asked for."""
    loads = select(_WINDOW.load_id).where(which, _WINDOW.load_id.is_not(None))
    sql.execute(update(schema.load).where(schema.load.c.id.in_(loads)).values(detail="", digest=None))
    sql.execute(delete(schema.window).where(which))
