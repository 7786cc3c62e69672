"""Profiles for reports of known shapes: portals' billing downloads and ENERGY STAR Portfolio Manager's sheets."""

from __future__ import annotations

from collections.abc import Mapping

from meterbook.formats.bill_reports.mapping import BillMapping, Field, LastDay, UsageColumn

F = Field

PORTAL_BILLING = BillMapping(
    columns={
        F.SERVICE: ("TYPE",),
        F.START: ("START DATE",),
        F.END: ("END DATE",),
        F.USAGE: ("USAGE",),
        F.UNIT: ("UNITS", "UNIT"),
        F.COST: ("COST",),
        F.NOTES: ("NOTES",),
    },
    optional=frozenset({F.UNIT, F.COST, F.NOTES}),
    last_day=LastDay.INCLUDED,
)
"""``TYPE,START DATE,END DATE,USAGE,UNITS,COST,NOTES`` below lines with name, address and account."""

PORTAL_HISTORY = BillMapping(
    columns={
        F.END: ("End Date",),
        F.DAYS: ("Days In Bill",),
        F.PRESENT_READING: ("Meter Read",),
        F.ESTIMATED: ("Read Type",),
        F.METERED: ("Usage (CCF)",),
        F.USAGE: ("Usage (Therms)", "Usage (kWh)", "Usage"),
        F.COST: ("Usage (Cost)", "Cost"),
    },
    optional=frozenset({F.METERED, F.COST, F.PRESENT_READING, F.ESTIMATED}),
    last_day=LastDay.READ_DAY,
)
"""Newest bill first, with the day of the read and the number of days."""

PM_ENTRIES = BillMapping(
    columns={
        F.ACCOUNT: ("Portfolio Manager Meter ID",),
        F.LOCATION: ("Portfolio Manager ID",),
        F.METER: ("Meter Name",),
        F.SERVICE: ("Meter Type",),
        F.ENTRY: ("Meter Consumption ID",),
        F.START: ("Start Date",),
        F.END: ("End Date",),
        F.DELIVERY: ("Delivery Date",),
        F.USAGE: ("Usage/Quantity",),
        F.UNIT: ("Usage Units",),
        F.COST: ("Cost ($)",),
        F.ESTIMATED: ("Estimation?",),
        F.DEMAND: ("Demand (kW)",),
        F.DEMAND_COST: ("Demand Cost ($)",),
    },
    optional=frozenset({F.DELIVERY, F.ENTRY, F.LOCATION, F.COST, F.ESTIMATED, F.DEMAND, F.DEMAND_COST}),
)
"""Portfolio Manager's *Meter Entries*. What it calls a meter is what a utility bills as one account."""

PM_BILLS = BillMapping(
    columns={
        F.ACCOUNT: ("Meter ID",),
        F.LOCATION: ("Portfolio Manager ID",),
        F.METER: ("Meter Name",),
        F.SERVICE: ("Meter Type",),
        F.ENTRY: ("Meter Consumption ID",),
        F.START: ("Start Date",),
        F.END: ("End Date",),
        F.DELIVERY: ("Delivery Date",),
        F.USAGE: ("Usage", "Quantity", "Energy Used On-Site"),
        F.EXPORTED: ("Energy Exported Off-Site",),
        F.UNIT: ("Meter Unit",),
        F.COST: ("Cost",),
        F.ESTIMATED: ("Estimation",),
        F.DEMAND: ("Demand (kW)",),
        F.DEMAND_COST: ("Demand Cost ($)",),
    },
    optional=frozenset(
        {F.LOCATION, F.ENTRY, F.START, F.END, F.DELIVERY, F.EXPORTED, F.COST, F.ESTIMATED, F.DEMAND, F.DEMAND_COST}
    ),
)
"""Portfolio Manager's template *Add Bills to Existing Meters*, a sheet for each kind of meter."""

PM_MONTHLY = BillMapping(
    columns={
        F.ACCOUNT: ("Property Id", "Portfolio Manager ID", "Property ID"),
        F.MONTH: ("Month",),
    },
    usages=(
        UsageColumn(heading="Electricity Use (Grid)", service="electric"),
        UsageColumn(heading="Natural Gas Use", service="gas"),
        UsageColumn(heading="District Steam Use", service="steam"),
        UsageColumn(heading="Municipally Supplied Potable Water Use", service="water"),
    ),
)
"""Portfolio Manager's data request *Monthly Usage*: a row for each property and month."""

SHIPPED: Mapping[str, BillMapping] = {
    "portal-billing": PORTAL_BILLING,
    "portal-history": PORTAL_HISTORY,
    "portfolio-manager-entries": PM_ENTRIES,
    "portfolio-manager-bills": PM_BILLS,
    "portfolio-manager-monthly": PM_MONTHLY,
}
"""By the name that ``--profile`` takes."""
