"""What the pieces of a load change in what is stored, and how it is put there: a stretch of channels at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np

from meterbook.store.readings.files.datafile import DataFile, row_group_for
from meterbook.store.readings.files.layout import mergeable
from meterbook.store.readings.files.parquet import LakeFile, read_file
from meterbook.store.readings.files.rows import NO_ROWS, Bool, Index, Rows, concat, month_start
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.values import Loaded
from meterbook.store.readings.writing.encoders import THREADS
from meterbook.store.readings.writing.merge import find, same_value
from meterbook.store.readings.writing.pieces import Piece, Pieces, latest
from meterbook.store.readings.writing.stretches import STRETCH_ROWS, read_stretch, stretches
from meterbook.store.readings.writing.windows import Exchange

KEPT_ROWS = 1_000_000
"""Rows of a month that are gathered to join its small files; more become a file of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pieces and stored files of a month that may hold the same readings.

    Attributes:
        month: partition.
        pieces: in the order in which they were begun.
        stored: files of readings.
        earlier: files of revisions that may hold what a killed writer left.
    """

    month: str
    pieces: tuple[Piece, ...]
    stored: tuple[LakeFile, ...]
    earlier: tuple[LakeFile, ...]

    @property
    def alone(self) -> bool:
        """Whether nothing else can hold a reading of the one piece."""
        return len(self.pieces) == 1 and not self.stored and not self.earlier


def groups(pieces: Sequence[Piece], readings: Sequence[LakeFile], revisions: Sequence[LakeFile]) -> list[Group]:
    """The pieces of a load with what they meet, by month."""
    found = []
    for month in sorted({piece.month for piece in pieces}):
        mine = [piece for piece in pieces if piece.month == month]
        stored = [file for file in readings if file.month == month]
        earlier = [file for file in revisions if file.month == month]
        bounds = _bounds([piece.listed for piece in mine])
        meets = _meeting(bounds, _bounds(stored))
        revised = _meeting(bounds, _bounds(earlier))
        for members in _components(_meeting(bounds, bounds), meets):
            found.append(
                Group(
                    month=month,
                    pieces=tuple(mine[at] for at in members),
                    stored=tuple(stored[at] for at in np.flatnonzero(meets[members].any(axis=0))),
                    earlier=tuple(earlier[at] for at in np.flatnonzero(revised[members].any(axis=0))),
                )
            )
    return found


def join(pieces: Sequence[Piece], readings: Exchange, revisions: Exchange) -> Loaded:
    """Prepare both tables for the pieces of a load, whose files are then either to be committed or gone. Lock held.

    Args:
        pieces: in the order in which they were begun.
        readings: takes the files of the values that hold.
        revisions: takes those of superseded ones.

    Raises:
        StoreError: the system would not write.
        BookDamaged: a file can't be read.
        ValueError: a load number is lower than that of a value it would replace.
    """
    found = groups(pieces, readings.table.files(), revisions.table.files())
    mergings = [_Merging(group, readings, revisions.table) for group in found if not group.alone]
    tally = np.array([sum(group.pieces[0].listed.rows for group in found if group.alone), 0, 0])
    # More threads than cores, as each also waits for the disk; where all of it is more than two stretches, for memory's
    # sake no more than those.
    few = sum(file.rows for merging in mergings for file in merging.touched) <= THREADS * STRETCH_ROWS
    with ThreadPoolExecutor(2 * THREADS if few else THREADS, thread_name_prefix="joining") as pool:
        done = pool.map(_Merging.run, mergings)
        try:
            for month in sorted({group.month for group in found}):
                mine = [group for group in found if group.month == month]
                new, old = _Small(readings, month), _Small(revisions, month)
                spoiled: dict[str, list[Rows]] = {}
                for merging in islice(done, sum(not group.alone for group in mine)):
                    tally += merging.tally
                    new.take(merging.new_pieces)
                    old.take(merging.old_pieces)
                    for path, rows in merging.left_over.items():
                        spoiled.setdefault(path, []).append(rows)
                _drop_spoiled(revisions, month, spoiled)
                old.put_small()
                new.take([group.pieces[0] for group in mine if group.alone])
                new.put_small()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            for merging in mergings:
                merging.discard()
            raise
    return Loaded(new=int(tally[0]), revised=int(tally[1]), unchanged=int(tally[2]))


def _drop_spoiled(revisions: Exchange, month: str, spoiled: dict[str, list[Rows]]) -> None:
    """Write files of revisions anew without what a killed writer left in them."""
    for file in [file for file in revisions.table.files() if file.path in spoiled]:
        kept = _without(read_file(revisions.table.place, file), spoiled[file.path])
        revisions.put(month, kept, [file])


class _Small:
    """New files of a month; what is small joins the month's small files, once."""

    def __init__(self, exchange: Exchange, month: str) -> None:
        self._exchange = exchange
        self._month = month
        self._rows: list[Rows] = []

    def take(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            if piece.held is None:
                self._exchange.add(piece.file)
            else:
                self._rows.append(piece.held)
        if sum(len(rows) for rows in self._rows) > KEPT_ROWS:
            self._exchange.put(self._month, concat(self._rows).sorted())
            self._rows = []

    def put_small(self) -> None:
        rows, self._rows = concat(self._rows), []
        if not len(rows):
            return
        removed = {file.path for file in self._exchange.removes}
        table = self._exchange.table
        files = [file for file in table.files() if file.month == self._month and file.path not in removed]
        joined = sorted(mergeable(files, len(rows)), key=lambda file: file.loads)  # older values first: quick to sort
        parts = [read_file(table.place, file) for file in joined]
        self._exchange.put(self._month, concat([*parts, rows]).sorted(), joined)


class _Merging:
    """A group's pieces held against its stored files."""

    def __init__(self, group: Group, readings: Exchange, revisions: LakeTable) -> None:
        self._group = group
        self._readings = readings
        self._table = readings.table
        self._revisions = revisions
        self._first = month_start(group.month)
        self._rewritings = [_Rewriting(self._table, file) for file in group.stored]
        self._fresh, self._superseded = Pieces(readings.table), Pieces(revisions)
        self.left_over: dict[str, Rows] = {}
        self.new_pieces: list[Piece] = []
        self.old_pieces: list[Piece] = []
        self.tally = np.zeros(3, np.int64)

    @property
    def touched(self) -> list[LakeFile]:
        """All that is read, as files are listed."""
        return [*(piece.listed for piece in self._group.pieces), *self._group.stored]

    def run(self) -> _Merging:
        """Write what the pieces change; their own files are gone then."""
        listed = [piece.listed for piece in self._group.pieces]
        low, high = min(one.channels[0] for one in listed), max(one.channels[1] for one in listed)
        for bounds in stretches(self.touched, low, high):
            self._stretch(*bounds)
        for rewriting in self._rewritings:
            rewriting.finish(self._readings)
        self.new_pieces, self.old_pieces = self._fresh.close(), self._superseded.close()
        for piece in self._group.pieces:
            piece.drop(self._table)
        return self

    def discard(self) -> None:
        """Delete what was written and not committed."""
        self._fresh.discard()
        self._superseded.discard()

    def _stretch(self, low: int, high: int) -> None:
        brought = latest([piece.stretch(self._table, low, high) for piece in self._group.pieces])
        if not len(brought):
            return
        parts = [read_stretch(self._table, file, low, high) for file in self._group.stored]
        stored = concat(parts)
        order = _order(stored, self._first) if sum(1 for part in parts if len(part)) > 1 else None
        stored_keys = stored.keys(self._first)
        keys = brought.keys(self._first)
        position, present = find(stored_keys if order is None else stored_keys[order], keys)
        position = position if order is None else order[position]
        at = position[present]
        aligned = len(at) == len(stored) == len(brought) and order is None
        old, new = (stored, brought) if aligned else (stored.take(at), brought.take(present))
        equal = same_value(new.value, new.scale, old.value, old.scale) & (new.quality == old.quality)
        if bool((~equal & (new.load_id < old.load_id)).any()):
            raise ValueError("a load number is lower than that of the value it would replace")
        revised = np.zeros(len(brought), np.bool_)
        revised[present] = ~equal
        self.tally += [len(brought) - len(at), int(np.count_nonzero(revised)), int(np.count_nonzero(equal))]
        gone = ~equal & (new.load_id > old.load_id)
        self._superseded.add(old.take(gone).superseded(new.load_id[gone]))
        ceiling = np.full(len(brought), -1, np.int64)
        ceiling[present] = old.load_id
        changed = revised | ~present
        self._find_left_over(low, high, keys[changed], ceiling[changed])
        rest = ~present
        offset = 0
        for rewriting, part in zip(self._rewritings, parts, strict=True):
            mine = revised & (position >= offset) & (position < offset + len(part)) if len(part) else revised & False
            if bool(mine.any()):
                joins = rest & rewriting.covers(brought)
                rest &= ~joins
                content = _in_place(part, position[mine] - offset, brought.take(mine))
                rewriting.replace(low, high, _inserted(content, brought.take(joins)))
            offset += len(part)
        self._fresh.add(brought.take(rest))

    def _find_left_over(self, low: int, high: int, keys: np.ndarray, ceiling: np.ndarray) -> None:
        for file in self._group.earlier:
            rows = read_stretch(self._revisions, file, low, high)
            position, present = find(keys, rows.keys(self._first))
            if not len(keys):
                return
            spoiled = present & (rows.load_id >= ceiling[position])
            if bool(spoiled.any()):
                found = self.left_over.get(file.path, NO_ROWS)
                self.left_over[file.path] = concat([found, rows.take(spoiled)])


class _Rewriting:
    """A stored file and its next version, which is begun once something in it changes."""

    def __init__(self, table: LakeTable, file: LakeFile) -> None:
        self._table = table
        self._file = file
        self._next: DataFile | None = None
        self._done = file.channels[0] - 1

    def covers(self, rows: Rows) -> Bool:
        """Which rows lie within the bounds of the file."""
        (low, high), (first, last) = self._file.channels, self._file.span
        within = (rows.channel_id >= low) & (rows.channel_id <= high) & (rows.start >= first) & (rows.start <= last)
        return np.asarray(within)

    def replace(self, low: int, high: int, rows: Rows) -> None:
        """Put rows in place of those of channels ``low`` to ``high``; calls come in the order of channels."""
        if self._next is None:
            self._next = DataFile(self._table, self._file.month, row_group_for(*self._file.span))
        self._copy(low - 1)
        self._next.append([rows])
        self._done = high

    def finish(self, exchange: Exchange) -> None:
        """Complete the next version, if there is one."""
        if self._next is not None:
            self._copy(self._file.channels[1])
            exchange.add(self._next.close(durably=True), [self._file])

    def _copy(self, high: int) -> None:
        assert self._next is not None
        if self._done < high:
            for low, upto in stretches([self._file], self._done + 1, high):
                self._next.append([read_stretch(self._table, self._file, low, upto)])
            self._done = high


def _bounds(files: Sequence[LakeFile]) -> np.ndarray:
    return np.array([[*file.channels, *file.span] for file in files], np.int64).reshape(-1, 4)


def _meeting(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether each of n rectangles of channels and time meets each of m others, as a matrix."""

    def meets(low: int, high: int) -> np.ndarray:
        return (one[:, None, low] <= other[None, :, high]) & (other[None, :, low] <= one[:, None, high])

    return np.asarray(meets(0, 1) & meets(2, 3))


def _components(alike: np.ndarray, meets: np.ndarray) -> Iterator[list[int]]:
    """Pieces that meet each other or the same file, as sorted lists of numbers."""
    left = set(range(len(alike)))
    while left:
        todo = [min(left)]
        left.discard(todo[0])
        members = []
        while todo:
            one = todo.pop()
            members.append(one)
            near = alike[one] | (meets & meets[one][None, :]).any(axis=1)
            following = left.intersection(np.flatnonzero(near).tolist())
            left -= following
            todo.extend(following)
        yield sorted(members)


def _order(rows: Rows, first: int) -> Index:
    return np.asarray(np.argsort(rows.keys(first), kind="stable"))


def _in_place(rows: Rows, at: Index, changed: Rows) -> Rows:
    """Rows that nobody else has, with the values of some changed."""
    columns = {}
    for name in ("value", "scale", "quality", "load_id"):
        column = getattr(rows, name)
        if not column.flags.writeable:
            column = column.copy()
        column[at] = getattr(changed, name)
        columns[name] = column
    return Rows(channel_id=rows.channel_id, start=rows.start, superseded_by=rows.superseded_by, **columns)


def _inserted(rows: Rows, more: Rows) -> Rows:
    return concat([rows, more]).sorted() if len(more) else rows


def _without(rows: Rows, dropped: Sequence[Rows]) -> Rows:
    gone = {
        one
        for part in dropped
        for one in zip(part.channel_id.tolist(), part.start.tolist(), part.load_id.tolist(), strict=True)
    }
    key = zip(rows.channel_id.tolist(), rows.start.tolist(), rows.load_id.tolist(), strict=True)
    return rows.take(np.array([one not in gone for one in key], np.bool_))
