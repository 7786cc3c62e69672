"""Checks of bills: against the meter, against themselves, and against each other. Pure: bills and readings in,
findings out."""

from __future__ import annotations

from meterbook.analysis.bills.checks.agreement import Agreement, Standing
from meterbook.analysis.bills.checks.every import NAMES, Checked, check_bills
from meterbook.analysis.bills.checks.run import BillRun
from meterbook.analysis.bills.checks.told import BillFinding, Severity

__all__ = ["NAMES", "Agreement", "BillFinding", "BillRun", "Checked", "Severity", "Standing", "check_bills"]
