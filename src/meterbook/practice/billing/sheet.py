"""The co-op's tariff as it is published: prose and tables of 80 columns, complete enough to recompute a bill.

Prices come from the tables that bills are made from, and so do the numbers in rules.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from meterbook.practice.billing import charges, prices, rules
from meterbook.practice.billing.holidays import NAMES, holidays
from meterbook.practice.billing.prices import SCHEDULES, EnergyPrice, Schedule
from meterbook.practice.billing.reads import Period
from meterbook.practice.billing.usage import PlaceUsage
from meterbook.practice.settings import months_before
from meterbook.practice.world import NAME

WIDTH = 80
MONTHS_BACK = 48
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def sheet(today: date) -> str:
    """The whole tariff as of a day, with what was in force in the four years before."""
    first = months_before(today, MONTHS_BACK)
    parts = [
        _title(today),
        _rules("1", "Terms common to all schedules", rules.COMMON),
        *(_schedule(f"2.{number}", schedule) for number, schedule in enumerate(SCHEDULES.values(), start=1)),
        _rules("3", "Time-of-use periods and holidays", rules.TIME_OF_USE),
        _holidays(range(first.year, today.year + 2)),
        _lamps(),
        _power_cost(range(first.year, today.year + 1)),
        _mandate(range(first.year, today.year + 1)),
        _export(),
        _rules("8", "Sales tax", rules.SALES_TAX),
        _rules("9", "Credits, fees and gifts", rules.OTHERS),
        _rules("10", "Budget billing", rules.BUDGET),
        _rules("11", "Prepaid service: how a day is charged", rules.PREPAID),
        _town(),
        _gas(),
        _rules("14", "Order of a bill", rules.ORDER),
        _worked(),
    ]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _title(today: date) -> str:
    return "\n".join(
        [
            NAME.upper(),
            "RATE SCHEDULES, RIDERS AND RULES OF BILLING",
            f"as of {today:%d %B %Y}; everything here is invented and for practice",
        ]
    )


def _heading(number: str, title: str) -> list[str]:
    text = f"{number}  {title}"
    return [text, "-" * len(text)]


def _rules(number: str, title: str, paragraphs: Iterable[str]) -> str:
    return "\n".join([*_heading(number, title), *_numbered(number, paragraphs)])


def _numbered(number: str, paragraphs: Iterable[str]) -> Iterator[str]:
    for place, paragraph in enumerate(paragraphs, start=1):
        mark = f"{number}.{place}"
        body = textwrap.wrap(" ".join(paragraph.split()), WIDTH - 6, break_long_words=False, break_on_hyphens=False)
        yield f"{mark:<6}{body[0]}"
        yield from (f"      {line}" for line in body[1:])


def _schedule(number: str, schedule: Schedule) -> str:
    lines = _heading(number, f"Schedule {schedule.code}: {schedule.name}")
    lines += textwrap.wrap(f"Applies to {schedule.applies}.", WIDTH)
    rows = [["in force from", *(f"{each.start:%d %b %Y}" for each in schedule.revisions)]]
    day = " a day" if schedule.code == "R-PRE" else " a month"
    rows.append([f"Facilities Charge, ${day}", *(f"{each.facilities}" for each in schedule.revisions)])
    for place, price in enumerate(schedule.revisions[0].energy):
        versions = [each.energy[place] for each in schedule.revisions]
        rows += _energy_rows(price, versions)
    if schedule.revisions[0].demand is not None:
        rows.append(["Demand Charge, $ a kW", *(f"{each.demand}" for each in schedule.revisions)])
    if schedule.revisions[0].minimum is not None:
        rows.append(["Minimum, $ a month", *(f"{each.minimum}" for each in schedule.revisions)])
    lines += _table(rows)
    lines += list(_numbered(number, rules.schedule(schedule)))
    return "\n".join(lines)


def _energy_rows(price: EnergyPrice, versions: list[EnergyPrice]) -> Iterator[list[str]]:
    if not price.seasonal:
        yield [f"{price.label}, $ a kWh", *(f"{each.summer}" for each in versions)]
        return
    for season in ("summer", "winter"):
        yield [f"{price.label}, {season.title()}, $ a kWh", *(f"{getattr(each, season)}" for each in versions)]


def _holidays(years: Iterable[int]) -> str:
    rows = [[f"{year}", ", ".join(f"{day:%d %b}" for day in holidays(year))] for year in years]
    lines = [f"Days kept as holidays ({'; '.join(NAMES)}):"]
    found = textwrap.wrap(lines[0], WIDTH)
    for year, days in rows:
        wrapped = textwrap.wrap(days, WIDTH - 8)
        found.append(f"  {year}  {wrapped[0]}")
        found += [f"        {line}" for line in wrapped[1:]]
    return "\n".join(found)


def _lamps() -> str:
    rows = [["Lamp", "$ a lamp and month", "assumed kWh a month"]]
    rows += [[each.label, f"{each.monthly}", f"{each.kwh}"] for each in prices.LAMPS.values()]
    return "\n".join([*_heading("4", "Schedule OL: Outdoor Lighting"), *_table(rows), *_numbered("4", rules.LIGHTING)])


def _power_cost(years: Iterable[int]) -> str:
    lines = _heading("5", "Rider WPCA: Wholesale Power Cost Adjustment")
    lines += list(_numbered("5", rules.POWER_COST))
    lines.append("$ a kWh, by the month of the later read:")
    for half in (range(1, 7), range(7, 13)):
        rows = [["", *(_MONTHS[month - 1] for month in half)]]
        rows += [[f"{year}", *(f"{prices.wpca(year, month)}" for month in half)] for year in years]
        lines += [*_table(rows), ""]
    return "\n".join(lines)


def _mandate(years: Iterable[int]) -> str:
    rows = [["$ a month", "residential", "commercial", "industrial"]]
    for year in years:
        rows.append(
            [f"{year}", *(f"{prices.reps(year, kind)}" for kind in ("residential", "commercial", "industrial"))]
        )
    return "\n".join(
        [*_heading("6", "Rider REPS: Renewable & EE Mandate"), *_numbered("6", rules.MANDATE), *_table(rows)]
    )


def _export() -> str:
    rows = [["in force from", "$ a kWh"], *([f"{start:%d %b %Y}", f"{price}"] for start, price in prices.EXPORT)]
    return "\n".join(
        [*_heading("7", "Rider AC: energy received, at avoided cost"), *_table(rows), *_numbered("7", rules.EXPORT)]
    )


def _town() -> str:
    rows = [["in force from", *(f"{each.start:%d %b %Y}" for each in prices.TOWN)]]
    names = (
        ("Water Base Charge, $ a month", "water_base"),
        ("Irrigation Base Charge, $ a month", "irrigation_base"),
        ("Irrigation Water, $ a gal", "irrigation"),
        ("Sewer Base Charge, $ a month", "sewer_base"),
        ("Sewer Usage, $ a gal", "sewer"),
    )
    label, name = names[0]
    rows.append([label, *(f"{getattr(each, name)}" for each in prices.TOWN)])
    for place, label in enumerate(("First 2,000 gal", "Next 4,000 gal", "Over 6,000 gal")):
        rows.append([f"Water, {label}, $ a gal", *(f"{each.water_blocks[place][1]}" for each in prices.TOWN)])
    rows += [[label, *(f"{getattr(each, name)}" for each in prices.TOWN)] for label, name in names[1:]]
    return "\n".join(
        [*_heading("12", "Water and sewer of the Town of Tidewater"), *_table(rows), *_numbered("12", rules.TOWN)]
    )


def _gas() -> str:
    rows = [["Gas Basic Charge, $ a month", f"{prices.GAS_BASE}"], ["Gas Usage, $ a CCF", f"{prices.GAS_CCF}"]]
    return "\n".join([*_heading("13", "Gas"), *_table(rows), *_numbered("13", rules.GAS)])


def _table(rows: list[list[str]]) -> list[str]:
    """Columns wide enough for what stands in them, numbers at the right."""
    wide = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(wide[0]), *(cell.rjust(size) for cell, size in zip(row[1:], wide[1:], strict=True))]
        lines.append(("  " + "  ".join(cells)).rstrip())
    assert all(len(line) <= WIDTH for line in lines)
    return lines


def _worked() -> str:
    """A bill by the rules: a residential period that a price change divides."""
    change = SCHEDULES["R"].revisions[-1].start
    period = Period(
        start=change - timedelta(days=26),
        end=change + timedelta(days=5),
        begin=0,
        finish=0,
        first=False,
        final=False,
        number=0,
    )
    lines = charges.electric(_thousand(), period, section="", earlier_peaks=())
    lines += charges.tax(lines)
    rows = [["Line", "Quantity", "Price", "Amount"]]
    for line in lines:
        quantity = "" if line.quantity is None else f"{line.quantity:,} {line.unit}"
        rows.append([line.label, quantity, "" if line.rate is None else f"{line.rate}", f"{line.amount:,.2f}"])
    rows.append(["Current charges", "", "", f"{sum(line.amount for line in lines):,.2f}"])
    told = f"Schedule R, 1,000.000 kWh, read {period.start:%d %b %Y} and {period.end:%d %b %Y}, {period.days} days:"
    return "\n".join([*_heading("15", "A worked bill"), told, *_table(rows)])


def _thousand() -> PlaceUsage:
    return PlaceUsage(
        location="",
        rate="R",
        metered=True,
        meters=(),
        delivered=Decimal("1000.000"),
        received=Decimal(0),
        by_period={},
        measured_kw=None,
        water=None,
        irrigation=None,
        gas=None,
    )
