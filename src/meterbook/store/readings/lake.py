"""The readings lake: every interval reading of a book, in two open tables.

``readings`` holds the values that hold now and ``revisions`` those that a later load replaced. Both are Parquet files
under a Delta Lake log, which other engines read as they are. Why, and how commits work:
``docs/decisions/0002-readings-as-parquet-under-a-delta-log.md``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa

from meterbook.model.errors import ChangedMeanwhile
from meterbook.store.readings.changes import Cursor, follow
from meterbook.store.readings.checking.repair import make_rollups_anew
from meterbook.store.readings.checking.verify import Progress, Verified, verify_lake
from meterbook.store.readings.coverage import Coverages
from meterbook.store.readings.files.rows import READINGS_SCHEMA, REVISIONS_SCHEMA, Rows
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.places.opening import open_place
from meterbook.store.readings.places.place import Place
from meterbook.store.readings.query.classes import Classes, one_class
from meterbook.store.readings.query.engine import LocalEngine
from meterbook.store.readings.query.expected import Expected
from meterbook.store.readings.query.gaps import Gaps, gaps
from meterbook.store.readings.query.plan import Aggregates, Plan
from meterbook.store.readings.reading import (
    by_channel,
    channel_chunks,
    current_rows,
    every_value,
    rows_as_of,
)
from meterbook.store.readings.steady import steadily
from meterbook.store.readings.upkeep.maintenance import Compacted, Vacuumed, drop_channels, drop_load
from meterbook.store.readings.upkeep.sizes import Sizes, lake_sizes
from meterbook.store.readings.upkeep.tidying import VACUUM_AGE_S, compact, keep_tidy, tidy, vacuum
from meterbook.store.readings.values import Batch, Coverage, Int8, Int32, Loaded, Readings, Written
from meterbook.store.readings.writing.merge import NEW, REVISED, UNCHANGED, Incoming, incoming
from meterbook.store.readings.writing.storing import store, store_chunks

T = TypeVar("T")
log = logging.getLogger(__name__)

BATCH_ROWS = 65_536
SHUT_OUT_TRIES = 5


class ReadingsLake:
    """Reads and writes of the readings in a book's folder. Readers never wait; writers wait for each other."""

    def __init__(self, place: Place, *, lock_timeout_s: float = 60.0, classes: Classes = one_class) -> None:
        self._readings = LakeTable(place.within("readings"), READINGS_SCHEMA, classes)
        self._revisions = LakeTable(place.within("revisions"), REVISIONS_SCHEMA)
        self._lock = self._readings.place.writer_lock(lock_timeout_s)
        self._mine = threading.local()
        self._coverages = Coverages(self._readings)
        self._classes = classes

    @classmethod
    def open(cls, where: Path | str, *, lock_timeout_s: float = 60.0, classes: Classes = one_class) -> ReadingsLake:
        """The lake of a book.

        Args:
            where: the book's folder, or ``s3://bucket/prefix``; the tables are ``readings`` and ``revisions`` in it.
                Nothing is made before the first write.
            lock_timeout_s: how long a write waits for another writer.
            classes: tells which channels may be summed, and in which zone their days lie; without it all are of one
                class with days in UTC.

        Raises:
            StoreError: the log can't be read in a folder of that name.
            UsageError: a URL that can't be used.
        """
        return cls(open_place(where), lock_timeout_s=lock_timeout_s, classes=classes)

    @property
    def version(self) -> int:
        """Number of the last commit of readings; -1 before the first. It grows with every write that changes any."""
        return self._readings.version

    def same_files(self, other: ReadingsLake) -> bool:
        """Whether another one consists of the very same files, as a copy does. Two empty ones do."""
        mine, theirs = ((one._readings, one._revisions) for one in (self, other))
        return all(a.names() == b.names() for a, b in zip(mine, theirs, strict=True))

    def check_place(self) -> None:
        """Make sure that commits can be made safely where it lies.

        Raises:
            StoreError: they can't, or nothing can be written there.
        """
        self._readings.place.check()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer lock, to reserve a load number and write under it. May be entered again within itself.

        Raises:
            Locked: another writer kept it for longer than the time-out.
            StoreError: the folder can't be written.
        """
        with (
            self._lock.held() as taken_over,
            self._readings.pinned(taken_over=taken_over),
            self._revisions.pinned(taken_over=taken_over),
        ):
            self._mine.depth = self._depth + 1
            try:
                yield
            finally:
                self._mine.depth -= 1

    def storing(self, store: Callable[[], T]) -> T:
        """Run something that reserves load numbers and writes under :meth:`writing`, until no one was faster.

        In a folder that is the first time. In an object store a writer that was not heard of for long is shut out, and
        its numbers are then older than what another one stored meanwhile: it has to begin anew. Within
        :meth:`writing` that is up to whoever holds the lock.

        Raises:
            ChangedMeanwhile: another writer was faster each time; nothing is stored.
        """
        for _ in range(SHUT_OUT_TRIES - 1):
            try:
                with self.writing():
                    return store()
            except ChangedMeanwhile:
                if self._depth:
                    raise
        with self.writing():
            return store()

    @property
    def _depth(self) -> int:
        return int(getattr(self._mine, "depth", 0))

    def write(self, batches: Sequence[Batch]) -> list[Written]:
        """Store readings: all of the batches or none, on disk when this returns.

        What is stored already is left alone, so the same batch again makes no commit. A reading that differs in
        value (at whatever scale) or quality is a revision: the new value holds, the earlier one is kept. Of
        batches for the same reading the later one wins; one load has one word on a reading, its last.

        Args:
            batches: load numbers no lower than those of the values they replace.

        Returns:
            What became of each batch, in the order given.

        Raises:
            Locked: another writer kept the lock for longer than the time-out.
            StoreError: the system would not write; nothing of the batches is stored.
            BookDamaged: a file that had to be read can't be.
            ValueError: a load number is too low, or a scale or quality is none.
        """
        brought = incoming(batches)
        fate = np.zeros(len(brought.rows), np.int8)
        if len(fate):
            fate = self.storing(lambda: self._store(brought))
        counts = [np.bincount(brought.batch[fate == one], minlength=len(batches)) for one in (NEW, REVISED, UNCHANGED)]
        return [
            Written(channel_id=batch.channel_id, new=int(new), revised=int(revised), unchanged=int(unchanged))
            for batch, new, revised, unchanged in zip(batches, *counts, strict=True)
        ]

    def load(self, chunks: Iterable[pa.Table | pa.RecordBatch], *, load_id: int) -> Loaded:
        """Store many readings: years of history, or a day of a whole co-op. All or none, on disk when this returns.

        The rules are those of :meth:`write`. Of readings that come twice the later one wins. Memory stays at
        about 1 GB however much comes, and whatever order it comes in; sorted by channel and start is quickest.

        Args:
            chunks: tables or record batches with ``channel_id`` (int32), ``ts`` (timestamp in UTC, whole seconds),
                ``value`` (int64), ``scale`` and ``quality`` (int8) and no nulls. A stretch of channels for a month,
                one channel for years, or all channels for a day make good chunks.
            load_id: the load's number, no lower than those of the values it replaces. It is reserved under
                :meth:`writing`, so that numbers grow in the order of commits.

        Returns:
            How many readings were new, revised and unchanged.

        Raises:
            Locked: another writer kept the lock for longer than the time-out.
            StoreError: the system would not write; nothing of the load is stored.
            BookDamaged: a file that had to be read can't be.
            ValueError: a chunk is not as described, or the load number is too low.
        """
        with self.writing():
            loaded = store_chunks(self._readings, self._revisions, chunks, load_id)
            keep_tidy(self._readings, self._revisions, self.writing)
        return loaded

    def read(
        self, channel_ids: Sequence[int], start: int, end: int, *, as_of: int | None = None
    ) -> dict[int, Readings]:
        """Readings that start within ``[start, end)``, UTC epoch seconds.

        Args:
            channel_ids: the book's numbers; unknown ones give empty columns.
            start: first instant.
            end: instant after the last.
            as_of: number of a load: what was known once it was in, and nothing that came later.

        Returns:
            Columns for each channel asked for, at the finest scale found in the range.

        Raises:
            BookDamaged: a file can't be read.
        """
        return by_channel(self._rows(_sorted(channel_ids), start, end, as_of), list(dict.fromkeys(channel_ids)))

    def aggregate(self, plan: Plan, *, rollups: bool = True) -> Aggregates:
        """The answer to a plan: sums, counts and extremes by period, per channel or group.

        Args:
            plan: what is asked.
            rollups: False to work everything out from the readings, to hold the rollups against.

        Raises:
            BookDamaged: a file can't be read.
            StoreError: a sum does not fit into 64 bits.
        """
        engine = LocalEngine(self._readings, self._revisions, self._classes, rollups=rollups)
        return self._steady(lambda: engine.aggregate(plan))

    def gaps(self, expected: Expected, start: int, end: int) -> Gaps:
        """Expected intervals within ``[start, end)``, UTC epoch seconds, in which no reading starts.

        Args:
            expected: channels, each with its interval length and service; nothing is missing outside of service.
            start: first instant.
            end: instant after the last; an interval that only begins before it counts.

        Raises:
            BookDamaged: a file can't be read.
        """
        return self._steady(lambda: gaps(self._readings.place, self._readings.files(), expected, start, end))

    def stream(
        self, channel_ids: Sequence[int], start: int, end: int, *, as_of: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Readings by channel and start as Arrow record batches, some hundred megabytes in memory at most.

        Columns are ``channel_id, ts, value, scale, quality, load_id``; arguments as for :meth:`read`. Each channel is
        as of one commit; channels read minutes apart may be of two.
        """
        channels = _sorted(channel_ids)
        for chunk in channel_chunks(self._readings.files(), channels, start, end):
            rows = self._rows(chunk, start, end, as_of)
            yield from rows.to_arrow(READINGS_SCHEMA).to_batches(max_chunksize=BATCH_ROWS)

    def history(self, channel_id: int, start: int, end: int) -> pa.Table:
        """Every value ever held for readings that start within ``[start, end)``.

        Returns:
            Columns ``channel_id, ts, value, scale, quality, load_id, superseded_by``, sorted by ts and load_id;
            ``superseded_by`` is the load that replaced the value, null for the one that holds.
        """
        channels = _sorted([channel_id])
        return self._steady(lambda: every_value(self._readings, self._revisions, channels, start, end))

    def coverage(self, channel_ids: Sequence[int]) -> dict[int, Coverage]:
        """First and last start and number of readings of each channel; channels without any are left out."""
        channels = _sorted(channel_ids)
        found = self._steady(lambda: self._coverages.of(channels)).by_channel()
        return {channel: found[channel] for channel in channel_ids if channel in found}

    def changes(self, since: Cursor | int = 0) -> Iterator[pa.RecordBatch]:
        """Every reading that is new or was revised after a cursor, in the order of commits.

        They come by load, month (UTC), channel and start, with the columns of :meth:`stream`. To follow a book, take in
        a batch, then keep :meth:`Cursor.after` it, as text, and begin from it next time: each change then comes at
        least once, in order, whatever was compacted or vacuumed meanwhile. A reading that changed twice comes once, as
        it is now, with the later load. Of a channel that was deleted nothing comes any more; that it was, the records
        tell. Files that hold nothing newer are not read, and memory stays below some hundred megabytes however old the
        cursor is.

        Args:
            since: where to begin; a load number stands for all of that load, 0 for nothing.
        """
        yield from follow(self._readings, Cursor(load=since) if isinstance(since, int) else since, BATCH_ROWS)

    def delete(self, channel_ids: Sequence[int]) -> int:
        """Remove all that was ever stored of some channels, from the tables and from the disk.

        Files that left the tables earlier go too, whatever their age, since they may hold the same readings. Killed
        half-way, the same call finishes it.

        Returns:
            How many readings went; earlier values of them are not counted.
        """
        channels = _sorted(channel_ids)
        with self.writing():
            # Readings first: what is left of revisions then belongs to nothing and is not read.
            removed = drop_channels(self._readings, channels)
            drop_channels(self._revisions, channels)
            self.vacuum(older_than_s=0)
        return removed

    def withdraw(self, channel_ids: Sequence[int], load_id: int) -> int:
        """Take back what a load brought and nothing has replaced since: an estimate that is no longer wanted.

        Args:
            channel_ids: the channels of which it brought readings.
            load_id: the load; it must have replaced nothing, since what it replaced does not come back.

        Returns:
            How many readings went.

        Raises:
            Locked: another writer kept the lock for longer than the time-out.
            StoreError: the system would not write; all of them are still there.
        """
        with self.writing():
            return drop_load(self._readings, _sorted(channel_ids), load_id)

    def compact(self) -> Compacted:
        """Put each month's readings into the files in which they are to stay, and sum up the logs.

        Small files of a month become one, and a month of many readings that is over becomes files by channels.
        Readers don't notice; writers wait for a moment at a time.
        """
        return compact(self._readings, self._revisions, self.writing)

    def tidy(self) -> Compacted:
        """The part of :meth:`compact` that is due: for a server to call now and then, once a day say."""
        return tidy(self._readings, self._revisions, self.writing)

    def checkpoint(self) -> None:
        """Sum up the logs, so that opening stays quick however many commits were made."""
        with self.writing():
            self._revisions.checkpoint()
            self._readings.checkpoint()

    def vacuum(self, older_than_s: float = VACUUM_AGE_S) -> Vacuumed:
        """Delete data files that no longer belong to the tables, or never did since their writer was killed.

        Args:
            older_than_s: age from which they go. Our own readers begin anew when a file went under them; other
                programs may not, so leave them the time of their longest read.
        """
        with self.writing():
            return vacuum(self._readings, self._revisions, older_than_s)

    def verify(self, progress: Progress | None = None) -> Verified:
        """Read every file and check it: checksums, order, uniqueness, counts and bounds against the log.

        Args:
            progress: told how many rows were looked at, of how many.

        Returns:
            Counts, and what is wrong, if anything.

        Raises:
            BookDamaged: the log can't be read.
        """
        return verify_lake(self._readings, self._revisions, progress)

    def repair_rollups(self, paths: Sequence[str]) -> int:
        """Make the rollups of data files anew that :meth:`verify` found to be wrong; gives how many were made."""
        with self.writing():
            return make_rollups_anew(self._readings, paths)

    def sizes(self) -> Sizes:
        """What the tables take: files, bytes, months, the log, and what no table names."""
        return lake_sizes(self._readings, self._revisions)

    def _store(self, brought: Incoming) -> Int8:
        fate = store(self._readings, self._revisions, brought)
        keep_tidy(self._readings, self._revisions, self.writing)
        return fate

    def _rows(self, channels: Int32, start: int, end: int, as_of: int | None) -> Rows:
        if as_of is None:
            return self._steady(lambda: current_rows(self._readings, channels, start, end))
        return self._steady(lambda: rows_as_of(self._readings, self._revisions, channels, start, end, as_of=as_of))

    def _steady(self, read: Callable[[], T]) -> T:
        """Read, and begin anew from a fresh list when a vacuum took a file in between."""
        return steadily(read, (self._readings, self._revisions))


def _sorted(channel_ids: Sequence[int]) -> Int32:
    return np.unique(np.asarray(channel_ids, np.int32))
