"""A rate schedule as a utility states it: what a tariff file holds. Values only, no I/O and no arithmetic.

Each number can carry where it was read and how sure it is, and a bill says when it rests on an assumed one. Times are
local clock times of the schedule's zone. The words follow the field: seasons, time-of-use periods, blocks, riders,
ratchets. :mod:`meterbook.tariffs` calculates with them; ``docs/tariffs.md`` describes each field.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from meterbook.model.bill_kinds import LineKind

FORMAT = "meterbook-tariff/1"

Name = Annotated[str, Meta(min_length=1, max_length=80)]
Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="letters, digits, and . _ - between")]
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", description="a time such as 06:00 or 24:00")]
Hours = Annotated[
    str,
    Meta(
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$",
        description="hours such as 16:00-20:00",
    ),
]
DayOfYear = Annotated[str, Meta(pattern=r"^\d\d-\d\d$", description="a day such as 04-16")]
MonthText = Annotated[str, Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="a month such as 2025-01")]
Month = Annotated[int, Meta(ge=1, le=12)]
Minutes = Literal[5, 15, 30, 60]
Status = Literal["published", "derived", "assumed", "fitted"]
Prorate = Literal["never", "days-of-30", "days-of-month"]
Unit = Literal["kWh", "gal", "kgal", "CCF", "MCF", "therm", "m3"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every part of a tariff file is: frozen, and without fields that nobody knows."""


class Figure(Part, frozen=True, kw_only=True):
    """A number with where it comes from.

    Attributes:
        value: the number; null where it is not known, and then nothing that needs it is priced.
        status: how sure it is.
        source: key of the file's ``sources``.
        how: arithmetic of a derived one, reason of an assumed one.
        alternatives: other values that an assumed one may have; a comparison then gives a range.
    """

    value: Decimal | None
    status: Status = "published"
    source: str | None = None
    how: str | None = None
    alternatives: list[Decimal] = []


Number = Decimal | Figure


class Source(Part, frozen=True, kw_only=True):
    """A page or file that numbers were read from."""

    title: str
    page: str | None = None
    date: str | None = None
    note: str | None = None


class Season(Part, frozen=True, kw_only=True):
    """A part of the year: months, or days from and to, both included; ``rest`` is what the others leave."""

    months: list[Month] = []
    start: DayOfYear | None = None
    end: DayOfYear | None = None
    rest: bool = False


class Holiday(Part, frozen=True, kw_only=True):
    """A day by rule: a date, the nth weekday of a month (-1 the last), or days after Easter Sunday."""

    name: str
    date: DayOfYear | None = None
    month: Month | None = None
    weekday: Weekday | None = None
    nth: int | None = None
    easter: int | None = None
    plus: int = 0


class Holidays(Part, frozen=True, kw_only=True):
    """Days that count as others.

    Attributes:
        days: names of well-known days (``new-years-day``, ``good-friday``, ``thanksgiving`` …) or rules.
        saturday: when one that falls on a Saturday is observed; ``none`` leaves it where it is.
        sunday: the same of a Sunday.
        status: how sure the list is.
        source: key of ``sources``.
    """

    days: list[str | Holiday]
    saturday: Literal["friday", "monday", "none"] = "none"
    sunday: Literal["friday", "monday", "none"] = "none"
    status: Status = "published"
    source: str | None = None


class Window(Part, frozen=True, kw_only=True):
    """Hours that belong to a time-of-use period.

    Attributes:
        season: only in that season.
        days: only on these; every day without it.
        start: clock time at which it begins.
        end: clock time at which it ends; before the start it runs over midnight, and ``days`` are those it begins on.
        excluding: not on days of these holidays.
        only_on: only on days of these holidays.
        status: how sure the hours are.
        source: key of ``sources``.
        alternatives: other hours that assumed ones may be, such as ``16:00-20:00``; a comparison then gives a range.
    """

    season: str | None = None
    days: list[Weekday] = []
    start: Clock = "00:00"
    end: Clock = "24:00"
    excluding: str | None = None
    only_on: str | None = None
    status: Status = "published"
    source: str | None = None
    alternatives: list[Hours] = []


PeriodSet = dict[str, list[Window] | Literal["rest"]]
"""Time-of-use periods that divide all time among them; one may be the rest."""


class Block(Part, frozen=True, kw_only=True):
    """A step of a block rate: up to a limit, counted from nothing, at a price."""

    rate: Number
    up_to: Number | None = None


class Rate(Part, frozen=True, kw_only=True):
    """A price where it holds: in a season, in a period, in blocks.

    Attributes:
        season, period: where; everywhere without them.
        rate: dollars a unit.
        blocks: instead of one rate.
        name: what the line is called instead of the charge's name.
    """

    season: str | None = None
    period: str | None = None
    rate: Number | None = None
    blocks: list[Block] = []
    name: str | None = None


