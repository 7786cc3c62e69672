"""``meterbook bills learn``: a bill's text with places, and what each rule of a template catches of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meterbook.formats.bills.text import DocumentText
    from meterbook.model.bill_template import Template

_ABOUT = "What each field means: docs/bill-templates.md. Name the file after the template to use it from your folder."


def learn(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bill as a PDF.")],
    template: Annotated[
        Optional[str],  # noqa: UP045 - Typer reads it at run time
        typer.Option("--template", "-t", metavar="TEMPLATE", help="A template's YAML file, or the name of one."),
    ] = None,
    page: Annotated[Optional[int], typer.Option("--page", "-p", min=1, help="Only this page.")] = None,  # noqa: UP045
    write: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--write", "-w", metavar="YAML", help="Write a template to start from, as the generic reader sees it."
        ),
    ] = None,
) -> None:
    """Show a bill's text with places and what each rule of a template catches; write a template to start from."""
    from meterbook.formats.bills.text import read_text
    from meterbook.utilities import bill_templates

    document = read_text(_bytes(file), file.name)
    if write is not None:
        _write(document, file, write)
        return
    known = [bill_templates.template(template)] if template else list(bill_templates.templates())
    _show(document, known, page, named=template is not None)


def _show(document: DocumentText, known: Sequence[Template], page: int | None, *, named: bool) -> None:
    from meterbook.cli.bills.learn_text import leftover_lines, page_lines, verdict_lines
    from meterbook.formats.bills.template import apply, fitting, missing_words
    from meterbook.formats.bills.template_leftovers import leftovers

    width = max(_width(), 40)
    fits = known[0] if named else fitting(known, document)
    readings = apply(fits, document) if fits is not None else ()
    catches = [catch for reading in readings for catch in reading.catches]
    for index in _pages(document, page):
        for line in page_lines(document, index, catches, width):
            typer.echo(line)
        typer.echo()
    lacks = [(one.name, words) for one in known if (words := missing_words(one, document))]
    nearest = sorted(lacks, key=lambda found: len(found[1]))[:3]
    for reading in readings or (None,):
        for line in verdict_lines(reading, nearest, width):
            typer.echo(line)
    if named and nearest:
        typer.echo(f"  By its match words it would not be chosen: {', '.join(nearest[0][1])} not on the bill.")
    for line in leftover_lines((one for one in leftovers(document, catches) if page in (None, one.page + 1)), width):
        typer.echo(line)
    if fits is None:
        typer.echo("Write one to start from: meterbook bills learn FILE.pdf --write mine.yaml")


def _write(document: DocumentText, file: Path, target: Path) -> None:
    import msgspec
    import yaml

    from meterbook.formats.bills.template_starter import starter
    from meterbook.model.errors import UsageError
    from meterbook.utilities.template_loader import parse

    if target.exists():
        raise UsageError("the file is already there", where=str(target), expected="the name of a new file")
    name = "-".join(re.findall(r"[a-z0-9]+", target.stem.casefold())) or "mine"
    made = starter(document, name=name)
    text = yaml.safe_dump(msgspec.to_builtins(made), sort_keys=False, allow_unicode=True, width=110)
    parse(text.encode(), str(target))
    target.write_text(f"# {_ABOUT}\n{text}", encoding="utf-8")
    typer.echo(f"{target}: {len(made.fields)} fields, {'a' if made.lines else 'no'} table of charges")
    typer.echo(f"See what it catches: meterbook bills learn {file} --template {target}")


def _pages(document: DocumentText, page: int | None) -> list[int]:
    from meterbook.model.errors import UsageError

    if page is None:
        return list(range(len(document.pages)))
    if page > len(document.pages):
        raise UsageError(f"there is no page {page}", where="--page", expected=f"1 to {len(document.pages)}")
    return [page - 1]


def _bytes(file: Path) -> bytes:
    from meterbook.model.errors import NotFound

    try:
        return file.read_bytes()
    except OSError as err:
        raise NotFound(f"the file can't be read: {err.strerror}", where=str(file), expected="a PDF") from err


def _width() -> int:
    import shutil

    return shutil.get_terminal_size((80, 24)).columns
