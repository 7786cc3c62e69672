"""The bill templates that Meterbook knows: one YAML file a bill layout.

Shipped ones are the files of this folder; the user's own are in ``bill_templates`` of the folder of the user's own
catalogue entries (``METERBOOK_UTILITIES``). A user's file stands in for a shipped one of the same name.
"""

from __future__ import annotations

import difflib
from pathlib import Path

from meterbook.model.bill_template import Template
from meterbook.model.errors import NotFound
from meterbook.utilities import catalogue
from meterbook.utilities.template_loader import load

__all__ = ["SHIPPED", "template", "templates", "user_folder"]

SHIPPED = Path(__file__).parent


def user_folder() -> Path:
    """Where the user's own templates are."""
    return catalogue.user_folder() / "bill_templates"


def templates() -> tuple[Template, ...]:
    """Every template, by name.

    Raises:
        InputError: a file is wrong; names the file, line, column and field.
    """
    return tuple(load(path) for _, path in sorted(_files().items()))


def template(name: str) -> Template:
    """The template of a name, or the one in a file.

    Args:
        name: a template's name, or the path of a YAML file.

    Raises:
        NotFound: there is none; the hint has the nearest names.
        InputError: its file is wrong.
    """
    files = _files()
    if name in files:
        return load(files[name])
    if Path(name).suffix in (".yaml", ".yml"):
        return load(Path(name).expanduser())
    near = difflib.get_close_matches(name, files, n=3, cutoff=0.4)
    raise NotFound(
        f"there is no bill template {name!r}",
        expected="the name of a template, or a YAML file",
        hint=f"Nearest: {', '.join(near)}." if near else f"Known: {', '.join(sorted(files))}.",
    )


def _files() -> dict[str, Path]:
    """Name and file of each template; the user's own come before those shipped."""
    files = {path.stem: path for path in SHIPPED.glob("*.yaml")}
    own = user_folder()
    if own.is_dir():
        files.update({path.stem: path for path in own.glob("*.yaml")})
    return files