class Rounding(Part, frozen=True, kw_only=True):
    """How an amount becomes cents."""

    places: Annotated[int, Meta(ge=0, le=8)] = 2
    mode: Literal["half-up", "half-even", "up", "down"] = "half-up"


class Charge(Part, frozen=True, kw_only=True, tag_field="charge"):
    """What all charges have.

    Attributes:
        name: as the bill prints it.
        kind: kind of line item.
        section: heading on the bill.
        rounding: of this line, instead of the version's.
        classes: only for customers of these classes (``residential``, ``commercial`` …); all without it.
        optional: only where the account has it (``paperless``, ``lamps`` …).
        whole_account: once on the bill of an account with several services, after the lines of all of them, and of all.
    """

    name: Name
    kind: LineKind | UnsetType = UNSET
    section: str | None = None
    rounding: Rounding | None = None
    classes: list[str] = []
    optional: str | None = None
    whole_account: bool = False


class Fixed(Charge, frozen=True, kw_only=True, tag="fixed"):
    """An amount for having service.

    Attributes:
        amount: dollars; negative is a credit.
        per: for each month, day, or year (a twelfth a month).
        each: once, times the account's count of meters, or times the meters beyond the first.
        prorate: a period pays a whole month, its days of 30, or those of the days of each month; the version says
            whether all bills do, or only the first and the final one of a service. Where prices change within the
            period, each part pays its days of the bill's.
    """

    amount: Number
    per: Literal["month", "day", "year"] = "month"
    each: Literal["account", "meter", "further-meter"] = "account"
    prorate: Prorate = "never"


class Energy(Charge, frozen=True, kw_only=True, tag="energy"):
    """A price a kWh, by season and period, in blocks or not.

    Attributes:
        rates: each hour of the year in exactly one of them.
        of: energy delivered, received, or delivered less received where net metering applies.
        season_by: an interval's own day decides its season, or the day of the later read, for the whole period.
        block_unit: what limits count: kWh (or the schedule's own unit), kWh a day (times the days of the period), kWh a
            kW of billing demand.
        pooling: where periods or seasons share blocks: each fills its own, the month's total sets the blocks and each
            takes its share, or blocks fill in the order of time.
        fill: blocks fill over the billing period, or anew each day; limits of days are then of each day by itself.
        prorate_blocks: limits of a period of other length than 30 days go by its days.
    """

    rates: list[Rate]
    of: Literal["delivered", "received", "net"] = "delivered"
    season_by: Literal["interval", "read"] = "interval"
    block_unit: Literal["kWh", "kWh/day", "kWh/kW", "kWh/kW/day"] = "kWh"
    pooling: Literal["period", "proportion", "time"] | None = None
    fill: Literal["period", "day"] = "period"
    prorate_blocks: bool = False


class Ratchet(Part, frozen=True, kw_only=True):
    """Billing demand is at least a share of an earlier one.

    Attributes:
        share: of the highest measured demand.
        months: how many months before count.
        periods: instead, how many billing periods before, or as many as there are.
        of_months: only those calendar months count.
        in_months: it holds only in bills of those calendar months.
        of_period: the demand of that time-of-use period counts; that of the charge itself without it.
        by_month: instead of ``share``, one for each calendar month, January first; 0 where there is none.
        month_of: whether ``by_month`` goes by the month of the bill, or of the earlier demand.
    """

    share: Decimal
    months: int = 11
    periods: Annotated[int, Meta(ge=1)] | None = None
    of_months: list[Month] = []
    in_months: list[Month] = []
    of_period: str | None = None
    by_month: Annotated[list[Decimal], Meta(max_length=12)] = []
    month_of: Literal["bill", "demand"] = "bill"


class PowerFactor(Part, frozen=True, kw_only=True):
    """Demand of a poor power factor counts for more: kW × target ÷ measured, below the target."""

    target: Decimal


