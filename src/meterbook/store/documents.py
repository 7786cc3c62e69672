"""Documents as files, named by what is in them: ``documents/ab/abcdef….pdf``.

A file is on the disk, whole, before anything speaks of it, and never changes; the same document twice is one file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from meterbook.model.errors import BookDamaged
from meterbook.store.readings.places.durable import make_folder, not_written, put_if_absent, sync_folder

SUFFIX = ".pdf"
PUT_BACK = "Put the file back from your last copy of the book."


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsVerified:
    """What a look at every document found.

    Attributes:
        documents: how many the records name.
        size: their bytes in all.
        problems: what is wrong, a sentence each.
    """

    documents: int
    size: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentFiles:
    """The folder of a book's documents.

    Attributes:
        folder: made when the first document comes.
    """

    folder: Path

    def path(self, digest: str) -> Path:
        """Where a document lies."""
        return self.folder / digest[:2] / f"{digest}{SUFFIX}"

    def has(self, digest: str) -> bool:
        """Whether a document's file is there."""
        return self.path(digest).exists()

    def keep(self, content: bytes) -> str:
        """Have a document on the disk; its digest.

        Raises:
            StoreError: the folder can't be written.
        """
        digest = hashlib.sha256(content).hexdigest()
        path = self.path(digest)
        if path.exists() and _digest(path.read_bytes()) == digest:
            return digest
        try:
            make_folder(path.parent)
            path.unlink(missing_ok=True)  # a damaged one, which this one mends
            put_if_absent(path, content)
        except FileExistsError:
            pass  # another process keeps the same one
        except OSError as err:
            raise not_written(str(self.folder), err) from err
        return digest

    def read(self, digest: str) -> bytes:
        """A document's bytes.

        Raises:
            BookDamaged: its file is gone, or no longer what was received.
        """
        path = self.path(digest)
        try:
            content = path.read_bytes()
        except OSError as err:
            raise BookDamaged(
                f"the file of a document can't be read: {err.strerror}", where=str(path), hint=PUT_BACK
            ) from err
        if _digest(content) != digest:
            raise BookDamaged("the file of a document is no longer what was received", where=str(path), hint=PUT_BACK)
        return content

    def remove(self, digests: Iterable[str]) -> None:
        """Delete documents' files.

        Raises:
            StoreError: one can't be deleted.
        """
        for digest in digests:
            path = self.path(digest)
            try:
                path.unlink(missing_ok=True)
                if path.parent.exists():
                    sync_folder(path.parent)
            except OSError as err:
                raise not_written(str(path), err) from err

    def verify(self, digests: Sequence[str]) -> DocumentsVerified:
        """Read every document that the records name, and see whether each is what was received."""
        problems: list[str] = []
        size = 0
        for digest in digests:
            try:
                size += len(self.read(digest))
            except BookDamaged as error:
                problems.append(str(error))
        return DocumentsVerified(documents=len(digests), size=size, problems=tuple(problems))

    def strangers(self, digests: Iterable[str]) -> Iterator[Path]:
        """Files in the folder that the records do not name: left by a process that was killed before it told them."""
        known = set(digests)
        for path in sorted(self.folder.glob(f"??/*{SUFFIX}")):
            if path.stem not in known:
                yield path


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
