"""The name under which a book notes its own estimates."""

from __future__ import annotations

ESTIMATED = "vee.estimated"
"""Name of the findings that say which readings of a book are our own estimates, and by which load they came."""
