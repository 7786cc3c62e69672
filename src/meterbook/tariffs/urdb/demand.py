"""Demand charges of a record: by month, by period, at the supplier's peak, and the ratchets of three versions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from meterbook.model.tariff import Demand, Figure, Ratchet, Rate, Reactive
from meterbook.tariffs.urdb.attributes import kept
from meterbook.tariffs.urdb.energy import laid_out
from meterbook.tariffs.urdb.matrices import Layout, Where, by_month, matrix
from meterbook.tariffs.urdb.options import Options
from meterbook.tariffs.urdb.record import Record
from meterbook.tariffs.urdb.remarks import Remarks
from meterbook.tariffs.urdb.structures import SOURCE, Structure, present, priced, structure

HIGH = Decimal(200)
"""Dollars a kW above which a price looks wrong."""
_LONGEST = 60
"""Months that a ratchet may look back."""
MINUTES = 15
"""Demand interval where a record tells none."""


def demand(
    record: Record, options: Options, layout: Layout, remarks: Remarks, *, keep_free: bool
) -> list[Demand | Reactive]:
    """The charges of demand.

    Args:
        record: what is read.
        options: how what it leaves open is read.
        layout: seasons and periods so far; more are added.
        remarks: what is found.
        keep_free: whether periods that cost nothing are kept, because tiers count in hours of demand.
    """
    found: list[Demand | Reactive] = []
    for part, made in (
        ("flat-demand", _flat(record, layout, remarks)),
        ("tou-demand", _by_period(record, layout, remarks)),
        ("coincident", _coincident(record, layout, remarks)),
    ):
        if made is None:
            continue
        if part in remarks.leave_out:
            remarks.odd(made[0], f"left out as asked: {made[1].casefold()}")
            continue
        found += _charges(record, options, remarks, part, made, keep_free=keep_free)
    if found:
        _ratcheted(record, options, found, remarks)
    return [*found, *_reactive(record, remarks)]


_Made = tuple[str, str, Structure, dict[int, list[Where]]]


def _flat(record: Record, layout: Layout, remarks: Remarks) -> _Made | None:
    field, part = "flatdemandstructure", "flat-demand"
    periods = structure(record, field)
    if not present(periods):
        return None
    months = by_month(record, "flatdemandmonths")
    if months is None and len(periods) == 1:
        months = (0,) * 12
        remarks.odd("flatdemandmonths", "is missing; the only price is taken for all months")
    if months is None:
        remarks.refuse(part, "flatdemandmonths", "the months are missing", "12 numbers of periods")
        return None
    for month, number in enumerate(months):
        if number >= len(periods) or not periods[number]:
            where = f"flatdemandmonths[{month}]"
            remarks.refuse(
                part, where, f"the schedule names period {number}, which has no rate", f"0 to {len(periods) - 1}"
            )
            return None
    return field, "Demand", periods, layout.by_season("flat-demand", months)


def _by_period(record: Record, layout: Layout, remarks: Remarks) -> _Made | None:
    field = "demandratestructure"
    periods = structure(record, field)
    if not present(periods):
        return None
    laid = laid_out(record, "demand", periods, layout, remarks)
    return None if laid is None else (field, "Time-of-use demand", periods, laid)


def _coincident(record: Record, layout: Layout, remarks: Remarks) -> _Made | None:
    field = "coincidentratestructure"
    periods = structure(record, field)
    if not present(periods):
        return None
    name = "coincidentrateschedule" if record.has("coincidentrateschedule") else "coincidentschedule"
    schedule = matrix(record, name)
    if schedule is None and len(periods) == 1:
        schedule = ((0,) * 24,) * 12
    if schedule is None:
        remarks.refuse("coincident", name, "the schedule is missing", "12 rows of 24 numbers of periods")
        return None
    if any(number >= len(periods) or not periods[number] for row in schedule for number in row):
        remarks.refuse("coincident", name, "the schedule names a period that has no rate", f"0 to {len(periods) - 1}")
        return None
    remarks.convention("coincident demand needs the hours of the supplier's peaks, which no record tells")
    return field, "Coincident demand", periods, layout.lay("coincident", schedule, schedule)


_UNITS = {"flat-demand": "flatdemandunit", "tou-demand": "demandrateunit", "coincident": "coincidentrateunit"}


def _charges(
    record: Record,
    options: Options,
    remarks: Remarks,
    part: str,
    made: _Made,
    *,
    keep_free: bool,
) -> list[Demand]:
    _, name, periods, laid = made
    rates: list[Rate] = []
    for number, places in laid.items():
        free = all(tier.price == 0 for tier in periods[number])
        rate = None if free and not keep_free else priced(periods[number], part, HIGH, remarks)
        if rate is not None:
            rates += [msgspec.structs.replace(rate, season=season, period=period) for season, period in places]
    if not rates:
        return []
    daily = _daily(record, _UNITS[part], part, periods, remarks)
    if daily is None:
        return []
    if daily:
        remarks.convention(f"{name.casefold()} a kW daily is the sum of each day's highest")
    minutes = _minutes(record, options, part, remarks)
    more: dict[str, Any] = {"coincident": True} if part == "coincident" else {}
    if options.minutes is None and not record.has("demandwindow"):
        more["coarse"] = True
    return [Demand(name=name, rates=rates, minutes=minutes, daily=daily, **more)]  # type: ignore[arg-type]


def _daily(record: Record, field: str, part: str, periods: Structure, remarks: Remarks) -> bool | None:
    """Whether each day's demand is charged; None for a unit that can't be measured."""
    of_tiers = [tier for tiers in periods for tier in tiers if tier.unit is not None]
    at, written = (f"{of_tiers[0].field}.unit", of_tiers[0].unit) if of_tiers else (field, record.text(field))
    unit = (written or "kW").casefold()
    if unit in ("kw", "kw daily"):
        return unit == "kw daily"
    remarks.refuse(part, at, f"demand in {written} can't be priced, for readings are in kW", "kW or kW daily")
    return None


def _minutes(record: Record, options: Options, part: str, remarks: Remarks) -> int:
    window = record.number("demandwindow")
    if window is None:
        minutes = options.minutes or MINUTES
        longer = "" if options.minutes else ", or over the readings' own length where that is longer"
        remarks.convention(f"demand is averaged over {minutes} minutes{longer} (minutes={minutes})")
        return minutes
    if window not in (5, 15, 30, 60):
        remarks.refuse(part, "demandwindow", f"demand over {window} minutes can't be measured", "5, 15, 30 or 60")
        return MINUTES
    return int(window)


def _ratcheted(record: Record, options: Options, charges: list[Demand | Reactive], remarks: Remarks) -> None:
    """Put the record's ratchet on the charges that it is on."""
    ratchet = _lookback(record, options, remarks) or _percentages(record, options, remarks)
    if ratchet is None:
        return
    if "ratchet" in remarks.leave_out:
        remarks.odd("lookbackpercent", "left out as asked: the ratchet")
        return
    on = options.ratchet_on or kept(record, "ratchet-on", ("all", "flat", "tou")) or "all"
    wanted = {"flat": ("Demand",), "tou": ("Time-of-use demand",), "all": ("Demand", "Time-of-use demand")}[on]
    held = False
    for place, charge in enumerate(charges):
        if isinstance(charge, Demand) and charge.name in wanted and not charge.daily:
            charges[place] = msgspec.structs.replace(charge, ratchet=ratchet)
            held = True
    names = {"flat": "demand by month", "tou": "demand by period", "all": "all demand charges"}
    if not held:
        remarks.refuse("ratchet", "lookbackpercent", f"the ratchet is on no charge ({on})", "another --ratchet-on")
    remarks.convention(f"the ratchet is on {names[on]} (ratchet-on={on})")


