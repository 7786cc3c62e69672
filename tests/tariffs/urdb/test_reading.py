"""Fields of records of all versions, read and priced by hand on a flat load."""

from __future__ import annotations

import copy
import csv
import gzip
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from tariffs.urdb.made_records import LABEL, PLAIN, ZONE, examined, made
from tariffs.urdb.priced import of_tariff, year_of

from meterbook.model.errors import InputError, MalformedRecord, UsageError
from meterbook.model.tariff import Demand, Energy, Export, Fixed, Minimum, Ratchet, Reactive, Rider, plain
from meterbook.tariffs.checking import problems
from meterbook.tariffs.inputs import Account
from meterbook.tariffs.urdb import Options, only, read, records, with_words
from meterbook.tariffs.urdb.record import Record

KWH = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) * 24.0
"""Of one kW all year."""
ONE_KW = np.full(8760, 10_000, np.int64)


def priced(record: dict[str, Any], account: Account | None = None, **options: Any) -> np.ndarray[Any, Any]:
    """Twelve bills of one kW all year."""
    tariff = examined(record, dates="always", **options).tariff
    assert list(problems(tariff)) == []
    return of_tariff(tariff, "home, hourly", delivered=ONE_KW, account=account)


def charge(record: dict[str, Any], kind: type[Any], **options: Any) -> Any:
    """The first charge of a kind."""
    return next(one for one in examined(record, **options).tariff.versions[0].charges if isinstance(one, kind))


def test_a_price_is_rate_and_adjustment_and_says_so() -> None:
    record = made(energyratestructure=[[{"rate": 0.0687, "adj": 0.008376, "unit": "kWh"}]])
    figure = charge(record, Energy).rates[0].rate
    assert figure.value == Decimal("0.077076")
    assert figure.how == "energyratestructure[0][0]: rate 0.0687 + adj 0.008376"
    np.testing.assert_allclose(priced(record), 10 + KWH * 0.077076)


def test_an_adjustment_alone_is_a_price() -> None:
    np.testing.assert_allclose(priced(made(energyratestructure=[[{"adj": 0.05}]])), 10 + KWH * 0.05)


def test_the_record_is_not_changed() -> None:
    record = made(
        lookbackmonths=[True] * 12, lookbackpercent=0.5, flatdemandstructure=[[{"rate": 1}]], flatdemandmonths=[0] * 12
    )
    before = copy.deepcopy(record)
    read(record, zone=ZONE)
    assert record == before


def test_older_names_are_read_where_the_newer_are_missing() -> None:
    older = made(
        fixedchargefirstmeter=None, fixedchargeunits=None, fixedmonthlycharge=12, minmonthlycharge=100, dgrules=None,
        usenetmetering=True,
    )  # fmt: skip
    np.testing.assert_allclose(priced(older), np.maximum(12 + KWH * 0.1, 100))
    assert charge(older, Export).scheme == "net-metering"
    assert charge(made(fixedmonthlycharge=99), Fixed).amount.value == 10
    assert charge(made(dgrules=None, usenetmetering=False), Energy).of == "delivered"


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("$/month", np.full(12, 10.0)),
        ("$/day", KWH / 24 * 10),
        ("$/year", np.full(12, 10 / 12)),
    ],
)
def test_fixed_charges_are_by_the_month_the_day_or_the_year(unit: str, expected: Any) -> None:
    np.testing.assert_allclose(priced(made(fixedchargeunits=unit)) - KWH * 0.1, expected, atol=1e-7)


def test_further_meters_pay_their_own_charge() -> None:
    record = made(fixedchargeeaaddl=4)
    np.testing.assert_allclose(priced(record) - KWH * 0.1, 10)
    np.testing.assert_allclose(priced(record, Account(meters=3)) - KWH * 0.1, 18)


def test_minimums_are_of_the_month_the_day_or_the_year() -> None:
    plainly = 10 + KWH * 0.1
    np.testing.assert_allclose(priced(made(mincharge=84, minchargeunits="$/month")), np.maximum(plainly, 84))
    np.testing.assert_allclose(priced(made(mincharge=3, minchargeunits="$/day")), np.maximum(plainly, KWH / 24 * 3))
    yearly = priced(made(mincharge=2000, minchargeunits="$/year"))
    np.testing.assert_allclose(yearly[:11], plainly[:11])
    assert yearly.sum() == pytest.approx(2000)
    assert charge(made(annualmincharge=500), Minimum).settle == "year"


