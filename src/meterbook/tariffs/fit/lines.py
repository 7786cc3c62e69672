"""What the charges of a schedule ask of one bill: for each the numbers it takes, and what they are multiplied by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from meterbook.model.bill_kinds import LineKind
from meterbook.model.tariff import (
    AnyCharge,
    Demand,
    Energy,
    Export,
    Figure,
    Fixed,
    Lamps,
    Number,
    Percent,
    Rate,
    Rider,
    Tariff,
    plain,
)
from meterbook.tariffs.calendars import in_season, resolve
from meterbook.tariffs.cells import label
from meterbook.tariffs.energy import block_factor, block_limit, filled
from meterbook.tariffs.fit.determinants import BilledOnce
from meterbook.tariffs.fit.places import Place, rate_places
from meterbook.tariffs.inputs import Account
from meterbook.tariffs.others import how_many
from meterbook.tariffs.parts import PricedPart
from meterbook.tariffs.work import kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A number of a charge and the quantity it takes of a bill.

    Attributes:
        charge: whose.
        kind: of its line.
        place: where the number stands.
        number: as it stands; None where the file has none.
        quantity: what it is multiplied by; None where the bill has to tell it.
        words: what of the label tells it from others of the kind, in small letters.
    """

    charge: AnyCharge
    kind: LineKind
    place: Place
    number: Number | None
    quantity: Fraction | None
    words: tuple[str, ...] = ()


def asked(tariff: Tariff, part: PricedPart, bill: BilledOnce) -> list[Asked]:
    """The numbers that a version asks of a bill, in the order of its charges; percents are not among them."""
    account = Account(kind=bill.kind, meters=bill.meters)
    found: list[Asked] = []
    for place, charge in enumerate(part.version.charges):
        if (charge.classes and bill.kind not in charge.classes) or charge.optional is not None:
            continue
        found += _of(_Asking(tariff=tariff, part=part, bill=bill), account, place, charge)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    tariff: Tariff
    part: PricedPart
    bill: BilledOnce


def _of(asking: _Asking, account: Account, at: int, charge: AnyCharge) -> Iterator[Asked]:
    tariff, part, bill = asking.tariff, asking.part, asking.bill
    name = f"{tariff.utility}/{tariff.code}"
    kind = kind_of(charge)
    if isinstance(charge, Fixed):
        times = Fraction(part.days) if charge.per == "day" else part.months(charge.prorate)
        times *= how_many(charge, account)
        unit = "day" if charge.per == "day" else "month"
        place = Place(schedule=name, version=part.number, charge=at, unit=unit, name=charge.name)
        quantity = times / 12 if charge.per == "year" else times
        yield Asked(charge=charge, kind=kind, place=place, number=charge.amount, quantity=quantity)
    elif isinstance(charge, Energy):
        yield from _energy(asking, at, charge)
    elif isinstance(charge, Demand):
        yield from _rates(asking, at, charge, "kW")
    elif isinstance(charge, Export):
        yield from _rates(asking, at, charge, "kWh")
    elif isinstance(charge, Lamps):
        for lamp, entry in charge.types.items():
            place = Place(
                schedule=name, version=part.number, charge=at, part="lamp", rate=lamp, unit="lamp",
                name=f"{charge.name}, {lamp}",
            )  # fmt: skip
            yield Asked(charge=charge, kind=kind, place=place, number=entry.price, quantity=None, words=(fold(lamp),))
    elif isinstance(charge, Rider) and charge.unit != "share":
        yield _rider(bill, charge, kind)


def _energy(asking: _Asking, at: int, charge: Energy) -> Iterator[Asked]:
    tariff, part, bill = asking.tariff, asking.part, asking.bill
    name = f"{tariff.utility}/{tariff.code}"
    rates = [one for one, rate in enumerate(charge.rates) if in_its_season(tariff, charge, rate, bill)]
    mixed = len({charge.rates[number].season for number in rates}) > 1
    for number in rates:
        rate = charge.rates[number]
        total = bill.kwh if len(rates) == 1 else _of_period(bill, rate)
        if mixed or charge.of != "delivered":
            total = None  # the bill's kWh do not tell the part of each season, nor what was netted
        places = list(rate_places(name, part.number, at, charge, number))
        quantities: list[Fraction | None] = [None if total is None else Fraction(total)] * len(places)
        if rate.blocks and total is not None and "/kW" not in charge.block_unit and charge.fill == "period":
            factor = block_factor(charge, part)
            limits = [None if one.up_to is None else plain(one.up_to) for one in rate.blocks]
            if all(limit is not None for limit in limits[:-1]):
                scaled = [None if limit is None else block_limit(limit, factor, part.version) for limit in limits]
                quantities = [Fraction(block) for block in filled(total, scaled)]
        elif rate.blocks:
            quantities = [None] * len(places)
        for (place, entry), quantity in zip(places, quantities, strict=True):
            yield Asked(
                charge=charge, kind=kind_of(charge), place=place, number=entry, quantity=quantity,
                words=_words(rate, place),
            )  # fmt: skip


