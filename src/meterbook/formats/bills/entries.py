"""Amounts that stand at the end of a label, in columns: what can be a charge, a total or a balance.

Two tables may share baselines, and a description may stand between a label and its amount; so the labels of a column
are the texts that begin at one place across and that name something known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from meterbook.formats.bills.amounts import UNITS, Number, Sort
from meterbook.formats.bills.labels import (
    continues,
    is_charge,
    is_fragment,
    is_sentence,
    is_total,
    kind_of,
    money_field_of,
)
from meterbook.formats.bills.layout import Cell
from meterbook.formats.bills.tokens import Line, Token, has_letters
from meterbook.model.bill_kinds import LineKind

SLACK = 12.0
"""Amounts of one column overlap, or end this close to each other."""
_CENT = Decimal("0.01")
_ARITHMETIC = re.compile(r"^(x|at|per|for|of|a|the|each|" + "|".join(UNITS) + r")$")
_TAIL = re.compile(
    r"\s*(?:@|\bat\b|[x×*])\s*-?\$?[\d.,]+.*$|\s*\(\s*-?\$?[\d.,]+\s*(?:%|[x×*@/]|\bat\b).*$|\s+-?\$?[\d.,]+\s*%\s*$"
    r"|\s+[\d.,]+\s*\w*\s*(?:@|[x×*]|\bat)\s*$",
    re.IGNORECASE,
)
_QUANTITY_TAIL = re.compile(
    r"(?:\s+|(?<=[a-z)]))[\d.,]+\s*(?:" + "|".join(sorted(UNITS, key=len, reverse=True)) + r")?$", re.IGNORECASE
)
_BLOCK = re.compile(r"^(first|next|over|tier|block|up to|all over)\b", re.IGNORECASE)
_WORDS = re.compile(r"[a-z]+")
_TRIM = " :•·-–|*"
_LEADERS = re.compile(r"(?:\s*\.){2,}\s*$|\s+\.$")


@dataclass(slots=True, eq=False)
class Entry:
    """An amount with its label.

    ``role`` is the field its label names, ``total`` for a sum, None for what can be a charge.
    """

    token: Token
    value: Decimal
    label: str
    role: str | None
    kind: LineKind | None
    wrapped: str = ""
    """The row over the label, if it may be the label's beginning."""
    quantity: Decimal | None = None
    unit: str | None = None
    rate: Decimal | None = None
    known_left: float = 0.0


def columns_of(lines: Sequence[Line], tokens: Iterable[Token]) -> list[list[Entry]]:
    """Columns of amounts, each from the first page's top to the last page's bottom, labels found."""
    columns: list[list[Token]] = []
    for token in tokens:
        if token.number is None or token.number.sort is not Sort.MONEY or _prose(token):
            continue
        column = _column_of(columns, token)
        if column is None:
            columns.append([token])
        else:
            column.append(token)
    return [list(_entries(lines, column)) for column in columns]


def _prose(token: Token) -> bool:
    """An amount in the middle of a sentence is a message's."""
    return has_letters(token.after) or is_sentence(token.inline)


def _column_of(columns: Sequence[list[Token]], token: Token) -> list[Token] | None:
    """The column an amount belongs to: the one whose right edge is nearest, else one that it overlaps."""
    edges = [(min(abs(other.x1 - token.x1) for other in column[-4:]), n) for n, column in enumerate(columns)]
    nearest = min(edges, default=None)
    if nearest is not None and nearest[0] <= SLACK:
        return columns[nearest[1]]
    return next((c for c in columns if any(o.x0 < token.x1 and token.x0 < o.x1 for o in c[-4:])), None)


def _entries(lines: Sequence[Line], column: Sequence[Token]) -> Iterator[Entry]:
    texts = [_texts(lines, token) for token in column]
    place = _label_place(texts)
    texts = [_cut(choices, place, _second_places(texts, place)) for choices in texts]
    for token, choices in zip(column, texts, strict=True):
        assert token.number is not None
        label = _choice(choices, place)
        upper = ""
        if not has_letters(label) or _arithmetic_only(label):
            upper = _upper(lines, token, place)
            label = upper or label
        else:
            upper = _upper(lines, token, place)
            if continues(upper, label):
                label = f"{upper} {label}"
            lower = _lower(lines, token, place)
            if is_fragment(lower):
                label = f"{label} {lower}"
        label = _label(label)
        role = money_field_of(label) or ("total" if is_total(label) else None)
        entry = Entry(token, token.number.value, label, role, kind_of(label), wrapped=upper, known_left=place)
        _multiply(lines, entry)
        if entry.kind is LineKind.DEMAND and (entry.unit == "kWh" or "kwh" in label.lower()):
            entry.kind = LineKind.ENERGY  # the word alone proves nothing: the unit does
        yield entry


