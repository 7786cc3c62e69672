"""Labels of bills: which field a label names, which kind of line; matched on letters only, in lower case.

The variants come from utilities' own pages and bills. A label that names what the bill is *not* about (the bill before,
the amount after the due date, an offer) is known too, so that it is not taken for another.
"""

from __future__ import annotations

import re
from functools import lru_cache

from meterbook.formats.bills.label_words import FIELD_WORDS, KIND_WORDS
from meterbook.model.bill_kinds import LineKind

_FIELDS = tuple((name, re.compile("|".join(words))) for name, words in FIELD_WORDS)
DAY_FIELDS = frozenset({"next_read_date", "after_due", "not", "due_date", "bill_date", "period"})
"""Fields that are days, and what must not be taken for one."""
MONEY_FIELDS = frozenset({
    "after_due", "not", "budget_amount", "budget_balance", "previous_balance", "payments", "balance_forward",
    "past_due", "current_charges", "amount_due",
})  # fmt: skip
"""Fields that are amounts, and what must not be taken for one."""

_KINDS = tuple((kind, re.compile("|".join(words))) for kind, words in KIND_WORDS)
_GUESSED = frozenset({LineKind.ENERGY, LineKind.SUPPLY, LineKind.DELIVERY})
_NO_GUESS = re.compile(r"\bsurcharge|(?<!baseline )\bcredit|\bgas supply|^(first|next|over|tier|block)\b(?!.*kwh)")
"""A block of therms can be delivery or the gas itself; a surcharge on use is neither; credits are of many kinds."""
_DATE = re.compile(r"\b\d{1,2}[/-]\d{1,2}[/-]\d{2,4}\b")
_CHARGE = re.compile(
    r"\b(charges?|surcharge|fees?|tax(es)?|credit|rider|cost|service|usage|discount|rebate)\b"
    r"|\b(first|next|over) [\d ]+(kwh|therms?|ccf|gal|gallons?|units?)\b"
)
_GENERIC = frozenset({
    "adjustment", "adj", "charge", "charges", "fee", "tax", "credit", "surcharge", "recovery", "rider", "cost",
    "factor", "service", "program", "wpca", "pca",
})  # fmt: skip
"""Words that say nothing alone: such a label began in the row over it, or ends in the row under it."""
_LIST = re.compile(
    r"\b(charges|details?|activity|services|summary|information|credits|taxes|fees|location|lighting)\b"
    r"|^(?:(?:electric(?:ity)?|natural gas|gas|water|sewer|waste ?water|stormwater|garbage|internet|and|other) ?)+"
    r"(?:service|utility)?$"
)
"""What names a list and does not begin a label."""
_WHOLE = frozenset({"service charge", "service fee", "service"})
"""Labels of general words that bills do print as they are."""
_WRONG_BILL = frozenset({"previous_balance", "not", "after_due", "past_due"})
_TOTAL = re.compile(r"\b(sub ?total|total|totals)\b")
_SENTENCE_WORDS = 11
_SIGNS = re.compile(r"[^a-z0-9#]+")
_CAMEL = re.compile(r"(?<=[a-z]{3})(?=[A-Z][a-z])")


@lru_cache(maxsize=8192)
def key_of(label: str) -> str:
    """Letters and figures of a label in lower case, single blanks between them."""
    return _SIGNS.sub(" ", label.lower().replace("(s)", "s").replace("’", "").replace("'", "")).strip()


@lru_cache(maxsize=4096)
def field_of(label: str, among: frozenset[str]) -> str | None:
    """The field that a label names, None if none; ``not`` for a label of what the bill is not about.

    Args:
        label: as printed.
        among: what the value can be, by its sort: "Total due" is an amount beside money, a day beside a date.

    >>> field_of("Total Amount Due by 12/30/2022", MONEY_FIELDS), field_of("Due Date:", DAY_FIELDS)
    ('amount_due', 'due_date')
    """
    key = key_of(_DATE.sub(" ", label))
    if not key or len(key.split()) > _SENTENCE_WORDS:
        return None
    return next((name for name, pattern in _FIELDS if name in among and pattern.search(key)), None)


@lru_cache(maxsize=4096)
def kind_of(label: str) -> LineKind | None:
    """What a line with this label charges for; None if the label is not known.

    >>> kind_of("Grid Access").value, kind_of("WholesalePower/Fuel Cost Adj.").value, kind_of("Zorp")
    ('fixed_charge', 'power_cost_adjustment', None)
    """
    key = key_of(_CAMEL.sub(" ", label))
    kind = next((kind for kind, pattern in _KINDS if pattern.search(key)), None)
    return None if kind in _GUESSED and _NO_GUESS.search(key) else kind


@lru_cache(maxsize=4096)
def money_field_of(label: str) -> str | None:
    """The field that an amount's label names; a known charge that mentions another bill stays a charge.

    >>> money_field_of("Late Payment Fee (Previous Bill)"), money_field_of("Previous Balance")
    (None, 'previous_balance')
    """
    name = field_of(label, MONEY_FIELDS)
    return None if name in _WRONG_BILL and kind_of(label) is not None else name


def is_fragment(label: str) -> bool:
    """Whether a label is a piece of one that was broken into two rows.

    >>> is_fragment("Cost Adjustment (WPCA)"), is_fragment("Fuel Charge")
    (True, False)
    """
    words = key_of(label).split()
    return bool(words) and all(word in _GENERIC for word in words)


def continues(upper: str, label: str) -> bool:
    """Whether a label of general words goes on from the row over it, and that is no heading.

    >>> continues("Wholesale Power Cost", "Adjustment"), continues("Account Details", "Service Charge")
    (True, False)
    """
    key = key_of(upper)
    if not is_fragment(label) or not key or upper.rstrip().endswith(":") or names_a_list(upper):
        return False
    return key_of(label) not in _WHOLE or len(key.split()) == 1


def names_a_list(text: str) -> bool:
    """Whether a text has words of a heading over a list.

    >>> [names_a_list(text) for text in ("Account Details", "Electric Service", "Water and Sewer", "Operation Round")]
    [True, True, True, False]
    """
    return _LIST.search(key_of(text)) is not None


@lru_cache(maxsize=4096)
def is_charge(label: str) -> bool:
    """Whether a label can be a charge's: its kind is known, or it has a charge's words."""
    return kind_of(label) is not None or _CHARGE.search(key_of(label)) is not None


@lru_cache(maxsize=4096)
def is_total(label: str) -> bool:
    """Whether a label says that its amount is a sum of others.

    >>> is_total("Total Taxes"), is_total("Subtotal:"), is_total("State Tax")
    (True, True, False)
    """
    return _TOTAL.search(key_of(label)) is not None


def is_sentence(label: str) -> bool:
    """Whether a text is a piece of prose and not a label."""
    return len(key_of(label).split()) >= _SENTENCE_WORDS
