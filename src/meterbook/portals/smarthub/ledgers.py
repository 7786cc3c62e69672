"""Ledgers that some portals keep beside bills: the days of a prepaid account, the months of a time-of-use one.

No recording of either exists; the shapes are those of the practice co-op (docs/practice.md). A portal without them
answers 404. Parsing is pure; asking is at the end.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from msgspec import Struct

from meterbook.model.money import dollars
from meterbook.model.statement import PrepaidDay
from meterbook.model.tou_ledger import TouMonth
from meterbook.portals.smarthub.session import Session
from meterbook.portals.smarthub.wire import Reader

PREPAID = "/services/secured/prepaid/daily"
TIME_OF_USE = "/services/secured/time-of-use/savings"


class _Day(Struct):
    date: date
    usage: float | None = None
    charge: float | None = None
    payment: float | None = None
    balance: float | None = None


class _Prepaid(Struct):
    days: list[_Day] | None = None


class _Month(Struct):
    year: int
    month: int
    saved: float
    timeOfUseCost: float | None = None  # noqa: N815 - the portal's spelling
    standardCost: float | None = None  # noqa: N815
    billProcessUuid: str | None = None  # noqa: N815
    usage: dict[str, float] | None = None


class _TimeOfUse(Struct):
    months: list[_Month] | None = None
    standardRate: str | None = None  # noqa: N815
    timeOfUseRate: str | None = None  # noqa: N815


_PREPAID, _TIME_OF_USE = Reader(_Prepaid), Reader(_TimeOfUse)


def parse_prepaid(body: bytes) -> list[PrepaidDay]:
    """The days of a prepaid account, oldest first.

    Raises:
        msgspec.DecodeError: not whole JSON, or of another shape.
    """
    answer: _Prepaid = _PREPAID.read(body)
    return [
        PrepaidDay(
            day=one.date,
            usage=_exact(one.usage),
            charge=_money(one.charge),
            payment=_money(one.payment),
            balance=_money(one.balance),
        )
        for one in sorted(answer.days or [], key=lambda one: one.date)
    ]


def parse_time_of_use(body: bytes, account: str) -> list[TouMonth]:
    """The months of a time-of-use account, oldest first.

    Raises:
        msgspec.DecodeError: not whole JSON, or of another shape.
    """
    answer: _TimeOfUse = _TIME_OF_USE.read(body)
    return [
        TouMonth(
            account=account,
            month=date(one.year, one.month, 1),
            saved=dollars(one.saved),
            tou_cost=_money(one.timeOfUseCost),
            standard_cost=_money(one.standardCost),
            source_id=one.billProcessUuid,
            standard_rate=answer.standardRate,
            tou_rate=answer.timeOfUseRate,
            usage={name: Decimal(str(value)) for name, value in (one.usage or {}).items()},
        )
        for one in sorted(answer.months or [], key=lambda one: (one.year, one.month))
    ]


async def fetch_prepaid(session: Session, account: str, start: int | None, end: int | None) -> list[PrepaidDay]:
    """The days of a prepaid account; see :meth:`meterbook.portals.smarthub.client.SmartHub.prepaid_days`."""
    params = {"acctNbr": account}
    params |= {"startDate": str(start * 1000)} if start is not None else {}
    params |= {"endDate": str(end * 1000)} if end is not None else {}
    return await session.secured("GET", PREPAID, parse_prepaid, params=params)


async def fetch_time_of_use(session: Session, account: str) -> list[TouMonth]:
    """The months of a time-of-use account; see :meth:`meterbook.portals.smarthub.client.SmartHub.tou_ledger`."""
    return await session.secured(
        "GET", TIME_OF_USE, lambda reply: parse_time_of_use(reply, account), params={"acctNbr": account}
    )


def _exact(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))


def _money(number: float | None) -> Decimal | None:
    return None if number is None else dollars(number)
