"""A mapping: what the columns of somebody's CSV file mean. It can be kept as a profile and used again."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from meterbook.formats.timestamps import TimeStyle
from meterbook.model.channel import FlowDirection, Quantity, ServiceCategory
from meterbook.model.errors import UsageError
from meterbook.model.quality import Quality

# Flow words of files that people have, beside our own; a mapping's own codes come first.
FLOW_WORDS = {
    "delivered": FlowDirection.DELIVERED,
    "received": FlowDirection.RECEIVED,
    "net": FlowDirection.NET,
    "import": FlowDirection.DELIVERED,
    "export": FlowDirection.RECEIVED,
    "forward": FlowDirection.DELIVERED,
    "return": FlowDirection.RECEIVED,
    "reverse": FlowDirection.RECEIVED,
    "consumption": FlowDirection.DELIVERED,
    "generation": FlowDirection.RECEIVED,
}
# Our own words, but for that of sums, which are no readings; and the letters that utilities write.
QUALITY_WORDS = {
    **{quality.label: quality for quality in Quality if quality is not Quality.PARTIAL},
    "": Quality.ACTUAL,
    "a": Quality.ACTUAL,
    "e": Quality.ESTIMATED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueColumn:
    """A column of values and what they measure.

    Attributes:
        name: the column's header.
        unit: as the source spells it (kWh, Wh, W, MW, CCF, USD…). Power (W, kW, MW) with the quantity ``usage`` means
            the interval's average power and becomes energy, exactly.
        flow: delivered, received or net; negative values are taken only where it says net.
        quantity: usage, cost, demand or a temperature.
        factor: multiplies each value: a profile given per unit times its peak, or -1 where export is written negative.
        register: which of a meter's channels it is.
        category: what is delivered. Without it energy and cost are electricity's, gallons water, therms gas, and cubic
            feet, which may be either, are refused.
    """

    name: str
    unit: str
    flow: FlowDirection = FlowDirection.DELIVERED
    quantity: Quantity = Quantity.USAGE
    factor: Decimal = Decimal(1)
    register: str = "1"
    category: ServiceCategory | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """What a file's columns mean. Columns are named by header, or by number ("1", "2"…) in a file without one.

    Attributes:
        time: column of the time, or of the date if ``time_of_day`` is another one.
        values: columns of values, at least one.
        interval_s: length of each interval in seconds; 86,400 and 2,629,746 (``MONTH_S``) stand for calendar days and
            months.
        zone: IANA name of the zone in which times without an offset are meant; None only where each has one.
        style: how times are written.
        time_of_day: column of the time of day, where date and time are apart.
        end: column of the interval's end; checked against ``interval_s``.
        names_end: the time is that of the interval's end, not its start.
        flow: column with the flow direction; wins over that of the value column.
        flow_codes: what that column's words mean, beside the usual ones.
        quality: column with the reading's quality: our own words, or A and E.
        account: column with the account number.
        service_location: column with the number of the service location.
        meter: column with the meter's serial number.
        delimiter: what stands between fields.
        decimal_mark: point or comma.
        header: whether the file has a line of column names.
    """

    time: str
    values: tuple[ValueColumn, ...]
    interval_s: int
    zone: str | None = None
    style: TimeStyle = TimeStyle.ISO
    time_of_day: str | None = None
    end: str | None = None
    names_end: bool = False
    flow: str | None = None
    flow_codes: Map[str, FlowDirection] = field(default_factory=dict)
    quality: str | None = None
    account: str | None = None
    service_location: str | None = None
    meter: str | None = None
    delimiter: str = ","
    decimal_mark: str = "."
    header: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        named = (self.time, self.time_of_day, self.end, self.flow, self.quality)
        place = (self.account, self.service_location, self.meter)
        return tuple(name for name in (*named, *place, *(value.name for value in self.values)) if name is not None)


def to_profile(mapping: Mapping) -> dict[str, Any]:
    """The mapping as plain text values, for a profile kept as JSON or YAML."""
    profile: dict[str, Any] = {
        name: getattr(mapping, name)
        for name in (
            "time", "interval_s", "zone", "time_of_day", "end", "names_end", "flow", "quality", "account",
            "service_location", "meter", "delimiter", "decimal_mark", "header",
        )
    }  # fmt: skip
    profile["style"] = mapping.style.value
    profile["flow_codes"] = {word: flow.value for word, flow in mapping.flow_codes.items()}
    profile["values"] = [
        {
            "name": column.name,
            "unit": column.unit,
            "flow": column.flow.value,
            "quantity": column.quantity.value,
            "factor": str(column.factor),
            "register": column.register,
            "category": column.category.value if column.category is not None else None,
        }
        for column in mapping.values
    ]
    return profile


def from_profile(profile: Map[str, Any]) -> Mapping:
    """The mapping that a profile holds.

    Raises:
        UsageError: a part is missing, unknown or has a wrong value.
    """
    try:
        values = tuple(
            ValueColumn(
                **{
                    **column,
                    "flow": FlowDirection(column.get("flow", "delivered")),
                    "quantity": Quantity(column.get("quantity", "usage")),
                    "factor": Decimal(str(column.get("factor", "1"))),
                    "category": ServiceCategory(column["category"]) if column.get("category") else None,
                }
            )
            for column in profile["values"]
        )
        codes = {word: FlowDirection(flow) for word, flow in profile.get("flow_codes", {}).items()}
        style = TimeStyle(profile.get("style", "iso"))
        return Mapping(**{**profile, "values": values, "flow_codes": codes, "style": style})
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as err:
        raise UsageError(
            "the profile can't be used",
            expected="the parts that `meterbook import --profile` writes",
            hint="Delete the profile and import once more with the columns named.",
        ) from err
