"""``meterbook rates compare``: what an account's use would have cost on each schedule it may be on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli.context import open_book

if TYPE_CHECKING:
    from meterbook.tariffs.inputs import Account


def compare(
    account: Annotated[str, typer.Option("--account", help="Account, by any of its identifiers.")],
    location: Annotated[
        str | None, typer.Option("--location", help="Service location, where the account has several.")
    ] = None,
    years: Annotated[
        str | None, typer.Option("--years", metavar="YEAR,…", help="Calendar years; all with readings without it.")
    ] = None,
    schedules: Annotated[
        str | None,
        typer.Option("--schedules", metavar="NAME,…", help="These only: UTILITY/CODE, a code, or a tariff file."),
    ] = None,
    own: Annotated[
        str | None, typer.Option("--own", metavar="NAME", help="The schedule it is on, where the book does not tell.")
    ] = None,
    class_: Annotated[
        str | None, typer.Option("--class", help="Class of customer; that of its own schedule without it.")
    ] = None,
    contract_kw: Annotated[str | None, typer.Option("--contract-kw", metavar="KW", help="Contract demand.")] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", metavar="NAME", help="An optional charge the account has.")
    ] = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar="WHAT",
            help="water-heater, ev=KWH@HOURS, thermostat=°F, battery=KWH/KW, solar=KW@…; again for several together.",
        ),
    ] = None,
    months: Annotated[bool, typer.Option("--months", help="Month by month, and time-of-use savings.")] = False,
    hours: Annotated[
        bool, typer.Option("--hours", help="What a kWh more costs by hour and weekday, and the highest demands.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare the schedules that an account may be on, on its own readings.

    Where a number is assumed, amounts are ranges over the alternatives that the schedule's file states, and what would
    settle them is named.
    """
    from meterbook.book.comparing_rates import Wanted, compare_rates, known_of, with_shift
    from meterbook.cli.rates.compare_json import plain
    from meterbook.cli.rates.compare_text import print_comparison
    from meterbook.tariffs.whatif import Known, composed, shift_of

    for text in what_if or []:
        shift_of(text, Known(place=(0.0, 0.0)))  # what can't be read is said before anything is worked out
    wanted = Wanted(
        account=account,
        location=location,
        years=_years(years),
        schedules=tuple(part.strip() for part in (schedules or "").split(",") if part.strip()),
        own=own,
        kind=class_,
        base=_asked(contract_kw, option or []),
        sends_back=any(text.strip().casefold().startswith("solar") for text in what_if or []),
    )
    with open_book() as book:
        found = compare_rates(book, wanted)
        changed = None
        if what_if:
            known = known_of(book, found)
            changed = with_shift(found, composed([shift_of(text, known) for text in what_if]))
    if json_:
        typer.echo(json.dumps(plain(found, changed, what_if or [], hours=hours), indent=2, ensure_ascii=False))
    else:
        print_comparison(found, changed, what_if or [], months=months, hours=hours)


def _years(text: str | None) -> tuple[int, ...]:
    from meterbook.model.errors import UsageError

    try:
        return tuple(int(part) for part in text.split(",")) if text else ()
    except ValueError:
        raise UsageError(f"{text!r} names no years", where="--years", expected="years such as 2024,2025") from None


def _asked(contract_kw: str | None, options: list[str]) -> Account:
    from decimal import Decimal, InvalidOperation

    from meterbook.model.errors import UsageError
    from meterbook.tariffs.inputs import Account as Asked

    try:
        contract = None if contract_kw is None else Decimal(contract_kw)
    except InvalidOperation:
        raise UsageError(f"{contract_kw!r} is no number", where="--contract-kw", expected="kW, such as 75") from None
    return Asked(contract_kw=contract, options=frozenset(options))
