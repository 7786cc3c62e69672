"""A record of OpenEI's database as a schedule of ours, or refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from meterbook.model.calendar import zone as zone_of
from meterbook.model.errors import InputError
from meterbook.model.tariff import AnyCharge, Demand, Energy, Holidays, Tariff, Version
from meterbook.tariffs.holidays import NAMES
from meterbook.tariffs.urdb.dates import in_force
from meterbook.tariffs.urdb.demand import demand
from meterbook.tariffs.urdb.energy import energy
from meterbook.tariffs.urdb.fixed import fixed, minimum
from meterbook.tariffs.urdb.identity import eligibility, notes, sector, sources
from meterbook.tariffs.urdb.matrices import HOLIDAYS, Layout
from meterbook.tariffs.urdb.options import Options
from meterbook.tariffs.urdb.record import Record
from meterbook.tariffs.urdb.remarks import Remark, Remarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A record read.

    Attributes:
        tariff: the schedule; its note tells conventions and oddities.
        conventions: how what the record leaves open was read.
        oddities: what looks wrong in it, or is not priced.
    """

    tariff: Tariff
    conventions: tuple[str, ...]
    oddities: tuple[Remark, ...]


def read(record: Mapping[str, Any], options: Options | None = None, *, zone: str | None = None) -> Tariff:
    """A schedule from a record.

    Args:
        record: fields as the API or a row of the bulk file has them, of any version; it is not changed.
        options: how what it leaves open is read.
        zone: IANA zone of its clock times, instead of options.

    Raises:
        InputError: it has a defect, or a part that can't be represented; names fields and parts.

    Source: https://openei.org/services/doc/rest/util_rates/?version=8
    """
    return examine(record, options, zone=zone).tariff


def examine(record: Mapping[str, Any], options: Options | None = None, *, zone: str | None = None) -> Reading:
    """The same, with what is to be said of it."""
    if options is None:
        if zone is None:
            raise InputError("a record does not tell the zone of its clock times", expected="zone, or options")
        options = Options(zone=zone)
    fields = Record(record)
    remarks = Remarks(label=fields.label, leave_out=options.leave_out)
    layout = Layout(holidays=bool(options.holidays))
    start, end = in_force(fields, options, remarks)
    charges = _charges(fields, options, layout, remarks)
    texts = notes(fields, remarks)
    for name in fields.unknown():
        remarks.odd(name, "is not known and not used")
    holidays = _holidays(options, remarks)
    clock = _zone(options, remarks)
    if not charges:
        remarks.refuse("", "energyratestructure", "the record charges nothing", "a price")
    remarks.settle()
    tariff = Tariff(
        format="meterbook-tariff/1",
        utility=options.utility or fields.text("utility") or fields.text("utilityname") or "unknown",
        code=options.code or _code(fields.label),
        name=fields.text("name") or fields.label,
        zone=clock,
        sector=sector(fields),
        eligibility=eligibility(fields),
        sources=sources(fields),
        seasons=layout.seasons,
        holidays=holidays if layout.periods else {},
        periods=layout.periods,
        versions=[Version(start=start, end=end, charges=charges, note="\n".join(texts) or None)],
        note="\n".join(map(_sentence, [*remarks.conventions, *map(str, remarks.oddities)])) or None,
    )
    return Reading(tariff=tariff, conventions=tuple(remarks.conventions), oddities=tuple(remarks.oddities))


def _charges(record: Record, options: Options, layout: Layout, remarks: Remarks) -> list[AnyCharge]:
    of_energy = energy(record, options, layout, remarks)
    by_demand = any(isinstance(charge, Energy) and "/kW" in charge.block_unit for charge in of_energy)
    of_demand = demand(record, options, layout, remarks, keep_free=by_demand)
    if by_demand and not any(isinstance(charge, Demand) and not charge.coincident for charge in of_demand):
        remarks.refuse(
            "energy", "energyratestructure", "tiers count in kWh a kW, and no demand charge says of which kW",
            "flatdemandstructure",
        )  # fmt: skip
    both = [*of_demand, *of_energy] if by_demand else [*of_energy, *of_demand]
    return [*fixed(record, options, remarks), *both, *minimum(record, options, remarks)]


def _holidays(options: Options, remarks: Remarks) -> dict[str, Holidays]:
    if not options.holidays:
        remarks.convention("no day is a holiday: records have none (holidays=)")
        return {}
    unknown = [name for name in options.holidays if name not in NAMES]
    if unknown:
        raise InputError(f"holiday {unknown[0]!r} is not known", expected=f"one of {', '.join(NAMES)}")
    remarks.convention(f"the weekend's hours hold on {', '.join(options.holidays)} (holidays)")
    found = Holidays(days=list(options.holidays), status="assumed")
    return {HOLIDAYS: found}


def _zone(options: Options, remarks: Remarks) -> str:
    zone = zone_of(options.zone)
    if options.clock == "local":
        remarks.convention(f"hours are of the local clock of {options.zone}, summer time where it has it (clock=local)")
        return options.zone
    name = standard(zone)
    remarks.convention(f"hours and days are of standard time all year, {name} (clock=standard)")
    return name


def standard(zone: ZoneInfo) -> str:
    """Zone of a zone's standard time all year.

    Raises:
        InputError: it is no whole number of hours from UTC.

    >>> standard(ZoneInfo("America/New_York"))
    'Etc/GMT+5'
    """
    offsets = [datetime(2025, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
    seconds = int(min(offset.total_seconds() for offset in offsets if offset is not None))
    if seconds % 3600:
        raise InputError(f"{zone.key} is no whole number of hours from UTC", expected="clock=local")
    return f"Etc/GMT{-seconds // 3600:+d}" if seconds else "Etc/GMT"


def _sentence(text: str) -> str:
    """A remark as a sentence; one on a field begins with its name as it is."""
    field, colon, _ = text.partition(": ")
    begins_with_field = bool(colon) and " " not in field
    return f"{text if begins_with_field else text[:1].upper() + text[1:]}."


def _code(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", label).strip("-._") or "URDB"
