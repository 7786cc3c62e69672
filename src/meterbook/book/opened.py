"""An open book: its records, its readings and its vault. What can be done with it is said in :mod:`.book`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from meterbook.book.folder import DOCUMENTS_FOLDER, READINGS_FOLDER, RECORDS_FILE, default_folder
from meterbook.book.placing import open_lake
from meterbook.consent.vault import Vault
from meterbook.model.errors import BookDamaged, StoreError
from meterbook.store.documents import DocumentFiles
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Connection, Records


class OpenBook:
    """What every use of a book needs.

    Attributes:
        folder: where it lies.
        records: accounts, connections, the journal, findings.
        lake: readings, in the folder or where ``METERBOOK_READINGS`` says.
        documents: bills as they were received.
    """

    def __init__(self, folder: Path, records: Records, lake: ReadingsLake) -> None:
        self.folder = folder
        self.records = records
        self.lake = lake
        self.documents = DocumentFiles(folder / DOCUMENTS_FOLDER)
        self._vault: Vault | None = None

    @classmethod
    def open(cls, folder: str | Path | None = None) -> Self:
        """Open a book, making it if it is not there yet.

        Args:
            folder: the book's folder; without it ``METERBOOK_BOOK``, else the user's data folder.

        Raises:
            StoreError: the folder can't be used, or was written by a newer Meterbook; or the readings in the place that
                ``METERBOOK_READINGS`` names are another book's.
        """
        place = Path(folder).expanduser() if folder is not None else default_folder()
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as err:
            raise StoreError(
                f"the book's folder can't be made: {err.strerror}",
                where=str(place),
                expected="a folder that may be written to",
                hint="Name another one with --book FOLDER or METERBOOK_BOOK.",
            ) from err
        if not os.access(place, os.W_OK | os.X_OK):
            raise StoreError(
                "the book's folder may not be written to, which reading needs too (for its locks)",
                where=str(place),
                hint="Give it back to its owner, or copy the book and name the copy with --book.",
            )
        if not (place / RECORDS_FILE).exists() and (place / READINGS_FOLDER).exists():
            raise BookDamaged(
                f"the book has readings and no {RECORDS_FILE}, which tells whose they are",
                where=str(place),
                hint="Put the file back from your last copy of the book, or name another folder with --book.",
            )
        records = Records.open(place / RECORDS_FILE)
        try:
            book = cls(place, records, open_lake(place, records, os.environ))
        except BaseException:
            records.close()
            raise
        book.finish_deletions()
        return book

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back files and connections."""
        self.records.close()

    @property
    def vault(self) -> Vault:
        """Where credentials lie, encrypted; opened when first needed."""
        if self._vault is None:
            self._vault = Vault.open(self.folder)
        return self._vault

    def connections(self) -> list[Connection]:
        """Connections in use, in the order in which they were made."""
        return [connection for connection in self.records.connections() if connection.active]

    def finish_deletions(self) -> int:
        """Delete what the records no longer name: documents, and readings. A deletion that was cut off goes on here.

        Returns:
            How many readings were deleted.
        """
        self._finish_document_deletions()
        channel_ids = self.records.pending_lake_deletions()
        if not channel_ids:
            return 0
        removed = self.lake.delete(channel_ids)
        self.records.lake_cleaned(channel_ids)
        return removed

    def _finish_document_deletions(self) -> None:
        digests = self.records.pending_document_deletions()
        if digests:
            kept = {one.digest for one in self.records.documents()}  # one that came again meanwhile
            self.documents.remove(digest for digest in digests if digest not in kept)
            self.records.documents_removed(digests)
