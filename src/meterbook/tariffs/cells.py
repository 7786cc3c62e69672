"""Which price each interval has: a charge's rates by season and period, laid over the axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meterbook.model.tariff import Demand, Energy, Export, Rate, Tariff
from meterbook.tariffs.axis import Int64
from meterbook.tariffs.calendars import Calendar, resolve, season_numbers

NONE = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """A charge's rates as a table of seasons and periods.

    Attributes:
        seasons: set of seasons that the rates are by, if any.
        periods: set of periods, if any.
        table: place among the charge's rates, by season and period; -1 where there is none.
    """

    seasons: str | None
    periods: str | None
    table: Int64

    def index(self, calendar: Calendar) -> Int64:
        """For each interval the place of its rate, its own day deciding the season; -1 without one."""
        axis = calendar.axis
        by_day = np.zeros(len(axis.days), np.int64) if self.seasons is None else calendar.seasons(self.seasons)
        return self._looked_up(by_day[axis.day], calendar, slice(0, axis.count))

    def index_in(self, calendar: Calendar, low: int, high: int, day: int) -> Int64:
        """The same for the intervals from ``low`` to ``high``, with the season of one day for all of them.

        Args:
            day: days since 1970.
        """
        season = 0
        if self.seasons is not None:
            season = int(season_numbers(calendar.tariff.seasons[self.seasons], np.array([day], np.int64))[0])
        return self._looked_up(np.full(high - low, season, np.int64), calendar, slice(low, high))

    def _looked_up(self, season: Int64, calendar: Calendar, part: slice) -> Int64:
        if self.periods is None:
            alone: Int64 = self.table[season, 0]
            return alone
        found: Int64 = self.table[season, calendar.periods(self.periods)[part]]
        return found


def cells(tariff: Tariff, charge: Energy | Demand | Export) -> Cells:
    """The rates of a charge as a table.

    Raises:
        InputError: a rate names a season or period that is not there.
    """
    places = [_place(tariff, rate) for rate in charge.rates]
    seasons = next((season[0] for season, _ in places if season), None)
    periods = next((period[0] for _, period in places if period), None)
    rows = list(tariff.seasons[seasons]) if seasons is not None else [""]
    columns = list(tariff.periods[periods]) if periods is not None else [""]
    table = np.full((len(rows), len(columns)), NONE, np.int64)
    for number, (season, period) in enumerate(places):
        down = slice(None) if season is None else slice(rows.index(season[1]), rows.index(season[1]) + 1)
        across = slice(None) if period is None else slice(columns.index(period[1]), columns.index(period[1]) + 1)
        table[down, across] = number
    return Cells(seasons=seasons, periods=periods, table=table)


def _place(tariff: Tariff, rate: Rate) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
    return (
        None if rate.season is None else resolve(rate.season, tariff.seasons),
        None if rate.period is None else resolve(rate.period, tariff.periods),
    )


def label(charge: Energy | Demand | Export, rate: Rate) -> str:
    """What the line of a rate is called."""
    if rate.name:
        return rate.name
    words = [name.rpartition("/")[2].replace("-", " ") for name in (rate.season, rate.period) if name]
    return f"{charge.name}, {', '.join(words)}" if words and len(charge.rates) > 1 else charge.name
