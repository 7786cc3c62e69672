"""Validation: rules that look for trouble in readings. Pure: series in, findings out, nothing changed."""

from __future__ import annotations

from meterbook.analysis.vee.rules import ALL_RULES, Found, Rule, validate
from meterbook.analysis.vee.thresholds import DEFAULTS, Thresholds

__all__ = ["ALL_RULES", "DEFAULTS", "Found", "Rule", "Thresholds", "validate"]
