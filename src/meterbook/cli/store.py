"""``meterbook store``: what the readings take on the disk, whether they are whole, and making them small."""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterbook.cli.context import command_line, open_book
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from meterbook.book.storing import BookVerified, JournalCheck, Tidied
    from meterbook.store.documents import DocumentsVerified
    from meterbook.store.readings import Sizes, TableSize

app = typer.Typer(
    help="Look after the readings on the disk: how much they take, whether they are whole, making them small.",
    no_args_is_help=True,
)

PROBLEMS_SHOWN = 12
_AGE = re.compile(r"(\d+)\s*(s|min|h|d)?")
_AGE_S = {"s": 1, "min": 60, "h": 3_600, "d": 86_400, None: 1}
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("status", short_help="Show what the readings take on the disk.")
def status(json_: Json = False) -> None:
    """Show what the readings take on the disk: files, bytes, months, the log, and what no table names."""
    with open_book() as book:
        sizes = book.lake.sizes()
        folder = str(book.folder)
    if json_:
        _print_json({"book": folder, **_sizes_json(sizes)})
        return
    typer.echo(folder)
    typer.echo(f"  {'':<16}{'files':>9}{'values':>16}{'size':>12}{'a value':>14}")
    for name, table in (("readings", sizes.readings), ("earlier values", sizes.revisions)):
        a_value = f"{table.size / table.rows:.2f} bytes" if table.rows else ""
        line = f"  {name:<16}{table.files:>9,}{table.rows:>16,}{size_text(table.size):>12}{a_value:>14}"
        typer.echo(line.rstrip())
    for name, files, size in _besides(sizes):
        typer.echo(f"  {name:<16}{files:>9,}{'':>16}{size_text(size):>12}")
    typer.echo(f"  {'in all':<25}{'':>16}{size_text(sizes.whole):>12}")
    for line in _months(sizes.readings):
        typer.echo(f"  {line}")
    if not sizes.readings.rows:
        typer.echo(f"Next: {command_line('sync')}")
        return
    typer.echo(f"Next: {command_line('store', 'compact' if _crowded(sizes) else 'verify')}")


@app.command("compact", short_help="Join small files and sum up the log.")
def compact(json_: Json = False) -> None:
    """Join the small files of each month and sum up the log. Nothing is lost, and others read and write meanwhile."""
    from meterbook.book import storing

    with open_book() as book, _waiting("Joining files", json_):
        done = storing.compact(book)
    assert done.compacted is not None
    if json_:
        files = {"files_before": done.compacted.files_before, "files_after": done.compacted.files_after}
        _print_json({**files, **_bytes_json(done)})
        return
    before, after = done.compacted.files_before, done.compacted.files_after
    typer.echo(f"  {counted(before, 'file')} → {counted(after, 'file')}, the log is summed up.")
    waiting = done.after.readings.stray_size + done.after.revisions.stray_size
    if waiting:
        typer.echo(f"  {size_text(waiting)} of replaced files stay for an hour, for programs that still read them.")
    typer.echo(f"Next: {command_line('store', 'vacuum') if waiting else command_line('store', 'status')}")


@app.command("vacuum", short_help="Delete files that are in use no more.")
def vacuum(
    older_than: Annotated[
        str,
        typer.Option("--older-than", metavar="AGE", help="Replaced or left behind this long ago: 90s, 10min, 1h, 2d."),
    ] = "1h",
    json_: Json = False,
) -> None:
    """Delete files that no table names any more, or never did since their writer was killed.

    Meterbook's own readers do without them at any time. Give other programs the time of their longest read.
    """
    from meterbook.book import storing

    age_s = age(older_than)
    with open_book() as book, _waiting("Deleting files", json_):
        done = storing.vacuum(book, age_s)
    assert done.vacuumed is not None
    left_files = done.after.readings.stray_files + done.after.revisions.stray_files
    left_size = done.after.readings.stray_size + done.after.revisions.stray_size
    if json_:
        _print_json(
            {"files": done.vacuumed.files, "bytes": done.vacuumed.size, "left": left_files, **_bytes_json(done)}
        )
        return
    typer.echo(f"  {counted(done.vacuumed.files, 'file')} deleted, {size_text(done.vacuumed.size)} freed.")
    if left_files:
        typer.echo(f"  {counted(left_files, 'file')} ({size_text(left_size)}) left the tables less long ago than that.")
    typer.echo(f"Next: {command_line('store', 'status')}")


