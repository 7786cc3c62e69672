"""``meterbook practice``: the practice co-op's portal, its members, and what their meters really measured."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterbook.model.errors import MeterbookError, UsageError

if TYPE_CHECKING:
    from meterbook.practice.server import Listening
    from meterbook.practice.settings import Settings

app = typer.Typer(help="An invented co-op on this machine: try everything without a real log-in.", no_args_is_help=True)

Seed = Annotated[int, typer.Option(help="Chooses people, meters, weather and loads.")]
Members = Annotated[int, typer.Option(help="How many members there are; the stories come first.")]
Today = Annotated[str, typer.Option(metavar="DATE", help="The portal's date. [default: today]")]
Anchor = Annotated[str, typer.Option(metavar="DATE", help="Date that the stories' events are counted back from.")]
Zone = Annotated[str, typer.Option(help="The co-op's IANA time zone.")]
UsageOption = Annotated[
    Path | None, typer.Option(metavar="FILE.csv[.gz]", help="A real load file, served as the first member's meter.")
]
UsageColumn = Annotated[str, typer.Option(help="Its value column, when there are more than two.")]
UsageTime = Annotated[str, typer.Option(help="Its time column, when it is not the first.")]
UsageUnit = Annotated[str, typer.Option(help="kWh, Wh, MWh; or W, kW, MW of average power.")]
UsageZone = Annotated[str, typer.Option(help="Zone of its times, where they have no offset.")]
UsageScale = Annotated[str, typer.Option(help="Multiply its values by this exact decimal.")]
Json = Annotated[bool, typer.Option("--json", help="For machines.")]
StepOption = Annotated[str, typer.Option(metavar="MINUTES", help="Meters' interval: 5, 15, 30, 60 or none.")]
Late = Annotated[int, typer.Option(help="Hours of the newest readings that are not posted yet.")]


@app.command()
def serve(
    *,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 for a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Only 127.0.0.1: the practice co-op has no defences.")] = "127.0.0.1",
    seed: Seed = 1,
    members: Members = 200,
    today: Today = "",
    anchor: Anchor = "",
    zone: Zone = "America/New_York",
    dst_fall: Annotated[
        str,
        typer.Option(
            metavar="a|b|c|d", help="Autumn night: a hour after hour, b merged, c second lost, d interleaved."
        ),
    ] = "a",
    dst_spring: Annotated[
        str, typer.Option(metavar="a|b|c", help="Spring night: a skipped, b phantom zeros, c phantom energy.")
    ] = "a",
    bill_history: Annotated[int, typer.Option(metavar="MONTHS", help="Months of bills and monthly usage.")] = 13,
    usage: UsageOption = None,
    usage_column: UsageColumn = "",
    usage_time_column: UsageTime = "",
    usage_unit: UsageUnit = "",
    usage_zone: UsageZone = "",
    usage_scale: UsageScale = "1",
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:RATE][@PLACE]",
            help="Something that goes wrong: slow, 429, 500, 502, 503, html, token-expiry, pending, truncated, "
            "drop, revision. May be repeated.",
        ),
    ] = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="Listen by https too, with a certificate of a test authority.")
    ] = False,
    step: StepOption = "15",
    old_step: Annotated[str, typer.Option(metavar="MINUTES", help="Interval of the meter before the exchange.")] = "",
    export_flow: Annotated[
        str,
        typer.Option(
            metavar="return|reverse|net|forward",
            help="How export is named: RETURN positive, REVERSE negative, NET only, negative FORWARD.",
        ),
    ] = "return",
    single_flow: Annotated[
        str, typer.Option(metavar="FORWARD|TOTAL|none", help="How a meter's only channel is named.")
    ] = "FORWARD",
    refusal: Annotated[str, typer.Option("--wrong-password", metavar="A|B", help="A: 200 with FAILURE, B: 401.")] = "A",
    query_login: Annotated[
        str, typer.Option(metavar="accept|refuse", help="Credentials sent in the query string.")
    ] = "accept",
    service_codes: Annotated[
        str, typer.Option(metavar="ELEC|1ELEC|VELEC|GELEC|combined", help="What electric service is called.")
    ] = "ELEC",
    sparse_profile: Annotated[
        bool, typer.Option("--sparse-profile", help="Leave out optional keys of the profile.")
    ] = False,
    token_life: Annotated[int, typer.Option(metavar="SECONDS", help="Life of a log-in's token.")] = 299,
    require_username_header: Annotated[bool, typer.Option("--require-username-header", help="401 without it.")] = False,
    refuse_used_codes: Annotated[bool, typer.Option("--refuse-used-codes", help="A one-time code works once.")] = False,
    pending: Annotated[int, typer.Option(help="PENDING answers before each COMPLETE one.")] = 1,
    gaps: Annotated[
        str, typer.Option(metavar="absent|null|zero-day", help="What stands where there is no reading.")
    ] = "absent",
    late_hours: Late = 0,
    cost: Annotated[str, typer.Option(metavar="on|absent|shorter", help="COST beside usage.")] = "on",
    float_noise: Annotated[bool, typer.Option("--float-noise", help="57.029999999999994 for 57.03.")] = False,
    tou_first: Annotated[bool, typer.Option("--tou-first", help="TIME_OF_USE before USAGE.")] = False,
    outside_points: Annotated[
        bool, typer.Option("--outside-points", help="Points just outside the window; the one at its end is partial.")
    ] = False,
    stray_point: Annotated[bool, typer.Option("--stray-point", help="A zero at hh:44 on a meter's first day.")] = False,
    as_json: Json = False,
) -> None:
    """Serve the practice portal until interrupted."""
    try:
        if host != "127.0.0.1":
            raise UsageError(f"the practice co-op does not listen on {host}", expected="127.0.0.1")
        settings = _settings(
            common=(seed, members, today, anchor, zone, step, late_hours),
            usage=(usage, usage_column, usage_time_column, usage_unit, usage_zone, usage_scale),
            words={
                "fall": dst_fall, "spring": dst_spring, "export_flow": export_flow, "single_flow": single_flow,
                "refusal": refusal, "query_login": query_login, "service_codes": service_codes,
                "gaps": gaps, "cost": cost, "old_step": old_step,
            },
            bill_history=bill_history, faults=tuple(fault or ()), token_life_s=token_life, pending=pending,
            sparse_profile=sparse_profile, require_username_header=require_username_header,
            refuse_used_codes=refuse_used_codes, float_noise=float_noise, tou_first=tou_first,
            outside_points=outside_points, stray_point=stray_point,
        )  # fmt: skip
        _run(settings, port, tls=tls, as_json=as_json)
    except MeterbookError as error:
        raise _failed(error) from None


@app.command()
def members(
    *,
    seed: Seed = 1,
    members: Members = 200,
    today: Today = "",
    all_members: Annotated[bool, typer.Option("--all", help="Also those without a story.")] = False,
    as_json: Json = False,
) -> None:
    """List the log-ins, each with its story."""
    from meterbook.practice.roster import roster

    try:
        settings = _settings(common=(seed, members, today, "", "America/New_York", "15", 0))
        found = roster(settings, everyone=all_members)
    except MeterbookError as error:
        raise _failed(error) from None
    if as_json:
        _print_json(found)
        return
    for row in found:
        typer.echo(f"{row['email']}   {row['password']!r}")
        typer.echo(f"  {row['story']}")
        if row["totp_secret"]:
            typer.echo(f"  one-time code secret  {row['totp_secret']}")
        numbers = [account["account"] for account in row["accounts"]]
        shown = ", ".join(numbers[:3]) + (f" … {numbers[-1]}" if len(numbers) > 3 else "")
        typer.echo(f"  {'account' if len(numbers) == 1 else 'accounts'} {shown}")
    typer.echo("Next: meterbook practice serve")


@app.command()
def truth(
    *,
    account: Annotated[str, typer.Option(help="Account number.")],
    seed: Seed = 1,
    members: Members = 200,
    today: Today = "",
    anchor: Anchor = "",
    zone: Zone = "America/New_York",
    usage: UsageOption = None,
    usage_column: UsageColumn = "",
    usage_time_column: UsageTime = "",
    usage_unit: UsageUnit = "",
    usage_zone: UsageZone = "",
    usage_scale: UsageScale = "1",
    step: StepOption = "15",
    old_step: Annotated[str, typer.Option(metavar="MINUTES", help="Interval of the meter before the exchange.")] = "",
    late_hours: Late = 0,
    since: Annotated[str, typer.Option(metavar="DATE", help="First local day.")] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="Local day after the last.")] = "",
    posted: Annotated[bool, typer.Option("--posted", help="What the portal has of it as of today.")] = False,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A table with a line of names (the default).")] = False,
) -> None:
    """Print what an account's meters really measured, in UTC."""
    from meterbook.practice import truth as truths

    try:
        if as_json and as_csv:
            raise UsageError("--json and --csv at once", expected="one of them")
        settings = _settings(
            common=(seed, members, today, anchor, zone, step, late_hours),
            usage=(usage, usage_column, usage_time_column, usage_unit, usage_zone, usage_scale),
            words={"old_step": old_step},
        )
        window = _date(since, "--since"), _date(until, "--until")
        rows = truths.rows(settings, account, since=window[0], until=window[1], posted=posted)
        first = next(rows, None)  # here, so that a wrong account is told before anything is printed
    except MeterbookError as error:
        raise _failed(error) from None
    found = rows if first is None else chain((first,), rows)
    write = sys.stdout.write
    if as_json:
        texts = (json.dumps(dict(zip(truths.COLUMNS, row, strict=True))) for row in found)
        write("[" + next(texts, ""))
        for text in texts:
            write(",\n" + text)
        write("]\n")
        return
    write(",".join(truths.COLUMNS) + "\n")
    for row in found:
        write(",".join(row) + "\n")


