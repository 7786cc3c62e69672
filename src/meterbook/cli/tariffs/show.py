"""``meterbook tariffs show``: a schedule in words, its prices with how sure they are, its hours as a week a season."""

from __future__ import annotations

import textwrap
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.context import book_folder
from meterbook.cli.dates import day_of, written

if TYPE_CHECKING:
    from meterbook.model.tariff import Tariff, Version
    from meterbook.tariffs.describing import Row
    from meterbook.tariffs.week import Week

WIDTH, NAME = 80, 42
MARKS = {"published": " ", "derived": " ", "fitted": " ", "assumed": "~", "not known": "?"}
LETTERS = "█▓░·▒◦"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def show(
    schedule: Annotated[str, typer.Argument(metavar="SCHEDULE", help="UTILITY/CODE, a tariff file, or a JSON record.")],
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="As it stood on that day; else today.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="IANA zone of a JSON record.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write its hours as a picture: .svg or .png.")
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Its versions, and every value of its riders.")] = False,
) -> None:
    """Show a schedule: prices, how sure they are and where they were read, and its hours."""
    from meterbook.book.schedules import schedule as found
    from meterbook.tariffs.describing import described
    from meterbook.tariffs.parts import in_force
    from meterbook.tariffs.week import weeks

    day = day_of(on, "--on") or date.today()  # noqa: DTZ011 - the user's own day
    tariff = found(schedule, book=book_folder(), zone=zone)
    version = tariff.versions[in_force(tariff, day)]
    drawn = {group: weeks(tariff, group, day.year) for group in tariff.periods}
    if output is not None:
        _draw(tariff, drawn, output)
        return
    _print_head(tariff, version)
    rows = described(version, month=f"{day:%Y-%m}", kind=tariff.sector)
    for row in rows:
        _print_row(tariff, row)
    for missing in version.not_known:
        typer.echo(textwrap.fill(f"? not known: {missing}", WIDTH, subsequent_indent="  "))
    if history:
        rows += _print_history(tariff, version)
    for group, some in drawn.items():
        _print_weeks(tariff, group, some)
    _print_sources(tariff, rows)


def _print_head(tariff: Tariff, version: Version) -> None:
    typer.echo(f"{tariff.utility}/{tariff.code} · {tariff.name}")
    words = [f"since {written(version.start)}", tariff.zone, *([tariff.sector] if tariff.sector else [])]
    typer.echo(f"  {' · '.join(words)}")
    for text in (tariff.note, version.note, tariff.eligibility.note if tariff.eligibility else None):
        if text:
            typer.echo(textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  "))
    typer.echo()


def _print_history(tariff: Tariff, version: Version) -> list[Row]:
    """When the schedule changed, and every value of the riders that the version has."""
    from meterbook.model.tariff import Rider
    from meterbook.tariffs.describing import history

    shown: list[Row] = []
    typer.echo()
    starts = [f"{written(one.start)}{' (day of the bill)' if one.by == 'bill' else ''}" for one in tariff.versions]
    typer.echo(textwrap.fill(f"Versions since {', '.join(starts)}", WIDTH, subsequent_indent="  "))
    for charge in version.charges:
        if not isinstance(charge, Rider):
            continue
        typer.echo()
        typer.echo(f"{charge.name} ({charge.rider})")
        for months, row in history(charge, tariff.sector):
            source = f"  [{row.source}]" if row.source else ""
            said = "" if row.status == "published" else f"  {row.status}"
            typer.echo(f"{MARKS[row.status]} {months:<20} {row.price:>20}{said}{source}")
            shown.append(row)
    return shown


def _print_row(tariff: Tariff, row: Row) -> None:
    name = textwrap.wrap(row.name, NAME) or [""]
    for part in name[:-1]:
        typer.echo(f"  {part}")
    price = textwrap.wrap(row.price, WIDTH - NAME - 3) or [""]
    typer.echo(f"{MARKS[row.status]} {name[-1]:<{NAME}} {price[0]}")
    for part in price[1:]:
        typer.echo(f"{'':<{NAME + 3}}{part}")
    parts = [row.only] if row.only else []
    parts += [] if row.status == "published" else [row.status + (f": {row.how}" if row.how else "")]
    parts += [f"or {', '.join(row.others)}"] if row.others else []
    if row.source is not None and row.source in tariff.sources:
        parts.append(f"[{row.source}]")
    if parts:
        _print_said("; ".join(parts))


def _print_said(text: str) -> None:
    indent = " " * 6
    typer.echo(textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False))


