"""Registers as a template finds them: one a row, one put together from several rows, or under headings."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from meterbook.formats.bills.template_area import AreaMissing
from meterbook.formats.bills.template_columns import ColumnsMissing, column_values
from meterbook.formats.bills.template_fields import Areas, match_at, matches
from meterbook.formats.bills.template_page import Row
from meterbook.formats.bills.template_values import Findings, Value, said, shown
from meterbook.model.bill_pattern import Pattern
from meterbook.model.bill_template import METER_TYPES, MeterRow, Meters


def read_meters(rules: Meters, number: int, areas: Areas, findings: Findings) -> list[dict[str, Value]]:
    """Values of each register, by name."""
    where = f"meters[{number}]"
    try:
        rows = areas.rows(rules.area)
        found = [*_each(rules, where, rows, findings), *_columns(rules, where, rows, findings)]
    except (AreaMissing, ColumnsMissing) as missing:
        if not rules.optional:
            findings.refuse(f"{missing.label!r} is not on the bill")
        return []
    if rules.one:
        one = _one(rules, where, rows, findings)
        found += [one] if one else []
    if not found and not rules.optional and not rules.one:
        findings.refuse("no meter was found where the template looks for one")
    registers = found[: rules.first]
    for register in registers:
        for name, text in rules.set.items():
            register.setdefault(name, text)
        if rules.difference:
            _add_usage(register)
    return registers


def _each(rules: Meters, where: str, rows: list[Row], findings: Findings) -> list[dict[str, Value]]:
    found = []
    at = 0
    while at < len(rows):
        step = 1
        for index, rule in enumerate(rules.each):
            texts = rule.row if isinstance(rule, MeterRow) else rule
            patterns = [compiled(text) for text in ([texts] if isinstance(texts, str) else texts)]
            values = match_at(patterns, rows, at)
            if values is not None:
                step = len(patterns)
                for row in rows[at : at + step]:
                    findings.catch(f"{where}.each[{index}]", row, row.words, said(values))
                found.append({**rule.set, **values} if isinstance(rule, MeterRow) else values)
                break
        at += step
    return found


def _columns(rules: Meters, where: str, rows: list[Row], findings: Findings) -> list[dict[str, Value]]:
    if rules.columns is None:
        return []
    read = column_values(rules.columns, rows, METER_TYPES)
    found = []
    for index in range(read.first, len(rows)):
        values = read.values.get(index)
        if values is None or not {"usage", "present"} & values.keys():
            break  # the table ends where a row no longer fits its headings
        findings.catch(f"{where}.columns", rows[index], rows[index].words, said(values))
        found.append({**rules.columns.set, **values})
    return found


def _one(rules: Meters, where: str, rows: list[Row], findings: Findings) -> dict[str, Value]:
    """One register from several rows. Rows that fit the same pattern have to say the same."""
    register: dict[str, Value] = {}
    for index, text in enumerate(rules.one):
        hits = 0
        for values, run in matches((compiled(text),), rows):
            hits += 1
            findings.catch(f"{where}.one[{index}]", run[0], run[0].words, said(values))
            for name, value in values.items():
                if register.setdefault(name, value) != value:
                    both = f"{shown(register[name])} and as {shown(value)}"
                    findings.refuse(f"the meter's {name.replace('_', ' ')} is printed as {both}")
        if not hits and not rules.optional:
            findings.refuse(f"no row reads like {text!r}")
    return register


def _add_usage(register: dict[str, Value]) -> None:
    previous, present = register.get("previous"), register.get("present")
    multiplier = register.get("multiplier", Decimal(1))
    if "usage" not in register and isinstance(previous, Decimal) and isinstance(present, Decimal):
        assert isinstance(multiplier, Decimal)
        register["usage"] = (present - previous) * multiplier


@lru_cache(maxsize=1024)
def compiled(text: str) -> Pattern:
    """A pattern with the names of a register."""
    return Pattern(text, METER_TYPES)
