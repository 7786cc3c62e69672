"""Finding the line of headings, and which column each field is: by name, whatever stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from meterbook.formats.bill_reports.mapping import BillMapping, ChargeColumn, Field, UsageColumn
from meterbook.model.errors import UsageError, Where

_ADVICE = re.compile(r"\((?:required|optional|pre-?filled)\b[^)]*\)?", re.IGNORECASE)
_BRACKETS = re.compile(r"\(([^()]*)\)\s*$")
_UNIT_WORDS = frozenset({"kwh", "mwh", "kbtu", "ccf", "mcf", "therms", "therm", "gallons", "gal"})
_WORTHLESS = re.compile(r"[^0-9a-z#%]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headings:
    """The columns of a table that a mapping names.

    Attributes:
        places: column of each field, from 0.
        usages: columns of usage by service.
        charges: columns of single charges.
        names: every heading as it stands, on one line.
    """

    places: dict[Field, int]
    usages: tuple[tuple[int, UsageColumn], ...]
    charges: tuple[tuple[int, ChargeColumn], ...]
    names: tuple[str, ...]

    def unit_of(self, place: int) -> str | None:
        """The unit that a heading names: ``Usage (therms)``, ``Total kWh``."""
        heading = self.names[place]
        word = next((word for word in heading.split() if word.casefold() in _UNIT_WORDS), None)
        return bracketed(heading) or word


def plain(heading: str) -> str:
    """A heading on one line, without its advice to whoever fills it in.

    >>> plain("Start Date\\n(Required)"), plain("Month ")
    ('Start Date', 'Month')
    """
    return " ".join(_ADVICE.sub(" ", heading).split())


def key(heading: str) -> str:
    """What two spellings of a heading have in common.

    >>> key("Usage/Quantity") == key("usage quantity"), key("Account #")
    (True, 'account#')
    """
    return _WORTHLESS.sub("", plain(heading).casefold())


def bracketed(heading: str) -> str | None:
    """What stands in brackets at the end of a heading."""
    found = _BRACKETS.search(plain(heading))
    return found.group(1).strip() if found is not None else None


def find(mapping: BillMapping, cells: Sequence[str], where: Where) -> Headings | None:
    """The columns that a mapping names, if this is the line of headings; None where one that is needed is missing.

    Raises:
        UsageError: two columns have the heading that is meant.
    """
    exact, base = _keys(cells)
    places: dict[Field, int] = {}
    for name, wanted in mapping.columns.items():
        place = _place(wanted, exact, base, where)
        if place is not None:
            places[name] = place
        elif name not in mapping.optional:
            return None
    usages = tuple(
        (place, one) for one in mapping.usages if (place := _place((one.heading,), exact, base, where)) is not None
    )
    charges = []
    for one in mapping.charges:
        place = _place((one.heading,), exact, base, where)
        if place is None:
            return None
        charges.append((place, one))
    if mapping.usages and not usages:
        return None
    return Headings(places=places, usages=usages, charges=tuple(charges), names=tuple(plain(cell) for cell in cells))


def missing(mapping: BillMapping, cells: Sequence[str]) -> list[str]:
    """Headings that a mapping needs and a line does not have."""
    exact, base = _keys(cells)
    needed = [
        *(wanted for name, wanted in mapping.columns.items() if name not in mapping.optional),
        *((one.heading,) for one in mapping.charges),
    ]
    return [wanted[0] for wanted in needed if not any(key(one) in exact or key(one) in base for one in wanted)]


def _keys(cells: Sequence[str]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Places by whole heading, and by heading without a unit in brackets."""
    exact: dict[str, list[int]] = {}
    base: dict[str, list[int]] = {}
    for place, cell in enumerate(cells):
        if not cell.strip():
            continue
        exact.setdefault(key(cell), []).append(place)
        without = _BRACKETS.sub("", plain(cell))
        if without != plain(cell):
            base.setdefault(key(without), []).append(place)
    return exact, base


def _place(wanted: Iterable[str], exact: dict[str, list[int]], base: dict[str, list[int]], where: Where) -> int | None:
    for heading in wanted:
        found = exact.get(key(heading)) or base.get(key(heading))
        if found is None:
            continue
        if len(found) > 1:
            raise UsageError(
                f"{len(found)} columns are headed {plain(heading)!r}",
                where=where,
                expected=f"one such column, not {' and '.join(str(one + 1) for one in found)}",
                hint="Rename the others, or name another heading in the profile. Nothing was stored.",
            )
        return found[0]
    return None
