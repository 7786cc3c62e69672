"""Answers that sum a place or an account up: balances, the billing record, monthly overview, the average day.

Source: SmartHub portal reference, sections 11, 12 and 15.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from meterbook.model.bill_kinds import LineKind
from meterbook.model.channel import FlowDirection
from meterbook.practice import clock, periods, profile
from meterbook.practice.answers import Malformed
from meterbook.practice.billing import rows, scenarios
from meterbook.practice.billing.standing import ZERO, balance
from meterbook.practice.registers import Point
from meterbook.practice.settings import midnight
from meterbook.practice.world import SHORT, Contract, Login, Member, Place, World

_UNITS = {"ELECTRIC": "KWH", "WATER": "GAL", "GAS": "CCF"}
_HOURS = [f"{hour % 12 or 12}{'am' if hour < 12 else 'pm'}" for hour in range(24)]


def padded(number: object) -> str:
    """An account number that came as a JSON number, with the zeros it lost.

    >>> padded(700006001)
    '0700006001'
    """
    return str(number).zfill(10)


def totals(world: World, member: Member, login: Login) -> dict[str, Any]:
    """``aggregate/customerAccountBilling/totals``."""
    totals = [
        _total(world, member, contract, login, first=not place) for place, contract in enumerate(member.contracts)
    ]
    due = sum((balance(world, member, contract).due for contract in member.contracts), start=ZERO)
    return {"totalAmtDue": float(due), "customerAccountBillings": totals, "defaultCustomerIndex": 0}


def _total(world: World, member: Member, contract: Contract, login: Login, *, first: bool) -> dict[str, Any]:
    standing = balance(world, member, contract)
    place = contract.places[0]
    summary = {
        "id": {
            "custNbr": int(contract.customer),
            "acctNbr": int(contract.number),
            "provider": SHORT,
            "systemID": {"systemOfRecord": "UTILITY", "enterpriseId": "99001", "companyId": "99001"},
        },
        "isDefaultCustomer": first,
        "accountBalance": float(standing.balance),
        "totalAmtDue": float(standing.due),
        "totalDueTimestamp": standing.due_on * 1000,
        "consClassCd": "",
        "uncollectible": False,
        "agreementStatus": 9 if contract.closed else 1,
        "invoiceGroupNumber": int(scenarios.group_of(member, contract) or 0),
        "invoiceGroupMaster": scenarios.is_master(member, contract),
        "voipAgreementIds": [],
        "primarySrvLocNbr": int(place.number),
        "primaryServiceLocation": place.number,
        "service": "ELEC",
        "serviceDesc": "ELECTRIC SERVICE",
        "providerDesc": "ELECTRIC SERVICE",
        "dnpSw": "N",
        "bankDraftTimestamp": standing.due_on * 1000,
        "reconnectFee": 0.0,
        "reconnectMinDue": 0.0,
        "prepaidAvgDailyAmt": float(standing.daily),
        "accountMessageMap": {},
        "billingInserts": [],
        "billInsertsExist": False,
        "dataUsages": [],
        "isPrintedBillOn": False,
        "gatewayLocationId": "1",
        "prepaidDisconnectNonPay": False,
    }
    newest = next(iter(rows.history(world.settings, member, contract)), None)
    detail = {
        "custName": contract.name,
        "addr1": place.street,
        "city": place.city,
        "state": "NC",
        "zip": place.zip_code,
        "email": login.email,
        "allowChkPymnt": True,
        "allowCcPymnt": True,
        "currentAmtDue": float(standing.due),
        "pastAmtDue": 0.0,
        "pastAmtDue2": 0.0,
        "lastBillTimestamp": (newest.billed_at if newest else standing.paid_on) * 1000,
        "currentDueTimestamp": standing.due_on * 1000,
        "servLocs": [profile.location_row(world.settings, contract, each) for each in contract.places],
        "providers": [SHORT],
    }
    return {"summary": summary, "detail": detail}


def billing(world: World, member: Member, contract: Contract, login: Login) -> list[dict[str, Any]]:
    """``billing``: the long record, with the secrets in it that real ones carry, here plainly false ones."""
    return [
        {
            "email": login.email,
            "customerSummary": {
                "customer": contract.customer,
                "accounts": [each.number for each in member.contracts if each.customer == contract.customer],
                "displayName": contract.name,
                "email": login.email,
                "hintQuestion": "PRACTICE-QUESTION",
                "hintAnswer": "PRACTICE-ANSWER",
                "customerSSN": "000-00-0000",
                "users": [login.email],
                "suspendUser": False,
            },
            "accountBillingMap": {contract.number: _account_billing(world, member, contract)},
        }
    ]


def _account_billing(world: World, member: Member, contract: Contract) -> dict[str, Any]:
    status = "INACTIVE" if contract.closed else "ACTIVE"
    return {
        "accountSummary": {"account": contract.number, "accountStatus": status},
        "billingCycle": str(contract.billing_day % 4 + 1),
        "hasUnbilledUsage": True,
        "numberOfBills": len(rows.history(world.settings, member, contract)),
        "paymentExtensions": [],
        "invoiceGroup": scenarios.group_of(member, contract) or "0",
        "serviceBillingMap": {
            "ELEC": {
                "serviceSummary": {
                    "service": "ELEC",
                    "serviceDescription": "Electric Service",
                    "industry": "ELECTRIC",
                },
                "serviceLocationStatusMap": {place.number: status for place in contract.places},
                "providerBillingMap": {SHORT: _provider_billing(world, member, contract, status)},
            }
        },
        "serviceLocationMap": {
            place.number: {
                "serviceLocation": place.number,
                "description": place.nickname or "HOUSE",
                "isDefault": place is contract.places[0],
                "industryServiceStatusMap": dict.fromkeys(place.industries, status),
            }
            for place in contract.places
        },
    }


def _provider_billing(world: World, member: Member, contract: Contract, status: str) -> dict[str, Any]:
    standing = balance(world, member, contract)
    return {
        "billingSummary": {
            "totalDue": float(standing.due),
            "pastDue": 0.0,
            "past30DaysDue": 0.0,
            "past60DaysDue": 0.0,
            "past90DaysDue": 0.0,
            "lastPaymentAmount": float(standing.paid),
            "latePayment": False,
            "prepaidAverageDailyAmount": float(standing.daily),
            "reconnectFee": 0.0,
            "reconnectMinimumDue": 0.0,
            "eligibleForReconnect": False,
            "accountType": "PREPAID" if contract.prepaid else "STANDARD",
            "agingDetails": {"totalDue": float(standing.due), "pastDue": 0.0},
        },
        "connectDate": midnight(contract.opened, world.settings.tz) * 1000,
        "primaryRateSchedule": "General" if contract.business else "Residential",
        "primaryRateScheduleId": contract.places[0].rate,
        "revenueClass": "COMMERCIAL" if contract.business else "RESIDENTIAL",
        "hasGenerator": any(device.load.solar_w > 0 for place in contract.places for device in place.devices),
        "roundUpSummary": _round_up(world, member, contract),
        "depositSummary": [],
        "serviceLocationMap": {place.number: _served(contract, place, status) for place in contract.places},
        "status": status,
    }


def _round_up(world: World, member: Member, contract: Contract) -> list[dict[str, Any]]:
    if not scenarios.takes_part(member, contract, scenarios.ROUND_UP):
        return []
    given = [
        (bill.made_on.year, line.amount)
        for bill in rows.history(world.settings, member, contract)
        if not bill.statement.cancelled
        for line in bill.statement.lines
        if line.kind is LineKind.ROUND_UP
    ]
    this_year = sum((gift for year, gift in given if year == world.settings.today.year), start=ZERO)
    recent = float(given[0][1]) if given else 0.0
    return [
        {"provider": SHORT, "status": True, "recentContribution": recent, "yearToDateContribution": float(this_year)}
    ]


def _served(contract: Contract, place: Place, status: str) -> dict[str, Any]:
    return {
        "serviceLocation": place.number,
        "description": place.nickname or "HOUSE",
        "taxable": True,
        "tvaCode": "",
        "primaryRateSchedule": "General" if contract.business else "Residential",
        "primaryRateScheduleId": place.rate,
        "revenueClass": "COMMERCIAL" if contract.business else "RESIDENTIAL",
        "isDefault": place is contract.places[0],
        "isDisconnectedForNonPayment": False,
        "industryServiceStatusMap": dict.fromkeys(place.industries, status),
        "meters": {
            device.number: {
                "id": device.number,
                "meterPosition": device.position,
                "meterType": "TIME_OF_DAY_KWH_DEMAND" if place.rate in ("R-TOU", "LGS-D") else "KWH",
                "rateSchedule": place.rate,
                "status": "ACTIVE",
            }
            for device in place.devices
        },
    }


def usage_overview(world: World, point: Point, industry: str) -> dict[str, Any] | None:
    """``usage-overview``: monthly usage and cost, newest first; None for an industry that is not served there."""
    registers = [
        each for each in point.registers(industry) if each.flow is not FlowDirection.NET or each.device.from_file
    ]
    if not registers:
        return None
    settings = world.settings
    months, bounds = clock.months(periods.monthly_floor(settings), settings.data_end, settings.tz)
    usage = np.zeros(len(months))
    for register in registers:
        sign = -1 if register.flow is FlowDirection.RECEIVED else 1
        total, _ = point.totals(register, bounds)
        usage += sign * total / 10.0**register.scale
    monthly: list[dict[str, Any]] = [
        {
            "month": month.month,
            "year": month.year,
            "usage": round(float(amount)),
            "cost": round(float(amount) * 0.096 + 31.5),
            "unitsOfMeasure": [_UNITS[industry]],
        }
        for month, amount in zip(reversed(months), reversed(usage.tolist()), strict=True)
    ]
    newest, before = monthly[0], monthly[min(1, len(monthly) - 1)]
    change = round(100 * (newest["usage"] / before["usage"] - 1), 1) if before["usage"] else 0.0
    return {
        "customer": point.contract.customer,
        "account": point.contract.number,
        "serviceLocation": point.place.number,
        "industry": industry,
        "providers": [SHORT],
        "services": ["ELEC"],
        "displayMode": "PRICE",
        "current": newest,
        "lastMonth": before,
        "lastYear": monthly[12] if len(monthly) > 12 else monthly[-1],
        "percentChange": change,
        "pastYearOverviewData": monthly,
    }


def average_usage(point: Point, fields: dict[str, Any]) -> dict[str, Any]:
    """``averageUsage``: the average of each hour of the local day over a window, without dates."""
    try:
        start, end = int(fields["startDateTime"]) // 1000, -(-int(fields["endDateTime"]) // 1000)
        industries = [str(each) for each in fields["industries"]]
    except (KeyError, TypeError, ValueError) as err:
        raise Malformed from err
    return {industry: {"usageSeries": [{"data": _average_day(point, industry, start, end)}]} for industry in industries}


def _average_day(point: Point, industry: str, start: int, end: int) -> list[dict[str, Any]]:
    sums, days = np.zeros(24), 1
    for register in point.registers(industry):
        if register.flow is not FlowDirection.DELIVERED or not 0 < register.device.step_s < clock.DAY_S:
            continue
        readings = point.readings(register, start, end)
        wall = clock.wall(readings.start, point.settings.tz)
        days = max(days, len(np.unique(wall // clock.DAY_S)))
        sums += np.bincount(wall % clock.DAY_S // 3600, readings.posted / 10.0**register.scale, minlength=24)
    return [{"name": name, "y": round(value / days, 2)} for name, value in zip(_HOURS, sums.tolist(), strict=True)]