@app.command("verify", short_help="Read every byte and check it.")
def verify(
    repair_rollups: Annotated[
        bool, typer.Option("--repair-rollups", help="Make rollups anew that are not what their readings come to.")
    ] = False,
    json_: Json = False,
) -> None:
    """Read every byte of the readings and documents: checksums, order, bounds, and as many as the journal says.

    Changes nothing unless told to. Others may read and write meanwhile.
    """
    from meterbook.book import storing

    with open_book() as book:
        with _Bar(shown=not json_) as bar:
            found = storing.verify(book, bar)
        made = book.lake.repair_rollups(found.tables.rollups) if repair_rollups and found.tables.rollups else 0
        folder = str(book.folder)
    if json_:
        _print_json({**_verified_json(found), "rollups_made_anew": made})
    else:
        _print_verified(found)
        if made:
            typer.echo(f"    {counted(made, 'rollup')} made anew.")
    if found.problems and not (repair_rollups and found.only_rollups):
        raise _damaged(found, folder)


def age(text: str) -> int:
    """An age in seconds.

    >>> age("90s"), age("10min"), age("1h"), age("2d"), age("0")
    (90, 600, 3600, 172800, 0)

    Raises:
        UsageError: it is none.
    """
    from meterbook.model.errors import UsageError

    found = _AGE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no age", where="--older-than", expected="such as 90s, 10min, 1h or 2d")
    return int(found[1]) * _AGE_S[found[2]]


