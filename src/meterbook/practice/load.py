"""What goes through a service point, quarter-hour by quarter-hour, before any meter or portal sees it.

Every value depends only on (seed, service point, quarter-hour): a window computed alone equals that part of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.practice import clock, dice, weather

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]
Bool = NDArray[np.bool_]


class Kind(StrEnum):
    """What kind of place uses it."""

    HOUSE = "house"
    COTTAGE = "cottage"
    SHOP = "shop"
    FACTORY = "factory"
    LIGHTS = "lights"
    WATER_HOUSE = "water-house"
    WATER_GARDEN = "water-garden"
    GAS_HOUSE = "gas-house"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One service point's habits.

    Attributes:
        key: number its chance is drawn with.
        kind: what kind of place it is.
        size: 1 is ordinary.
        solar_w: rating of its solar panels.
    """

    key: int
    kind: Kind
    size: float
    solar_w: int = 0


# Share of a day's ordinary activity at each hour of the local clock, workdays and other days.
_HOUSE = (
    (22, 18, 16, 15, 17, 30, 62, 78, 55, 40, 36, 36, 40, 38, 38, 44, 60, 88, 100, 96, 88, 74, 52, 34),
    (26, 21, 18, 16, 17, 22, 36, 56, 76, 84, 80, 74, 74, 70, 66, 66, 72, 88, 98, 94, 86, 74, 56, 38),
)
_SHOP = (
    (12, 12, 12, 12, 12, 14, 24, 50, 86, 98, 100, 100, 98, 100, 100, 98, 94, 80, 52, 34, 22, 14, 12, 12),
    (12, 12, 12, 12, 12, 12, 14, 20, 34, 46, 52, 54, 54, 52, 50, 44, 34, 22, 14, 12, 12, 12, 12, 12),
)
_FACTORY = (
    (38, 36, 36, 36, 40, 58, 90, 98, 100, 100, 98, 92, 96, 100, 98, 92, 86, 82, 76, 70, 64, 54, 46, 40),
    (34, 34, 34, 34, 34, 34, 36, 38, 40, 40, 40, 40, 40, 38, 38, 36, 36, 34, 34, 34, 34, 34, 34, 34),
)
_WATER = (
    (1, 1, 1, 1, 2, 10, 40, 46, 20, 10, 8, 8, 12, 8, 6, 8, 14, 24, 30, 26, 22, 18, 8, 3),
    (2, 1, 1, 1, 1, 3, 12, 30, 44, 42, 30, 24, 20, 16, 14, 14, 18, 24, 28, 24, 20, 16, 10, 4),
)


def used(load: Load, seed: int, tz: ZoneInfo, quarter: Int64) -> Int64:
    """What the place uses in each quarter-hour: Wh, gallons, or thousandths of a CCF of gas.

    Args:
        load: whose.
        seed: the co-op's.
        tz: the zone whose clock people live by.
        quarter: n consecutive quarter-hours of the epoch.
    """
    if not len(quarter):
        return quarter
    local = clock.wall(quarter * weather.QUARTER_S, tz)
    amount = _AMOUNTS[load.kind](load, seed, quarter, local)
    whole: Int64 = np.maximum(np.rint(amount), 0).astype(np.int64)
    return whole


def generated(load: Load, seed: int, quarter: Int64) -> Int64:
    """What the place's solar panels make in each quarter-hour, Wh."""
    return np.rint(weather.sunshine(seed, quarter) * (load.solar_w / 4)).astype(np.int64)


