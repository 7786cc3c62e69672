"""``meterbook sync``: bring everything up to date."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterbook.cli.context import command_line, is_terminal, open_book
from meterbook.cli.dates import day_of
from meterbook.cli.failures import print_error, sentence
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.sync.report import AccountReport, SyncReport, Trouble

DAY_S = 86_400


def sync(
    account: Annotated[
        list[str] | None,
        typer.Option("--account", help="These accounts only."),
    ] = None,
    connection: Annotated[
        list[int] | None,
        typer.Option("--connection", help="These connections only."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="DATE",
            help="Go back to this day for now, instead of as far as there is data.",
        ),
    ] = None,
    settle: Annotated[
        int, typer.Option("--settle", metavar="DAYS", min=0, help="Days asked for again, for revisions.")
    ] = 7,
    closed: Annotated[bool, typer.Option("--closed", help="Closed accounts too.")] = False,
    in_flight: Annotated[
        int | None,
        typer.Option(
            "--in-flight", metavar="N", min=1, help="Ask for fewer windows at once than the catalogue allows."
        ),
    ] = None,
    no_documents: Annotated[
        bool, typer.Option("--no-documents", help="Bring bills without their PDFs, which take a request each.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing while it runs.")] = False,
) -> None:
    """Bring everything up to date. Cut off at any point, it goes on where it was."""
    from meterbook.cli.progress import Bars, Lines
    from meterbook.sync.report import Silent
    from meterbook.sync.settings import Settings

    settings = Settings(
        settle_days=settle, since=day_of(since, "--since"), in_flight=in_flight, documents=not no_documents
    )
    with open_book() as book:
        if json_:
            report = book.sync(
                progress=Silent(),
                settings=settings,
                connection_ids=connection or None,
                accounts=account or (),
                include_closed=closed,
            )
        else:
            with Bars() if is_terminal() else Lines() as progress:
                report = book.sync(
                    progress=progress,
                    settings=settings,
                    connection_ids=connection or None,
                    accounts=account or (),
                    include_closed=closed,
                )
    if json_:
        _print_json(report)
    else:
        print_report(report)
    raise typer.Exit(exit_code(report))


def exit_code(report: SyncReport) -> int:
    """0 when all was brought, 1 when a part was, the error's own code when nothing was."""
    from meterbook.model.errors import ExitCode

    if report.complete:
        return ExitCode.DONE
    if all(
        one.error is not None and not any(acc.new or acc.revised for acc in one.accounts) for one in report.connections
    ):
        error = report.connections[0].error
        assert error is not None
        return error.exit_code
    return ExitCode.PARTIAL


def print_report(report: SyncReport) -> None:
    """The closing table: a line an account, then gaps, troubles, and what to do next."""
    accounts = _once(report)
    if accounts:
        _print_table(accounts)
    for connection in report.connections:
        if connection.closed:
            typer.echo(f"  Closed and left out (--closed brings them): {', '.join(connection.closed)}.")
    bills, documents = sum(one.bills for one in accounts), sum(one.documents for one in accounts)
    if bills or documents:
        typer.echo(
            f"  {counted(bills, 'new bill')}, {counted(documents, 'new document')}: {command_line('bills', 'list')}"
        )
    found = sum(connection.findings for connection in report.connections)
    if found:
        typer.echo(f"  {counted(found, 'new finding')}: {command_line('status', '--findings')}")
    asked = sum(dict(one.requests).get("calls", 0) for one in report.connections)
    typer.echo(f"  {_duration(report.duration_s)}, {counted(asked, 'request')}")
    _print_troubles(report)
    first = next((account.account for account in accounts if account.last is not None), None)
    if first is not None:
        typer.echo(f"Next: {command_line('usage', '--account', first, '--by', 'month')}")


