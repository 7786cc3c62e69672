"""Prices worked out of bills: every value at published precision that gives all of them to the cent. No floats."""
