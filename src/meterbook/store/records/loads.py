"""Records of loads: which pull or file brought which readings. The lake's rows carry the load's number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Sql
from sqlalchemy import Row, bindparam, func, insert, select, update

from meterbook.model.errors import StoreError
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.store.records import schema
from meterbook.store.records.database import Database
from meterbook.store.records.database import insert as insert_or
from meterbook.store.records.values import Load, LoadDone

_MAX_ID = 2**31 - 1
_FIELDS = schema.load.c
_AT_DELETION = "load at the last deletion"
_ADVANCE = (
    update(schema.counter)
    .where(schema.counter.c.name == bindparam("counter"))
    .values(value=schema.counter.c.value + bindparam("by"))
    .returning(schema.counter.c.value)
)


class LoadRecords(Database):
    """Loads, numbered in the order in which they were begun."""

    def begin_loads(self, provenances: Sequence[Provenance]) -> list[int]:
        """Write down loads that are about to be stored.

        Returns:
            Their numbers: consecutive, and greater than every number given before, by whichever process. A number
            is never given again, so that rows left in the lake by a killed process can't be taken for another load's.
        """
        if not provenances:
            return []
        with self._writing() as sql:
            last = _advance(sql, "load", len(provenances))
            numbers = list(range(last - len(provenances) + 1, last + 1))
            rows = [_columns(number, item) for number, item in zip(numbers, provenances, strict=True)]
            sql.execute(insert(schema.load), rows)
        return numbers

    def finish_loads(self, results: Sequence[LoadDone]) -> None:
        """Write down what loads without a window changed (imported files)."""
        if not results:
            return
        statement = (
            update(schema.load)
            .where(_FIELDS.id == bindparam("number"))
            .values(rows_new=bindparam("new"), rows_revised=bindparam("rev"), rows_unchanged=bindparam("same"))
        )
        rows = [{"number": r.load_id, "new": r.new, "rev": r.revised, "same": r.unchanged} for r in results]
        with self._writing() as sql:
            sql.execute(statement, rows)

    def loads(self, *, ids: Sequence[int] | None = None) -> list[Load]:
        """Loads in the order of their numbers; all, or those asked for."""
        query = select(schema.load).order_by(_FIELDS.id)
        if ids is not None:
            query = query.where(_FIELDS.id.in_(ids))
        with self._reading() as sql:
            return [_load(row) for row in sql.execute(query)]

    def last_load_at_deletion(self) -> int:
        """The greatest number that a load had when channels were last deleted; 0 if none ever were."""
        with self._reading() as sql:
            query = select(schema.counter.c.value).where(schema.counter.c.name == _AT_DELETION)
            return sql.execute(query).scalar() or 0

    def last_load_at(self, instant: datetime) -> int:
        """The greatest number of a load that was known at an instant; 0 if there was none."""
        with self._reading() as sql:
            return sql.execute(select(func.max(_FIELDS.id)).where(_FIELDS.at <= instant)).scalar() or 0


def note_deletion(sql: Sql) -> None:
    """Write down that loads begun so far may have fewer readings left than they stored, since channels are deleted."""
    newest = sql.execute(select(func.max(_FIELDS.id))).scalar() or 0
    statement = insert_or(sql, schema.counter).values(name=_AT_DELETION, value=newest)
    sql.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": newest}))


def _advance(sql: Sql, name: str, by: int) -> int:
    """The counter's value after adding to it; the row stays locked until the transaction ends."""
    value: int | None = sql.execute(_ADVANCE, {"counter": name, "by": by}).scalar()
    if value is None:
        sql.execute(insert_or(sql, schema.counter).values(name=name, value=0).on_conflict_do_nothing())
        value = int(sql.execute(_ADVANCE, {"counter": name, "by": by}).scalar_one())
    if value > _MAX_ID:
        raise StoreError("the book has used up its load numbers", expected=f"at most {_MAX_ID:,} loads")
    return value


def _columns(number: int, item: Provenance) -> dict[str, Any]:
    return {
        "id": number,
        "kind": item.kind.value,
        "source": item.source,
        "at": item.at,
        "detail": item.detail,
        "digest": item.digest,
    }


def _load(row: Row[Any]) -> Load:
    return Load(
        id=row.id,
        provenance=Provenance(
            kind=SourceKind(row.kind), source=row.source, at=row.at, detail=row.detail, digest=row.digest
        ),
        rows_new=row.rows_new,
        rows_revised=row.rows_revised,
        rows_unchanged=row.rows_unchanged,
    )
