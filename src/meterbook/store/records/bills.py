"""Records of bills: what each source tells, by version, and what the sources come to together."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection as Sql
from sqlalchemy import Row, Select, func, select, update

from meterbook.model.account_number import account_key
from meterbook.model.finding import Finding
from meterbook.model.provenance import SourceKind
from meterbook.model.statement import Statement
from meterbook.store.records.bill_bodies import decoded, in_utc
from meterbook.store.records.bill_chains import chained
from meterbook.store.records.bill_matching import Told
from meterbook.store.records.bill_shelf import Shelf, ShelvedBill, saved
from meterbook.store.records.bill_tables import bill, bill_source, bill_version, document_source
from meterbook.store.records.channels import chunks
from meterbook.store.records.database import Database
from meterbook.store.records.values import News, SavedStatement, StatementSource, StoredStatement

WITHDRAWN = "bill.withdrawn"
AT_ONCE = 5_000
"""Statements that are matched and written together; a report of any length takes no more memory for it."""


class BillRecords(Database):
    """Bills. Nothing that was once told of one is lost."""

    def save_statements(
        self,
        statements: Sequence[Statement],
        *,
        source: str,
        at: datetime,
        utility: str = "",
        kind: SourceKind = SourceKind.PORTAL,
        document: str | None = None,
        bill_id: int | None = None,
    ) -> list[SavedStatement]:
        """Keep statements. One that another source told before is the same bill; one that reads otherwise a version.

        Args:
            statements: as read.
            source: where they were read: the portal's host or a file's name.
            at: when.
            utility: catalogue slug.
            kind: portal, file …
            document: SHA-256 of the document they were read from.
            bill_id: the bill they are of, where that is known otherwise than by what they say.

        Returns:
            What became of each, in the same order.
        """
        found: list[SavedStatement | None] = [None] * len(statements)
        with self._writing() as sql:
            for part in _by_account(statements):
                some = [
                    Told(statement=in_utc(statements[place]), kind=kind, source=source, document=document or "")
                    for place in part
                ]
                for place, done in zip(part, _save(sql, utility, some, bill_id, at), strict=True):
                    found[place] = done
        return [one for one in found if one is not None]

    def statements(self, account: str | None = None, *, utility: str | None = None) -> list[Statement]:
        """The latest version of each statement, oldest bill first."""
        return [item.statement for item in self.stored_statements(account, utility=utility)]

    def bill_count(self, account: str, *, utility: str) -> int:
        """How many bills are held of an account."""
        mine = select(func.count()).select_from(bill).where(bill.c.utility == utility, bill.c.account == account)
        with self._reading() as sql:
            return sql.execute(mine).scalar_one()

    def billed_accounts(self) -> list[tuple[str, str]]:
        """Utility and number of the accounts that bills are held of."""
        query = select(bill.c.utility, bill.c.account).distinct().order_by(bill.c.account, bill.c.utility)
        with self._reading() as sql:
            return [(row.utility, row.account) for row in sql.execute(query)]

    def stored_statements(
        self, account: str | None = None, *, utility: str | None = None, accounts: Collection[str] | None = None
    ) -> list[StoredStatement]:
        """The latest version of each statement with its sources, oldest bill first.

        Args:
            account: one account number.
            utility: catalogue slug.
            accounts: several account numbers.
        """
        with self._reading() as sql:
            bills = _bills(sql, account, utility, accounts)
            sources, documents = _sources(sql, bills), _documents(sql, bills)
            latest = {row.bill_id: row for row in _rows(sql, bill_version, bills)}
        found = [
            _stored(bills[number], version, sources[number], documents[number]) for number, version in latest.items()
        ]
        return sorted(
            chained(found), key=lambda item: (item.statement.bill_date, item.statement.account, item.utility, item.id)
        )

    def statement_versions(self, account: str | None = None, *, utility: str | None = None) -> list[StoredStatement]:
        """Every version of every statement, the one seen last coming last."""
        with self._reading() as sql:
            bills = _bills(sql, account, utility, None)
            sources, documents = _sources(sql, bills), _documents(sql, bills)
            rows = _rows(sql, bill_version, bills)
        rows.sort(key=lambda row: (row.last_seen, row.id))
        return [_stored(bills[row.bill_id], row, sources[row.bill_id], documents[row.bill_id]) for row in rows]

    def source_statements(self, bill_id: int) -> list[tuple[StatementSource, Statement]]:
        """What each source of a bill says, every version of it, the one seen last coming last."""
        with self._reading() as sql:
            rows = _rows(sql, bill_source, [bill_id])
        return [(_source(row), decoded(row.body)) for row in rows]

    def mark_listed(
        self, account: str, listed: Iterable[Statement], *, source: str, at: datetime, utility: str
    ) -> list[Finding]:
        """Compare a portal's whole list of an account's bills with those it listed before.

        A bill that is gone from it though an older one is still there was withdrawn; one past its end is only old.

        Args:
            account: account number.
            listed: all that the portal lists.
            source: the portal's host.
            at: when.
            utility: catalogue slug.

        Returns:
            A finding for each bill that is withdrawn now and was not before.
        """
        told = [Told(statement=in_utc(one), kind=SourceKind.PORTAL, source=source) for one in listed]
        if not told:
            return []
        oldest = min(one.statement.bill_date for one in told)
        found = []
        with self._writing() as sql:
            shelf = Shelf.of(sql, utility, [account])
            here = {shelf.place(one)[0].id for one in told}
            since = dict(sql.execute(select(bill.c.id, bill.c.withdrawn).where(bill.c.id.in_(_numbers(shelf)))).all())
            for one in (each for some in shelf.bills.values() for each in some if each.id is not None):
                known = [
                    words.statement for words in one.told() if words.kind is SourceKind.PORTAL and not words.printed
                ]
                if not known:
                    continue
                gone = one.id not in here and known[0].bill_date > oldest
                if one.id in here or (gone and since[one.id] is None):
                    sql.execute(update(bill).where(bill.c.id == one.id).values(withdrawn=at if gone else None))
                if gone and since[one.id] is None:
                    found.append(_withdrawn(one, source))
        return found

    def document_missing(self, bill_id: int, at: datetime) -> None:
        """Note that the portal had no document of a bill when asked."""
        with self._writing() as sql:
            tries = bill.c.document_tries + 1
            sql.execute(update(bill).where(bill.c.id == bill_id).values(document_tries=tries, document_tried=at))

    def set_temperatures(self, by_bill: dict[int, tuple[Decimal, Decimal]]) -> None:
        """Keep the mean daily high and low, °F, of bills' periods, for those whose sources tell none."""
        with self._writing() as sql:
            for number, (high, low) in by_bill.items():
                values = {"temperature_high": high, "temperature_low": low}
                sql.execute(update(bill).where(bill.c.id == number).values(values))


