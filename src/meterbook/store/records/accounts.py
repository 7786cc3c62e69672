"""Records of accounts, service locations, meters and rate schedules, as the portals show them over time.

Nothing is deleted because a portal no longer shows it: it keeps the time at which it was last seen. An empty text, an
empty list and an unknown date mean "not said" and leave what is known as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Sql
from sqlalchemy import Row, Table, select

from meterbook.model.channel import ServiceCategory
from meterbook.model.identity import Account, ExternalId, Meter, ServiceLocation
from meterbook.store.records import schema
from meterbook.store.records.database import insert
from meterbook.store.records.external_ids import ExternalIdRecords, ids_by_owner, keep_ids
from meterbook.store.records.values import OwnerKind, StoredAccount, owner_key


class AccountRecords(ExternalIdRecords):
    """Accounts and what belongs to them."""

    def save_accounts(self, connection_id: int, accounts: Sequence[Account], at: datetime) -> None:
        """Keep accounts as a connection shows them at an instant.

        Raises:
            NotFound: there is no such connection.
        """
        utility = self.connection(connection_id).utility
        with self._writing() as sql:
            for account in accounts:
                _save_account(sql, connection_id, utility, account, at)

    def accounts(self, connection_id: int | None = None) -> list[StoredAccount]:
        """Accounts with every location and meter ever seen at them, and the rate schedules last seen.

        An account that two connections show stands here twice.
        """
        query = select(schema.account).order_by(schema.account.c.connection_id, schema.account.c.number)
        if connection_id is not None:
            query = query.where(schema.account.c.connection_id == connection_id)
        with self._reading() as sql:
            rows = list(sql.execute(query))
            locations = _by(sql, schema.location, "account_id")
            meters = _by(sql, schema.meter, "location_id")
            schedules = _by(sql, schema.rate_schedule, "location_id")
            ids = ids_by_owner(sql)
        return [_stored(row, locations, meters, schedules, ids) for row in rows]


Ids = dict[tuple[str, str], tuple[ExternalId, ...]]
Grouped = dict[int, list[Row[Any]]]


def _save_account(sql: Sql, connection_id: int, utility: str, item: Account, at: datetime) -> None:
    values = _said({"customer": item.customer, "name": item.name})
    values |= {"active": item.active, "prepaid": item.prepaid}
    identity = {"connection_id": connection_id, "number": item.number}
    blank = {"customer": "", "name": "", "utility": utility}
    number = _seen(sql, schema.account, at, identity, blank=blank, said=values)
    keep_ids(sql, OwnerKind.ACCOUNT, owner_key(utility, item.number), item.external_ids)
    for location in item.locations:
        _save_location(sql, number, (utility, item.number), location, at)


def _save_location(sql: Sql, account_id: int, owner: tuple[str, str], item: ServiceLocation, at: datetime) -> None:
    values = _said({"address": item.address, "nickname": item.nickname, "industries": list(item.industries)})
    identity = {"account_id": account_id, "number": item.number}
    blank = {"address": "", "nickname": "", "industries": []}
    number = _seen(sql, schema.location, at, identity, blank=blank, said=values)
    keep_ids(sql, OwnerKind.LOCATION, owner_key(*owner, item.number), item.external_ids)
    for code in item.rate_schedules:
        _seen(sql, schema.rate_schedule, at, {"location_id": number, "code": code}, blank={}, said={})
    for meter in item.meters:
        identity = {"location_id": number, "number": meter.number, "category": meter.category.value}
        said = _said({"installed": meter.installed, "removed": meter.removed})
        _seen(sql, schema.meter, at, identity, blank={}, said=said)
        keep_ids(sql, OwnerKind.METER, owner_key(*owner, item.number, meter.number), meter.external_ids)


def _seen(
    sql: Sql, table: Table, at: datetime, identity: dict[str, Any], *, blank: dict[str, Any], said: dict[str, Any]
) -> int:
    """Keep that a thing was seen, with what was said of it; its number."""
    statement = (
        insert(sql, table)
        .values({**blank, **said, **identity, "first_seen": at, "last_seen": at})
        .on_conflict_do_update(index_elements=list(identity), set_={**said, "last_seen": at})
    )
    number: int = sql.execute(statement.returning(table.c.id)).scalar_one()
    return number


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _by(sql: Sql, table: Table, parent: str) -> Grouped:
    grouped: Grouped = defaultdict(list)
    for row in sql.execute(select(table).order_by(table.c.id)):
        grouped[getattr(row, parent)].append(row)
    return grouped


def _stored(row: Row[Any], locations: Grouped, meters: Grouped, schedules: Grouped, ids: Ids) -> StoredAccount:
    owner = (row.utility, row.number)
    account = Account(
        number=row.number,
        customer=row.customer,
        name=row.name,
        active=row.active,
        prepaid=row.prepaid,
        locations=tuple(
            _location(item, owner, meters.get(item.id, ()), schedules.get(item.id, ()), ids)
            for item in locations.get(row.id, ())
        ),
        external_ids=ids.get((OwnerKind.ACCOUNT, owner_key(*owner)), ()),
    )
    return StoredAccount(
        connection_id=row.connection_id, account=account, first_seen=row.first_seen, last_seen=row.last_seen
    )


def _location(
    row: Row[Any], owner: tuple[str, str], meters: Iterable[Row[Any]], schedules: Sequence[Row[Any]], ids: Ids
) -> ServiceLocation:
    latest = max((item.last_seen for item in schedules), default=None)
    return ServiceLocation(
        number=row.number,
        address=row.address,
        nickname=row.nickname,
        industries=tuple(row.industries),
        rate_schedules=tuple(item.code for item in schedules if item.last_seen == latest),
        meters=tuple(
            Meter(
                number=item.number,
                category=ServiceCategory(item.category),
                installed=item.installed,
                removed=item.removed,
                external_ids=ids.get((OwnerKind.METER, owner_key(*owner, row.number, item.number)), ()),
            )
            for item in meters
        ),
        external_ids=ids.get((OwnerKind.LOCATION, owner_key(*owner, row.number)), ()),
    )
