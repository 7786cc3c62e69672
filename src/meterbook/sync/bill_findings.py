"""Findings about bills: kept while they hold, closed when they do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from meterbook.store.records import Records, SavedStatement
from meterbook.store.records.bill_merging import DIFFER


def keep_findings(records: Records, saved: Sequence[SavedStatement], *, utility: str, at: datetime) -> int:
    """Keep where the sources of bills differ, and close what is settled; how many findings are new.

    Args:
        records: the book's records.
        saved: what became of the bills that were told.
        utility: catalogue slug.
        at: now.
    """
    new = 0
    for account in {one.statement.account for one in saved}:
        mine = [one for one in saved if one.statement.account == account]
        stands = {(one.data["bill"], one.data["field"], one.data["other"]) for item in mine for one in item.findings}
        bills = {one.id for one in mine}
        settled = [
            stored.id
            for stored in records.findings(account=account, name=DIFFER, utility=utility, open_only=True)
            if stored.finding.data["bill"] in bills
            and (stored.finding.data["bill"], stored.finding.data["field"], stored.finding.data["other"]) not in stands
        ]
        if settled:
            records.close_findings(settled, at)
        found = [one for item in mine for one in item.findings]
        new += records.add_findings(None, account, found, None, at, utility=utility)
    return new
