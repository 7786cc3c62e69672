"""ratebook 0.1.0 on what it can express: energy by the hour, each period its own tiers, fixed charges and minimums.

It asks for Python 3.12; on 3.11 it can be had with ``pip install --ignore-requires-python --no-deps ratebook``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from shared_data import needs_shared
from tariffs.urdb.priced import bills, home, record_of
from tariffs.urdb.test_peers import BY_SEASON, HOME, tiered

pytestmark = needs_shared

RECORDS: dict[str, dict[str, Any]] = {
    "seasons": BY_SEASON,
    "tiers of each period": tiered(500),
    "dollars a day": BY_SEASON | {"fixedchargefirstmeter": 1, "fixedchargeunits": "$/day"},
    "a minimum a month": BY_SEASON | {"mincharge": 120, "minchargeunits": "$/month"},
    "a minimum a year": BY_SEASON | {"mincharge": 2000, "minchargeunits": "$/year"},
    "daily tiers": tiered(15, "kWh daily"),
}


@pytest.mark.parametrize("name", [*RECORDS, "Jackson EMC"])
def test_ratebook_prices_the_same(name: str) -> None:
    peer = pytest.importorskip("ratebook", reason="ratebook is not installed here; it asks for Python 3.12")
    from ratebook.urdb import tariff_from_v8

    whole = {"label": "0" * 24, "utility": "X", "name": "X", "sector": "Residential"}
    record = record_of("5a0b2804") if name == "Jackson EMC" else whole | RECORDS[name]
    load = [Decimal(value) / 10_000 for value in home().tolist()]
    theirs = peer.estimate_annual(tariff_from_v8(record), load, 2018)
    assert theirs.ok
    assert bills(record, HOME, pooling="period").sum() == pytest.approx(float(theirs.total), rel=1e-9)
