"""The words for the practice co-op's people: stories, meters, places, accounts, members and log-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from meterbook.practice.load import Load

FOREVER = 2**62
"""The end of what has not ended, UTC epoch seconds."""


class Story(StrEnum):
    """What a member is there to show."""

    HOUSEHOLD = "household"
    TIME_OF_USE = "timeofuse"
    SOLAR = "solar"
    PREPAID = "prepaid"
    WATER = "water"
    DEMAND = "demand"
    PORTFOLIO = "portfolio"
    EXCHANGE = "exchange"
    NEWCOMER = "newcomer"
    MECHANICAL = "mechanical"
    TOTP = "totp"
    OUTAGE = "outage"
    REVISED = "revised"
    MOVED = "moved"
    COTTAGE = "cottage"
    GAS = "gas"
    FILLER = "member"


STORIES = tuple(Story)[:-1]
TOLD = {
    Story.HOUSEHOLD: "Standard household: one meter, delivered energy. A file given with --usage is its meter.",
    Story.TIME_OF_USE: "Household on a time-of-use rate with three periods.",
    Story.SOLAR: "Household with solar panels: delivered, received and net of one meter.",
    Story.PREPAID: "Prepaid member: credit left instead of bills, about so many dollars a day.",
    Story.WATER: "Household with water service too: a house meter and a garden meter, in gallons, daily.",
    Story.DEMAND: "Business billed for demand: kW beside kWh.",
    Story.PORTFOLIO: "Business with 12 accounts under two customers, 13 places; one account serves two of them.",
    Story.EXCHANGE: "Household whose meter was exchanged in the middle of a day.",
    Story.NEWCOMER: "Account opened in the middle of a year.",
    Story.MECHANICAL: "Old mechanical meter: monthly reads only.",
    Story.TOTP: "Household whose log-in wants a one-time code.",
    Story.OUTAGE: "Household whose meter could not be reached for two days, now and then; filled in a week later.",
    Story.REVISED: "Household with estimated readings that are later revised.",
    Story.MOVED: "Member who moved: a closed account, a nickname, a second meter without a number.",
    Story.COTTAGE: "Seasonal house whose main switch is off from October to March: months of zeros.",
    Story.GAS: "Household with gas service too: daily CCF.",
    Story.FILLER: "Ordinary member.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A meter and its time at a place.

    Attributes:
        number: serial number; " " where the co-op's records lack one.
        position: which of the place's meters it is, from 1.
        industry: ``ELECTRIC``, ``WATER`` or ``GAS``.
        load: what flows through the place.
        step_s: interval length; 0 for a meter that is read once a month.
        installed: first instant, UTC epoch seconds.
        removed: instant after the last.
        from_file: its readings are those of the load file.
    """

    number: str
    position: int
    industry: str
    load: Load
    step_s: int
    installed: int
    removed: int = FOREVER
    from_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A service location."""

    number: str
    map_number: str
    street: str
    city: str
    zip_code: str
    county: str
    devices: tuple[Device, ...]
    rate: str
    nickname: str = ""

    @property
    def industries(self) -> tuple[str, ...]:
        """The industries served there, electricity first; a place without meters has lamps."""
        return tuple(dict.fromkeys(device.industry for device in self.devices)) or ("ELECTRIC",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """An account: what is billed as one.

    Attributes:
        number: digits as text; some begin with a zero.
        customer: number of the customer it belongs to.
        opened: first day of service.
        closed: day after the last one, or None.
    """

    number: str
    customer: str
    name: str
    places: tuple[Place, ...]
    opened: date
    closed: date | None = None
    prepaid: bool = False
    business: bool = False
    billing_day: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A log-in's owner with all accounts."""

    index: int
    story: Story
    email: str
    password: str
    totp_secret: str | None
    contracts: tuple[Contract, ...]
    business: bool

    def contract(self, number: str) -> Contract | None:
        """The account of that number, if it is this member's."""
        return next((each for each in self.contracts if each.number == number), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a person types, and whose accounts that opens.

    Attributes:
        email: as registered, lower case.
        primary: the owner's e-mail; another one for a secondary registration.
        locked: refused whatever is typed.
    """

    email: str
    password: str
    primary: str
    totp_secret: str | None = None
    locked: bool = False
