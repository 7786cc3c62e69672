"""Meter readings as labels with values beside them, and as two dated readings with what was used under them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from meterbook.formats.bills.amounts import Number, Sort
from meterbook.formats.bills.reading_proof import label_beside, proven
from meterbook.formats.bills.reading_words import Role, about_readings, read_type_of, role_of, unit_in
from meterbook.formats.bills.tokens import Line
from meterbook.model.statement import MeterUsage

_Mark = tuple[int, Role, Number, str]
"""A figure whose label says what it is: its line, what it is, itself, the label."""
_BLOCK = 12
"""Rows over which the readings of one meter spread."""
_SPOKEN = re.compile(
    r"\b(?:mult|const|prev|prior|begin|start|old|open|pre[s]|curr|end|new|clo[s]|diff|meas"
    r"|us(?:e|age)|consum|kwh|ccf|k?gal|unit)",
    re.IGNORECASE,
)
"""Words that labels of readings begin with; most rows have none."""
_DATED = re.compile(r"\b(?:read|reading)\b", re.IGNORECASE)


def labelled_registers(lines: Sequence[Line]) -> Iterator[MeterUsage | None]:
    """Registers whose readings, multiplier and usage stand beside labels; None where they do not agree."""
    marks: list[_Mark] = []
    for index, line in enumerate(lines):
        if _SPOKEN.search(line.text) is None:
            continue
        for number in line.numbers:
            label = label_beside(line, number)
            role = role_of(label)
            if role in {Role.PREVIOUS, Role.PRESENT, Role.USAGE, Role.MULTIPLIER, Role.DIFFERENCE}:
                assert role is not None
                marks.append((index, role, number, label))
    for start, role, _, label in marks:
        if role not in {Role.PREVIOUS, Role.PRESENT} or not about_readings(label):
            continue
        block = [mark for mark in marks if start <= mark[0] <= start + _BLOCK and _same_page(lines, start, mark[0])]
        roles = [mark[1] for mark in block]
        if roles.count(Role.PREVIOUS) != 1 or roles.count(Role.PRESENT) != 1:
            if roles.count(Role.PREVIOUS) > 1 and roles.count(Role.PRESENT) > 1:
                yield None
            continue
        by_role: dict[Role, _Mark] = {mark[1]: mark for mark in block if mark[1] is not Role.USAGE}
        yield _from_labels(lines, by_role, [mark for mark in block if mark[1] is Role.USAGE])


def _from_labels(lines: Sequence[Line], by_role: dict[Role, _Mark], uses: Sequence[_Mark]) -> MeterUsage | None:
    def number(role: Role) -> Number | None:
        return by_role[role][2] if role in by_role else None

    previous, present = by_role[Role.PREVIOUS], by_role[Role.PRESENT]
    for use in uses:
        used = proven(previous[2], present[2], number(Role.MULTIPLIER), use[2], number(Role.DIFFERENCE))
        if used is None:
            continue
        multiplier = number(Role.MULTIPLIER)
        return MeterUsage(
            previous=abs(previous[2].value), present=abs(present[2].value),
            multiplier=None if multiplier is None else multiplier.value, usage=used,
            unit=use[2].unit or unit_in(use[3]), read_type=read_type_of(_cell_after(lines[present[0]], present[2])),
        )  # fmt: skip
    return None


def _cell_after(line: Line, number: Number) -> str:
    """What stands behind a figure in its own cell."""
    end = next((begin for begin in line.cell_begins if begin >= number.end), len(line.text))
    return line.text[number.end : end]


def dated_registers(lines: Sequence[Line]) -> Iterator[MeterUsage | None]:
    """Two rows, each a reading with its date; what was used stands in the rows under them."""
    dated = [
        (index, line.dates[0], _plain(line)) for index, line in enumerate(lines)
        if len(line.dates) == 1 and _DATED.search(line.text) and _plain(line) is not None
    ]  # fmt: skip
    for (index, day, number), (below, other_day, other) in pairwise(dated):
        one, two = day.on(), other_day.on()
        if below - index > 2 or number is None or other is None or one is None or two is None or one == two:
            continue
        later_first = one > two
        previous, present = (other, number) if later_first else (number, other)
        later, where = (one, lines[index]) if later_first else (two, lines[below])
        under = lines[below + 1 : below + 5]
        used = [n for line in under for n in line.numbers if proven(previous, present, None, n, None)]
        if not used:
            yield None
            continue
        label = next(line.text for line in under for n in line.numbers if n is used[0])
        yield MeterUsage(
            read_start=min(one, two), read_end=later, previous=abs(previous.value), present=abs(present.value),
            usage=used[0].value, unit=used[0].unit or unit_in(label), read_type=read_type_of(where.text),
        )  # fmt: skip


def _plain(line: Line) -> Number | None:
    """The only figure of a row, or the only one behind its date, if it is no money."""
    plain = [n for n in line.numbers if n.sort in {Sort.PLAIN, Sort.QUANTITY} and n.decimals == 0]
    behind = [n for n in plain if n.start > line.dates[0].end]
    return next((some[0] for some in (plain, behind) if len(some) == 1), None)


def _same_page(lines: Sequence[Line], one: int, other: int) -> bool:
    return lines[one].row.page == lines[other].row.page
