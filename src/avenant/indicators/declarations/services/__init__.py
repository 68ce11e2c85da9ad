"""Writes about declarations, one function per verb of the agents, by moment: opening, entry, control."""