def size_text(size: int) -> str:
    """Bytes as people read them.

    >>> size_text(0), size_text(999), size_text(165_432), size_text(2_040_000_000)
    ('0 bytes', '999 bytes', '165 KB', '2.0 GB')
    """
    if size < 1_000:
        return counted(size, "byte")
    for unit, bytes_ in (("KB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        if size < 999.5 * bytes_:
            return f"{size / bytes_:,.{0 if unit == 'KB' else 1}f} {unit}"
    return f"{size / 1e12:,.1f} TB"


# -- printing --------------------------------------------------------------------------------------------------------


def _besides(sizes: Sizes) -> list[tuple[str, int, int]]:
    both = (sizes.readings, sizes.revisions)
    return [
        ("rollups", sum(one.rollup_files for one in both), sum(one.rollup_size for one in both)),
        ("log", sum(one.log_files for one in both), sum(one.log_size for one in both)),
        ("not in use", sum(one.stray_files for one in both), sum(one.stray_size for one in both)),
    ]


def _months(table: TableSize) -> list[str]:
    if not table.rows:
        return ["No readings yet."]
    lines = []
    if table.months:
        months = counted(len(table.months), "month")
        newest = counted(table.newest_files, "file")
        lines.append(f"{table.months[0]} → {table.months[-1]}, {months}; the newest has {newest}")
    if table.mixed:
        lines.append(f"{counted(table.mixed, 'file')} of several months, not put into them yet")
    return lines


def _crowded(sizes: Sizes) -> bool:
    """Whether joining files is worth it."""
    table = sizes.readings
    return table.mixed > 1 or table.files > 3 * max(1, len(table.months))


def _print_verified(found: BookVerified) -> None:
    tables = found.tables
    typer.echo(f"  {counted(tables.readings, 'reading')} and {counted(tables.revisions, 'earlier value')}", nl=False)
    typer.echo(f" in {counted(tables.files, 'file')}")
    for problem in tables.problems[:PROBLEMS_SHOWN]:
        typer.echo(f"  ✗ {problem}")
    if len(tables.problems) > PROBLEMS_SHOWN:
        typer.echo(f"  ✗ and {len(tables.problems) - PROBLEMS_SHOWN} more; all of them with --json")
    if tables.ok:
        typer.echo("  ✓ every file is readable, sorted, unique, and holds what the log says")
    if found.journal is None:
        typer.echo("    The journal was not asked, since readings of damaged files can't be counted.")
    else:
        _print_journal(found.journal)
    if found.documents.documents:
        _print_documents(found.documents)
    if tables.left_over:
        values = counted(tables.left_over, "earlier value")
        typer.echo(f"    {values} of a write that was killed: readers skip them, the next write drops them.")
    if not found.problems:
        typer.echo(f"Next: {command_line('store', 'status')}")


def _print_documents(found: DocumentsVerified) -> None:
    for problem in found.problems[:PROBLEMS_SHOWN]:
        typer.echo(f"  ✗ {problem}")
    if not found.problems:
        typer.echo(f"  ✓ {counted(found.documents, 'document')}, each as it was received ({size_text(found.size)})")


def _print_journal(journal: JournalCheck) -> None:
    for problem in journal.problems:
        typer.echo(f"  ✗ {problem}")
    if not journal.problems:
        typer.echo(f"  ✓ as many as the journal says: {counted(journal.loads, 'load')}")
    for numbers, text in (
        (journal.stored, "begun, stored, and cut off before the journal was told; harmless"),
        (journal.empty, "begun and not stored: cut off before, or still at work"),
        (journal.thinned, "with fewer readings left: channels were deleted, or estimates taken back"),
    ):
        if numbers:
            named = ", ".join(map(str, numbers[:5])) + (", …" if len(numbers) > 5 else "")
            typer.echo(f"    {counted(len(numbers), 'load')} {text} ({named})")


def _damaged(found: BookVerified, folder: str) -> Exception:
    from meterbook.model.errors import BookDamaged

    if found.only_rollups:
        files = counted(len(found.tables.rollups), "file")
        return BookDamaged(
            f"the rollups of {files} are not what their readings come to; the readings are whole",
            where=folder,
            hint=f"Make them anew: {command_line('store', 'verify', '--repair-rollups')}",
        )
    damaged = found.tables.damaged
    if damaged:
        return BookDamaged(
            f"{counted(len(damaged), 'file')} of the book {'is' if len(damaged) == 1 else 'are'} damaged",
            where=folder,
            hint="Data files never change: put them back from your last copy of the book that has them, "
            "then verify again",
        )
    if found.tables.problems:
        return BookDamaged(
            "files of the book contradict each other",
            where=folder,
            hint="Restore the folders readings/ and revisions/ from your last copy of the book, then sync",
        )
    if found.journal is not None and not found.journal.problems:
        return BookDamaged(
            f"{counted(len(found.documents.problems), 'document')} of the book can't be read as received",
            where=f"{folder}/documents",
            hint="Documents never change: put them back from your last copy of the book that has them",
        )
    return BookDamaged(
        "the readings are not those that the journal wrote down",
        where=folder,
        hint="Restore readings/, revisions/ and records.sqlite from one and the same copy of the book, then sync",
    )


def _print_json(values: dict[str, Any]) -> None:
    import json

    typer.echo(json.dumps(values, indent=2))


def _sizes_json(sizes: Sizes) -> dict[str, Any]:
    from dataclasses import asdict
    from datetime import UTC, datetime

    first, last = (
        (None, None) if sizes.span is None else (datetime.fromtimestamp(edge, UTC).isoformat() for edge in sizes.span)
    )
    return {
        "first": first,
        "last": last,
        "bytes": sizes.whole,
        "readings": asdict(sizes.readings),
        "revisions": asdict(sizes.revisions),
    }


def _bytes_json(done: Tidied) -> dict[str, Any]:
    return {"bytes_before": done.before.whole, "bytes_after": done.after.whole}


def _verified_json(found: BookVerified) -> dict[str, Any]:
    tables, journal = found.tables, found.journal
    return {
        "ok": not found.problems,
        "files": tables.files,
        "readings": tables.readings,
        "revisions": tables.revisions,
        "documents": found.documents.documents,
        "left_over": tables.left_over,
        "problems": list(found.problems),
        "damaged": list(tables.damaged),
        "rollups": list(tables.rollups),
        "journal": None
        if journal is None
        else {
            "loads": journal.loads,
            "stored_but_not_told": list(journal.stored),
            "begun_but_not_stored": list(journal.empty),
            "thinned_by_deletion": list(journal.thinned),
        },
    }


# -- while it runs ---------------------------------------------------------------------------------------------------


class _Bar:
    """How far the look has come, on a terminal only."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._bars: Any = None

    def __enter__(self) -> _Bar:
        from meterbook.cli.context import console, is_terminal

        if self._shown and is_terminal():
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bars = Progress(
                TextColumn("  Reading"),
                BarColumn(bar_width=30, complete_style="blue", finished_style="blue"),
                TextColumn("{task.completed:>14,.0f} of {task.total:,.0f}"),
                TimeRemainingColumn(compact=True),
                console=console(),
                transient=True,
            )
            self._bars.start()
            self._bars.add_task("", total=1)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, done: int, total: int) -> None:
        """Show that so many rows of so many were looked at."""
        if self._bars is not None:
            self._bars.update(self._bars.task_ids[0], completed=done, total=max(total, 1))


def _waiting(text: str, silent: bool) -> AbstractContextManager[Any]:
    from meterbook.cli.context import console, is_terminal

    return nullcontext() if silent or not is_terminal() else console().status(f"{text} …")