def test_fuel_adjustments_are_a_rider_by_month_of_every_year() -> None:
    values = [0.001 * month for month in range(12)]
    record = made(fueladjustmentsmonthly=values)
    np.testing.assert_allclose(priced(record), 10 + KWH * (0.1 + np.array(values)), rtol=1e-9)
    assert charge(record, Rider).values[3].months == [4]
    assert priced(record, leave_out=frozenset({"fuel"})).sum() == pytest.approx((10 + KWH * 0.1).sum())


def test_demand_by_month_by_period_and_in_tiers() -> None:
    flat = made(
        flatdemandstructure=[[{"max": 0.4, "rate": 5}, {"rate": 3, "adj": 1}], [{"rate": 7}]],
        flatdemandmonths=[0] * 6 + [1] * 6,
    )
    expected = 10 + KWH * 0.1 + np.array([0.4 * 5 + 0.6 * 4] * 6 + [7.0] * 6)
    np.testing.assert_allclose(priced(flat), expected)
    on_peak = [[0] * 8 + [1] * 8 + [0] * 8] * 12
    tou = made(
        demandratestructure=[[{"rate": 0}], [{"rate": 9}]],
        demandweekdayschedule=on_peak,
        demandweekendschedule=[[0] * 24] * 12,
    )
    np.testing.assert_allclose(priced(tou), 10 + KWH * 0.1 + 9)


def test_units_are_no_sign_of_a_charge() -> None:
    record = made(
        flatdemandunit="kVA", demandrateunit="hp", coincidentrateunit="kW", flatdemandstructure=[[{"unit": "kVA"}]]
    )
    assert not [one for one in examined(record).tariff.versions[0].charges if isinstance(one, Demand)]


def test_the_demand_interval_is_the_records_then_an_options_then_fifteen_minutes_or_the_readings_own() -> None:
    flat = {"flatdemandstructure": [[{"rate": 5}]], "flatdemandmonths": [0] * 12}
    assert [charge(made(**flat), Demand).minutes, charge(made(**flat), Demand).coarse] == [15, True]
    assert [
        charge(made(**flat, demandwindow=30), Demand).minutes,
        charge(made(**flat, demandwindow=30), Demand).coarse,
    ] == [30, False]
    assert charge(made(**flat), Demand, minutes=60).minutes == 60


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"lookbackpercent": 0.8, "lookbackrange": 6}, Ratchet(share=Decimal("0.8"), months=6)),
        ({"lookbackpercent": 80, "lookbackrange": 11}, Ratchet(share=Decimal("0.8"), months=11)),
        (
            {"lookbackPercent": 0.8, "lookbackMonths": [1, 1] + [0] * 10},
            Ratchet(share=Decimal("0.8"), of_months=[1, 2]),
        ),
        ({"lookbackpercent": 0.8}, Ratchet(share=Decimal("0.8"))),
        ({"demandratchetpercentage": [0.35] * 12}, Ratchet(share=Decimal("0.35"))),
        ({"demandratchetpercentage": [0.35] * 2 + [0] * 10}, Ratchet(share=Decimal("0.35"), of_months=[1, 2])),
        (
            {"demandratchetpercentage": [0.3, 0.4] + [0] * 10},
            Ratchet(
                share=Decimal("0.4"),
                by_month=[Decimal("0.3"), Decimal("0.4"), *[Decimal(0)] * 10],
                month_of="demand",
            ),
        ),
    ],
)
def test_ratchets_of_three_versions(fields: dict[str, Any], expected: Ratchet) -> None:
    record = made(flatdemandstructure=[[{"rate": 5}]], flatdemandmonths=[0] * 12, **fields)
    assert charge(record, Demand).ratchet == expected


def test_a_ratchet_of_no_month_is_none_and_it_is_said() -> None:
    record = made(
        flatdemandstructure=[[{"rate": 5}]], flatdemandmonths=[0] * 12, lookbackpercent=0.5, lookbackmonths=[False] * 12
    )
    assert charge(record, Demand).ratchet is None
    assert "lookbackmonths" in [remark.field for remark in examined(record).oddities]


def test_a_range_beats_months_and_it_is_said() -> None:
    record = made(
        flatdemandstructure=[[{"rate": 5}]], flatdemandmonths=[0] * 12, lookbackpercent=0.5, lookbackrange=3,
        lookbackmonths=[True] * 12,
    )  # fmt: skip
    assert charge(record, Demand).ratchet == Ratchet(share=Decimal("0.5"), months=3)
    assert "lookbackmonths" in [remark.field for remark in examined(record).oddities]


