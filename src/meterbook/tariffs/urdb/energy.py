"""Energy prices of a record: tiers by season and time-of-use period, monthly fuel adjustments, and energy sent back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec

from meterbook.model.bill_kinds import LineKind
from meterbook.model.tariff import Dated, Energy, Export, Figure, Number, Rate, Rider, plain
from meterbook.tariffs.urdb.attributes import kept
from meterbook.tariffs.urdb.matrices import Layout, Matrix, Where, matrix
from meterbook.tariffs.urdb.options import Generation, Options
from meterbook.tariffs.urdb.record import Record
from meterbook.tariffs.urdb.remarks import Remarks
from meterbook.tariffs.urdb.structures import SOURCE, Structure, Tier, present, priced, structure

HIGH = Decimal(5)
"""Dollars a kWh above which a price looks wrong."""
_UNITS: dict[str, Literal["kWh", "kWh/day", "kWh/kW", "kWh/kW/day"]] = {
    "kwh": "kWh",
    "kwh daily": "kWh/day",
    "kwh/kw": "kWh/kW",
    "kwh/kw daily": "kWh/kW/day",
}
_RULES: dict[str, Generation] = {
    "net metering": "net-metering",
    "net billing": "net-billing",
    "net billing instantaneous": "net-billing",
    "net billing hourly": "net-billing",
    "buy all sell all": "buy-all",
}


def energy(record: Record, options: Options, layout: Layout, remarks: Remarks) -> list[Energy | Rider | Export]:
    """The charges and credits of energy; none where they have a defect, which is noted."""
    periods = structure(record, "energyratestructure")
    scheme = _scheme(record, options, remarks)
    if not present(periods):
        field = periods[0][0].field if periods and periods[0] else "energyratestructure"
        what = "a tier has neither rate nor adj" if periods else "there is no price of energy"
        remarks.refuse("energy", field, what, "a price of energy")
        return []
    if "energy" in remarks.leave_out:
        remarks.odd("energyratestructure", "left out as asked: the prices of energy")
        return []
    laid = laid_out(record, "energy", periods, layout, remarks)
    if laid is None:
        return []
    unit = _unit([tier for number in laid for tier in periods[number]], remarks)
    rates = []
    for number, places in laid.items():
        rate = priced(periods[number], "energy", HIGH, remarks)
        if rate is not None:
            rates += [msgspec.structs.replace(rate, season=season, period=period) for season, period in places]
    if unit is None or not rates:
        return []
    charge = Energy(
        name="Energy",
        rates=rates,
        of="net" if scheme == "net-metering" else "delivered",
        block_unit=unit,
        **_tiers(record, options, rates, unit, remarks),
    )
    return [charge, *_fuel(record, remarks), *_export(scheme, periods, laid, remarks)]


def laid_out(
    record: Record, kind: str, periods: Structure, layout: Layout, remarks: Remarks
) -> dict[int, list[Where]] | None:
    """Where each period of a structure holds; None where schedules are missing or name one that has no price."""
    part = {"energy": "energy", "demand": "tou-demand"}[kind]
    schedules: list[Matrix] = []
    for name in (f"{kind}weekdayschedule", f"{kind}weekendschedule"):
        found = matrix(record, name)
        if found is None and len(periods) == 1:
            found = ((0,) * 24,) * 12
            remarks.odd(name, "is missing; the only period is taken for all hours")
        if found is None:
            remarks.refuse(part, name, "the schedule is missing", "12 rows of 24 numbers of periods")
            continue
        schedules.append(found)
        if not _all_priced(found, name, periods, part, remarks):
            schedules.pop()
    if len(schedules) < 2:
        return None
    labels = [str(one) for one in record.items("energytoulabels") or []] if kind == "energy" else []
    used = {number for some in schedules for row in some for number in row}
    for number, tiers in enumerate(periods):
        if number not in used and any(tier.price for tier in tiers):
            remarks.odd(f"{kind}ratestructure[{number}]", "has a price, and no hour of the schedules")
    return layout.lay(kind, schedules[0], schedules[1], labels)


def _all_priced(schedule: Matrix, name: str, periods: Structure, part: str, remarks: Remarks) -> bool:
    for month, row in enumerate(schedule):
        for hour, number in enumerate(row):
            if number >= len(periods) or not periods[number]:
                field = f"{name}[{month}][{hour}]"
                remarks.refuse(
                    part, field, f"the schedule names period {number}, which has no rate",
                    f"a period from 0 to {len(periods) - 1}",
                )  # fmt: skip
                return False
    return True


def _unit(tiers: list[Tier], remarks: Remarks) -> Literal["kWh", "kWh/day", "kWh/kW", "kWh/kW/day"] | None:
    """What tiers count; None for what can't be counted."""
    limited = [tier for tier in tiers if tier.limit is not None]
    written = {(tier.unit or "kWh").casefold(): tier for tier in limited or tiers}
    for tier in limited:
        if tier.unit is None:
            remarks.odd(f"{tier.field}.unit", "is missing; the limit is taken in kWh")
            break
    unknown = [(unit, tier) for unit, tier in written.items() if unit not in _UNITS]
    if unknown:
        _, tier = unknown[0]
        remarks.refuse(
            "energy", f"{tier.field}.unit", f"tiers in {tier.unit} can't be priced", f"one of {', '.join(_UNITS)}"
        )
        return None
    if len(written) > 1:
        tier = list(written.values())[1]
        remarks.refuse(
            "energy", f"{tier.field}.unit", f"tiers count in {' and in '.join(written)}", "one unit for all tiers"
        )
        return None
    return _UNITS[next(iter(written))]


