"""Ranges: what a result may be when numbers that it rests on may be others.

Where the numbers' alternatives make few combinations, all of them are worked out. Where they make many, each number is
varied by itself, then all are put where each alone gives the least or the most, and from that corner each is varied
again until none goes further. Such corners are the ends of the range unless numbers work against each other; the result
says which way it was found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import prod

from meterbook.tariffs.assumed import Assumed, Value

Choice = Mapping[tuple[str, ...], Value]
"""A value for each number, by its key."""
FULL = 512
"""Combinations up to which all are worked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What a result may be.

    Attributes:
        held: with the numbers as the schedule has them.
        low, high: ends of the range over all stated alternatives.
        swings: of each number with alternatives how far the result goes with it alone, the largest first.
        open: what is assumed without an alternative: with others, the result may lie outside.
        way: ``exact`` where no number has alternatives, ``product`` of all combinations, or ``corners``.
        at_low, at_high: the values at the ends.
    """

    held: Decimal
    low: Decimal
    high: Decimal
    swings: tuple[tuple[Assumed, Decimal], ...] = ()
    open: tuple[Assumed, ...] = ()
    way: str = "exact"
    at_low: Choice | None = None
    at_high: Choice | None = None

    @property
    def sure(self) -> bool:
        """Whether it is one amount that rests on nothing assumed."""
        return self.low == self.high and not self.open

    @property
    def untold(self) -> bool:
        """Whether it rests on something assumed without there being any alternative, so that no range can be given."""
        return bool(self.open) and not self.wide

    @property
    def wide(self) -> bool:
        """Whether its ends differ."""
        return self.low != self.high


def ranged(numbers: Sequence[Assumed], result: Callable[[Choice], Decimal], *, full: int = FULL) -> Range:
    """The range of a result.

    Args:
        numbers: what it rests on.
        result: for a value of each number.
        full: combinations up to which all are worked out.
    """
    held = {one.key: one.value for one in numbers}
    base = result(held)
    varied = [one for one in numbers if len(one.values) > 1]
    alone = {
        one.key: [(result({**held, one.key: value}), number, value) for number, value in enumerate(one.values)]
        for one in varied
    }
    open_ = tuple(one for one in numbers if len(one.values) == 1 and one.status == "assumed")
    if not varied:
        return Range(held=base, low=base, high=base, open=open_)
    choices: list[Choice] = [held]
    choices += [{**held, one.key: value} for one in varied for value in one.values]
    if prod(len(one.values) for one in varied) <= full:
        way = "product"
        keys = [one.key for one in varied]
        choices += [
            {**held, **dict(zip(keys, values, strict=True))} for values in product(*(one.values for one in varied))
        ]
    else:
        way = "corners"
        choices += [_corner(held, varied, alone, result, sign) for sign in (1, -1)]
    found = [(result(choice), number, choice) for number, choice in enumerate(choices)]
    low, high = min(found), max(found)
    swings = [
        (one, max(amount for amount, _, _ in alone[one.key]) - min(amount for amount, _, _ in alone[one.key]))
        for one in varied
    ]
    return Range(
        held=base,
        low=low[0],
        high=high[0],
        swings=tuple(sorted((swing for swing in swings if swing[1]), key=lambda swing: -swing[1])),
        open=open_,
        way=way,
        at_low=low[2],
        at_high=high[2],
    )


def _corner(
    held: Choice,
    varied: Sequence[Assumed],
    alone: Mapping[tuple[str, ...], list[tuple[Decimal, int, Value]]],
    result: Callable[[Choice], Decimal],
    sign: int,
) -> Choice:
    """Each number where it alone gives the lowest (sign 1) or highest (-1), and on while one alone goes further."""
    pick = min if sign == 1 else max
    choice = {**held, **{one.key: pick(alone[one.key])[2] for one in varied}}
    best = result(choice)
    moved = True
    while moved:
        moved = False
        for one in varied:
            for value in one.values:
                other = {**choice, one.key: value}
                if (found := result(other)) * sign < best * sign:
                    choice, best, moved = other, found, True
    return choice