def test_coincident_demand_asks_for_the_hours_and_is_priced_with_them() -> None:
    record = made(coincidentratestructure=[[{"rate": 2}]], coincidentschedule=[[0] * 24] * 12)
    with pytest.raises(InputError, match="hour of the supplier's peak"):
        priced(record)
    assert charge(record, Demand).coincident
    assert priced(record, leave_out=frozenset({"coincident"})).sum() == pytest.approx((10 + KWH * 0.1).sum())


def test_reactive_demand_asks_for_readings_of_it() -> None:
    record = made(demandreactivepowercharge=0.5)
    assert plain(charge(record, Reactive).rate) == Decimal("0.5")
    with pytest.raises(InputError, match="reactive"):
        priced(record)


@pytest.mark.parametrize(
    ("rules", "scheme", "of"),
    [
        ("Net Metering", "net-metering", "net"),
        ("Net Billing", "net-billing", "delivered"),
        ("Net Billing Instantaneous", "net-billing", "delivered"),
        ("Net Billing Hourly", "net-billing", "delivered"),
        ("Buy All Sell All", "buy-all", "delivered"),
        (None, "net-metering", "net"),
    ],
)
def test_rules_of_generation(rules: str | None, scheme: str, of: str) -> None:
    record = made(dgrules=rules, energyratestructure=[[{"rate": 0.1, "sell": 0.03}]])
    assert (charge(record, Export).scheme, charge(record, Energy).of) == (scheme, of)
    said = " ".join(examined(record).conventions)
    assert ("does not say" in said) == (rules is None)


def test_who_may_be_on_it_and_where_it_is_from() -> None:
    record = made(
        peakkwcapacitymin=20, peakkwcapacitymax=200, peakkwhusagemin=5, voltageminimum=2000, phasewiring="3-Phase",
        source="https://example.org/sheet.pdf", latest_update="2019-03-25 15:25:37", uri=f"https://example.org/{LABEL}",
        energyattrs=[{"Voltage discount": "$-0.001/kWh"}], description="Minimum of $5.\r\nSee the rider.",
    )  # fmt: skip
    reading = examined(record)
    able = reading.tariff.eligibility
    assert able is not None
    assert (able.classes, able.kw_min, able.kw_max, able.kwh_min) == (["residential"], 20, 200, 5)
    assert "at least volts: 2000" in (able.note or "")
    assert reading.tariff.sources["urdb"].date == "2019-03-25"
    assert reading.tariff.sources["sheet"].page == "https://example.org/sheet.pdf"
    assert "Voltage discount $-0.001/kWh" in (reading.tariff.versions[0].note or "")
    assert {"description", "energyattrs"} <= {remark.field for remark in reading.oddities}


def test_older_eligibility_in_horsepower_is_kept_as_words() -> None:
    able = examined(made(mindemand=5, maxdemand=50, demandunits="hp")).tariff.eligibility
    assert able is not None
    assert able.kw_min is None
    assert "5 to 50 hp" in (able.note or "")


def test_a_label_may_be_an_object_id_or_stand_in_the_address() -> None:
    assert Record(made(label=None, _id={"$oid": "abc"})).label == "abc"
    assert Record(made(label=None, uri="https://example.org/view/def")).label == "def"


@pytest.mark.parametrize(
    "value", [1577836800, 1577836800.0, "1577836800", "2020-01-01 00:00:00", "2020-01-01", "1/1/2020"]
)
def test_days_are_seconds_or_texts(value: Any) -> None:
    assert examined(made(startdate=value)).tariff.versions[0].start == date(2020, 1, 1)


def test_prices_may_hold_always() -> None:
    (version,) = examined(made(enddate=1609459200), dates="always").tariff.versions
    assert (version.start, version.end) == (date(1900, 1, 1), None)
    (version,) = examined(made(enddate=1609459200)).tariff.versions
    assert (version.start, version.end) == (date(2020, 1, 1), date(2021, 1, 1))


def test_hours_may_be_of_standard_time() -> None:
    assert examined(made(), clock="standard").tariff.zone == "Etc/GMT+5"
    assert read(made(), Options(zone="Australia/Sydney", clock="standard")).zone == "Etc/GMT-10"


