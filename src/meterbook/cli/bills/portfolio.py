"""``meterbook bills portfolio``: accounts down, months across, with missing and late bills named."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.bills.export import ByGroup, chosen_bills, looked_at
from meterbook.cli.context import command_line, open_book
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    from meterbook.analysis.bills.portfolio import MonthCell

WIDTH, LEFT, CELL, MONTHS = 80, 16, 9, 6


class Shown(StrEnum):
    """What stands in the cells."""

    USAGE = "usage"
    COST = "cost"
    DAYS = "days"


def portfolio(
    account: Annotated[
        list[str] | None, typer.Option("--account", help="Account or tag, by any identifier; may be given again.")
    ] = None,
    customer: Annotated[str | None, typer.Option("--customer", help="All accounts of a customer's number.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="First bill date.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Bill date at which to end; not included.")
    ] = None,
    by: Annotated[ByGroup, typer.Option("--by", help="Sum by account, location or service.")] = ByGroup.ACCOUNT,
    show: Annotated[Shown, typer.Option("--show", help="usage, cost or days.")] = Shown.COST,
    months: Annotated[
        int | None,
        typer.Option(
            "--months",
            min=1,
            max=600,
            show_default="six, or as many as 80 columns hold",
            help="How many of the last months.",
        ),
    ] = None,
    calendar: Annotated[
        bool, typer.Option("--calendar", help="Share bills out to calendar months, by intervals or by days.")
    ] = False,
) -> None:
    """Show many accounts by month, and name bills that are missing or late."""
    from meterbook.analysis.bills.portfolio import GroupBy
    from meterbook.book.bill_export import portfolio as made_of

    with open_book() as book:
        stored = chosen_bills(book, account, customer, since, until)
        found = made_of(book, stored, GroupBy(by.value), today=looked_at(until), calendar=calendar)
    if not found.cells:
        typer.echo("No bills. Bring them with: meterbook sync, or meterbook import FILE")
        return
    for line in matrix(found.cells, show, months):
        typer.echo(line)
    for line in _absent(found.cells):
        typer.echo(line)
    who = [word for one in account or () for word in ("--account", one)]
    who += ["--customer", customer] if customer is not None else []
    typer.echo(f"Next: {command_line('bills', 'export', *who, '--by', by.value, '-o', 'portfolio.xlsx')}")


def matrix(cells: Sequence[MonthCell], show: Shown, months: int | None = None) -> Iterator[str]:
    """The table, the last months from left to right: so many, or else six, or as many as fit into 80 columns."""
    from meterbook.cli.bills.cells import left, right

    every = sorted({cell.month for cell in cells})
    kinds = list(dict.fromkeys((cell.service, cell.unit or "") for cell in cells if cell.bills))
    for service, unit in kinds:
        keys = {cell.key for cell in cells if cell.bills and (cell.service, cell.unit or "") == (service, unit)}
        fitting = [cell for cell in cells if cell.service == service and cell.key in keys]
        rows = [cell for cell in fitting if not cell.bills or (cell.unit or "") == unit]
        measure = {Shown.USAGE: unit or "unit not told", Shown.COST: "USD", Shown.DAYS: "days"}[show]
        lines, width = _fitting(rows, every, show, months)
        yield f"{service} · {measure}"
        for name, texts, total in lines:
            yield (left(name, LEFT) + "".join(right(text, width) for text in (*texts, total))).rstrip()
        yield ""


def _fitting(
    rows: Sequence[MonthCell], every: Sequence[date], show: Shown, months: int | None
) -> tuple[list[tuple[str, list[str], str]], int]:
    """The table's lines, and how wide a column has to be for its numbers."""
    for count in [months] if months is not None else range(MONTHS, 0, -1):
        chosen = every[-count:]
        lines = [("", [f"{month:%b %Y}" for month in chosen], "total"), *_rows(rows, chosen, show)]
        width = max(CELL, 1 + max(len(text) for _, texts, total in lines for text in (*texts, total)))
        if LEFT + width * (len(chosen) + 1) <= WIDTH:
            break
    return lines, width


def _rows(rows: Sequence[MonthCell], chosen: Sequence[date], show: Shown) -> Iterator[tuple[str, list[str], str]]:
    totals: list[list[Decimal | int]] = [[] for _ in chosen]
    for key in dict.fromkeys(cell.key for cell in rows):
        # A bill of a long period may be named after the month in which another is missing: what was billed is shown.
        ordered = sorted((cell for cell in rows if cell.key == key), key=lambda cell: cell.bills)
        mine = {cell.month: cell for cell in ordered}
        values = [_value(mine.get(month), show) for month in chosen]
        for place, one in enumerate(values):
            totals[place] += [one] if one is not None else []
        texts = [_text(mine.get(month), one, show) for month, one in zip(chosen, values, strict=True)]
        yield key or "not told", texts, _total([one for one in values if one is not None], show)
    every = [one for column in totals for one in column]
    yield "total", [_total(column, show) for column in totals], _total(every, show)


def _value(cell: MonthCell | None, show: Shown) -> Decimal | int | None:
    if cell is None:
        return None
    return cell.usage if show is Shown.USAGE else cell.cost if show is Shown.COST else cell.days


def _text(cell: MonthCell | None, value: Decimal | int | None, show: Shown) -> str:
    if cell is not None and cell.standing is not None:
        return cell.standing.value
    return "·" if value is None else _number(value, show)


def _total(values: Sequence[Decimal | int], show: Shown) -> str:
    return _number(sum(values), show) if values else "·"


def _number(value: Decimal | int, show: Shown) -> str:
    return f"{value:,.2f}" if show is Shown.COST else f"{value:,.0f}"


def _absent(cells: Sequence[MonthCell]) -> Iterator[str]:
    """Bills that are not there, account by account."""
    gone: dict[tuple[str, str, str], list[date]] = {}
    for cell in cells:
        if cell.standing is not None:
            gone.setdefault((cell.key, cell.service, cell.standing.value), []).append(cell.month)
    for (key, service, why), months in gone.items():
        named = ", ".join(f"{month:%b %Y}" for month in months[:6]) + (" …" if len(months) > 6 else "")
        yield f"{why}: {key} {service}, {counted(len(months), 'bill')}: {named}"
