"""Bill templates as files: what is wrong with one is told with its line and column; the user's own come first."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.model.bill_template import (
    LINE_TYPES,
    METER_TYPES,
    STATEMENT_TYPES,
    Area,
    Field,
    Lines,
    Match,
    Meters,
    Template,
)
from meterbook.model.errors import InputError, NotFound
from meterbook.utilities import bill_templates, template_schema
from meterbook.utilities.template_loader import parse
from meterbook.utilities.yaml_source import read_yaml

SCHEMA = Path(template_schema.__file__).with_name("bill_template.schema.json")
SHIPPED = sorted(bill_templates.SHIPPED.glob("*.yaml"))
GOOD = """\
template: 1
name: mine
utility: My Co-op
source: one bill
match: {all: [My Co-op]}
areas:
  charges: {below: Charges, above: Total}
fields:
  bill_date: {right: Bill Date}
  supply: {right: Supply, type: money}
  current_charges: {sum: supply}
rows:
  - row: "From {period_start} to {period_end}"
lines:
  - area: charges
    rows: ["{label} {quantity} kWh @ {rate} {amount}", "{label} {amount}"]
    kinds: {Energy: energy}
must: [lines = current_charges]
"""


def refusal(text: str) -> str:
    """What the loader says of a wrong template."""
    with pytest.raises(InputError) as caught:
        parse(text.encode(), "mine.yaml")
    return str(caught.value)


def test_a_good_template_is_read() -> None:
    assert parse(GOOD.encode(), "mine.yaml", slug="mine").name == "mine"


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("below: Charges", "beneath: Charges", "line 7, column 13", "areas.charges.beneath"),
        ("{right: Bill Date}", "{right: 7}", "line 9, column 15", "fields.bill_date.right"),
        ("{right: Bill Date}", "{}", "line 9, column 3", "one of right, below, sum, value"),
        (", type: money", "", "line 10, column 3", "fields.supply"),
        ("type: money", "type: dollars", "line 10, column 27", "fields.supply.type"),
        ("sum: supply", "sum: supply +* x", "line 11, column 21", "can't be read"),
        ("sum: supply", "sum: supply + demand", "line 11, column 21", "'demand', which nothing gives"),
        ("{period_end}", "{period_ends}", "line 13, column 5", "{period_ends} is not a known value"),
        ("area: charges", "area: chargs", "line 15, column 5", "one of the areas: charges"),
        ('"{label} {amount}"]', '"{label} {amount"]', "line 16, column 56", "no pattern"),
        ('"{label} {amount}"]', '"{label}"]', "line 16, column 56", "no amount"),
        ("Energy: energy", "Energy: enargy", "line 17, column 13", "enargy"),
        ("lines = current_charges", "lines", "line 18, column 8", "on both sides of ="),
        ("name: mine", "name: My Bill", "line 2, column 1", "name"),
        ("source: one bill\n", "", "line 1, column 1", "source"),
        ("utility: My Co-op", "utility: a\nutility: b", "line 4, column 1", "given twice"),
        ("match: {all: [My Co-op]}", "match: {all: [My Co-op]", "line 6, column 1", "not YAML"),
        ("match: {all: [My Co-op]}", "match: &m {all: [My Co-op], none: *m}", "line 5, column 8", "references"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, place: str, words: str) -> None:
    assert old in GOOD
    said = refusal(GOOD.replace(old, new))
    assert place in said
    assert words in said


def test_a_template_is_named_as_its_file() -> None:
    with pytest.raises(InputError, match="the file's own name, 'other'"):
        parse(GOOD.encode(), "other.yaml", slug="other")


def test_the_users_own_template_stands_in_for_a_shipped_one(no_own_entries: Path) -> None:
    own = no_own_entries / "bill_templates"
    own.mkdir()
    (own / "mine.yaml").write_text(GOOD, encoding="utf-8")
    (own / "practice.yaml").write_text(GOOD.replace("name: mine", "name: practice"), encoding="utf-8")
    names = {one.name: one.utility for one in bill_templates.templates()}
    assert names["mine"] == names["practice"] == "My Co-op"
    assert bill_templates.template("mine").name == "mine"
    assert bill_templates.template(str(own / "mine.yaml")).name == "mine"


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFound) as caught:
        bill_templates.template("practise")
    assert "practice" in str(caught.value.hint)


def test_the_shipped_schema_is_the_one_that_the_types_make() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == template_schema.text(), (
        "run: python -m meterbook.utilities.template_schema > bill_template.schema.json"
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_template_keeps_to_the_schema_and_says_where_its_facts_are_from(path: Path) -> None:
    plain = read_yaml(path.read_bytes(), path.name, what="it", hint="").plain
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(plain)
    assert len(plain["source"]) > 40


def test_the_page_on_templates_names_every_field_and_shows_a_template_that_is_one(
    request: pytest.FixtureRequest,
) -> None:
    page = (request.config.rootpath / "docs" / "bill-templates.md").read_text(encoding="utf-8")
    shown = page.split("```yaml\n")[1].split("```")[0]
    assert parse(shown.encode(), "hilltop.yaml", slug="hilltop").utility == "Hilltop Electric Cooperative"
    shapes = (Template, Area, Field, Lines, Meters, Match)
    names = {name for shape in shapes for name in shape.__struct_fields__}
    assert [name for name in sorted(names | {*STATEMENT_TYPES, *LINE_TYPES, *METER_TYPES}) if name not in page] == []


@given(data=st.data())
def test_a_spoiled_file_is_refused_or_read_and_nothing_else(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([path.read_text(encoding="utf-8") for path in SHIPPED]))
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, min(at + 40, len(text))))
    spoiled = (
        text[:at]
        + data.draw(st.sampled_from(["", "{", "[", ": ", "- ", "7", "&a ", "\x00", "<", "}}", "é"]))
        + text[end:]
    )
    said = None
    try:
        parse(spoiled.encode(), "spoiled.yaml")
    except InputError as refused:
        said = str(refused)
    assert said is None or "spoiled.yaml" in said
