"""Secured calls: who may make them, and that each answer has the shape it is known by."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pypdfium2
import pytest
from practice_calls import Caller
from shared_data import SHARED, needs_shared

from meterbook.practice.settings import ServiceCodes, midnight
from meterbook.practice.world import Story

Make = Callable[..., Caller]


def start(caller: Caller, day: date) -> int:
    return midnight(day, caller.run.portal.settings.tz)


def places(caller: Caller) -> tuple[str, str, str]:
    contract = caller.member.contracts[0]
    return contract.number, contract.places[0].number, contract.customer


def answers(caller: Caller) -> dict[str, Any]:
    """Every answer that has a sample to be held against."""
    account, place, customer = places(caller)
    email = caller.member.email
    first, last = start(caller, date(2026, 6, 1)), start(caller, date(2026, 6, 4))
    window = {"startDateTime": first * 1000, "endDateTime": last * 1000}
    average = {"accountNumber": int(account), "serviceLocationNumber": int(place), "industries": ["ELECTRIC"]}
    weather = {"serviceLocationNumber": place, "industry": "ELECTRIC", "timeFrame": "DAILY"}
    daily = caller.body(first, last, "DAILY")
    return {
        "user_data_one_account": caller.get(f"/user-data?userId={email}").json,
        "accounts": caller.get(f"/accounts?user={email}").json,
        "customer_overview": caller.get(f"/exposed/customer-overview?email={email}").json,
        "customer_overview_last_billed": caller.post("/exposed/customer-overview/last-billed", []).json,
        "bill_pay_customer": caller.get(f"/exposed/bill-pay/customer?customerNumber={customer}").json,
        "service_location": caller.get(f"/service-locations/{place}").json,
        "totals": caller.get(f"/aggregate/customerAccountBilling/totals?email={email}").json,
        "billing": caller.get(f"/billing?userId={email}&accountNumber={account}").json,
        "billing_history_overview": caller.get(f"/billing/history/overview?acctNbr={account}").json,
        "usage_overview_electric": caller.get(f"/usage-overview/{account}/{place}/ELECTRIC").json,
        "average_usage_time_of_day": caller.post("/averageUsage", average | window).json,
        "weather_data": caller.post("/weather-data", weather | window).json,
        "utility_usage_sync_daily": caller.post("/utility-usage", daily).json,
        "poll_daily": {"status": "COMPLETE", "data": {"ELECTRIC": caller.poll(first, last, "DAILY")[:1]}},
        "poll_hourly_60min": {"status": "COMPLETE", "data": {"ELECTRIC": caller.poll(first, last)[:1]}},
        "poll_monthly": {"status": "COMPLETE", "data": {"ELECTRIC": caller.poll(first, last, "MONTHLY")[:1]}},
    }


def shape(value: Any) -> Any:
    """Keys and kinds of a JSON value; maps keyed by numbers or long texts are known by one of their values."""
    if isinstance(value, dict):
        named = {key: item for key, item in value.items() if not re.search(r"\d|\{|^ $", key)}
        keyed = [item for key, item in value.items() if key not in named and key != "_note"]
        # Provider and service codes are a deployment's own.
        plain = {key if not key.isupper() else "CODE": shape(item) for key, item in named.items() if key != "_note"}
        return plain | ({"*": shape(keyed[0])} if keyed else {})
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else "text"


def differences(ours: Any, sample: Any, where: str = "") -> list[str]:
    if isinstance(ours, dict) and isinstance(sample, dict):
        lacking = [f"{where}.{key} lacks" for key in sample.keys() - ours.keys()]
        more = [f"{where}.{key} is more" for key in ours.keys() - sample.keys()]
        deeper = [differences(ours[key], sample[key], f"{where}.{key}") for key in ours.keys() & sample.keys()]
        return lacking + more + [each for found in deeper for each in found]
    if isinstance(ours, list) and isinstance(sample, list):
        return differences(ours[0], sample[0], where + "[]") if ours and sample else []
    return [] if ours == sample else [f"{where}: {ours} for {sample}"]


@needs_shared
def test_answers_have_the_keys_of_the_samples(plain: Caller) -> None:
    plain.enter(Story.HOUSEHOLD)
    found = {}
    for name, answer in answers(plain).items():
        sample = json.loads((SHARED / "data" / "smarthub" / f"{name}.json").read_text())
        wrong = differences(shape(answer), shape(sample), name)
        # One sample lists no round-ups and an empty chart, the others may.
        found[name] = [each for each in wrong if "roundUp" not in each and "weather_data.series" not in each]
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@needs_shared
def test_other_entries_have_the_keys_of_the_samples(plain: Caller) -> None:
    samples = {
        Story.TIME_OF_USE: ("poll_hourly_time_of_use", "HOURLY", "ELECTRIC"),
        Story.SOLAR: ("poll_hourly_net_meter_return_positive", "HOURLY", "ELECTRIC"),
        Story.WATER: ("poll_water_two_meters", "DAILY", "WATER"),
        Story.GAS: ("poll_gas_daily", "DAILY", "GAS"),
        Story.DEMAND: ("poll_daily_demand", "DAILY", "ELECTRIC"),
    }
    for story, (name, frame, industry) in samples.items():
        plain.enter(story)
        window = start(plain, date(2026, 6, 1)), start(plain, date(2026, 6, 4))
        entries = {
            entry["type"]: entry for entry in plain.poll(*window, frame, industries=[industry], includeDemand=True)
        }
        sample = json.loads((SHARED / "data" / "smarthub" / f"{name}.json").read_text())["data"][industry]
        for entry in sample:
            assert differences(shape(entries[entry["type"]]), shape(entry), name) == []
            assert list(entries[entry["type"]]) == list(entry), "order of keys"
            for series, known in zip(entries[entry["type"]]["series"], entry["series"], strict=False):
                assert list(series) == list(known)


def test_without_a_token_or_with_a_false_one_every_secured_path_is_401(plain: Caller) -> None:
    for path in ("/accounts", "/user-data", "/billing/history/overview?acctNbr=1"):
        for headers in ({}, {"Authorization": "Bearer a.b.c"}, {"Authorization": "Basic eDp5"}):
            reply = plain.ask("GET", "/services/secured" + path, None, headers)
            assert (reply.status, reply.body) == (401, b"")


def test_the_user_name_header_can_be_required_in_any_case(portal: Make) -> None:
    caller = portal(require_username_header=True)
    caller.enter(Story.HOUSEHOLD)
    assert caller.get("/accounts").status == 401
    for name in ("X-NISC-SMARTHUB-USERNAME", "x-nisc-smarthub-username"):
        headers = {"AUTHORIZATION": f"bearer {caller.token}", name: "x"}
        assert caller.ask("GET", "/services/secured/accounts", None, headers).status == 200


def test_another_members_accounts_are_403_with_the_portals_words(plain: Caller) -> None:
    plain.enter(Story.SOLAR)
    other = plain.world.member(0).contracts[0]
    paths = (
        f"/billing/history/overview?acctNbr={other.number}",
        f"/service-locations/{other.places[0].number}",
        "/user-data?userId=household@practice.example",
        "/aggregate/customerAccountBilling/totals?email=household@practice.example",
        "/billing/history",
    )
    for path in paths:
        reply = plain.get(path)
        assert reply.status == 403
        assert reply.body == b"The current user does not have access to make this service call"
    body = plain.body(1788235200, 1788321600) | {"accountNumber": other.number}
    assert plain.post("/utility-usage/poll", body).status == 403


def test_wrong_methods_are_405_and_unknown_paths_404_and_a_slash_makes_another_path(plain: Caller) -> None:
    plain.enter(Story.HOUSEHOLD)
    assert plain.post("/user-data", {}).status == 405
    assert plain.get("/service-locations").status == 405
    assert plain.get("/rates").status == 405
    assert plain.get("/utility-usage/poll").status == 405
    for path in ("/bills", "/statement-history", "/ebill", "/accounts/"):
        assert plain.get(path).status == 404
    assert plain.ask("GET", "//services/secured/accounts").status == 404
    assert plain.ask("GET", "/services/oauth/auth/v2").status == 405


def test_a_closed_account_a_nickname_and_a_blank_meter_number_are_in_the_profile(plain: Caller) -> None:
    plain.enter(Story.MOVED)
    old, new = plain.get("/user-data?userId=moved@practice.example").json
    assert (old["inactive"], new["inactive"]) == (True, False)
    (place,) = new["serviceLocationIdToServiceLocationSummary"].values()
    assert place["description"] == place["address"]["description"] == "NEW HOUSE"
    assert " " in place["meterNumbersToExternalMeterBaseIds"]


def test_the_portfolio_has_twelve_accounts_of_two_customers_at_thirteen_places(plain: Caller) -> None:
    plain.enter(Story.PORTFOLIO)
    rows = plain.get("/accounts").json
    assert len(rows) == 12
    assert sum(len(row["serviceLocations"]) for row in rows) == 13
    assert all(row["account"].startswith("0") for row in rows)
    assert len(plain.get("/exposed/customer-overview").json) == 2


@pytest.mark.parametrize("codes", list(ServiceCodes))
def test_electric_service_is_called_what_the_deployment_calls_it(portal: Make, codes: ServiceCodes) -> None:
    caller = portal(service_codes=codes)
    caller.enter(Story.WATER)
    (row,) = caller.get("/user-data").json
    (industries,) = row["serviceLocationToIndustries"].values()
    assert set(industries) == {"ELECTRIC", "WATER"}
    if codes is ServiceCodes.COMBINED:
        assert row["serviceToServiceDescription"] == {"ELEC|WATER": "City Utilities"}
    else:
        assert row["serviceToServiceDescription"][codes.value] == "Electric Service"
        assert codes.value in row["services"]


def test_optional_keys_of_the_profile_can_be_left_out(portal: Make) -> None:
    caller = portal(sparse_profile=True)
    caller.enter(Story.HOUSEHOLD)
    (row,) = caller.get("/user-data").json
    assert "serviceToServiceDescription" not in row
    assert row["account"]


def test_a_new_account_has_no_read_dates_before_its_first_bill(portal: Make) -> None:
    caller = portal(today=date(2026, 7, 1), anchor=date(2026, 7, 31))
    caller.enter(Story.NEWCOMER)
    opened = caller.member.contracts[0].opened
    caller = portal(today=opened.replace(day=min(28, opened.day)), anchor=date(2026, 7, 31))
    caller.enter(Story.NEWCOMER)
    (row,) = caller.get("/user-data").json
    (place,) = row["serviceLocationIdToServiceLocationSummary"].values()
    assert "lastBillPresReadDtTm" not in place
    assert caller.get(f"/billing/history/overview?acctNbr={row['account']}").json == []


def test_bills_go_back_the_history_and_follow_one_another(plain: Caller) -> None:
    plain.enter(Story.HOUSEHOLD)
    rows = plain.get(f"/billing/history/overview?acctNbr={places(plain)[0]}").json
    assert len(rows) == 13
    read = [(row["servLocs"][0]["lastBillPrevReadDtTm"], row["servLocs"][0]["lastBillPresReadDtTm"]) for row in rows]
    assert all(later[0] == earlier[1] for later, earlier in pairwise(read))
    assert rows == sorted(rows, key=lambda row: -row["billingDateTimestamp"])
    assert len({row["billProcessUuid"] for row in rows}) == 13


def test_a_bill_is_a_pdf_that_shows_what_its_row_says(plain: Caller) -> None:
    plain.enter(Story.DEMAND)
    account = places(plain)[0]
    row = plain.get(f"/billing/history/overview?acctNbr={account}").json[3]
    query = f"account={account}&timestamp={row['billingDateTimestamp']}&uuid={row['billProcessUuid']}"
    reply = plain.get(f"/billPdfService/2026_08_3_{account}.pdf?{query}&systemOfRecord=UTILITY")
    assert reply.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(reply.body)
    text = "".join(document[number].get_textpage().get_text_bounded() for number in range(len(document)))
    document.close()
    for value in (account, f"${row['adjustedBillAmount']:,.2f}", f"{row['totalUsage']:,.3f}"):
        assert value in text
    missing = plain.get(f"/billPdfService/x.pdf?account={account}&uuid=none")
    assert not missing.body.startswith(b"%PDF")


def test_a_prepaid_account_has_credit_left_and_no_bills(plain: Caller) -> None:
    plain.enter(Story.PREPAID)
    account = places(plain)[0]
    (row,) = plain.get("/aggregate/customerAccountBilling/totals?email=prepaid@practice.example").json[
        "customerAccountBillings"
    ]
    assert row["summary"]["accountBalance"] < 0
    assert row["summary"]["prepaidAvgDailyAmt"] > 0
    assert plain.get(f"/billing/history/overview?acctNbr={account}").json == []


def test_weather_has_lows_and_highs_at_the_usages_own_x(plain: Caller) -> None:
    plain.enter(Story.HOUSEHOLD)
    first, last = start(plain, date(2026, 10, 30)), start(plain, date(2026, 11, 4))
    for frame in ("DAILY", "MONTHLY"):
        body = {"serviceLocationNumber": places(plain)[1], "industry": "ELECTRIC", "timeFrame": frame}
        weather = plain.post("/weather-data", body | {"startDateTime": first * 1000, "endDateTime": last * 1000}).json
        usage = plain.poll(first, last, frame)[0]["series"][0]["data"]
        low, high = weather["lowTemperaturePoints"], weather["highTemperaturePoints"]
        assert [point["x"] for point in low] == [point["x"] for point in high] == [point["x"] for point in usage]
        assert all(20 < a["y"] < b["y"] < 100 for a, b in zip(low, high, strict=True))
        assert weather["minimum"] == min(point["y"] for point in low)


def test_the_green_button_csv_is_the_recorded_layout(plain: Caller) -> None:
    plain.enter(Story.SOLAR)
    account, place, _ = places(plain)
    first, last = start(plain, date(2026, 11, 1)), start(plain, date(2026, 11, 2))
    query = f"account={account}&serviceLocation={place}&timeFrame=Hourly&startDate={first}000&endDate={last}000"
    lines = plain.get(f"/greenButtonCsvDownload?{query}").body.decode().split("\n")
    assert lines[:3] == [" " + "=" * 40, " Usage Information", f" For: {account}"]
    assert lines.count(" Meter Reading Information") == 3
    rows = [line for line in lines if " to " in line]
    assert len(rows) == 75  # 25 hours of three channels
    assert all(re.fullmatch(r" 2026-11-0\d \d\d:00 to 2026-11-0\d \d\d:00,-?\d+\.\d{3},,", row) for row in rows)
    values = [float(row.split(",")[1]) for row in rows]
    assert max(values[:25]) <= 0 <= min(values[25:50])
    assert values[50:] == pytest.approx([a + b for a, b in zip(values[:25], values[25:50], strict=True)], abs=0.002)


def test_the_green_button_zip_holds_espi_with_true_instants(plain: Caller) -> None:
    plain.enter(Story.SOLAR)
    account, place, _ = places(plain)
    first, last = start(plain, date(2026, 11, 1)), start(plain, date(2026, 11, 2))
    query = f"account={account}&serviceLocation={place}&timeFrame=Actual&startDate={first}000&endDate={last}000"
    with zipfile.ZipFile(io.BytesIO(plain.get(f"/greenButtonDownload?{query}").body)) as bundle:
        xml = next(name for name in bundle.namelist() if name.endswith(".xml"))
        root = ElementTree.fromstring(bundle.read(xml))
    space = {"e": "http://naesb.org/espi"}
    assert [e.text for e in root.iterfind(".//e:flowDirection", space)] == ["19", "1", "4"]
    blocks = root.findall(".//e:IntervalBlock", space)
    for block in blocks:
        starts = [int(e.text or 0) for e in block.iterfind("e:IntervalReading/e:timePeriod/e:start", space)]
        assert starts == list(range(first, last, 900))