@app.command()
def tariff(*, today: Today = "", zone: Zone = "America/New_York") -> None:
    """Print the co-op's tariff sheet: schedules, riders, rules, enough to recompute every bill to the cent."""
    from meterbook.practice.billing.sheet import sheet
    from meterbook.practice.settings import default_today

    try:
        day = _date(today, "--today") or default_today(zone, None)
    except MeterbookError as error:
        raise _failed(error) from None
    sys.stdout.write(sheet(day))


@app.command()
def bills(
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the PDFs and the X.truth.json beside each.")],
    seed: Seed = 1,
    members: Members = 20,
    months: Annotated[int, typer.Option(help="Billing periods of each account, the newest.")] = 13,
    account: Annotated[str, typer.Option(help="Only this account.")] = "",
    today: Today = "",
    anchor: Anchor = "",
    zone: Zone = "America/New_York",
) -> None:
    """Write the co-op's bills as PDFs, with what the biller knows of each beside it."""
    from meterbook.practice.billing.truth import samples

    try:
        settings = _settings(common=(seed, members, today, anchor, zone, "15", 0))
        out.mkdir(parents=True, exist_ok=True)
        count = 0
        for sample in samples(settings, months=months, account=account or None):
            (out / f"{sample.name}.pdf").write_bytes(sample.document(settings))
            (out / f"{sample.name}.truth.json").write_text(json.dumps(sample.truth(), indent=1) + "\n")
            count += 1
    except MeterbookError as error:
        raise _failed(error) from None
    except OSError as error:
        raise _failed(UsageError(f"{out} can't be written to", hint=error.strerror or "")) from None
    typer.echo(f"{count:,} {'bill' if count == 1 else 'bills'} in {out}")


