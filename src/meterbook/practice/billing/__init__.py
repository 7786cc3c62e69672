"""The practice co-op's billing: its tariff, its reads, its bills with their paper, its members' balances.

Written apart from everything that reads bills or computes tariffs: plain arithmetic, one schedule after the other.
"""