def _once(report: SyncReport) -> list[AccountReport]:
    """Each account once, though two log-ins may show it; what they brought is added up."""
    seen: dict[tuple[str, str], AccountReport] = {}
    for connection in report.connections:
        for one in connection.accounts:
            key = (connection.utility, one.account)
            before = seen.get(key)
            seen[key] = (
                one
                if before is None
                else replace(
                    one,
                    new=one.new + before.new,
                    revised=one.revised + before.revised,
                    bills=one.bills + before.bills,
                    documents=one.documents + before.documents,
                    troubles=(*before.troubles, *one.troubles),
                )
            )
    return list(seen.values())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} min" if minutes else f"{seconds:.1f} s"


def _print_table(accounts: list[AccountReport]) -> None:
    typer.echo("")
    typer.echo(f"  {'account':<12}{'channels':>9}{'new':>11}{'revised':>9}{'missing':>9}  coverage")
    for one in accounts:
        typer.echo(
            f"  {one.account:<12}{one.channels:>9}{one.new:>11,}{one.revised:>9,}{one.missing:>9,}  {_coverage(one)}"
        )
    for one in accounts:
        if one.longest_gap is not None and one.longest_gap[1] - one.longest_gap[0] > DAY_S:
            start, end = (_moment(edge, one.zone) for edge in one.longest_gap)
            typer.echo(f"  A gap longer than a day: {one.account}, {start} → {end}.")


def _print_troubles(report: SyncReport) -> None:
    """What failed and why; a reason that several log-ins or windows share is told once."""
    told: set[str] = set()
    for connection in report.connections:
        named = [
            (f"{one.account}, {trouble.subject}", trouble) for one in connection.accounts for trouble in one.troubles
        ]
        for subject, trouble in (*named, *((each.subject, each) for each in connection.troubles)):
            text = f"{subject}: {trouble.error}"
            if trouble.error is not connection.error and text not in told:
                told.add(text)
                typer.echo(f"  Not brought: {text} ({trouble.error.code})", err=True)
        error = connection.error
        if error is not None and str(error) not in told:
            told.add(str(error))
            hint = f" {error.hint.rstrip('.')}." if error.hint else ""
            print_error(sentence(str(error)), f"What was stored is kept.{hint} ({error.code})")


def _coverage(one: AccountReport) -> str:
    if one.first is None or one.last is None:
        return "nothing yet"
    tz = _zone(one.zone)
    first = datetime.fromtimestamp(one.first, tz)
    last = datetime.fromtimestamp(one.last, tz)
    if (one.interval_s or 0) >= DAY_S:
        return f"{first:%Y-%m-%d} → {last:%Y-%m-%d}"
    return f"{first:%Y-%m-%d} → {last:%m-%d %H:%M}"


def _moment(instant: int, zone: str) -> str:
    return datetime.fromtimestamp(instant, _zone(zone)).strftime("%-d %b %Y %H:%M")


def _zone(name: str) -> Any:
    from meterbook.model.calendar import zone

    return zone(name)


def _print_json(report: SyncReport) -> None:
    import json

    typer.echo(
        json.dumps(
            {
                "complete": report.complete,
                "duration_s": round(report.duration_s, 3),
                "connections": [
                    {
                        "connection": one.connection_id,
                        "utility": one.utility,
                        "requests": dict(one.requests),
                        "findings": one.findings,
                        "closed": list(one.closed),
                        "error": one.error.to_problem() if one.error is not None else None,
                        "troubles": [_trouble_json(trouble) for trouble in one.troubles],
                        "accounts": [_account_json(account) for account in one.accounts],
                    }
                    for one in report.connections
                ],
            },
            indent=2,
        )
    )


def _account_json(one: AccountReport) -> dict[str, Any]:
    def instant(value: int | None) -> str | None:
        return datetime.fromtimestamp(value, _zone("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ") if value is not None else None

    return {
        "account": one.account,
        "channels": one.channels,
        "new": one.new,
        "revised": one.revised,
        "missing": one.missing,
        "first": instant(one.first),
        "last": instant(one.last),
        "zone": one.zone,
        "troubles": [_trouble_json(trouble) for trouble in one.troubles],
    }


def _trouble_json(trouble: Trouble) -> dict[str, Any]:
    return {"subject": trouble.subject, **trouble.error.to_problem()}
