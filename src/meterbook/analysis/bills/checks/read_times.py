"""Instants of reads of which only the days are known: borders of intervals between which the sums are those billed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from meterbook.analysis.bills.checks.reads import Read
from meterbook.analysis.bills.checks.running import Running

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From one read to the next.

    Attributes:
        start: the earlier read.
        end: the later read; the start of the step that follows.
        billed: kWh between them.
    """

    start: Read
    end: Read
    billed: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Instants of n + 1 reads around n steps.

    Attributes:
        instants: UTC epoch seconds.
        single: no other borders would do.
    """

    instants: tuple[int, ...]
    single: bool


def likely(total: Running, steps: Sequence[Step], resolution: Decimal) -> Times | None:
    """Borders of intervals at which all reads of a chain can have been; None if there are none.

    Args:
        total: the register's running total.
        steps: n steps, each starting where the one before it ends.
        resolution: how far a sum may be off, kWh.
    """
    reads = [steps[0].start, *(one.end for one in steps)]
    borders = [total.borders(one.low, one.high) for one in reads]
    if any(not len(at) for at, _ in borders):
        return None
    wanted = [_units(one.billed, total.scale) for one in steps]
    off = _units(resolution, total.scale)
    alive: list[Bool] = [np.ones(len(borders[0][0]), bool)]
    for place, units in enumerate(wanted):
        alive.append(_met(borders[place][1][alive[-1]], borders[place + 1][1], units, off))
    if not alive[-1].any():
        return None
    for place in range(len(wanted) - 1, -1, -1):
        alive[place] &= _met(borders[place + 1][1][alive[place + 1]], borders[place][1], -wanted[place], off)
    return _path(borders, alive, wanted, off)


def _path(borders: Sequence[tuple[Int64, Int64]], alive: Sequence[Bool], wanted: Sequence[int], off: int) -> Times:
    """One chain of those that are possible: the earliest first read, then the earliest that goes with it."""
    place = int(np.flatnonzero(alive[0])[0])
    chosen = [place]
    for number, units in enumerate(wanted):
        at = borders[number][1][chosen[-1] : chosen[-1] + 1]
        fits = alive[number + 1] & _met(at, borders[number + 1][1], units, off)
        chosen.append(int(np.flatnonzero(fits)[0]))
    instants = tuple(int(at[one]) for (at, _), one in zip(borders, chosen, strict=True))
    return Times(instants=instants, single=all(int(one.sum()) == 1 for one in alive))


def _met(earlier: Int64, later: Int64, units: int, off: int) -> Bool:
    """Which later totals lie ``units`` past one of the earlier ones, give or take ``off``."""
    known = np.sort(earlier)
    first = np.searchsorted(known, later - units - off, "left")
    last = np.searchsorted(known, later - units + off, "right")
    met: Bool = last > first
    return met


def _units(value: Decimal, scale: int) -> int:
    return int(value.scaleb(scale))
