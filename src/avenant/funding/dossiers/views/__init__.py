"""Doors of the dossiers, by moment."""
