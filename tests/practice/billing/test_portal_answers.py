"""What the portal shows of bills: history, balances, documents, prepaid days, time-of-use savings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Any

import pytest
from billing_world import TODAY, all_of, texts
from practice_calls import Caller

from meterbook.practice.people import Story
from meterbook.practice.server import running
from meterbook.practice.settings import Settings

Make = Callable[..., Caller]


@pytest.fixture
def portal() -> Iterator[Make]:
    with ExitStack() as stack:

        def make(**settings: Any) -> Caller:
            chosen = Settings(**({"today": TODAY, "members": 40} | settings))
            return Caller(stack.enter_context(running(chosen)))

        yield make


@pytest.fixture(scope="module")
def plain() -> Iterator[Caller]:
    with running(Settings(today=TODAY, members=40)) as run:
        yield Caller(run)


def rows(caller: Caller, ordinal: int = 0) -> list[dict[str, Any]]:
    account = caller.member.contracts[ordinal].number
    found: list[dict[str, Any]] = caller.get(f"/billing/history/overview?acctNbr={account}").json
    return found


def document(caller: Caller, row: dict[str, Any]) -> bytes:
    query = f"account={row['acctNbr']}&timestamp={row['billingDateTimestamp']}&uuid={row['billProcessUuid']}"
    return caller.get(f"/billPdfService/2026_01_1_{row['acctNbr']}.pdf?{query}&systemOfRecord=UTILITY").body


def test_history_rows_are_the_bills_with_their_own_read_instants(plain: Caller) -> None:
    plain.enter(Story.HOUSEHOLD)
    for row, bill in zip(rows(plain), reversed(all_of(Story.HOUSEHOLD)), strict=False):
        assert row["billProcessUuid"] == bill.uuid
        assert row["adjustedBillAmount"] == float(bill.due)
        assert row["totalUsage"] == float(bill.statement.usage or 0)
        assert row["totalAdjustments"] == 0
        (served,) = row["servLocs"]
        read = datetime.fromtimestamp(served["lastBillPresReadDtTm"] / 1000, UTC)
        assert read == bill.statement.read_end


def test_a_cancelled_bill_keeps_its_row_with_its_charges_taken_back(plain: Caller) -> None:
    plain.enter(Story.REVISED)
    found = rows(plain)
    assert len({(row["billPeriod"]["year"], row["billPeriod"]["month"]) for row in found}) == 13
    assert len(found) == 13 + 1 + 2
    third, second, first = (row for row in found if row["billPeriod"] == {"year": 2026, "month": 8})
    assert first["adjustedBillAmount"] == second["adjustedBillAmount"] == 0.0
    assert first["totalAdjustments"] < 0
    assert third["adjustedBillAmount"] > 0
    assert "CORRECTED BILL" in texts(document(plain, third))[0]
    assert "CORRECTED BILL" not in texts(document(plain, first))[0]


def test_balances_come_from_the_bills(plain: Caller) -> None:
    for story in (Story.HOUSEHOLD, Story.DEMAND, Story.GAS):
        plain.enter(story)
        newest = all_of(story)[-1]
        (row,) = plain.get(f"/aggregate/customerAccountBilling/totals?email={plain.member.email}").json[
            "customerAccountBillings"
        ]
        unpaid = newest.due_on > plain.run.portal.settings.data_end
        assert unpaid
        assert row["summary"]["accountBalance"] == row["summary"]["totalAmtDue"] == float(newest.due)
        assert row["detail"]["lastBillTimestamp"] == newest.billed_at * 1000
        (paid,) = plain.post("/exposed/customer-overview/last-billed", []).json
        assert paid["lastPayment"] == -float(newest.statement.payments or 0)


def test_the_portfolio_is_an_invoice_group_with_one_master(plain: Caller) -> None:
    plain.enter(Story.PORTFOLIO)
    found = plain.get(f"/aggregate/customerAccountBilling/totals?email={plain.member.email}").json
    summaries = [row["summary"] for row in found["customerAccountBillings"]]
    assert {row["invoiceGroupNumber"] for row in summaries} == {900006}
    assert [row["invoiceGroupMaster"] for row in summaries] == [True] + [False] * 11
    assert len(texts(document(plain, rows(plain, 0)[0]))) == 25
    assert len(texts(document(plain, rows(plain, 1)[0]))) == 2


def test_prepaid_days_are_served_to_prepaid_members_only(plain: Caller) -> None:
    plain.enter(Story.PREPAID)
    account = plain.member.contracts[0].number
    found = plain.get(f"/prepaid/daily?acctNbr={account}").json
    assert len(found["days"]) == 90
    assert found["days"][-1]["date"] == "2026-11-24"
    assert found["balance"] == -found["days"][-1]["balance"]
    first, last = (int(datetime(2026, 10, day, 4, tzinfo=UTC).timestamp()) * 1000 for day in (1, 8))
    part = plain.get(f"/prepaid/daily?acctNbr={account}&startDate={first}&endDate={last}").json
    assert [day["date"] for day in part["days"]] == [f"2026-10-{day:02}" for day in range(1, 8)]
    assert plain.get(f"/prepaid/daily?acctNbr={account}&startDate=x").status == 400
    assert plain.get("/prepaid/daily?acctNbr=4400000001").status == 403
    plain.enter(Story.HOUSEHOLD)
    assert plain.get("/prepaid/daily?acctNbr=4400000001").status == 404


def test_savings_are_served_by_bill_and_by_year(plain: Caller) -> None:
    plain.enter(Story.TIME_OF_USE)
    account = plain.member.contracts[0].number
    found = plain.get(f"/time-of-use/savings?acctNbr={account}").json
    assert [month["billProcessUuid"] for month in found["months"]] == [row["billProcessUuid"] for row in rows(plain)]
    for year in found["years"]:
        parts = [month["saved"] for month in found["months"] if month["year"] == year["year"]]
        assert year["saved"] == pytest.approx(sum(parts), abs=0.001)
    assert any(month["saved"] < 0 for month in found["months"])
    assert any(month["saved"] > 0 for month in found["months"])
    plain.enter(Story.HOUSEHOLD)
    assert plain.get("/time-of-use/savings?acctNbr=4400000001").status == 404


def test_round_up_gifts_are_told(plain: Caller) -> None:
    plain.enter(Story.HOUSEHOLD)
    (record,) = plain.get(f"/billing?userId={plain.member.email}&accountNumber=4400000001").json
    service = record["accountBillingMap"]["4400000001"]["serviceBillingMap"]["ELEC"]
    (gift,) = service["providerBillingMap"]["TPEC"]["roundUpSummary"]
    assert 0 < gift["recentContribution"] < 1
    assert gift["recentContribution"] <= gift["yearToDateContribution"] < 12


def test_a_history_of_36_months_and_no_longer(portal: Make) -> None:
    caller = portal(bill_history=36)
    caller.enter(Story.COTTAGE)
    assert len(rows(caller)) == 36


def test_month_by_month_the_oldest_bill_goes_and_the_others_stay(portal: Make) -> None:
    caller = portal(today=date(2026, 3, 28), anchor=date(2026, 1, 1))
    caller.enter(Story.HOUSEHOLD)
    seen: dict[str, dict[str, Any]] = {}
    for month in range(4, 12):
        for row in rows(caller):
            assert seen.setdefault(row["billProcessUuid"], row) == row
        assert len(rows(caller)) == 13
        assert caller.ask("POST", f"/practice/today?date=2026-{month:02}-28").status == 200
    assert len(seen) == 13 + 7


def test_a_lighting_account_has_bills_and_no_readings(portal: Make) -> None:
    caller = portal()
    member = caller.world.member(30)
    caller.token = caller.login(member.email, member.password).json["authorizationToken"]
    caller.member = member
    (row,) = caller.get("/user-data").json
    assert row["serviceLocationToIndustries"] == {member.contracts[0].places[0].number: ["ELECTRIC"]}
    found = rows(caller)
    assert len(found) == 13
    assert "totalUsage" not in found[0]
    assert caller.poll(1_790_000_000, 1_790_100_000) == []
    assert "LED 50 W Area Light" in texts(document(caller, found[0]))[1]
