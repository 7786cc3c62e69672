"""The shapes that a SmartHub portal sends, as far as they are used.

Names are theirs. Keys that are not listed are skipped by the decoder, any listed one may be absent, and what is only
needed now and then stays undecoded (``msgspec.Raw``). Source: docs/smarthub.md, "What the portal sends".
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

Text = str | int | float | None
"""An identifier: text at most deployments, a number at some."""


class Point(Struct, gc=False):
    """``x``: local wall time as if it were UTC, ms. ``y``: quantity of the interval that starts there."""

    x: int
    y: float | None = None


class Series(Struct):
    """The points of one meter's channel."""

    data: list[Point] | None = None
    name: Text = None
    meterNumber: Text = None  # noqa: N815 - the portal's spelling
    channel: Text = None
    isNet: bool | None = None  # noqa: N815
    rateName: str | None = None  # noqa: N815


class MeterEntry(Struct):
    """One channel of a meter."""

    meterNumber: Text = None  # noqa: N815
    channel: Text = None
    flowDirection: str | None = None  # noqa: N815
    unitOfMeasure: str | None = None  # noqa: N815
    isNetMeter: bool | None = None  # noqa: N815
    isParentMeter: bool | None = None  # noqa: N815
    seriesId: Text = None  # noqa: N815
    rateName: str | None = None  # noqa: N815


class Month(Struct):
    """One month as the overview page has it."""

    month: int
    year: int
    usage: float | None = None
    unitsOfMeasure: list[str] | None = None  # noqa: N815


class Entry(Struct):
    """What the portal has of one kind (usage, cost, …) for one industry."""

    type: str | None = None
    accountNumber: Text = None  # noqa: N815
    serviceLocationNumber: Text = None  # noqa: N815
    unitOfMeasure: str | None = None  # noqa: N815
    connectDate: str | None = None  # noqa: N815
    hasDaily: bool | None = None  # noqa: N815
    hasHourly: bool | None = None  # noqa: N815
    meters: list[MeterEntry] | None = None
    series: list[Series] | None = None
    data: list[Point] | None = None
    current: Month | None = None
    xToOrderedInterval: Raw | UnsetType = UNSET  # noqa: N815
    estimatedSeries: Raw | UnsetType = UNSET  # noqa: N815
    editedSeries: Raw | UnsetType = UNSET  # noqa: N815


Entries = list[Entry] | Entry | None


class Poll(Struct):
    """The envelope of the usage poll."""

    status: str | None = None
    data: dict[str, Entries] | None = None


class Tick(Struct):
    """A span of the chart's axis, in the same wall time as ``x``."""

    start: int
    end: int


class OrderedInterval(Struct):
    """A value of ``xToOrderedInterval``."""

    interval: Tick | None = None


class SignInAnswer(Struct):
    """The answer of a log-in or of a token's renewal."""

    status: str | None = None
    authorizationToken: str | None = None  # noqa: N815
    expiration: float | None = None
    expiresIn: float | None = None  # noqa: N815
    username: str | None = None
    primaryUsername: str | None = None  # noqa: N815
    isSecondaryRegistration: bool | None = None  # noqa: N815
    isBusinessUser: bool | None = None  # noqa: N815
    message: str | None = None
    error: str | None = None


class LocationId(Struct):
    """A service location's number in its two spellings."""

    srvLocNbr: Text = None  # noqa: N815
    serviceLocation: Text = None  # noqa: N815


class PostalAddress(Struct):
    """An address."""

    addr1: str | None = None
    addr2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: Text = None


class LocationSummary(Struct):
    """A service location of an account."""

    id: LocationId | None = None
    description: str | None = None
    address: PostalAddress | None = None
    meterNumbersToExternalMeterBaseIds: dict[str, Any] | None = None  # noqa: N815
    activeRateSchedules: list[str] | None = None  # noqa: N815
    services: list[str] | None = None
    lastBillPrevReadDtTm: int | None = None  # noqa: N815
    lastBillPresReadDtTm: int | None = None  # noqa: N815


class UserData(Struct):
    """One account of ``user-data``."""

    account: Text = None
    customer: Text = None
    customerName: str | None = None  # noqa: N815
    inactive: bool | None = None
    primaryServiceLocationId: Text = None  # noqa: N815
    services: list[str] | None = None
    serviceLocationIdToServiceLocationSummary: dict[str, LocationSummary] | None = None  # noqa: N815
    serviceLocationToUserDataServiceLocationSummaries: dict[str, list[LocationSummary]] | None = None  # noqa: N815
    serviceLocationToIndustries: dict[str, list[str]] | None = None  # noqa: N815
    serviceToServiceDescription: dict[str, str] | None = None  # noqa: N815


