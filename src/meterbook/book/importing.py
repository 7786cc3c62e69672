"""Taking in a file of readings: what it is, whose it is, and every reading of it, with where it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from meterbook.book.storing import tidy
from meterbook.book.validating import look_over
from meterbook.consent import audit
from meterbook.formats import delimited, registry, smarthub_csv, usage_csv
from meterbook.formats.base import Imported, UsagePoint
from meterbook.formats.guess import Guess, guess
from meterbook.formats.mapping import Mapping, ValueColumn, from_profile, to_profile
from meterbook.model.calendar import zone as zone_named
from meterbook.model.channel import DAY_S, FlowDirection
from meterbook.model.errors import InputError, NotFound, UsageError
from meterbook.model.finding import Finding
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.store.readings import Batch, Written
from meterbook.store.records import LoadDone, UtilityRecord, owner_parts

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook

FILES = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose readings a file holds, as far as the user says.

    Attributes:
        utility: catalogue slug; without it that of the account, if the book knows the account.
        account: account number, or an external identifier of one; without it the file's own, or its name.
        location: service location, likewise.
        meter: meter, likewise.
        zone: IANA zone of the file's clock, and of the utility if it is new to the book.
    """

    utility: str | None = None
    account: str | None = None
    location: str | None = None
    meter: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What a file brought.

    Attributes:
        file: its name.
        format: what it was read as.
        account: account numbers it was stored under.
        zone: zone of the utility.
        rows: records in it.
        skipped: records that gave no reading of their own.
        new: readings that were not there before.
        revised: readings that changed.
        unchanged: readings that were there already.
        first: start of the oldest reading, UTC epoch seconds.
        last: start of the newest.
        findings: everything doubtful, in the file and then in what the book holds of that time.
    """

    file: str
    format: str
    account: tuple[str, ...]
    zone: str
    rows: int
    skipped: int
    new: int
    revised: int
    unchanged: int
    first: int | None
    last: int | None
    findings: tuple[Finding, ...]


def read_content(path: Path, most: int = -1) -> bytes:
    """A file's bytes.

    Args:
        path: the file.
        most: no more than so many of them, from the beginning; all without it.

    Raises:
        NotFound: it is not there.
        InputError: it can't be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(most)
    except FileNotFoundError as err:
        raise NotFound("there is no such file", where=str(path)) from err
    except OSError as err:
        raise InputError(f"the file can't be read: {err.strerror}", where=str(path)) from err


def recognized(content: bytes) -> str | None:
    """Name of the format that a file says it is by its shape; None for a table whose columns need a mapping."""
    spec = registry.detect(content)
    return spec.name if spec is not None and spec.name in ("smarthub-csv", "csv") else None


def guess_mapping(path: Path) -> Guess:
    """What the columns of a table seem to mean; to be confirmed by a person.

    Raises:
        MalformedRecord: no table was found in it.
    """
    return guess(read_content(path), path.name)


def mapping_from(
    guessed: Guess,
    *,
    time: str | None = None,
    values: Sequence[str] = (),
    unit: str | None = None,
    zone: str | None = None,
    interval_s: int | None = None,
    flow: FlowDirection | None = None,
    factor: Decimal | None = None,
    columns: Map[str, Any] | None = None,
) -> Mapping:
    """A mapping: what the user says, and the guess for what they leave open.

    Args:
        guessed: from :func:`guess_mapping`.
        time: column of the time.
        values: columns of the values.
        unit: unit of the values.
        zone: IANA zone of the file's clock.
        interval_s: length of an interval, seconds.
        flow: flow direction of the values.
        factor: multiplies each value.
        columns: further fields of :class:`~meterbook.formats.mapping.Mapping`.

    Raises:
        UsageError: something is needed that neither says.
    """
    chosen = replace(guessed, time=time or guessed.time)
    if time is not None:
        chosen = replace(chosen, needed=tuple(name for name in chosen.needed if name != "time"))
    if values:
        known = {column.name: column for column in guessed.values}
        unknown = [name for name in values if name not in guessed.columns]
        if unknown:
            raise UsageError(
                f"the file has no column {unknown[0]!r}",
                where="--value",
                expected=f"one of {', '.join(guessed.columns)}",
            )
        picked = tuple(known.get(name) or ValueColumn(name=name, unit="") for name in values)
        needed = [name for name in chosen.needed if name not in ("value", "values", "unit")]
        if any(not column.unit for column in picked):
            needed.append("unit")
        chosen = replace(chosen, values=picked, needed=tuple(needed))
    if unit is not None:
        chosen = replace(chosen, values=tuple(replace(column, unit=unit) for column in chosen.values))
    mapping = chosen.mapping(zone=zone, unit=unit, interval_s=interval_s)
    changed = tuple(
        replace(column, flow=flow or column.flow, factor=factor if factor is not None else column.factor)
        for column in mapping.values
    )
    return replace(mapping, values=changed, **dict(columns or {}))


def save_profile(book: OpenBook, name: str, mapping: Mapping) -> None:
    """Keep a mapping under a name, for the next file of the same shape."""
    book.records.save_import_profile(name, to_profile(mapping))


def profile(book: OpenBook, name: str) -> Mapping:
    """The mapping kept under a name.

    Raises:
        NotFound: there is none.
    """
    return from_profile(book.records.import_profile(name))


def import_file(
    book: OpenBook, path: Path, mapping: Mapping | None = None, *, place: Place | None = None
) -> ImportReport:
    """Take in a file of readings: all of it or, if anything in it can't be read, nothing.

    Args:
        book: where to.
        path: SmartHub's CSV download, our own CSV, or any table whose columns ``mapping`` names; gzip or plain.
        mapping: what the columns mean; not needed for the first two.
        place: whose it is.

    Returns:
        What it brought. The same file again brings nothing.

    Raises:
        InputError: the file, a record or a field is not what it has to be; nothing was stored.
        StoreError: the book can't be written.
    """
    content = read_content(path)
    place = place or Place()
    form = "table" if mapping is not None else recognized(content)
    if form is None:
        raise UsageError(
            "the file's columns are not known",
            where=path.name,
            expected="a mapping of its columns",
            hint="Name them with --time, --value, --unit, --zone and --interval, or use --profile.",
        )
    point, zone = _point(book, path, place, mapping, form)
    imported = _read(content, path.name, form, point=point, zone=zone, mapping=mapping)
    _check_steps(imported, path.name)
    report = _store(book, path, content, form, imported, zone=zone, utility=point.utility)
    tidy(book)
    return report


def _point(book: OpenBook, path: Path, place: Place, mapping: Mapping | None, form: str) -> tuple[UsagePoint, str]:
    """Whose the readings are, and the zone of the utility, by what the user says and what the book knows."""
    account, location, meter = _identified(book, place)
    utility = place.utility or _utility_of(book, account)
    known = book.records.utility(utility) if utility is not None else None
    zone = place.zone or (mapping.zone if mapping is not None else None) or (known.zone if known is not None else None)
    if zone is None and form == "csv":
        zone = "UTC"  # our own files carry offsets; the zone only matters for local days, and can be given
    if zone is None:
        raise UsageError(
            "the zone of the utility's clock is not known",
            where=path.name,
            expected="--zone with an IANA name such as America/New_York",
        )
    zone = zone_named(zone).key
    if utility is None:
        # Files of no known utility are kept together by zone: a local day is a day of one zone.
        utility = f"{FILES}-{zone.lower().replace('/', '-').replace('_', '-')}"
    stem = path.name.split(".")[0]
    named_by_file = mapping is not None and mapping.account is not None
    account = account or ("" if named_by_file or form != "table" else stem)
    return UsagePoint(utility=utility, account=account, service_location=location or account, meter=meter or ""), zone


