"""Records of authorizations and of the audit log. What they mean is decided in ``consent/``."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, insert, select, text, update

from meterbook.model.authorization import Authorization, Relation, Scope
from meterbook.store.records import schema
from meterbook.store.records.database import Database
from meterbook.store.records.values import AuditEntry

_GRANT, _AUDIT = schema.authorization.c, schema.audit.c
_AUDIT_LOCK = 0x61756469  # any number that is ours: "audi"
CHAIN_START = "0" * 64
"""What the first audit entry holds in place of a digest before it."""


class GrantRecords(Database):
    """Authorizations and the audit log."""

    def add_authorization(self, grant: Authorization) -> Authorization:
        """Keep a grant; it is returned with the number it got (the one it carries is not looked at)."""
        values = {
            "grantor": grant.grantor,
            "grantee": grant.grantee,
            "relation": grant.relation.value,
            "purpose": grant.purpose,
            "scopes": sorted(scope.value for scope in grant.scopes),
            "accounts": list(grant.accounts),
            "starts": grant.starts,
            "ends": grant.ends,
            "revoked": grant.revoked,
            "evidence": grant.evidence,
        }
        with self._writing() as sql:
            number = sql.execute(insert(schema.authorization).values(values).returning(_GRANT.id)).scalar_one()
        return dataclasses.replace(grant, id=number)

    def revoke_authorization(self, authorization_id: int, at: datetime) -> bool:
        """Mark a grant as revoked. Returns whether it was there and not revoked before."""
        statement = update(schema.authorization).where(_GRANT.id == authorization_id, _GRANT.revoked.is_(None))
        with self._writing() as sql:
            return sql.execute(statement.values(revoked=at)).rowcount == 1

    def authorizations(self) -> list[Authorization]:
        """All grants, also those that have ended, in the order in which they were given."""
        with self._reading() as sql:
            rows = sql.execute(select(schema.authorization).order_by(_GRANT.id))
            return [_authorization(row) for row in rows]

    def append_audit(self, *, at: datetime, actor: str, action: str, subject: str, detail: str) -> AuditEntry:
        """Add a line to the audit log, chained to the last one. Two processes wait for each other."""
        with self._writing() as sql:
            if sql.dialect.name == "postgresql":
                sql.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _AUDIT_LOCK})
            last = sql.execute(select(_AUDIT.digest).order_by(_AUDIT.id.desc()).limit(1)).scalar()
            previous = last or CHAIN_START
            row = {
                "at": at,
                "actor": actor,
                "action": action,
                "subject": subject,
                "detail": detail,
                "previous": previous,
                "digest": entry_digest(previous, at=at, actor=actor, action=action, subject=subject, detail=detail),
            }
            return _entry(sql.execute(insert(schema.audit).values(row).returning(schema.audit)).one())

    def audit_entries(self, *, after: int = 0, limit: int | None = None) -> list[AuditEntry]:
        """Lines of the audit log, oldest first."""
        query = select(schema.audit).where(_AUDIT.id > after).order_by(_AUDIT.id).limit(limit)
        with self._reading() as sql:
            return [_entry(row) for row in sql.execute(query)]


def entry_digest(previous: str, *, at: datetime, actor: str, action: str, subject: str, detail: str) -> str:
    """SHA-256, hex, over an audit line and the digest of the line before it."""
    line = json.dumps([previous, at.astimezone(UTC).isoformat(), actor, action, subject, detail], ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()


def _authorization(row: Row[Any]) -> Authorization:
    return Authorization(
        id=row.id,
        grantor=row.grantor,
        grantee=row.grantee,
        relation=Relation(row.relation),
        purpose=row.purpose,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        accounts=tuple(row.accounts),
        starts=row.starts,
        ends=row.ends,
        revoked=row.revoked,
        evidence=row.evidence,
    )


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
        previous=row.previous,
        digest=row.digest,
    )
