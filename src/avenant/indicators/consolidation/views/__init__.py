"""Doors of the consolidation, by page: the region, one service, the yearly review, the note to the social partners."""
