"""Who a log-in is and what it may see: the discovery answers.

Source: SmartHub portal reference, sections 1 and 4.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from meterbook.practice.billing.reads import last_reads
from meterbook.practice.billing.standing import ZERO, balance
from meterbook.practice.settings import ServiceCodes, Settings
from meterbook.practice.world import DOMAIN, NAME, SHORT, Contract, Login, Member, Place, World

_SERVICES = {"ELECTRIC": "ELEC", "WATER": "WATER", "GAS": "NGAS", "SEWER": "SEWER"}
_PROVIDERS = {"ELECTRIC": SHORT, "WATER": "1WATR", "GAS": "2NGAS", "SEWER": "4SEWR"}
_DESCRIBED = {"ELECTRIC": "Electric Service", "WATER": "Water Service", "GAS": "Gas Service", "SEWER": "Sewer Service"}
LOCKED_WORDS = "Your account has been locked after repeated failed logins. Please contact customer service."


def user_data(world: World, member: Member, email: str) -> list[dict[str, Any]]:
    """``user-data``: one element for each account, closed ones too."""
    return [_account(world.settings, contract, email) for contract in member.contracts]


def accounts(member: Member) -> list[dict[str, Any]]:
    """``accounts``: account numbers with their service locations."""
    return [
        {"account": contract.number, "serviceLocations": [place.number for place in contract.places]}
        for contract in member.contracts
    ]


def customer_overview(world: World, member: Member) -> list[dict[str, Any]]:
    """``exposed/customer-overview``: one element for each customer."""
    found = []
    for customer, contracts in _by_customer(member).items():
        due = sum((balance(world, member, contract).due for contract in contracts), start=ZERO)
        last = balance(world, member, contracts[0])
        found.append(
            {
                "customerName": contracts[0].name,
                "customerId": customer,
                "accountNumbers": [contract.number for contract in contracts],
                "type": "COMMERCIAL" if contracts[0].business else "RESIDENTIAL",
                "totalBalance": float(due),
                "amountDue": float(due),
                "dueOn": last.due_on * 1000,
                "hasDueOn": True,
                "hasAmountDue": True,
                "hasLastPayment": True,
                "hasLastPaymentOn": True,
                "primaryServiceLocationId": contracts[0].places[0].number,
            }
        )
    return found


def last_billed(world: World, member: Member) -> list[dict[str, Any]]:
    """``exposed/customer-overview/last-billed``: the last payment of each customer."""
    found = []
    for row in customer_overview(world, member):
        contract = member.contract(row["accountNumbers"][0])
        assert contract is not None
        last = balance(world, member, contract)
        kept = ("customerName", "customerId", "accountNumbers", "type", "totalBalance")
        found.append(
            {key: row[key] for key in kept}
            | {
                "lastPayment": float(last.paid),
                "lastPaymentOn": last.paid_on * 1000,
                "hasLastPayment": True,
                "hasLastPaymentOn": True,
            }
        )
    return found


def bill_pay(world: World, member: Member, customer: str) -> list[dict[str, Any]] | None:
    """``exposed/bill-pay/customer``: balances of a customer's accounts; None if it is not this member's."""
    contracts = _by_customer(member).get(customer)
    if contracts is None:
        return None
    return [
        {
            "customerName": contracts[0].name,
            "customerNumber": customer,
            "selfServiceAccountSummaries": [
                {
                    "account": contract.number,
                    "accountBalance": float(balance(world, member, contract).balance),
                    "isAutoPay": not contract.business,
                    "primaryServiceLocation": contract.places[0].number,
                }
                for contract in contracts
            ],
        }
    ]


def service_location(member: Member, place: Place) -> dict[str, Any]:
    """``service-locations/{id}``: the record of a premise."""
    number = int(place.number)
    return {
        "id": place.number,
        "uuid": f"00000000-0000-4000-8000-{number:012d}",
        "serviceDescription": place.nickname or "HOUSE",
        "address": place.street,
        "city": place.city,
        "state": "NC",
        "zipCode": place.zip_code,
        "town": "",
        "county": place.county,
        "latitude": f"{34.7 + number % 97 / 1000:.4f}",
        "longitude": f"{-76.7 - number % 89 / 1000:.4f}",
        "locationType": "C" if member.business else "R",
        "mapLocation": place.map_number,
        "serviceArea": "1",
        "districtOffice": "1",
        "boardDistrictCode": str(1 + number % 9),
        "taxDistrictId": "10",
        "schoolDistrictId": "",
        "franchiseTaxId": "",
        "revenueAreaId": "1",
        "ownerCustomerNumber": member.contracts[0].customer,
        "speedTestLocation": False,
        "createProrations": False,
    }


def user_profile(login: Login) -> dict[str, Any]:
    """``userProfile``: when the log-in was made and last used."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    return {
        "domain": DOMAIN,
        "emailAddress": login.email,
        "registeredOn": 1_600_000_000_000,
        "firstLogin": 1_600_000_300_000,
        "lastSuccessfulLogin": now,
        "acceptedTerms": [
            {
                "termType": "TERMS_AND_CONDITIONS",
                "termVersion": 1,
                "termAcceptDate": 1_600_000_000_000,
                "ipAddress": "127.0.0.1",
                "browserUserAgent": "practice",
            }
        ],
    }


