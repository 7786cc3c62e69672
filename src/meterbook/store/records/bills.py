"""Records of balances and statements. Each version that differs is kept."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

import msgspec
from sqlalchemy import Connection as Sql
from sqlalchemy import Row, select, update
from sqlalchemy import insert as plain_insert

from meterbook.model.provenance import SourceKind
from meterbook.model.statement import Balance, Statement
from meterbook.store.records import schema
from meterbook.store.records.database import Database, insert
from meterbook.store.records.values import StatementSource, StoredStatement

_BALANCE, _STATEMENT = schema.balance.c, schema.statement.c


class BillRecords(Database):
    """Balances and statements."""

    def save_balances(self, balances: Sequence[Balance], *, utility: str = "") -> None:
        """Keep balances. One that equals the latest kept only moves the time until which that one was seen."""
        with self._writing() as sql:
            for item in balances:
                _save_balance(sql, utility, item)

    def balances(self, account: str | None = None, *, utility: str | None = None) -> list[Balance]:
        """Balances in the order of time, each as of the last time it was seen; the current one comes last."""
        query = select(schema.balance).order_by(_BALANCE.last_seen, _BALANCE.id)
        query = _about(query, _BALANCE, account, utility)
        with self._reading() as sql:
            return [_balance(row) for row in sql.execute(query)]

    def save_statements(self, statements: Sequence[Statement], *, source: str, at: datetime, utility: str = "") -> None:
        """Keep statements. A bill that reads otherwise than before is kept as a further version.

        Args:
            statements: as read; a bill is known by its issuer's identifier, else by its day of issue.
            source: where they were read: the portal's host or a file's name.
            at: when.
            utility: catalogue slug.
        """
        with self._writing() as sql:
            for item in map(_in_utc, statements):
                body = msgspec.json.encode(item)
                row = {
                    "utility": utility,
                    "account": item.account,
                    "bill": item.source_id or item.bill_date.isoformat(),
                    "issued": item.issued or datetime.combine(item.bill_date, time(), UTC),
                    "digest": hashlib.sha256(body).hexdigest(),
                    "body": body.decode(),
                    "source": source,
                    "first_seen": at,
                    "last_seen": at,
                }
                identity = ["utility", "account", "bill", "digest"]
                statement = insert(sql, schema.statement).values(row)
                sql.execute(statement.on_conflict_do_update(index_elements=identity, set_={"last_seen": at}))

    def statements(self, account: str | None = None, *, utility: str | None = None) -> list[Statement]:
        """The latest version of each statement, oldest bill first."""
        return [item.statement for item in self.stored_statements(account, utility=utility)]

    def stored_statements(self, account: str | None = None, *, utility: str | None = None) -> list[StoredStatement]:
        """The latest version of each statement with its sources, oldest bill first."""
        latest = {
            (item.utility, item.statement.account, item.statement.source_id or item.statement.bill_date): item
            for item in self.statement_versions(account, utility=utility)
        }
        return sorted(latest.values(), key=lambda item: (item.statement.bill_date, item.statement.source_id or ""))

    def statement_versions(self, account: str | None = None, *, utility: str | None = None) -> list[StoredStatement]:
        """Every version of every statement, the one seen last coming last."""
        query = select(schema.statement).order_by(_STATEMENT.last_seen, _STATEMENT.id)
        query = _about(query, _STATEMENT, account, utility)
        with self._reading() as sql:
            return [_statement(row) for row in sql.execute(query)]


def _in_utc(item: Statement) -> Statement:
    """The statement with its instants in UTC: the same bill read in another zone is no other version."""
    instants = {name: getattr(item, name) for name in ("issued", "read_start", "read_end")}
    return dataclasses.replace(item, **{name: at and at.astimezone(UTC) for name, at in instants.items()})


def _about(query: Any, fields: Any, account: str | None, utility: str | None) -> Any:
    if account is not None:
        query = query.where(fields.account == account)
    if utility is not None:
        query = query.where(fields.utility == utility)
    return query


def _save_balance(sql: Sql, utility: str, item: Balance) -> None:
    latest = sql.execute(
        select(schema.balance)
        .where(_BALANCE.utility == utility, _BALANCE.account == item.account)
        .order_by(_BALANCE.last_seen.desc(), _BALANCE.id.desc())
        .limit(1)
    ).first()
    if latest is not None and _balance(latest) == dataclasses.replace(item, at=latest.last_seen):
        if latest.last_seen < item.at:
            sql.execute(update(schema.balance).where(_BALANCE.id == latest.id).values(last_seen=item.at))
        return
    values = {field.name: getattr(item, field.name) for field in dataclasses.fields(item) if field.name != "at"}
    row = values | {"utility": utility, "first_seen": item.at, "last_seen": item.at}
    sql.execute(plain_insert(schema.balance).values(row))


def _balance(row: Row[Any]) -> Balance:
    return Balance(
        account=row.account,
        at=row.last_seen,
        amount_due=row.amount_due,
        due=row.due,
        balance=row.balance,
        last_payment=row.last_payment,
        last_payment_on=row.last_payment_on,
        prepaid=row.prepaid,
        prepaid_daily=row.prepaid_daily,
    )


def _statement(row: Row[Any]) -> StoredStatement:
    return StoredStatement(
        id=row.id,
        statement=msgspec.json.decode(row.body, type=Statement),
        utility=row.utility,
        sources=(
            StatementSource(
                kind=SourceKind.PORTAL, source=row.source, first_seen=row.first_seen, last_seen=row.last_seen
            ),
        ),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )
