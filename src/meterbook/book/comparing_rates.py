"""What comparing schedules takes: an account's load, the schedule it is on, and which others there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from meterbook.book.metered_load import Load, load_of
from meterbook.book.schedules import code_of, folders, schedule
from meterbook.book.selection import Selection
from meterbook.model.account_number import account_key
from meterbook.model.channel import Quantity
from meterbook.model.errors import InputError, NotFound
from meterbook.model.tariff import Export, Tariff
from meterbook.tariffs.compare import Candidate, Comparison, compare
from meterbook.tariffs.eligibility import Facts, eligible
from meterbook.tariffs.inputs import Account
from meterbook.tariffs.whatif import Known, Shift
from meterbook.utilities import tariff_loader

if TYPE_CHECKING:
    from meterbook.book.book import Book
    from meterbook.model.tou_ledger import TouMonth
    from meterbook.tariffs.whatif.photovoltaics import Weather

LIGHTING = "lighting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to compare.

    Attributes:
        account: account number, or any identifier of one.
        location: service location, needed where the account has several.
        years: calendar years; all that the readings touch without it.
        schedules: names; all of the utility that the account may be on without it.
        own: name of the schedule that the account is on; what portal or bills say without it.
        kind: class of customer; that of its own schedule without it.
        base: what each schedule asks of the account.
        sends_back: whether what-ifs may make it send energy back.
    """

    account: str
    location: str | None = None
    years: tuple[int, ...] = ()
    schedules: tuple[str, ...] = ()
    own: str | None = None
    kind: str | None = None
    base: Account = field(default_factory=Account)
    sends_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A schedule that is not compared."""

    name: str
    title: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateComparison:
    """Schedules of an account beside each other.

    Attributes:
        account: account number.
        load: what is priced.
        own: name of its schedule, if it is known.
        comparison: the schedules; None where none can be priced.
        refused: schedules that are not compared, and why.
        ledger: the portal's time-of-use ledger of the account, if it has one.
        notes: what a reader should know.
    """

    account: str
    load: Load
    own: str | None
    comparison: Comparison | None
    refused: tuple[Refused, ...]
    ledger: tuple[TouMonth, ...]
    notes: tuple[str, ...]


def compare_rates(book: Book, wanted: Wanted) -> RateComparison:
    """Compare schedules on an account's readings.

    Raises:
        NotFound: the book has no such account, or there is no such schedule.
        UsageError: something has to be named.
        InputError: no whole month can be priced.
    """
    load = load_of(book, Selection(account=wanted.account, location=wanted.location), years=wanted.years)
    account, utility = load.account, load.utility
    own = wanted.own or _own(book, utility, account)
    found, refused = _schedules(book, wanted, utility, own)
    kind = wanted.kind or next((tariff.sector for name, tariff in found if _same(name, own)), None)
    facts = Facts(kind=kind, peak_kw=load.peak_kw, month_kwh=load.month_kwh)
    candidates: list[Candidate] = []
    for name, tariff in found:
        yours, answer = _same(name, own), eligible(tariff, facts)
        if answer.refused is not None and not yours and not wanted.schedules:
            refused.append(Refused(name=name, title=tariff.name, why=answer.refused))
            continue
        sent = _credits(tariff) if load.usage.received is not None or wanted.sends_back else frozenset()
        asked = replace(wanted.base, kind=kind or tariff.sector, options=wanted.base.options | sent)
        candidates.append(Candidate(tariff=tariff, account=asked, yours=yours, conditions=answer.conditions))
    candidates.sort(key=lambda one: not one.yours)
    priceable, unpriced = _priceable(candidates, load)
    refused += unpriced
    return RateComparison(
        account=account,
        load=load,
        own=next((one.name for one in candidates if one.yours), None),
        comparison=compare(priceable, load.usage, load.spans) if priceable else None,
        refused=tuple(refused),
        ledger=_ledger(book, account),
        notes=tuple(_notes(priceable, load)),
    )


def with_shift(found: RateComparison, shift: Shift) -> Comparison:
    """The same schedules on the load as it would be, changed for each by its own prices.

    Raises:
        InputError: nothing can be priced.
    """
    if found.comparison is None:
        raise InputError("no schedule can be priced", expected="at least one with known numbers")
    load = found.load
    return compare([one.candidate for one in found.comparison.options], load.usage, load.spans, shift=shift)


def known_of(book: Book, found: RateComparison) -> Known:
    """What the book knows of the account's place: temperatures, and where its zone lies."""
    return Known(means_f=_means(book, found), place=zone_place(found.load.zone.key), weather=_weather)


def _weather(name: str) -> Weather:
    from meterbook.book.weather_file import weather_file  # noqa: PLC0415 - only for the sun

    return weather_file(Path(name).expanduser())


def zone_place(name: str) -> tuple[float, float] | None:
    """Latitude and longitude of the city that an IANA zone is named after, from its list of zones.

    >>> zone_place("America/New_York")
    (40.714, -74.006)
    """
    from importlib.resources import files  # noqa: PLC0415 - only for the sun

    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        fields = line.split("\t")
        if not line.startswith("#") and len(fields) > 2 and fields[2] == name:
            text = fields[1]
            cut = max(text.rfind("+"), text.rfind("-"))
            return _degrees(text[:cut], 2), _degrees(text[cut:], 3)
    return None


