"""``meterbook import`` of bulk billing reports: which columns are what, said once and kept as a profile."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from meterbook.cli import prompts
from meterbook.cli.context import command_line, word_of
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.book import Book
    from meterbook.book.bill_reports import ReportImport
    from meterbook.book.importing import Place
    from meterbook.formats.bill_reports import BillMapping

FINDINGS_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOfBills:
    """What the user said of a report's columns.

    Attributes:
        columns: ``FIELD=HEADING``.
        dates: order of slashed dates.
        service: service of all rows.
        unit: unit of usage.
        yes: take what was guessed.
    """

    columns: tuple[str, ...] = ()
    dates: str | None = None
    service: str | None = None
    unit: str | None = None
    yes: bool = False


def report_mapping(
    book: Book, path: Path, told: ToldOfBills, profile: str | None, *, readings: bool
) -> tuple[BillMapping, str | None] | None:
    """The mapping for a billing report, with the name of its profile; None if the file is to be taken as readings.

    Args:
        book: the book.
        path: the file.
        told: what the user said.
        profile: name of a profile, kept, shipped, or to be kept.
        readings: the user named columns of readings.

    Raises:
        UsageError: a field, a service or a word is not known.
        NotFound: no such file or profile.
    """
    from meterbook.book import bill_reports as reports
    from meterbook.book.importing import read_content, recognized
    from meterbook.formats.bill_reports import is_workbook, looks_like_bills
    from meterbook.formats.bill_reports import recognized as recognized_report

    known = reports.kept_profile(book, profile) if profile is not None else None
    if told.columns:
        mapping = _adjusted(_named(known, told.columns), told)
        if profile is not None:
            reports.keep_profile(book, profile, mapping)
        return mapping, profile
    if known is not None:
        return _adjusted(known, told), profile
    content = read_content(path)
    kept = profile is not None and profile in book.records.import_profiles()
    if readings or kept or recognized(content):
        return None
    found = recognized_report(content, path.name)
    if found is not None and profile is None:
        return _adjusted(found[1], told), found[0]
    if not is_workbook(content) and not looks_like_bills(content, path.name):
        return None
    return _guessed(book, path, content, told, profile)


def _guessed(
    book: Book, path: Path, content: bytes, told: ToldOfBills, profile: str | None
) -> tuple[BillMapping, str | None]:
    from meterbook.book import bill_reports as reports
    from meterbook.formats.bill_reports import guess_mapping

    mapping = _adjusted(guess_mapping(content, path.name), told)
    if not told.yes:
        _confirm(path, mapping)
    if profile is not None:
        reports.keep_profile(book, profile, mapping)
    return mapping, profile


def take_report(book: Book, path: Path, mapping: BillMapping, place: Place, profile: str | None) -> ReportImport:
    """Take in one report."""
    from meterbook.book.bill_reports import import_report

    return import_report(book, path, mapping, place=place, profile=profile)


def print_report(report: ReportImport) -> None:
    """What a report brought, for a person."""
    sheets = f" ({', '.join(report.sheets)})" if report.sheets else ""
    some = ", ".join(report.accounts[:3]) + (" …" if len(report.accounts) > 3 else "")
    accounts = f"{counted(len(report.accounts), 'account')} {some}".rstrip()
    typer.echo(f"{report.file}{sheets}  {report.profile or 'billing report'}, {accounts}")
    typer.echo(
        f"  {counted(report.rows, 'row')}: {report.new:,} new bills, {report.changed:,} changed, "
        f"{report.unchanged:,} unchanged, {report.repeated:,} repeated, {report.refused:,} refused"
    )
    if report.joined:
        typer.echo(f"  {counted(report.joined, 'bill')} known from another source too")
    if report.first is not None and report.last is not None:
        typer.echo(f"  {report.first:%Y-%m-%d} → {report.last:%Y-%m-%d}")
    for finding in report.findings[:FINDINGS_SHOWN]:
        typer.echo(f"  {finding.name}: {finding.message}")
    if len(report.findings) > FINDINGS_SHOWN:
        typer.echo(f"  … {len(report.findings) - FINDINGS_SHOWN:,} more: {command_line('status', '--findings')}")


def as_json(report: ReportImport) -> dict[str, Any]:
    """What a report brought, for machines."""
    return {
        "file": report.file,
        "format": "billing-report",
        "profile": report.profile,
        "sheets": list(report.sheets),
        "accounts": list(report.accounts),
        "rows": report.rows,
        "refused": report.refused,
        "repeated": report.repeated,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "first": report.first.isoformat() if report.first else None,
        "last": report.last.isoformat() if report.last else None,
        "findings": [{"name": one.name, "message": one.message, "data": dict(one.data)} for one in report.findings],
    }


def _named(known: BillMapping | None, columns: tuple[str, ...]) -> BillMapping:
    """A mapping with the columns that the user named, beside those of the profile if there was one."""
    from meterbook.formats.bill_reports import BillMapping, ChargeColumn, Field
    from meterbook.model.bill_kinds import LineKind
    from meterbook.model.errors import UsageError

    fields = dict(known.columns) if known is not None else {}
    charges = {one.heading: one for one in known.charges} if known is not None else {}
    optional = set(known.optional) if known is not None else set()
    for told in columns:
        name, equals, heading = told.partition("=")
        if not equals or not heading.strip():
            raise UsageError(
                f"{told!r} names no column", where="--column", expected="FIELD=HEADING, such as cost='Total $'"
            )
        if name.strip().startswith("charge:"):
            kind = word_of(LineKind, name.strip().removeprefix("charge:"), "--column charge:KIND")
            charges[heading.strip()] = ChargeColumn(heading=heading.strip(), kind=kind)
            continue
        field = word_of(Field, name, "--column")
        fields[field] = (heading.strip(),)
        optional.discard(field)
    if known is not None:
        return replace(known, columns=fields, optional=frozenset(optional), charges=tuple(charges.values()))
    return BillMapping(columns=fields, charges=tuple(charges.values()))


def _adjusted(mapping: BillMapping, told: ToldOfBills) -> BillMapping:
    from meterbook.formats.bill_reports import DateOrder
    from meterbook.formats.bill_reports.units import bill_service, bill_unit
    from meterbook.model.errors import UnknownCode

    if told.service is not None:
        service = bill_service(told.service)
        if service is None:
            raise UnknownCode(
                f"service {told.service!r} is not known",
                where="--service",
                expected="electric, gas, water, sewer, steam …",
            )
        mapping = replace(mapping, service=service)
    if told.unit is not None:
        if bill_unit(told.unit) is None:
            raise UnknownCode(
                f"unit {told.unit!r} is not known", where="--unit", expected="kWh, MWh, kBtu, therm, CCF, gal …"
            )
        mapping = replace(mapping, unit=told.unit)
    return replace(mapping, dates=word_of(DateOrder, told.dates, "--dates")) if told.dates is not None else mapping


def _confirm(path: Path, mapping: BillMapping) -> None:
    """Show what was guessed, and have it confirmed."""
    from meterbook.model.errors import UsageError

    typer.echo(f"{path.name}:", err=True)
    for field, headings in mapping.columns.items():
        typer.echo(f"  {field.value:<18}{' or '.join(headings):<40}guessed", err=True)
    if not sys.stdin.isatty():
        raise UsageError(
            f"what was guessed of {path.name} was not confirmed",
            expected="--column FIELD=HEADING for each column, or --yes",
            hint="Nothing was stored.",
        )
    prompts.confirm("Is that right?", abort=True)
