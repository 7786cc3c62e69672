"""A bill's PDF read: by the template that fits, else the generic way; several bills in a file one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from meterbook.formats.bills.generic import read_generic
from meterbook.formats.bills.reading import BillReading, ReadStatement, Sureness
from meterbook.formats.bills.text import DocumentText, PageText, read_text
from meterbook.formats.bills.verdict import doubts

if TYPE_CHECKING:
    from meterbook.formats.bills.template import TemplateReading
    from meterbook.model.bill_template import Template

_OCR = "pip install 'meterbook[ocr]' lets Meterbook do it; every sum must then come out twice"
_FIRST_PAGE = re.compile(r"\bpage\s{0,2}1\s{0,2}(?:of|/)\s{0,2}\d", re.IGNORECASE)


def read_pdf(
    data: bytes, *, templates: Sequence[Template] = (), name: str = "the bill", ocr: bool = False
) -> BillReading:
    """The bills of a PDF.

    Runs in this process; :class:`~meterbook.formats.bills.apart.BillReader` does it where a crash can do no harm.

    Args:
        data: the file.
        templates: bill templates; the one that fits is used instead of the generic way.
        name: the file's name, for messages.
        ocr: read scanned pages too, which takes seconds a page and the extra ``ocr``.

    Raises:
        MalformedRecord: it is no PDF, damaged, locked, or larger than a bill.
    """
    document = read_text(data, name)
    if ocr and any(page.scanned for page in document.pages):
        from meterbook.formats.bills.picture_reading import read_scan  # noqa: PLC0415 - the optional extra

        return read_scan(data, document, name)
    return read_document(document, templates=templates)


def read_document(document: DocumentText, *, templates: Sequence[Template] = ()) -> BillReading:
    """The bills of a text with places; see :func:`read_pdf`."""
    pages = [page for page in document.pages if page.characters]
    if not pages:
        return BillReading(accepted=False, reasons=(_no_text(document),), scanned=_scanned(document))
    template, statements = _templated(document, templates)
    if template is None:
        statements = tuple(read_generic(part, ocr=document.ocr or _laid_over(part)) for part in _parts(pages))
    reasons = list(dict.fromkeys(reason for one in statements for reason in one.reasons))
    scans = [page.number for page in document.pages if page.scanned]
    if scans and not document.ocr:
        reasons.append(f"page {scans[0]} is a picture without text; reading it needs OCR ({_OCR})")
    return BillReading(
        accepted=not reasons and bool(statements), reasons=tuple(reasons), statements=statements,
        reader="ocr" if document.ocr else "pypdfium2", template=template, scanned=_scanned(document),
    )  # fmt: skip


def _scanned(document: DocumentText) -> bool:
    """Whether reading pictures could tell more."""
    return not document.ocr and any(page.scanned for page in document.pages)


def _no_text(document: DocumentText) -> str:
    if any(page.scanned for page in document.pages):
        return f"the pages are pictures without text; reading them needs OCR ({_OCR})"
    return "no text stands on any page"


def _laid_over(pages: Sequence[PageText]) -> bool:
    """Whether the text lies on a picture of the page: a scanner's own OCR, to be trusted as little as ours."""
    return any(page.invisible for page in pages)


def _parts(pages: Sequence[PageText]) -> list[list[PageText]]:
    """The pages of each statement: a new one begins at every further "Page 1 of n"."""
    parts: list[list[PageText]] = [[]]
    begun = False
    for page in pages:
        first = any(_FIRST_PAGE.search(row.text) for row in page.rows)
        if first and begun:
            parts.append([])
        begun = begun or first
        parts[-1].append(page)
    return parts


def _templated(document: DocumentText, templates: Sequence[Template]) -> tuple[str | None, tuple[ReadStatement, ...]]:
    if not templates:
        return None, ()
    from meterbook.formats.bills import template as engine  # noqa: PLC0415 - not needed without templates

    fitting = engine.fitting(templates, document)
    if fitting is None:
        return None, ()
    readings = engine.apply(fitting, document)
    return fitting.name, tuple(_as_statement(reading) for reading in readings)


def _as_statement(reading: TemplateReading) -> ReadStatement:
    fields: dict[str, Any] = dict(reading.values)
    sure = dict.fromkeys([*fields, "lines", "meters"], Sureness.LABELLED)
    one = ReadStatement(
        fields=fields, lines=reading.lines, meters=reading.meters, sure=sure, services=reading.services,
        pages=(reading.pages[0] + 1, reading.pages[-1] + 1) if reading.pages else (1, 1),
    )  # fmt: skip
    reasons = tuple(dict.fromkeys([*reading.reasons, *doubts(one)]))
    return ReadStatement(
        fields=fields, lines=one.lines, meters=one.meters, sure=_proven(sure) if not reasons else sure,
        accepted=not reasons, reasons=reasons, pages=one.pages, services=one.services,
    )  # fmt: skip


def _proven(sure: dict[str, Sureness]) -> dict[str, Sureness]:
    """Amounts and lines are proven once every sum has come out."""
    summed = {"lines", "current_charges", "amount_due", "previous_balance", "payments", "balance_forward"}
    return {name: Sureness.PROVEN if name in summed else level for name, level in sure.items()}
