"""Reads of what becomes of an aid, actor first, by moment."""