class AccountLocations(Struct):
    """One account of ``accounts``."""

    account: Text = None
    serviceLocations: list[Text] | None = None  # noqa: N815


class CustomerOverview(Struct):
    """One customer of ``customer-overview`` or its ``last-billed``."""

    customerName: str | None = None  # noqa: N815
    customerId: Text = None  # noqa: N815
    accountNumbers: list[Text] | None = None  # noqa: N815
    amountDue: Text = None  # noqa: N815
    totalBalance: Text = None  # noqa: N815
    dueOn: int | None = None  # noqa: N815
    lastPayment: Text = None  # noqa: N815
    lastPaymentOn: int | None = None  # noqa: N815


class BillingId(Struct):
    """Which account a row of ``totals`` is about."""

    custNbr: Text = None  # noqa: N815
    acctNbr: Text = None  # noqa: N815


class BillingSummary(Struct):
    """What an account owes."""

    id: BillingId | None = None
    accountBalance: Text = None  # noqa: N815
    totalAmtDue: Text = None  # noqa: N815
    totalDueTimestamp: int | None = None  # noqa: N815
    prepaidAvgDailyAmt: Text = None  # noqa: N815
    prepaidDisconnectNonPay: bool | None = None  # noqa: N815
    accountType: str | None = None  # noqa: N815


class AccountBilling(Struct):
    """One row of ``totals``."""

    summary: BillingSummary | None = None


class Totals(Struct):
    """The answer of ``totals``."""

    customerAccountBillings: list[AccountBilling] | None = None  # noqa: N815


class BillPeriod(Struct):
    """The month a bill is named after."""

    year: int | None = None
    month: int | None = None


class BillRow(Struct):
    """One bill of the billing history."""

    acctNbr: Text = None  # noqa: N815
    billingDateTimestamp: int | None = None  # noqa: N815
    adjustedBillAmount: Text = None  # noqa: N815
    totalAdjustments: Text = None  # noqa: N815
    totalUsageCharge: Text = None  # noqa: N815
    totalUsage: Text = None  # noqa: N815
    billPeriod: BillPeriod | None = None  # noqa: N815
    billProcessUuid: str | None = None  # noqa: N815
    systemOfRecord: str | None = None  # noqa: N815
    showViewBillLink: bool | None = None  # noqa: N815
    servLocs: list[LocationSummary] | None = None  # noqa: N815


class WeatherAnswer(Struct):
    """Daily temperatures, °F."""

    lowTemperaturePoints: list[Point] | None = None  # noqa: N815
    highTemperaturePoints: list[Point] | None = None  # noqa: N815


class Deployment(Struct):
    """One portal of the member look-up."""

    domain: str | None = None
    name: str | None = None
    addressList: list[dict[str, Any]] | None = None  # noqa: N815


class Reader:
    """Decoder of one shape: exact first, then lenient about numbers sent as text."""

    __slots__ = ("_exact", "_lenient")

    def __init__(self, shape: Any) -> None:
        self._exact: msgspec.json.Decoder[Any] = msgspec.json.Decoder(shape)
        self._lenient: msgspec.json.Decoder[Any] = msgspec.json.Decoder(shape, strict=False)

    def read(self, body: bytes) -> Any:
        """The reply in its shape.

        Raises:
            msgspec.DecodeError: not whole JSON; its subclass ``ValidationError``: whole, but of another shape.
        """
        try:
            return self._exact.decode(body)
        except msgspec.ValidationError:
            return self._lenient.decode(body)


POLL = Reader(Poll)
BARE = Reader(dict[str, Entries])
"""The shape of the answer without an envelope."""
ORDERED = Reader(dict[str, OrderedInterval])
WEATHER = Reader(WeatherAnswer)
SIGN_IN = Reader(SignInAnswer)
USER_DATA = Reader(list[UserData] | UserData | None)
ACCOUNTS = Reader(list[AccountLocations] | None)
OVERVIEW = Reader(list[CustomerOverview] | None)
TOTALS = Reader(Totals)
BILL_ROWS = Reader(list[BillRow] | None)
DEPLOYMENTS = Reader(list[Deployment] | None)
METHOD = Reader(str | None)
ANYTHING = Reader(Any)


def text(value: Text) -> str:
    """An identifier as text, without blanks around it; empty if absent.

    >>> text(7001001), text(" "), text(None), text(7.0)
    ('7001001', '', '', '7')
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