def _degrees(text: str, digits: int) -> float:
    sign = -1 if text[0] == "-" else 1
    degrees, rest = int(text[1 : 1 + digits]), text[1 + digits :]
    minutes, seconds = int(rest[:2]), int(rest[2:4] or 0)
    return round(sign * (degrees + minutes / 60 + seconds / 3600), 3)


def _own(book: Book, utility: str, account: str) -> str | None:
    """The schedule that portal, or else the newest bill, names, if the catalogue has one of that code."""
    key = account_key(account)
    said = [
        code
        for stored in book.records.accounts()
        if account_key(stored.account.number) == key
        for location in stored.account.locations
        for code in location.rate_schedules
    ]
    said += [
        bill.statement.rate
        for bill in reversed(book.bills())
        if account_key(bill.statement.account) == key and bill.statement.rate
    ]
    found = (code_of(utility, text, book.folder) for text in said)
    code = next((one for one in found if one is not None), None)
    return None if code is None else f"{utility}/{code}"


def _schedules(
    book: Book, wanted: Wanted, utility: str, own: str | None
) -> tuple[list[tuple[str, Tariff]], list[Refused]]:
    names = list(wanted.schedules)
    if not names:
        names = [f"{utility}/{code}" for code in tariff_loader.codes(utility, folders(book.folder))]
    if own is not None and not any(_same(name, own) for name in names):
        names.insert(0, own)
    if not names:
        raise NotFound(
            f"no schedule of {utility} is known",
            expected="schedules of the utility, or --schedules with names or files",
            hint="Begin one with: meterbook tariffs edit UTILITY/CODE",
        )
    found: list[tuple[str, Tariff]] = []
    refused: list[Refused] = []
    for name in names:
        full = name if "/" in name or name.endswith((".yaml", ".yml", ".json")) else f"{utility}/{name}"
        try:
            tariff = schedule(full, book=book.folder)
        except NotFound:
            raise
        except InputError as err:
            if wanted.schedules:
                raise
            refused.append(Refused(name=full, title="", why=err.what))
            continue
        if tariff.sector == LIGHTING and not wanted.schedules and not _same(full, own):
            continue  # lamps are no meter's schedule
        found.append((f"{tariff.utility}/{tariff.code}", tariff))
    return found, refused


def _same(name: str, other: str | None) -> bool:
    return other is not None and name.rpartition("/")[2].casefold() == other.rpartition("/")[2].casefold()


def _priceable(candidates: Sequence[Candidate], load: Load) -> tuple[list[Candidate], list[Refused]]:
    """Those that can be priced in at least one year, and what lacks for the others."""
    kept: list[Candidate] = []
    refused: list[Refused] = []
    for one in candidates:
        if one.tariff.zone != load.zone.key:
            why = f"its clock is that of {one.tariff.zone}, the account's that of {load.zone.key}"
            refused.append(Refused(name=one.name, title=one.tariff.name, why=why))
            continue
        tried = compare([one], load.usage, load.spans).options[0]
        if tried.years:
            kept.append(one)
        else:
            refused.append(Refused(name=one.name, title=one.tariff.name, why=next(iter(tried.unpriced.values()))))
    return kept, refused


def _ledger(book: Book, account: str) -> tuple[TouMonth, ...]:
    key = account_key(account)
    return tuple(one.month for one in book.tou_ledger() if account_key(one.month.account) == key)


def _notes(candidates: Sequence[Candidate], load: Load) -> list[str]:
    notes = list(load.notes)
    if load.usage.received is not None:
        for one in candidates:
            charges = [charge for version in one.tariff.versions for charge in version.charges]
            credited = any(
                getattr(charge, "of", "delivered") != "delivered" or hasattr(charge, "scheme") for charge in charges
            )
            if not credited:
                notes.append(f"{one.name} says nothing of energy sent back: it earns nothing there")
    for one in candidates:
        notes += [
            f"what is sent back is credited on {one.name} by its option {name}"
            for name in sorted(_credits(one.tariff) & one.account.options)
        ]
    return notes


def _credits(tariff: Tariff) -> frozenset[str]:
    """Options of a schedule under which energy sent back is credited."""
    return frozenset(
        charge.optional
        for version in tariff.versions
        for charge in version.charges
        if isinstance(charge, Export) and charge.optional
    )


def _means(book: Book, found: RateComparison) -> dict[date, float]:
    from meterbook.book.readings import select  # noqa: PLC0415 - only with a thermostat
    from meterbook.model.calendar import local_date  # noqa: PLC0415 - seldom needed

    by_quantity: list[dict[date, Decimal]] = []
    for quantity in (Quantity.TEMPERATURE_LOW, Quantity.TEMPERATURE_HIGH):
        try:
            held = select(book.records, book.lake, Selection(account=found.account, quantities=frozenset({quantity})))
        except NotFound:
            return {}
        days: dict[date, Decimal] = {}
        for one in held:
            series = one.series
            for start, value in zip(series.start.tolist(), series.value.tolist(), strict=True):
                days.setdefault(local_date(start, one.zone), Decimal(value).scaleb(-series.scale))
        by_quantity.append(days)
    low, high = by_quantity
    return {day: float((low[day] + high[day]) / 2) for day in low.keys() & high.keys()}
