"""The bills that a book holds, and the documents they came as."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from meterbook.model.account_number import account_key
from meterbook.model.errors import NotFound
from meterbook.store.records import OwnerKind, Records, StoredPrepaidDay, StoredStatement, StoredTouMonth, owner_parts

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook


def bills(
    book: OpenBook, *, accounts: Iterable[str] = (), since: date | None = None, until: date | None = None
) -> list[StoredStatement]:
    """Every bill that a book holds, oldest first; see :meth:`meterbook.book.Book.bills`."""
    named = list(accounts)
    wanted = meant(book.records, named) if named else None
    held = book.records.stored_statements(accounts=wanted)
    return [
        one
        for one in held
        if (since is None or since <= one.statement.bill_date) and (until is None or one.statement.bill_date < until)
    ]


def tou_ledger(book: OpenBook, accounts: Iterable[str]) -> list[StoredTouMonth]:
    """Months of time-of-use ledgers; see :meth:`meterbook.book.Book.tou_ledger`."""
    named = list(accounts)
    return book.records.tou_months(accounts=meant(book.records, named) if named else None)


def prepaid_ledger(book: OpenBook, accounts: Iterable[str]) -> list[StoredPrepaidDay]:
    """Days of prepaid accounts; see :meth:`meterbook.book.Book.prepaid_ledger`."""
    named = list(accounts)
    return book.records.prepaid_days(accounts=meant(book.records, named) if named else None)


def document(book: OpenBook, digest: str) -> bytes:
    """A document as received; see :meth:`meterbook.book.Book.document`."""
    book.records.stored_document(digest)
    return book.documents.read(digest)


def meant(records: Records, names: Iterable[str]) -> set[str]:
    """Account numbers that names mean: numbers as any source writes them, or external identifiers.

    Raises:
        NotFound: the book knows no such account.
    """
    known = {number for _, number in records.billed_accounts()} | {one.account.number for one in records.accounts()}
    return {number for name in names for number in _meant(records, name, known)}


def _meant(records: Records, name: str, known: Iterable[str]) -> Sequence[str]:
    """Account numbers that a name means: the number as any source writes it, or an external identifier.

    Raises:
        NotFound: the book knows no such account.
    """
    same = [number for number in known if number == name or account_key(number) == account_key(name)]
    if same:
        return same
    held = [owner for kind, owner, _ in records.holders_of(name) if kind is OwnerKind.ACCOUNT]
    if held:
        return [owner_parts(owner)[1] for owner in held]
    listed = sorted(known)
    raise NotFound(
        f"the book has no account {name!r}",
        expected=f"one of {', '.join(listed[:8])}{' …' if len(listed) > 8 else ''}" if listed else None,
        hint="See what it holds with: meterbook status",
    )
