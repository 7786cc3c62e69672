"""``meterbook bills show``: one bill on one screen, with what it is held against and where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterbook.cli.bills.choosing import chosen_accounts, chosen_bill
from meterbook.cli.context import command_line, open_book

if TYPE_CHECKING:
    from meterbook.analysis.bills.comparing import Beside
    from meterbook.book.bill_months import AccountBills
    from meterbook.model.statement import Statement
    from meterbook.store.records import StoredStatement


def show(
    bill: Annotated[
        str,
        typer.Argument(
            metavar="[BILL]",
            help="latest; the month it is for (2026-01); its date; its number; or the start of its PDF's hash.",
        ),
    ] = "latest",
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    width: Annotated[int, typer.Option("--width", min=60, max=200, help="Columns to use.")] = 80,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show one bill: key facts, meters, lines, sums, and the month and the year before."""
    from meterbook.analysis.bills.comparing import beside
    from meterbook.analysis.bills.history import services_of, usage_of
    from meterbook.analysis.bills.standing import chain
    from meterbook.book.bill_months import bill_months

    with open_book() as book:
        owner, stored = chosen_bill(chosen_accounts(book, account), bill)
        told = stored.statement
        services = services_of(told)
        service = next((one for one in services if usage_of(told, one) is not None), services[0])
        against = beside(told, bill_months(book, owner, service=service))
    versions = chain(told, owner.statements)
    if json_:
        _print_json(owner, stored, against, versions)
        return
    from meterbook.cli.bills.bill_text import BillPage, Seen, page

    seen = tuple(
        Seen(
            source=f"{one.kind.value} {one.source}",
            first=one.first_seen,
            last=one.last_seen,
            paper=one.document is not None,
        )
        for one in stored.sources
    )
    for line in page(BillPage(statement=told, zone=owner.zone, beside=against, chain=versions, seen=seen), width):
        typer.echo(line)
    typer.echo("")
    typer.echo(f"Next: {_next(told)}")


def _next(told: Statement) -> str:
    who = ("--account", told.account)
    if told.document is not None:
        return command_line("bills", "pdf", told.number or told.bill_date.isoformat(), *who, "-o", "bill.pdf")
    return command_line("bills", "chart", *who)


def _print_json(
    owner: AccountBills, stored: StoredStatement, against: Beside | None, versions: tuple[Statement, ...]
) -> None:
    import json

    import msgspec

    from meterbook.cli.bills.month_json import month_json
    from meterbook.model.sums import discrepancies

    wrong = [
        {"rule": one.rule, "expected": str(one.expected), "printed": str(one.printed)}
        for one in discrepancies(stored.statement)
    ]
    answer = {
        "utility": owner.utility,
        "zone": owner.zone.key,
        "id": stored.id,
        "bill": msgspec.to_builtins(stored.statement),
        "this_month": month_json(against.this) if against is not None else None,
        "month_before": month_json(against.month_before)
        if against is not None and against.month_before is not None
        else None,
        "year_before": month_json(against.year_before)
        if against is not None and against.year_before is not None
        else None,
        "chain": [
            {
                "number": one.number,
                "source_id": one.source_id,
                "bill_date": one.bill_date.isoformat(),
                "cancelled": one.cancelled,
                "corrects": one.corrects,
            }
            for one in versions
        ],
        "sources": msgspec.to_builtins(stored.sources),
        "discrepancies": wrong,
    }
    typer.echo(json.dumps(_known(answer), indent=2, ensure_ascii=False))


def _known(value: Any) -> Any:
    """The same without what is not known: absent means unknown."""
    if isinstance(value, dict):
        return {name: _known(one) for name, one in value.items() if one is not None}
    return [_known(one) for one in value] if isinstance(value, list | tuple) else value
