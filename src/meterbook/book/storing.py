"""Keeping a book's readings: what they take, whether they are whole, and making them small.

Whether they are whole is asked twice: of the tables, which know what each file must hold, and of the journal, which
wrote down what each load stored. A load's new and revised readings are each there exactly once, among the values that
hold or among those that were superseded, for as long as their channel is not deleted.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meterbook.model.errors import StoreError
from meterbook.model.provenance import SourceKind
from meterbook.store.documents import DocumentsVerified
from meterbook.store.readings import Compacted, Sizes, Vacuumed, Verified
from meterbook.store.records import Load

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook
    from meterbook.store.readings.checking.verify import Progress

log = logging.getLogger(__name__)

NO_DOCUMENTS = DocumentsVerified(documents=0, size=0)
_NAMED = 5
"""Loads that are named one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalCheck:
    """The tables held against the journal.

    Attributes:
        loads: loads of which the journal says what they stored.
        stored: loads begun whose readings are stored, and that were killed before the journal was told. Harmless:
            what they brought is asked for again, and found unchanged.
        empty: loads begun of which nothing is stored; they were killed before, or are still at work.
        thinned: loads that have fewer readings left than they stored and may: begun before channels were last deleted,
            or estimates, which can be taken back.
        problems: what is wrong, a sentence each.
    """

    loads: int
    stored: tuple[int, ...]
    empty: tuple[int, ...]
    thinned: tuple[int, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookVerified:
    """Whether all of a book's readings are there and whole.

    Attributes:
        tables: what a look at every byte found.
        journal: what the journal says to it; None where a damaged file makes the question idle.
        documents: what a look at every document found.
    """

    tables: Verified
    journal: JournalCheck | None
    documents: DocumentsVerified = NO_DOCUMENTS

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, a sentence each."""
        journal = self.journal.problems if self.journal is not None else ()
        return self.tables.problems + journal + self.documents.problems

    @property
    def only_rollups(self) -> bool:
        """Whether nothing is wrong but sums that can be made anew."""
        whole = self.journal is not None and not self.journal.problems and not self.tables.damaged
        whole = whole and not self.documents.problems
        return whole and bool(self.tables.rollups) and len(self.tables.problems) == self.tables.rollup_problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """What compacting or vacuuming did, and what the tables took before and take now."""

    before: Sizes
    after: Sizes
    compacted: Compacted | None = None
    vacuumed: Vacuumed | None = None


def verify(book: OpenBook, progress: Progress | None = None) -> BookVerified:
    """Look at every byte of readings and documents, and hold readings against the journal. Others may write meanwhile.

    Raises:
        BookDamaged: the log of a table can't be read.
        StoreError: the records can't be read.
    """
    # What the journal says now is stored already. What it does not know afterwards was never begun.
    loads, deleted_up_to = book.records.loads(), book.records.last_load_at_deletion()
    tables = book.lake.verify(progress)
    documents = _documents(book)
    if tables.damaged:
        return BookVerified(tables=tables, journal=None, documents=documents)
    begun = {load.id for load in book.records.loads()} if set(tables.loads) - {load.id for load in loads} else None
    deleted_up_to = max(deleted_up_to, book.records.last_load_at_deletion())
    journal = against_journal(loads, tables.loads, begun=begun, deleted_up_to=deleted_up_to)
    return BookVerified(tables=tables, journal=journal, documents=documents)


def _documents(book: OpenBook) -> DocumentsVerified:
    found = book.documents.verify([one.digest for one in book.records.documents()])
    # One that was deleted meanwhile is no trouble.
    return book.documents.verify([one.digest for one in book.records.documents()]) if found.problems else found


def against_journal(
    loads: Sequence[Load], stored: Mapping[int, int], *, begun: set[int] | None = None, deleted_up_to: int = 0
) -> JournalCheck:
    """What the journal says of each load, held against how many of its readings there are.

    Args:
        loads: all that were begun before the tables were read.
        stored: number of readings of each load, those that hold and those that were superseded.
        begun: numbers of the loads begun before now, if others began some meanwhile.
        deleted_up_to: the greatest number that a load had when channels were last deleted; loads up to it may have
            lost readings by that.
    """
    told = {load.id: load for load in loads}
    known = told.keys() | (begun or set())
    off: list[str] = []
    thinned, unfinished = [], []
    for load in loads:
        found = stored.get(load.id, 0)
        if load.rows_new is None or load.rows_revised is None:
            unfinished.append(load.id)
            continue
        expected = load.rows_new + load.rows_revised
        may_lack = load.id <= deleted_up_to or load.provenance.kind is SourceKind.ESTIMATE
        if found < expected and may_lack:
            thinned.append(load.id)
        elif found != expected:
            off.append(f"{_named(load)} stored {expected:,} readings, and {found:,} are there")
    strangers = sorted(set(stored) - known)
    problems = [*off[:_NAMED]]
    if len(off) > _NAMED:
        problems.append(f"{len(off) - _NAMED} more loads have other numbers of readings than they stored")
    if strangers:
        problems.append(
            f"{sum(stored[number] for number in strangers):,} readings are of loads that the records don't know: "
            f"{_listed(strangers)}"
        )
    return JournalCheck(
        loads=len(loads) - len(unfinished),
        stored=tuple(number for number in unfinished if stored.get(number)),
        empty=tuple(number for number in unfinished if not stored.get(number)),
        thinned=tuple(thinned),
        problems=tuple(problems),
    )


def tidy(book: OpenBook) -> None:
    """What is due after readings came: months that are over are closed, and files that nobody uses go. Never fails.

    Others read and write meanwhile. What can't be done now is done the next time.
    """
    if book.lake.version < 0:
        return
    try:
        book.lake.tidy()
        book.lake.vacuum()
    except (StoreError, OSError) as err:
        log.warning("what was brought is stored, but tidying up failed: %s", err)


def compact(book: OpenBook) -> Tidied:
    """Join the small files of each month. Others read and write meanwhile.

    Raises:
        StoreError: the place can't be written.
    """
    before = book.lake.sizes()
    done = book.lake.compact()
    return Tidied(before=before, after=book.lake.sizes(), compacted=done)


def vacuum(book: OpenBook, older_than_s: float) -> Tidied:
    """Delete files that no table names, or none has named for so long.

    Raises:
        StoreError: the place can't be written.
    """
    before = book.lake.sizes()
    done = book.lake.vacuum(older_than_s)
    return Tidied(before=before, after=book.lake.sizes(), vacuumed=done)


def _named(load: Load) -> str:
    source = f" ({load.provenance.source})" if load.provenance.source else ""
    return f"load {load.id} of {load.provenance.at:%d %b %Y}{source}"


def _listed(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return ", ".join(map(str, numbers[:_NAMED])) + more
