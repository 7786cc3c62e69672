"""The audit log: what was done with whose data, by whom and when. It can be added to, and not changed unnoticed.

Each line holds the SHA-256 of the line before it, so that a line changed or taken out breaks the chain; the database
itself refuses changes too. Lines taken off the end show only against a digest noted elsewhere (``expected_last``).
A line never holds a secret: it names things by number.
"""

from __future__ import annotations

from datetime import datetime

from meterbook.model.errors import BookDamaged
from meterbook.store.records import AuditEntry, Records
from meterbook.store.records.grants import CHAIN_START, entry_digest


def record(records: Records, *, actor: str, action: str, subject: str, detail: str = "", at: datetime) -> AuditEntry:
    """Add a line.

    Args:
        records: the book's records.
        actor: who did it.
        action: dotted name of what was done, such as ``connection.made``.
        subject: what it was done to, by number.
        detail: one line more; never a secret or a reading.
        at: when.
    """
    return records.append_audit(at=at, actor=actor, action=action, subject=subject, detail=detail)


def entries(records: Records, *, after: int = 0, limit: int | None = None) -> list[AuditEntry]:
    """Lines, oldest first; those after a line's number, at most ``limit``."""
    return records.audit_entries(after=after, limit=limit)


def verify(records: Records, *, expected_last: str | None = None) -> int:
    """Check the whole chain.

    Args:
        records: the book's records.
        expected_last: digest of the last line as it was noted elsewhere; that line has to be there still.

    Returns:
        How many lines it has.

    Raises:
        BookDamaged: a line was changed or is missing; the message names the first one.
    """
    previous, count, seen = CHAIN_START, 0, expected_last is None
    for entry in records.audit_entries():
        digest = entry_digest(
            entry.previous,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            detail=entry.detail,
        )
        if entry.previous != previous or entry.digest != digest:
            raise _broken(f"the audit log was changed at or before line {entry.id}")
        previous, count = digest, count + 1
        seen = seen or digest == expected_last
    if not seen:
        raise _broken("lines are missing at the end of the audit log")
    return count


def _broken(what: str) -> BookDamaged:
    return BookDamaged(what, hint="Compare it with a backup of the book; readings are not affected.")
