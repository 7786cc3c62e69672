"""``meterbook status``: how fresh, how complete, and where the holes are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterbook.cli.context import command_line, open_book
from meterbook.cli.status_bills import bill_lines, bills_json
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.book.status import BookStatus, ChannelStatus
    from meterbook.store.records import StoredFinding

DAY_S = 86_400


def status(
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Cost, weather, daily, monthly and time-of-use channels too; bills of every account."
        ),
    ] = False,
    findings: Annotated[bool, typer.Option("--findings", help="List every finding that still stands.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what the book holds: readings channel by channel, bills account by account, and what is missing."""
    with open_book() as book:
        found = book.status()
    if json_:
        _print_json(found)
        return
    typer.echo(f"{found.folder}")
    last = f"last sync {found.last_sync.astimezone():%-d %b %Y %H:%M}" if found.last_sync else "never synced"
    accounts = len({(one.channel.utility, one.channel.account) for one in found.channels}) or found.counts.accounts
    typer.echo(f"  {counted(len(found.connections), 'connection')}, {counted(accounts, 'account')}; {last}")
    shown = [one for one in found.channels if everything or _main(found, one)]
    _print_channels(shown)
    hidden = len(found.channels) - len(shown)
    if hidden:
        typer.echo(f"  {counted(hidden, 'more channel')} of cost, weather and sums: {command_line('status', '--all')}")
    for line in bill_lines(found.bills, every=everything):
        typer.echo(line)
    _print_findings(found.findings, everything=findings)
    for number in found.unfinished:
        typer.echo(f"  The last sync of connection {number} was cut off; the next one goes on where it was.")
    typer.echo(f"Next: {_next(found)}")


def _main(found: BookStatus, one: ChannelStatus) -> bool:
    """Interval readings of meters, and the coarsest readings of those that have no finer ones."""
    from meterbook.model.channel import Quantity

    if one.channel.quantity is not Quantity.USAGE or one.channel.tou_period is not None:
        return False
    return not any(
        other.channel.meter == one.channel.meter
        and other.channel.account == one.channel.account
        and other.channel.quantity is Quantity.USAGE
        and other.channel.flow is one.channel.flow
        and other.channel.tou_period is None
        and other.channel.service_location == one.channel.service_location
        and other.channel.interval_s < one.channel.interval_s
        and one.channel.interval_s >= DAY_S
        for other in found.channels
    )


def _print_channels(channels: list[ChannelStatus]) -> None:
    if not channels:
        typer.echo("  No readings yet.")
        return
    typer.echo("")
    typer.echo(f"  {'account':<12}{'meter':<12}{'flow':<10}{'unit':<5}{'step':<6}{'missing':>8}  coverage")
    for one in channels:
        channel = one.channel
        typer.echo(
            f"  {channel.account:<12}{channel.meter:<12}{_flow(one):<10}{channel.unit.value:<5}"
            f"{step(channel.interval_s):<6}{one.missing:>8,}  {_coverage(one)}"
        )
        if one.longest is not None and one.longest[1] - one.longest[0] > DAY_S:
            start, end = (datetime.fromtimestamp(edge, one.zone) for edge in one.longest)
            typer.echo(f"  {'':<12}longest gap {start:%-d %b %Y %H:%M} → {end:%-d %b %Y %H:%M}, {one.gaps} in all")


def _flow(one: ChannelStatus) -> str:
    if one.channel.tou_period:
        return one.channel.tou_period[:9]
    return {"temperature-low": "low", "temperature-high": "high"}.get(one.channel.quantity, one.channel.flow.value)


def step(interval_s: int) -> str:
    """An interval length in a word.

    >>> step(900), step(3600), step(86400), step(2629746)
    ('15min', 'hour', 'day', 'month')
    """
    words = {3600: "hour", 86_400: "day", 2_629_746: "month"}
    return words.get(interval_s) or (f"{interval_s // 60}min" if interval_s % 60 == 0 else f"{interval_s}s")


def _coverage(one: ChannelStatus) -> str:
    first, end = (datetime.fromtimestamp(edge, one.zone) for edge in (one.first, one.end))
    return f"{first:%Y-%m-%d} → {end:%Y-%m-%d}"


def _print_findings(findings: tuple[StoredFinding, ...], *, everything: bool) -> None:
    if not findings:
        return
    if not everything:
        kinds: dict[str, int] = {}
        for one in findings:
            kinds[one.finding.name] = kinds.get(one.finding.name, 0) + 1
        text = ", ".join(f"{count} {name}" for name, count in sorted(kinds.items()))
        typer.echo(f"  Findings: {text}")
        typer.echo(f"  Each with its span: {command_line('status', '--findings')}")
        return
    for one in findings:
        start = f"{datetime.fromtimestamp(one.finding.start, UTC):%Y-%m-%d %H:%MZ}" if one.finding.start else ""
        typer.echo(f"  {one.account or '':<12}{start:<18}{one.finding.name}")
        typer.echo(f"    {one.finding.message}")


def _next(found: BookStatus) -> str:
    if not found.connections and not found.channels and not found.bills.accounts:
        return command_line("connect", "UTILITY", "--user", "YOU@EXAMPLE.COM")
    if found.unfinished or not (found.channels or found.bills.accounts):
        return command_line("sync")
    if not found.channels:
        return command_line("bills", "list")
    return command_line("usage", "--account", found.channels[0].channel.account, "--by", "month")


def _print_json(found: BookStatus) -> None:
    import json

    def instant(value: int | None) -> str | None:
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value is not None else None

    def channel(one: ChannelStatus) -> dict[str, Any]:
        return {
            "account": one.channel.account,
            "service_location": one.channel.service_location,
            "meter": one.channel.meter,
            "quantity": one.channel.quantity.value,
            "flow": one.channel.flow.value,
            "unit": one.channel.unit.value,
            "interval_s": one.channel.interval_s,
            "tou_period": one.channel.tou_period,
            "zone": one.zone.key,
            "count": one.count,
            "first": instant(one.first),
            "end": instant(one.end),
            "missing": one.missing,
            "gaps": one.gaps,
            "longest_gap": [instant(edge) for edge in one.longest] if one.longest else None,
        }

    typer.echo(
        json.dumps(
            {
                "book": found.folder,
                "last_sync": found.last_sync.isoformat() if found.last_sync else None,
                "unfinished": list(found.unfinished),
                "connections": [
                    {"id": one.id, "utility": one.utility, "host": one.host, "user": one.user}
                    for one in found.connections
                ],
                "channels": [channel(one) for one in found.channels],
                "bills": bills_json(found.bills),
                "findings": [
                    {
                        "name": one.finding.name,
                        "message": one.finding.message,
                        "account": one.account,
                        "start": instant(one.finding.start),
                        "end": instant(one.finding.end),
                        "data": dict(one.finding.data),
                    }
                    for one in found.findings
                ],
            },
            indent=2,
        )
    )
