"""Statistical disclosure control."""