def _by_account(statements: Sequence[Statement]) -> Iterator[list[int]]:
    """Places of statements, those of an account together, in parts that are held in memory with all that is known."""
    of_account: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(statements):
        of_account[account_key(one.account)].append(place)
    part: list[int] = []
    for places in of_account.values():
        if part and len(part) + len(places) > AT_ONCE:
            yield part
            part = []
        part += places
    if part:
        yield part


def _save(sql: Sql, utility: str, some: Sequence[Told], bill_id: int | None, at: datetime) -> list[SavedStatement]:
    """Keep what a source says of the bills of some accounts, inside a writing transaction."""
    shelf = Shelf.of(sql, utility, (one.statement.account for one in some))
    touched: dict[int, ShelvedBill] = {}
    news: list[tuple[ShelvedBill, News, bool]] = []
    for told in some:
        one, is_new = shelf.place(told, bill_id)
        joined = any(key != (told.kind, told.source, told.document) for key in one.sources)
        if shelf.hear(one, told, at) and told.kind is SourceKind.PORTAL and not told.printed:
            one.tries, one.tried = 0, None  # it was made anew, and so may its document be
        changed = one.settle(at)
        touched[id(one)] = one
        news.append((one, News.NEW if is_new else News.CHANGED if changed else News.SAME, joined))
    shelf.write(sql, list(touched.values()))
    return [saved(one, news=what, joined=joined, at=at) for one, what, joined in news]


