"""Records of findings: trouble with the data, kept until it no longer holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update

from meterbook.model.finding import Finding
from meterbook.store.records import schema
from meterbook.store.records.channels import chunks
from meterbook.store.records.database import Database, insert
from meterbook.store.records.values import StoredFinding

_FIELDS = schema.finding.c
_PLACE = ("service_location", "meter", "register", "quantity", "frame", "industry")
_PLACE = ("service_location", "meter", "register", "quantity", "frame", "industry")


class FindingRecords(Database):
    """Findings, each once however often it is seen."""

    def add_findings(
        self,
        channel_id: int | None,
        account: str | None,
        findings: Sequence[Finding],
        load_id: int | None,
        at: datetime,
        *,
        utility: str = "",
    ) -> int:
        """Keep findings about a channel or an account.

        The same finding (name, channel or account, span) seen again is renewed, not doubled; a closed one is open
        again. Findings without a span are the same if their details are.

        Args:
            channel_id: the channel concerned, if it is one.
            account: the account concerned.
            findings: what was found.
            load_id: the load that showed it.
            at: when.
            utility: catalogue slug; a channel's own utility goes before it.

        Returns:
            How many were not there before.
        """
        if not findings:
            return 0
        with self._writing() as sql:
            owner = sql.execute(select(schema.channel.c.utility).where(schema.channel.c.id == channel_id)).scalar()
            rows = {}
            for item in findings:
                row = _columns(item, utility=owner or utility, account=account, channel_id=channel_id)
                rows[row["key"]] = row | {"load_id": load_id, "first_seen": at, "last_seen": at}
            known = sum(
                sql.execute(select(func.count()).where(_FIELDS.key.in_(part))).scalar_one()
                for part in chunks(list(rows))
            )
            statement = insert(sql, schema.finding)
            new = statement.excluded
            renewed = {
                "message": new.message,
                "data": new.data,
                "load_id": new.load_id,
                "last_seen": new.last_seen,
                "closed_at": None,
            }
            sql.execute(statement.on_conflict_do_update(index_elements=["key"], set_=renewed), list(rows.values()))
        return len(rows) - known

    def findings(
        self,
        *,
        account: str | None = None,
        name: str | None = None,
        open_only: bool = False,
        channel_id: int | None = None,
        utility: str | None = None,
    ) -> list[StoredFinding]:
        """Findings that have all the values given, in the order in which they were first seen."""
        query = select(schema.finding).order_by(_FIELDS.id)
        wanted = {
            _FIELDS.account: account,
            _FIELDS.name: name,
            _FIELDS.channel_id: channel_id,
            _FIELDS.utility: utility,
        }
        query = query.where(*(column == value for column, value in wanted.items() if value is not None))
        if open_only:
            query = query.where(_FIELDS.closed_at.is_(None))
        with self._reading() as sql:
            return [_finding(row) for row in sql.execute(query)]

    def close_findings(self, ids: Sequence[int], at: datetime) -> None:
        """Mark findings as no longer true (a gap that was filled). They stay on record."""
        with self._writing() as sql:
            for part in chunks(ids):
                sql.execute(
                    update(schema.finding).where(_FIELDS.id.in_(part), _FIELDS.closed_at.is_(None)).values(closed_at=at)
                )


def _columns(item: Finding, *, utility: str, account: str | None, channel_id: int | None) -> dict[str, Any]:
    data = dict(item.data)
    # Without a channel or a span, what tells two findings of one name apart is in their details.
    spanless = item.start is None and item.end is None
    place = {name: data[name] for name in _PLACE if name in data}
    about = [item.name, utility, account, channel_id, item.start, item.end, data if spanless else place or None]
    return {
        "key": hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest(),
        "name": item.name,
        "message": item.message,
        "utility": utility,
        "account": account,
        "channel_id": channel_id,
        "start": item.start,
        "end": item.end,
        "data": data,
    }


def _finding(row: Row[Any]) -> StoredFinding:
    return StoredFinding(
        id=row.id,
        finding=Finding(name=row.name, message=row.message, start=row.start, end=row.end, data=row.data),
        utility=row.utility,
        account=row.account,
        channel_id=row.channel_id,
        load_id=row.load_id,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        closed_at=row.closed_at,
    )
