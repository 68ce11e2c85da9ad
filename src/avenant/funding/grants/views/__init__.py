"""Pages of aids, by moment."""
