"""``meterbook usage``: readings as a table with bars, or as a file."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterbook.cli.context import command_line, open_book

if TYPE_CHECKING:
    from meterbook.book import Book, ReadingSet, Selection
    from meterbook.book.readings import ChannelReadings
    from meterbook.book.usage import Months

BAR_WIDTH = 14
SHOWN_DAYS = {"interval": 1, "hour": 2, "day": 31}


class ByWord(StrEnum):
    """What a row spans."""

    INTERVAL = "interval"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class OutputFormat(StrEnum):
    """How readings are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    ARROW = "arrow"


def usage(
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    location: Annotated[str | None, typer.Option("--location", help="Service location, likewise.")] = None,
    meter: Annotated[str | None, typer.Option("--meter", help="Meter, likewise.")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help="First local day, month or instant."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="Local day, month or instant at which to end; not included."),
    ] = None,
    by: Annotated[ByWord, typer.Option("--by", help="What a row spans.")] = ByWord.MONTH,
    flow: Annotated[str | None, typer.Option("--flow", help="delivered, received or net.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="kWh, kW, gal, ft3, therm or USD.")] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="What the book knew then, before later revisions."),
    ] = None,
    format_: Annotated[OutputFormat, typer.Option("--format", help="How to print.")] = OutputFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of the terminal."),
    ] = None,
) -> None:
    """Show usage by interval, hour, day or month, or write it to a file."""
    selection = _selection(
        account=account, location=location, meter=meter, since=since, until=until, flow=flow, unit=unit, as_of=as_of
    )
    with open_book() as book:
        if format_ is OutputFormat.TABLE:
            _print_tables(book, selection, by)
        else:
            _write(book.select(selection, None if by is ByWord.INTERVAL else by.value), format_, output)


def _selection(
    *, account: str | None, location: str | None, meter: str | None, since: str | None, until: str | None,
    flow: str | None, unit: str | None, as_of: str | None,
) -> Selection:  # fmt: skip
    from meterbook.book import Selection  # noqa: PLC0415 - heavy
    from meterbook.model.channel import FlowDirection, Quantity  # noqa: PLC0415
    from meterbook.model.units import Unit  # noqa: PLC0415

    chosen_unit = _word(Unit, unit, "--unit")
    quantities = {Quantity.USAGE}
    if chosen_unit is Unit.DOLLAR:
        quantities = {Quantity.COST}
    elif chosen_unit is Unit.KW:
        quantities = {Quantity.DEMAND}
    elif chosen_unit is Unit.FAHRENHEIT:
        quantities = {Quantity.TEMPERATURE_LOW, Quantity.TEMPERATURE_HIGH}
    return Selection(
        account=account,
        location=location,
        meter=meter,
        since=since,
        until=until,
        flow=_word(FlowDirection, flow, "--flow"),
        unit=chosen_unit,
        quantities=frozenset(quantities),
        as_of=_instant(as_of),
    )


def _word(kind: type[StrEnum], text: str | None, option: str) -> Any:
    from meterbook.model.errors import UsageError  # noqa: PLC0415

    if text is None:
        return None
    for member in kind:
        if member.value.casefold() == text.casefold():
            return member
    raise UsageError(f"{text!r} is not known", where=option, expected=f"one of {', '.join(m.value for m in kind)}")


def _instant(text: str | None) -> datetime | None:
    from meterbook.model.errors import UsageError  # noqa: PLC0415

    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise UsageError(f"{text!r} is not an instant", where="--as-of", expected="2026-01-31T06:00") from None


# -- files -------------------------------------------------------------------------------------------------------


