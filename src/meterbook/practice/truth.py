"""What the meters really measured, in UTC: made from the registers alone, without a line of the portal's wire code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import numpy as np

from meterbook.model.channel import DAY_S, Channel, ServiceCategory
from meterbook.model.digits import decimal_text
from meterbook.model.errors import NotFound
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit
from meterbook.practice.registers import Point, Readings, points
from meterbook.practice.settings import Settings, midnight
from meterbook.practice.world import World

UTILITY = "practice"
COLUMNS = ("start", "end", "account", "service_location", "meter", "flow", "unit", "value", "quality")

_CATEGORY = {"ELECTRIC": ServiceCategory.ELECTRICITY, "WATER": ServiceCategory.WATER, "GAS": ServiceCategory.GAS}
# 100 cubic feet are one CCF by definition: two digits fewer after the point.
_UNIT = {"KWH": (Unit.KWH, 0), "GAL": (Unit.GALLON, 0), "CCF": (Unit.CUBIC_FOOT, 2)}


def readings(
    settings: Settings, account: str, *, since: date | None = None, until: date | None = None
) -> Iterator[tuple[Point, Readings]]:
    """Readings of every register of an account's meters that keeps intervals.

    Args:
        settings: which co-op.
        account: its number.
        since: first local day; the earliest there is if None.
        until: local day after the last; today if None.

    Raises:
        NotFound: no such account.
    """
    member = World(settings).by_account(account)
    if member is None:
        raise NotFound(
            f"the practice co-op has no account {account}",
            hint="See meterbook practice members, with the same --seed and --members.",
        )
    start = settings.data_start if since is None else midnight(since, settings.tz)
    end = settings.data_end if until is None else midnight(until, settings.tz)
    for point in points(settings, member):
        if point.contract.number == account:
            for industry in _CATEGORY:
                for register in point.registers(industry):
                    if register.device.step_s:
                        yield point, point.readings(register, start, end)


def series(settings: Settings, account: str, *, posted: bool = False) -> list[IntervalSeries]:
    """An account's readings as the rest of Meterbook has them.

    Args:
        settings: which co-op.
        account: its number.
        posted: what the portal shows as of today instead: without what is not filled in yet, estimates included.

    Returns:
        One series a register; ``received`` is positive. What the meter lost has no row.
    """
    return [_series(point, found, posted=posted) for point, found in readings(settings, account)]


def _series(point: Point, found: Readings, *, posted: bool) -> IntervalSeries:
    register = found.register
    unit, shift = _UNIT[register.unit]
    kept = ~found.lost & ~(found.unposted if posted else np.zeros(len(found.start), np.bool_))
    value = (found.posted if posted else found.value)[kept]
    scale = register.scale - shift
    return IntervalSeries(
        channel=Channel(
            utility=UTILITY,
            account=point.contract.number,
            service_location=point.place.number,
            meter=register.device.number,
            register=str(register.channel),
            category=_CATEGORY[register.device.industry],
            flow=register.flow,
            unit=unit,
            interval_s=register.device.step_s,
        ),
        start=found.start[kept],
        value=value,
        quality=np.full(len(value), Quality.ACTUAL, np.int8),
        scale=scale,
    )


def rows(
    settings: Settings, account: str, *, since: date | None = None, until: date | None = None, posted: bool = False
) -> Iterator[tuple[str, ...]]:
    """Rows of text under :data:`COLUMNS`: instants with ``Z``, exact decimals; what the meter lost has no value."""
    for point, found in readings(settings, account, since=since, until=until):
        register = found.register
        unit, shift = _UNIT[register.unit]
        gone = found.lost | found.unposted if posted else found.lost
        value = found.posted if posted else found.value
        names = (point.contract.number, point.place.number, register.device.number.strip())
        for at, number, missing in zip(found.start.tolist(), value.tolist(), gone.tolist(), strict=True):
            quality = Quality.MISSING if missing else Quality.ACTUAL
            text = "" if missing else decimal_text(number, register.scale - shift)
            end = _end(at, register.device.step_s, settings)
            yield (_instant(at), _instant(end), *names, register.flow.value, unit.value, text, quality.label)


def _end(at: int, step_s: int, settings: Settings) -> int:
    if step_s != DAY_S:
        return at + step_s
    return midnight(date.fromordinal(datetime.fromtimestamp(at, settings.tz).date().toordinal() + 1), settings.tz)


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
