"""What a user may wish of a sync."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How far back and how much again.

    Attributes:
        settle_days: days behind the newest reading that are asked for again, since values still change.
        look_back_days: how far back a portal is searched when it does not say since when a location is connected.
        since: ask back to this local day regardless of what the search finds.
        gap_days: holes no older than this are asked for again, since a meter may fill them later.
        documents: whether bills are brought as documents too, which takes a request each.
        in_flight: windows asked side by side, where the catalogue's pace allows more.
    """

    settle_days: int = 7
    look_back_days: int = 5 * 365
    since: date | None = None
    gap_days: int = 35
    in_flight: int | None = None
    documents: bool = True
