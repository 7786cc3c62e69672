"""A channel: one stream of readings of one meter's register."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from meterbook.model.units import Unit

DAY_S = 86_400
MONTH_S = 2_629_746
"""Code of a calendar month (mean Gregorian month in seconds). Like DAY_S it names a calendar length: where such an
interval ends is asked of the calendar (:func:`meterbook.model.calendar.interval_ends`), never added."""


class ServiceCategory(StrEnum):
    """What is delivered. Source: ESPI ``ServiceCategory``."""

    ELECTRICITY = "electricity"
    GAS = "gas"
    WATER = "water"
    WEATHER = "weather"


class FlowDirection(StrEnum):
    """Direction as seen at the usage point. Source: ESPI ``flowDirection`` 1, 19 and 4."""

    DELIVERED = "delivered"
    RECEIVED = "received"
    NET = "net"


class Quantity(StrEnum):
    """What a channel's values count."""

    USAGE = "usage"
    COST = "cost"
    DEMAND = "demand"
    TEMPERATURE_LOW = "temperature-low"
    TEMPERATURE_HIGH = "temperature-high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One stream: a meter's register in one flow direction, one unit, one interval length.

    Attributes:
        utility: catalogue slug of the utility, such as ``ccec``.
        account: account number as printed on the bill; digits as text, leading zeros kept.
        service_location: the utility's number of the service location, as text.
        meter: serial number of the meter; empty for what is measured at the location (weather).
        register: the utility's number of the meter's channel, or the source's own label; "1" where it gives none.
        category: electricity, gas, water, weather.
        quantity: usage, cost, demand, temperature.
        flow: delivered, received or net.
        unit: unit of the values.
        interval_s: seconds; :data:`DAY_S` and :data:`MONTH_S` stand for calendar days and months.
        tou_period: the utility's name of a time-of-use period when the stream holds only that period's share.
    """

    utility: str
    account: str
    service_location: str
    meter: str
    register: str = "1"
    category: ServiceCategory = ServiceCategory.ELECTRICITY
    quantity: Quantity = Quantity.USAGE
    flow: FlowDirection = FlowDirection.DELIVERED
    unit: Unit = Unit.KWH
    interval_s: int = 900
    tou_period: str | None = None

    @property
    def key(self) -> str:
        """Stable text key: the same stream gives the same key in every pull.

        >>> Channel(utility="ccec", account="7001001", service_location="70010", meter="21-345678").key
        'ccec/7001001/70010/21-345678/1/electricity/usage/delivered/kWh/900/'
        """
        parts = (
            self.utility,
            self.account,
            self.service_location,
            self.meter,
            self.register,
            self.category.value,
            self.quantity.value,
            self.flow.value,
            self.unit.value,
            str(self.interval_s),
            self.tou_period or "",
        )
        return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)