def _tiers(record: Record, options: Options, rates: list[Rate], unit: str, remarks: Remarks) -> dict[str, Any]:
    """How tiers are shared and filled; said where it makes a difference."""
    if not any(rate.blocks for rate in rates):
        return {}
    pooling = options.pooling or kept(record, "pooling", _POOLINGS) or "proportion"
    fields: dict[str, Any] = {"pooling": pooling}
    if sum(bool(rate.blocks) for rate in rates) > 1 and any(rate.period for rate in rates):
        remarks.convention(_POOLINGS[str(pooling)])
    if "day" in unit:
        daily = options.kwh_daily or kept(record, "kwh-daily", ("pooled", "daily")) or "pooled"
        fields["fill"] = "day" if daily == "daily" else "period"
        said = "fill anew each day" if daily == "daily" else "are pooled: limit times days of the bill"
        remarks.convention(f"daily tiers {said} (kwh-daily={daily})")
    return fields


_POOLINGS = {
    "period": "each time-of-use period fills its own tiers (pooling=period)",
    "proportion": "the month's total sets the tiers and each period takes its share (pooling=proportion)",
    "time": "periods share the tiers, which fill in the order of time (pooling=time)",
}


def _fuel(record: Record, remarks: Remarks) -> list[Rider]:
    months = record.items("fueladjustmentsmonthly")
    if months is None:
        return []
    values = [
        record.as_number(one, f"fueladjustmentsmonthly[{place}]") or Decimal(0) for place, one in enumerate(months)
    ]
    if len(values) != 12:
        remarks.refuse("fuel", "fueladjustmentsmonthly", f"has {len(values)} values", "12, one a month")
        return []
    if not any(values):
        return []
    if "fuel" in remarks.leave_out:
        remarks.odd("fueladjustmentsmonthly", "left out as asked: fuel adjustments by month")
        return []
    held: dict[Decimal, list[int]] = {}
    for month, value in enumerate(values, start=1):
        held.setdefault(value, []).append(month)
    dated = [
        Dated(start="1900-01", value=value, source=SOURCE, months=[] if len(held) == 1 else months)
        for value, months in held.items()
    ]
    return [
        Rider(
            name="Fuel adjustment", rider="fuel", unit="kWh", month_by="read", values=dated,
            kind=LineKind.POWER_COST_ADJUSTMENT,
        )
    ]  # fmt: skip


def _scheme(record: Record, options: Options, remarks: Remarks) -> Generation:
    rules = record.text("dgrules")
    if "generation" in remarks.leave_out:
        remarks.odd("dgrules", "left out as asked: energy sent back")
        return "none"
    if rules is not None:
        if rules.casefold() in _RULES:
            scheme = _RULES[rules.casefold()]
            if rules.casefold() == "net billing hourly":
                remarks.convention(
                    "energy sent back is netted within each interval of the readings, not within the hour"
                )
            return options.generation or scheme
        remarks.refuse("generation", "dgrules", f"the rule {rules!r} is not known", f"one of {', '.join(_RULES)}")
        return "none"
    metering = record.truth("usenetmetering")
    generation = options.generation or kept(record, "generation", ("none",))
    if generation is not None:
        return generation  # type: ignore[return-value]
    if metering is not None:
        return "net-metering" if metering else "none"
    remarks.convention(
        "the record does not say what holds for energy sent back; net metering (generation=net-metering)"
    )
    return "net-metering"


def _export(scheme: Generation, periods: Structure, laid: dict[int, list[Where]], remarks: Remarks) -> list[Export]:
    sold = any(tier.sell for number in laid for tier in periods[number])
    if scheme in ("none", "net-metering"):
        if sold:
            remarks.odd(
                "energyratestructure", f"prices for energy sold (sell) are not used: {scheme.replace('-', ' ')}"
            )
        return [Export(name="Net metering", scheme="net-metering")] if scheme == "net-metering" else []
    rates = []
    for number, places in laid.items():
        sells = {tier.sell or Decimal(0) for tier in periods[number]}
        if len(sells) > 1:
            field = f"energyratestructure[{number}]"
            remarks.refuse("generation", field, "prices for energy sold differ by tier", "one sell in all tiers")
            return []
        figure: Number = Figure(value=next(iter(sells)), source=SOURCE)
        rates += [Rate(season=season, period=period, rate=figure) for season, period in places]
    if not any(plain(rate.rate) for rate in rates if rate.rate is not None):
        remarks.odd("energyratestructure", "no price for energy sold (sell); what is sent back earns nothing")
    name = "Energy sent back" if scheme == "net-billing" else "Energy sold"
    return [Export(name=name, scheme="net-billing" if scheme == "net-billing" else "buy-all", rates=rates)]
