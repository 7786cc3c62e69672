"""Bills and balances. Parsing is pure; asking is at the end.

The portal's ``billing`` call, which carries the security answer in clear, is never made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from meterbook.model.errors import AccessRefused, FeatureAbsent, RequestFailed
from meterbook.model.money import dollars
from meterbook.model.statement import Balance, LineItem, LineKind, Statement
from meterbook.model.units import Unit
from meterbook.portals.smarthub import wire
from meterbook.portals.smarthub.session import Session
from meterbook.portals.smarthub.wire import BillingSummary, BillRow, Text, text

HISTORY = "/services/secured/billing/history/overview"
PDF = "/services/secured/billPdfService"
TOTALS = "/services/secured/aggregate/customerAccountBilling/totals"
OVERVIEW = "/services/secured/exposed/customer-overview"
LAST_BILLED = "/services/secured/exposed/customer-overview/last-billed"
PDF_END = 2048  # within so many of its last bytes a PDF says that it ends
READ_TO_BILL = timedelta(days=62)  # a read date further before the bill belongs to another one
Answer = TypeVar("Answer")
ABSENT = (FeatureAbsent, AccessRefused, RequestFailed)


def parse_history(body: bytes, account: str, tz: ZoneInfo) -> list[Statement]:
    """The account's bills, newest first.

    The read dates in a row are the location's latest and can repeat on older rows, so a period that a newer bill has
    already, or that lies far from its bill, is left out. A bill of a newer one's period whose charges were taken back
    was cancelled, and the newer one stands in its place.

    Raises:
        msgspec.DecodeError: not whole JSON, or of another shape.
    """
    return _linked(_statements(body, account, tz))


def _statements(body: bytes, account: str, tz: ZoneInfo) -> list[tuple[BillRow, Statement]]:
    rows: list[BillRow] = [row for row in wire.BILL_ROWS.read(body) or [] if row.billingDateTimestamp]
    rows.sort(key=lambda row: -(row.billingDateTimestamp or 0))
    taken: dict[tuple[datetime, datetime], BillRow] = {}
    statements = []
    for row in rows:
        if text(row.acctNbr) and text(row.acctNbr).lstrip("0") != account.lstrip("0"):
            continue
        statement = _statement(row, account, tz)
        period = _period(row, _instant(row.billingDateTimestamp or 0))
        if period is not None and (period not in taken or _taken_back(row, taken[period])):
            taken.setdefault(period, row)
            days = [at.astimezone(tz).date() for at in period]
            statement = replace(
                statement, read_start=period[0], read_end=period[1], period_start=days[0], period_end=days[1]
            )
        statements.append((row, statement))
    return statements


def _taken_back(row: BillRow, newer: BillRow) -> bool:
    """Whether a bill of the same month as a newer one was credited back: the portal has no other word for cancelled."""
    back = _money(row.totalAdjustments)
    return back is not None and back < 0 and row.billPeriod is not None and row.billPeriod == newer.billPeriod


def _linked(rows: list[tuple[BillRow, Statement]]) -> list[Statement]:
    """The statements, those that were cancelled marked, and those that stand in their place naming them."""
    found = [statement for _, statement in rows]
    for number, (row, old) in enumerate(rows):
        for place in range(number - 1, -1, -1):
            newer = rows[place][0]
            same = old.read_start is not None and (found[place].read_start, found[place].read_end) == (
                old.read_start,
                old.read_end,
            )
            if same and _taken_back(row, newer):
                found[number] = replace(found[number], cancelled=True)
                if found[place].corrects is None:
                    found[place] = replace(found[place], corrects=old.source_id)
                break
    return found


def parse_totals(body: bytes, at: datetime, tz: ZoneInfo) -> list[Balance]:
    """What each account owes; the rows of an account's several services are added.

    Raises:
        msgspec.DecodeError: not whole JSON, or of another shape.
    """
    totals: wire.Totals = wire.TOTALS.read(body)
    by_account: dict[str, list[BillingSummary]] = defaultdict(list)
    for row in totals.customerAccountBillings or []:
        if row.summary is not None and row.summary.id is not None and text(row.summary.id.acctNbr):
            by_account[text(row.summary.id.acctNbr)].append(row.summary)
    return [
        Balance(
            account=account,
            at=at,
            amount_due=_sum(row.totalAmtDue for row in rows),
            due=_earliest((row.totalDueTimestamp for row in rows), tz),
            balance=_sum(row.accountBalance for row in rows),
            prepaid=any(_is_prepaid(row) for row in rows),
            prepaid_daily=_sum(row.prepaidAvgDailyAmt for row in rows) if any(map(_is_prepaid, rows)) else None,
        )
        for account, rows in by_account.items()
    ]


def parse_overview(body: bytes, at: datetime, tz: ZoneInfo) -> list[Balance]:
    """What each customer owes and paid last, for customers of one account: for others it can't be divided.

    Raises:
        msgspec.DecodeError: not whole JSON, or of another shape.
    """
    rows: list[wire.CustomerOverview] = wire.OVERVIEW.read(body) or []
    return [
        Balance(
            account=text((row.accountNumbers or [None])[0]),
            at=at,
            amount_due=_money(row.amountDue) if row.amountDue is not None else _money(row.totalBalance),
            due=_day(row.dueOn, tz),
            balance=_money(row.totalBalance),
            last_payment=_money(row.lastPayment),
            last_payment_on=_day(row.lastPaymentOn, tz),
        )
        for row in rows
        if len(row.accountNumbers or []) == 1
    ]


def combined(*sources: list[Balance]) -> list[Balance]:
    """One balance for each account; what an earlier source says stands, later ones fill what it left open."""
    found: dict[str, Balance] = {}
    for source in sources:
        for one in source:
            known = found.get(one.account)
            found[one.account] = one if known is None else _filled(known, one)
    return list(found.values())


async def fetch_history(session: Session, account: str, tz: ZoneInfo) -> list[Statement]:
    """The account's bills, newest first.

    Raises:
        PortalError: see :meth:`Session.secured`.
    """
    return await session.secured(
        "GET", HISTORY, lambda reply: parse_history(reply, account, tz), params={"acctNbr": account}
    )


async def fetch_pdf(session: Session, statement: Statement, tz: ZoneInfo) -> bytes:
    """A bill as the portal prints it.

    Raises:
        FeatureAbsent: the portal has no document for it.
        PortalError: see :meth:`Session.secured`.
    """
    record, _, uuid = (statement.source_id or "").partition(":")
    if not uuid or statement.issued is None:
        raise _no_document()
    day = statement.issued.astimezone(tz)
    path = f"{PDF}/{day.year}_{day.month:02}_{day.day}_{statement.account}.pdf"
    params = {
        "account": statement.account,
        "timestamp": str(_milliseconds(statement.issued)),
        "uuid": uuid,
        "systemOfRecord": record,
    }
    body = await session.secured("GET", path, _whole_pdf, params=params, label=PDF)
    if not body.startswith(b"%PDF"):
        raise _no_document()
    return body


def _whole_pdf(body: bytes) -> bytes:
    """A document as received, once it is known to be whole; what is none is for the caller to judge."""
    if body.startswith(b"%PDF") and b"%%EOF" not in body[-PDF_END:]:
        raise msgspec.DecodeError("the document was cut off")
    return body


async def fetch_balances(session: Session, at: datetime, tz: ZoneInfo) -> list[Balance]:
    """What each account owes now, from the calls that this portal has.

    Raises:
        FeatureAbsent: it has none of them.
        PortalError: see :meth:`Session.secured`.
    """
    who = await session.sign_in()
    totals = await _if_there(session, "GET", TOTALS, lambda reply: parse_totals(reply, at, tz), email=session.user)
    raw = await _if_there(session, "GET", OVERVIEW, _checked_overview, email=session.user)
    overview = None if raw is None else parse_overview(raw, at, tz)
    billed = None
    if raw is not None and overview:
        billed = await _if_there(session, "POST", LAST_BILLED, lambda reply: parse_overview(reply, at, tz), content=raw)
    if totals is None and overview is None:
        raise FeatureAbsent(
            "the portal shows no balances to this log-in",
            where=TOTALS,
            hint=f"Look at the portal's own page as {'the primary member' if who.secondary else 'yourself'}.",
        )
    paid = [replace(one, amount_due=None, balance=None, due=None) for one in billed or []]
    known = {one.account for one in [*(totals or []), *(overview or [])]}
    return combined(totals or [], overview or [], [one for one in paid if one.account in known])


async def _if_there(
    session: Session,
    method: str,
    path: str,
    read: Callable[[bytes], Answer],
    *,
    email: str | None = None,
    content: bytes | None = None,
) -> Answer | None:
    """The answer of a call that not every portal has."""
    params = {"email": email} if email is not None else None
    try:
        return await session.secured(method, path, read, params=params, content=content)
    except ABSENT:
        return None


def _checked_overview(body: bytes) -> bytes:
    """The overview as received, which the next call wants back, once it is known to be whole."""
    wire.OVERVIEW.read(body)
    return body


def _statement(row: BillRow, account: str, tz: ZoneInfo) -> Statement:
    usage = _decimal(row.totalUsage)
    charge = _money(row.totalUsageCharge)
    line = LineItem(
        kind=LineKind.ENERGY,
        label="Usage charge",
        amount=charge if charge is not None else Decimal(0),
        quantity=usage,
        unit=Unit.KWH.value if usage is not None else None,
    )
    issued = _instant(row.billingDateTimestamp or 0)
    return Statement(
        account=account,
        bill_date=issued.astimezone(tz).date(),
        issued=issued,
        usage=usage,
        usage_unit=Unit.KWH.value if usage is not None else None,
        adjustments=_money(row.totalAdjustments),
        amount_due=_money(row.adjustedBillAmount),
        lines=() if charge is None else (line,),
        source_id=f"{row.systemOfRecord or 'UTILITY'}:{row.billProcessUuid}" if row.billProcessUuid else None,
    )


def _period(row: BillRow, issued: datetime) -> tuple[datetime, datetime] | None:
    reads = {
        (place.lastBillPrevReadDtTm, place.lastBillPresReadDtTm)
        for place in row.servLocs or []
        if place.lastBillPrevReadDtTm and place.lastBillPresReadDtTm
    }
    if len(reads) != 1:
        return None  # none, or several locations read on different days
    earlier, later = reads.pop()
    assert earlier
    assert later
    start, end = _instant(earlier), _instant(later)
    return (start, end) if start < end <= issued and issued - end <= READ_TO_BILL else None


def _is_prepaid(row: BillingSummary) -> bool:
    daily = _decimal(row.prepaidAvgDailyAmt)
    return "PREPA" in (row.accountType or "").upper() or (daily is not None and daily > 0)


def _filled(known: Balance, other: Balance) -> Balance:
    return Balance(
        account=known.account,
        at=known.at,
        amount_due=known.amount_due if known.amount_due is not None else other.amount_due,
        due=known.due or other.due,
        balance=known.balance if known.balance is not None else other.balance,
        last_payment=known.last_payment if known.last_payment is not None else other.last_payment,
        last_payment_on=known.last_payment_on or other.last_payment_on,
        prepaid=known.prepaid or other.prepaid,
        prepaid_daily=known.prepaid_daily if known.prepaid_daily is not None else other.prepaid_daily,
    )


def _no_document() -> FeatureAbsent:
    return FeatureAbsent(
        "the portal has no document for this bill",
        where=PDF,
        hint="The bill's figures are kept; look for the document on the portal's own page.",
    )


def _instant(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def _milliseconds(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _day(milliseconds: int | None, tz: ZoneInfo) -> date | None:
    return _instant(milliseconds).astimezone(tz).date() if milliseconds else None


def _earliest(moments: Iterable[int | None], tz: ZoneInfo) -> date | None:
    known = [moment for moment in moments if moment]
    return _day(min(known), tz) if known else None


def _decimal(number: Text) -> Decimal | None:
    words = text(number).replace(",", "").replace("$", "")
    try:
        return Decimal(words) if words else None
    except InvalidOperation:
        return None


def _money(number: Text) -> Decimal | None:
    amount = _decimal(number)
    return None if amount is None or not amount.is_finite() else dollars(amount)


def _sum(amounts: Iterable[Text]) -> Decimal | None:
    known = [amount for one in amounts if (amount := _money(one)) is not None]
    return sum(known, Decimal(0)) if known else None
