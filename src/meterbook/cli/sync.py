"""``meterbook sync``: bring everything up to date."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterbook.cli.context import command_line, is_terminal, open_book

if TYPE_CHECKING:
    from meterbook.sync.report import AccountReport, ConnectionReport, SyncReport


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
        typer.Option("--since", metavar="DATE", help="Ask back to this day, whatever the search for the oldest finds."),
    ] = None,
    settle: Annotated[int, typer.Option("--settle", metavar="DAYS", help="Days asked for again, for revisions.")] = 7,
    closed: Annotated[bool, typer.Option("--closed", help="Closed accounts too.")] = False,
    in_flight: Annotated[
        int | None,
        typer.Option(
            "--in-flight", metavar="N", min=1, help="Ask for fewer windows at once than the catalogue allows."
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing while it runs.")] = False,
) -> None:
    """Bring everything up to date. Cut off at any point, it goes on where it was."""
    from meterbook.cli.progress import Bars, Lines  # noqa: PLC0415 - heavy
    from meterbook.sync.pull import Settings  # noqa: PLC0415
    from meterbook.sync.report import Silent  # noqa: PLC0415

    settings = Settings(settle_days=settle, since=_day(since), in_flight=in_flight)
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
    from meterbook.model.errors import ExitCode  # noqa: PLC0415 - keep the module light

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
    for connection in report.connections:
        if connection.accounts:
            _print_table(connection)
        _print_troubles(connection)
    seconds = report.duration_s
    asked = sum(dict(one.requests).get("calls", 0) for one in report.connections)
    typer.echo(f"  {seconds:,.1f} s, {asked:,} requests")
    first = next((acc.account for one in report.connections for acc in one.accounts if acc.last is not None), None)
    if first is not None:
        typer.echo(f"Next: {command_line('usage', '--account', first, '--by', 'month')}")


def _print_table(connection: ConnectionReport) -> None:
    typer.echo("")
    typer.echo(f"  {'account':<12}{'channels':>9}{'new':>11}{'revised':>9}{'missing':>9}  coverage")
    for one in connection.accounts:
        typer.echo(
            f"  {one.account:<12}{one.channels:>9}{one.new:>11,}{one.revised:>9,}{one.missing:>9,}  {_coverage(one)}"
        )
    for one in connection.accounts:
        if one.longest_gap is not None and one.longest_gap[1] - one.longest_gap[0] > 86_400:
            start, end = (_moment(edge, one.zone) for edge in one.longest_gap)
            typer.echo(f"  A gap longer than a day: {one.account}, {start} → {end}.")
    if connection.closed:
        typer.echo(f"  Closed and left out (--closed brings them): {', '.join(connection.closed)}.")
    if connection.findings:
        noun = "finding" if connection.findings == 1 else "findings"
        typer.echo(f"  {connection.findings} new {noun}: {command_line('status', '--findings')}")


def _print_troubles(connection: ConnectionReport) -> None:
    shown = set()
    for one in connection.accounts:
        for trouble in one.troubles:
            text = f"{one.account}, {trouble.subject}: {trouble.error}"
            if text not in shown:
                shown.add(text)
                typer.echo(f"  Not brought: {text} ({trouble.error.code})", err=True)
    if connection.error is not None:
        hint = f" {connection.error.hint}" if connection.error.hint else ""
        typer.echo(f"Error: {connection.portal}: {connection.error}.", err=True)
        typer.echo(f"  What was stored is kept.{hint} ({connection.error.code})", err=True)


def _coverage(one: AccountReport) -> str:
    if one.first is None or one.last is None:
        return "nothing yet"
    tz = _zone(one.zone)
    first = datetime.fromtimestamp(one.first, tz)
    last = datetime.fromtimestamp(one.last, tz)
    if (one.interval_s or 0) >= 86_400:
        return f"{first:%Y-%m-%d} → {last:%Y-%m-%d}"
    return f"{first:%Y-%m-%d} → {last:%m-%d %H:%M}"


def _moment(instant: int, zone: str) -> str:
    return datetime.fromtimestamp(instant, _zone(zone)).strftime("%-d %b %Y %H:%M")


def _zone(name: str) -> Any:
    from meterbook.model.calendar import zone  # noqa: PLC0415 - brings in numpy

    return zone(name)


def _day(text: str | None) -> Any:
    if text is None:
        return None
    from datetime import date  # noqa: PLC0415

    from meterbook.model.errors import UsageError  # noqa: PLC0415

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a day", where="--since", expected="2024-01-31") from None


def _print_json(report: SyncReport) -> None:
    import json  # noqa: PLC0415

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
        "troubles": [{"subject": trouble.subject, **trouble.error.to_problem()} for trouble in one.troubles],
    }
