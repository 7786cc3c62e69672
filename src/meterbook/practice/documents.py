"""The bill as a PDF: one page, one font, written by hand so that nothing has to be installed for it."""

from __future__ import annotations

from meterbook.practice.bills import Bill
from meterbook.practice.world import NAME, Contract

_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
)


def bill_pdf(contract: Contract, bill: Bill) -> bytes:
    """A bill as a valid PDF 1.4 with plain text in it."""
    lines = [
        NAME,
        "Practice bill. Nothing here is real.",
        "",
        f"Account {contract.number}   {contract.name}",
        f"Service {bill.period_start.isoformat()} to {bill.period_end.isoformat()}",
        f"Usage {bill.kwh} kWh",
        "",
        *(f"{label:<30}{amount:>12}" for label, amount in bill.lines),
        f"{'Amount due':<30}{bill.amount:>12}",
    ]
    text = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    stream = f"BT /F1 11 Tf 14 TL 60 740 Td\n{text}ET".encode("latin-1")
    return _assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            _PAGE,
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        ]
    )


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _assembled(objects: list[bytes]) -> bytes:
    body = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(body)