def _lookback(record: Record, options: Options, remarks: Remarks) -> Ratchet | None:
    share = _share(record.number("lookbackpercent"), "lookbackpercent", remarks)
    if not share:
        return None
    reach = record.number("lookbackrange") or Decimal(0)
    flags = [str(one).strip().casefold() in ("true", "1", "1.0") for one in record.items("lookbackmonths") or []]
    if flags and len(flags) != 12:
        remarks.refuse("ratchet", "lookbackmonths", f"has {len(flags)} values", "12, one a month")
        return None
    if not reach:
        return _of_months(record, options, share, flags, remarks)
    if any(flags):
        remarks.odd("lookbackmonths", "both months and a range are given; the range holds")
    if reach != int(reach) or not 0 < reach <= _LONGEST:
        remarks.refuse("ratchet", "lookbackrange", f"{reach} months can't be looked back", f"1 to {_LONGEST}")
        return None
    return Ratchet(share=share, months=int(reach))


def _of_months(record: Record, options: Options, share: Decimal, flags: list[bool], remarks: Remarks) -> Ratchet | None:
    months = [month for month, flag in enumerate(flags, start=1) if flag]
    if flags and not months:
        remarks.odd("lookbackmonths", f"no month is named, so that lookbackpercent, {share:f}, is of none")
        return None
    if len(months) in (0, 12):
        remarks.convention("the ratchet looks back 11 months")
        return Ratchet(share=share)
    how = options.lookbackmonths or kept(record, "lookbackmonths", ("peaks", "bills")) or "peaks"
    said = "whose peaks count" if how == "peaks" else "whose bills are held up"
    remarks.convention(f"the ratchet's months are those {said} (lookbackmonths={how})")
    return Ratchet(share=share, of_months=months) if how == "peaks" else Ratchet(share=share, in_months=months)


