"""Records of documents: what each is, where it came from, and whether its bill could be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Sql
from sqlalchemy import Row, delete, select, update
from sqlalchemy import insert as plain_insert

from meterbook.model.errors import NotFound
from meterbook.model.provenance import SourceKind
from meterbook.store.records.bill_tables import document, document_deletion, document_source
from meterbook.store.records.channels import chunks
from meterbook.store.records.database import Database, insert
from meterbook.store.records.values import DocumentSource, DocumentState, StoredDocument

PDF = "application/pdf"
_FIELDS, _SOURCE = document.c, document_source.c


class DocumentRecords(Database):
    """Documents. Their bytes lie in the book's folder, and are on the disk before they are recorded here."""

    def save_document(
        self,
        digest: str,
        size: int,
        *,
        kind: SourceKind,
        source: str,
        at: datetime,
        utility: str = "",
        account: str = "",
        bill_id: int | None = None,
    ) -> bool:
        """Record a document whose bytes are kept.

        Args:
            digest: SHA-256 of its bytes, hex.
            size: bytes.
            kind: portal or file.
            source: the portal's host, or the file's name.
            at: when it came.
            utility: catalogue slug, if known.
            account: account number, if known.
            bill_id: the bill it was taken for, if known.

        Returns:
            Whether it was not there before.
        """
        with self._writing() as sql:
            row = {
                "digest": digest,
                "size": size,
                "media_type": PDF,
                "state": DocumentState.UNREAD.value,
                "reasons": [],
                "reader": "",
                "first_seen": at,
            }
            statement = insert(sql, document).values(row).on_conflict_do_nothing(index_elements=["digest"])
            new = sql.execute(statement).rowcount == 1
            sql.execute(delete(document_deletion).where(document_deletion.c.digest == digest))
            _save_source(sql, digest, kind=kind, source=source, utility=utility, account=account, bill=bill_id, at=at)
            return new

    def document_read(
        self,
        digest: str,
        state: DocumentState,
        *,
        reasons: Sequence[str] = (),
        reader: str = "",
        owners: Sequence[tuple[str, str, int | None]] = (),
    ) -> None:
        """Record what came of reading a document.

        Args:
            digest: which.
            state: whether its bill is held now.
            reasons: why not.
            reader: what read it.
            owners: utility, account and bill of each statement that was read in it.
        """
        with self._writing() as sql:
            values = {"state": state.value, "reasons": list(reasons), "reader": reader}
            sql.execute(update(document).where(_FIELDS.digest == digest).values(values))
            for utility, account, bill_id in owners:
                _own(sql, digest, utility, account, bill_id)

    def documents(self, *, state: DocumentState | None = None, digest: str | None = None) -> list[StoredDocument]:
        """Documents, in the order in which they came.

        Args:
            state: those alone of which that came.
            digest: this one alone.
        """
        query = select(document).order_by(_FIELDS.first_seen, _FIELDS.digest)
        if state is not None:
            query = query.where(_FIELDS.state == state.value)
        if digest is not None:
            query = query.where(_FIELDS.digest == digest)
        with self._reading() as sql:
            rows = list(sql.execute(query))
            sources: dict[str, list[DocumentSource]] = defaultdict(list)
            for part in chunks([row.digest for row in rows]):
                of_part = select(document_source).where(_SOURCE.document.in_(part)).order_by(_SOURCE.id)
                for row in sql.execute(of_part):
                    sources[row.document].append(_source(row))
        return [_document(row, sources[row.digest]) for row in rows]

    def stored_document(self, digest: str) -> StoredDocument:
        """A document by its digest.

        Raises:
            NotFound: there is none such.
        """
        found = self.documents(digest=digest)
        if not found:
            raise NotFound(
                f"the book has no document {digest[:12]!r}", hint="List them with: meterbook bills documents"
            )
        return found[0]

    def delete_document(self, digest: str) -> None:
        """Delete the record of a document that no bill was read from; its file is left to delete.

        Raises:
            NotFound: there is none such.
        """
        self.stored_document(digest)
        with self._writing() as sql:
            sql.execute(delete(document).where(_FIELDS.digest == digest))
            note_deletions(sql, [digest])

    def pending_document_deletions(self) -> list[str]:
        """Digests of documents whose records are deleted and whose files may still lie in the folder."""
        with self._reading() as sql:
            return list(sql.execute(select(document_deletion.c.digest).order_by("digest")).scalars())

    def documents_removed(self, digests: Sequence[str]) -> None:
        """Write down that the files of these documents are gone."""
        with self._writing() as sql:
            for part in chunks(digests):
                sql.execute(delete(document_deletion).where(document_deletion.c.digest.in_(part)))


def forget_orphans(sql: Sql) -> None:
    """Delete documents that belong to nobody any more, inside a writing transaction."""
    owned = select(_SOURCE.document)
    digests = list(sql.execute(select(_FIELDS.digest).where(_FIELDS.digest.not_in(owned))).scalars())
    for part in chunks(digests):
        sql.execute(delete(document).where(_FIELDS.digest.in_(part)))
    note_deletions(sql, digests)


def note_deletions(sql: Sql, digests: Sequence[str]) -> None:
    """Write down that files are to be deleted."""
    if digests:
        statement = insert(sql, document_deletion).on_conflict_do_nothing(index_elements=["digest"])
        sql.execute(statement, [{"digest": digest} for digest in digests])


def _save_source(
    sql: Sql, digest: str, *, kind: SourceKind, source: str, utility: str, account: str, bill: int | None, at: datetime
) -> None:
    same = [_SOURCE.document == digest, _SOURCE.kind == kind.value, _SOURCE.source == source]
    if account or bill is not None:
        same += [_SOURCE.utility == utility, _SOURCE.account == account]
    if bill is not None:
        same.append(_SOURCE.bill_id == bill)
    if sql.execute(update(document_source).where(*same).values(last_seen=at)).rowcount:
        return
    values = {"document": digest, "kind": kind.value, "source": source, "utility": utility, "account": account}
    sql.execute(plain_insert(document_source).values(values | {"bill_id": bill, "first_seen": at, "last_seen": at}))


def _own(sql: Sql, digest: str, utility: str, account: str, bill_id: int | None) -> None:
    """Say whose a document is: its sources that name nobody get the name, or one more is noted for this owner."""
    rows = list(sql.execute(select(document_source).where(_SOURCE.document == digest).order_by(_SOURCE.id)))
    owner = {"utility": utility, "account": account, "bill_id": bill_id}
    if any((row.utility, row.account, row.bill_id) == (utility, account, bill_id) for row in rows):
        return
    open_ones = [row for row in rows if row.bill_id is None and (not row.account or row.account == account)]
    if open_ones:
        for row in open_ones:
            sql.execute(update(document_source).where(_SOURCE.id == row.id).values(owner))
    elif rows:
        last = rows[-1]
        values = {name: getattr(last, name) for name in ("document", "kind", "source", "first_seen", "last_seen")}
        sql.execute(plain_insert(document_source).values(values | owner))


def _document(row: Row[Any], sources: Sequence[DocumentSource]) -> StoredDocument:
    return StoredDocument(
        digest=row.digest,
        size=row.size,
        media_type=row.media_type,
        state=DocumentState(row.state),
        reasons=tuple(row.reasons),
        reader=row.reader,
        first_seen=row.first_seen,
        sources=tuple(sources),
    )


def _source(row: Row[Any]) -> DocumentSource:
    return DocumentSource(
        kind=SourceKind(row.kind),
        source=row.source,
        utility=row.utility,
        account=row.account,
        bill_id=row.bill_id,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )
