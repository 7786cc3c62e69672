"""``meterbook utilities`` and ``meterbook guide``: which utilities there are, and how each gives out its data."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from meterbook.utilities.entry import Utility
    from meterbook.utilities.render import Line


class GuideFormat(StrEnum):
    """How a guide is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def utilities(
    word: Annotated[
        Optional[str],  # noqa: UP045 - Typer reads it at run time
        typer.Argument(metavar="WORD", help="Part of a name, a state, a portal's name or its host."),
    ] = None,
    everything: Annotated[
        Optional[bool],  # noqa: UP045
        typer.Option("--all/--full", help="All known utilities, or only those with a full guide."),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the utilities that Meterbook knows, or find one."""
    from meterbook.utilities import catalogue

    found = catalogue.find(word or "")
    if everything is False or (everything is None and word is None and not json_):
        found = [entry for entry in found if entry.full]
    if word is not None and not found:
        _refuse(word)
    if json_:
        _print_json([_summary(entry) for entry in found])
        return
    from meterbook.utilities import render

    _print_lines([*render.listing(found), *_closing(found, word)])


def guide(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="The utility's slug, as meterbook utilities lists it.")],
    format_: Annotated[GuideFormat, typer.Option("--format", help="How to print it.")] = GuideFormat.TEXT,
) -> None:
    """Print how a utility gives out its data: each way with its steps, and what is proven."""
    from meterbook.utilities import catalogue, markdown, render

    entry = catalogue.utility(slug)
    if format_ is GuideFormat.JSON:
        _print_json({**entry.to_dict(), "zones_offered": entry.zones_offered})
    elif format_ is GuideFormat.MARKDOWN:
        typer.echo(markdown.page(entry), nl=False)
    else:
        _print_lines(render.text(entry))


def _refuse(word: str) -> None:
    from meterbook.model.errors import NotFound

    raise NotFound(
        f"no utility of the catalogue fits {word!r}",
        expected="part of a name, a state, or a portal's host",
        hint="A utility on SmartHub works without an entry too: meterbook connect ADDRESS --user NAME",
    )


def _summary(entry: Utility) -> dict[str, Any]:
    return {
        "slug": entry.slug,
        "name": entry.name,
        "short_name": entry.short_name,
        "also": entry.also,
        "states": entry.states,
        "zone": entry.zone,
        "zones_offered": entry.zones_offered,
        "portal": entry.portal.name,
        "vendor": entry.portal.vendor,
        "host": entry.portal.host,
        "kind": entry.about.kind if entry.about is not None else None,
        "full": entry.full,
        "origin": entry.origin,
        "notes": [note.text for note in entry.notes],
    }


def _closing(found: list[Utility], word: str | None) -> list[Line]:
    from meterbook.utilities.render import Line, next_command

    count = f"{len(found):,} {'utility' if len(found) == 1 else 'utilities'}"
    full = sum(entry.full for entry in found)
    if word is None and full == len(found):
        told = [f"{count} with a full guide. More than 600 others are known by name and host:"]
        told.append("  meterbook utilities WORD, or meterbook utilities --all")
    else:
        told = [f"{count}, {full} with a full guide. Zone –: asked for once when you connect."]
    alone = len(found) == 1 and not found[0].full
    following = next_command(found[0]) if alone else f"meterbook guide {found[0].slug if found else 'SLUG'}"
    return [Line(""), *map(Line, told), Line(f"Next: {following}")]


def _print_json(value: Any) -> None:
    import json

    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _print_lines(lines: Iterable[Line]) -> None:
    from rich.text import Text

    from meterbook.cli.context import console

    styles = {"": "", "title": "bold", "head": "bold", "dim": "dim"}
    out = console()
    for line in lines:
        out.print(Text(line.text, style=styles[line.kind]), soft_wrap=True)
