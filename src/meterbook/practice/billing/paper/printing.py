"""Setting bills by typst: one compiler, kept, and the last documents it set."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import typst

_TEMPLATE = Path(__file__).with_name("bill.typ")
_KEPT = 64
_LOCK = threading.Lock()
_SET: OrderedDict[bytes, bytes] = OrderedDict()


def pdf(content: dict[str, Any], made_on: date) -> bytes:
    """A document as PDF, the same bytes for the same content.

    Args:
        content: what the template prints, all of it as text.
        made_on: its date of creation.
    """
    data = msgspec.json.encode(content | {"made": {"year": made_on.year, "month": made_on.month, "day": made_on.day}})
    with _LOCK:
        found = _SET.get(data)
        if found is None:
            found = _SET[data] = _set(data.decode(), made_on)
        _SET.move_to_end(data)
        while len(_SET) > _KEPT:
            _SET.popitem(last=False)
        return found


def _set(data: str, made_on: date) -> bytes:
    seconds = (made_on - date(1970, 1, 1)).days * 86_400
    compiled = _compiler().compile(format="pdf", sys_inputs={"data": data}, timestamp=seconds)
    assert isinstance(compiled, bytes)
    return compiled


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    import typst  # noqa: PLC0415 - tens of megabytes that only printing needs

    return typst.Compiler(_TEMPLATE, root=_TEMPLATE.parent, font_paths=[], ignore_system_fonts=True)
