"""Schedule R and the riders of the practice co-op as its printed sheet has them."""

from __future__ import annotations

SHEET = """\
format: meterbook-tariff/1
utility: practice
code: R
name: Residential Service
zone: America/New_York
sector: residential
seasons:
  price:
    summer: {months: [6, 7, 8, 9, 10]}
    winter: {rest: true}
versions:
  - start: 2024-10-01
    charges:
      - {charge: fixed, name: Facilities Charge, amount: 31.50}
      - charge: energy
        name: Energy Charge
        season_by: read
        rates: [{season: summer, rate: 0.09950}, {season: winter, rate: 0.09150}]
      - charge: minimum
        name: Minimum Bill Adjustment
        amount: 40.00
        base: [Facilities Charge, Energy Charge]
      - charge: rider
        name: Wholesale Power Cost Adj.
        rider: WPCA
        unit: kWh
      - charge: rider
        name: Renewable & EE Mandate
        kind: renewable_mandate
        rider: REPS
        unit: month
      - {charge: percent, name: NC Sales Tax, rate: 0.07}
  - start: 2026-03-16
    charges:
      - {charge: fixed, name: Facilities Charge, amount: 33.75}
      - charge: energy
        name: Energy Charge
        season_by: read
        rates: [{season: summer, rate: 0.10280}, {season: winter, rate: 0.09425}]
      - charge: minimum
        name: Minimum Bill Adjustment
        amount: 42.00
        base: [Facilities Charge, Energy Charge]
      - {charge: rider, name: Wholesale Power Cost Adj., rider: WPCA, unit: kWh}
      - {charge: rider, name: Renewable & EE Mandate, kind: renewable_mandate, rider: REPS, unit: month}
      - {charge: percent, name: NC Sales Tax, rate: 0.07}
"""

RIDERS = """\
format: meterbook-riders/1
utility: practice
riders:
  WPCA:
    name: Wholesale Power Cost Adjustment
    values:
      - {start: 2025-01, end: 2025-04, value: 0.0010}
      - {start: 2025-05, end: 2025-06, value: -0.0031}
      - {start: 2025-07, end: 2025-09, value: 0.0064}
      - {start: 2025-10, end: 2025-11, value: 0}
      - {start: 2025-12, end: 2026-02, value: 0.0010}
      - {start: 2026-03, end: 2026-04, value: -0.0048}
      - {start: 2026-05, end: 2026-06, value: 0.0021}
      - {start: 2026-07, end: 2026-08, value: 0.0057}
      - {start: 2026-09, end: 2026-09, value: 0.0033}
      - {start: 2026-10, end: 2026-11, value: -0.0012}
  REPS:
    name: Renewable & EE Mandate
    values:
      - {start: 2025-01, end: 2025-12, by_class: {residential: 0.85, commercial: 4.15}}
      - {start: 2026-01, end: 2026-12, by_class: {residential: 0.79, commercial: 3.95}}
"""
