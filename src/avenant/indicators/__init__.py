"""Indicators: a campaign opens, each provider declares, the region consolidates, the year is reviewed."""
