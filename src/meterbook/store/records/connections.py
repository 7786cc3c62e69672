"""Records of connections: log-ins at portals. Never their passwords, which lie in the vault."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from meterbook.model.errors import NotFound
from meterbook.store.records import schema
from meterbook.store.records.database import Database, insert
from meterbook.store.records.values import Connection

_FIELDS = schema.connection.c


class ConnectionRecords(Database):
    """Log-ins at portals."""

    def add_connection(
        self,
        *,
        utility: str,
        name: str,
        host: str,
        zone: str,
        user: str,
        authorization_id: int,
        created_at: datetime,
        ca: str | None = None,
    ) -> Connection:
        """Keep a connection. The same user at the same host of a utility is one connection: connecting it again
        renews its name, zone, authorization and certificate authority and keeps its number."""
        renewed = {"name": name, "zone": zone, "authorization_id": authorization_id, "ca": ca, "active": True}
        identity = {"utility": utility, "host": host, "user_name": user}
        with self._writing() as sql:
            statement = (
                insert(sql, schema.connection)
                .values({**identity, **renewed, "created_at": created_at})
                .on_conflict_do_update(index_elements=list(identity), set_=renewed)
            )
            return _connection(sql.execute(statement.returning(schema.connection)).one())

    def update_connection(
        self,
        connection_id: int,
        *,
        name: str | None = None,
        host: str | None = None,
        zone: str | None = None,
        authorization_id: int | None = None,
        ca: str | None = None,
        active: bool | None = None,
    ) -> Connection:
        """Change what is given of a connection.

        Raises:
            NotFound: there is no such connection.
        """
        given = {
            "name": name,
            "host": host,
            "zone": zone,
            "authorization_id": authorization_id,
            "ca": ca,
            "active": active,
        }
        changes = {key: value for key, value in given.items() if value is not None}
        if changes:
            with self._writing() as sql:
                sql.execute(update(schema.connection).where(_FIELDS.id == connection_id).values(changes))
        return self.connection(connection_id)

    def connections(self, *, active_only: bool = False) -> list[Connection]:
        """Connections in the order in which they were made."""
        query = select(schema.connection).order_by(_FIELDS.id)
        if active_only:
            query = query.where(_FIELDS.active)
        with self._reading() as sql:
            return [_connection(row) for row in sql.execute(query)]

    def connection(self, connection_id: int) -> Connection:
        """One connection.

        Raises:
            NotFound: there is no such connection.
        """
        with self._reading() as sql:
            row = sql.execute(select(schema.connection).where(_FIELDS.id == connection_id)).first()
        if row is None:
            raise NotFound(
                f"there is no connection {connection_id}", hint="meterbook status lists the connections of this book."
            )
        return _connection(row)


def _connection(row: Row[Any]) -> Connection:
    return Connection(
        id=row.id,
        utility=row.utility,
        name=row.name,
        host=row.host,
        zone=row.zone,
        user=row.user_name,
        authorization_id=row.authorization_id,
        created_at=row.created_at,
        ca=row.ca,
        active=row.active,
    )
