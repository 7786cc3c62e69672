"""What reading a bill gave: accepted or not and why, the fields with how sure each is, and a statement if accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from meterbook.model.bill_kinds import LineKind
from meterbook.model.errors import MalformedRecord, Where
from meterbook.model.statement import LineItem, MeterUsage, Statement

Value = str | int | Decimal | date

_TRUTH_NAMES = {"usage_unit": "unit"}
"""Fields that go by another name in the JSON."""


class Sureness(StrEnum):
    """How sure a value is: a sum or second print proves it, a label names it, or it was only seen."""

    PROVEN = "proven"
    LABELLED = "labelled"
    SEEN = "seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStatement:
    """One bill as read.

    Attributes:
        fields: values under the names of :class:`~meterbook.model.statement.Statement`; unknown is absent.
        lines: charges in the order printed.
        meters: registers in the order printed.
        sure: how sure each field is; ``lines`` and ``meters`` too.
        accepted: everything told is proven or free of contradiction.
        reasons: why it is not accepted.
        pages: first and last page in the file, from 1.
        services: ``electric``, ``water`` …
    """

    fields: Mapping[str, Value] = field(default_factory=dict)
    lines: tuple[LineItem, ...] = ()
    meters: tuple[MeterUsage, ...] = ()
    sure: Mapping[str, Sureness] = field(default_factory=dict)
    accepted: bool = False
    reasons: tuple[str, ...] = ()
    pages: tuple[int, int] = (1, 1)
    services: tuple[str, ...] = ()

    def statement(self, *, name: str = "the bill") -> Statement:
        """The bill as a statement; its account is empty where no number is printed.

        Raises:
            MalformedRecord: it is not accepted, or tells no bill date, without which it has no place.
        """
        where = Where(source=name)
        if not self.accepted:
            raise MalformedRecord("the bill was not accepted: " + "; ".join(self.reasons), where=where)
        if "bill_date" not in self.fields:
            raise MalformedRecord("the bill tells no bill date", where=where)
        known: dict[str, Any] = {"account": ""} | {
            key: value for key, value in self.fields.items() if key in Statement.__slots__
        }
        if "bill_number" in self.fields:  # as the truth files and templates name it
            known["number"] = self.fields["bill_number"]
        return Statement(**known, lines=self.lines, meters=self.meters, services=self.services)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillReading:
    """A file as read.

    Attributes:
        accepted: every bill in it is accepted, and there is one.
        reasons: why not.
        statements: the bills in it, usually one.
        reader: which text reader was used: ``pypdfium2`` or ``ocr``.
        template: name of the bill template, None when read the generic way.
        scanned: pages are pictures that were not read.
    """

    accepted: bool
    reasons: tuple[str, ...] = ()
    statements: tuple[ReadStatement, ...] = ()
    reader: str = "pypdfium2"
    template: str | None = None
    scanned: bool = False

    def as_json(self) -> dict[str, Any]:
        """The reading under the names of the truth files; amounts and quantities are strings, days ISO dates."""
        whole: dict[str, Any] = {"accepted": self.accepted, "reasons": list(self.reasons), "reader": self.reader}
        if self.template is not None:
            whole["template"] = self.template
        if len(self.statements) == 1:
            return whole | _statement_json(self.statements[0])
        if self.statements:
            whole["statements"] = [
                {"accepted": one.accepted, "reasons": list(one.reasons), "pages": list(one.pages)}
                | _statement_json(one)
                for one in self.statements
            ]
        return whole


def _statement_json(one: ReadStatement) -> dict[str, Any]:
    told: dict[str, Any] = {}
    seen = {_TRUTH_NAMES.get(name, name): _plain(value) for name, value in one.fields.items()}
    lines = [_line_json(line) for line in one.lines]
    meters = [{k: _plain(v) for k, v in asdict(meter).items() if v is not None} for meter in one.meters]
    if one.accepted:
        told |= seen
        if one.services:
            told["services"] = list(one.services)
        if lines:
            told["lines"] = lines
        if meters:
            told["meters"] = meters
        told["sure"] = {_TRUTH_NAMES.get(name, name): str(sure) for name, sure in one.sure.items()}
        return told
    sure = {_TRUTH_NAMES.get(name, name): level for name, level in one.sure.items()}
    # What was seen on a bill that is not accepted stands apart, so that no program takes it for the bill's values.
    told["seen"] = {name: {"value": value, "sure": str(sure.get(name, Sureness.SEEN))} for name, value in seen.items()}
    if lines:
        told["seen"]["lines"] = {"value": lines, "sure": str(one.sure.get("lines", Sureness.SEEN))}
    if one.services:
        told["seen"]["services"] = {"value": list(one.services), "sure": str(Sureness.SEEN)}
    if meters:
        told["seen"]["meters"] = {"value": meters, "sure": str(one.sure.get("meters", Sureness.SEEN))}
    return told


def _line_json(line: LineItem) -> dict[str, Any]:
    told = {name: _plain(value) for name, value in asdict(line).items() if value is not None}
    if line.kind is LineKind.OTHER:
        del told["kind"]  # not known is absent
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value
