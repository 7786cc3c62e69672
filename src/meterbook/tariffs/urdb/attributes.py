"""Attributes of a record: pairs of name and text. Ours keep what the format has no field for, so that a record we wrote
is read as it was meant."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from meterbook.tariffs.urdb.record import Record

OURS = "meterbook:"
"""What names of our own attributes begin with."""
FIELDS = ("fixedattrs", "energyattrs", "demandattrs")


def attributes(record: Record, field: str) -> Iterator[tuple[str, str]]:
    """The pairs of a field of attributes."""
    for item in record.items(field) or []:
        if isinstance(item, Mapping):
            yield from ((str(name).strip(), str(value).strip()) for name, value in item.items())
        elif item:
            yield str(item), ""


def kept(record: Record, name: str, words: Container[str]) -> str | None:
    """What we kept in a record under a name; only if it is one of the words that it may be."""
    return next(
        (
            value
            for field in FIELDS
            for one, value in attributes(record, field)
            if one == OURS + name and value in words
        ),
        None,
    )
