"""A bill template: one bill layout, described so that its values can be found on the page. Values only, no I/O.

Labels are found by their words, values by where they stand to a label: nothing here names a place on the paper, so a
moved column or a longer page changes nothing, and a label that is gone is noticed. What a template reads has to add up
like any other reading.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from meterbook.model.bill_kinds import LineKind
from meterbook.model.bill_pattern import ValueType

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$", description="small letters, digits and _")]
Slug = Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", description="small letters, digits and hyphens")]
Words = Annotated[str, Meta(min_length=1, description="words printed on the bill")]
Labels = Words | Annotated[list[Words], Meta(min_length=1)]
RowPattern = Annotated[str, Meta(min_length=1, description="a row pattern such as '{label} {amount}'")]
Rows = RowPattern | Annotated[list[RowPattern], Meta(min_length=1)]

STATEMENT_TYPES: dict[str, ValueType] = {
    **dict.fromkeys(("account", "bill_number", "rate", "bill_type", "corrects", "group"), ValueType.TEXT),
    **dict.fromkeys(("bill_date", "due_date", "period_start", "period_end"), ValueType.DATE),
    **dict.fromkeys(
        ("previous_balance", "payments", "adjustments", "balance_forward", "current_charges", "amount_due"),
        ValueType.MONEY,
    ),
    **dict.fromkeys(("amount_after_due", "budget_amount", "budget_balance"), ValueType.MONEY),
    **dict.fromkeys(("usage", "temperature_high", "temperature_low"), ValueType.NUMBER),
    "days": ValueType.INTEGER,
    "usage_unit": ValueType.WORD,
}
"""Fields of a statement that a template may give, with their types; ``bill_number`` is the statement's ``number``,
which is the name of a type here."""

LINE_TYPES: dict[str, ValueType] = {
    **dict.fromkeys(("label", "section", "unit"), ValueType.TEXT),
    **dict.fromkeys(("meter", "location"), ValueType.WORD),
    **dict.fromkeys(("start", "end"), ValueType.DATE),
    "amount": ValueType.MONEY,
    "quantity": ValueType.NUMBER,
    "rate": ValueType.RATE,
}
"""Values of a line item."""

METER_TYPES: dict[str, ValueType] = {
    **dict.fromkeys(("meter", "location", "unit", "billed_unit"), ValueType.WORD),
    **dict.fromkeys(("register", "rate", "read_type", "service"), ValueType.TEXT),
    **dict.fromkeys(("read_start", "read_end"), ValueType.DATE),
    **dict.fromkeys(("previous", "present", "multiplier", "usage", "factor", "billed"), ValueType.NUMBER),
}
"""Values of a meter's register."""


