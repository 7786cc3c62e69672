"""Tables of a comparison: schedules by month, time-of-use savings beside the portal's, prices by hour and weekday."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from meterbook.cli.rates.money_text import column

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from meterbook.book.comparing_rates import RateComparison
    from meterbook.tariffs.compare import Comparison, Option

COLUMNS = 3
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST, DEAREST = 5, 3


def print_months(found: RateComparison, year: int) -> None:
    """Every schedule by month, three beside each other, and what time of use saves."""
    assert found.comparison is not None
    there = [one for one in found.comparison.options if year in one.years]
    for at in range(0, len(there), COLUMNS):
        some = there[at : at + COLUMNS]
        typer.echo()
        typer.echo("  month   " + "".join(f"{one.candidate.tariff.code:>20.20}" for one in some))
        for number, month in enumerate(some[0].years[year].months):
            cells = "".join(f"{column(one.years[year].by_month[number]):>20}" for one in some)
            typer.echo(f"  {month:%Y-%m} {cells}")
        typer.echo("  year    " + "".join(f"{column(one.years[year].total):>20}" for one in some))
    _print_savings(found, there, year)


def _print_savings(found: RateComparison, there: list[Option], year: int) -> None:
    """Months of a time-of-use schedule against the standard one: saved, or lost below nothing."""
    from meterbook.tariffs.compare import difference

    timed = [one for one in there if one.priced[year].dear({}).any()]
    tou = next((one for one in timed if one.candidate.yours), timed[0] if timed else None)
    standard = None if tou is None else _standard(tou, [one for one in there if one not in timed])
    if tou is None or standard is None:
        return
    portal = {one.month.replace(day=1): one.saved for one in found.ledger if one.month.year == year}
    typer.echo()
    code, other = tou.candidate.tariff.code, standard.candidate.tariff.code
    typer.echo(f"  Saved by {code} against {other}; a loss is below nothing")
    typer.echo(f"  month   {'ours':>20}{'portal':>14}".rstrip() if portal else f"  month   {'saved':>20}")
    months = tou.years[year].months
    pair = standard.priced[year], tou.priced[year]
    for month in months:
        cell = column(difference(*pair, [month]), signed=True)
        told = f"{portal[month]:>+14,.2f}" if month in portal else ""
        typer.echo(f"  {month:%Y-%m} {cell:>20}{told}")
    whole = sum((portal[month] for month in months if month in portal), start=Decimal(0))
    told = f"{whole:>+14,.2f}" if portal else ""
    typer.echo(f"  year    {column(difference(*pair, months), signed=True):>20}{told}")
    if portal:
        typer.echo("  Ours are of calendar months; a portal's mostly of its billing periods.")


def _standard(tou: Option, others: list[Option]) -> Option | None:
    """What time of use is held against: the account's own schedule, or that of its class whose code begins as its."""
    sector, code = tou.candidate.tariff.sector, tou.candidate.tariff.code

    def rank(one: Option) -> tuple[bool, bool, int]:
        other = one.candidate.tariff.code
        begins = len(other) if code.startswith(other) else 0
        return not one.candidate.yours, one.candidate.tariff.sector != sector, -begins

    return min(others, key=rank, default=None)


def print_hours(found: Comparison, zone: ZoneInfo) -> None:
    """What a kWh more costs in each hour of the week of all months, and when demand was highest, by schedule."""
    for one in found.options:
        for year in sorted(one.years)[-1:]:
            _print_hours(one, year, zone)


def _print_hours(option: Option, year: int, zone: ZoneInfo) -> None:
    from datetime import datetime

    from meterbook.tariffs.marginal import marginal_costs, peaks

    priced, account = option.priced[year], option.candidate.account
    mark = "~" if option.years[year].total.wide or option.years[year].total.open else ""
    table = marginal_costs(priced.plan, priced.usage, account)
    typer.echo()
    typer.echo(f"  {option.candidate.tariff.code}{mark}: cents for a kWh more every week in that hour")
    if mark:
        typer.echo("  ~ with assumed numbers as the schedule has them; an order of hours, no prices")
    typer.echo("  hour " + "".join(f"{day:>9}" for day in DAYS))
    for low, high in _alike(table):
        cells = "".join("         " if day[low] is None else f"{(day[low] or 0) * 100:>9.2f}" for day in table)
        typer.echo(f"  {low:02d}-{high:02d}{cells}".rstrip())
    _print_dearest(table)
    highest = peaks(priced.plan, priced.usage, account)[:MOST]
    if highest:
        typer.echo("  Highest demands that are charged")
    for peak in highest:
        at = datetime.fromtimestamp(peak.start, zone)
        typer.echo(f"    {at:%a} {at.day} {at:%b %Y %H:%M}  {peak.kw:>8,.2f} kW  {peak.charge:.36}")


def _print_dearest(table: list[list[Decimal | None]]) -> None:
    """The few hours of the week that cost most, where hours differ by more than a tenth."""
    cells = [(cost, day, hour) for day, row in enumerate(table) for hour, cost in enumerate(row) if cost is not None]
    cells.sort(key=lambda cell: (-cell[0], cell[1:]))
    if not cells or cells[0][0] * 10 <= cells[-1][0] * 11:
        return
    words = [f"{DAYS[day]} {hour:02d}-{hour + 1:02d} ({cost * 100:.2f})" for cost, day, hour in cells[:DEAREST]]
    typer.echo(f"  Dearest: {', '.join(words)}")


def _alike(table: list[list[Decimal | None]]) -> list[tuple[int, int]]:
    """Hours that follow each other with the same prices, to a hundredth of a cent, as one row: first, and end."""
    found: list[tuple[int, int]] = []
    rows = [[None if day[hour] is None else round(day[hour] or 0, 4) for day in table] for hour in range(24)]
    for hour, row in enumerate(rows):
        if found and rows[found[-1][0]] == row:
            found[-1] = (found[-1][0], hour + 1)
        else:
            found.append((hour, hour + 1))
    return found
