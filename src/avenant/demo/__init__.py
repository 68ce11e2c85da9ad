"""The demonstration world: fictional facts, built by calling the services."""
