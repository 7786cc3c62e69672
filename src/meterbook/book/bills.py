"""The bills that a book holds, and the documents they came as."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from meterbook.book.folder import DOCUMENTS_FOLDER
from meterbook.model.account_number import account_key
from meterbook.model.errors import BookDamaged, NotFound
from meterbook.store.records import OwnerKind, Records, StoredStatement, owner_parts

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook


def bills(
    book: OpenBook, *, accounts: Iterable[str] = (), since: date | None = None, until: date | None = None
) -> list[StoredStatement]:
    """Every bill that a book holds, oldest first; see :meth:`meterbook.book.Book.bills`."""
    held = book.records.stored_statements()
    named = list(accounts)
    if named:
        known = {one.statement.account for one in held} | {one.account.number for one in book.records.accounts()}
        wanted = {number for name in named for number in _meant(book.records, name, known)}
        held = [one for one in held if one.statement.account in wanted]
    return [
        one
        for one in held
        if (since is None or since <= one.statement.bill_date) and (until is None or one.statement.bill_date < until)
    ]


def document(book: OpenBook, digest: str) -> bytes:
    """A document as received; see :meth:`meterbook.book.Book.document`."""
    path = book.folder / DOCUMENTS_FOLDER / digest[:2] / f"{digest}.pdf"
    known = any(one.statement.document == digest for one in book.records.stored_statements())
    if not known:
        raise NotFound(f"the book has no document {digest[:12]!r}", hint="List its bills with: meterbook bills list")
    try:
        body = path.read_bytes()
    except OSError as err:
        raise BookDamaged(
            f"the file of a document can't be read: {err.strerror}",
            where=str(path),
            hint="Put the file back from your last copy of the book.",
        ) from err
    if hashlib.sha256(body).hexdigest() != digest:
        raise BookDamaged(
            "the file of a document is no longer what was received",
            where=str(path),
            hint="Put the file back from your last copy of the book.",
        )
    return body


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
