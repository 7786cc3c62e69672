"""The share of on-peak use that would have to move off-peak for one schedule to cost no more than another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

ALL = 1000
STEP = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """Where two schedules meet.

    Attributes:
        share: thousandths of on-peak use to move; 0 where nothing has to move, None where even all of it is too little.
        all_moved: what the schedule would cost more than the other (negative: less) with all on-peak use moved.
    """

    share: int | None
    all_moved: Decimal


def break_even(difference: Callable[[int], Decimal]) -> BreakEven:
    """The least share at which a difference is not above nothing, to a thousandth.

    Args:
        difference: what the schedule costs more, with so many thousandths of on-peak use moved. It is looked at in
            steps of 5 % and then by halves: demand moved off-peak may set a new peak there, so that the difference need
            not fall all the way.
    """
    last = difference(ALL)
    before = 0
    for share in range(0, ALL + STEP, STEP):
        if difference(share) <= 0:
            return BreakEven(share=_halved(difference, before, share), all_moved=last)
        before = share
    return BreakEven(share=None, all_moved=last)


def _halved(difference: Callable[[int], Decimal], low: int, high: int) -> int:
    """Between a share that is too little and one that is enough, or 0 where nothing has to move."""
    while high - low > 1:
        middle = (low + high) // 2
        if difference(middle) <= 0:
            high = middle
        else:
            low = middle
    return high
