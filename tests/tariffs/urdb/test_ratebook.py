"""ratebook 0.1.0 on what it can express: energy by the hour, each period its own tiers, fixed charges and minimums.

It asks for Python 3.12; on 3.11 it can be had with ``pip install --ignore-requires-python --no-deps ratebook``.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from shared_data import needs_shared
from tariffs.urdb.priced import bills, home, record_of
from tariffs.urdb.test_peers import BY_SEASON, FILES, HOME, WITHOUT_ENERGY, WITHOUT_PRICE, tiered

from meterbook.model.errors import InputError

pytestmark = needs_shared

BY_THE_KW = "539f6a23ec4f024411ec8beb"
"""Its tiers are hours of use of a demand, without which they mean nothing."""

RECORDS: dict[str, dict[str, Any]] = {
    "seasons": BY_SEASON,
    "tiers of each period": tiered(500),
    "dollars a day": BY_SEASON | {"fixedchargefirstmeter": 1, "fixedchargeunits": "$/day"},
    "a minimum a month": BY_SEASON | {"mincharge": 120, "minchargeunits": "$/month"},
    "a minimum a year": BY_SEASON | {"mincharge": 2000, "minchargeunits": "$/year"},
    "daily tiers": tiered(15, "kWh daily"),
}


OF_DEMAND = ("demand", "flatdemand", "coincident", "lookback")
"""Beginnings of the fields of what it refuses."""


def without_demand(record: dict[str, Any]) -> dict[str, Any]:
    """A record's energy and fixed charge, the latter by the newer name, which alone it reads."""
    kept = {name: value for name, value in record.items() if not name.casefold().startswith(OF_DEMAND)}
    if "fixedmonthlycharge" in kept and "fixedchargefirstmeter" not in kept:
        kept |= {"fixedchargefirstmeter": kept["fixedmonthlycharge"], "fixedchargeunits": "$/month"}
    return kept


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem[25:60])
def test_ratebook_prices_the_energy_of_every_record_the_same_or_refuses_it_as_we_do(path: Path) -> None:
    peer = pytest.importorskip("ratebook", reason="ratebook is not installed here; it asks for Python 3.12")
    from ratebook.urdb import tariff_from_v8

    record = without_demand(json.loads(path.read_text(encoding="utf-8")))
    load = [Decimal(value) / 10_000 for value in home().tolist()]
    if record["label"] in (WITHOUT_PRICE, WITHOUT_ENERGY, BY_THE_KW):
        with pytest.raises(InputError):
            bills(record, HOME, pooling="period")
        with pytest.raises((ValueError, AssertionError)):
            assert peer.estimate_annual(tariff_from_v8(record), load, 2018).ok
        return
    theirs = peer.estimate_annual(tariff_from_v8(record), load, 2018)
    assert theirs.ok
    assert bills(record, HOME, pooling="period").sum() == pytest.approx(float(theirs.total), rel=1e-9)


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
