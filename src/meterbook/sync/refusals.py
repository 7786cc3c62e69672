"""Log-ins that a portal refused: not tried again until the member connects anew, since portals lock accounts.

A refusal is kept in the book by connection and grant; connecting anew makes a new grant, and so opens the door.
"""

from __future__ import annotations

import json

from meterbook.model.errors import AccountLocked, MoreProofNeeded, PortalError, SignInRefused
from meterbook.store.records import Connection, Records

_KINDS: tuple[type[PortalError], ...] = (SignInRefused, MoreProofNeeded, AccountLocked)


def refusal(records: Records, connection: Connection) -> PortalError | None:
    """The refusal that still stands for a connection; None if its log-in may be tried."""
    kept = records.setting(_key(connection))
    if kept is None:
        return None
    said = json.loads(kept)
    kind = next((kind for kind in _KINDS if kind.code == said["code"]), None)
    if kind is None or said["authorization"] != connection.authorization_id:
        return None
    return kind(
        f"{said['what']}; it was not asked again",
        where=connection.host,
        hint="Check the log-in on the portal's own page, then connect again: meterbook connect "
        f"{connection.utility} --user {connection.user}",
    )


def keep_refusal(records: Records, connection: Connection, error: PortalError) -> None:
    """Keep that the portal refused a connection's log-in."""
    said = {"code": error.code, "what": error.what, "authorization": connection.authorization_id}
    records.set_setting(_key(connection), json.dumps(said))


def _key(connection: Connection) -> str:
    return f"sync.refused.{connection.id}"