class Demand(Charge, frozen=True, kw_only=True, tag="demand"):
    """A price a kW of the highest demand of the period.

    Attributes:
        rates: a price each; each in its own season and period is measured and charged by itself.
        minutes: length over which power is averaged.
        minutes_status: how sure that length is.
        minutes_alternatives: other lengths that an assumed one may be; a comparison then gives a range.
        coarse: readings longer than that, up to an hour, are taken as they are, instead of refused.
        rolling: averages may begin at any interval, rather than at multiples of ``minutes`` of the clock.
        minimum: least billing demand, kW.
        contract_share: least billing demand as a share of the account's contract demand.
        ratchet: least billing demand by earlier ones.
        power_factor: correction of the measured demand.
        coincident: measured at the hours of the supplier's peak, which the account's file or the caller names.
        daily: the sum of each day's highest, instead of the period's.
        step: kW to which billing demand is rounded, such as 0.1 or 1.
        step_mode: how.
    """

    rates: list[Rate]
    minutes: Minutes = 15
    minutes_status: Status = "published"
    minutes_alternatives: list[Minutes] = []
    coarse: bool = False
    rolling: bool = False
    minimum: Number | None = None
    contract_share: Number | None = None
    ratchet: Ratchet | None = None
    power_factor: PowerFactor | None = None
    coincident: bool = False
    daily: bool = False
    step: Decimal | None = None
    step_mode: Literal["half-up", "up", "down"] = "half-up"


class Dated(Part, frozen=True, kw_only=True):
    """A rider's value over a span of months, both included; without an end it holds on.

    Attributes:
        months: only in these calendar months, of every year of the span; in all of them without it.
        alternatives: other values that an assumed one may have.
        alternatives_by_class: the same of values by class.
    """

    start: MonthText
    end: MonthText | None = None
    months: list[Month] = []
    value: Decimal | None = None
    by_class: dict[str, Decimal | None] = {}
    status: Status = "published"
    source: str | None = None
    how: str | None = None
    alternatives: list[Decimal] = []
    alternatives_by_class: dict[str, list[Decimal]] = {}


class Rider(Charge, frozen=True, kw_only=True, tag="rider"):
    """A charge whose value changes by month, apart from the schedule.

    Attributes:
        rider: code.
        unit: dollars a kWh, a month, a kW of billing demand, or a share of other lines.
        month_by: the month of the bill's date, of the later read, or of each day used (by days).
        values: by month.
        base: kinds or names of lines that a share is of.
        of: which kWh it is on: those that were billed, those that lamps are taken to use, or both.
        prorate: of a rider a month, as for a fixed charge.
        drop_zero: no line where the value or the quantity is nothing.
    """

    rider: Code
    unit: Literal["kWh", "month", "kW", "share"]
    month_by: Literal["bill", "read", "use"] = "read"
    values: list[Dated] = []
    base: list[str] = []
    of: Literal["all", "metered", "lamps"] = "all"
    prorate: Prorate = "never"
    drop_zero: bool = False


class Percent(Charge, frozen=True, kw_only=True, tag="percent"):
    """A tax or surcharge: a share of lines above it.

    Attributes:
        rate: 0.07 is seven percent.
        base: kinds or names of the lines it is on; all above it without it.
        excluding: kinds or names that it is not on.
        negative: whether it is taken of a sum below zero, giving a credit.
        drop_zero: no line where there is nothing to take it of.
    """

    rate: Number
    base: list[str] = []
    excluding: list[str] = []
    negative: bool = False
    drop_zero: bool = False


class Minimum(Charge, frozen=True, kw_only=True, tag="minimum"):
    """What a bill comes to at the least; the line is what lacks.

    Attributes:
        amount: dollars a month, or a day, or a year.
        per: which.
        per_kw: dollars a kW of contract demand besides.
        base: kinds or names of lines that count towards it; all above it without it.
        prorate: as for a fixed charge.
        settle: held against each bill, or against the bills of a calendar year in the last of them.
    """

    amount: Number
    per: Literal["month", "day", "year"] = "month"
    settle: Literal["bill", "year"] = "bill"
    per_kw: Number | None = None
    base: list[str] = []
    prorate: Prorate = "never"


class Lamp(Part, frozen=True, kw_only=True):
    """A type of lamp: dollars a month each, and the kWh it is taken to use, which riders are on."""

    price: Number
    kwh: Number | None = None


class Lamps(Charge, frozen=True, kw_only=True, tag="lamps"):
    """Unmetered lights, by type."""

    types: dict[str, Lamp]
    prorate: Prorate = "never"


class Export(Charge, frozen=True, kw_only=True, tag="export"):
    """What is paid for energy sent back.

    Attributes:
        scheme: ``net-metering`` carries kWh over in a bank; ``net-billing`` credits what is sent back in an interval;
            ``buy-all`` sells all generation and buys all use; ``net-register`` is of a meter whose only register runs
            backwards while energy is sent back, and may end a period lower than it began.
        rates: dollars a kWh credited, positive, of net billing and buy-all.
        settle: whether the bank is paid out or lost with each bill, or once a year.
        reset_month: after the bill of which month the bank of a year is paid out or lost.
        pay_out: dollars a kWh that the bank is paid out at; lost without it.
        by_period: the bank is kept by time-of-use period.
    """

    scheme: Literal["net-metering", "net-billing", "buy-all", "net-register"]
    rates: list[Rate] = []
    settle: Literal["year", "bill"] = "year"
    reset_month: Month | None = None
    pay_out: Number | None = None
    by_period: bool = False


