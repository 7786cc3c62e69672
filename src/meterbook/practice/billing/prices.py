"""The co-op's tariff as dated data. All of it is invented; ``meterbook practice tariff`` prints it as a sheet.

A schedule has revisions, each in force from a day on. Prices are dollars a unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

D = Decimal
SUMMER = range(6, 11)
"""Months whose later reads are billed at summer prices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyPrice:
    """A price for kWh.

    Attributes:
        label: as printed, without the season.
        summer: dollars a kWh in summer.
        winter: dollars a kWh else.
        period: time-of-use period it is for; None for all hours.
        upto: end of the block it is for, kWh a month; None for what is left.
    """

    label: str
    summer: Decimal
    winter: Decimal
    period: str | None = None
    upto: Decimal | None = None

    @property
    def seasonal(self) -> bool:
        """Whether the season changes the price."""
        return self.summer != self.winter

    def rate(self, month: int) -> Decimal:
        """Dollars a kWh in the month of the later read."""
        return self.summer if month in SUMMER else self.winter

    def printed(self, month: int) -> str:
        """The label as it stands on a bill of that month."""
        return f"{self.label}, {'Summer' if month in SUMMER else 'Winter'}" if self.seasonal else self.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """One revision of a schedule.

    Attributes:
        start: first day of service it is in force on.
        facilities: dollars a month.
        energy: in the order printed.
        demand: dollars a kW of billing demand, or None.
        minimum: least sum of facilities, energy and demand a month, or None.
    """

    start: date
    facilities: Decimal
    energy: tuple[EnergyPrice, ...]
    demand: Decimal | None = None
    minimum: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A rate schedule.

    Attributes:
        code: as printed on bills.
        name: title of its sheet.
        applies: who takes service under it.
        revisions: oldest first.
        reps: class of the renewable mandate: ``residential``, ``commercial`` or ``industrial``.
        nets: received kWh are taken off delivered ones before anything is priced.
        ratchet: share of the highest demand of the months before that is billed at least; None without.
        least_kw: least billing demand, kW.
    """

    code: str
    name: str
    applies: str
    revisions: tuple[Prices, ...]
    reps: str = "residential"
    nets: bool = False
    ratchet: Decimal | None = None
    least_kw: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A leased, unmetered lamp.

    Attributes:
        code: of the lamp.
        label: as printed.
        monthly: dollars a lamp and month.
        kwh: assumed kWh a lamp and month, which draw the power cost adjustment.
    """

    code: str
    label: str
    monthly: Decimal
    kwh: int


_FIRST, _SECOND, _THIRD = date(2014, 1, 1), date(2024, 10, 1), date(2026, 3, 16)


def _flat(start: date, facilities: str, summer: str, winter: str, minimum: str | None = None) -> Prices:
    price = EnergyPrice(label="Energy Charge", summer=D(summer), winter=D(winter))
    return Prices(
        start=start, facilities=D(facilities), energy=(price,), minimum=None if minimum is None else D(minimum)
    )


def _time_of_use(start: date, facilities: str, on: tuple[str, str], off: str, low: str) -> Prices:
    return Prices(
        start=start,
        facilities=D(facilities),
        energy=(
            EnergyPrice(label="On Peak Energy", summer=D(on[0]), winter=D(on[1]), period="On Peak"),
            EnergyPrice(label="Off Peak Energy", summer=D(off), winter=D(off), period="Off Peak"),
            EnergyPrice(label="Super Off-Peak Energy", summer=D(low), winter=D(low), period="Super Off Pk"),
        ),
    )


def _blocks(start: date, facilities: str, first: str, over: str, minimum: str) -> Prices:
    return Prices(
        start=start,
        facilities=D(facilities),
        energy=(
            EnergyPrice(label="First 1,500 kWh", summer=D(first), winter=D(first), upto=D(1500)),
            EnergyPrice(label="Over 1,500 kWh", summer=D(over), winter=D(over)),
        ),
        minimum=D(minimum),
    )


