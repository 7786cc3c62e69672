"""What passes between the process that reads bills and the one that asks: JSON with types, never pickles.

A crafted PDF may take the reading process over; what comes back is therefore decoded as data of known types only.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from meterbook.formats.bills.reading import BillReading, ReadStatement, Sureness
from meterbook.model.bill_template import Template
from meterbook.model.statement import LineItem, MeterUsage


class Question(msgspec.Struct, frozen=True):
    """What is asked; the file's bytes follow by themselves. ``templates`` None: those of the last question."""

    name: str
    templates: tuple[Template, ...] | None = None
    ocr: bool = False


class WireStatement(msgspec.Struct, frozen=True):
    """A statement with its fields by type."""

    texts: dict[str, str]
    counts: dict[str, int]
    amounts: dict[str, Decimal]
    days: dict[str, date]
    lines: tuple[LineItem, ...]
    meters: tuple[MeterUsage, ...]
    sure: dict[str, Sureness]
    accepted: bool
    reasons: tuple[str, ...]
    pages: tuple[int, int]
    services: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True):
    """A reading, or what was wrong with the file."""

    accepted: bool = False
    reasons: tuple[str, ...] = ()
    statements: tuple[WireStatement, ...] = ()
    reader: str = ""
    template: str | None = None
    scanned: bool = False
    error: tuple[str, str, str | None, str | None] | None = None
    """What, where, expected, hint."""


def packed(reading: BillReading) -> bytes:
    """A reading as bytes."""
    return msgspec.json.encode(
        Answer(
            accepted=reading.accepted, reasons=reading.reasons, reader=reading.reader, template=reading.template,
            statements=tuple(map(_packed, reading.statements)), scanned=reading.scanned,
        )
    )  # fmt: skip


def unpacked(answer: Answer) -> BillReading:
    """The reading in an answer."""
    return BillReading(
        accepted=answer.accepted, reasons=answer.reasons, reader=answer.reader, template=answer.template,
        statements=tuple(map(_unpacked, answer.statements)), scanned=answer.scanned,
    )  # fmt: skip


def _packed(one: ReadStatement) -> WireStatement:
    fields = one.fields
    return WireStatement(
        texts={name: value for name, value in fields.items() if isinstance(value, str)},
        counts={name: value for name, value in fields.items() if isinstance(value, int)},
        amounts={name: value for name, value in fields.items() if isinstance(value, Decimal)},
        days={name: value for name, value in fields.items() if isinstance(value, date)},
        lines=one.lines, meters=one.meters, sure=dict(one.sure), accepted=one.accepted, reasons=one.reasons,
        pages=one.pages, services=one.services,
    )  # fmt: skip


def _unpacked(one: WireStatement) -> ReadStatement:
    return ReadStatement(
        fields={**one.days, **one.texts, **one.counts, **one.amounts},
        lines=one.lines, meters=one.meters, sure=one.sure, accepted=one.accepted, reasons=one.reasons,
        pages=one.pages, services=one.services,
    )  # fmt: skip
