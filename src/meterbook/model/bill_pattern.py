"""Row patterns of bill templates: ``{label} {quantity} kWh @ {rate} {amount}`` compiled to a regular expression.

Outside of braces a pattern is literal, letter case and blanks between words aside. ``{name}`` stands for a value whose
type is known by its name, ``{name:type}`` names the type, ``{name:Act|Est}`` takes one of some words, ``[…]`` may be
absent, ``<…>`` is the label, the values inside of it included. A row has to fit from its first to its last character.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\s?\d+)?|\d+(?:\.\s?\d+)?|\.\s?\d+)"
_SIGN = r"[+\-\u2212\u2013]?"
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"


class ValueType(StrEnum):
    """What a value of a template is, and so which characters it may have."""

    MONEY = "money"
    NUMBER = "number"
    RATE = "rate"
    INTEGER = "integer"
    DATE = "date"
    WORD = "word"
    TEXT = "text"
    ANY = "any"


REGEX = {
    ValueType.MONEY: rf"\(?\s?{_SIGN}\s?\$?\s?{_SIGN}\s?"
    r"(?:\d{1,3}(?:,\d{3})+|\d+)?\s?\.\s?\d\s?\d(?!\d|[.,]\d)(?:\s?\)|\s?-(?!\S)|\s?cr\b)?",
    ValueType.NUMBER: _SIGN + r"\s?" + _NUMBER,
    ValueType.RATE: rf"{_SIGN}\s?\$?\s?{_SIGN}\s?{_NUMBER}(?:\s?[\u00a2c](?![a-z]))?",
    ValueType.INTEGER: r"(?:\d{1,3}(?:,\d{3})+|\d+)",
    ValueType.DATE: rf"(?:\d{{1,2}}[/-]\d{{1,2}}(?:[/-]\d{{2,4}})?|\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|{_MONTH}\s?\d{{1,2}}(?:,?\s['\u2019]?\d{{4}}|,?\s['\u2019]\d{{2}})?|\d{{1,2}}[\s-]{_MONTH}[\s-]\d{{4}})(?!\d)",
    ValueType.WORD: r"\S+",
    ValueType.TEXT: r"\S.*?",
    ValueType.ANY: r".*?",
}
"""What a value of each type looks like in print, letter case aside."""
_TOKEN = re.compile(
    r"\{(?P<hole>[^{}]*)\}|(?P<open>\[)|(?P<close>\])|(?P<label><)|(?P<labelled>>)"
    r"|(?P<literal>[^{}\[\]<>]+)|(?P<wrong>[{}])"
)
_LONGEST = 600
"""Characters of the longest row that is tried: what takes no time on a bill's row could take hours on a megabyte."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class BadPattern(ValueError):
    """A pattern that can't be compiled; says why."""


class Pattern:
    """A compiled row pattern.

    Args:
        text: as written in the template.
        types: type of each name that may stand in braces; ``any``, ``text``, ``word``, ``number``, ``money``,
            ``date`` and ``integer`` by themselves skip a value of that type.

    Raises:
        BadPattern: braces or brackets don't pair, a name is unknown or given twice.
    """

    __slots__ = ("names", "regex", "text", "types")

    def __init__(self, text: str, types: Mapping[str, ValueType]) -> None:
        self.text = text
        self.types: dict[str, ValueType] = {}
        self.regex = re.compile(self._compile(types), re.IGNORECASE)
        self.names = tuple(self.types)

    def match(self, row: str) -> dict[str, str] | None:
        """The values by name, as printed; None where the row does not fit. Absent options are left out."""
        found = self.regex.fullmatch(row) if len(row) <= _LONGEST else None
        if found is None:
            return None
        return {name: value.strip() for name, value in found.groupdict().items() if value is not None}

    def _compile(self, types: Mapping[str, ValueType]) -> str:
        parts, depth, inside = [], 0, False
        for token in _TOKEN.finditer(self.text):
            if token["hole"] is not None:
                parts.append(self._hole(token["hole"], types))
            elif token["open"]:
                parts.append("(?:")
                depth += 1
            elif token["close"]:
                parts.append(r"\s*)?")
                depth -= 1
            elif token["label"] or token["labelled"]:
                if inside == bool(token["label"]) or "label" in self.types:
                    raise BadPattern(f"{self.text!r} has to have one label from < to >")
                inside = not inside
                parts.append("(?P<label>" if inside else ")")
                if not inside:
                    self.types["label"] = ValueType.TEXT
            elif token["wrong"] or depth < 0:
                raise BadPattern(f"a brace of {self.text!r} has no partner")
            else:
                parts.append(_literal(token["literal"]))
            if depth < 0:
                raise BadPattern(f"a bracket of {self.text!r} has no partner")
        if depth or inside:
            raise BadPattern(f"a bracket of {self.text!r} has no partner")
        if not parts:
            raise BadPattern("a pattern is empty")
        return r"\s*" + "".join(parts) + r"\s*"

    def _hole(self, hole: str, types: Mapping[str, ValueType]) -> str:
        name, _, said = hole.partition(":")
        name, said = name.strip(), said.strip()
        if not _NAME.fullmatch(name):
            raise BadPattern(f"{{{hole}}} is no name: small letters, digits and _ after a first letter")
        choice = "|".join(map(_literal, said.split("|"))) if said and said not in list(ValueType) else None
        if name in types:
            kind = types[name]
        elif choice is None and said:
            kind = ValueType(said)
        elif name in list(ValueType):
            return f"(?:{choice or REGEX[ValueType(name)]})"
        else:
            raise BadPattern(f"{{{name}}} is not a known value: give its type as {{{name}:money}}, or use a known name")
        if name in self.types:
            raise BadPattern(f"{{{name}}} stands twice in {self.text!r}")
        self.types[name] = kind
        return f"(?P<{name}>{choice or REGEX[kind]})"


def _literal(text: str) -> str:
    """Literal words: blanks between them may be wider, or lost where the page glues words."""
    words = [re.escape(word) for word in text.split()]
    if not words:
        return r"\s+"  # between two values: without it a digit could go to either
    lead = r"\s*" if text[:1].isspace() else ""
    trail = r"\s*" if text[-1:].isspace() else ""
    return lead + r"\s*".join(words) + trail
