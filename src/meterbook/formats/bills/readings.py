"""Meter readings of a bill of any layout: told where two readings, under words that say so, give the usage printed.

Three shapes are known: a table with headings, labels with a value beside each, and two dated readings with what was
used under them. A reading whose arithmetic does not come out makes all readings of the bill absent: a list of meters
with one missing would be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from meterbook.formats.bills.amounts import Sort
from meterbook.formats.bills.layout import Cell
from meterbook.formats.bills.reading_labels import dated_registers, labelled_registers
from meterbook.formats.bills.reading_proof import METER_VALUE, label_beside
from meterbook.formats.bills.reading_table import table_registers
from meterbook.formats.bills.reading_words import Role, is_export, role_of
from meterbook.formats.bills.tokens import Line
from meterbook.model.statement import MeterUsage

_METER = re.compile(
    r"\bmeter\s{0,2}(?:(?:serial )?(?:number|no\.?|num\.?|id|#)\s*[:#.]*|#|:)\s*(?P<value>[A-Z0-9][A-Z0-9-]*)?\s*$",
    re.IGNORECASE,
)
_MULTIPLIER = re.compile(r"\b(?:mult|const)", re.IGNORECASE)
_BARE_METER = re.compile(r"^meter (?P<value>[A-Z]{0,4}-?\d{4,14})$", re.IGNORECASE)


@dataclass(slots=True)
class Readings:
    """What was found.

    Attributes:
        meters: registers in the order printed; empty if any of them does not come out.
        numbers: different meter numbers printed anywhere.
        doubtful: rows under headings of readings were there whose arithmetic does not come out.
        export: a register counts what the member gave, or a net.
    """

    meters: tuple[MeterUsage, ...] = ()
    numbers: tuple[str, ...] = ()
    doubtful: bool = False
    export: bool = False


def readings_of(lines: Sequence[Line], quantities: frozenset[Decimal] = frozenset()) -> Readings:
    """The registers of a bill, each proven by its own arithmetic.

    Args:
        lines: every row.
        quantities: what the charges for energy were worked out from; confirms a usage that no row prints.
    """
    found = Readings(numbers=_meter_numbers(lines))
    multipliers = set(_multipliers(lines))
    registers: list[MeterUsage] = []
    ways = (table_registers(lines, quantities), labelled_registers(lines), dated_registers(lines))
    for way in ways:
        outcomes = list(way)
        if outcomes:
            found.doubtful = any(outcome is None for outcome in outcomes)
            registers = [outcome for outcome in outcomes if outcome is not None]
            break
    registers = list(dict.fromkeys(registers))
    if any(one.present == other.previous for one in registers for other in registers if one is not other):
        found.doubtful = True  # one ends where another begins: a history of readings
    used = {register.multiplier or Decimal(1) for register in registers}
    if any(multiplier != 1 and multiplier not in used for multiplier in multipliers):
        found.doubtful = True
    numbered = _numbered(registers, found.numbers)
    told = {register.meter for register in numbered if register.meter is not None}
    if set(found.numbers) - told and told:
        found.doubtful = True
    found.export = any(is_export(register.register or "") for register in numbered)
    found.meters = () if found.doubtful else tuple(numbered)
    return found


def _numbered(registers: Sequence[MeterUsage], numbers: Sequence[str]) -> list[MeterUsage]:
    """Registers with the meter number, where only one is printed and no row has its own."""
    if len(numbers) != 1 or len(registers) != 1 or registers[0].meter is not None:
        return list(registers)
    return [replace(registers[0], meter=numbers[0])]


def _meter_numbers(lines: Sequence[Line]) -> tuple[str, ...]:
    """Numbers beside or under "Meter number"."""
    found: dict[str, None] = {}
    for index, line in enumerate(lines):
        if "meter" not in line.text.lower():
            continue
        for place, cell in enumerate(line.cells):
            bare = _BARE_METER.match(cell.text)
            match = _METER.search(cell.text)
            if bare is not None:
                found[bare["value"]] = None
            if match is None:
                continue
            choices = [match["value"] or ""]
            if not match["value"]:
                choices += [line.cells[place + 1].text] if place + 1 < len(line.cells) else []
                choices += [under.text.split()[0] for under in _under(lines, index, cell)]
            value = next((choice for choice in choices if METER_VALUE.match(choice)), None)
            if value is not None:
                found[value] = None
    return tuple(found)


def _under(lines: Sequence[Line], index: int, label: Cell) -> Iterator[Cell]:
    for line in lines[index + 1 : index + 4]:
        if line.row.page != lines[index].row.page or line.row.top - label.bottom > 1.6 * label.height:
            return
        over = [cell for cell in line.cells if cell.x0 < label.x1 and cell.x1 > label.x0]
        if over:
            yield over[0]
            return


def _multipliers(lines: Sequence[Line]) -> Iterator[Decimal]:
    """Multipliers with their label beside them."""
    for line in lines:
        if _MULTIPLIER.search(line.text) is None:
            continue
        for number in line.numbers:
            if number.sort is not Sort.MONEY and role_of(label_beside(line, number)) is Role.MULTIPLIER:
                yield number.value
