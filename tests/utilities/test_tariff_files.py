"""Tariff files: the schema, what is shipped, the page that describes them, and what is wrong with line and column."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

import meterbook.model.tariff as model
from meterbook.book.schedules import problems_of
from meterbook.model.errors import InputError
from meterbook.tariffs.checking import problems
from meterbook.utilities import tariff_loader, tariff_schema
from meterbook.utilities.yaml_source import read_yaml

SCHEMA = Path(tariff_schema.__file__).with_name("tariff.schema.json")
SHIPPED = sorted(path for path in tariff_loader.SHIPPED.glob("*/*.yaml") if path.name != tariff_loader.RIDERS)
GOOD = """\
format: meterbook-tariff/1
utility: test
code: X
name: X
zone: America/New_York
seasons:
  s:
    hot: {months: [6, 7]}
    cold: {rest: true}
periods:
  p:
    on:
      - {days: [mon], start: "06:00", end: "09:00"}
    off: rest
versions:
  - start: 2025-01-01
    charges:
      - {charge: fixed, name: Base, amount: 10}
      - charge: energy
        name: Energy
        rates:
          - {season: hot, blocks: [{up_to: 500, rate: 0.1}, {rate: 0.2}]}
          - {season: cold, rate: 0.1}
      - {charge: percent, name: Tax, rate: 0.07, base: [Base]}
