"""Accounts, balances, bills, documents and weather, as asked for over the wire."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from smarthub_kit import EASTERN, NOON, ONE_USER, Portal, at, hub, run

from meterbook.model.channel import Quantity, ServiceCategory
from meterbook.model.errors import AccessRefused, FeatureAbsent, PortalChanged, PortalUnavailable
from meterbook.model.statement import Statement
from meterbook.portals.smarthub import bills, discovery, look_up
from meterbook.portals.smarthub.bills import parse_history
from meterbook.portals.smarthub.discovery import parse_user_data


def row(**more: Any) -> dict[str, Any]:
    return {**ONE_USER[0], **more}


def industries(**more: Any) -> tuple[str, ...]:
    (account,) = parse_user_data(json.dumps([row(serviceLocationToIndustries={}, **more)]).encode())
    return account.locations[0].industries


# -- discovery --------------------------------------------------------------------------------------------------------


def test_accounts_of_several_customers_are_found_and_closed_ones_marked() -> None:
    rows = [row(), row(account="7001002", customer="311", inactive=True), row(account="0001", customer="312")]
    found = parse_user_data(json.dumps(rows).encode())
    assert [(one.number, one.customer, one.active) for one in found] == [
        ("7001001", "310", True),
        ("7001002", "311", False),
        ("0001", "312", True),
    ]


def test_an_account_number_sent_as_a_number_is_text() -> None:
    assert parse_user_data(json.dumps([row(account=7001001)]).encode())[0].number == "7001001"


def test_rows_of_one_account_are_put_together() -> None:
    other = row(serviceLocationToIndustries={"70020": ["WATER"]}, primaryServiceLocationId="70020")
    other["serviceLocationIdToServiceLocationSummary"] = {}
    (account,) = parse_user_data(json.dumps([row(), other]).encode())
    assert {one.number: one.industries for one in account.locations} == {"70010": ("ELECTRIC",), "70020": ("WATER",)}


def test_a_row_with_almost_nothing_is_read() -> None:
    (account,) = parse_user_data(b'[{"account":"1","primaryServiceLocationId":"9"}, {}]')
    assert [one.number for one in account.locations] == ["9"]
    assert account.active


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"services": ["1ELEC"], "serviceToServiceDescription": {"1ELEC": "Electric Service"}}, ("ELECTRIC",)),
        ({"services": ["VELEC"]}, ("ELECTRIC",)),
        ({"services": ["XYZ"], "serviceToServiceDescription": {"XYZ": "ELECTRIC LIGHT"}}, ("ELECTRIC",)),
        ({"services": ["NGAS", "WATER", "SEWER"]}, ("GAS", "WATER")),
        ({"services": ["ELEC"], "serviceToServiceDescription": {"WATER|ELEC|TRASH": "City Utilities"}}, ("ELECTRIC",)),
        ({"services": ["TRASH"]}, ()),
    ],
)
def test_industries_are_worked_out_where_the_portal_does_not_list_them(
    more: dict[str, Any], found: tuple[str, ...]
) -> None:
    assert industries(**more) == found


def test_a_blank_meter_number_is_no_meter() -> None:
    summary = {"70010": {"meterNumbersToExternalMeterBaseIds": {" ": "70010+1", "M9": "70010+2"}}}
    (account,) = parse_user_data(json.dumps([row(serviceLocationIdToServiceLocationSummary=summary)]).encode())
    assert [(one.number, one.category) for one in account.locations[0].meters] == [("M9", ServiceCategory.ELECTRICITY)]


@pytest.mark.parametrize(
    "reply", [httpx2.Response(403, text="no"), httpx2.Response(404), httpx2.Response(405), httpx2.Response(200, json=3)]
)
def test_where_the_profile_is_not_given_the_plain_list_will_do(reply: httpx2.Response) -> None:
    plain = httpx2.Response(200, json=[{"account": 7001001, "serviceLocations": ["70010", 70011]}])
    portal = Portal().first("/user-data", reply).first("/secured/accounts", plain)
    (account,) = run(hub(portal).accounts())
    assert (account.number, [one.number for one in account.locations]) == ("7001001", ["70010", "70011"])


def test_a_portal_that_is_down_is_not_asked_for_the_plain_list() -> None:
    portal = Portal().first("/user-data", httpx2.Response(200, html="<html></html>"))
    with pytest.raises(PortalUnavailable):
        run(hub(portal).accounts())
    assert portal.count("/secured/accounts") == 0


# -- bills ------------------------------------------------------------------------------------------------------------


def bill(month: int, *, read: tuple[str, str] | None = None, **more: Any) -> dict[str, Any]:
    reads = (
        {} if read is None else {"lastBillPrevReadDtTm": at(read[0]) * 1000, "lastBillPresReadDtTm": at(read[1]) * 1000}
    )
    return {
        "acctNbr": 7001001,
        "billingDateTimestamp": at(f"2026-{month:02}-16T08:11:42-04:00") * 1000,
        "adjustedBillAmount": 100 + month,
        "totalUsage": 900,
        "billProcessUuid": f"uuid-{month}",
        "servLocs": [{"id": {"srvLocNbr": 70010}, **reads}],
        **more,
    }


MAY = ("2026-04-14T00:00:00-04:00", "2026-05-14T00:00:00-04:00")


def test_bills_come_newest_first_whatever_the_portals_order() -> None:
    found = parse_history(json.dumps([bill(4), bill(6), bill(5)]).encode(), "7001001", EASTERN)
    assert [one.bill_date.month for one in found] == [6, 5, 4]


def test_a_read_period_that_repeats_on_older_rows_belongs_to_the_newest_only() -> None:
    rows = [bill(5, read=MAY), bill(4, read=MAY), bill(3, read=MAY)]
    newest, *older = parse_history(json.dumps(rows).encode(), "7001001", EASTERN)
    assert newest.read_start == datetime(2026, 4, 14, 4, tzinfo=UTC)
    assert newest.period_start == date(2026, 4, 14)
    assert [one.period_start for one in older] == [None, None]


def test_a_read_period_far_from_its_bill_is_left_out() -> None:
    (one,) = parse_history(json.dumps([bill(11, read=MAY)]).encode(), "7001001", EASTERN)
    assert (one.period_start, one.period_end) == (None, None)


def test_bills_of_another_account_are_not_taken() -> None:
    assert parse_history(json.dumps([bill(5, acctNbr="999")]).encode(), "7001001", EASTERN) == []


def test_what_a_bill_does_not_say_is_none_not_zero() -> None:
    bare = {"billingDateTimestamp": at("2026-05-16T00:00:00-04:00") * 1000}
    (one,) = parse_history(json.dumps([bare]).encode(), "7001001", EASTERN)
    assert (one.amount_due, one.usage, one.usage_unit, one.adjustments, one.lines, one.source_id) == (
        None,
        None,
        None,
        None,
        (),
        None,
    )


def test_a_bill_credited_back_and_billed_anew_is_cancelled_and_replaced() -> None:
    month = {"year": 2026, "month": 5}
    mistaken = bill(5, read=MAY, billPeriod=month, totalAdjustments=-105.0, adjustedBillAmount=0, billProcessUuid="old")
    anew = bill(6, read=MAY, billPeriod=month, totalAdjustments=0.0, billProcessUuid="new")
    later = bill(
        7, read=("2026-05-14T00:00:00-04:00", "2026-06-14T00:00:00-04:00"), billPeriod={"year": 2026, "month": 6}
    )
    newest, corrected, old = parse_history(json.dumps([mistaken, anew, later]).encode(), "7001001", EASTERN)
    assert (newest.cancelled, newest.corrects) == (False, None)
    assert (corrected.cancelled, corrected.corrects, corrected.period_start) == (
        False,
        "UTILITY:old",
        date(2026, 4, 14),
    )
    assert (old.cancelled, old.corrects, old.period_start) == (True, None, date(2026, 4, 14))


def test_a_credit_alone_cancels_no_bill() -> None:
    rows = [
        bill(6, read=("2026-05-14T00:00:00-04:00", "2026-06-14T00:00:00-04:00"), billPeriod={"year": 2026, "month": 6}),
        bill(5, read=MAY, billPeriod={"year": 2026, "month": 5}, totalAdjustments=-20.0),
    ]
    assert [one.cancelled for one in parse_history(json.dumps(rows).encode(), "7001001", EASTERN)] == [False, False]


def documented(reply: httpx2.Response, **more: Any) -> tuple[Portal, Any]:
    portal = Portal().first(".pdf", reply)
    issued = datetime.fromtimestamp(at("2026-06-05T23:30:00-04:00"), UTC)
    statement = Statement(
        **{"account": "7001001", "bill_date": date(2026, 6, 5), "issued": issued, "source_id": "UTILITY:uuid-6", **more}
    )
    return portal, hub(portal).bill_pdf(statement)


def test_a_bills_document_is_asked_for_by_its_identifiers() -> None:
    portal, asked = documented(
        httpx2.Response(200, content=b"%PDF-1.4 x %%EOF", headers={"content-type": "application/pdf"})
    )
    assert run(asked) == b"%PDF-1.4 x %%EOF"
    url = portal.seen[-1].url
    assert url.path == "/services/secured/billPdfService/2026_06_5_7001001.pdf"
    assert dict(url.params) == {
        "account": "7001001",
        "timestamp": str(at("2026-06-05T23:30:00-04:00") * 1000),
        "uuid": "uuid-6",
        "systemOfRecord": "UTILITY",
    }


def test_a_document_that_is_none_is_said_without_the_account_number() -> None:
    for reply in (httpx2.Response(200, content=b"tiny"), httpx2.Response(404)):
        _, asked = documented(reply)
        with pytest.raises(FeatureAbsent) as caught:
            run(asked)
        assert "7001001" not in f"{caught.value} {caught.value.hint}"
    portal, asked = documented(httpx2.Response(200), source_id=None)
    with pytest.raises(FeatureAbsent):
        run(asked)
    assert portal.count(".pdf") == 0


def test_a_document_that_was_cut_off_is_asked_for_once_more_and_is_then_no_document() -> None:
    portal, asked = documented(httpx2.Response(200, content=b"%PDF-1.4 and then noth"))
    portal.first(".pdf", httpx2.Response(200, content=b"%PDF-1.4 and then noth"))
    with pytest.raises(PortalUnavailable):
        run(asked)
    assert portal.count(".pdf") == 2


def test_a_prepaid_accounts_days_come_oldest_first() -> None:
    days = [
        {"date": "2026-05-02", "usage": 31.402, "charge": 4.12, "payment": 0.0, "balance": 38.22},
        {"date": "2026-05-01", "usage": 20, "charge": 3.1, "payment": 25, "balance": 42.34},
    ]
    portal = Portal().first("/prepaid/daily", httpx2.Response(200, json={"acctNbr": "7001001", "days": days}))
    first, last = run(hub(portal).prepaid_days("7001001", start=at("2026-05-01T00:00:00-04:00")))
    assert (first.day, first.payment, first.balance) == (date(2026, 5, 1), Decimal("25.00"), Decimal("42.34"))
    assert (last.usage, last.charge) == (Decimal("31.402"), Decimal("4.12"))
    assert dict(portal.seen[-1].url.params) == {"acctNbr": "7001001", "startDate": "1777608000000"}


def test_a_time_of_use_ledger_is_read_with_its_signs() -> None:
    month = {"year": 2026, "month": 5, "saved": -3.2, "timeOfUseCost": 103.2, "usage": {"On Peak": 12.5}}
    answer = {"acctNbr": "7001001", "standardRate": "R", "timeOfUseRate": "R-TU", "months": [month]}
    portal = Portal().first("/time-of-use/savings", httpx2.Response(200, json=answer))
    (one,) = run(hub(portal).tou_ledger("7001001"))
    assert (one.saved, one.tou_cost, one.month) == (Decimal("-3.20"), Decimal("103.20"), date(2026, 5, 1))
    assert (one.usage, one.tou_rate) == ({"On Peak": Decimal("12.5")}, "R-TU")


@pytest.mark.parametrize("status", [404, 403])
def test_a_portal_without_ledgers_says_so(status: int) -> None:
    portal = Portal().first("/secured/", httpx2.Response(status))
    for asked in (hub(portal).tou_ledger("1"), hub(portal).prepaid_days("1")):
        with pytest.raises((FeatureAbsent, AccessRefused)):
            run(asked)


def test_history_is_asked_for_by_account() -> None:
    portal = Portal().first("/overview", httpx2.Response(200, json=[bill(5)]))
    assert len(run(hub(portal).billing_history("7001001"))) == 1
    assert dict(portal.seen[-1].url.params) == {"acctNbr": "7001001"}


# -- balances ---------------------------------------------------------------------------------------------------------


def totals(*rows: dict[str, Any]) -> httpx2.Response:
    return httpx2.Response(200, json={"customerAccountBillings": [{"summary": one} for one in rows]})


def test_balances_are_put_together_from_what_the_portal_has() -> None:
    overview = [{"customerId": "310", "accountNumbers": ["7001001"], "amountDue": "131.07", "dueOn": 1783314000000}]
    billed = [{**overview[0], "lastPayment": 118.42, "lastPaymentOn": 1780635600000}]
    portal = (
        Portal()
        .first("/totals", totals({"id": {"acctNbr": 7001001}, "accountBalance": 131.07, "totalAmtDue": 131.07}))
        .first("/customer-overview", httpx2.Response(200, json=overview))
        .first("/last-billed", httpx2.Response(200, json=billed))
    )
    (one,) = run(hub(portal).balances())
    assert (one.amount_due, one.balance, one.due) == (Decimal("131.07"), Decimal("131.07"), date(2026, 7, 6))
    assert (one.last_payment, one.last_payment_on) == (Decimal("118.42"), date(2026, 6, 5))
    assert int(one.at.timestamp()) == NOON
    assert json.loads(portal.seen[-1].content) == overview  # sent back as it was received


def test_the_rows_of_one_accounts_services_are_added() -> None:
    rows = [{"id": {"acctNbr": "7001001"}, "totalAmtDue": amount, "prepaidAvgDailyAmt": 0.0} for amount in (0.1, 0.2)]
    body = json.dumps({"customerAccountBillings": [{"summary": one} for one in rows]}).encode()
    (one,) = bills.parse_totals(body, datetime.now(UTC), EASTERN)
    assert (one.amount_due, one.prepaid) == (Decimal("0.30"), False)


def test_a_customer_with_several_accounts_is_not_divided() -> None:
    body = json.dumps([{"accountNumbers": ["1", "2"], "amountDue": 50}]).encode()
    assert bills.parse_overview(body, datetime.now(UTC), EASTERN) == []


def test_a_portal_without_any_balance_says_so() -> None:
    with pytest.raises(FeatureAbsent):
        run(hub(Portal()).balances())


# -- weather and look-up ----------------------------------------------------------------------------------------------


def test_temperatures_are_asked_for_by_day() -> None:
    xs = [1789603200000, 1789689600000]  # 17 and 18 September 2026, wall time as UTC
    points = [{"x": x, "y": 61.5} for x in xs]
    reply = httpx2.Response(200, json={"lowTemperaturePoints": points, "highTemperaturePoints": None})
    portal = Portal().first("/weather-data", reply)
    start, end = at("2026-09-17T00:00:00-04:00"), at("2026-09-18T00:00:00-04:00")
    usage = run(hub(portal).weather(account="7001001", service_location="70010", start=start, end=end))
    (low,) = usage.series
    assert (low.channel.quantity, low.channel.category) == (Quantity.TEMPERATURE_LOW, ServiceCategory.WEATHER)
    assert (low.start.tolist(), low.value.tolist(), low.scale) == ([start], [615], 1)
    assert json.loads(portal.seen[-1].content)["startDateTime"] == start * 1000


@pytest.mark.parametrize(("status", "kind"), [(404, FeatureAbsent), (403, AccessRefused)])
def test_a_portal_without_weather_says_so(status: int, kind: type[Exception]) -> None:
    portal = Portal().first("/weather-data", httpx2.Response(status))
    with pytest.raises(kind):
        run(hub(portal).weather(account="1", service_location="2", start=0, end=86_400))


def test_the_directory_is_asked_by_name() -> None:
    rows = [{"domain": "Coast", "name": "Coast Example", "addressList": [{"state": "NC"}]}, {"domain": None}]
    seen = []

    def respond(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=rows)

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(respond))
    found = run(look_up("coast", client=client))
    assert [(one.name, one.host, one.state) for one in found] == [("Coast Example", "coast.smarthub.coop", "NC")]
    assert str(seen[0].url) == "https://config.smarthub.coop/services/memberLookup/name?name=coast"


def test_a_directory_that_has_changed_is_our_bug() -> None:
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, json={"a": 1})))
    with pytest.raises(PortalChanged):
        run(look_up("coast", client=client))


def test_the_secret_bearing_call_is_never_made() -> None:
    paths = {value for module in (bills, discovery) for value in vars(module).values() if isinstance(value, str)}
    assert "/services/secured/billing" not in paths