class Reactive(Charge, frozen=True, kw_only=True, tag="reactive"):
    """A price a kVAr of the highest reactive demand, above a share of the kW or not."""

    rate: Number
    free_share: Decimal = Decimal(0)


class RoundUp(Charge, frozen=True, kw_only=True, tag="round-up"):
    """A gift of what raises the sum of all lines above to a whole amount; none of a sum of nothing or less.

    Attributes:
        to: dollars that the sum becomes a multiple of.
    """

    to: Decimal = Decimal(1)


AnyCharge = Fixed | Energy | Demand | Rider | Percent | Minimum | Lamps | Export | Reactive | RoundUp


class Version(Part, frozen=True, kw_only=True):
    """The schedule as it stands from a day on.

    Attributes:
        start: first day it holds.
        end: last day it holds; without it until the next version, or on.
        by: whether its days are of use or of the bill.
        across: what happens to a period in which versions change: divided at that day, each part pricing what was used
            on its own days; divided with everything metered shared out by days; or priced whole by the version of its
            last day, its first, or the day of the later read.
        prorated: which bills are prorated, by charges that say how: all, or those with which service begins or ends.
        rounding: of each line.
        quantities: of quantities that are worked out rather than read: shares of a divided period, limits of prorated
            blocks, corrected demand, kWh of lamps. Exact without it.
        usage: whether energy is what the intervals add up to, or what the registers say where their reads are known.
        missing: what happens where intervals are missing: refused, filled as estimated, or billed by the register.
        register_split: how energy that only a register tells is put on the clock: on the hours that are missing, evenly
            (in proportion to what was measured where none are), always in proportion, or not at all: then prices by the
            clock are refused without a register of each.
        charges: in the order in which a bill prints and works them out.
        not_known: what is missing of a shell, which is then not priced.
        note: anything a reader should know.
    """

    start: date
    end: date | None = None
    by: Literal["use", "bill"] = "use"
    across: Literal["divide", "divide-by-days", "end", "start", "read"] = "divide"
    prorated: Literal["all", "first-and-final"] = "all"
    rounding: Rounding = Rounding()
    quantities: Rounding | None = None
    usage: Literal["intervals", "register"] = "intervals"
    missing: Literal["refuse", "estimate", "register"] = "refuse"
    register_split: Literal["missing", "proportion", "refuse"] = "missing"
    charges: list[AnyCharge] = []
    not_known: list[str] = []
    note: str | None = None


class Eligibility(Part, frozen=True, kw_only=True):
    """Who may be on the schedule."""

    classes: list[str] = []
    kw_min: Decimal | None = None
    kw_max: Decimal | None = None
    kwh_min: Decimal | None = None
    kwh_max: Decimal | None = None
    requires: list[str] = []
    note: str | None = None


class Tariff(Part, frozen=True, kw_only=True):
    """A rate schedule, with all its versions.

    Attributes:
        format: of this file.
        utility: slug of the catalogue, or a name.
        code: the schedule's code at its utility.
        also: other codes by which its portal and bills name it, such as those of its time-of-use registers.
        name: its name.
        zone: IANA zone of its clock times.
        sector: class of customers.
        eligibility: who may be on it.
        sources: pages that its numbers were read from.
        seasons: sets of seasons; those of a set divide the year.
        holidays: sets of days.
        periods: sets of time-of-use periods; those of a set divide all time.
        versions: oldest first.
        prepaid: accrued by the day: each local day is charged and rounded by itself.
        unit: what the meters count.
        service: what it is; taxes of a whole account are on the lines of their own service.
        midnight: the day that a read at local midnight belongs to, whose season and month the bill has: that which ends
            then, or that which begins.
        note: anything a reader should know.
    """

    format: Literal["meterbook-tariff/1"]
    utility: str
    code: Code
    name: str
    zone: str
    also: list[str] = []
    sector: str | None = None
    eligibility: Eligibility | None = None
    sources: dict[str, Source] = {}
    seasons: dict[str, dict[str, Season]] = {}
    holidays: dict[str, Holidays] = {}
    periods: dict[str, PeriodSet] = {}
    versions: list[Version] = []
    prepaid: bool = False
    unit: Unit = "kWh"
    service: Literal["electric", "water", "gas"] = "electric"
    midnight: Literal["day-before", "day-after"] = "day-before"
    note: str | None = None


def plain(number: Number) -> Decimal | None:
    """The value of a number, whatever else is said of it."""
    return number.value if isinstance(number, Figure) else number
