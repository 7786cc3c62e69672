"""Where no value gives all bills: which bills are in the way, or from which month on another value holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from meterbook.tariffs.fit.determinants import BilledOnce
from meterbook.tariffs.fit.equation import Equation
from meterbook.tariffs.fit.lattice import Solved, solve
from meterbook.tariffs.fit.places import Place

FEWEST = 2
"""Bills that have to agree on a value before it is held against another."""
MOST_LEFT_OUT = 60
"""Bills of a part up to which each is left out in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoiled:
    """Amounts that no values give together.

    Attributes:
        places: the numbers; empty where all numbers are published.
        bills: numbers of the bills without any one of which the others fit; all where none is to blame alone.
        alone: whether leaving out just one of them is enough.
        without: what the others leave of each number, where one bill is to blame; in multiples of its step.
        changed: number of the first bill of a run by itself consistent, with other values than those before.
        amount: what is printed, where all numbers are published.
        made: what they give.
    """

    places: tuple[Place, ...]
    bills: tuple[int, ...]
    alone: bool = False
    without: tuple[tuple[Fraction, Fraction], ...] = ()
    changed: int | None = None
    amount: Fraction | None = None
    made: Fraction | None = None


def spoiled(part: Solved, bills: Mapping[int, BilledOnce]) -> Spoiled:
    """Which bills are in the way of the others."""
    places = tuple(one.key for one in part.unknowns if isinstance(one.key, Place))
    numbers = sorted({one.bill for one in part.equations}, key=lambda one: (bills[one].last, bills[one].account))
    changed = _changed(part, numbers)
    if changed is not None:
        return Spoiled(places=places, bills=tuple(numbers), changed=changed)
    culprits, without = [], []
    for number in numbers[:MOST_LEFT_OUT]:
        left = _left(part, [one for one in part.equations if one.bill != number])
        if left is not None and len(numbers) > FEWEST:
            culprits.append(number)
            without.append(left)
    if culprits:
        ranges = without[0] if len(culprits) == 1 else ()
        return Spoiled(places=places, bills=tuple(culprits), alone=True, without=ranges)
    return Spoiled(places=places, bills=_fewest(part, numbers), alone=False)


def _changed(part: Solved, numbers: list[int]) -> int | None:
    """The bill from which on other values hold; None if there is no one such bill."""
    if len(numbers) < 2 * FEWEST:
        return None
    low, high = FEWEST, len(numbers)  # the longest run from the start that fits ends between them
    while high - low > 1:
        middle = (low + high) // 2
        fits = _left(part, _of(part, numbers[:middle])) is not None
        low, high = (middle, high) if fits else (low, middle)
    rest = numbers[low:]
    if len(rest) < FEWEST or _left(part, _of(part, numbers[:low])) is None:
        return None
    before, after = (_left(part, _of(part, some)) for some in (numbers[:low], rest))
    if before is None or after is None or before == after:
        return None
    last_only = _left(part, [one for one in part.equations if one.bill != rest[0]])
    return None if last_only is not None else rest[0]


def _of(part: Solved, numbers: list[int]) -> list[Equation]:
    wanted = set(numbers)
    return [one for one in part.equations if one.bill in wanted]


def _left(part: Solved, equations: list[Equation]) -> tuple[tuple[Fraction, Fraction], ...] | None:
    """What some equations leave of each number; None if nothing."""
    found = {}
    for one in solve(part.unknowns, equations):
        if one.none:
            return None
        for unknown, (low, high) in zip(one.unknowns, one.ranges, strict=True):
            found[unknown.key] = (low * unknown.step, high * unknown.step)
    return tuple(found[one.key] for one in part.unknowns)


def _fewest(part: Solved, numbers: list[int]) -> tuple[int, ...]:
    """Bills outside of a set that fits together, taken bill by bill: of a price alone the most bills that agree."""
    if len(part.unknowns) == 1:
        return _outvoted(part, numbers)
    kept: list[int] = []
    for number in numbers[:MOST_LEFT_OUT]:
        if _left(part, _of(part, [*kept, number])) is not None:
            kept.append(number)
    return tuple(one for one in numbers if one not in kept)


def _outvoted(part: Solved, numbers: list[int]) -> tuple[int, ...]:
    spans = []
    for number in numbers:
        (one,) = solve(part.unknowns, _of(part, [number]))
        spans.append((number, one.ranges[0]))
    marks = sorted({low for _, (low, high) in spans if low <= high})
    if not marks:
        return tuple(numbers)
    best = max(marks, key=lambda mark: sum(low <= mark <= high for _, (low, high) in spans))
    return tuple(number for number, (low, high) in spans if not low <= best <= high)
