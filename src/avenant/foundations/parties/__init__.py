"""Who acts: territories, organisations, units, establishments, memberships and the circles they form."""