def _choice(choices: Sequence[tuple[float, str, Cell | None]], place: float) -> str:
    """The label among the texts before an amount: the one at the labels' place, indented or not, else the nearest."""
    texts = [(x0, text) for x0, text, _ in choices if not _arithmetic_only(text)] or [(x0, t) for x0, t, _ in choices]
    placed = [text for x0, text in texts if -4 <= x0 - place <= 14]
    return (placed or [text for _, text in texts] or [""])[0]


def _label(text: str) -> str:
    """A label without the arithmetic behind it."""
    text = _LEADERS.sub("", text)
    stripped = _TAIL.sub("", text).strip(_TRIM)
    if stripped != text.strip(_TRIM) and not _BLOCK.match(stripped):
        stripped = _QUANTITY_TAIL.sub("", stripped).strip(_TRIM)
    return stripped if has_letters(stripped) else text.strip(_TRIM)


def _second_places(texts: Sequence[Sequence[tuple[float, str, Cell | None]]], place: float) -> set[int]:
    """Where the texts between label and amount begin, in columns where two rows or more have one."""
    seconds = Counter(round(x0 / 3) for choices in texts for x0, _, _ in choices if x0 > place + 20)
    return {x for x, count in seconds.items() if count >= 2}


def _cut(
    choices: Sequence[tuple[float, str, Cell | None]], place: float, seconds: set[int]
) -> list[tuple[float, str, Cell | None]]:
    """Labels cut where the next column begins: a long label may leave no gap before it."""
    cut = []
    for x0, text, cell in choices:
        told = text
        if cell is not None and abs(x0 - place) <= 4:
            stop = next(
                (
                    n for n, word in enumerate(cell.words)
                    if n and round(word.x0 / 3) in seconds and word.x0 - cell.words[n - 1].x1 > 0.4 * word.height
                ),
                None,
            )  # fmt: skip
            if stop is not None:
                told = " ".join(word.text for word in cell.words[:stop])
        cut.append((x0, told, cell))
    return cut


def _texts(lines: Sequence[Line], token: Token) -> list[tuple[float, str, Cell | None]]:
    """What stands to the left of an amount in its row, nearest first, up to the amount before it."""
    line = lines[token.line]
    found: list[tuple[float, str, Cell | None]] = []
    assert token.number is not None
    if has_letters(token.inline):
        cell = line.cells[line.cell_at(token.number.start)]
        found.append((cell.x0, token.inline, None))
    for cell in reversed([c for c in line.cells if c.x1 <= token.x0 + 1]):
        if _holds_amount(line, cell):
            if found or not _price_of(line, cell, token):
                break
            continue
        if has_letters(cell.text) and not _is_date(line, cell):
            found.append((cell.x0, cell.text, cell))
    if not found and has_letters(token.left):
        found.append((_place_of(lines, token), token.left, None))
    return found


def _holds_amount(line: Line, cell: Cell) -> bool:
    begin = line.cell_begins[line.cells.index(cell)]
    end = begin + len(cell.text)
    return any(n.sort is Sort.MONEY and begin <= n.start < end and n.end >= end for n in line.numbers)


def _price_of(line: Line, cell: Cell, token: Token) -> bool:
    """Whether a figure before an amount is its price: times another figure of the row it gives the amount."""
    assert token.number is not None
    begin = line.cell_begins[line.cells.index(cell)]
    inside = [n for n in line.numbers if begin <= n.start < begin + len(cell.text)]
    before = [n for n in line.numbers if n.start < token.number.start]
    return any(
        abs(price.value * other.value - token.number.value) <= _CENT
        for price in inside for other in before if other is not price
    )  # fmt: skip


def _is_date(line: Line, cell: Cell) -> bool:
    begin = line.cell_begins[line.cells.index(cell)]
    return any(d.start <= begin + 1 and d.end >= begin + len(cell.text) - 1 for d in line.dates)


def _place_of(lines: Sequence[Line], token: Token) -> float:
    for other in range(max(token.line - 2, 0), min(token.line + 3, len(lines))):
        for cell in lines[other].cells:
            if cell.text == token.left:
                return cell.x0
    return 0.0


