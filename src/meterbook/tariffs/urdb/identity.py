"""What a record says of itself: who it is for, where it was read, and words that hold money which is not priced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from meterbook.model.tariff import Eligibility, Source
from meterbook.tariffs.urdb.attributes import FIELDS, OURS, attributes
from meterbook.tariffs.urdb.dates import touched
from meterbook.tariffs.urdb.record import Record
from meterbook.tariffs.urdb.remarks import Remarks
from meterbook.tariffs.urdb.structures import SOURCE

_SECTORS = ("residential", "commercial", "industrial", "lighting")
_TEXTS = ("description", "basicinformationcomments", "energycomments", "demandcomments")
_MONEY = re.compile(
    r"\b(minimum|rider|adjustment|discount|surcharge|tax|franchise|ratchet|holiday|penalt\w+|power factor|credit)s?\b",
    re.IGNORECASE,
)
_EMPTY = ("add description", "n/a", "none")


def sources(record: Record) -> dict[str, Source]:
    """The record, and the sheet that it was read from."""
    day = touched(record)
    found = {
        SOURCE: Source(
            title=f"OpenEI Utility Rate Database, record {record.label}",
            page=record.text("uri"),
            date=day.isoformat() if day else None,
            note=None if record.truth("approved") is not False else "not approved by an editor",
        )
    }
    sheet = record.text("source")
    if sheet is not None:
        found["sheet"] = Source(title="source that the record names", page=sheet, note=record.text("sourceparent"))
    return found


def sector(record: Record) -> str | None:
    """Class of customers, in lower case."""
    text = record.text("sector")
    return text.casefold() if text else None


def eligibility(record: Record) -> Eligibility | None:
    """Who may be on the rate."""
    kind = sector(record)
    unit = (record.text("demandunits") or "kW").casefold()
    least, most = (
        next((value for name in names if (value := record.number(name)) is not None), None)
        for names in (("peakkwcapacitymin", "mindemand"), ("peakkwcapacitymax", "maxdemand"))
    )
    in_kw = unit == "kw"
    note = "; ".join(_conditions(record, least, most, unit))
    found = Eligibility(
        classes=[kind] if kind in _SECTORS else [],
        kw_min=least if in_kw else None,
        kw_max=most if in_kw else None,
        kwh_min=record.number("peakkwhusagemin"),
        kwh_max=record.number("peakkwhusagemax"),
        note=note or None,
    )
    return None if found == Eligibility() else found


def notes(record: Record, remarks: Remarks) -> list[str]:
    """Texts of the record; those that speak of money are remarked on, for nothing in a text is priced."""
    found = []
    for field in _TEXTS:
        text = record.text(field)
        if text is None or text.casefold() in _EMPTY:
            continue
        found.append(f"{field}: {text}")
        words = dict.fromkeys(match[1].casefold() for match in _MONEY.finditer(text))
        if words:
            remarks.odd(field, f"the text speaks of {', '.join(words)}; no text is priced")
    for field in FIELDS:
        pairs = [(name, value) for name, value in attributes(record, field) if not name.startswith(OURS)]
        if pairs:
            found.append(f"{field}: " + "; ".join(f"{name} {value}".strip() for name, value in pairs))
            remarks.odd(field, "attributes are texts, and no text is priced")
    for field in ("country", "supersedes", "supercedes", "eiaid", "is_default", "servicetype"):
        if record.has(field):
            found.append(f"{field}: {record.text(field)}")
    kind = record.text("servicetype")
    if kind is not None and kind.casefold() in ("delivery", "energy"):
        remarks.odd("servicetype", f"{kind}: only a part of a bill")
    return found


def _conditions(record: Record, least: Decimal | None, most: Decimal | None, unit: str) -> Iterator[str]:
    if unit != "kw" and (least is not None or most is not None):
        yield f"demand {'' if least is None else f'{least:f}'} to {'' if most is None else f'{most:f}'} {unit}"
    for name, words in (
        ("peakkwcapacityhistory", "demand over months"),
        ("peakkwhusagehistory", "use over months"),
        ("phasewiring", "phase"),
        ("voltagecategory", "voltage"),
        ("voltageminimum", "at least volts"),
        ("voltagemaximum", "at most volts"),
    ):
        text = record.text(name)
        if text is not None:
            yield f"{words}: {text}"
