"""The words that bills print over and beside meter readings, and the roles they give to a figure."""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache

from meterbook.formats.bills.labels import key_of
from meterbook.model.statement import ReadType


class Role(Enum):
    """What a figure of a meter's row is."""

    PREVIOUS = auto()
    PRESENT = auto()
    DIFFERENCE = auto()
    MULTIPLIER = auto()
    USAGE = auto()
    METER = auto()
    REGISTER = auto()
    OTHER = auto()


_ROLES = (
    (Role.OTHER, re.compile(
        r"\b(date|dates|days|demand|factor|cost|amount|charge|price|avg|average|temp|year|month|months|balance|bill)\b"
    )),
    (Role.MULTIPLIER, re.compile(r"\b(mult|multiplier|constant|meter constant|multi)\b")),
    (Role.METER, re.compile(r"^(meter|(meter )?serial)( (no|num|number|id|#))?( #)?$")),
    (Role.PREVIOUS, re.compile(
        r"^(previous|prev|prior|begin|beginning|start|starting|old|opening)( meter)?( readings?| read)?$"
    )),
    (Role.PRESENT, re.compile(
        r"^(present|pre[s]|current|curr|end|ending|new|closing)( meter)?( readings?| read)?$"
    )),
    (Role.DIFFERENCE, re.compile(r"^(diff|difference|reading difference|meter difference|measured( \w+)?)$")),
    (Role.USAGE, re.compile(
        r"^(total )?((kwh|kwhr|energy|electric|water|gas|ccf|gallons|meter|billed) )?"
        r"(usage|used|use|consumption|consumed|units used)( kwh| ccf| gallons| gal| kgal)?"
        r"( this)?( (billing )?period)?$"
        r"|^(total |billed |metered |net )?(kwh|kwhr|kwhs|ccf|gallons|gal|kgal)( used| use| usage| billed| total)?$"
    )),
    (Role.REGISTER, re.compile(
        r"^(register|reg|type|usage type|service type|read type|description|service|tou|period type)$"
    )),
)  # fmt: skip
_READ = re.compile(r"\b(read|reading|readings|meter|multiplier|mult|constant)\b")
_UNITS = (("kWh", re.compile(r"\bkwhr?s?\b")), ("CCF", re.compile(r"\bccf\b")), ("gal", re.compile(r"\bgal(lon)?s?\b")))
_EXPORT = re.compile(r"\b(received|receive|export|exported|exp|generation|generated|net|banked|bank|to grid)\b")
_COMPARED = re.compile(r"\b(last year|year ago|this year|month|months|compar\w*|average|avg|history|change)\b")
_ESTIMATED = re.compile(r"\b(estimated|estimate|est)\b", re.IGNORECASE)
_ACTUAL = re.compile(r"\b(actual|act)\b", re.IGNORECASE)
_CUSTOMER = re.compile(r"\b(customer|self|member)[ -]?read\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def role_of(label: str) -> Role | None:
    """What a heading or label says of the figures under or beside it; None if it says nothing of readings.

    >>> role_of("Present Reading"), role_of("Prior"), role_of("Mult."), role_of("kWh Used"), role_of("Due Date")
    (<Role.PRESENT: 2>, <Role.PREVIOUS: 1>, <Role.MULTIPLIER: 4>, <Role.USAGE: 5>, <Role.OTHER: 8>)
    """
    key = key_of(re.sub(r"[(/]", " ", label))
    return next((role for role, pattern in _ROLES if pattern.search(key)), None)


def unit_in(label: str) -> str | None:
    """The unit that a heading names; None if none or several."""
    units = {unit for unit, pattern in _UNITS if pattern.search(key_of(label))}
    return units.pop() if len(units) == 1 else None


def about_readings(text: str) -> bool:
    """Whether a heading speaks of a meter and not of a comparison of months."""
    key = key_of(text)
    return _READ.search(key) is not None and _COMPARED.search(key) is None


def is_export(text: str) -> bool:
    """Whether a register's name says that it does not count what the member took alone."""
    return _EXPORT.search(key_of(text)) is not None


def read_type_of(text: str) -> ReadType | None:
    """How a reading came about, by a word beside it; None if no word or several say so."""
    told = {
        kind
        for kind, pattern in (
            (ReadType.ESTIMATED, _ESTIMATED), (ReadType.ACTUAL, _ACTUAL), (ReadType.CUSTOMER, _CUSTOMER),
        )
        if pattern.search(text)
    }  # fmt: skip
    return told.pop() if len(told) == 1 else None
