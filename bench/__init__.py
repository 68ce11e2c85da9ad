"""Measures at the volumes of the design, each beside its baseline: ``make bench``."""
