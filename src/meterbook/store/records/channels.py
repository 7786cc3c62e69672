"""Records of channels: the numbers under which the lake keeps readings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection as Sql
from sqlalchemy import Row, func, select, update

from meterbook.model.channel import Channel, FlowDirection, Quantity, ServiceCategory
from meterbook.model.units import Unit
from meterbook.store.records import schema
from meterbook.store.records.database import Database, insert
from meterbook.store.records.values import StoredChannel

T = TypeVar("T")
_FIELDS = schema.channel.c


class ChannelRecords(Database):
    """Channels and their numbers.

    Attributes:
        renames: how many channels were renamed through this object.
    """

    renames = 0

    def channel_ids(self, channels: Sequence[Channel]) -> list[int]:
        """Numbers of channels, in the order given; channels not met before get one.

        The same channel gets the same number in every process, also in two at once.
        """
        keys = list(dict.fromkeys(item.key for item in channels))
        with self._reading() as sql:
            found = _numbers(sql, keys)
        missing = {item.key: item for item in channels if item.key not in found}
        if missing:
            with self._writing() as sql:
                statement = insert(sql, schema.channel).on_conflict_do_nothing(index_elements=["key"])
                sql.execute(statement, [_columns(missing[key]) for key in sorted(missing)])
                found.update(_numbers(sql, list(missing)))
        return [found[item.key] for item in channels]

    def rename_channel(self, channel_id: int, channel: Channel) -> bool:
        """Let a number stand for another channel, since it was taken for the wrong one; its readings go with it.

        Returns:
            False if that channel has a number of its own already, and then nothing is changed.
        """
        with self._writing() as sql:
            holder = sql.execute(select(_FIELDS.id).where(_FIELDS.key == channel.key)).scalar()
            if holder is not None:
                return bool(holder == channel_id)
            sql.execute(update(schema.channel).where(_FIELDS.id == channel_id).values(_columns(channel)))
        self.renames += 1
        return True

    def channels_mark(self) -> tuple[int, ...]:
        """Something that changes when channels come, go or are renamed, at the cost of a look at their keys."""
        query = select(func.count(), func.max(_FIELDS.id), func.sum(func.length(_FIELDS.key)))
        with self._reading() as sql:
            return tuple(value or 0 for value in sql.execute(query).one())

    def channels(
        self,
        *,
        utility: str | None = None,
        account: str | None = None,
        service_location: str | None = None,
        meter: str | None = None,
        quantity: Quantity | None = None,
        category: ServiceCategory | None = None,
    ) -> list[StoredChannel]:
        """Channels that have all the values given, in the order of their numbers."""
        wanted = {
            _FIELDS.utility: utility,
            _FIELDS.account: account,
            _FIELDS.service_location: service_location,
            _FIELDS.meter: meter,
            _FIELDS.quantity: quantity,
            _FIELDS.category: category,
        }
        query = select(schema.channel).order_by(_FIELDS.id)
        query = query.where(*(column == value for column, value in wanted.items() if value is not None))
        with self._reading() as sql:
            return [StoredChannel(id=row.id, channel=_channel(row)) for row in sql.execute(query)]


def chunks(items: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """The items in runs short enough for one statement's parameters."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _numbers(sql: Sql, keys: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in chunks(keys):
        rows = sql.execute(select(_FIELDS.key, _FIELDS.id).where(_FIELDS.key.in_(part)))
        found.update((row.key, row.id) for row in rows)
    return found


def _columns(item: Channel) -> dict[str, Any]:
    return {
        "key": item.key,
        "utility": item.utility,
        "account": item.account,
        "service_location": item.service_location,
        "meter": item.meter,
        "register": item.register,
        "category": item.category.value,
        "quantity": item.quantity.value,
        "flow": item.flow.value,
        "unit": item.unit.value,
        "interval_s": item.interval_s,
        "tou_period": item.tou_period,
    }


def _channel(row: Row[Any]) -> Channel:
    return Channel(
        utility=row.utility,
        account=row.account,
        service_location=row.service_location,
        meter=row.meter,
        register=row.register,
        category=ServiceCategory(row.category),
        quantity=Quantity(row.quantity),
        flow=FlowDirection(row.flow),
        unit=Unit(row.unit),
        interval_s=row.interval_s,
        tou_period=row.tou_period,
    )
