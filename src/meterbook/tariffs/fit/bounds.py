"""Bounds of several unknowns at once, exact: linear programs over fractions, with constraints added as they bind.

A sum of m amounts, each rounded by at most a half cent, lies within m half cents of the exact sum. All prices that give
the bills lie in the polytope of these bands; its extent along each price bounds the search of
:mod:`meterbook.tariffs.fit.lattice`, which loses nothing by it. Bland's rule keeps the simplex method from cycling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

Row = tuple[tuple[Fraction, ...], Fraction]
"""Coefficients a and a bound b of ``a · x <= b``."""
ZERO = Fraction(0)


@dataclass(slots=True)
class Polytope:
    """Points x of a box that keep to some rows.

    Attributes:
        low, high: corners of the box.
        rows: all constraints.
        active: those that have mattered so far.
    """

    low: list[Fraction]
    high: list[Fraction]
    rows: list[Row]
    active: list[int] = field(default_factory=list)

    def extent(self, axis: int) -> tuple[Fraction, Fraction] | None:
        """Least and greatest coordinate along an axis; None if no point keeps to all rows."""
        count = len(self.low)
        up = self.maximum([Fraction(int(one == axis)) for one in range(count)])
        if up is None:
            return None
        down = self.maximum([Fraction(-int(one == axis)) for one in range(count)])
        assert down is not None
        return -down, up

    def maximum(self, objective: Sequence[Fraction]) -> Fraction | None:
        """Greatest value of an objective over the points; None if there is none."""
        while True:
            point = self._best(objective)
            if point is None:
                return None
            broken = [
                (excess, number)
                for number, (coefficients, bound) in enumerate(self.rows)
                if (excess := _dot(coefficients, point) - bound) > 0
            ]
            if not broken:
                return _dot(objective, point)
            self.active += [number for _, number in sorted(broken, reverse=True)[:2]]

    def _best(self, objective: Sequence[Fraction]) -> list[Fraction] | None:
        """The best point of the box that keeps to the active rows."""
        count = len(self.low)
        rows: list[list[Fraction]] = []
        for number in self.active:
            coefficients, bound = self.rows[number]
            rows.append([bound - _dot(coefficients, self.low), *coefficients])
        for axis in range(count):
            unit = [Fraction(int(one == axis)) for one in range(count)]
            rows.append([self.high[axis] - self.low[axis], *unit])
        found = maximize(rows, list(objective))
        return None if found is None else [low + one for low, one in zip(self.low, found, strict=True)]


def maximize(rows: list[list[Fraction]], objective: list[Fraction]) -> list[Fraction] | None:
    """The point y >= 0 with ``a · y <= b`` for every row ``[b, *a]`` at which an objective is greatest.

    The region has to be bounded. None if it is empty.

    >>> [str(one) for one in maximize([[Fraction(4), Fraction(1), Fraction(2)], [Fraction(3), Fraction(1), ZERO]],
    ...                               [Fraction(1), Fraction(1)])]
    ['3', '1/2']
    """
    count, far = len(objective), len(objective) + len(rows)
    made = _Tableau([list(row) for row in rows], [ZERO] * (count + 1), list(range(count)), list(range(count, far)))
    worst = min(range(len(rows)), key=lambda number: rows[number][0])
    if rows[worst][0] < 0 and not made.begun(worst, far):
        return None
    made.aim(objective)
    made.climb()
    point = [ZERO] * count
    for row, variable in enumerate(made.inside):
        if variable < count:
            point[variable] = made.rows[row][0]
    return point


@dataclass(slots=True)
class _Tableau:
    """Variables inside as constants less what those outside take of them, and the goal as what they add to it."""

    rows: list[list[Fraction]]
    goal: list[Fraction]
    outside: list[int]
    inside: list[int]

    def begun(self, worst: int, helper: int) -> bool:
        """Whether there is a point at all; one more variable, the helper, lets all rows be kept to begin with."""
        for row in self.rows:
            row.append(Fraction(-1))
        self.goal = [ZERO] * len(self.goal) + [Fraction(-1)]
        self.outside.append(helper)
        self.pivot(worst, len(self.outside) - 1)
        self.climb()
        if self.goal[0] < 0:
            return False
        if helper in self.inside:
            row_of = self.inside.index(helper)
            self.pivot(row_of, next(at for at in range(len(self.outside)) if self.rows[row_of][at + 1] != 0))
        gone = self.outside.index(helper)
        self.outside.pop(gone)
        for row in self.rows:
            row.pop(gone + 1)
        return True

    def aim(self, objective: list[Fraction]) -> None:
        """Set a goal, in terms of the variables that are outside now."""
        self.goal = [ZERO, *(objective[one] if one < len(objective) else ZERO for one in self.outside)]
        for row, variable in zip(self.rows, self.inside, strict=True):
            if variable < len(objective) and objective[variable]:
                self.goal[0] += objective[variable] * row[0]
                for at in range(1, len(row)):
                    self.goal[at] -= objective[variable] * row[at]

    def climb(self) -> None:
        """Exchange variables until the goal can't rise."""
        while rising := [at for at in range(len(self.outside)) if self.goal[at + 1] > 0]:
            column = min(rising, key=self.outside.__getitem__)
            limits = [
                (row[0] / row[column + 1], self.inside[number], number)
                for number, row in enumerate(self.rows)
                if row[column + 1] > 0
            ]
            self.pivot(min(limits)[2], column)

    def pivot(self, row: int, column: int) -> None:
        """Let the variable of a column in, and that of a row out."""
        at = column + 1
        factor = self.rows[row][at]
        made = [one / factor for one in self.rows[row]]
        made[at] = 1 / factor
        self.rows[row] = made
        for number, other in enumerate(self.rows):
            if number != row and (share := other[at]):
                other[:] = [one - share * mine for one, mine in zip(other, made, strict=True)]
                other[at] = -share / factor
        if share := self.goal[at]:
            rise = self.goal[0] + share * made[0]
            self.goal = [one - share * mine for one, mine in zip(self.goal, made, strict=True)]
            self.goal[0], self.goal[at] = rise, -share / factor
        self.outside[column], self.inside[row] = self.inside[row], self.outside[column]


def _dot(one: Sequence[Fraction], other: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(one, other, strict=True) if a and b), start=ZERO)
