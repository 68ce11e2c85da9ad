"""Writes about dossiers, by moment."""