def _house(load: Load, seed: int, quarter: Int64, local: Int64) -> Float64:
    watts = 110.0 + 90.0 * dice.unit(load.key, "base") + _fridge(load, quarter)
    watts = watts + 420.0 * load.size * _habit(_HOUSE, local) * _gusts(load, "activity", quarter, 0.45)
    watts = watts + _heating_cooling(load, seed, quarter, 150.0 * load.size, 105.0 * load.size)
    watts = watts + _events(load, "hot water", quarter, 0.02 + 0.10 * _habit(_HOUSE, local), watts=3800.0, length=2)
    watts = watts + _events(load, "dryer", quarter, 0.012 * _habit(_HOUSE, local), watts=4600.0, length=4)
    watts = watts + _events(load, "oven", quarter, 0.02 * (_hour(local) // 2 == 8), watts=2300.0, length=3)
    return watts / 4


def _cottage(load: Load, seed: int, quarter: Int64, local: Int64) -> Float64:
    """A seasonal house: from October to March the main breaker is off and nothing flows, for months."""
    day = local // 86_400
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    season = (month >= 3) & (month <= 8)
    weekend = (day + 3) % 7 >= 4
    watts = 60.0 + np.where(weekend, _house(load, seed, quarter, local) * 4, _fridge(load, quarter))
    return np.where(season, watts / 4, 0.0)


def _shop(load: Load, seed: int, quarter: Int64, local: Int64) -> Float64:
    watts = 700.0 * load.size + 4200.0 * load.size * _habit(_SHOP, local) * _gusts(load, "trade", quarter, 0.2)
    watts = watts + _heating_cooling(load, seed, quarter, 120.0 * load.size, 340.0 * load.size)
    return watts / 4


def _factory(load: Load, seed: int, quarter: Int64, local: Int64) -> Float64:
    watts = 62_000.0 * load.size * _habit(_FACTORY, local) * _gusts(load, "line", quarter, 0.18)
    watts = watts + _heating_cooling(load, seed, quarter, 400.0 * load.size, 1500.0 * load.size)
    watts = watts + _events(
        load, "compressor", quarter, 0.05 * _habit(_FACTORY, local), watts=24_000.0 * load.size, length=3
    )
    return watts / 4


def _lights(load: Load, seed: int, quarter: Int64, local: Int64) -> Float64:
    """Dock and parking lights: on at dusk, off at dawn."""
    dark = weather.sunshine(seed, quarter) <= 0.0
    return np.where(dark, 1450.0 * load.size / 4, 9.0)


def _water_house(load: Load, seed: int, quarter: Int64, local: Int64) -> Float64:
    flow = _habit(_WATER, local) * 7.0 * load.size
    return np.where(dice.units(dice.key(load.key, "tap"), quarter) < 0.7, flow, 0.0)


def _water_garden(load: Load, seed: int, quarter: Int64, local: Int64) -> Float64:
    day = local // 86_400
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    watering = (month >= 4) & (month <= 8) & (day % 3 == load.key % 3) & (_hour(local) == 5)
    return np.where(watering, 95.0 * load.size, 0.0)


def _gas_house(load: Load, seed: int, quarter: Int64, local: Int64) -> Float64:
    cold = np.maximum(60.0 - weather.temperature_f(seed, quarter), 0.0)
    return cold * 1.6 * load.size * _gusts(load, "gas", quarter, 0.2) + 4.0 * _habit(_HOUSE, local)


_AMOUNTS = {
    Kind.HOUSE: _house,
    Kind.COTTAGE: _cottage,
    Kind.SHOP: _shop,
    Kind.FACTORY: _factory,
    Kind.LIGHTS: _lights,
    Kind.WATER_HOUSE: _water_house,
    Kind.WATER_GARDEN: _water_garden,
    Kind.GAS_HOUSE: _gas_house,
}


def _hour(local: Int64) -> Int64:
    return local % 86_400 // 3600


def _habit(shape: tuple[tuple[int, ...], tuple[int, ...]], local: Int64) -> Float64:
    """Share of activity, running from one hour's value to the next; another day type on Saturday and Sunday."""
    table = np.array(shape, np.float64).ravel() / 100.0
    second = local % 86_400
    off = np.where((local // 86_400 + 3) % 7 >= 5, 24, 0)
    hour = second // 3600
    part = (second % 3600) / 3600.0
    return table[off + hour] * (1 - part) + table[off + (hour + 1) % 24] * part


def _gusts(load: Load, name: str, quarter: Int64, spread: float) -> Float64:
    """A factor about 1 that differs from one quarter-hour to the next and from one day to the next."""
    stream = dice.key(load.key, name)
    quick = 1.0 + spread * (2.0 * dice.units(stream, quarter) - 1.0)
    return quick * (1.0 + 0.5 * spread * dice.smooth(stream ^ 0x5A, quarter / 96.0))


def _fridge(load: Load, quarter: Int64) -> Float64:
    period = 5 + load.key % 4
    return np.where((quarter + load.key % 17) % period < 2, 140.0, 12.0)


def _heating_cooling(load: Load, seed: int, quarter: Int64, heat: float, cool: float) -> Float64:
    """A heat pump that follows the weather: watts, on some quarter-hours and off others, right on average."""
    outside = weather.temperature_f(seed, quarter)
    need = heat * np.maximum(58.0 - outside, 0.0) * 0.35 + cool * np.maximum(outside - 71.0, 0.0)
    rating = max(heat, cool) * 26.0
    share = np.clip(need / rating, 0.0, 1.0)
    turn = dice.units(dice.key(load.key, "compressor"), quarter)
    run = np.clip(share + 0.9 * np.minimum(share, 1 - share) * (2 * turn - 1), 0.0, 1.0)
    return rating * run


def _events(load: Load, name: str, quarter: Int64, chance: Float64, *, watts: float, length: int) -> Float64:
    """An appliance that comes on by chance and stays on for ``length`` quarter-hours."""
    stream = dice.key(load.key, name)
    # Chance is compared at each quarter-hour's own probability, so a later one may go on without an earlier start.
    on = np.zeros(len(quarter), np.bool_)
    for back in range(length):
        on |= dice.units(stream, quarter - back) < chance
    return np.where(on, watts, 0.0)