def test_what_was_taken_is_told_in_the_note() -> None:
    record = made(
        energyratestructure=[[{"max": 5, "rate": 0.1}, {"rate": 0.2}], [{"max": 5, "rate": 0.3}, {"rate": 0.4}]],
        energyweekdayschedule=[[0] * 12 + [1] * 12] * 12,
    )
    note = examined(record).tariff.note or ""
    assert "pooling=proportion" in note
    assert "clock=local" in note
    assert "pooling=time" in (examined(record, pooling="time").tariff.note or "")


def test_rows_of_the_bulk_file_are_read_as_records_are() -> None:
    names = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    months = {f"flatDemandMonth_{name}": 0 for name in names}
    row = {
        "label": LABEL, "utility": "Invented Electric Coop", "name": "Schedule A", "sector": "Residential",
        "startdate": "2020-01-01 00:00:00", "dgrules": "Net Metering", "fixedchargefirstmeter": "10",
        "fixedchargeunits": "$/month", "energyratestructure/period0/tier0max": "100",
        "energyratestructure/period0/tier0rate": "0.1", "energyratestructure/period0/tier0unit": "kWh",
        "energyratestructure/period0/tier1rate": "0.2", "energyratestructure/period0/tier1adj": "0.01",
        "energyratestructure/period0/tier1unit": "kWh", "energyratestructure/period1/tier0rate": "",
        "energyweekdayschedule": str([[0] * 24] * 12), "energyweekendschedule": str([[0] * 24] * 12),
        "flatdemandstructure/period0/tier0rate": "5", "eiaid": "14328.0", **months,
    }  # fmt: skip
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    nested = made(
        energyratestructure=[[{"max": 100, "rate": 0.1, "unit": "kWh"}, {"rate": 0.2, "adj": 0.01, "unit": "kWh"}]],
        flatdemandstructure=[[{"rate": 5}]],
        flatdemandmonths=[0] * 12,
        eiaid="14328.0",
    )
    flat = only(text.getvalue().encode(), "usurdb.csv")
    assert examined(flat).tariff == examined(nested).tariff


def test_a_file_may_hold_one_record_a_list_or_an_answer_and_numbers_keep_their_digits() -> None:
    text = json.dumps(PLAIN).replace("0.1", "0.10000000000000000001")
    for whole in (text, f"[{text}]", f'{{"items": [{text}]}}'):
        (record,) = records(whole.encode(), "x.json")
        assert charge(record, Energy).rates[0].rate.value == Decimal("0.10000000000000000001")
    two = json.dumps([PLAIN, PLAIN | {"label": "b" * 24}]).encode()
    with pytest.raises(InputError, match="2 records"):
        only(two, "x.json")
    assert only(two, "x.json", "b" * 24)["label"] == "b" * 24


def test_the_bulk_file_may_be_packed_and_is_read_row_by_row() -> None:
    rows = "label,energyratestructure/period0/tier0rate\n" + "".join(f"{number:024x},0.1\n" for number in range(3000))
    packed = gzip.compress(rows.encode())
    assert only(packed, "usurdb.csv.gz", f"{2999:024x}")["energyratestructure/period0/tier0rate"] == "0.1"
    with pytest.raises(InputError, match="3,000 records"):
        only(packed, "usurdb.csv.gz")
    with pytest.raises(InputError, match="not there"):
        only(packed, "usurdb.csv.gz", "f" * 24)
    with pytest.raises(InputError, match="unpacked"):
        only(packed[:-9], "usurdb.csv.gz")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{", b"[1]", b"a,b\n1,2\n", b'{"items": []}', b"[" * 100_000])
def test_what_is_no_record_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        only(content, "x")


def test_options_by_words_are_checked() -> None:
    options = with_words(Options(zone=ZONE), ["pooling=time", "leave-out=reactive,coincident", "minutes=30"])
    assert (options.pooling, options.minutes) == ("time", 30)
    assert options.leave_out == {"reactive", "coincident"}
    for word in ("pooling=often", "colour=red", "leave-out=everything", "minutes=7"):
        with pytest.raises(UsageError):
            with_words(Options(zone=ZONE), [word])
    with pytest.raises(InputError, match="zone"):
        read(made())


def test_a_cell_that_is_no_number_is_named() -> None:
    with pytest.raises(MalformedRecord) as caught:
        examined(made(energyratestructure=[[{"rate": "a lot"}]]))
    assert "energyratestructure[0][0].rate" in str(caught.value)


def test_a_load_is_laid_on_the_year_of_sam() -> None:
    start, end, step = year_of(ONE_KW)
    assert (end - start, step) == (365 * 86_400, 3600)
