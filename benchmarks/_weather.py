"""What all meters of the invented co-op share: the weather, the local calendar, and the shapes of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from benchmarks._traits import HOMES, PERSONAS, mixed, unit

ZONE = "America/New_York"
_DAY, _HOUR = 96, 4  # slots

Floats = NDArray[np.float32]
Words = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hours:
    """n quarter hours as columns.

    Attributes:
        slot: quarter hours since 1970, UTC.
        slot32: the same as words.
        key: a word for each, that hashes start from.
        temperature: °C outside.
        warm: whether cooling is what may run.
        sun: share of full sun.
        shapes: activity by persona and slot.
        day_key, day_slots: a word for each local day touched, and the slots of it that are here.
        week_key, summer: a word for the week of each day, and whether it lies in May to September.
        night_key, night_slots, night_slot: days that begin at noon, for cars; and each slot's place since that noon.
        half_key, half: a word for each half hour, and each slot's half hour.
        months: first slot, slot after the last, and a word, of each UTC month touched.
    """

    slot: NDArray[np.int32]
    slot32: Words
    key: Words
    temperature: Floats
    warm: NDArray[np.bool_]
    sun: Floats
    shapes: Floats
    day_key: Words
    day_slots: NDArray[np.int64]
    week_key: Words
    summer: NDArray[np.bool_]
    night_key: Words
    night_slots: NDArray[np.int64]
    night_slot: NDArray[np.int16]
    half_key: Words
    half: NDArray[np.int64]
    months: tuple[tuple[int, int, int], ...]


@lru_cache(maxsize=8)
def hours_of(first: int, last: int, seed: int) -> Hours:
    """The quarter hours from one up to another."""
    slot = np.arange(first, last, dtype=np.int64)
    local = slot + _offsets(first, last)
    day, night = local // _DAY, (local - _DAY // 2) // _DAY
    days, day_slots = np.unique(day, return_counts=True)
    nights, night_slots = np.unique(night, return_counts=True)
    halves, half = np.unique(slot // 2, return_inverse=True)
    hour = (local % _DAY) / _HOUR
    temperature = _temperature(slot, local, seed)
    month = (days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)) % 12 + 1
    return Hours(
        slot=slot.astype(np.int32),
        slot32=slot.astype(np.uint32),
        key=_words(slot, 1, seed),
        temperature=temperature,
        warm=temperature > 19,
        sun=_sun(slot, hour, seed),
        shapes=_shapes(local % _DAY, (day + 3) % 7),
        day_key=_words(days, 2, seed),
        day_slots=day_slots,
        week_key=_words(days // 7, 3, seed),
        summer=(month >= 5) & (month <= 9),
        night_key=_words(nights, 4, seed),
        night_slots=night_slots,
        night_slot=((local - _DAY // 2) % _DAY).astype(np.int16),
        half_key=_words(halves, 5, seed),
        half=half,
        months=tuple(_months(first, last, seed)),
    )


def _words(numbers: NDArray[np.int64], what: int, seed: int) -> Words:
    return mixed(mixed(numbers.astype(np.uint32)) + np.uint32((what * 0x27D4EB2F + seed * 0x165667B1) % 2**32))


def _offsets(first: int, last: int) -> NDArray[np.int64]:
    """Slots by which the local clock is ahead of UTC; asked once an hour, at which clocks change."""
    zone = ZoneInfo(ZONE)
    hours = range(first // _HOUR, (last - 1) // _HOUR + 1)
    found = [datetime.fromtimestamp(hour * 3600, UTC).astimezone(zone).utcoffset() for hour in hours]
    ahead = np.array([int(one.total_seconds()) // 900 for one in found if one is not None])
    return ahead[np.arange(first, last) // _HOUR - hours[0]]


def _temperature(slot: NDArray[np.int64], local: NDArray[np.int64], seed: int) -> Floats:
    """A year's and a day's wave, fronts that pass within days, and gusts within hours."""
    year = slot / (_DAY * 365.25) * 2 * np.pi
    day = (local % _DAY) / _DAY * 2 * np.pi
    season = 16 - 11 * np.cos(year - 0.33)
    wave = -(4.5 - 1.2 * np.cos(year)) * np.cos(day - 0.6)
    fronts = 9 * _noise(slot, 4 * _DAY, 6, seed) + 4 * _noise(slot, _DAY, 7, seed)
    return (season + wave + fronts + 1.2 * _noise(slot, 6, 8, seed)).astype(np.float32)


def _sun(slot: NDArray[np.int64], hour: NDArray[np.float64], seed: int) -> Floats:
    year = slot / (_DAY * 365.25) * 2 * np.pi
    half_day = 6 - 1.3 * np.cos(year + 0.17)
    high = np.cos(np.clip((hour - 12.6) / half_day, -1, 1) * np.pi / 2) * (0.78 - 0.2 * np.cos(year + 0.17))
    clouds = np.clip(0.75 + 0.6 * _noise(slot, 10, 9, seed) + 0.5 * _noise(slot, _DAY, 10, seed), 0.08, 1)
    return (high * clouds).astype(np.float32)


def _noise(slot: NDArray[np.int64], step: int, what: int, seed: int) -> NDArray[np.float64]:
    """A smooth curve through random heights, -1 to 1, a step apart."""
    knot, within = slot // step, slot % step / step
    ease = within * within * (3 - 2 * within)
    low, high = unit(_words(knot, what, seed)), unit(_words(knot + 1, what, seed))
    return np.asarray(2 * (low + (high - low) * ease) - 1)


def _shapes(slot: NDArray[np.int64], weekday: NDArray[np.int64]) -> Floats:
    """How active each persona is at each slot of its local day: 48 rows."""
    hour, workday = (slot / _HOUR)[None, :], (weekday < 5)[None, :]
    number = np.arange(HOMES)[:, None]
    shift = (number % 6 - 2.5) * 0.4
    at_home = 0.25 + 0.35 * (number // 6 % 3 == 0)
    late = (number // 18) * 0.7
    morning = np.where(workday, _bump(hour, 6.8 + shift, 1.1), 0.7 * _bump(hour, 9.2 + shift, 2.0))
    evening = 1.5 * _bump(hour, 18.8 + shift + late, 2.6)
    midday = np.where(workday, at_home, 0.6) * _bump(hour, 13 + shift, 4.0)
    homes = 0.08 + morning + evening + midday
    shop = np.arange(PERSONAS - HOMES)[:, None]
    opens, closes = 6.5 + shop % 4, 16.5 + shop % 5
    works = workday | (shop % 3 == 0)
    shops = 0.12 + 1.4 * works * np.clip((hour - opens) * 2 + 0.5, 0, 1) * np.clip((closes - hour) * 2 + 0.5, 0, 1)
    return np.concatenate([homes, shops]).astype(np.float32)


def _bump(hour: NDArray[np.float64], at: NDArray[np.floating[Any]], width: float) -> NDArray[np.float64]:
    apart = np.minimum(np.abs(hour - at), 24 - np.abs(hour - at))
    return np.asarray(np.exp(-((apart / width) ** 2)))


def _months(first: int, last: int, seed: int) -> list[tuple[int, int, int]]:
    low = np.datetime64(first * 900, "s").astype("datetime64[M]")
    high = np.datetime64((last - 1) * 900, "s").astype("datetime64[M]")
    found = []
    for month in np.arange(low, high + 1):
        ends = [int((month + more).astype("datetime64[s]").astype(np.int64)) // 900 for more in (0, 1)]
        found.append((ends[0], ends[1], int(_words(month.astype(np.int64).reshape(1), 11, seed)[0])))
    return found
