"""``meterbook estimate``: fill what is missing, marked as estimated, and take it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from meterbook.cli.context import command_line, open_book
from meterbook.cli.validate import channel_json, channel_words, heading, instant
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.analysis.estimation import Filled, Left
    from meterbook.book.estimating import ChannelEstimate
    from meterbook.store.records import StoredFinding


def estimate(
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="First local day, month or instant to fill.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="Local day, month or instant at which to end; not included."),
    ] = None,
    apply_: Annotated[
        bool, typer.Option("--apply", help="Store the estimates; without it they are only shown.")
    ] = False,
    no_totals: Annotated[
        bool, typer.Option("--no-totals", help="Do not let them add up to daily and monthly readings.")
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="List the estimates that stand in the book.")] = False,
    remove: Annotated[
        int | None, typer.Option("--remove", metavar="LOAD", help="Take back the estimates of a load; see --list.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Estimate missing readings; they are marked, and give way to real ones."""
    from meterbook.book import estimating
    from meterbook.model.errors import UsageError

    if (apply_, list_, remove is not None).count(True) > 1:
        raise UsageError("these do not go together", where="--apply, --list, --remove", expected="one of them")
    with open_book() as book:
        if remove is not None:
            removed = estimating.withdraw(book, remove)
            typer.echo(
                f"{counted(removed, 'estimate')} of load {remove} taken back; what they filled is missing again."
            )
            return
        if list_:
            _print_stored(estimating.stored_estimates(book, account=account), as_json=json_)
            return
        if apply_:
            applied = estimating.apply(book, account=account, since=since, until=until, totals=not no_totals)
            _show(applied.channels, as_json=json_, load=applied.load_id, stored=True)
            return
        made = estimating.estimates(book, account=account, since=since, until=until, totals=not no_totals)
    _show(made, as_json=json_, load=None, stored=False)
    if not json_ and any(one.estimate.filled for one in made):
        words = [item for name, item in (("--account", account), ("--since", since), ("--until", until)) if item
                 for item in (name, item)]  # fmt: skip
        words += ["--no-totals"] * no_totals
        typer.echo(f"Next: {command_line('estimate', *words, '--apply')}")


def _show(made: Sequence[ChannelEstimate], *, as_json: bool, load: int | None, stored: bool) -> None:
    if as_json:
        _print_json(made, load)
        return
    for one in made:
        _print_channel(one)
    readings, gaps = sum(len(one.estimate.series) for one in made), sum(len(one.estimate.filled) for one in made)
    if not readings:
        typer.echo("There is nothing to fill." if not made else "None of it can be filled.")
        if any("total" in left.reason for one in made for left in one.estimate.left):
            typer.echo("Like days may tell all the same: add --no-totals.")
    elif stored:
        typer.echo(f"Stored as load {load}: {counted(readings, 'estimate')} in {counted(gaps, 'gap')}.")
        typer.echo(f"To take them back: {command_line('estimate', '--remove', str(load))}")
    else:
        typer.echo(f"{counted(readings, 'estimate')} in {counted(gaps, 'gap')}; nothing was stored yet.")


def _print_channel(one: ChannelEstimate) -> None:
    typer.echo(heading(f"{one.channel.account} · {channel_words(one.channel)}", one.zone.key))
    typer.echo(f"  {'from':<18}{'to':<18}{'readings':>9}{one.channel.unit.value:>14}  by")
    parts: list[Filled | Left] = sorted([*one.estimate.filled, *one.estimate.left], key=lambda part: part.start)
    for part in parts:
        total = getattr(part, "total", None)
        amount = _amount(total, one.estimate.series.scale) if total is not None else ""
        how = part.method.value if total is not None else "left:"  # type: ignore[union-attr]
        typer.echo(
            f"  {_at(part.start, one.zone):<18}{_at(part.end, one.zone):<18}{part.intervals:>9,}{amount:>14}  {how}"
        )
        if total is None:
            typer.echo(f"    {part.reason}")  # type: ignore[union-attr]


def _print_stored(found: Sequence[StoredFinding], *, as_json: bool) -> None:
    rows = [
        {
            "load": one.load_id,
            "account": one.account,
            "channel": one.channel_id,
            "start": instant(one.finding.start),
            "end": instant(one.finding.end),
            **one.finding.data,
        }
        for one in found
    ]
    if as_json:
        import json

        typer.echo(json.dumps({"estimates": rows}, indent=2))
        return
    if not rows:
        typer.echo("No estimates stand in this book.")
        return
    typer.echo(f"  {'load':>6}  {'account':<14}{'from':<22}{'to':<22}{'readings':>9}")
    for row in rows:
        typer.echo(f"  {row['load']:>6}  {row['account']:<14}{row['start']:<22}{row['end']:<22}{row['intervals']:>9,}")
    typer.echo(f"To take some back: {command_line('estimate', '--remove', str(rows[-1]['load']))}")


def _at(at: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}"


def _amount(total: int, scale: int) -> str:
    from meterbook.model.digits import decimal_text

    return decimal_text(total, scale)


def _print_json(made: Sequence[ChannelEstimate], load: int | None) -> None:
    import json

    def channel(one: ChannelEstimate) -> dict[str, Any]:
        scale = one.estimate.series.scale
        filled = [
            {
                "start": instant(part.start),
                "end": instant(part.end),
                "intervals": part.intervals,
                "method": part.method.value,
                "total": _amount(part.total, scale),
            }
            for part in one.estimate.filled
        ]
        left = [
            {"start": instant(part.start), "end": instant(part.end), "intervals": part.intervals, "reason": part.reason}
            for part in one.estimate.left
        ]
        return {"account": one.channel.account} | channel_json(one.channel) | {"filled": filled, "left": left}

    typer.echo(json.dumps({"load": load, "channels": [channel(one) for one in made]}, indent=2))
