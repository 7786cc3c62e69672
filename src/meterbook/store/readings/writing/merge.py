"""What a write changes: incoming readings held against stored ones. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from meterbook.model.quality import Quality
from meterbook.model.units import MAX_SCALE
from meterbook.store.readings.files.rows import KEY_SPAN_S, NO_ROWS, Bool, Index, Rows, concat
from meterbook.store.readings.values import Batch, Int8, Int32, Int64

UNCHANGED, NEW, REVISED = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Incoming:
    """The rows of a write, sorted by channel, start and order of the batches.

    Attributes:
        rows: n rows; the same reading comes at most once from each load.
        batch: n indices of the batch each row came with.
        layer: n numbers: how many earlier rows of this write are for the same reading.
    """

    rows: Rows
    batch: Index
    layer: Index

    def take(self, which: Bool) -> Incoming:
        """The rows where a mask holds."""
        return Incoming(rows=self.rows.take(which), batch=self.batch[which], layer=self.layer[which])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """What becomes of the stored readings that a write is about.

    Attributes:
        rows: the values that hold after the write, of those readings that it changes; sorted by key.
        ceiling: for each of them the load of the value stored before, or -1 if there was none.
        superseded: the values that no longer hold.
        fate: for each incoming row UNCHANGED, NEW or REVISED.
    """

    rows: Rows
    ceiling: Int64
    superseded: Rows
    fate: Int8


def incoming(batches: Sequence[Batch]) -> Incoming:
    """The batches as sorted columns; of equal readings of one load only the last is kept.

    Raises:
        ValueError: a scale or quality that there is not, or a later batch for the same reading has a lower load number.
    """
    parts = [_rows_of(batch) for batch in batches]
    rows = concat(parts)
    check_codes(rows.scale, rows.quality)
    owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    if bool(rows.rising().all()):
        return Incoming(rows=rows, batch=owner, layer=np.zeros(len(rows), np.intp))
    order = np.lexsort((owner, rows.start, rows.channel_id))
    rows, owner = rows.take(order), owner[order]
    same = _same_as_next(rows)
    if bool((same & (np.diff(rows.load_id) < 0)).any()):
        raise ValueError("a later batch brings a lower load number for the same reading")
    repeated = same & (np.diff(rows.load_id) == 0)
    if bool(repeated.any()):
        keep = np.append(~repeated, True)
        rows, owner = rows.take(keep), owner[keep]
        same = _same_as_next(rows)
    return Incoming(rows=rows, batch=owner, layer=_run_position(same, len(rows)))


def check_codes(scale: Int8, quality: Int8) -> None:
    """Make sure that readings can be told: stored otherwise, they would count as damage ever after.

    Raises:
        ValueError: a scale or quality that there is not; nothing is stored.
    """
    if len(scale) and not 0 <= int(scale.min()) <= int(scale.max()) <= MAX_SCALE:
        raise ValueError(f"a scale of {scale.min()} to {scale.max()} was given; expected 0 to {MAX_SCALE} digits")
    if len(quality) and not 0 <= int(quality.min()) <= int(quality.max()) <= Quality.AMBIGUOUS:
        raise ValueError(
            f"a quality of {quality.min()} to {quality.max()} was given; expected 0 to {Quality.AMBIGUOUS.value}"
        )


def change(stored: Rows, brought: Incoming, first: int) -> Change:
    """What a write changes in a month, or across a few.

    Args:
        stored: the values that hold, of at least all readings brought; sorted by key.
        brought: rows to store.
        first: an instant not after any of the rows, nor :data:`KEY_SPAN_S` before one; a month's start, say.

    Raises:
        ValueError: a load number is lower than that of the value it would replace.
    """
    layers = int(brought.layer.max()) + 1 if len(brought.layer) else 0
    if not len(stored) and layers == 1:
        every = np.full(len(brought.rows), NEW, np.int8)
        return Change(rows=brought.rows, ceiling=np.full(len(every), -1, np.int64), superseded=NO_ROWS, fate=every)
    fate = np.zeros(len(brought.rows), np.int8)
    state = stored
    superseded = []
    for number in range(layers):
        which = np.flatnonzero(brought.layer == number) if layers > 1 else np.arange(len(brought.rows))
        rows = brought.rows.take(which) if layers > 1 else brought.rows
        state, replaced, fate[which] = _apply(state, rows, first)
        superseded.append(replaced)
    touched = brought.rows.take(fate != UNCHANGED).keys(first)
    keys = np.unique(touched)
    after = state.take(np.searchsorted(state.keys(first), keys))
    ceiling = np.full(len(keys), -1, np.int64)
    before, present = find(stored.keys(first), keys)
    ceiling[present] = stored.load_id[before[present]]
    return Change(rows=after, ceiling=ceiling, superseded=concat(superseded), fate=fate)


def replaced(base: Rows, changed: Rows, first: int) -> Rows:
    """``base`` with the rows of ``changed`` put in place or added; both sorted by key."""
    if not len(base):
        return changed
    keys = base.keys(first)
    new_keys = changed.keys(first)
    present = found_in(new_keys, keys)
    kept = base.take(~present)
    merged = concat([kept, changed])
    return merged.take(np.argsort(np.concatenate([keys[~present], new_keys]), kind="stable"))


def found_in(keys: Int64, wanted: Int64) -> Bool:
    """Whether each of the wanted keys is among sorted keys."""
    return find(keys, wanted)[1]


def valid_revisions(revisions: Rows, current: Rows) -> Rows:
    """The superseded values that were truly superseded.

    A writer stores them before it commits what supersedes them. If it was killed in between, or commits while we
    read, some are still the values that hold: those are as new as the current one, or have none.
    """
    if not len(revisions) or not len(current):
        return revisions.take(slice(0, 0))
    first = min(int(revisions.start.min()), int(current.start.min()))
    if max(int(revisions.start.max()), int(current.start.max())) - first >= KEY_SPAN_S:
        return _valid_by_channel(revisions, current)
    position, present = find(current.keys(first), revisions.keys(first))
    return revisions.take(present & (revisions.load_id < current.load_id[position]))


def _valid_by_channel(revisions: Rows, current: Rows) -> Rows:
    """The same for readings further apart than one integer can tell."""
    keep = np.zeros(len(revisions), np.bool_)
    for channel in np.unique(revisions.channel_id).tolist():
        low, high = np.searchsorted(current.channel_id, (channel, channel + 1))
        mine = np.flatnonzero(revisions.channel_id == channel)
        position, present = find(current.start[low:high], revisions.start[mine])
        keep[mine[present]] = revisions.load_id[mine[present]] < current.load_id[low:high][position[present]]
    return revisions.take(keep)


def same_value(value: Int64, scale: Int8, other: Int64, other_scale: Int8) -> Bool:
    """Whether two columns mean the same numbers, whatever scale each is at. Exact, and can't overflow."""
    if bool((scale == other_scale).all()):
        return np.asarray(value == other)
    finer = scale > other_scale
    fine, coarse = np.where(finer, value, other), np.where(finer, other, value)
    factor = 10 ** np.abs(scale.astype(np.int64) - other_scale)
    return np.asarray((fine % factor == 0) & (fine // factor == coarse))


def _apply(state: Rows, rows: Rows, first: int) -> tuple[Rows, Rows, Int8]:
    position, present = find(state.keys(first), rows.keys(first))
    fate = np.full(len(rows), NEW, np.int8)
    old, new = state.take(position[present]), rows.take(present)
    equal = same_value(new.value, new.scale, old.value, old.scale) & (new.quality == old.quality)
    if bool((~equal & (new.load_id < old.load_id)).any()):
        raise ValueError("a load number is lower than that of the value it would replace")
    fate[present] = np.where(equal, UNCHANGED, REVISED)
    # A load has one word on a reading: what it said before is not a revision.
    gone = ~equal & (new.load_id > old.load_id)
    superseded = old.take(gone).superseded(new.load_id[gone])
    changed = rows.take(fate != UNCHANGED)
    return (replaced(state, changed, first) if len(changed) else state), superseded, fate


def find(keys: Int64 | Int32, wanted: Int64 | Int32) -> tuple[Index, Bool]:
    """Where wanted keys stand among sorted ones, and whether they do."""
    if not len(keys):
        return np.zeros(len(wanted), np.intp), np.zeros(len(wanted), np.bool_)
    if len(keys) == len(wanted) and bool((keys == wanted).all()):  # the same again
        return np.arange(len(keys)), np.ones(len(keys), np.bool_)
    position = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return position, np.asarray(keys[position] == wanted)


def _rows_of(batch: Batch) -> Rows:
    series, count = batch.series, len(batch.series)
    if not count:
        return NO_ROWS
    return Rows(
        channel_id=np.full(count, batch.channel_id, np.int32),
        start=series.start,
        value=series.value,
        scale=np.full(count, series.scale, np.int8),
        quality=series.quality,
        load_id=np.full(count, batch.load_id, np.int32),
        superseded_by=np.zeros(count, np.int32),
    )


def _same_as_next(rows: Rows) -> Bool:
    return np.asarray((np.diff(rows.channel_id) == 0) & (np.diff(rows.start) == 0))


def _run_position(same: Bool, count: int) -> Index:
    """Position of each row within its run of equal readings."""
    if not bool(same.any()):
        return np.zeros(count, np.intp)
    index = np.arange(count)
    first = np.concatenate([[True], ~same])
    return np.asarray(index - np.maximum.accumulate(np.where(first, index, 0)), np.intp)
