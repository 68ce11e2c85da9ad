"""The doors of the profiles: what a service brings, what the parties read, what the region settles."""
