"""Guides as text, Markdown and lists: 80 columns, well formed, and as the golden files have them.

After a wanted change: ``METERBOOK_GOLDEN=write python -m pytest tests/utilities/test_render.py``.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from pathlib import Path

import msgspec
import pytest

from meterbook.utilities import catalogue, markdown, render

GOLDEN = Path(__file__).parent / "golden"


def golden(name: str, made: str) -> None:
    path = GOLDEN / name
    if os.environ.get("METERBOOK_GOLDEN") == "write":
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")


def text(slug: str) -> str:
    return "".join(f"{line.text}\n" for line in render.text(catalogue.utility(slug)))


@pytest.mark.parametrize("slug", ["ccec", "practice", "cvec", "prtc"])
def test_the_guide_as_text_is_the_golden_one(slug: str) -> None:
    golden(f"{slug}.txt", text(slug))


@pytest.mark.parametrize("slug", ["ccec", "practice", "cvec"])
def test_the_guide_as_markdown_is_the_golden_one(slug: str) -> None:
    golden(f"{slug}.md", markdown.page(catalogue.utility(slug)))


def test_no_line_is_wider_than_80_columns_but_an_address() -> None:
    for entry in catalogue.utilities():
        for line in (*render.text(entry), *render.listing([entry])):
            assert len(line.text) <= 80 or "://" in line.text, line.text
            assert line.text == line.text.rstrip()


def test_a_list_of_everything_keeps_to_80_columns_and_cuts_no_slug() -> None:
    everything = catalogue.utilities()
    lines = render.listing(everything)
    assert len(lines) == len(everything) + 1
    assert max(len(line.text) for line in lines) <= 80
    assert [line.text.split()[0] for line in lines[1:]] == [entry.slug for entry in everything]


def test_a_zone_that_is_not_known_is_offered_and_not_stated() -> None:
    assert "not known; in use in TX: America/Chicago, America/Denver" in text("cvec")
    assert text("cvec").endswith("Next: meterbook connect cvec --user NAME --zone ZONE\n")


def test_the_guide_ends_with_the_next_command() -> None:
    assert text("ccec").endswith("Next: meterbook connect ccec --user NAME --host HOST\n")
    assert text("practice").endswith("Next: meterbook practice serve\n")
    assert text("novec").endswith("Next: meterbook connect novec --user NAME\n")


@pytest.mark.parametrize("slug", ["ccec", "practice", "cvec", "prtc"])
def test_the_markdown_page_is_well_formed(slug: str) -> None:
    page = markdown.page(catalogue.utility(slug))
    assert page.startswith("# ")
    assert page.count("\n# ") == 0
    assert page.endswith("\n")
    assert "\n\n\n" not in page
    for block in page.split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= 1, rows[:1]
    anchors = set(re.findall(r'<a id="([^"]+)">', page))
    targets = set(re.findall(r"\]\(#([^)]+)\)", page))
    assert targets <= anchors
    levels = [len(mark) for mark in re.findall(r"^(#+) ", page, re.MULTILINE)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_text_that_looks_like_markup_stays_text() -> None:
    entry = msgspec.structs.replace(
        catalogue.utility("ccec"), notes=[catalogue.Fact(text="a | b <script>", source=["guide"])], zone="A|B"
    )
    page = markdown.page(entry)
    assert "<script>" not in page.replace("\\<script>", "")
    assert "A\\|B" in page


def test_every_status_kind_of_data_and_proof_has_words() -> None:
    from typing import get_args

    from meterbook.utilities import entry

    assert set(get_args(entry.Status)) == set(render.STATUS) - {None}
    assert set(get_args(entry.Proof)) == set(render.PROOF)
    assert set(get_args(entry.DataType)) == set(render.DATA)


def test_the_json_of_a_guide_has_every_field() -> None:
    plain = json.loads(json.dumps(catalogue.utility("ccec").to_dict()))
    assert set(plain) == set(catalogue.Utility.__struct_fields__)
    assert plain["methods"][2]["proven"]["status"] == "practice"
    assert plain["sources"]["guide"]["date"] == "2026-05-27"
    assert plain["origin"] == "ccec.yaml"
