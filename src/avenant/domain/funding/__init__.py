"""Money of a call: costs, ranking, allocation of an envelope, instalments, balance, recovery, double funding."""
