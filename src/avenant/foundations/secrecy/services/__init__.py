"""Writes of secrecy, by moment: the notice, the level of an item, audits, retention."""