"""


def test_the_shipped_schema_is_the_one_that_the_types_make() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == tariff_schema.text(), (
        "run: python -m meterbook.utilities.tariff_schema > tariff.schema.json"
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_shipped_schedule_is_sound_and_keeps_to_the_schema(path: Path) -> None:
    tariff = tariff_loader.load(path)
    assert list(problems(tariff)) == []
    assert (tariff.utility, tariff.code) == (path.parent.name, path.stem)
    plain = read_yaml(path.read_bytes(), path.name, what="it", hint="").plain
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(plain)


def test_the_page_names_every_field_and_charge_and_shows_schedules_that_are_sound(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "docs" / "tariffs.md").read_text(encoding="utf-8")
    kinds = [model.Tariff, model.Version, model.Season, model.Holidays, model.Holiday, model.Window, model.Figure]
    kinds += [
        model.Source,
        model.Rate,
        model.Block,
        model.Ratchet,
        model.Dated,
        model.Rounding,
        *get_args(model.AnyCharge),
    ]
    named = set(re.findall(r"[a-z_]+", page))
    for kind in kinds:
        assert set(kind.__struct_fields__) - named == set(), kind.__name__
    assert {str(kind.__struct_config__.tag) for kind in get_args(model.AnyCharge)} <= set(re.findall(r"[a-z-]+", page))
    example, riders = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert list(problems(tariff_loader.parse(example.encode(), "docs"))) == []
    tariff_loader.TABLES.parse(riders.encode(), "docs")


def test_digits_are_kept_as_written_and_words_are_words() -> None:
    tariff = tariff_loader.parse(GOOD.replace("amount: 10", "amount: 10.500").encode(), "x")
    (version,) = tariff.versions
    assert isinstance(version.charges[0], model.Fixed)
    assert str(version.charges[0].amount) == "10.500"
    assert list(tariff.periods["p"]) == ["on", "off"]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("amount: 10", "amount: ten", 18, "expected a number such as 0.0998"),
        ("amount: 10", "amount: 10, per: week", 18, "is 'week', which is not known"),
        ("amount: 10", "amount: 10, per: week", 18, "expected one of month, day, year"),
        (
            "        name: Energy",
            "        name: Energy\n        block_unit: MWh",
            21,
            "one of kWh, kWh/day, kWh/kW, kWh/kW/day",
        ),
        ('start: "06:00"', 'start: "25:00"', 13, "expected a time such as 06:00 or 24:00"),
        ("start: 2025-01-01", "start: 2025-02-30", 16, "expected a date such as 2025-01-31"),
        ("start: 2025-01-01", "start: 1/1/2025", 16, "expected a date such as 2025-01-31"),
        ("charge: fixed", "charge: fixd", 18, "fixd"),
        ("charges:", "across: by-days\n    charges:", 17, "one of divide, divide-by-days, end, start, read"),
        ("charges:", "prorated: sometimes\n    charges:", 17, "one of all, first-and-final"),
        ("charges:", "quantities: {places: 9}\n    charges:", 17, "<= 8"),
        ("charges:", "register_split: even\n    charges:", 17, "one of missing, proportion, refuse"),
        ("zone: America", "unit: gallons\nzone: America", 5, "one of kWh, gal, kgal, CCF"),
        ("amount: 10", "sum: 10", 18, "is not known"),
        ("months: [6, 7]", "months: [6, 13]", 8, "`int` <= 12"),
        ("zone: America/New_York\n", "", 1, "is missing"),
        ("format: meterbook-tariff/1", "format: meterbook-tariff/2", 1, "meterbook-tariff/2"),
        ("name: X", "name: X\nname: Y", 5, "given twice"),
    ],
)
def test_a_field_that_does_not_fit_is_named_with_its_line(old: str, new: str, line: int, said: str) -> None:
    with pytest.raises(InputError) as caught:
        tariff_loader.parse(GOOD.replace(old, new, 1).encode(), "x.yaml")
    assert f"line {line}" in str(caught.value)
    assert said.replace("`", "") in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("cold: {rest: true}", "cold: {months: [1, 2]}", 7, "no season holds 03-01"),
        ("cold: {rest: true}", "cold: {months: [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]}", 7, "two seasons hold 06-01"),
        ("off: rest", "off: [{start: '00:00', end: '08:00'}]", 14, "mon 06:00"),
        ("off: rest", "off: [{days: [tue]}]", 11, "no period holds mon 00:00"),
        ("up_to: 500", "up_to: 500, rate: 1}, {up_to: 400", 22, "block ends at 400, and the one before at 500"),
        ("- {season: cold, rate: 0.1}", "- {season: hot, period: on, rate: 0.1}", 21, "two prices for s/hot and p/on"),
        ("{rate: 0.2}]", "{up_to: 900, rate: 0.2}]", 22, "the last block has a limit"),
        ("up_to: 500, rate", "rate", 22, "a block before the last has no limit"),
        ("up_to: 500", "up_to: 0", 22, "block ends at 0, and blocks count from nothing"),
        ("up_to: 500", "up_to: -5", 22, "block ends at -5, and blocks count from nothing"),
        ("up_to: 500", "up_to: 500, rate: 1}, {up_to: 500", 22, "block ends at 500, and the one before at 500"),
        ("{season: cold", "{season: warm", 23, "'warm' is not defined"),
        ("base: [Base]", "base: [Bass]", 24, "'Bass' is no charge above"),
        ("amount: 10", "amount: {value: 10, source: nowhere}", 18, "source 'nowhere'"),
        ("zone: America/New_York", "zone: Carolina", 5, "time zone 'Carolina'"),
        ("hot: {months: [6, 7]}", "hot: {}", 8, "'hot' has no days"),
        ('start: "06:00"', 'start: "24:00"', 13, "begins at the end of a day"),
        ("off: rest", "off: rest\n    mid: []", 15, "'mid' has no hours"),
        ("rate: 0.07", "rate: 7", 24, "a share of 7 is more than everything"),
        ('start: "06:00", end: "09:00"', 'start: "06:00", end: "06:00"', 13, "begins and ends at 06:00"),
        ("amount: 10}", "amount: 10, whole_account: true}", 19, "comes after all others"),
        (
            "rate: 0.07, base",
            "rate: 0.07}\n      - {charge: round-up, name: G, to: 0}\n      - {charge: percent, name: T, rate: 1, base",
            25,
            "multiple of 0",
        ),
        (
            "amount: 10}",
            "amount: 10}\n      - {charge: export, name: E, scheme: net-register, reset_month: 4}",
            19,
            "settled with each bill",
        ),
    ],
)
def test_what_can_not_be_priced_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace(old, new, 1))
    found = problems_of(path)
    assert [(at, said in problem.what) for problem, at, _ in found[:1]] == [(line, True)], found


def test_versions_with_holes_overlaps_or_out_of_order_are_named() -> None:
    more = "  - start: 2026-02-01\n    charges:\n      - {charge: fixed, name: Base, amount: 10}\n"
    for end, said in (
        ("2025-12-31", "no version holds from 2026-01-01 to 2026-01-31"),
        ("2026-03-01", "two versions hold"),
    ):
        text = GOOD.replace("start: 2025-01-01", f"start: 2025-01-01\n    end: {end}") + more
        (problem,) = problems(tariff_loader.parse(text.encode(), "x"))
        assert said in problem.what
    (problem,) = problems(tariff_loader.parse((GOOD + more.replace("2026", "2024")).encode(), "x"))
    assert "not in the order" in problem.what


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("{start: 2025-01, value: 1}, {start: 2025-03, value: 2}", "the one from 2025-01 on has no end"),
        ("{start: 2025-01, end: 2025-03, value: 1}, {start: 2025-03, value: 2}", "two values for 2025-03"),
        ("{start: 2025-03, value: 1}, {start: 2025-01, end: 2025-02, value: 2}", "months are not in order"),
        (
            "{start: 2025-01, end: 2025-03, value: 1}, {start: 2025-05, value: 2}",
            "no value holds from 2025-04 on, until 2025-05",
        ),
        ("{start: 2025-03, end: 2025-02, value: 1}", "ends in 2025-02, before it begins"),
        (
            (
                "{start: 2025-01, value: 1, months: [1, 2]}, {start: 2025-01, value: 2, months: [3]}, "
                "{start: 2025-02, value: 3, months: [2]}"
            ),
            "the one from 2025-01 on has no end",
        ),
    ],
)
def test_a_month_of_a_rider_has_one_value_or_the_second_is_named(tmp_path: Path, values: str, said: str) -> None:
    path = tmp_path / "x.yaml"
    line_written = f"      - {{charge: rider, name: WPCA, rider: W, unit: kWh, values: [{values}]}}"
    path.write_text(GOOD + line_written + "\n")
    found = problems_of(path)
    assert [(line, said in problem.what) for problem, line, _ in found] == [(25, True)], found
    assert found[0][2] == line_written.rindex("start: ") + 1


def test_a_rider_without_values_takes_them_from_the_folder_or_is_refused(tmp_path: Path) -> None:
    rider = "      - {charge: rider, name: WPCA, rider: WPCA, unit: kWh}\n"
    path = tmp_path / "x.yaml"
    path.write_text(GOOD + rider)
    with pytest.raises(InputError, match="names rider 'WPCA', which has no values"):
        tariff_loader.load(path)
    values = "riders: {WPCA: {name: W, values: [{start: 2025-01, value: -0.001}]}}\n"
    (tmp_path / "riders.yaml").write_text("format: meterbook-riders/1\nutility: test\n" + values)
    charge = tariff_loader.load(path).versions[0].charges[-1]
    assert isinstance(charge, model.Rider)
    assert str(charge.values[0].value) == "-0.001"
