"""Bills of utilities as their own pages describe them: wording, order and what misleads; amounts invented."""

from __future__ import annotations

from layout_words import Item, Layout, MeterSpec, Section, charge, price

ONE = (MeterSpec(number="00421973"),)
TAX = Item(label="NC Sales Tax", kind="tax_sales", of="tax", rate="0.07")
ROUND_UP = charge("Operation Round Up", "round_up", "0.01", "0.99")


def section(title: str, *items: Item, total: str = "") -> Section:
    return Section(title=title, items=items, total=total)


SOUTHEAST = (
    Layout(
        name="Carteret-Craven", meters=ONE, traps=("stub", "history", "messages"), product="x",
        sections=(
            section(
                "Current Charges Detail", price("Energy Charge", "energy", "kwh", "0.10950", hides="27.00"),
                price("WholesalePower/Fuel Cost Adj.", "power_cost_adjustment", "kwh", "-0.00600"),
                charge("Renewable & EE Mandate", "renewable_mandate", "0.60", "1.90"), TAX, ROUND_UP,
            ),
        ),
    ),
    Layout(
        name="Carteret-Craven with water", meters=(*ONE, MeterSpec(number="77120045", of="gal", unit="gal")),
        meter_heads=("Meter Number", "Previous", "Present", "Multiplier", "Usage"), traps=("stub",),
        services=("electric", "water"), use="",
        sections=(
            section("Electric Service", charge("Facilities Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.0985"), total="Total Electric Service"),
            section("Town Water Service", charge("Water Service Charge", "fixed_charge"),
                    price("Water Usage Charge", "water_usage", "gal", "0.00450"), total="Total Town Water Service"),
        ),
    ),
    Layout(
        name="South River", meters=ONE, place="page 2", traps=("history", "comparison", "stub"),
        activity=("Previous Balance", "Payment Received", ""),
        sections=(
            section("Electric Charges", charge("Grid Access", "fixed_charge"),
                    price("Energy", "energy", "kwh", "0.1012"),
                    price("WPCA", "power_cost_adjustment", "kwh", "0.00310"),
                    charge("Renewable Energy Charge", "renewable_mandate", "0.50", "1.50"), TAX,
                    charge("OPRU", "round_up", "0.01", "0.99")),
        ),
    ),
    Layout(
        name="Jones-Onslow", meters=ONE, traps=("group", "stub"),
        sections=(
            section("", charge("Facilities Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.1190"),
                    price("Wholesale Power Tier Adjustment (WPTA)", "power_cost_adjustment", "kwh", "-0.00450"),
                    TAX),
        ),
    ),
    Layout(
        name="Brunswick", meters=ONE, meter_style="list", keys_style="inline", dates="%b %d, %Y",
        sections=(
            section("Details of Charges", charge("Base Facility Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.1121"),
                    price("Wholesale Power Cost Adjustment (WPCA)", "power_cost_adjustment", "kwh", "0.00980"),
                    TAX),
        ),
    ),
    Layout(
        name="Tideland", meters=ONE, meter_style="none", product="none", use="", traps=("stub", "late", "messages"),
        sections=(
            section("", charge("Basic Facilities Charge", "fixed_charge"),
                    charge("Electric Charge", "energy", "40.00", "190.00"),
                    charge("NC REPS", "renewable_mandate", "0.40", "1.20"), TAX),
        ),
    ),
    Layout(
        name="Pee Dee", meters=ONE, place="right", traps=("stub",), rate=("Rate:", "RES-1"),
        activity=("Previous Amount Due", "Payments Received", ""),
        current="Current Charges", product="none", use="kwh",
        sections=(
            section("Current Charges Detail", charge("Base Facility Charge", "fixed_charge"),
                    charge("Energy Charge", "energy", "50.00", "200.00"),
                    charge("Fuel Factor", "power_cost_adjustment", "-8.00", "8.00"),
                    charge("NC Renewable Energy Charge", "renewable_mandate", "0.50", "1.50"),
                    charge("(Outdoor Light)", "light"),
                    charge("Tax - State", "tax_state"), charge("Care To Share", "round_up", "1.00", "2.00")),
        ),
    ),
    Layout(
        name="Union Power levelized", meters=ONE, budget=True, traps=("budget balance",),
        sections=(
            section("", charge("Basic Facilities Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.1073"), TAX),
        ),
    ),
    Layout(
        name="Blue Ridge Energy unbundled", meters=ONE, traps=("comparison", "stub"), product="columns",
        sections=(
            section("Unbundled Charges", charge("Grid Service Charge", "fixed_charge"),
                    price("Distribution Charge", "delivery", "kwh", "0.03120"),
                    price("Energy Charge", "energy", "kwh", "0.06560"), TAX),
        ),
    ),
    Layout(
        name="Pedernales", keys=("Account #", "Bill Date", "Due Date", "Service Period"), meters=ONE, product="x",
        traps=("stub", "messages"),
        sections=(
            section("Electric Service", charge("Service Availability Charge", "fixed_charge"),
                    price("Delivery Charge", "delivery", "kwh", "0.022546"),
                    price("Base Power Cost", "energy", "kwh", "0.064800"),
                    price("TCOS Pass-Through Charge", "delivery", "kwh", "0.018930"),
                    price("Power Cost Adjustment (PCA)", "power_cost_adjustment", "kwh", "-0.003500"),
                    charge("Auto Pay Credit", "credit_autopay", "-1.50", "-1.00"),
                    charge("Paperless Billing Credit", "credit_paperless", "-1.00", "-0.50"),
                    charge("Power of Change", "round_up", "0.01", "0.99")),
        ),
    ),
    Layout(
        name="Pedernales time of use", keys=("Account #", "Bill Date", "Due Date", "Service Period"),
        meters=ONE, use="kwh",
        sections=(
            section("Electric Service", charge("Service Availability Charge", "fixed_charge"),
                    price("Base Power Cost - Peak", "energy", "peak", "0.161800"),
                    price("Base Power Cost - Off-Peak", "energy", "off", "0.044210"),
                    charge("Franchise Fee", "franchise_fee", "1.00", "4.00")),
        ),
    ),
    Layout(
        name="Cobb", keys_style="first", negative="$-{}", meters=ONE, activity=("Previous Balance",
        "Payments Received", ""),
        current="Current Charges", due="Amount Due", product="none",
        sections=(
            section("", charge("Service Charge", "fixed_charge"),
                    charge("Energy Charge", "energy", "40.00", "180.00"),
                    charge("Wholesale Power Adjustment (WPA)", "power_cost_adjustment", "-6.00", "6.00"),
                    Item(label="Sales Tax", kind="tax_sales", of="tax", rate="0.06"), ROUND_UP),
        ),
    ),
    Layout(
        name="Central Georgia", meters=ONE, meter_style="none", product="none", use="",
        sections=(
            section("", charge("Usage", "energy", "60.00", "240.00"),
                    charge("Wholesale Power Cost Adjustment", "power_cost_adjustment", "-9.00", "9.00"),
                    charge("State Tax", "tax_state"), charge("County Tax", "tax_local"),
                    charge("Yard Light", "light"),
                    charge("Surge Protection", "", "5.95", "5.95")),
        ),
    ),
    Layout(
        name="Southern Rivers", meters=ONE, traps=("cutoff", "late", "history"), product="none",
        sections=(
            section("", charge("Energy Charges", "energy", "60.00", "240.00"),
                    charge("PCA", "power_cost_adjustment", "-9.00", "9.00"),
                    charge("Sales Tax", "tax_sales"), charge("Yard Light", "light"), ROUND_UP),
        ),
    ),
    Layout(
        name="Mitchell", meters=(MeterSpec(number="63118", multiplier=1),),
        product="none", traps=("late", "member"),
        keys=("Account", "Bill Date", "Due Date", "From-Service-To"), keys_style="over",
        sections=(
            section("", charge("Energy", "energy", "60.00", "240.00"), charge("Yard Light", "light"),
                    charge("Sales Tax", "tax_sales")),
        ),
    ),
    Layout(
        name="Blue Ridge Mountain", meters=ONE, traps=("comparison", "past due", "stub"),
        sections=(
            section("Location 1", charge("Customer Charge", "fixed_charge"),
                    price("Energy Charge", "energy", "kwh", "0.0922"),
                    charge("State Tax", "tax_state"), charge("Late Charge", "late_fee", "4.00", "9.00")),
        ),
    ),
    Layout(
        name="Mountain View", place="page 2", keys=("Account #", "Bill Date", "", "Billing Period"), meters=ONE,
        meter_style="list", meter_heads=("Meter Number", "Prior Reading", "Present Reading", "", "kWh Use"),
        traps=("history", "draft", "member"), product="none", current="Current Charges",
        sections=(
            section("Current Bill Information", charge("Energy", "energy", "40.00", "160.00"),
                    charge("Grid Access", "fixed_charge"),
                    charge("Ach Bank Draft Credit", "credit_autopay", "-0.50", "-0.50"),
                    charge("Paperless Credit", "credit_paperless", "-0.50", "-0.50"),
                    charge("Operation Round Up Fund", "round_up", "0.01", "0.99")),
        ),
    ),
    Layout(
        name="CORE", meters=(MeterSpec(number="55220011", multiplier=10, of="days"),),
        place="right", use="", product="none",
        meter_heads=("Meter Number", "Previous", "Present", "Multiplier", "Usage"), meter_style="none",
        sections=(
            section("Current Charges", charge("Service Charge", "fixed_charge"),
                    charge("Energy Charge", "energy", "40.00", "160.00"),
                    charge("Franchise Fee", "franchise_fee")),
        ),
    ),
)  # fmt: skip
"""Co-ops of the Carolinas, Georgia and Texas, mostly."""