def _rates(asking: _Asking, at: int, charge: Demand | Export, unit: str) -> Iterator[Asked]:
    tariff, part, bill = asking.tariff, asking.part, asking.bill
    name = f"{tariff.utility}/{tariff.code}"
    for number, rate in enumerate(charge.rates):
        if rate.blocks or not in_its_season(tariff, charge, rate, bill):
            continue
        place = Place(
            schedule=name, version=part.number, charge=at, part="rate", rate=str(number), unit=unit,
            name=label(charge, rate),
        )  # fmt: skip
        measured = bill.kw if isinstance(charge, Demand) and _as_measured(charge) else None
        yield Asked(
            charge=charge, kind=kind_of(charge), place=place, number=rate.rate,
            quantity=None if measured is None else Fraction(measured), words=_words(rate, place),
        )  # fmt: skip


def _as_measured(charge: Demand) -> bool:
    """Whether the highest demand is what is billed."""
    held_up = (charge.ratchet, charge.minimum, charge.contract_share, charge.power_factor, charge.step)
    return len(charge.rates) == 1 and not (charge.coincident or charge.daily) and not any(held_up)


def _rider(bill: BilledOnce, charge: Rider, kind: LineKind) -> Asked:
    month = rider_month(charge, bill)
    number: Number | None = None
    by_class = False
    for value in charge.values:
        spanned = value.start <= month and (value.end is None or month <= value.end)
        if spanned and (not value.months or int(month[5:]) in value.months):
            by_class = bool(value.by_class)
            amount = value.by_class.get(bill.kind or "") if by_class else value.value
            number = Figure(value=amount, status=value.status)
            break
    by_class = by_class or any(value.by_class for value in charge.values)
    place = Place(
        part=charge.rider, month=month, kind=(bill.kind or "") if by_class else "", unit=charge.unit, name=charge.name
    )
    quantity = {"month": Decimal(1), "kWh": bill.kwh, "kW": bill.kw}[charge.unit]
    return Asked(
        charge=charge, kind=kind, place=place, number=number, quantity=None if quantity is None else Fraction(quantity)
    )


def rider_month(charge: Rider, bill: BilledOnce) -> str:
    """The month whose value a rider has on a bill; with ``use`` only where all of it lies in one."""
    rule = bill.rider_month or charge.month_by
    last = bill.last_day
    if rule == "before":
        base = bill.billed if charge.month_by == "bill" else last
        return f"{base.replace(day=1) - timedelta(days=1):%Y-%m}"
    return f"{bill.billed:%Y-%m}" if rule == "bill" else f"{last:%Y-%m}"


def across_months(charge: Rider, bill: BilledOnce) -> bool:
    """Whether a rider by month of use has several values on a bill, which its total kWh do not divide."""
    one_month = f"{bill.first:%Y-%m}" == f"{bill.last_day:%Y-%m}"
    return (bill.rider_month or charge.month_by) == "use" and charge.unit == "kWh" and not one_month


def in_its_season(tariff: Tariff, charge: Energy | Demand | Export, rate: Rate, bill: BilledOnce) -> bool:
    """Whether a bill has days in the season of a rate."""
    if rate.season is None:
        return True
    last = bill.last_day
    if isinstance(charge, Energy) and charge.season_by == "read":
        return season_on(tariff, rate.season, last)
    return any(season_on(tariff, rate.season, bill.first + timedelta(days=one)) for one in range(bill.days))


def season_on(tariff: Tariff, name: str, day: date) -> bool:
    """Whether a day is in a season."""
    import numpy as np  # noqa: PLC0415 - only here

    group, member = resolve(name, tariff.seasons)
    of_year = np.array([day.month * 100 + day.day], np.int64)
    season = tariff.seasons[group][member]
    if season.rest:
        return not any(bool(in_season(one, of_year)[0]) for one in tariff.seasons[group].values() if not one.rest)
    return bool(in_season(season, of_year)[0])


def percents(part: PricedPart) -> list[tuple[int, Percent]]:
    """Taxes and surcharges of a version, in order."""
    return [(at, one) for at, one in enumerate(part.version.charges) if isinstance(one, Percent)]


def fold(text: str) -> str:
    """A label in small letters and single blanks, so that spellings compare.

    >>> fold("First 1,500 kWh"), fold("On-Peak Energy")
    ('first 1500 kwh', 'on peak energy')
    """
    letters = "".join(one if one.isalnum() or one == "." else " " for one in text.casefold().replace(",", ""))
    return " ".join(letters.split())


def _words(rate: Rate, place: Place) -> tuple[str, ...]:
    found = [fold(name.rpartition("/")[2]) for name in (rate.period, rate.season) if name]
    if rate.name:
        found.append(fold(rate.name))
    if place.block >= 0:
        found.append(fold(place.name.rpartition(", ")[2]))
    return tuple(found)


def _of_period(bill: BilledOnce, rate: Rate) -> Decimal | None:
    if rate.period is None:
        return None
    return bill.kwh_of.get(fold(rate.period.rpartition("/")[2]).replace(" ", "-"))
