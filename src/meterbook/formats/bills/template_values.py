"""What a template has read so far: values with the places they came from, and reasons why a bill can't be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from meterbook.formats.bills.layout import Word
from meterbook.formats.bills.template_page import Row, words_text

Value = str | int | Decimal | date | tuple[int, int]
"""A value as read; ``(month, day)`` is a date printed without its year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catch:
    """A rule of a template and what it caught on the page.

    Attributes:
        rule: where in the template the rule is, such as ``fields.due_date``.
        page: index of the page, from 0; None for what is not on the page.
        x0: left edge of what was caught, points.
        x1: right edge.
        top: upper edge.
        bottom: lower edge.
        text: the words caught.
        value: what was read from them.
    """

    rule: str
    page: int | None
    x0: float
    x1: float
    top: float
    bottom: float
    text: str
    value: str


@dataclass(slots=True, kw_only=True)
class Findings:
    """Values of one bill by name, filled rule by rule.

    Attributes:
        values: the value of each name; a date without a year is a ``(month, day)`` until the bill date is known.
        reasons: what speaks against the bill: a label or value missing, two places that disagree, a row not understood.
        catches: which rule caught what, in the order of the rules.
    """

    values: dict[str, Value] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    catches: list[Catch] = field(default_factory=list)

    def take(self, name: str, value: Value) -> None:
        """Keep a value; a second, different one for the same name is a contradiction."""
        known = self.values.setdefault(name, value)
        if known == value:
            return
        fuller = _fuller(known, value)
        if fuller is None:
            self.refuse(f"{name.replace('_', ' ')} is printed as {shown(known)} and as {shown(value)}")
        else:
            self.values[name] = fuller

    def refuse(self, reason: str) -> None:
        """Note why the bill is not to be trusted, once."""
        if reason not in self.reasons:
            self.reasons.append(reason)

    def catch(self, rule: str, row: Row, words: tuple[Word, ...], value: str) -> None:
        """Note what a rule caught."""
        self.catches.append(
            Catch(
                rule=rule,
                page=row.page,
                x0=words[0].x0,
                x1=words[-1].x1,
                top=row.top,
                bottom=row.bottom,
                text=words_text(words),
                value=value,
            )
        )


def shown(value: Value) -> str:
    """A value as it stands in a message."""
    return f"{value[0]}/{value[1]}" if isinstance(value, tuple) else str(value)


def said(values: Mapping[str, Value]) -> str:
    """Values by name as they stand in a message."""
    return ", ".join(f"{name} {shown(value)}" for name, value in values.items())


def _fuller(known: Value, other: Value) -> Value | None:
    """Of a date with its year and the same day without, the one with it."""
    for whole, part in ((known, other), (other, known)):
        if isinstance(whole, date) and isinstance(part, tuple) and (whole.month, whole.day) == part:
            return whole
    return None
