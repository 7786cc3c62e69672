"""Usage as a table with bars: months with their weather, or hours and days with their mean power."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from meterbook.analysis.gaps import with_missing
from meterbook.book.usage import Months, exact, months_of
from meterbook.cli.chart import bar, coloured
from meterbook.cli.context import command_line
from meterbook.model.calendar import day_start, local_date
from meterbook.model.channel import DAY_S, MONTH_S, Channel, Quantity
from meterbook.model.quality import Quality
from meterbook.model.units import Unit
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.analysis.totals import MonthTotal
    from meterbook.book import Book, Selection
    from meterbook.book.readings import ChannelReadings

BAR_WIDTH = 14
SHOWN_DAYS = {"interval": 1, "hour": 2, "day": 31}
SHOWN_MONTHS = 13  # the running month and the year before it


def print_usage(book: Book, selection: Selection, by: StrEnum) -> None:
    """Print a table for each channel of a selection, and what to do next.

    Without a span a table shows the newest only: a terminal is for looking, and a file format gives everything.

    Args:
        book: the book.
        selection: which readings.
        by: ``interval``, ``hour``, ``day`` or ``month``.
    """
    readings = book.select(selection)
    printed = 0
    if by == "month":
        for table in months_of(book.records, book.lake, selection, readings):
            if printed:
                typer.echo("")
            print_months(table, everything=selection.since is not None)
            printed += 1
    else:
        if by != "interval":
            readings = book.select(selection, by.value)
        newest = selection.since is None and selection.until is None
        for item in readings:
            part = _newest(item, SHOWN_DAYS[by.value]) if newest else item
            if len(part.series):
                if printed:
                    typer.echo("")
                _print_rows(part)
                printed += 1
    _closing(printed > 0, selection)


def print_months(table: Months, *, everything: bool = False) -> None:
    """A channel's months, the last thirteen unless all are wanted: sum, mean, peak, weather and a bar each."""
    months = table.months if everything else table.months[-SHOWN_MONTHS:]
    unit = table.channel.unit
    summed = table.channel.quantity is not Quantity.DEMAND
    largest = max((month.total for month in months), default=Decimal(0))
    places = _places(unit, largest)
    has_peak = summed and any(month.peak_kw is not None for month in months)
    has_weather = any(month.low_f is not None and month.high_f is not None for month in months)
    _heading(table.channel, table.zone.key, table.channel.interval_s if table.channel.interval_s == MONTH_S else None)
    header = f"  {'':<8}{unit.value if summed else 'peak ' + unit.value:>10}"
    header += f"{'per day':>10}" if summed else ""
    header += f"{'peak kW':>10}" if has_peak else ""
    header += f"{'low/high °F':>14}" if has_weather else ""
    typer.echo(header)
    for month in months:
        line = f"  {month.month:%Y-%m} " + (f"{month.total:>10,.{places}f}" if month.readings else f"{'missing':>10}")
        if summed:
            line += f"{_number(month.per_day, max(places, 1)):>10}"
        if has_peak:
            line += f"{_number(month.peak_kw, 2):>10}"
        if has_weather:
            line += f"{_pair(month.low_f, month.high_f):>14}"
        note = "  highest" if month.total == largest and largest > 0 and len(months) > 1 else ""
        if month.missing and month.readings:
            note += f"  {month.missing:,} missing"
        typer.echo(f"{line}  {coloured(bar(month.total, largest, BAR_WIDTH), table.channel)}{note}".rstrip())
    if summed:
        typer.echo(f"  {_sum_up(table, months)}")
    if len(table.months) > len(months):
        earlier = len(table.months) - len(months)
        typer.echo(f"  {counted(earlier, 'month')} before that: --since {table.months[0].month:%Y-%m}")


def _sum_up(table: Months, months: Sequence[MonthTotal]) -> str:
    """The last twelve whole months and how they compare with those before, or what there is."""
    unit = table.channel.unit.value
    whole = [month for month in months if table.whole(month)]
    last = whole[-12:]
    if len(last) < 12:
        total = sum((month.total for month in months), start=Decimal(0))
        return f"{counted(len(months), 'month')}, {total:,.{_places(table.channel.unit, total)}f} {unit}"
    total = sum((month.total for month in last), start=Decimal(0))
    text = f"12 months to {last[-1].month:%Y-%m}, {total:,.{_places(table.channel.unit, total)}f} {unit}"
    earlier = [month for month in table.months if month.month < last[0].month][-12:]
    if len(earlier) == 12 and all(table.whole(month) for month in earlier):
        before = sum((month.total for month in earlier), start=Decimal(0))
        if before > 0:
            change = round((total - before) / before * 100)
            side = "as in" if change == 0 else f"{abs(change)} % {'above' if change > 0 else 'below'}"
            return f"{text}, {side} the year before"
    return text


