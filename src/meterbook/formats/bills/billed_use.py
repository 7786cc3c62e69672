"""What was used in all and under which rate schedule: told only where two prints of the bill agree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from meterbook.formats.bills.amounts import Sort
from meterbook.formats.bills.entries import Entry
from meterbook.formats.bills.labels import key_of
from meterbook.formats.bills.layout import Cell
from meterbook.formats.bills.reading_words import is_export
from meterbook.formats.bills.readings import Readings
from meterbook.formats.bills.tokens import Line, has_letters
from meterbook.model.bill_kinds import LineKind

_GENERATION = frozenset({LineKind.CREDIT_GENERATION, LineKind.NET_METERING})
_VOLUMES = frozenset({"kWh", "therm", "CCF", "MCF", "Dth", "MMBtu", "gal", "100 gal", "1000 gal", "unit"})
_RATE = re.compile(
    r"^(?:your )?(?:electric |service |billing )?rate (?:schedule|code|class|plan|tariff|sched\.?)"
    r"(?: (?:no\.?|number|code))?\s*[:#.]*\s*(?P<value>.*)$"
    r"|^rate\s*:\s*(?P<inline>.+)$",
    re.IGNORECASE,
)
_RATE_VALUE = re.compile(r"^(?=.*[A-Za-z0-9])[A-Za-z0-9][\w .,:/()&'’-]{0,60}$")
_VOLUMES = frozenset({"kWh", "therm", "CCF", "MCF", "Dth", "MMBtu", "gal", "100 gal", "1000 gal", "unit"})
_RATE = re.compile(
    r"^(?:your )?(?:electric |service |billing )?rate (?:schedule|code|class|plan|tariff|sched\.?)"
    r"(?: (?:no\.?|number|code))?"
    r"\s*[:#.]*\s*(?P<value>.*)$"
    r"|^rate\s*:\s*(?P<inline>.+)$",
    re.IGNORECASE,
)
_RATE_VALUE = re.compile(r"^[A-Za-z0-9][\w .,:/()&'’-]{0,60}$")
_NO_RATE = re.compile(
    r"\$|\b(per|charges?|amount|total|readings?|meter|multiplier|kwh|usage|service from|days|date|period|number"
    r"|previous|present|cycle|type|class|description|account|see|call|visit|increase|change"
    r"|and|are|is|our|the|may|will|has|have)\b",
    re.IGNORECASE,
)


def usage_of(lines: Sequence[Line], entries: Sequence[Entry], readings: Readings) -> tuple[Decimal, str] | None:
    """Energy used in the period, and its unit; None unless the charges or a meter tell it and a second print agrees.

    Registers of what a member gave, several meters, and charges by other quantities leave it open.
    """
    charged = _charged(entries)
    metered = readings.meters[0] if len(readings.meters) == 1 else None
    units = {entry.unit for entry in entries if entry.unit in _VOLUMES} | ({metered.unit} if metered else set())
    if _generates(entries, readings) or len(units) > 1:  # or measured in one unit and billed in another
        return None
    if metered is not None and metered.usage is not None and metered.unit is not None:
        # Water and gas are often billed in another unit than they are measured in; electricity is not.
        alone = not charged and metered.unit == "kWh"
        return (metered.usage, metered.unit) if alone or charged == {metered.unit: metered.usage} else None
    unit, quantity = next(iter(charged.items()), (None, Decimal(0)))
    if len(charged) != 1 or unit is None:
        return None
    return (quantity, unit) if _printed_again(lines, entries, quantity, unit) else None


def rate_of(lines: Sequence[Line]) -> str | None:
    """The rate schedule beside or under a label for it, if one and the same wherever it is printed."""
    found = {" ".join(value.split()) for value in _rates(lines)}
    return found.pop() if len(found) == 1 else None


def _generates(entries: Sequence[Entry], readings: Readings) -> bool:
    return readings.export or any(entry.kind in _GENERATION or is_export(entry.label) for entry in entries)


def _charged(entries: Sequence[Entry]) -> dict[str | None, Decimal]:
    """Quantities of the charges for use added up by unit; nothing if a charge for energy tells none."""
    sums: dict[str | None, Decimal] = {}
    for entry in entries:
        if entry.kind not in {LineKind.ENERGY, LineKind.WATER_USAGE} or entry.value <= 0:
            continue
        if entry.quantity is None:
            return {}
        sums[entry.unit] = sums.get(entry.unit, Decimal(0)) + entry.quantity
    return sums


def _printed_again(lines: Sequence[Line], entries: Sequence[Entry], quantity: Decimal, unit: str) -> bool:
    """Whether the sum stands on the bill once more, apart from the charges that gave it."""
    own = {entry.token.line for entry in entries if entry.kind is LineKind.ENERGY}
    others = {entry.token.line for entry in entries} - own
    own |= {
        line + step for line in own for step in (-1, 1)
    } - others  # a charge's product may stand in a row of its own
    if quantity < 10:
        return False
    return any(
        number.value == quantity and number.sort in {Sort.QUANTITY, Sort.PLAIN} and number.unit in {unit, None}
        for index, line in enumerate(lines) if index not in own for number in line.numbers
    )  # fmt: skip


def _rates(lines: Sequence[Line]) -> Iterator[str]:
    for index, line in enumerate(lines):
        if "rate" not in line.text.lower():
            continue
        for place, cell in enumerate(line.cells):
            match = _RATE.match(cell.text)
            if match is None:
                continue
            inline = (match["value"] or match["inline"] or "").strip()
            if inline:
                value: str | None = inline
            else:
                value = _beside(line, place) or _below(lines, index, cell)
            if value is not None and _RATE_VALUE.match(value) and not _NO_RATE.search(value) and _is_code(value):
                yield value


def _beside(line: Line, place: int) -> str | None:
    """The cell to the right, if it is no label of its own."""
    if place + 1 >= len(line.cells):
        return None
    text = line.cells[place + 1].text
    return None if text.endswith(":") or _NO_RATE.search(text) else text


def _below(lines: Sequence[Line], index: int, label: Cell) -> str | None:
    for line in lines[index + 1 : index + 3]:
        if line.row.page != label.page or line.row.top - label.bottom > 1.6 * label.height:
            return None
        over = [cell for cell in line.cells if cell.x0 < label.x1 and cell.x1 > label.x0]
        if over:
            return over[0].text
    return None


def _is_code(value: str) -> bool:
    """Letters, or a short number; neither a price nor a day, and without a meter's or account's number beside it."""
    key = key_of(value)
    if re.search(r"\d{5}", value):
        return False
    if has_letters(value) or re.search(r"[A-Za-z]", value):
        return not re.fullmatch(r"(n/?a|none|yes|no)", key)
    return re.fullmatch(r"\d{1,4}", value) is not None
