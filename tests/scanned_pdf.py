"""Scans made for tests: the pages of a PDF as pictures in another, turned, askew and speckled as asked."""

from __future__ import annotations

import zlib
from math import cos, radians, sin
from random import Random

import numpy as np
import pypdfium2 as pdfium
from drawn_pdf import written


def scanned(
    pdf: bytes, *, dots: int = 200, askew: float = 0.0, turned: int = 0, specks: int = 0, seed: int = 1
) -> bytes:
    """The same pages without any text.

    Args:
        pdf: pages with text.
        dots: an inch.
        askew: degrees by which each page hangs, counterclockwise.
        turned: quarter turns clockwise, in degrees.
        specks: black dots scattered over each page.
        seed: of the specks.
    """
    document = pdfium.PdfDocument(pdf)
    objects: list[bytes] = [b"", b""]
    kids = []
    for page in document:
        picture = _page(page, dots, askew, turned)
        random = Random(seed)
        for _ in range(specks):
            picture[random.randrange(picture.shape[0]), random.randrange(picture.shape[1])] = 0
        height, width = picture.shape
        across, down = width * 72 / dots, height * 72 / dots
        packed = zlib.compress(picture.tobytes())
        objects.append(
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8"
            b" /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream" % (width, height, len(packed), packed)
        )
        content = f"q {across:.2f} 0 0 {down:.2f} 0 0 cm /I Do Q".encode()
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Contents %d 0 R"
            b" /Resources << /XObject << /I %d 0 R >> >> >>" % (across, down, len(objects), len(objects) - 1)
        )
        page.close()
    document.close()
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = b"<< /Type /Pages /Kids [%b] /Count %d >>" % (b" ".join(b"%d 0 R" % kid for kid in kids), len(kids))
    return written(objects)


def _page(page: pdfium.PdfPage, dots: int, askew: float, turned: int) -> np.ndarray:
    bitmap = page.render(scale=dots / 72, rotation=turned, grayscale=True)
    picture = np.array(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
    bitmap.close()
    if not askew:
        return picture
    height, width = picture.shape
    angle = radians(askew)
    y, x = np.mgrid[0:height, 0:width]
    from_x = np.rint((x - width / 2) * cos(angle) - (y - height / 2) * sin(angle) + width / 2).astype(int)
    from_y = np.rint((x - width / 2) * sin(angle) + (y - height / 2) * cos(angle) + height / 2).astype(int)
    inside = (from_x >= 0) & (from_x < width) & (from_y >= 0) & (from_y < height)
    slanted = np.full_like(picture, 255)
    slanted[inside] = picture[from_y[inside], from_x[inside]]
    return slanted
