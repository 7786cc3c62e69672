"""PDFs drawn by hand for tests: text in Helvetica at given places, nothing else; made without any PDF library."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

WIDTH, HEIGHT = 612, 792
_WIDE = {**dict.fromkeys("0123456789$", 556), **dict.fromkeys(".,: /", 278), "-": 333, "(": 333, ")": 333}
_WIDE |= {"C": 722, "R": 722, "+": 584, "¢": 556}


@dataclass(slots=True)
class Drawing:
    """Pages of text. Places are points from the upper left corner; ``y`` is the baseline."""

    pages: list[list[str]] = field(default_factory=lambda: [[]])

    def page(self) -> None:
        """Go on with a new page."""
        self.pages.append([])

    def text(self, x: float, y: float, text: str, size: float = 9, *, turned: bool = False) -> None:
        """Text that begins at ``x``."""
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        matrix = f"0 1 -1 0 {x:.2f} {HEIGHT - y:.2f}" if turned else f"1 0 0 1 {x:.2f} {HEIGHT - y:.2f}"
        self.pages[-1].append(f"BT /F1 {size} Tf {matrix} Tm ({escaped}) Tj ET")

    def right(self, x: float, y: float, text: str, size: float = 9) -> None:
        """Text that ends at ``x``; for figures."""
        self.text(x - sum(_WIDE.get(letter, 556) for letter in text) * size / 1000, y, text, size)

    def pdf(self, *, script: str | None = None) -> bytes:
        """The file; with ``script``, one that runs JavaScript when opened."""
        objects: list[bytes] = [
            b"",
            b"",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ]
        kids = []
        for page in self.pages:
            content = zlib.compress("\n".join(page).encode("cp1252"))
            objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(content), content))
            kids.append(len(objects) + 1)
            objects.append(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
                b" /Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
            )
        action = b""
        if script is not None:
            objects.append(b"<< /S /JavaScript /JS (%b) >>" % script.encode())
            action = b" /OpenAction %d 0 R" % len(objects)
        objects[0] = b"<< /Type /Catalog /Pages 2 0 R%b >>" % action
        kid_list = b" ".join(b"%d 0 R" % kid for kid in kids)
        objects[1] = b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kid_list, len(kids))
        return written(objects)


def written(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects, the first being its catalogue."""
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)
