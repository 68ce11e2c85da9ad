"""Regional figures, benchmark and the yearly review of a contract."""
