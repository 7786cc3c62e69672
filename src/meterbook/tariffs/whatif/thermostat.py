"""A thermostat set back by some degrees: what of a load answers to the weather is less.

Where daily temperatures are known, the load's own answer to them is fitted: kWh of a day = base + a × heating degrees
+ b × cooling degrees (base 65 °F, least squares, neither slope below nothing); a set-back of n degrees takes away
a × min(n, heating degrees) + b × min(n, cooling degrees). Where they are not, 31 % of the use of December to March and
June to September is taken for heating and cooling (the U.S. household's yearly share by EIA's Residential Energy
Consumption Survey of 2020: 12 % heating, 19 % cooling), less 3 % of it a degree: 1 % a degree for each 8 hours (U.S.
Department of Energy, Energy Saver, "Thermostats").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from meterbook.model.calendar import numbered_day
from meterbook.tariffs.axis import Axis, month_days
from meterbook.tariffs.inputs import Usage
from meterbook.tariffs.whatif.setting import Setting, Shift, in_wh, in_window

BASE_F = 65.0
SHARE, PER_DEGREE = 0.31, 0.03
SEASON = (12, 1, 2, 3, 6, 7, 8, 9)
LEAST_DAYS = 60
Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How a load answers to the weather.

    Attributes:
        base: energy of a day without heating and cooling, in the load's units.
        heating, cooling: energy a degree-day.
    """

    base: float
    heating: float
    cooling: float


def thermostat(degrees: Decimal, means_f: Mapping[date, float], hours: tuple[int, int] | None = None) -> Shift:
    """A set-back.

    Args:
        degrees: °F, lower in the cold and higher in the heat.
        means_f: mean temperature of local days, °F; with fewer than 60 of them the documented shares are taken.
        hours: minutes of the local day within which it is set back; the whole day without it.
    """

    def shift(usage: Usage, setting: Setting) -> Usage:
        usage = in_wh(usage)
        axis = setting.axis
        where = np.ones(axis.count, np.bool_) if hours is None else in_window(axis, *hours)
        count = np.bincount(axis.day, minlength=len(axis.days))
        part = np.bincount(axis.day, where, len(axis.days)) / count
        total = np.bincount(axis.day, usage.delivered, len(axis.days)).astype(np.float64)
        less = _less(axis, total, means_f, float(degrees)) * part
        within = np.bincount(axis.day, np.where(where, usage.delivered, 0), len(axis.days))
        share = np.clip(less / np.maximum(within, 1), 0.0, 1.0)
        saved = np.where(where, np.floor(usage.delivered * share[axis.day]), 0).astype(np.int64)
        return replace(usage, delivered=usage.delivered - saved)

    return shift


def response(total: Float, heating: Float, cooling: Float) -> Response:
    """The answer of daily energy to degree-days, by least squares; a slope below nothing is left out.

    Args:
        total: n days.
        heating, cooling: n heating and cooling degrees.
    """
    slopes = {"heating": heating, "cooling": cooling}
    while True:
        columns = np.column_stack([np.ones(len(total)), *slopes.values()])
        found = np.linalg.lstsq(columns, total, rcond=None)[0]
        wrong = [name for name, slope in zip(slopes, found[1:], strict=True) if slope < 0]
        if not wrong:
            by_name = dict(zip(slopes, found[1:].tolist(), strict=True))
            return Response(
                base=float(found[0]), heating=by_name.get("heating", 0.0), cooling=by_name.get("cooling", 0.0)
            )
        del slopes[wrong[0]]


def _less(axis: Axis, total: Float, means_f: Mapping[date, float], degrees: float) -> Float:
    """Energy that each day would use less, if set back all day."""
    days = [numbered_day(int(day)) for day in axis.days]
    known = np.array([day in means_f for day in days])
    if int((known & (total > 0)).sum()) < LEAST_DAYS:
        season = np.isin(month_days(axis.days) // 100, SEASON)
        documented: Float = np.where(season, total * SHARE * min(PER_DEGREE * degrees, 1.0), 0.0)
        return documented
    mean = np.array([means_f.get(day, BASE_F) for day in days])
    heating, cooling = np.maximum(BASE_F - mean, 0), np.maximum(mean - BASE_F, 0)
    fitted = known & (total > 0)
    found = response(total[fitted], heating[fitted], cooling[fitted])
    less: Float = found.heating * np.minimum(heating, degrees) + found.cooling * np.minimum(cooling, degrees)
    return less
