"""Doors of the declarations, by moment: the campaign, the entry, the control."""
