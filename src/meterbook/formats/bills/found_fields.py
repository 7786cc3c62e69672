"""What labels say: each field with every value that a label of it stands beside. Nothing is chosen here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

from meterbook.formats.bills.amounts import Sort
from meterbook.formats.bills.dates import Printed, day_first, joined, nearest_year
from meterbook.formats.bills.labels import DAY_FIELDS, field_of, is_charge, is_sentence, key_of, money_field_of
from meterbook.formats.bills.layout import Cell
from meterbook.formats.bills.tokens import Line, Token, has_letters

_FROM = re.compile(r"^(service |billing |date )?(from|begin|beginning|start)( date)?$|^start of (service|period)$")
_TO = re.compile(r"^(service |billing |date )?(to|through|thru|end|ending)( date)?$|^end of (service|period)$")
_ACCOUNT = re.compile(
    r"\b(?:account|acct\.?)\s{0,2}(?:(?:number|no\.?|num\.?|nbr\.?|id|#)\s*[:#.]*|[:#]+)\s*(?P<value>.*)$",
    re.IGNORECASE,
)
_BARE_ACCOUNT = re.compile(r"^(?:your )?(?:account|acct\.?)\s*[:#]*$", re.IGNORECASE)
_ACCOUNT_VALUE = re.compile(r"^[#:\s]*(?P<value>[A-Z]{0,3}-?\d(?:[\d]|[ -](?=\d)){3,24})(?![\d/.,]|\s?[-/]\d)")
_DAYS = re.compile(
    r"^(number of )?(billing |service |total )?days( (in|of) (the )?(billing |service )?(period|cycle))?( billed)?$"
    r"|^days (billed|used)$|^no of days$"
)
_NOTICE = re.compile(
    r"\b(disconnect(ion)?|final|past.due|shut.?off|termination|cut.?off|delinquent|late|urgent|reminder) notice\b",
    re.IGNORECASE,
)
_DAYS_AFTER = re.compile(r"(?:for )?(?P<days>\d{1,3})\s{0,2}(?:billing |service )?days", re.IGNORECASE)


@dataclass(slots=True)
class Found:
    """Values beside labels.

    Attributes:
        money: amounts by field, in the order printed.
        days: dates by field.
        periods: spans whose label or printed count of days says that they are the service period.
        day_counts: counts of days.
        accounts: account numbers as printed.
        other_order: the days read day first, where no date of the bill says which of both is meant.
        contradictory_dates: numeric dates that cannot all be of one order.
    """

    money: dict[str, list[Decimal]] = field(default_factory=dict)
    days: dict[str, list[date]] = field(default_factory=dict)
    periods: list[tuple[date, date]] = field(default_factory=list)
    day_counts: list[int] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    contradictory_dates: bool = False
    other_order: Found | None = None

    def amounts(self, name: str) -> tuple[Decimal, ...]:
        """The different amounts beside labels of a field."""
        return tuple(dict.fromkeys(self.money.get(name, ())))

    def dates(self, name: str) -> tuple[date, ...]:
        """The different days beside labels of a field."""
        return tuple(dict.fromkeys(self.days.get(name, ())))


def found_fields(lines: Sequence[Line], tokens: Sequence[Token]) -> Found:
    """Every labelled value of a bill."""
    found = Found()
    order = day_first(printed for line in lines for printed in line.dates)
    found.contradictory_dates = order is None
    for token in tokens:
        if token.number is not None:
            _money(found, token)
    by_line: dict[int, list[Token]] = {}
    for token in tokens:
        if token.printed is not None:
            by_line.setdefault(token.line, []).append(token)
    _days(found, by_line, lines, order=bool(order))
    if _either_order(by_line):
        found.other_order = Found(day_counts=list(found.day_counts))
        _days(found.other_order, by_line, lines, order=True)
    found.accounts += _accounts(lines)
    return found


def _days(found: Found, by_line: Mapping[int, Sequence[Token]], lines: Sequence[Line], *, order: bool) -> None:
    _single_days(found, by_line, lines, order)
    reference = next(iter(found.dates("bill_date")), None)
    found.periods += _periods(found, by_line, lines, reference, order=order)


def _either_order(by_line: Mapping[int, Sequence[Token]]) -> bool:
    """Whether every numeric date of a bill has a meaning month first and another day first."""
    printed = [token.printed for tokens in by_line.values() for token in tokens if token.printed is not None]
    numeric = [p for p in printed if not p.named and p.year is not None]
    return (
        bool(numeric)
        and all(p.first <= 12 and p.second <= 12 for p in numeric)
        and any(p.first != p.second for p in numeric)
    )


def label_of(token: Token, among: frozenset[str]) -> str | None:
    """The field that the label nearest to a value names: in its own cell, else left of it, else over it."""
    if has_letters(token.inline):
        return field_of(token.inline, among)
    return (field_of(token.left, among) if has_letters(token.left) else None) or field_of(token.above, among)


def _money(found: Found, token: Token) -> None:
    number = token.number
    assert number is not None
    if number.sort is Sort.MONEY:
        if has_letters(token.after) and not token.after.lower().startswith(("cr", "due", "by")):
            return
        name = _money_label(token)
        if name is not None:
            found.money.setdefault(name, []).append(number.value)
    elif number.value == int(number.value) and 0 < number.value < 200:
        if is_sentence(token.inline) or (has_letters(token.after) and not token.after.startswith((")", "x"))):
            return
        labels = [key_of(text) for text in (token.inline, token.left, token.above)]
        if number.unit == "day" or any(_DAYS.match(label) for label in labels):
            found.day_counts.append(int(number.value))


def _money_label(token: Token) -> str | None:
    if has_letters(token.inline):
        return money_field_of(token.inline)
    return (money_field_of(token.left) if has_letters(token.left) else None) or (
        None if is_charge(token.left) else money_field_of(token.above)
    )


def _single_days(found: Found, by_line: Mapping[int, Sequence[Token]], lines: Sequence[Line], order: bool) -> None:
    later: list[tuple[str, Printed]] = []
    letters = _notices(lines)
    for index, tokens in by_line.items():
        paired = _paired(tokens, lines[index])
        for token in tokens:
            printed = token.printed
            assert printed is not None
            if id(token) in paired:
                continue
            name = label_of(token, DAY_FIELDS)
            if name is None or name == "period" or (name == "due_date" and token.page in letters):
                continue
            day = printed.on(day_first=order)
            if day is not None:
                found.days.setdefault(name, []).append(day)
            elif printed.year is None:
                later.append((name, printed))
    issued = next(iter(found.dates("bill_date")), None)
    for name, printed in later:
        if issued is not None and name in {"due_date", "next_read_date"}:
            day = nearest_year(printed, issued, later=True, day_first=order)
            if day is not None:
                found.days.setdefault(name, []).append(day)


def _notices(lines: Sequence[Line]) -> set[int]:
    """Pages that are letters about another bill; what they ask for and when is not this bill's."""
    found = {line.row.page for line in lines if len(line.text) < 60 and _NOTICE.search(line.text)}
    return found if len({line.row.page for line in lines}) > 1 else set()


