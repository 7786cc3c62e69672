"""The portal's own marks on readings: estimated and edited. Pure.

Their shape is in no recording; two that suggest themselves are read, any other is said in a finding.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from meterbook.model.finding import Finding
from meterbook.model.quality import Quality
from meterbook.portals.smarthub import wire
from meterbook.portals.smarthub.points import Placed


def quality_marks(entry: wire.Entry, findings: list[Finding]) -> dict[str, dict[int, Quality]]:
    """The portal's marks by series name and wall second, where their shape is one that we can read."""
    marks: dict[str, dict[int, Quality]] = {}
    for raw, quality in ((entry.estimatedSeries, Quality.ESTIMATED), (entry.editedSeries, Quality.EDITED)):
        if raw is UNSET or bytes(raw) in (b"{}", b"null", b"[]"):
            continue
        named = _marked_points(bytes(raw))
        if named is None:
            message = f"the portal marks readings as {quality.label} in an unknown way; the marks were left out"
            findings.append(Finding(name="shape.unread-marks", message=message, data={"quality": quality.label}))
            continue
        for name, walls in named.items():
            marks.setdefault(name, {}).update(dict.fromkeys(walls, quality))
    return marks


def write_marks(quality: Any, placed: Placed, marks: dict[int, Quality] | None) -> None:
    """Write the portal's own marks over ACTUAL; what the clock could not tell stays marked as that."""
    for wall, mark in (marks or {}).items():
        quality[(placed.wall == wall) & (quality == Quality.ACTUAL)] = mark


def _marked_points(raw: bytes) -> dict[str, list[int]] | None:
    """Wall seconds by series name from ``{name: [{x, y}]}`` or ``{name: {data: [{x, y}]}}``; None for other shapes."""
    shapes: tuple[Any, ...] = (dict[str, list[wire.Point]], dict[str, wire.Series])
    for shape in shapes:
        try:
            named: dict[str, Any] = msgspec.json.decode(raw, type=shape)
        except msgspec.DecodeError:
            continue
        lists = {name: value if isinstance(value, list) else (value.data or []) for name, value in named.items()}
        if any(lists.values()):
            return {name: [point.x // 1000 for point in points] for name, points in lists.items()}
    return None
