"""Records of balances. Each that differs from the one before is kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection as Sql
from sqlalchemy import Row, insert, select, update

from meterbook.model.statement import Balance
from meterbook.store.records.bill_tables import balance
from meterbook.store.records.database import Database

_FIELDS = balance.c


class BalanceRecords(Database):
    """What accounts owed, or had left."""

    def save_balances(self, balances: Sequence[Balance], *, utility: str = "") -> None:
        """Keep balances. One that equals the latest kept only moves the time until which that one was seen."""
        with self._writing() as sql:
            for item in balances:
                _save(sql, utility, item)

    def balances(self, account: str | None = None, *, utility: str | None = None) -> list[Balance]:
        """Balances in the order of time, each as of the last time it was seen; the current one comes last."""
        query = select(balance).order_by(_FIELDS.last_seen, _FIELDS.id)
        if account is not None:
            query = query.where(_FIELDS.account == account)
        if utility is not None:
            query = query.where(_FIELDS.utility == utility)
        with self._reading() as sql:
            return [_balance(row) for row in sql.execute(query)]


def _save(sql: Sql, utility: str, item: Balance) -> None:
    latest = sql.execute(
        select(balance)
        .where(_FIELDS.utility == utility, _FIELDS.account == item.account)
        .order_by(_FIELDS.last_seen.desc(), _FIELDS.id.desc())
        .limit(1)
    ).first()
    if latest is not None and _balance(latest) == dataclasses.replace(item, at=latest.last_seen):
        if latest.last_seen < item.at:
            sql.execute(update(balance).where(_FIELDS.id == latest.id).values(last_seen=item.at))
        return
    values = {field.name: getattr(item, field.name) for field in dataclasses.fields(item) if field.name != "at"}
    row = values | {"utility": utility, "first_seen": item.at, "last_seen": item.at}
    sql.execute(insert(balance).values(row))


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
