"""The bills of some accounts while sources tell of them: read once, matched in memory, written back at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection as Sql
from sqlalchemy import bindparam, insert, select, update

from meterbook.model.account_number import account_key
from meterbook.model.provenance import SourceKind
from meterbook.model.statement import Statement
from meterbook.store.records.bill_bodies import decoded, encoded
from meterbook.store.records.bill_matching import Clue, Told, clues_near, clues_of, matched
from meterbook.store.records.bill_merging import differences, merged
from meterbook.store.records.bill_tables import bill, bill_source, bill_version, document_source
from meterbook.store.records.channels import chunks
from meterbook.store.records.values import News, SavedStatement

TRIES = 3
"""How often a portal is asked for a document that it says it does not have."""
TRY_AGAIN = timedelta(hours=20)

SourceKey = tuple[SourceKind, str, str]


@dataclass(slots=True, kw_only=True)
class _Version:
    """One text of a bill: a source's, or that of all together.

    Attributes:
        moved: seen again since it was read from the records.
    """

    digest: str
    body: str
    first_seen: datetime
    last_seen: datetime
    id: int | None = None
    moved: bool = False
    _statement: Statement | None = None

    @property
    def statement(self) -> Statement:
        """What the text says."""
        if self._statement is None:
            self._statement = decoded(self.body)
        return self._statement


@dataclass(slots=True, kw_only=True)
class ShelvedBill:
    """A bill with what its sources say.

    Attributes:
        id: the book's number of it; None until it is written.
        key: the account's number as :func:`~meterbook.model.account_number.account_key` makes it.
        place: which of the account's bills on the shelf it is.
        account: number as the best source writes it.
        bill_date: day of issue.
        sources: by kind, source and document, what each said, the version seen last coming last.
        versions: what they came to, likewise.
        written: its columns as they stand in the records; None until it is written.
    """

    id: int | None
    utility: str
    key: str
    place: int
    account: str
    bill_date: date
    tries: int = 0
    tried: datetime | None = None
    asked: datetime | None = None
    sources: dict[SourceKey, list[_Version]] = field(default_factory=dict)
    versions: list[_Version] = field(default_factory=list)
    written: dict[str, Any] | None = None
    _told: list[Told] | None = None

    def told(self) -> list[Told]:
        """What each source says now, the one heard last first."""
        if self._told is None:
            latest = sorted(self.sources.items(), key=lambda one: one[1][-1].last_seen, reverse=True)
            self._told = [
                Told(statement=some[-1].statement, kind=kind, source=source, document=document)
                for (kind, source, document), some in latest
            ]
        return self._told

    def hear(self, told: Told, at: datetime) -> bool:
        """Take in what a source says; whether it says something new."""
        some = self.sources.setdefault((told.kind, told.source, told.document), [])
        self._told = None
        return _seen(some, told.statement, encoded(told.statement), at)

    def settle(self, at: datetime) -> bool:
        """Put the sources together; whether the bill reads otherwise than before."""
        told = self.told()
        statement = merged(told)
        self.account, self.bill_date = statement.account, statement.bill_date
        alone = next((some[-1] for some in self.sources.values()), None) if len(told) == 1 else None
        if alone is not None and alone.statement is statement:  # which is so for nearly every bill of a report
            return _seen(self.versions, statement, (alone.body, alone.digest), at)
        return _seen(self.versions, statement, encoded(statement), at)

    @property
    def statement(self) -> Statement:
        """What the sources came to."""
        return self.versions[-1].statement

    def columns(self) -> dict[str, Any]:
        """The bill's own row."""
        return {
            "utility": self.utility,
            "account": self.account,
            "account_key": self.key,
            "bill_date": self.bill_date,
            "document_tries": self.tries,
            "document_tried": self.tried,
        }

    def wants_document(self, at: datetime) -> bool:
        """Whether the portal is to be asked for the bill as printed: it lists it, and has not given or refused it."""
        listed = [some[-1] for (kind, _, printed), some in self.sources.items() if kind == "portal" and not printed]
        if not listed or (self.asked is not None and self.asked >= max(one.first_seen for one in listed)):
            return False
        return self.tries < TRIES and (self.tried is None or at - self.tried >= TRY_AGAIN)


def _seen(some: list[_Version], statement: Statement, text: tuple[str, str], at: datetime) -> bool:
    """Note that a version was seen; it becomes the last one. Whether it was another one before."""
    body, digest = text
    known = next((one for one in some if one.digest == digest), None)
    changed = not some or some[-1] is not known
    if known is None:
        some.append(_Version(digest=digest, body=body, first_seen=at, last_seen=at, _statement=statement))
        return True
    if changed:
        some.remove(known)
        some.append(known)
        at = max(at, *(one.last_seen for one in some))
    known.moved |= at > known.last_seen
    known.last_seen = max(at, known.last_seen)
    return changed


