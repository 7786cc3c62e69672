"""Numbers and hours of a schedule that may be others: which, what else they may be, and the schedule with another one.

A number states its alternatives where it is assumed, or derived in a way that leaves others open. What is assumed and
states none leaves open what anything costs that rests on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

import msgspec

from meterbook.model.tariff import (
    AnyCharge,
    Block,
    Dated,
    Demand,
    Energy,
    Export,
    Figure,
    Holidays,
    Rate,
    Rider,
    Source,
    Tariff,
    Version,
    Window,
)
from meterbook.tariffs.calendars import resolve
from meterbook.tariffs.cells import label
from meterbook.tariffs.energy import block_label
from meterbook.tariffs.inputs import Account
from meterbook.tariffs.work import applies

Path = tuple[str | int, ...]
Value = Decimal | str
"""A number, hours such as ``14:00-18:00``, or when holidays on a Saturday and on a Sunday are observed."""
STRUCTURE = ("periods", "holidays")
"""What of a schedule decides which hours are which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """Something of a schedule that may be another.

    Attributes:
        key: names it; the same for a rider of one utility that several schedules have.
        path: where it stands in the schedule.
        what: in words.
        value: what the schedule has.
        others: what else it may be; none where nothing is stated.
        status: how sure the value is.
        how: the file's reason.
        source: the page behind it.
    """

    key: tuple[str, ...]
    path: Path
    what: str
    value: Value
    others: tuple[Value, ...] = ()
    status: str = "assumed"
    how: str | None = None
    source: Source | None = None

    @property
    def values(self) -> tuple[Value, ...]:
        """The value and its alternatives."""
        return (self.value, *(one for one in self.others if one != self.value))


def assumed(tariff: Tariff, versions: Sequence[int], months: Sequence[str], account: Account) -> list[Assumed]:
    """What a schedule assumes of what it takes to price some months.

    Args:
        tariff: the schedule.
        versions: places of the versions that price them.
        months: ``2025-01`` and so on, in which riders are asked for their values.
        account: whose class and options decide which charges it has.
    """
    found: list[Assumed] = []
    for number in versions:
        version = tariff.versions[number]
        for place, charge in enumerate(version.charges):
            if not applies(charge, account):
                continue
            path: Path = ("versions", number, "charges", place)
            if isinstance(charge, Rider):
                found += _dated(tariff, charge, path, months, account)
            if isinstance(charge, Demand):
                found += _minutes(tariff, charge, path)
            found += _figures(tariff, version, charge, path)
    found += _hours(tariff, [tariff.versions[number] for number in versions], account)
    return list({one.key: one for one in reversed(found)}.values())[::-1]


def structural(path: Path) -> bool:
    """Whether something decides which hours are which, or what demand is averaged over; the rest are prices."""
    return path[0] in STRUCTURE or path[-1] == "minutes"


def substituted(tariff: Tariff, values: Mapping[Path, Value]) -> Tariff:
    """The schedule with other values at some paths; their status stays."""
    made = tariff
    for path, value in values.items():
        made = _put(made, path, value)
    return made


def corners(tariff: Tariff, numbers: Sequence[Assumed]) -> list[Tariff]:
    """The schedules among which a bill is lowest and highest, whatever the load; the schedule itself first.

    Bills rise with every price and fall with what is paid for exports and with the limits of blocks, so that two of
    them suffice for each choice of hours and holidays.
    """
    hours = [one for one in numbers if structural(one.path)]
    prices = [one for one in numbers if not structural(one.path)]
    found = [tariff]
    if all(len(one.values) == 1 for one in numbers):
        return found
    for chosen in product(*(one.values for one in hours)):
        made = substituted(tariff, dict(zip((one.path for one in hours), chosen, strict=True)))
        for highest in (False, True):
            found.append(substituted(made, {one.path: _end(tariff, one, highest) for one in prices}))
    return found


def _end(tariff: Tariff, one: Assumed, highest: bool) -> Value:
    charge = tariff.versions[int(one.path[1])].charges[int(one.path[3])]
    falling = isinstance(charge, Export) or one.path[-1] == "up_to"
    numbers = [value for value in one.values if isinstance(value, Decimal)]
    return max(numbers) if highest != falling else min(numbers)


def _figures(tariff: Tariff, version: Version, charge: AnyCharge, path: Path) -> Iterator[Assumed]:
    for at, figure, words in _numbers(charge, path, charge):
        open_ = figure.status == "assumed" or figure.alternatives
        if figure.value is None or not open_:
            continue
        since = f" since {version.start}" if len(tariff.versions) > 1 else ""
        yield Assumed(
            key=(tariff.utility, tariff.code, *map(str, at)),
            path=at,
            what=f"{words}{since} of {tariff.code}",
            value=figure.value,
            others=tuple(figure.alternatives),
            status=figure.status,
            how=figure.how,
            source=tariff.sources.get(figure.source or ""),
        )


