"""The ``revision`` fault: recent readings that were different when first asked for."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from meterbook.practice.registers import DAY_S, Point
from meterbook.practice.settings import Settings

RECENT_DAYS = 7
_KEPT = 50_000


class Revisions:
    """Remembers which recent days of which places were shown; each is shown first with some hours off.

    Args:
        settings: the portal's.
        rate: share of hours that are off when first shown; 0 plays nothing.
    """

    def __init__(self, settings: Settings, rate: float) -> None:
        self._newest = settings.data_end // DAY_S
        self._rate = rate
        self._shown: OrderedDict[tuple[str, int], None] = OrderedDict()

    def first_look(self, point: Point, start: int, end: int) -> Point:
        """The place as it is shown for a window, which then counts as shown.

        Args:
            point: what is asked for.
            start: first instant, UTC epoch seconds.
            end: instant after the last.
        """
        if not self._rate:
            return point
        first = max(start // DAY_S, self._newest - RECENT_DAYS)
        days = range(first, min(-(-end // DAY_S), self._newest + 1))
        fresh = frozenset(day for day in days if (point.place.number, day) not in self._shown)
        for day in fresh:
            self._shown[point.place.number, day] = None
        while len(self._shown) > _KEPT:
            self._shown.popitem(last=False)
        return replace(point, unsettled=fresh, unsettled_rate=self._rate)
