"""``meterbook rates fit``: prices that no one publishes, worked out of bills."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.context import book_folder, open_book

if TYPE_CHECKING:
    from decimal import Decimal


def fit(
    schedule: Annotated[
        str, typer.Argument(metavar="UTILITY/CODE", help="A schedule; a utility alone for all schedules of its bills.")
    ],
    account: Annotated[
        list[str] | None,
        typer.Option("--account", help="Only bills of this account, taken to be under the schedule; may be repeated."),
    ] = None,
    bills: Annotated[
        list[Path] | None,
        typer.Option("--bills", metavar="FILE.json", help="A file of bills instead of the book's; may be repeated."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Look for published numbers too.")] = False,
    step: Annotated[
        list[str] | None,
        typer.Option("--step", metavar="UNIT=STEP", help="Digits of prices: kWh=0.000001. May be repeated."),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put numbers of which one value is left into your own file of the schedule.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find every value at published precision that gives all bills to the cent.

    A number is told as known only if one value is left; else its range is shown, and which bill would decide. Exits
    with 1 where bills contradict each other.
    """
    from meterbook.book.fitting import fit_rates
    from meterbook.cli.rates.fit_text import plain, print_fit
    from meterbook.model.errors import ExitCode

    precision = _steps(step or [])
    with open_book() as book:
        done = fit_rates(
            book if not bills or account else None,
            schedule,
            accounts=account or (),
            files=bills or (),
            folder=book_folder(),
            every=every,
            precision=precision,
            write=write,
        )
    if json_:
        typer.echo(json.dumps(plain(done), indent=2, ensure_ascii=False))
    else:
        print_fit(done, write=write)
    raise typer.Exit(ExitCode.PARTIAL if done.outcome.spoiled else ExitCode.DONE)


def _steps(words: list[str]) -> dict[str, Decimal]:
    from decimal import Decimal, InvalidOperation

    from meterbook.model.errors import UsageError
    from meterbook.tariffs.fit.places import PRECISION

    found = {}
    for word in words:
        unit, _, text = word.partition("=")
        try:
            size = Decimal(text)
        except InvalidOperation:
            size = Decimal(0)
        if unit not in PRECISION or not size.is_finite() or size <= 0:
            raise UsageError(
                f"{word!r} is no step of prices",
                where="--step",
                expected=f"a unit ({', '.join(PRECISION)}) and dollars, such as kWh=0.000001",
            )
        found[unit] = size
    return found