def _numbers(item: Any, path: Path, charge: AnyCharge, words: str = "") -> Iterator[tuple[Path, Figure, str]]:
    """Every number of a charge that says more than its value."""
    words = words or charge.name
    if isinstance(item, Figure):
        yield path, item, words
    elif isinstance(item, Rate) and isinstance(charge, Energy | Demand | Export):
        words = label(charge, item)
        unit = charge.block_unit if isinstance(charge, Energy) else "kW"
        if item.rate is not None:
            yield from _numbers(item.rate, (*path, "rate"), charge, words)
        for number, block in enumerate(item.blocks):
            name = f"{words}, {block_label(item, number, unit)}"
            yield from _numbers(block, (*path, "blocks", number), charge, name)
    elif isinstance(item, Dated):
        return
    elif isinstance(item, msgspec.Struct):
        for field in item.__struct_fields__:
            named = f"{words}, limit" if isinstance(item, Block) and field == "up_to" else words
            yield from _numbers(getattr(item, field), (*path, field), charge, named)
    elif isinstance(item, list):
        for number, one in enumerate(item):
            yield from _numbers(one, (*path, number), charge, words)
    elif isinstance(item, dict):
        for name, one in item.items():
            yield from _numbers(one, (*path, name), charge, f"{words}, {name}")


def _minutes(tariff: Tariff, charge: Demand, path: Path) -> Iterator[Assumed]:
    """What demand is averaged over."""
    if charge.minutes_status == "assumed" or charge.minutes_alternatives:
        yield Assumed(
            key=(tariff.utility, tariff.code, *map(str, path), "minutes"),
            path=(*path, "minutes"),
            what=f"minutes that {charge.name} of {tariff.code} is averaged over",
            value=Decimal(charge.minutes),
            others=tuple(Decimal(one) for one in charge.minutes_alternatives),
            status=charge.minutes_status,
        )


def _dated(tariff: Tariff, charge: Rider, path: Path, months: Sequence[str], account: Account) -> Iterator[Assumed]:
    for number, dated in enumerate(charge.values):
        if not any(_holds(dated, month) for month in months):
            continue
        at: Path = (*path, "values", number, "value")
        value, others = dated.value, dated.alternatives
        if dated.by_class:
            kind = account.kind or ""
            at = (*path, "values", number, "by_class", kind)
            value, others = dated.by_class.get(kind), dated.alternatives_by_class.get(kind, [])
        if value is None or not (dated.status == "assumed" or others):
            continue
        yield Assumed(
            key=(tariff.utility, "rider", charge.rider, dated.start, *map(str, at[-2:])),
            path=at,
            what=f"{charge.name} since {dated.start}",
            value=value,
            others=tuple(others),
            status=dated.status,
            how=dated.how,
            source=tariff.sources.get(dated.source or ""),
        )


def _holds(dated: Dated, month: str) -> bool:
    spanned = dated.start <= month and (dated.end is None or month <= dated.end)
    return spanned and (not dated.months or int(month[5:]) in dated.months)


def _hours(tariff: Tariff, versions: Sequence[Version], account: Account) -> Iterator[Assumed]:
    """Windows and holidays of the sets of periods that prices go by."""
    sets = {
        resolve(rate.period, tariff.periods)[0]
        for version in versions
        for charge in version.charges
        if isinstance(charge, Energy | Demand | Export) and applies(charge, account)
        for rate in charge.rates
        if rate.period
    }
    used = set()
    for group in sorted(sets):
        for name, windows in tariff.periods[group].items():
            for number, window in enumerate(windows if isinstance(windows, list) else []):
                used |= {one for one in (window.excluding, window.only_on) if one}
                if window.status == "assumed" or window.alternatives:
                    yield _window(tariff, window, group, name, number)
    for name in sorted(used):
        days = tariff.holidays[name]
        if days.status == "assumed":
            held = f"{days.saturday}, {days.sunday}"
            yield Assumed(
                key=(tariff.utility, tariff.code, "holidays", name),
                path=("holidays", name),
                what=f"when holidays of {tariff.code} on a Saturday, or a Sunday, are observed",
                value=held,
                others=tuple(
                    one for one in (f"{days.saturday}, none", f"none, {days.sunday}", "none, none") if one != held
                ),
                source=tariff.sources.get(days.source or ""),
            )


def _window(tariff: Tariff, window: Window, group: str, name: str, number: int) -> Assumed:
    season = f"{window.season.rpartition('/')[2]} " if window.season else ""
    return Assumed(
        key=(tariff.utility, tariff.code, "periods", group, name, str(number)),
        path=("periods", group, name, number),
        what=f"{season}{name} hours of {tariff.code}",
        value=f"{window.start}-{window.end}",
        others=tuple(window.alternatives),
        status=window.status,
        source=tariff.sources.get(window.source or ""),
    )


def _put(item: Any, path: Path, value: Value) -> Any:
    if not path:
        return _changed(item, value)
    head, rest = path[0], path[1:]
    if isinstance(item, msgspec.Struct):
        name = str(head)
        return msgspec.structs.replace(item, **{name: _put(getattr(item, name), rest, value)})
    if isinstance(item, list):
        return [_put(one, rest, value) if at == head else one for at, one in enumerate(item)]
    return {name: _put(one, rest, value) if name == head else one for name, one in item.items()}


def _changed(item: Any, value: Value) -> Any:
    if isinstance(item, Holidays):
        saturday, _, sunday = str(value).partition(", ")
        return msgspec.structs.replace(item, saturday=saturday, sunday=sunday)
    if isinstance(item, Window):
        start, _, end = str(value).partition("-")
        return msgspec.structs.replace(item, start=start, end=end)
    if isinstance(item, Figure):
        return msgspec.structs.replace(item, value=value)
    return int(value) if isinstance(item, int) else value
