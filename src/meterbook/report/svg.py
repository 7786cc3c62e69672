"""A drawing as SVG: text stays text, a title and a description say what is seen, and nothing foreign gets in.

Coordinates are pixels from the upper left. Follows SVG 2 and the WAI-ARIA graphics practice of one named image.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

SCREEN_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK, GREY, PALE, PAPER = "#1b1f24", "#5b6470", "#d9dde2", "#ffffff"
USE, USE_PALE, COST, RECEIVED = "#1f5fa8", "#a9c6e8", "#c77700", "#2a7f4f"
"""Blue, amber and green as far apart in lightness as they are in hue, so that they differ to every eye."""


class Drawing:
    """Shapes and texts in the order they are drawn.

    Args:
        width: of the picture.
        height: of the picture.
        title: its name.
        description: what it shows, in a sentence or two, for those who can't see it.
        fonts: font families of all text.
    """

    def __init__(self, width: int, height: int, *, title: str, description: str, fonts: str = SCREEN_FONTS) -> None:
        self.width, self.height = width, height
        self._head = (_clean(title), _clean(description))
        self._fonts = fonts
        self._parts: list[str] = []

    def rect(
        self, x: float, y: float, width: float, height: float, *, fill: str, said: str = "", line: str | None = None
    ) -> None:
        """A rectangle; ``said`` is read when it is pointed at."""
        stroke = f' stroke="{line}"' if line else ""
        self._shape(
            f'rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(max(0.0, height))}" fill="{fill}"{stroke}',
            said,
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, *, stroke: str, width: float = 1) -> None:
        """A straight line."""
        self._shape(
            f'line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{stroke}" stroke-width="{_n(width)}"'
        )

    def path(
        self, points: Iterable[tuple[float, float]], *, stroke: str, width: float = 1.5, dashes: str | None = None
    ) -> None:
        """A line through points, with a rim of paper so that it is seen across bars."""
        way = "M" + " L".join(f"{_n(x)} {_n(y)}" for x, y in points)
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._shape(
            f'path d="{way}" fill="none" stroke="{PAPER}" stroke-width="{_n(width + 3)}" stroke-linejoin="round"'
        )
        self._shape(
            f'path d="{way}" fill="none" stroke="{stroke}" stroke-width="{_n(width)}" stroke-linejoin="round"{dashed}'
        )

    def dot(self, x: float, y: float, radius: float, *, fill: str, said: str = "") -> None:
        """A round mark with a rim of paper."""
        self._shape(f'circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}" stroke="{PAPER}"', said)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 12,
        fill: str = INK,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Text with its base line at ``y``; ``anchor`` is ``start``, ``middle`` or ``end``."""
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{fill}" text-anchor="{anchor}"{weight}>'
            f"{escape(_clean(words))}</text>"
        )

    def render(self) -> str:
        """The whole document."""
        title, description = self._head
        root = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img" aria-labelledby="title desc" lang="en" '
            f'font-family={quoteattr(self._fonts)} style="font-variant-numeric: tabular-nums">'
        )
        lines = [root, f'<title id="title">{escape(title)}</title>', f'<desc id="desc">{escape(description)}</desc>']
        patterns = _hatched("hatch", PAPER, PALE) + _hatched("estimated", USE_PALE, USE)
        paper = f'<rect width="{self.width}" height="{self.height}" fill="{PAPER}"/>'
        return "\n".join([*lines, f"<defs>{patterns}</defs>", paper, *self._parts, "</svg>\n"])

    def _shape(self, element: str, said: str = "") -> None:
        name = element.split(" ", 1)[0]
        self._parts.append(f"<{element}><title>{escape(_clean(said))}</title></{name}>" if said else f"<{element}/>")


def _hatched(name: str, ground: str, stripe: str) -> str:
    return (
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="6" height="6" fill="{ground}"/><rect width="2" height="6" fill="{stripe}"/></pattern>'
    )


def _n(number: float) -> str:
    """A coordinate to a tenth, written the same everywhere."""
    return f"{number:.1f}".removesuffix(".0")


def _clean(words: str) -> str:
    """Text that XML may hold: what a bill prints may contain anything."""
    return "".join(letter if letter.isprintable() else " " for letter in words)
