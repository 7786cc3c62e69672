"""Electricity of solar panels by the place of the sun: a plain model, to see which schedule suits, not to plan a roof.

For each interval, at its middle: declination 23.45° sin(360° (284 + n) / 365) (Cooper 1969) and the equation of time
9.87 sin 2B - 7.53 cos B - 1.5 sin B minutes with B = 360° (n - 81) / 364, n the day of the year; from them, latitude,
longitude and UTC the zenith z. Air mass by Kasten and Young (1989), direct light 1353 × 0.7^(AM^0.678) W/m² (Meinel
1976), a tenth more for the sky. Panels face the equator, tilted by the latitude. Of that light 0.77 is taken to pass
the clouds, the same all year, and 0.78 to become alternating current (losses 14 %, inverter 96 %, heat 5 %).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import DAY_S
from meterbook.tariffs.axis import Axis

CLOUDS, SYSTEM, SKY = 0.77, 0.78, 1.1
Float = NDArray[np.float64]


def generation(axis: Axis, latitude: float, longitude: float) -> Float:
    """kWh of each interval for one kW of panels.

    Args:
        axis: n intervals.
        latitude: degrees, north positive.
        longitude: degrees, east positive.
    """
    middle = axis.start + axis.step_s // 2
    day = middle.astype("datetime64[s]").astype("datetime64[D]")
    number = (day - day.astype("datetime64[Y]")).astype(np.int64) + 1
    declination = np.radians(23.45) * np.sin(2 * np.pi * (284 + number) / 365)
    b = 2 * np.pi * (number - 81) / 364
    equation = 9.87 * np.sin(2 * b) - 7.53 * np.cos(b) - 1.5 * np.sin(b)
    solar = middle % DAY_S / 60 + 4 * longitude + equation
    hour = np.radians(solar / 4 - 180)
    phi = np.radians(latitude)
    up = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour)
    zenith = np.degrees(np.arccos(np.clip(up, -1, 1)))
    risen = up > 0
    mass = 1 / (np.where(risen, up, 1) + 0.50572 * (96.07995 - np.minimum(zenith, 90)) ** -1.6364)
    direct = np.where(risen, 1353 * 0.7 ** (mass**0.678), 0)
    on_panel = np.maximum(np.cos(declination) * np.cos(hour), 0)  # tilted by the latitude
    power: Float = SKY * direct * on_panel / 1000 * CLOUDS * SYSTEM
    return power * axis.step_s / 3600
