"""What reads the documents of a book: the bill reader, with the templates of the catalogue, in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from meterbook.model.errors import MalformedRecord, ReadingEnded
from meterbook.model.statement import Statement
from meterbook.sync.documents import Documents, Reading

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook
    from meterbook.formats.bills import BillReading
    from meterbook.formats.bills.apart import BillReader


@contextmanager
def documents_of(book: OpenBook) -> Iterator[Documents]:
    """The documents of a book with what reads them, for as long as the block lasts."""
    reader = _Reader()
    try:
        yield Documents(records=book.records, files=book.documents, read=reader)
    finally:
        reader.close()


class _Reader:
    """Reads one document at a time; its process is started with the first."""

    def __init__(self) -> None:
        self._reader: BillReader | None = None
        self._catalogue: dict[str, str | None] = {}
        self._lock = threading.Lock()

    def __call__(self, content: bytes, name: str) -> Reading:
        """What the bill reader makes of a document.

        Raises:
            MalformedRecord: it can't be read at all: damaged, locked, too big.
        """
        from meterbook.formats.bills.apart import BillReader  # noqa: PLC0415 - brings in the PDF library

        with self._lock:
            if self._reader is None:
                from meterbook.utilities.bill_templates import templates  # noqa: PLC0415 - reads files

                known = templates()
                self._catalogue = {one.name: one.catalogue for one in known}
                self._reader = BillReader(templates=known)
            try:
                found = self._reader.read(content, name=name)
            except ReadingEnded as error:
                return Reading(reasons=(str(error),), ended=True)
        return self._told(found, name)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def _told(self, found: BillReading, name: str) -> Reading:
        reasons = list(found.reasons)
        statements: list[Statement] = []
        for one in found.statements:
            if not one.accepted:
                continue
            try:
                statements.append(one.statement(name=name))
            except MalformedRecord as error:
                reasons.append(error.what)
        return Reading(
            statements=tuple(statements),
            reasons=tuple(reasons),
            reader=found.template or "generic",
            utility=self._catalogue.get(found.template) if found.template is not None else None,
        )
