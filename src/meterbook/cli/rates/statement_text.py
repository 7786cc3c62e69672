"""A priced statement in the terminal: lines with quantity, rate and amount, at 80 columns."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from meterbook.cli.dates import written

if TYPE_CHECKING:
    from meterbook.tariffs.bill import PricedLine, PricedStatement

WIDTH = 80
NAME = 38


def print_statement(statement: PricedStatement, *, explain: bool = False) -> None:
    """Print a statement; numbers that are assumed carry a ``~``."""
    days = (statement.last - statement.first).days
    typer.echo()
    typer.echo(f"{written(statement.first)} to {written(statement.last)} · {days} days")
    for line in statement.lines:
        _print_line(line)
        if explain:
            _print_why(line)
    typer.echo(f"  {'Total':<{WIDTH - 17}}{statement.total:>15,.2f}")
    for note in statement.notes:
        typer.echo(f"  {note}")


def _print_line(line: PricedLine) -> None:
    mark = "~" if line.status == "assumed" else " "
    name = textwrap.wrap(line.name, NAME) or [""]
    for part in name[:-1]:
        typer.echo(f"  {part}")
    quantity = f"{_short(line.quantity)} {line.unit}" if line.quantity is not None and line.unit else ""
    rate = f"× {_short(line.rate)}" if line.rate is not None and line.quantity is not None else ""
    typer.echo(f"{mark} {name[-1]:<{NAME}}{quantity:>15} {rate:<12}{line.amount:>12,.2f}")


def _print_why(line: PricedLine) -> None:
    if line.why is None:
        return
    parts = [line.why.rule, line.why.measured]
    if line.status != "published":
        parts.append(f"{line.status}{f': {line.why.how}' if line.why.how else ''}")
    if line.why.source is not None:
        parts.append(f"from {line.why.source.title}{f' ({line.why.source.page})' if line.why.source.page else ''}")
    if line.why.version is not None:
        parts.append(f"version of {line.why.version}")
    text = "; ".join(part for part in parts if part)
    for row in textwrap.wrap(text, WIDTH - 6):
        typer.echo(typer.style(f"      {row}", dim=True))


def _short(number: Decimal) -> str:
    """A number without zeros at its end, at most eight digits after the point.

    >>> _short(Decimal("0.0998000")), _short(Decimal("30.00")), _short(Decimal("1200"))
    ('0.0998', '30', '1200')
    """
    from meterbook.model.digits import without_zeros

    return without_zeros(format(round(number, 8), "f"))
