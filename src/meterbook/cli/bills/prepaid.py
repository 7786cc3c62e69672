"""``meterbook bills prepaid``: the days of an account that is paid ahead, which gets no bills."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.context import command_line, open_book
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from meterbook.model.statement import PrepaidDay

SHOWN_DAYS = 14


def prepaid(
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=4000, help="How many of the last days.")] = SHOWN_DAYS,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, all days.")] = False,
) -> None:
    """Show what prepaid accounts used, were charged, paid in and had left, day by day and by month."""
    found: dict[str, list[PrepaidDay]] = {}
    with open_book() as book:
        for one in book.prepaid_ledger(accounts=[account] if account is not None else []):
            found.setdefault(one.account, []).append(one.day)
    if json_:
        _print_json(found)
        return
    if not found:
        typer.echo("No account with a ledger of days that are paid ahead.")
        typer.echo(f"Next: {command_line('status')}")
        return
    for number, (owner, ledger) in enumerate(found.items()):
        if number:
            typer.echo("")
        for line in _lines(owner, sorted(ledger, key=lambda one: one.day), days):
            typer.echo(line)
    typer.echo(f"Next: {command_line('usage', '--account', next(iter(found)), '--by', 'day')}")


def _lines(owner: str, ledger: Sequence[PrepaidDay], days: int) -> Iterator[str]:
    from meterbook.cli.bills.cells import shown
    from meterbook.cli.bills.figures import exact, money, rounded
    from meterbook.cli.dates import written

    last = ledger[-1]
    left = f", {money(last.balance)} left on {written(last.day)}" if last.balance is not None else ""
    yield f"account {shown(owner)} · paid ahead{left}"
    yield f"  {'':<13}{'kWh':>10}{'charge':>11}{'paid in':>11}{'left':>11}"
    for one in ledger[-days:]:
        paid = money(one.payment) if one.payment else ""
        yield (
            f"  {written(one.day):<13}{exact(one.usage):>10}{money(one.charge):>11}{paid:>11}{money(one.balance):>11}"
        ).rstrip()
    months: dict[tuple[int, int], list[PrepaidDay]] = {}
    for one in ledger:
        months.setdefault((one.day.year, one.day.month), []).append(one)
    for (year, month), some in list(months.items())[-SHOWN_DAYS:]:
        charged = sum((one.charge or Decimal(0) for one in some), start=Decimal(0))
        used = sum((one.usage or Decimal(0) for one in some), start=Decimal(0))
        yield (
            f"  {year}-{month:02d}  {counted(len(some), 'day')}, {exact(used)} kWh, ${money(charged)}, "
            f"${rounded(charged / len(some), 2)} a day"
        )


def _print_json(found: dict[str, list[PrepaidDay]]) -> None:
    import json

    import msgspec

    told = [
        {
            "account": owner,
            "days": [
                {name: value for name, value in msgspec.to_builtins(one).items() if value is not None} for one in ledger
            ],
        }
        for owner, ledger in found.items()
    ]
    typer.echo(json.dumps(told, indent=2))
