"""Sums over runs of sorted readings, and their union: partial answers that add up, in whatever order they come.

Everything is exact: int64, with a check that no sum can have passed its bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from meterbook.model.errors import StoreError
from meterbook.store.readings.values import Int32, Int64

_LARGEST = np.iinfo(np.int64).max
_DENSE_CODES = 4_000_000
"""Up to so many pairs of key and period are added up in arrays with a place for each."""
_COLUMNS = ("code", "sum", "count", "max", "min", "max_at")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Partial:
    """What some of the readings come to, by code: ``key * periods + period``.

    Attributes:
        code: n codes, int64; may repeat before :func:`united`.
        sum, count, max, min, max_at: n values each, int64.
        scale: digits after the point.
    """

    code: Int64
    sum: Int64
    count: Int64
    max: Int64
    min: Int64
    max_at: Int64
    scale: int

    def __len__(self) -> int:
        return len(self.code)

    def rescaled(self, scale: int) -> Partial:
        """The same at more digits."""
        if scale == self.scale or not len(self):
            return Partial(
                code=self.code,
                sum=self.sum,
                count=self.count,
                max=self.max,
                min=self.min,
                max_at=self.max_at,
                scale=scale,
            )
        factor = 10 ** (scale - self.scale)
        largest = max(_size(self.sum), _size(self.max), _size(self.min))
        if largest * factor > _LARGEST:
            raise _too_large()
        return Partial(
            code=self.code,
            sum=self.sum * factor,
            count=self.count,
            max=self.max * factor,
            min=self.min * factor,
            max_at=self.max_at,
            scale=scale,
        )


def empty() -> Partial:
    """No readings."""
    none = np.zeros(0, np.int64)
    return Partial(code=none, sum=none, count=none, max=none, min=none, max_at=none, scale=0)


def over_runs(key: Int32, period: Int32, start: Int64, value: Int64, *, periods: int, scale: int) -> Partial:
    """Runs of rows that share key and period, each as one; rows with a negative key or period are left out.

    Args:
        key: n numbers, channel or group.
        period: n numbers.
        start: n starts, UTC epoch seconds or microseconds, of which only the order matters here.
        value: n values at ``scale``.
        periods: how many there are.
        scale: digits after the point.
    """
    if not len(value):
        return empty()
    if max(_size(value), 1) * len(value) > _LARGEST:
        raise _too_large()
    changes = (period[1:] != period[:-1]) | (key[1:] != key[:-1])
    first = np.append(0, np.flatnonzero(changes) + 1)
    if len(first) * 4 > len(value):  # runs so short that a place for each code is quicker
        inside = (period >= 0) & (key >= 0)
        if not bool(inside.all()):
            key, period, start, value = key[inside], period[inside], start[inside], value[inside]
        code = key.astype(np.int64) * periods + period
        one = np.ones(len(code), np.int64)
        return _by_code(Partial(code=code, sum=value, count=one, max=value, min=value, max_at=start, scale=scale))
    inside = (period[first] >= 0) & (key[first] >= 0)
    count = np.diff(np.append(first, len(value)))
    highest = np.maximum.reduceat(value, first)
    return Partial(
        code=(key[first].astype(np.int64) * periods + period[first])[inside],
        sum=np.add.reduceat(value, first)[inside],
        count=count[inside],
        max=highest[inside],
        min=np.minimum.reduceat(value, first)[inside],
        max_at=_first_at(value, start, first, count, highest)[inside],
        scale=scale,
    )


def united(parts: Sequence[Partial]) -> Partial:
    """The parts as one, by increasing code, each code once."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty()
    scale = max(part.scale for part in parts)
    parts = [part.rescaled(scale) for part in parts]
    total = sum(float(np.abs(part.sum.astype(np.float64)).sum()) for part in parts)
    if total > 0.99 * _LARGEST:
        raise _too_large()
    return _by_code(
        Partial(
            **{name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS},
            scale=scale,
        )
    )


def _by_code(rows: Partial) -> Partial:
    """Rows of equal code as one, by increasing code."""
    if len(rows) <= 1 or bool((rows.code[1:] > rows.code[:-1]).all()):
        return rows
    if int(rows.code.max()) < min(_DENSE_CODES, 8 * len(rows)):
        return _in_places(rows)
    order = np.argsort(rows.code, kind="stable")
    code, highest = rows.code[order], rows.max[order]
    first = np.append(0, np.flatnonzero(code[1:] != code[:-1]) + 1)
    top = np.maximum.reduceat(highest, first)
    runs = np.diff(np.append(first, len(code)))
    at = np.where(highest == np.repeat(top, runs), rows.max_at[order], _LARGEST)
    return Partial(
        code=code[first],
        sum=np.add.reduceat(rows.sum[order], first),
        count=np.add.reduceat(rows.count[order], first),
        max=top,
        min=np.minimum.reduceat(rows.min[order], first),
        max_at=np.minimum.reduceat(at, first),
        scale=rows.scale,
    )


def _in_places(rows: Partial) -> Partial:
    """The same with an array that has a place for each code, which spares the sort."""
    places = int(rows.code.max()) + 1
    total, count = np.zeros(places, np.int64), np.zeros(places, np.int64)
    highest = np.full(places, np.iinfo(np.int64).min)
    lowest, at = np.full(places, _LARGEST), np.full(places, _LARGEST)
    np.add.at(total, rows.code, rows.sum)
    np.add.at(count, rows.code, rows.count)
    np.maximum.at(highest, rows.code, rows.max)
    np.minimum.at(lowest, rows.code, rows.min)
    top = rows.max == highest[rows.code]
    np.minimum.at(at, rows.code[top], rows.max_at[top])
    code = np.flatnonzero(count)
    return Partial(
        code=code,
        sum=total[code],
        count=count[code],
        max=highest[code],
        min=lowest[code],
        max_at=at[code],
        scale=rows.scale,
    )


def _first_at(value: Int64, start: Int64, first: Int64, count: Int64, highest: Int64) -> Int64:
    """Start of the first row of each run that holds its highest value."""
    if len(first) == len(value):
        return start
    top = np.flatnonzero(value == np.repeat(highest, count))
    return start[top[np.searchsorted(top, first)]]


def _size(values: Int64) -> int:
    """The largest magnitude among values."""
    return max(abs(int(values.max())), abs(int(values.min()))) if len(values) else 0


def _too_large() -> StoreError:
    return StoreError(
        "a sum of readings does not fit into 64 bits",
        expected="sums below 9.2e18 of the smallest digit stored",
        hint="Ask for fewer channels or a shorter time, or check the readings' unit.",
    )
