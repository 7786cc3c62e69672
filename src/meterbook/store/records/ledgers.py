"""Records of what portals tell beside bills: the days of prepaid accounts, the months of time-of-use accounts.

The newest word on a day or month holds; earlier ones stay. What the portal no longer shows stays too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Row, select

from meterbook.model.statement import PrepaidDay
from meterbook.model.tou_ledger import TouMonth
from meterbook.store.records.bill_tables import ledger_entry
from meterbook.store.records.database import Database, insert
from meterbook.store.records.values import StoredPrepaidDay, StoredTouMonth

_FIELDS = ledger_entry.c
_TOU, _PREPAID = "time-of-use", "prepaid"


class LedgerRecords(Database):
    """Ledgers by account and day."""

    def save_tou_months(self, months: Sequence[TouMonth], *, at: datetime, utility: str = "") -> int:
        """Keep months of time-of-use ledgers; how many are new or read otherwise than before."""
        rows = [(one.account, one.month, one.source_id or "", one) for one in months]
        return self._save_entries(_TOU, rows, at=at, utility=utility)

    def save_prepaid_days(self, account: str, days: Sequence[PrepaidDay], *, at: datetime, utility: str = "") -> int:
        """Keep days of a prepaid account; how many are new or read otherwise than before."""
        rows = [(account, one.day, "", one) for one in days]
        return self._save_entries(_PREPAID, rows, at=at, utility=utility)

    def tou_months(
        self, *, utility: str | None = None, accounts: Collection[str] | None = None
    ) -> list[StoredTouMonth]:
        """Months of time-of-use ledgers, oldest first."""
        return [
            StoredTouMonth(
                month=msgspec.json.decode(row.body, type=TouMonth),
                utility=row.utility,
                first_seen=row.first_seen,
                last_seen=row.last_seen,
            )
            for row in self._entries(_TOU, utility, accounts)
        ]

    def prepaid_days(
        self, *, utility: str | None = None, accounts: Collection[str] | None = None
    ) -> list[StoredPrepaidDay]:
        """Days of prepaid accounts, oldest first."""
        return [
            StoredPrepaidDay(
                day=msgspec.json.decode(row.body, type=PrepaidDay),
                account=row.account,
                utility=row.utility,
                first_seen=row.first_seen,
                last_seen=row.last_seen,
            )
            for row in self._entries(_PREPAID, utility, accounts)
        ]

    def _save_entries(
        self, ledger: str, told: Iterable[tuple[str, date, str, Any]], *, at: datetime, utility: str
    ) -> int:
        rows = []
        for account, day, bill, value in told:
            body = msgspec.json.encode(value, order="sorted")
            rows.append(
                {
                    "utility": utility,
                    "account": account,
                    "ledger": ledger,
                    "day": day,
                    "bill": bill,
                    "digest": hashlib.sha256(body).hexdigest(),
                    "body": body.decode(),
                    "first_seen": at,
                    "last_seen": at,
                }
            )
        if not rows:
            return 0
        before = {(row.account, row.day, row.bill): row.digest for row in self._entries(ledger, utility, None)}
        with self._writing() as sql:
            statement = insert(sql, ledger_entry)
            same = ["utility", "account", "ledger", "day", "bill", "digest"]
            seen = {"last_seen": statement.excluded.last_seen}
            sql.execute(statement.on_conflict_do_update(index_elements=same, set_=seen), rows)
        return sum(before.get((row["account"], row["day"], row["bill"])) != row["digest"] for row in rows)

    def _entries(self, ledger: str, utility: str | None, accounts: Collection[str] | None) -> list[Row[Any]]:
        """The word that holds on each day, by account and day."""
        query = select(ledger_entry).where(_FIELDS.ledger == ledger).order_by(_FIELDS.last_seen, _FIELDS.id)
        if utility is not None:
            query = query.where(_FIELDS.utility == utility)
        with self._reading() as sql:
            latest = {(row.utility, row.account, row.day, row.bill): row for row in sql.execute(query)}
        held = [row for row in latest.values() if accounts is None or row.account in accounts]
        return sorted(held, key=lambda row: (row.account, row.day, row.id))
