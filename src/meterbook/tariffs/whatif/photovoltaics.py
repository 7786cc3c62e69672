"""Electricity of solar panels by pvlib: the steps of NREL's PVWatts, under a clear sky or a weather file's.

For each interval, at its middle: the place of the sun (NREL's SPA), light from a clear sky (Ineichen and Perez 2002,
with pvlib's table of turbidity by month and place) less a share for clouds, or the hour's of a typical year; on the
tilted panel (Perez 1990); less what glass reflects (Fresnel); cells warmed by it (Sandia: an open rack, with a back of
polymer); direct current (-0.37 % a °C), losses of 14 %, an inverter of 96 % that carries the panels' kW ÷ 1.15.

pvlib is an extra: ``pip install 'meterbook[solar]'``. It asks no network for any of this.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from decimal import Decimal
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import DAY_S
from meterbook.model.errors import UsageError
from meterbook.tariffs.axis import Axis
from meterbook.tariffs.inputs import Usage
from meterbook.tariffs.whatif.setting import Setting, Shift, in_wh, net_of, with_net

CLOUDS = 0.23
"""Share of a clear sky's light that clouds take, over a year; the same as in :mod:`meterbook.tariffs.whatif.sun`."""
PER_DEGREE, INVERTER, DC_TO_AC = -0.0037, 0.96, 1.15
CALM_C, CALM_WIND = 20.0, 1.0
HOUR_S, HOURS = 3600, 8760
Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weather:
    """A year of light and air, typical or not: n rows of equal length, of 365 days from 1 January.

    Attributes:
        latitude, longitude: of the place, degrees; north and east positive.
        offset_s: of the file's clock from UTC, the same all year.
        direct: on a plane that faces the sun, W/m².
        diffuse, level: of the sky alone, and all, on level ground, W/m².
        air_c: temperature, °C.
        wind: m/s.
    """

    latitude: float
    longitude: float
    offset_s: int
    direct: Float
    diffuse: Float
    level: Float
    air_c: Float
    wind: Float


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """Panels of a roof.

    Attributes:
        kw: direct current at 1,000 W/m² and 25 °C.
        latitude, longitude: degrees, north and east positive.
        tilt: degrees from level; the latitude's without it.
        azimuth: degrees from north by east; towards the equator without it.
        clouds: share of a clear sky's light that clouds take, where no weather is given.
    """

    kw: Decimal
    latitude: float
    longitude: float
    tilt: float | None = None
    azimuth: float | None = None
    clouds: float = CLOUDS


def photovoltaics(panels: Panels, weather: Weather | None = None) -> Shift:
    """Panels on a load: use is met first, what is left goes back to the utility.

    Raises:
        UsageError: pvlib is not installed.
    """
    pvlib = _pvlib()
    made: dict[tuple[int, int, int], Float] = {}  # the sun asks no schedule: once is enough for all of them

    def shift(usage: Usage, setting: Setting) -> Usage:
        usage, axis = in_wh(usage), setting.axis
        key = (axis.first, axis.step_s, axis.count)
        if key not in made:
            made[key] = generated(axis, panels, weather, pvlib) * float(panels.kw)
        return with_net(usage, net_of(usage) - np.rint(made[key] * 10**usage.scale).astype(np.int64))

    return shift


def generated(axis: Axis, panels: Panels, weather: Weather | None, pvlib: ModuleType | None = None) -> Float:
    """kWh of each interval for one kW of panels.

    Args:
        axis: n intervals.
        panels: where and how they stand.
        weather: of a year; a clear sky less clouds without it.
        pvlib: the library, if it is at hand.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pvlib 0.16 calls pandas by names that are going
        return _generated(axis, panels, weather, pvlib or _pvlib())


def _generated(axis: Axis, panels: Panels, weather: Weather | None, lib: Any) -> Float:
    import pandas as pd  # noqa: PLC0415 - comes with pvlib

    middle = axis.start + axis.step_s // 2
    times = pd.DatetimeIndex(middle.astype("datetime64[s]").astype("datetime64[ns]"), tz="UTC")
    sun = lib.solarposition.get_solarposition(times, panels.latitude, panels.longitude)
    extra = lib.irradiance.get_extra_radiation(times)
    direct, diffuse, level, air, wind = (
        _clear(lib, times, sun, extra, panels) if weather is None else _of_hours(weather, middle)
    )
    tilt = abs(panels.latitude) if panels.tilt is None else panels.tilt
    facing = (180.0 if panels.latitude >= 0 else 0.0) if panels.azimuth is None else panels.azimuth
    zenith, azimuth = sun["apparent_zenith"].to_numpy(), sun["azimuth"].to_numpy()
    light = lib.irradiance.get_total_irradiance(
        tilt, facing, zenith, azimuth, dni=direct, ghi=level, dhi=diffuse, dni_extra=extra.to_numpy(),
        airmass=lib.atmosphere.get_relative_airmass(zenith), model="perez",
    )  # fmt: skip
    passed = lib.iam.physical(lib.irradiance.aoi(tilt, facing, zenith, azimuth))
    effective = np.nan_to_num(light["poa_direct"] * passed + light["poa_diffuse"])
    rack = lib.temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["open_rack_glass_polymer"]
    cell = lib.temperature.sapm_cell(effective, air, wind, **rack)
    current = lib.pvsystem.pvwatts_dc(effective, cell, 1.0, PER_DEGREE) * (1 - lib.pvsystem.pvwatts_losses() / 100)
    power: Float = np.asarray(lib.inverter.pvwatts(current, 1 / DC_TO_AC / INVERTER, INVERTER), np.float64)
    kwh: Float = np.maximum(np.nan_to_num(power), 0.0) * axis.step_s / HOUR_S
    return kwh


def _clear(lib: Any, times: Any, sun: Any, extra: Any, panels: Panels) -> tuple[Float, Float, Float, Float, Float]:
    """Light of a clear sky less clouds, in mild and almost still air."""
    zenith = sun["apparent_zenith"]
    mass = lib.atmosphere.get_absolute_airmass(lib.atmosphere.get_relative_airmass(zenith))
    turbidity = lib.clearsky.lookup_linke_turbidity(times, panels.latitude, panels.longitude)
    sky = lib.clearsky.ineichen(zenith, mass, turbidity, dni_extra=extra) * (1 - panels.clouds)
    direct, diffuse, level = (np.nan_to_num(sky[name].to_numpy()) for name in ("dni", "dhi", "ghi"))
    return direct, diffuse, level, np.full(len(times), CALM_C), np.full(len(times), CALM_WIND)


def _of_hours(weather: Weather, middle: NDArray[np.int64]) -> tuple[Float, Float, Float, Float, Float]:
    """The row of the same time of another year; 29 February is as the day before."""
    local = middle + weather.offset_s
    day = local.astype("datetime64[s]").astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    number = (day - month).astype(np.int64)
    of_year = month.astype(np.int64) % 12
    first = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])
    number = np.where((of_year == 1) & (number == 28), 27, number) + first[of_year]
    rows = len(weather.level) // 365
    row = number * rows + local % DAY_S * rows // DAY_S
    return (
        weather.direct[row],
        weather.diffuse[row],
        weather.level[row],
        weather.air_c[row],
        weather.wind[row],
    )


def _pvlib() -> ModuleType:
    try:
        import pvlib  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "panels by tilt, azimuth, clouds or weather are worked out by pvlib, which is not installed",
            where="--what-if",
            hint="pip install 'meterbook[solar]', or give kW and place alone",
        ) from None
    found: ModuleType = pvlib
    return found
