"""``meterbook rates trend``: what a month's use has cost on a schedule, over all its versions and riders."""

from __future__ import annotations

import json
import textwrap
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.chart import bar, tinted
from meterbook.cli.context import book_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meterbook.tariffs.trend import TrendMonth

WIDTH = 80
BAR = 26


def trend(
    schedule: Annotated[str, typer.Argument(metavar="SCHEDULE", help="UTILITY/CODE, or a tariff file.")],
    kwh: Annotated[str, typer.Option("--kwh", help="Use of a month.")] = "1000",
    class_: Annotated[
        str | None, typer.Option("--class", help="Class of customer, where charges differ by it.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="MONTH", help="Last month; the present one without it.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="A picture: .svg or .png.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a month's use has cost in every month of a schedule's life, taxes and riders in it.

    The use is spread evenly over the month. Months whose riders are not known are gaps, and say so.
    """
    from meterbook.book.schedules import schedule as found
    from meterbook.tariffs.inputs import Account
    from meterbook.tariffs.trend import trend as months_of

    tariff = found(schedule, book=book_folder())
    name = f"{tariff.utility}/{tariff.code}"
    use = _kwh(kwh)
    months = months_of(tariff, _last(until), Account(kind=class_ or tariff.sector), use)
    title = f"{name}: {use:,f} kWh a month"
    if output is not None:
        _draw(output, title, months)
    if json_:
        typer.echo(json.dumps(_plain(name, use, months), indent=2, ensure_ascii=False))
        return
    typer.echo(tinted(title, "bold"))
    _print(months)
    if output is not None and str(output) != "-":
        typer.echo(f"Picture written to {output}")


def _print(months: Sequence[TrendMonth]) -> None:
    largest = max((one.price for one in months if one.price is not None), default=Decimal(0))
    shown = [(one.price, one.status, one.gap, one.month) for one in months]
    for (price, status, gap), run in groupby(shown, key=lambda row: (row[0], row[1], _without_month(row[2], row[3]))):
        some = [row[3] for row in run]
        span = f"{some[0]:%Y-%m}" + (f" to {some[-1]:%Y-%m}" if len(some) > 1 else "")
        if price is None:
            indent = " " * 24
            head = f"  {span:<19}  not known: {gap}"
            typer.echo(textwrap.fill(head, WIDTH, break_on_hyphens=False, subsequent_indent=indent))
            continue
        mark = "~" if status == "assumed" else " "
        typer.echo(f"  {span:<19} {mark}{price:>10,.2f}  {tinted(bar(price, largest, BAR), 'cost')}".rstrip())
    if any(one.status == "assumed" for one in months if one.price is not None):
        typer.echo("~ rests on an assumed number; `meterbook tariffs show` tells which")


def _without_month(gap: str | None, month: date) -> str | None:
    """A reason that is the same in every month of a gap."""
    return None if gap is None else gap.replace(f" of {month:%Y-%m}", "").replace(f" for {month:%Y-%m}", "")


def _plain(name: str, kwh: Decimal, months: Sequence[TrendMonth]) -> dict[str, object]:
    return {
        "schedule": name,
        "kwh_a_month": str(kwh),
        "months": [
            {"month": f"{one.month:%Y-%m}", "price": str(one.price), "status": one.status}
            if one.price is not None
            else {"month": f"{one.month:%Y-%m}", "price": None, "not_known": one.gap}
            for one in months
        ],
    }


def _draw(output: Path, title: str, months: Sequence[TrendMonth]) -> None:
    from meterbook.cli.output import write_picture
    from meterbook.report.trend_chart import trend_chart

    write_picture(output, trend_chart(title, months))


def _kwh(text: str) -> Decimal:
    from meterbook.model.errors import UsageError

    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation:
        found = Decimal(0)
    if not (found.is_finite() and 0 < found < 10**9):
        raise UsageError(f"{text!r} is no use of a month", where="--kwh", expected="kWh, such as 1000")
    return found


def _last(text: str | None) -> date:
    from meterbook.model.errors import UsageError

    if text is None:
        return datetime.now().astimezone().date()
    try:
        return datetime.strptime(text.strip(), "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        raise UsageError(f"{text!r} is no month", where="--until", expected="a month such as 2026-01") from None
