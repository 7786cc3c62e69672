"""Bills on paper: a PDF in, what it says and how sure that is out. Pure; ``apart`` runs it in a child process."""

from meterbook.formats.bills.read import read_document, read_pdf
from meterbook.formats.bills.reading import BillReading, ReadStatement, Sureness

__all__ = ["BillReading", "ReadStatement", "Sureness", "read_document", "read_pdf"]
