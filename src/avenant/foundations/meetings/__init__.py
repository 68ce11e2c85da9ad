"""Committees, their sessions, minutes and decisions, and the calendar of a region. A committee belongs to a circle."""
