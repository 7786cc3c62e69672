"""Which intervals made a determinant, put in words when somebody asks: most bills are never explained."""

from __future__ import annotations

import numpy as np

from meterbook.tariffs.axis import Axis
from meterbook.tariffs.parts import PricedPart
from meterbook.tariffs.plan import Plan


class Moment:
    """When an interval began, by the local clock; put in words when it is printed."""

    def __init__(self, axis: Axis, place: int) -> None:
        self._axis, self._place = axis, place

    def __str__(self) -> str:
        return f" at {_when(self._axis, self._place)}"


class Intervals:
    """The intervals that a rate's energy was measured in: how many, and from when to when."""

    def __init__(self, plan: Plan, part: PricedPart, charge: int, rate: int) -> None:
        self._plan, self._part, self._charge, self._rate = plan, part, charge, rate

    def __str__(self) -> str:
        axis, part = self._plan.axis, self._part
        low, high = self._plan.places(part)
        index = self._plan.index(part.number, self._charge)[low:high]
        places = np.flatnonzero(index == self._rate) + low
        if not len(places):
            return "in no interval"
        every = len(places) == high - low
        first, last = (_when(axis, int(place)) for place in (places[0], places[-1]))
        found = (
            f"in {'all ' if every else ''}{len(places):,} intervals that begin from {first} to {last}"
            if len(places) > 1
            else f"in the interval that begins at {first}"
        )
        return f"{found}; {part.days} of {part.days_of_span} days' share" if part.by_days else found


def _when(axis: Axis, place: int) -> str:
    minute = int(axis.minute[place])
    return f"{axis.date_of(place)} {minute // 60:02d}:{minute % 60:02d}"
