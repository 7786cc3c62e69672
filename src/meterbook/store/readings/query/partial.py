"""Sums over runs of sorted readings, and their union: partial answers that add up, in whatever order they come.

Everything is exact: int64, with a check that no sum can have passed its bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from meterbook.model.errors import StoreError
from meterbook.store.readings.files.rows import Bool, run_starts
from meterbook.store.readings.values import Int32, Int64

_LARGEST = np.iinfo(np.int64).max
_LEAST = np.iinfo(np.int64).min
_EXACT = 2**53
"""Up to here a double holds every integer."""
_SHORT, _LOOKED_AT = 4, 8_192
"""Runs of fewer rows than this on average are not worth looking for; the first rows show it."""
_DENSE_CODES = 4_000_000
"""Up to so many pairs of key and period are added up in arrays with a place for each."""


class Extremes(IntEnum):
    """What is worked out beside sums and counts."""

    NONE = 0
    HIGHEST = 1
    ALL = 2
    """The lowest, and when the highest was, too."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Partial:
    """What some of the readings come to, by code: ``key * periods + period``.

    Attributes:
        code: n codes, int64; may repeat before :func:`united`.
        sum: n sums at ``scale``.
        count: n numbers of readings.
        max: n highest values at ``scale``; None if not worked out, like the two that follow.
        min: n lowest values.
        max_at: n starts of the first interval with the highest value.
        scale: digits after the point.
    """

    code: Int64
    sum: Int64
    count: Int64
    max: Int64 | None = None
    min: Int64 | None = None
    max_at: Int64 | None = None
    scale: int

    def __len__(self) -> int:
        return len(self.code)

    def rescaled(self, scale: int) -> Partial:
        """The same at more digits.

        Raises:
            StoreError: a value does not fit.
        """
        if scale == self.scale:
            return self
        factor = 10 ** (scale - self.scale)
        columns = [column for column in (self.sum, self.max, self.min) if column is not None]
        if max(_size(column) for column in columns) * factor > _LARGEST:
            raise _too_large()
        return replace(
            self,
            sum=self.sum * factor,
            max=None if self.max is None else self.max * factor,
            min=None if self.min is None else self.min * factor,
            scale=scale,
        )

    def only(self, which: Bool) -> Partial:
        """The rows where a mask holds."""
        return self if bool(which.all()) else _taken(self, np.flatnonzero(which))


def empty() -> Partial:
    """No readings."""
    none = np.zeros(0, np.int64)
    return Partial(code=none, sum=none, count=none, scale=0)


def over_runs(
    key: Int32,
    period: Int32,
    start: Int64,
    value: Int64,
    *,
    periods: int,
    scale: int,
    extremes: Extremes = Extremes.ALL,
) -> Partial:
    """Runs of rows that share key and period, each as one; rows with a negative key or period are left out.

    Args:
        key: n numbers, channel or group.
        period: n numbers.
        start: n starts, of which only the order matters here.
        value: n values at ``scale``.
        periods: how many there are.
        scale: digits after the point.
        extremes: what is worked out beside sums and counts.

    Raises:
        StoreError: a sum might not fit into 64 bits.
    """
    if not len(value):
        return empty()
    _check_sums(value)
    if len(value) > _LOOKED_AT and len(_firsts(key[:_LOOKED_AT], period[:_LOOKED_AT])) * _SHORT > _LOOKED_AT:
        return _single(key, period, start, value, periods=periods, scale=scale, extremes=extremes)
    first = _firsts(key, period)
    if len(first) * _SHORT > len(value):  # runs so short that a place for each code is quicker
        return _single(key, period, start, value, periods=periods, scale=scale, extremes=extremes)
    inside = (period[first] >= 0) & (key[first] >= 0)
    count = np.diff(np.append(first, len(value)))
    highest = np.maximum.reduceat(value, first) if extremes else None
    everything = highest is not None and extremes is Extremes.ALL
    found = Partial(
        code=key[first].astype(np.int64) * periods + period[first],
        sum=np.add.reduceat(value, first),
        count=count,
        max=highest,
        min=np.minimum.reduceat(value, first) if everything else None,
        max_at=_first_at(value, start, first, count, highest) if everything and highest is not None else None,
        scale=scale,
    )
    return found.only(inside)


def summed(code: Int32 | Int64, value: Int64, scale: int) -> Partial:
    """Sums and counts of n values by small codes that are not negative, each code once.

    Raises:
        StoreError: a sum might not fit into 64 bits.
    """
    if not len(value):
        return empty()
    _check_sums(value)
    places = int(code.max()) + 1
    number = code.astype(np.intp, copy=False)
    count = np.bincount(number, minlength=places).astype(np.int64)
    found = np.flatnonzero(count)
    return Partial(code=found, sum=_added(number, value, places)[found], count=count[found], scale=scale)


def united(parts: Sequence[Partial]) -> Partial:
    """The parts as one, by increasing code, each code once.

    Raises:
        StoreError: a sum might not fit into 64 bits.
    """
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty()
    scale = max(part.scale for part in parts)
    parts = [part.rescaled(scale) for part in parts]
    if sum(float(np.abs(part.sum.astype(np.float64)).sum()) for part in parts) > 0.99 * _LARGEST:
        raise _too_large()
    return _by_code(
        Partial(
            code=np.concatenate([part.code for part in parts]),
            sum=np.concatenate([part.sum for part in parts]),
            count=np.concatenate([part.count for part in parts]),
            max=_stacked([part.max for part in parts]),
            min=_stacked([part.min for part in parts]),
            max_at=_stacked([part.max_at for part in parts]),
            scale=scale,
        )
    )


