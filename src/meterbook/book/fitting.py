"""Prices worked out of the bills of a book, or of files of bills: whose bills count, and where the prices are put."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from meterbook.analysis.bills.standing import standing
from meterbook.book.schedules import code_of, folders, own_copy, schedule
from meterbook.consent.authorizations import Authorizations
from meterbook.model.account_number import account_key
from meterbook.model.authorization import Scope
from meterbook.model.bill_kinds import BillType, LineKind, ReadType
from meterbook.model.errors import ConsentError, InputError, NotFound, StoreError, UsageError, Where
from meterbook.model.identity import Account
from meterbook.model.statement import LineItem, MeterUsage, Statement
from meterbook.model.tariff import Tariff
from meterbook.tariffs.checking import problems
from meterbook.tariffs.fit.determinants import BilledOnce, determinants, service_points
from meterbook.tariffs.fit.filling import filled
from meterbook.tariffs.fit.joint import Case, Outcome, fit
from meterbook.tariffs.fit.shape import shaped
from meterbook.utilities import tariff_loader
from meterbook.utilities.tariff_writer import dump

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook

WHOLE = (None, BillType.REGULAR)
"""Bills of whole periods; the first and the last of an account are prorated in ways of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What fitting came to.

    Attributes:
        name: ``utility/CODE``, or the utility alone.
        tariffs: schedules as they are now, charges of shells as they were taken from the bills.
        outcome: numbers, ranges and what is in the way.
        bills: by number.
        accounts: account numbers, or names of files, by the number that stands for them; for its owner's eyes.
        notes: what was left out, and why.
        written: files that fitted numbers were put in, and how many each.
    """

    name: str
    tariffs: tuple[Tariff, ...]
    outcome: Outcome
    bills: Mapping[int, BilledOnce]
    accounts: Mapping[int, str]
    notes: tuple[str, ...] = ()
    written: tuple[tuple[Path, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owned:
    """A bill and whose it is."""

    account: str
    code: str
    bill: Statement
    kind: str | None = None


def fit_rates(
    book: OpenBook | None,
    name: str,
    *,
    accounts: Sequence[str] = (),
    files: Sequence[Path] = (),
    folder: Path | None = None,
    every: bool = False,
    precision: Mapping[str, Decimal] | None = None,
    write: bool = False,
) -> Fit:
    """Work numbers of a schedule, or of all schedules of a utility, out of bills.

    Of several accounts at once only those count whose authorization covers bills; of each its quantities and amounts
    are used, and nothing that says whose they are.

    Args:
        book: where bills are; None to use files alone.
        name: ``utility/CODE``, or a utility.
        accounts: only these, all of whose bills are taken to be under the schedule that is named.
        files: JSON files of bills besides.
        folder: the book's folder, whose own schedules come first and are written to.
        every: published numbers are looked for as well.
        precision: dollars a unit by unit, where a utility's prices have other digits than usual.
        write: put numbers of one value into the user's own files.

    Raises:
        NotFound: there is no such schedule, or no bill under it.
        InputError: a file can't be read, or lines do not tell how a shell is built.
        ConsentError: of the accounts that were named none may be used.
    """
    utility, _, code = name.partition("/")
    notes: list[str] = []
    owned = _from_files(files, code) if files else []
    if book is not None and (not files or accounts):
        owned += _from_book(book, utility, code, accounts, notes)
    tariffs = _schedules(name, {one.code for one in owned}, folder)
    cases, bills, names = _cases(owned, tariffs, notes)
    if not cases:
        raise NotFound(
            f"there are no bills under {name}",
            expected=f"bills whose rate is {code}" if code else "bills whose rate is the code of a schedule",
            hint="Name the account with --account, or a file of bills with --bills.",
        )
    made = _shaped(tariffs, cases, utility, folder)
    cases = [Case(tariff=made[one.tariff.code], bill=one.bill) for one in cases]
    outcome = fit(cases, precision=precision, free=None if every else frozenset())
    written: list[tuple[Path, int]] = []
    if write and folder is not None:
        written = [one for tariff in made.values() if (one := _written(tariff, outcome, folder)) is not None]
    return Fit(
        name=name,
        tariffs=tuple(made.values()),
        outcome=outcome,
        bills=bills,
        accounts=names,
        notes=tuple(dict.fromkeys(notes)),
        written=tuple(written),
    )


def _schedules(name: str, codes: set[str], folder: Path | None) -> dict[str, Tariff]:
    """Schedules by code, in small letters."""
    if "/" in name:
        found = schedule(name, book=folder)
        return {found.code.casefold(): found}
    known = tariff_loader.codes(name, folders(folder))
    if not known:
        raise NotFound(f"there are no schedules of {name!r}", hint="List them with: meterbook tariffs list")
    wanted = {one.casefold() for one in codes}
    return {code.casefold(): schedule(f"{name}/{code}", book=folder) for code in known if code.casefold() in wanted}


def _from_book(book: OpenBook, utility: str, code: str, accounts: Sequence[str], notes: list[str]) -> list[_Owned]:
    from meterbook.book.bills import bills  # noqa: PLC0415 - keeps the modules apart

    held = [one for one in bills(book, accounts=accounts) if one.utility == utility]
    counted = standing([one.statement for one in held])
    named: Callable[[str], str] = cache(lambda said: code_of(utility, said, book.folder) or said)
    codes = {account_key(one.account.number): _codes(one.account, named) for one in book.records.accounts()}
    found = []
    for one in counted:
        rate = one.rate or next((row.rate for row in one.meters if row.rate), None)
        rate = named(rate) if rate is not None else codes.get(account_key(one.account))
        if accounts and code:
            rate = code
        if rate is not None and (not code or rate.casefold() == code.casefold()):
            found.append(_Owned(account=one.account, code=rate, bill=one))
    names = sorted({one.account for one in found})
    if len(names) > 1:
        allowed = _allowed(book, names, notes, named=bool(accounts))
        found = [one for one in found if one.account in allowed]
    return found


def _codes(account: Account, named: Callable[[str], str]) -> str | None:
    """The rate code of an account that has one."""
    found = {named(code) for place in account.locations for code in place.rate_schedules}
    return found.pop() if len(found) == 1 else None


def _allowed(book: OpenBook, names: Sequence[str], notes: list[str], *, named: bool) -> set[str]:
    """Accounts whose bills may be used together with those of others.

    Raises:
        ConsentError: they were named, and none may.
    """
    grants, now = Authorizations(book.records), datetime.now(UTC)
    found, refused = set(), None
    for name in names:
        try:
            grants.require_any(name, Scope.BILLS, now)
        except ConsentError as err:
            refused = err
            notes.append(f"account {name} is left out: {err.what}")
        else:
            found.add(name)
    if named and not found and refused is not None:
        raise refused
    return found


class _LineIn(msgspec.Struct, kw_only=True):
    kind: LineKind
    amount: Decimal
    label: str = ""
    quantity: Decimal | None = None
    unit: str | None = None
    rate: Decimal | None = None
    service: str | None = None
    start: date | None = None


class _MeterIn(msgspec.Struct, kw_only=True):
    meter: str | None = None
    register: str | None = None
    service: str | None = None
    usage: Decimal | None = None
    unit: str | None = None
    read_type: ReadType | None = None


class _BillIn(msgspec.Struct, kw_only=True):
    """A bill in a file; names are those of a statement."""

    period_start: date | None = None
    period_end: date | None = None
    bill_date: date | None = None
    account: str | None = None
    rate: str | None = None
    customer_class: str | None = None
    bill_type: BillType | None = None
    usage: Decimal | None = None
    usage_unit: str | None = None
    demand_kw: Decimal | None = None
    current_charges: Decimal | None = None
    services: list[str] = []
    lines: list[_LineIn] = []
    meters: list[_MeterIn] = []


def _from_files(files: Sequence[Path], code: str) -> list[_Owned]:
    return [one for path in files for one in _from_file(path, code)]


def _from_file(path: Path, code: str) -> list[_Owned]:
    try:
        content = path.read_bytes()
    except OSError as err:
        raise InputError("the file of bills can't be read", where=str(path), expected="JSON of bills") from err
    try:
        raw: Any = msgspec.json.Decoder(float_hook=Decimal).decode(content)
        several = raw.get("bills") if isinstance(raw, dict) and "bills" in raw else raw
        given = msgspec.convert(several if isinstance(several, list) else [raw], list[_BillIn], strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError) as err:
        raise InputError(
            f"the file is not one of bills: {err}",
            where=Where(source=path.name),
            expected="a bill, a list of bills, or bills under 'bills'; docs/rates-fit.md has an example",
        ) from err
    return [
        _Owned(
            account=one.account or path.name,
            code=code or one.rate or "",
            bill=_statement(one, path.name),
            kind=one.customer_class,
        )
        for one in given
        if not code or one.rate is None or one.rate.casefold() == code.casefold()
    ]


def _statement(given: _BillIn, name: str) -> Statement:
    meters = [
        MeterUsage(
            meter=one.meter, register=one.register, service=one.service, usage=one.usage, unit=one.unit,
            read_type=one.read_type,
        )
        for one in given.meters
    ]  # fmt: skip
    if given.demand_kw is not None:
        meters.append(MeterUsage(usage=given.demand_kw, unit="kW"))
    return Statement(
        account=given.account or name,
        bill_date=given.bill_date or given.period_end or date.min,
        bill_type=given.bill_type,
        period_start=given.period_start,
        period_end=given.period_end,
        usage=given.usage,
        usage_unit=given.usage_unit,
        rate=given.rate,
        current_charges=given.current_charges,
        services=tuple(given.services),
        lines=tuple(
            LineItem(
                kind=one.kind, label=one.label or one.kind.value, amount=one.amount, quantity=one.quantity,
                unit=one.unit, rate=one.rate, service=one.service, start=one.start,
            )
            for one in given.lines
        ),
        meters=tuple(meters),
    )  # fmt: skip


def _cases(
    owned: Sequence[_Owned], tariffs: Mapping[str, Tariff], notes: list[str]
) -> tuple[list[Case], dict[int, BilledOnce], dict[int, str]]:
    numbers: dict[str, int] = {}
    cases: list[Case] = []
    bills: dict[int, BilledOnce] = {}
    untold = several = 0
    for one in owned:
        tariff = tariffs.get(one.code.casefold())
        if tariff is None:
            notes.append(f"there is no schedule {one.code!r}, and bills under it are left out")
            continue
        if one.bill.bill_type not in WHOLE:
            assert one.bill.bill_type is not None
            notes.append(f"the {one.bill.bill_type.value} bill of {one.bill.bill_date} is left out: it may be prorated")
            continue
        if service_points(one.bill) > 1:
            several += 1
            continue
        account = numbers.setdefault(one.account, len(numbers) + 1)
        made = determinants(
            one.bill, number=len(bills) + 1, account=account, kind=one.kind or tariff.sector, zone=ZoneInfo(tariff.zone)
        )
        if made is None:
            untold += 1
            continue
        bills[made.number] = made
        cases.append(Case(tariff=tariff, bill=made))
    if several:
        notes.append(f"{several} bill{'s' * (several > 1)} of several service points, left out: amounts are of each")
    if untold:
        notes.append(f"{untold} bill{'s' * (untold > 1)} without a period, or an amount of electric service, left out")
    return cases, bills, {number: name for name, number in numbers.items()}


def _shaped(
    tariffs: Mapping[str, Tariff], cases: Sequence[Case], utility: str, folder: Path | None
) -> dict[str, Tariff]:
    """Schedules by code; shells get charges from their bills and what the utility's other schedules have."""
    codes = tariff_loader.codes(utility, folders(folder)) if utility else []
    made = {}
    for tariff in tariffs.values():
        mine = [one.bill for one in cases if one.tariff is tariff]
        others = [schedule(f"{utility}/{code}", book=folder) for code in codes if code != tariff.code]
        others.sort(key=lambda one: one.sector != tariff.sector)
        made[tariff.code] = shaped(tariff, mine, others)
    return made


def _written(tariff: Tariff, outcome: Outcome, folder: Path) -> tuple[Path, int] | None:
    """Put what is proved into the user's own file; None where nothing is.

    Raises:
        StoreError: it can't be written.
        UsageError: what would be written is not a sound schedule.
    """
    found, count = filled(tariff, outcome.fitted)
    if not count:
        return None
    for problem in problems(found):
        raise UsageError(
            f"{tariff.utility}/{tariff.code} would have a problem: {problem.what}",
            expected=problem.expected,
            hint="Nothing was written. Mend the schedule with `meterbook tariffs edit`, and fit again.",
        )
    path = own_copy(f"{tariff.utility}/{tariff.code}", folder)
    try:
        path.write_text(dump(found))
    except OSError as err:
        raise StoreError(f"the file can't be written: {err.strerror}", where=str(path)) from err
    return path, count
