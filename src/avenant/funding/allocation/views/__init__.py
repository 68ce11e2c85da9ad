"""Pages of the allocation, by moment."""
