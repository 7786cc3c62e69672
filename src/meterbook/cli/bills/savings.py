"""``meterbook bills savings``: what a time-of-use rate saved or lost, by month and by year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterbook.cli.context import command_line, open_book
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from meterbook.book import Book
    from meterbook.model.tou_ledger import TouMonth

PERIODS = 3
SHOWN = 13
"""Names of periods, and months, that a terminal has room for."""


def savings(
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    months: Annotated[int, typer.Option("--months", min=1, max=600, help="How many of the last months.")] = SHOWN,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, all months.")] = False,
) -> None:
    """Show what time of use saved or lost against the standard rate, as the supplier works it out."""
    with open_book() as book:
        ledgers = _ledgers(book, account)
    if json_:
        _print_json(ledgers)
        return
    if not ledgers:
        typer.echo("No portal or bill tells what a time-of-use rate saved.")
        typer.echo(f"Next: {command_line('bills', 'compare')}")
        return
    for number, ledger in enumerate(ledgers.values()):
        if number:
            typer.echo("")
        for line in _lines(ledger, months):
            typer.echo(line)
    typer.echo(f"Next: {command_line('usage', '--account', next(iter(ledgers)), '--by', 'month')}")


def _ledgers(book: Book, account: str | None) -> dict[str, tuple[TouMonth, ...]]:
    """The ledger of each account that has one: the portal's, else what its bills say."""
    from meterbook.analysis.bills.tou_savings import told_by_lines
    from meterbook.book.bill_months import account_bills

    wanted = [account] if account is not None else []
    found: dict[str, tuple[TouMonth, ...]] = {}
    for one in book.tou_ledger(accounts=wanted):
        found[one.month.account] = (*found.get(one.month.account, ()), one.month)
    for owner in account_bills(book, book.bills(accounts=wanted)):
        told = told_by_lines(owner.statements)
        if told and owner.account not in found:
            found[owner.account] = told
    return {number: tuple(sorted(rows, key=lambda row: row.month)) for number, rows in sorted(found.items())}


def _lines(ledger: Sequence[TouMonth], months: int) -> Iterator[str]:
    from meterbook.analysis.bills.tou_savings import tou_years
    from meterbook.cli.bills.cells import ends, left, right, shown
    from meterbook.cli.bills.figures import money, rounded
    from meterbook.cli.chart import tinted

    last = ledger[-1]
    rate, standard = shown(last.tou_rate or "time of use"), shown(last.standard_rate or "standard rate")
    periods = list(dict.fromkeys(name for one in ledger for name in one.usage))[:PERIODS]
    title = f"{rate} beside {standard}" + (", kWh by period" if periods else "")
    yield from ends(f"account {shown(last.account)}", title, 80)
    names = "".join(right(left(shown(name), 12).rstrip(), 13) for name in periods)
    yield f"  {'':<8}{left(rate, 10).rstrip():>10}{left(standard, 9).rstrip():>10}{'saved':>9}{names}"
    for one in ledger[-months:]:
        used = "".join(f"{rounded(one.usage.get(name), 1):>13}" for name in periods)
        saved = f"{money(one.saved):>9}"
        yield (
            f"  {one.month:%Y-%m} {money(one.tou_cost):>10}{money(one.standard_cost):>10}"
            f"{tinted(saved, 'wrong') if one.saved < 0 else saved}{used}"
        ).rstrip()
    for year in tou_years(ledger):
        word = "saved" if year.saved >= 0 else "lost"
        yield f"  {year.year}    {counted(year.months, 'month')}, ${money(abs(year.saved))} {word}"


def _print_json(ledgers: dict[str, tuple[TouMonth, ...]]) -> None:
    import json

    from meterbook.analysis.bills.tou_savings import tou_years

    def month(one: TouMonth) -> dict[str, Any]:
        told = {
            "month": f"{one.month:%Y-%m}", "saved": one.saved, "tou_cost": one.tou_cost,
            "standard_cost": one.standard_cost, "source_id": one.source_id, "tou_rate": one.tou_rate,
            "standard_rate": one.standard_rate, "usage": {name: str(used) for name, used in one.usage.items()},
        }  # fmt: skip
        return {
            name: value if isinstance(value, dict) else str(value) for name, value in told.items() if value is not None
        }

    answer = [
        {
            "account": number,
            "months": [month(one) for one in rows],
            "years": [{"year": one.year, "months": one.months, "saved": str(one.saved)} for one in tou_years(rows)],
        }
        for number, rows in ledgers.items()
    ]
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