def _identified(book: OpenBook, place: Place) -> tuple[str | None, str | None, str | None]:
    """Account, location and meter as the utility numbers them, from whatever identifiers were given."""
    parts: dict[str, str | None] = {"account": place.account, "location": place.location, "meter": place.meter}
    for kind in ("meter", "location", "account"):
        value = parts[kind]
        if value is None:
            continue
        owners = [key for owner, key in book.records.find_by_external_id(value) if str(owner) == kind]
        if len(owners) == 1:
            found = owner_parts(owners[0])
            for name, number in zip(("account", "location", "meter"), found[1:], strict=False):
                if parts[name] is None or name == kind:
                    parts[name] = number
    return parts["account"], parts["location"], parts["meter"]


def _utility_of(book: OpenBook, account: str | None) -> str | None:
    slugs = {item.channel.utility for item in book.records.channels(account=account)} if account else set()
    if not slugs and account:
        owners = {stored.connection_id for stored in book.records.accounts() if stored.account.number == account}
        slugs = {book.records.connection(number).utility for number in owners}
    return slugs.pop() if len(slugs) == 1 else None


def _read(content: bytes, source: str, form: str, *, point: UsagePoint, zone: str, mapping: Mapping | None) -> Imported:
    if form == "smarthub-csv":
        return smarthub_csv.read(content, point, zone, source)
    if form == "csv":
        return usage_csv.read(content, point.utility, source)
    assert mapping is not None
    return delimited.read(content, replace(mapping, zone=mapping.zone or zone), point, source)


def _check_steps(imported: Imported, source: str) -> None:
    """Refuse readings that overlap: with an interval that is not the file's every sum would count some of it twice.

    Raises:
        UsageError: two readings begin closer together than an interval is long.
    """
    for series in imported.series:
        interval_s = series.channel.interval_s
        if interval_s >= DAY_S or len(series) < 2:
            continue  # local days and months differ in length
        least = int(np.diff(series.start).min())
        if least < interval_s:
            raise UsageError(
                f"readings begin {least} s apart, which is less than their interval of {interval_s} s",
                where=source,
                expected=f"--interval {least}, if that is how the file steps",
                hint="Nothing of it was stored.",
            )


def _store(
    book: OpenBook, path: Path, content: bytes, form: str, imported: Imported, *, zone: str, utility: str
) -> ImportReport:
    now = datetime.now(UTC)
    if book.records.utility(utility) is None:
        book.records.save_utility(
            UtilityRecord(slug=utility, name=utility, host="", zone=zone, state="", how="given", at=now)
        )
    series = [one for one in imported.series if len(one)]
    ids = book.records.channel_ids([one.channel for one in series])
    provenance = Provenance(
        kind=SourceKind.FILE,
        source=path.name,
        at=now,
        detail=form,
        digest=hashlib.sha256(content).hexdigest(),
    )

    def store() -> tuple[int, list[Written]]:
        (load,) = book.records.begin_loads([provenance])
        batches = [Batch(channel_id=number, load_id=load, series=one) for number, one in zip(ids, series, strict=True)]
        return load, book.lake.write(batches) if batches else []

    load, written = book.lake.storing(store)
    new, revised, unchanged = (sum(getattr(one, name) for one in written) for name in ("new", "revised", "unchanged"))
    book.records.finish_loads([LoadDone(load_id=load, new=new, revised=revised, unchanged=unchanged)])
    accounts = tuple(sorted({one.channel.account for one in series}))
    book.records.add_findings(
        channel_id=ids[0] if len(ids) == 1 else None,
        account=accounts[0] if len(accounts) == 1 else None,
        findings=imported.findings,
        load_id=load,
        at=now,
        utility=utility,
    )
    first = min((int(one.start[0]) for one in series), default=None)
    found = look_over(book, accounts, utility=utility, since=first if new or revised else None, at=now)
    audit.record(
        book.records,
        actor="user",
        action="file.imported",
        subject=f"load {load}",
        detail=f"{form}, {new} new, {revised} revised",
        at=now,
    )
    return ImportReport(
        file=path.name,
        format=form,
        account=accounts,
        zone=zone,
        rows=imported.rows_read,
        skipped=imported.rows_skipped,
        new=new,
        revised=revised,
        unchanged=unchanged,
        first=first,
        last=max((int(one.start[-1]) for one in series), default=None),
        findings=imported.findings + found,
    )
