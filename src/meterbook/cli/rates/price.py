"""``meterbook rates price``: any load file under any schedule, without a book."""

from __future__ import annotations

import json
import textwrap
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from meterbook.cli.context import book_folder
from meterbook.cli.rates.account import account_of
from meterbook.cli.rates.statement_text import print_statement
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.book.pricing import Priced

WIDTH = 80


def price(
    schedule: Annotated[
        str,
        typer.Argument(metavar="SCHEDULE", help="UTILITY/CODE, a tariff file, or a JSON record of OpenEI's database."),
    ],
    usage: Annotated[Path, typer.Option("--usage", metavar="FILE", help="Load file: any CSV of readings; gzip too.")],
    zone: Annotated[
        str | None, typer.Option("--zone", help="IANA zone of times without an offset, and of a JSON record.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="First local day, or month.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Local day, or month, at which to end; not included.")
    ] = None,
    periods: Annotated[
        str,
        typer.Option(
            "--periods", metavar="months|DATES", help="Whole months, or days or local times of reads with commas."
        ),
    ] = "months",
    column: Annotated[
        list[str] | None, typer.Option("--column", metavar="NAME", help="Column of the load; may be given again.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Unit of the load: kWh, Wh, MWh, W, kW or MW.")] = None,
    names_end: Annotated[bool, typer.Option("--names-end", help="Times are those of an interval's end.")] = False,
    class_: Annotated[
        str | None, typer.Option("--class", help="Class of customer, where charges differ by it.")
    ] = None,
    contract_kw: Annotated[str | None, typer.Option("--contract-kw", metavar="KW", help="Contract demand.")] = None,
    meters: Annotated[int, typer.Option("--meters", min=0, help="How many meters.")] = 1,
    lamp: Annotated[
        list[str] | None, typer.Option("--lamp", metavar="TYPE=COUNT", help="Lamps; may be given again.")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", metavar="NAME", help="An optional charge the account has.")
    ] = None,
    missing: Annotated[
        str | None,
        typer.Option(
            "--missing", metavar="refuse|estimate|zero", help="Where intervals are missing; else as the schedule says."
        ),
    ] = None,
    coincident: Annotated[
        str | None,
        typer.Option(
            "--coincident", metavar="TIMES", help="Local times of the supplier's peaks, with commas: 2025-01-14T07:00,…"
        ),
    ] = None,
    register: Annotated[
        list[str] | None,
        typer.Option(
            "--register",
            metavar="[NAME=]KWH,…",
            help="kWh of each period by its register; by name of a period, 'received' or 'kW'. Repeatable.",
        ),
    ] = None,
    service_from: Annotated[
        str | None, typer.Option("--service-from", metavar="DATE", help="Day on which service began.")
    ] = None,
    service_until: Annotated[
        str | None, typer.Option("--service-until", metavar="DATE", help="The day after its last.")
    ] = None,
    urdb: Annotated[
        list[str] | None,
        typer.Option(
            "--urdb", metavar="NAME=VALUE", help="How a JSON record is read: pooling=time, leave-out=reactive, …"
        ),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say where each line comes from.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Price readings month by month, or from read to read, line by line."""
    from meterbook.book.load_file import load_file
    from meterbook.book.pricing import Missing, price_load
    from meterbook.book.schedules import placed
    from meterbook.book.schedules import schedule as found
    from meterbook.model.errors import UsageError

    if missing not in (None, "refuse", "estimate", "zero"):
        raise UsageError(f"{missing!r} is not known", where="--missing", expected="refuse, estimate or zero")
    tariff = found(schedule, book=book_folder(), zone=zone, record_options=urdb or ())
    load = load_file(usage, zone=zone or tariff.zone, columns=tuple(column or ()), unit=unit, names_end=names_end)
    account = account_of(
        tariff, class_=class_, contract_kw=contract_kw, meters=meters, lamps=lamp or [], options=option or []
    )
    with placed(schedule, book=book_folder()):
        done = price_load(
            tariff,
            load,
            since=since,
            until=until,
            periods=periods,
            account=account,
            missing=cast("Missing | None", missing),
            registers=register or [],
            service=(service_from, service_until),
            peaks=[part.strip() for part in (coincident or "").split(",") if part.strip()],
        )
    if json_:
        typer.echo(json.dumps(plain(done, explain=explain), indent=2, ensure_ascii=False))
    else:
        _print(done, explain=explain)


def plain(done: Priced, *, explain: bool = False) -> dict[str, object]:
    """Statements as JSON values."""
    tariff = done.tariff
    total = sum((statement.total for statement in done.statements), start=Decimal(0))
    return {
        "schedule": f"{tariff.utility}/{tariff.code}",
        "name": tariff.name,
        "zone": tariff.zone,
        "total": str(total),
        "status": _status(done),
        "notes": list(done.notes),
        "statements": [statement.plain(explain=explain) for statement in done.statements],
    }


def _status(done: Priced) -> Literal["published", "derived", "fitted", "assumed"] | str:
    from meterbook.tariffs.bill import least_sure

    return least_sure(*(statement.status for statement in done.statements))


def _print(done: Priced, *, explain: bool) -> None:
    tariff = done.tariff
    typer.echo(f"{tariff.utility}/{tariff.code} · {tariff.name}")
    for note in done.notes:
        typer.echo(textwrap.fill(note, WIDTH, initial_indent="  note: ", subsequent_indent="    "), err=True)
    for statement in done.statements:
        print_statement(statement, explain=explain)
    total = sum((statement.total for statement in done.statements), start=Decimal(0))
    typer.echo(f"{counted(len(done.statements), 'bill'):<{WIDTH - 15}}{total:>15,.2f}")
    if _status(done) == "assumed":
        typer.echo("Rests on assumed numbers, marked ~; --explain tells what they rest on.")
