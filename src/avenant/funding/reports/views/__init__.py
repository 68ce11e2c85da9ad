"""Doors of the follow-up, by moment."""