def _write(readings: ReadingSet, format_: OutputFormat, output: Path | None) -> None:
    from meterbook.formats import registry  # noqa: PLC0415 - heavy
    from meterbook.model.errors import StoreError, UsageError  # noqa: PLC0415

    rows = readings.for_export(missing=True)
    if output is None:
        if format_ in (OutputFormat.PARQUET, OutputFormat.ARROW) and sys.stdout.isatty():
            raise UsageError(f"{format_.value} is binary", expected="-o FILE, or a pipe")
        registry.write(format_.value, rows, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    partial = output.with_name(output.name + ".partial")
    try:
        with partial.open("wb") as sink:
            registry.write(format_.value, rows, sink)
        partial.replace(output)
    except OSError as err:
        partial.unlink(missing_ok=True)
        raise StoreError(
            f"the file can't be written: {err.strerror}", where=str(output), hint="Choose another place with -o."
        ) from err
    typer.echo(f"{len(readings):,} readings of {len(readings.channels)} channels written to {output}", err=True)


# -- tables ------------------------------------------------------------------------------------------------------


def _print_tables(book: Book, selection: Selection, by: ByWord) -> None:
    from dataclasses import replace  # noqa: PLC0415

    if by is ByWord.MONTH:
        from meterbook.book.usage import months_of  # noqa: PLC0415 - heavy

        readings = book.select(selection)
        tables = months_of(book.records, book.lake, selection, readings)
        for table in tables:
            print_months(table)
        _closing(bool(tables), selection)
        return
    readings = book.select(selection, None if by is ByWord.INTERVAL else by.value)
    if selection.since is None and selection.until is None:
        # A terminal is for looking: without a span it shows the newest; a file format gives everything.
        readings = type(readings)(channels=tuple(_newest(item, SHOWN_DAYS[by.value]) for item in readings))
    readings = replace(readings, channels=tuple(item for item in readings if len(item.series)))
    for item in readings:
        _print_rows(item, by)
    _closing(bool(readings.channels), selection)


def _newest(item: ChannelReadings, days: int) -> ChannelReadings:
    from dataclasses import replace  # noqa: PLC0415

    from meterbook.model.calendar import day_start, local_date  # noqa: PLC0415

    last = local_date(int(item.series.start[-1]), item.zone)
    start = max(day_start(last - timedelta(days=days - 1), item.zone), item.span[0])
    return replace(item, series=item.series.clip(start, item.span[1]), span=(start, item.span[1]))


def print_months(table: Months) -> None:
    """A channel's last thirteen months: sum, mean, peak, weather and a bar each."""
    from meterbook.cli.chart import bar  # noqa: PLC0415

    months = table.months[-13:] if len(table.months) > 13 else table.months
    unit = table.channel.unit.value
    largest = max((month.total for month in months), default=0)
    has_peak = any(month.peak_kw is not None for month in months)
    has_weather = any(month.low_f is not None for month in months)
    _heading(table.channel, table.zone.key)
    header = f"  {'':<8}{unit:>10}{'per day':>10}"
    header += f"{'peak kW':>10}" if has_peak else ""
    header += f"{'low/high °F':>14}" if has_weather else ""
    typer.echo(header)
    for month in months:
        line = f"  {month.month:%Y-%m} {_amount(month.total):>10}{_one(month.per_day):>10}"
        if has_peak:
            line += f"{_two(month.peak_kw):>10}"
        if has_weather:
            line += f"{_pair(month.low_f, month.high_f):>14}"
        note = "  highest" if month.total == largest and largest > 0 else ""
        if month.missing:
            note += f"  {month.missing:,} missing"
        typer.echo(f"{line}  {bar(month.total, largest, BAR_WIDTH)}{note}")
    total = sum((month.total for month in months), start=type(largest)(0) if largest else 0)
    typer.echo(f"  {len(months)} months, {_amount(total)} {unit}")
    if len(table.months) > len(months):
        typer.echo(f"  {len(table.months) - len(months)} earlier months are in the book too (--since).")


def _print_rows(item: ChannelReadings, by: ByWord) -> None:
    from meterbook.analysis.gaps import with_missing  # noqa: PLC0415
    from meterbook.book.usage import exact  # noqa: PLC0415
    from meterbook.cli.chart import bar  # noqa: PLC0415
    from meterbook.model.channel import DAY_S  # noqa: PLC0415
    from meterbook.model.quality import Quality  # noqa: PLC0415
    from meterbook.model.units import Unit  # noqa: PLC0415

    series = with_missing(item.series, *item.span, item.zone)
    channel = series.channel
    _heading(channel, item.zone.key)
    power = channel.unit is Unit.KWH and channel.interval_s < DAY_S
    typer.echo(f"  {'':<22}{channel.unit.value:>12}{'kW' if power else '':>10}")
    largest = max(series.value.tolist(), default=0)
    shape = "%a %-d %b %Y" if channel.interval_s >= DAY_S else "%a %-d %b %Y %H:%M"
    for start, value, quality in zip(
        series.start.tolist(), series.value.tolist(), series.quality.tolist(), strict=True
    ):
        local = datetime.fromtimestamp(start, item.zone)
        fold = "*" if _repeated(local) else " "
        if quality == Quality.MISSING:
            typer.echo(f"  {local.strftime(shape):<21}{fold}{'missing':>12}")
            continue
        amount = exact(value, series.scale)
        kw = f"{amount * 3600 / channel.interval_s:>10.2f}" if power else f"{'':>10}"
        mark = f"  {Quality(quality).label}" if quality not in (Quality.ACTUAL, Quality.MISSING) else ""
        typer.echo(f"  {local.strftime(shape):<21}{fold}{amount:>12,}{kw}  {bar(value, largest, BAR_WIDTH)}{mark}")
    if any(_repeated(datetime.fromtimestamp(start, item.zone)) for start in series.start.tolist()):
        typer.echo("  * second pass of the repeated hour")


def _repeated(local: datetime) -> bool:
    return local.fold == 1


def _heading(channel: Any, zone: str) -> None:
    place = f"account {channel.account}" + (f", meter {channel.meter}" if channel.meter else "")
    left = f"{place} · {channel.flow.value} {channel.unit.value}"
    typer.echo("")
    typer.echo(f"{left:<{max(len(left) + 2, 78 - len(zone))}}{zone}")


def _closing(any_rows: bool, selection: Selection) -> None:
    if not any_rows:
        typer.echo("No readings for that.")
        typer.echo(f"Next: {command_line('status')}")
        return
    words = ["usage", *(["--account", selection.account] if selection.account else []), "--by", "interval"]
    typer.echo(f"Next: {command_line(*words, '--format', 'csv', '-o', 'usage.csv')}")


def _amount(value: Any) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.1f}"


def _one(value: Any) -> str:
    return "" if value is None else f"{value:,.1f}"


def _two(value: Any) -> str:
    return "" if value is None else f"{value:,.2f}"


def _pair(low: Any, high: Any) -> str:
    return "" if low is None or high is None else f"{low:.0f} / {high:.0f}"
