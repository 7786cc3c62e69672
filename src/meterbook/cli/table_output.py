"""Any table printed at 80 columns, or written as CSV, JSON, Parquet or Arrow."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import typer

from meterbook.cli.output import write_to
from meterbook.model.wording import counted

if TYPE_CHECKING:
    import pyarrow as pa

WIDTH = 80
SHOWN_ROWS = 60
_PLACES = 3
_SAID_ABOVE = ("category", "quantity", "flow", "unit", "interval_s")
"""Columns that stand above the rows where they are the same in all of them."""
_LEFT_OUT = ("end",)
"""Columns that a table for looking at does without, since the period names them."""


def print_table(table: pa.Table, *, nothing: str = "Nothing fits.") -> None:
    """Print the first rows of a table for a person: what is the same in all rows once above, numbers on the right.

    Args:
        table: what to print.
        nothing: what to say where it has no rows.
    """
    if not len(table):
        typer.echo(nothing)
        return
    same = {name: table.column(name)[0].as_py() for name in _SAID_ABOVE if _is_same(table, name)}
    if same:
        typer.echo(_said_above(same))
    names = [name for name in table.column_names if name not in same and not _left_out(table, name)]
    cells = {name: _texts(table.column(name).slice(0, SHOWN_ROWS).to_pylist(), name) for name in names}
    widths = _fitted({name: max(len(name), *(len(text) for text in texts)) for name, texts in cells.items()}, cells)
    right = {name for name in names if _is_number(table, name)}
    typer.echo(_line({name: name for name in names}, widths, right))
    for row in range(min(len(table), SHOWN_ROWS)):
        typer.echo(_line({name: cells[name][row] for name in names}, widths, right))
    if len(table) > SHOWN_ROWS:
        typer.echo(f"  {counted(len(table) - SHOWN_ROWS, 'row')} more; all of them with: -o FILE.csv")


def write_table(table: pa.Table, format_: str, output: Path | None) -> None:
    """Write a table, decimals with all their digits.

    Args:
        table: what to write.
        format_: ``csv``, ``json``, ``parquet`` or ``arrow``.
        output: file, replaced whole or not at all; standard output without one, or for ``-``.

    Raises:
        UsageError: a binary format would go to a terminal.
        StoreError: the file can't be written; one that was there before is as it was.
    """
    if write_to(output, format_, lambda sink: _write(table, format_, sink)):
        typer.echo(f"{counted(len(table), 'row')} written to {output}", err=True)


def _write(table: pa.Table, format_: str, sink: BinaryIO) -> None:
    import pyarrow as pa

    if format_ == "parquet":
        import pyarrow.parquet as pq

        # The sink is a pipe sometimes, in which Parquet can't go back.
        whole = pa.BufferOutputStream()
        pq.write_table(table, whole, compression="zstd")
        sink.write(whole.getvalue())
    elif format_ == "arrow":
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    elif format_ == "csv":
        _write_csv(table, sink)
    else:
        import msgspec

        encoder = msgspec.json.Encoder(decimal_format="number")
        rows = (encoder.encode(row) for batch in table.to_batches(10_000) for row in batch.to_pylist())
        sink.write(b"[\n" + b",\n".join(rows) + b"\n]\n")


def _write_csv(table: pa.Table, sink: BinaryIO) -> None:
    import csv
    import io

    text = io.TextIOWrapper(sink, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    for batch in table.to_batches(10_000):
        writer.writerows(zip(*(map(_plain, column.to_pylist()) for column in batch.columns), strict=True))
    text.detach()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else value


def _is_same(table: pa.Table, name: str) -> bool:
    return name in table.column_names and len(table.column(name).unique()) == 1


def _left_out(table: pa.Table, name: str) -> bool:
    """Whether a column tells nothing that the period does not."""
    return "period" in table.column_names and (name in _LEFT_OUT or (name == "start" and "kw" not in table.column_names
                                                                    and "end" in table.column_names))  # fmt: skip


def _said_above(same: dict[str, Any]) -> str:
    length = same.get("interval_s")
    words = [str(same[name]) for name in _SAID_ABOVE if name != "interval_s" and name in same]
    return " ".join([*words, *([f"· {length:,} s"] if length is not None else [])])


def _is_number(table: pa.Table, name: str) -> bool:
    import pyarrow as pa

    kind = table.schema.field(name).type
    return bool(pa.types.is_decimal(kind) or pa.types.is_integer(kind))


def _texts(values: list[Any], name: str) -> list[str]:
    if not any(isinstance(value, Decimal) for value in values):
        return [_text(value, name) for value in values]
    known = [value for value in values if isinstance(value, Decimal)]
    places = min(_PLACES, max(max(0, -int(value.normalize().as_tuple().exponent)) for value in known))
    return ["" if value is None else f"{value:,.{places}f}" for value in values]


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%MZ")
    return f"{value:,}" if isinstance(value, int) and name != "channel_id" else str(value)


def _fitted(widths: dict[str, int], cells: dict[str, list[str]]) -> dict[str, int]:
    """Widths that fit into the line: texts are cut from the left, where what they have in common stands."""
    over = sum(widths.values()) + 2 * len(widths) - WIDTH
    for name in ("group", "book"):
        if over > 0 and name in widths:
            taken = min(over, max(0, widths[name] - 12))
            widths[name] -= taken
            over -= taken
            cells[name][:] = [
                text if len(text) <= widths[name] else f"…{text[len(text) - widths[name] + 1 :]}"
                for text in cells[name]
            ]
    return widths


def _line(cells: dict[str, str], widths: dict[str, int], right: set[str]) -> str:
    parts = [f"{text:>{widths[name]}}" if name in right else f"{text:<{widths[name]}}" for name, text in cells.items()]
    return "  " + "  ".join(parts).rstrip()
