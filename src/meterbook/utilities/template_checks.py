"""What the types of a bill template can't say: patterns compile, areas and names exist, sums can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from meterbook.model.bill_kinds import LineKind
from meterbook.model.bill_pattern import BadPattern, Pattern, ValueType
from meterbook.model.bill_sums import BadSum, Term, sides, terms
from meterbook.model.bill_template import (
    LINE_TYPES,
    METER_TYPES,
    STATEMENT_TYPES,
    Columns,
    Field,
    LineRow,
    Lines,
    MeterRow,
    Meters,
    Template,
)

Path = tuple[str | int, ...]
Problem = tuple[Path, str, str]
"""Where, what is wrong with the field there, what would have been right."""


def problems(template: Template) -> Iterator[Problem]:
    """Everything wrong with a template that has the right shape."""
    yield from _areas(template)
    yield from _fields(template)
    yield from _rows(template)
    for number, table in enumerate(template.lines):
        yield from _lines(template, table, ("lines", number))
    for number, rules in enumerate(template.meters):
        yield from _meters(template, rules, ("meters", number))
    yield from _sums(template)


def names_of(template: Template) -> set[str]:
    """Every name that a value of the template can have."""
    names = {*template.fields, "lines", "meters", *(f"lines.{table.name}" for table in template.lines)}
    for rule in template.rows:
        names |= _names(_texts(rule.row), STATEMENT_TYPES)
    for table in template.lines:
        names |= _names(table.total, {**STATEMENT_TYPES, "amount": ValueType.MONEY})
    return names


def _areas(template: Template) -> Iterator[Problem]:
    for name, area in template.areas.items():
        if area.below and area.at:
            yield ("areas", name, "at"), "stands beside below", "one of the two"
        if area == type(area)():
            yield ("areas", name), "bounds nothing", "below, at, above, left_of, right_of, column_of or page"


def _fields(template: Template) -> Iterator[Problem]:
    for name, rules in template.fields.items():
        for index, rule in enumerate(rules if isinstance(rules, list) else [rules]):
            path: Path = ("fields", name, index) if isinstance(rules, list) else ("fields", name)
            yield from _field(template, name, rule, path)


def _field(template: Template, name: str, rule: Field, path: Path) -> Iterator[Problem]:
    ways = [way for way in ("right", "below", "sum", "value") if getattr(rule, way) is not None]
    if len(ways) != 1:
        yield path, f"has {' and '.join(ways) or 'no way to find it'}", "one of right, below, sum, value"
    if name not in STATEMENT_TYPES and rule.type is None and rule.sum is None:
        known = ", ".join(STATEMENT_TYPES)
        yield path, "is no field of a statement and has no type", f"type: money (or another), or one of {known}"
    if name in STATEMENT_TYPES and rule.type is not None:
        yield (*path, "type"), "is given to a field whose type is known", "no type"
    if name in ("lines", "meters"):
        yield path, f"is called {name}, which is a sum of all of them", "another name"
    yield from _area_known(template, rule.area, (*path, "area"))


def _rows(template: Template) -> Iterator[Problem]:
    for number, rule in enumerate(template.rows):
        path: Path = ("rows", number)
        yield from _patterns(_texts(rule.row), STATEMENT_TYPES, (*path, "row"), single=isinstance(rule.row, str))
        yield from _area_known(template, rule.area, (*path, "area"))
        names = _names(_texts(rule.row), STATEMENT_TYPES)
        for index, name in enumerate(rule.negative):
            if name not in names:
                yield (*path, "negative", index), "names no value of the row", f"one of {', '.join(sorted(names))}"


def _lines(template: Template, table: Lines, path: Path) -> Iterator[Problem]:
    yield from _area_known(template, table.area, (*path, "area"))
    if not table.rows and table.columns is None:
        yield path, "has neither rows nor columns", "one of them, by which a line item is known"
    for index, rule in enumerate(table.rows):
        at: Path = (*path, "rows", index)
        texts = _texts(rule.row if isinstance(rule, LineRow) else rule)
        whole = (*at, "row") if isinstance(rule, LineRow) else at
        wrong = list(_patterns(texts, LINE_TYPES, whole, single=len(texts) == 1))
        yield from wrong
        extra = {**table.set, **(rule.set if isinstance(rule, LineRow) else {})}
        yield from _set(rule.set if isinstance(rule, LineRow) else {}, LINE_TYPES, (*at, "set"))
        lacks = {"label", "amount"} - _names(texts, LINE_TYPES) - extra.keys()
        if lacks and not wrong:
            yield at, f"gives no {' and no '.join(sorted(lacks))}", "a line item with {label} and {amount}"
    yield from _set(table.set, LINE_TYPES, (*path, "set"))
    yield from _columns(table.columns, LINE_TYPES, (*path, "columns"), needs={"label", "amount"})
    for field in ("headings", "skip"):
        yield from _patterns(getattr(table, field), LINE_TYPES, (*path, field))
    for field in ("subtotals", "total"):
        types = {**STATEMENT_TYPES, "amount": ValueType.MONEY}
        yield from _patterns(getattr(table, field), types, (*path, field))
    for field in ("kinds", "services"):
        for text in getattr(table, field):
            yield from _patterns([text], LINE_TYPES, (*path, field, text), single=True)


def _meters(template: Template, rules: Meters, path: Path) -> Iterator[Problem]:
    yield from _area_known(template, rules.area, (*path, "area"))
    if not rules.each and not rules.one and rules.columns is None:
        yield path, "has no way to find a register", "one of each, one, columns"
    for index, rule in enumerate(rules.each):
        row = rule.row if isinstance(rule, MeterRow) else rule
        at = (*path, "each", index, "row") if isinstance(rule, MeterRow) else (*path, "each", index)
        yield from _patterns(_texts(row), METER_TYPES, at, single=isinstance(row, str))
        yield from _set(rule.set if isinstance(rule, MeterRow) else {}, METER_TYPES, (*path, "each", index, "set"))
    yield from _patterns(rules.one, METER_TYPES, (*path, "one"))
    yield from _set(rules.set, METER_TYPES, (*path, "set"))
    yield from _columns(rules.columns, METER_TYPES, (*path, "columns"), needs=set())


def _columns(
    columns: Columns | None, types: Mapping[str, ValueType], path: Path, *, needs: set[str]
) -> Iterator[Problem]:
    if columns is None:
        return
    for name in columns.headings:
        if name not in types and name not in list(ValueType):
            yield (*path, "headings", name), "is no value of a row", f"one of {', '.join(types)}"
    lacks = needs - columns.headings.keys() - columns.set.keys()
    if lacks:
        yield (*path, "headings"), f"has no {' and no '.join(sorted(lacks))}", "a heading for each"
    yield from _set(columns.set, types, (*path, "set"))


def _set(values: Mapping[str, str], types: Mapping[str, ValueType], path: Path) -> Iterator[Problem]:
    for name, text in values.items():
        if name == "kind" and types is LINE_TYPES:
            if text not in list(LineKind):
                yield (*path, name), f"is {text!r}", f"one of {', '.join(LineKind)}"
        elif name not in types and name != "service":
            yield (*path, name), "is no value of a row", f"one of {', '.join(types)}"


def _sums(template: Template) -> Iterator[Problem]:
    names = names_of(template)
    for name, rules in template.fields.items():
        for index, rule in enumerate(rules if isinstance(rules, list) else [rules]):
            if rule.sum is not None:
                at: Path = ("fields", name, index) if isinstance(rules, list) else ("fields", name)
                yield from _terms(rule.sum, names, (*at, "sum"), equation=False)
    for number, text in enumerate(template.must):
        yield from _terms(text, names, ("must", number), equation=True)


def _terms(text: str, names: set[str], path: Path, *, equation: bool) -> Iterator[Problem]:
    try:
        parts: Iterable[Term] = [part for side in sides(text) for part in side] if equation else terms(text)
    except BadSum as err:
        yield path, f"can't be read: {err}", "names with + and - between them" + (" on both sides of =" * equation)
        return
    for part in parts:
        if part.name not in names:
            yield path, f"names {part.name!r}, which nothing gives", f"one of {', '.join(sorted(names))}"


def _area_known(template: Template, area: str | None, path: Path) -> Iterator[Problem]:
    if area is not None and area not in template.areas:
        yield path, f"is {area!r}", f"one of the areas: {', '.join(template.areas) or 'there are none'}"


def _patterns(
    texts: Iterable[str], types: Mapping[str, ValueType], path: Path, *, single: bool = False
) -> Iterator[Problem]:
    for index, text in enumerate(texts):
        try:
            Pattern(text, types)
        except BadPattern as err:
            yield path if single else (*path, index), f"is no pattern: {err}", "words with {values} between them"


def _names(texts: Iterable[str], types: Mapping[str, ValueType]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        try:
            found.update(Pattern(text, types).names)
        except BadPattern:
            continue
    return found


def _texts(row: str | list[str]) -> list[str]:
    return [row] if isinstance(row, str) else row
