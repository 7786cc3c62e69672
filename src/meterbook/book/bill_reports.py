"""Taking in a bulk billing report: whose each bill is, what was new, and every row that was not taken, named."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from meterbook.book.importing import Place, read_content
from meterbook.consent import audit
from meterbook.formats import bill_reports
from meterbook.formats.bill_reports import BillMapping, BillReport, from_profile, is_bill_profile, to_profile
from meterbook.model.account_number import account_key
from meterbook.model.errors import UsageError
from meterbook.model.finding import Finding
from meterbook.model.identity import IdScheme
from meterbook.model.provenance import SourceKind
from meterbook.model.statement import Statement
from meterbook.store.records import OwnerKind, SavedStatement, owner_parts

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook

Owner = tuple[str, str]  # utility, account number


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportImport:
    """What a billing report brought.

    Attributes:
        file: its name.
        profile: the profile it was read with; None if it has no name.
        sheets: sheets read.
        accounts: account numbers that bills were stored under.
        rows: rows in it.
        refused: rows that were not taken, each with a finding.
        repeated: rows that said once more what another said.
        new: bills that were not there before.
        changed: bills that read otherwise than before.
        unchanged: bills that were there already.
        joined: bills that another source had told of before.
        first: start of the oldest period, or its bill date.
        last: end of the newest.
        findings: why rows were refused, and everything doubtful.
    """

    file: str
    profile: str | None
    sheets: tuple[str, ...]
    accounts: tuple[str, ...]
    rows: int
    refused: int
    repeated: int
    new: int
    changed: int
    unchanged: int
    joined: int
    first: date | None
    last: date | None
    findings: tuple[Finding, ...]


def kept_profile(book: OpenBook, name: str) -> BillMapping | None:
    """The mapping of billing reports under a name: one kept in the book, else a shipped one; None if neither is."""
    kept = book.records.import_profiles().get(name)
    if kept is not None:
        return from_profile(kept) if is_bill_profile(kept) else None
    return bill_reports.SHIPPED.get(name)


def keep_profile(book: OpenBook, name: str, mapping: BillMapping) -> None:
    """Keep a mapping under a name, for the next report of the same shape."""
    book.records.save_import_profile(name, to_profile(mapping))


def import_report(
    book: OpenBook, path: Path, mapping: BillMapping, *, place: Place | None = None, profile: str | None = None
) -> ReportImport:
    """Take in a report: the bills of all rows that can be read, in one step; what each other row lacks is a finding.

    Args:
        book: where to.
        path: CSV, TSV, XLSX or XLS.
        mapping: what its columns mean.
        place: ``account`` for a report that does not tell it, or that has one account under another number; ``utility``
            for accounts that the book does not know.
        profile: name of the mapping.

    Returns:
        What it brought. The same file again brings nothing.

    Raises:
        InputError: the file as a whole is refused; nothing was stored.
        StoreError: the book can't be written.
    """
    content = read_content(path)
    place = place or Place()
    if place.account is not None and bill_reports.Field.ACCOUNT not in mapping.columns:
        mapping = replace(mapping, account=place.account)
    report = bill_reports.read_report(content, mapping, path.name)
    items = _with_account(report, place, path.name)
    unfit = [item for item in items if isinstance(item, Finding)]
    now = datetime.now(UTC)
    saved = _stored(book, [item for item in items if isinstance(item, Statement)], place, path.name, at=now)
    findings = (*report.findings, *unfit)
    if findings:
        book.records.add_findings(None, None, findings, None, now)
    made = _summed(path.name, profile, report, saved, findings)
    audit.record(
        book.records,
        actor="user",
        action="report.imported",
        subject=path.name,
        detail=f"{made.new} new, {made.changed} changed, {made.refused} rows refused",
        at=now,
    )
    return made


def _stored(
    book: OpenBook, bills: Sequence[Statement], place: Place, source: str, *, at: datetime
) -> list[SavedStatement]:
    owners = _Owners(book, place)
    of_utility: dict[str, list[Statement]] = defaultdict(list)
    for bill in bills:
        utility, account = owners.of(bill.account)
        of_utility[utility].append(replace(bill, account=account) if account != bill.account else bill)
    saved: list[SavedStatement] = []
    for utility, some in of_utility.items():
        done = book.records.save_statements(some, source=source, at=at, utility=utility, kind=SourceKind.FILE)
        for one in done:
            if one.findings:
                book.records.add_findings(None, one.statement.account, one.findings, None, at, utility=utility)
        saved += done
    return saved


def _summed(
    file: str,
    profile: str | None,
    report: BillReport,
    saved: Sequence[SavedStatement],
    findings: Sequence[Finding],
) -> ReportImport:
    news = Counter(one.news.value for one in saved)
    bills = [one.statement for one in saved]
    return ReportImport(
        file=file,
        profile=profile,
        sheets=report.sheets,
        accounts=tuple(sorted({one.account for one in bills})),
        rows=report.rows_read,
        refused=report.refused + len(findings) - len(report.findings),
        repeated=report.repeated,
        new=news["new"],
        changed=news["changed"],
        unchanged=news["same"],
        joined=sum(one.joined for one in saved),
        first=min((one.period_start or one.bill_date for one in bills), default=None),
        last=max((one.period_end or one.bill_date for one in bills), default=None),
        findings=(*findings, *(finding for one in saved for finding in one.findings)),
    )


def _with_account(report: BillReport, place: Place, source: str) -> Sequence[Statement | Finding]:
    """The bills, under the account that the user named if they are all of one."""
    items = list(report.statements())
    if place.account is None:
        return items
    accounts = {item.account for item in items if isinstance(item, Statement)}
    if len(accounts) > 1:
        raise UsageError(
            f"the report holds bills of {len(accounts):,} accounts",
            where=source,
            expected="no --account, since the report tells whose each bill is",
            hint="Nothing was stored. Tie foreign numbers to accounts with: meterbook identify",
        )
    return [replace(item, account=place.account) if isinstance(item, Statement) else item for item in items]


class _Owners:
    """Accounts by whatever number a report writes."""

    def __init__(self, book: OpenBook, place: Place) -> None:
        self._given = place.utility
        self._known: dict[str, set[Owner]] = defaultdict(set)
        connections = {one.id: one.utility for one in book.records.connections()}
        for scheme in IdScheme:
            for (kind, owner), items in book.records.external_ids(scheme).items():
                if kind in (OwnerKind.ACCOUNT, OwnerKind.LOCATION, OwnerKind.METER):
                    utility, account, *_ = owner_parts(owner)
                    for item in items:
                        self._known[account_key(item.value)].add((utility, account))
        for stored in book.records.accounts():
            number = stored.account.number
            self._known[account_key(number)] = {(connections.get(stored.connection_id, ""), number)}

    def of(self, number: str) -> Owner:
        """Utility and number of the account that a report's number means; as written if the book does not know it."""
        owners = self._known.get(account_key(number), set())
        utility, account = next(iter(owners)) if len(owners) == 1 else ("", number)
        return self._given or utility, account