def _newest(item: ChannelReadings, days: int) -> ChannelReadings:
    last = local_date(int(item.series.start[-1]), item.zone)
    start = max(day_start(last - timedelta(days=days - 1), item.zone), item.span[0])
    if item.series.channel.interval_s == MONTH_S:
        return item  # a meter read once a month: all it has is few
    return replace(item, series=item.series.clip(start, item.span[1]), span=(start, item.span[1]))


def _print_rows(item: ChannelReadings) -> None:
    series = with_missing(item.series, *item.span, item.zone)
    channel = series.channel
    _heading(channel, item.zone.key, channel.interval_s)
    power = channel.unit is Unit.KWH and channel.interval_s < DAY_S
    typer.echo(f"  {'':<22}{channel.unit.value:>12}{'kW' if power else '':>10}".rstrip())
    largest = max(series.value.tolist(), default=0)
    shape = {DAY_S: "%a %-d %b %Y", MONTH_S: "%b %Y"}.get(channel.interval_s, "%a %-d %b %Y %H:%M")
    repeated = False
    for start, value, quality in zip(
        series.start.tolist(), series.value.tolist(), series.quality.tolist(), strict=True
    ):
        local = datetime.fromtimestamp(start, item.zone)
        repeated = repeated or local.fold == 1
        line = f"  {local.strftime(shape):<21}{'*' if local.fold == 1 else ' '}"
        if quality == Quality.MISSING:
            typer.echo(f"{line}{'missing':>12}")
            continue
        amount = exact(value, series.scale)
        line += f"{amount:>12,}" + (f"{amount * 3600 / channel.interval_s:>10.2f}" if power else f"{'':>10}")
        mark = f"  {Quality(quality).label}" if quality not in (Quality.ACTUAL, Quality.MISSING) else ""
        typer.echo(f"{line}  {coloured(bar(value, largest, BAR_WIDTH), channel)}{mark}".rstrip())
    if repeated:
        typer.echo("  * second pass of the repeated hour")
    _sum_rows(item, len(series))


def _sum_rows(item: ChannelReadings, expected: int) -> None:
    series = item.series
    present = series.quality != Quality.MISSING
    missing = expected - int(present.sum())
    text = counted(int(present.sum()), "reading")
    if series.channel.quantity is not Quantity.DEMAND:
        text += f", {exact(sum(series.value[present].tolist()), series.scale):,} {series.channel.unit.value}"
    typer.echo(f"  {text}{f'; {missing:,} missing' if missing else ''}")


def _heading(channel: Channel, zone: str, interval_s: int | None) -> None:
    place = f"account {channel.account}" + (f", meter {channel.meter}" if channel.meter else "")
    step = {DAY_S: ", daily", MONTH_S: ", monthly"}.get(interval_s or 0, "")
    left = f"{place} · {channel.flow.value} {channel.unit.value}{step}"
    typer.echo(f"{left:<{max(len(left) + 2, 78 - len(zone))}}{zone}")


def _closing(any_rows: bool, selection: Selection) -> None:
    if not any_rows:
        typer.echo("No readings for that.")
        typer.echo(f"Next: {command_line('status')}")
        return
    words = ["usage", *(["--account", selection.account] if selection.account else []), "--by", "interval"]
    typer.echo(f"Next: {command_line(*words, '-o', 'usage.csv')}")


def _places(unit: Unit, largest: Decimal) -> int:
    """Digits after the point, the same for a whole column: cents of money, else about four figures."""
    if unit is Unit.DOLLAR:
        return 2
    return 0 if largest >= 1000 else 1 if largest >= 100 else 2


def _number(value: Decimal | None, places: int) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def _pair(low: Decimal | None, high: Decimal | None) -> str:
    return "" if low is None or high is None else f"{low:.0f} / {high:.0f}"