def _print_weeks(tariff: Tariff, group: str, some: list[Week]) -> None:
    names = list(tariff.periods[group])
    letter = {name: LETTERS[at % len(LETTERS)] for at, name in enumerate(names)} | {"": " "}
    typer.echo()
    typer.echo(f"Hours of {group}: {'  '.join(f'{letter[name]} {name}' for name in names)}")
    for week in some:
        typer.echo(f"  {week.season}")
        typer.echo(f"  {'':<8}{''.join(f'{hour:<6}' for hour in range(0, 24, 3))}")
        rows = [*zip(DAYS, week.days, strict=True), *([("holiday", week.holiday)] if week.holiday else [])]
        for names_, row in _alike(rows):
            typer.echo(f"  {names_:<8}{''.join(letter[slot] for slot in row)}")
    for name, windows in tariff.periods[group].items():
        for window in windows if windows != "rest" else []:
            if window.status != "published":
                others = f"; or {', '.join(window.alternatives)}" if window.alternatives else ""
                season = f"{window.season.rpartition('/')[2]}, " if window.season else ""
                typer.echo(f"{MARKS[window.status]} {name}, {season}{window.start}-{window.end}")
                _print_said(f"{window.status}{others}{f'; [{window.source}]' if window.source else ''}")


def _alike(rows: list[tuple[str, tuple[str, ...]]]) -> list[tuple[str, tuple[str, ...]]]:
    """Neighbouring days with the same hours together: Mon–Fri."""
    found: list[tuple[list[str], tuple[str, ...]]] = []
    for name, row in rows:
        if found and found[-1][1] == row and name != "holiday":
            found[-1][0].append(name)
        else:
            found.append(([name], row))
    return [(some[0] if len(some) == 1 else f"{some[0]}–{some[-1]}", row) for some, row in found]


def _print_sources(tariff: Tariff, rows: list[Row]) -> None:
    """The pages behind what was shown; all of the file's own where it shows no price."""
    hours = [
        window
        for windows in tariff.periods.values()
        for some in windows.values()
        if isinstance(some, list)
        for window in some
    ]
    used = (
        {one.source for one in rows} | {one.source for one in hours} | {one.source for one in tariff.holidays.values()}
    )
    some = {key: source for key, source in tariff.sources.items() if key in used or not rows}
    if some:
        typer.echo()
    for key, source in some.items():
        words = ", ".join(part for part in (source.title, source.page, source.date, source.note) if part)
        typer.echo(textwrap.fill(f"[{key}] {words}", WIDTH, subsequent_indent="    "))


def _draw(tariff: Tariff, drawn: dict[str, list[Week]], output: Path) -> None:
    from meterbook.cli.output import write_picture
    from meterbook.model.errors import UsageError
    from meterbook.report.week_map import week_map

    if not drawn:
        raise UsageError("the schedule has no hours to draw", where=f"{tariff.utility}/{tariff.code}")
    group, some = next(iter(drawn.items()))
    name = f"{tariff.utility}/{tariff.code} · {tariff.name}"
    kinds = {window.status for windows in tariff.periods[group].values() if windows != "rest" for window in windows}
    if "assumed" in kinds:
        name += " (hours assumed)"
    write_picture(output, week_map(name, list(tariff.periods[group]), some))
    typer.echo(f"Written to {output}", err=True)
