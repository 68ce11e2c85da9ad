"""The envelopes are shared: session of the committee, scenarios, decisions that never exceed, notification."""
