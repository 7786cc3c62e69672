"""``meterbook bills list``: the bills that the book holds, a line each."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.bills.choosing import chosen_accounts
from meterbook.cli.context import command_line, open_book
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.book.bill_months import AccountBills
    from meterbook.store.records import StoredStatement


def list_bills(
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    year: Annotated[int | None, typer.Option("--year", help="Only bills of this year.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List bills, oldest first: period, use, charges, what is due, and where each is from."""
    with open_book() as book:
        found = chosen_accounts(book, account)
    if json_:
        typer.echo(json.dumps([_plain(owner, one) for owner in found for one in _of(owner, year)], indent=2))
        return
    total = 0
    for owner in found:
        rows = _of(owner, year)
        if not rows:
            continue
        total += len(rows)
        typer.echo(f"{owner.account}  {owner.utility}")
        typer.echo(f"  {'bill':<11}{'period':<24}{'use':>14}{'charges':>11}{'due':>11}  from")
        for one in rows:
            typer.echo(_line(one))
    typer.echo(f"{counted(total, 'bill')}. Next: {command_line('bills', 'show', 'latest', *_named(found))}")


def _of(owner: AccountBills, year: int | None) -> list[StoredStatement]:
    return [one for one in owner.stored if year is None or one.statement.bill_date.year == year]


def _named(found: list[AccountBills]) -> tuple[str, ...]:
    return ("--account", found[0].account) if len(found) > 1 else ()


def _line(one: StoredStatement) -> str:
    told = one.statement
    period = f"{told.period_start or '?'} – {told.period_end or '?'}" if told.period_start or told.period_end else ""
    use = f"{told.usage:,f} {told.usage_unit or ''}".strip() if told.usage is not None else ""
    source = "cancelled" if told.cancelled else _sources(one)
    return (
        f"  {told.bill_date.isoformat():<11}{period:<24}{use[:14]:>14}{_money(told.current_charges):>11}"
        f"{_money(told.amount_due):>11}  {source}"
    ).rstrip()


def _sources(one: StoredStatement) -> str:
    """Where a bill is from, in a word: both where portal and paper tell of it."""
    kinds = {"portal" if source.kind.value == "portal" else "file" for source in one.sources}
    if one.statement.document:
        kinds = (kinds - {"file"}) | {"pdf"}
    return "+".join(sorted(kinds))


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:,.2f}"


def _plain(owner: AccountBills, one: StoredStatement) -> dict[str, object]:
    told = one.statement
    values: dict[str, object] = {
        "utility": owner.utility,
        "account": owner.account,
        "bill_date": told.bill_date.isoformat(),
        "number": told.number,
        "period_start": told.period_start and told.period_start.isoformat(),
        "period_end": told.period_end and told.period_end.isoformat(),
        "usage": None if told.usage is None else str(told.usage),
        "unit": told.usage_unit,
        "current_charges": None if told.current_charges is None else str(told.current_charges),
        "amount_due": None if told.amount_due is None else str(told.amount_due),
        "cancelled": told.cancelled,
        "document": told.document,
        "sources": [source.source for source in one.sources],
    }
    return {name: value for name, value in values.items() if value is not None}
