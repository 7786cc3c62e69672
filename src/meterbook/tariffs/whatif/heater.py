"""A water heater on a timer: some kWh a day out of the dear hours into the night."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np

from meterbook.tariffs.axis import Int64
from meterbook.tariffs.inputs import Usage
from meterbook.tariffs.moving import spread
from meterbook.tariffs.whatif.setting import Setting, Shift, in_wh, in_window, units

NIGHT = (0, 5 * 60)
"""Hours into which a heater is put, minutes of the local day."""


def water_heater(kwh: Decimal) -> Shift:
    """Up to some kWh a day moved out of on-peak intervals, in proportion to their use, into the night before.

    A day whose on-peak use is less moves all of it; days without on-peak hours stay as they are. No energy is lost:
    what is taken of a day is put into the hours from midnight to 05:00 of the same day, when the tank is heated ahead.
    """

    def shift(usage: Usage, setting: Setting) -> Usage:
        usage = in_wh(usage)
        axis = setting.axis
        night = in_window(axis, *NIGHT) & ~setting.dear
        has_night = np.bincount(axis.day, night, len(axis.days)) > 0
        from_ = setting.dear & has_night[axis.day]
        taken = _taken(usage.delivered, axis.day, from_, len(axis.days), units(kwh, usage))
        by_day = np.zeros(len(axis.days), np.int64)
        np.add.at(by_day, axis.day, taken)
        return replace(usage, delivered=usage.delivered - taken + spread(by_day, axis.day, night))

    return shift


def _taken(values: Int64, day: Int64, where: np.ndarray[tuple[int], np.dtype[np.bool_]], days: int, most: int) -> Int64:
    """What is taken of each interval: at most so much a day in all, in proportion to what each has."""
    there = np.where(where, np.maximum(values, 0), 0)
    total = np.zeros(days, np.int64)
    np.add.at(total, day, there)
    wanted = np.minimum(total, most)
    found: Int64 = there * wanted[day] // np.maximum(total, 1)[day]
    return found
