"""Pages of a file that belong to no bill of the template: taking one bill must not lose the one beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from meterbook.formats.bills.labels import MONEY_FIELDS, field_of
from meterbook.formats.bills.template_page import key_of
from meterbook.formats.bills.template_values import Catch
from meterbook.formats.bills.text import DocumentText, PageText
from meterbook.model.bill_template import Template

_MONEY = re.compile(r"[-$(]?\s?[-$]?[\d,]*\s?\.\s?\d\s?\d(?!\d)")
_A_BILLS_OWN = frozenset({"amount_due", "current_charges", "previous_balance"})


def foreign_pages(template: Template, document: DocumentText, catches: Iterable[Catch]) -> Iterator[int]:
    """Numbers, from 1, of pages with amounts of a bill of which the template knows nothing.

    Such a page has not the template's first word of ``match``, which tells whose bill it is, nothing on it was caught,
    and it prints an amount under a label such as "Amount Due".
    """
    caught = {catch.page for catch in catches}
    whose = key_of(template.match.all[0])
    for index, page in enumerate(document.pages):
        if index not in caught and not any(whose in key_of(row.text) for row in page.rows) and _bills(page):
            yield page.number


def holds_several(template: Template, document: DocumentText) -> bool:
    """Whether all words of ``match`` are on the file's pages twice over: two bills, one after the other."""
    missing = wanted = {key_of(word) for word in template.match.all}
    sets = 0
    for page in document.pages:
        text = "\n".join(key_of(row.text) for row in page.rows)
        missing = {word for word in missing if word not in text}
        if not missing:
            sets, missing = sets + 1, wanted
    return sets > 1


def _bills(page: PageText) -> bool:
    """Whether a page prints an amount that only a bill has."""
    for row in page.rows:
        money = _MONEY.search(row.text)
        labels = (row.text[: money.start()], *(cell.text for cell in row.cells())) if money else ()
        if any(field_of(_MONEY.split(label)[0], MONEY_FIELDS) in _A_BILLS_OWN for label in labels):
            return True
    return False
