"""The portal's answers to secured calls, each from who asks and what is asked. No HTTP objects but plain values.

Source: SmartHub portal reference, sections 4, 5 and 11 to 15.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from meterbook.practice import wire
from meterbook.practice.entry import PollRequest
from meterbook.practice.registers import Point
from meterbook.practice.revision import Revisions
from meterbook.practice.settings import Settings
from meterbook.practice.world import Contract, Member, World

TIME_FRAMES = ("HOURLY", "DAILY", "MONTHLY")
SCREENS = ("USAGE_EXPLORER", "USAGE_COMPARISON")
INDUSTRIES = ("ELECTRIC", "WATER", "GAS")


class Forbidden(Exception):
    """This log-in may not see that account or place."""


class Malformed(Exception):
    """The body lacks what the call needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageQuery:
    """A poll body, understood.

    Attributes:
        canonical: the same text for bodies that ask the same thing: keys in order, digit strings as numbers.
        known: whether the portal serves this screen and time frame.
    """

    account: str
    location: str
    industries: tuple[str, ...]
    request: PollRequest
    canonical: str
    known: bool

    @property
    def key(self) -> tuple[str, str, str, str, int, int]:
        """What the request counter files it under; start and end in ms as sent."""
        times = self.request.echo["startDateTime"], self.request.echo["endDateTime"]
        return (self.account, self.location, "|".join(self.industries), self.request.time_frame, *times)


def usage_query(body: bytes) -> UsageQuery:
    """A poll body from its JSON.

    Raises:
        Malformed: not an object, or without account, place, industries or bounds.
    """
    fields = json_object(body)
    try:
        start, end = _milliseconds(fields["startDateTime"]), _milliseconds(fields["endDateTime"])
        industries = tuple(str(each) for each in fields["industries"])
        account, location = str(fields["accountNumber"]), str(fields["serviceLocationNumber"])
    except (KeyError, TypeError, ValueError) as err:
        raise Malformed from err
    frame, screen = str(fields.get("timeFrame", "")), str(fields.get("screen", ""))
    echo = {
        "timeFrame": frame,
        "userId": fields.get("userId", ""),
        "screen": screen,
        "includeDemand": bool(fields.get("includeDemand", False)),
        "serviceLocationNumber": location,
        "accountNumber": account,
        "industries": list(industries),
        "startDateTime": start,
        "endDateTime": end,
    }
    return UsageQuery(
        account=account,
        location=location,
        industries=industries,
        request=PollRequest(
            time_frame=frame,
            start=start // 1000,
            end=-(-end // 1000),
            include_demand=echo["includeDemand"],
            echo=echo,
        ),
        canonical=msgspec.json.encode(dict(sorted(echo.items()))).decode(),
        known=frame in TIME_FRAMES and screen in SCREENS,
    )


def usage(settings: Settings, member: Member, query: UsageQuery, revisions: Revisions | None = None) -> bytes | None:
    """The ``{"ELECTRIC": […]}`` object; None for what the portal answers FAILED.

    Raises:
        Forbidden: another member's account or place.
    """
    point = polled_point(settings, member, query.account, query.location)
    if not query.known or not query.industries:
        return None
    if point is not None and revisions is not None:
        point = revisions.first_look(point, query.request.start, query.request.end)
    parts = []
    for industry in query.industries:
        if industry not in INDUSTRIES:
            return None
        entries = b"[]" if point is None else wire.industry_entries(point, industry, query.request)
        if entries is None:
            return None
        parts.append(msgspec.json.encode(industry) + b":" + entries)
    return b"{" + b",".join(parts) + b"}"


def point_of(settings: Settings, member: Member, account: str, location: str) -> Point:
    """A member's place under an account.

    Raises:
        Forbidden: not theirs.
    """
    point = polled_point(settings, member, account, location)
    if point is None:
        raise Forbidden
    return point


def polled_point(settings: Settings, member: Member, account: str, location: str) -> Point | None:
    """The place that a poll asks for; None where it is the member's, but under another of their accounts.

    The Home Assistant sensor asks every place of a log-in with one account number. Members report that the places of
    the other accounts then show no use, not an error (its issue 18).

    Raises:
        Forbidden: not theirs.
    """
    contract = contract_of(member, account)
    for place in contract.places:
        if place.number == location:
            return Point(settings=settings, member=member, contract=contract, place=place)
    if any(place.number == location for other in member.contracts for place in other.places):
        return None
    raise Forbidden


def contract_of(member: Member, account: str) -> Contract:
    """A member's account.

    Raises:
        Forbidden: not theirs.
    """
    contract = member.contract(account)
    if contract is None:
        raise Forbidden
    return contract


def place_points(world: World, member: Member, location: str) -> Point:
    """A member's place, under whichever account serves it last.

    Raises:
        Forbidden: not theirs.
    """
    for contract in reversed(member.contracts):
        for place in contract.places:
            if place.number == location:
                return Point(settings=world.settings, member=member, contract=contract, place=place)
    raise Forbidden


def json_object(body: bytes) -> dict[str, Any]:
    """A request body as an object.

    Raises:
        Malformed: anything else.
    """
    try:
        fields = msgspec.json.decode(body)
    except msgspec.DecodeError as err:
        raise Malformed from err
    if not isinstance(fields, dict):
        raise Malformed
    return fields


def _milliseconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Malformed
    return int(value)
