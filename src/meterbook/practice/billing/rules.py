"""The rules of billing in words, as the tariff sheet prints them. Numbers in them come from the tables."""

from __future__ import annotations

from meterbook.practice.billing.ledger import BUDGET_SETTLED, FIRST_BUDGET, RATCHET_PERIODS
from meterbook.practice.billing.prepaid import LOW_CREDIT
from meterbook.practice.billing.prices import LATE_FEE, MONTH_DAYS, PAPERLESS, TAX, Schedule

_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_PERCENT = f"{TAX * 100:f}".rstrip("0").rstrip(".")

COMMON = (
    """Period. A bill is for the time from one read to the next; for a new account from the first day of service,
    for a closed one to the day after the last. The period's days are the day of the earlier read and every later day
    up to, not including, the day of the later read. "Month" in a price means one such period, whatever its days.""",
    """Read window. Usage is what the register counted from the instant of the earlier read to the instant of the
    later one; the bill prints both to the minute, local time. An interval belongs to the window in which it begins.
    Meters with intervals are read on a border of two intervals; service begins and ends at local midnight. Water and
    gas are read at local midnight, 00:00, of the same two days.""",
    """Quantities. Electric usage is billed in kWh to three places, as the register gives it (present reading less
    previous, times the multiplier); that of a dial without memory in whole kWh; water in whole gallons; gas in CCF to
    three places. A reading lower than the previous one has passed the display's end (100,000 on a dial and on
    a meter with a multiplier of 10, else 1,000,000).""",
    """Estimates. A reading that could not be taken is estimated and the bill says so; the next bill is reckoned from
    the estimated reading, so that it settles the difference. A bill made on a wrong reading is cancelled whole: the
    corrected bill takes its charges back under Adjustments and charges the period anew by the same rules.""",
    """Rounding. Each line is its quantity times its price, rounded to the cent, halves away from zero; a fixed amount
    that is divided is rounded in the same way. Sums are of rounded lines. No price, quantity or sum is rounded
    otherwise unless a rule says so.""",
    f"""First and final bills. On a bill with which service begins or ends, every monthly amount (facilities, minimum,
    lamp, base charge, block limit) is multiplied by the period's days and divided by {MONTH_DAYS}, also where
    the days are more than {MONTH_DAYS}; an account whose days are just {MONTH_DAYS} pays it as it stands. Kilowatts,
    the mandate of rider REPS, credits and fees are not divided. Other bills are charged whole months, however long.""",
    """Price changes. A revision of a schedule or of rider AC is in force for service on and after its date. A period
    with days before it and on or after it is divided at that day into parts. Metered quantities (kWh of a price, kW,
    kWh received) are divided by the parts' days: each part but the last has quantity x its days / days of the
    period, rounded to three places (halves up); the last has what is left. A block's limit is divided in the same way
    by limit x days of the part / days of the month of 1.6, rounded to three places. The facilities charge of a part
    is its revision's charge x days of the part / days of the period, on a first or final bill / 30. Every part has
    lines of its own.""",
    """Season. Summer prices are for periods whose later read lies in June to October, winter prices for all others.
    The whole period has one season, also in a period that a price change divides.""",
    """Minimum. Where a schedule has one and its facilities, energy and demand lines together are less, the difference
    is added as Minimum Bill Adjustment. It is the minimum of the revision in force on the last day of the period.
    Credits for energy received do not count; riders and tax come on top.""",
)

_SCHEDULES: dict[str, tuple[str, ...]] = {
    "R": (
        """Energy: all delivered kWh at the season's price. A member with generation whose schedule is this one is
        credited for energy received by rider AC.""",
        """A meter whose only register nets energy sent back, and that ends lower than it began, is charged no energy;
        the kWh below zero are credited by rider AC as Excess Energy Credit.""",
        "Riders WPCA, REPS (residential), sales tax.",
    ),
    "R-TOU": (
        "Each period has a register of its own (chapter 3); its kWh are billed at its price. There is no minimum.",
        "Riders WPCA (on the kWh of all periods), REPS (residential), sales tax.",
        """What a member saved with a bill is what facilities, energy and minimum of Schedule R would have asked for the
        same kWh and days, less facilities and energy as billed; before riders and tax.""",
    ),
    "R-NET": (
        """Net energy is delivered less received kWh of the period. If positive it is billed at the season's price. If
        negative no energy is billed and the excess is credited by rider AC as Excess Energy Credit. Nothing is
        carried on to another period. There is no minimum.""",
        "Riders WPCA (on net energy billed), REPS (residential), sales tax.",
    ),
    "R-PRE": (
        "Charged by the day; chapter 11. There is no bill.",
        "Riders WPCA, REPS (residential), sales tax, all by the day.",
    ),
    "GS": (
        "Blocks are of the kWh of one service point and month; one without kWh has no line, except the first.",
        "Riders WPCA, REPS (commercial), sales tax.",
    ),
    "LGS-D": (
        """Measured demand is the highest average of any metering interval (15 minutes, or the meter's own where that is
        longer) that begins within the read window, in kW to three places.""",
        """Billing demand is the highest of: measured demand; {ratchet} % of the highest measured demand of the
        {periods} billing periods before this one (as many as there are), rounded to three places;
        {least} kW.""",
        "Riders WPCA, REPS (industrial), sales tax. There is no minimum but by demand.",
    ),
}


def schedule(of: Schedule) -> tuple[str, ...]:
    """The rules of one schedule."""
    ratchet = f"{(of.ratchet or 0) * 100:.0f}"
    found = _SCHEDULES[of.code]
    for mark, figure in {"ratchet": ratchet, "least": f"{of.least_kw}", "periods": f"{RATCHET_PERIODS}"}.items():
        found = tuple(text.replace(f"{{{mark}}}", figure) for text in found)
    return found


