"""The catalogue of utilities: one YAML file each, checked against a published schema.

Use it through :mod:`meterbook.utilities.catalogue`.
"""
