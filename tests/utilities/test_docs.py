"""What docs/utilities.md says is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from meterbook.model.errors import InputError
from meterbook.utilities import catalogue, entry
from meterbook.utilities.hosts import light_entries
from meterbook.utilities.loader import parse

PAGE = (Path(__file__).parents[2] / "docs" / "utilities.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]


def test_the_example_file_is_a_whole_one() -> None:
    made = parse(EXAMPLE.encode(), "acme.yaml", slug="acme")
    assert (made.slug, made.zone, made.portal.host) == ("acme", "America/Chicago", "acme.smarthub.coop")


def test_the_example_of_an_error_is_what_is_printed() -> None:
    wrong = EXAMPLE.replace("host: acme.smarthub.coop", "host: https://acme.smarthub.coop/")
    with pytest.raises(InputError) as caught:
        parse(wrong.encode(), "acme.yaml", slug="acme")
    assert str(caught.value) in " ".join(PAGE.split())


def test_every_field_of_the_top_level_and_of_a_method_is_told() -> None:
    for field in (*entry.UtilityFile.__struct_fields__, *entry.Method.__struct_fields__):
        assert field in ("schema",) or f"`{field}`" in PAGE, field


def test_the_counts_are_right() -> None:
    assert f"all {len(catalogue.utilities())};" in PAGE
    open_zones = sum(light.zone is None for light in light_entries())
    assert f"{open_zones} of {len(light_entries())} lines have none" in PAGE


def test_the_python_example_runs() -> None:
    code = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    exec(compile(code, "docs/utilities.md", "exec"), {})
