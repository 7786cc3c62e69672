"""Having a book forget an account, or a document, for good: what came from files belongs to no connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from meterbook.book.bills import meant
from meterbook.consent import audit
from meterbook.model.errors import NotFound, UsageError
from meterbook.store.records import DocumentState, StoredDocument

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook

SHORTEST = 6
"""Letters of a document's hash by which it may be named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was deleted.

    Attributes:
        readings: how many.
        bills: how many.
        documents: how many.
    """

    readings: int
    bills: int
    documents: int


def forget_account(book: OpenBook, name: str, *, utility: str | None = None) -> Forgotten:
    """Delete all that a book holds of an account: readings, bills, documents, balances, findings.

    Args:
        book: the book.
        name: the account by any of its identifiers.
        utility: catalogue slug, where several have an account of that number.

    Raises:
        NotFound: the book holds nothing of such an account.
        UsageError: several are meant, or a connection shows the account and would bring it again.
    """
    owner_utility, number = _owner(book, name, utility)
    shown_by = [
        one.connection_id
        for one in book.records.accounts()
        if one.account.number == number and _utility(book, one.connection_id) == owner_utility
    ]
    if any(book.records.connection(one).active for one in shown_by):
        raise UsageError(
            "a connection shows this account, and the next sync would bring it again",
            hint=f"End the connection with its data: meterbook revoke {shown_by[0]} --delete-data",
        )
    bills, before = book.records.bill_count(number, utility=owner_utility), len(book.records.documents())
    book.records.delete_account_data(owner_utility, number)
    documents = before - len(book.records.documents())
    readings = book.finish_deletions()
    _note(book, "account.forgotten", f"{readings} readings, {bills} bills, {documents} documents")
    return Forgotten(readings=readings, bills=bills, documents=documents)


def forget_document(book: OpenBook, name: str) -> StoredDocument:
    """Delete a document from which no bill was taken: one that was imported by mistake, or is no bill.

    Args:
        book: the book.
        name: the beginning of its hash, as ``meterbook bills documents`` lists it.

    Raises:
        NotFound: there is none such.
        UsageError: several are meant, or bills of the book were read in it.
    """
    word = name.strip().casefold()
    found = [one for one in book.records.documents() if len(word) >= SHORTEST and one.digest.startswith(word)]
    if not found:
        raise NotFound(f"the book has no document {name!r}", hint="List them with: meterbook bills documents --all")
    if len(found) > 1:
        raise UsageError(f"{len(found)} documents begin with {name!r}", expected="more letters of the hash")
    (document,) = found
    if document.state is DocumentState.READ or any(source.bill_id is not None for source in document.sources):
        raise UsageError(
            "a bill of the book was read in this document, or was given with it",
            expected="a document without a bill",
            hint="What is held of the whole account goes with: meterbook forget ACCOUNT",
        )
    book.records.delete_document(document.digest)
    book.finish_deletions()
    _note(book, "document.forgotten", "")
    return document


def _owner(book: OpenBook, name: str, utility: str | None) -> tuple[str, str]:
    """Utility and number of the account that a name means."""
    channels = {(one.channel.utility, one.channel.account) for one in book.records.channels()}
    known = {(_utility(book, one.connection_id), one.account.number) for one in book.records.accounts()}
    every = channels | known | set(book.records.billed_accounts())
    same = {owner for owner in every if owner[1] == name}
    if not same:
        numbers = meant(book.records, [name])
        same = {owner for owner in every if owner[1] in numbers}
    same = {owner for owner in same if utility in (None, owner[0])}
    if not same:
        raise NotFound(f"the book holds nothing of account {name!r}", hint="See what it holds with: meterbook status")
    if len(same) > 1:
        slugs = ", ".join(sorted(slug or "(none)" for slug, _ in same))
        raise UsageError(f"several accounts are meant by {name!r}", expected=f"--utility with one of {slugs}")
    return same.pop()


def _utility(book: OpenBook, connection_id: int) -> str:
    return book.records.connection(connection_id).utility


def _note(book: OpenBook, action: str, detail: str) -> None:
    """A line of the audit log, which can't be taken back and therefore names nobody."""
    audit.record(book.records, actor="user", action=action, subject="", detail=detail, at=datetime.now(UTC))