def _bills(sql: Sql, account: str | None, utility: str | None, accounts: Collection[str] | None) -> dict[int, Row[Any]]:
    query = select(bill).order_by(bill.c.id)
    if account is not None:
        query = query.where(bill.c.account == account)
    if utility is not None:
        query = query.where(bill.c.utility == utility)
    parts: list[Select[Any]] = [query]
    if accounts is not None:
        parts = [query.where(bill.c.account.in_(part)) for part in chunks(sorted(accounts))]
    return {row.id: row for part in parts for row in sql.execute(part)}


def _rows(sql: Sql, table: Any, bills: Collection[int]) -> list[Row[Any]]:
    """Rows about bills, the one of each bill that was seen last coming last."""
    return [
        row
        for part in chunks(list(bills))
        for row in sql.execute(select(table).where(table.c.bill_id.in_(part)).order_by(table.c.last_seen, table.c.id))
    ]


def _sources(sql: Sql, bills: Collection[int]) -> dict[int, list[StatementSource]]:
    """Each source of each bill once, with when it was first and last heard, the first one first."""
    found: dict[int, dict[tuple[str, str, str], StatementSource]] = defaultdict(dict)
    for row in _rows(sql, bill_source, bills):
        key, told = (row.kind, row.source, row.document), _source(row)
        before = found[row.bill_id].get(key, told)
        earlier = before.first_seen < told.first_seen
        found[row.bill_id][key] = dataclasses.replace(told, first_seen=before.first_seen) if earlier else told
    return defaultdict(
        list, {number: sorted(some.values(), key=lambda one: one.first_seen) for number, some in found.items()}
    )


def _source(row: Row[Any]) -> StatementSource:
    return StatementSource(
        kind=SourceKind(row.kind),
        source=row.source,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        document=row.document or None,
    )


def _documents(sql: Sql, bills: Collection[int]) -> dict[int, list[str]]:
    """Documents of each bill: the portal's before those of files, the newest first."""
    rows = _rows(sql, document_source, bills)
    rows.sort(key=lambda row: (row.kind == SourceKind.PORTAL.value, row.last_seen, row.id), reverse=True)
    found: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        if row.document not in found[row.bill_id]:
            found[row.bill_id].append(row.document)
    return found


def _stored(
    kept: Row[Any], version: Row[Any], sources: Sequence[StatementSource], documents: Sequence[str]
) -> StoredStatement:
    statement = decoded(version.body)
    more: dict[str, Any] = {}
    untold = statement.temperature_high is None and statement.temperature_low is None
    if untold and (kept.temperature_high is not None or kept.temperature_low is not None):
        more |= {"temperature_high": kept.temperature_high, "temperature_low": kept.temperature_low}
    if documents:
        more["document"] = documents[0]
    if kept.withdrawn is not None:
        more["cancelled"] = True
    return StoredStatement(
        id=kept.id,
        statement=dataclasses.replace(statement, **more) if more else statement,
        utility=kept.utility,
        sources=tuple(sources),
        first_seen=version.first_seen,
        last_seen=version.last_seen,
        withdrawn=kept.withdrawn,
        documents=tuple(documents),
    )


def _numbers(shelf: Shelf) -> list[int]:
    return [one.id for some in shelf.bills.values() for one in some if one.id is not None]


def _withdrawn(one: ShelvedBill, source: str) -> Finding:
    assert one.id is not None
    return Finding(
        name=WITHDRAWN,
        message=f"the bill of {one.bill_date} is no longer listed by {source}, which lists older ones; it is kept",
        data={"bill": one.id, "bill_date": one.bill_date.isoformat(), "source": source},
    )
