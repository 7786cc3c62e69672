"""Missing intervals: whether a period is billed without them, and what its bill says of them."""

from __future__ import annotations

import numpy as np

from meterbook.model.errors import InputError
from meterbook.model.tariff import Version
from meterbook.tariffs.inputs import Usage
from meterbook.tariffs.plan import Plan


def completeness(plan: Plan, usage: Usage, number: int, version: Version) -> list[str]:
    """Notes on intervals of a period that are missing or estimated.

    Raises:
        InputError: the schedule is not billed without them.
    """
    span = plan.spans[number]
    low, high = plan.axis.place(span.start), plan.axis.place(span.end)
    notes = []
    if usage.missing is not None and (count := int(usage.missing[low:high].sum())):
        said = f"{count:,} of {high - low:,} intervals are missing"
        first = plan.axis.date_of(int(np.flatnonzero(usage.missing[low:high])[0]) + low)
        if usage.nothing:
            notes.append(f"{said} and count as nothing")
        elif "register" in (version.usage, version.missing) and span.has_register:
            notes.append(f"{said}; energy is what the register tells")
        else:
            raise _refusal(f"{said}, the first on {first}", version)
    if usage.estimated is not None and (count := int(usage.estimated[low:high].sum())):
        notes.append(f"{count:,} of {high - low:,} intervals are estimated")
    return notes


def _refusal(said: str, version: Version) -> InputError:
    if version.missing == "estimate":
        return InputError(
            f"{said}, and nobody estimated them",
            expected="readings whose missing intervals are filled and marked as estimated",
        )
    if version.missing == "register":
        return InputError(
            f"{said}, and what the register tells is not known",
            expected="the register's kWh of each period: --register KWH,KWH,…",
            hint="Or choose what to do with missing intervals: --missing estimate, or --missing zero.",
        )
    return InputError(
        said,
        expected="all intervals of the period",
        hint="Price other periods, or choose what to do with them: --missing estimate, or --missing zero.",
    )
