"""The published schema: it is the loader's own shape, and every shipped file keeps to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from meterbook.utilities import catalogue, schema
from meterbook.utilities.loader import _yaml

SCHEMA = Path(schema.__file__).with_name("schema.json")
SHIPPED = sorted(catalogue.SHIPPED.glob("*.yaml"))


def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_the_shipped_schema_is_the_one_that_the_types_make() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema.text(), (
        "run: python -m meterbook.utilities.schema > schema.json"
    )


def test_the_schema_is_itself_valid_and_of_the_draft_it_names() -> None:
    content = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert content["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(content)


def test_there_are_shipped_files() -> None:
    assert [path.stem for path in SHIPPED] == ["ccec", "practice"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_file_keeps_to_the_schema(path: Path) -> None:
    _validator().validate(_yaml(path.read_bytes(), path.name))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_an_ordinary_yaml_reader_gets_the_same_values_but_for_dates(path: Path) -> None:
    plain = yaml.safe_load(path.read_bytes())
    assert json.loads(json.dumps(plain, default=str)) == _yaml(path.read_bytes(), path.name)


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    good: dict[str, Any] = _yaml((catalogue.SHIPPED / "practice.yaml").read_bytes(), "practice.yaml")
    wrong: list[dict[str, Any]] = [
        {**good, "colour": "blue"},
        {**good, "contacts": [{"role": "x", "source": ["practice"], "phone": 2522473107}]},
        {**good, "contacts": [{"role": "x", "source": ["practice"], "phone": "252-247-3107"}]},
        {**good, "slug": "Practice"},
        {**good, "states": ["North Carolina"]},
        {key: value for key, value in good.items() if key != "zone"},
    ]
    for content in wrong:
        assert list(_validator().iter_errors(content)), content
