"""Records of the identifiers that others give accounts, locations and meters, and look-up by any of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection as Sql
from sqlalchemy import Row, select

from meterbook.model.identity import ExternalId, IdScheme
from meterbook.store.records import schema
from meterbook.store.records.connections import ConnectionRecords
from meterbook.store.records.database import insert
from meterbook.store.records.values import OwnerKind

_FIELDS = schema.external_id.c


class ExternalIdRecords(ConnectionRecords):
    """Identifiers given by others, with the days between which they held."""

    def add_external_id(self, kind: OwnerKind, owner: str, external_id: ExternalId) -> None:
        """Give an account, a location or a meter an identifier.

        Args:
            kind: what it belongs to.
            owner: whose it is, see :func:`~meterbook.store.records.values.owner_key`.
            external_id: the identifier; one it already has gets the dates given here.
        """
        with self._writing() as sql:
            keep_ids(sql, OwnerKind(kind), owner, (external_id,))

    def find_by_external_id(
        self, value: str, scheme: IdScheme | None = None, on: date | None = None
    ) -> list[tuple[OwnerKind, str]]:
        """What an identifier belongs to: kinds and owner keys; several where it was given on, or by two issuers.

        Args:
            value: the identifier, exactly.
            scheme: its issuer, if it matters.
            on: a day on which it must have held, if it matters.
        """
        held = self.holders_of(value, scheme)
        return list(dict.fromkeys((kind, owner) for kind, owner, item in held if on is None or item.holds_on(on)))

    def holders_of(self, value: str, scheme: IdScheme | None = None) -> list[tuple[OwnerKind, str, ExternalId]]:
        """What an identifier belongs or belonged to, with the days between which it held.

        Args:
            value: the identifier, exactly.
            scheme: its issuer, if it matters.
        """
        query = select(schema.external_id).where(_FIELDS.value == value).order_by(_FIELDS.id)
        if scheme is not None:
            query = query.where(_FIELDS.scheme == scheme.value)
        with self._reading() as sql:
            return [(OwnerKind(row.kind), row.owner, _external_id(row)) for row in sql.execute(query)]

    def external_ids(self, scheme: IdScheme) -> dict[tuple[OwnerKind, str], tuple[ExternalId, ...]]:
        """Every identifier of an issuer, by the kind and key of its owner."""
        with self._reading() as sql:
            everything = ids_by_owner(sql)
        found = {
            (OwnerKind(kind), owner): tuple(item for item in items if item.scheme is scheme)
            for (kind, owner), items in everything.items()
        }
        return {owner: items for owner, items in found.items() if items}


def keep_ids(sql: Sql, kind: OwnerKind, owner: str, ids: Iterable[ExternalId]) -> None:
    """Write identifiers down, inside a writing transaction. A date not known leaves the one known."""
    for item in ids:
        identity = {"kind": kind.value, "owner": owner, "scheme": item.scheme.value, "value": item.value}
        dates = {"since": item.since, "until": item.until}
        known = {name: day for name, day in dates.items() if day is not None}
        statement = insert(sql, schema.external_id).values({**identity, **dates})
        if known:
            statement = statement.on_conflict_do_update(index_elements=list(identity), set_=known)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=list(identity))
        sql.execute(statement)


def ids_by_owner(sql: Sql) -> dict[tuple[str, str], tuple[ExternalId, ...]]:
    """Every identifier, by the kind and key of its owner."""
    grouped: dict[tuple[str, str], list[ExternalId]] = defaultdict(list)
    for row in sql.execute(select(schema.external_id).order_by(_FIELDS.id)):
        grouped[row.kind, row.owner].append(_external_id(row))
    return {owner: tuple(items) for owner, items in grouped.items()}


def _external_id(row: Row[Any]) -> ExternalId:
    return ExternalId(scheme=IdScheme(row.scheme), value=row.value, since=row.since, until=row.until)
