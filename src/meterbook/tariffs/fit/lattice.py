"""Every combination of prices at published precision that gives all amounts: none is left out, none is guessed.

Unknowns that no equation ties together are solved apart. One alone is an interval. Several are bounded together by
:mod:`meterbook.tariffs.fit.bounds`; the one with the fewest values left is tried value by value, and so on until all
are told; what comes out is held against the amounts with their rounding. Where there are too many combinations to
list, the bounds are given, and that they are no more than bounds.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import ceil, floor

from meterbook.tariffs.fit.bounds import Polytope, Row
from meterbook.tariffs.fit.equation import Equation, Group, Unknown, value_of
from meterbook.tariffs.fit.interval import NONE, Range, before_rounding, common, multiples

MOST = 4000
"""Combinations that are listed, and values of one unknown that are tried at each level."""
STEPS = 20_000
"""Combinations that are tried before the search is given up and bounds are told instead."""


class _TooManyError(Exception):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """What equations leave of some unknowns that they tie together.

    Attributes:
        unknowns: which, in order.
        equations: those that tie them.
        ranges: first and last multiple that is left of each; the last less than the first where nothing is.
        points: every combination, as multiples; None where only bounds are known.
    """

    unknowns: tuple[Unknown, ...]
    equations: tuple[Equation, ...]
    ranges: tuple[Range, ...]
    points: tuple[tuple[int, ...], ...] | None

    @property
    def none(self) -> bool:
        """Whether no value reproduces all amounts."""
        return any(low > high for low, high in self.ranges)

    @property
    def only(self) -> bool:
        """Whether one value is left of each."""
        return all(low == high for low, high in self.ranges)

    def prices(self) -> dict[Hashable, Fraction]:
        """The prices, where one is left of each."""
        return {one.key: one.step * low for one, (low, _) in zip(self.unknowns, self.ranges, strict=True)}


def solve(unknowns: Sequence[Unknown], equations: Sequence[Equation]) -> list[Solved]:
    """Everything that equations leave of unknowns, in parts that have nothing to do with each other."""
    return [_solve(some, its) for some, its in apart(unknowns, equations)]


def feasible(unknowns: Sequence[Unknown], equations: Sequence[Equation]) -> bool:
    """Whether some values give all amounts; also where that is too long to tell, since nothing speaks against it."""
    for some, its in apart(unknowns, equations):
        search = _Search(some, its)
        box = search.narrowed([(one.low, one.high) for one in some])
        if box is None:
            return False
        try:
            if next(search.points(box), None) is None:
                return False
        except _TooManyError:
            continue
    return True


def apart(
    unknowns: Sequence[Unknown], equations: Sequence[Equation]
) -> list[tuple[tuple[Unknown, ...], tuple[Equation, ...]]]:
    """Unknowns with the equations that are about them, divided where nothing ties them together."""
    leader: dict[Hashable, Hashable] = {one.key: one.key for one in unknowns}

    def find(key: Hashable) -> Hashable:
        while leader[key] != key:
            leader[key] = key = leader[leader[key]]
        return key

    for equation in equations:
        first, *others = [find(key) for key in equation.keys] or [None]
        for other in others:
            leader[find(other)] = find(first)
    members: dict[Hashable, list[Unknown]] = {}
    for one in unknowns:
        members.setdefault(find(one.key), []).append(one)
    about: dict[Hashable, list[Equation]] = {key: [] for key in members}
    for equation in equations:
        if equation.keys:
            about[find(next(iter(equation.keys)))].append(equation)
    return [(tuple(some), tuple(about[key])) for key, some in members.items()]


def _solve(unknowns: tuple[Unknown, ...], equations: tuple[Equation, ...]) -> Solved:
    search = _Search(unknowns, equations)
    box: list[Range] | None = [(one.low, one.high) for one in unknowns]
    assert box is not None
    box = search.narrowed(box)
    if box is None:
        return Solved(unknowns=unknowns, equations=equations, ranges=(NONE,) * len(unknowns), points=())
    if len(unknowns) == 1 and all(len(one.groups) == 1 and len(one.groups[0].terms) == 1 for one in equations):
        return Solved(unknowns=unknowns, equations=equations, ranges=tuple(box), points=_listed(box[0]))
    try:
        points = sorted(search.points(box))
    except _TooManyError:
        return Solved(unknowns=unknowns, equations=equations, ranges=tuple(search.bounds), points=None)
    if not points:
        return Solved(unknowns=unknowns, equations=equations, ranges=(NONE,) * len(unknowns), points=())
    ranges = tuple((min(values), max(values)) for values in zip(*points, strict=True))
    return Solved(unknowns=unknowns, equations=equations, ranges=ranges, points=tuple(points))


def _listed(span: Range) -> tuple[tuple[int, ...], ...] | None:
    return tuple((one,) for one in range(span[0], span[1] + 1)) if span[1] - span[0] < MOST else None


class _Search:
    """The search over one part."""

    def __init__(self, unknowns: tuple[Unknown, ...], equations: tuple[Equation, ...]) -> None:
        self.steps = [one.step for one in unknowns]
        self.places = {one.key: place for place, one in enumerate(unknowns)}
        self.keys = [one.key for one in unknowns]
        self.equations = tuple(dict.fromkeys(_plain(one) for one in equations))
        self.rows = [row for one in self.equations for row in self._rows(one)]
        self.bounds: list[Range] = [NONE] * len(unknowns)
        self._tried = count(1)

    def points(self, box: list[Range]) -> Iterator[tuple[int, ...]]:
        """Every combination within a box that gives all amounts.

        Raises:
            _TooManyError: they are too many to list.
        """
        if next(self._tried) > STEPS:
            raise _TooManyError
        open_ = [place for place, (low, high) in enumerate(box) if low < high]
        if not open_:
            point = tuple(low for low, _ in box)
            if all(one.holds(self._prices(point)) for one in self.equations):
                yield point
            return
        bounded = self.bounded(box)
        if bounded is None:
            return
        if self.bounds[0] == NONE:
            self.bounds = bounded  # of the whole box, since it is the first that is looked at
        box = bounded
        open_ = [place for place in open_ if box[place][0] < box[place][1]]
        if not open_:
            yield from self.points(box)
            return
        place = min(open_, key=lambda one: box[one][1] - box[one][0])
        if box[place][1] - box[place][0] >= MOST:
            raise _TooManyError
        for value in range(box[place][0], box[place][1] + 1):
            tried = [*box]
            tried[place] = (value, value)
            narrowed = self.narrowed(tried)
            if narrowed is not None:
                yield from self.points(narrowed)

    def narrowed(self, box: list[Range]) -> list[Range] | None:
        """The box after what single equations say of single unknowns; None if nothing is left."""
        for equation in self.equations:
            open_ = [key for key in equation.keys if box[self.places[key]][0] < box[self.places[key]][1]]
            if len(open_) > 1:
                continue
            if not open_:
                if not equation.holds(self._prices([low for low, _ in box])):
                    return None
                continue
            place = self.places[open_[0]]
            box[place] = common(box[place], self._alone(equation, open_[0], box))
            if box[place][0] > box[place][1]:
                return None
        return box

    def bounded(self, box: list[Range]) -> list[Range] | None:
        """The box drawn in to the bands of all equations together; None if nothing is left."""
        open_ = [place for place, (low, high) in enumerate(box) if low < high]
        fixed = {place: Fraction(low) for place, (low, high) in enumerate(box) if low == high}
        rows = []
        for coefficients, bound in self.rows:
            rest = bound - sum((coefficients[place] * value for place, value in fixed.items()), start=Fraction(0))
            mine = tuple(coefficients[place] for place in open_)
            if any(mine):
                rows.append((mine, rest))
            elif rest < 0:
                return None
        found = [*box]
        low, high = ([Fraction(box[place][end]) for place in open_] for end in (0, 1))
        polytope = Polytope(low, high, rows)
        for axis, place in enumerate(open_):
            extent = polytope.extent(axis)
            if extent is None:
                return None
            found[place] = common(box[place], (ceil(extent[0]), floor(extent[1])))
            if found[place][0] > found[place][1]:
                return None
        return found

    def _alone(self, equation: Equation, key: Hashable, box: list[Range]) -> Range:
        """Multiples of the one open unknown that an equation allows, or a little more if it is in several groups."""
        place = self.places[key]
        prices = self._prices([low for low, _ in box])
        others, mine = Fraction(0), []
        for group in equation.groups:
            if any(one == key for one, _ in group.terms):
                mine.append(group)
            else:
                others += value_of(group, prices)
        rest = equation.amount - others
        if len(mine) == 1:
            group = mine[0]
            within = before_rounding(rest, group.mode, group.unit)
            quantity, constant = _about(group, key, prices)
            return multiples(within, quantity, constant, self.steps[place]) or box[place]
        slack = sum((_slack(group) for group in mine), start=Fraction(0))
        parts = [_about(group, key, prices) for group in mine]
        factor = sum((one for one, _ in parts), start=Fraction(0)) * self.steps[place]
        constant = sum((one for _, one in parts), start=Fraction(0))
        if factor == 0:
            return box[place]
        ends = sorted(((rest - constant - slack) / factor, (rest - constant + slack) / factor))
        return ceil(ends[0]), floor(ends[1])

    def _rows(self, equation: Equation) -> list[Row]:
        coefficients = [Fraction(0)] * len(self.steps)
        constant, slack = Fraction(0), Fraction(0)
        for group in equation.groups:
            constant += group.constant
            slack += _slack(group)
            for key, quantity in group.terms:
                place = self.places[key]
                coefficients[place] += quantity * self.steps[place]
        rest = equation.amount - constant
        return [
            (tuple(coefficients), rest + slack),
            (tuple(-one for one in coefficients), slack - rest),
        ]

    def _prices(self, point: Sequence[int]) -> dict[Hashable, Fraction]:
        return {key: step * one for key, step, one in zip(self.keys, self.steps, point, strict=True)}


def _plain(equation: Equation) -> Equation:
    """The equation without its bill, so that those that say the same are one."""
    return Equation(bill=0, amount=equation.amount, groups=equation.groups)


def _slack(group: Group) -> Fraction:
    return group.unit / 2 if group.mode.startswith("half") else group.unit


def _about(group: Group, key: Hashable, prices: Mapping[Hashable, Fraction]) -> tuple[Fraction, Fraction]:
    """Quantity of an unknown in a group, and what the others come to."""
    quantity = sum((one for name, one in group.terms if name == key), start=Fraction(0))
    rest = sum((prices[name] * one for name, one in group.terms if name != key), start=group.constant)
    return quantity, rest
