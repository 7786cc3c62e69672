"""Meter readings in a table: figures under "Previous" and "Present", with multiplier, usage, meter and register."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from meterbook.formats.bills.amounts import Number, Sort
from meterbook.formats.bills.layout import Cell
from meterbook.formats.bills.reading_proof import METER_VALUE, usage_between
from meterbook.formats.bills.reading_words import Role, about_readings, read_type_of, role_of, unit_in
from meterbook.formats.bills.tokens import Line, has_letters
from meterbook.model.statement import MeterUsage

_ROWS = 14
"""Rows of a table of registers."""
_BOTH = re.compile(
    r"\b(?:prev|prior|begin|start|old|opening).*\b(?:pre[s]|curr|end|new|closing)"
    r"|\b(?:pre[s]|curr|end|new|closing).*\b(?:prev|prior|begin|start|old|opening)",
    re.IGNORECASE,
)
"""A row of headings names both readings; looked for first, as most rows are none."""
_REGISTER = re.compile(r"^[A-Za-z][A-Za-z /&-]{1,30}$")


@dataclass(slots=True)
class _Column:
    role: Role
    x0: float
    x1: float
    text: str


def table_registers(lines: Sequence[Line], quantities: frozenset[Decimal]) -> Iterator[MeterUsage | None]:
    """Registers in tables; None for a row whose readings give another usage than it prints.

    Args:
        lines: every row of the bill.
        quantities: what the charges for energy were worked out from; confirms a usage that no row prints.
    """
    for index, line in enumerate(lines):
        if _BOTH.search(line.text) is None:
            continue
        columns = _columns(lines, index)
        roles = [column.role for column in columns]
        if roles.count(Role.PREVIOUS) != 1 or roles.count(Role.PRESENT) != 1:
            continue
        heading = " ".join(c.text for near in lines[max(index - 2, 0) : index + 2] for c in near.cells)
        if not (about_readings(line.text) or about_readings(heading)):
            continue
        yield from _table_rows(lines, index, columns, quantities)


def _columns(lines: Sequence[Line], index: int) -> list[_Column]:
    """The headings of a row, with what stands closely over and under each."""
    line = lines[index]
    if line.numbers or len(line.cells) < 2:
        return []
    columns: list[_Column] = []
    for cell in line.cells:
        role = role_of(cell.text)
        if role is None and len(cell.words) > 1:
            words = [(role_of(word.text), word) for word in cell.words]
            if {Role.PREVIOUS, Role.PRESENT} <= {one for one, _ in words}:
                columns += [_Column(one or Role.OTHER, word.x0, word.x1, word.text) for one, word in words]
                continue
        text = _joined(lines, index, cell)
        columns.append(_Column(role_of(text) or role or Role.OTHER, cell.x0, cell.x1, text))
    for other in (index - 1, index + 1):  # headings a little higher or lower than these
        if 0 <= other < len(lines) and lines[other].row.page == line.row.page and not lines[other].numbers:
            near = lines[other]
            if abs(near.row.top - line.row.top) > 1.6 * line.cells[0].height:
                continue
            columns += [
                _Column(role_of(cell.text) or Role.OTHER, cell.x0, cell.x1, cell.text)
                for cell in near.cells
                if not any(cell.x0 < column.x1 and cell.x1 > column.x0 for column in columns)
            ]
    return sorted(columns, key=lambda column: column.x0)


def _joined(lines: Sequence[Line], index: int, cell: Cell) -> str:
    """A heading in two rows as one text."""
    pieces = [cell.text]
    for step in (-1, 1):
        other = index + step
        if not 0 <= other < len(lines) or lines[other].row.page != cell.page or lines[other].numbers:
            continue
        near = [c for c in lines[other].cells if c.x0 < cell.x1 and c.x1 > cell.x0 and has_letters(c.text)]
        if len(near) == 1 and abs(near[0].middle - cell.middle) < 1.6 * cell.height and _within(near[0], cell):
            pieces.insert(0 if step < 0 else len(pieces), near[0].text)
    whole = " ".join(pieces)
    return whole if role_of(whole) is not None else cell.text


def _within(one: Cell, other: Cell) -> bool:
    """Whether two headings are of one column and not one a heading over several."""
    return max(one.x1 - one.x0, other.x1 - other.x0) < 3 * min(one.x1 - one.x0, other.x1 - other.x0) + 12


def _table_rows(
    lines: Sequence[Line], index: int, columns: Sequence[_Column], quantities: frozenset[Decimal]
) -> Iterator[MeterUsage | None]:
    head = lines[index].row
    before = head
    left, right = columns[0].x0 - 40, columns[-1].x1 + 40
    for line in lines[index + 1 : index + 1 + _ROWS]:
        row = line.row
        if row.page != head.page or row.top - before.bottom > 3.2 * (head.bottom - head.top):
            return
        values = _assigned(line, columns, left, right)
        if Role.PREVIOUS in values and Role.PRESENT in values:
            yield _register(line, values, columns, quantities)
            before = row
        elif not line.numbers or before is head:
            before = row
        elif _closes(line):
            return


def _closes(line: Line) -> bool:
    return any(number.sort is Sort.MONEY for number in line.numbers)


def _assigned(line: Line, columns: Sequence[_Column], left: float, right: float) -> dict[Role, Number]:
    """The figures of a row by the heading nearest to each; none if two figures want one heading."""
    values: dict[int, Number] = {}
    for number in line.numbers:
        x0, x1 = line.x0(number.start), line.x1(number.end)
        if x1 < left or x0 > right:
            continue
        place = _nearest(columns, x0, x1)
        if place in values:
            return {}
        values[place] = number
    by_role: dict[Role, Number] = {}
    for place, number in values.items():
        role = columns[place].role
        if role in by_role and role not in {Role.OTHER}:
            return {}
        by_role[role] = number
    return by_role


def _nearest(columns: Sequence[_Column], x0: float, x1: float) -> int:
    def away(column: _Column) -> tuple[float, float]:
        overlap = min(x1, column.x1) - max(x0, column.x0)
        return (-overlap if overlap > 0 else max(column.x0 - x1, x0 - column.x1), abs(x0 + x1 - column.x0 - column.x1))

    return min(range(len(columns)), key=lambda place: away(columns[place]))


def _register(
    line: Line, values: dict[Role, Number], columns: Sequence[_Column], quantities: frozenset[Decimal]
) -> MeterUsage | None:
    previous, present = values[Role.PREVIOUS], values[Role.PRESENT]
    multiplier, usage = values.get(Role.MULTIPLIER), values.get(Role.USAGE)
    used = usage_between(previous, present, multiplier, values.get(Role.DIFFERENCE))
    if used is None or (used not in quantities if usage is None else used != usage.value):
        return None
    heading = next((column.text for column in columns if column.role is Role.USAGE), "")
    unit = next((n.unit for n in (usage, present, previous) if n is not None and n.unit), None) or unit_in(heading)
    meter, register = _names(line, columns)
    return MeterUsage(
        meter=meter, register=register, previous=abs(previous.value), present=abs(present.value),
        multiplier=None if multiplier is None else multiplier.value, usage=used, unit=unit,
        read_type=read_type_of(line.text),
    )  # fmt: skip


def _names(line: Line, columns: Sequence[_Column]) -> tuple[str | None, str | None]:
    """Meter number and register of a row, by the headings over them."""
    meter = register = None
    for cell in line.cells:
        first = cell.words[0].text
        numbered, named = METER_VALUE.match(first), _REGISTER.match(cell.text)
        if not numbered and not named:
            continue
        role = columns[_nearest(columns, cell.x0, cell.x1)].role
        if role is Role.METER and numbered:
            meter = first
        elif role is Role.REGISTER and named and read_type_of(cell.text) is None:
            register = cell.text
    return meter, register