class Shape(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every part of a template is: frozen, and without fields that nobody knows."""


class Match(Shape, frozen=True, kw_only=True):
    """By which words a bill of this layout is known.

    Attributes:
        all: each of these is printed somewhere on the bill.
        none: none of these is.
    """

    all: Annotated[list[Words], Meta(min_length=1)]
    none: list[Words] = []


class Area(Shape, frozen=True, kw_only=True):
    """A part of a page, cut out by labels, so that what stands beside or beneath it is not read with it.

    Attributes:
        page: only a page with these words.
        below: what stands beneath this label; the topmost one found counts.
        at: as ``below``, with the label's own row.
        above: what stands over this label; it may be on a later page, then everything between belongs to the area.
        left_of: what stands left of this label's first letter.
        right_of: what stands right of this label's last letter.
        column_of: what stands right of this label's first letter, itself included.
    """

    page: Words | None = None
    below: Labels | None = None
    at: Labels | None = None
    above: Labels | None = None
    left_of: Labels | None = None
    right_of: Labels | None = None
    column_of: Labels | None = None


class Field(Shape, frozen=True, kw_only=True):
    """Where one value stands. Several places of one field have to agree.

    Attributes:
        right: label whose value stands right of it on the same row.
        below: label whose value stands beneath it.
        sum: names added up where the bill prints no such sum, as ``delivery + generation``.
        value: the same on every bill of this layout.
        type: what it is, for names that are not fields of a statement.
        area: name of the area to look in; else the whole bill.
        optional: may be missing; else a bill without it is refused.
        negative: printed without a sign, but taken off (payments, credits).
        shape: what a text looks like, ``#`` for a digit, ``@`` for a letter or digit, the rest as is.
    """

    right: Labels | None = None
    below: Labels | None = None
    sum: str | None = None
    value: str | None = None
    type: ValueType | None = None
    area: Name | None = None
    optional: bool = False
    negative: bool = False
    shape: str | None = None


class RowRule(Shape, frozen=True, kw_only=True):
    """A row of the bill, or a few that follow each other, that hold values of the statement.

    Attributes:
        row: its pattern, or those of consecutive rows.
        area: name of the area to look in; else the whole bill.
        optional: may be missing.
        negative: names printed without a sign, but taken off.
    """

    row: Rows
    area: Name | None = None
    optional: bool = False
    negative: list[Name] = []


class LineRow(Shape, frozen=True, kw_only=True):
    """A row, or a few consecutive rows, that are one line item.

    Attributes:
        row: its pattern, or those of consecutive rows; ``{label}`` and ``{amount}`` at least.
        set: values that this row does not print: text, or ``$name`` of a value read elsewhere.
        negative: the amount is printed without a sign, but taken off.
    """

    row: Rows
    set: dict[Name, str] = {}
    negative: bool = False


class Columns(Shape, frozen=True, kw_only=True):
    """A table's columns, found by their headings.

    Attributes:
        headings: value name to the heading printed over its column.
        set: values that the table does not print.
    """

    headings: Annotated[dict[Name, Words], Meta(min_length=2)]
    set: dict[Name, str] = {}


class Lines(Shape, frozen=True, kw_only=True):
    """A table of line items. Every amount in its area has to be one of them, or named as something else.

    Attributes:
        name: by which ``must`` names the sum of its lines, as ``lines.NAME``.
        area: name of its area.
        rows: patterns tried in this order.
        columns: instead of patterns, where each value stands under a heading.
        headings: rows that open a section: ``{section}`` of the pattern, else the row itself; a row with other
            values, as ``{start} - {end}``, gives these to the lines beneath it.
        skip: rows with amounts that are no line items.
        subtotals: rows whose ``{amount}`` is the sum of lines above it.
        total: rows that are the sum of all lines of the table; may name a field of the statement instead of ``amount``.
        section: section of lines under no heading.
        service: service of its lines.
        services: pattern of a label, or of a section, to the service of the line; the first that fits counts.
        set: values that are the same on every line.
        kinds: pattern of a label to its kind, where its wording alone does not tell.
        priced: quantity x rate has to be the amount, a cent aside, on every line that prints both.
        optional: may be missing altogether.
    """

    area: Name
    name: Name = "lines"
    rows: list[Rows | LineRow] = []
    columns: Columns | None = None
    headings: list[RowPattern] = []
    skip: list[RowPattern] = []
    subtotals: list[RowPattern] = []
    total: list[RowPattern] = []
    section: str | None = None
    service: str | None = None
    services: dict[RowPattern, str] = {}
    set: dict[Name, str] = {}
    kinds: dict[RowPattern, LineKind] = {}
    priced: bool = False
    optional: bool = False


class MeterRow(Shape, frozen=True, kw_only=True):
    """A row, or a few consecutive rows, that are one register.

    Attributes:
        row: its pattern, or those of consecutive rows.
        set: values that this row does not print.
    """

    row: Rows
    set: dict[Name, str] = {}


class Meters(Shape, frozen=True, kw_only=True):
    """Registers: each fitting row is one (``each``), or a few rows together are one (``one``).

    Attributes:
        area: name of the area to look in.
        each: patterns, or consecutive rows' patterns; every fitting row is a register.
        one: patterns that together describe a single register; each has to fit a row, once.
        columns: instead, where each value stands under a heading.
        set: values that are not printed with it: text, or ``$name`` of a value read elsewhere.
        first: only the first so many rows (a history of reads goes on beneath).
        difference: where usage is not printed, it is (present - previous) x multiplier.
        optional: may be missing altogether.
    """

    area: Name | None = None
    each: list[Rows | MeterRow] = []
    one: list[RowPattern] = []
    columns: Columns | None = None
    set: dict[Name, str] = {}
    first: Annotated[int, Meta(ge=1)] | None = None
    difference: bool = False
    optional: bool = False


class Template(Shape, frozen=True, kw_only=True):
    """One bill layout.

    Attributes:
        template: version of the template language; 1.
        name: the file's own name.
        utility: whose bills these are.
        catalogue: slug of the utility in the catalogue, where it is one.
        source: where the facts of this layout come from.
        services: services billed; without them, those of lines and meters.
        match: by which words a bill is known.
        starts: words printed on the first page of each bill, where a file holds several.
        ignore: words that are dropped from the page before reading.
        callouts: numbers set much larger than the text are dropped: annotated samples point with them.
        areas: parts of the page, by name.
        fields: values beside or beneath a label, by name.
        rows: values in rows.
        lines: tables of line items.
        meters: registers.
        must: sums that have to hold besides those of every bill, as ``delivery + generation = current_charges``;
            ``lines`` is the sum of all amounts, ``lines.NAME`` that of a table, ``meters`` that of all usage.
    """

    template: Annotated[int, Meta(ge=1, le=1)]
    name: Slug
    utility: Words
    source: Words
    match: Match
    catalogue: Slug | None = None
    services: list[Words] = []
    starts: Words | None = None
    ignore: list[Words] = []
    callouts: bool = False
    areas: dict[Name, Area] = {}
    fields: dict[Name, Field | Annotated[list[Field], Meta(min_length=1)]] = {}
    rows: list[RowRule] = []
    lines: list[Lines] = []
    meters: list[Meters] = []
    must: list[str] = []
