"""The table of utilities known only by their SmartHub portal: ``smarthub_hosts.tsv``.

Each row gives a host, a name, other names (the portal's too, parted by ``; ``), the state it is listed under, and
a zone where one is known: from a client that runs against the portal (``client``) or from the place of the head office
of a utility whose territory lies in one zone (``office``). No zone is derived from the state.
"""

from __future__ import annotations

import csv
from pathlib import Path

from meterbook.utilities.entry import About, Fact, PortalEntry, Source, Utility

TABLE = Path(__file__).with_name("smarthub_hosts.tsv")
TABLE_SOURCES = {
    "host-list": Source(
        title="Provider list of the solar-operator project",
        url="https://github.com/Garface111/solar-operator",
        date="2026-07",
    ),
    "clients": Source(title="Settings and reports of open SmartHub clients", url=None, date="2026"),
    "guides": Source(
        title="Public data access guides: the place of the head office",
        url="https://nectarclimate.com/utilities",
        date="2026-11",
    ),
}
_ZONE_SOURCES = {"client": "clients", "office": "guides"}


def light_entries() -> list[Utility]:
    """The table as catalogue entries with ``full=False``, in the table's order (by name)."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return [_entry(row) for row in csv.DictReader(lines, dialect="excel-tab", quoting=csv.QUOTE_NONE)]


def _entry(row: dict[str, str]) -> Utility:
    slug = row["host"].partition(".")[0]
    also = row["also"].split("; ") if row["also"] else []
    source = ["host-list", *([_ZONE_SOURCES[row["zone_source"]]] if row["zone"] else [])]
    return Utility(
        slug=slug,
        name=row["name"],
        short_name=next((name for name in also if name.isupper()), slug),
        also=also,
        states=[row["state"]] if row["state"] else [],
        zone=row["zone"] or None,
        portal=PortalEntry(
            name="SmartHub",
            vendor="smarthub",
            host=row["host"],
            product="NISC SmartHub",
            url=f"https://{row['host']}/",
            source=["host-list"],
        ),
        about=About(kind="telecom", source=["host-list"]) if row["kind"] == "telecom" else None,
        notes=[Fact(text=row["doubt"], source=["host-list"])] if row["doubt"] else [],
        sources={key: TABLE_SOURCES[key] for key in source},
        source=source,
        full=False,
        origin=TABLE.name,
    )