def _run(settings: Settings, port: int, *, tls: bool, as_json: bool) -> None:
    from meterbook.practice.server import run

    for note in settings.usage.notes if settings.usage else ():
        typer.echo(f"Note: {settings.usage.name if settings.usage else ''}, {note}.", err=True)

    def ready(listening: Listening) -> None:
        if as_json:
            _print_json(listening.as_dict())
            return
        typer.echo(f"Practice portal at {listening.url}   {listening.zone}, as of {settings.today.isoformat()}")
        if listening.tls_url:
            typer.echo(f"  by https at {listening.tls_url}; trust {listening.ca}")
        typer.echo("  log-ins: meterbook practice members" + (f" --seed {settings.seed}" if settings.seed != 1 else ""))
        typer.echo("Stop with Ctrl-C.")
        sys.stdout.flush()

    run(settings, port=port, tls=tls, ready=ready)


def _settings(
    *,
    common: tuple[int, int, str, str, str, str, int],
    usage: tuple[Path | None, str, str, str, str, str] = (None, "", "", "", "", "1"),
    words: dict[str, str] | None = None,
    faults: tuple[str, ...] = (),
    **plain: Any,
) -> Settings:
    from meterbook.practice import faults as fault_rules
    from meterbook.practice import settings as kinds

    seed, members, today, anchor, zone, step, late_hours = common
    types = {
        "fall": kinds.FallNight, "spring": kinds.SpringNight, "export_flow": kinds.ExportFlow,
        "single_flow": kinds.SingleFlow, "refusal": kinds.Refusal, "query_login": kinds.QueryLogin,
        "service_codes": kinds.ServiceCodes, "gaps": kinds.GapStyle, "cost": kinds.CostStyle, "old_step": kinds.Step,
    }  # fmt: skip
    chosen = {name: _word(types[name], text, name) for name, text in (words or {}).items() if text}
    file = _usage(usage, zone)
    return kinds.Settings(
        seed=seed,
        members=members,
        today=_date(today, "--today") or kinds.default_today(zone, file),
        anchor=_date(anchor, "--anchor"),
        zone=zone,
        step=_word(kinds.Step, step, "step"),
        late_hours=late_hours,
        usage=file,
        faults=tuple(fault_rules.parse(text) for text in faults),
        **chosen,
        **plain,
    )


def _usage(given: tuple[Path | None, str, str, str, str, str], assumed_zone: str) -> Any:
    path, column, time_column, unit, zone, scale = given
    if path is None:
        return None
    from meterbook.practice import usage_file

    try:
        factor = Decimal(scale)
    except InvalidOperation:
        raise UsageError(f"--usage-scale {scale!r} is not a number", expected="an exact decimal such as 4") from None
    return usage_file.read(
        path,
        column=column or None,
        time_column=time_column or None,
        unit=unit or None,
        zone=zone or None,
        scale=factor,
        assumed_zone=assumed_zone,
    )


def _word(kind: Any, text: str, name: str) -> Any:
    for member in kind:
        if member.value.lower() == text.lower():
            return member
    option = name.replace("_", "-")
    raise UsageError(f"{text!r} is not a choice of {option}", expected=" or ".join(member.value for member in kind))


def _date(text: str, option: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar date has no zone
    except ValueError:
        raise UsageError(f"{option} {text!r} is not a date", expected="such as 2026-11-25") from None


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _failed(error: MeterbookError) -> typer.Exit:
    typer.echo(f"Error: {error}.", err=True)
    if error.hint:
        typer.echo(f"  {error.hint}", err=True)
    return typer.Exit(error.exit_code)