TIME_OF_USE = (
    """On Peak: from November to March 06:00 to 10:00, from April to October 14:00 to 19:00, Monday to Friday, except
    holidays. The months are those of the day itself, not the season of the bill.""",
    """Super Off-Peak: 00:00 to 05:00 on every day, holidays too. Off Peak: all other hours. Local clock time; an
    interval is in the period in which it begins. On the night when an hour is repeated both are Super Off-Peak.""",
    """Holidays: New Year's Day (1 January), Good Friday, Memorial Day (last Monday of May), Independence Day (4 July),
    Labor Day (first Monday of September), Thanksgiving Day (fourth Thursday of November) and the day after it,
    Christmas Day (25 December). One on a Saturday is kept on the Friday before, one on a Sunday on the Monday after;
    so 1 January of a year can be kept on 31 December.""",
)
LIGHTING = (
    """Lamps are leased by the month, energy included; prices have not changed since 1 January 2014. They are not
    metered. A line has the number of lamps of a kind times the monthly price; on a first or final bill that product
    divided by rule 1.6 and then rounded.""",
    """Rider WPCA applies to the assumed kWh of all lamps together, on a line of its own; on a first or final bill to
    those kWh x days / 30, rounded to three places. Rider REPS does not apply. Sales tax does.""",
)
POWER_COST = (
    """Per kWh billed by a schedule (delivered; for R-NET net energy billed; for OL assumed kWh), at the price of the
    month of the later read, for the whole period, also in one that a price change divides. One line a service point; no
    line if the price or the kWh are zero. For R-PRE see chapter 11.""",
    """Prices may be changed by the board within a year. A credit has a minus sign.""",
)
MANDATE = (
    """A fixed amount a bill for each metered electric service point, by class and by the year of the later read. It is
    never divided.""",
)
EXPORT = (
    """For kWh received that a schedule does not net (Received Energy Credit: all kWh received in the period) and for
    what netting leaves over (Excess Energy Credit). The line's price is printed with a minus sign.""",
)
SALES_TAX = (
    f"""State sales tax of {_PERCENT} % on the sum of all lines of electric service and outdoor lighting of the
    account: facilities, energy, demand, minimum, riders WPCA and REPS, lamps, less credits for energy received.
    One line for the account, rounded once. No tax on a sum of zero or less.""",
    """Not taxed here: water and sewer; the paperless credit, the late charge and gifts, which come after tax. Gas is
    taxed by itself at the same rate.""",
)
OTHERS = (
    f"""Paperless Credit: {PAPERLESS} a bill for members without paper bills. Not taxed, not divided.""",
    f"""Late Payment Charge: {LATE_FEE}, on a bill that is made while something of the last bill is unpaid past its due
    date. The due date is 21 days after the bill date; the bill date is two days after the later read, that of a
    corrected bill eight days after that of the one it replaces. A corrected bill repeats the charge of that one.""",
    """Operation Round Up: members who take part give what raises the bill's current charges, everything else included,
    to the next whole dollar. Nothing on whole dollars or on charges of zero or less.""",
)
BUDGET = (
    f"""A budget member pays a fixed amount a month in place of the charges. The charges of the bill and the budget
    balance (charges so far less amounts asked so far) are printed. With the bill whose later read is in
    {_MONTH_NAMES[BUDGET_SETTLED - 1]}, and with a final bill, the balance with this bill's charges is asked, and
    the balance is zero. The amount for the next year is then the mean of the last twelve bills' charges, rounded up to
    a whole dollar; for a member's first it is ${FIRST_BUDGET}.""",
    """Budget amounts change nothing in the lines or in the current charges of a bill.""",
)
PREPAID = (
    f"""A day is a local calendar day, with its kWh from midnight to midnight. Its charge is the sum of: the facilities
    charge a day; kWh x the season's price (season by the month of the day itself); kWh x rider WPCA of the month of the
    day; the residential mandate of the year of the day / {MONTH_DAYS}; each rounded to the cent; and {_PERCENT} %
    sales tax on that sum, rounded to the cent.""",
    f"""Prices are those in force on the day. Payments are credited before the day's charge. Members are called when
    less than ${LOW_CREDIT} is left. Average daily amount: the mean of the last thirty days' charges, rounded.""",
)
TOWN = (
    """Billed for the town with the electric bill. The prices are those in force on the day of the later read, for the
    whole period; nothing is divided at a change. On a first or final bill base charges are divided by rule 1.6, and
    so are the ends of the blocks, rounded to whole gallons.""",
    """Water: base charge, then the house meter's gallons in blocks; a block without gallons has no line, except the
    first. Irrigation: its own meter, base charge and one price. Sewer: base charge, and its price times the house
    meter's gallons; irrigation is not charged for sewer.""",
)
GAS = (
    f"""Basic charge and usage, unchanged since 1 January 2014; the basic charge is divided on a first or final bill.
    Sales Tax on Gas is {_PERCENT} % of the two lines, rounded once.""",
)
ORDER = (
    """Lines stand in this order. For each service point: facilities (one line a part), energy (all prices of a part,
    then those of the next), Excess Energy Credit, demand, minimum, Received Energy Credit, WPCA, REPS; lamps and their
    WPCA; water, irrigation, sewer; gas. Then once an account: sales tax; paperless credit, late charge, round-up.""",
    """Previous balance + payments + adjustments = balance forward; the sum of all lines = current charges; balance
    forward + current charges (for a budget member + the budget amount) = amount due.""",
)
