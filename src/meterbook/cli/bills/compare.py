"""``meterbook bills compare``: months against the year before, and years beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.bills.chart import SERVICE_HELP, missing_service
from meterbook.cli.bills.choosing import chosen_accounts
from meterbook.cli.context import command_line, open_book

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meterbook.analysis.bills.history import BillMonth


def compare(
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    service: Annotated[str, typer.Option("--service", help=SERVICE_HELP)] = "electric",
    years: Annotated[bool, typer.Option("--years", help="A column a year instead of a row a month.")] = False,
    cost: Annotated[bool, typer.Option("--cost", help="With --years: dollars instead of use.")] = False,
    months: Annotated[int, typer.Option("--months", min=1, max=600, help="How many of the last months.")] = 13,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, all months.")] = False,
) -> None:
    """Compare use a day, cost and cost a unit, month by month or year by year."""
    from meterbook.book.bill_months import bill_months

    with open_book() as book:
        accounts = chosen_accounts(book, account)
        found = [(owner, bill_months(book, owner, service=service)) for owner in accounts]
    if not any(rows for _, rows in found):
        missing_service(found[0][0], service)
    if json_:
        _print_json([(owner.account, rows) for owner, rows in found])
        return
    from meterbook.cli.bills.cells import ends
    from meterbook.cli.bills.month_table import month_rows, year_columns

    for number, (owner, rows) in enumerate([one for one in found if one[1]]):
        if number:
            typer.echo("")
        for line in ends(f"account {owner.account} · {service} by bill", owner.zone.key, 80):
            typer.echo(line)
        lines = year_columns(rows, "cost" if cost else "usage") if years else month_rows(rows, months)
        for line in lines:
            typer.echo(f"  {line}".rstrip())
    typer.echo(f"Next: {command_line('bills', 'chart', *(['--account', account] if account else []))}")


def _print_json(found: Sequence[tuple[str, Sequence[BillMonth]]]) -> None:
    import json

    from meterbook.cli.bills.month_json import month_json

    told = [{"account": account, "months": [month_json(one) for one in rows]} for account, rows in found]
    typer.echo(json.dumps(told, indent=2))
