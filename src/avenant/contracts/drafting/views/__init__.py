"""Pages of contracts and of the catalogue of what they promise to measure."""
