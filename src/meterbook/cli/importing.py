"""``meterbook import``: take in files of readings."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterbook.cli import importing_bills, importing_reports, prompts
from meterbook.cli.context import command_line, open_book, word_of
from meterbook.cli.failures import print_error
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.book import Book
    from meterbook.book.bill_files import BillFile
    from meterbook.book.bill_reports import ReportImport
    from meterbook.book.importing import ImportReport
    from meterbook.formats.guess import Guess
    from meterbook.formats.mapping import Mapping
    from meterbook.model.errors import MeterbookError

LENGTHS = {"5min": 300, "15min": 900, "30min": 1800, "hour": 3600, "60min": 3600, "day": 86_400, "month": 2_629_746}
FINDINGS_SHOWN = 4


def import_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="SmartHub CSV, our own CSV, or any CSV; gzip too.")
    ],
    account: Annotated[str | None, typer.Option("--account", help="Whose it is: any identifier.")] = None,
    location: Annotated[str | None, typer.Option("--location", help="Service location.")] = None,
    meter: Annotated[str | None, typer.Option("--meter", help="Meter.")] = None,
    utility: Annotated[str | None, typer.Option("--utility", metavar="SLUG", help="Utility.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="IANA zone of the file's clock.")] = None,
    time: Annotated[str | None, typer.Option("--time", metavar="COLUMN", help="Column of the time.")] = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="COLUMN", help="Column of values; may be given again."),
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="kWh, Wh, W, kW, MW, gal, CCF, …")] = None,
    interval: Annotated[
        str | None,
        typer.Option("--interval", metavar="LENGTH", help="Seconds, or 15min, 30min, hour, day, month."),
    ] = None,
    flow: Annotated[str | None, typer.Option("--flow", help="delivered, received or net.")] = None,
    factor: Annotated[
        str | None,
        typer.Option("--factor", metavar="NUMBER", help="Multiplies each value, exactly."),
    ] = None,
    names_end: Annotated[bool, typer.Option("--names-end", help="Times are those of an interval's end.")] = False,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile", metavar="NAME", help="Use the mapping kept under this name; with columns named, keep it."
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="FIELD=HEADING", help="Billing report: what a column is; may be given again."),
    ] = None,
    dates: Annotated[
        str | None, typer.Option("--dates", help="Billing report: month-first or day-first, where dates leave it open.")
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", help="Billing report: electric, gas, water …, where no column tells it.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take what was guessed as confirmed.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take in files of readings, whole or not at all, or billing reports; the same file again changes nothing."""
    from meterbook.book.bill_files import bill_importer, is_pdf
    from meterbook.book.importing import Place
    from meterbook.model import errors as failures
    from meterbook.model.errors import ExitCode

    told = _Told(
        time=time, values=value or [], unit=unit, zone=zone, interval=interval, flow=flow, factor=factor,
        names_end=names_end, yes=yes,
    )  # fmt: skip
    of_bills = importing_reports.ToldOfBills(
        columns=tuple(column or ()), dates=dates, service=service, unit=unit, yes=yes
    )
    place = Place(utility=utility, account=account, location=location, meter=meter, zone=zone)
    reports: list[ImportReport] = []
    bills: list[ReportImport] = []
    errors: list[tuple[Path, MeterbookError]] = []
    papers: list[BillFile] = []
    with open_book() as book, bill_importer(book) as take_bill:
        for path in files:
            try:
                if is_pdf(path):
                    papers.append(take_bill(path, place))
                    if not json_:
                        importing_bills.print_bill(papers[-1])
                    continue
                found = importing_reports.report_mapping(book, path, of_bills, profile, readings=told.of_readings)
                if found is not None:
                    bills.append(importing_reports.take_report(book, path, found[0], place, found[1]))
                    if not json_:
                        importing_reports.print_report(bills[-1])
                    continue
                mapping = _mapping(book, path, told, profile)
                report = book.import_file(path, mapping, place=place)
            except failures.MeterbookError as error:
                if len(files) == 1:
                    raise
                errors.append((path, error))
                continue
            reports.append(report)
            if not json_:
                _print(report)
    for path, failure in errors:
        hint = f"{failure.hint.rstrip('.')}. " if failure.hint else ""
        print_error(f"{path.name}: {failure}.", f"Nothing of it was stored. {hint}({failure.code})")
    if json_:
        _print_json(reports, bills, papers)
    elif reports and reports[0].account:
        typer.echo(f"Next: {command_line('usage', '--account', reports[0].account[0], '--by', 'month')}")
    if errors:
        raise typer.Exit(ExitCode.PARTIAL if reports or bills or papers else ExitCode.INPUT)
    refused = any(one.refused for one in bills) or any(not one.accepted for one in papers)
    raise typer.Exit(ExitCode.PARTIAL if refused else ExitCode.DONE)


class _Told:
    """What the user said of the columns."""

    def __init__(self, **said: Any) -> None:
        self.said = said

    @property
    def of_readings(self) -> bool:
        """Whether columns of readings were named; a unit alone may be a report's."""
        return any(self.said[name] for name in ("time", "values", "interval", "flow", "factor", "names_end"))

    @property
    def anything(self) -> bool:
        return any(self.said[name] for name in ("time", "values", "unit", "interval", "flow", "factor", "names_end"))


