"""Committees that meet: their composition and quorum, their yearly plan, and the calendar of a region."""
