"""Shifts by what is typed: ``water-heater``, ``ev=10@23:00-05:00``, ``thermostat=3``, ``battery=13/5``, ``solar=6``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from meterbook.model.errors import UsageError
from meterbook.tariffs.calendars import minutes
from meterbook.tariffs.whatif.battery import EFFICIENCY, battery
from meterbook.tariffs.whatif.heater import water_heater
from meterbook.tariffs.whatif.photovoltaics import CLOUDS, Panels, Weather, photovoltaics
from meterbook.tariffs.whatif.setting import Shift
from meterbook.tariffs.whatif.solar import solar
from meterbook.tariffs.whatif.thermostat import thermostat
from meterbook.tariffs.whatif.vehicle import vehicle

HEATER_KWH = Decimal(4)
NIGHT = "23:00-05:00"
_HOURS = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")
OPTION = "--what-if"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the account's place.

    Attributes:
        means_f: mean temperature of local days, °F.
        place: latitude and longitude, degrees.
        weather: reads a weather file by its name.
    """

    means_f: Mapping[date, float] = field(default_factory=dict)
    place: tuple[float, float] | None = None
    weather: Callable[[str], Weather] | None = None


def shift_of(text: str, known: Known) -> Shift:
    """The shift that words name.

    Args:
        text: a name, or ``name=value``, or ``name=value@where``.
        known: of the account's place.

    Raises:
        UsageError: it can't be read; says what can.
    """
    name, _, rest = text.partition("=")
    value, _, where = rest.partition("@")
    made = _MADE.get(name.strip().casefold())
    if made is None:
        raise UsageError(f"{name!r} is not known", where=OPTION, expected="; ".join(FORMS.values()))
    return made(value.strip(), where.strip(), known)


def _heater(value: str, where: str, known: Known) -> Shift:
    del known
    _nothing(where, "water-heater")
    return water_heater(_number(value, "water-heater") if value else HEATER_KWH)


def _vehicle(value: str, where: str, known: Known) -> Shift:
    del known
    return vehicle(_number(value, "ev"), *_hours(where or NIGHT, "ev"))


def _thermostat(value: str, where: str, known: Known) -> Shift:
    hours = _hours(where, "thermostat") if where else None
    return thermostat(_number(value, "thermostat"), known.means_f, hours)


def _battery(value: str, where: str, known: Known) -> Shift:
    del known
    kwh, _, kw = value.partition("/")
    efficiency = int(_number(where.removesuffix("%"), "battery") * 10) if where else EFFICIENCY
    if not 0 < efficiency <= 1000:
        raise _wrong("battery")
    return battery(_number(kwh, "battery"), _number(kw, "battery"), efficiency)


def _solar(value: str, where: str, known: Known) -> Shift:
    """A plain model of the sun where only a place is given; pvlib's where more is said."""
    kw = _number(value, "solar")
    numbers, said = _said(where)
    if numbers and len(numbers) != 2:
        raise _wrong("solar")
    weather = None
    if "weather" in said and known.weather is not None:
        weather = known.weather(said["weather"])
    place = (numbers[0], numbers[1]) if numbers else known.place
    if weather is not None and not numbers:
        place = (weather.latitude, weather.longitude)
    if place is None or not (-90 <= place[0] <= 90 and -180 <= place[1] <= 180):
        raise _wrong("solar")
    if not said:
        return solar(kw, *place)
    tilt, azimuth = (_degrees(said.get(name), high) for name, high in (("tilt", 90), ("azimuth", 360)))
    clouds = _degrees(said["clouds"].removesuffix("%"), 100) if "clouds" in said else None
    panels = Panels(
        kw=kw, latitude=place[0], longitude=place[1], tilt=tilt, azimuth=azimuth,
        clouds=CLOUDS if clouds is None else clouds / 100,
    )  # fmt: skip
    return photovoltaics(panels, weather)


def _said(where: str) -> tuple[list[float], dict[str, str]]:
    """Numbers, and what is named; a file's name may have commas in it and comes last."""
    numbers: list[float] = []
    said: dict[str, str] = {}
    rest, _, file = where.partition("weather=")
    for part in (one.strip() for one in rest.split(",") if one.strip()):
        name, is_named, value = part.partition("=")
        if is_named and (name not in ("tilt", "azimuth", "clouds") or name in said):
            raise _wrong("solar")
        if is_named:
            said[name] = value.strip()
            continue
        try:
            numbers.append(float(part))
        except ValueError:
            raise _wrong("solar") from None
    if file.strip():
        said["weather"] = file.strip()
    if "weather" in said and "clouds" in said:
        raise UsageError("a weather file has its own clouds", where=OPTION, expected=FORMS["solar"])
    return numbers, said


def _degrees(text: str | None, high: float) -> float | None:
    if text is None:
        return None
    try:
        found = float(text)
    except ValueError:
        raise _wrong("solar") from None
    if not 0 <= found <= high:
        raise _wrong("solar")
    return found


def _number(text: str, name: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise _wrong(name) from None
    if not found.is_finite() or not 0 < found < 10**6:
        raise _wrong(name)
    return found


def _hours(text: str, name: str) -> tuple[int, int]:
    if not _HOURS.match(text):
        raise _wrong(name)
    start, _, end = text.partition("-")
    if start == end:
        raise _wrong(name)
    return minutes(start), minutes(end)


def _nothing(where: str, name: str) -> None:
    if where:
        raise _wrong(name)


def _wrong(name: str) -> UsageError:
    return UsageError(f"what is said of {name} can't be read", where=OPTION, expected=FORMS[name])


FORMS = {
    "water-heater": "water-heater, or water-heater=KWH a day",
    "ev": "ev=KWH a night, or ev=KWH@23:00-05:00",
    "thermostat": "thermostat=DEGREES (°F), or thermostat=DEGREES@22:00-06:00",
    "battery": "battery=KWH/KW, or battery=KWH/KW@90% for what comes back",
    "solar": "solar=KW, solar=KW@LATITUDE,LONGITUDE, and tilt=, azimuth=, clouds=%, weather=FILE after it",
}
_MADE: dict[str, Callable[[str, str, Known], Shift]] = {
    "water-heater": _heater, "ev": _vehicle, "thermostat": _thermostat, "battery": _battery, "solar": _solar,
}  # fmt: skip
