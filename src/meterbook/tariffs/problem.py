"""What can be wrong with a tariff, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a tariff.

    Attributes:
        path: keys and places that lead to the field, such as ``("versions", 0, "charges", 1, "rates")``.
        what: what is wrong.
        expected: what would be right.
    """

    path: tuple[str | int, ...]
    what: str
    expected: str

    @property
    def field(self) -> str:
        """The path as text.

        >>> Problem(path=("versions", 0, "start"), what="", expected="").field
        'versions[0].start'
        """
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return "".join(steps).lstrip(".")
