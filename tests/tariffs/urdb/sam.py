"""NREL's SAM (PySAM) on a record, by a mapping of our own into its inputs.

PySAM's own conversion changes the record it is given, spreads ``lookbackpercent`` over all months whatever
``lookbackmonths`` says, leaves the metering option unset for "Net Billing", and knows only names of version 8; so the
inputs are set here, straight from the record and by another way than our reader takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NO_LIMIT = 1e38
UNITS = {"kwh": 0, "kwh/kw": 1, "kwh daily": 2, "kwh/kw daily": 3}
METERING = {
    "Net Metering": 0,
    "Net Billing Instantaneous": 2,
    "Net Billing Hourly": 2,
    "Net Billing": 2,
    "Buy All Sell All": 4,
}
DAYS_A_MONTH = 365 / 12
ONES = [[1] * 24] * 12


@dataclass(frozen=True, kw_only=True)
class SamBill:
    """A year's bill: twelve months and their sum, dollars."""

    months: NDArray[np.float64]

    @property
    def year(self) -> float:
        return float(self.months.sum())


def sam(
    record: Mapping[str, Any],
    kw: NDArray[np.float64],
    *,
    made: NDArray[np.float64] | None = None,
    metering: int | None = None,
) -> SamBill:
    """What SAM bills for a year of load.

    Args:
        record: fields of a record.
        kw: 8,760 or 35,040 averages of power drawn.
        made: power made behind the meter, kW; with it the bill is that of the load less what is made.
        metering: option for energy sent back, instead of the record's.
    """
    from PySAM import Utilityrate5

    model = Utilityrate5.new()
    rates = model.ElectricityRates
    for name, value in _inputs(record).items():
        setattr(rates, name, value)
    if metering is not None:
        rates.ur_metering_option = metering
    for name in (
        "ur_nm_yearend_sell_rate",
        "ur_nm_credit_rollover",
        "ur_sell_eq_buy",
        "ur_en_ts_sell_rate",
        "ur_en_ts_buy_rate",
    ):
        setattr(rates, name, 0)
    rates.ur_nm_credit_month = 11
    rates.rate_escalation = [0]
    model.Lifetime.system_use_lifetime_output = 0
    model.Lifetime.analysis_period = 1
    model.Lifetime.inflation_rate = 0
    model.SystemOutput.degradation = [0]
    model.SystemOutput.gen = [0.0] * len(kw) if made is None else made.tolist()
    model.Load.load = kw.tolist()
    model.Load.load_escalation = [0]
    model.execute()
    months = (
        model.Outputs.year1_monthly_utility_bill_wo_sys
        if made is None
        else model.Outputs.year1_monthly_utility_bill_w_sys
    )
    return SamBill(months=np.array(months))


def _inputs(record: Mapping[str, Any]) -> dict[str, Any]:
    found = _energy(record) | _fixed(record) | _demand(record)
    found["ur_metering_option"] = METERING[record.get("dgrules", "Net Metering")]
    return found | _ratchet(record, found)


def _energy(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ur_ec_tou_mat": [
            [
                period,
                tier,
                cells.get("max", NO_LIMIT),
                UNITS[cells.get("unit", "kWh").lower()],
                _price(cells),
                cells.get("sell", 0),
            ]
            for period, tiers in enumerate(record["energyratestructure"], start=1)
            for tier, cells in enumerate(tiers, start=1)
        ],
        "ur_ec_sched_weekday": _from_one(record["energyweekdayschedule"]),
        "ur_ec_sched_weekend": _from_one(record["energyweekendschedule"]),
    }


def _fixed(record: Mapping[str, Any]) -> dict[str, Any]:
    amount = record.get("fixedchargefirstmeter", record.get("fixedmonthlycharge", 0))
    least, unit = record.get("mincharge", record.get("minmonthlycharge", 0)), record.get("minchargeunits", "$/month")
    return {
        "ur_monthly_fixed_charge": amount * _a_month(record.get("fixedchargeunits", "$/month")),
        "ur_monthly_min_charge": 0 if unit == "$/year" else least * _a_month(unit),
        "ur_annual_min_charge": least if unit == "$/year" else record.get("annualmincharge", 0),
    }


def _demand(record: Mapping[str, Any]) -> dict[str, Any]:
    flat, periods = record.get("flatdemandstructure"), record.get("demandratestructure")
    months = record.get("flatdemandmonths", [0] * 12)
    return {
        "ur_dc_enable": int(bool(flat or periods)),
        "ur_dc_flat_mat": [
            [month, tier, cells.get("max", NO_LIMIT), _price(cells)]
            for month in range(12)
            for tier, cells in enumerate(flat[months[month]] if flat else [{"rate": 0}], start=1)
        ],
        "ur_dc_tou_mat": [
            [period, tier, cells.get("max", NO_LIMIT), _price(cells)]
            for period, tiers in enumerate(periods or [[{"rate": 0}]], start=1)
            for tier, cells in enumerate(tiers, start=1)
        ],
        "ur_dc_sched_weekday": _from_one(record["demandweekdayschedule"]) if periods else ONES,
        "ur_dc_sched_weekend": _from_one(record["demandweekendschedule"]) if periods else ONES,
    }


def _ratchet(record: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """SAM's look-back: for each month the percentage that its peak counts for later, and how many months count."""
    share = record.get("lookbackpercent", 0)
    shares = [share * flag for flag in record.get("lookbackmonths", [True] * 12)]
    shares = list(record.get("demandratchetpercentage", shares))
    if not any(shares):
        return {"ur_enable_billing_demand": 0}
    periods = {int(row[0]) for row in found["ur_dc_tou_mat"]}
    return {
        "ur_enable_billing_demand": 1,
        "ur_billing_demand_minimum": 0,
        "ur_billing_demand_lookback_period": int(record.get("lookbackrange", 11)),
        "ur_billing_demand_lookback_percentages": [[100 * one, 1] for one in shares],
        "ur_dc_billing_demand_periods": [[period, 1] for period in sorted(periods)],
        "ur_yearzero_usage_peaks": [0.0] * 12,
    }


def _price(cells: Mapping[str, Any]) -> float:
    return float(cells.get("rate", 0)) + float(cells.get("adj", 0))


def _a_month(unit: str) -> float:
    return {"$/month": 1, "$/day": DAYS_A_MONTH, "$/year": 1 / 12}[unit]


def _from_one(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    return [[number + 1 for number in row] for row in rows]
