"""``meterbook bills read``: what PDFs of bills say, without a book; nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from meterbook.formats.bills import BillReading
    from meterbook.formats.bills.apart import BillReader

MAX_BYTES = 40_000_000


def read(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="PDFs of bills, of any utility.")],
    json_: Annotated[
        bool, typer.Option("--json", help="Print JSON: an object, or an array for several files.")
    ] = False,
    generic: Annotated[bool, typer.Option("--generic", help="Read without bill templates.")] = False,
) -> None:
    """Read bills from PDFs and say how sure each value is. Nothing is stored; no book is needed.

    A bill is accepted only if it adds up. Exits with 0 if every file is accepted, 3 if none is, 1 if some are.
    """
    from meterbook.cli.bills.reading_text import reading_lines
    from meterbook.formats.bills.apart import BillReader
    from meterbook.model.errors import ExitCode
    from meterbook.utilities.bill_templates import templates

    told: list[dict[str, Any]] = []
    accepted = 0
    with BillReader(templates=() if generic else templates()) as reader:
        for number, file in enumerate(files):
            found = _read(reader, file)
            accepted += found.accepted
            if json_:
                told.append(({"file": str(file)} if len(files) > 1 else {}) | found.as_json())
                continue
            if number:
                typer.echo()
            for line in reading_lines(str(file), found):
                typer.echo(line)
    if json_:
        _print_json(told)
    if accepted < len(files):
        raise typer.Exit(ExitCode.PARTIAL if accepted else ExitCode.INPUT)


def _read(reader: BillReader, file: Path) -> BillReading:
    """A file's reading; what cannot be read at all is a reading that says why."""
    from meterbook.formats.bills import BillReading
    from meterbook.model.errors import InputError

    try:
        return reader.read(_content(file), name=file.name)
    except InputError as error:
        why = error.what if error.expected is None else f"{error.what}; expected {error.expected}"
        return BillReading(accepted=False, reasons=(why if error.hint is None else f"{why}. {error.hint}",))


def _content(file: Path) -> bytes:
    from meterbook.model.errors import MalformedRecord, NotFound

    try:
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise MalformedRecord(f"the file has {size:,} bytes", expected=f"a bill of at most {MAX_BYTES:,} bytes")
        return file.read_bytes()
    except OSError as error:
        raise NotFound(f"the file cannot be read: {(error.strerror or 'unknown').lower()}") from error


def _print_json(told: Sequence[dict[str, Any]]) -> None:
    typer.echo(json.dumps(told[0] if len(told) == 1 else told, indent=2, ensure_ascii=False))
