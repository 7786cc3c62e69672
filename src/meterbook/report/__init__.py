"""Pictures and printed pages: plain values in, SVG, PNG and PDF out. Nothing here knows a book."""