def _paired(tokens: Sequence[Token], line: Line) -> set[int]:
    paired: set[int] = set()
    for one, other in pairwise(tokens):
        if one.printed is not None and other.printed is not None and joined(line.text, one.printed, other.printed):
            paired |= {id(one), id(other)}
    return paired


def _periods(
    found: Found, by_line: Mapping[int, Sequence[Token]], lines: Sequence[Line], reference: date | None, *, order: bool
) -> Iterator[tuple[date, date]]:
    for index, tokens in by_line.items():
        for one, other in pairwise(tokens):
            span = _joined_span(lines[index], one, other, reference, order=order)
            counted = _DAYS_AFTER.match(other.after.strip(" ,.;)("))
            if span is not None and counted is not None:
                found.day_counts.append(int(counted["days"]))
            if span is not None:
                yield span
    yield from _headed_spans([token for tokens in by_line.values() for token in tokens], reference, order=order)


def _joined_span(
    line: Line, one: Token, other: Token, reference: date | None, *, order: bool
) -> tuple[date, date] | None:
    """Two dates with a dash between them that a label, or a count of days behind them, makes the service period."""
    assert one.printed is not None
    assert other.printed is not None
    if not joined(line.text, one.printed, other.printed):
        return None
    tail = other.after.strip(" ,.;)(")
    counted = _DAYS_AFTER.match(tail) is not None
    if has_letters(tail) and not counted:
        return None  # a sentence goes on: a message
    names = {field_of(text, frozenset({"period"})) for text in (one.inline, one.left, one.above) if text}
    return _span(one.printed, other.printed, reference, order) if counted or "period" in names else None


def _headed_spans(tokens: Sequence[Token], reference: date | None, *, order: bool) -> Iterator[tuple[date, date]]:
    """A date under or beside "From" and one under or beside "To"."""
    named = [
        (token, key_of(token.inline if has_letters(token.inline) else token.above or token.left)) for token in tokens
    ]
    starts = [token for token, label in named if _FROM.match(label)]
    ends = [token for token, label in named if _TO.match(label)]
    for start in starts:
        for end in ends:
            near = start.page == end.page and abs(start.middle - end.middle) < 20
            if not near or (start.line != end.line and len(starts) > 1):
                continue
            assert start.printed is not None
            assert end.printed is not None
            span = _span(start.printed, end.printed, reference, order)
            if span is not None:
                yield span


def _span(one: Printed, other: Printed, reference: date | None, order: bool) -> tuple[date, date] | None:
    end = other.on(day_first=order)
    if end is None and other.year is None and reference is not None:
        end = nearest_year(other, reference, day_first=order)
    if end is None:
        return None
    start = nearest_year(one, end, day_first=order)
    return None if start is None or start > end else (start, end)


def _accounts(lines: Sequence[Line]) -> Iterator[str]:
    for index, line in enumerate(lines):
        for place, cell in enumerate(line.cells):
            text = cell.text
            match = _ACCOUNT.search(text)
            if match is None and not _BARE_ACCOUNT.match(text.strip()):
                continue
            if re.search(
                r"\b(bank|routing|checking|on your|with your|your check|write|include)\b", text, re.IGNORECASE
            ):
                continue
            rest = match["value"] if match is not None else ""
            choices = [rest]
            if not rest.strip():
                choices += [line.cells[place + 1].text] if place + 1 < len(line.cells) else []
                choices += list(_under(lines, index, cell))
            for choice in choices:
                value = _ACCOUNT_VALUE.match(choice.strip())
                if value is not None:
                    yield value["value"].strip()
                    break


def _under(lines: Sequence[Line], index: int, label: Cell) -> Iterable[str]:
    for other in range(index + 1, min(index + 4, len(lines))):
        line = lines[other]
        if line.row.page != lines[index].row.page or line.row.top - label.bottom > 1.6 * label.height:
            return
        over = [cell for cell in line.cells if cell.x0 < label.x1 and cell.x1 > label.x0]
        if over:
            yield over[0].text
            return
