"""Further layouts: the west and the middle of the country, city utilities and large companies."""

from __future__ import annotations

from layout_words import Item, Layout, MeterSpec, charge, price
from utility_layouts import ONE, ROUND_UP, SOUTHEAST, TAX, section

ELSEWHERE = (
    Layout(
        name="Holy Cross", meters=ONE, traps=("comparison", "stub"), dates="%b %d, %Y",
        sections=(
            section("Charges", charge("Customer Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.08850"),
                    price("Demand Charge", "demand", "kw", "5.100"),
                    price("Electric Cost Adjustment (ECA)", "power_cost_adjustment", "kwh", "0.00410"),
                    Item(label="WE CARE Surcharge", kind="program", of="tax", rate="0.02"),
                    charge("City Tax", "tax_local")),
        ),
    ),
    Layout(
        name="Southeast Colorado", meters=ONE, traps=("stub",), use="kwh",
        sections=(
            section("Delivery Charges", charge("Customer Charge", "fixed_charge"),
                    price("Distribution Charge", "delivery", "kwh", "0.0410"),
                    total="Total Delivery Charges"),
            section("Supplier Charges", price("Generation", "supply", "kwh", "0.0520"),
                    price("Transmission", "delivery", "kwh", "0.0110"),
                    price("PCA", "power_cost_adjustment", "kwh", "-0.0020"), total="Total Supplier Charges"),
        ),
    ),
    Layout(
        name="Flathead", negative="{} CR", meters=ONE, meter_heads=("Meter Number", "Previous", "Present", "Mult",
        "kWh"),
        traps=("bank", "stub"),
        sections=(
            section("Current Service Detail", charge("Basic Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.0712"),
                    charge("Paperless Credit", "credit_paperless", "-0.50", "-0.50"),
                    charge("Capital Credits Retirement", "capital_credit", "-60.00", "-20.00"),
                    charge("Roundup for Safety", "round_up", "0.01", "0.99")),
        ),
    ),
    Layout(
        name="Flathead solar", negative="{}CR", traps=("bank",), use="",
        meters=(MeterSpec(number="60010001", register="IMP"),
        MeterSpec(number="60010001", of="export", register="EXP")),
        sections=(
            section("Current Service Detail", charge("Basic Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "net", "0.0712"),
                    charge("Net Metering Credit", "net_metering", "-12.00", "-2.00")),
        ),
    ),
    Layout(
        name="Iowa Lakes", meters=ONE, traps=("year to date", "messages", "history"), product="columns",
        sections=(
            section("Current Electric Charges", charge("Access Fee", "fixed_charge"),
                    price("Energy", "energy", "kwh", "0.0930"),
                    price("Power Cost Adjustment", "power_cost_adjustment", "kwh", "0.00150"),
                    charge("Electric Heat Credit", "load_control", "-15.00", "-3.00"), ROUND_UP),
        ),
    ),
    Layout(
        name="Adams-Columbia", meters=ONE, traps=("member", "draft", "stub", "history"), keys_style="inline",
        sections=(
            section("Details", charge("Access Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.1170"),
                    charge("Public Benefits Fee", "program", "1.00", "3.00")),
        ),
    ),
    Layout(
        name="Rock", services=("electric", "gas"), use="", traps=("stub",),
        meters=(*ONE, MeterSpec(number="G7789012", of="therms", unit="therms")),
        meter_heads=("Meter Number", "Previous", "Present", "Multiplier", "Usage"),
        sections=(
            section("Electric Service", charge("Facilities Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.1010"),
                    price("Power Cost Adjustment", "power_cost_adjustment", "kwh", "0.00300"),
                    total="Total Electric Service"),
            section("Gas Service", charge("Facilities Charge", "fixed_charge"),
                    price("Gas Charge", "energy", "therms", "0.8120"),
                    charge("State Tax", "tax_state"), total="Total Gas Service"),
        ),
    ),
    Layout(
        name="Wood County", meters=ONE, traps=("late",), rate=("Rate Code:", "101"),
        sections=(
            section("", charge("Base Charge", "fixed_charge"), price("Energy", "energy", "kwh", ".12417"),
                    charge("Security Light 100 Watt", "light"), ROUND_UP),
        ),
    ),
    Layout(
        name="Tri-County", meters=ONE, negative="({})", traps=("cutoff", "history", "stub"), place="page 2",
        sections=(
            section("Charges", charge("Customer Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.0880"),
                    price("PCRF", "power_cost_adjustment", "kwh", "0.01200"), charge("Outdoor Light", "light"),
                    charge("City Tax", "tax_local")),
        ),
    ),
    Layout(
        name="C and L", keys=("Account Number", "Bill Date", "Past Due After", "Service Period"),
        meters=ONE, due="Net Amount Due",
        traps=("late",),
        sections=(
            section("Billing Details", charge("Service Availability", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.0790"),
                    charge("Fuel Cost Adjustment and TO/RTO Rider", "power_cost_adjustment", "-4.00", "9.00"),
                    charge("Cost of Debt Adjustment", "power_cost_adjustment", "-2.00", "2.00"),
                    charge("State Tax", "tax_state"),
                    charge("Franchise Tax", "franchise_fee")),
        ),
    ),
    Layout(
        name="Benton", meters=ONE, services=("electric", "internet"), traps=("self read", "history"),
        sections=(
            section("Electric Service", charge("Facilities Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.0740")),
            section("PowerNET", charge("PowerNET Internet Service", "internet", "59.95", "59.95")),
        ),
    ),
    Layout(
        name="Kankakee Valley", meters=ONE, traps=("comparison", "messages", "stub"), keys_style="over",
        sections=(
            section("Account Details", charge("Service Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.1340"),
                    charge("Billing Adjustment", "adjustment", "-9.00", "9.00"), charge("State Tax", "tax_state")),
        ),
    ),
    Layout(
        name="Runestone", meters=ONE, traps=("savings", "history", "member"), dates="%m/%d/%y",
        sections=(
            section("", charge("Basic Charge", "fixed_charge"), price("Energy Charge", "energy", "kwh", "0.1150"),
                    price("Power Cost Adjustment", "power_cost_adjustment", "kwh", "0.00200"), ROUND_UP),
        ),
    ),
    Layout(
        name="Controlled heat", traps=("stub",), use="kwh",
        meters=(MeterSpec(number="10023"), MeterSpec(number="20047", of="sub")),
        sections=(
            section("Charges", charge("Service Charge", "fixed_charge"),
                    price("General Energy", "energy", "main less sub", "0.1180"),
                    price("Controlled Heat Energy", "load_control", "sub", "0.0580")),
        ),
    ),
    Layout(
        name="Rice Lake", services=("electric", "water", "sewer"), use="", meters=ONE, traps=("stub",),
        product="none",
        sections=(
            section("", charge("ELECTRIC EL-RG-1 Single Res.", "energy", "60.00", "90.00"),
                    charge("PCAC", "power_cost_adjustment", "-2.00", "4.00"),
                    charge("WATER", "water_usage"), charge("SEWER", "sewer")),
        ),
    ),
    Layout(
        name="Norwood", meters=ONE, traps=("net and gross",),
        meter_heads=("Meter Number", "Previous", "Present", "", "KWHR"),
        due="Net Amount Due",
        sections=(
            section("", charge("Customer Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.1010"),
                    charge("Lost Discount", "late_fee", "2.00", "5.00")),
        ),
    ),
    Layout(
        name="Duke", product="under", meters=ONE, dates="%b %d, %Y", place="right", traps=("messages",),
        sections=(
            section("Billing details - Electric", charge("Customer Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.08110"),
                    price("Fuel Charge", "power_cost_adjustment", "kwh", "0.03520"),
                    charge("Gross Receipts Tax", "gross_receipts_tax")),
        ),
    ),
    Layout(
        name="Mississippi Power", meters=(MeterSpec(number="8812345", multiplier=1),),
        meter_style="dated", traps=("messages", "stub"),
        sections=(
            section("Current Service", charge("Base Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.0610"),
                    price("Fuel Charge", "power_cost_adjustment", "kwh", "0.0310"),
                    charge("Environmental Charge", "program"),
                    charge("Sales Tax", "tax_sales")),
        ),
    ),
    Layout(
        name="Price change within the period", meters=ONE, traps=("stub",),
        sections=(
            section("Electric Charges", charge("Customer Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "part", "0.0990"),
                    price("Energy Charge", "energy", "rest", "0.1040"), TAX),
        ),
    ),
)  # fmt: skip

LAYOUTS = SOUTHEAST + ELSEWHERE
"""Every layout once."""
