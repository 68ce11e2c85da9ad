"""Files, their proof, and the documents made from data."""
