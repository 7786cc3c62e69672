"""``meterbook validate``: look for trouble in the readings; nothing in them is changed."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterbook.cli.context import command_line, open_book, word_of
from meterbook.cli.status import step
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.analysis.vee import Found
    from meterbook.book.validating import AccountFindings
    from meterbook.model.channel import Channel

WIDTH = 80
SHOWN = 12  # findings of one name and channel before the rest is counted


def validate(
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="First local day, month or instant that is judged.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="Local day, month or instant at which to end; not included."),
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option("--rule", metavar="RULE", help="This rule alone, such as spike; may be given several times."),
    ] = None,
    all_findings: Annotated[bool, typer.Option("--all", help="List every finding, however many are alike.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look for spikes, gaps, wrong multipliers, shifted clocks and the like.

    Readings are not changed. What is found is kept in the book, and closed once it no longer holds; the command exits
    with 1 if anything was found.
    """
    from meterbook.analysis.vee import ALL_RULES, Rule
    from meterbook.book.validating import validate as run_rules
    from meterbook.model.errors import ExitCode

    rules = frozenset(word_of(Rule, one.removeprefix("vee."), "--rule") for one in rule) if rule else ALL_RULES
    with open_book() as book:
        done = run_rules(book, account=account, since=since, until=until, rules=rules)
    if json_:
        _print_json(done)
    else:
        for one in done:
            _print_account(one, everything=all_findings)
        _print_end(done)
    raise typer.Exit(ExitCode.PARTIAL if any(one.found for one in done) else ExitCode.DONE)


def heading(left: str, right: str) -> str:
    """A line with a word at either end of 80 columns."""
    return f"{left:<{WIDTH - len(right) - 1}} {right}"


def channel_words(channel: Channel) -> str:
    """A channel as a person tells it from the others of its account."""
    words = f"{channel.meter or channel.service_location} · {channel.flow.value} {channel.unit.value}"
    return f"{words} · {step(channel.interval_s)}"


def _print_account(one: AccountFindings, *, everything: bool) -> None:
    if not one.found:
        return
    typer.echo(heading(one.account, one.zone.key))
    channel = None
    shown: dict[str, int] = {}
    for found in one.found:
        if found.channel != channel:
            _print_rest(shown)
            channel, shown = found.channel, {}
            typer.echo(f"  {channel_words(channel)}")
        name = found.finding.name
        shown[name] = shown.get(name, 0) + 1
        if everything or shown[name] <= SHOWN:
            _print_finding(found, one)
    if not everything:
        _print_rest(shown)


def _print_finding(found: Found, one: AccountFindings) -> None:
    finding = found.finding
    start = f"{datetime.fromtimestamp(finding.start, one.zone):%Y-%m-%d %H:%M}" if finding.start is not None else ""
    typer.echo(f"    {start:<18}{finding.name}")
    indent = " " * 6
    typer.echo(textwrap.fill(finding.message, WIDTH, initial_indent=indent, subsequent_indent=indent))


def _print_rest(shown: dict[str, int]) -> None:
    for name, count in shown.items():
        if count > SHOWN:
            typer.echo(f"    and {count - SHOWN:,} more {name}")


def _print_end(done: Sequence[AccountFindings]) -> None:
    findings = sum(len(one.found) for one in done)
    readings = sum(one.validated.readings for one in done)
    new, closed = (sum(getattr(one.validated, name) for one in done) for name in ("new", "closed"))
    looked = f"{counted(len(done), 'account')}, {counted(readings, 'reading')}"
    if not findings:
        typer.echo(f"Nothing wrong was found in {looked}." + (f" Closed: {counted(closed, 'finding')}." * bool(closed)))
        return
    typer.echo(f"{looked}: {counted(findings, 'finding')}, {new:,} new, {closed:,} closed.")
    missing = [one for one in done if any(found.finding.name == "vee.missing" for found in one.found)]
    if missing:
        account = missing[0].account
        typer.echo(f"Next: {command_line('estimate', '--account', account)}")
    else:
        typer.echo("What each name means, and what to do: docs/validation.md")


def instant(value: int | None) -> str | None:
    """UTC epoch seconds as JSON has them."""
    return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value is not None else None


def channel_json(channel: Channel) -> dict[str, Any]:
    """What tells a channel from the others of its account."""
    return {
        "service_location": channel.service_location,
        "meter": channel.meter,
        "register": channel.register,
        "category": channel.category.value,
        "flow": channel.flow.value,
        "unit": channel.unit.value,
        "interval_s": channel.interval_s,
    }


def _print_json(done: Sequence[AccountFindings]) -> None:
    import json

    def row(found: Found) -> dict[str, Any]:
        finding = found.finding
        return channel_json(found.channel) | {
            "name": finding.name,
            "message": finding.message,
            "start": instant(finding.start),
            "end": instant(finding.end),
            "data": dict(finding.data),
        }

    accounts = [
        {
            "utility": one.utility,
            "account": one.account,
            "zone": one.zone.key,
            "readings": one.validated.readings,
            "new": one.validated.new,
            "closed": one.validated.closed,
            "findings": [row(found) for found in one.found],
        }
        for one in done
    ]
    typer.echo(json.dumps({"accounts": accounts}, indent=2))