def _large(start: date, facilities: str, demand: str, energy: str) -> Prices:
    price = EnergyPrice(label="Energy Charge", summer=D(energy), winter=D(energy))
    return Prices(start=start, facilities=D(facilities), energy=(price,), demand=D(demand))


_RESIDENTIAL = (
    _flat(_FIRST, "28.50", "0.09640", "0.08870", "38.00"),
    _flat(_SECOND, "31.50", "0.09950", "0.09150", "40.00"),
    _flat(_THIRD, "33.75", "0.10280", "0.09425", "42.00"),
)

SCHEDULES = {
    each.code: each
    for each in (
        Schedule(
            code="R",
            name="Residential Service",
            applies="a dwelling and what belongs to it, single phase",
            revisions=_RESIDENTIAL,
        ),
        Schedule(
            code="R-TOU",
            name="Residential Time-of-Use Service",
            applies="a dwelling whose member asks for it, for at least twelve months",
            revisions=(
                _time_of_use(_FIRST, "30.00", ("0.19850", "0.17400"), "0.06980", "0.04610"),
                _time_of_use(_SECOND, "33.00", ("0.21400", "0.18900"), "0.07420", "0.04850"),
                _time_of_use(_THIRD, "35.25", ("0.22150", "0.19480"), "0.07690", "0.05020"),
            ),
        ),
        Schedule(
            code="R-NET",
            name="Residential Net Metering Service",
            applies="a dwelling with generation of its own up to 20 kW, closed to new members",
            revisions=(
                _flat(_FIRST, "34.00", "0.09640", "0.08870"),
                _flat(_SECOND, "38.00", "0.09950", "0.09150"),
                _flat(_THIRD, "40.50", "0.10280", "0.09425"),
            ),
            nets=True,
        ),
        Schedule(
            code="R-PRE",
            name="Residential Prepaid Service",
            applies="a dwelling whose member pays ahead of use",
            revisions=(
                _flat(_FIRST, "0.98", "0.09640", "0.08870"),
                _flat(_SECOND, "1.08", "0.09950", "0.09150"),
                _flat(_THIRD, "1.16", "0.10280", "0.09425"),
            ),
        ),
        Schedule(
            code="GS",
            name="Small General Service",
            applies="any other service that is not billed for demand",
            revisions=(
                _blocks(_FIRST, "44.00", "0.10420", "0.08760", "58.00"),
                _blocks(_SECOND, "48.00", "0.10850", "0.09150", "62.00"),
                _blocks(_THIRD, "51.00", "0.11190", "0.09440", "66.00"),
            ),
            reps="commercial",
        ),
        Schedule(
            code="LGS-D",
            name="Large General Service with Demand",
            applies="a service whose demand exceeds 30 kW in three of twelve months",
            revisions=(
                _large(_FIRST, "110.00", "8.75", "0.05610"),
                _large(_SECOND, "120.00", "9.25", "0.05850"),
                _large(_THIRD, "126.00", "9.60", "0.06045"),
            ),
            reps="industrial",
            ratchet=D("0.70"),
            least_kw=D(30),
        ),
    )
}

LAMPS = {
    each.code: each
    for each in (
        Lamp(code="L50", label="LED 50 W Area Light", monthly=D("11.25"), kwh=18),
        Lamp(code="L150", label="LED 150 W Flood Light", monthly=D("19.80"), kwh=53),
        Lamp(code="H100", label="HPS 100 W Yard Light", monthly=D("12.40"), kwh=42),
    )
}

EXPORT = ((_FIRST, D("0.03120")), (_SECOND, D("0.03310")), (_THIRD, D("0.03475")))
"""Avoided cost, dollars a kWh received beyond what is netted, by first day of service."""

