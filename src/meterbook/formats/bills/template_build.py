"""Line items and registers from the values that a template read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from meterbook.formats.bills.amounts import UNITS
from meterbook.formats.bills.labels import kind_of
from meterbook.formats.bills.template_lines import kind_said, service_said
from meterbook.formats.bills.template_parse import parsed, with_year
from meterbook.formats.bills.template_values import Findings, Value
from meterbook.model.bill_kinds import LineKind, ReadType
from meterbook.model.bill_pattern import ValueType
from meterbook.model.bill_template import LINE_TYPES, METER_TYPES, Lines
from meterbook.model.statement import LineItem, MeterUsage

_CENT = Decimal("0.01")
_READ_TYPES = {
    "a": ReadType.ACTUAL, "act": ReadType.ACTUAL, "actual": ReadType.ACTUAL, "regular": ReadType.ACTUAL,
    "verified": ReadType.ACTUAL, "e": ReadType.ESTIMATED, "est": ReadType.ESTIMATED, "estimated": ReadType.ESTIMATED,
    "estimate": ReadType.ESTIMATED, "self-read": ReadType.CUSTOMER, "customer": ReadType.CUSTOMER,
    "customer read": ReadType.CUSTOMER,
}  # fmt: skip


def line_item(values: Mapping[str, Value], table: Lines, known: Mapping[str, Any], findings: Findings) -> LineItem:
    """One line item.

    Args:
        values: what its rows print, and what the template sets.
        table: the table it stands in.
        known: values of the statement, which ``$name`` refers to.
        findings: doubts go here.
    """
    made = _resolved(values, LINE_TYPES, known, findings)
    label, unit = str(made.pop("label", "")), _unit(made.pop("unit", None))
    said = made.pop("kind", None)
    made.setdefault("service", service_said(table, label, made.get("section")))
    kind = LineKind(said) if said is not None else kind_said(table, label) or kind_of(label) or LineKind.OTHER
    line = LineItem(kind=kind, label=label, unit=unit, **made)
    if table.priced and line.quantity is not None and line.rate is not None:
        off = abs(line.quantity * line.rate - line.amount)
        if off > _CENT:
            findings.refuse(f"{label}: {line.quantity} × {line.rate} is not {line.amount}")
    return line


def register(values: Mapping[str, Value], known: Mapping[str, Any], findings: Findings) -> MeterUsage:
    """One register of a meter; see :func:`line_item`."""
    made = _resolved(values, METER_TYPES, known, findings)
    said = made.pop("read_type", None)
    read_type = None
    if said is not None:
        read_type = _READ_TYPES.get(str(said).strip(" ().").casefold())
        if read_type is None:
            findings.refuse(f"a reading's kind is {said!r}, which is not known")
    if made.get("service") is not None:
        made["service"] = str(made["service"]).casefold()
    made["unit"], made["billed_unit"] = _unit(made.get("unit")), _unit(made.get("billed_unit"))
    return MeterUsage(read_type=read_type, **made)


def _resolved(
    values: Mapping[str, Value], types: Mapping[str, ValueType], known: Mapping[str, Any], findings: Findings
) -> dict[str, Any]:
    """References looked up, texts of a template made values, dates given their year."""
    made: dict[str, Any] = {}
    for name, value in values.items():
        resolved: Any = value
        if isinstance(value, str) and value.startswith("$"):
            resolved = known.get(value[1:])
            if resolved is None:
                findings.refuse(f"{name} of a line is not on the bill: {value[1:]!r}")
                continue
        elif isinstance(value, str) and name in types:
            resolved = parsed(types[name], value)
        if isinstance(resolved, tuple):
            billed = known.get("bill_date")
            resolved = with_year(resolved, billed) if isinstance(billed, date) else None
        if isinstance(resolved, int) and types.get(name) in (ValueType.NUMBER, ValueType.RATE):
            resolved = Decimal(resolved)
        made[name] = resolved
    return made


def _unit(text: object) -> str | None:
    if text is None:
        return None
    return UNITS.get(str(text).casefold(), str(text))