def user(member: Member, login: Login) -> dict[str, Any]:
    """``user/{login}``: the short profile."""
    return {
        "id": login.email,
        "name": member.contracts[0].name,
        "paperBills": False,
        "emailNotifications": True,
        "serviceLocations": [
            {"accountNumber": contract.number, "serviceLocation": place.number}
            for contract in member.contracts
            for place in contract.places
        ],
    }


def permissions() -> list[dict[str, str]]:
    """``authorization/permissions``: names of what a member may do."""
    names = ("VIEW_USAGE", "VIEW_BILLING_HISTORY", "PAY_BILL", "EDIT_PROFILE")
    return [{"name": name, "realm": "CONSUMER"} for name in names]


def deployment(base_url: str) -> dict[str, Any]:
    """``memberLookup``: this deployment. It gives no zone, as portals don't."""
    return {
        "domain": DOMAIN,
        "name": NAME,
        "addressList": [
            {
                "name": "Headquarters",
                "addressType": "HQ",
                "addressLine1": "1 PRACTICE WHARF",
                "addressLine2": "",
                "city": "Tidewater",
                "state": "NC",
                "zip": "28599",
                "latitude": 34.72,
                "longitude": -76.73,
            }
        ],
        "registrationInformation": {
            "ssnRequired": False,
            "registerDoNotAllow": False,
            "minimumPasswordLength": 8,
            "maximumPasswordLength": 32,
            "minimumPasswordNumericCharacters": 1,
            "minimumPasswordSpecialCharacters": 0,
            "minimumPasswordUppercaseCharacters": 1,
            "failedLoginLockoutLimit": 5,
        },
        "imageResource": f"{base_url}/services/themes/resources?resource=logo.png",
        "availableSystems": ["ABS", "AMS", "CIS", "OMS", "MDM"],
        "minVersion": 10,
        "consumerGlobalInformation": {
            "lockoutMessage": "Repeated failed logins lock the account.",
            "offlineMessage": "Offline. Try later.",
            "telecomIndustryKeyword": "",
            "utilityIndustryKeyword": "",
        },
        "primaryColor": "#1d5c7a",
        "primaryTextColor": "#FFFFFF",
        "smarthubWifiEnabled": False,
    }


def _by_customer(member: Member) -> dict[str, list[Contract]]:
    found: dict[str, list[Contract]] = {}
    for contract in member.contracts:
        found.setdefault(contract.customer, []).append(contract)
    return found


def _service(industry: str, codes: ServiceCodes) -> str:
    if industry != "ELECTRIC" or codes is ServiceCodes.COMBINED:
        return _SERVICES[industry]
    return codes.value


def _provider(industry: str, codes: ServiceCodes) -> str:
    if industry != "ELECTRIC" or codes is ServiceCodes.ELEC:
        return _PROVIDERS[industry]
    return "3ELEC" if codes is ServiceCodes.COMBINED else codes.value