# Dollars a kWh by month of the later read, January first. The board sets a year at a time and has changed it within.
WPCA = {
    2021: ("0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0"),
    2022: ("-0.0025",) * 10 + ("-0.0060", "-0.0250"),
    2023: ("0",) * 6 + ("0.0042",) * 6,
    2024: ("0.0038",) * 3 + ("0.0017",) * 5 + ("-0.0015",) * 4,
    2025: ("0.0010",) * 4 + ("-0.0031", "-0.0031", "0.0064", "0.0064", "0.0064", "0", "0", "0.0010"),
    2026: (
        *("0.0010",) * 2,
        *("-0.0048",) * 2,
        *("0.0021",) * 2,
        *("0.0057",) * 2,
        "0.0033",
        "-0.0012",
        "-0.0012",
        "-0.0200",
    ),
}

# Dollars a month by class, by year of the later read.
REPS = {
    2021: {"residential": D("0.62"), "commercial": D("3.10"), "industrial": D("21.00")},
    2022: {"residential": D("0.68"), "commercial": D("3.35"), "industrial": D("22.40")},
    2023: {"residential": D("0.71"), "commercial": D("3.52"), "industrial": D("23.10")},
    2024: {"residential": D("0.74"), "commercial": D("3.70"), "industrial": D("24.25")},
    2025: {"residential": D("0.85"), "commercial": D("4.15"), "industrial": D("27.80")},
    2026: {"residential": D("0.79"), "commercial": D("3.95"), "industrial": D("26.30")},
}

TAX = D("0.07")
PAPERLESS = D("-1.00")
LATE_FEE = D("5.00")
MONTH_DAYS = 30
"""Days of a month where a monthly amount is divided for a first or final bill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TownPrices:
    """Water and sewer prices, in force for later reads from a day on. Blocks are gallons a month."""

    start: date
    water_base: Decimal
    water_blocks: tuple[tuple[int | None, Decimal], ...]
    irrigation_base: Decimal
    irrigation: Decimal
    sewer_base: Decimal
    sewer: Decimal


TOWN = (
    TownPrices(
        start=date(2014, 7, 1),
        water_base=D("13.80"),
        water_blocks=((2000, D("0.00410")), (6000, D("0.00585")), (None, D("0.00760"))),
        irrigation_base=D("7.50"),
        irrigation=D("0.00760"),
        sewer_base=D("16.20"),
        sewer=D("0.00640"),
    ),
    TownPrices(
        start=date(2025, 7, 1),
        water_base=D("14.50"),
        water_blocks=((2000, D("0.00430")), (6000, D("0.00610")), (None, D("0.00785"))),
        irrigation_base=D("8.00"),
        irrigation=D("0.00785"),
        sewer_base=D("17.10"),
        sewer=D("0.00675"),
    ),
)

GAS_BASE, GAS_CCF = D("14.00"), D("1.18")


def wpca(year: int, month: int) -> Decimal:
    """The power cost adjustment for later reads in a month, dollars a kWh.

    A year before the table has its first year's, one after it that of four years before.

    >>> wpca(2022, 12), wpca(2030, 12)
    (Decimal('-0.0250'), Decimal('-0.0200'))
    """
    year = max(year, min(WPCA))
    while year not in WPCA:
        year -= 4
    return Decimal(WPCA[year][month - 1])


def reps(year: int, kind: str) -> Decimal:
    """The renewable mandate for later reads in a year, dollars a month: the nearest year that is in the table."""
    return REPS[min(max(year, min(REPS)), max(REPS))][kind]


def in_force(revisions: tuple[Prices, ...], day: date) -> Prices:
    """The revision for a day of service; the first one for days before it."""
    return next((each for each in reversed(revisions) if each.start <= day), revisions[0])


def export_price(day: date) -> Decimal:
    """Avoided cost for a day of service."""
    return next((price for start, price in reversed(EXPORT) if start <= day), EXPORT[0][1])


def town(day: date) -> TownPrices:
    """Water and sewer prices for a later read."""
    return next((each for each in reversed(TOWN) if each.start <= day), TOWN[0])
