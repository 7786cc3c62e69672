"""Records made for tests: a plain one, and what others change in it."""

from __future__ import annotations

import copy
from typing import Any

from meterbook.tariffs.urdb import Options, Reading, examine

ZONE = "America/New_York"
ALL_DAY = [[0] * 24 for _ in range(12)]
LABEL = "5a0000000000000000000001"
PLAIN: dict[str, Any] = {
    "label": LABEL,
    "utility": "Invented Electric Coop",
    "name": "Schedule A",
    "sector": "Residential",
    "startdate": 1577836800,
    "dgrules": "Net Metering",
    "fixedchargefirstmeter": 10,
    "fixedchargeunits": "$/month",
    "energyratestructure": [[{"rate": 0.1, "unit": "kWh"}]],
    "energyweekdayschedule": ALL_DAY,
    "energyweekendschedule": ALL_DAY,
}


def made(**changes: Any) -> dict[str, Any]:
    """The plain record with changes; a field set to None is taken out."""
    record = copy.deepcopy(PLAIN) | changes
    return {name: value for name, value in record.items() if value is not None}


def examined(record: dict[str, Any], **options: Any) -> Reading:
    """A record read in an American zone."""
    return examine(record, Options(zone=ZONE, **options))


def odd_fields(record: dict[str, Any], **options: Any) -> list[str]:
    """Fields that are remarked on."""
    return [remark.field for remark in examined(record, **options).oddities]