def _summary(settings: Settings, contract: Contract, place: Place) -> dict[str, Any]:
    address = {"addr1": place.street, "city": place.city, "state": "NC", "zip": place.zip_code}
    summary: dict[str, Any] = {
        "id": {"srvLocNbr": int(place.number), "serviceLocation": place.number},
        "location": place.map_number,
    }
    if place.nickname:
        summary["description"] = place.nickname
        address["description"] = place.nickname
    summary |= {"address": address, "serviceStatus": "INACTIVE" if contract.closed else "ACTIVE"}
    reads = last_reads(settings, contract)
    if reads is not None:
        summary |= {"lastBillPrevReadDtTm": reads[0] * 1000, "lastBillPresReadDtTm": reads[1] * 1000}
    return summary


def location_row(settings: Settings, contract: Contract, place: Place) -> dict[str, Any]:
    """The summary with meter numbers and rate schedules."""
    codes = settings.service_codes
    rates = ("TOU-ON", "TOU-OFF", "TOU-SUP") if place.rate == "R-TOU" else (place.rate,)
    others = [
        f"{industry[:3]}1:{_provider(industry, codes)}" for industry in place.industries if industry != "ELECTRIC"
    ]
    now = settings.data_end
    return _summary(settings, contract, place) | {
        "meterNumbersToExternalMeterBaseIds": {
            device.number: f"{place.number}+{device.position}"
            for device in place.devices
            if contract.closed or device.removed > now
        },
        "activeRateSchedules": [*(f"{rate}:{_provider('ELECTRIC', codes)}" for rate in rates), *others],
    }


def _account(settings: Settings, contract: Contract, email: str) -> dict[str, Any]:
    codes = settings.service_codes
    industries = list(dict.fromkeys(industry for place in contract.places for industry in place.industries))
    services = [_service(industry, codes) for industry in industries]
    first = contract.places[0]
    if codes is ServiceCodes.COMBINED:
        described = {"|".join(services): "City Utilities"}
    else:
        described = {_service(industry, codes): _DESCRIBED[industry] for industry in industries}
    row: dict[str, Any] = {
        "customer": contract.customer,
        "customerName": contract.name,
        "additionalCustomerName": "",
        "account": contract.number,
        "address": f"{first.street}, {first.city}, NC {first.zip_code}",
        "email": email,
        "inactive": contract.closed is not None,
        "primaryServiceLocationId": first.number,
        "serviceLocationIdToServiceLocationSummary": {
            place.number: location_row(settings, contract, place) for place in contract.places
        },
        "serviceLocationToUserDataServiceLocationSummaries": {
            place.number: [_user_summary(settings, contract, place)] for place in contract.places
        },
        "serviceLocationToIndustries": {place.number: list(reversed(place.industries)) for place in contract.places},
        "providerToDescription": {_provider("ELECTRIC", codes): NAME},
        "providerToProviderDescription": {_provider("ELECTRIC", codes): NAME},
        "serviceToServiceDescription": described,
        "serviceToProviders": {_service(each, codes): [_provider(each, codes)] for each in industries},
        "serviceLocationToProviders": {
            place.number: [_provider(each, codes) for each in place.industries] for place in contract.places
        },
        "consumerClassCode": "",
        "providerOrServiceDescription": NAME,
        "invoiceGroupNumber": "",
        "isUnCollectible": False,
        "isAutoPay": not contract.business,
        "isPendingDisconnect": False,
        "isDisconnected": False,
        "isMultiService": len(industries) > 1,
        "agreementStatus": 9 if contract.closed else 1,
        "disconnectNonPay": False,
        "services": services,
    }
    if settings.sparse_profile:
        for key in _MAY_BE_ABSENT:
            del row[key]
    return row


def _user_summary(settings: Settings, contract: Contract, place: Place) -> dict[str, Any]:
    row = location_row(settings, contract, place)
    del row["meterNumbersToExternalMeterBaseIds"]
    return {"services": [_service(each, settings.service_codes) for each in place.industries], **row}


_MAY_BE_ABSENT = (
    "additionalCustomerName",
    "serviceToServiceDescription",
    "providerToProviderDescription",
    "isUnCollectible",
    "isPendingDisconnect",
    "isDisconnected",
    "disconnectNonPay",
    "isMultiService",
)