@dataclass(slots=True)
class Shelf:
    """The bills of the accounts that sources tell of.

    Attributes:
        utility: catalogue slug.
        bills: by account, with the number as :func:`~meterbook.model.account_number.account_key` makes it.
    """

    utility: str
    bills: dict[str, list[ShelvedBill]] = field(default_factory=lambda: defaultdict(list))
    _by_clue: dict[str, dict[Clue, list[int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, sql: Sql, utility: str, accounts: Iterable[str]) -> Shelf:
        """The shelf of some accounts."""
        shelf = cls(utility)
        by_id: dict[int, ShelvedBill] = {}
        for part in chunks(sorted({account_key(number) for number in accounts})):
            query = select(bill).where(bill.c.utility == utility, bill.c.account_key.in_(part)).order_by(bill.c.id)
            for row in sql.execute(query):
                by_id[row.id] = ShelvedBill(
                    id=row.id,
                    utility=utility,
                    key=row.account_key,
                    place=len(shelf.bills[row.account_key]),
                    account=row.account,
                    bill_date=row.bill_date,
                    tries=row.document_tries,
                    tried=row.document_tried,
                )
                by_id[row.id].written = by_id[row.id].columns()
                shelf.bills[row.account_key].append(by_id[row.id])
        for some in chunks(list(by_id)):
            for row in _rows(sql, bill_source, some):
                key = (SourceKind(row.kind), row.source, row.document)
                by_id[row.bill_id].sources.setdefault(key, []).append(_version(row))
            for row in _rows(sql, bill_version, some):
                by_id[row.bill_id].versions.append(_version(row))
            asked = select(document_source.c.bill_id, document_source.c.last_seen).where(
                document_source.c.bill_id.in_(some), document_source.c.kind == SourceKind.PORTAL.value
            )
            for row in sql.execute(asked):
                one = by_id[row.bill_id]
                one.asked = max(row.last_seen, one.asked or row.last_seen)
        return shelf

    def place(self, told: Told, bill_id: int | None = None) -> tuple[ShelvedBill, bool]:
        """The bill that a source tells of, and whether it is a new one.

        Args:
            told: what the source says.
            bill_id: the bill, where that is known from elsewhere.
        """
        key = account_key(told.statement.account)
        some = self.bills[key]
        if bill_id is not None:
            return next(one for one in some if one.id == bill_id), False
        near = self._near(key, told)
        number = matched(told, ((number, some[number].told()) for number in near))
        if number is not None:
            return some[number], False
        statement = told.statement
        new = ShelvedBill(
            id=None, utility=self.utility, key=key, place=len(some), account=statement.account,
            bill_date=statement.bill_date,
        )  # fmt: skip
        some.append(new)
        return new, True

    def hear(self, one: ShelvedBill, told: Told, at: datetime) -> bool:
        """Take in what a source says of a bill; whether it says something new."""
        clues = self._by_clue.get(one.key)
        if clues is not None:
            _note(clues, one.place, told)
        return one.hear(told, at)

    def _near(self, key: str, told: Told) -> list[int]:
        """Places of an account's bills that may be the one told of: all that share a clue with it."""
        if key not in self._by_clue:
            clues = self._by_clue[key] = {}
            for one in self.bills[key]:
                for known in one.told():
                    _note(clues, one.place, known)
        clues = self._by_clue[key]
        return sorted({number for clue in clues_near(told) for number in clues.get(clue, ())})

    def write(self, sql: Sql, touched: Collection[ShelvedBill]) -> None:
        """Write the bills that were told of, inside a writing transaction."""
        fresh = [one for one in touched if one.id is None]
        changed = [one for one in touched if one.id is not None and one.written != one.columns()]
        if fresh:
            statement = insert(bill).returning(bill.c.id, sort_by_parameter_order=True)
            numbers = sql.execute(statement, [one.columns() for one in fresh]).scalars().all()
            for one, number in zip(fresh, numbers, strict=True):
                one.id = number
        if changed:
            anew = update(bill).where(bill.c.id == bindparam("number"))
            sql.execute(anew, [one.columns() | {"number": one.id} for one in changed])
        told = [
            ({"bill_id": one.id, "kind": key[0].value, "source": key[1], "document": key[2]}, version)
            for one in touched
            for key, some in one.sources.items()
            for version in some
        ]
        _write(sql, bill_source, told)
        _write(sql, bill_version, [({"bill_id": one.id}, version) for one in touched for version in one.versions])


def saved(one: ShelvedBill, *, news: News, joined: bool, at: datetime) -> SavedStatement:
    """What is told of a bill after it was written."""
    assert one.id is not None
    statement = one.statement
    return SavedStatement(
        id=one.id,
        statement=statement,
        news=news,
        joined=joined,
        findings=tuple(each.finding(one.id, one.bill_date) for each in differences(statement, one.told()))
        if len(one.sources) > 1
        else (),
        wants_document=one.wants_document(at),
    )


def _rows(sql: Sql, table: Any, bills: Collection[int]) -> Iterator[Any]:
    query = select(table).where(table.c.bill_id.in_(bills)).order_by(table.c.last_seen, table.c.id)
    yield from sql.execute(query)


def _version(row: Any) -> _Version:
    return _Version(id=row.id, digest=row.digest, body=row.body, first_seen=row.first_seen, last_seen=row.last_seen)


def _note(clues: dict[Clue, list[int]], number: int, told: Told) -> None:
    for clue in clues_of(told):
        some = clues.setdefault(clue, [])
        if number not in some:
            some.append(number)


def _write(sql: Sql, table: Any, told: Collection[tuple[dict[str, Any], _Version]]) -> None:
    new = [
        owner
        | {
            "digest": version.digest,
            "body": version.body,
            "first_seen": version.first_seen,
            "last_seen": version.last_seen,
        }
        for owner, version in told
        if version.id is None
    ]
    if new:
        sql.execute(insert(table), new)
    seen = [
        {"number": version.id, "seen": version.last_seen}
        for _, version in told
        if version.id is not None and version.moved
    ]
    if seen:
        moved = update(table).where(table.c.id == bindparam("number")).values(last_seen=bindparam("seen"))
        sql.execute(moved, seen)