def _mapping(book: Book, path: Path, told: _Told, profile: str | None) -> Mapping | None:
    """The mapping for a file; None where its form is known."""
    from meterbook.book import importing

    if profile is not None and not told.anything:
        return importing.profile(book, profile)
    if not told.anything and importing.recognized(importing.read_content(path)) is not None:
        return None
    guessed = importing.guess_mapping(path)
    mapping = _completed(guessed, told)
    if not told.said["yes"]:
        _confirm(path, guessed, mapping, told)
    if profile is not None:
        importing.save_profile(book, profile, mapping)
    return mapping


def _completed(guessed: Guess, told: _Told) -> Mapping:
    from meterbook.book.importing import mapping_from

    said = told.said
    return mapping_from(
        guessed,
        time=said["time"],
        values=said["values"],
        unit=said["unit"],
        zone=said["zone"],
        interval_s=_seconds(said["interval"]),
        flow=_flow(said["flow"]),
        factor=_factor(said["factor"]),
        columns={"names_end": True} if said["names_end"] else None,
    )


def _confirm(path: Path, guessed: Guess, mapping: Mapping, told: _Told) -> None:
    """Say what was guessed, and have it confirmed; zone, unit and interval never pass in silence."""
    from meterbook.model.errors import UsageError

    said = told.said
    units = ", ".join(sorted({column.unit for column in mapping.values}))
    lines = [
        ("time", mapping.time, said["time"]),
        ("value", ", ".join(column.name for column in mapping.values), said["values"]),
        ("unit", units, said["unit"]),
        ("zone", mapping.zone or "", said["zone"] or guessed.zone),
        ("interval", f"{mapping.interval_s} s", said["interval"]),
        ("flow", ", ".join(sorted({column.flow.value for column in mapping.values})), said["flow"]),
    ]
    if all(given for name, _, given in lines if name != "flow"):
        return
    typer.echo(f"{path.name}:", err=True)
    for name, text, given in lines:
        typer.echo(f"  {name:<10}{text:<40}{'' if given else 'guessed'}", err=True)
    if not sys.stdin.isatty():
        open_ones = [f"--{name}" for name, _, given in lines if not given and name != "flow"]
        raise UsageError(
            f"what was guessed of {path.name} was not confirmed",
            expected=f"{', '.join(open_ones)} given, or --yes",
            hint="Nothing was stored.",
        )
    prompts.confirm("Is that right?", abort=True)


def _seconds(text: str | None) -> int | None:
    from meterbook.model.errors import UsageError

    if text is None:
        return None
    if text.isdigit() and 0 < int(text) <= LENGTHS["month"]:
        return int(text)
    try:
        return LENGTHS[text.lower()]
    except KeyError:
        raise UsageError(
            f"{text!r} is not an interval length",
            where="--interval",
            expected=f"seconds, or one of {', '.join(LENGTHS)}",
        ) from None


def _flow(text: str | None) -> Any:
    from meterbook.model.channel import FlowDirection

    return word_of(FlowDirection, text, "--flow") if text is not None else None


def _factor(text: str | None) -> Any:
    from decimal import Decimal, InvalidOperation

    from meterbook.model.errors import UsageError

    if text is None:
        return None
    try:
        factor = Decimal(text)
    except InvalidOperation:
        factor = Decimal(0)
    if not factor.is_finite() or factor == 0:
        raise UsageError(f"{text!r} is no factor", where="--factor", expected="a decimal such as 4 or 0.001")
    return factor


def _print(report: ImportReport) -> None:
    from meterbook.model.calendar import zone

    typer.echo(f"{report.file}  {report.format}, account {', '.join(report.account)}, {report.zone}")
    skipped = f", {report.skipped:,} without a reading" if report.skipped else ""
    typer.echo(
        f"  {counted(report.rows, 'record')}: {report.new:,} new, {report.revised:,} revised, "
        f"{report.unchanged:,} unchanged{skipped}"
    )
    if report.first is not None and report.last is not None:
        first, last = (datetime.fromtimestamp(edge, zone(report.zone)) for edge in (report.first, report.last))
        typer.echo(f"  {first:%Y-%m-%d %H:%M} → {last:%Y-%m-%d %H:%M}")
    for finding in report.findings[:FINDINGS_SHOWN]:
        typer.echo(f"  {finding.name}: {finding.message}")
    if len(report.findings) > FINDINGS_SHOWN:
        typer.echo(f"  … {len(report.findings) - FINDINGS_SHOWN} more: {command_line('status', '--findings')}")


def _print_json(reports: list[ImportReport], bills: list[ReportImport], papers: list[BillFile]) -> None:
    import json

    typer.echo(
        json.dumps(
            [
                {
                    "file": one.file,
                    "format": one.format,
                    "accounts": list(one.account),
                    "zone": one.zone,
                    "records": one.rows,
                    "skipped": one.skipped,
                    "new": one.new,
                    "revised": one.revised,
                    "unchanged": one.unchanged,
                    "findings": [
                        {"name": f.name, "message": f.message, "start": f.start, "end": f.end, "data": dict(f.data)}
                        for f in one.findings
                    ],
                }
                for one in reports
            ]
            + [importing_bills.as_json(one) for one in papers]
            + [importing_reports.as_json(one) for one in bills],
            indent=2,
        )
    )