def _label_place(texts: Sequence[Sequence[tuple[float, str, Cell | None]]]) -> float:
    """Where across the labels of a column begin: the place with the most texts that name something."""
    known: Counter[int] = Counter()
    for choices in texts:
        for x0, text, _ in choices:
            if not _arithmetic_only(text) and (is_charge(text) or money_field_of(text) or is_total(text)):
                known[round(x0 / 3)] += 1
    if not known:
        return 0.0
    best = max(known.values())
    return 3.0 * min(place for place, count in known.items() if count == best)


def _upper(lines: Sequence[Line], token: Token, place: float) -> str:
    """The label in the row over an amount's, where that row has no amount of its own."""
    height = token.bottom - token.top
    for other in range(token.line - 1, max(token.line - 5, -1), -1):
        line = lines[other]
        if line.row.page != token.page or token.top - line.row.bottom > 0.7 * height:
            return ""
        if any(n.sort is Sort.MONEY and abs(line.x1(n.end) - token.x1) <= SLACK for n in line.numbers):
            return ""
        cell = next((c for c in line.cells if abs(c.x0 - place) <= 12 and has_letters(c.text)), None)
        if cell is not None:
            return cell.text.strip(" :")
    return ""


def _lower(lines: Sequence[Line], token: Token, place: float) -> str:
    """What stands right under a label, in a row without numbers."""
    if token.line + 1 >= len(lines) or not place:
        return ""
    line = lines[token.line + 1]
    if line.row.page != token.page or line.numbers or line.row.top - token.bottom > 0.7 * (token.bottom - token.top):
        return ""
    return next((cell.text for cell in line.cells if abs(cell.x0 - place) <= 12), "")


def _arithmetic_only(text: str) -> bool:
    """Whether a text is nothing but a quantity, a price and their signs."""
    words = _WORDS.findall(text.lower())
    lamps = any(UNITS.get(word) == "lamp" for word in words)
    return all(_ARITHMETIC.match(word) for word in words) and (any(letter.isdigit() for letter in text) or not lamps)


def _multiply(lines: Sequence[Line], entry: Entry) -> None:
    """Quantity and price of a charge, told only if exactly one pair of the numbers beside it gives the amount."""
    found = _products(_numbers_before(lines[entry.token.line], entry), entry.value)
    if not found:
        for other in (entry.token.line + 1, entry.token.line - 1):
            if 0 <= other < len(lines) and lines[other].row.page == entry.token.page and _bare(lines[other], entry):
                if _claimed(lines, other, entry):
                    continue  # it is the product of the charge over it, which comes to as much
                found = _products(_numbers_before(lines[other], entry), entry.value)
                if found:
                    break
    if len(found) == 1:
        quantity, price = found.pop()
        entry.quantity, entry.rate = abs(quantity.value), price.value
        entry.unit = quantity.unit or price.unit


def _claimed(lines: Sequence[Line], other: int, entry: Entry) -> bool:
    """Whether a row over an amount stands under another amount that comes to as much, of either sign."""
    if other > entry.token.line or other < 1:
        return False
    return any(n.sort is Sort.MONEY and abs(n.value) == abs(entry.value) for n in lines[other - 1].numbers)


def _bare(line: Line, entry: Entry) -> bool:
    """A row close by without an amount in the same column."""
    close = abs((line.row.top + line.row.bottom) / 2 - entry.token.middle) < 1.7 * (
        entry.token.bottom - entry.token.top
    )
    return close and not any(
        n.sort is Sort.MONEY and abs(line.x1(n.end) - entry.token.x1) <= SLACK for n in line.numbers
    )


def _numbers_before(line: Line, entry: Entry) -> list[Number]:
    return [
        n for n in line.numbers if entry.known_left - 6 <= line.x0(n.start) and line.x1(n.end) <= entry.token.x0 + 1
    ]


def _products(numbers: Sequence[Number], amount: Decimal) -> list[tuple[Number, Number]]:
    found = []
    for price in numbers:
        if price.sort is not Sort.PRICE and not price.dollar:
            continue
        for quantity in numbers:
            if quantity is price or quantity.dollar or quantity.sort is Sort.PERCENT or quantity.value == 0:
                continue
            if abs(abs(quantity.value * price.value) - abs(amount)) <= _CENT and price.decimals >= 2:
                found.append((quantity, price))
    if len({(quantity.value, price.value) for quantity, price in found}) == 1:  # "First 500 kWh  500 kWh x $0.12"
        found = [max(found, key=lambda pair: (pair[0].unit is not None, pair[1].decimals))]
    if len(found) == 2 and {found[0][0].start, found[0][1].start} == {found[1][0].start, found[1][1].start}:
        found = [max(found, key=lambda pair: (pair[0].unit is not None, pair[1].dollar, pair[1].decimals))]
    return found