def _single(
    key: Int32, period: Int32, start: Int64, value: Int64, *, periods: int, scale: int, extremes: Extremes
) -> Partial:
    """Rows that each stand for themselves."""
    if int(period.min()) < 0 or int(key.min()) < 0:
        inside = (period >= 0) & (key >= 0)
        key, period, start, value = key[inside], period[inside], start[inside], value[inside]
    alone = not len(key) or not int(key.max())
    code = period.astype(np.intp) if alone else key.astype(np.int64) * periods + period
    if not extremes and len(code) and int(code.max()) < min(_DENSE_CODES, 8 * len(code)):
        return summed(code, value, scale)
    rows = Partial(
        code=code,
        sum=value,
        count=np.broadcast_to(np.int64(1), len(value)),
        max=value if extremes else None,
        min=value if extremes is Extremes.ALL else None,
        max_at=start if extremes is Extremes.ALL else None,
        scale=scale,
    )
    return _by_code(rows)


def _firsts(key: Int32, period: Int32) -> Int64:
    """Where runs of equal key and period begin."""
    changes = period[1:] != period[:-1]
    if key[0] != key[-1] or bool((key != key[0]).any()):
        changes |= key[1:] != key[:-1]
    return np.append(0, np.flatnonzero(changes) + 1)


def _by_code(rows: Partial) -> Partial:
    """Rows of equal code as one, by increasing code."""
    if len(rows) <= 1 or bool((rows.code[1:] > rows.code[:-1]).all()):
        return rows
    if int(rows.code.max()) < min(_DENSE_CODES, 8 * len(rows)):
        return _in_places(rows)
    rows = _taken(rows, np.argsort(rows.code, kind="stable"))
    first = run_starts(rows.code)
    highest = None if rows.max is None else np.maximum.reduceat(rows.max, first)
    at = None
    if rows.max is not None and rows.max_at is not None and highest is not None:
        top = rows.max == np.repeat(highest, np.diff(np.append(first, len(rows))))
        at = np.minimum.reduceat(np.where(top, rows.max_at, _LARGEST), first)
    return Partial(
        code=rows.code[first],
        sum=np.add.reduceat(rows.sum, first),
        count=np.add.reduceat(rows.count, first),
        max=highest,
        min=None if rows.min is None else np.minimum.reduceat(rows.min, first),
        max_at=at,
        scale=rows.scale,
    )


def _in_places(rows: Partial) -> Partial:
    """The same with an array that has a place for each code, which spares the sort."""
    places = int(rows.code.max()) + 1
    count = _added(rows.code, rows.count, places)
    code = np.flatnonzero(count)
    found = Partial(code=code, sum=_added(rows.code, rows.sum, places)[code], count=count[code], scale=rows.scale)
    if rows.max is None:
        return found
    highest = np.full(places, _LEAST)
    np.maximum.at(highest, rows.code, rows.max)
    found = replace(found, max=highest[code])
    if rows.min is None or rows.max_at is None:
        return found
    lowest, at = np.full(places, _LARGEST), np.full(places, _LARGEST)
    np.minimum.at(lowest, rows.code, rows.min)
    top = rows.max == highest[rows.code]
    np.minimum.at(at, rows.code[top], rows.max_at[top])
    return replace(found, min=lowest[code], max_at=at[code])


def _added(code: Int64, values: Int64, places: int) -> Int64:
    """Sums of values by code."""
    if len(values) and bool(values[0] == 1) and values.strides == (0,):  # each row stands for one reading
        return np.bincount(code, minlength=places).astype(np.int64)
    if _size(values) * len(values) < _EXACT:
        return np.bincount(code, weights=values, minlength=places).astype(np.int64)
    total = np.zeros(places, np.int64)
    np.add.at(total, code, values)
    return total


def _taken(rows: Partial, which: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Partial:
    return Partial(
        code=rows.code[which],
        sum=rows.sum[which],
        count=rows.count[which],
        max=None if rows.max is None else rows.max[which],
        min=None if rows.min is None else rows.min[which],
        max_at=None if rows.max_at is None else rows.max_at[which],
        scale=rows.scale,
    )


def _stacked(columns: Sequence[Int64 | None]) -> Int64 | None:
    """One column after the other; None if any was not worked out."""
    known = [column for column in columns if column is not None]
    return np.concatenate(known) if len(known) == len(columns) else None


def _first_at(value: Int64, start: Int64, first: Int64, count: Int64, highest: Int64) -> Int64:
    """The earliest start of each run that has its highest value; a run may hold several channels in turn."""
    top = value == np.repeat(highest, count)
    return np.asarray(np.minimum.reduceat(np.where(top, start, _LARGEST), first))


def _size(values: Int64) -> int:
    """The largest magnitude among values."""
    return max(abs(int(values.max())), abs(int(values.min()))) if len(values) else 0


def _check_sums(values: Int64) -> None:
    """Raise unless any sum of some of the values fits; one absurd reading among many ordinary ones still does."""
    if _size(values) * len(values) > _LARGEST and float(np.abs(values.astype(np.float64)).sum()) > 0.99 * _LARGEST:
        raise _too_large()


def _too_large() -> StoreError:
    return StoreError(
        "a sum of readings does not fit into 64 bits",
        expected="sums below 9.2e18 of the smallest digit stored",
        hint="Ask for fewer channels or a shorter time, or check the readings' unit.",
    )