def _percentages(record: Record, options: Options, remarks: Remarks) -> Ratchet | None:
    """The ratchet of older versions: a share for each month."""
    items = record.items("demandratchetpercentage")
    if items is None:
        return None
    shares = [
        _share(record.as_number(one, f"demandratchetpercentage[{place}]"), "demandratchetpercentage", remarks)
        for place, one in enumerate(items)
    ]
    if not any(shares):
        return None
    if len(shares) != 12:
        remarks.refuse("ratchet", "demandratchetpercentage", f"has {len(shares)} values", "12, one a month")
        return None
    how = options.lookbackmonths or kept(record, "lookbackmonths", ("peaks", "bills")) or "peaks"
    said = "the demand of its month counts for" if how == "peaks" else "bills of its month are held up to"
    remarks.convention(f"each of demandratchetpercentage is the share that {said} (lookbackmonths={how})")
    distinct = {share for share in shares if share}
    if len(distinct) > 1:
        return Ratchet(share=max(shares), by_month=shares, month_of="demand" if how == "peaks" else "bill")
    months = [month for month, share in enumerate(shares, start=1) if share]
    held: dict[str, list[int]] = {} if len(months) == 12 else {"of_months" if how == "peaks" else "in_months": months}
    return Ratchet(share=distinct.pop(), **held)  # type: ignore[arg-type]


def _share(number: Decimal | None, field: str, remarks: Remarks) -> Decimal:
    share = number or Decimal(0)
    if share > 1:
        remarks.odd(field, f"{share:f} is taken for percent")
        share /= 100
    if not 0 <= share <= 1:
        remarks.refuse("ratchet", field, f"{share:f} is no share of a demand", "a number from 0 to 1")
        return Decimal(0)
    return share


def _reactive(record: Record, remarks: Remarks) -> list[Reactive]:
    field = "demandreactivepowercharge"
    price = record.number(field)
    if not price:
        return []
    if "reactive" in remarks.leave_out:
        remarks.odd(field, f"left out as asked: {price:f} $ a kVAr")
        return []
    remarks.convention("reactive demand needs readings of kVArh")
    return [Reactive(name="Reactive demand", rate=Figure(value=price, source=SOURCE))]
