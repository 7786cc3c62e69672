"""Where no value gives all bills: which bills are in the way, or from which month on another value holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from meterbook.tariffs.fit.determinants import BilledOnce
from meterbook.tariffs.fit.equation import Equation
from meterbook.tariffs.fit.lattice import Solved, feasible, solve
from meterbook.tariffs.fit.places import Place

FEWEST = 2
"""Bills that have to agree on a value before it is held against another."""
MOST_GONE = 12
"""Bills that are named as being in the way."""
MOST_ASKED = 24
"""Bills that are asked which of a conflict is in the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoiled:
    """Amounts that no values give together.

    Attributes:
        places: the numbers; empty where all numbers are published.
        bills: numbers of the bills without any one of which the others fit, or without all of which they do.
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
    if len(numbers) <= FEWEST:
        return Spoiled(places=places, bills=tuple(numbers))
    gone: list[int] = []
    while len(gone) < MOST_GONE and not _fits(part, left := [one for one in numbers if one not in gone]):
        conflict = _conflict(part, left)
        alone = [one for one in conflict if _fits(part, [other for other in left if other != one])]
        if alone and not gone:
            without = _left(part, [one for one in numbers if one != alone[0]]) if len(alone) == 1 else None
            return Spoiled(places=places, bills=tuple(alone), alone=True, without=without or ())
        gone.append(_outvoted(part, conflict, left))
    return Spoiled(places=places, bills=tuple(sorted(gone, key=numbers.index)))


def _changed(part: Solved, numbers: list[int]) -> int | None:
    """The bill from which on other values hold; None if there is no one such bill."""
    if len(numbers) < 2 * FEWEST:
        return None
    low, high = FEWEST, len(numbers)  # the longest run from the start that fits ends between them
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _fits(part, numbers[:middle]) else (low, middle)
    rest = numbers[low:]
    if len(rest) < FEWEST or not _fits(part, numbers[:low]) or not _fits(part, rest):
        return None
    if _fits(part, [one for one in numbers if one != rest[0]]):
        return None  # that bill alone is other than those around it
    return rest[0] if _left(part, numbers[:low]) != _left(part, rest) else None


def _of(part: Solved, numbers: list[int]) -> list[Equation]:
    wanted = set(numbers)
    return [one for one in part.equations if one.bill in wanted]


def _fits(part: Solved, numbers: list[int]) -> bool:
    return feasible(part.unknowns, _of(part, numbers))


def _left(part: Solved, numbers: list[int]) -> tuple[tuple[Fraction, Fraction], ...]:
    """What some bills that fit together leave of each number."""
    found = {}
    for one in solve(part.unknowns, _of(part, numbers)):
        for unknown, (low, high) in zip(one.unknowns, one.ranges, strict=True):
            found[unknown.key] = (low * unknown.step, high * unknown.step)
    return tuple(found[one.key] for one in part.unknowns)


def _conflict(part: Solved, numbers: list[int]) -> list[int]:
    """Bills that do not fit together, none of which can be left out of them: one after the other by halving."""
    found: list[int] = []
    while numbers and _fits(part, found):
        low, high = 0, len(numbers)  # the shortest run from the start that does not fit with those found
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _fits(part, [*found, *numbers[:middle]]) else (low, middle)
        found.append(numbers[high - 1])
        numbers = numbers[: high - 1]
    return found


def _outvoted(part: Solved, conflict: list[int], numbers: list[int]) -> int:
    """The bill of a conflict without which most of the others fit to the rest of it."""
    asked = [one for one in numbers if one not in conflict]
    asked = asked[:: max(len(asked) // MOST_ASKED, 1)]

    def votes(one: int) -> int:
        rest = [other for other in conflict if other != one]
        return sum(_fits(part, [*rest, other]) for other in asked)

    return max(reversed(conflict), key=votes)
