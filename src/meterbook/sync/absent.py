"""What a portal was found not to have, so that it is not asked for at every sync."""

from __future__ import annotations

from datetime import datetime, timedelta

from meterbook.store.records import Records

ASK_AGAIN = timedelta(days=30)


def is_absent(records: Records, connection_id: int, what: str, account: str, at: datetime) -> bool:
    """Whether the portal said not long ago that it has nothing of the kind for an account."""
    told = records.setting(_key(connection_id, what, account))
    return told is not None and at - datetime.fromisoformat(told) < ASK_AGAIN


def note_absent(records: Records, connection_id: int, what: str, account: str, at: datetime) -> None:
    """Remember that it said so."""
    records.set_setting(_key(connection_id, what, account), at.isoformat())


def _key(connection_id: int, what: str, account: str) -> str:
    return f"sync.absent.{connection_id}.{what}.{account}"
