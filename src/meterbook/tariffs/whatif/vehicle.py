"""A car charged at home: the same kWh every night, within some hours of the clock."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np

from meterbook.tariffs.inputs import Usage
from meterbook.tariffs.moving import spread
from meterbook.tariffs.whatif.setting import Setting, Shift, in_wh, in_window, night_of, units

MINUTE_S = 60
DAY_MINUTES = 1440


def vehicle(kwh: Decimal, start: int, end: int) -> Shift:
    """So many kWh added each night, evenly over the hours.

    Args:
        kwh: of a night.
        start, end: minutes of the local day; an end before the start is of the next day.

    A night that the load's beginning or end cuts takes its share of them. Where the clock changes in the night, the
    energy is the same over more or fewer intervals.
    """

    def shift(usage: Usage, setting: Setting) -> Usage:
        usage = in_wh(usage)
        axis = setting.axis
        where = in_window(axis, start, end)
        night = night_of(axis, start, end)
        count = np.bincount(night, where, len(axis.days) + 1).astype(np.int64)
        whole = (end - start) % DAY_MINUTES or DAY_MINUTES
        expected = max(whole * MINUTE_S // axis.step_s, 1)
        amounts = np.where(count > 0, units(kwh, usage), 0)
        for edge in (0, len(amounts) - 1):
            amounts[edge] = amounts[edge] * min(int(count[edge]), expected) // expected
        return replace(usage, delivered=usage.delivered + spread(amounts, night, where))

    return shift
